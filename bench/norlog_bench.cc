// norlog-bench: runs benchmarks, prints their rows, writes them as JSON, and
// compares their exact counts with a baseline.
#include <cstdio>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "bench/report.h"
#include "bench/suite.h"

ABSL_FLAG(std::string, json, "", "write the rows to this file");
ABSL_FLAG(bool, quick, false, "only the exact rows that take seconds");
ABSL_FLAG(std::vector<std::string>, csv, {},
          "economy: series to measure (header line; time, then integers) instead of tests/data");
ABSL_FLAG(std::string, baseline, "",
          "fail if a count (bytes, operations, reads, erases) is more than 2 % worse than the "
          "rows of this file");

namespace {

constexpr double kTolerance = 0.02;

struct Suite {
  std::string_view name;
  void (*run)(const norlog::bench::SuiteOptions&, norlog::bench::Report&);
};

constexpr Suite kSuites[] = {
    {"boot", norlog::bench::RunBoot},
    {"append", norlog::bench::RunAppend},
    {"query", norlog::bench::RunQuery},
    {"economy", norlog::bench::RunEconomy},
};

// False if no suite has this name.
bool RunNamed(std::string_view name, norlog::bench::Report& report) {
  bool any = false;
  for (const Suite& suite : kSuites) {
    if (name != "all" && name != suite.name) continue;
    std::cerr << suite.name << " ...\n";
    suite.run({.quick = absl::GetFlag(FLAGS_quick), .csv = absl::GetFlag(FLAGS_csv)}, report);
    any = true;
  }
  return any;
}

bool WriteFile(const std::string& path, const std::string& content) {
  std::ofstream file(path);
  file << content;
  file.close();
  if (file) return true;
  std::cerr << "cannot write " << path << "\n";
  return false;
}

absl::Status CompareWithFile(const std::string& path, const norlog::bench::Report& report) {
  std::ifstream file(path);
  if (!file) return absl::NotFoundError(absl::StrCat("cannot read ", path));
  std::stringstream text;
  text << file.rdbuf();
  const auto baseline = norlog::bench::ParseRows(text.str());
  if (!baseline.ok()) return baseline.status();
  return norlog::bench::CompareCounts(*baseline, report.rows(), kTolerance);
}

}  // namespace

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage(
      "norlog-bench [boot|append|query|economy|all] [--json FILE] [--quick] [--baseline FILE]");
  std::vector<char*> names = absl::ParseCommandLine(argc, argv);
  names.erase(names.begin());
  static char all[] = "all";
  if (names.empty()) names.push_back(all);
  norlog::bench::Report report;
  for (const char* name : names) {
    if (!RunNamed(name, report)) {
      std::cerr << "no such benchmark: " << name << "\n";
      return 2;
    }
  }
  std::cout << report.Text();
  const std::string json = absl::GetFlag(FLAGS_json);
  if (!json.empty() && !WriteFile(json, report.Json())) return 2;
  const std::string baseline = absl::GetFlag(FLAGS_baseline);
  if (baseline.empty()) return 0;
  const absl::Status compared = CompareWithFile(baseline, report);
  if (compared.ok()) return 0;
  std::cerr << compared.message() << "\n";
  return 1;
}
