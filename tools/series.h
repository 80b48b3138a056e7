// tools/series.h - a CSV file as what a sensor would append: times and payloads.
//
// The time column is the first whose name contains "time", "date" or "tick"
// (in any case), else the first. The payload holds the other columns in their
// order, little endian, each with the narrowest type that all its fields fit:
// int32, int64, float64 (the bits; also for a column with empty fields, which
// become NaN), or text (u16 length, bytes).
#ifndef NORLOG_TOOLS_SERIES_H_
#define NORLOG_TOOLS_SERIES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace norlog::tools {

struct Sample {
  int line = 0;           // of the file
  std::int64_t time = 0;  // see Series::time_unit
  std::vector<std::uint8_t> payload;
};

struct Series {
  std::string time_column;
  // "as given" if all times are integers; "microseconds" if they are decimal
  // numbers (taken as seconds) or ISO 8601 timestamps (UTC where no zone
  // stands), then since 1970.
  std::string time_unit;
  std::vector<Sample> samples;  // at least one
};

// Reads `path`. Errors name the file and line: ReadCsv's, and kInvalidArgument
// for no data rows, a row with too few or too many fields, a time that is
// none, a text over 65,535 bytes.
absl::StatusOr<Series> LoadSeries(const std::string& path);

}  // namespace norlog::tools

#endif  // NORLOG_TOOLS_SERIES_H_
