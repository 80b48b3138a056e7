// What reading costs: from the oldest record to the newest.
#include "norlog/query.h"

#include <cstdint>
#include <string>
#include <vector>

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

struct QueryCost {
  std::uint64_t records = 0;
  flashsim::Counters flash;
};

QueryCost Ask(SteadyRing& ring, const QuerySpec& spec) {
  std::vector<std::uint8_t> block(ring.setup().options.block_bytes);
  const flashsim::Counters before = ring.chip().counters();
  Query query(ring.log(), spec, block);
  QueryCost cost;
  Record record;
  for (Status status = query.Next(record); status != Status::kNothingYet;
       status = query.Next(record)) {
    CheckOk(status);
    ++cost.records;
  }
  cost.flash = ring.chip().counters() - before;
  return cost;
}

// A hundred records of 16 bytes (a 64-bit time and 8 more) from the middle of a
// full ring whose clock only rises. FlashDB: 2,265 reads and 68,096 bytes at 16 MiB,
// 16,601 reads at 128; RingFS 835,562 reads.
void HundredOfTheMiddle(std::uint32_t mebibytes, std::uint32_t commit_every, Report& report) {
  SteadySetup setup;
  setup.chip = flashsim::W25Q(mebibytes);
  setup.options = BenchOptions(4096, commit_every);
  SteadyRing ring(setup);
  ring.Lap();
  const Stats stats = ring.GetStats();
  const std::uint64_t middle = (stats.first_sequence.value + stats.last_sequence.value) / 2;
  QuerySpec spec;
  spec.from_time = SampleTime(middle);
  spec.to_time = SampleTime(middle + 99);
  const QueryCost cost = Ask(ring, spec);
  const std::string name =
      absl::StrCat("query/100_of_the_middle/", mebibytes, "MiB/commit_", commit_every, "/");
  report.AtLeast(name + "records", static_cast<double>(cost.records), "records", 100);
  report.AtMost(name + "reads", static_cast<double>(cost.flash.reads), kReads,
                mebibytes > 16 ? 80 : 60);
  report.AtMost(name + "bytes", static_cast<double>(cost.flash.bytes_read), kBytes, 6 * 1024);
  report.Add(name + "chip_us", static_cast<double>(cost.flash.chip_time_ns) / 1000, kChipUs);
}

constexpr std::uint8_t kRareTag = 2;

// One record in a hundred has another tag: each hundredth, or 128 in a row.
void RareTag(std::uint32_t block_bytes, bool bursts, Report& report) {
  SteadySetup setup;
  setup.options = BenchOptions(4096, 16);
  setup.options.block_bytes = block_bytes;
  setup.append = [bursts](Log& log, std::uint64_t i) {
    const bool rare = bursts ? i % 12'800 < 128 : i % 100 == 50;
    return log.Append(rare ? kRareTag : kSampleTag, SampleTime(i), RandomPayload(i, 16)).status;
  };
  SteadyRing ring(setup);
  ring.Lap();
  QuerySpec spec;
  spec.tags = {kRareTag};
  const QueryCost cost = Ask(ring, spec);
  const double share = static_cast<double>(cost.flash.bytes_read) /
                       static_cast<double>(ring.chip().geometry().size_bytes());
  report.AtMost(absl::StrCat("query/tag_of_1_percent/", bursts ? "bursts" : "scattered", "/block_",
                             block_bytes, "/share_of_log"),
                share, kShare, bursts ? 0.05 : 0.25);
}

// The newest record of a tag that was last used half a ring ago.
void Latest(Report& report) {
  SteadySetup setup;
  setup.options = BenchOptions(4096, 16);
  SteadyRing ring(setup);
  ring.Lap();
  CheckOk(ring.log().Append(kRareTag, 0, {}).status);
  const BucketNumber head = ring.GetStats().head;
  while (ring.GetStats().head < head + 128) ring.Append();
  std::vector<std::uint8_t> block(setup.options.block_bytes);
  const flashsim::Counters before = ring.chip().counters();
  Record record;
  CheckOk(LatestOf(ring.log(), kRareTag, block, record));
  const flashsim::Counters cost = ring.chip().counters() - before;
  report.AtMost("query/latest_of/256_buckets/reads", static_cast<double>(cost.reads), kReads,
                2 * 8 + 8);
  report.Add("query/latest_of/256_buckets/bytes", static_cast<double>(cost.bytes_read), kBytes);
}

}  // namespace

void RunQuery(const SuiteOptions& options, Report& report) {
  for (const std::uint32_t bucket_bytes : {4096U, 65'536U}) {
    for (const std::uint32_t commit_every : {1U, 16U}) {
      if (options.quick && bucket_bytes != 4096) continue;
      SequentialRead(commit_every, bucket_bytes, report);
    }
  }
  for (const std::uint32_t commit_every : {1U, 16U}) {
    HundredOfTheMiddle(1, commit_every, report);
    if (options.quick) continue;
    HundredOfTheMiddle(16, commit_every, report);
    HundredOfTheMiddle(128, commit_every, report);
  }
  for (const std::uint32_t block_bytes : {256U, 1024U}) {
    RareTag(block_bytes, /*bursts=*/false, report);
    RareTag(block_bytes, /*bursts=*/true, report);
  }
  Latest(report);
}

}  // namespace norlog::bench
