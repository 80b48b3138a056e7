// The C interface, function by function, over the simulator.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "flashsim/profiles.h"
#include "flashsim/sim_flash.h"
#include "norlog/norlog.h"
#include "norlog/status.h"

namespace {

using flashsim::SimFlash;

// A C HAL over the simulated chip; counts its calls.
struct Chip {
  SimFlash sim{flashsim::Toy(1024, 8), /*seed=*/1};
  int syncs = 0;
  norlog_flash hal = Make();

  norlog_flash Make() {
    norlog_flash flash{};
    const norlog::Geometry& g = sim.geometry();
    flash.geometry.erase_unit_bytes = g.erase_unit_bytes;
    flash.geometry.erase_unit_count = g.erase_unit_count;
    flash.geometry.program_unit_bytes = g.program_unit_bytes;
    flash.geometry.page_bytes = g.page_bytes;
    flash.geometry.program_rule = NORLOG_BITS;
    flash.context = this;
    flash.read = [](void* chip, uint64_t address, void* out, size_t size) {
      return C(Of(chip).Read(address, {static_cast<std::uint8_t*>(out), size}));
    };
    flash.program = [](void* chip, uint64_t address, const void* data, size_t size) {
      return C(Of(chip).Program(address, {static_cast<const std::uint8_t*>(data), size}));
    };
    flash.erase = [](void* chip, uint64_t address, uint32_t size) {
      return C(Of(chip).Erase(address, size));
    };
    flash.sync = [](void* chip) {
      ++static_cast<Chip*>(chip)->syncs;
      return NORLOG_OK;
    };
    return flash;
  }
  static SimFlash& Of(void* chip) { return static_cast<Chip*>(chip)->sim; }
  static norlog_status C(norlog::Status status) { return static_cast<norlog_status>(status); }
};

class CInterfaceTest : public testing::Test {
 protected:
  CInterfaceTest() {
    norlog_default_options(&options);
    options.bucket_bytes = 1024;
    options.block_bytes = 256;
    options.reader_count = 2;
  }
  ~CInterfaceTest() override { EXPECT_EQ(chip.sim.violations().count(), 0u); }

  norlog_log* Boot(const norlog_lock* lock = nullptr) {
    std::memset(&log, 0xA5, sizeof(log));
    memory.assign(norlog_required_memory(&options, &chip.hal.geometry), 0xA5);
    norlog_init(&log, &chip.hal, &options, memory.data(), memory.size(), lock);
    return &log;
  }
  // Appends the number itself as payload.
  norlog_status Append(std::uint64_t number) {
    std::uint64_t sequence = 0;
    const norlog_status status =
        norlog_append(&log, 1, static_cast<std::int64_t>(number), &number, 8, &sequence);
    if (status == NORLOG_OK) {
      EXPECT_EQ(sequence, number);
    }
    return status;
  }
  // "1 2 3", or how reading ended if not with NOTHING_YET.
  std::string Read(norlog_reader& reader) {
    std::string text;
    norlog_record record;
    norlog_gap gap;
    for (;;) {
      const norlog_status status = norlog_reader_next(&reader, &record, &gap);
      if (status == NORLOG_GAP) {
        text += (gap.damaged ? "damaged " : "evicted ") + std::to_string(gap.first) + "-" +
                std::to_string(gap.last) + " ";
      } else if (status != NORLOG_OK) {
        return status == NORLOG_NOTHING_YET ? text : text + norlog_status_name(status);
      } else {
        EXPECT_EQ(record.payload_bytes, 8u);
        EXPECT_EQ(record.time, static_cast<std::int64_t>(record.sequence));
        EXPECT_EQ(record.tag, 1);
        EXPECT_FALSE(record.unconfirmed);
        std::uint64_t number = 0;
        std::memcpy(&number, record.payload, 8);
        EXPECT_EQ(number, record.sequence);
        text += std::to_string(number) + " ";
      }
    }
  }

  Chip chip;
  norlog_options options;
  std::vector<std::uint8_t> memory;
  norlog_log log;
};

TEST_F(CInterfaceTest, EveryStatusHasTheSameNameAndNumber) {
  for (int i = 0; i <= NORLOG_CANNOT_DECODE; ++i) {
    EXPECT_STREQ(norlog_status_name(static_cast<norlog_status>(i)),
                 norlog::StatusName(static_cast<norlog::Status>(i)));
  }
  EXPECT_STREQ(norlog_status_name(NORLOG_CURSOR_BACKWARDS), "kCursorBackwards");
  EXPECT_STREQ(norlog_status_name(NORLOG_LAYOUT_MISMATCH), "kLayoutMismatch");
  EXPECT_STREQ(norlog_status_name(NORLOG_MISALIGNED), "kMisaligned");
}

TEST_F(CInterfaceTest, WritesClosesMountsAndReads) {
  ASSERT_EQ(norlog_mount(Boot(), nullptr), NORLOG_NO_LOG);
  EXPECT_FALSE(norlog_is_mounted(&log));
  ASSERT_EQ(norlog_format(&log, 77, NORLOG_QUICK), NORLOG_OK);
  EXPECT_TRUE(norlog_is_mounted(&log));
  for (std::uint64_t i = 1; i <= 5; ++i) ASSERT_EQ(Append(i), NORLOG_OK);
  std::uint64_t last = 0;
  ASSERT_EQ(norlog_commit(&log, &last), NORLOG_OK);
  EXPECT_EQ(last, 5u);
  ASSERT_EQ(norlog_close(&log), NORLOG_OK);

  ASSERT_EQ(norlog_mount(Boot(), nullptr), NORLOG_OK);
  norlog_reader reader;
  norlog_reader_init(&reader, &log, 0);
  EXPECT_EQ(Read(reader), "1 2 3 4 5 ");
  EXPECT_EQ(norlog_reader_position(&reader), 6u);
  ASSERT_EQ(norlog_reader_commit(&reader), NORLOG_OK);
  norlog_stats stats;
  ASSERT_EQ(norlog_get_stats(&log, &stats), NORLOG_OK);
  EXPECT_EQ(stats.identity, 77u);
  EXPECT_EQ(stats.last_sequence, 5u);
  EXPECT_EQ(stats.records_retained, 5u);
  EXPECT_EQ(stats.mount_finding, 1);
  EXPECT_EQ(stats.bucket_count, 8u);
  EXPECT_TRUE(stats.readers[0].enabled);
  EXPECT_EQ(stats.readers[0].cursor, 5u);
  EXPECT_EQ(stats.readers[1].lag, 5u);
  EXPECT_GT(chip.syncs, 0);

  // The hint is verified, not trusted: a wrong one changes nothing.
  const std::uint32_t hint = (stats.head_index + 3) % stats.bucket_count;
  ASSERT_EQ(norlog_mount(Boot(), &hint), NORLOG_OK);
  ASSERT_EQ(norlog_get_stats(&log, &stats), NORLOG_OK);
  EXPECT_EQ(stats.last_sequence, 5u);
}

TEST_F(CInterfaceTest, ReaderSeeksRewindsAndIsEnabledAndDisabled) {
  ASSERT_EQ(norlog_format(Boot(), 1, NORLOG_WIPE), NORLOG_OK);
  for (std::uint64_t i = 1; i <= 4; ++i) ASSERT_EQ(Append(i), NORLOG_OK);
  ASSERT_EQ(norlog_commit(&log, nullptr), NORLOG_OK);
  norlog_reader reader;
  norlog_reader_init(&reader, &log, 1);
  ASSERT_EQ(norlog_reader_seek(&reader, 3), NORLOG_OK);
  EXPECT_EQ(Read(reader), "3 4 ");
  EXPECT_EQ(norlog_reader_seek(&reader, 9), NORLOG_BEYOND_END);
  ASSERT_EQ(norlog_reader_commit(&reader), NORLOG_OK);
  ASSERT_EQ(norlog_reader_rewind(&reader), NORLOG_OK);
  EXPECT_EQ(Read(reader), "1 2 3 4 ");
  norlog_reader_close(&reader);
  EXPECT_EQ(Read(reader), "");  // behind its committed cursor
  ASSERT_EQ(norlog_disable_reader(&log, 1), NORLOG_OK);
  norlog_reader_init(&reader, &log, 1);
  EXPECT_EQ(Read(reader), "kReaderDisabled");
  ASSERT_EQ(norlog_enable_reader(&log, 1, 2), NORLOG_OK);
  norlog_reader_init(&reader, &log, 1);
  EXPECT_EQ(Read(reader), "2 3 4 ");
  norlog_reader_init(&reader, &log, 2);
  EXPECT_EQ(Read(reader), "kInvalidReader");
}

TEST_F(CInterfaceTest, GapsAreTold) {
  ASSERT_EQ(norlog_format(Boot(), 1, NORLOG_QUICK), NORLOG_OK);
  norlog_reader reader;
  norlog_reader_init(&reader, &log, 0);
  std::uint64_t n = 0;
  norlog_stats stats{};
  while (stats.records_evicted == 0) {
    ASSERT_EQ(Append(++n), NORLOG_OK);
    ASSERT_EQ(norlog_commit(&log, nullptr), NORLOG_OK);
    ASSERT_EQ(norlog_get_stats(&log, &stats), NORLOG_OK);
  }
  const std::string told = Read(reader);
  const std::string gap = "evicted 1-" + std::to_string(stats.first_sequence - 1) + " " +
                          std::to_string(stats.first_sequence) + " ";
  EXPECT_EQ(told.substr(0, gap.size()), gap);
}

TEST_F(CInterfaceTest, KeepUnreadMaintainAndCommitEvery) {
  options.retention = NORLOG_KEEP_UNREAD;
  options.commit_every = 1;
  options.reader_count = 1;
  ASSERT_EQ(norlog_format(Boot(), 1, NORLOG_QUICK), NORLOG_OK);
  std::uint64_t n = 0;
  norlog_status status = NORLOG_OK;
  while (status == NORLOG_OK) {
    status = Append(n + 1);
    if (status == NORLOG_OK) ++n;
    const norlog_status maintained = norlog_maintain(&log, 1);
    EXPECT_TRUE(maintained == NORLOG_OK || maintained == NORLOG_NOTHING_YET);
  }
  EXPECT_EQ(status, NORLOG_FULL);
  norlog_stats stats;
  ASSERT_EQ(norlog_get_stats(&log, &stats), NORLOG_OK);
  EXPECT_EQ(stats.records_evicted, 0u);
  EXPECT_EQ(stats.last_sequence, stats.last_accepted);
}

TEST_F(CInterfaceTest, ReadOnlyAndErrors) {
  EXPECT_EQ(norlog_append(Boot(), 1, 0, "x", 1, nullptr), NORLOG_NOT_MOUNTED);
  ASSERT_EQ(norlog_format(&log, 1, NORLOG_QUICK), NORLOG_OK);
  EXPECT_EQ(norlog_format(&log, 2, NORLOG_QUICK), NORLOG_ALREADY_MOUNTED);
  EXPECT_EQ(norlog_append(&log, 128, 0, "x", 1, nullptr), NORLOG_INVALID_TAG);
  std::vector<std::uint8_t> large(norlog_max_payload_bytes(&log) + 1);
  EXPECT_EQ(norlog_append(&log, 1, 0, large.data(), large.size(), nullptr), NORLOG_TOO_LARGE);
  ASSERT_EQ(norlog_close(&log), NORLOG_OK);
  ASSERT_EQ(norlog_mount_read_only(Boot(), nullptr), NORLOG_OK);
  EXPECT_EQ(norlog_append(&log, 1, 0, "x", 1, nullptr), NORLOG_READ_ONLY);
}

TEST_F(CInterfaceTest, OptionsAreCheckedAndNamed) {
  EXPECT_STREQ(norlog_why_invalid(&options, &chip.hal.geometry), "kNone");
  options.erase_ahead = 8;
  EXPECT_STREQ(norlog_why_invalid(&options, &chip.hal.geometry), "kTooFewBuckets");
  EXPECT_EQ(norlog_format(Boot(), 1, NORLOG_QUICK), NORLOG_INVALID_OPTIONS);
}

TEST_F(CInterfaceTest, RecreateIfNoLog) {
  options.recreate = NORLOG_IF_NO_LOG;
  options.recreate_nonce = 99;
  ASSERT_EQ(norlog_mount(Boot(), nullptr), NORLOG_OK);
  norlog_stats stats;
  ASSERT_EQ(norlog_get_stats(&log, &stats), NORLOG_OK);
  EXPECT_EQ(stats.identity, 99u);
}

TEST_F(CInterfaceTest, ErasesGoOnByThemselvesWhereTheHalOffersThat) {
  flashsim::SimOptions sim = chip.sim.options();
  sim.background_erase_polls = 3;
  chip.sim.set_options(sim);
  chip.hal.start_erase = [](void* context, uint64_t address, uint32_t size) {
    return Chip::Of(context).StartErase(address, size);
  };
  ASSERT_EQ(norlog_format(Boot(), 1, NORLOG_QUICK), NORLOG_OK);
  ASSERT_EQ(norlog_maintain(&log, 1), NORLOG_NOTHING_YET);  // half of the pair is none
  ASSERT_EQ(norlog_close(&log), NORLOG_OK);
  chip.hal.busy = [](void* context) { return Chip::C(Chip::Of(context).Busy()); };
  ASSERT_EQ(norlog_format(Boot(), 2, NORLOG_QUICK), NORLOG_OK);
  EXPECT_EQ(norlog_maintain(&log, 1), NORLOG_OK);
  EXPECT_EQ(norlog_maintain(&log, 0), NORLOG_OK);
  EXPECT_EQ(norlog_maintain(&log, 0), NORLOG_NOTHING_YET);
}

TEST_F(CInterfaceTest, LocksAreTakenAndReleased) {
  struct Held {
    int now[2] = {0, 0};
    int ever[2] = {0, 0};
  } held;
  norlog_lock lock{};
  lock.context = &held;
  lock.lock = [](void* context, int kind) {
    ++static_cast<Held*>(context)->now[kind];
    ++static_cast<Held*>(context)->ever[kind];
  };
  lock.unlock = [](void* context, int kind) { --static_cast<Held*>(context)->now[kind]; };
  ASSERT_EQ(norlog_format(Boot(&lock), 1, NORLOG_QUICK), NORLOG_OK);
  ASSERT_EQ(Append(1), NORLOG_OK);
  ASSERT_EQ(norlog_commit(&log, nullptr), NORLOG_OK);
  EXPECT_EQ(held.now[0] + held.now[1], 0);
  EXPECT_GT(held.ever[0], 0);
  EXPECT_GT(held.ever[1], 0);
}

TEST_F(CInterfaceTest, ConformanceKit) {
  struct Report {
    std::vector<std::string> lines;
  } lines;
  norlog_port_host host{};
  host.context = &lines;
  host.found = [](void* context, const char* line) {
    static_cast<Report*>(context)->lines.emplace_back(line);
  };
  norlog_port_report report;
  norlog_port_test(&chip.hal, 0, 3, &host, &report);
  EXPECT_TRUE(report.finished);
  EXPECT_EQ(report.found, 0u);
  EXPECT_FALSE(report.restarted);
  EXPECT_EQ(report.proposed.erase_unit_bytes, 1024u);

  chip.hal.erase = [](void*, uint64_t, uint32_t) { return NORLOG_OK; };
  norlog_port_test(&chip.hal, 0, 3, &host, &report);
  EXPECT_EQ(report.found, 1u);
  ASSERT_EQ(lines.lines.size(), 1u);
  EXPECT_EQ(lines.lines[0].substr(0, 17), "C14 kEraseIgnored");
  chip.sim.ClearViolations();  // the kit's ones over zeros
}

}  // namespace
