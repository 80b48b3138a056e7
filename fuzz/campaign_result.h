// fuzz/campaign_result.h - what a campaign, or a shard of one, has found.
//
// Plain data: the campaign fills it, reports show it, `merge` adds it up. All
// but times is a function of the options and the seed, and adds: the results of
// all shards of a campaign, merged, equal that of the whole, case for case
// (`cases_digest` proves it). docs/TESTING.md lists the JSON keys.
#ifndef FUZZ_CAMPAIGN_RESULT_H_
#define FUZZ_CAMPAIGN_RESULT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace norlog::fuzz {

// One mutating operation in the life of the log that is cut: how often it was
// cut, and how often a recovery from there was cut again.
struct CutPoint {
  std::string operation;  // "program 84 B at 0x0414, bucket 9: header", ...
  std::uint32_t lap = 0;  // of the ring, when it is carried out uncut
  std::uint64_t cuts = 0;
  std::uint64_t nested_cuts = 0;
  friend bool operator==(const CutPoint&, const CutPoint&) = default;
};

// Histogram with bins [0], [1], [2,3], [4,7], ... : bin n holds values of n bits.
struct Histogram {
  static constexpr std::size_t kBins = 33;
  std::array<std::uint64_t, kBins> bins = {};
  std::uint64_t max = 0;
  void Add(std::uint64_t value);
  void Merge(const Histogram& other);
  friend bool operator==(const Histogram&, const Histogram&) = default;
};

// One configuration: a ring on a chip profile, under one kind of attack.
struct SetupResult {
  std::string setup;     // "nor-overwrite": as --setup takes it
  std::string profile;   // "w25q": the chip
  std::string geometry;  // "8 x 1024 B, unit 1, kBits": throughput is told by it
  std::string attack;    // "exhaustive", "nested", ... (Name(Attack), jobs.h)

  std::uint64_t jobs = 0;       // of this shard; a job is what --resume repeats
  std::uint64_t jobs_done = 0;  // less than `jobs`: interrupted, or out of time
  // A cycle is: one or more cuts, a recovery, the oracle's verdict. A state met
  // before (same image, same oracle state) is counted apart.
  std::uint64_t cycles = 0;
  std::uint64_t states_memoised = 0;
  std::uint64_t laps = 0;  // cycles that went on for a whole further lap
  std::uint64_t cuts = 0;
  std::uint64_t torn_programs = 0;
  std::uint64_t torn_erases = 0;
  std::uint64_t cuts_in_recovery = 0;
  std::uint64_t records = 0;
  std::uint64_t broken = 0;  // verdicts against a guarantee
  double cpu_seconds = 0;
  // The most reads of a mount, in percent of what MountBudget says: of an
  // undamaged ring, without a hint.
  std::uint64_t clean_budget_used = 0;
  std::uint64_t cut_budget_used = 0;

  // Sum, modulo 2^64, of a hash of each case: independent of order and shards.
  std::uint64_t cases_digest = 0;

  std::vector<std::uint64_t> images;  // cuts for each of CampaignResult::images
  std::vector<CutPoint> cut_points;   // in the order of the uncut life; empty if random
  std::vector<std::uint64_t> wear;    // erases for each erase unit, of all cycles
  Histogram recovery_reads;           // of the mount behind a cut
  Histogram recovery_programs;
  Histogram recovery_erases;
  Histogram recovery_us;  // chip time
  friend bool operator==(const SetupResult&, const SetupResult&) = default;
};

struct GuaranteeResult {
  std::string name;  // "G1 retention floor", ...
  std::uint64_t checks = 0;
  std::uint64_t broken = 0;
  // The same by CampaignResult::images, the image of a case being that of its
  // last cut. Empty: not told apart.
  std::vector<std::uint64_t> checks_by_image;
  std::vector<std::uint64_t> broken_by_image;
  friend bool operator==(const GuaranteeResult&, const GuaranteeResult&) = default;
};

// `message` with each number, hexadecimal or not, as "#".
std::string MessageShape(const std::string& message);

// Failures that look alike: same guarantee, same MessageShape.
struct FailureCluster {
  std::string guarantee;  // "G2"
  std::string message;    // of the first one
  std::uint64_t count = 0;
  // Of the first one:
  std::string setup;
  std::string attack;            // "" if not known
  std::uint64_t first_case = 0;  // its number in the unsharded campaign: merge keeps the least,
                                 // and lists the clusters in this order
  std::string replay;            // the one line that repeats it
  // Of the first one, shrunk:
  std::uint32_t operations = 0;
  std::uint32_t cuts = 0;
  std::string trace;         // in words, a line an operation
  std::string image_before;  // hex dump of what the last cut hit
  std::string image_after;   // and after the recovery
  friend bool operator==(const FailureCluster&, const FailureCluster&) = default;
};

struct CampaignResult {
  std::uint64_t seed = 0;
  std::string mode;  // the options that decide what is run, as text: merge refuses a mixture
  std::uint32_t shard_index = 0;  // from 0
  std::uint32_t shard_count = 1;
  std::vector<std::uint32_t> shards_missing;  // of a merged result
  bool interrupted = false;
  double cpu_seconds = 0;
  double wall_seconds = 0;
  std::vector<std::string> images;  // names of the ways to tear
  std::vector<SetupResult> setups;
  std::vector<GuaranteeResult> guarantees;
  std::vector<FailureCluster> failures;
  friend bool operator==(const CampaignResult&, const CampaignResult&) = default;
};

}  // namespace norlog::fuzz

#endif  // FUZZ_CAMPAIGN_RESULT_H_
