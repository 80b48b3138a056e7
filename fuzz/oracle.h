// fuzz/oracle.h - what a log may show after any number of power cuts.
//
// The oracle hears plain facts: which records were accepted, what was said to
// be durable, which cursor commits returned, when the power failed. From them
// it judges what a fresh mount shows. It shares no code with the engine and
// knows nothing of its format (it includes no header of it), so the two cannot
// be wrong in the same way.
//
//   Oracle oracle(limits);
//   oracle.Formatted(nonce);
//   oracle.Accepted({1, tag, time, payload}, cost_bytes);
//   oracle.Durable(1, head);
//   oracle.PowerCut();
//   oracle.Mounted(sighting);          // everything the fresh mount returned
//   EXPECT_EQ(oracle.Report(), "");
//
// An Oracle is a value: a copy judges a fork of the chip.
#ifndef FUZZ_ORACLE_H_
#define FUZZ_ORACLE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fuzz/cow_deque.h"
#include "fuzz/space_ledger.h"

namespace norlog::fuzz {

inline constexpr std::size_t kOracleReaders = 8;

// The guarantees of docs/ARCHITECTURE.md, by their numbers.
enum class Guarantee : std::uint8_t {
  kG1 = 1,
  kG2,
  kG3,
  kG4,
  kG5,
  kG6,
  kG7,
  kG8,
  kG9,
  kG10,
  kG11,
  kG12,
};

inline constexpr std::size_t kGuarantees = 12;
// "G1 committed records survive", ...
const char* NameOf(Guarantee guarantee);

// The tag of a clock record: its payload is two 64-bit integers, little endian: to
// the times of the records from number `first` up to this one, but behind the clock
// record before it, `second` is to be added.
inline constexpr std::uint8_t kClockRecord = 128;

struct RecordFact {
  std::uint64_t sequence = 0;
  std::uint8_t tag = 0;
  std::int64_t time = 0;  // as it was appended
  std::vector<std::uint8_t> payload;
  friend bool operator==(const RecordFact&, const RecordFact&) = default;
};

enum class LossCause : std::uint8_t { kEvicted, kDamaged };

// One thing that a reader was given: a record, or a gap [first, last].
struct Glimpse {
  bool is_gap = false;
  RecordFact record;
  std::int64_t time = 0;  // of the record, set right
  bool unconfirmed = false;
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  LossCause cause = LossCause::kEvicted;
  friend bool operator==(const Glimpse&, const Glimpse&) = default;
};

struct CursorFact {
  bool enabled = false;
  std::uint64_t cursor = 0;  // last sequence number that counts as read
  friend bool operator==(const CursorFact&, const CursorFact&) = default;
};

// What a log counts since its format. Each stops at its largest value (kLogTotalsEnd).
struct LogTotals {
  std::uint32_t blocks_lost_to_cuts = 0;
  std::uint32_t erases_repeated = 0;
  std::uint32_t records_damaged = 0;
  friend bool operator==(const LogTotals&, const LogTotals&) = default;
};
inline constexpr LogTotals kLogTotalsEnd{0xFFFF, 0xFFFFFFFF, 0xFFFF};

// All that a mount shows: a scan from sequence number 1, and its figures. The
// scan is full, or leaves out the records [skip_first, skip_last].
struct Sighting {
  std::uint64_t identity = 0;
  std::uint64_t last = 0;  // newest durable record, 0: none
  std::uint64_t head = 0;  // the newest bucket's global number
  std::vector<Glimpse> scan;
  std::uint64_t skip_first = 0;  // 0: nothing is left out
  std::uint64_t skip_last = 0;
  std::array<CursorFact, kOracleReaders> readers{};
  LogTotals totals;
  std::uint32_t retired_buckets = 0;
  friend bool operator==(const Sighting&, const Sighting&) = default;
};

struct Limits {
  std::uint32_t bucket_count = 0;
  std::uint32_t erase_ahead = 1;
  bool keep_unread = false;
  // The chip destroys what was committed; where, it must tell (Oracle::Harmed).
  bool damage_expected = false;
  // A header or its notes may have a bit that is wrong.
  bool header_damage = false;
  // The chip wears out: erases that fail are tried again (not only after cuts).
  bool faults_expected = false;
  // Erases within which an undisturbed mount and append succeed (G8).
  std::uint32_t max_recovery_erases = 4;
  // Erases that a boot may repeat without a cut: write-once chips cannot always
  // prove that a bucket is clean.
  std::uint32_t repeated_erases_per_boot = 0;
  // The log began on blank buckets that nobody had marked as clean.
  std::uint32_t repeated_erases_at_first = 0;
  // A bucket takes several erases: a session may leave one begun, and the next begins
  // it anew (docs/TESTING.md, Open).
  bool erases_in_slices = false;
  SpaceModel space;
};

struct Breach {
  Guarantee guarantee;
  std::string message;
};

// How often what went wrong, for reports.
struct Tally {
  std::uint64_t lost = 0;           // durable records missing or changed
  std::uint64_t phantom = 0;        // returned though never appended, or evicted before
  std::uint64_t evicted_early = 0;  // mounts or reads that found the floor of G1 broken
};

class Oracle {
 public:
  explicit Oracle(const Limits& limits);

  // --- What the writer was told ----------------------------------------------
  // Between the two a cut may leave the former log whole or the empty one.
  void FormatBegun(std::uint64_t identity, std::uint32_t reader_count);
  void Formatted();
  // A closed log without records stood on the chip from the beginning: its next
  // record is number `next`, every reader has read all before it, and it counts on from
  // `totals`.
  void Found(std::uint64_t identity, std::uint32_t reader_count, std::uint64_t next,
             std::uint64_t head, const LogTotals& totals);
  // Append returned `fact.sequence`. It takes at most `cost_bytes` of flash.
  void Accepted(RecordFact fact, std::uint32_t cost_bytes);
  // After a call: everything up to `last` was said to survive any cut, and the
  // newest bucket has the global number `head`.
  void Durable(std::uint64_t last, std::uint64_t head);
  // Something else was programmed that takes room: a cursor, a close mark.
  void SpaceTaken(std::uint32_t bytes) { now_.ledger.Spend(bytes, 0); }
  // So many buckets do not take data any more: what was left of each is lost.
  void UnhealthyBuckets(std::uint32_t count);
  // An erase was cut on a chip of which buckets have worn out: what is reused in their stead may be
  // half erased, and its records, the oldest, read or not, until the log has gone beyond it
  // (docs/TESTING.md, Open).
  void ReuseTorn();
  // The power failed, or the session ended without a close.
  void PowerCut();

  // Said before each judgement, of a chip that destroys what was committed: at these
  // positions (bucket number modulo bucket_count) it has, and no erase since has
  // healed them. G6: records that stood there may be called damaged, or be missing
  // at the log's end; all others are owed as ever. Near the newest bucket it may
  // cost what only stands there: cursors, and how far the log is evicted.
  void Harmed(std::span<const std::uint32_t> positions);
  // The driver has damaged the frame of record `first`; those up to `last` stand behind it in
  // its block. They may be called damaged (G6), but not be missing at the log's end. What the
  // repair takes counts as for a cut.
  void Damaged(std::uint64_t first, std::uint64_t last);
  // True until buckets behind such harm near the end are in use.
  bool shaken() const { return now_.shaken(); }
  // Something was ever destroyed.
  bool harmed() const { return now_.harmed; }

  // --- Readers ----------------------------------------------------------------
  // A reader starts behind its committed cursor.
  void ReaderOpened(int reader);
  void ReaderSought(int reader, std::uint64_t position);
  void ReaderRewound(int reader, std::uint64_t position);
  void ReaderSaw(int reader, const Glimpse& glimpse);
  // The reader passed over the records before number `to`: `wanted` takes none of them.
  void ReaderPassed(int reader, std::uint64_t to,
                    const std::function<bool(const RecordFact&)>& wanted);
  void ReaderSawNothing(int reader);
  // A cursor commit begins; it returned kOk and the log then stated `cursor`.
  // Without the second (a cut, or no room yet) the old or the new one holds.
  void CursorBegun(int reader);
  void CursorDone(int reader, std::uint64_t cursor);
  // A reader is enabled or disabled; returned is what its last commit, put off for want of room,
  // still asks for: where this is refused, too, that goes on.
  std::optional<CursorFact> ReaderSetBegun(int reader, CursorFact wanted);
  void ReaderSetRefused(int reader, std::optional<CursorFact> before);
  void ReaderSetDone(int reader);

  // --- What a mount shows -------------------------------------------------------
  // A writing mount: judged, and from then on binding.
  void Mounted(const Sighting& sighting);
  // A mount that cannot repair: judged; what it confirms must stay.
  void MountedReadOnly(const Sighting& sighting);
  // A mount directly behind another: the same again, and nothing programmed.
  void MountedAgain(const Sighting& first, const Sighting& second, std::uint64_t mutating_ops);
  // The mount refused with the status of that name.
  void MountRefused(const std::string& status_name);
  // Erases from power-on until the first append was durable.
  void CameAlive(std::uint64_t erases);
  // An append that waited for erases although Maintain had finished and
  // `buckets_opened` buckets were opened since.
  void AppendErased(std::uint64_t erases, std::uint64_t buckets_opened);
  // By so much the erase counts of the units differ.
  void Worn(std::uint32_t difference);
  // Anything else that a driver finds.
  void Broken(Guarantee guarantee, const std::string& message);
  // A driver looks whether the guarantee holds: counted.
  void Checked(Guarantee guarantee) { ++checks_.at(static_cast<std::size_t>(guarantee) - 1); }

  // --- What is known -------------------------------------------------------------
  std::uint64_t durable() const { return now_.durable; }
  std::uint64_t accepted() const { return now_.accepted(); }
  std::uint64_t evicted() const { return now_.evicted; }
  std::uint64_t position(int reader) const { return At(reader).position; }
  std::uint64_t cursor(int reader) const { return At(reader).old.cursor; }
  bool enabled(int reader) const { return At(reader).old.enabled; }
  std::uint64_t head() const { return now_.head; }
  std::uint32_t unhealthy() const { return unhealthy_; }
  // Some format was begun: a mount may find a log.
  bool formatted() const { return formatted_ || former_.has_value(); }
  std::uint32_t cuts() const { return cuts_; }
  // Since the log last came alive: so many places may be marginal.
  std::uint32_t cuts_in_a_row() const { return cuts_in_a_row_; }
  // Null if it was never accepted, or is evicted.
  const RecordFact* Find(std::uint64_t sequence) const;
  // The first durable record of the newest `buckets` buckets; 0 if there is none
  // before them, or more than one log may be found.
  std::uint64_t FirstOfNewest(std::uint32_t buckets) const;
  // The bucket that holds the record, or the one before; 0 if unknown.
  std::uint64_t BucketOf(std::uint64_t sequence) const;
  const std::vector<Breach>& breaches() const { return breaches_; }
  const Tally& tally() const { return tally_; }
  // How often each guarantee (G1 first) was looked at and could have broken.
  const std::array<std::uint32_t, kGuarantees>& checks() const { return checks_; }
  // A hash of all that later judgements depend on: oracles with the same one
  // judge the same things alike. The same on any machine.
  std::uint64_t Digest() const;
  // A line for each breach; "" if all guarantees hold.
  std::string Report() const;

 private:
  struct Kept {
    std::shared_ptr<const RecordFact> fact;  // shared by the copies of an oracle
    std::uint64_t bucket = 0;                // it stands there or further on
    std::uint64_t digest = 0;                // of the fact
    bool exposed = false;                    // to harm
    std::uint64_t last_bucket = 0;           // it stands there or before
  };
  struct ReaderState {
    CursorFact old;                    // certain unless `wanted`
    std::optional<CursorFact> wanted;  // under way when the power failed
    std::uint64_t returned = 0;        // last record given since it was opened
    std::uint64_t position = 0;        // what Next looks for
    std::uint64_t highest = 0;         // that was ever committed: a rewind goes back
    bool rewound = false;
  };
  struct State {
    explicit State(const SpaceModel& model) : ledger(model) {}
    std::uint64_t accepted() const { return base + records.size() - 1; }
    bool shaken() const { return head < shaken_until; }
    std::uint64_t Digest() const;
    std::uint64_t identity = 0;
    std::uint64_t base = 1;  // sequence number of records.front()
    CowDeque<Kept> records;
    // What mounts have dropped, newest last. A copy had declared it dead, and may be harmed.
    std::vector<Kept> withdrawn;
    std::uint64_t durable = 0;
    std::uint64_t newest_commit = 1;  // its first record, or one before
    std::uint64_t commit_before = 1;
    std::uint64_t confirmed = 0;  // shown for certain by a read-only mount
    std::uint64_t evicted = 0;    // everything up to here
    // What all readers had read when one of them was about to go back: it may
    // have been evicted before that, and nobody has looked since.
    std::uint64_t read_by_all = 0;
    std::uint64_t head = 0;
    std::vector<std::uint64_t> damaged;  // by the driver, ascending
    bool harmed = false;
    bool front_doubtful = false;     // what is harmed was called evicted
    std::uint64_t shaken_until = 0;  // newest bucket
    LogTotals totals_at_first;       // the same for all that a campaign compares
    std::array<ReaderState, kOracleReaders> readers{};
    SpaceLedger ledger;
  };

  ReaderState& At(int reader) { return now_.readers.at(static_cast<std::size_t>(reader)); }
  const ReaderState& At(int reader) const {
    return now_.readers.at(static_cast<std::size_t>(reader));
  }
  void ChooseState(const Sighting& sighting);
  void JudgeLast(const Sighting& sighting);
  void JudgeScan(const Sighting& sighting, bool read_only);
  std::uint64_t JudgeGlimpse(const Glimpse& glimpse, std::uint64_t next);
  std::uint64_t JudgeGap(const Glimpse& gap, std::uint64_t next);
  bool CountsAsEvicted(const Glimpse& gap) const;
  void JudgeRecord(const RecordFact& record);
  void JudgeUnconfirmed(const Sighting& sighting, bool read_only);
  void JudgeTimes(const Sighting& sighting);
  void JudgeTime(const Glimpse& glimpse, const RecordFact* clock);
  void JudgeGivenUp(std::uint64_t through, std::uint64_t head);
  void JudgeEviction(std::uint64_t through, std::uint64_t head, bool or_damaged = false);
  bool EvictedTooEarly(std::uint64_t through, std::uint64_t head) const;
  bool EvictedUnread(std::uint64_t through) const;
  std::uint64_t LastOwed(std::uint64_t through) const;
  std::uint64_t ReadByAll() const;
  void JudgeCursors(const Sighting& sighting);
  std::uint32_t RepeatsAllowed() const;
  void JudgeCosts(const Sighting& sighting);
  void Adopt(const Sighting& sighting);
  void Evict(std::uint64_t through);
  void MarkHarm(State& state, std::span<const std::uint32_t> positions) const;
  static bool IsExposed(const State& state, std::uint64_t sequence);
  static bool AllExposed(const State& state, std::uint64_t first, std::uint64_t last);
  std::uint64_t HeadAtMost(std::uint64_t head) const;
  bool AllDamaged(std::uint64_t first, std::uint64_t last) const;
  bool MayBeDamaged(std::uint64_t first, std::uint64_t last) const;
  bool MayBeGone() const;
  void TakeBack(std::uint64_t first_shown);
  const Kept* FindWithdrawn(std::uint64_t sequence, const RecordFact* as) const;
  void Withdraw(std::uint64_t last);
  void TakeWithdrawn(const Sighting& sighting);
  void Repeated(std::uint64_t head);
  bool ShowTheSame(const Sighting& first, const Sighting& second) const;
  // So far behind the newest bucket a bucket may be reused in a bad one's stead.
  std::uint32_t BucketsBehindReuse() const { return limits_.erase_ahead + unhealthy_ + 3; }

  Limits limits_;
  State now_;
  std::optional<State> former_;          // while a format is under way
  std::vector<std::uint64_t> attempts_;  // identities of formats that were cut
  bool formatted_ = false;               // some format has returned
  std::uint32_t cuts_ = 0;
  std::uint32_t cuts_in_a_row_ = 0;
  std::uint32_t boots_ = 0;
  std::uint32_t unhealthy_ = 0;
  std::uint64_t reuse_torn_until_ = 0;  // as long as the newest bucket is before this one
  std::uint32_t damages_ = 0;
  std::vector<Breach> breaches_;
  Tally tally_;
  std::array<std::uint32_t, kGuarantees> checks_{};
};

}  // namespace norlog::fuzz

#endif  // FUZZ_ORACLE_H_
