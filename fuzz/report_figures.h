// fuzz/report_figures.h - what reports derive from a campaign's result.
#ifndef FUZZ_REPORT_FIGURES_H_
#define FUZZ_REPORT_FIGURES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "fuzz/campaign_result.h"

namespace norlog::fuzz {

// Sums over all setups, and over all guarantees.
struct Totals {
  std::uint64_t jobs = 0;
  std::uint64_t jobs_done = 0;
  std::uint64_t cycles = 0;
  std::uint64_t states_memoised = 0;
  std::uint64_t laps = 0;
  std::uint64_t cuts = 0;
  std::uint64_t cuts_in_recovery = 0;
  std::uint64_t checks = 0;
  std::uint64_t checks_broken = 0;
};
Totals SumUp(const CampaignResult& result);

// "G2" of "G2 whole or not at all": its first word.
std::string GuaranteeId(const std::string& name);

// The ids of the guarantees that were broken at least once, in order of their
// numbers; none is what a campaign hopes for. One that only a failure names
// counts too.
std::vector<std::string> BrokenGuarantees(const CampaignResult& result);

// Whether `failure` was first met in `setup`.
bool Concerns(const FailureCluster& failure, const SetupResult& setup);

// Verdicts against a guarantee in `setup`; at least what the clusters say.
std::uint64_t BrokenIn(const CampaignResult& result, const SetupResult& setup);

// 0 if no time has been measured.
double PerCpuMinute(std::uint64_t cycles, double cpu_seconds);

// All setups with the same chip and ring, in order of first appearance.
struct Throughput {
  std::string profile;
  std::string geometry;
  std::uint64_t cycles = 0;
  double cpu_seconds = 0;
};
std::vector<Throughput> ThroughputByGeometry(const CampaignResult& result);

// The upper end of the bin that holds the value at `fraction` (0 to 1) of the
// way through the sorted values, `max` if that is less; 0 without values.
std::uint64_t Quantile(const Histogram& histogram, double fraction);
std::uint64_t CountOf(const Histogram& histogram);

// Whether the result is that of the whole campaign, all shards and all jobs.
bool IsComplete(const CampaignResult& result);

// The shards that `result` holds: all but the missing ones if it was merged.
std::vector<std::uint32_t> ShardsOf(const CampaignResult& result);

// 1234567 as "1,234,567"; 12345.6 s as "3 h 26 min".
std::string Grouped(std::uint64_t value);
std::string Duration(double seconds);

}  // namespace norlog::fuzz

#endif  // FUZZ_REPORT_FIGURES_H_
