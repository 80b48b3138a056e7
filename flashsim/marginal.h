// flashsim/marginal.h - how cells near the sense threshold read.
//
// After a cut a cell may hold too much charge for a sure 1 and too little for
// a sure 0. How it then reads depends on temperature, supply and neighbours:
// from read to read, or from one power cycle to the next (DESIGN section 5,
// classes 5, 6, 7 and 10). Both are modelled, since engines fail differently:
// the second passes every re-read and verify of one mount.
#ifndef FLASHSIM_MARGINAL_H_
#define FLASHSIM_MARGINAL_H_

#include <cstdint>

#include "flashsim/faults.h"
#include "flashsim/read_counts.h"
#include "flashsim/rng.h"

namespace flashsim {

enum class MarginalMode : std::uint8_t {
  kPerRead = 0,       // each bit random at each read
  kPerCycle = 1,      // one choice per tear and power cycle: all of its bits as they seemed, all
                      // the other way, all 1 or all 0
  kPerCycleBits = 2,  // each bit random, but stable within a power cycle
  kMixed = 3,         // one of the above, chosen by seed for each tear
  kPattern = 4,       // the first four reads of each bit: SimOptions::unstable_pattern
};

// Which tear made a cell marginal, and how that tear's cells behave. At most
// one operation is torn a power cycle, so the cycle's number identifies it.
class MarginalScope {
 public:
  MarginalScope() = default;

  // `mode` is not kMixed. `first_look`: the bits read as they seemed for the
  // first SimOptions::first_look_cycles cycles behind `born_cycle` (< 2^29).
  constexpr MarginalScope(std::uint32_t born_cycle, MarginalMode mode, bool first_look)
      : packed_((born_cycle << 3) | (first_look ? 4U : 0U) | Pack(mode)) {}

  constexpr std::uint32_t born_cycle() const { return packed_ >> 3; }
  constexpr bool first_look() const { return (packed_ & 4U) != 0; }
  constexpr MarginalMode mode() const {
    const std::uint32_t packed = packed_ & 3U;
    return packed == 3U ? MarginalMode::kPattern : static_cast<MarginalMode>(packed);
  }

 private:
  // Two bits: kPattern takes the place of kMixed, which never gets here.
  static constexpr std::uint32_t Pack(MarginalMode mode) {
    return mode == MarginalMode::kPattern ? 3U : static_cast<std::uint32_t>(mode);
  }

  std::uint32_t packed_ = 0;  // packed because there is one per marginal byte
};

// What marginal bits depend on, beside their scope.
struct MarginalContext {
  std::uint64_t seed;
  std::uint32_t cycle;  // the present power cycle
  std::uint32_t first_look_cycles;
  std::uint8_t pattern = 0;      // of kPattern: bit k is the k-th read
  ReadCounts* counts = nullptr;  // of kPattern; null: later than the pattern
};

// All of a tear's bits at once: as they seemed, inverted, all 1, all 0. For a
// torn program the last three are "as before" or "as programmed", so a frame is
// there at one mount and gone at the next; for a torn erase they are the old
// content, FF, 00 or noise.
constexpr std::uint8_t WholeScopeValue(CellByte cell, std::uint64_t choice) {
  const unsigned value = cell.value;
  const unsigned mask = cell.marginal;
  switch (choice & 3U) {
    case 0: return cell.value;
    case 1: return static_cast<std::uint8_t>(value ^ mask);
    case 2: return static_cast<std::uint8_t>(value | mask);
    default: return static_cast<std::uint8_t>(value & ~mask);
  }
}

// A bit's course of reads is fixed beforehand; its marginal neighbours share it.
inline std::uint8_t PatternValue(const MarginalContext& context, MarginalScope scope, CellByte cell,
                                 std::uint64_t address) {
  const std::uint32_t read = context.counts == nullptr
                                 ? ReadCounts::kLast
                                 : context.counts->Next(address, scope.born_cycle());
  const bool one = ((unsigned{context.pattern} >> read) & 1U) != 0;
  return WholeScopeValue(cell, one ? 2 : 3);
}

// How `cell` at `address` reads now. Only kPerRead draws from `rng`.
inline std::uint8_t ReadMarginal(const MarginalContext& context, MarginalScope scope, CellByte cell,
                                 std::uint64_t address, Rng& rng) {
  if (scope.mode() == MarginalMode::kPattern) return PatternValue(context, scope, cell, address);
  const std::uint32_t age = context.cycle - scope.born_cycle();
  if (scope.first_look() && age <= context.first_look_cycles) return cell.value;
  const unsigned solid = cell.value & static_cast<unsigned>(~cell.marginal);
  if (scope.mode() == MarginalMode::kPerRead) {
    return static_cast<std::uint8_t>(solid | (rng.NextByte() & cell.marginal));
  }
  const std::uint64_t per_cycle =
      Mix64(context.seed, (std::uint64_t{scope.born_cycle()} << 32) | context.cycle);
  if (scope.mode() == MarginalMode::kPerCycle) return WholeScopeValue(cell, per_cycle);
  return static_cast<std::uint8_t>(solid | (Mix64(per_cycle, address) & cell.marginal));
}

}  // namespace flashsim

#endif  // FLASHSIM_MARGINAL_H_
