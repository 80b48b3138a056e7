// fuzz/report_json.h - a campaign's result as JSON, for programs and for `merge`.
//
// The keys are the names of the members in fuzz/campaign_result.h, except that
// `seed` and `cases_digest` are text, "0x" and 16 digits: not every reader of
// JSON keeps 64 bits. Counts are numbers. Further keys, which reading ignores:
//   format, format_version       "norlog-campaign", 1
//   guarantees_broken            how many guarantees were broken at least once
//   checks, checks_broken        verdicts on guarantees, and those that were bad
//   cycles, states_memoised, cuts, jobs, jobs_done   of all setups
//   throughput                   [{profile, geometry, cycles, cpu_seconds,
//                                cycles_per_cpu_minute}], one a chip and ring
//   setups[].cycles_per_cpu_minute
#ifndef FUZZ_REPORT_JSON_H_
#define FUZZ_REPORT_JSON_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "fuzz/campaign_result.h"

namespace norlog::fuzz {

// One object, indented; ends with a line end. Bytes that are not UTF-8 become
// U+FFFD.
std::string ToJson(const CampaignResult& result);

// Reads what ToJson wrote. InvalidArgument, naming the place ("setups[3].wear:
// not a list"), for text that is not JSON, not a campaign's, of another
// version, or that lacks a key or holds a value out of range.
absl::StatusOr<CampaignResult> FromJson(absl::string_view text);

}  // namespace norlog::fuzz

#endif  // FUZZ_REPORT_JSON_H_
