// fuzz/report_junit.h - a campaign's result as JUnit XML, for CI servers.
#ifndef FUZZ_REPORT_JUNIT_H_
#define FUZZ_REPORT_JUNIT_H_

#include <string>

#include "fuzz/campaign_result.h"

namespace norlog::fuzz {

// One test suite a setup and attack, in it one test case a guarantee; a failure
// holds replay line, trace and images. A setup that had nothing to do in this
// shard is skipped. The last suite, "campaign", holds what belongs to no setup:
// broken guarantees without a known setup, missing shards, an interruption.
std::string ToJunit(const CampaignResult& result);

}  // namespace norlog::fuzz

#endif  // FUZZ_REPORT_JUNIT_H_
