// tools/figures.h - every figure of a demo run. README.md explains each by its
// JSON key, which is the member's name.
#ifndef NORLOG_TOOLS_FIGURES_H_
#define NORLOG_TOOLS_FIGURES_H_

#include <cstdint>
#include <string>
#include <vector>

namespace norlog::tools {

struct DemoFigures {
  std::uint64_t seed = 0;
  std::string chip;
  std::uint64_t chip_bytes = 0;
  std::uint64_t series_rows = 0;
  std::uint64_t series_replays = 0;

  std::uint64_t records_appended = 0;
  std::uint64_t records_committed = 0;
  std::uint64_t records_uploaded = 0;
  std::uint64_t records_reuploaded = 0;
  std::uint64_t records_evicted = 0;
  std::uint64_t records_evicted_before_upload = 0;
  std::uint64_t records_retained = 0;

  std::uint64_t lost = 0;
  std::uint64_t phantom = 0;
  std::uint64_t evicted_early = 0;
  std::uint64_t cursor_errors = 0;
  std::uint64_t engine_errors = 0;
  std::uint64_t violations = 0;
  std::vector<std::string> problems;

  std::uint64_t cuts = 0;
  std::uint64_t cuts_in_programs = 0;
  std::uint64_t cuts_in_erases = 0;
  std::uint64_t cuts_in_headers_or_marks = 0;
  std::uint64_t cuts_in_recovery = 0;
  std::uint64_t cuts_between_operations = 0;
  std::uint64_t torn_programs = 0;
  std::uint64_t torn_erases = 0;
  std::uint64_t boots = 0;
  std::uint64_t recoveries = 0;

  double bytes_per_record = 0;
  double programs_per_record = 0;
  double erases_per_1000_records = 0;
  double chip_us_per_record = 0;
  double upload_us_per_record = 0;
  double worst_append_us = 0;
  std::uint64_t boot_reads_median = 0;
  std::uint64_t boot_reads_max = 0;
  double boot_us_median = 0;
  double boot_us_max = 0;

  std::int64_t laps = 0;
  std::uint32_t wear_min = 0;
  std::uint32_t wear_max = 0;
  std::uint64_t wear_repeated = 0;

  // Nothing lost, nothing wrong.
  bool passed() const { return problems.empty() && violations == 0; }
};

}  // namespace norlog::tools

#endif  // NORLOG_TOOLS_FIGURES_H_
