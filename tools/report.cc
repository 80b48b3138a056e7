#include "tools/report.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "nlohmann/json.hpp"

namespace norlog::tools {
namespace {

// 1234567 as "1,234,567".
std::string Grouped(std::uint64_t value) {
  std::string text = absl::StrCat(value);
  for (std::size_t at = text.size(); at > 3;) text.insert(at -= 3, 1, ',');
  return text;
}

std::string Microseconds(double us) {
  return us < 10'000 ? absl::StrFormat("%.1f µs", us) : absl::StrFormat("%.1f ms", us / 1000);
}

// "256 KiB", "1 MiB".
std::string Size(std::uint64_t bytes) {
  const std::uint64_t kib = bytes / 1024;
  return kib % 1024 == 0 ? absl::StrCat(kib / 1024, " MiB") : absl::StrCat(kib, " KiB");
}

class Table {
 public:
  void Section(const std::string& name) { absl::StrAppend(&text_, "\n", name, "\n"); }
  void Row(const char* name, const std::string& value, const std::string& note = "") {
    absl::StrAppendFormat(&text_, "  %-22s %14s%s%s\n", name, value, note.empty() ? "" : "   ",
                          note);
  }
  void Row(const char* name, std::uint64_t value, const std::string& note = "") {
    Row(name, Grouped(value), note);
  }
  std::string Take() { return std::move(text_); }

 private:
  std::string text_;
};

void AddRecords(const DemoFigures& f, Table& table) {
  table.Section("records");
  table.Row("appended", f.records_appended);
  table.Row("committed", f.records_committed,
            absl::StrCat(Grouped(f.records_appended - f.records_committed),
                         " were still in RAM when the power went"));
  table.Row(
      "uploaded", f.records_uploaded,
      absl::StrCat("by 2 readers; ", Grouped(f.records_reuploaded), " once more after a cut; ",
                   Grouped(f.records_evicted_before_upload), " evicted before"));
  table.Row("evicted", f.records_evicted,
            absl::StrCat(Grouped(f.records_retained), " retained on the chip"));
  table.Row("lost", f.lost);
  table.Row("phantom", f.phantom, "returned, but never appended so");
  table.Row("evicted early", f.evicted_early);
  table.Row("flash rules broken", f.violations);
}

void AddPower(const DemoFigures& f, Table& table) {
  table.Section("power");
  table.Row("cuts", f.cuts);
  table.Row("  inside programs", f.cuts_in_programs);
  table.Row("  inside erases", f.cuts_in_erases);
  table.Row("  headers, marks", f.cuts_in_headers_or_marks);
  table.Row("  inside recovery", f.cuts_in_recovery);
  table.Row("  between operations", f.cuts_between_operations);
  table.Row("torn programs", f.torn_programs);
  table.Row("torn erases", f.torn_erases);
  table.Row("recoveries", f.recoveries,
            absl::StrCat(Grouped(f.boots - f.recoveries), " more boots had nothing to repair"));
}

void AddCost(const DemoFigures& f, Table& table) {
  table.Section("cost on the chip, cuts included");
  table.Row("bytes per record", absl::StrFormat("%.2f", f.bytes_per_record), "programmed");
  table.Row("chip time per record", Microseconds(f.chip_us_per_record), "append, commit, erase");
  table.Row("worst append", Microseconds(f.worst_append_us), "with maintenance between appends");
  table.Row("boot reads", Grouped(f.boot_reads_median),
            absl::StrFormat("median; worst %d", f.boot_reads_max));
  table.Row("boot time", Microseconds(f.boot_us_median),
            absl::StrFormat("median; worst %s", Microseconds(f.boot_us_max)));
  table.Row("wear", absl::StrFormat("%d to %d", f.wear_min, f.wear_max),
            absl::StrFormat("erases a unit, and %s in all repeated after a cut",
                            Grouped(f.wear_repeated)));
}

}  // namespace

std::string ToTable(const DemoFigures& f) {
  Table table;
  AddRecords(f, table);
  AddPower(f, table);
  AddCost(f, table);
  std::string text = absl::StrFormat(
      "%s rows of sensor data, replayed %d times on a %s (%s), "
      "%d times round the ring; seed %d\n",
      Grouped(f.series_rows), f.series_replays, f.chip, Size(f.chip_bytes), f.laps, f.seed);
  absl::StrAppend(&text, table.Take(), "\n");
  for (const std::string& problem : f.problems) absl::StrAppend(&text, "FAULT: ", problem, "\n");
  absl::StrAppend(&text, f.passed() ? "lost: 0. Every record is accounted for.\n"
                                    : absl::StrCat("FAILED. lost: ", f.lost, "\n"));
  return text;
}

#define NORLOG_DEMO_KEY(name) \
  { #name, f.name }

std::string ToJson(const DemoFigures& f) {
  const nlohmann::ordered_json json = {
      NORLOG_DEMO_KEY(seed),
      NORLOG_DEMO_KEY(chip),
      NORLOG_DEMO_KEY(chip_bytes),
      NORLOG_DEMO_KEY(series_rows),
      NORLOG_DEMO_KEY(series_replays),
      NORLOG_DEMO_KEY(records_appended),
      NORLOG_DEMO_KEY(records_committed),
      NORLOG_DEMO_KEY(records_uploaded),
      NORLOG_DEMO_KEY(records_reuploaded),
      NORLOG_DEMO_KEY(records_evicted),
      NORLOG_DEMO_KEY(records_evicted_before_upload),
      NORLOG_DEMO_KEY(records_retained),
      NORLOG_DEMO_KEY(lost),
      NORLOG_DEMO_KEY(phantom),
      NORLOG_DEMO_KEY(evicted_early),
      NORLOG_DEMO_KEY(cursor_errors),
      NORLOG_DEMO_KEY(engine_errors),
      NORLOG_DEMO_KEY(violations),
      NORLOG_DEMO_KEY(problems),
      NORLOG_DEMO_KEY(cuts),
      NORLOG_DEMO_KEY(cuts_in_programs),
      NORLOG_DEMO_KEY(cuts_in_erases),
      NORLOG_DEMO_KEY(cuts_in_headers_or_marks),
      NORLOG_DEMO_KEY(cuts_in_recovery),
      NORLOG_DEMO_KEY(cuts_between_operations),
      NORLOG_DEMO_KEY(torn_programs),
      NORLOG_DEMO_KEY(torn_erases),
      NORLOG_DEMO_KEY(boots),
      NORLOG_DEMO_KEY(recoveries),
      NORLOG_DEMO_KEY(bytes_per_record),
      NORLOG_DEMO_KEY(programs_per_record),
      NORLOG_DEMO_KEY(erases_per_1000_records),
      NORLOG_DEMO_KEY(chip_us_per_record),
      NORLOG_DEMO_KEY(upload_us_per_record),
      NORLOG_DEMO_KEY(worst_append_us),
      NORLOG_DEMO_KEY(boot_reads_median),
      NORLOG_DEMO_KEY(boot_reads_max),
      NORLOG_DEMO_KEY(boot_us_median),
      NORLOG_DEMO_KEY(boot_us_max),
      NORLOG_DEMO_KEY(laps),
      NORLOG_DEMO_KEY(wear_min),
      NORLOG_DEMO_KEY(wear_max),
      NORLOG_DEMO_KEY(wear_repeated),
  };
  return json.dump(2) + "\n";
}

}  // namespace norlog::tools
