#include "norlog/mount.h"

#include "norlog/erasing.h"
#include "norlog/log_end.h"
#include "norlog/recovery.h"
#include "norlog/ring.h"
#include "norlog/session.h"
#include "norlog/writer.h"

namespace norlog {
namespace {

// Functions marked noinline have large objects on the stack that what is called
// next to them need not pay for.

// Back to what a new object has.
void Detach(Core& core) {
  core.read_only = false;
  core.exhausted = false;
  const std::uint32_t session = core.shared.session;
  core.shared = {};
  core.shared.session = session + 1;
  core.head = {};
  core.erases_repeated = 0;
  core.blocks_lost = 0;
  core.records_damaged = 0;
  core.retired = {};
  core.frame_failed = false;
  core.model_ready = false;
  core.model_saved = false;
  core.packed_per_256 = 256;
  core.clean_mask = 0;
  core.bad_mask = 0;
  core.distrust_marks = false;
  core.erasing = {};
  core.erase_goes_on = false;
  core.kept_position = {};
  core.io.ResetCounts();
}

// A Log that was dropped without Close may have left an erase that goes on.
void AwaitChip(Core& core) {
  while (core.io.Busy() == Status::kBusy) {
  }
}

// While a log is mounted or formatted no reader uses its buffer. What stands behind
// these is the encoder's, and in use.
std::span<std::uint8_t> ReaderBuffers(const Core& core) {
  const std::size_t block_bytes = core.layout.block_bytes;
  return core.memory.subspan(block_bytes, core.options.reader_count * block_bytes);
}

// True if a whole header of another layout stands at `address`, for a chip
// whose program unit was `unit`.
Status IsForeign(Core& core, std::uint64_t address, std::uint32_t unit, bool& foreign) {
  const std::uint32_t mark = (kMarkBytes + unit - 1) / unit * unit;
  const std::uint32_t note = (kNoteBytes + unit - 1) / unit * unit;
  const BucketIndex index{static_cast<std::uint32_t>(address / core.layout.bucket_bytes)};
  const auto offset = static_cast<Offset>(address % core.layout.bucket_bytes);
  foreign = false;
  if (address + mark + 2 * note + kHeaderBytes > core.flash.geometry().size_bytes()) {
    return Status::kOk;
  }
  std::uint8_t bytes[kHeaderBytes];
  NORLOG_TRY(core.io.ReadTolerant(index, offset + mark + 2 * note, bytes));
  const std::uint32_t bucket_bytes = HeaderBucketBytes(bytes);
  if (bucket_bytes == 0 || address % bucket_bytes != 0) return Status::kOk;
  const BucketIndex its_index{static_cast<std::uint32_t>(address / bucket_bytes)};
  Header header;
  foreign = DecodeHeader(core.layout, its_index, bytes, header) == HeaderState::kOtherLayout;
  return Status::kOk;
}

// What to answer where no header of this layout was found: perhaps one of
// another layout is there.
[[gnu::noinline]] Status NameAbsence(Core& core, const Found& found) {
  if (found.unknown_version) return Status::kUnknownVersion;
  const Geometry& geometry = core.flash.geometry();
  for (std::uint32_t i = 0; i < kForeignUnits && i < geometry.erase_unit_count; ++i) {
    const std::uint64_t address = std::uint64_t{i} * geometry.erase_unit_bytes;
    for (const std::uint32_t unit : {1u, 8u, 16u, 32u}) {  // 2 and 4 stand where 1 does
      bool foreign = false;
      NORLOG_TRY(IsForeign(core, address, unit, foreign));
      if (foreign) return Status::kLayoutMismatch;
    }
  }
  return Status::kNoLog;
}

// What a position holds that the next opening would evict.
enum class Rest : std::uint8_t { kWhole, kNothing, kReused };

// Whether bucket `number` still holds what was written: a block of it begins with a head
// frame (the first one's may be the torn frame that a recovery repeated in the next; they are
// looked at only if `blocks`), or whether it was erased for another one.
Status LookAtRest(Core& core, BucketNumber number, bool blocks, Rest& rest) {
  const BucketIndex index = core.layout.IndexOf(number);
  HeaderState state;
  Probe probe;
  NORLOG_TRY(core.io.ReadProbe(index, state, probe));
  const bool valid = state == HeaderState::kValid;
  bool known = valid;
  std::uint32_t lap = probe.lap;
  if (state == HeaderState::kErased) NORLOG_TRY(core.io.ReadMark(index, known, lap));
  rest = known && lap > core.layout.LapOf(number) ? Rest::kReused : Rest::kNothing;
  if (!valid || lap != core.layout.LapOf(number)) return Status::kOk;
  bool whole = !blocks;
  for (std::uint32_t block = 0; block < core.layout.block_count && !whole; ++block) {
    const Offset offset = core.layout.FramesBegin(block);
    std::uint8_t front[BucketIo::kHeadFrontBytes];
    NORLOG_TRY(core.io.ReadTolerant(index, offset, front));
    NORLOG_TRY(core.io.CheckHeadFrame({probe.identity, number}, offset, front, /*tail=*/{}, whole));
  }
  if (whole) rest = Rest::kWhole;
  return Status::kOk;
}

// A frame that opened the bucket behind V's may have counted at one mount, which
// then erased what it evicted, and not at this one: what has been erased so is evicted. So is
// what stands before it, where bad buckets that could not be erased still hold what they held.
Status PassReused(Core& core, BucketNumber newest) {
  const BucketNumber end = TailAfter(core, newest + 1);
  bool whole = false;
  for (BucketNumber number = core.shared.tail; number < end; ++number) {
    Rest rest;
    NORLOG_TRY(LookAtRest(core, number, /*blocks=*/!whole, rest));
    whole = whole || rest == Rest::kWhole;
    if (!whole || rest == Rest::kReused) core.shared.tail = number + 1;
  }
  return Status::kOk;
}

// Whether V's bucket is open; the totals and the tail that the newest readable header tells. The
// tail of a bucket that is not open yet is that of the one before.
[[gnu::noinline]] Status LoadHeader(Core& core, const LogEnd& log_end) {
  const BucketFront& own = log_end.front;
  core.head.open = !log_end.from_reserve && IsReal(log_end.end);
  bool have_tail = false;
  bool open_tail = false;  // the tail is that of before the open bucket
  if (own.state == HeaderState::kValid && !log_end.front_lost) {
    core.erases_repeated = own.header.erases_repeated;
    core.blocks_lost = own.header.blocks_lost;
    core.records_damaged = own.header.records_damaged;
    core.retired = {own.header.retired_this_lap, own.header.retired_last_lap};
    have_tail = core.head.open;
    if (have_tail) core.shared.tail = own.header.tail;
  }
  if (log_end.from_reserve) {
    core.shared.tail = log_end.reserve_tail;
    have_tail = true;
  }
  BucketNumber number = CountsBefore(core.layout, log_end.number, own);
  for (std::uint32_t i = 0; !have_tail && i <= MaxStepsOver(core.layout);
       ++i, number = number - 1) {
    const BucketIndex index = core.layout.IndexOf(number);
    BucketFront front;
    NORLOG_TRY(core.io.ReadFront(index, front));
    if (front.state != HeaderState::kValid || front.header.probe.identity != core.identity ||
        front.header.probe.IsReserve() ||
        core.layout.NumberOf(front.header.probe.lap, index) != number) {
      continue;
    }
    core.shared.tail = front.header.tail;
    core.head.number = number;
    GiveUpForReuse(core, log_end.number);  // as when it was made, stepping over others
    have_tail = true;
    open_tail = core.head.open;
  }
  // No engine writes another one; a forged image may hold anything. (The first bucket of a log
  // that stands in the reserve alone comes behind `number`.)
  const BucketNumber tail = core.shared.tail;
  const BucketNumber newest = log_end.from_reserve ? log_end.redo : log_end.number;
  if (tail > newest || newest - tail >= core.layout.bucket_count) {
    core.shared.tail = {};
    have_tail = false;
  }
  if (open_tail || !have_tail) core.shared.tail = TailAfter(core, log_end.number);
  return core.head.open ? Status::kOk : PassReused(core, log_end.number);
}

// The log as it stands, nothing programmed: for read-only mounts.
void AttachAsFound(Core& core, const LogEnd& log_end) {
  core.head.number = log_end.end.at.number;
  if (core.shared.tail > core.head.number) core.shared.tail = core.head.number;
  core.head.block = log_end.end.block;
  core.head.end = log_end.end.end;
  core.head.use = BlockUse::kUsedUp;
  core.head.state = log_end.end.state;
  core.head.trail = Settled(log_end, log_end.end.state.codec.next, log_end.end.trail);
  TakeTags(core, log_end);
  const BucketEnd& end = log_end.end;
  // (In the reserve, too: its close marks may be marginal, all of them, and its bucket count.)
  const bool shown = end.clean && !log_end.from_reserve;
  if (!shown && end.has_content) core.shared.unconfirmed = end.prefix.codec.next;
}

Status AttachAndRecover(Core& core, LogEnd& log_end) {
  const Status status = Recover(core, log_end);
  if (status == Status::kExhausted || IsBadBucket(status)) {
    core.exhausted = true;  // worn below its minimum: what is there can be read
    AttachAsFound(core, log_end);
    return Status::kOk;
  }
  NORLOG_TRY(status);
  return core.io.Sync();
}

MountFinding Finding(const LogEnd& log_end) {
  if (log_end.interrupted || log_end.from_reserve) return MountFinding::kUncleanOpening;
  return log_end.end.clean ? MountFinding::kClean : MountFinding::kUnclean;
}

// What reads otherwise each time is looked at so often: then the caller may
// mount again.
constexpr int kEndTries = 8;

Status FindStableEnd(Core& core, const Found& found, std::uint32_t max_buckets, LogEnd& log_end) {
  Status status = Status::kNothingYet;
  for (int i = 0; i < kEndTries && status == Status::kNothingYet; ++i) {
    status = FindLogEnd(core, found, max_buckets, log_end);
  }
  return status == Status::kNothingYet ? Status::kReadError : status;
}

// `found` is what a look at all headers finds; it stays as it is if that is nothing newer.
[[gnu::noinline]] Status ScanForNewer(Core& core, Found& found, bool& newer) {
  Found all;
  NORLOG_TRY(FindHeadLinear(core.io, all));
  found.unknown_version = found.unknown_version || all.unknown_version;
  newer = all.any && all.number > found.number;
  if (newer) found = all;
  return Status::kOk;
}

// Where V's bucket has lost its header, the log may have gone on behind it, beyond the
// positions that the search has looked at.
Status FindEnd(Core& core, Found& found, std::uint32_t max_buckets, LogEnd& log_end) {
  NORLOG_TRY(FindStableEnd(core, found, max_buckets, log_end));
  bool newer = log_end.headers_beyond;
  if (newer) NORLOG_TRY(ScanForNewer(core, found, newer));
  return newer ? FindStableEnd(core, found, max_buckets, log_end) : Status::kOk;
}

// Bucket numbers begin with lap 1.
BucketNumber FirstNumber(const Core& core) {
  return {core.layout.bucket_count};
}

// A format erases the next bucket, like a session: where the old log ended clean, that must
// not look so any more if the power fails (write-once chips).
Status LeaveTraceOfFormat(Core& core, const LogEnd& log_end) {
  const BucketEnd& end = log_end.end;
  if (!log_end.any || !end.clean) return Status::kOk;
  core.head.number = log_end.number;
  core.head.block = end.block;
  core.head.end = end.end + end.marks * core.layout.unit;
  core.head.use = BlockUse::kClosed;
  return LeaveTrace(core);
}

// The log that is there stands in its reserve: that is finished first, so that a cut leaves
// either log. (Where it can't be, the new log begins in the place of its last bucket.)
Status FinishReserve(Core& core, LogEnd& log_end, BucketNumber& number) {
  core.identity = log_end.identity;
  core.distrust_marks = core.io.write_once();
  NORLOG_TRY(LoadHeader(core, log_end));
  const Status status = Recover(core, log_end);
  number = log_end.redo;
  if (IsBadBucket(status) || status == Status::kExhausted) return Status::kOk;
  if (!Ok(log_end.end.content)) return Status::kOk;  // what it ends with is beyond this engine
  NORLOG_TRY(status);
  number = core.head.number + 1;
  return LeaveTrace(core);
}

// Which bucket a format opens: the one behind the old log's end, if any.
Status NumberForFormat(Core& core, BucketNumber& number) {
  Found found;
  NORLOG_TRY(FindHead(core.io, {}, /*exhaustive=*/false, found));
  number = FirstNumber(core);
  if (!found.any) return Status::kOk;
  LogEnd log_end;
  NORLOG_TRY(FindEnd(core, found, 2 * MaxStepsOver(core.layout) + 2, log_end));
  if (log_end.from_reserve) return FinishReserve(core, log_end, number);
  if (log_end.any) {
    number = log_end.number + 1;
  } else if (log_end.last_interrupted == FirstNumber(core)) {
    number = FirstNumber(core);  // the chip's first format was cut
  } else {
    number = found.number + 1;
  }
  return LeaveTraceOfFormat(core, log_end);
}

// Erases and marks everything but the bucket that was just opened.
Status WipeOthers(Core& core) {
  for (std::uint32_t i = 1; i < core.layout.bucket_count; ++i) {
    const Status status = EraseAndMark(core, core.head.number + i);
    if (!IsBadBucket(status)) NORLOG_TRY(status);
  }
  return Status::kOk;
}

// What both kinds of mount begin with: where the log ends, and what its headers tell.
Status FindLog(Core& core, const Hint& hint, LogEnd& log_end) {
  Detach(core);
  AwaitChip(core);
  Found found;
  NORLOG_TRY(FindHead(core.io, hint, /*exhaustive=*/true, found));
  if (!core.io.any_read()) return Status::kReadError;  // no evidence of anything (R7)
  if (!found.any || found.unknown_version) return NameAbsence(core, found);
  NORLOG_TRY(FindEnd(core, found, core.layout.bucket_count, log_end));
  if (found.unknown_version) return Status::kUnknownVersion;
  if (!log_end.any) return Status::kNoLog;
  core.identity = log_end.identity;
  core.kept_position = found.number + core.layout.bucket_count;
  core.distrust_marks = core.io.write_once() && Finding(log_end) != MountFinding::kClean;
  return LoadHeader(core, log_end);
}

// From here on the log is mounted.
void Begin(Core& core, MountFinding finding) {
  Publish(core);
  core.wanted = core.shared.cursors;
  ResetPending(core);
  core.finding = finding;
  core.mount_reads = core.io.reads();
  core.mount_bytes = core.io.bytes_read();
  core.shared.mounted = true;
}

}  // namespace

Status MountCore(Core& core, const Hint& hint) {
  const BucketIo::Loan loan(core.io, ReaderBuffers(core));
  LogEnd log_end;
  NORLOG_TRY(FindLog(core, hint, log_end));
  NORLOG_TRY(AttachAndRecover(core, log_end));
  if (core.io.write_once() && !HasRoomForSession(core)) core.distrust_marks = true;
  Begin(core, Finding(log_end));
  return Status::kOk;
}

Status MountReadOnlyCore(Core& core, const Hint& hint) {
  const BucketIo::Loan loan(core.io, ReaderBuffers(core));
  LogEnd log_end;
  NORLOG_TRY(FindLog(core, hint, log_end));
  core.read_only = true;
  AttachAsFound(core, log_end);
  Begin(core, Finding(log_end));
  return Status::kOk;
}

Status FormatCore(Core& core, std::uint64_t nonce, bool wipe) {
  const BucketIo::Loan loan(core.io, ReaderBuffers(core));
  Detach(core);
  AwaitChip(core);
  BucketNumber number;
  NORLOG_TRY(NumberForFormat(core, number));
  Detach(core);
  core.identity = nonce;
  core.head.number = number - 1;
  core.shared.tail = number;
  core.distrust_marks = core.io.write_once();  // a format before this one may have been cut
  FrameSpec spec;
  spec.trail_before.ordered_from = spec.trail.ordered_from = spec.before.next;
  spec.cursors.enabled = static_cast<std::uint8_t>((1u << core.options.reader_count) - 1);
  NORLOG_TRY(OpenNextBucket(core, spec));
  core.shared.tail = core.head.number;  // not what was stepped over
  if (wipe) NORLOG_TRY(WipeOthers(core));
  NORLOG_TRY(core.io.Sync());
  Begin(core, MountFinding::kFormatted);
  return Status::kOk;
}

}  // namespace norlog
