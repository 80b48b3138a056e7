// fuzz/life.h - the uncut life of a log that a campaign then cuts everywhere.
//
// A workload is run once without cuts until the ring has been wrapped a few
// times; before each session (boot) the chip and the oracle are saved. The
// chip being a copy-on-write value, that costs next to nothing.
#ifndef FUZZ_LIFE_H_
#define FUZZ_LIFE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "fuzz/rig.h"
#include "fuzz/workload.h"

namespace norlog::fuzz {

// A mutating operation of the life, in the order of time.
struct LifeOperation {
  std::size_t session = 0;
  std::uint32_t lap = 0;  // of the ring
  flashsim::OpKind kind = flashsim::OpKind::kNone;
  std::uint64_t address = 0;
  std::uint32_t size = 0;
};

struct Life {
  std::vector<Session> sessions;
  std::vector<Checkpoint> checkpoints;    // before each session; as many
  std::vector<LifeOperation> operations;  // of all sessions
  std::vector<std::size_t> first;         // index of each session's first operation
  std::string report;                     // of the oracle: "" unless the uncut life broke
  std::size_t operation_count(std::size_t session) const {
    return (session + 1 < first.size() ? first[session + 1] : operations.size()) - first[session];
  }
};

// Records until the ring has been wrapped `laps` times, or its last lap is
// full. A life that breaks a guarantee ends there, with a report.
Life RecordLife(const Setup& setup, const WorkloadShape& shape, std::uint32_t laps);

// "program 84 B at 0x0414, bucket 1: header".
std::string Describe(const Setup& setup, const LifeOperation& operation);

}  // namespace norlog::fuzz

#endif  // FUZZ_LIFE_H_
