// A query from the newest record backwards, and LatestOf.
#include "norlog/dead_frames.h"
#include "norlog/log.h"
#include "norlog/query.h"

namespace norlog {

Status Query::NextBackward(const Shared& first_look, Record& record) {
  Shared shared = first_look;
  for (;;) {
    Status status = Status::kOk;
    if (located_ && window_.number() >= shared.tail) {
      status = LastOfBlock(shared, record);
      if (status == Status::kOk) return status;
      if (status == Status::kNothingYet) status = PlaceBefore(shared);
    } else if (located_) {
      status = Status::kNothingYet;  // evicted, and all that is older
    } else {
      status = PlaceBefore(shared);
    }
    const BucketNumber tail = shared.tail;
    shared = Snapshot(core_);
    if (status == Status::kNothingYet) return EndBackwards();
    if (status == Status::kGap && shared.tail > tail) status = Status::kOk;  // look anew
    NORLOG_TRY(status);
  }
}

// Nothing older is left. What was evicted since the query began is told once.
Status Query::EndBackwards() {
  located_ = false;
  at_end_ = true;
  Beginning beginning;
  NORLOG_TRY(window_.FindBeginning(beginning));
  const Sequence first = beginning.first;
  if (first <= oldest_ || oldest_ >= next_) return Status::kNothingYet;
  gap_ = {oldest_, (first < next_ ? first : next_) - 1, GapCause::kEvicted};
  oldest_ = next_;
  return Status::kGap;
}

// One pass over the window's block: of the records below next_ the oldest and the
// newest, and the newest that is wanted as far as stretch_ holds.
Status Query::ScanBlock(const Shared& shared, Sequence& oldest, Sequence& newest,
                        Sequence& wanted) {
  oldest = newest = wanted = {};
  window_.Restart();
  Status status = Status::kOk;
  Frame frame;
  for (; status == Status::kOk; status = window_.StepInBlock(shared, frame)) {
    ContentRecord found;
    while (window_.Next(found)) {
      if (found.sequence >= next_) continue;
      newest = found.sequence;
      if (oldest.value == 0) oldest = newest;
      if (stretch_.Holds(newest) && Wants(found, TimeOf(found.time))) wanted = newest;
    }
    if (window_.Undecoded({0})) return Status::kCannotDecode;
  }
  return status == Status::kNothingYet ? Status::kOk : status;
}

// The newest wanted record of the window's block below next_. Frames only decode
// forwards: one pass finds it, a second one goes there.
Status Query::LastOfBlock(const Shared& shared, Record& record) {
  const BucketNumber number = window_.number();
  const std::uint32_t block = window_.block();
  Sequence oldest;
  Sequence newest;
  Sequence wanted;
  for (;;) {
    NORLOG_TRY(ScanBlock(shared, oldest, newest, wanted));
    if (newest.value == 0) return Status::kNothingYet;
    if (!stretch_.Holds(newest)) {
      NORLOG_TRY(SettleStretch(shared, newest));
      if (!located_) NORLOG_TRY(LoadAt(shared, number, block));
    } else if (wanted.value != 0) {
      break;
    } else if (stretch_.from <= oldest) {
      return Status::kNothingYet;
    } else {
      next_ = stretch_.from;
    }
  }
  window_.Restart();
  for (;;) {
    ContentRecord found;
    while (window_.Next(found)) {
      if (found.sequence != wanted) continue;
      next_ = wanted;
      Fill(found, shared, record);
      return Status::kOk;
    }
    Frame frame;
    const Status status = window_.StepInBlock(shared, frame);
    if (status == Status::kNothingYet) return Status::kReadError;  // it reads otherwise now
    NORLOG_TRY(status);
  }
}

// The newest bucket, below `end`, that may hold what is older than next_: also one
// whose header tells nothing.
Status Query::FindNewest(const Shared& shared, BucketNumber end, BucketNumber& number) {
  NORLOG_TRY(window_.FindBucket(shared, shared.tail, next_ - 1, number));
  for (; number + 1 < end; ++number) {
    bool readable = false;
    Sequence first;
    NORLOG_TRY(FirstSequenceOf(core_, shared, number + 1, readable, first));
    if (readable) break;
  }
  return Status::kOk;
}

// Loads the newest block, before the window's, that may hold what is wanted.
// kNothingYet at the beginning of the log.
Status Query::PlaceBefore(const Shared& shared) {
  if (at_end_) return Status::kNothingYet;
  BucketNumber number = shared.head;
  std::uint32_t block = shared.head_block + 1;
  if (located_) {
    number = window_.number();
    block = window_.block();
  } else if (next_ < shared.next) {
    NORLOG_TRY(FindNewest(shared, shared.head + 1, number));
    if (number < shared.head) block = core_.layout.block_count;
  }
  for (;;) {
    while (block > 0) {
      --block;
      bool may = false;
      NORLOG_TRY(MayHold(shared, number, block, may));
      if (may) return LoadAt(shared, number, block);
    }
    NORLOG_TRY(LeaveBucket(shared, number));
    block = core_.layout.block_count;
  }
}

// True if bucket `number` was really opened: the claims of its header are then
// about all that stands before it.
Status Query::Opened(const Shared& shared, BucketNumber number, bool& opened) {
  opened = number == shared.head;
  if (opened) return Status::kOk;
  if (above_.number != number + 1) NORLOG_TRY(NextClaim(core_, shared, number + 1, above_));
  opened = above_.number <= shared.head && above_.previous == number;
  return Status::kOk;
}

// The bucket to go on in once `number` is done with.
Status Query::LeaveBucket(const Shared& shared, BucketNumber& number) {
  if (number <= shared.tail) return Status::kNothingYet;
  bool opened = false;
  NORLOG_TRY(Opened(shared, number, opened));
  bool readable = false;
  Claim claim;
  if (opened) NORLOG_TRY(ReadClaim(core_, number, readable, claim));
  if (!readable) {
    number = number - 1;
    return Status::kOk;
  }
  above_ = claim;
  bool moved = false;
  NORLOG_TRY(PassBack(shared, claim, number, moved));
  if (moved) return Status::kOk;
  std::uint32_t nearest = 0;
  for (std::uint32_t c = 0; c < kTagClasses; ++c) {
    const std::uint32_t distance = DecodeDistance(claim.number, claim.tags.behind[c]);
    if (((spec_.tags.Classes() >> c) & 1) == 0 || distance == 0) continue;
    if (nearest == 0 || distance < nearest) nearest = distance;
  }
  if (spec_.tags.IsAll()) nearest = 1;
  if (nearest == 0 || nearest > number - shared.tail) return Status::kNothingYet;
  number = number - nearest;
  return Status::kOk;
}

// The same, by times: of the records before `claim`, back to where their order
// begins, all may be too old, or the newer ones too new.
Status Query::PassBack(const Shared& shared, const Claim& claim, BucketNumber& number,
                       bool& moved) {
  moved = false;
  const bool bounded = from_time_ > INT64_MIN || to_time_ < INT64_MAX;
  if (!bounded || claim.first.value <= 1) return Status::kOk;
  NORLOG_TRY(SettleStretch(shared, claim.first - 1));
  const Sequence begin = claim.ordered_from > stretch_.from ? claim.ordered_from : stretch_.from;
  if (begin >= claim.first) return Status::kOk;
  if (TimeOf(claim.time) < from_time_) {
    if (begin < next_) next_ = begin;
    if (next_.value <= 1) return Status::kNothingYet;
    BucketNumber target;
    NORLOG_TRY(FindNewest(shared, number, target));
    moved = target < number;
    if (moved) number = target;
    return Status::kOk;
  }
  if (TimeOf(claim.time) <= to_time_) return Status::kOk;
  // The oldest bucket that begins behind a record that is too new, too.
  BucketNumber low = shared.tail;
  BucketNumber high = number;
  Claim oldest = claim;
  while (high - low > 1) {
    const BucketNumber middle = low + (high - low) / 2;
    BucketNumber at = middle;
    bool readable = false;
    Claim here;
    for (; at < high && !readable; ++at) NORLOG_TRY(ReadClaim(core_, at, readable, here));
    if (readable && here.first > begin && TimeOf(here.time) > to_time_) {
      oldest = here;
      high = middle;
    } else if (readable) {
      low = at - 1;
    } else {
      high = middle;
    }
  }
  if (oldest.first < next_) next_ = oldest.first;
  moved = oldest.previous < number && oldest.previous >= shared.tail;
  if (moved) number = oldest.previous;
  return oldest.previous < shared.tail ? Status::kNothingYet : Status::kOk;
}

Status LatestOf(Log& log, std::uint8_t tag, std::span<std::uint8_t> buffer, Record& record) {
  QuerySpec spec;
  spec.tags = {tag};
  spec.order = QueryOrder::kBackwards;
  Query query(log, spec, buffer);
  Status status = Status::kGap;
  while (status == Status::kGap) status = query.Next(record);
  return status == Status::kNothingYet ? Status::kNotRetained : status;
}

// Defined here, where the façade is known.
Query::Query(Log& log, const QuerySpec& spec, std::span<std::uint8_t> buffer)
    : core_(log.core()),
      spec_(spec),
      from_time_(spec.from_time),
      to_time_(spec.to_time),
      buffer_(buffer),
      window_(log.core()) {
  if (buffer.size() < QueryMemory(core_.options)) return;  // Begin will say so
  const Options& options = core_.options;
  window_.SetBuffer(buffer.first(options.block_bytes),
                    {buffer.subspan(options.block_bytes, ModelBytes(options)), options.encoded_tags,
                     options.encoded_columns});
}

}  // namespace norlog
