// How long an append takes on the chip: mean, quantiles, worst; with and
// without maintenance; wear; large records against what the chip can program.
#include <algorithm>
#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "bench/packed.h"
#include "bench/steady_ring.h"
#include "bench/suite.h"

namespace norlog::bench {
namespace {

std::string Name(const SteadySetup& setup) {
  const std::uint32_t every = setup.options.commit_every;
  return absl::StrCat("append/qff/commit_", every == 0 ? "none" : absl::StrCat(every), "/",
                      setup.options.bucket_bytes / 1024, "KiB/",
                      setup.maintain ? "maintain/" : "no_maintain/");
}

void Latency(const SteadySetup& setup, Report& report) {
  const SteadyCost cost = MeasureSteady(setup);
  const std::string name = Name(setup);
  report.Add(name + "mean", cost.chip_us(), kChipUs);
  report.Add(name + "p50", cost.AppendUs(0.50), kChipUs);
  report.Add(name + "p99", cost.AppendUs(0.99), kChipUs);
  // A frame of 64 records does not lie within a page.
  const bool within_page = setup.options.commit_every == 1 || setup.options.commit_every == 16;
  if (setup.maintain && within_page) {
    report.AtMost(name + "worst", cost.AppendUs(1), kChipUs, 800);
    report.Add(name + "worst_maintain", static_cast<double>(cost.worst_maintain_ns) / 1000,
               kChipUs);
  } else {
    report.Add(name + "worst", cost.AppendUs(1), kChipUs);
  }
  report.Add(name + "bytes", cost.bytes(), kBytes);
  report.Add(name + "ops", cost.ops(), kOps);
  report.Add(name + "erases_per_1000", cost.erases_per_1000(), kErases);
  report.AtMost(name + "wear_spread", cost.wear_spread, kErases, 1);
}

// A robot's telemetry: records of 1 to 4 KiB. What the chip can do at most is
// to program full pages of nothing but payload into buckets that it erases
// with its best erase; the share of that which payload gets.
void LargeRecords(std::uint32_t payload_bytes, std::uint32_t bucket_bytes, Report& report) {
  SteadySetup setup;
  setup.options = BenchOptions(bucket_bytes, 1);
  setup.options.block_bytes = std::min(bucket_bytes, std::uint32_t{16'384});
  setup.append = AppendRandom(payload_bytes);
  setup.warm_up = 1;
  const SteadyCost cost = MeasureSteady(setup);
  const flashsim::TimeModel& time = setup.chip.time;
  const norlog::Geometry& geometry = setup.chip.geometry;
  const double page_ns = static_cast<double>(time.ProgramNs(geometry.page_bytes));
  const double erase_ns = static_cast<double>(time.EraseNs(geometry, bucket_bytes));
  const double byte_ns = page_ns / geometry.page_bytes + erase_ns / bucket_bytes;
  const double payload = static_cast<double>(cost.records) * payload_bytes;
  const std::string name =
      absl::StrCat("append/large/", payload_bytes, "B/", bucket_bytes / 1024, "KiB/");
  report.AtLeast(name + "share_of_chip",
                 payload * byte_ns / static_cast<double>(cost.flash.chip_time_ns), kShare, 0.9);
  report.Add(name + "records_a_second", 1e6 / cost.chip_us(), "1/s");
  report.Add(name + "bytes_per_payload_byte",
             static_cast<double>(cost.flash.bytes_programmed) / payload, kBytes);
}

}  // namespace

void RunAppend(const SuiteOptions& options, Report& report) {
  for (const std::uint32_t bucket_bytes : {4096U, 65'536U}) {
    for (const std::uint32_t commit_every : {1U, 4U, 16U, 64U, 0U}) {
      for (const bool maintain : {false, true}) {
        if (options.quick && !(maintain && bucket_bytes == 4096 && commit_every == 16)) continue;
        SteadySetup setup;
        setup.options = BenchOptions(bucket_bytes, commit_every);
        setup.maintain = maintain;
        Latency(setup, report);
      }
    }
  }
  MeasurePackedAppends(options.quick, report);
  for (const std::uint32_t payload_bytes : {1024U, 2048U, 4000U}) {
    LargeRecords(payload_bytes, 65'536, report);
    if (options.quick) break;
  }
}

}  // namespace norlog::bench
