#include "bench/report.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "nlohmann/json.hpp"

namespace norlog::bench {
namespace {

const Row* Find(const std::vector<Row>& rows, std::string_view name) {
  const auto found =
      std::find_if(rows.begin(), rows.end(), [&](const Row& row) { return row.name == name; });
  return found == rows.end() ? nullptr : &*found;
}

std::string Verdict(const Row& row) {
  if (!row.goal.has_value()) return "";
  return absl::StrFormat("%s %.6g %s", row.better == Better::kLess ? "<=" : ">=", *row.goal,
                         row.met() ? "met" : "MISSED");
}

}  // namespace

bool IsCount(std::string_view unit) {
  return unit == kBytes || unit == kOps || unit == kReads || unit == kErases;
}

bool Row::met() const {
  if (!goal.has_value()) return true;
  return better == Better::kLess ? value <= *goal : value >= *goal;
}

void Report::Put(Row row) {
  if (Find(rows_, row.name) != nullptr) std::abort();  // names are keys
  rows_.push_back(std::move(row));
}

void Report::Add(std::string name, double value, std::string_view unit) {
  Put({std::move(name), value, std::string(unit), std::nullopt, Better::kLess});
}

void Report::AtMost(std::string name, double value, std::string_view unit, double goal) {
  Put({std::move(name), value, std::string(unit), goal, Better::kLess});
}

void Report::AtLeast(std::string name, double value, std::string_view unit, double goal) {
  Put({std::move(name), value, std::string(unit), goal, Better::kMore});
}

std::string Report::Text() const {
  std::string text;
  for (const Row& row : rows_) {
    absl::StrAppendFormat(&text, "%-56s %14.3f %-13s %s\n", row.name, row.value, row.unit,
                          Verdict(row));
  }
  return text;
}

std::string Report::Json() const {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const Row& row : rows_) {
    nlohmann::ordered_json goal = nullptr;
    nlohmann::ordered_json met = nullptr;
    if (row.goal.has_value()) {
      goal = *row.goal;
      met = row.met();
    }
    rows.push_back({{"name", row.name},
                    {"value", row.value},
                    {"unit", row.unit},
                    {"goal", goal},
                    {"met", met}});
  }
  return nlohmann::ordered_json{{"rows", rows}}.dump(1) + "\n";
}

absl::StatusOr<std::vector<Row>> ParseRows(std::string_view json) {
  const nlohmann::json document = nlohmann::json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (!document.is_object() || !document.contains("rows") || !document["rows"].is_array()) {
    return absl::InvalidArgumentError("no list `rows`");
  }
  std::vector<Row> rows;
  for (const nlohmann::json& entry : document["rows"]) {
    const auto name = entry.find("name");
    const auto value = entry.find("value");
    const auto unit = entry.find("unit");
    if (name == entry.end() || value == entry.end() || unit == entry.end() || !name->is_string() ||
        !value->is_number() || !unit->is_string()) {
      return absl::InvalidArgumentError(absl::StrCat("no row: ", entry.dump()));
    }
    rows.push_back({name->get<std::string>(), value->get<double>(), unit->get<std::string>(),
                    std::nullopt, Better::kLess});
  }
  return rows;
}

absl::Status CompareCounts(const std::vector<Row>& baseline, const std::vector<Row>& now,
                           double tolerance) {
  std::string worse;
  for (const Row& before : baseline) {
    if (!IsCount(before.unit)) continue;
    const Row* after = Find(now, before.name);
    if (after == nullptr) {
      absl::StrAppend(&worse, "  ", before.name, ": not measured any more\n");
    } else if (after->value > before.value * (1 + tolerance)) {
      absl::StrAppendFormat(&worse, "  %s: %.4g, was %.4g\n", before.name, after->value,
                            before.value);
    }
  }
  return worse.empty() ? absl::OkStatus()
                       : absl::FailedPreconditionError("worse than the baseline:\n" + worse);
}

}  // namespace norlog::bench
