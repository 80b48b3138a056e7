// The single operations of rig.h and what may come of them.
#include <algorithm>
#include <optional>
#include <utility>

#include "fuzz/rig.h"
#include "fuzz/schema_judge.h"
#include "fuzz/watch.h"

namespace norlog::fuzz {
namespace {

constexpr std::uint32_t kRecordBytes = 12;  // beside payload and time step, committed alone
constexpr std::uint32_t kCursorFrameBytes = 8;
constexpr std::uint32_t kCursorBytesPerReader = 4;

std::uint32_t Up(std::uint32_t bytes, std::uint32_t unit) {
  return (bytes + unit - 1) / unit * unit;
}

std::uint32_t VarintBytes(std::uint64_t value) {
  std::uint32_t bytes = 1;
  for (; value >= 0x80; value >>= 7) ++bytes;
  return bytes;
}

// Statuses with which a chip that wears out or misreads may answer.
bool IsFault(Status status) {
  return status == Status::kReadError || status == Status::kProgramError ||
         status == Status::kEraseError || status == Status::kExhausted;
}

}  // namespace

void Rig::Do(const Op& op) {
  Trace([&op] { return ToString(op); });
  erases_before_ = chip_.counters().erases;
  refusals_before_ = chip_.refusals();
  switch (op.verb) {
    case OpVerb::kAppend: Append(op); break;
    case OpVerb::kCommit: Commit(); break;
    case OpVerb::kRead: Read(op); break;
    case OpVerb::kCursor: CommitCursor(op.reader); break;
    case OpVerb::kRewind: Rewind(op.reader); break;
    case OpVerb::kSeek: Seek(op); break;
    case OpVerb::kMaintain: Maintain(op.count); break;
    case OpVerb::kEnable:
    case OpVerb::kDisable: SetReader(op); break;
    case OpVerb::kSetClock: SetClock(op); break;
    case OpVerb::kReadTag: ReadTag(op); break;
  }
  Beat();
  CheckProgress();
}

// A record whose Append the cut interrupted may have become durable, too.
void Rig::Append(const Op& op) {
  RecordFact fact;
  fact.sequence = oracle_.accepted() + 1;
  fact.tag = op.tag;
  fact.time = op.time;
  fact.payload = MakePayload(op.salt, std::min(op.size, log_->MaxPayloadBytes()));
  if (setup_.typed) {
    // With one block a bucket its schema has to fit beside it.
    const std::uint32_t room = setup_.options.block_bytes / 2;
    if (fact.payload.size() > room) fact.payload.resize(room);
    if (fact.tag == kTypedTag && !fact.payload.empty()) fact.payload[0] = firmware_;
  }
  const std::uint32_t cost = CostOf(fact);
  in_flight_ = InFlight{fact, cost};
  SequenceResult result = log_->Append(fact.tag, fact.time, fact.payload);
  if (result.status == Status::kFull && powered() && MakeRoom()) {
    result = log_->Append(fact.tag, fact.time, fact.payload);
  }
  in_flight_.reset();
  if (result.status == Status::kOk) fact.sequence = result.sequence.value;
  if (as_found_ && result.status == Status::kOk) {
    oracle_.Broken(Guarantee::kG1, "an exhausted log took a record");
  }
  if (result.status == Status::kOk || !powered()) oracle_.Accepted(std::move(fact), cost);
  Check("Append", result.status);
}

// Times from some record on were wrong by the offset.
void Rig::SetClock(const Op& op) {
  constexpr std::uint32_t kClockPayloadBytes = 24;
  const std::uint64_t accepted = oracle_.accepted();
  if (accepted == 0 || log_->MaxPayloadBytes() < kClockPayloadBytes) return;
  const std::uint64_t epoch = accepted / 1000 * op.count + accepted % 1000 * op.count / 1000;
  RecordFact fact;
  fact.sequence = accepted + 1;
  fact.tag = kClockRecord;
  fact.time = log_->core().pending.trail().time;
  fact.payload.resize(kClockPayloadBytes);
  const std::uint32_t cost = CostOf(fact);
  fact.payload.resize(kClockFactBytes);
  const Sequence first{std::max<std::uint64_t>(epoch, 1)};
  for (std::size_t i = 0; i < 8; ++i) {
    fact.payload[i] = static_cast<std::uint8_t>(first.value >> (8 * i));
    fact.payload[8 + i] = static_cast<std::uint8_t>(static_cast<std::uint64_t>(op.time) >> (8 * i));
  }
  in_flight_ = InFlight{fact, cost};
  SequenceResult result = log_->SetClock(first, op.time);
  if (result.status == Status::kFull && powered() && MakeRoom()) {
    result = log_->SetClock(first, op.time);
  }
  in_flight_.reset();
  if (result.status == Status::kOk) fact.sequence = result.sequence.value;
  if (result.status == Status::kOk || !powered()) oracle_.Accepted(std::move(fact), cost);
  Check("SetClock", result.status);
}

void Rig::Commit() {
  SequenceResult result = log_->Commit();
  if (result.status == Status::kFull && powered() && MakeRoom()) result = log_->Commit();
  Check("Commit", result.status);
  if (result.status == Status::kOk && powered() && result.sequence.value != oracle_.accepted()) {
    oracle_.Broken(Guarantee::kG1, "Commit says " + std::to_string(result.sequence.value) +
                                       " is the last durable, accepted were " +
                                       std::to_string(oracle_.accepted()));
  }
}

// Keep-unread: the ring is full until the readers go on. Each reads to the end
// and commits; as one commit may free nothing while another reader still needs
// the bucket, each gets a second turn.
bool Rig::MakeRoom() {
  if (setup_.options.retention != Retention::kKeepUnread) return true;  // Check will object
  CheckProgress();
  for (int turn = 0; turn < 2; ++turn) {
    for (int i = 0; i < setup_.options.reader_count; ++i) {
      if (!oracle_.enabled(i) || !powered() || !healthy()) continue;
      ReadAll(i);
      if (healthy()) CommitCursor(i);
      CheckProgress();  // the commit may have opened a bucket, and evicted
    }
  }
  return powered() && healthy();
}

Reader& Rig::OpenReader(int index) {
  std::unique_ptr<Reader>& reader = readers_.at(static_cast<std::size_t>(index));
  if (reader == nullptr) {
    reader = std::make_unique<Reader>(*log_, index);
    oracle_.ReaderOpened(index);
  }
  return *reader;
}

bool Rig::ReadOne(Reader& reader, int index) {
  Glimpse glimpse;
  const Status status = Next(reader, glimpse);
  if (!oracle_.enabled(index)) {
    if (status != Status::kReaderDisabled) Check("Next of a disabled reader", status);
    return false;
  }
  if (status == Status::kOk || status == Status::kGap) {
    TellHarm();
    oracle_.ReaderSaw(index, glimpse);
    return true;
  }
  if (status == Status::kNothingYet) {
    oracle_.ReaderSawNothing(index);
  } else {
    Check("Next", status);
  }
  return false;
}

void Rig::Read(const Op& op) {
  Reader& reader = OpenReader(op.reader);
  for (std::uint32_t i = 0; i < op.count && healthy() && ReadOne(reader, op.reader); ++i) {
  }
}

// A filtered download: what is passed over counts as read.
void Rig::ReadTag(const Op& op) {
  Reader& reader = OpenReader(op.reader);
  if (!oracle_.enabled(op.reader)) return;
  const Filter filter{{op.tag}};
  reader.SetFilter(filter);
  const auto wanted = [&](const RecordFact& fact) { return filter.Takes(fact.tag, fact.time); };
  for (std::uint32_t i = 0; i < op.count && healthy(); ++i) {
    Glimpse glimpse;
    const Status status = Next(reader, glimpse);
    const bool is_record = status == Status::kOk;
    const std::uint64_t at = is_record                ? glimpse.record.sequence
                             : status == Status::kGap ? glimpse.first
                                                      : reader.position().value;
    oracle_.ReaderPassed(op.reader, at, wanted);
    if (!is_record && status != Status::kGap) {
      if (status != Status::kNothingYet) Check("filtered Next", status);
      break;
    }
    TellHarm();
    oracle_.ReaderSaw(op.reader, glimpse);
  }
  reader.SetFilter({});
}

void Rig::ReadAll(int index) {
  Reader& reader = OpenReader(index);
  while (healthy() && ReadOne(reader, index)) {
  }
}

void Rig::CommitCursor(int index) {
  if (!oracle_.enabled(index)) return;
  Reader& reader = OpenReader(index);
  const bool is_backwards = oracle_.position(index) <= oracle_.cursor(index);
  oracle_.CursorBegun(index);
  const std::uint32_t readers = setup_.options.reader_count;
  oracle_.SpaceTaken(Up(kCursorFrameBytes + kCursorBytesPerReader * readers,
                        setup_.profile.geometry.program_unit_bytes));
  const std::uint64_t ops = chip_.op_count();
  const Status status = reader.Commit();
  Trace([&] {
    return "  cursor of reader " + std::to_string(index) + " to " +
           std::to_string(reader.position().value - 1) + ": " + StatusName(status);
  });
  if (!powered()) return;
  if (status == Status::kCursorBackwards && is_backwards) return;
  put_off_.reset(static_cast<std::size_t>(index));
  if (status == Status::kFull && setup_.options.retention == Retention::kKeepUnread) {
    put_off_.set(static_cast<std::size_t>(index));
    return;
  }
  Check("Reader::Commit", status);
  Stats stats;
  if (status != Status::kOk || log_->GetStats(stats) != Status::kOk) return;
  oracle_.CursorDone(index, stats.readers[index].cursor.value);
  if (chip_.op_count() != ops) PutOffAreDone(stats);  // else it stood there
}

// What readers were refused for want of room has become durable with another's frame.
void Rig::PutOffAreDone(const Stats& stats) {
  for (int i = 0; i < setup_.options.reader_count; ++i) {
    if (!put_off_.test(static_cast<std::size_t>(i))) continue;
    oracle_.CursorDone(i, stats.readers[i].cursor.value);
  }
  put_off_.reset();
}

void Rig::Rewind(int index) {
  if (!oracle_.enabled(index)) return;
  Reader& reader = OpenReader(index);
  const Status status = reader.Rewind();
  Check("Rewind", status);
  if (status == Status::kOk) oracle_.ReaderRewound(index, reader.position().value);
}

void Rig::Seek(const Op& op) {
  if (!oracle_.enabled(op.reader)) return;
  Reader& reader = OpenReader(op.reader);
  const std::uint64_t durable = oracle_.durable();
  const std::uint64_t target = durable / 1000 * op.count + durable % 1000 * op.count / 1000 + 1;
  const Status status = reader.Seek(Sequence{target});
  Check("Seek", status);
  if (status == Status::kOk) oracle_.ReaderSought(op.reader, target);
}

void Rig::Maintain(std::uint32_t budget) {
  const Status status = log_->Maintain(budget);
  if (!powered()) return;
  // What fails to program goes into the next bucket at once.
  if (chip_.counters().erases - erases_before_ > budget && chip_.bad_units().empty()) {
    oracle_.Broken(Guarantee::kG11, "Maintain erased more often than allowed");
  }
  if (status == Status::kNothingYet) {
    maintained_head_ = oracle_.head();
  } else {
    Check("Maintain", status);
  }
  erases_before_ = chip_.counters().erases;  // these erases are what Maintain is for
}

void Rig::SetReader(const Op& op) {
  const bool enable = op.verb == OpVerb::kEnable;
  const bool changes = oracle_.enabled(op.reader) != enable;
  const std::uint64_t end = oracle_.durable();
  std::optional<CursorFact> put_off;
  if (changes) put_off = oracle_.ReaderSetBegun(op.reader, {enable, enable ? end : 0});
  oracle_.SpaceTaken(Up(kCursorFrameBytes + kCursorBytesPerReader * setup_.options.reader_count,
                        setup_.profile.geometry.program_unit_bytes));
  const Status status =
      enable ? log_->EnableReader(op.reader, Sequence{end + 1}) : log_->DisableReader(op.reader);
  if (!powered()) return;
  if (status == Status::kFull) {
    if (changes) oracle_.ReaderSetRefused(op.reader, put_off);
    return;
  }
  Check(enable ? "EnableReader" : "DisableReader", status);
  if (!changes) return;
  readers_.at(static_cast<std::size_t>(op.reader)).reset();
  put_off_.reset(static_cast<std::size_t>(op.reader));
  Stats stats;
  if (status != Status::kOk || log_->GetStats(stats) != Status::kOk) return;
  oracle_.ReaderSetDone(op.reader);
  PutOffAreDone(stats);
}

void Rig::Check(const char* call, Status status) {
  if (status == Status::kOk || !powered()) return;
  if (may_fail() && IsFault(status)) return;
  oracle_.Broken(Guarantee::kG8, std::string(call) + " said " + StatusName(status));
}

void Rig::CheckProgress() {
  CheckChip();
  if (!powered() || !healthy() || as_found_) return;
  Stats stats;
  const Status status = log_->GetStats(stats);
  Check("GetStats", status);
  if (status != Status::kOk) return;
  oracle_.Durable(stats.last_sequence.value, stats.head.value);
  if (stats.last_accepted.value != oracle_.accepted()) {
    oracle_.Broken(Guarantee::kG4, "last accepted is " + std::to_string(stats.last_accepted.value) +
                                       " instead of " + std::to_string(oracle_.accepted()));
  }
  const std::uint64_t pending = stats.last_accepted - stats.last_sequence;
  const std::uint32_t every = setup_.options.commit_every;
  const bool waits = chip_.options().background_erase_polls > 0;  // for the chip's erase
  if (every > 0 && pending >= every && !waits && !may_fail()) {
    oracle_.Broken(Guarantee::kG1, std::to_string(pending) + " records wait for a commit every " +
                                       std::to_string(every));
  }
  // What a cut left blank and used up shows only when it is programmed.
  const bool refused = chip_.refusals() != refusals_before_;
  if (maintained_head_ && !may_fail() && !refused && !has_broken_bucket()) {
    oracle_.AppendErased(chip_.counters().erases - erases_before_,
                         oracle_.head() - *maintained_head_);
  }
}

void Rig::CheckChip() {
  oracle_.Checked(Guarantee::kG12);
  if (chip_.violations().count() == 0) return;
  oracle_.Broken(Guarantee::kG12, chip_.violations().Report());
  chip_.ClearViolations();
}

// An upper bound; the time step is coded relative to the record before.
std::uint32_t Rig::CostOf(const RecordFact& fact) const {
  const RecordFact* before = oracle_.Find(oracle_.accepted());
  const std::int64_t time_before = before == nullptr ? 0 : before->time;
  const auto step = static_cast<std::uint64_t>(fact.time) - static_cast<std::uint64_t>(time_before);
  const auto zigzag = (step << 1) ^ (0 - (step >> 63));
  return Up(static_cast<std::uint32_t>(fact.payload.size()) + kRecordBytes + VarintBytes(zigzag),
            setup_.profile.geometry.program_unit_bytes);
}

}  // namespace norlog::fuzz
