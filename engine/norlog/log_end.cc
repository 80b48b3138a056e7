#include "norlog/log_end.h"

#include <cstring>

namespace norlog {
namespace {

// (noinline: see mount.cc.)

// A void note stands unless the bucket has gone on since: then some block behind the first
// has a frame, or the first one a second one. Spoils the frame buffer.
[[gnu::noinline]] Status HasGoneOn(Core& core, const FrameSeed& seed, bool& gone_on) {
  const Layout& layout = core.layout;
  gone_on = false;
  for (std::uint32_t block = 0; block < layout.block_count && !gone_on; ++block) {
    const Offset begin = layout.BlockBegin(block);
    const std::span<std::uint8_t> image = core.FrameBuffer().first(layout.BlockEnd(block) - begin);
    NORLOG_TRY(core.io.ReadTolerant(layout.IndexOf(seed.number), begin, image));
    BlockWalker walker(layout, seed, block, image);
    Frame frame;
    if (!walker.Next(frame)) continue;
    gone_on = block > 0 || walker.Next(frame);
  }
  return Status::kOk;
}

// What the header says; 0 if it says nothing.
Sequence FirstSequence(const BucketFront& front) {
  return front.state == HeaderState::kValid || front.torn ? front.header.probe.first_sequence
                                                          : Sequence{};
}

// In bucket `number` nothing reads before the damage: the cursors are those of the
// bucket before it, or else nothing is known to be read.
[[gnu::noinline]] Status TakeStateBefore(Core& core, const Probe& probe, BucketNumber number,
                                         BucketEnd& end) {
  const Beyond beyond = end.beyond;
  const std::uint32_t block = end.beyond_block;
  const std::uint32_t last_touched = end.last_touched;
  end.any = false;
  for (std::uint32_t i = 1; !end.any && i <= MaxStepsOver(core.layout) + 1; ++i) {
    NORLOG_TRY(FindBucketEnd(core, probe.identity, number - i, {}, end));
  }
  const BlockState state = end.state;
  const bool forgot_readers = end.forgot_readers;
  const bool any = end.any;
  end = {};
  end.state = state;
  end.forgot_readers = forgot_readers;
  if (!any) {
    end.state.cursors.enabled = static_cast<std::uint8_t>((1u << core.options.reader_count) - 1);
    end.state.codec.next = probe.first_sequence;
  }
  end.beyond = beyond;
  end.beyond_block = block;
  end.touched = true;
  end.last_touched = last_touched;
  end.at.number = number;
  end.prefix.codec = end.state.codec;
  std::memset(end.block_tags, kAllTagClasses, sizeof end.block_tags);
  GoOnBeyond(core, end);
  return Status::kOk;
}

// After something else was read into the frame buffer: V's content stands there
// again. A marginal frame may read otherwise now, so V may be another one; or
// none, which changes everything: kNothingYet.
Status ReadEndAgain(Core& core, LogEnd& log_end) {
  BucketEnd& end = log_end.end;
  NORLOG_TRY(
      FindBucketEnd(core, log_end.identity, log_end.number, FirstSequence(log_end.front), end));
  if (!end.any && end.beyond.any && !log_end.front_lost) {
    NORLOG_TRY(TakeStateBefore(core, log_end.front.header.probe, log_end.number, end));
  }
  return end.any ? Status::kOk : Status::kNothingYet;
}

// Whether a bucket may have been shown as it stands: then only a later reserve copy
// counts instead. (Its first frame alone, not closed, has not been.)
bool Stands(const Layout& layout, const BucketEnd& end) {
  return end.closed || (IsReal(end) && end.at.offset != layout.FramesBegin(0));
}

// Looks behind bucket `before`, the last one that counts, for a reserve copy of log
// `identity` whose bucket does not count, or gives way to it: V is then the copy. (Its
// void note only says that it is not to be kept.) It stands behind the bucket that it is to
// make again: that, too, may be behind `before`, and have the newest header.
Status LookForReserve(Core& core, std::uint64_t identity, BucketNumber before, const Found& found,
                      LogEnd& log_end) {
  const Layout& layout = core.layout;
  const bool behind_v = log_end.any && log_end.identity == identity;
  const bool stands = Stands(layout, log_end.end);
  bool spoilt = false;
  const std::uint32_t most = MaxStepsOver(layout) + 1;
  const std::uint32_t reach = found.looked_behind > most ? found.looked_behind : most;
  const std::uint64_t distance = found.number > before ? found.number - before : 0;
  const std::uint32_t opened = distance < most ? static_cast<std::uint32_t>(distance) : most;
  for (std::uint32_t i = opened + reach; i > 0; --i) {
    const BucketNumber number = before + i;
    const BucketIndex index = layout.IndexOf(number);
    BucketFront front;
    NORLOG_TRY(core.io.ReadFront(index, front));
    if (front.state != HeaderState::kValid) continue;
    const Probe& probe = front.header.probe;
    if (!probe.IsReserve() || probe.identity != identity) continue;
    if (layout.NumberOf(probe.lap, index) != number) continue;
    if (front.header.steps_over >= i) continue;  // its bucket is older, or forged
    const BucketNumber redo = number - 1 - front.header.steps_over;
    const bool beside_v = behind_v && redo == before;
    if (redo <= before && !beside_v) continue;  // its bucket counts, or is none of this log's
    const bool later =
        beside_v && (log_end.front_lost || IsLaterRound(probe.Round(), log_end.round));
    if (beside_v && !later && stands) continue;  // its bucket was made again
    // In V's place: a second BucketEnd would be half a kilobyte of stack.
    BucketEnd& end = log_end.end;
    NORLOG_TRY(FindBucketEnd(core, identity, number, {}, end));
    const bool counts = end.any && (!beside_v || (end.closed && !front.is_void));
    if (!counts) {
      // (Its close mark was begun only if its frame is solid; its frame only if touched.)
      const bool may_count = beside_v ? later && end.any : end.touched;
      log_end.reserve_begun = log_end.reserve_begun || may_count;
      spoilt = true;
      continue;
    }
    if (!behind_v) {
      log_end.any = true;
      log_end.number = before;
      log_end.identity = identity;
      log_end.front = {};
      log_end.front_lost = false;
      log_end.interrupted = false;
    }
    log_end.from_reserve = true;
    log_end.round = probe.Round();
    log_end.redo = redo;
    log_end.reserve_tail = front.header.tail;
    return Status::kOk;
  }
  if (!spoilt) return Status::kOk;
  if (log_end.any) return ReadEndAgain(core, log_end);
  log_end.end = {};
  return Status::kOk;
}

// Whether bucket `number` was opened, and has lost its header since.
Status HasLostHeader(Core& core, BucketNumber number, BucketFront& front, bool& lost) {
  NORLOG_TRY(core.io.ReadFront(core.layout.IndexOf(number), front));
  lost = front.opening && !front.is_void && front.state != HeaderState::kValid && !front.torn &&
         front.state != HeaderState::kUnknown;
  return Status::kOk;
}

// Whether the header at the position of bucket `number` is one, and newer than what was found:
// or of a version that this engine does not know.
bool IsNewer(const Core& core, const Found& found, BucketNumber number, const BucketFront& front) {
  if (front.state == HeaderState::kUnknown) return true;
  const bool reads = front.state == HeaderState::kValid || front.torn;
  const Probe& probe = front.header.probe;
  return reads && !probe.IsReserve() &&
         core.layout.NumberOf(probe.lap, core.layout.IndexOf(number)) > found.number;
}

// Whether a frame stands in it under its number. (Most likely none does: it is a bucket
// whose erase was cut.)
Status HasFrame(Core& core, const FrameSeed& seed, bool& valid) {
  const Offset offset = core.layout.FramesBegin(0);
  std::uint8_t bytes[BucketIo::kHeadFrontBytes];
  NORLOG_TRY(core.io.ReadTolerant(core.layout.IndexOf(seed.number), offset, bytes));
  return core.io.CheckHeadFrame(seed, offset, bytes, /*tail=*/{}, valid);
}

// V in bucket `number`, whose header went bad; `log_end` stays as it is if there is none.
Status TakeFromLostHeader(Core& core, std::uint64_t identity, BucketNumber number,
                          LogEnd& log_end) {
  NORLOG_TRY(FindBucketEnd(core, identity, number, {}, log_end.end));
  if (!log_end.end.any) {
    log_end.end = {};
    return Status::kOk;
  }
  log_end.any = true;
  log_end.number = number;
  log_end.identity = identity;
  log_end.front = {};
  log_end.front_lost = true;
  return Status::kOk;
}

// The last bucket behind `after`, up to `end`, that has lost its header, but not its frames.
// `newer` is set if a newer header was seen behind it.
[[gnu::noinline]] Status FindLostHeader(Core& core, const Found& found, BucketNumber after,
                                        BucketNumber end, BucketNumber& number, bool& any,
                                        bool& newer) {
  BucketFront front;
  any = false;
  for (BucketNumber at = end; at > after && !any; at = at - 1) {
    const std::uint64_t behind = at - found.number;
    const bool looked_at = behind <= MaxStepsOver(core.layout) + 1;
    if (looked_at && (found.begun_behind >> behind & 1) == 0) continue;
    NORLOG_TRY(HasLostHeader(core, at, front, any));
    newer = newer || IsNewer(core, found, at, front);
    if (any) NORLOG_TRY(HasFrame(core, {found.probe.identity, at}, any));
    if (any) number = at;
  }
  return Status::kOk;
}

// A position behind the newest header whose own header went bad, but whose opening was
// begun: frames under its number make it the newest bucket (G6), the farthest one. As many
// positions are looked at behind that again: the log may have gone on there.
Status LookForLostHeader(Core& core, const Found& found, LogEnd& log_end) {
  const BucketNumber lap_end = found.number + (core.layout.bucket_count - 1);
  BucketNumber newest = found.number;
  BucketNumber looked_at = newest;  // up to here
  for (bool any = true; any;) {
    BucketNumber end = newest + (MaxStepsOver(core.layout) + 1);
    if (end > lap_end) end = lap_end;
    NORLOG_TRY(FindLostHeader(core, found, looked_at, end, newest, any, log_end.headers_beyond));
    looked_at = end;
  }
  if (newest == found.number) return Status::kOk;
  return TakeFromLostHeader(core, found.probe.identity, newest, log_end);
}

// A bucket with a void note: `is_void` if that stands; it may not have been one before, and
// frames may come back where a block was touched.
Status LookAtVoid(Core& core, const FrameSeed& seed, bool& is_void, bool& may_come_back) {
  bool touched = false;
  bool begun = false;
  NORLOG_TRY(core.io.ReadBlockFront(core.layout.IndexOf(seed.number), 0, touched, begun));
  if (!touched) return Status::kOk;
  bool gone_on = false;
  NORLOG_TRY(HasGoneOn(core, seed, gone_on));
  is_void = !gone_on;
  may_come_back = may_come_back || is_void;
  return Status::kOk;
}

// Looks for V in bucket `number`, if a header of that number stands there.
Status TryBucket(Core& core, const Found& found, BucketNumber number, LogEnd& log_end) {
  const BucketIndex index = core.layout.IndexOf(number);
  BucketFront& front = log_end.front;
  if (found.has_front && number == found.number) {
    front = found.front;
  } else {
    NORLOG_TRY(core.io.ReadFront(index, front));
  }
  if (front.state != HeaderState::kValid && !front.torn) {
    // Behind an interrupted opening: the header may have gone bad.
    bool valid = false;
    if (log_end.interrupted && front.opening && !front.is_void) {
      NORLOG_TRY(HasFrame(core, {found.probe.identity, number}, valid));
    }
    return valid ? TakeFromLostHeader(core, found.probe.identity, number, log_end) : Status::kOk;
  }
  const Probe& probe = front.header.probe;
  if (core.layout.NumberOf(probe.lap, index) != number || probe.IsReserve()) {
    return Status::kOk;
  }
  bool is_void = front.is_void;
  if (is_void) {
    NORLOG_TRY(LookAtVoid(core, {probe.identity, number}, is_void, log_end.may_come_back));
  }
  if (!is_void) {
    BucketEnd& end = log_end.end;
    NORLOG_TRY(FindBucketEnd(core, probe.identity, number, FirstSequence(front), end));
    if (!end.any && end.beyond.any) NORLOG_TRY(TakeStateBefore(core, probe, number, end));
    if (end.any) {
      log_end.any = true;
      log_end.number = number;
      log_end.identity = probe.identity;
      log_end.round = probe.Round();
      return Status::kOk;
    }
    if (end.touched) log_end.may_come_back = true;
  }
  if (!log_end.interrupted) log_end.last_interrupted = number;
  log_end.interrupted = true;
  log_end.first_interrupted = number;
  return Status::kOk;
}

// (On its own, for the object that it takes on the stack.)
[[gnu::noinline]] void Clear(LogEnd& log_end) {
  log_end = {};
}

// Whether V's bucket has a header that can be believed about what is before it.
bool KnowsBefore(const LogEnd& log_end) {
  const Header& header = log_end.front.header;
  const std::uint64_t first = header.probe.first_sequence.value;
  return log_end.front.state == HeaderState::kValid && !log_end.front_lost &&
         !log_end.from_reserve && header.ordered_count < first && header.since_clock < first;
}

Sequence OrderedBefore(const Header& header) {
  return header.probe.first_sequence - header.ordered_count;
}

Sequence ClockBefore(const Header& header) {
  return header.since_clock == 0 ? Sequence{} : header.probe.first_sequence - header.since_clock;
}

}  // namespace

BucketNumber CountsBefore(const Layout& layout, BucketNumber number, const BucketFront& front) {
  const Probe& probe = front.header.probe;
  const bool known = front.state == HeaderState::kValid && !probe.IsReserve() &&
                     layout.NumberOf(probe.lap, layout.IndexOf(number)) == number &&
                     front.header.steps_over < number.value;
  return number - 1 - (known ? front.header.steps_over : 0);
}

Trail Settled(const LogEnd& log_end, Sequence next, Trail trail) {
  const Header& header = log_end.front.header;
  const bool known = KnowsBefore(log_end) && header.probe.first_sequence <= next;
  if (trail.ordered_from.value == 0) trail.ordered_from = known ? OrderedBefore(header) : next;
  if (trail.last_clock.value == 0) trail.last_clock = known ? ClockBefore(header) : next - 1;
  return trail;
}

void TakeTags(Core& core, const LogEnd& log_end) {
  const bool known = KnowsBefore(log_end);
  const Header& header = log_end.front.header;
  core.head.ordered_before = known ? OrderedBefore(header) : Sequence{};
  core.head.clock_before = known ? ClockBefore(header) : Sequence{};
  core.head.tags = known ? header.tags : TagMap::Unknown();
  std::memcpy(core.head.tags.blocks, log_end.end.block_tags, kMaxBlocksPerBucket);
}

Status FindLogEnd(Core& core, const Found& found, std::uint32_t max_buckets, LogEnd& log_end) {
  Clear(log_end);
  NORLOG_TRY(LookForLostHeader(core, found, log_end));
  BucketNumber number = found.number;
  for (std::uint32_t i = 0; i < max_buckets && !log_end.any; ++i) {
    NORLOG_TRY(TryBucket(core, found, number, log_end));
    if (number.value == 0) break;
    number = number - 1;
  }
  if (!found.reserve) return Status::kOk;
  const std::uint64_t newest = found.probe.identity;
  if (log_end.any) {
    NORLOG_TRY(LookForReserve(core, log_end.identity, log_end.number, found, log_end));
    if (log_end.from_reserve || log_end.identity == newest) return Status::kOk;
  }
  // A log so young that all of it may stand in the reserve: its format's frame was torn.
  return LookForReserve(core, newest, found.number - 1, found, log_end);
}

}  // namespace norlog
