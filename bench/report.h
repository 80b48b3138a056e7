// bench/report.h - what a benchmark measured: rows of a name, a value and a
// unit, with the goal that it is held against.
//
// A row whose unit is a count (IsCount) is exact: the same on every host. Those
// are what a baseline holds; times of the host are not.
#ifndef BENCH_REPORT_H_
#define BENCH_REPORT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace norlog::bench {

enum class Better : std::uint8_t { kLess, kMore };

// Units. Counts come from the simulator and do not vary.
inline constexpr std::string_view kBytes = "B";
inline constexpr std::string_view kOps = "ops";
inline constexpr std::string_view kReads = "reads";
inline constexpr std::string_view kErases = "erases";
inline constexpr std::string_view kInstructions = "instructions";  // of the host's compiler
inline constexpr std::string_view kChipUs = "chip us";             // simulated
inline constexpr std::string_view kHostNs = "host ns";
inline constexpr std::string_view kShare = "share";  // 0 to 1
inline constexpr std::string_view kRatio = "x";

// True for units of exact counts of which less is better.
bool IsCount(std::string_view unit);

struct Row {
  std::string name;  // suite/what/...: unique in a report
  double value = 0;
  std::string unit;
  std::optional<double> goal;
  Better better = Better::kLess;

  // Without a goal there is nothing to miss.
  bool met() const;
};

class Report {
 public:
  // A figure without a goal; one that should be at most, or at least, `goal`.
  void Add(std::string name, double value, std::string_view unit);
  void AtMost(std::string name, double value, std::string_view unit, double goal);
  void AtLeast(std::string name, double value, std::string_view unit, double goal);

  const std::vector<Row>& rows() const { return rows_; }

  // One line a row, for people.
  std::string Text() const;
  // {"rows": [{"name", "value", "unit", "goal", "met"}, ...]}; goal and met are
  // null where there is no goal.
  std::string Json() const;

 private:
  void Put(Row row);

  std::vector<Row> rows_;
};

// Rows of a JSON document as Json writes it.
absl::StatusOr<std::vector<Row>> ParseRows(std::string_view json);

// Compares the counts of `now` with those of `baseline`. An error names every
// row that got worse by more than `tolerance` (0.02: 2 %) or is missing.
absl::Status CompareCounts(const std::vector<Row>& baseline, const std::vector<Row>& now,
                           double tolerance);

}  // namespace norlog::bench

#endif  // BENCH_REPORT_H_
