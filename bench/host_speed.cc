// norlog-host-speed: what the engine takes of a host's processor. Each benchmark
// is run with two fixed numbers of iterations, so that bench/host.py, which runs
// this program under callgrind, can take the set-up away from the difference.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <span>
#include <vector>

#include "bench/prefilled_chip.h"
#include "bench/steady_ring.h"
#include "flashsim/profiles.h"
#include "flashsim/sim_flash.h"
#include "norlog/log.h"
#include "norlog/reader.h"

namespace norlog::bench {
namespace {

constexpr std::uint32_t kPayloadBytes = 8;  // with the time: the record "Qff"
constexpr int kFew = 2000;
constexpr int kMany = 4000;

// Memory and nothing else: the simulator's own work would be counted, too.
class RamFlash final : public NorFlash {
 public:
  explicit RamFlash(const Geometry& geometry)
      : geometry_(geometry), bytes_(geometry.size_bytes(), 0xFF) {}
  const Geometry& geometry() const override { return geometry_; }
  Status Read(std::uint64_t address, std::span<std::uint8_t> out) override {
    std::memcpy(out.data(), &bytes_[address], out.size());
    return Status::kOk;
  }
  Status Program(std::uint64_t address, std::span<const std::uint8_t> data) override {
    std::memcpy(&bytes_[address], data.data(), data.size());
    return Status::kOk;
  }
  Status Erase(std::uint64_t address, std::uint32_t size) override {
    std::memset(&bytes_[address], 0xFF, size);
    return Status::kOk;
  }
  std::span<std::uint8_t> bytes() { return bytes_; }

 private:
  const Geometry geometry_;
  std::vector<std::uint8_t> bytes_;
};

// A log of 1 MiB, commits by 16.
class SmallLog {
 public:
  SmallLog() { CheckOk(log_.Format(1)); }
  void Append() {
    payload_[0] = static_cast<std::uint8_t>(appended_);
    CheckOk(log_.Append(kSampleTag, SampleTime(appended_++), payload_).status);
  }
  Log& log() { return log_; }

 private:
  const Options options_ = BenchOptions(4096, 16);
  RamFlash flash_{flashsim::W25Q(1).geometry};
  std::vector<std::uint8_t> memory_ =
      std::vector<std::uint8_t>(RequiredMemory(options_, flash_.geometry()));
  Log log_{flash_, options_, memory_};
  std::array<std::uint8_t, kPayloadBytes> payload_{};
  std::uint64_t appended_ = 0;
};

void Append(benchmark::State& state) {
  SmallLog log;
  for (auto _ : state) log.Append();
  CheckOk(log.log().Commit().status);
}

void ReadRecord(benchmark::State& state) {
  SmallLog log;
  for (int i = 0; i < 2 * kMany; ++i) log.Append();
  CheckOk(log.log().Commit().status);
  Reader reader(log.log(), 0);
  Record record;
  for (auto _ : state) {
    CheckOk(reader.Next(record));
    benchmark::DoNotOptimize(record);
  }
}

// Full, wrapped, closed; four readers.
void Mount16MiB(benchmark::State& state) {
  RingState ring;
  ring.options = BenchOptions(4096, 16);
  const flashsim::Profile chip = flashsim::W25Q(16);
  const std::uint32_t buckets = chip.geometry.erase_unit_count;
  ring.head = {3 * std::uint64_t{buckets} + buckets / 3};
  const PrefilledChip filled(flashsim::SimFlash(chip, {}), ring);
  RamFlash flash(chip.geometry);
  for (std::uint32_t i = 0; i < buckets; ++i) {
    const std::vector<std::uint8_t> image = filled.Image({i});
    std::copy(image.begin(), image.end(), &flash.bytes()[i * std::size_t{4096}]);
  }
  std::vector<std::uint8_t> memory(RequiredMemory(ring.options, chip.geometry));
  Log log(flash, ring.options, memory);
  for (auto _ : state) {
    CheckOk(log.Mount());
    CheckOk(log.Close());
  }
}

// What the same bytes cost at least.
void CopyRecord(benchmark::State& state) {
  const std::vector<std::uint8_t> from(1U << 20, 1);
  std::vector<std::uint8_t> to(1U << 20);
  std::size_t at = 0;
  for (auto _ : state) {
    std::memcpy(&to[at], &from[at], kQffBytes);
    benchmark::DoNotOptimize(to.data());
    at = (at + kQffBytes) % to.size();
  }
}

BENCHMARK(Append)->Iterations(kFew);
BENCHMARK(Append)->Iterations(kMany);
BENCHMARK(ReadRecord)->Iterations(kFew);
BENCHMARK(ReadRecord)->Iterations(kMany);
BENCHMARK(Mount16MiB)->Iterations(kFew);
BENCHMARK(Mount16MiB)->Iterations(kMany);
BENCHMARK(CopyRecord)->Iterations(kFew);
BENCHMARK(CopyRecord)->Iterations(kMany);

}  // namespace
}  // namespace norlog::bench

BENCHMARK_MAIN();
