// What broke, and how to see it again.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "fuzz/report_escape.h"
#include "fuzz/report_figures.h"
#include "fuzz/report_html_parts.h"

namespace norlog::fuzz::html {
namespace {

// Bounds of the page; the JSON holds all.
constexpr std::size_t kMaxFailures = 100;
constexpr std::size_t kMaxTextBytes = 64 * 1024;

std::string Bounded(const std::string& text) {
  if (text.size() <= kMaxTextBytes) return text;
  return text.substr(0, kMaxTextBytes) + "\n... (the JSON has the rest)";
}

// Lines of `text` as HTML; those that differ from the same line of `other` are
// marked.
std::string MarkedLines(const std::string& text, const std::string& other) {
  const std::vector<std::string> lines = absl::StrSplit(Bounded(text), '\n');
  const std::vector<std::string> others = absl::StrSplit(Bounded(other), '\n');
  std::vector<std::string> html;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const bool same = i < others.size() && lines[i] == others[i];
    html.push_back(same || lines[i].empty() ? Escape(lines[i])
                                            : absl::StrCat("<mark>", Escape(lines[i]), "</mark>"));
  }
  return absl::StrJoin(html, "\n");
}

std::string Pre(const char* title, const std::string& html) {
  return absl::StrCat("<div><h4>", title, "</h4><pre>", html, "</pre></div>\n");
}

std::string Images(const FailureCluster& failure) {
  if (failure.image_before.empty() && failure.image_after.empty()) return "";
  return absl::StrCat(
      "<div class=\"pairs\">\n",
      Pre("Image before the cut", MarkedLines(failure.image_before, failure.image_after)),
      Pre("Image after it", MarkedLines(failure.image_after, failure.image_before)), "</div>\n");
}

std::string Replay(const FailureCluster& failure) {
  if (failure.replay.empty()) return "";
  return absl::StrCat("<div class=\"replay\"><code>", Escape(failure.replay),
                      "</code><button type=\"button\" class=\"copy\">Copy</button></div>\n");
}

std::string Failure(const FailureCluster& failure, bool open) {
  return absl::StrCat(
      "<details class=\"failure\"", open ? " open" : "", "><summary><span class=\"chip bad\">",
      Escape(failure.guarantee), "</span><span class=\"message\">", Escape(failure.message),
      "</span><span class=\"soft n\">", Grouped(failure.count), " ×</span></summary>\n",
      "<p class=\"soft\">First in <b>", Escape(failure.setup), "</b> ", Escape(failure.attack),
      ", case ", Grouped(failure.first_case), "; shrunk to ", failure.operations,
      " operations and ", failure.cuts, " cuts.</p>\n", Replay(failure),
      failure.trace.empty() ? "" : Pre("Trace", Escape(Bounded(failure.trace))), Images(failure),
      "</details>\n");
}

}  // namespace

std::string FailuresSection(const CampaignResult& result) {
  if (result.failures.empty()) return "";
  std::string body;
  for (std::size_t i = 0; i < result.failures.size() && i < kMaxFailures; ++i) {
    body += Failure(result.failures[i], /*open=*/i == 0);
  }
  if (result.failures.size() > kMaxFailures) {
    absl::StrAppend(&body, "<p class=\"soft\">", result.failures.size() - kMaxFailures,
                    " more in the JSON.</p>\n");
  }
  return Section("failures", "What broke",
                 "Failures with the same guarantee and the same message but for its numbers are "
                 "one; shown is the first, shrunk. Lines that the recovery changed are marked.",
                 body);
}

}  // namespace norlog::fuzz::html
