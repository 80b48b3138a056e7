// flashsim/power.h - when the power goes, and what was under way when it did.
#ifndef FLASHSIM_POWER_H_
#define FLASHSIM_POWER_H_

#include <cstdint>
#include <span>
#include <string>

#include "flashsim/faults.h"

namespace flashsim {

enum class OpKind : std::uint8_t {
  kNone,  // no operation: a cut between two of them
  kProgram,
  kErase,
};

// "program", "erase", "none". Never null.
const char* Name(OpKind kind);

// What the last cut hit. For kNone all of address, size and tear are zero.
struct CutInfo {
  OpKind kind = OpKind::kNone;
  std::uint64_t address = 0;
  std::uint32_t size = 0;
  Tear tear;
  std::uint64_t op_index = 0;     // mutating operations started before it, since construction
  std::uint32_t power_cycle = 0;  // the cycle that it ended (the first is 0)
  bool mcu_reset = false;         // no cut: the chip kept power and completed the operation
};

// "program of 24 B at 0x1000 torn kFalseBlank (operation 17, seed 3)", or
// "erase of 4096 B at 0x0 completed behind an MCU reset (operation 18)".
std::string ToString(const CutInfo& cut);

// The supply and the plan of its next failure.
class PowerSupply {
 public:
  // The mutating operation after `ops_before_cut` further ones is torn.
  void CutAt(std::uint64_t ops_before_cut, const Tear& tear);
  // The operation after `ops_before_reset` further ones completes, but the MCU
  // is reset meanwhile: its caller never hears.
  void ResetAt(std::uint64_t ops_before_reset);
  void CancelCut() { armed_ = false; }

  // Turns the power off and forgets the plan.
  void Off(const CutInfo& cut);

  // Starts a new power cycle. Also when it was on: a short off and on. After
  // an MCU reset the old cycle goes on.
  void On();

  // Whether the planned cut hits the next mutating operation.
  bool CutIsNext() const { return armed_ && ops_before_cut_ == 0; }

  // Counts one mutating operation; true if the planned cut hits this one.
  bool CountOp();

  bool powered() const { return powered_; }
  bool armed() const { return armed_; }
  // Whether the plan is an MCU reset.
  bool resets() const { return resets_; }
  bool cut_happened() const { return cut_happened_; }
  const Tear& tear() const { return tear_; }
  const CutInfo& last_cut() const { return last_cut_; }
  std::uint64_t op_count() const { return op_count_; }
  std::uint32_t cycle() const { return cycle_; }

 private:
  bool powered_ = true;
  bool armed_ = false;
  bool resets_ = false;
  bool cut_happened_ = false;
  std::uint32_t cycle_ = 0;
  std::uint64_t ops_before_cut_ = 0;
  std::uint64_t op_count_ = 0;
  Tear tear_;
  CutInfo last_cut_;
};

}  // namespace flashsim

#endif  // FLASHSIM_POWER_H_
