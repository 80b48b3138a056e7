// What a record costs on flash, all in: bytes, operations, chip time, erases,
// and how much of the chip is history. Steady ring, 1 MiB W25Q.
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "bench/packed.h"
#include "bench/steady_ring.h"
#include "bench/suite.h"
#include "flashsim/profiles.h"

namespace norlog::bench {
namespace {

// One series, committed in one way. A goal that is missing is none.
struct EconomyCase {
  std::string series;  // in the rows' names
  flashsim::Profile chip = flashsim::W25Q(1);
  AppendSample append = AppendQff;
  std::uint32_t raw_bytes = kQffBytes;  // a record as a struct
  std::uint32_t commit_every = 1;
  std::uint32_t bucket_bytes = 4096;
  std::optional<double> most_bytes;
  std::optional<double> most_ops;
  std::optional<double> most_chip_us;
};

void Put(Report& report, std::string name, double value, std::string_view unit,
         const std::optional<double>& goal) {
  if (goal.has_value()) {
    report.AtMost(std::move(name), value, unit, *goal);
  } else {
    report.Add(std::move(name), value, unit);
  }
}

void Measure(const EconomyCase& c, Report& report) {
  SteadySetup setup;
  setup.chip = c.chip;
  setup.options = BenchOptions(c.bucket_bytes, c.commit_every);
  setup.append = c.append;
  const SteadyCost cost = MeasureSteady(setup);
  const std::string name = absl::StrCat("economy/", c.series, "/commit_", c.commit_every, "/",
                                        c.bucket_bytes / 1024, "KiB/");
  Put(report, name + "bytes", cost.bytes(), kBytes, c.most_bytes);
  Put(report, name + "ops", cost.ops(), kOps, c.most_ops);
  Put(report, name + "chip_us", cost.chip_us(), kChipUs, c.most_chip_us);
  report.Add(name + "erases_per_1000", cost.erases_per_1000(), kErases);
  // The records that a reader gets, as structs, of the chip.
  report.Add(name + "history",
             static_cast<double>(cost.stats.records_retained) * c.raw_bytes /
                 static_cast<double>(setup.chip.geometry.size_bytes()),
             kShare);
}

EconomyCase Qff(std::uint32_t commit_every, std::uint32_t bucket_bytes) {
  EconomyCase c;
  c.series = "qff";
  c.commit_every = commit_every;
  c.bucket_bytes = bucket_bytes;
  return c;
}

// The same chip with program units of `unit_bytes` that take one program each.
EconomyCase OnceQff(std::uint32_t unit_bytes, std::uint32_t commit_every) {
  EconomyCase c = Qff(commit_every, 4096);
  c.series = absl::StrCat("qff_once", unit_bytes);
  c.chip.geometry.program_unit_bytes = unit_bytes;
  c.chip.geometry.program_rule = ProgramRule::kOnce;
  return c;
}

EconomyCase FramQff(std::uint32_t commit_every) {
  EconomyCase c = Qff(commit_every, 4096);
  c.series = "qff_fram";
  c.chip = *flashsim::FindProfile("fram256");
  return c;
}

}  // namespace

void RunEconomy(const SuiteOptions& options, Report& report) {
  for (const std::uint32_t bucket_bytes : {4096U, 65'536U}) {
    const bool small = bucket_bytes == 4096;
    EconomyCase each = Qff(1, bucket_bytes);
    each.most_bytes = 14;
    each.most_ops = 1.07;
    each.most_chip_us = small ? 220 : 97;
    Measure(each, report);
    EconomyCase by_16 = Qff(16, bucket_bytes);
    by_16.most_bytes = 9.0;
    by_16.most_ops = 0.10;
    by_16.most_chip_us = small ? 126 : 46;
    Measure(by_16, report);
    if (options.quick) continue;
    Measure(Qff(4, bucket_bytes), report);
    Measure(Qff(64, bucket_bytes), report);
  }
  MeasurePacked(options.csv, report);
  if (options.quick) return;
  for (const std::uint32_t commit_every : {1U, 16U}) {
    for (const std::uint32_t unit_bytes : {4U, 8U, 16U, 32U}) {
      Measure(OnceQff(unit_bytes, commit_every), report);
    }
    Measure(FramQff(commit_every), report);
  }
}

}  // namespace norlog::bench
