#include "fuzz/oracle.h"

#include <algorithm>
#include <utility>

namespace norlog::fuzz {
namespace {

constexpr std::size_t kMaxBreaches = 64;

// Of a record (types.h): a log that has given it is exhausted.
constexpr std::uint64_t kLastSequence = ~std::uint64_t{0} - 2;

constexpr std::array<const char*, kGuarantees> kNames = {
    "G1 committed records survive", "G2 whole or not at all",  "G3 nothing invented",
    "G4 order, exact gaps",         "G5 cursors only move on", "G6 damage stays confined",
    "G7 any image mounts",          "G8 the log comes alive",  "G9 even wear",
    "G10 boot within its budget",   "G11 no append waits",     "G12 program rules of the chip"};

std::string Number(std::uint64_t value) {
  return std::to_string(value);
}

// A hash that grows value by value; the same on any machine.
class Hash {
 public:
  Hash& Add(std::uint64_t value) {
    value_ = (value_ ^ value) * 0x9E3779B97F4A7C15U;
    value_ ^= value_ >> 32;
    return *this;
  }
  std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0x6A09E667F3BCC908U;
};

std::uint64_t DigestOf(const RecordFact& fact) {
  Hash hash;
  hash.Add(fact.sequence).Add(fact.tag).Add(static_cast<std::uint64_t>(fact.time));
  for (const std::uint8_t byte : fact.payload) hash.Add(byte);
  return hash.value();
}

std::uint64_t DigestOf(const CursorFact& fact) {
  return fact.cursor * 2 + (fact.enabled ? 1 : 0);
}

}  // namespace

const char* NameOf(Guarantee guarantee) {
  return kNames.at(static_cast<std::size_t>(guarantee) - 1);
}

Oracle::Oracle(const Limits& limits) : limits_(limits), now_(limits.space) {}

void Oracle::FormatBegun(std::uint64_t identity, std::uint32_t reader_count) {
  const bool harmed = now_.harmed;  // so is what is left of the old log on the chip
  if (!former_) former_ = std::move(now_);
  now_ = State(limits_.space);
  now_.harmed = harmed;
  now_.identity = identity;
  attempts_.push_back(identity);
  for (std::uint32_t i = 0; i < reader_count; ++i) now_.readers.at(i).old.enabled = true;
}

void Oracle::Formatted() {
  former_.reset();
  attempts_.clear();
  formatted_ = true;
}

void Oracle::Found(std::uint64_t identity, std::uint32_t reader_count, std::uint64_t next,
                   std::uint64_t head, const LogTotals& totals) {
  FormatBegun(identity, reader_count);
  Formatted();
  now_.totals_at_first = totals;
  now_.base = next;
  now_.durable = next - 1;
  now_.evicted = next - 1;
  now_.head = head;
  for (std::uint32_t i = 0; i < reader_count; ++i) {
    ReaderState& reader = now_.readers.at(i);
    reader.old.cursor = next - 1;
    reader.returned = next - 1;
    reader.position = next;
  }
}

void Oracle::Accepted(RecordFact fact, std::uint32_t cost_bytes) {
  if (fact.sequence != now_.accepted() + 1) {
    Broken(Guarantee::kG4,
           "Append gave number " + Number(fact.sequence) + " behind " + Number(now_.accepted()));
    return;
  }
  if (fact.sequence > kLastSequence) {
    Broken(Guarantee::kG8, "Append gave number " + Number(fact.sequence) + ", behind the last");
    return;
  }
  now_.ledger.Spend(cost_bytes, fact.sequence);
  const std::uint64_t digest = DigestOf(fact);
  now_.records.push_back({std::make_shared<const RecordFact>(std::move(fact)), now_.head, digest});
}

// What became durable stands in the bucket that was newest before the call, or
// further on.
void Oracle::Durable(std::uint64_t last, std::uint64_t head) {
  if (last < now_.durable) {
    Broken(Guarantee::kG1,
           "durable went back from " + Number(now_.durable) + " to " + Number(last));
  }
  if (last > now_.accepted()) {
    Broken(Guarantee::kG3,
           "durable " + Number(last) + " of " + Number(now_.accepted()) + " accepted");
    return;
  }
  if (limits_.damage_expected && last > now_.durable) {
    now_.commit_before = now_.newest_commit;
    now_.newest_commit = now_.durable + 1;
  }
  for (std::uint64_t s = std::max(now_.durable + 1, now_.base); s <= last; ++s) {
    Kept& kept = now_.records.Mutable(s - now_.base);
    kept.bucket = now_.head;
    if (limits_.damage_expected) kept.last_bucket = head;
  }
  now_.durable = std::max(now_.durable, last);
  now_.head = head;
}

void Oracle::UnhealthyBuckets(std::uint32_t count) {
  for (; unhealthy_ < count; ++unhealthy_) now_.ledger.SpendBucket();
}

void Oracle::ReuseTorn() {
  reuse_torn_until_ = now_.head + BucketsBehindReuse();
}

void Oracle::PowerCut() {
  ++cuts_;
  ++cuts_in_a_row_;
  now_.ledger.SpendCut();
}

void Oracle::ReaderOpened(int reader) {
  ReaderSought(reader, At(reader).old.cursor + 1);
  At(reader).rewound = false;
}

void Oracle::ReaderSought(int reader, std::uint64_t position) {
  At(reader).position = position;
  At(reader).returned = position - 1;
}

// Rewind says where the oldest retained record is: all before it is evicted.
void Oracle::ReaderRewound(int reader, std::uint64_t position) {
  if (position == 0 || position > now_.durable + 1) {
    Broken(Guarantee::kG4, "rewound to " + Number(position) + " of " + Number(now_.durable));
    return;
  }
  TakeBack(position);
  if (position <= now_.evicted) {
    Broken(Guarantee::kG3, "rewound to " + Number(position) + ", evicted before");
  }
  JudgeEviction(position - 1, now_.head, /*or_damaged=*/true);
  ReaderSought(reader, position);
  At(reader).rewound = true;
}

void Oracle::ReaderSaw(int reader, const Glimpse& glimpse) {
  Checked(Guarantee::kG4);
  ReaderState& state = At(reader);
  const bool is_future = !glimpse.is_gap && glimpse.record.sequence > now_.durable;
  if (is_future) {
    Broken(Guarantee::kG2, "a reader got record " + Number(glimpse.record.sequence) +
                               ", durable is " + Number(now_.durable));
  }
  const std::uint64_t next = JudgeGlimpse(glimpse, state.position);
  if (glimpse.is_gap && CountsAsEvicted(glimpse)) {
    JudgeEviction(glimpse.last, now_.head);
  }
  if (!glimpse.is_gap) state.returned = glimpse.record.sequence;
  state.position = next;
  if (glimpse.is_gap || limits_.damage_expected) return;
  const RecordFact* clock = nullptr;
  for (std::uint64_t at = glimpse.record.sequence; clock == nullptr && at <= now_.durable; ++at) {
    const RecordFact* fact = Find(at);
    if (fact != nullptr && fact->tag == kClockRecord) clock = fact;
  }
  JudgeTime(glimpse, clock);
}

void Oracle::ReaderPassed(int reader, std::uint64_t to,
                          const std::function<bool(const RecordFact&)>& wanted) {
  ReaderState& state = At(reader);
  for (; state.position < to; ++state.position) {
    const RecordFact* fact = Find(state.position);
    // (Forgotten when it was evicted; or one with the same number, which was dropped, is back.)
    const bool may_be_another =
        IsExposed(now_, state.position) &&
        (fact == nullptr || FindWithdrawn(state.position, nullptr) != nullptr);
    if (!may_be_another && (fact == nullptr || wanted(*fact))) {
      Broken(Guarantee::kG4, "a filtered reader passed over " + Number(state.position));
    }
    state.returned = state.position;
  }
}

void Oracle::ReaderSawNothing(int reader) {
  if (At(reader).position == now_.durable + 1) return;
  Broken(Guarantee::kG1, "reader " + std::to_string(reader) + " sees nothing at " +
                             Number(At(reader).position) + ", durable is " + Number(now_.durable));
}

void Oracle::CursorBegun(int reader) {
  ReaderState& state = At(reader);
  const std::uint64_t cursor = state.position - 1;
  if (cursor < state.old.cursor && !state.rewound) return;  // must be refused
  now_.read_by_all = std::max(now_.read_by_all, ReadByAll());
  state.wanted = CursorFact{state.old.enabled, cursor};
}

void Oracle::CursorDone(int reader, std::uint64_t cursor) {
  Checked(Guarantee::kG5);
  ReaderState& state = At(reader);
  const std::uint64_t most = state.wanted ? state.wanted->cursor : state.old.cursor;
  const std::uint64_t least = state.wanted ? std::min(state.returned, most) : most;
  if (!state.wanted || cursor < least || cursor > most) {
    Broken(Guarantee::kG5, "cursor of reader " + std::to_string(reader) + " is " + Number(cursor) +
                               ", committed was " + Number(most));
  }
  state.highest = std::max(state.highest, state.old.cursor);
  state.old.cursor = cursor;
  state.wanted.reset();
  state.rewound = false;
}

std::optional<CursorFact> Oracle::ReaderSetBegun(int reader, CursorFact wanted) {
  now_.read_by_all = std::max(now_.read_by_all, ReadByAll());
  return std::exchange(At(reader).wanted, wanted);
}

void Oracle::ReaderSetRefused(int reader, std::optional<CursorFact> before) {
  At(reader).wanted = before;
}

void Oracle::ReaderSetDone(int reader) {
  ReaderState& state = At(reader);
  if (state.wanted) state.old = *state.wanted;
  state.wanted.reset();
}

void Oracle::CameAlive(std::uint64_t erases) {
  Checked(Guarantee::kG8);
  cuts_in_a_row_ = 0;
  // A bad bucket may be tried by the mount, and by the opening.
  const std::uint64_t most = limits_.max_recovery_erases + std::uint64_t{2} * unhealthy_;
  if (erases <= most || limits_.faults_expected || now_.harmed) return;
  Broken(Guarantee::kG8, Number(erases) + " erases until the first append was durable");
}

void Oracle::AppendErased(std::uint64_t erases, std::uint64_t buckets_opened) {
  Checked(Guarantee::kG11);
  if (erases == 0 || buckets_opened > limits_.erase_ahead) return;
  Broken(Guarantee::kG11, "an append waited for " + Number(erases) + " erases, " +
                              Number(buckets_opened) + " buckets after Maintain had finished");
}

void Oracle::Broken(Guarantee guarantee, const std::string& message) {
  if (breaches_.size() < kMaxBreaches) breaches_.push_back({guarantee, message});
}

const RecordFact* Oracle::Find(std::uint64_t sequence) const {
  if (sequence < now_.base || sequence > now_.accepted()) return nullptr;
  return now_.records[sequence - now_.base].fact.get();
}

// Their buckets never go down.
std::uint64_t Oracle::FirstOfNewest(std::uint32_t buckets) const {
  if (former_ || now_.durable < now_.base) return 0;
  std::uint64_t low = 0;
  std::uint64_t high = now_.durable - now_.base + 1;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    if (now_.records[middle].bucket + buckets > now_.head) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low == 0 || low > now_.durable - now_.base ? 0 : now_.base + low;
}

std::uint64_t Oracle::BucketOf(std::uint64_t sequence) const {
  return Find(sequence) == nullptr ? 0 : now_.records[sequence - now_.base].bucket;
}

void Oracle::Evict(std::uint64_t through) {
  if (through <= now_.evicted) return;
  now_.evicted = through;
  now_.ledger.ForgetThrough(through);
  // A format under way may bring the former log back, but that is kept apart.
  while (!now_.records.empty() && now_.base <= through) {
    now_.records.pop_front();
    ++now_.base;
  }
}

std::uint64_t Oracle::State::Digest() const {
  Hash hash;
  hash.Add(identity).Add(base).Add(durable).Add(confirmed).Add(evicted).Add(head);
  hash.Add(read_by_all)
      .Add((harmed ? 1 : 0) + (front_doubtful ? 2 : 0))
      .Add(shaken_until)
      .Add(newest_commit)
      .Add(commit_before);
  for (std::size_t i = 0; i < records.size(); ++i) {
    hash.Add(records[i].digest).Add(records[i].bucket).Add(records[i].exposed ? 1 : 0);
    hash.Add(records[i].last_bucket);
  }
  for (const Kept& kept : withdrawn) hash.Add(kept.digest);
  for (const std::uint64_t sequence : damaged) hash.Add(sequence);
  for (const ReaderState& reader : readers) {
    hash.Add(DigestOf(reader.old)).Add(reader.wanted ? DigestOf(*reader.wanted) + 2 : 0);
    hash.Add(reader.returned).Add(reader.position).Add(reader.rewound ? 1 : 0);
    hash.Add(std::max(reader.highest, reader.old.cursor));
  }
  return hash.Add(ledger.Digest()).value();
}

std::uint64_t Oracle::Digest() const {
  Hash hash;
  hash.Add(now_.Digest()).Add(former_ ? former_->Digest() : 0);
  for (const std::uint64_t attempt : attempts_) hash.Add(attempt);
  hash.Add(formatted_ ? 1 : 0).Add(cuts_).Add(cuts_in_a_row_).Add(unhealthy_).Add(damages_);
  hash.Add(reuse_torn_until_);
  return hash.Add(breaches_.size()).value();
}

std::string Oracle::Report() const {
  std::string report;
  for (const Breach& breach : breaches_) {
    report += "G" + std::to_string(static_cast<int>(breach.guarantee)) + ": " + breach.message;
    report += '\n';
  }
  return report;
}

}  // namespace norlog::fuzz
