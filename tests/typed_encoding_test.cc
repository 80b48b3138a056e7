// A TypedLog whose records are encoded by what its schemas say.
#include "norlog/typed_encoding.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <tuple>
#include <vector>

#include "norlog/static_log.h"
#include "tests/engine_rig.h"

namespace norlog {
namespace {

using Weather = Schema<"WX=Q:time f:temp[C] h:hum[%]/10 B:state{idle,run}">;
using Event = Schema<"Q:time S:what">;
using Tick = Schema<"Q:time">;
using App = TypedLog<Format<1, Weather>, Format<2, Event>, Format<3, Tick>>;
using Compact = EncodingOf<App>;

constexpr Options kOptions = Compact::Enable({.bucket_bytes = 1024, .block_bytes = 512});
static_assert(kOptions.bucket_bytes == 1024 && kOptions.block_bytes == 512);
static_assert(kOptions.encoded_tags == 1, "texts have no columns, a time alone needs none");
static_assert(kOptions.encoded_columns == 3);

// More than a model may have: as much as it may.
using Wide = Schema<"Q:time 20h:a">;
using ManyApp = TypedLog<Format<1, Wide>, Format<2, Wide>, Format<3, Weather>, Format<4, Weather>,
                         Format<5, Weather>, Format<6, Weather>, Format<7, Weather>>;
static_assert(EncodingOf<ManyApp>::Enable({}).encoded_tags == kMaxEncodedTags);
static_assert(EncodingOf<ManyApp>::Enable({}).encoded_columns == kMaxEncodedColumns);

float Temperature(int i) {
  return static_cast<float>(200 + i % 7) / 10.0F;
}

// Bytes that 300 records of Weather with an Event and a Tick each tenth take.
std::uint64_t CostOf(const Options& options, const Encoding* encoding) {
  flashsim::SimFlash chip(flashsim::Toy(1024, 32), /*seed=*/1);
  std::vector<std::uint8_t> memory(RequiredMemory(options, chip.geometry()));
  Log log(chip, options, memory, nullptr, encoding);
  App app(log);
  EXPECT_EQ(log.Format(1), Status::kOk);
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(app.StoreWithTag<1>(i * 60, Temperature(i), 450 + i % 3, i / 100 % 2).status,
              Status::kOk);
    if (i % 10 == 9) {
      EXPECT_EQ(app.StoreWithTag<2>(i * 60, Text("door")).status, Status::kOk);
      EXPECT_EQ(app.StoreWithTag<3>(i * 60).status, Status::kOk);
      EXPECT_EQ(app.Commit().status, Status::kOk);
    }
  }
  App::Reader reader(log, 0);
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(reader.Next(), Status::kOk);
    EXPECT_EQ(reader.tag(), 1);
    const auto [time, temperature, humidity, state] = reader.Get<1>();
    EXPECT_EQ(static_cast<int>(time), i * 60);
    EXPECT_EQ(temperature, Temperature(i));
    EXPECT_EQ(humidity, 450 + i % 3);
    EXPECT_EQ(state, i / 100 % 2);
    if (i % 10 != 9) continue;
    EXPECT_EQ(reader.Next(), Status::kOk);
    EXPECT_TRUE(std::get<1>(reader.Get<2>()) == Text("door"));
    EXPECT_EQ(reader.Next(), Status::kOk);
    EXPECT_EQ(static_cast<int>(std::get<0>(reader.Get<3>())), i * 60);
  }
  EXPECT_EQ(reader.Next(), Status::kNothingYet);
  EXPECT_EQ(chip.violations().count(), 0U);
  return chip.counters().bytes_programmed;
}

TEST(TypedEncoding, TheSchemasAreTheColumns) {
  constexpr Options kRaw = {.bucket_bytes = 1024, .block_bytes = 512};
  const std::uint64_t raw = CostOf(kRaw, nullptr);
  const std::uint64_t encoded = CostOf(kOptions, &Compact::kEncoding);
  EXPECT_LT(encoded, raw / 2) << raw;
}

TEST(TypedEncoding, InAStaticLog) {
  static constexpr Geometry kChip = {.erase_unit_bytes = 1024,
                                     .erase_unit_count = 32,
                                     .program_unit_bytes = 1,
                                     .page_bytes = 256,
                                     .program_rule = ProgramRule::kBits};
  flashsim::SimFlash chip(flashsim::Toy(1024, 32), /*seed=*/1);
  StaticLog<kOptions, kChip> log(chip, nullptr, &Compact::kEncoding);
  App app(log);
  ASSERT_EQ(log.Format(1), Status::kOk);
  ASSERT_EQ(app.StoreWithTag<1>(5, 21.5F, 40, 1).status, Status::kOk);
  ASSERT_EQ(app.Commit().status, Status::kOk);
  App::Reader reader(log, 0);
  ASSERT_EQ(reader.Next(), Status::kOk);
  EXPECT_EQ(std::get<1>(reader.Get<1>()), 21.5F);
}

}  // namespace
}  // namespace norlog
