// fuzz/rig.h - a chip, the log on it, and the oracle that hears everything.
//
// A Rig carries out operations on a norlog::Log over a SimFlash, tells the
// oracle each fact, and compares what the calls return with what they may. It
// starts from a Checkpoint (a fork of a chip and of what is known about it), so
// a session can be run again and again with the power cut elsewhere.
#ifndef FUZZ_RIG_H_
#define FUZZ_RIG_H_

#include <array>
#include <bitset>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "flashsim/hal.h"
#include "flashsim/rng.h"
#include "flashsim/sim_flash.h"
#include "fuzz/oracle.h"
#include "fuzz/workload.h"
#include "norlog/log.h"
#include "norlog/options.h"
#include "norlog/reader.h"
#include "norlog/schema_writer.h"
#include "norlog/status.h"

namespace norlog::fuzz {

// A configuration to test. `options` must be valid for the chip.
struct Setup {
  std::string name;
  flashsim::Profile profile;
  Options options;
  flashsim::SimOptions sim;
  std::uint64_t seed = 1;
  bool faults_expected = false;  // the chip wears out or fails reads: calls may say so
  // Committed data may be harmed by physics: each loss must be told (G6).
  bool damage_expected = false;
  // Not 0: the chip holds an empty log in that lap (at most 2^32 - 2) from the
  // beginning, whose next record has number `first_record` (at least 1).
  std::uint32_t first_lap = 0;
  std::uint64_t first_record = 1;
  std::int64_t first_time = 0;  // of a workload's records
  // That log's totals stand so far below their ends, and its round below 256; 0: all are 0.
  std::uint8_t totals_left = 0;
  // A bit of a header may go bad (the script's `flip`): it costs no more than its bucket.
  bool header_damage = false;
  // Erase units that are bad, from the beginning.
  std::vector<std::uint32_t> bad_units = {};
  flashsim::BadMode bad_mode = flashsim::BadMode::kEraseFails;
  // The firmware has a schema for kTypedTag; another one may come with each boot.
  bool typed = false;
};

// Whether a unit takes one program only between erases (and perhaps zeros).
bool IsWriteOnce(const Setup& setup);

// For GoogleTest's messages.
void PrintTo(const Setup& setup, std::ostream* out);

// What the oracle needs to know of a configuration.
Limits LimitsOf(const Setup& setup);

struct Checkpoint {
  flashsim::SimFlash chip;
  Oracle oracle;
  // A cut has left what may read differently each time.
  bool unstable = false;
  // The last session ended with a close. Then, perhaps: the newest bucket when Maintain had
  // last finished.
  bool closed = false;
  std::optional<std::uint64_t> maintained_head = {};
};

// True if what the chip's last cut left may read differently each time.
bool LeavesUnstable(const flashsim::SimFlash& chip);

// A virgin chip; or one that holds a log, if the setup says so.
Checkpoint NewCheckpoint(const Setup& setup);

// A sighting that borrows the memory of an earlier one of this thread: looks
// are what a campaign mostly does.
class PooledSighting {
 public:
  PooledSighting();
  ~PooledSighting();
  PooledSighting(PooledSighting&&) = default;
  PooledSighting& operator=(PooledSighting&& other) noexcept {
    std::swap(sighting_, other.sighting_);
    return *this;
  }

  Sighting& operator*() { return *sighting_; }
  const Sighting& operator*() const { return *sighting_; }

 private:
  std::unique_ptr<Sighting> sighting_;
};

// The most reads of a mount, in percent of what MountBudget says: of undamaged
// rings, without a hint.
struct BudgetUse {
  std::uint64_t clean = 0;
  std::uint64_t after_cut = 0;
};

class Rig {
 public:
  // The setup must outlive the rig. `trace`, if given, gets a line for each
  // call and for each operation of the chip.
  Rig(const Setup& setup, Checkpoint start, std::ostream* trace = nullptr);
  ~Rig();
  Rig(const Rig&) = delete;
  Rig& operator=(const Rig&) = delete;

  // Runs a session from its start to its end, or until the power fails; true
  // if it came to its end. Either way no log is mounted afterwards.
  bool Run(const Session& session);

  // The steps of a session.
  bool Format(std::uint64_t nonce);
  bool Mount(Hint hint = {}) { return MountAndLook(hint, Scope::kAll); }
  void Do(const Op& op);
  void Close();
  // The log object disappears without a close, and the power with it.
  void PowerFails();
  void PowerReturns();
  // It disappears without the chip being told: the processor restarts.
  void Restarts();

  // A copy of this chip mounted read-only: programs nothing, promises no more
  // than the truth. The chip itself is not touched.
  void CheckReadOnly();
  // After a power cut: mounts, mounts again, and appends a durable record; or
  // appends in the session that recovered, and mounts again then.
  // False if the power failed meanwhile (a second planned cut).
  bool Recover();
  // Appends `op.count` records, each committed, and closes. Then one bit of the frame of one
  // of them goes bad, behind which at least two more stand; `op.salt` decides which. (It is
  // no bit of the frame's type or length: those may pass for what a cut leaves.)
  void DamageFrame(const Op& op);
  // Appends until each bucket has been opened once more, then closes, mounts
  // and looks once more.
  void RunLap();

  bool powered() const { return chip_.powered(); }
  bool mounted() const { return log_.has_value() && log_->mounted(); }
  bool unstable() const { return unstable_; }
  bool healthy() const { return oracle_.breaches().empty(); }
  flashsim::SimFlash& chip() { return chip_; }
  const flashsim::SimFlash& chip() const { return chip_; }
  Oracle& oracle() { return oracle_; }
  const Oracle& oracle() const { return oracle_; }
  const Setup& setup() const { return setup_; }
  Log& log() { return *log_; }
  Checkpoint Save() const { return {chip_, oracle_, unstable_, closed_, maintained_head_}; }
  // For the chip's observer: what would be known if the power failed now, in
  // the midst of a call. The chip is not part of it.
  Oracle IfCutNow() const;
  // After a recovery from what is unstable the log is mounted so many times
  // more, at least; once more than there were cuts in any case.
  void set_remounts(std::uint32_t remounts) { remounts_ = remounts; }
  // Whether a recovery begins with CheckReadOnly.
  void set_looks_first(bool looks_first) { looks_first_ = looks_first; }
  // What the first mount of the last Recover cost.
  const flashsim::Counters& recovery_cost() const { return recovery_cost_; }
  const BudgetUse& budget_use() const { return budget_use_; }

  // A bucket has gone bad in this case. (Healed or not: what stands there may be old. Where it
  // takes erases, and then no programs, that is found out each time anew.)
  bool has_broken_bucket() const { return setup_.bad_units.empty() && oracle_.unhealthy() > 0; }

  // All that the mounted log shows, or what has changed of it: see ResumeAt.
  // Empty if a call failed (told the oracle).
  enum class Scope : std::uint8_t { kAll, kNewest };
  std::optional<PooledSighting> Look(Scope scope = Scope::kAll);

 private:
  bool MountAndLook(Hint hint, Scope scope);
  bool JudgeMount(Scope scope);
  bool AppendOne();
  void ReadyLog();
  void Boot();
  void LeaveLog();
  void DropLog();
  Reader& OpenReader(int index);
  void Append(const Op& op);
  void Commit();
  void Read(const Op& op);
  void CommitCursor(int index);
  void Rewind(int index);
  void Seek(const Op& op);
  void Maintain(std::uint32_t budget);
  void PutOffAreDone(const Stats& stats);
  void SetReader(const Op& op);
  void SetClock(const Op& op);
  void ReadTag(const Op& op);
  bool MakeRoom();
  void ReadAll(int index);
  bool ReadOne(Reader& reader, int index);

  // After each call: its status, what became durable, what the chip objects to.
  void Check(const char* call, Status status);
  void CheckProgress();
  void CheckChip();
  void LookReadOnly(Log& log);
  std::uint64_t ResumeAt(Scope scope) const;
  void CheckSecondMount(std::uint64_t ops_of_first);
  void CheckBudget(const flashsim::Counters& spent, Status status, const Hint& hint);
  void CheckSearch();
  void CheckWear();
  void CheckClean(std::uint64_t ops_before);
  // Calls may say so.
  bool may_fail() const { return setup_.faults_expected || oracle_.harmed(); }
  std::uint32_t BadBuckets() const;
  // Where the frame of a record ends (the address behind it), and its payload's size.
  struct FramePlace {
    std::uint64_t record = 0;
    std::uint64_t bucket = 0;
    std::uint64_t end = 0;
    std::uint32_t size = 0;
  };
  std::vector<FramePlace> AppendFrames(std::uint32_t count, flashsim::Rng& rng);
  std::uint64_t EndOfHead() const;
  void TellHarm();
  // `line()` is only made if somebody listens.
  template <typename Line>
  void Trace(Line line) {
    if (trace_ != nullptr) Print(line());
  }
  void Print(const std::string& line);
  std::uint32_t CostOf(const RecordFact& fact) const;

  // A record that Append has been given and not yet answered for.
  struct InFlight {
    RecordFact fact;
    std::uint32_t cost_bytes = 0;
  };

  const Setup& setup_;
  std::ostream* const trace_;
  flashsim::SimFlash chip_;
  flashsim::PartHal hal_;
  Oracle oracle_;
  std::vector<std::uint8_t> memory_;
  std::optional<SchemaTable> schemas_;
  std::uint8_t firmware_ = 0;
  std::optional<Log> log_;
  std::array<std::unique_ptr<Reader>, kMaxReaders> readers_;
  std::optional<PooledSighting> shown_;  // by the last mount
  std::uint64_t erases_before_ = 0;      // when the present call began
  std::uint64_t refusals_before_ = 0;
  std::optional<std::uint64_t> maintained_head_;  // newest bucket when Maintain had finished
  bool as_found_ = false;                         // exhausted: mounted as a read-only mount is
  bool closed_ = false;                           // the last session ended with a close
  bool damaged_ = false;                          // by DamageFrame, at any time
  bool repairs_ = false;                          // and no mount since has come to its end
  bool unstable_ = false;                         // see Checkpoint
  std::uint64_t ops_at_mount_ = 0;                // mutating operations of the chip
  std::uint32_t remounts_ = 0;
  bool looks_first_ = true;
  std::optional<InFlight> in_flight_;
  std::bitset<kMaxReaders> put_off_;  // cursors that kFull has refused in this session
  flashsim::Counters recovery_cost_;
  BudgetUse budget_use_;
};

// What of a clock record's payload the oracle knows.
inline constexpr std::size_t kClockFactBytes = 16;

// The next thing that a reader is given; filled if kOk or kGap.
Status Next(Reader& reader, Glimpse& glimpse);

// A mounted log's figures and scan, through reader 0; from the oldest record on
// to record `resume_at`, if that is not 0, nothing is read. Whatever the sighting
// held before is replaced.
Status LookAt(Log& log, std::uint64_t resume_at, Sighting& sighting);

}  // namespace norlog::fuzz

#endif  // FUZZ_RIG_H_
