// bench/steady_ring.h - a log whose ring has gone round, and what it costs to
// append to it. Exact: flash counts and simulated chip time.
#ifndef BENCH_STEADY_RING_H_
#define BENCH_STEADY_RING_H_

#include <cstdint>
#include <vector>

#include "bench/workload.h"
#include "flashsim/sim_flash.h"
#include "norlog/log.h"

namespace norlog::bench {

// Ends the program with the status' name, should it not be kOk: a figure
// measured on a failing log is none.
void CheckOk(Status status);

// 4 KiB buckets in blocks of 1 KiB, or larger buckets in 16 blocks.
Options BenchOptions(std::uint32_t bucket_bytes, std::uint32_t commit_every);

struct SteadySetup {
  flashsim::Profile chip = flashsim::W25Q(1);
  Options options = BenchOptions(4096, 1);
  AppendSample append = AppendQff;
  const Encoding* encoding = nullptr;  // if options ask for one; outlives the ring
  bool maintain = false;      // Maintain(1) before each append, as a firmware does when idle
  std::uint32_t laps = 1;     // to measure
  std::uint32_t warm_up = 2;  // laps before: each unit is then erased at least twice
};

struct SteadyCost {
  std::uint64_t records = 0;
  flashsim::Counters flash;              // all in: appends, commits, maintenance
  std::vector<std::uint64_t> append_ns;  // chip time of each Append, sorted
  std::uint64_t worst_maintain_ns = 0;
  std::uint32_t wear_spread = 0;  // erase counts of the chip's units, max - min
  Stats stats;

  double PerRecord(std::uint64_t total) const {
    return static_cast<double>(total) / static_cast<double>(records);
  }
  double bytes() const { return PerRecord(flash.bytes_programmed); }
  double ops() const { return PerRecord(flash.programs + flash.erases); }
  double erases_per_1000() const { return 1000 * PerRecord(flash.erases); }
  double chip_us() const { return PerRecord(flash.chip_time_ns) / 1000; }
  // Chip time of an append that this share of all stay below, us.
  double AppendUs(double share) const;
};

// A formatted log on a chip of its own.
class SteadyRing {
 public:
  explicit SteadyRing(const SteadySetup& setup);
  SteadyRing(const SteadyRing&) = delete;
  SteadyRing& operator=(const SteadyRing&) = delete;

  void Append() { CheckOk(setup_.append(log_, samples_++)); }
  // Appends until the ring has gone round once more, and commits.
  void Lap();
  // Appends `setup.laps` laps, measured.
  SteadyCost Measure();

  Stats GetStats();
  Log& log() { return log_; }
  flashsim::SimFlash& chip() { return chip_; }
  const SteadySetup& setup() const { return setup_; }

 private:
  BucketNumber Head() { return log_.core().head.number; }

  const SteadySetup setup_;
  flashsim::SimFlash chip_;
  std::vector<std::uint8_t> memory_;
  Log log_;
  std::uint64_t bucket_count_;
  std::uint64_t samples_ = 0;
};

// Warms up and measures.
SteadyCost MeasureSteady(const SteadySetup& setup);

}  // namespace norlog::bench

#endif  // BENCH_STEADY_RING_H_
