#include "norlog/recovery.h"

#include "norlog/erasing.h"
#include "norlog/ring.h"

namespace norlog {
namespace {

FrameSpec CopySpec(const LogEnd& log_end, bool real) {
  const BucketEnd& end = log_end.end;
  FrameSpec spec;
  spec.content_bytes = end.has_content ? end.content_bytes : 0;
  spec.before = end.has_content ? end.prefix.codec : end.state.codec;
  spec.after = end.state.codec;
  spec.trail_before =
      Settled(log_end, spec.before.next, end.has_content ? end.trail_before : end.trail);
  spec.trail = Settled(log_end, spec.after.next, end.trail);
  if (!end.has_content) spec.trail.tag_classes = 0;
  spec.cursors = end.state.cursors;
  spec.copy = true;
  spec.real = real;
  spec.from = end.prefix.copy ? end.prefix.from : end.at;
  return spec;
}

// Erases bucket `number` ahead of the head, if a header of that number stands there.
Status EraseIfOpened(Core& core, BucketNumber number) {
  const BucketIndex index = core.layout.IndexOf(number);
  HeaderState state;
  Probe probe;
  NORLOG_TRY(core.io.ReadProbe(index, state, probe));
  const bool opened =
      state == HeaderState::kValid && core.layout.NumberOf(probe.lap, index) == number;
  return opened ? EraseOutOfTurn(core, number) : Status::kOk;
}

// What did not count must not come back. A bad bucket is left: the ring steps
// over it when it comes there.
Status ClearInterrupted(Core& core, const LogEnd& log_end) {
  if (!log_end.interrupted) return Status::kOk;
  for (BucketNumber number = log_end.last_interrupted; number >= log_end.first_interrupted;
       number = number - 1) {
    NORLOG_TRY(EraseIfOpened(core, number));
  }
  return Status::kOk;
}

// Into the next untouched block of V's own bucket. kNothingYet if there is none.
Status CopyIntoBucket(Core& core, const LogEnd& log_end) {
  for (std::uint32_t block = log_end.end.last_touched + 1; block < core.layout.block_count;
       ++block) {
    const Status touched = TouchBlock(core, log_end.number, block);
    if (touched == Status::kProgramError) continue;
    NORLOG_TRY(touched);
    const FrameSpec spec = CopySpec(log_end, /*real=*/core.head.open);
    const Status status = ProgramHeadFrame(core, log_end.number, block, spec);
    if (status != Status::kProgramError) return status;
  }
  return Status::kNothingYet;
}

// The close mark of a reserve copy is made again: what made it may have been cut. It goes
// into an erased unit behind, as a cut may harm the mark that it is to confirm: the bucket
// that the copy was made from may be void already. (Where none takes it, as many cuts have
// hit this very program: the mark that was seen must do, or is programmed over.)
Status CloseReserveAgain(Core& core, const LogEnd& log_end) {
  if (!log_end.end.closed) return Status::kOk;  // nothing rests on it
  const std::uint32_t unit = core.layout.unit;
  const BucketIndex index = core.layout.IndexOf(log_end.end.at.number);
  const Offset block_end = core.layout.BlockEnd(log_end.end.block);
  Offset mark = log_end.end.end;
  for (std::uint32_t i = 0; i < kCloseTries && mark + unit <= block_end; ++i, mark += unit) {
    bool takes = true;
    NORLOG_TRY(core.io.IsErased(index, mark, unit, takes));
    const Status status = takes ? core.io.ProgramZeros(index, mark, unit) : Status::kProgramError;
    if (status != Status::kProgramError) return status;
  }
  if (core.io.write_once()) return Status::kOk;
  return core.io.ProgramZeros(index, mark - unit, unit);
}

// What is known of the buckets behind the head goes by its number.
void MoveHead(Core& core, BucketNumber number) {
  core.clean_mask = core.bad_mask = 0;
  core.head.number = number;
}

// The positions between the bucket `redo` and the one before it that counts.
std::uint32_t PassedBefore(const Core& core, const LogEnd& log_end) {
  const BucketNumber before = log_end.number < log_end.redo
                                  ? log_end.number
                                  : CountsBefore(core.layout, log_end.redo, log_end.front);
  return static_cast<std::uint32_t>(log_end.redo - before - 1);
}

// What stands ahead of the head under its number does not count: one day it might. (So do
// reserve copies that were stepped over, of whatever round: what is appended to the head now does
// not stand in them. A bad bucket can't be cleared; its void note denies it.) `but` is left.
Status ClearAhead(Core& core, BucketNumber but) {
  const std::uint32_t reach = 2 * MaxStepsOver(core.layout) + 2;
  for (std::uint32_t i = 1; i <= reach && i < core.layout.bucket_count; ++i) {
    const BucketNumber number = core.head.number + i;
    if (number == but) continue;
    NORLOG_TRY(EraseIfOpened(core, number));
  }
  return Status::kOk;
}

// The bucket `redo` made again, a round later, from what stands in the frame buffer and,
// closed, in the bucket `reserve`.
// `bad`: bit n is set if the erase of the bucket n + 1 behind `redo` has failed.
Status RedoFromReserve(Core& core, const LogEnd& log_end, BucketNumber reserve,
                       std::uint8_t reserve_round, std::uint32_t bad) {
  FrameSpec spec = CopySpec(log_end, /*real=*/IsReal(log_end.end));
  spec.passed = PassedBefore(core, log_end);
  MoveHead(core, log_end.redo - 1);
  core.head.tags = TagMap::Unknown();
  core.head.open = false;
  const auto round = static_cast<std::uint8_t>(reserve_round + 1);
  Status status = ReopenBucket(core, log_end.redo, spec, MakeFlags(/*reserve=*/false, round));
  if (IsBadBucket(status)) {
    MoveHead(core, reserve);  // stepped over, and the reserve with it
    spec.passed += 1 + static_cast<std::uint32_t>(reserve - log_end.redo);
    status = OpenNextBucket(core, spec);
    if (status == Status::kFull) {
      spec.real = false;  // what is unread there stays
      status = OpenNextBucket(core, spec);
    }
  }
  NORLOG_TRY(status);
  if (core.head.number == log_end.redo) core.bad_mask = bad;
  core.head.open = spec.real;
  NORLOG_TRY(ClearAhead(core, /*but=*/reserve));  // which is erased in its turn
  NORLOG_TRY(EraseDoubtful(core, /*but=*/reserve));
  const BucketIndex index = core.layout.IndexOf(core.head.number);
  NORLOG_TRY(core.io.ProgramZeros(index, core.head.end, core.layout.unit));
  core.head.end += core.layout.unit;
  core.head.use = BlockUse::kClosed;
  return Status::kOk;
}

// The copy of V in a reserve bucket, closed, a round later than V's bucket.
Status MakeReserve(Core& core, const LogEnd& log_end, BucketNumber reserve, std::uint8_t round) {
  MoveHead(core, log_end.redo);
  GiveUpForReuse(core, reserve);
  const FrameSpec spec = CopySpec(log_end, /*real=*/IsReal(log_end.end));
  NORLOG_TRY(ReopenBucket(core, reserve, spec, MakeFlags(/*reserve=*/true, round)));
  return core.io.ProgramZeros(core.layout.IndexOf(reserve), core.head.end, core.layout.unit);
}

// Whether V's bucket holds nothing but V, its first frame, perhaps marginal, and copies of
// it: what it evicts must not be reused before V is solid, and V can be that in this bucket
// only. (Where the log begins nothing is evicted; an opening behind V came when V stood.)
bool IsOpenedByV(const Core& core, const LogEnd& log_end) {
  const BucketEnd& end = log_end.end;
  const Offset first = core.layout.FramesBegin(0);
  const Position from = end.prefix.from;
  const bool repeats_first =
      end.prefix.copy && from.number == log_end.number && from.offset == first;
  return (end.at.offset == first || repeats_first) && core.shared.tail < log_end.number &&
         !log_end.interrupted;
}

// Whether V's bucket may be half erased, and take no program: V, its first frame, may have been
// torn, not read at one mount, which then began to erase the bucket, and read at this one. (A
// mark behind V proves it whole. Where units take more programs, V would have been denied
// before: erasing.cc.)
bool MayBeHalfErased(const Core& core, const LogEnd& log_end) {
  const BucketEnd& end = log_end.end;
  return core.io.write_once() && end.at.offset == core.layout.FramesBegin(0) && !end.closed &&
         !end.beyond.any;
}

// V's bucket has no untouched block left, and holds nothing but copies; or V opened it.
Status ByWayOfReserve(Core& core, LogEnd& log_end) {
  log_end.redo = log_end.number;
  const auto round = static_cast<std::uint8_t>(log_end.round + 1);
  Status status = Status::kExhausted;
  std::uint32_t bad = 0;
  for (std::uint32_t i = 1; i <= MaxStepsOver(core.layout); ++i) {
    const BucketNumber reserve = log_end.redo + i;
    status = MakeReserve(core, log_end, reserve, round);
    if (Ok(status)) return RedoFromReserve(core, log_end, reserve, round, bad);
    if (!IsBadBucket(status)) return status;
    bad |= 1u << (i - 1);
  }
  return status;
}

void AddSaturated(std::uint16_t& total, std::uint64_t more) {
  const std::uint64_t sum = total + more;
  total = sum < 0xffff ? static_cast<std::uint16_t>(sum) : std::uint16_t{0xffff};
}

}  // namespace

Status Recover(Core& core, LogEnd& log_end) {
  const BucketEnd& end = log_end.end;
  if (log_end.from_reserve || !end.clean) NORLOG_TRY(end.content);
  core.head.number = log_end.number;
  if (log_end.from_reserve) {
    NORLOG_TRY(CloseReserveAgain(core, log_end));
    return RedoFromReserve(core, log_end, end.at.number, log_end.round, /*bad=*/0);
  }
  if (log_end.may_come_back || !end.clean) NORLOG_TRY(ClearInterrupted(core, log_end));
  core.head.block = end.block;
  core.head.fresh_block = end.last_touched + 1;
  core.head.end = end.end + end.marks * core.layout.unit;
  // What was forgotten is told by a head frame before anything rests on it.
  core.head.use = end.forgot_readers ? BlockUse::kUsedUp : BlockUse::kClosed;
  core.head.state = end.state;
  core.head.trail = Settled(log_end, end.state.codec.next, end.trail);
  TakeTags(core, log_end);
  if (end.clean) return log_end.reserve_begun ? ClearAhead(core, /*but=*/{}) : Status::kOk;
  AddSaturated(core.blocks_lost, end.last_touched - end.block + 1);
  AddSaturated(core.records_damaged, end.records_damaged);
  const bool open = core.head.open;
  Status status = Status::kNothingYet;
  if (!MayBeHalfErased(core, log_end)) status = CopyIntoBucket(core, log_end);
  if (status == Status::kNothingYet) {
    if (!open || IsOpenedByV(core, log_end)) return ByWayOfReserve(core, log_end);
    status = OpenNextBucket(core, CopySpec(log_end, /*real=*/false));
    core.head.open = false;
  }
  NORLOG_TRY(status);
  if (log_end.reserve_begun) NORLOG_TRY(ClearAhead(core, /*but=*/{}));
  NORLOG_TRY(EraseDoubtful(core, /*but=*/{}));
  NORLOG_TRY(
      core.io.ProgramZeros(core.layout.IndexOf(core.head.number), core.head.end, core.layout.unit));
  core.head.end += core.layout.unit;
  core.head.use = BlockUse::kClosed;
  return Status::kOk;
}

}  // namespace norlog
