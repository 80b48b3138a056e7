// fuzz/report_text.h - a campaign's result as tables for the terminal.
#ifndef FUZZ_REPORT_TEXT_H_
#define FUZZ_REPORT_TEXT_H_

#include <string>

#include "fuzz/campaign_result.h"

namespace norlog::fuzz {

// Setups, throughput, guarantees, failures with the line that replays each, and
// the verdict last. Ends with a line end.
std::string ToText(const CampaignResult& result);

}  // namespace norlog::fuzz

#endif  // FUZZ_REPORT_TEXT_H_
