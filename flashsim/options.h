// flashsim/options.h - which faults a chip has beside the cuts that a test plans.
//
// A default-constructed SimOptions is a chip without faults of its own. The
// numbers in brackets are the fault classes of DESIGN section 5. Probabilities
// are parts per million (_ppm).
#ifndef FLASHSIM_OPTIONS_H_
#define FLASHSIM_OPTIONS_H_

#include <cstdint>

#include "flashsim/fault_class.h"
#include "flashsim/faults.h"
#include "flashsim/marginal.h"
#include "flashsim/rng.h"
#include "flashsim/wear.h"

namespace flashsim {

// What a kOnce unit does when programmed again after its program was torn.
enum class TornUnitPolicy : std::uint8_t { kRefuse, kAccept, kRandom };

// What a kOnce unit does when programmed again after a completed program: a
// violation either way.
enum class SecondProgram : std::uint8_t {
  kRefused,   // kProgramError, nothing changes (STM32 L4 and G0, Semper)
  kEccError,  // kOk, the bits are ANDed, and every read of the unit fails from then on (STM32 H7)
};

// Bit n: the tear with the number n may happen to this part.
constexpr std::uint16_t TearBit(ProgramTear tear) {
  return static_cast<std::uint16_t>(1U << static_cast<unsigned>(tear));
}
constexpr std::uint16_t TearBit(EraseTear tear) {
  return static_cast<std::uint16_t>(1U << static_cast<unsigned>(tear));
}
inline constexpr std::uint16_t kAnyTear = 0xFFFF;

struct SimOptions {
  // --- Cuts [5, 6, 7, 10] ---------------------------------------------------
  MarginalMode marginal_mode = MarginalMode::kMixed;
  // How many power cycles a "seems complete / blank / untouched" tear keeps up
  // the appearance. 1: the mount after the cut sees it so, later ones may not.
  // 0: unstable at once.
  std::uint32_t first_look_cycles = 1;
  // A torn program may disturb every bit of its scope, not only those that it
  // was to change (nor_flash.h allows it).
  bool hostile_scope = false;
  TornUnitPolicy torn_unit = TornUnitPolicy::kRandom;

  // --- Reads [13, 19] ---------------------------------------------------------
  std::uint32_t torn_read_error_ppm = 0;  // of each read that touches a torn kOnce unit
  std::uint32_t read_error_ppm = 0;       // of each read, transient
  std::uint32_t read_error_every = 0;     // each n-th read fails; 0 = never

  // --- Wear [20] ----------------------------------------------------------------
  // Erases that a unit lasts; 0 = for ever. Each unit lasts up to
  // `endurance_spread` more. Then it turns bad, in `endurance_mode`.
  std::uint32_t endurance_erases = 0;
  std::uint32_t endurance_spread = 0;
  BadMode endurance_mode = BadMode::kEraseFails;

  // Of MarginalMode::kPattern: bit k (0 to 3) is what a marginal bit reads at
  // its k-th read since it became marginal, across power cycles; bit 3 also at
  // all later reads. The 16 values are all courses of the first four reads.
  std::uint8_t unstable_pattern = 0;
  // Which pictures RandomTear(options, rng) draws for this part.
  std::uint16_t program_tears = kAnyTear;
  std::uint16_t erase_tears = kAnyTear;
  // [11] Of each byte in the other pages of the erase unit, when a program in
  // it is torn (kNone and kAll do no harm): loses about half of its ones.
  std::uint32_t collateral_ppm = 0;
  SecondProgram second_program = SecondProgram::kRefused;  // [12]
  // [13] Of each read that touches a kOnce unit whose erase was torn.
  std::uint32_t half_erased_read_error_ppm = 0;
  // [14] Reads that touch an erased kOnce unit fail: the ECC bits are blank,
  // too. BlankCheck still tells; PartHal is a port that uses it.
  bool blank_read_errors = false;
  // [15] Programs since the last completed erase; 0 = no limit. One more is
  // kProgramLimit, and is carried out. A unit in which a cut has left no solid 0 counts
  // anew (G12 lets it be tried again). A block is program_block_bytes long (0: a page) and counts
  // the operations that touch it.
  std::uint16_t max_programs_per_unit = 0;
  std::uint16_t max_programs_per_block = 0;
  std::uint32_t program_block_bytes = 0;
  // [16] kPageCrossed is carried out as chips do: what passes the page's end
  // is programmed at its beginning; of more than a page, the last page counts.
  bool page_wrap = false;
  // [17] The first so many calls after a ResetAt find the chip busy: reads get
  // FF, programs and erases do nothing, all say kOk. 0: the port waits (C20).
  std::uint32_t dropped_after_reset = 0;
  // [18] Of each torn operation (except kNone and kAll): a part of it happens
  // at an address with one wrong bit.
  std::uint32_t misdirect_ppm = 0;
  // [21] Each erase that a unit has seen makes its erases so much longer.
  std::uint32_t erase_growth_ppm = 0;
  // [22] Bits that flip at each PowerOn: a number, and a rate in parts per
  // billion of the chip's bits. At random places, all over the chip.
  std::uint32_t retention_flips = 0;
  std::uint32_t retention_ppb = 0;
  // [23] At a cut, any subset of the operations since the last Sync has
  // reached the medium, in any order, each of them whole.
  bool unordered_writes = false;
  // The chip erases by itself (NorFlash::StartErase) until Busy was asked so often;
  // every cut until then tears the erase as well. 0: not offered.
  std::uint32_t background_erase_polls = 0;
};

// Switches a class on, with values that show it quickly in a small chip.
// Classes without an option (1 to 5, 7 to 10, 12's refusal) change nothing.
void Enable(FaultClass fault, SimOptions& options);

// True if such a chip may destroy, by physics, what was committed, or say kOk
// to what it did not do: classes 11, 18, 22, 20 (silent no-ops and stuck bits;
// an erase or program that says that it failed destroys nothing committed), and
// 17 where commands are dropped. No engine can prevent a loss then: an oracle
// must allow it within SimFlash::harmed(), and nowhere else.
bool CanHarmCommittedData(const SimOptions& options);

// A tear that this part may show, all of them alike, and a random seed. If the
// masks allow none: kNone.
Tear RandomTear(const SimOptions& options, Rng& rng);

}  // namespace flashsim

#endif  // FLASHSIM_OPTIONS_H_
