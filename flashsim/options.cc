#include "flashsim/options.h"

#include <cstddef>

namespace flashsim {
namespace {

// The n-th of those tears whose bit is set; the first kind (kNone) if there is none.
template <typename Kinds>
auto Draw(const Kinds& kinds, std::uint16_t allowed, Rng& rng) {
  std::uint64_t count = 0;
  for (const auto kind : kinds) count += (TearBit(kind) & allowed) != 0 ? 1 : 0;
  std::uint64_t skip = rng.Below(count);
  for (const auto kind : kinds) {
    if ((TearBit(kind) & allowed) == 0) continue;
    if (skip-- == 0) return kind;
  }
  return kinds[0];
}

}  // namespace

void Enable(FaultClass fault, SimOptions& options) {
  switch (fault) {
    case FaultClass::kMarginalCells: options.first_look_cycles = 0; return;
    case FaultClass::kCollateral: options.collateral_ppm = 20'000; return;
    case FaultClass::kTornEccWord:
      options.torn_read_error_ppm = 1'000'000;
      options.half_erased_read_error_ppm = 1'000'000;
      return;
    case FaultClass::kBlankReads: options.blank_read_errors = true; return;
    case FaultClass::kProgramLimit:
      options.max_programs_per_unit = 2;
      options.max_programs_per_block = 403;
      options.program_block_bytes = 512;
      return;
    case FaultClass::kPageWrap: options.page_wrap = true; return;
    case FaultClass::kMcuReset: options.dropped_after_reset = 3; return;
    case FaultClass::kWrongAddress: options.misdirect_ppm = 500'000; return;
    case FaultClass::kReadErrors: options.read_error_ppm = 10'000; return;
    case FaultClass::kWearOut:
      options.endurance_erases = 20;
      options.endurance_spread = 20;
      return;
    case FaultClass::kSlowErase: options.erase_growth_ppm = 80; return;
    case FaultClass::kRetention: options.retention_flips = 1; return;
    case FaultClass::kUnorderedWrites: options.unordered_writes = true; return;
    default: return;
  }
}

bool CanHarmCommittedData(const SimOptions& options) {
  const bool wears_out_silently =
      options.endurance_erases != 0 && (options.endurance_mode == BadMode::kSilentProgram ||
                                        options.endurance_mode == BadMode::kStuckBit);
  return wears_out_silently || options.collateral_ppm != 0 || options.misdirect_ppm != 0 ||
         options.retention_flips != 0 || options.retention_ppb != 0 ||
         options.dropped_after_reset != 0;
}

Tear RandomTear(const SimOptions& options, Rng& rng) {
  Tear tear;
  tear.program = Draw(kProgramTears, options.program_tears, rng);
  tear.erase = Draw(kEraseTears, options.erase_tears, rng);
  tear.seed = rng.Next();
  return tear;
}

}  // namespace flashsim
