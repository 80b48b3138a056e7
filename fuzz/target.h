// fuzz/target.h - a setup with everything that is needed to attack it.
#ifndef FUZZ_TARGET_H_
#define FUZZ_TARGET_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "fuzz/cut_style.h"
#include "fuzz/life.h"
#include "fuzz/rig.h"

namespace norlog::fuzz {

// The setups that campaigns attack, in the order of their work: SmallRings();
// "plus8-..." (kOncePlusZero), "fram-..." (kOverwrite), "card-..." (that, and writes out of order);
// "ring4k-overwrite", 16 buckets of 4 KiB; each chip of flashsim::Profiles(), with the few erase
// units that make a small ring, under the chip's own name; and rings whose counters stand near
// their ends, "<setup>@lap-2", "@from-255", "@record-2^32", "@record-2^63",
// "@record-last", "@totals", "@time".
// "canary" is a chip that forgets bits while nobody tells the oracle: a campaign
// against it must fail.
const std::vector<Setup>& CampaignSetups();

// Those that are attacked if nothing else is said: the small rings.
std::vector<std::string> DefaultSetups();
// The names of those that are named chips.
std::vector<std::string> ProfileSetups();

// The setup of that name; "random N" and "random chip N" are the random configurations
// number N (plan.h), "... damaged" those whose headers go bad, "... harmed" those whose chips
// harm what was committed. kNotFound names those there are.
absl::StatusOr<Setup> FindSetup(absl::string_view name);

// "8 x 1024 B, unit 1, kBits".
std::string GeometryOf(const Setup& setup);

// AllCutStyles, then UnstableStyles: what the numbers in case ids mean.
std::vector<CutStyle> StylesOf(const Setup& setup);

struct Target {
  Setup setup;
  std::vector<CutStyle> styles;
  Life life;
};

// Records a life of so many laps; 0: two (of a chip that wears out four).
Target MakeTarget(const Setup& setup, std::uint32_t laps = 0);

}  // namespace norlog::fuzz

#endif  // FUZZ_TARGET_H_
