// flashsim/faults.h - what an interrupted operation leaves in the cells.
//
// A cut does not undo an operation and does not complete it. These are the
// pictures that real chips leave behind (DESIGN section 5, classes 3 to 10),
// as pure functions from (cells before, operation, tear) to cells after.
#ifndef FLASHSIM_FAULTS_H_
#define FLASHSIM_FAULTS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "flashsim/rng.h"

namespace flashsim {

// One byte of the array. A *solid* bit reads as `value` says, always. A
// *marginal* bit (1 in `marginal`) holds a charge near the sense threshold;
// `value` is then only what it seemed to be just after the cut.
struct CellByte {
  std::uint8_t value = 0xFF;
  std::uint8_t marginal = 0x00;
  friend constexpr bool operator==(CellByte, CellByte) = default;
};

// "The bits to change" below: those which the operation, completed, would
// have changed (1 -> 0 under AND-programming; both ways under kOverwrite), and
// marginal ones that it would have made solid.
enum class ProgramTear : std::uint8_t {
  kNone,              // nothing happened; the command never started
  kAll,               // completed and solid; power went before the call returned
  kBytePrefix,        // a random number of bytes done, then one byte done in part
  kByteSuffix,        // the same from the end
  kOneBit,            // exactly one bit changed (none if there was none to change)
  kAllButOneBit,      // all changed except one
  kRandomBits25,      // each bit to change did so with probability 1/4
  kRandomBits50,      // ... 1/2
  kRandomBits75,      // ... 3/4
  kPlausibleWrong,    // all bytes done except one, which stayed as it was
  kCompleteMarginal,  // seems complete, but each changed bit is marginal
  kFalseBlank,        // seems untouched, but each bit to change is marginal
  kMixedMarginal,     // a random half of the bits solid, the rest marginal
};

enum class EraseTear : std::uint8_t {
  kNone,                 // nothing happened
  kAll,                  // completed and solid
  kPreProgram,           // pre-program phase: a random suffix zeroed, the beginning intact
  kAllZero,              // pre-program phase completed: all zero
  kHalfZeroUnderHeader,  // the first quarter intact, the rest zero
  kRandomBits25,         // erase phase: each 0 became 1 with probability 1/4
  kRandomBits50,         // ... 1/2
  kRandomBits75,         // ... 3/4
  kFfPrefix,             // a random number of bytes done, the rest intact
  kBlankMarginal,        // reads all FF, but each cell that was 0 is marginal
  kUntouchedMarginal,    // seems untouched, but every cell is marginal
};

// All kinds in order, for tests that enumerate them.
inline constexpr std::array kProgramTears = {
    ProgramTear::kNone,
    ProgramTear::kAll,
    ProgramTear::kBytePrefix,
    ProgramTear::kByteSuffix,
    ProgramTear::kOneBit,
    ProgramTear::kAllButOneBit,
    ProgramTear::kRandomBits25,
    ProgramTear::kRandomBits50,
    ProgramTear::kRandomBits75,
    ProgramTear::kPlausibleWrong,
    ProgramTear::kCompleteMarginal,
    ProgramTear::kFalseBlank,
    ProgramTear::kMixedMarginal,
};
inline constexpr std::array kEraseTears = {
    EraseTear::kNone,
    EraseTear::kAll,
    EraseTear::kPreProgram,
    EraseTear::kAllZero,
    EraseTear::kHalfZeroUnderHeader,
    EraseTear::kRandomBits25,
    EraseTear::kRandomBits50,
    EraseTear::kRandomBits75,
    EraseTear::kFfPrefix,
    EraseTear::kBlankMarginal,
    EraseTear::kUntouchedMarginal,
};

// The enumerator's name ("kFalseBlank"). Never null.
const char* Name(ProgramTear tear);
const char* Name(EraseTear tear);

// How the operation that a cut hits is torn. Which half counts depends on the
// operation that comes, so any Tear fits any operation. `seed` decides the
// random parts (which bits, how many bytes) and nothing else does.
struct Tear {
  ProgramTear program = ProgramTear::kNone;
  EraseTear erase = EraseTear::kNone;
  std::uint64_t seed = 0;
};

// A tear with both kinds drawn uniformly, and a random seed.
Tear RandomTear(Rng& rng);

// What a torn operation did, beside the cells: which bytes of its scope are
// torn, and whether those before and behind them are done or untouched.
struct TornRange {
  std::size_t begin = 0;
  std::size_t end = 0;  // begin == end: nothing torn (kNone, kAll)
  bool done_before = false;
  bool done_behind = false;
  // A marginal picture that is stable at first (it "seems" this or that).
  bool has_first_look = false;

  // Of an operation that no cut has hit.
  static constexpr TornRange Completed() { return {0, 0, true, true, false}; }
};

// Parameters of a torn program. `data` and the cells have the same size.
struct ProgramScope {
  std::span<const std::uint8_t> data;
  bool overwrite = false;  // kOverwrite: bits change both ways
  // The contract's worst case: the tear may also disturb the bits of the scope
  // which the program would have kept. Off: they are never touched.
  bool hostile = false;
};

// Both turn `cells` (before the operation) into what the cut leaves.
TornRange TearProgram(const Tear& tear, const ProgramScope& scope, std::span<CellByte> cells);
TornRange TearErase(const Tear& tear, std::span<CellByte> cells);

// The byte that a completed program leaves.
constexpr CellByte Programmed(CellByte before, std::uint8_t data, bool overwrite) {
  if (overwrite) return {data, 0x00};
  // Programming 0 makes a cell solid; programming 1 does nothing to it.
  return {static_cast<std::uint8_t>(before.value & data),
          static_cast<std::uint8_t>(before.marginal & data)};
}

}  // namespace flashsim

#endif  // FLASHSIM_FAULTS_H_
