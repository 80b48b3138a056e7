// flashsim/harm.h - what a chip destroyed outside the scope of an operation.
//
// The contract confines a cut to the interrupted operation. Some chips do not
// keep to it, others forget: then data is lost that no engine can save, and an
// oracle must know exactly which, to judge that nothing else is.
#ifndef FLASHSIM_HARM_H_
#define FLASHSIM_HARM_H_

#include <cstdint>
#include <string>
#include <vector>

#include "flashsim/fault_class.h"

namespace flashsim {

// A run of bytes, within one erase unit, of which each is not what it should
// be: changed behind the caller's back, or not changed although kOk was said.
struct HarmedRange {
  FaultClass cause = FaultClass::kRetention;
  std::uint64_t address = 0;
  std::uint32_t size = 0;         // bytes, at least 1
  std::uint64_t op_index = 0;     // mutating operations started before the harm
  std::uint32_t power_cycle = 0;  // in which it was done
  bool healed = false;            // an erase of the unit has completed since
};

// "kCollateral: 3 B at 0x1040 (after 17 operations)".
std::string ToString(const HarmedRange& range);

// Everything that was harmed since the chip was made, oldest first.
class HarmList {
 public:
  // Lengthens the last range if the new one continues it and `may_merge`: the
  // caller knows where erase units begin.
  void Add(const HarmedRange& range, bool may_merge);
  const std::vector<HarmedRange>& ranges() const { return ranges_; }

  // Does a range that is not healed overlap these bytes?
  bool Lasts(std::uint64_t address, std::uint64_t size) const;
  // Whole erase units were erased.
  void Heal(std::uint64_t address, std::uint64_t size);

 private:
  std::vector<HarmedRange> ranges_;
};

}  // namespace flashsim

#endif  // FLASHSIM_HARM_H_
