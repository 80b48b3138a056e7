// docs/COMING-FROM.md: what other logs do, done by norlog. A test a row, by its name.
#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "flashsim/rng.h"
#include "norlog/check.h"
#include "norlog/frame.h"
#include "norlog/query.h"
#include "norlog/render.h"
#include "norlog/typed_log.h"
#include "tests/engine_rig.h"

namespace norlog {
namespace {

using Sample = Schema<"Qff">;
using SampleLog = TypedLog<Format<1, Sample>>;
using Two = TypedLog<Format<1, Sample>, Format<2, Schema<"QB">>>;

Status Fresh(EngineRig& rig) {
  return rig.Boot().Format(1);
}

TEST(TsLog, StoreAndNext) {
  EngineRig rig;
  SampleLog app(rig.Boot());
  ASSERT_EQ(rig.log().Format(1), Status::kOk);
  EXPECT_EQ(app.Store(100U, 21.5F, 40.0F).sequence.value, 1U);
  ASSERT_EQ(app.Commit().status, Status::kOk);
  SampleLog::Reader reader(rig.log(), 0);
  ASSERT_EQ(reader.Next(), Status::kOk);
  EXPECT_EQ(reader.Get<1>(), (Values<Sample>(100, 21.5F, 40.0F)));
  EXPECT_EQ(reader.Next(), Status::kNothingYet);
}

TEST(TsLog, StoreWithTag) {
  EngineRig rig;
  Two app(rig.Boot());
  ASSERT_EQ(rig.log().Format(1), Status::kOk);
  ASSERT_EQ(app.StoreWithTag<2>(100U, 7).status, Status::kOk);
  ASSERT_EQ(app.StoreWithTag<1>(101U, 1.0F, 2.0F).status, Status::kOk);
  ASSERT_EQ(app.Commit().status, Status::kOk);
  Two::Reader reader(rig.log(), 0);
  ASSERT_EQ(reader.Next(), Status::kOk);
  EXPECT_EQ(reader.tag(), 2);
  ASSERT_EQ(reader.Next(), Status::kOk);
  EXPECT_EQ(reader.tag(), 1);
}

TEST(TsLog, StoreRecordAndNextRecord) {
  EngineRig rig;
  SampleLog app(rig.Boot());
  ASSERT_EQ(rig.log().Format(1), Status::kOk);
  const std::uint8_t bytes[] = {1, 2, 3};
  ASSERT_EQ(app.StoreRecord(9, 5, bytes).status, Status::kOk);
  ASSERT_EQ(app.Commit().status, Status::kOk);
  Reader reader(rig.log(), 0);
  Record record;
  ASSERT_EQ(reader.Next(record), Status::kOk);
  EXPECT_EQ(record.payload.size(), 3U);
}

TEST(TsLog, CommitDelta) {
  Options options = SmallOptions();
  options.commit_every = 4;
  EngineRig rig(options);
  ASSERT_EQ(Fresh(rig), Status::kOk);
  for (int i = 0; i < 7; ++i) ASSERT_EQ(rig.AppendNext(), Status::kOk);
  EXPECT_EQ(rig.stats().last_sequence.value, 4U);
  EXPECT_EQ(rig.stats().last_accepted.value, 7U);
}

TEST(TsLog, NreadersAndStats) {
  Options options = SmallOptions();
  options.reader_count = 3;
  EngineRig rig(options);
  ASSERT_EQ(Fresh(rig), Status::kOk);
  ASSERT_EQ(rig.Write(5), Status::kOk);
  const Stats stats = rig.stats();
  EXPECT_EQ(stats.largest_lag, 5U);
  EXPECT_TRUE(stats.readers[2].enabled);
  EXPECT_FALSE(stats.readers[3].enabled);
}

TEST(TsLog, Recreate) {
  EngineRig rig;
  ASSERT_EQ(Fresh(rig), Status::kOk);
  ASSERT_EQ(rig.Write(5), Status::kOk);
  Options options = rig.options;
  options.recreate = Recreate::kAlways;
  options.recreate_nonce = 2;
  std::vector<std::uint8_t> memory(RequiredMemory(options, rig.chip.geometry()));
  rig.Drop();
  Log log(rig.chip, options, memory);
  ASSERT_EQ(log.Mount(), Status::kOk);
  Stats stats;
  ASSERT_EQ(log.GetStats(stats), Status::kOk);
  EXPECT_EQ(stats.last_sequence.value, 0U);
}

// docs/COMING-FROM.md gives the formula: a bucket takes at least so many records of
// this size, each committed.
TEST(TsLog, BucketSizeInRecords) {
  EngineRig rig(SmallOptions(), flashsim::Toy(1024, 8));
  ASSERT_EQ(Fresh(rig), Status::kOk);
  constexpr std::uint32_t kPayload = 16;
  const Options& options = rig.options;
  const std::uint32_t blocks = options.bucket_bytes / options.block_bytes;
  const std::uint32_t formula =
      (options.bucket_bytes - 124 - blocks * (2 + 40)) / (kPayload + 5 + 1) - blocks;
  const std::uint64_t first = rig.stats().head.value;
  std::uint32_t records = 0;
  const std::vector<std::uint8_t> payload(kPayload);
  while (rig.stats().head.value <= first) {
    ++records;
    ASSERT_EQ(rig.log().Append(1, records, payload).status, Status::kOk);
    ASSERT_EQ(rig.log().Commit().status, Status::kOk);
  }
  EXPECT_GE(records - 1, formula);
}

// Seconds since an origin and an octet: four bytes of time cost what the step costs.
TEST(Tslite, SecondsAndOctet) {
  using Octet = TypedLog<Format<1, Schema<"T:time B:value">>>;
  EngineRig rig;
  Octet app(rig.Boot());
  ASSERT_EQ(rig.log().Format(1), Status::kOk);
  constexpr std::int64_t kOrigin = 1'577'836'800;  // 2020-01-01
  for (int i = 0; i < 5; ++i) ASSERT_EQ(app.Store(kOrigin + i, 100 + i).status, Status::kOk);
  ASSERT_EQ(app.Commit().status, Status::kOk);
  Octet::Reader reader(rig.log(), 0);
  for (int i = 0; i < 5; ++i) {
    ASSERT_EQ(reader.Next(), Status::kOk);
    EXPECT_EQ(std::get<0>(reader.Get<1>()), kOrigin + i);
    EXPECT_EQ(std::get<1>(reader.Get<1>()), 100 + i);
    EXPECT_EQ(reader.record().payload.size(), 1U);
  }
}

class Issues final : public FindingSink {
 public:
  void Found(const Finding& finding) override {
    names += std::string(IssueName(finding.issue)) + " ";
  }
  std::string names;
};

TEST(Tslite, CheckDbFile) {
  EngineRig rig;
  ASSERT_EQ(Fresh(rig), Status::kOk);
  for (const std::int64_t time : {5, 4}) {
    ASSERT_EQ(rig.log().Append(1, time, {}).status, Status::kOk);
  }
  ASSERT_EQ(rig.log().Close(), Status::kOk);
  std::vector<std::uint8_t> memory(RequiredMemory(rig.options, rig.chip.geometry()));
  rig.Drop();
  Issues issues;
  ASSERT_EQ(Check(rig.chip, rig.options, memory, issues), Status::kOk);
  EXPECT_EQ(issues.names, "kTimeOutOfOrder ");
}

class Line final : public TextSink {
 public:
  void Put(Text text) override { line.append(text.data(), text.size()); }
  std::string line;
};

// Labels are the schemas' names; types are not announced anew at each boot.
TEST(A2wh, RecordLabelsAndReadAll) {
  using Temp = Schema<"TEMP=T:time f:temp f:hum">;
  using App = TypedLog<Format<1, Temp>>;
  EngineRig rig;
  for (int boot = 0; boot < 2; ++boot) {
    App app(rig.Boot());
    ASSERT_EQ(boot == 0 ? rig.log().Format(1) : rig.log().Mount(), Status::kOk);
    ASSERT_EQ(app.Store(1795287960 + boot, 21.5F, 40.0F).status, Status::kOk);
    ASSERT_EQ(rig.log().Close(), Status::kOk);
  }
  App app(rig.Boot());
  ASSERT_EQ(rig.log().Mount(), Status::kOk);
  App::Reader reader(rig.log(), 0);
  std::string all;
  while (reader.Next() == Status::kOk) {
    Line line;
    ASSERT_EQ(Render(reader.record(), Temp::wire(), LineStyle::kLabel, line), Status::kOk);
    all += line.line + "\n";
  }
  EXPECT_EQ(all, "TEMP,2026-11-21 19:06:00,21.5,40\nTEMP,2026-11-21 19:06:01,21.5,40\n");
}

TEST(A2wh, ReadLast) {
  EngineRig rig;
  ASSERT_EQ(Fresh(rig), Status::kOk);
  ASSERT_EQ(rig.Write(20), Status::kOk);
  Reader reader(rig.log(), 0);
  ASSERT_EQ(reader.Seek(rig.stats().last_sequence - 4), Status::kOk);
  EXPECT_EQ(Story::Of(reader), "16-20");
}

// What a query brings, oldest first.
std::string Answer(EngineRig& rig, const QuerySpec& spec) {
  std::vector<std::uint8_t> memory(QueryMemory(rig.options, /*by_time=*/8));
  Query query(rig.log(), spec, memory);
  std::string text;
  Record record;
  while (query.Next(record) == Status::kOk) {
    text += (text.empty() ? "" : " ") + std::to_string(record.time);
  }
  return text;
}

// Records that came late are read in the order of their times.
TEST(Tslite, ReorderRecord) {
  EngineRig rig;
  ASSERT_EQ(Fresh(rig), Status::kOk);
  for (const std::int64_t time : {50, 20, 40, 10, 30}) {
    ASSERT_EQ(rig.log().Append(1, time, {}).status, Status::kOk);
  }
  ASSERT_EQ(rig.log().Commit().status, Status::kOk);
  EXPECT_EQ(Answer(rig, {.order = QueryOrder::kByTime}), "10 20 30 40 50");
}

// From a time on, and up to one.
TEST(A2wh, TRead) {
  EngineRig rig;
  ASSERT_EQ(Fresh(rig), Status::kOk);
  for (std::int64_t time = 100; time < 200; time += 10) {
    ASSERT_EQ(rig.log().Append(1, time, {}).status, Status::kOk);
  }
  ASSERT_EQ(rig.log().Commit().status, Status::kOk);
  EXPECT_EQ(Answer(rig, {.from_time = 165}), "170 180 190");
  EXPECT_EQ(Answer(rig, {.from_time = 115, .to_time = 140}), "120 130 140");
}

// The headers are the index of dates: a query in the middle of a ring of 64 buckets
// reads less than a sixteenth of what is on the flash.
TEST(A2wh, DateIndex) {
  EngineRig rig(SmallOptions(), flashsim::Toy(1024, 64));
  ASSERT_EQ(Fresh(rig), Status::kOk);
  ASSERT_EQ(rig.WriteUntil(100), Status::kOk);
  const std::int64_t middle = TimeOf(rig.stats().last_sequence.value - 500);
  const std::uint64_t before = rig.chip.counters().bytes_read;
  EXPECT_EQ(Answer(rig, {.from_time = middle, .to_time = middle}), std::to_string(middle));
  const std::uint64_t read = rig.chip.counters().bytes_read - before;
  EXPECT_LT(read, 4096U);
}

TEST(A2wh, Erase) {
  EngineRig rig;
  ASSERT_EQ(Fresh(rig), Status::kOk);
  ASSERT_EQ(rig.Write(20), Status::kOk);
  ASSERT_EQ(rig.Format(2, FormatMode::kWipe), Status::kOk);
  EXPECT_EQ(rig.ReadAll(), "");
}

// Each record is found by its number: Seek, and from there on.
TEST(Mjlib, SeekToARecord) {
  EngineRig rig;
  ASSERT_EQ(Fresh(rig), Status::kOk);
  ASSERT_EQ(rig.Write(60), Status::kOk);
  Reader reader(rig.log(), 0);
  for (const std::uint64_t to : {33U, 7U, 60U, 1U}) {
    ASSERT_EQ(reader.Seek({to}), Status::kOk);
    EXPECT_EQ(Story::Of(reader), Records(to, 60));
  }
}

// From any byte of a damaged image the next block that stands is decoded alone.
TEST(Mjlib, ReframingFromAnyOffset) {
  EngineRig rig;
  ASSERT_EQ(Fresh(rig), Status::kOk);
  ASSERT_EQ(rig.WriteUntil(13), Status::kOk);
  ASSERT_EQ(rig.log().Close(), Status::kOk);
  const Layout layout = MakeLayout(rig.options, rig.chip.geometry());
  rig.Drop();
  flashsim::Rng random(5);
  hand::Bytes image = rig.chip.Peek(0, rig.chip.geometry().size_bytes());
  for (int i = 0; i < 40; ++i) image[random.Below(image.size())] ^= 0x10;
  int decoded = 0;
  for (int i = 0; i < 300; ++i) {
    const auto offset = static_cast<std::uint32_t>(random.Below(5 * 1024));  // of full buckets 8-12
    const std::uint32_t block = (offset + 255) / 256;
    const std::uint64_t number = 8 + block / 4;
    if (number > 12) continue;
    const Offset begin = layout.BlockBegin(block % 4);
    const std::span<const std::uint8_t> bytes =
        std::span(image).subspan(number % 8 * 1024 + begin, layout.BlockEnd(block % 4) - begin);
    BlockWalker walker(layout, {1, {number}}, block % 4, bytes);
    for (Frame frame; walker.Next(frame);) {
      if (!frame.has_content) continue;
      ContentReader content(frame.prefix.codec, frame.first, frame.rest);
      for (ContentRecord record; content.Next(record);) {
        ++decoded;
        EXPECT_TRUE(IsIntact({record.sequence, record.tag, record.time, record.payload, false}));
      }
    }
  }
  EXPECT_GT(decoded, 500);
}

}  // namespace
}  // namespace norlog
