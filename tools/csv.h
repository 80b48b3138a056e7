// tools/csv.h - rows of a CSV file, with the line each began on.
//
// The quoting rules are libcsv's strict RFC 4180: fields in double quotes may
// hold separators, line ends and doubled quotes; CRLF and LF both end a row;
// blank lines count for nothing. The separator is a comma, or a semicolon or
// tab if the header line has one and no comma.
#ifndef NORLOG_TOOLS_CSV_H_
#define NORLOG_TOOLS_CSV_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace norlog::tools {

struct CsvRow {
  int line = 0;  // from 1: where the row begins
  std::vector<std::string> fields;
};

// Reads the whole file. Errors name the file, and the line where there is one:
// kNotFound (cannot be opened), kInvalidArgument (quotes that do not match).
absl::StatusOr<std::vector<CsvRow>> ReadCsv(const std::string& path);

}  // namespace norlog::tools

#endif  // NORLOG_TOOLS_CSV_H_
