#include "bench/packed.h"

#include <array>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "bench/steady_ring.h"
#include "flashsim/rng.h"
#include "norlog/bytes.h"
#include "norlog/columns.h"
#include "norlog/compact.h"

namespace norlog::bench {
namespace {

constexpr std::uint8_t kTag = 1;
constexpr std::size_t kMaxColumns = 30;

struct Row {
  std::int64_t time = 0;
  std::vector<std::int32_t> values;
};

struct Series {
  std::string name;
  std::vector<Row> rows;
};

// Bytes a record, committed by 16 and one by one.
struct Goals {
  const char* name;
  double by_16;
  double each;
};
constexpr Goals kGoals[] = {{"weather_uwa", 1.8, 7.3},
                            {"weather_sea", 2.4, 7.8},
                            {"air_quality_beijing", 3.0, 8.3},
                            {"phone_accel", 1.75, 7.1}};
constexpr double kFloatFactor = 1.05;  // of the goals, for the same numbers as float32 tenths

struct UnitGoal {
  std::uint32_t unit;
  double by_16;  // weather_uwa
};
constexpr UnitGoal kUnitGoals[] = {{8, 2.0}, {16, 2.3}, {32, 2.4}};

std::optional<Series> ReadSeries(const std::string& path) {
  std::ifstream file(path);
  Series series;
  series.name = std::filesystem::path(path).stem().string();
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    Row& row = series.rows.emplace_back();
    const std::vector<absl::string_view> fields = absl::StrSplit(line, ',');
    if (fields.size() > 1 + kMaxColumns || !absl::SimpleAtoi(fields[0], &row.time)) return {};
    for (const absl::string_view field : std::span(fields).subspan(1)) {
      if (!absl::SimpleAtoi(field, &row.values.emplace_back())) return {};
    }
    if (row.values.size() != series.rows[0].values.size()) return {};
  }
  if (series.rows.empty()) return {};
  return series;
}

// A log on a chip that it does not fill, and what it has cost.
class PackedLog {
 public:
  PackedLog(std::span<const ColumnKind> kinds, std::uint32_t commit_every, std::uint32_t unit = 1)
      : tags_{{{kTag, kinds}}},
        encoding_(tags_),
        options_(MakeOptions(kinds.size(), commit_every)),
        chip_(MakeChip(unit), /*seed=*/1),
        memory_(RequiredMemory(options_, chip_.geometry())),
        log_(chip_, options_, memory_, nullptr, &encoding_) {
    CheckOk(log_.Format(1));
    before_ = chip_.counters().bytes_programmed;
  }

  void Append(std::int64_t time, std::span<const std::uint8_t> payload) {
    CheckOk(log_.Append(kTag, time, payload).status);
    ++records_;
  }
  void Commit() { CheckOk(log_.Commit().status); }

  // Programmed bytes a record; records in a MiB of chip; the share of the
  // buckets' bytes that `bytes` of each record are.
  double bytes() const { return PerRecord(chip_.counters().bytes_programmed - before_); }
  double RecordsPerMiB() { return static_cast<double>(1 << 20) / PerRecord(UsedBytes()); }
  double Share(std::uint32_t bytes) { return bytes / PerRecord(UsedBytes()); }
  std::uint64_t buckets() {
    return log_.core().head.number.value - log_.core().layout.bucket_count + 1;
  }

 private:
  static Options MakeOptions(std::size_t columns, std::uint32_t commit_every) {
    Options options = BenchOptions(4096, commit_every);
    options.encoded_tags = 1;
    options.encoded_columns = static_cast<std::uint8_t>(columns);
    return options;
  }
  static flashsim::Profile MakeChip(std::uint32_t unit) {
    flashsim::Profile chip = flashsim::W25Q(16);
    chip.geometry.program_unit_bytes = unit;
    return chip;
  }
  std::uint64_t UsedBytes() {
    return (buckets() - 1) * options_.bucket_bytes + log_.core().head.end;
  }
  double PerRecord(std::uint64_t total) const {
    return static_cast<double>(total) / static_cast<double>(records_);
  }

  const std::array<TagColumns, 1> tags_;
  const CompactEncoding encoding_;
  const Options options_;
  flashsim::SimFlash chip_;
  std::vector<std::uint8_t> memory_;
  Log log_;
  std::uint64_t before_ = 0;
  std::uint64_t records_ = 0;
};

enum class As { kInt32, kFloat32Tenths };

std::vector<std::uint8_t> PayloadOf(const Row& row, As as) {
  std::vector<std::uint8_t> payload(4 * row.values.size());
  for (std::size_t i = 0; i < row.values.size(); ++i) {
    const std::int32_t value = row.values[i];
    const auto bits = as == As::kInt32
                          ? static_cast<std::uint32_t>(value)
                          : std::bit_cast<std::uint32_t>(static_cast<float>(value) / 10.0F);
    StoreLe<4>(&payload[4 * i], bits);
  }
  return payload;
}

void AppendAll(const Series& series, As as, PackedLog& log) {
  for (const Row& row : series.rows) log.Append(row.time, PayloadOf(row, as));
  log.Commit();
}

// A series again and again, its time going on.
AppendSample AppendSeries(const Series& series) {
  const std::int64_t period =
      series.rows.back().time - series.rows[0].time + series.rows[1].time - series.rows[0].time;
  return [&series, period](Log& log, std::uint64_t i) {
    const Row& row = series.rows[i % series.rows.size()];
    const auto laps = static_cast<std::int64_t>(i / series.rows.size());
    return log.Append(kTag, row.time + laps * period, PayloadOf(row, As::kInt32)).status;
  };
}

const Goals* GoalsOf(const Series& series) {
  for (const Goals& goals : kGoals) {
    if (series.name == goals.name) return &goals;
  }
  return nullptr;
}

void Put(Report& report, std::string name, double value, std::string_view unit,
         std::optional<double> goal) {
  if (goal.has_value()) {
    report.AtMost(std::move(name), value, unit, *goal);
  } else {
    report.Add(std::move(name), value, unit);
  }
}

void MeasureSeries(const Series& series, As as, Report& report) {
  const std::vector<ColumnKind> kinds(series.rows[0].values.size(),
                                      as == As::kInt32 ? ColumnKind::kInt32 : ColumnKind::kFloat32);
  const double factor = as == As::kInt32 ? 1 : kFloatFactor;
  const Goals* const goals = GoalsOf(series);
  for (const std::uint32_t every : {16U, 1U}) {
    PackedLog log(kinds, every);
    AppendAll(series, as, log);
    const std::string name = absl::StrCat("economy/packed/", series.name,
                                          as == As::kInt32 ? "" : "_float", "/commit_", every, "/");
    std::optional<double> goal;
    if (goals != nullptr) goal = factor * (every == 16 ? goals->by_16 : goals->each);
    Put(report, name + "bytes", log.bytes(), kBytes, goal);
    report.Add(name + "records_per_MiB", log.RecordsPerMiB(), "records");
  }
}

void MeasureUnits(const Series& series, Report& report) {
  const std::vector<ColumnKind> kinds(series.rows[0].values.size(), ColumnKind::kInt32);
  for (const UnitGoal& goal : kUnitGoals) {
    PackedLog log(kinds, 16, goal.unit);
    AppendAll(series, As::kInt32, log);
    report.AtMost(
        absl::StrCat("economy/packed/", series.name, "/unit_", goal.unit, "/commit_16/bytes"),
        log.bytes(), kBytes, goal.by_16);
  }
}

// What can't be encoded: 16 random bytes, the time one later each.
void MeasureNoise(Report& report) {
  constexpr std::uint32_t kBytes16 = 16;
  constexpr std::array kinds = {ColumnKind::kInt64, ColumnKind::kInt64};
  PackedLog log(kinds, /*commit_every=*/16);
  for (std::uint64_t i = 0; log.buckets() < 33; ++i) {
    log.Append(static_cast<std::int64_t>(i), RandomPayload(i, kBytes16));
  }
  log.Commit();
  report.AtLeast("economy/packed/noise/commit_16/share_of_bucket", log.Share(kBytes16), kShare,
                 0.9);
}

// tslite's sample: seconds and an octet, one a second, the octet walking.
void MeasureOctet(Report& report) {
  constexpr std::array kinds = {ColumnKind::kInt8};
  PackedLog log(kinds, /*commit_every=*/16);
  flashsim::Rng rng(1);
  std::uint8_t octet = 128;
  for (std::int64_t i = 0; i < 50'000; ++i) {
    octet = static_cast<std::uint8_t>(octet + rng.Below(3) - 1);
    log.Append(1'600'000'000 + i, {&octet, 1});
  }
  log.Commit();
  report.AtMost("economy/packed/tslite_octet/commit_16/bytes", log.bytes(), kBytes, 1.0);
}

// The chip time that a record of weather_uwa may take.
std::optional<double> MostUs(const Series& series, std::uint32_t bucket_bytes,
                             std::uint32_t commit_every) {
  if (series.name != kGoals[0].name) return {};
  if (commit_every == 16) return bucket_bytes == 4096 ? 27 : 11;
  return bucket_bytes == 4096 ? 130 : 66;
}

// A ring that has gone round: erases, headers and all.
void MeasureSteadySeries(const Series& series, const Goals& goals, std::uint32_t bucket_bytes,
                         std::uint32_t commit_every, Report& report) {
  const std::vector<ColumnKind> kinds(series.rows[0].values.size(), ColumnKind::kInt32);
  const TagColumns tags[] = {{kTag, kinds}};
  const CompactEncoding encoding(tags);
  SteadySetup setup;
  setup.options = BenchOptions(bucket_bytes, commit_every);
  setup.options.encoded_tags = 1;
  setup.options.encoded_columns = static_cast<std::uint8_t>(kinds.size());
  setup.append = AppendSeries(series);
  setup.encoding = &encoding;
  setup.maintain = true;
  setup.warm_up = 1;
  const SteadyCost cost = MeasureSteady(setup);
  const std::string name = absl::StrCat("append/packed/", series.name, "/commit_", commit_every,
                                        "/", bucket_bytes / 1024, "KiB/");
  Put(report, name + "bytes", cost.bytes(), kBytes, commit_every == 16 ? goals.by_16 : goals.each);
  report.Add(name + "ops", cost.ops(), kOps);
  Put(report, name + "mean", cost.chip_us(), kChipUs, MostUs(series, bucket_bytes, commit_every));
  report.Add(name + "p99", cost.AppendUs(0.99), kChipUs);
  report.AtMost(name + "worst", cost.AppendUs(1), kChipUs, 800);
  report.Add(name + "erases_per_1000", cost.erases_per_1000(), kErases);
  report.AtMost(name + "wear_spread", cost.wear_spread, kErases, 1);
}

}  // namespace

void MeasurePackedAppends(bool quick, Report& report) {
  for (const Goals& goals : kGoals) {
    const auto series = ReadSeries(absl::StrCat(NORLOG_BENCH_DATA, "/", goals.name, ".csv"));
    if (!series.has_value()) std::abort();  // it is part of the tree
    for (const std::uint32_t bucket_bytes : {4096U, 65'536U}) {
      for (const std::uint32_t commit_every : {1U, 16U}) {
        if (quick && (bucket_bytes != 4096 || commit_every != 1)) continue;
        MeasureSteadySeries(*series, goals, bucket_bytes, commit_every, report);
      }
    }
    if (quick) return;
  }
}

void MeasurePacked(const std::vector<std::string>& csv, Report& report) {
  std::vector<std::string> paths = csv;
  if (paths.empty()) {
    for (const Goals& goals : kGoals) {
      paths.push_back(absl::StrCat(NORLOG_BENCH_DATA, "/", goals.name, ".csv"));
    }
  }
  for (const std::string& path : paths) {
    const std::optional<Series> series = ReadSeries(path);
    if (!series.has_value()) {
      std::cerr << path << ": not a header line and rows of integers\n";
      continue;
    }
    MeasureSeries(*series, As::kInt32, report);
    MeasureSeries(*series, As::kFloat32Tenths, report);
    if (series->name == kGoals[0].name) MeasureUnits(*series, report);
  }
  MeasureNoise(report);
  MeasureOctet(report);
}

}  // namespace norlog::bench
