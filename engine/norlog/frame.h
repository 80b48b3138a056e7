// norlog/frame.h - frames within a block: building one, and walking over a
// block's image (docs/FORMAT.md section 2). Pure functions over RAM.
#ifndef NORLOG_FRAME_H_
#define NORLOG_FRAME_H_

#include <cstdint>
#include <span>

#include "norlog/bytes.h"
#include "norlog/codec.h"
#include "norlog/crc32c.h"
#include "norlog/layout.h"
#include "norlog/options.h"
#include "norlog/types.h"

namespace norlog {

inline constexpr std::uint8_t kErasedByte = 0xFF;
inline constexpr std::uint8_t kMarkFill = 0x00;  // touches, close marks, void notes
inline constexpr std::uint32_t kCloseTries = 4;  // units in which a reserve copy is closed

enum class FrameKind : std::uint8_t {
  kSame = 0x2A,
  kData = 0x3C,
  kCursors = 0x4D,
  kSchema = 0x6B,
  kHead = 0x50,     // with the flags below
  kEncoded = 0x80,  // low bits: kCountFollows and the content's length
};
inline constexpr std::uint8_t kHeadCopy = 1;
inline constexpr std::uint8_t kHeadReal = 2;
// In this bucket, before this frame, a record may stand that is older than the one
// before it; a SetClock record.
inline constexpr std::uint8_t kHeadUnordered = 4;
inline constexpr std::uint8_t kHeadClock = 8;
inline constexpr std::uint8_t kHeadEncoded = 0x20;  // its content is encoded (encoding.h)

// True if a frame that begins with this byte is a head frame.
constexpr bool IsHeadByte(std::uint8_t byte) {
  constexpr unsigned kFlags = kHeadCopy | kHeadReal | kHeadUnordered | kHeadClock | kHeadEncoded;
  return (byte & ~kFlags) == static_cast<std::uint8_t>(FrameKind::kHead);
}

// The first byte of an encoded frame: all its head is, if it has as many records
// as the last encoded frame of its block, and a short content.
inline constexpr std::uint8_t kCountFollows = 0x40;
inline constexpr std::uint8_t kLengthMask = 0x3f;
inline constexpr std::uint8_t kLengthFollows = 62;  // as a varint; 63 does not occur
constexpr bool IsEncodedByte(std::uint8_t byte) {
  return byte >= static_cast<std::uint8_t>(FrameKind::kEncoded) &&
         (byte & kLengthMask) <= kLengthFollows;
}

// The most records that an encoded frame may have, however long.
inline constexpr std::uint32_t kMaxEncodedCount = 65535;

// A place in the log.
struct Position {
  BucketNumber number;
  Offset offset = 0;
  constexpr auto operator<=>(const Position&) const = default;
};

// The committed cursors of all readers.
struct Cursors {
  std::uint8_t enabled = 0;  // bit i: reader i
  Sequence at[kMaxReaders];  // last sequence number committed by reader i; 0: none

  constexpr bool IsEnabled(int index) const { return ((enabled >> index) & 1) != 0; }
  constexpr std::uint32_t EnabledCount() const {
    std::uint32_t count = 0;
    for (int i = 0; i < kMaxReaders; ++i) count += IsEnabled(i) ? 1 : 0;
    return count;
  }
  // Forgets readers that this firmware does not have: nobody could disable
  // them. True if there were any.
  constexpr bool KeepOnly(std::uint32_t reader_count) {
    const std::uint8_t before = enabled;
    enabled &= static_cast<std::uint8_t>((1u << reader_count) - 1);
    return enabled != before;
  }
};

// What seeds a frame's checksum: nothing stale, misplaced or from another log
// can pass.
struct FrameSeed {
  std::uint64_t identity = 0;
  BucketNumber number;
};

// The longest schema frame: first byte, length, tag, text, crc.
inline constexpr std::uint32_t kMaxSchemaFrameBytes = 1 + 2 + 1 + kMaxSchemaTextBytes + kCrcBytes;

// The schema of the records of a tag, as its frame holds it.
struct SchemaRef {
  std::uint8_t tag = 0;
  // It also explains records before it in its bucket that no schema frame stands
  // before: those of a recovery's copy from another bucket.
  bool also_before = false;
  std::span<const std::uint8_t> text;
};

// What a head frame says beside its content.
struct HeadPrefix {
  bool copy = false;
  bool real = true;
  Position from;  // if copy
  CodecState codec;
  Cursors cursors;
  std::uint32_t encoded_count = 0;  // records, if its content is encoded
  bool unordered = false;
  bool clock = false;
  std::uint32_t block = 0;                          // which block of the bucket it begins
  std::uint8_t block_tags[kMaxBlockTagBytes] = {};  // classes of tags in each block before it
};

// What a same frame repeats: of the last frame with content in its block that is not
// encoded, how the content begins and how long it is.
struct LastContent {
  bool any = false;  // there is such a frame
  std::uint8_t first = 0;
  std::uint32_t bytes = 0;
};

// What the frames of a block build upon.
struct BlockState {
  CodecState codec;  // after the last frame
  Cursors cursors;   // as of the last frame
  LastContent last;
  bool any_encoded = false;      // an encoded frame stands in the block; the
  std::uint32_t last_count = 1;  // number of records in the last one
};

// Writes a frame for (seed, offset), from its first byte to its crc, padding
// not included. Each returns the number of bytes; `out` is large enough.
//
// A data or same frame around content that stands at out[content_room..): the
// head is written directly before it. `start` gets where the frame begins. `next`
// is the sequence number behind its records.
std::uint32_t BuildDataFrame(const FrameSeed& seed, Offset offset, const BlockState& block,
                             Sequence next, std::span<std::uint8_t> out, std::uint32_t content_room,
                             std::uint32_t content_bytes, std::uint32_t& start);
std::uint32_t BuildHeadFrame(const FrameSeed& seed, Offset offset, const HeadPrefix& prefix,
                             std::span<std::uint8_t> out, std::uint32_t content_room,
                             std::uint32_t content_bytes, std::uint32_t& start);
std::uint32_t BuildEncodedFrame(const FrameSeed& seed, Offset offset, const BlockState& block,
                                std::span<std::uint8_t> out, std::uint32_t content_room,
                                std::uint32_t content_bytes, std::uint32_t count,
                                std::uint32_t& start);
// A cursors frame: `before` are the cursors as of the frame before it.
std::uint32_t BuildCursorFrame(const FrameSeed& seed, Offset offset, Sequence next,
                               const Cursors& before, const Cursors& cursors,
                               std::span<std::uint8_t> out);
// A schema frame; `out` has room for kMaxSchemaFrameBytes.
std::uint32_t BuildSchemaFrame(const FrameSeed& seed, Offset offset, const SchemaRef& schema,
                               std::span<std::uint8_t> out);

// Decodes what a cursors frame holds; `changed` gets a bit for each reader that it
// says something of. `cursors` are those of the frame before it.
bool TakeChangedCursors(ByteReader& in, Sequence next, Cursors& cursors, std::uint8_t& changed);

// The bytes that a data frame around such content would have, crc included.
std::uint32_t DataFrameBytes(const BlockState& block, std::uint8_t first,
                             std::uint32_t content_bytes);

// The bytes of a head frame's prefix; and of an encoded frame, crc included.
std::uint32_t HeadPrefixBytes(const FrameSeed& seed, const HeadPrefix& prefix);
std::uint32_t EncodedFrameBytes(const BlockState& block, std::uint32_t content_bytes,
                                std::uint32_t count);

// The codec state behind an encoded frame: only the sequence number moves on, so
// that nobody has to decode to go on.
constexpr CodecState AfterEncoded(CodecState before, std::uint32_t count) {
  before.next = before.next + count;
  return before;
}

// A frame found in a block.
struct Frame {
  FrameKind kind = FrameKind::kHead;
  Offset offset = 0;        // in the bucket
  std::uint32_t bytes = 0;  // padding not included
  HeadPrefix prefix;        // if kHead; else codec and cursors as before the frame
  bool has_content = false;
  std::uint8_t first = 0;              // first byte of the content
  std::span<const std::uint8_t> rest;  // the others
  CodecState after;                    // codec behind it
  SchemaRef schema;                    // if kSchema
  std::uint32_t encoded_count = 0;     // not 0: so many records, encoded in `rest`
};

// What frames prove that stand behind damage in their block (FORMAT.md section 4).
struct Beyond {
  bool any = false;
  Sequence next;               // behind the last of them
  Offset begin = 0;            // of what could not be read
  Offset end = 0;              // behind the last frame
  bool knows_enabled = false;  // a cursors frame is among them:
  std::uint8_t known = 0;      // bit i: it says where reader i stands
  Cursors cursors;
};

// Walks over the image of one block, frame by frame. Believes nothing that its
// crc does not prove and never leaves the image (G7).
class BlockWalker {
 public:
  BlockWalker() = default;
  // `image` is the block from its begin (its touch) on; it may end early, then
  // frames that are not wholly in it are not found.
  BlockWalker(const Layout& layout, const FrameSeed& seed, std::uint32_t block,
              std::span<const std::uint8_t> image);

  // The next valid frame; false if there is none behind.
  bool Next(Frame& frame);

  // After the last frame found: where the next one could start, the state, and
  // what stands behind.
  Offset end() const { return at_; }
  const BlockState& state() const { return state_; }
  bool any() const { return any_; }

  // All-zero units behind the last frame. More than two up to the block's end are
  // none: an erase cut in its first phase leaves zeros to the end.
  std::uint32_t MarksBehind() const;

  // True if the frames are followed by a close mark (and pairs of a touch and a
  // close mark, of sessions that wrote nothing else) and erased units only.
  bool EndsClean() const;

  // True if one of the kCloseTries units behind them is such a mark: those before it may
  // have been refused, or be torn.
  bool IsClosed() const;

  // After the last frame found: looks for frames that stand behind damage. No cut
  // can leave them: behind a torn frame nothing is programmed. `at_least` is
  // the least sequence number that may stand in the bucket.
  void FindBeyond(Sequence at_least, Beyond& beyond) const;

  // The walker sees more of the same block (a block that still grows).
  void Extend(std::span<const std::uint8_t> image) { image_ = image; }

 private:
  // A frame cut into its parts, before anything is proved.
  struct Parts {
    std::uint8_t kind = 0;
    std::uint32_t count = 0;   // if encoded: of its records, if it says so
    std::uint64_t length = 0;  // of the body
    std::uint32_t bytes = 0;
    std::span<const std::uint8_t> body;  // of a same frame without its first byte
    Crc32c crc;                          // over all but the sequence number
    std::uint32_t stored_crc = 0;
  };
  bool Split(Offset offset, const LastContent& last, Parts& parts) const;
  bool ParseAt(Offset offset, Frame& frame) const;
  bool ParseHead(ByteReader in, std::uint8_t flags, Frame& frame) const;
  static bool SplitLength(ByteReader& in, const LastContent& last, Parts& parts);
  // What a search for frames behind damage knows.
  struct Search {
    Offset proved_to = 0;     // behind the last frame that reads; 0: the bucket's begin
    Offset claimed = 0;       // where the next one stands, by what stands before; 0: unknown
    std::uint32_t tries = 0;  // numbers tried since, at all places
  };
  Offset ClaimedEnd(Offset at, const LastContent& last) const;
  bool ProveAt(Offset offset, LastContent& last, Search& search, Beyond& beyond) const;
  bool IsFollowed(Offset end, std::uint32_t crc, const LastContent& last, Sequence next) const;
  static LastContent Behind(const Parts& parts, const LastContent& last);
  LastContent Guess(Offset at) const;
  static bool Follow(Frame& frame);
  bool Accept(const Frame& frame);
  bool UnitIs(Offset offset, std::uint8_t value) const;
  std::uint32_t MarksAt(Offset offset) const;
  Offset PagePadTarget(Offset offset) const;
  std::span<const std::uint8_t> From(Offset offset) const;

  const Layout* layout_ = nullptr;
  FrameSeed seed_;
  Offset begin_ = 0;  // bucket offset of image_[0]
  Offset at_ = 0;
  Offset frames_end_ = 0;
  std::span<const std::uint8_t> image_;
  BlockState state_;
  bool any_ = false;
};

// Checks a frame that is read piece by piece: all of its bytes are added in
// order, crc included. (Not for `same` frames, whose crc covers more.)
class FrameCheck {
 public:
  FrameCheck(const FrameSeed& seed, Offset offset);
  void Add(std::span<const std::uint8_t> bytes);
  bool Ok() const;

 private:
  Crc32c crc_;
};

}  // namespace norlog

#endif  // NORLOG_FRAME_H_
