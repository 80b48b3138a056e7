#include "tools/csv.h"

#include <csv.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string_view>

#include "absl/strings/str_format.h"

namespace norlog::tools {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// Gathers what libcsv's callbacks deliver.
struct Gatherer {
  std::vector<CsvRow> rows;
  CsvRow row;
  bool in_row = false;

  // Blank lines between rows begin none.
  void BeginLine(int line, const std::string& text) {
    if (in_row || text.find_first_not_of(" \t\r") == std::string::npos) return;
    in_row = true;
    row.line = line;
  }

  void AddField(const char* text, std::size_t size) { row.fields.emplace_back(text, size); }

  void EndRow() {
    rows.push_back(std::move(row));
    row = CsvRow{};
    in_row = false;
  }
};

void OnField(void* text, std::size_t size, void* gatherer) {
  static_cast<Gatherer*>(gatherer)->AddField(static_cast<const char*>(text), size);
}

void OnRowEnd(int /*terminator*/, void* gatherer) {
  static_cast<Gatherer*>(gatherer)->EndRow();
}

// Owns a csv_parser.
class Parser {
 public:
  Parser() { csv_init(&parser_, CSV_STRICT | CSV_STRICT_FINI); }
  ~Parser() { csv_free(&parser_); }
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  void set_separator(char separator) {
    csv_set_delim(&parser_, static_cast<unsigned char>(separator));
  }
  bool Feed(std::string_view text, Gatherer& gatherer) {
    return csv_parse(&parser_, text.data(), text.size(), OnField, OnRowEnd, &gatherer) ==
           text.size();
  }
  bool Finish(Gatherer& gatherer) { return csv_fini(&parser_, OnField, OnRowEnd, &gatherer) == 0; }

 private:
  csv_parser parser_;
};

char SeparatorOf(std::string_view header) {
  for (const char separator : {',', ';', '\t'}) {
    if (header.find(separator) != std::string_view::npos) return separator;
  }
  return ',';
}

absl::Status BadQuotes(const std::string& path, int line) {
  return absl::InvalidArgumentError(
      absl::StrFormat("%s:%d: the double quotes do not match", path, line));
}

}  // namespace

absl::StatusOr<std::vector<CsvRow>> ReadCsv(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string line;
  if (!file || (file.peek(), file.bad())) {
    return absl::NotFoundError(absl::StrFormat("cannot read %s: %s", path, std::strerror(errno)));
  }
  Parser parser;
  Gatherer gatherer;
  for (int number = 1; std::getline(file, line); ++number) {
    if (number == 1) {
      if (line.starts_with(kByteOrderMark)) line.erase(0, kByteOrderMark.size());
      parser.set_separator(SeparatorOf(line));
    }
    gatherer.BeginLine(number, line);
    line += '\n';
    if (!parser.Feed(line, gatherer)) return BadQuotes(path, number);
  }
  if (!parser.Finish(gatherer)) return BadQuotes(path, gatherer.row.line);
  return std::move(gatherer.rows);
}

}  // namespace norlog::tools
