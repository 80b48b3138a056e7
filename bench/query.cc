// What reading costs: from the oldest record to the newest.
#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "bench/steady_ring.h"
#include "bench/suite.h"

namespace norlog::bench {
namespace {

std::uint64_t ReadAll(Log& log) {
  Reader reader(log, 0);
  Record record;
  std::uint64_t records = 0;
  for (;;) {
    const Status status = reader.Next(record);
    if (status == Status::kNothingYet) return records;
    if (status == Status::kGap) continue;  // from record 1 to the oldest retained
    CheckOk(status);
    ++records;
  }
}

// The bus moves at most what the retained records occupy on flash.
void SequentialRead(std::uint32_t commit_every, std::uint32_t bucket_bytes, Report& report) {
  SteadySetup setup;
  setup.options = BenchOptions(bucket_bytes, commit_every);
  SteadyRing ring(setup);
  ring.Lap();
  const SteadyCost appended = ring.Measure();
  const flashsim::Counters before = ring.chip().counters();
  const std::uint64_t records = ReadAll(ring.log());
  const flashsim::Counters cost = ring.chip().counters() - before;
  const auto per_record = [&](std::uint64_t total) {
    return static_cast<double>(total) / static_cast<double>(records);
  };
  const std::string name =
      absl::StrCat("query/sequential/commit_", commit_every, "/", bucket_bytes / 1024, "KiB/");
  const double bus_ns = appended.bytes() * static_cast<double>(setup.chip.time.bus_byte_ns);
  report.Add(name + "reads", per_record(cost.reads), kReads);
  report.Add(name + "bytes", per_record(cost.bytes_read), kBytes);
  report.Add(name + "chip_us", per_record(cost.chip_time_ns) / 1000, kChipUs);
  report.Add(name + "records_a_second", 1e9 / per_record(cost.chip_time_ns), "1/s");
  report.AtLeast(name + "share_of_bus", bus_ns / per_record(cost.chip_time_ns), kShare, 0.9);
}

}  // namespace

void RunQuery(const SuiteOptions& options, Report& report) {
  for (const std::uint32_t bucket_bytes : {4096U, 65'536U}) {
    for (const std::uint32_t commit_every : {1U, 16U}) {
      if (options.quick && bucket_bytes != 4096) continue;
      SequentialRead(commit_every, bucket_bytes, report);
    }
  }
}

}  // namespace norlog::bench
