// fuzz/report_html_parts.h - the pieces that the page is put together from.
#ifndef FUZZ_REPORT_HTML_PARTS_H_
#define FUZZ_REPORT_HTML_PARTS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "fuzz/campaign_result.h"

namespace norlog::fuzz::html {

extern const char kStyle[];   // report_html_style.cc
extern const char kScript[];  // report_html_script.cc

// One section of the page each; "" if `result` has nothing to show there.
std::string FailuresSection(const CampaignResult& result);
std::string CoverageSection(const CampaignResult& result);
std::string GuaranteesSection(const CampaignResult& result);
std::string ImagesSection(const CampaignResult& result);
std::string ThroughputSection(const CampaignResult& result);
std::string WearSection(const CampaignResult& result);
std::string RecoverySection(const CampaignResult& result);
std::string SetupsSection(const CampaignResult& result);
std::string ShardsSection(const CampaignResult& result);

// `id` and `title` are markup-free; `lead` and `body` are HTML.
std::string Section(const char* id, const char* title, const std::string& lead,
                    const std::string& body);

// An attribute with the text of the bubble that appears over an element.
std::string Tip(const std::string& text);

// 1234567 as "1.2M": for cells too small for more.
std::string Compact(std::uint64_t value);

// "nor-overwrite · nested", escaped.
std::string NameOf(const SetupResult& setup);

// A bar of `share` (0 to 1) of the width there is.
std::string Bar(double share);

// Shades for counts: 0 for 0, else 1 to kLevels, by the logarithm between the
// least and the largest count seen.
class LogScale {
 public:
  static constexpr int kLevels = 6;
  void See(std::uint64_t value);
  int Level(std::uint64_t value) const;
  // Swatches of class `kind`1 to `kind`6 between the two ends; "" if nothing
  // but 0 was seen.
  std::string Legend(char kind, const std::string& title) const;

 private:
  std::uint64_t least_ = 0;  // above 0; 0 if none was seen
  std::uint64_t largest_ = 0;
};

// A row of coloured cells as wide as the page, some rows of them on top of each
// other; pointing at a column shows its tip.
class Strip {
 public:
  Strip(std::size_t columns, int height) : columns_(columns), height_(height) {}
  // Columns must come in order within a row.
  void Cell(std::size_t column, int top, int height, const std::string& style);
  void AddTip(const std::string& text);
  // `label` is for those who cannot see it.
  std::string Take(const std::string& label);

 private:
  struct Run {
    std::size_t first = 0;
    std::size_t last = 0;
    std::string style;
    int height = 0;
  };
  void Flush(int top, const Run& run);

  std::size_t columns_;
  int height_;
  std::map<int, Run> open_;                   // by top: not drawn yet
  std::map<std::string, std::string> paths_;  // by style
  std::string tips_;
};

}  // namespace norlog::fuzz::html

#endif  // FUZZ_REPORT_HTML_PARTS_H_
