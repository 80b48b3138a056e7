// norlog/core.h - the state of a mounted log, shared by mount, writer and readers.
//
// Who may touch what: `shared` is read and written under the state lock (its
// writer additionally holds the writer lock); everything else belongs to whoever
// holds the writer lock, or to Format and Mount, beside which nothing runs.
#ifndef NORLOG_CORE_H_
#define NORLOG_CORE_H_

#include <cstdint>
#include <span>

#include "norlog/bucket.h"
#include "norlog/codec.h"
#include "norlog/encoding.h"
#include "norlog/frame.h"
#include "norlog/layout.h"
#include "norlog/lock.h"
#include "norlog/options.h"
#include "norlog/stats.h"
#include "norlog/status.h"
#include "norlog/tag_map.h"
#include "norlog/trail.h"
#include "norlog/types.h"

namespace norlog {

// Whether the block at the head can take another frame.
enum class BlockUse : std::uint8_t {
  kOpen,    // touched in this session: a frame may be programmed at `end`
  kClosed,  // ends with a close mark: a touch comes first
  kUsedUp,  // nothing may be programmed here any more
};

// The newest end of the log.
struct Head {
  BucketNumber number;
  std::uint32_t block = 0;
  std::uint32_t fresh_block = 1;  // first block that nothing was programmed into
  Offset end = 0;                 // where the next frame or touch goes
  BlockUse use = BlockUse::kUsedUp;
  bool open = false;  // the bucket holds a real frame: it evicts (R3)
  BlockState state;   // what the next frame of this block builds upon
  Trail trail;        // of the durable records; tag_classes: nothing
  // What the bucket's header says of the records before it (Trail's fields of these
  // names); 0 if it cannot be read.
  Sequence ordered_before;
  Sequence clock_before;
  TagMap tags;  // what stands in the bucket so far, and before it
};

// What readers see. Guarded by the state lock.
struct Shared {
  bool mounted = false;
  std::uint32_t session = 0;  // counts mounts and formats of this object
  BucketNumber tail;          // oldest bucket of the log; older ones are never read again
  BucketNumber head;
  std::uint32_t head_block = 0;
  Offset head_end = 0;  // end of the committed frames in the head block
  Sequence next = {1};  // of the next record to become durable
  Trail trail;          // of the durable records
  std::uint8_t head_tags[kMaxBlocksPerBucket] = {};  // as TagMap::blocks, of the head bucket
  Cursors cursors;
  Sequence unconfirmed = {~std::uint64_t{0}};  // records from here on may yet be dropped
};

// Bucket positions that the ring stepped over. Saturating.
struct Retired {
  std::uint16_t this_lap = 0;
  std::uint16_t last_lap = 0;
};

struct Core;
struct FrameSpec;

// Puts the schemas of records before them (schema_writer.h). A log without one
// links no code for it.
class SchemaHook {
 public:
  // Bytes of a block that pending records must leave free.
  virtual std::uint32_t ReservedBytes(const Core& core) const = 0;
  // Called before the first record of a session is accepted.
  virtual Status BeginSession(Core& core) = 0;
  // Programs a frame with content, behind what explains it. As PlaceFrame.
  virtual Status Place(Core& core, FrameSpec& spec) = 0;

 protected:
  ~SchemaHook() = default;
};

struct BucketEnd;

// What a log with an Encoding does (packer.h). One without links no code for it.
class PackHook {
 public:
  // Makes the writer's model that of the head block, from flash, if it is not.
  // The frame buffer is used for it, so nothing may be pending. Without success
  // the block takes raw frames only. Only errors of the chip are returned.
  virtual Status LearnModel(Core& core) const = 0;

  // Encodes the content of `spec` for the end of the head block, or as the first
  // frame of a new one; spec.encoded_count stays 0 if it is to be raw.
  virtual void PackForHeadBlock(Core& core, FrameSpec& spec) const = 0;
  virtual void PackForNewBlock(Core& core, FrameSpec& spec) const = 0;

  // The frame was not placed: the model is again what it was.
  virtual void Unpack(Core& core, FrameSpec& spec) const = 0;

  // The frame stands in the head block.
  virtual void Packed(Core& core, const FrameSpec& spec) const = 0;

  // The records of V, encoded in block end.block of bucket seed.number, become raw
  // content in the frame buffer, where the block's image stands so far. Uses the
  // writer's model. kDamaged: no engine wrote this; kCannotDecode: this one can't.
  virtual Status DecodeLast(Core& core, const FrameSeed& seed, std::span<const std::uint8_t> image,
                            BucketEnd& end) const = 0;

 protected:
  ~PackHook() = default;
};

struct Core {
  Core(NorFlash& flash_in, const Options& options_in, std::span<std::uint8_t> memory_in,
       LockHook* lock, const Encoding* encoding_in)
      : flash(flash_in),
        options(options_in),
        layout(Validate(options_in, flash_in.geometry()) == OptionsError::kNone
                   ? MakeLayout(options_in, flash_in.geometry())
                   : Layout{}),
        memory(memory_in),
        encoding(options_in.encoded_tags > 0 ? encoding_in : nullptr),
        packer(encoding != nullptr ? &encoding->packer() : nullptr),
        io(flash_in, layout, lock) {}

  NorFlash& flash;
  const Options options;
  const Layout layout;
  const std::span<std::uint8_t> memory;
  const Encoding* const encoding;  // null: nothing is encoded or decoded
  const PackHook* const packer;    // null, too, then
  BucketIo io;

  bool read_only = false;
  bool exhausted = false;  // recovery found no healthy bucket: as read-only
  Shared shared;

  std::uint64_t identity = 0;
  Head head;
  std::uint32_t erases_repeated = 0;
  std::uint16_t blocks_lost = 0;
  std::uint16_t records_damaged = 0;  // saturates
  Retired retired;

  // The cursors that readers asked to commit. Ahead of shared.cursors only
  // where there was no room to program them (kFull): the next frame that holds
  // cursors makes them durable. Were each reader's commit forgotten instead,
  // two readers could wait for each other for ever.
  Cursors wanted;

  // Where the last frame failed to program, until it stands elsewhere: what is
  // programmed next declares it dead. It may read well one day.
  bool frame_failed = false;
  Position failed_at;

  // Records accepted and not yet committed; their content stands in the frame
  // buffer from layout.content_room on.
  ContentBuilder pending;
  std::uint32_t pending_count = 0;

  // The writer's model is what a decoder of the head block has behind the last
  // frame. If it is not, it is saved (while a frame is being placed), or has to be
  // learned anew from flash (packer.h).
  bool model_ready = false;
  bool model_saved = false;
  // Size of the last frame's content / size as raw content, of 256: what pending
  // records will come to.
  std::uint32_t packed_per_256 = 256;

  // Erase-ahead: bit k: bucket head + 1 + k is known clean. The bucket being
  // erased in slices, and its next erase operation.
  std::uint32_t clean_mask = 0;
  std::uint32_t bad_mask = 0;  // in the same way: it failed in this session
  // After an unclean end a clean mark may be marginal, or stand in a bucket whose
  // erase was cut; on write-once chips the notes cannot surely deny it. There only
  // what this session erased is clean.
  bool distrust_marks = false;
  BucketNumber erasing;
  std::uint32_t erasing_operation = 0;
  bool erase_goes_on = false;  // that operation was begun, and its end not seen yet
  // Where the newest header stands that the mount has read, by the number that comes there
  // next. If the headers behind it are lost nothing else leads to the log's end: it is
  // erased for an opening, not ahead of it. {}: a bucket was opened since.
  BucketNumber kept_position;

  SchemaHook* schemas = nullptr;

  MountFinding finding = MountFinding::kFormatted;
  std::uint32_t mount_reads = 0;
  std::uint64_t mount_bytes = 0;

  std::span<std::uint8_t> FrameBuffer() const { return memory.first(layout.block_bytes); }
  std::span<std::uint8_t> ReaderBuffer(int index) const {
    const std::size_t block = layout.block_bytes;
    return memory.subspan((static_cast<std::size_t>(index) + 1) * block, block);
  }
  std::span<std::uint8_t> ContentRoom() const {
    return FrameBuffer().subspan(layout.content_room, layout.max_content_bytes);
  }
  // Memory of the encoder, behind the readers' blocks.
  std::span<std::uint8_t> EncodeBuffer() const {
    const std::size_t blocks = std::size_t{1} + options.reader_count;
    return memory.subspan(blocks * layout.block_bytes, layout.encode_buffer_bytes);
  }
  ModelMemory WriterModel() const { return Model(0); }
  ModelMemory SavedModel() const { return Model(1); }
  ModelMemory ReaderModel(int index) const { return Model(static_cast<std::size_t>(index) + 2); }

  LockHook* lock() const { return io.lock(); }
  FrameSeed Seed(BucketNumber number) const { return {identity, number}; }

 private:
  ModelMemory Model(std::size_t index) const {
    const std::size_t models =
        (std::size_t{1} + options.reader_count) * layout.block_bytes + layout.encode_buffer_bytes;
    return {memory.subspan(models + index * layout.model_bytes, layout.model_bytes),
            options.encoded_tags, options.encoded_columns};
  }
};

}  // namespace norlog

#endif  // NORLOG_CORE_H_
