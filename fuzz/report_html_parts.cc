#include "fuzz/report_html_parts.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "fuzz/report_escape.h"
#include "fuzz/report_figures.h"

namespace norlog::fuzz::html {
namespace {

constexpr std::size_t kWithGaps = 160;  // columns, at most, that are drawn apart

}  // namespace

std::string Section(const char* id, const char* title, const std::string& lead,
                    const std::string& body) {
  return absl::StrCat("<section id=\"", id, "\"><h2>", title, "</h2>\n",
                      lead.empty() ? "" : absl::StrCat("<p class=\"lead\">", lead, "</p>\n"), body,
                      "</section>\n");
}

std::string Tip(const std::string& text) {
  return absl::StrCat(" data-tip=\"", Escape(text), "\"");
}

std::string Compact(std::uint64_t value) {
  constexpr char kSuffixes[] = {'k', 'M', 'G', 'T', 'P', 'E'};
  if (value < 1000) return absl::StrCat(value);
  auto scaled = static_cast<double>(value);
  std::size_t suffix = 0;
  for (scaled /= 1000; scaled >= 999.5 && suffix + 1 < std::size(kSuffixes); scaled /= 1000) {
    ++suffix;
  }
  return absl::StrFormat("%.*f%c", scaled < 9.95 ? 1 : 0, scaled, kSuffixes[suffix]);
}

std::string NameOf(const SetupResult& setup) {
  return absl::StrCat("<b>", Escape(setup.setup), "</b> <span class=\"soft\">",
                      Escape(setup.attack), "</span>");
}

std::string Bar(double share) {
  if (share <= 0) return "<span class=\"bar\"></span>";
  return absl::StrFormat("<span class=\"bar\"><span style=\"width:%.2f%%\"></span></span>",
                         100 * std::min(share, 1.0));
}

void LogScale::See(std::uint64_t value) {
  if (value == 0) return;
  least_ = least_ == 0 ? value : std::min(least_, value);
  largest_ = std::max(largest_, value);
}

int LogScale::Level(std::uint64_t value) const {
  if (value == 0) return 0;
  if (least_ == largest_) return 4;
  const auto least = static_cast<double>(least_);
  const double share = std::log(static_cast<double>(value) / least) /
                       std::log(static_cast<double>(largest_) / least);
  return 1 + std::clamp(static_cast<int>(share * kLevels), 0, kLevels - 1);
}

std::string LogScale::Legend(char kind, const std::string& title) const {
  if (largest_ == 0) return "";
  if (least_ == largest_) {
    return absl::StrCat("<span class=\"key\">", title, " <i class=\"", std::string(1, kind),
                        "4\"></i> ", Grouped(largest_), "</span>\n");
  }
  std::string swatches;
  for (int level = 1; level <= kLevels; ++level) {
    absl::StrAppend(&swatches, "<i class=\"", std::string(1, kind), level, "\"></i>");
  }
  return absl::StrCat("<span class=\"key\">", title, " ", Grouped(least_), " ", swatches, " ",
                      Grouped(largest_), "</span>\n");
}

void Strip::Cell(std::size_t column, int top, int height, const std::string& style) {
  Run& run = open_[top];
  const bool goes_on = columns_ > kWithGaps && run.style == style && run.last == column;
  if (!goes_on) {
    Flush(top, run);
    run = {column, column, style, height};
  }
  run.last = column + 1;
}

void Strip::Flush(int top, const Run& run) {
  if (run.style.empty()) return;
  const bool single = run.last - run.first == 1 && columns_ <= kWithGaps;
  const std::string width = single ? ".9" : absl::StrCat(run.last - run.first);
  absl::StrAppend(&paths_[run.style], "M", run.first, " ", top, "h", width, "v", run.height, "h-",
                  width, "z");
}

void Strip::AddTip(const std::string& text) {
  if (!tips_.empty()) tips_ += "\n\n";  // between tips
  tips_ += Escape(absl::StrReplaceAll(text, {{"\n\n", "\n"}}));
}

std::string Strip::Take(const std::string& label) {
  for (const auto& [top, run] : open_) Flush(top, run);
  std::string svg =
      absl::StrCat("<svg class=\"strip\" role=\"img\" tabindex=\"0\" aria-label=\"", Escape(label),
                   "\" viewBox=\"0 0 ", columns_, " ", height_, "\" style=\"height:", height_,
                   "px\" preserveAspectRatio=\"none\" data-tips=\"", tips_, "\">");
  for (const auto& [style, path] : paths_) {
    absl::StrAppend(&svg, "<path class=\"", style, "\" d=\"", path, "\"/>");
  }
  return absl::StrCat(svg, "<rect class=\"mark\" width=\"1\" height=\"", height_, "\"/></svg>\n");
}

}  // namespace norlog::fuzz::html
