#include "fuzz/report_text.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "fuzz/report_figures.h"

namespace norlog::fuzz {
namespace {

// Columns as wide as their widest cell; all but the first `left` are figures,
// flush right.
class Table {
 public:
  explicit Table(std::size_t left) : left_(left) {}
  void Row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }

  std::string Take() const {
    std::vector<int> widths;
    for (const auto& row : rows_) {
      widths.resize(std::max(widths.size(), row.size()));
      for (std::size_t i = 0; i < row.size(); ++i) {
        widths[i] = std::max(widths[i], static_cast<int>(row[i].size()));
      }
    }
    std::string text;
    for (const auto& row : rows_) absl::StrAppend(&text, Line(row, widths), "\n");
    return text;
  }

 private:
  std::string Line(const std::vector<std::string>& row, const std::vector<int>& widths) const {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      absl::StrAppendFormat(&line, "  %*s", i < left_ ? -widths[i] : widths[i], row[i]);
    }
    return line.erase(line.find_last_not_of(' ') + 1);
  }

  std::size_t left_;
  std::vector<std::vector<std::string>> rows_;
};

std::string Rate(std::uint64_t cycles, double cpu_seconds) {
  if (cpu_seconds <= 0) return "-";
  return Grouped(static_cast<std::uint64_t>(PerCpuMinute(cycles, cpu_seconds)));
}

std::string Percent(std::uint64_t used) {
  return used == 0 ? "-" : absl::StrCat(used, " %");
}

std::string SetupTable(const CampaignResult& result) {
  Table table(3);
  table.Row({"setup", "chip", "attack", "jobs", "cycles", "memoised", "broken", "per CPU-min",
             "budget: clean", "cut"});
  for (const SetupResult& s : result.setups) {
    table.Row(
        {s.setup, s.profile, s.attack,
         s.jobs_done == s.jobs ? Grouped(s.jobs) : absl::StrCat(s.jobs_done, "/", Grouped(s.jobs)),
         Grouped(s.cycles), Grouped(s.states_memoised), Grouped(BrokenIn(result, s)),
         Rate(s.cycles, s.cpu_seconds), Percent(s.clean_budget_used), Percent(s.cut_budget_used)});
  }
  const Totals totals = SumUp(result);
  table.Row({"all", "", "",
             totals.jobs_done == totals.jobs
                 ? Grouped(totals.jobs)
                 : absl::StrCat(totals.jobs_done, "/", Grouped(totals.jobs)),
             Grouped(totals.cycles), Grouped(totals.states_memoised), Grouped(totals.checks_broken),
             Rate(totals.cycles, result.cpu_seconds)});
  return table.Take();
}

std::string ThroughputTable(const CampaignResult& result) {
  Table table(2);
  table.Row({"chip", "ring", "cycles", "CPU time", "per CPU-min"});
  for (const Throughput& row : ThroughputByGeometry(result)) {
    table.Row({row.profile, row.geometry, Grouped(row.cycles), Duration(row.cpu_seconds),
               Rate(row.cycles, row.cpu_seconds)});
  }
  return table.Take();
}

std::string GuaranteeTable(const CampaignResult& result) {
  Table table(1);
  table.Row({"guarantee", "checks", "broken"});
  for (const GuaranteeResult& guarantee : result.guarantees) {
    const bool checked = guarantee.checks > 0;
    table.Row({guarantee.name, checked ? Grouped(guarantee.checks) : "not checked",
               checked || guarantee.broken > 0 ? Grouped(guarantee.broken) : "-"});
  }
  return table.Take();
}

std::string Indented(const std::string& text) {
  std::string indented;
  for (const auto line : absl::StrSplit(text, '\n')) absl::StrAppend(&indented, "    ", line, "\n");
  return indented;
}

std::string Describe(const FailureCluster& failure) {
  std::string text = absl::StrFormat(
      "\n%s BROKEN %s times, first in %s%s%s (shrunk to %d operations, %d cuts)\n",
      failure.guarantee, Grouped(failure.count), failure.setup, failure.attack.empty() ? "" : ", ",
      failure.attack, failure.operations, failure.cuts);
  absl::StrAppend(&text, "  ", failure.message, "\n");
  if (!failure.trace.empty()) absl::StrAppend(&text, Indented(failure.trace));
  return absl::StrCat(text, "  replay: ", failure.replay, "\n");
}

std::string Verdict(const CampaignResult& result) {
  std::string text;
  if (!result.shards_missing.empty()) {
    absl::StrAppend(&text, "INCOMPLETE: of ", result.shard_count,
                    " shards these are missing: ", absl::StrJoin(result.shards_missing, ", "),
                    "\n");
  }
  if (result.interrupted) absl::StrAppend(&text, "INTERRUPTED: --resume goes on.\n");
  const Totals totals = SumUp(result);
  if (const auto broken = BrokenGuarantees(result); !broken.empty()) {
    return absl::StrCat(text, "FAILED. guarantees broken: ", broken.size(), " (",
                        absl::StrJoin(broken, ", "), "), in ", result.failures.size(), " ways.\n");
  }
  if (totals.cycles == 0) return text + "Nothing was run.\n";
  return absl::StrCat(text, "guarantees broken: 0 in ", Grouped(totals.cycles),
                      " cycles of cut, recovery and verdict.\n");
}

}  // namespace

std::string ToText(const CampaignResult& result) {
  std::string text = absl::StrFormat("%s; seed 0x%016x", result.mode, result.seed);
  if (result.shard_count > 1 && result.shards_missing.empty()) {
    absl::StrAppend(&text, "; shard ", result.shard_index, " of ", result.shard_count);
  }
  absl::StrAppend(&text, "; ", Duration(result.wall_seconds), ", ", Duration(result.cpu_seconds),
                  " of CPU time\n\n", SetupTable(result), "\n", ThroughputTable(result), "\n",
                  GuaranteeTable(result));
  for (const FailureCluster& failure : result.failures) absl::StrAppend(&text, Describe(failure));
  return absl::StrCat(text, "\n", Verdict(result));
}

}  // namespace norlog::fuzz
