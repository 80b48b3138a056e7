#include "fuzz/report_figures.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace norlog::fuzz {

Totals SumUp(const CampaignResult& result) {
  Totals totals;
  for (const SetupResult& setup : result.setups) {
    totals.jobs += setup.jobs;
    totals.jobs_done += setup.jobs_done;
    totals.cycles += setup.cycles;
    totals.states_memoised += setup.states_memoised;
    totals.laps += setup.laps;
    totals.cuts += setup.cuts;
    totals.cuts_in_recovery += setup.cuts_in_recovery;
  }
  for (const GuaranteeResult& guarantee : result.guarantees) {
    totals.checks += guarantee.checks;
    totals.checks_broken += guarantee.broken;
  }
  return totals;
}

std::string GuaranteeId(const std::string& name) {
  return name.substr(0, name.find(' '));
}

std::vector<std::string> BrokenGuarantees(const CampaignResult& result) {
  // "G2" is before "G10".
  const auto before = [](const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
  };
  std::set<std::string, decltype(before)> broken(before);
  for (const GuaranteeResult& guarantee : result.guarantees) {
    if (guarantee.broken > 0) broken.insert(GuaranteeId(guarantee.name));
  }
  for (const FailureCluster& failure : result.failures) {
    broken.insert(GuaranteeId(failure.guarantee));
  }
  return {broken.begin(), broken.end()};
}

bool Concerns(const FailureCluster& failure, const SetupResult& setup) {
  return failure.setup == setup.setup && (failure.attack.empty() || failure.attack == setup.attack);
}

std::uint64_t BrokenIn(const CampaignResult& result, const SetupResult& setup) {
  std::uint64_t known = 0;
  for (const FailureCluster& failure : result.failures) {
    if (Concerns(failure, setup)) ++known;
  }
  return std::max(setup.broken, known);
}

double PerCpuMinute(std::uint64_t cycles, double cpu_seconds) {
  return cpu_seconds > 0 ? static_cast<double>(cycles) * 60 / cpu_seconds : 0;
}

std::vector<Throughput> ThroughputByGeometry(const CampaignResult& result) {
  std::vector<Throughput> rows;
  for (const SetupResult& setup : result.setups) {
    auto row = std::find_if(rows.begin(), rows.end(), [&](const Throughput& known) {
      return known.profile == setup.profile && known.geometry == setup.geometry;
    });
    if (row == rows.end()) row = rows.insert(row, {setup.profile, setup.geometry});
    row->cycles += setup.cycles;
    row->cpu_seconds += setup.cpu_seconds;
  }
  return rows;
}

std::uint64_t CountOf(const Histogram& histogram) {
  std::uint64_t count = 0;
  for (const std::uint64_t bin : histogram.bins) count += bin;
  return count;
}

std::uint64_t Quantile(const Histogram& histogram, double fraction) {
  const auto count = static_cast<double>(CountOf(histogram));
  double seen = 0;
  for (std::size_t bin = 0; bin + 1 < Histogram::kBins; ++bin) {
    seen += static_cast<double>(histogram.bins[bin]);
    if (seen > 0 && seen >= fraction * count) {
      return std::min((std::uint64_t{1} << bin) - 1, histogram.max);
    }
  }
  return histogram.max;
}

bool IsComplete(const CampaignResult& result) {
  const Totals totals = SumUp(result);
  return result.shard_count == 1 && !result.interrupted && totals.jobs_done == totals.jobs;
}

std::vector<std::uint32_t> ShardsOf(const CampaignResult& result) {
  if (result.shards_missing.empty()) return {result.shard_index};
  const std::set<std::uint32_t> missing(result.shards_missing.begin(), result.shards_missing.end());
  std::vector<std::uint32_t> shards;
  for (std::uint32_t shard = 0; shard < result.shard_count; ++shard) {
    if (!missing.contains(shard)) shards.push_back(shard);
  }
  return shards;
}

std::string Grouped(std::uint64_t value) {
  std::string text = absl::StrCat(value);
  for (std::size_t at = text.size(); at > 3;) text.insert(at -= 3, 1, ',');
  return text;
}

std::string Duration(double seconds) {
  if (seconds < 60) return absl::StrFormat("%.1f s", seconds);
  const auto minutes = static_cast<std::uint64_t>(seconds / 60);
  if (minutes < 60) {
    return absl::StrFormat("%d min %d s", minutes, static_cast<std::uint64_t>(seconds) % 60);
  }
  return absl::StrFormat("%s h %d min", Grouped(minutes / 60), minutes % 60);
}

}  // namespace norlog::fuzz
