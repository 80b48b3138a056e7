// bench/workload.h - what is appended: one record after another, the same on
// every run.
#ifndef BENCH_WORKLOAD_H_
#define BENCH_WORKLOAD_H_

#include <array>
#include <cstdint>
#include <functional>
#include <vector>

#include "flashsim/rng.h"
#include "norlog/log.h"

namespace norlog::bench {

// Appends sample number `i` (from 0 up) to the log.
using AppendSample = std::function<Status(Log& log, std::uint64_t i)>;

// "Qff": a 64-bit time at a regular step and two floats of random bits: 16
// bytes as a struct, of which 8 are payload.
inline constexpr std::uint32_t kQffBytes = 16;

inline Status AppendQff(Log& log, std::uint64_t i) {
  flashsim::Rng rng(i + 1);
  std::array<std::uint8_t, 8> payload;
  for (std::uint8_t& byte : payload) byte = rng.NextByte();
  return log.Append(1, static_cast<std::int64_t>(i) * 1000, payload).status;
}

// Records of `payload_bytes` random bytes at a regular step.
inline AppendSample AppendRandom(std::uint32_t payload_bytes) {
  return [payload_bytes](Log& log, std::uint64_t i) {
    flashsim::Rng rng(i + 1);
    std::vector<std::uint8_t> payload(payload_bytes);
    for (std::uint8_t& byte : payload) byte = rng.NextByte();
    return log.Append(1, static_cast<std::int64_t>(i) * 1000, payload).status;
  };
}

}  // namespace norlog::bench

#endif  // BENCH_WORKLOAD_H_
