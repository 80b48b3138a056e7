// Guarantees, images, throughput, and what recoveries cost.
#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "fuzz/report_escape.h"
#include "fuzz/report_figures.h"
#include "fuzz/report_html_parts.h"

namespace norlog::fuzz::html {
namespace {

double Share(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

std::uint64_t At(const std::vector<std::uint64_t>& values, std::size_t index) {
  return index < values.size() ? values[index] : 0;
}

// A table that scrolls sideways on its own when the page is narrow.
std::string Scrolling(const std::string& table_class, const std::string& rows) {
  return absl::StrCat("<div class=\"scroll\"><table class=\"", table_class, "\">\n", rows,
                      "</table></div>\n");
}

std::string GuaranteeRow(const GuaranteeResult& guarantee, std::uint64_t most) {
  const std::string id = GuaranteeId(guarantee.name);
  const char* state = guarantee.broken > 0 ? "bad" : guarantee.checks > 0 ? "good" : "none";
  const char* word = guarantee.broken > 0   ? "broken"
                     : guarantee.checks > 0 ? "held"
                                            : "not checked";
  return absl::StrCat("<tr><td><span class=\"chip\">", Escape(id), "</span>",
                      Escape(guarantee.name.substr(id.size())), "</td><td class=\"wide\">",
                      Bar(Share(guarantee.checks, most)), "</td><td class=\"n\">",
                      Grouped(guarantee.checks), "</td><td class=\"n\">", Grouped(guarantee.broken),
                      "</td><td><span class=\"state ", state, "\">", word, "</span></td></tr>\n");
}

// One column of the matrix: a guarantee's checks, or a setup's cuts, by image.
struct Column {
  std::string name;
  std::string noun;
  std::vector<std::uint64_t> counts;
  std::vector<std::uint64_t> broken;
};

std::vector<Column> ColumnsByGuarantee(const CampaignResult& result) {
  std::vector<Column> columns;
  for (const GuaranteeResult& guarantee : result.guarantees) {
    if (!guarantee.checks_by_image.empty()) {
      columns.push_back({GuaranteeId(guarantee.name), "checks", guarantee.checks_by_image,
                         guarantee.broken_by_image});
    }
  }
  return columns;
}

// Setups of the same name under different attacks are one column.
std::vector<Column> ColumnsBySetup(const CampaignResult& result) {
  std::vector<Column> columns;
  for (const SetupResult& setup : result.setups) {
    auto column = std::find_if(columns.begin(), columns.end(),
                               [&](const Column& c) { return c.name == setup.setup; });
    if (column == columns.end()) column = columns.insert(column, {setup.setup, "cuts", {}, {}});
    column->counts.resize(result.images.size());
    for (std::size_t i = 0; i < column->counts.size(); ++i) {
      column->counts[i] += At(setup.images, i);
    }
  }
  return columns;
}

std::string MatrixCell(const Column& column, const std::string& image, std::size_t index,
                       const LogScale& scale) {
  const std::uint64_t count = At(column.counts, index);
  const std::uint64_t broken = At(column.broken, index);
  const std::string tip =
      absl::StrCat(image, " × ", column.name, "\n", Grouped(count), " ", column.noun,
                   broken > 0 ? absl::StrCat(", ", Grouped(broken), " broken") : "");
  const std::string style = broken > 0 ? "broke" : absl::StrCat("c", scale.Level(count));
  const std::string text = broken > 0  ? absl::StrCat("✗ ", Compact(broken))
                           : count > 0 ? Compact(count)
                                       : "–";
  return absl::StrCat("<td class=\"", style, "\"", Tip(tip), ">", text, "</td>");
}

std::string Matrix(const CampaignResult& result, const std::vector<Column>& columns) {
  LogScale scale;
  for (const Column& column : columns) {
    for (const std::uint64_t count : column.counts) scale.See(count);
  }
  std::string rows = "<tr><th></th>";
  for (const Column& column : columns) {
    absl::StrAppend(&rows, "<th><span>", Escape(column.name), "</span></th>");
  }
  rows += "</tr>\n";
  for (std::size_t image = 0; image < result.images.size(); ++image) {
    absl::StrAppend(&rows, "<tr><th>", Escape(result.images[image]), "</th>");
    for (const Column& column : columns) {
      rows += MatrixCell(column, result.images[image], image, scale);
    }
    rows += "</tr>\n";
  }
  const bool long_names = std::any_of(columns.begin(), columns.end(),
                                      [](const Column& column) { return column.name.size() > 4; });
  return Scrolling(long_names ? "matrix turned" : "matrix", rows);
}

// Bins from the first to the last that holds something.
std::string Columns(const Histogram& histogram, const std::string& noun) {
  const std::uint64_t count = CountOf(histogram);
  const auto full = [](std::uint64_t bin) { return bin > 0; };
  const auto& bins = histogram.bins;
  const auto first =
      static_cast<std::size_t>(std::find_if(bins.begin(), bins.end(), full) - bins.begin());
  const auto last =
      static_cast<std::size_t>(bins.rend() - std::find_if(bins.rbegin(), bins.rend(), full));
  const std::uint64_t most = *std::max_element(bins.begin(), bins.end());
  std::string columns;
  for (std::size_t bin = first; bin < last; ++bin) {
    const std::uint64_t from = bin == 0 ? 0 : std::uint64_t{1} << (bin - 1);
    const std::uint64_t to = bin < 2 ? from : 2 * from - 1;
    const std::string range =
        from == to ? Grouped(from) : absl::StrCat(Grouped(from), " to ", Grouped(to));
    absl::StrAppendFormat(
        &columns, "<div%s><span class=\"col\" style=\"height:%.2f%%\"></span><i>%s</i></div>\n",
        Tip(absl::StrFormat("%s %s\n%s recoveries, %.2f %%", range, noun, Grouped(bins[bin]),
                            100 * Share(bins[bin], count))),
        100 * Share(bins[bin], most), Compact(from));
  }
  return columns;
}

std::string HistogramFigure(const Histogram& histogram, const char* title,
                            const std::string& noun) {
  if (CountOf(histogram) == 0) return "";
  return absl::StrCat("<figure><figcaption><b>", title, "</b><span class=\"soft\">half ≤ ",
                      Grouped(Quantile(histogram, 0.5)), " · 99 % ≤ ",
                      Grouped(Quantile(histogram, 0.99)), " · most ", Grouped(histogram.max),
                      "</span></figcaption>\n<div class=\"columns\">\n", Columns(histogram, noun),
                      "</div></figure>\n");
}

std::string CostCells(const Histogram& histogram) {
  if (CountOf(histogram) == 0) return "<td class=\"n\">–</td><td class=\"n\">–</td>";
  return absl::StrCat("<td class=\"n\">", Grouped(Quantile(histogram, 0.5)),
                      "</td><td class=\"n\">", Grouped(histogram.max), "</td>");
}

std::string CostTable(const CampaignResult& result) {
  std::string rows =
      "<tr><th></th><th colspan=\"2\">reads</th><th colspan=\"2\">programs</th>"
      "<th colspan=\"2\">erases</th><th colspan=\"2\">chip time, µs</th></tr>\n<tr><th></th>";
  for (int i = 0; i < 4; ++i) rows += "<th class=\"n\">half ≤</th><th class=\"n\">most</th>";
  rows += "</tr>\n";
  for (const SetupResult& setup : result.setups) {
    absl::StrAppend(&rows, "<tr><td>", NameOf(setup), "</td>", CostCells(setup.recovery_reads),
                    CostCells(setup.recovery_programs), CostCells(setup.recovery_erases),
                    CostCells(setup.recovery_us), "</tr>\n");
  }
  return "<details><summary>By setup</summary>\n" + Scrolling("", rows) + "</details>\n";
}

Histogram SumOf(const CampaignResult& result, Histogram SetupResult::*histogram) {
  Histogram sum;
  for (const SetupResult& setup : result.setups) sum.Merge(setup.*histogram);
  return sum;
}

}  // namespace

std::string GuaranteesSection(const CampaignResult& result) {
  if (result.guarantees.empty()) return "";
  std::uint64_t most = 0;
  for (const GuaranteeResult& guarantee : result.guarantees) {
    most = std::max(most, guarantee.checks);
  }
  std::string rows =
      "<tr><th>guarantee</th><th></th><th class=\"n\">checks</th><th class=\"n\">broken</th>"
      "<th></th></tr>\n";
  for (const GuaranteeResult& guarantee : result.guarantees) rows += GuaranteeRow(guarantee, most);
  return Section("guarantees", "Guarantees checked", "", Scrolling("guarantees", rows));
}

std::string ImagesSection(const CampaignResult& result) {
  if (result.images.empty()) return "";
  const std::vector<Column> by_setup = ColumnsBySetup(result);
  const std::vector<Column> by_guarantee = ColumnsByGuarantee(result);
  if (by_guarantee.empty()) {
    return Section("images", "Images tried",
                   "How often each way to tear an operation was tried on each setup.",
                   Matrix(result, by_setup));
  }
  return Section("images", "Images tried × guarantees checked",
                 "Verdicts on each guarantee behind a cut that left each kind of image.",
                 Matrix(result, by_guarantee) +
                     "<details><summary>Images by setup: how often each was tried</summary>\n" +
                     Matrix(result, by_setup) + "</details>\n");
}

std::string ThroughputSection(const CampaignResult& result) {
  const std::vector<Throughput> rows = ThroughputByGeometry(result);
  if (rows.empty()) return "";
  double best = 0;
  for (const Throughput& row : rows) {
    best = std::max(best, PerCpuMinute(row.cycles, row.cpu_seconds));
  }
  std::string body = "<div class=\"bars\">\n";
  for (const Throughput& row : rows) {
    const double rate = PerCpuMinute(row.cycles, row.cpu_seconds);
    absl::StrAppend(&body, "<div",
                    Tip(absl::StrCat(Grouped(row.cycles), " cycles in ", Duration(row.cpu_seconds),
                                     " of CPU time")),
                    "><span><b>", Escape(row.profile), "</b> <span class=\"soft\">",
                    Escape(row.geometry), "</span></span>", Bar(best > 0 ? rate / best : 0),
                    "<span class=\"n\">",
                    rate > 0 ? Grouped(static_cast<std::uint64_t>(rate)) : "–", "</span></div>\n");
  }
  return Section("throughput", "Throughput",
                 "Cycles of cut, recovery and verdict a CPU-minute, by chip and ring. Memoised "
                 "states are not counted.",
                 body + "</div>\n");
}

std::string RecoverySection(const CampaignResult& result) {
  const std::string figures =
      HistogramFigure(SumOf(result, &SetupResult::recovery_reads), "Reads", "reads") +
      HistogramFigure(SumOf(result, &SetupResult::recovery_programs), "Programs", "programs") +
      HistogramFigure(SumOf(result, &SetupResult::recovery_erases), "Erases", "erases") +
      HistogramFigure(SumOf(result, &SetupResult::recovery_us), "Chip time, µs", "µs");
  if (figures.empty()) return "";
  return Section("recovery", "What recovery costs",
                 "The mount behind a cut, all setups together. Columns double in width: each "
                 "begins at the figure below it.",
                 "<div class=\"figures\">\n" + figures + "</div>\n" + CostTable(result));
}

}  // namespace norlog::fuzz::html
