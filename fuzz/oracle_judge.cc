// The judgements of oracle.h: what a mount may show.
#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "fuzz/oracle.h"

namespace norlog::fuzz {
namespace {

// Stated by the engine's documents: what one cut may cost (G1, G9).
constexpr std::uint32_t kBlocksPerCut = 2;
constexpr std::uint32_t kRepeatedErasesPerCut = 3;

// Buckets that hold no promised history: the head, and the reserve (G1).
constexpr std::uint32_t kBucketsNotOwed = 2;

std::string Number(std::uint64_t value) {
  return std::to_string(value);
}

std::string Range(std::uint64_t first, std::uint64_t last) {
  return Number(first) + ".." + Number(last);
}

bool LeavesOut(const Sighting& sighting, const Glimpse& glimpse) {
  const std::uint64_t sequence = glimpse.is_gap ? glimpse.first : glimpse.record.sequence;
  return sequence >= sighting.skip_first && sequence <= sighting.skip_last;
}

bool SameRange(const Glimpse& a, const Glimpse& b) {
  return a.is_gap && b.is_gap && a.first == b.first && a.last == b.last;
}

// Whether two scans are the same, but for what one of them left out (and, if
// `any_cause`, for what gaps are said to come from).
bool SameScans(const Sighting& first, const Sighting& second, bool any_cause) {
  auto at = second.scan.begin();
  for (const Glimpse& glimpse : first.scan) {
    if (LeavesOut(second, glimpse)) continue;
    while (at != second.scan.end() && LeavesOut(first, *at)) ++at;
    if (at == second.scan.end()) return false;
    if (*at != glimpse && !(any_cause && SameRange(*at, glimpse))) return false;
    ++at;
  }
  while (at != second.scan.end() && LeavesOut(first, *at)) ++at;
  return at == second.scan.end();
}

// Whether they hold the same records from number `from` on, but for those that one of them left
// out.
bool SameRecords(const Sighting& first, const Sighting& second, std::uint64_t from) {
  const auto next = [from](auto at, const Sighting& sighting, const Sighting& other) {
    while (at != sighting.scan.end() &&
           (at->is_gap || at->record.sequence < from || LeavesOut(other, *at))) {
      ++at;
    }
    return at;
  };
  for (auto a = first.scan.begin(), b = second.scan.begin();; ++a, ++b) {
    a = next(a, first, second);
    b = next(b, second, first);
    const bool ended = a == first.scan.end() || b == second.scan.end();
    if (ended) return a == first.scan.end() && b == second.scan.end();
    if (*a != *b) return false;
  }
}

}  // namespace

void Oracle::Mounted(const Sighting& sighting) {
  ++boots_;
  ChooseState(sighting);
  JudgeLast(sighting);
  JudgeScan(sighting, /*read_only=*/false);
  JudgeTimes(sighting);
  JudgeCursors(sighting);
  JudgeCosts(sighting);
  Adopt(sighting);
}

// On a fork of the chip: what it shows binds nobody, except that what it calls
// confirmed must stay.
void Oracle::MountedReadOnly(const Sighting& sighting) {
  Oracle fork = *this;
  fork.breaches_.clear();
  fork.ChooseState(sighting);
  fork.JudgeLast(sighting);
  fork.JudgeScan(sighting, /*read_only=*/true);
  fork.JudgeCursors(sighting);
  for (const Breach& breach : fork.breaches_) {
    Broken(breach.guarantee, "read-only mount: " + breach.message);
  }
  tally_ = fork.tally_;
  checks_ = fork.checks_;
  std::uint64_t confirmed = 0;
  for (const Glimpse& glimpse : sighting.scan) {
    if (!glimpse.is_gap && !glimpse.unconfirmed) confirmed = glimpse.record.sequence;
  }
  if (!former_) now_.confirmed = std::max(now_.confirmed, confirmed);
}

void Oracle::MountedAgain(const Sighting& first, const Sighting& second,
                          std::uint64_t mutating_ops) {
  if (now_.shaken()) return;  // what was harmed may be repaired now
  Checked(Guarantee::kG2);
  if (mutating_ops != 0) {
    Broken(Guarantee::kG2,
           "the second mount carried out " + Number(mutating_ops) + " mutating operations");
  }
  // Whether a bucket whose header went bad is being reused cannot be told behind a cut.
  const bool same = limits_.header_damage || ShowTheSame(first, second);
  if ((!same || second.last != first.last) && !now_.harmed) {
    Broken(Guarantee::kG2, "the second mount returns other records (last " + Number(second.last) +
                               ") than the first (last " + Number(first.last) + ")");
  }
  if (second.readers != first.readers) {
    Broken(Guarantee::kG5, "the second mount has other cursors than the first");
  }
}

bool Oracle::ShowTheSame(const Sighting& first, const Sighting& second) const {
  if (now_.head < reuse_torn_until_) {
    // What may be half erased is among the oldest buckets.
    const std::uint32_t oldest = BucketsBehindReuse();
    if (oldest >= limits_.bucket_count) return true;
    const std::uint32_t newest = limits_.bucket_count - oldest;
    const bool all = !now_.records.empty() && now_.records[0].bucket + newest > now_.head;
    const std::uint64_t from = all ? now_.base : FirstOfNewest(newest);
    return from == 0 || SameRecords(first, second, from);
  }
  // (Whether a bucket is being reused of which the first frame went bad is a matter of what gaps
  // are called.)
  if (!now_.damaged.empty()) return SameRecords(first, second, /*from=*/0);
  return SameScans(first, second, /*any_cause=*/unhealthy_ > 0);
}

void Oracle::MountRefused(const std::string& status_name) {
  Checked(Guarantee::kG6);
  const bool nothing_there = (!formatted_ || MayBeGone()) && status_name == "kNoLog";
  if (!nothing_there) Broken(Guarantee::kG6, "the mount said " + status_name);
  if (nothing_there && formatted_) {
    if (!former_) former_ = std::move(now_);  // what does not read may read again
    now_ = State(limits_.space);
    now_.harmed = true;
    attempts_.clear();
    formatted_ = false;
  }
}

// Of several formats that were cut one after the other, any may have got there.
void Oracle::ChooseState(const Sighting& sighting) {
  Checked(Guarantee::kG6);
  const bool is_attempt =
      std::find(attempts_.begin(), attempts_.end(), sighting.identity) != attempts_.end();
  const bool may_be_former = former_ && (formatted_ || former_->harmed);
  if (may_be_former && !is_attempt) now_ = *std::move(former_);
  if (is_attempt) now_.identity = sighting.identity;
  former_.reset();
  attempts_.clear();
  formatted_ = true;
  if (sighting.identity != now_.identity) {
    Broken(Guarantee::kG6, "identity " + Number(sighting.identity) + " is not that of the log");
  }
}

void Oracle::JudgeLast(const Sighting& sighting) {
  TakeWithdrawn(sighting);
  for (const Guarantee guarantee : {Guarantee::kG1, Guarantee::kG2, Guarantee::kG3}) {
    Checked(guarantee);
  }
  if (sighting.last < now_.durable && !AllExposed(now_, sighting.last + 1, now_.durable)) {
    ++tally_.lost;
    Broken(Guarantee::kG1, "lost: durable was " + Number(now_.durable) + ", the log ends at " +
                               Number(sighting.last));
  }
  if (sighting.last < now_.confirmed && !AllExposed(now_, sighting.last + 1, now_.confirmed)) {
    Broken(Guarantee::kG2, "a read-only mount had confirmed " + Number(now_.confirmed) +
                               ", the log ends at " + Number(sighting.last));
  }
  if (sighting.last > now_.accepted()) {
    ++tally_.phantom;
    Broken(Guarantee::kG3, "the log ends at " + Number(sighting.last) + ", accepted were " +
                               Number(now_.accepted()));
  }
}

void Oracle::JudgeScan(const Sighting& sighting, bool read_only) {
  Checked(Guarantee::kG4);
  std::uint64_t next = 1;
  for (const Glimpse& glimpse : sighting.scan) {
    const bool is_front = next == 1;
    if (next == sighting.skip_first) next = sighting.skip_last + 1;
    if (read_only && glimpse.is_gap && glimpse.first > now_.durable) break;  // it flickers
    next = JudgeGlimpse(glimpse, next);
    if (!glimpse.is_gap || !CountsAsEvicted(glimpse)) continue;
    if (is_front) {
      JudgeEviction(glimpse.last, sighting.head);
    } else if (glimpse.cause == LossCause::kDamaged) {
      JudgeGivenUp(glimpse.last, sighting.head);
    } else {
      Broken(Guarantee::kG4, "an eviction in the middle: " + Range(glimpse.first, glimpse.last));
    }
  }
  // What a read-only mount leaves unrepaired may read at one time and not at
  // the next; only what was in flight may be missing, or is harmed.
  const bool may_be_missing = next > now_.durable || AllExposed(now_, next, sighting.last);
  const bool flickers = read_only && may_be_missing && next <= sighting.last;
  if (next != sighting.last + 1 && !flickers) {
    ++tally_.lost;
    Broken(Guarantee::kG4, "the scan ends before " + Number(next) + ", the log says its last is " +
                               Number(sighting.last));
  }
  JudgeUnconfirmed(sighting, read_only);
}

// Each record has the time that the first clock record at or behind it says; the
// scan holds that, down to what it left out. (Not of a bucket that may be half erased, to
// be used in a bad one's stead: its clock record may read otherwise when it is looked for.)
void Oracle::JudgeTimes(const Sighting& sighting) {
  if (limits_.damage_expected || limits_.faults_expected) return;
  const RecordFact* clock = nullptr;
  for (auto glimpse = sighting.scan.rbegin(); glimpse != sighting.scan.rend(); ++glimpse) {
    if (glimpse->is_gap || glimpse->record.sequence < sighting.skip_first) return;
    if (glimpse->record.tag == kClockRecord) clock = &glimpse->record;
    if (unhealthy_ > 0 && !EvictedTooEarly(glimpse->record.sequence, sighting.head)) return;
    JudgeTime(*glimpse, clock);
  }
}

void Oracle::JudgeTime(const Glimpse& glimpse, const RecordFact* clock) {
  std::uint64_t first = 0;
  std::uint64_t offset = 0;
  if (clock != nullptr) {
    for (std::size_t i = 8; i-- > 0;) {
      first = first << 8 | clock->payload.at(i);
      offset = offset << 8 | clock->payload.at(i + 8);
    }
  }
  const bool counts = clock != nullptr && first <= glimpse.record.sequence;
  constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  const std::int64_t raw = glimpse.record.time;
  std::int64_t wanted = raw;
  if (counts && __builtin_add_overflow(raw, static_cast<std::int64_t>(offset), &wanted)) {
    wanted = raw < 0 ? kLeast : kMost;
  }
  if (glimpse.time == wanted) return;
  Broken(Guarantee::kG3, "record " + Number(glimpse.record.sequence) + " has time " +
                             std::to_string(glimpse.time) + " instead of " +
                             std::to_string(wanted));
}

// Only the end of a log that may not repair itself is unconfirmed.
void Oracle::JudgeUnconfirmed(const Sighting& sighting, bool read_only) {
  bool seen = false;
  for (const Glimpse& glimpse : sighting.scan) {
    const bool wrong_place = seen && !glimpse.is_gap && !glimpse.unconfirmed;
    seen = seen || (!glimpse.is_gap && glimpse.unconfirmed);
    if (wrong_place || (seen && !read_only)) {
      Broken(Guarantee::kG2, "unconfirmed records where all are confirmed");
      return;
    }
  }
}

// Returns the number that must come next.
std::uint64_t Oracle::JudgeGlimpse(const Glimpse& glimpse, std::uint64_t next) {
  if (glimpse.is_gap) return JudgeGap(glimpse, next);
  const std::uint64_t sequence = glimpse.record.sequence;
  if (sequence != next) {
    Broken(Guarantee::kG4, "record " + Number(sequence) + " where " + Number(next) + " comes next");
  }
  JudgeRecord(glimpse.record);
  return sequence + 1;
}

std::uint64_t Oracle::JudgeGap(const Glimpse& gap, std::uint64_t next) {
  if (gap.first != next || gap.last < gap.first || gap.last > now_.accepted()) {
    Broken(Guarantee::kG4,
           "gap " + Range(gap.first, gap.last) + " where " + Number(next) + " comes next");
  }
  if (!CountsAsEvicted(gap) && !MayBeDamaged(gap.first, gap.last)) {
    ++tally_.lost;
    Broken(limits_.damage_expected ? Guarantee::kG6 : Guarantee::kG1,
           "records " + Range(gap.first, gap.last) + " are called damaged");
  }
  return std::max(gap.last, gap.first) + 1;
}

void Oracle::JudgeRecord(const RecordFact& record) {
  TakeBack(record.sequence);
  if (record.sequence <= now_.evicted) {
    if (now_.head < reuse_torn_until_) return;  // forgotten when it was evicted
    ++tally_.phantom;
    Broken(Guarantee::kG3, "record " + Number(record.sequence) + " is back from eviction");
    return;
  }
  if (now_.harmed && record.sequence < now_.base) return;  // forgotten when it was evicted
  const RecordFact* fact = Find(record.sequence);
  if (fact == nullptr) {
    ++tally_.phantom;
    Broken(Guarantee::kG3, "record " + Number(record.sequence) + " was never appended");
  } else if (*fact != record && !(IsExposed(now_, record.sequence) &&
                                  FindWithdrawn(record.sequence, &record) != nullptr)) {
    ++tally_.phantom;
    ++tally_.lost;
    const bool was_durable = record.sequence <= now_.durable;
    Broken(was_durable ? Guarantee::kG1 : Guarantee::kG2,
           "record " + Number(record.sequence) + " has other content than appended");
  }
}

// `or_damaged`: as far as that is not harmed.
void Oracle::JudgeEviction(std::uint64_t through, std::uint64_t head, bool or_damaged) {
  if (through <= now_.evicted) return;
  const std::uint64_t owed = LastOwed(through);
  if (EvictedTooEarly(owed, HeadAtMost(head))) {
    ++tally_.evicted_early;
    Broken(Guarantee::kG1, "evicted early: everything up to " + Number(through) + " of " +
                               Number(now_.durable) + ", head bucket " + Number(head));
  }
  if (EvictedUnread(owed) && !limits_.header_damage && !now_.shaken()) {
    ++tally_.evicted_early;
    Broken(Guarantee::kG1, "evicted unread: everything up to " + Number(through));
  }
  now_.front_doubtful = now_.front_doubtful || (now_.harmed && owed < through);
  Evict(or_damaged ? owed : through);
}

// Two views, each blind where the other sees: by the engine's own count of
// buckets, and by what all that was written can have taken.
bool Oracle::EvictedTooEarly(std::uint64_t through, std::uint64_t head) const {
  const std::uint32_t not_owed = limits_.erase_ahead + kBucketsNotOwed + unhealthy_;
  if (limits_.bucket_count <= not_owed) return false;
  const std::uint32_t owed = limits_.bucket_count - not_owed;
  const bool known = through >= now_.base && through <= now_.accepted();
  if (known && head < now_.records[through - now_.base].bucket + owed + 1) return true;
  return now_.ledger.Floor(owed) <= through;
}

bool Oracle::EvictedUnread(std::uint64_t through) const {
  if (!limits_.keep_unread || through <= now_.read_by_all) return false;
  for (const ReaderState& reader : now_.readers) {
    if (!reader.old.enabled || (reader.wanted && !reader.wanted->enabled)) continue;
    const std::uint64_t wanted = reader.wanted ? reader.wanted->cursor : 0;
    if (through > std::max(reader.old.cursor, wanted)) return true;
  }
  return false;
}

// Up to the least certain cursor of the enabled readers.
std::uint64_t Oracle::ReadByAll() const {
  std::uint64_t least = now_.durable;
  for (const ReaderState& reader : now_.readers) {
    if (reader.old.enabled) least = std::min(least, reader.old.cursor);
  }
  return least;
}

void Oracle::JudgeCursors(const Sighting& sighting) {
  Checked(Guarantee::kG5);
  for (std::size_t i = 0; i < kOracleReaders; ++i) {
    const ReaderState& known = now_.readers.at(i);
    const CursorFact& shown = sighting.readers.at(i);
    const std::uint64_t cursor = shown.cursor;
    if (shown.enabled && cursor > sighting.last) {
      Broken(Guarantee::kG5, "cursor " + Number(cursor) + " beyond " + Number(sighting.last));
    }
    const std::uint64_t most =
        std::max({known.highest, known.old.cursor, known.wanted ? known.wanted->cursor : 0});
    if (now_.shaken() && (!shown.enabled || !known.old.enabled || cursor <= most)) continue;
    const bool is_old =
        shown.enabled == known.old.enabled && (!shown.enabled || cursor == known.old.cursor);
    const bool is_wanted =
        known.wanted && shown.enabled == known.wanted->enabled &&
        (!shown.enabled || (cursor <= known.wanted->cursor &&
                            cursor >= std::min(known.returned, known.wanted->cursor)));
    if (is_old || is_wanted) continue;
    Broken(Guarantee::kG5, "reader " + Number(i) + (shown.enabled ? "" : " (disabled)") +
                               " shows cursor " + Number(cursor) + ", committed was " +
                               Number(known.old.cursor));
  }
}

std::uint32_t Oracle::RepeatsAllowed() const {
  return kRepeatedErasesPerCut * (cuts_ + damages_) + limits_.repeated_erases_per_boot * boots_ +
         limits_.repeated_erases_at_first;
}

// All repeated erases may have hit one unit.
void Oracle::Worn(std::uint32_t difference) {
  const bool counts = !limits_.faults_expected && !limits_.damage_expected &&
                      !limits_.header_damage && unhealthy_ == 0;
  const std::uint32_t slices = limits_.erases_in_slices ? boots_ : 0;
  if (!counts || difference <= 1 + RepeatsAllowed() + slices) return;
  Broken(Guarantee::kG9,
         "the erase counts differ by " + Number(difference) + " behind " + Number(cuts_) + " cuts");
}

void Oracle::JudgeCosts(const Sighting& sighting) {
  Checked(Guarantee::kG9);
  const LogTotals& first = now_.totals_at_first;
  const LogTotals& totals = sighting.totals;
  const bool blocks_count = !now_.harmed && unhealthy_ == 0;
  const std::uint64_t blocks = std::uint64_t{totals.blocks_lost_to_cuts};
  if (blocks_count &&
      blocks > first.blocks_lost_to_cuts + kBlocksPerCut * (std::uint64_t{cuts_} + damages_)) {
    Broken(Guarantee::kG1, Number(blocks) + " blocks lost to " + Number(cuts_) + " cuts");
  }
  // A bad bucket is tried again in each lap.
  const bool repeats_count =
      !limits_.faults_expected && !now_.harmed && !limits_.header_damage && unhealthy_ == 0;
  const std::uint64_t repeated = std::uint64_t{totals.erases_repeated};
  if (repeats_count && repeated > std::uint64_t{first.erases_repeated} + RepeatsAllowed()) {
    Broken(Guarantee::kG9, Number(repeated) + " erases repeated for " + Number(cuts_) + " cuts");
  }
  // They stop at their ends. (Only a log that was found with totals can show it.)
  const bool carried = !now_.harmed && !limits_.header_damage && sighting.identity == now_.identity;
  if (carried && (blocks < first.blocks_lost_to_cuts || repeated < first.erases_repeated ||
                  totals.records_damaged < first.records_damaged)) {
    Broken(Guarantee::kG8, "a total went back: " + Number(blocks) + " blocks lost, " +
                               Number(repeated) + " erases repeated, " +
                               Number(totals.records_damaged) + " records damaged");
  }
}

// What a writing mount has shown holds from now on; what it has dropped is
// gone for good.
void Oracle::Adopt(const Sighting& sighting) {
  Withdraw(sighting.last);
  if (now_.accepted() > sighting.last) {  // harmed: not even what came before is left
    now_.base = sighting.last + 1;
    now_.evicted = std::min(now_.evicted, sighting.last);
  }
  Repeated(sighting.head);
  now_.durable = std::min(sighting.last, now_.accepted());
  now_.confirmed = 0;
  now_.head = sighting.head;
  for (std::size_t i = 0; i < kOracleReaders; ++i) {
    ReaderState& reader = now_.readers.at(i);
    const std::uint64_t wanted = reader.wanted ? reader.wanted->cursor : 0;
    const std::uint64_t highest = std::max({reader.highest, reader.old.cursor, wanted});
    reader = ReaderState();
    reader.highest = highest;
    reader.old = sighting.readers.at(i);
    reader.position = reader.old.cursor + 1;
    reader.returned = reader.old.cursor;
  }
}

}  // namespace norlog::fuzz
