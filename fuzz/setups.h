// fuzz/setups.h - the small rings that are cut at every operation.
#ifndef FUZZ_SETUPS_H_
#define FUZZ_SETUPS_H_

#include <vector>

#include "fuzz/rig.h"
#include "fuzz/workload.h"

namespace norlog::fuzz {

// Sanitizers cost a factor of ten and more: under them a sample must do, the
// plain build tries everything.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kIsSanitized = true;
#elif defined(__has_feature)
inline constexpr bool kIsSanitized =
    __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
inline constexpr bool kIsSanitized = false;
#endif

// 8 buckets of 1 KiB with program units of 1 B (kBits), 8 B and 32 B (kOnce),
// and 4 buckets of one 256 B block (the least that can work); each with both
// retentions. And 8 buckets of one block with schemas, and two rings with compact
// frames. Named "nor-overwrite", "once32-keep", "toy-overwrite", ...
const std::vector<Setup>& SmallRings();

// A workload that suits the setup: records so large that two laps take some
// hundred operations, not thousands.
WorkloadShape ShapeFor(const Setup& setup);

}  // namespace norlog::fuzz

#endif  // FUZZ_SETUPS_H_
