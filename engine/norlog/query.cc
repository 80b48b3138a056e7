// What both directions of a query share, and the way forward.
#include "norlog/query.h"

#include <cstring>

#include "norlog/bytes.h"
#include "norlog/dead_frames.h"

namespace norlog {
namespace {

// A head frame's first bytes up to its time: first byte, length, from, next, time.
constexpr std::uint32_t kGlimpseBytes = 1 + 3 + 5 + 3 + 2 * kMaxVarintBytes;

}  // namespace

Status Query::Begin(const Shared& shared) {
  if (!shared.mounted || (begun_ && session_ != shared.session)) return Status::kNotMounted;
  const std::size_t items = spec_.order == QueryOrder::kByTime ? 1 : 0;
  if (buffer_.size() < QueryMemory(core_.options, items)) return Status::kBadMemory;
  if (begun_ && clock_seen_ == shared.trail.last_clock) return Status::kOk;
  stretch_ = {};
  clock_seen_ = shared.trail.last_clock;
  if (begun_) return Status::kOk;
  session_ = shared.session;
  if (spec_.order == QueryOrder::kBackwards) {
    next_ = shared.next;
    Beginning beginning;
    NORLOG_TRY(window_.FindBeginning(beginning));
    oldest_ = beginning.first;
  }
  begun_ = true;
  return Status::kOk;
}

Status Query::Next(Record& record) {
  const Shared shared = Snapshot(core_);
  NORLOG_TRY(Begin(shared));
  switch (spec_.order) {
    case QueryOrder::kBackwards: return NextBackward(shared, record);
    case QueryOrder::kByTime: return NextByTime(record);
    default: return NextForward(shared, record);
  }
}

bool Query::Wants(const ContentRecord& record, std::int64_t time) const {
  return spec_.tags.Has(record.tag) && time >= from_time_ && time <= to_time_;
}

void Query::Fill(const ContentRecord& found, const Shared& shared, Record& record) const {
  record.sequence = found.sequence;
  record.tag = found.tag;
  record.time = TimeOf(found.time);
  record.raw_time = found.time;
  record.payload = found.payload;
  record.unconfirmed = found.sequence >= shared.unconfirmed;
}

Status Query::LoadAt(const Shared& shared, BucketNumber number, std::uint32_t block) {
  located_ = true;
  return window_.Load(shared, number, block);
}

// Afterwards stretch_ holds `sequence`; the window may be spoilt (located_).
Status Query::SettleStretch(const Shared& shared, Sequence sequence) {
  if (spec_.raw_times) stretch_ = {{0}, {~std::uint64_t{0}}, 0};
  if (stretch_.Holds(sequence)) return Status::kOk;
  bool lost = false;
  const Status status = FindStretch(core_, shared, window_, sequence, stretch_, lost);
  if (lost || !Ok(status)) located_ = false;
  return status;
}

// The same for a record that the window has just given: it most often stays.
Status Query::SettleStretch(const Shared& shared, const ContentRecord& record) {
  if (spec_.raw_times) stretch_ = {{0}, {~std::uint64_t{0}}, 0};
  if (stretch_.Holds(record.sequence)) return Status::kOk;
  bool lost = false;
  const Status status = FindStretch(core_, shared, window_, record, stretch_, lost);
  if (lost || !Ok(status)) located_ = false;
  return status;
}

bool Query::InLog(const Shared& shared, BucketNumber number, std::uint32_t block) const {
  return number < shared.head || (number == shared.head && block <= shared.head_block);
}

Status Query::MayHold(const Shared& shared, BucketNumber number, std::uint32_t block, bool& may) {
  may = true;
  if (spec_.tags.IsAll()) return Status::kOk;
  if (number == shared.head) {
    may = (shared.head_tags[block] & spec_.tags.Classes()) != 0;
    return Status::kOk;
  }
  if (tags_of_ != number) NORLOG_TRY(LoadTags(shared, number));
  may = (tags_[block] & spec_.tags.Classes()) != 0;
  return Status::kOk;
}

// The header of the bucket behind tells the blocks' tags, if that bucket was
// really opened: then nothing was added to this one afterwards.
Status Query::LoadTags(const Shared& shared, BucketNumber number) {
  std::memset(tags_, kAllTagClasses, sizeof tags_);
  tags_of_ = number;
  if (above_.number != number + 1) NORLOG_TRY(NextClaim(core_, shared, number + 1, above_));
  const Claim behind = above_;
  if (behind.number > shared.head || behind.previous != number) return Status::kOk;
  if (behind.number < shared.head) {
    NORLOG_TRY(NextClaim(core_, shared, behind.number + 1, above_));
    if (above_.previous != behind.number) return Status::kOk;
  }
  std::memcpy(tags_, behind.tags.blocks, sizeof tags_);
  return Status::kOk;
}

// The place where the query stood is not in the log any more.
Status Query::Evicted() {
  located_ = false;
  seen_ = false;
  Beginning beginning;
  NORLOG_TRY(window_.FindBeginning(beginning));
  if (beginning.first <= next_) return Status::kOk;
  gap_ = {next_, beginning.first - 1, GapCause::kEvicted};
  next_ = beginning.first;
  return Status::kGap;
}

Status Query::NextForward(const Shared& first_look, Record& record) {
  Shared shared = first_look;
  for (;;) {
    Status status = Status::kOk;
    told_ = false;
    if (located_ && window_.number() < shared.tail) {
      status = Status::kGap;
    } else if (located_ && window_.in_content()) {
      status = Take(shared, record);
      if (status == Status::kNothingYet && !window_.Undecoded(next_)) continue;
      if (status == Status::kNothingYet) return Status::kCannotDecode;
      if (status == Status::kOk || told_) return status;
    } else if (next_ >= shared.next) {
      return Status::kNothingYet;
    } else {
      status = located_ ? Advance(shared) : Enter(shared);
    }
    if (status == Status::kGap) status = Evicted();
    NORLOG_TRY(status);
    shared = Snapshot(core_);
  }
}

// The next record of the present frame that is wanted. kNothingYet: none, or the
// window had to be left to find out about the clock.
Status Query::Take(const Shared& shared, Record& record) {
  ContentRecord found;
  while (window_.Next(found)) {
    if (found.sequence < next_) continue;
    if (found.sequence > shared.next) found.sequence = shared.next;  // dead, as in Reader::Next
    if (next_ >= shared.next) {
      located_ = false;
      return Status::kNothingYet;
    }
    const BucketNumber number = window_.number();
    const std::uint32_t block = window_.block();
    const bool missed = seen_ && found.sequence > next_;
    if (missed) {
      told_ = true;
      gap_ = {next_, found.sequence - 1, GapCause::kDamaged};
    }
    next_ = found.sequence;
    if (!missed) NORLOG_TRY(SettleStretch(shared, found));
    if (missed || !located_) {
      NORLOG_TRY(LoadAt(shared, number, block));
      return missed ? Status::kGap : Status::kNothingYet;
    }
    next_ = found.sequence + 1;
    seen_ = true;
    seen_time_ = TimeOf(found.time);
    if (!Wants(found, seen_time_)) continue;
    Fill(found, shared, record);
    return Status::kOk;
  }
  return Status::kNothingYet;
}

// Puts the query on next_, or as far behind it as nothing is missed.
Status Query::Enter(const Shared& shared) {
  bool readable = false;
  Sequence first;
  NORLOG_TRY(FirstSequenceOf(core_, shared, shared.tail, readable, first));
  if (readable && first > next_) {
    if (next_.value != 0) return Status::kGap;
    next_ = first;
  }
  if (next_.value == 0) next_ = {1};
  BucketNumber number;
  NORLOG_TRY(window_.FindBucket(shared, shared.tail, next_, number));
  seen_ = false;
  NORLOG_TRY(SettleStretch(shared, next_));
  bool moved = false;
  if (from_time_ > INT64_MIN) NORLOG_TRY(Pass(shared, number, /*late=*/false, moved));
  return moved ? Status::kOk : Walk(shared, number, 0);
}

// The next frame of the block; behind it the next block that is to be read.
Status Query::Advance(const Shared& shared) {
  Frame frame;
  const Status status = window_.StepInBlock(shared, frame);
  if (status != Status::kNothingYet) return status;
  const BucketNumber number = window_.number();
  const std::uint32_t block = window_.block() + 1;
  const bool late = seen_ && seen_time_ > to_time_;
  const bool early = from_time_ > INT64_MIN && seen_ && seen_time_ < from_time_;
  bool moved = false;
  if (late || (early && block == core_.layout.block_count)) {
    NORLOG_TRY(Pass(shared, number, late, moved));
  }
  return moved ? Status::kOk : Walk(shared, number, block);
}

// Loads the first block, from this one on, that may hold a wanted tag. kNothingYet
// at the end of the log.
Status Query::Walk(const Shared& shared, BucketNumber number, std::uint32_t block) {
  for (;; ++block) {
    if (block == core_.layout.block_count) {
      ++number;
      block = 0;
    }
    if (!InLog(shared, number, block)) return Status::kNothingYet;
    bool may = false;
    NORLOG_TRY(MayHold(shared, number, block, may));
    if (may) return LoadAt(shared, number, block);
    seen_ = false;
  }
}

// Passes over what headers prove to be out of the span, from behind bucket
// `number` on. kNothingYet: that is all of the log.
Status Query::Pass(const Shared& shared, BucketNumber number, bool late, bool& moved) {
  moved = false;
  NORLOG_TRY(SettleStretch(shared, next_));
  if (late && stretch_.from >= next_) return Status::kOk;  // the record before has another offset
  const Passage passage{next_, stretch_.until, stretch_.offset, late, from_time_};
  if (passage.Allows(EndClaim(shared))) {
    next_ = shared.next;
    located_ = false;
    return Status::kNothingYet;
  }
  // Most often the next header says at once that there is no way.
  Claim nearest;
  NORLOG_TRY(NextClaim(core_, shared, number + 1, nearest));
  if (nearest.number > shared.head || !passage.Allows(nearest)) return Status::kOk;
  for (BucketNumber high = shared.head + 1; !moved;) {
    bool found = false;
    Claim claim;
    NORLOG_TRY(FarthestClaim(core_, nearest.number, high, passage, found, claim));
    if (!found) claim = nearest;
    NORLOG_TRY(Land(shared, claim, late, moved));
    if (!found) break;
    high = claim.number;
  }
  return Status::kOk;
}

// Goes to the bucket that begins behind `claim`, if it was really opened: then its
// first block, which is read, has a frame. (Else the bucket before may have gone
// on.) Within it a later block may do, if its head frame proves the same.
Status Query::Land(const Shared& shared, const Claim& claim, bool late, bool& landed) {
  std::uint32_t block = 0;
  if (!late) NORLOG_TRY(GuessBlock(shared, claim.number, {}, block));
  Sequence from = claim.first;
  std::int64_t time = claim.time;
  for (;; block = 0) {
    NORLOG_TRY(LoadAt(shared, claim.number, block));
    Frame frame;
    const Status status = window_.StepInBlock(shared, frame);
    landed = status == Status::kOk;
    if (status == Status::kNothingYet && block == 0) return Status::kOk;
    if (!landed && status != Status::kNothingYet) return status;
    if (block == 0) break;
    const CodecState& before = frame.prefix.codec;
    const bool tells_time = !frame.prefix.unordered && frame.encoded_count == 0;
    if (landed && tells_time && before.next >= claim.first && before.next <= stretch_.until &&
        TimeOf(before.time) < from_time_) {
      from = before.next;
      time = before.time;
      break;
    }
  }
  if (from > next_) next_ = from;
  seen_ = true;
  seen_time_ = TimeOf(time);
  return Status::kOk;
}

// True if a block with this head frame seems to begin before record `wanted`, or
// (0) before from_time.
bool Query::BeginsBefore(std::span<const std::uint8_t> front, Sequence wanted) const {
  ByteReader in(front.subspan(1));
  for (int i = (front[0] & kHeadCopy) != 0 ? 3 : 1; i > 0; --i) (void)in.Varint();
  const Sequence next{in.Varint()};
  const std::int64_t time = UnZigZag(in.Varint());
  if (!IsHeadByte(front[0]) || !in.ok()) return false;
  if (wanted.value != 0) return next <= wanted;
  return (front[0] & (kHeadUnordered | kHeadEncoded)) == 0 && TimeOf(time) < from_time_;
}

// The last block of a bucket that seems to begin before that. What is read here is
// not checked: that is the caller's part.
Status Query::GuessBlock(const Shared& shared, BucketNumber number, Sequence wanted,
                         std::uint32_t& block) {
  const Layout& layout = core_.layout;
  std::uint32_t high = number == shared.head ? shared.head_block + 1 : layout.block_count;
  block = 0;
  while (high - block > 1) {
    const std::uint32_t middle = block + (high - block) / 2;
    std::uint8_t front[kGlimpseBytes];
    NORLOG_TRY(core_.io.ReadRetained(number, core_.shared.tail, layout.FramesBegin(middle), front));
    if (BeginsBefore(front, wanted)) {
      block = middle;
    } else {
      high = middle;
    }
  }
  return Status::kOk;
}

}  // namespace norlog
