// fuzz/merge.h - the results of a campaign's shards, joined into one.
#ifndef FUZZ_MERGE_H_
#define FUZZ_MERGE_H_

#include <vector>

#include "absl/status/statusor.h"
#include "fuzz/campaign_result.h"

namespace norlog::fuzz {

// Adds up the shards of one campaign, given in any order. With all of them the
// result equals that of the unsharded campaign (shard 0 of 1) in all but times:
// CPU time is the sum, wall time the longest. Otherwise `shards_missing` names
// those still to come, and the result may itself be merged with them later.
// InvalidArgument: nothing given; or different seeds, modes, shard counts,
// images, or lives of a setup; or a shard that cannot be. AlreadyExists: a shard
// given twice. The message names the two shards and what they differ in.
absl::StatusOr<CampaignResult> Merge(std::vector<CampaignResult> shards);

}  // namespace norlog::fuzz

#endif  // FUZZ_MERGE_H_
