// flashsim/sim_flash.h - a NOR flash chip in memory that wears, tears and lies.
//
// Implements the norlog HAL and is, on purpose, a worse chip than most: every
// rule of the contract that a caller breaks is recorded (`violations`), and
// every fault is at the test's command. All chance comes from one seed: the
// same calls on the same chip give the same bytes on any compiler.
//
//   SimFlash chip(Toy(1024, 8), /*seed=*/1);
//   chip.CutAt(5, Tear{ProgramTear::kFalseBlank, EraseTear::kPreProgram, 42});
//   ... use it until a call says kNoPower, destroy the engine ...
//   SimFlash fork = chip;   // cheap: shares what neither writes
//   fork.PowerOn();
//   ... recover on the fork, and again on another fork ...
//   EXPECT_EQ(fork.violations().count(), 0) << fork.violations().Report();
//
// A SimFlash is not thread-safe; copies of one may be used in other threads.
#ifndef FLASHSIM_SIM_FLASH_H_
#define FLASHSIM_SIM_FLASH_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "flashsim/cells.h"
#include "flashsim/cow.h"
#include "flashsim/fault_class.h"
#include "flashsim/fault_state.h"
#include "flashsim/faults.h"
#include "flashsim/harm.h"
#include "flashsim/marginal.h"
#include "flashsim/options.h"
#include "flashsim/power.h"
#include "flashsim/profiles.h"
#include "flashsim/rng.h"
#include "flashsim/timing.h"
#include "flashsim/violations.h"
#include "flashsim/wear.h"
#include "norlog/geometry.h"
#include "norlog/nor_flash.h"
#include "norlog/status.h"

namespace flashsim {

// What the chip has done. Malformed calls and those without power count
// nowhere; torn and failed operations count, and are charged as if complete.
struct Counters {
  std::uint64_t reads = 0;
  std::uint64_t bytes_read = 0;
  std::uint64_t programs = 0;
  std::uint64_t bytes_programmed = 0;
  std::uint64_t erases = 0;
  std::uint64_t bytes_erased = 0;
  std::uint64_t chip_time_ns = 0;
  std::uint64_t cuts = 0;           // torn operations and cuts between them
  std::uint64_t torn_programs = 0;  // programs that a cut hit (kNone and kAll too)
  std::uint64_t torn_erases = 0;
  std::uint64_t resets = 0;         // operations behind which the MCU was reset: not among the cuts
  std::uint64_t dropped_calls = 0;  // calls that found the chip busy after a reset
  std::uint64_t failed_reads = 0;   // of `reads`: those that ended in kReadError
  friend bool operator==(const Counters&, const Counters&) = default;
};

// What happened between two looks: `after - before`.
Counters operator-(const Counters& after, const Counters& before);

// A mutating operation about to be carried out (or torn).
struct OpEvent {
  OpKind kind = OpKind::kNone;
  std::uint64_t address = 0;
  std::uint32_t size = 0;
  std::span<const std::uint8_t> data;  // of a program; empty for an erase
  std::uint64_t op_index = 0;
  bool torn = false;
};

class SimFlash final : public norlog::NorFlash {
 public:
  using Observer = std::function<void(const OpEvent&)>;

  // An erased chip with its power on. The geometry must be IsValid. A profile
  // also brings its faults: options() is then profile.sim.
  SimFlash(const Profile& profile, std::uint64_t seed);
  SimFlash(const norlog::Geometry& geometry, const TimeModel& time, std::uint64_t seed);

  // A copy is a fork: same state, options and future chance, independent from
  // then on. The observer belongs to the test, not to the chip: a copied or
  // moved chip has none, and a chip that is assigned to keeps its own.
  SimFlash(const SimFlash&) = default;
  SimFlash(SimFlash&&) = default;
  SimFlash& operator=(const SimFlash&) = default;
  SimFlash& operator=(SimFlash&&) = default;
  ~SimFlash() = default;

  // The HAL. A Program or Erase is *mutating operation* number op_count() if
  // it is well-formed and the power is on, whether or not it then succeeds.
  const norlog::Geometry& geometry() const override { return geometry_; }
  norlog::Status Read(std::uint64_t address, std::span<std::uint8_t> out) override;
  norlog::Status Program(std::uint64_t address, std::span<const std::uint8_t> data) override;
  norlog::Status Erase(std::uint64_t address, std::uint32_t size) override;
  norlog::Status Sync() override;
  // With SimOptions::background_erase_polls. The erase is one mutating operation, when
  // it is begun; reads and programs elsewhere suspend it. Its chip time is charged at once.
  bool StartErase(std::uint64_t address, std::uint32_t size) override;
  norlog::Status Busy() override;

  // What a part's blank check command says: `blank` if every bit of the range,
  // ECC bits included, reads erased now. Any alignment. Counted as a read of
  // one byte. Errors: kOutOfBounds, kNoPower.
  norlog::Status BlankCheck(std::uint64_t address, std::uint64_t size, bool& blank);

  const SimOptions& options() const { return options_; }
  void set_options(const SimOptions& options) { options_ = options; }
  // The caller mounts anew, without a power cycle: a torn unit may be tried once
  // more (G12).
  void BeginMount() { retried_units_.clear(); }
  // How often a torn unit refused to be tried again: it reads blank and is used up.
  std::uint64_t refusals() const { return refusals_; }
  // New chance from here on: makes forks differ in their marginal reads.
  void Reseed(std::uint64_t seed);

  // --- Power ---------------------------------------------------------------
  // After `ops_before_cut` more mutating operations the next one is torn as
  // `tear` says and returns kNoPower: 0 = the very next operation. Replaces an
  // earlier plan; any cut ends it.
  void CutAt(std::uint64_t ops_before_cut, const Tear& tear) { power_.CutAt(ops_before_cut, tear); }
  // Class 17: after so many more mutating operations the next one completes,
  // but the MCU is reset meanwhile: the call returns kNoPower, as do all until
  // PowerOn, which then starts no new power cycle. Replaces an earlier plan.
  void ResetAt(std::uint64_t ops_before_reset) { power_.ResetAt(ops_before_reset); }
  void CancelCut() { power_.CancelCut(); }
  // Power goes between operations. The next call says kNoPower, which is no
  // violation: that is how the caller learns it. Does nothing if it is off.
  void CutNow();
  // A new power cycle: marginal cells take new values, bits flip (class 22).
  void PowerOn();
  bool powered() const { return power_.powered(); }
  // Whether a cut has happened since the last CutAt, or ever if there was none.
  bool cut_happened() const { return power_.cut_happened(); }
  const CutInfo& last_cut() const { return power_.last_cut(); }
  // Mutating operations so far (not reset by ResetCounters).
  std::uint64_t op_count() const { return power_.op_count(); }
  std::uint32_t power_cycle() const { return power_.cycle(); }

  // --- What to look at -----------------------------------------------------
  const Counters& counters() const { return counters_; }
  void ResetCounters() { counters_ = Counters(); }
  const Violations& violations() const { return violations_; }
  void ClearViolations() { violations_.Clear(); }
  void set_observer(Observer observer) { observer_.function = std::move(observer); }
  // What the chip has destroyed outside the scope of interrupted operations,
  // or silently not done, since it was made; oldest first, byte for byte.
  // Bytes that did not change are not in it. A program into harmed bytes is
  // never a violation, since its caller could not know.
  std::span<const HarmedRange> harmed() const;

  // The present bits, as the simulator knows them: no counters, no power, no
  // chance. Marginal bits as they seemed after the cut. Bounds are asserted.
  void Peek(std::uint64_t address, std::span<std::uint8_t> out) const;
  std::vector<std::uint8_t> Peek(std::uint64_t address, std::size_t size) const;
  // The marginal bits of one byte, as a mask.
  std::uint8_t MarginalMask(std::uint64_t address) const;

  // Puts solid bits there as if they had been programmed long ago: units of a
  // kOnce chip count as programmed, or as fresh if all FF. Bounds are asserted.
  void Poke(std::uint64_t address, std::span<const std::uint8_t> data);
  // A retention flip or read disturb: inverts bits of one byte, nothing else.
  void FlipBits(std::uint64_t address, std::uint8_t mask);
  // Every cell erased and solid, as from the factory. Wears nothing.
  void Wipe();

  // --- Wear ----------------------------------------------------------------
  // `unit` counts erase units from 0.
  std::uint32_t erase_count(std::uint32_t unit) const { return wear_.count(unit); }
  WearSummary wear() const { return wear_.Summary(); }
  // Which bit sticks, and at what, comes from the chip's seed and the unit.
  void MakeBad(std::uint32_t unit, BadMode mode);  // kGood heals it
  const std::vector<BadUnit>& bad_units() const { return wear_.bad_units(); }

  // Memory that holds cells, in leaves of Cells::kLeafBytes: tests of sparseness.
  std::size_t PresentLeaves() const { return cells_.PresentLeaves(); }

 private:
  // What Cells keeps for each program unit of a write-once chip.
  enum UnitState : std::uint8_t {
    kFresh = 0,   // erased: may be programmed
    kUsed,        // programmed
    kZeroed,      // kOncePlusZero: programmed again, with zeros
    kTorn,        // a cut interrupted its program
    kHalfErased,  // a cut interrupted its erase, or it failed: only zeros may be tried
    kBroken,      // programmed twice (SecondProgram::kEccError): never reads again
  };

  // Not copied with the chip, so that SimFlash's copies can be defaulted.
  struct ObserverSlot {
    ObserverSlot() = default;
    ObserverSlot(const ObserverSlot&) {}
    ObserverSlot& operator=(const ObserverSlot&) { return *this; }
    Observer function;
  };

  // Refusals: kOk means go on. Each records what it refuses.
  norlog::Status Refuse(ViolationKind kind, const char* call, std::uint64_t address,
                        std::uint64_t size);
  norlog::Status CheckPower(const char* call, std::uint64_t address, std::uint64_t size);
  norlog::Status CheckBounds(const char* call, std::uint64_t address, std::uint64_t size);
  norlog::Status CheckProgram(std::uint64_t address, std::size_t size);
  norlog::Status CheckErase(std::uint64_t address, std::uint32_t size);
  bool IsEraseSize(std::uint32_t size) const;

  // Program rules. `unit` is the address of a program unit.
  bool overwrites() const { return geometry_.program_rule == norlog::ProgramRule::kOverwrite; }
  bool plus_zero() const { return geometry_.program_rule == norlog::ProgramRule::kOncePlusZero; }
  bool write_once() const;
  static bool IsZeros(std::span<const std::uint8_t> data);
  void RecordZeroToOne(std::uint64_t address, std::uint64_t size);
  norlog::Status CheckUnits(std::uint64_t address, std::span<const std::uint8_t> data);
  norlog::Status CheckUnit(std::uint64_t unit, bool zeros);
  norlog::Status RefuseUnit(std::uint64_t unit);
  norlog::Status RetryTornUnit(std::uint64_t unit);
  bool HasTrace(std::uint64_t unit) const;
  UnitState StateAfter(std::uint64_t unit, bool zeros) const;
  void UseUnits(std::uint64_t address, std::span<const std::uint8_t> data, const TornRange& torn);
  void MarkUnits(std::uint64_t address, std::uint64_t size, UnitState state);

  // Operations.
  bool StartOp(OpKind kind, std::uint64_t address, std::uint32_t size,
               std::span<const std::uint8_t> data);
  norlog::Status ProgramInPage(std::uint64_t address, std::span<const std::uint8_t> data);
  norlog::Status ProgramWrapped(std::uint64_t address, std::span<const std::uint8_t> data);
  norlog::Status CarryOut(std::uint64_t address, std::span<const std::uint8_t> data);
  bool ProgramBits(std::uint64_t address, std::span<const std::uint8_t> data);
  void ProgramCells(std::uint64_t address, std::span<const std::uint8_t> data);
  norlog::Status EraseUnits(std::uint64_t address, std::uint32_t size);

  // An erase that goes on by itself.
  struct BackgroundErase {
    bool goes_on = false;
    std::uint64_t address = 0;
    std::uint32_t size = 0;
    std::uint32_t polls_left = 0;
    norlog::Status ended = norlog::Status::kOk;
  };
  norlog::Status CheckErasing(const char* call, std::uint64_t address, std::uint64_t size);
  void EndBackgroundErase(bool torn);

  // Cuts.
  norlog::Status CutOp(OpKind kind, std::uint64_t address, std::uint32_t size);
  void TearProgramOp(std::uint64_t address, std::span<const std::uint8_t> data);
  void TearEraseOp(std::uint64_t address, std::uint32_t size);
  void TearUnits(std::uint64_t address, std::span<const std::uint8_t> data);
  void TearErasedCells(std::uint64_t address, std::uint32_t size, const Tear& tear);
  void TearErasedUnits(std::uint64_t address, std::uint32_t size, const Tear& tear);
  TornRange TearCells(std::uint64_t address, std::span<const std::uint8_t> data, const Tear& tear);
  MarginalScope NewScope(bool first_look) const;

  // Harm: what happens outside the scope of an operation.
  void Harm(FaultClass cause, std::uint64_t address, std::span<const CellByte> after);
  void NoteHarm(FaultClass cause, std::uint64_t address);
  void NoteWrongBytes(FaultClass cause, std::uint64_t address,
                      std::span<const std::uint8_t> wanted);
  bool IsHarmed(std::uint64_t address, std::uint64_t size) const;
  void ForgetErased(std::uint64_t address, std::uint64_t size);
  void DisturbOtherPages(std::uint64_t address, std::uint64_t size);
  void DisturbBytes(std::uint64_t begin, std::uint64_t end, Rng& rng);
  std::uint64_t WrongAddress(std::uint64_t address, std::uint64_t step, std::uint64_t size,
                             Rng& rng) const;
  void ProgramElsewhere(std::uint64_t address, std::span<const std::uint8_t> data);
  void EraseElsewhere(std::uint64_t address, std::uint32_t size);
  void FlipRetention();

  // What the chip's surroundings do to calls.
  bool DropWhileBusy() { return busy_calls_ != 0 && DropCall(); }
  bool DropCall();
  void CountPrograms(std::uint64_t address, std::uint64_t size);
  void ForgetTraceless(std::uint64_t address, std::uint64_t size);
  std::uint64_t EraseGrowthNs(std::uint64_t address, std::uint32_t size) const;
  void Cache(OpKind kind, std::uint64_t address, std::uint32_t size,
             std::span<const std::uint8_t> data);
  void LoseUnsynced(std::uint64_t seed);
  void Replay(const CachedWrite& write);

  // Failing reads and worn units.
  MarginalContext NewMarginalContext();
  bool ReadFails(std::uint64_t address, std::uint64_t size);
  bool EccFails(std::uint64_t address, std::uint64_t size);
  unsigned UnitStates(std::uint64_t address, std::uint64_t size) const;
  void CountWear(std::uint64_t address, std::uint32_t size);
  const BadUnit* FindBad(std::uint64_t address, std::uint64_t size) const;
  norlog::Status ProgramBad(const BadUnit& bad, std::uint64_t address,
                            std::span<const std::uint8_t> data);
  norlog::Status FailErase(std::uint64_t address);
  std::vector<std::uint8_t> HideStuckBits(std::uint64_t address,
                                          std::span<const std::uint8_t> data) const;
  void EnforceStuckBits(std::uint64_t address, std::uint64_t size);

  CellByte LoadByte(std::uint64_t address) const;
  std::uint32_t UnitOf(std::uint64_t address) const {
    return static_cast<std::uint32_t>(address / geometry_.erase_unit_bytes);
  }

  norlog::Geometry geometry_;
  TimeModel time_;
  SimOptions options_;
  std::uint64_t seed_;
  Rng rng_;
  Cells cells_;
  Wear wear_;
  PowerSupply power_;
  Counters counters_;
  Violations violations_;
  // kOnce units whose torn program was retried in this mount (G12).
  std::vector<std::uint64_t> retried_units_;
  std::uint64_t refusals_ = 0;
  BackgroundErase background_;
  CowPtr<FaultState> faults_;  // null until a fault needs it
  std::uint64_t read_index_ = 0;
  std::uint32_t busy_calls_ = 0;
  bool caller_knows_of_cut_ = true;
  ObserverSlot observer_;
};

}  // namespace flashsim

#endif  // FLASHSIM_SIM_FLASH_H_
