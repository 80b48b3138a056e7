// The page's frame, its headline, and the tables of setups and shards.
#include "fuzz/report_html.h"

#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "fuzz/report_escape.h"
#include "fuzz/report_figures.h"
#include "fuzz/report_html_parts.h"

namespace norlog::fuzz {
namespace {

using html::Bar;
using html::Section;

struct Verdict {
  const char* state;  // a class of the style
  const char* sign;
  std::string text;
};

Verdict Judge(const CampaignResult& result) {
  if (const auto broken = BrokenGuarantees(result); !broken.empty()) {
    return {"bad", "✗",
            absl::StrCat(broken.size(), broken.size() == 1 ? " guarantee" : " guarantees",
                         " broken: ", Escape(absl::StrJoin(broken, ", ")))};
  }
  if (SumUp(result).cycles == 0) return {"none", "–", "Nothing was run"};
  if (!result.shards_missing.empty()) {
    return {"part", "!", "No guarantee broken, but shards are missing"};
  }
  if (result.shard_count > 1) return {"good", "✓", "No guarantee broken in this shard"};
  if (!IsComplete(result)) return {"part", "!", "No guarantee broken so far"};
  return {"good", "✓", "No guarantee broken"};
}

std::string Headline(const CampaignResult& result, const Verdict& verdict) {
  const Totals totals = SumUp(result);
  std::string text = absl::StrCat(
      "<header class=\"", verdict.state, "\"><span class=\"sign\" aria-hidden=\"true\">",
      verdict.sign, "</span><div><p class=\"eyebrow\">norlog power-loss campaign</p>\n<h1>",
      verdict.text, "</h1>\n<p>", Grouped(totals.cycles), " cycles of cut, recovery and verdict; ",
      Grouped(totals.checks), " verdicts, ", Grouped(totals.checks_broken), " against</p>\n");
  absl::StrAppendFormat(&text,
                        "<p class=\"soft\"><code>%s</code> · seed <code>0x%016x</code></p>\n",
                        result.mode.empty() ? "default mode" : Escape(result.mode), result.seed);
  if (result.interrupted) text += "<p class=\"warn\">Interrupted: --resume goes on.</p>\n";
  return text + "</div></header>\n";
}

std::string Tile(const std::string& value, const char* name, const std::string& note) {
  return absl::StrCat("<div><b>", value, "</b><span>", name, "</span><span class=\"soft\">", note,
                      "</span></div>\n");
}

std::string Tiles(const CampaignResult& result) {
  const Totals totals = SumUp(result);
  const double rate = PerCpuMinute(totals.cycles, result.cpu_seconds);
  return absl::StrCat(
      "<div class=\"tiles\">\n", Tile(Grouped(totals.cycles), "cycles", "cut, recover, verify"),
      Tile(Grouped(totals.states_memoised), "states memoised", "met before, counted apart"),
      Tile(Grouped(totals.cuts), "cuts", Grouped(totals.cuts_in_recovery) + " inside recoveries"),
      Tile(Grouped(totals.laps), "further laps", "written and checked behind a cut"),
      Tile(rate > 0 ? Grouped(static_cast<std::uint64_t>(rate)) : "–", "cycles a CPU-minute",
           "all setups"),
      Tile(Duration(result.cpu_seconds), "CPU time",
           Duration(result.wall_seconds) + " by the clock"),
      "</div>\n");
}

std::string SetupRow(const CampaignResult& result, const SetupResult& setup) {
  const std::uint64_t broken = BrokenIn(result, setup);
  const double rate = PerCpuMinute(setup.cycles, setup.cpu_seconds);
  std::string row =
      absl::StrCat("<tr><td>", html::NameOf(setup), "</td><td>", Escape(setup.profile), "</td><td>",
                   Escape(setup.geometry), "</td>");
  const auto cell = [&row](const std::string& text) {
    absl::StrAppend(&row, "<td class=\"n\">", text, "</td>");
  };
  cell(setup.jobs == setup.jobs_done ? Grouped(setup.jobs)
                                     : absl::StrCat("<b class=\"warn\">", Grouped(setup.jobs_done),
                                                    " of ", Grouped(setup.jobs), "</b>"));
  cell(Grouped(setup.cycles));
  cell(Grouped(setup.states_memoised));
  cell(Grouped(setup.torn_programs));
  cell(Grouped(setup.torn_erases));
  cell(Grouped(setup.cuts_in_recovery));
  cell(rate > 0 ? Grouped(static_cast<std::uint64_t>(rate)) : "–");
  cell(broken > 0 ? absl::StrCat("<span class=\"state bad\">", Grouped(broken), "</span>") : "0");
  return row + "</tr>\n";
}

std::string ShardCells(const CampaignResult& result) {
  const std::vector<std::uint32_t> present = ShardsOf(result);
  const std::set<std::uint32_t> here(present.begin(), present.end());
  const std::set<std::uint32_t> missing(result.shards_missing.begin(), result.shards_missing.end());
  std::string cells;
  for (std::uint32_t shard = 0; shard < result.shard_count; ++shard) {
    const char* state = here.contains(shard) ? "good" : missing.contains(shard) ? "bad" : "none";
    const char* word = here.contains(shard)      ? "here"
                       : missing.contains(shard) ? "missing"
                                                 : "another's";
    absl::StrAppend(
        &cells, "<i class=\"", state, "\"",
        html::Tip(absl::StrCat("shard ", shard, " of ", result.shard_count, "\n", word)), ">",
        shard, "</i>\n");
  }
  return absl::StrCat("<div class=\"shards\">", cells, "</div>\n");
}

std::string ShardsLead(const CampaignResult& result) {
  if (!result.shards_missing.empty()) {
    return absl::StrCat("<b class=\"warn\">Missing of ", result.shard_count,
                        " shards: ", absl::StrJoin(result.shards_missing, ", "),
                        ".</b> Run these and merge them with this result.");
  }
  if (result.shard_count == 1) return "The whole campaign is here: no shard is missing.";
  return absl::StrCat("Shard ", result.shard_index, " of ", result.shard_count,
                      ", counted from 0. norlog-campaign merge joins it with the others.");
}

constexpr char kHead[] =
    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
    // Lets the browser refuse what the page does not need: anything from outside.
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; "
    "style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n<link rel=\"icon\" href=\"data:,\">\n";

}  // namespace

namespace html {

std::string SetupsSection(const CampaignResult& result) {
  if (result.setups.empty()) return "";
  std::string rows =
      "<tr><th>setup</th><th>chip</th><th>ring</th><th class=\"n\">jobs</th>"
      "<th class=\"n\">cycles</th><th class=\"n\">memoised</th><th class=\"n\">torn programs</th>"
      "<th class=\"n\">torn erases</th><th class=\"n\">cuts in recovery</th>"
      "<th class=\"n\">per CPU-min</th><th class=\"n\">broken</th></tr>\n";
  for (const SetupResult& setup : result.setups) rows += SetupRow(result, setup);
  return Section("setups", "Setups", "",
                 "<div class=\"scroll\"><table>\n" + rows + "</table></div>\n");
}

std::string ShardsSection(const CampaignResult& result) {
  constexpr std::uint32_t kDrawn = 4096;
  return Section("shards", "Shards", ShardsLead(result),
                 result.shard_count > 1 && result.shard_count <= kDrawn ? ShardCells(result) : "");
}

}  // namespace html

std::string ToHtml(const CampaignResult& result) {
  const Verdict verdict = Judge(result);
  return absl::StrCat(
      kHead, "<title>", verdict.sign, " ", verdict.text, " · norlog campaign</title>\n<style>",
      html::kStyle, "</style></head>\n", "<body><main>\n", Headline(result, verdict), Tiles(result),
      html::FailuresSection(result), html::CoverageSection(result), html::GuaranteesSection(result),
      html::ImagesSection(result), html::ThroughputSection(result), html::RecoverySection(result),
      html::WearSection(result), html::SetupsSection(result), html::ShardsSection(result),
      "</main>\n<script>", html::kScript, "</script></body></html>\n");
}

}  // namespace norlog::fuzz
