// Schemas in the log: before the records they explain, in every bucket, whatever
// was cut or changed.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "flashsim/sim_flash.h"
#include "norlog/log.h"
#include "norlog/schema_writer.h"
#include "norlog/typed_schema.h"
#include "tests/engine_rig.h"

namespace norlog {
namespace {

constexpr std::uint8_t kWeather = 1;
constexpr std::uint8_t kState = 2;
constexpr std::uint8_t kRaw = 3;

constexpr SchemaEntry kOld[] = {{kWeather, Schema<"Q:time f:temp[C] f:hum[%]">::wire()},
                                {kState, Schema<"Q:time B:state{off,on}">::wire()}};
constexpr SchemaEntry kNew[] = {{kWeather, Schema<"Q:time f:temp[C] f:hum[%] H:gas">::wire()}};

std::string Str(Text text) {
  return std::string(text.data(), text.size());
}

// The schema of each tag as a reader passes it.
class Known final : public SchemaSink {
 public:
  void OnSchema(const SchemaRef& schema) override { text[schema.tag] = Str(Text::Of(schema.text)); }
  void Forget() override { text.clear(); }
  std::map<std::uint8_t, std::string> text;
};

// A device whose firmware has a table of schemas.
class Device {
 public:
  explicit Device(std::uint32_t block_bytes, Retention retention = Retention::kOverwriteOldest)
      : chip_(flashsim::Toy(1024, 8), 1) {
    options_.bucket_bytes = 1024;
    options_.block_bytes = block_bytes;
    options_.reader_count = 2;
    options_.retention = retention;
    memory_.resize(RequiredMemory(options_, chip_.geometry()));
  }

  void Boot(std::span<const SchemaEntry> schemas, bool format = false) {
    log_ = std::make_unique<Log>(chip_, options_, memory_);
    table_ = std::make_unique<SchemaTable>(schemas);
    if (!schemas.empty()) log_->UseSchemas(*table_);
    if (!chip_.powered()) chip_.PowerOn();
    ASSERT_EQ(format ? log_->Format(7) : log_->Mount(), Status::kOk);
  }
  Log& log() { return *log_; }
  flashsim::SimFlash& chip() { return chip_; }

  Status Append(std::uint8_t tag, std::size_t bytes = 8) {
    const std::vector<std::uint8_t> payload(bytes, 0x11);
    return log_->Append(tag, ++time_, payload).status;
  }
  void Commit(std::uint8_t tag, std::size_t bytes = 8) {
    ASSERT_EQ(Append(tag, bytes), Status::kOk);
    ASSERT_EQ(log_->Commit().status, Status::kOk);
  }
  Stats GetStats() {
    Stats stats;
    EXPECT_EQ(log_->GetStats(stats), Status::kOk);
    return stats;
  }

  // The schema of each retained record, told by a reader that begins at `first`; "none" where
  // there is none.
  std::map<std::uint64_t, std::string> Schemas() {
    std::map<std::uint64_t, std::string> all;
    Reader reader(*log_, 0);
    Known known;
    reader.set_schema_sink(&known);
    EXPECT_EQ(reader.Rewind(), Status::kOk);
    Record record;
    for (Status status; (status = reader.Next(record)) != Status::kNothingYet;) {
      if (status == Status::kGap) continue;
      if (status != Status::kOk) {
        ADD_FAILURE() << StatusName(status);
        break;
      }
      const std::uint64_t sequence = record.sequence.value;
      const std::uint8_t tag = record.tag;
      if (!known.text.contains(tag) || all.contains(sequence)) {
        Known found;
        const Status looked = reader.FindRecordSchema(tag, found);
        all[sequence] = looked == Status::kOk ? found.text.at(tag) : "none";
        EXPECT_TRUE(looked == Status::kOk || looked == Status::kNoSchema) << StatusName(looked);
        EXPECT_EQ(reader.Seek(Sequence{sequence + 1}), Status::kOk);
      } else {
        all[sequence] = known.text.at(tag);
      }
    }
    return all;
  }

  // How often a schema frame with this text stands on the chip.
  int CountOnChip(const std::string& text) {
    const hand::Bytes image = chip_.Peek(0, chip_.geometry().size_bytes());
    const std::string bytes(image.begin(), image.end());
    int count = 0;
    for (std::size_t at = 0; (at = bytes.find(text, at)) != std::string::npos; ++at) ++count;
    return count;
  }

 private:
  flashsim::SimFlash chip_;
  Options options_;
  std::vector<std::uint8_t> memory_;
  std::unique_ptr<Log> log_;
  std::unique_ptr<SchemaTable> table_;
  std::int64_t time_ = 0;
};

const std::string kOldText = Str(kOld[0].wire);
const std::string kNewText = Str(kNew[0].wire);

TEST(SchemaLog, EveryBucketOfEveryLapExplainsItsRecords) {
  for (const std::uint32_t block_bytes : {256U, 512U, 1024U}) {
    Device device(block_bytes);
    device.Boot(kOld, /*format=*/true);
    std::map<std::uint64_t, std::uint8_t> tags;
    for (std::uint64_t i = 1; i <= 600; ++i) {
      const auto tag = static_cast<std::uint8_t>(i % 7 == 0   ? kRaw
                                                 : i % 5 == 0 ? kState
                                                              : kWeather);
      tags[i] = tag;
      ASSERT_EQ(device.Append(tag, 4 + i % 9), Status::kOk);
      if (i % 3 == 0) {
        ASSERT_EQ(device.log().Commit().status, Status::kOk);
      }
    }
    ASSERT_EQ(device.log().Commit().status, Status::kOk);
    const auto schemas = device.Schemas();
    EXPECT_GT(schemas.size(), 100U);
    for (const auto& [sequence, text] : schemas) {
      const std::uint8_t tag = tags.at(sequence);
      EXPECT_EQ(text, tag == kRaw       ? "none"
                      : tag == kWeather ? kOldText
                                        : Str(kOld[1].wire))
          << sequence;
    }
    EXPECT_EQ(device.chip().violations().Report(), "");
  }
}

TEST(SchemaLog, BootsRepeatNoSchemaThatTheHeadBucketHas) {
  Device device(256);
  device.Boot(kOld, /*format=*/true);
  for (int boot = 0; boot < 6; ++boot) {
    device.Commit(kWeather, 2);
    ASSERT_EQ(device.log().Close(), Status::kOk);
    device.Boot(kOld);
  }
  device.Boot(kOld);  // a power failure
  device.Commit(kWeather, 2);
  device.Boot(kOld);
  device.Commit(kWeather, 2);
  EXPECT_EQ(device.GetStats().head.value, 8U);
  EXPECT_EQ(device.CountOnChip(kOldText), 1);
}

TEST(SchemaLog, ANewSchemaUnderTheSameTagGoesOnAndOldRecordsKeepTheirs) {
  Device device(256);
  device.Boot(kOld, /*format=*/true);
  for (int i = 0; i < 3; ++i) device.Commit(kWeather);
  ASSERT_EQ(device.log().Close(), Status::kOk);
  device.Boot(kNew);
  for (int i = 0; i < 3; ++i) device.Commit(kWeather);
  ASSERT_EQ(device.log().Close(), Status::kOk);
  device.Boot(kOld);
  device.Commit(kWeather);
  const auto schemas = device.Schemas();
  for (std::uint64_t i = 1; i <= 7; ++i) {
    EXPECT_EQ(schemas.at(i), i <= 3 || i == 7 ? kOldText : kNewText) << i;
  }
}

// With one block a bucket each power failure moves the last frame into the next
// bucket, away from its schema.
TEST(SchemaLog, WhatARecoveryCopiedIsExplainedAlsoWhenItsOriginIsGone) {
  Device device(1024);
  device.Boot(kOld, /*format=*/true);
  for (int i = 0; i < 3; ++i) device.Commit(kWeather);
  device.Boot(kOld);  // record 3 is copied
  EXPECT_EQ(device.Schemas().at(3), kOldText) << "by its origin";
  device.Boot(kNew);  // again
  device.Commit(kRaw);
  EXPECT_EQ(device.Schemas().at(3), kOldText) << "by its own bucket";
  const std::uint64_t bucket = device.GetStats().head.value;
  for (int i = 0; i < 1000 && device.GetStats().first_sequence.value < 3; ++i)
    device.Commit(kRaw, 40);
  ASSERT_EQ(device.GetStats().first_sequence.value, 3U) << "the copy's bucket is the oldest";
  EXPECT_GT(device.GetStats().head.value, bucket);
  EXPECT_EQ(device.Schemas().at(3), kOldText) << "its origin is gone";
}

TEST(SchemaLog, TheNextFirmwareDoesNotExplainWhatItDidNotWrite) {
  Device device(1024);
  device.Boot(kOld, /*format=*/true);
  for (int i = 0; i < 2; ++i) device.Commit(kWeather);
  device.Boot(kNew);  // record 2 is copied into a bucket where only new records follow
  for (int i = 0; i < 2; ++i) device.Commit(kWeather);
  const auto schemas = device.Schemas();
  EXPECT_EQ(schemas.at(2), kOldText);
  EXPECT_EQ(schemas.at(3), kNewText);
  EXPECT_EQ(schemas.at(4), kNewText);
}

TEST(SchemaLog, RecordAndSchemaMustFitABlockThatIsABucket) {
  Device device(1024);
  device.Boot(kOld, /*format=*/true);
  const std::uint32_t most = device.log().MaxPayloadBytes();
  EXPECT_EQ(device.Append(kWeather, most), Status::kTooLarge);
  std::uint32_t fits = most;
  while (fits > 0 && device.Append(kWeather, fits) != Status::kOk) --fits;
  EXPECT_GT(fits, most - 200);
  ASSERT_EQ(device.log().Commit().status, Status::kOk);
  EXPECT_EQ(device.Schemas().at(1), kOldText);
}

// A log that is kept for reader 0, with so many records of so many bytes; how many it takes
// if `records` is more.
int FillForReader0(Device& device, int records, std::size_t bytes) {
  device.Boot(kOld, /*format=*/true);
  int count = 0;
  while (count < records && Ok(device.Append(kRaw, bytes)) && Ok(device.log().Commit().status)) {
    ++count;
  }
  return count;
}

// Commits reader 1's first cursor behind `records` of so many bytes, while a record of
// `pending_bytes` is pending (none if 0). Which of the two became durable; nothing if the
// record found no room.
struct Durable {
  bool cursor = false;
  bool record = false;
};
std::optional<Durable> CommitOneCursor(int records, std::size_t bytes, std::size_t pending_bytes) {
  Device device(512, Retention::kKeepUnread);
  FillForReader0(device, records, bytes);
  if (pending_bytes > 0 && !Ok(device.Append(kWeather, pending_bytes))) return std::nullopt;
  Reader reader(device.log(), 1);
  Record record;
  EXPECT_EQ(reader.Next(record), Status::kOk);
  const Status status = reader.Commit();
  EXPECT_TRUE(Ok(status) || status == Status::kFull) << StatusName(status);
  const Stats stats = device.GetStats();
  return Durable{Ok(status), stats.last_sequence == stats.last_accepted};
}

// A pending record goes in front of the cursors where it would not fit behind them; but not
// where its schema would have to open the next bucket, which unread records forbid.
TEST(SchemaLog, CursorsAreNotRefusedForPendingRecordsWithoutRoom) {
  int with_record = 0;
  int alone = 0;
  for (std::size_t bytes = 10; bytes < 70; bytes += 5) {
    Device device(512, Retention::kKeepUnread);
    const int full = FillForReader0(device, 10'000, bytes);
    for (int left = 0; left < 8; ++left) {
      if (!CommitOneCursor(full - left, bytes, 0)->cursor) continue;
      for (std::size_t pending = 40; pending < 240; pending += 4) {
        const std::optional<Durable> durable = CommitOneCursor(full - left, bytes, pending);
        if (!durable) continue;
        with_record += durable->record ? 1 : 0;
        alone += durable->cursor && !durable->record ? 1 : 0;
        EXPECT_TRUE(durable->cursor || durable->record)
            << left << " before the end, " << pending << " B pending";
      }
    }
  }
  EXPECT_GT(with_record, 50);
  EXPECT_GT(alone, 50);
}

// The goal of issue 4: at most 1.2 % of a 4 KiB bucket.
TEST(SchemaLog, CostOfOneSchemaInABucket) {
  flashsim::SimFlash chip(flashsim::W25Q(1), 1);
  Options options;
  options.bucket_bytes = 4096;
  options.block_bytes = 1024;
  std::vector<std::uint8_t> memory(RequiredMemory(options, chip.geometry()));
  std::array<std::uint64_t, 2> records = {};
  for (const bool typed : {false, true}) {
    Log log(chip, options, memory);
    SchemaTable table{std::span(kOld).first(1)};
    if (typed) log.UseSchemas(table);
    ASSERT_EQ(log.Format(typed ? 2 : 1), Status::kOk);
    Stats stats;
    ASSERT_EQ(log.GetStats(stats), Status::kOk);
    const std::uint64_t first = stats.head.value;
    const std::array<std::uint8_t, 8> payload = {};
    while (log.GetStats(stats) == Status::kOk && stats.head.value < first + 100) {
      ASSERT_EQ(log.Append(kWeather, ++records[typed], payload).status, Status::kOk);
      ASSERT_EQ(log.Commit().status, Status::kOk);
    }
  }
  const double cost = 1.0 - static_cast<double>(records[1]) / static_cast<double>(records[0]);
  RecordProperty("schema_percent_of_bucket", std::to_string(100 * cost));
  EXPECT_LE(cost, 0.012);
  EXPECT_GT(cost, 0.004);
}

}  // namespace
}  // namespace norlog
