// flashsim/wear.h - erase counts, and units that have gone bad.
#ifndef FLASHSIM_WEAR_H_
#define FLASHSIM_WEAR_H_

#include <array>
#include <cstdint>
#include <vector>

#include "flashsim/cow.h"

namespace flashsim {

// How a worn-out erase unit shows it (DESIGN section 5, class 20).
enum class BadMode : std::uint8_t {
  kGood,
  kEraseFails,     // erase says kEraseError; leaves the old bits, a mix, or even all FF (write-once
                   // units are then as where a cut interrupted their erase)
  kProgramFails,   // program says kProgramError; leaves some of the bits changed
  kSilentProgram,  // program says kOk and changes nothing
  kStuckBit,       // one bit of the unit stays 0, or stays 1, whatever is done
};

// "kEraseFails". Never null.
const char* Name(BadMode mode);

struct WearSummary {
  std::uint32_t min = 0;
  std::uint32_t max = 0;
  double mean = 0.0;
  std::uint64_t total = 0;
};

// A cell that ignores program and erase.
struct StuckBit {
  std::uint64_t address = 0;
  std::uint8_t mask = 0;  // one bit
  bool one = false;       // stuck at 1 (never programs), else at 0 (never erases)
};

struct BadUnit {
  std::uint32_t unit = 0;
  BadMode mode = BadMode::kGood;
  StuckBit stuck;  // of kStuckBit
};

// Per erase unit; sparse and copy-on-write as Cells.
class Wear {
 public:
  explicit Wear(std::uint32_t unit_count);

  std::uint32_t count(std::uint32_t unit) const;
  // Returns the new count.
  std::uint32_t CountErase(std::uint32_t unit);
  WearSummary Summary() const;

  bool any_bad() const { return !bad_.empty(); }
  const std::vector<BadUnit>& bad_units() const { return bad_; }
  // Null if the unit is good.
  const BadUnit* FindBad(std::uint32_t unit) const;
  // Replaces what was known of bad.unit; kGood heals it.
  void SetBad(const BadUnit& bad);

 private:
  static constexpr std::uint32_t kUnitsPerLeaf = 64;
  struct Leaf : RefCounted {
    std::array<std::uint32_t, kUnitsPerLeaf> counts{};
  };

  std::uint32_t unit_count_;
  CowArray<Leaf> leaves_;
  std::vector<BadUnit> bad_;  // few: sorted by unit
};

}  // namespace flashsim

#endif  // FLASHSIM_WEAR_H_
