// flashsim/fault_class.h - the 23 ways in which real chips differ from a file.
//
// The numbering is that of DESIGN section 5. Which knob switches a class on:
//   1       always (ProgramRule::kOverwrite excepted)
//   2       SimFlash::CutNow
//   3 - 10  a Tear given to SimFlash::CutAt: see TearsOf
//   12      the geometry's ProgramRule; what a second program does: SimOptions
//   17      SimFlash::ResetAt
//   others  SimOptions: see Enable in options.h
#ifndef FLASHSIM_FAULT_CLASS_H_
#define FLASHSIM_FAULT_CLASS_H_

#include <array>
#include <cstdint>
#include <span>

#include "flashsim/faults.h"

namespace flashsim {

enum class FaultClass : std::uint8_t {
  kAndOnly = 1,           // programming clears bits, and nothing but an erase sets them
  kCutBetween = 2,        // the power goes between two operations
  kTornBytes = 3,         // torn program: the first (or last) bytes are done
  kTornBits = 4,          // torn program: any subset of its bits is done
  kMarginalImage = 5,     // torn program that seems complete
  kMarginalCells = 6,     // cells that read 0 or 1 by read, or by power cycle
  kFalseBlank = 7,        // torn program that seems not to have begun
  kErasePreProgram = 8,   // torn erase: zeros from the end
  kEraseMix = 9,          // torn erase: some cells erased, others not
  kEraseMarginal = 10,    // torn erase that seems complete
  kCollateral = 11,       // a torn program harms other pages of its erase unit
  kWriteOnce = 12,        // ECC words take one program
  kTornEccWord = 13,      // an ECC word whose program or erase was torn fails to read
  kBlankReads = 14,       // reading an ECC word that was erased and not programmed fails
  kProgramLimit = 15,     // so many programs per word and per block between two erases
  kPageWrap = 16,         // a program that passes its page's end goes on at its beginning
  kMcuReset = 17,         // reset, but the chip keeps power: the operation completes
  kWrongAddress = 18,     // brown-out: part of the operation lands elsewhere
  kReadErrors = 19,       // transient
  kWearOut = 20,          // errors, silent no-ops, stuck bits
  kSlowErase = 21,        // erase time grows with wear (erase suspend is not modelled)
  kRetention = 22,        // bits flip while nobody looks
  kUnorderedWrites = 23,  // a cache behind the HAL: any subset of what was not synced
};

inline constexpr int kFaultClassCount = 23;

// All, by number.
std::span<const FaultClass> AllFaultClasses();

// The enumerator's name ("kFalseBlank"). Never null.
const char* Name(FaultClass fault);

// The pictures of classes 3 to 10; empty for the others. Seeds are 0.
std::span<const Tear> TearsOf(FaultClass fault);

}  // namespace flashsim

#endif  // FLASHSIM_FAULT_CLASS_H_
