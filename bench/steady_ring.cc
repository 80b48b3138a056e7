#include "bench/steady_ring.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace norlog::bench {

void CheckOk(Status status) {
  if (status == Status::kOk) return;
  std::fprintf(stderr, "benchmark: %s\n", StatusName(status));
  std::abort();
}

Options BenchOptions(std::uint32_t bucket_bytes, std::uint32_t commit_every) {
  Options options;
  options.bucket_bytes = bucket_bytes;
  options.block_bytes = std::max(std::uint32_t{1024}, bucket_bytes / kMaxBlocksPerBucket);
  options.commit_every = commit_every;
  return options;
}

double SteadyCost::AppendUs(double share) const {
  const auto last = static_cast<double>(append_ns.size() - 1);
  return static_cast<double>(append_ns[static_cast<std::size_t>(share * last)]) / 1000;
}

SteadyRing::SteadyRing(const SteadySetup& setup)
    : setup_(setup),
      chip_(setup.chip, /*seed=*/1),
      memory_(RequiredMemory(setup.options, chip_.geometry())),
      log_(chip_, setup.options, memory_, nullptr, setup.encoding),
      bucket_count_(chip_.geometry().size_bytes() / setup.options.bucket_bytes) {
  CheckOk(log_.Format(1));
}

Stats SteadyRing::GetStats() {
  Stats stats;
  CheckOk(log_.GetStats(stats));
  return stats;
}

void SteadyRing::Lap() {
  const BucketNumber goal = Head() + bucket_count_;
  while (Head() < goal) Append();
  CheckOk(log_.Commit().status);
}

SteadyCost SteadyRing::Measure() {
  SteadyCost cost;
  const Sequence first = GetStats().last_accepted;
  const flashsim::Counters before = chip_.counters();
  const BucketNumber goal = Head() + setup_.laps * bucket_count_;
  while (Head() < goal) {
    const std::uint64_t start = chip_.counters().chip_time_ns;
    if (setup_.maintain) {
      const Status status = log_.Maintain(1);
      if (status != Status::kNothingYet) CheckOk(status);
    }
    const std::uint64_t maintained = chip_.counters().chip_time_ns;
    Append();
    cost.append_ns.push_back(chip_.counters().chip_time_ns - maintained);
    cost.worst_maintain_ns = std::max(cost.worst_maintain_ns, maintained - start);
  }
  CheckOk(log_.Commit().status);
  cost.flash = chip_.counters() - before;
  std::sort(cost.append_ns.begin(), cost.append_ns.end());
  cost.stats = GetStats();
  cost.records = cost.stats.last_sequence - first;
  const flashsim::WearSummary wear = chip_.wear();
  cost.wear_spread = wear.max - wear.min;
  if (chip_.violations().count() != 0) std::abort();
  return cost;
}

SteadyCost MeasureSteady(const SteadySetup& setup) {
  SteadyRing ring(setup);
  for (std::uint32_t i = 0; i < setup.warm_up; ++i) ring.Lap();
  return ring.Measure();
}

}  // namespace norlog::bench
