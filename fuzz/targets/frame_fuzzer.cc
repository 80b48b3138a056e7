// frame_fuzzer.cc - the decoders of a block's content on any bytes.
//
// Byte 0 picks a check (modulo kChecks), byte 1 a layout:
//   walk      BlockWalker and ContentReader over the bytes as they stand; with
//             checksums made right for the frames that byte 2 names
//   build     frames built from the input must be found as they were built
//   varint    what decodes encodes to the same bytes, and back
// A violated property aborts; an access out of bounds is the sanitizers'.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "fuzz/targets/input.h"
#include "fuzz/targets/resign.h"
#include "norlog/bytes.h"
#include "norlog/codec.h"
#include "norlog/frame.h"
#include "norlog/layout.h"

namespace norlog::fuzz {
namespace {

constexpr std::uint32_t kBlockBytes = 512;
constexpr std::uint32_t kPageBytes = 256;
constexpr std::uint32_t kMaxReaderCount = 8;
constexpr std::uint32_t kMaxFrames = kBlockBytes;  // none is smaller than a byte
constexpr int kMaxRecords = 32;                    // in one built block

using BlockImage = std::array<std::uint8_t, kBlockBytes>;

// Program units of 1, 8 and 32 bytes.
Layout LayoutOf(std::uint8_t choice) {
  static const std::array<Layout, 3> layouts = [] {
    std::array<Layout, 3> made;
    const std::array<std::uint32_t, 3> units = {1, 8, 32};
    for (std::size_t i = 0; i < made.size(); ++i) {
      Options options;
      options.bucket_bytes = 2 * kBlockBytes;
      options.block_bytes = kBlockBytes;
      options.reader_count = kMaxReaderCount;
      const Geometry geometry{options.bucket_bytes, 8, units.at(i), kPageBytes,
                              ProgramRule::kBits,   {}};
      FUZZ_CHECK(Validate(options, geometry) == OptionsError::kNone, "no such layout");
      made.at(i) = MakeLayout(options, geometry);
    }
    return made;
  }();
  return layouts.at(choice % layouts.size());
}

// Reads each record; their payloads must lie in the image. Returns how many.
std::uint64_t ReadContent(const Frame& frame, std::span<const std::uint8_t> image) {
  ContentReader content(frame.prefix.codec, frame.first, frame.rest);
  ContentRecord record;
  std::uint64_t count = 0;
  for (Sequence expected = frame.prefix.codec.next; content.Next(record); ++expected, ++count) {
    FUZZ_CHECK(record.sequence == expected, "sequence numbers do not follow each other");
    FUZZ_CHECK(record.tag <= kMaxOwnTag, "no such tag");
    FUZZ_CHECK(record.payload.empty() ||
                   (record.payload.data() >= image.data() &&
                    record.payload.data() + record.payload.size() <= image.data() + image.size()),
               "a payload outside the image");
  }
  FUZZ_CHECK(content.ok(), "content that was accepted is malformed");
  FUZZ_CHECK(count >= 1 && count <= 64 * (frame.rest.size() + 1), "more records than fit");
  return count;
}

// Invariants of a walk over any image.
std::uint32_t Walk(const Layout& layout, const FrameSeed& seed, std::uint32_t block,
                   std::span<const std::uint8_t> image) {
  BlockWalker walker(layout, seed, block, image);
  Frame frame;
  std::uint32_t count = 0;
  for (Offset end = layout.FramesBegin(block); walker.Next(frame); ++count, end = walker.end()) {
    FUZZ_CHECK(count < kMaxFrames, "a walk without end");
    FUZZ_CHECK(count > 0 || frame.kind == FrameKind::kHead, "a block begins with a head frame");
    FUZZ_CHECK(frame.offset >= end, "frames overlap");
    FUZZ_CHECK(frame.offset + frame.bytes <= layout.FramesEnd(block), "a frame leaves its block");
    FUZZ_CHECK(frame.offset + frame.bytes <= layout.BlockBegin(block) + image.size(),
               "a frame leaves the image");
    FUZZ_CHECK(walker.end() > frame.offset && walker.end() <= layout.FramesEnd(block),
               "the end is not behind the frame");
    if (!frame.has_content) continue;
    const std::uint64_t records =
        frame.encoded_count > 0 ? frame.encoded_count : ReadContent(frame, image);
    FUZZ_CHECK(walker.state().codec.next == frame.prefix.codec.next + records,
               "records were counted wrong");
  }
  FUZZ_CHECK(walker.any() == (count > 0), "any() is wrong");
  FUZZ_CHECK(!walker.EndsClean() || walker.end() >= layout.FramesBegin(block), "no end");
  return count;
}

void CheckWalk(Input input, const Layout& layout) {
  const std::uint8_t sign = input.U8();
  const std::uint32_t block = sign % 2;
  const FrameSeed seed{7, BucketNumber{sign < 32 ? std::uint64_t{8} : ~std::uint64_t{0} - 8}};
  BlockImage image;
  image.fill(kErasedByte);
  const Offset begin = layout.BlockBegin(block);
  const std::uint32_t size = layout.BlockEnd(block) - begin;
  std::memset(image.data(), kMarkFill, layout.unit);
  const std::span<const std::uint8_t> bytes = input.Bytes(size - layout.unit);
  if (!bytes.empty()) std::memcpy(&image[layout.unit], bytes.data(), bytes.size());
  const std::span<std::uint8_t> all = std::span(image).first(size);
  if (sign >= 4) SignFrames(layout, seed, block, all, sign >= 128 ? ~0U : ~0U << (sign / 4 % 8));
  const std::uint32_t count = Walk(layout, seed, block, all);
  // An image that ends early shows as many frames or fewer.
  const std::size_t part = layout.unit + bytes.size() / 2;
  FUZZ_CHECK(Walk(layout, seed, block, all.first(part)) <= count, "less shows more");
}

// What was put into a block, to be found again.
struct Built {
  std::uint32_t frames = 0;
  std::uint64_t records = 0;
  std::uint64_t hash = 0;  // of all records, in order
  Cursors cursors;
};

std::uint64_t Hash(std::uint64_t hash, std::uint8_t tag, std::int64_t time,
                   std::span<const std::uint8_t> payload) {
  constexpr std::uint64_t kPrime = 0x100000001b3;
  hash = (hash ^ tag) * kPrime;
  hash = (hash ^ static_cast<std::uint64_t>(time)) * kPrime;
  hash = (hash ^ payload.size()) * kPrime;
  for (const std::uint8_t byte : payload) hash = (hash ^ byte) * kPrime;
  return hash;
}

// Builds a block as a writer would: a head frame, then data and cursor frames,
// with close marks and page padding between them where the input says so.
class BlockBuilder {
 public:
  BlockBuilder(const Layout& layout, Input& input) : layout_(layout), input_(input) {
    image_.fill(kErasedByte);
    std::memset(image_.data(), kMarkFill, layout.unit);
    const std::uint8_t flags = input.U8();
    prefix_.copy = (flags & 1) != 0;
    prefix_.real = (flags & 2) != 0;
    prefix_.from = {seed_.number - input.Number() % (seed_.number.value + 1), input.U16()};
    state_.next = {1 + input.Number() % (std::uint64_t{1} << 63)};
    state_.time = static_cast<std::int64_t>(input.Number());
    state_.step = static_cast<std::int64_t>(input.Number());
    state_.tag = input.U8() & kMaxTag;
    state_.payload_bytes = static_cast<std::uint32_t>(input.Number() % kMaxBlockBytes);
  }

  void Build() {
    AddHead();
    for (int i = 0; i < kMaxRecords && !input_.empty() && !full_; ++i) {
      switch (input_.U8() % 4) {
        case 0: AddCursors(); break;
        case 1: AddMarks(); break;
        default: AddData(); break;
      }
    }
  }

  void Check() {
    BlockWalker walker(layout_, seed_, kBlock, image_);
    Frame frame;
    Built found;
    for (; walker.Next(frame); ++found.frames) {
      FUZZ_CHECK(found.frames > 0 || SamePrefix(frame.prefix), "the head frame changed");
      if (frame.has_content) Rehash(frame, found);
    }
    FUZZ_CHECK(found.frames == built_.frames, "not all frames were found");
    FUZZ_CHECK(found.records == built_.records && found.hash == built_.hash, "records changed");
    FUZZ_CHECK(walker.state().codec.next == state_.next, "the next sequence number changed");
    FUZZ_CHECK(walker.state().codec.time == state_.time, "the codec's time changed");
    const Cursors& cursors = walker.state().cursors;
    FUZZ_CHECK(cursors.enabled == built_.cursors.enabled, "the enabled readers changed");
    for (int i = 0; i < kMaxReaders; ++i) {
      FUZZ_CHECK(!cursors.IsEnabled(i) || cursors.at[i] == built_.cursors.at[i],
                 "a cursor changed");
    }
    FUZZ_CHECK(!full_ ? walker.end() <= at_ : true, "the end is behind what was written");
  }

 private:
  static constexpr std::uint32_t kBlock = 1;
  static constexpr std::size_t kBufferBytes = kBlockBytes + kMaxProgramUnitBytes;

  bool SamePrefix(const HeadPrefix& found) const {
    return found.copy == prefix_.copy && found.real == prefix_.real &&
           (!found.copy || found.from == prefix_.from) && found.codec.next == prefix_.codec.next &&
           found.codec.time == prefix_.codec.time && found.codec.step == prefix_.codec.step &&
           found.codec.tag == prefix_.codec.tag &&
           found.codec.payload_bytes == prefix_.codec.payload_bytes &&
           std::equal(found.block_tags, found.block_tags + kBlock, prefix_.block_tags);
  }

  static void Rehash(const Frame& frame, Built& found) {
    ContentReader content(frame.prefix.codec, frame.first, frame.rest);
    ContentRecord record;
    for (; content.Next(record); ++found.records) {
      found.hash = Hash(found.hash, record.tag, record.time, record.payload);
    }
  }

  Cursors MakeCursors() {
    Cursors cursors;
    cursors.enabled = input_.U8();
    for (int i = 0; i < kMaxReaders; ++i) {
      if (cursors.IsEnabled(i)) cursors.at[i] = {input_.Number() % state_.next.value};
    }
    return cursors;
  }

  // One to four records in the buffer, behind room for the frame's head.
  std::uint32_t MakeContent() {
    ContentBuilder content;
    content.Reset(std::span(buffer_).subspan(layout_.content_room, layout_.max_content_bytes),
                  state_);
    for (int left = input_.U8() % 4; left >= 0; --left) {
      const std::uint8_t how = input_.U8();
      const std::span<const std::uint8_t> payload = input_.Bytes(how % 24);
      const std::int64_t time = how < 128 ? WrapAdd(content.state().time, content.state().step)
                                          : static_cast<std::int64_t>(input_.Number());
      const std::uint8_t tag = how < 192 ? content.state().tag : input_.U8() & kMaxTag;
      const auto size = static_cast<std::uint32_t>(payload.size());
      const std::uint32_t cost = content.Cost(tag, time, size);
      if (cost > content.free_bytes()) break;
      const std::uint32_t before = content.size();
      content.Add(tag, time, payload);
      FUZZ_CHECK(content.size() - before == cost, "Cost is not what Add takes");
      pending_.hash = Hash(pending_.hash, tag, time, payload);
      ++pending_.records;
    }
    after_ = content.state();
    return content.size();
  }

  // Puts a frame at at_, or at the next page; false if it does not fit there.
  bool Put(std::span<const std::uint8_t> frame) {
    if (at_ + frame.size() > layout_.FramesEnd(kBlock)) return false;
    std::memcpy(&image_[at_ - layout_.BlockBegin(kBlock)], frame.data(), frame.size());
    at_ += layout_.Up(static_cast<std::uint32_t>(frame.size()));
    ++built_.frames;
    return true;
  }

  // Where a writer pads (docs/FORMAT.md section 2).
  void Pad(std::size_t bytes) {
    const std::uint32_t padded = layout_.Up(static_cast<std::uint32_t>(bytes));
    const std::uint32_t left = kPageBytes - at_ % kPageBytes;
    if (padded > left && left < kMaxPagePadBytes && padded <= kPageBytes) at_ += left;
  }

  void Keep() {
    built_.hash = pending_.hash;
    built_.records = pending_.records;
    state_ = after_;
  }

  void AddHead() {
    prefix_.codec = state_;
    prefix_.block = kBlock;
    for (std::uint32_t i = 0; i < kBlock; ++i) prefix_.block_tags[i] = input_.U8();
    prefix_.cursors = MakeCursors();
    const std::uint32_t content = input_.U8() % 4 == 0 ? 0 : MakeContent();
    if (content == 0) after_ = state_;
    std::uint32_t start = 0;
    const std::uint32_t bytes =
        BuildHeadFrame(seed_, at_, prefix_, buffer_, layout_.content_room, content, start);
    FUZZ_CHECK(Put(std::span(buffer_).subspan(start, bytes)), "a head frame must fit");
    built_.cursors = prefix_.cursors;
    block_.cursors = prefix_.cursors;
    RememberContent(content);
    Keep();
  }

  void AddData() {
    const std::uint32_t content = MakeContent();
    if (content == 0) return;
    const std::uint8_t first = buffer_[layout_.content_room];
    const std::uint32_t expected = DataFrameBytes(block_, first, content);
    const Offset before = at_;
    Pad(expected);
    std::uint32_t start = 0;
    const std::uint32_t bytes = BuildDataFrame(seed_, at_, block_, after_.next, buffer_,
                                               layout_.content_room, content, start);
    FUZZ_CHECK(bytes == expected, "DataFrameBytes is not what BuildDataFrame takes");
    if (!Put(std::span(buffer_).subspan(start, bytes))) {
      at_ = before;
      full_ = true;
      return;
    }
    buffer_[layout_.content_room] = first;
    RememberContent(content);
    Keep();
  }

  void RememberContent(std::uint32_t content) {
    if (content == 0) return;
    block_.last = {.any = true, .first = buffer_[layout_.content_room], .bytes = content};
  }

  void AddCursors() {
    const Cursors cursors = MakeCursors();
    std::array<std::uint8_t, 128> frame;
    std::uint32_t bytes = BuildCursorFrame(seed_, at_, state_.next, block_.cursors, cursors, frame);
    const Offset before = at_;
    Pad(bytes);
    bytes = BuildCursorFrame(seed_, at_, state_.next, block_.cursors, cursors, frame);
    if (!Put(std::span(frame).first(bytes))) {
      at_ = before;
      full_ = true;
      return;
    }
    built_.cursors = cursors;
    block_.cursors = cursors;
  }

  // A close mark and the next session's touch, one of them perhaps torn. A
  // session that leaves no frame behind its touch ends the block.
  void AddMarks() {
    const std::uint32_t unit = layout_.unit;
    if (at_ + 4 * unit > layout_.FramesEnd(kBlock)) return;
    const std::uint8_t torn = input_.U8() % 3;
    const std::span<std::uint8_t> marks =
        std::span(image_).subspan(at_ - layout_.BlockBegin(kBlock), std::size_t{2} * unit);
    std::memset(marks.data(), kMarkFill, marks.size());
    if (torn > 0) marks[(torn - 1) * unit] = 0x5A;
    at_ += 2 * unit;
    const std::uint32_t frames = built_.frames;
    AddData();
    if (built_.frames == frames) full_ = true;
  }

  const Layout& layout_;
  Input& input_;
  const FrameSeed seed_{42, {1000}};
  BlockImage image_;
  std::array<std::uint8_t, kBufferBytes> buffer_;
  HeadPrefix prefix_;
  BlockState block_;
  CodecState state_;  // behind what was built
  CodecState after_;  // and behind what is being built
  Offset at_ = layout_.FramesBegin(kBlock);
  Built built_;
  Built pending_;
  bool full_ = false;
};

void CheckBuild(Input input, const Layout& layout) {
  BlockBuilder builder(layout, input);
  builder.Build();
  builder.Check();
}

void CheckVarint(Input input) {
  std::array<std::uint8_t, kMaxVarintBytes> bytes;
  const std::uint64_t value = input.Number();
  ByteWriter out(bytes);
  out.Varint(value);
  FUZZ_CHECK(out.ok() && out.size() == VarintBytes(value), "VarintBytes is wrong");
  const std::span<const std::uint8_t> encoded(bytes);
  ByteReader in(encoded.first(out.size()));
  FUZZ_CHECK(in.Varint() == value && in.ok() && in.rest().empty(), "a varint changed");
  FUZZ_CHECK(ZigZag(UnZigZag(value)) == value, "a zigzag changed");
  for (ByteReader any(input.rest()); any.ok() && !any.rest().empty();) {
    const std::span<const std::uint8_t> before = any.rest();
    const std::uint64_t decoded = any.Varint();
    if (!any.ok()) return;
    ByteWriter again(bytes);
    again.Varint(decoded);
    FUZZ_CHECK(again.size() == before.size() - any.rest().size() &&
                   std::memcmp(bytes.data(), before.data(), again.size()) == 0,
               "a varint has two encodings");
  }
}

}  // namespace
}  // namespace norlog::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  norlog::fuzz::Input input(data, size);
  const std::uint8_t check = input.U8() % 8;
  const norlog::Layout layout = norlog::fuzz::LayoutOf(input.U8());
  if (check < 4) {
    norlog::fuzz::CheckWalk(input, layout);
  } else if (check < 7) {
    norlog::fuzz::CheckBuild(input, layout);
  } else {
    norlog::fuzz::CheckVarint(input);
  }
  return 0;
}
