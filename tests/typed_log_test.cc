// Records as values: stored and read by schema, beside raw ones.
#include "norlog/typed_log.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include "tests/engine_rig.h"

namespace norlog {
namespace {

enum class Mode : std::uint8_t { kIdle, kRun, kFault = 7 };

using Weather = Schema<"WX=Q:time f:temp[C] f:hum[%]">;
using State = Schema<"Q:time B:state{idle,run,fault=7} S:why">;
using Event = Schema<"H:code 4s:who">;
using App = TypedLog<Format<1, Weather>, Format<2, State>, Format<3, Event>>;

// The next firmware: a field more, one renamed, another type.
using Weather2 = Schema<"WX=Q:time d:temperature|temp[C] f:hum[%] H:gas">;
using App2 = TypedLog<Format<1, Weather2>, Format<2, Schema<"Q:time h:state">>>;

class TypedLogTest : public testing::Test {
 protected:
  EngineRig rig_;
};

TEST_F(TypedLogTest, ValuesComeBackAsTheyWereStored) {
  Log& log = rig_.Boot();
  App app(log);
  ASSERT_EQ(log.Format(1), Status::kOk);
  EXPECT_EQ(app.StoreWithTag<1>(1000U, 21.5F, 40.0F).sequence.value, 1U);
  EXPECT_EQ(app.StoreWithTag<2>(1001U, Mode::kFault, "motor").sequence.value, 2U);
  EXPECT_EQ(app.StoreAt<3>(-5, 404, std::string("me")).sequence.value, 3U);
  const std::uint8_t raw[] = {9, 8, 7};
  EXPECT_EQ(app.StoreRecord(9, 1003, raw).sequence.value, 4U);
  ASSERT_EQ(app.Commit().status, Status::kOk);

  App::Reader reader(log, 0);
  ASSERT_EQ(reader.Next(), Status::kOk);
  ASSERT_EQ(reader.tag(), 1);
  const auto [time, temp, hum] = reader.Get<1>();
  static_assert(std::is_same_v<decltype(time), const std::uint64_t>);
  static_assert(std::is_same_v<decltype(temp), const float>);
  EXPECT_EQ(time, 1000U);
  EXPECT_EQ(temp, 21.5F);
  EXPECT_EQ(hum, 40.0F);
  ASSERT_EQ(reader.Next(), Status::kOk);
  EXPECT_EQ(std::get<1>(reader.Get<2>()), 7);
  EXPECT_EQ(std::get<2>(reader.Get<2>()), Text("motor"));
  ASSERT_EQ(reader.Next(), Status::kOk);
  EXPECT_EQ(std::get<0>(reader.Get<3>()), 404);
  EXPECT_EQ(std::get<1>(reader.Get<3>()), (std::array<char, 4>{'m', 'e'}));
  EXPECT_EQ(reader.record().time, -5);
  ASSERT_EQ(reader.Next(), Status::kOk);
  EXPECT_EQ(reader.tag(), 9);
  EXPECT_EQ(reader.record().payload.size(), 3U);
  EXPECT_EQ(reader.Next(), Status::kNothingYet);
  EXPECT_EQ(reader.reader().Commit(), Status::kOk);
}

// The record's time is the schema's: it costs no byte of the payload.
TEST_F(TypedLogTest, TheTimeStandsInTheRecord) {
  using Tslog = TypedLog<Format<1, Schema<"Qff">>>;
  Log& log = rig_.Boot();
  Tslog app(log);
  ASSERT_EQ(log.Format(1), Status::kOk);
  for (const std::uint64_t time : {std::uint64_t{5}, UINT64_MAX, std::uint64_t{1} << 63}) {
    ASSERT_EQ(app.Store(time, 1.5F, -0.0F).status, Status::kOk);
  }
  ASSERT_EQ(app.Commit().status, Status::kOk);
  Tslog::Reader reader(log, 0);
  for (const std::uint64_t time : {std::uint64_t{5}, UINT64_MAX, std::uint64_t{1} << 63}) {
    ASSERT_EQ(reader.Next(), Status::kOk);
    EXPECT_EQ(std::get<0>(reader.Get<1>()), time);
    EXPECT_EQ(reader.record().time, static_cast<std::int64_t>(time));
    EXPECT_EQ(reader.record().payload.size(), 8U);
    EXPECT_TRUE(std::signbit(std::get<2>(reader.Get<1>())));
  }
}

TEST_F(TypedLogTest, WhatDoesNotFitIsNamedAndNotStored) {
  Log& log = rig_.Boot();
  App app(log);
  ASSERT_EQ(log.Format(1), Status::kOk);
  EXPECT_EQ(app.StoreWithTag<2>(1U, 256, "").status, Status::kOutOfRange);
  EXPECT_EQ(app.StoreWithTag<2>(1U, -1, "").status, Status::kOutOfRange);
  EXPECT_EQ(app.StoreWithTag<1>(-1, 0.0F, 0.0F).status, Status::kOutOfRange);
  EXPECT_EQ(app.StoreAt<3>(0, 65536, "").status, Status::kOutOfRange);
  EXPECT_EQ(app.StoreAt<3>(0, 1, "five!").status, Status::kOutOfRange);
  EXPECT_EQ(app.StoreWithTag<2>(1U, 1, std::string(300, 'x')).status, Status::kTooLarge);
  EXPECT_EQ(app.StoreRecord(1, 0, {}).status, Status::kInvalidTag) << "its tag has a schema";
  EXPECT_EQ(rig_.stats().last_accepted.value, 0U);
}

// What the compiler refuses.
using values_internal::Accepts;
static_assert(!Accepts<double, float>() && !Accepts<float, int>() && !Accepts<int, float>());
static_assert(!Accepts<int, bool>() && !Accepts<bool, int>() && !Accepts<Text, int>());
static_assert(!Accepts<int, Text>() && Accepts<std::string, Text>() && Accepts<char[5], Text>());
static_assert(Accepts<std::int16_t, float>() && Accepts<float, double>() && Accepts<Mode, int>());

TEST_F(TypedLogTest, TheNextFirmwareReadsOldAndNewRecords) {
  {
    Log& log = rig_.Boot();
    App app(log);
    ASSERT_EQ(log.Format(1), Status::kOk);
    ASSERT_EQ(app.StoreWithTag<1>(1U, 21.5F, 40.0F).status, Status::kOk);
    ASSERT_EQ(app.StoreWithTag<2>(2U, Mode::kRun, "x").status, Status::kOk);
    ASSERT_EQ(log.Close(), Status::kOk);
  }
  Log& log = rig_.Boot();
  App2 app(log);
  ASSERT_EQ(log.Mount(), Status::kOk);
  ASSERT_EQ(app.StoreWithTag<1>(3U, 22.25, 41.0F, 800).status, Status::kOk);
  ASSERT_EQ(app.Commit().status, Status::kOk);
  App2::Reader reader(log, 0);
  std::get<3>(reader.Defaults<1>()) = 9999;
  ASSERT_EQ(reader.Next(), Status::kOk);
  EXPECT_EQ(reader.Get<1>(), (Values<Weather2>(1, 21.5, 40.0F, 9999)));
  ASSERT_EQ(reader.Next(), Status::kOk);
  EXPECT_EQ(std::get<1>(reader.Get<2>()), 1);
  ASSERT_EQ(reader.Next(), Status::kOk);
  EXPECT_EQ(reader.Get<1>(), (Values<Weather2>(3, 22.25, 41.0F, 800)));
  EXPECT_EQ(reader.Next(), Status::kNothingYet);

  // And the old firmware, back again, refuses what it cannot hold, by name.
  ASSERT_EQ(reader.reader().Rewind(), Status::kOk);
  App::Reader old(log, 0);
  EXPECT_EQ(old.Next(), Status::kOk);
  EXPECT_EQ(old.Next(), Status::kOk);
  EXPECT_EQ(old.Next(), Status::kOk) << "temp is gone, so it is 0";
  EXPECT_EQ(std::get<1>(old.Get<1>()), 0.0F);
}

TEST_F(TypedLogTest, ASchemaThatCannotBeReadIsRefusedAndTheRestGoesOn) {
  using Narrow = TypedLog<Format<1, Schema<"Q:time h:temp f:hum">>>;
  Log& log = rig_.Boot();
  App app(log);
  ASSERT_EQ(log.Format(1), Status::kOk);
  ASSERT_EQ(app.StoreWithTag<1>(1U, 21.5F, 40.0F).status, Status::kOk);
  ASSERT_EQ(app.StoreRecord(5, 2, {}).status, Status::kOk);
  ASSERT_EQ(app.Commit().status, Status::kOk);
  Narrow::Reader reader(log, 0);
  EXPECT_EQ(reader.Next(), Status::kSchemaMismatch);
  EXPECT_EQ(reader.mismatch<1>(), Mismatch::kTypeChanged);
  EXPECT_EQ(reader.record().sequence.value, 1U);
  EXPECT_EQ(reader.Next(), Status::kOk);
  EXPECT_EQ(reader.tag(), 5);
}

TEST_F(TypedLogTest, RecordsWithoutASchemaAreNamed) {
  Log& log = rig_.Boot();
  ASSERT_EQ(log.Format(1), Status::kOk);
  const std::uint8_t payload[8] = {};
  ASSERT_EQ(log.Append(1, 0, payload).status, Status::kOk);
  ASSERT_EQ(log.Append(5, 0, payload).status, Status::kOk);
  ASSERT_EQ(log.Commit().status, Status::kOk);
  App::Reader reader(log, 0);
  EXPECT_EQ(reader.Next(), Status::kNoSchema);
  EXPECT_EQ(reader.record().sequence.value, 1U);
  EXPECT_EQ(reader.Next(), Status::kOk);
  EXPECT_EQ(reader.Next(), Status::kNothingYet);
}

// Many laps, boots and power failures; seeks into the middle of a bucket.
TEST_F(TypedLogTest, EveryRecordOfAnAgedLogHasItsValues) {
  for (const std::uint32_t block_bytes : {256U, 1024U}) {
    Options options = SmallOptions();
    options.block_bytes = block_bytes;
    EngineRig rig(options);
    std::uint64_t next = 1;
    for (int boot = 0; boot < 12; ++boot) {
      Log& log = rig.Boot();
      App app(log);
      ASSERT_EQ(boot == 0 ? log.Format(1) : log.Mount(), Status::kOk);
      for (int i = 0; i < 50; ++i, ++next) {
        const auto temp = static_cast<float>(next) / 8;
        ASSERT_EQ(app.StoreWithTag<1>(next, temp, -temp).sequence.value, next);
        ASSERT_EQ(app.Commit().status, Status::kOk);
      }
      if (boot % 3 == 0) {
        ASSERT_EQ(log.Close(), Status::kOk);
      }
      rig.Drop();
    }
    Log& log = rig.Boot();
    App app(log);
    ASSERT_EQ(log.Mount(), Status::kOk);
    App::Reader reader(log, 0);
    const std::uint64_t first = rig.stats().first_sequence.value;
    for (const std::uint64_t from : {first, first + 17, next - 60, next - 3}) {
      ASSERT_EQ(reader.reader().Seek({from}), Status::kOk);
      for (std::uint64_t n = from; n < next; ++n) {
        ASSERT_EQ(reader.Next(), Status::kOk) << n;
        ASSERT_EQ(reader.record().sequence.value, n);
        const auto temp = static_cast<float>(n) / 8;
        ASSERT_EQ(reader.Get<1>(), (Values<Weather>(n, temp, -temp)));
      }
    }
  }
}

}  // namespace
}  // namespace norlog
