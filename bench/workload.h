// bench/workload.h - what is appended: one record after another, the same on
// every run.
#ifndef BENCH_WORKLOAD_H_
#define BENCH_WORKLOAD_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "flashsim/rng.h"
#include "norlog/log.h"

namespace norlog::bench {

// Appends sample number `i` (from 0 up) to the log.
using AppendSample = std::function<Status(Log& log, std::uint64_t i)>;

inline constexpr std::uint8_t kSampleTag = 1;
inline constexpr std::int64_t kSampleStep = 1000;

inline std::int64_t SampleTime(std::uint64_t i) {
  return static_cast<std::int64_t>(i) * kSampleStep;
}

// Bits that do not compress.
inline std::vector<std::uint8_t> RandomPayload(std::uint64_t i, std::uint32_t bytes) {
  flashsim::Rng rng(i + 1);
  std::vector<std::uint8_t> payload(bytes);
  for (std::uint8_t& byte : payload) byte = rng.NextByte();
  return payload;
}

// Records of `payload_bytes` random bytes at a regular step.
inline AppendSample AppendRandom(std::uint32_t payload_bytes) {
  return [payload_bytes](Log& log, std::uint64_t i) {
    return log.Append(kSampleTag, SampleTime(i), RandomPayload(i, payload_bytes)).status;
  };
}

// "Qff": a 64-bit time at a regular step and two floats of random bits: 16
// bytes as a struct, of which 8 are payload.
inline constexpr std::uint32_t kQffBytes = 16;

inline Status AppendQff(Log& log, std::uint64_t i) {
  return AppendRandom(8)(log, i);
}

}  // namespace norlog::bench

#endif  // BENCH_WORKLOAD_H_
