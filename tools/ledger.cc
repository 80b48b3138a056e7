#include "tools/ledger.h"

#include <algorithm>

#include "absl/strings/str_format.h"
#include "norlog/options.h"

namespace norlog::tools {
namespace {

// No block is left less than a third full: whatever the frames' sizes, the
// tail of a block or page that no frame fits is smaller than that.
constexpr std::uint64_t kWorstFill = 3;

// Time from the series' begin to where its next replay begins: one step, as
// long as the first, behind its end. Wraps as the engine's times do.
std::int64_t SpanOf(const Series& series) {
  const auto at = [&](std::size_t i) { return static_cast<std::uint64_t>(series.samples[i].time); };
  const std::size_t last = series.samples.size() - 1;
  const std::uint64_t step = last == 0 ? 1 : at(1) - at(0);
  return static_cast<std::int64_t>(at(last) - at(0) + step);
}

}  // namespace

Ledger::Ledger(const Series& series, const RetentionFloor& floor, Verdict& verdict)
    : series_(series), floor_(floor), verdict_(verdict), replay_span_(SpanOf(series)) {}

Reading Ledger::ReadingOf(std::uint64_t source) const {
  const std::uint64_t replay = source / series_.samples.size();
  const Sample& sample = series_.samples[source % series_.samples.size()];
  const std::uint64_t shift = replay * static_cast<std::uint64_t>(replay_span_);
  return {.tag = static_cast<std::uint8_t>(replay % (kMaxTag + 1)),
          .time = static_cast<std::int64_t>(static_cast<std::uint64_t>(sample.time) + shift),
          .payload = sample.payload};
}

std::uint64_t Ledger::replays() const {
  return (next_source_ + series_.samples.size() - 1) / series_.samples.size();
}

Reading Ledger::Offer() {
  sources_.push_back(next_source_);
  return ReadingOf(next_source_++);
}

void Ledger::Accept(Sequence sequence) {
  if (sequence == offered()) return;
  verdict_.Add(Fault::kEngineError, 1,
               absl::StrFormat("Append numbered record %d as %d", offered().value, sequence.value));
}

void Ledger::Commit(Sequence last, const Stamp& now) {
  if (last != offered()) {
    verdict_.Add(
        Fault::kEngineError, 1,
        absl::StrFormat("Commit answered %d; %d was appended last", last.value, offered().value));
  }
  if (last <= acked_) return;
  acked_ = last;
  batches_.push_back({last, settled_});
  settled_ = now;
}

void Ledger::Recover(Sequence last, const Stamp& now) {
  if (last > offered()) {
    verdict_.Add(Fault::kPhantom, last - offered(),
                 absl::StrFormat("the log ends at record %d; %d was appended last", last.value,
                                 offered().value));
    return;
  }
  if (last < acked_) {
    Missing(last + 1, acked_, "behind the log's end");
    return;
  }
  sources_.resize(last + 1 - first_);
  if (last > acked_) Commit(last, now);
  settled_ = now;
}

// Allowed once the head has moved on far enough, and only if what was
// programmed and what cuts may cost explain that it has.
bool Ledger::MayEvict(const Stamp& since, const Stamp& now) const {
  if (now.ring_position - since.ring_position < floor_.buckets) return false;
  const std::uint64_t written = now.bytes_programmed - since.bytes_programmed;
  const std::uint64_t explained =
      kWorstFill * written + floor_.bytes_per_cut * (now.cuts - since.cuts);
  return explained >= static_cast<std::uint64_t>(floor_.buckets) * floor_.bucket_bytes;
}

void Ledger::EvictTo(Sequence first, const Stamp& now) {
  if (first < first_) {
    verdict_.Add(Fault::kPhantom, first_ - first,
                 absl::StrFormat("records %d to %d were evicted and are back", first.value,
                                 first_.value - 1));
    return;
  }
  while (first_ < first && !batches_.empty()) {
    const Batch& batch = batches_.front();
    const Sequence end = std::min(first, batch.last + 1);
    if (!MayEvict(batch.since, now)) {
      verdict_.Add(
          Fault::kEvictedEarly, end - first_,
          absl::StrFormat("records %d to %d were evicted early", first_.value, end.value - 1));
    }
    sources_.erase(sources_.begin(), sources_.begin() + static_cast<std::ptrdiff_t>(end - first_));
    first_ = end;
    if (first_ > batch.last) batches_.pop_front();
  }
}

void Ledger::Check(const Record& record) {
  const char* wrong = nullptr;
  if (record.sequence < first_ || record.sequence > offered()) {
    wrong = "was never appended, or is evicted";
  } else {
    const Reading expected = ReadingOf(sources_[record.sequence - first_]);
    if (record.tag != expected.tag) wrong = "has another tag";
    if (record.time != expected.time) wrong = "has another time";
    if (!std::ranges::equal(record.payload, expected.payload)) wrong = "has another payload";
    if (record.unconfirmed) wrong = "is unconfirmed after a writing mount";
  }
  if (wrong == nullptr) return;
  verdict_.Add(Fault::kPhantom, 1,
               absl::StrFormat("record %d was returned, but %s", record.sequence.value, wrong));
}

void Ledger::Missing(Sequence first, Sequence last, const char* how) {
  first = std::max(first, first_);
  last = std::min(last, acked_);
  if (first > last) return;
  verdict_.Add(Fault::kLost, last + 1 - first,
               absl::StrFormat("records %d to %d are lost: %s", first.value, last.value, how));
}

void Ledger::OutOfOrder(Sequence came, Sequence due) {
  verdict_.Add(Fault::kPhantom, 1,
               absl::StrFormat("record %d came where %d was due", came.value, due.value));
}

void Walk::Step(const Record& record) {
  if (record.sequence > next_) ledger_->Missing(next_, record.sequence - 1, "skipped silently");
  if (record.sequence < next_) ledger_->OutOfOrder(record.sequence, next_);
  ledger_->Check(record);
  next_ = record.sequence + 1;
}

void Walk::Skip(const Gap& gap, const Stamp& now) {
  if (gap.first != next_) ledger_->OutOfOrder(gap.first, next_);
  if (gap.cause == GapCause::kEvicted) {
    ledger_->EvictTo(std::max(gap.last + 1, ledger_->first()), now);
  } else {
    ledger_->Missing(next_, gap.last, "a gap, damaged");
  }
  next_ = gap.last + 1;
}

}  // namespace norlog::tools
