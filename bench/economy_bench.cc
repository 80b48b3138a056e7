// What a record costs on flash: bytes and operations, chip time, erases, and
// how much of the chip is history.
//
// A steady ring on a 1 MiB W25Q; the record is time and two floats ("Qff", 16
// bytes as a struct) at a regular step. All counters but Google Benchmark's own
// times are exact and the same on any host:
//   bytes/record, ops/record, chip_us/record, erases/1000   over one lap
//   retained       record bytes (16 each) that a reader gets / bytes of the chip
//   programs+erases = ops
#include <benchmark/benchmark.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "flashsim/rng.h"
#include "flashsim/sim_flash.h"
#include "norlog/log.h"

namespace norlog::bench {
namespace {

constexpr std::uint32_t kPayloadBytes = 8;  // two floats
constexpr std::uint32_t kRecordBytes = 16;  // and the time

class SteadyRing {
 public:
  explicit SteadyRing(const Options& options)
      : chip_(flashsim::W25Q(1), /*seed=*/1),
        memory_(RequiredMemory(options, chip_.geometry())),
        log_(chip_, options, memory_),
        bucket_count_(chip_.geometry().size_bytes() / options.bucket_bytes) {
    Check(log_.Format(1));
    Lap();
  }

  void Append() {
    flashsim::Rng rng(++samples_);
    std::array<std::uint8_t, kPayloadBytes> payload;
    for (std::uint8_t& byte : payload) byte = rng.NextByte();
    Check(log_.Append(1, static_cast<std::int64_t>(samples_) * 1000, payload).status);
  }

  // Appends until the ring has gone round once.
  void Lap() {
    const BucketNumber goal = GetStats().head + bucket_count_;
    while (GetStats().head < goal) Append();
  }

  Stats GetStats() {
    Stats stats;
    Check(log_.GetStats(stats));
    return stats;
  }

  const flashsim::SimFlash& chip() const { return chip_; }

 private:
  static void Check(Status status) {
    if (status != Status::kOk) std::abort();
  }

  flashsim::SimFlash chip_;
  std::vector<std::uint8_t> memory_;
  Log log_;
  const std::uint64_t bucket_count_;
  std::uint64_t samples_ = 0;
};

// Arguments: records a commit, bucket bytes.
void Economy(benchmark::State& state) {
  Options options;
  options.commit_every = static_cast<std::uint32_t>(state.range(0));
  options.bucket_bytes = static_cast<std::uint32_t>(state.range(1));
  options.block_bytes = options.bucket_bytes > 16'384 ? options.bucket_bytes / 16 : 1024;
  SteadyRing ring(options);
  const flashsim::Counters before = ring.chip().counters();
  const Sequence first = ring.GetStats().last_sequence;
  for (auto _ : state) ring.Lap();
  const flashsim::Counters cost = ring.chip().counters() - before;
  const Stats stats = ring.GetStats();
  const auto records = static_cast<double>(stats.last_sequence - first);
  const auto ops = static_cast<double>(cost.programs + cost.erases);
  state.counters["bytes/record"] = static_cast<double>(cost.bytes_programmed) / records;
  state.counters["ops/record"] = ops / records;
  state.counters["chip_us/record"] = static_cast<double>(cost.chip_time_ns) / 1000 / records;
  state.counters["erases/1000"] = 1000 * static_cast<double>(cost.erases) / records;
  state.counters["retained"] = static_cast<double>(stats.records_retained) * kRecordBytes /
                               static_cast<double>(ring.chip().geometry().size_bytes());
  state.SetItemsProcessed(static_cast<std::int64_t>(records));
}

BENCHMARK(Economy)
    ->ArgNames({"commit_every", "bucket"})
    ->ArgsProduct({{1, 4, 16, 64}, {4096, 65'536}})
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace norlog::bench
