// fuzz/targets/rings.h - the small rings that the fuzzers start from.
//
// A fuzzer that must first fill a log wastes its time. Each ring therefore
// comes at four ages, made once and then copied on write: formatted, partly
// filled, wrapped, and wrapped with cuts behind it.
#ifndef FUZZ_TARGETS_RINGS_H_
#define FUZZ_TARGETS_RINGS_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "fuzz/rig.h"

namespace norlog::fuzz {

inline constexpr std::size_t kRingAges = 4;

struct Ring {
  Setup setup;
  // Between two sessions: the power is on, no log is mounted.
  std::array<Checkpoint, kRingAges> ages;
};

// How many rings there are: 4 to 16 buckets, chips of 1 to 8 KiB, every
// program rule, both retentions. The order never changes, so that a corpus
// keeps its meaning; new ones are added at the end.
std::size_t RingCount();

// Ring `index`, below RingCount(); made at the first call. Lives for ever.
const Ring& GetRing(std::size_t index);

// The chip and options of ring `index`; cheap.
Setup RingSetup(std::size_t index);

}  // namespace norlog::fuzz

#endif  // FUZZ_TARGETS_RINGS_H_
