#include "norlog/writer.h"

#include <cstring>

#include "norlog/erasing.h"
#include "norlog/placing.h"
#include "norlog/session.h"

namespace norlog {
namespace {

constexpr std::uint32_t kCursorFrameBytes =
    1 + 1 + 2 + kMaxReaders * kMaxVarintBytes + kCrcBytes + kMaxProgramUnitBytes;

}  // namespace

Offset FrameOffset(const Core& core, std::uint32_t bytes) {
  const Layout& layout = core.layout;
  const Offset offset = core.head.end + (core.head.use == BlockUse::kClosed ? layout.unit : 0);
  const std::uint32_t padded = layout.Up(bytes);
  const std::uint32_t left = layout.page_bytes - offset % layout.page_bytes;
  const bool next_page = padded > left && left < kMaxPagePadBytes && padded <= layout.page_bytes;
  return next_page ? offset + left : offset;
}

bool FitsHeadBlock(const Core& core, std::uint32_t bytes) {
  if (core.head.use == BlockUse::kUsedUp) return false;
  return FrameOffset(core, bytes) + core.layout.Up(bytes) <= core.layout.FramesEnd(core.head.block);
}

Status CheckPadding(Core& core, Offset offset, bool& erased) {
  static_assert(kMaxPagePadBytes <= BucketIo::kMaxZeroBytes);
  const Offset begin = core.head.end + (core.head.use == BlockUse::kClosed ? core.layout.unit : 0);
  erased = true;
  if (begin == offset || !core.options.verify_programs) return Status::kOk;
  const BucketIndex index = core.layout.IndexOf(core.head.number);
  NORLOG_TRY(core.io.IsErased(index, begin, offset - begin, erased));
  if (!erased) core.head.use = BlockUse::kUsedUp;
  return Status::kOk;
}

Status ProgramInBlock(Core& core, Offset offset, std::span<std::uint8_t> buffer,
                      std::uint32_t bytes) {
  const std::uint32_t padded = core.layout.Up(bytes);
  std::memset(&buffer[bytes], kErasedByte, padded - bytes);
  NORLOG_TRY(core.io.Program(core.layout.IndexOf(core.head.number), offset, buffer.first(padded),
                             core.options.verify_programs));
  core.head.end = offset + padded;
  core.head.open = true;
  return Status::kOk;
}

void FrameFailed(Core& core, Position at) {
  core.head.use = BlockUse::kUsedUp;
  core.frame_failed = true;
  core.failed_at = at;
}

namespace {

// The frame stands in the head block.
void FollowTrail(Core& core, const FrameSpec& spec) {
  core.head.tags.blocks[core.head.block] |= spec.trail.tag_classes;
  core.head.trail = spec.trail;
}

Status ProgramEncodedFrame(Core& core, Offset offset, const FrameSpec& spec) {
  const std::span<std::uint8_t> buffer = core.EncodeBuffer();
  std::uint32_t start = 0;
  const std::uint32_t bytes =
      BuildEncodedFrame(core.Seed(core.head.number), offset, core.head.state, buffer,
                        core.layout.encoded_room, spec.encoded_bytes, spec.encoded_count, start);
  NORLOG_TRY(ProgramInBlock(core, offset, buffer.subspan(start), bytes));
  core.head.state.codec = AfterEncoded(core.head.state.codec, spec.encoded_count);
  core.head.state.any_encoded = true;
  core.head.state.last_count = spec.encoded_count;
  FollowTrail(core, spec);
  return Status::kOk;
}

Status ProgramDataFrame(Core& core, Offset offset, const FrameSpec& spec) {
  const std::span<std::uint8_t> buffer = core.FrameBuffer();
  const std::uint32_t room = core.layout.content_room;
  const std::uint8_t first = buffer[room];
  std::uint32_t start = 0;
  const std::uint32_t bytes =
      BuildDataFrame(core.Seed(core.head.number), offset, core.head.state, spec.after.next, buffer,
                     room, spec.content_bytes, start);
  const Status status = ProgramInBlock(core, offset, buffer.subspan(start), bytes);
  buffer[room] = first;  // a `same` frame begins where its content did
  NORLOG_TRY(status);
  core.head.state.codec = spec.after;
  core.head.state.last = {.any = true, .first = first, .bytes = spec.content_bytes};
  FollowTrail(core, spec);
  return Status::kOk;
}

Status ProgramCursorFrame(Core& core, Offset offset, const FrameSpec& spec) {
  std::uint8_t buffer[kCursorFrameBytes];
  const std::uint32_t bytes =
      BuildCursorFrame(core.Seed(core.head.number), offset, spec.before.next,
                       core.head.state.cursors, spec.cursors, buffer);
  NORLOG_TRY(ProgramInBlock(core, offset, buffer, bytes));
  core.head.state.cursors = spec.cursors;
  return Status::kOk;
}

// The exact bytes of the frame for `spec` in the head block.
std::uint32_t FrameBytes(const Core& core, const FrameSpec& spec) {
  if (spec.encoded_count > 0) {
    return EncodedFrameBytes(core.head.state, spec.encoded_bytes, spec.encoded_count);
  }
  if (spec.content_bytes > 0) {
    return DataFrameBytes(core.head.state, core.FrameBuffer()[core.layout.content_room],
                          spec.content_bytes);
  }
  std::uint8_t buffer[kCursorFrameBytes];
  return BuildCursorFrame({}, 0, spec.before.next, core.head.state.cursors, spec.cursors, buffer);
}

Status ProgramFrame(Core& core, Offset offset, const FrameSpec& spec) {
  if (spec.encoded_count > 0) return ProgramEncodedFrame(core, offset, spec);
  return spec.content_bytes > 0 ? ProgramDataFrame(core, offset, spec)
                                : ProgramCursorFrame(core, offset, spec);
}

void PackForNewBlock(Core& core, FrameSpec& spec) {
  spec.encoded_count = 0;
  if (core.packer != nullptr) core.packer->PackForNewBlock(core, spec);
}

// The frame stands in the head block, or (with another status) it does not.
Status Placed(Core& core, FrameSpec& spec, Status status) {
  if (core.packer == nullptr) return status;
  if (Ok(status)) {
    core.packer->Packed(core, spec);
  } else {
    core.packer->Unpack(core, spec);
  }
  return status;
}

// Tries the head block. kNothingYet if the frame does not fit there.
Status PlaceInHeadBlock(Core& core, FrameSpec& spec) {
  if (core.head.use == BlockUse::kUsedUp) return Status::kNothingYet;
  spec.encoded_count = 0;
  if (core.packer != nullptr) core.packer->PackForHeadBlock(core, spec);
  const std::uint32_t bytes = FrameBytes(core, spec);
  if (!FitsHeadBlock(core, bytes)) return Placed(core, spec, Status::kNothingYet);
  const Offset offset = FrameOffset(core, bytes);
  bool erased = false;
  NORLOG_TRY(CheckPadding(core, offset, erased));
  if (!erased) return Placed(core, spec, Status::kNothingYet);
  const Status touched = BeginSession(core);
  if (touched == Status::kProgramError) return Status::kNothingYet;
  NORLOG_TRY(touched);
  const Status status = ProgramFrame(core, offset, spec);
  if (!Ok(status)) FrameFailed(core, {core.head.number, offset});
  return status;
}

}  // namespace

Status PlaceInNextBlock(Core& core, const FrameSpec& spec) {
  const BucketNumber number = core.head.number;
  while (core.head.fresh_block < core.layout.block_count) {
    const std::uint32_t block = core.head.fresh_block++;
    const Status touched = TouchBlock(core, number, block);
    if (touched == Status::kProgramError) continue;
    NORLOG_TRY(touched);
    const Status status = ProgramHeadFrame(core, number, block, spec);
    if (!Ok(status)) {
      FrameFailed(core, {number, core.layout.FramesBegin(block)});
    }
    return status;
  }
  return Status::kNothingYet;
}

Status PlaceInHeadBucket(Core& core, FrameSpec& spec) {
  if (!core.head.open) NORLOG_TRY(MayEvictFor(core, core.head.number, spec.cursors));
  const bool was_open = core.head.open;
  spec.copy = core.frame_failed;
  spec.from = core.failed_at;
  Status status = PlaceInHeadBlock(core, spec);
  if (status == Status::kNothingYet && core.head.fresh_block < core.layout.block_count) {
    PackForNewBlock(core, spec);
    status = PlaceInNextBlock(core, spec);
  }
  NORLOG_TRY(Placed(core, spec, status));
  if (!was_open) Evict(core, core.head.number);
  core.frame_failed = false;
  return Status::kOk;
}

Status PlaceInNextBucket(Core& core, FrameSpec& spec) {
  NORLOG_TRY(LeaveTrace(core));
  spec.copy = core.frame_failed;
  spec.from = core.failed_at;
  PackForNewBlock(core, spec);
  NORLOG_TRY(Placed(core, spec, OpenNextBucket(core, spec)));
  core.frame_failed = false;
  return Status::kOk;
}

FrameSpec EmptyFrame(const Core& core) {
  FrameSpec spec;
  spec.before = core.head.state.codec;
  spec.after = core.head.state.codec;
  spec.trail_before = spec.trail = core.head.trail;
  spec.trail.tag_classes = 0;
  spec.cursors = core.wanted;
  return spec;
}

namespace {

// Programs a real frame at the end of the log. A frame that fails seals its
// bucket where it is and is written again in the next one.
Status PlaceFrame(Core& core, FrameSpec& spec) {
  if (core.schemas != nullptr && spec.content_bytes > 0) {
    NORLOG_TRY(core.schemas->Place(core, spec));
    return core.io.Sync();
  }
  Status status = PlaceInHeadBucket(core, spec);
  if (status == Status::kNothingYet || status == Status::kProgramError) {
    status = PlaceInNextBucket(core, spec);
  }
  NORLOG_TRY(status);
  return core.io.Sync();
}

// kOk if an empty pending frame may take a record of `cost` bytes: its commit
// has a place to go to.
Status EnsureRoom(Core& core, std::uint32_t cost) {
  const bool here =
      FitsHeadBlock(core, DataFrameBound(cost)) || core.head.fresh_block < core.layout.block_count;
  const BucketNumber number = here ? core.head.number : core.head.number + 1;
  if (core.layout.LapOf(number) > kMaxLap) return Status::kExhausted;
  if (here && core.head.open) return Status::kOk;
  return MayEvictFor(core, number, core.wanted);
}

// Kept free in each block for schemas.
std::uint32_t ReservedBytes(const Core& core) {
  return core.schemas == nullptr ? 0 : core.schemas->ReservedBytes(core);
}

// True if the pending frame is expected to fit the head block with so much raw
// content. Where it could not go elsewhere it must do so raw.
bool IsExpectedHere(const Core& core, std::uint32_t content_bytes) {
  const bool elsewhere = core.head.fresh_block < core.layout.block_count ||
                         core.options.retention == Retention::kOverwriteOldest;
  if (core.encoding != nullptr && core.model_ready && elsewhere) {
    content_bytes = (content_bytes * core.packed_per_256 + 255) / 256;
  }
  return FitsHeadBlock(core, DataFrameBound(content_bytes));
}

// True if the pending frame can grow by `cost` and still stand where it will:
// in the head block if it fits there so far, else in a fresh one.
bool PendingTakes(const Core& core, std::uint32_t cost) {
  if (cost + ReservedBytes(core) > core.pending.free_bytes()) return false;
  const std::uint32_t size = core.pending.size();
  if (core.encoding != nullptr && size > 0 && size + cost > kMaxEncodedBytes) return false;
  if (IsExpectedHere(core, size + cost)) return true;
  return size == 0 || !IsExpectedHere(core, size);
}

}  // namespace

void ResetPending(Core& core) {
  core.pending.Reset(core.ContentRoom(), core.head.state.codec, core.head.trail);
  core.pending_count = 0;
}

void Publish(Core& core) {
  const LockGuard guard(core.lock(), LockKind::kState);
  core.shared.head = core.head.number;
  core.shared.head_block = core.head.block;
  core.shared.head_end = core.head.end;
  core.shared.next = core.head.state.codec.next;
  core.shared.trail = core.head.trail;
  std::memcpy(core.shared.head_tags, core.head.tags.blocks, sizeof core.shared.head_tags);
  core.shared.cursors = core.head.state.cursors;
}

Status CommitPending(Core& core) {
  if (core.pending.empty()) return Status::kOk;
  FrameSpec spec;
  spec.content_bytes = core.pending.size();
  spec.before = core.pending.start();
  spec.after = core.pending.state();
  spec.trail_before = core.head.trail;
  spec.trail = core.pending.trail();
  spec.cursors = core.wanted;
  NORLOG_TRY(PlaceFrame(core, spec));
  Publish(core);
  ResetPending(core);
  return Status::kOk;
}

Status CommitIfDue(Core& core) {
  const std::uint32_t every = core.options.commit_every;
  if (every == 0 || core.pending_count < every) return Status::kOk;
  const Status status = LookAtErase(core);
  if (status == Status::kBusy) return Status::kOk;
  NORLOG_TRY(status);
  return CommitPending(core);
}

Status CommitPutOff(Core& core) {
  const bool here = FitsHeadBlock(core, DataFrameBound(core.pending.size())) ||
                    core.head.fresh_block < core.layout.block_count;
  if (!here && !IsNextClean(core)) return Status::kOk;
  const Status status = CommitIfDue(core);
  return status == Status::kFull || status == Status::kExhausted ? Status::kOk : status;
}

Status CommitCursors(Core& core) {
  // Pending records that would not fit behind this frame any more go before it, if they
  // take more than the head frame that it then becomes: else so much of the block is lost.
  // (Where their schemas would have to open a bucket that can't be: this frame may free one.)
  const std::uint32_t bytes = DataFrameBound(core.pending.size());
  if (core.pending.size() > MaxFrameHeadBytes(kMaxReaders) && FitsHeadBlock(core, bytes) &&
      !FitsHeadBlock(core, bytes + core.layout.Up(kCursorFrameBytes))) {
    const Status status = CommitPending(core);
    if (status != Status::kFull && status != Status::kExhausted) NORLOG_TRY(status);
  }
  FrameSpec spec = EmptyFrame(core);
  NORLOG_TRY(PlaceFrame(core, spec));
  Publish(core);
  return Status::kOk;
}

Status AppendRecord(Core& core, std::uint8_t tag, std::int64_t time,
                    std::span<const std::uint8_t> payload) {
  if (core.pending.state().next >= kMaxSequence) return Status::kExhausted;
  if (core.schemas != nullptr && core.pending.empty()) NORLOG_TRY(core.schemas->BeginSession(core));
  const auto payload_bytes = static_cast<std::uint32_t>(payload.size());
  std::uint32_t cost = core.pending.Cost(tag, time, payload_bytes);
  if (!core.pending.empty() && !PendingTakes(core, cost)) {
    NORLOG_TRY(CommitPending(core));
    cost = core.pending.Cost(tag, time, payload_bytes);
  }
  if (core.pending.empty()) {
    if (cost + ReservedBytes(core) > core.pending.free_bytes()) return Status::kTooLarge;
    NORLOG_TRY(EnsureRoom(core, cost));
    if (core.packer != nullptr) NORLOG_TRY(core.packer->LearnModel(core));
  }
  const ContentBuilder before = core.pending;
  const std::uint8_t first = core.ContentRoom()[before.run_at()];
  core.pending.Add(tag, time, payload);
  ++core.pending_count;
  const Status status = CommitIfDue(core);
  if (!Ok(status)) {  // take the record back: the caller is told that it was not accepted
    core.pending = before;
    --core.pending_count;
    core.ContentRoom()[before.run_at()] = first;
  }
  return status;
}

Status ProgramCloseMark(Core& core) {
  if (core.head.use != BlockUse::kOpen) return Status::kOk;
  NORLOG_TRY(
      core.io.ProgramZeros(core.layout.IndexOf(core.head.number), core.head.end, core.layout.unit));
  core.head.end += core.layout.unit;
  core.head.use = BlockUse::kClosed;
  return Status::kOk;
}

}  // namespace norlog
