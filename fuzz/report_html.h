// fuzz/report_html.h - a campaign's result as one self-contained page.
#ifndef FUZZ_REPORT_HTML_H_
#define FUZZ_REPORT_HTML_H_

#include <string>

#include "fuzz/campaign_result.h"

namespace norlog::fuzz {

// A page that needs no network: style, script and drawings are inside. It reads
// without the script too, which only adds the bubbles and the copy buttons. Its
// size is bounded whatever the number of cut points: they are drawn in bins.
std::string ToHtml(const CampaignResult& result);

}  // namespace norlog::fuzz

#endif  // FUZZ_REPORT_HTML_H_
