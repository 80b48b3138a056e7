// A query in order of time: selection in passes, with the memory there is.
//
// A pass goes forward over what is not before the last record given, and keeps the
// first records in order of (time, sequence number). Once its memory is full nothing
// behind the last of them is wanted any more: the span shrinks as it fills, and what
// is in order is passed over. Then they are given one by one, each read again.
#include <cstring>

#include "norlog/bytes.h"
#include "norlog/query.h"

namespace norlog {

std::uint32_t Query::ItemRoom() const {
  return static_cast<std::uint32_t>((buffer_.size() - QueryMemory(core_.options)) / kByTimeBytes);
}

std::uint8_t* Query::Item(std::uint32_t index) const {
  return &buffer_[QueryMemory(core_.options, index)];
}

std::int64_t Query::ItemTime(std::uint32_t index) const {
  return static_cast<std::int64_t>(LoadLe<8>(Item(index)));
}

Sequence Query::ItemSequence(std::uint32_t index) const {
  return {LoadLe<8>(Item(index) + 8)};
}

void Query::PutItem(std::uint32_t index, std::int64_t time, Sequence sequence) {
  StoreLe<8>(Item(index), static_cast<std::uint64_t>(time));
  StoreLe<8>(Item(index) + 8, sequence.value);
}

// They come by sequence: of equal times the one that is there comes first.
void Query::Insert(std::int64_t time, Sequence sequence) {
  if (time == last_time_ && sequence <= last_) return;  // given
  std::uint32_t low = 0;
  std::uint32_t high = item_count_;
  while (low < high) {
    const std::uint32_t middle = low + (high - low) / 2;
    if (ItemTime(middle) <= time) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  const std::uint32_t room = ItemRoom();
  if (low == room) return;
  if (item_count_ < room) ++item_count_;
  if (low + 1 < item_count_) {
    std::memmove(Item(low + 1), Item(low), std::size_t{item_count_ - 1 - low} * kByTimeBytes);
  }
  PutItem(low, time, sequence);
  if (item_count_ == room) to_time_ = ItemTime(room - 1);
}

// One pass. kGap: it goes on behind the gap, which is told once however many passes
// meet it.
Status Query::Collect() {
  for (;;) {
    Record record;
    const Status status = NextForward(Snapshot(core_), record);
    if (Ok(status)) {
      Insert(record.time, record.sequence);
    } else if (status == Status::kGap) {
      if (gap_.last <= told_until_) continue;
      told_until_ = gap_.last;
      return status;
    } else {
      collected_ = status == Status::kNothingYet;
      return collected_ ? Status::kOk : status;
    }
  }
}

// Looks for record `wanted` from where the window stands, up to the end of its block,
// or, if `beyond`, as far as records are older. kNothingYet: it is not there.
Status Query::FindFrom(const Shared& shared, Sequence wanted, bool beyond, Record& record) {
  for (;;) {
    ContentRecord found;
    while (window_.Next(found)) {
      next_ = found.sequence + 1;
      if (found.sequence > wanted) return Status::kNothingYet;
      if (found.sequence < wanted) continue;
      Fill(found, shared, record);
      return Status::kOk;
    }
    if (window_.Undecoded(wanted)) return Status::kCannotDecode;
    Frame frame;
    NORLOG_TRY(beyond ? window_.Step(shared, frame) : window_.StepInBlock(shared, frame));
  }
}

// Record `wanted`: in the window's block, else where the headers and the heads of
// blocks say, else anywhere behind the beginning of its bucket.
Status Query::Fetch(const Shared& shared, Sequence wanted, Record& record) {
  NORLOG_TRY(SettleStretch(shared, wanted));
  Status status = Status::kNothingYet;
  if (located_ && window_.number() >= shared.tail) {
    if (next_ > wanted) window_.Restart();
    status = FindFrom(shared, wanted, /*beyond=*/false, record);
    if (status != Status::kNothingYet) return status;
  }
  BucketNumber number;
  std::uint32_t block = 0;
  NORLOG_TRY(window_.FindBucket(shared, shared.tail, wanted, number));
  NORLOG_TRY(GuessBlock(shared, number, wanted, block));
  NORLOG_TRY(LoadAt(shared, number, block));
  status = FindFrom(shared, wanted, /*beyond=*/false, record);
  if (status != Status::kNothingYet) return status;
  NORLOG_TRY(LoadAt(shared, number, 0));
  return FindFrom(shared, wanted, /*beyond=*/true, record);
}

// The next of the records collected. kGap: it cannot be read any more.
Status Query::Give(Record& record) {
  const std::int64_t time = ItemTime(item_at_);
  const Sequence sequence = ItemSequence(item_at_);
  const Shared shared = Snapshot(core_);
  Status status = Fetch(shared, sequence, record);
  if (status == Status::kGap || status == Status::kNothingYet) {
    const bool evicted = Snapshot(core_).tail > tail_;
    gap_ = {sequence, sequence, evicted ? GapCause::kEvicted : GapCause::kDamaged};
    status = Status::kGap;
  } else {
    NORLOG_TRY(status);
  }
  ++item_at_;
  last_time_ = time;
  last_ = sequence;
  return status;
}

// Begins a pass over what is not before the last record given.
void Query::BeginPass() {
  collected_ = false;
  item_count_ = 0;
  located_ = false;
  seen_ = false;
  next_ = {};
  from_time_ = spec_.from_time > last_time_ ? spec_.from_time : last_time_;
  to_time_ = spec_.to_time;
}

Status Query::NextByTime(Record& record) {
  for (;;) {
    if (!collected_) {
      if (next_.value == 0) tail_ = Snapshot(core_).tail;
      NORLOG_TRY(Collect());
      item_at_ = 0;
    }
    if (item_at_ < item_count_) return Give(record);
    const bool more = item_count_ == ItemRoom();
    BeginPass();
    if (!more) return Status::kNothingYet;
  }
}

}  // namespace norlog
