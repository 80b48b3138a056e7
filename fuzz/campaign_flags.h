// fuzz/campaign_flags.h - norlog-campaign's command line and environment.
//
// Abseil's own parser ends the program with 1, which here means that a guarantee
// broke; so arguments are looked at first, and what is wrong is named.
#ifndef FUZZ_CAMPAIGN_FLAGS_H_
#define FUZZ_CAMPAIGN_FLAGS_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace norlog::fuzz {

// True if one of the arguments asks for help.
bool WantsHelp(std::span<char* const> arguments);

// Sets the program's Abseil flags: --name=value or --name value, flags that are
// bool also alone. What is no flag goes to `others`. kInvalidArgument names an
// unknown flag, a missing value, or one that does not parse.
absl::Status ReadFlags(std::span<char* const> arguments, std::vector<std::string>& others);

struct Shard {
  std::uint32_t index = 0;
  std::uint32_t count = 1;
};

// "i/n", from 0; if that is empty what Bazel's or Slurm's environment says (a
// Slurm array may begin at SLURM_ARRAY_TASK_MIN); else the whole. Touches
// TEST_SHARD_STATUS_FILE, by which Bazel learns that shards are understood.
// kInvalidArgument: no such shard.
absl::StatusOr<Shard> FindShard(const std::string& text);

}  // namespace norlog::fuzz

#endif  // FUZZ_CAMPAIGN_FLAGS_H_
