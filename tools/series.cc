#include "tools/series.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "tools/csv.h"

namespace norlog::tools {
namespace {

// Both narrowest first.
enum class FieldType { kInt32, kInt64, kFloat64, kText };
enum class TimeKind { kNone, kInteger, kDecimal, kTimestamp };

constexpr std::size_t kMaxTextBytes = std::numeric_limits<std::uint16_t>::max();
constexpr double kMicrosPerSecond = 1e6;

absl::Status ErrorAt(const std::string& path, int line, const std::string& what) {
  return absl::InvalidArgumentError(absl::StrFormat("%s:%d: %s", path, line, what));
}

std::size_t FindTimeColumn(const std::vector<std::string>& names) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string name = absl::AsciiStrToLower(names[i]);
    for (const char* part : {"time", "date", "tick"}) {
      if (absl::StrContains(name, part)) return i;
    }
  }
  return 0;
}

// The number of seconds, if its microseconds fit in 64 bits.
std::optional<double> ParseSeconds(const std::string& text) {
  double seconds = 0;
  if (!absl::SimpleAtod(text, &seconds)) return std::nullopt;
  if (!(std::abs(seconds) < 9e18 / kMicrosPerSecond)) return std::nullopt;
  return seconds;
}

std::optional<std::int64_t> ParseTimestamp(const std::string& text) {
  for (const char* format :
       {"%Y-%m-%d%ET%H:%M:%E*S%Ez", "%Y-%m-%d%ET%H:%M:%E*S", "%Y-%m-%d %H:%M:%E*S%Ez",
        "%Y-%m-%d %H:%M:%E*S", "%Y-%m-%d%ET%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%d"}) {
    absl::Time time;
    if (!absl::ParseTime(format, text, &time, nullptr)) continue;
    if (time == absl::InfiniteFuture() || time == absl::InfinitePast()) return std::nullopt;
    return absl::ToUnixMicros(time);
  }
  return std::nullopt;
}

TimeKind TimeKindOf(const std::string& text) {
  std::int64_t integer = 0;
  if (absl::SimpleAtoi(text, &integer)) return TimeKind::kInteger;
  if (ParseSeconds(text)) return TimeKind::kDecimal;
  if (ParseTimestamp(text)) return TimeKind::kTimestamp;
  return TimeKind::kNone;
}

std::int64_t TimeOf(TimeKind kind, const std::string& text) {
  std::int64_t integer = 0;
  switch (kind) {
    case TimeKind::kNone: break;
    case TimeKind::kInteger: (void)absl::SimpleAtoi(text, &integer); return integer;
    case TimeKind::kDecimal: return std::llround(*ParseSeconds(text) * kMicrosPerSecond);
    case TimeKind::kTimestamp: return *ParseTimestamp(text);
  }
  return 0;
}

FieldType TypeOf(const std::string& field) {
  std::int32_t narrow = 0;
  std::int64_t wide = 0;
  double real = 0;
  if (absl::SimpleAtoi(field, &narrow)) return FieldType::kInt32;
  if (absl::SimpleAtoi(field, &wide)) return FieldType::kInt64;
  if (field.empty() || absl::SimpleAtod(field, &real)) return FieldType::kFloat64;
  return FieldType::kText;
}

void PutLittleEndian(std::uint64_t value, int bytes, std::vector<std::uint8_t>& out) {
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

void PutField(FieldType type, const std::string& field, std::vector<std::uint8_t>& out) {
  std::int64_t integer = 0;
  double real = std::numeric_limits<double>::quiet_NaN();
  switch (type) {
    case FieldType::kInt32:
    case FieldType::kInt64:
      (void)absl::SimpleAtoi(field, &integer);
      PutLittleEndian(static_cast<std::uint64_t>(integer), type == FieldType::kInt32 ? 4 : 8, out);
      break;
    case FieldType::kFloat64:
      if (!field.empty()) (void)absl::SimpleAtod(field, &real);
      PutLittleEndian(std::bit_cast<std::uint64_t>(real), 8, out);
      break;
    case FieldType::kText:
      PutLittleEndian(field.size(), 2, out);
      out.insert(out.end(), field.begin(), field.end());
      break;
  }
}

// A file's rows behind the header, checked field by field.
class Table {
 public:
  Table(const std::string& path, const std::vector<CsvRow>& rows)
      : path_(path), rows_(rows), names_(rows.front().fields), types_(names_.size()) {}

  absl::Status Check() {
    time_column_ = FindTimeColumn(names_);
    for (std::size_t i = 1; i < rows_.size(); ++i) {
      if (absl::Status status = CheckRow(rows_[i]); !status.ok()) return status;
    }
    return CheckRange();
  }

  Series ToSeries() const {
    Series series;
    series.time_column = names_[time_column_];
    series.time_unit = time_kind_ == TimeKind::kInteger ? "as given" : "microseconds";
    for (std::size_t i = 1; i < rows_.size(); ++i) series.samples.push_back(ToSample(rows_[i]));
    return series;
  }

 private:
  absl::Status CheckRow(const CsvRow& row) {
    if (row.fields.size() != names_.size()) {
      return ErrorAt(path_, row.line,
                     absl::StrFormat("the row has %d fields, the header %d", row.fields.size(),
                                     names_.size()));
    }
    for (std::size_t c = 0; c < names_.size(); ++c) {
      if (c == time_column_) continue;
      if (row.fields[c].size() > kMaxTextBytes) {
        return ErrorAt(path_, row.line, absl::StrFormat("column %s is too long", names_[c]));
      }
      types_[c] = std::max(types_[c], TypeOf(row.fields[c]));
    }
    return CheckTime(row);
  }

  // Decimal and integer numbers may mix; numbers and timestamps may not.
  absl::Status CheckTime(const CsvRow& row) {
    const std::string& text = row.fields[time_column_];
    const TimeKind kind = TimeKindOf(text);
    if (kind == TimeKind::kNone) {
      return ErrorAt(path_, row.line,
                     absl::StrFormat("\"%s\" in column %s is no time (an integer, a number of "
                                     "seconds, or like 2024-05-31T12:00:00Z)",
                                     text, names_[time_column_]));
    }
    const bool is_timestamp = kind == TimeKind::kTimestamp;
    const bool were_timestamps = time_kind_ == TimeKind::kTimestamp;
    if (time_kind_ != TimeKind::kNone && is_timestamp != were_timestamps) {
      return ErrorAt(path_, row.line,
                     absl::StrFormat("\"%s\" in column %s is another kind of time than the rows "
                                     "above have",
                                     text, names_[time_column_]));
    }
    time_kind_ = std::max(time_kind_, kind);
    return absl::OkStatus();
  }

  // Integers count as seconds where other rows have decimals: then they must
  // not be beyond what microseconds can hold.
  absl::Status CheckRange() const {
    if (time_kind_ != TimeKind::kDecimal) return absl::OkStatus();
    for (std::size_t i = 1; i < rows_.size(); ++i) {
      if (ParseSeconds(rows_[i].fields[time_column_])) continue;
      return ErrorAt(path_, rows_[i].line, "the time is too large for decimal seconds");
    }
    return absl::OkStatus();
  }

  Sample ToSample(const CsvRow& row) const {
    Sample sample;
    sample.line = row.line;
    sample.time = TimeOf(time_kind_, row.fields[time_column_]);
    for (std::size_t c = 0; c < names_.size(); ++c) {
      if (c != time_column_) PutField(types_[c], row.fields[c], sample.payload);
    }
    return sample;
  }

  const std::string& path_;
  const std::vector<CsvRow>& rows_;
  const std::vector<std::string>& names_;
  std::vector<FieldType> types_;  // of each column: the widest so far
  std::size_t time_column_ = 0;
  TimeKind time_kind_ = TimeKind::kNone;  // the widest so far
};

}  // namespace

absl::StatusOr<Series> LoadSeries(const std::string& path) {
  const absl::StatusOr<std::vector<CsvRow>> rows = ReadCsv(path);
  if (!rows.ok()) return rows.status();
  if (rows->size() < 2) {
    return absl::InvalidArgumentError(
        absl::StrFormat("%s: no data: a header line and at least one row are needed", path));
  }
  Table table(path, *rows);
  if (absl::Status status = table.Check(); !status.ok()) return status;
  return table.ToSeries();
}

}  // namespace norlog::tools
