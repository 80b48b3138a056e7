#include "tools/demo.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "norlog/layout.h"

namespace norlog::tools {
namespace {

constexpr std::uint32_t kBucketBytes = 4096;
constexpr std::uint32_t kBlockBytes = 1024;
constexpr std::uint32_t kMostReadingsPerCommit = 8;

// The ring is filled so often at least, or so many records are written.
constexpr std::int64_t kLaps = 3;
constexpr std::uint64_t kEnoughRecords = 4'000'000;
// Boots from one full audit to the next: more where there is more to read.
constexpr std::uint64_t kBootsPerFullAudit = 20;
constexpr std::uint64_t kRecordsPerAuditedBoot = 2'500;

// Per reading, parts per million. The first reader is online every few days,
// the second once a year or so: at times too late for what was evicted.
constexpr std::uint32_t kNetworkPpm[kUploaders] = {10'000, 20};
constexpr std::uint64_t kBurstRecords[kUploaders] = {300, 60'000};
constexpr std::uint32_t kNetworkVanishesPpm = 250'000;
constexpr std::uint32_t kSleepPpm = 300;

// Streams of chance that must not disturb each other.
enum Stream : std::uint64_t { kChipStream = 1, kPlanStream, kStoryStream, kNonceStream };

std::uint64_t SeedOf(std::uint64_t seed, Stream stream) {
  return flashsim::Mix64(seed, stream);
}

RetentionFloor FloorOf(const Layout& layout) {
  return {.buckets = std::int64_t{layout.bucket_count} - (layout.window - 1) - 2,
          .bucket_bytes = layout.bucket_bytes,
          .bytes_per_cut = 2 * std::uint64_t{layout.block_bytes}};
}

PowerPlan::Budget BudgetOf(const DemoConfig& config) {
  const std::uint64_t bytes = kLaps * config.chip->geometry.size_bytes();
  return {.cuts = config.cuts, .spacing_bytes = bytes / std::max<std::uint64_t>(config.cuts, 1)};
}

// As many readings a commit as leave a block room for a few commits.
std::uint32_t ReadingsPerCommit(const Series& series) {
  const auto largest = [](const Sample& sample) { return sample.payload.size(); };
  const std::size_t payload = largest(std::ranges::max(series.samples, {}, largest));
  const auto fitting = static_cast<std::uint32_t>(kBlockBytes / 4 / (payload + 4));
  return std::clamp<std::uint32_t>(fitting, 1, kMostReadingsPerCommit);
}

// `values` is not empty.
template <typename T>
T Median(std::vector<T> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

double Per(double amount, std::uint64_t count) {
  return count == 0 ? 0.0 : amount / static_cast<double>(count);
}

double Us(std::uint64_t ns) {
  return static_cast<double>(ns) / flashsim::kNsPerUs;
}

}  // namespace

Options DemoOptions(const Geometry& geometry) {
  Options options;
  const std::uint32_t unit = geometry.erase_unit_bytes;
  options.bucket_bytes = (kBucketBytes + unit - 1) / unit * unit;
  options.block_bytes = kBlockBytes;
  options.reader_count = kUploaders;
  return options;
}

std::uint32_t MaxDemoPayloadBytes(const Geometry& geometry) {
  return MaxPayloadBytes(MakeLayout(DemoOptions(geometry), geometry));
}

Demo::Demo(const DemoConfig& config, const Series& series)
    : config_(config),
      series_(series),
      options_(DemoOptions(config.chip->geometry)),
      layout_(MakeLayout(options_, config.chip->geometry)),
      rng_(SeedOf(config.seed, kStoryStream)),
      chip_(*config.chip, SeedOf(config.seed, kChipStream)),
      plan_(chip_, layout_, BudgetOf(config), SeedOf(config.seed, kPlanStream)),
      meter_(chip_),
      ledger_(series, FloorOf(layout_), verdict_),
      device_(plan_, options_, ReadingsPerCommit(series), ledger_, meter_, verdict_) {}

void Demo::Run(const Progress& progress) {
  if (device_.Format(SeedOf(config_.seed, kNonceStream)) != Status::kOk) return;
  plan_.Start();
  const auto healthy = [&] { return verdict_.clean() && chip_.violations().count() == 0; };
  while (healthy() && Fraction() < 1.0) {
    const Status status = Step();
    if (status == Status::kNoPower) (void)BootUntilUp();
    progress(Fraction());
  }
  if (healthy()) Finish();
}

Status Demo::Step() {
  if (rng_.Chance(kSleepPpm)) NORLOG_TRY(SleepAndWake());
  for (int i = 0; i < kUploaders; ++i) {
    if (rng_.Chance(kNetworkPpm[i])) NORLOG_TRY(Upload(i));
  }
  return device_.Sense();
}

Status Demo::Upload(int reader) {
  const std::uint64_t records = rng_.Below(2 * kBurstRecords[reader]);
  return device_.Upload(reader, records, !rng_.Chance(kNetworkVanishesPpm));
}

Status Demo::SleepAndWake() {
  NORLOG_TRY(device_.Shutdown());
  return BootUntilUp();
}

// Boots until a boot is not cut itself. Errors other than cuts are in the verdict.
Status Demo::BootUntilUp() {
  Status status = Status::kNoPower;
  while (status == Status::kNoPower && verdict_.clean()) {
    plan_.PowerOn();
    status = device_.Boot();
  }
  if (status == Status::kOk) AuditNowAndThen();
  return status;
}

void Demo::AuditNowAndThen() {
  const std::uint64_t retained = ledger_.acked() + 1 - ledger_.first();
  const std::uint64_t due = std::max(kBootsPerFullAudit, retained / kRecordsPerAuditedBoot);
  if (++boots_since_audit_ < due) return;
  device_.AuditAll();
  boots_since_audit_ = 0;
}

// Everything is uploaded, the log is closed, and looked at once more. No cuts
// are left, so what goes wrong here is in the verdict.
void Demo::Finish() {
  for (int i = 0; i < kUploaders; ++i) {
    const Status status = device_.Upload(i, std::numeric_limits<std::uint64_t>::max(), true);
    if (status != Status::kOk) return;
  }
  if (device_.Shutdown() != Status::kOk) return;
  plan_.PowerOn();
  if (device_.Boot() != Status::kOk) return;
  device_.AuditAll();
  (void)device_.Shutdown();
}

std::int64_t Demo::Laps() const {
  return plan_.ring().position() / layout_.bucket_count;
}

double Demo::Fraction() const {
  const std::uint64_t appended = device_.figures().appended;
  const double by_cuts = plan_.done() ? 1.0 : Per(static_cast<double>(plan_.cuts()), config_.cuts);
  const double by_laps =
      Per(static_cast<double>(plan_.ring().position()), kLaps * layout_.bucket_count);
  return std::min(by_cuts, std::max(by_laps, Per(static_cast<double>(appended), kEnoughRecords)));
}

DemoFigures Demo::Figures() const {
  const DeviceFigures& device = device_.figures();
  DemoFigures f;
  f.seed = config_.seed;
  f.chip = config_.chip->name;
  f.chip_bytes = config_.chip->geometry.size_bytes();
  f.series_rows = series_.samples.size();
  f.series_replays = ledger_.replays();

  f.records_appended = device.appended;
  f.records_committed = ledger_.acked().value;
  f.records_uploaded = device.uploaded;
  f.records_reuploaded = device.uploaded_again;
  f.records_evicted = ledger_.first().value - 1;
  f.records_evicted_before_upload = device.evicted_before_upload;
  f.records_retained = f.records_committed - std::min(f.records_committed, f.records_evicted);
  AddFaults(f);
  AddCuts(f);
  AddCosts(f);
  return f;
}

void Demo::AddFaults(DemoFigures& f) const {
  f.lost = verdict_.count(Fault::kLost);
  f.phantom = verdict_.count(Fault::kPhantom);
  f.evicted_early = verdict_.count(Fault::kEvictedEarly);
  f.cursor_errors = verdict_.count(Fault::kCursor);
  f.engine_errors = verdict_.count(Fault::kEngineError);
  f.violations = chip_.violations().count();
  f.problems = verdict_.messages();
  for (const flashsim::Violation& violation : chip_.violations().first()) {
    f.problems.push_back(absl::StrCat("violation: ", flashsim::ToString(violation)));
  }
  if (!f.problems.empty() && plan_.cuts() > 0) {
    f.problems.push_back(
        absl::StrCat("after cut ", plan_.cuts(), ": ", flashsim::ToString(chip_.last_cut())));
  }
}

void Demo::AddCuts(DemoFigures& f) const {
  f.cuts = plan_.cuts();
  f.cuts_in_programs = plan_.cuts_in(CutPlace::kFrame);
  f.cuts_in_erases = plan_.cuts_in(CutPlace::kErase);
  f.cuts_in_headers_or_marks = plan_.cuts_in(CutPlace::kHeaderOrMark);
  f.cuts_in_recovery = plan_.cuts_in(CutPlace::kRecovery);
  f.cuts_between_operations = plan_.cuts_in(CutPlace::kBetween);
  f.torn_programs = plan_.torn_programs();
  f.torn_erases = plan_.torn_erases();
  f.boots = device_.figures().boot_reads.size();
  f.recoveries = device_.figures().recoveries;
}

void Demo::AddCosts(DemoFigures& f) const {
  const flashsim::Counters& all = chip_.counters();
  const std::uint64_t written_ns =
      meter_.total(Activity::kAppend).chip_time_ns + meter_.total(Activity::kMaintain).chip_time_ns;
  const std::uint64_t records = f.records_committed;
  f.bytes_per_record = Per(static_cast<double>(all.bytes_programmed), records);
  f.programs_per_record = Per(static_cast<double>(all.programs), records);
  f.erases_per_1000_records = Per(1000.0 * static_cast<double>(all.erases), records);
  f.chip_us_per_record = Per(Us(written_ns), records);
  f.upload_us_per_record = Per(Us(meter_.total(Activity::kUpload).chip_time_ns),
                               f.records_uploaded + f.records_reuploaded);
  f.worst_append_us = Us(device_.figures().worst_append_ns);
  if (const DeviceFigures& device = device_.figures(); !device.boot_reads.empty()) {
    f.boot_reads_median = Median(device.boot_reads);
    f.boot_reads_max = std::ranges::max(device.boot_reads);
    f.boot_us_median = Us(Median(device.boot_ns));
    f.boot_us_max = Us(std::ranges::max(device.boot_ns));
  }
  f.laps = Laps();
  f.wear_min = plan_.ring().wear_min();
  f.wear_max = plan_.ring().wear_max();
  f.wear_repeated = plan_.ring().repeated();
}

}  // namespace norlog::tools
