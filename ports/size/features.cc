// What a firmware links for each feature: tools/size_report.py builds this once
// for each of the macros below, links it with the engine, and subtracts the size
// of the build without any (whose flash does nothing).
#include <cstdint>
#include <span>

#include "norlog/compact.h"
#include "norlog/log.h"
#include "norlog/norlog.h"
#include "norlog/port_test.h"
#include "norlog/reader.h"

namespace {

class NoFlash final : public norlog::NorFlash {
 public:
  const norlog::Geometry& geometry() const override { return geometry_; }
  norlog::Status Read(std::uint64_t, std::span<std::uint8_t>) override {
    return norlog::Status::kNoPower;
  }
  norlog::Status Program(std::uint64_t, std::span<const std::uint8_t>) override {
    return norlog::Status::kNoPower;
  }
  norlog::Status Erase(std::uint64_t, std::uint32_t) override { return norlog::Status::kNoPower; }

 private:
  norlog::Geometry geometry_;
};

NoFlash flash;
volatile int sink;

[[maybe_unused]] void Use(norlog::Status status) {
  sink = static_cast<int>(status);
}

}  // namespace

extern "C" {
// Stand-ins, so that no C library is counted: the firmware has them in any case.
void* memcpy(void* to, const void*, std::size_t) {
  return to;
}
void* memmove(void* to, const void*, std::size_t) {
  return to;
}
void* memset(void* to, int, std::size_t) {
  return to;
}
int memcmp(const void*, const void*, std::size_t) {
  return sink;
}

norlog::NorFlash* volatile the_flash = &flash;
std::uint8_t memory[2 * 256];

#if defined(FEATURE_APPEND) || defined(FEATURE_RAW) || defined(FEATURE_ENCODED) || \
    defined(FEATURE_ALL) || defined(FEATURE_READ_ONLY)
alignas(norlog::Log) std::uint8_t log_memory[sizeof(norlog::Log)];
alignas(norlog::Reader) std::uint8_t reader_memory[sizeof(norlog::Reader)];

#if defined(FEATURE_ENCODED)
constexpr norlog::ColumnKind kColumns[] = {norlog::ColumnKind::kInt32, norlog::ColumnKind::kInt32};
constexpr norlog::TagColumns kTags[] = {{1, kColumns}};
constexpr norlog::CompactEncoding kEncoding(kTags);
norlog::Log& MakeLog() {
  return *new (log_memory)
      norlog::Log(*the_flash, {.block_bytes = 256, .encoded_tags = 1, .encoded_columns = 2}, memory,
                  nullptr, &kEncoding);
}
#else
norlog::Log& MakeLog() {
  return *new (log_memory) norlog::Log(*the_flash, {.block_bytes = 256}, memory);
}
#endif
#endif

void FirmwareMain() {
  sink = static_cast<int>(the_flash->geometry().page_bytes);
#if defined(FEATURE_APPEND) || defined(FEATURE_RAW) || defined(FEATURE_ENCODED) || \
    defined(FEATURE_ALL)
  norlog::Log& log = MakeLog();
  Use(log.Mount());
  Use(log.Append(1, sink, std::span(memory).first(8)).status);
  Use(log.Commit().status);
#endif
#if defined(FEATURE_READ_ONLY)
  norlog::Log& log = MakeLog();
  Use(log.MountReadOnly());
#endif
#if defined(FEATURE_RAW) || defined(FEATURE_ENCODED) || defined(FEATURE_ALL) || \
    defined(FEATURE_READ_ONLY)
  norlog::Reader& reader = *new (reader_memory) norlog::Reader(log, 0);
  norlog::Record record;
  Use(reader.Next(record));
#endif
#if defined(FEATURE_RAW) || defined(FEATURE_ENCODED) || defined(FEATURE_ALL)
  Use(reader.Commit());
#endif
#if defined(FEATURE_ALL)
  norlog::Stats stats;
  Use(log.Format(1, norlog::FormatMode::kWipe));
  Use(log.MountReadOnly());
  Use(log.Maintain(1));
  Use(log.EnableReader(0, {1}));
  Use(log.DisableReader(0));
  Use(log.GetStats(stats));
  Use(log.Close());
  Use(reader.Seek({1}));
  Use(reader.Rewind());
  reader.Close();
#endif
#if defined(FEATURE_C)
  static norlog_log log;
  static norlog_reader reader;
  static norlog_options options;
  static norlog_flash hal;
  norlog_record record;
  norlog_stats stats;
  norlog_default_options(&options);
  norlog_init(&log, &hal, &options, memory, sizeof(memory), nullptr);
  sink = norlog_format(&log, 1, NORLOG_WIPE) + norlog_mount(&log, nullptr) +
         norlog_mount_read_only(&log, nullptr) + norlog_append(&log, 1, 1, memory, 8, nullptr) +
         norlog_commit(&log, nullptr) + norlog_maintain(&log, 1) +
         norlog_enable_reader(&log, 0, 1) + norlog_disable_reader(&log, 0) +
         norlog_get_stats(&log, &stats) + norlog_close(&log);
  norlog_reader_init(&reader, &log, 0);
  sink = norlog_reader_next(&reader, &record, nullptr) + norlog_reader_seek(&reader, 1) +
         norlog_reader_rewind(&reader) + norlog_reader_commit(&reader);
  norlog_reader_close(&reader);
#endif
#if defined(FEATURE_PORT_TEST)
  class Host final : public norlog::PortTestHost {
    void Found(const norlog::PortFinding& finding) override {
      char text[norlog::kMaxFindingChars];
      sink = static_cast<int>(norlog::FormatFinding(finding, text));
    }
  };
  static Host host;
  static norlog::PortTest test(*the_flash, {}, host);
  sink = static_cast<int>(test.Run().found);
#endif
}
}
