// fuzz/random_case.h - a random life with many cuts, from one 64-bit seed.
//
// Swarm testing: each case first draws which kinds of operations it has at all,
// how large its records are, how often it is cut and how; cases that lack
// something find what the average case never reaches.
#ifndef FUZZ_RANDOM_CASE_H_
#define FUZZ_RANDOM_CASE_H_

#include <cstdint>

#include "fuzz/script.h"

namespace norlog::fuzz {

// Its setup is "random N" (target.h) or one of the small named chips. It ends
// with a recovery and a whole further lap.
Script RandomScript(std::uint64_t seed);

// The seed of the case with this number in a campaign.
std::uint64_t SeedOf(std::uint64_t campaign_seed, std::uint64_t number);

}  // namespace norlog::fuzz

#endif  // FUZZ_RANDOM_CASE_H_
