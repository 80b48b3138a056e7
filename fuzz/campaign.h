// fuzz/campaign.h - carries out a list of jobs on many threads, and adds up.
#ifndef FUZZ_CAMPAIGN_H_
#define FUZZ_CAMPAIGN_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "fuzz/campaign_result.h"
#include "fuzz/jobs.h"

namespace norlog::fuzz {

struct CampaignOptions {
  WorkOptions work;
  std::uint32_t shard_index = 0;  // below shard_count
  std::uint32_t shard_count = 1;
  std::uint32_t threads = 1;
  // Not 0: the time, not the list, ends the campaign: nested rounds for at most
  // three quarters of it, then random cases to the end. What was done then
  // depends on the machine.
  double minutes = 0;
  std::string state_path;  // "": nothing is kept
  bool resume = false;
  bool shrink = true;          // the first failure of each cluster
  double shrink_seconds = 25;  // CPU time for each
};

struct Progress {
  double fraction = 0;  // 0 to 1
  std::uint64_t cycles = 0;
  std::uint64_t failures = 0;
  double seconds = 0;  // since the beginning
  double seconds_left = 0;
};

// `watch` is called a few times a second, from the calling thread. Set `stop`
// (a signal handler may) to end behind the jobs under way: the result is then
// `interrupted`. Errors: a setup that does not exist (kNotFound), a state file
// that is of other work or cannot be used.
absl::StatusOr<CampaignResult> RunCampaign(const CampaignOptions& options,
                                           const std::function<void(const Progress&)>& watch,
                                           const std::atomic<bool>& stop);

}  // namespace norlog::fuzz

#endif  // FUZZ_CAMPAIGN_H_
