// Cut-point coverage over the ring's life, and wear: strips of cells.
#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "fuzz/report_escape.h"
#include "fuzz/report_figures.h"
#include "fuzz/report_html_parts.h"

namespace norlog::fuzz::html {
namespace {

constexpr std::size_t kCellsOfPage = 16'000;  // bounds the page: about 100 B a cell

// How many columns each of `strips` gets.
std::size_t MaxColumns(std::size_t strips) {
  return std::clamp<std::size_t>(kCellsOfPage / std::max<std::size_t>(strips, 1), 48, 640);
}

// In wider bins nearly each would hold an erase.
constexpr std::size_t kTickedOperations = 8;

std::string OneLine(const std::string& text) {
  return absl::StrReplaceAll(text, {{"\n", " "}});
}

bool IsErase(const CutPoint& point) {
  return point.operation.rfind("erase", 0) == 0;
}

// Operations that share a column.
struct Bin {
  std::size_t first = 0;
  std::size_t count = 0;
  std::uint64_t cuts = 0;  // sums
  std::uint64_t nested = 0;
  std::uint64_t least_cuts = UINT64_MAX;
  std::uint64_t most_cuts = 0;
  std::size_t erases = 0;

  void Add(std::size_t index, const CutPoint& point) {
    if (count++ == 0) first = index;
    cuts += point.cuts;
    nested += point.nested_cuts;
    least_cuts = std::min(least_cuts, point.cuts);
    most_cuts = std::max(most_cuts, point.cuts);
    erases += IsErase(point) ? 1 : 0;
  }
  std::uint64_t mean_cuts() const { return (cuts + count - 1) / count; }
  std::uint64_t mean_nested() const { return (nested + count - 1) / count; }
};

std::vector<Bin> BinsOf(const std::vector<CutPoint>& points, std::size_t max_columns) {
  const std::size_t per_bin = (points.size() + max_columns - 1) / max_columns;
  std::vector<Bin> bins((points.size() + per_bin - 1) / per_bin);
  for (std::size_t i = 0; i < points.size(); ++i) bins[i / per_bin].Add(i, points[i]);
  return bins;
}

std::string TipOf(const Bin& bin, const std::vector<CutPoint>& points) {
  const CutPoint& point = points[bin.first];
  if (bin.count == 1) {
    return absl::StrCat(OneLine(point.operation), "\noperation ", Grouped(bin.first), ", lap ",
                        point.lap, "\n", Grouped(bin.cuts), " cuts, ", Grouped(bin.nested),
                        " nested");
  }
  return absl::StrCat("operations ", Grouped(bin.first), " to ", Grouped(bin.first + bin.count - 1),
                      ", lap ", point.lap, "\nfirst: ", OneLine(point.operation), "\n",
                      Grouped(bin.least_cuts), " to ", Grouped(bin.most_cuts), " cuts each, ",
                      Grouped(bin.cuts), " in all; ", Grouped(bin.nested), " nested");
}

struct Scales {
  LogScale cuts;
  LogScale nested;
};

std::string LapAxis(const std::vector<CutPoint>& points) {
  std::string axis = "<div class=\"laps\">";
  for (std::size_t i = 0; i < points.size();) {
    const std::size_t first = i;
    while (i < points.size() && points[i].lap == points[first].lap) ++i;
    absl::StrAppend(&axis, "<span style=\"flex:", i - first, "\">lap ", points[first].lap,
                    "</span>");
    if (axis.size() > 4000) return "";  // laps that jump about: no axis
  }
  return axis + "</div>\n";
}

std::string StripOf(const SetupResult& setup, const std::vector<Bin>& bins, const Scales& scales) {
  const bool nested =
      std::any_of(bins.begin(), bins.end(), [](const Bin& bin) { return bin.nested > 0; });
  const int ticks = nested ? 37 : 21;
  Strip strip(bins.size(), ticks + 4);
  for (std::size_t i = 0; i < bins.size(); ++i) {
    const Bin& bin = bins[i];
    strip.Cell(
        i, 0, 18,
        bin.least_cuts == 0 ? "hole" : absl::StrCat("c", scales.cuts.Level(bin.mean_cuts())));
    if (nested) strip.Cell(i, 20, 14, absl::StrCat("n", scales.nested.Level(bin.mean_nested())));
    if (bin.erases > 0 && bin.count <= kTickedOperations) strip.Cell(i, ticks, 4, "tick");
    strip.AddTip(TipOf(bin, setup.cut_points));
  }
  return strip.Take(absl::StrCat("cuts of ", setup.setup, " over the life of its ring"));
}

std::string SummaryOf(const SetupResult& setup) {
  std::size_t cut = 0;
  std::uint64_t cuts = 0;
  std::uint64_t nested = 0;
  for (const CutPoint& point : setup.cut_points) {
    cut += point.cuts > 0 ? 1 : 0;
    cuts += point.cuts;
    nested += point.nested_cuts;
  }
  const std::size_t all = setup.cut_points.size();
  return absl::StrCat(cut == all ? absl::StrCat("all ", Grouped(all), " operations cut")
                                 : absl::StrCat("<b class=\"warn\">", Grouped(all - cut), " of ",
                                                Grouped(all), " operations not cut</b>"),
                      ", ", Grouped(cuts), " cuts",
                      nested > 0 ? absl::StrCat(", ", Grouped(nested), " nested") : "");
}

std::vector<const SetupResult*> WithCutPoints(const CampaignResult& result) {
  std::vector<const SetupResult*> setups;
  for (const SetupResult& setup : result.setups) {
    if (!setup.cut_points.empty() && setup.cuts > 0) setups.push_back(&setup);
  }
  return setups;
}

// A campaign that ends by time may not come to all of its work.
std::string NotBegun(const CampaignResult& result) {
  std::vector<std::string> names;
  for (const SetupResult& setup : result.setups) {
    const bool begun = setup.cuts > 0 || setup.cut_points.empty();
    if (!begun) names.push_back(absl::StrCat(Escape(setup.setup), " ", Escape(setup.attack)));
  }
  if (names.empty()) return "";
  return absl::StrCat("<p class=\"soft\">Not begun: ", absl::StrJoin(names, ", "), ".</p>\n");
}

constexpr char kCoverageLead[] =
    "The life of each ring without cuts, from left to right: each cell is an operation that "
    "changes the chip, or some neighbours. Every cut ends in a recovery and a verdict; a nested "
    "cut falls into that recovery. Point at a cell, or use the arrow keys.";

// The erases of each unit of one setup, from 0 to the largest.
std::string WearStrip(const SetupResult& setup, std::size_t max_columns) {
  const std::uint64_t largest = *std::max_element(setup.wear.begin(), setup.wear.end());
  const std::size_t per_cell = (setup.wear.size() + max_columns - 1) / max_columns;
  const std::size_t columns = (setup.wear.size() + per_cell - 1) / per_cell;
  Strip strip(columns, 20);
  for (std::size_t i = 0; i < columns; ++i) {
    const auto begin = setup.wear.begin() + static_cast<std::ptrdiff_t>(i * per_cell);
    const auto left = static_cast<std::size_t>(setup.wear.end() - begin);
    const std::size_t count = std::min(per_cell, left);
    const std::uint64_t most = *std::max_element(begin, begin + static_cast<std::ptrdiff_t>(count));
    const double share =
        static_cast<double>(most) / static_cast<double>(std::max<std::uint64_t>(1, largest));
    strip.Cell(i, 0, 20, absl::StrCat("c", most == 0 ? 0 : 1 + static_cast<int>(share * 4 + .5)));
    strip.AddTip(
        absl::StrCat("unit ", Grouped(i * per_cell),
                     count > 1 ? absl::StrCat(" to ", Grouped(i * per_cell + count - 1)) : "", "\n",
                     Grouped(most), count > 1 ? " erases at most" : " erases"));
  }
  return strip.Take(absl::StrCat("erases of each unit of ", setup.setup));
}

std::string WearSummary(const SetupResult& setup) {
  const auto [least, most] = std::minmax_element(setup.wear.begin(), setup.wear.end());
  return absl::StrCat(Grouped(setup.wear.size()), " units, ", Grouped(*least), " to ",
                      Grouped(*most), " erases each");
}

std::string Row(const SetupResult& setup, const std::string& summary, const std::string& drawing) {
  return absl::StrCat("<div class=\"life\"><div class=\"head\"><span>", NameOf(setup),
                      "</span><span class=\"soft\">", summary, "</span></div>\n", drawing,
                      "</div>\n");
}

}  // namespace

std::string CoverageSection(const CampaignResult& result) {
  const std::vector<const SetupResult*> setups = WithCutPoints(result);
  if (setups.empty()) return "";
  std::vector<std::vector<Bin>> lives;
  Scales scales;
  for (const SetupResult* setup : setups) {
    lives.push_back(BinsOf(setup->cut_points, MaxColumns(setups.size())));
    for (const Bin& bin : lives.back()) {
      scales.cuts.See(bin.mean_cuts());
      scales.nested.See(bin.mean_nested());
    }
  }
  std::string body =
      absl::StrCat("<p class=\"legend\">", scales.cuts.Legend('c', "cuts"),
                   scales.nested.Legend('n', "nested, below"),
                   "<span class=\"key\"><i class=\"hole\"></i> some not cut</span>\n"
                   "<span class=\"key\"><i class=\"tick\"></i> an erase</span></p>\n");
  for (std::size_t i = 0; i < setups.size(); ++i) {
    absl::StrAppend(&body,
                    Row(*setups[i], SummaryOf(*setups[i]),
                        StripOf(*setups[i], lives[i], scales) + LapAxis(setups[i]->cut_points)));
  }
  absl::StrAppend(&body, NotBegun(result));
  return Section("coverage", "Cut points over the ring's life", kCoverageLead, body);
}

std::string WearSection(const CampaignResult& result) {
  std::vector<const SetupResult*> setups;
  for (const SetupResult& setup : result.setups) {
    if (!setup.wear.empty() && setup.cuts > 0) setups.push_back(&setup);
  }
  if (setups.empty()) return "";
  std::string body = "<div class=\"pairs\">\n";
  for (const SetupResult* setup : setups) {
    absl::StrAppend(&body,
                    Row(*setup, WearSummary(*setup), WearStrip(*setup, MaxColumns(setups.size()))));
  }
  return Section("wear", "Wear map",
                 "Erases of each erase unit, all cycles together. Darker is more (in the dark, "
                 "lighter); a strip of one shade is even wear.",
                 body + "</div>\n");
}

}  // namespace norlog::fuzz::html
