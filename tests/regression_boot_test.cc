// Mistakes at boot and in sessions that write little, found by the fuzz targets;
// each named after what went wrong. Their inputs are in fuzz/corpus, too.
#include <gtest/gtest.h>

#include <cstdint>

#include "norlog/log.h"
#include "norlog/mount.h"
#include "tests/engine_rig.h"
#include "tests/hand_built.h"

namespace norlog {
namespace {

constexpr std::uint8_t kReal = 2;

// --- A session that only maintained did not end clean --------------------------
class MaintainOnlyTest : public testing::TestWithParam<std::uint32_t> {
 protected:
  static Options LargeBlocks() {
    Options options;
    options.bucket_bytes = 2048;
    options.block_bytes = 512;
    return options;
  }
  // A boot that erases ahead, and writes no record.
  void MaintainOnly() {
    ASSERT_EQ(rig_.Mount(), Status::kOk);
    EXPECT_EQ(rig_.stats().mount_finding, MountFinding::kClean);
    while (rig_.log().Maintain(1) == Status::kOk) continue;
    ASSERT_EQ(rig_.log().Close(), Status::kOk);
  }
  // Makes the next session erase: what stands ahead is no clean bucket any more.
  void SpoilNextBucket() {
    const std::uint64_t next = head_ + 1;
    rig_.chip.Poke(next % 8 * 2048 + 1500, hand::Repeat(0, GetParam()));
  }

  EngineRig rig_{LargeBlocks(), flashsim::Toy(2048, 8, GetParam(), ProgramRule::kOnce)};
  std::uint64_t head_ = 0;
};

TEST_P(MaintainOnlyTest, EndsClean) {
  ASSERT_EQ(rig_.Format(), Status::kOk);
  ASSERT_EQ(rig_.Write(20), Status::kOk);
  head_ = rig_.stats().head.value;
  ASSERT_EQ(rig_.log().Close(), Status::kOk);
  for (int i = 0; i < 4; ++i) {
    SpoilNextBucket();
    ASSERT_NO_FATAL_FAILURE(MaintainOnly());
  }
  const std::uint64_t ops = rig_.chip.op_count();
  ASSERT_EQ(rig_.Mount(), Status::kOk);
  EXPECT_EQ(rig_.stats().mount_finding, MountFinding::kClean);
  EXPECT_EQ(rig_.chip.op_count(), ops);
  EXPECT_EQ(rig_.stats().blocks_lost_to_cuts, 0u);
}

TEST_P(MaintainOnlyTest, FramesGoOnBehindItsMarks) {
  ASSERT_EQ(rig_.Format(), Status::kOk);
  ASSERT_EQ(rig_.Write(20), Status::kOk);
  head_ = rig_.stats().head.value;
  ASSERT_EQ(rig_.log().Close(), Status::kOk);
  for (int i = 0; i < 3; ++i) {
    SpoilNextBucket();
    ASSERT_NO_FATAL_FAILURE(MaintainOnly());
  }
  ASSERT_EQ(rig_.Mount(), Status::kOk);
  ASSERT_EQ(rig_.Write(2), Status::kOk);
  ASSERT_EQ(rig_.log().Close(), Status::kOk);
  ASSERT_EQ(rig_.Mount(), Status::kOk);
  EXPECT_EQ(rig_.ReadAll(), "1-22");
  EXPECT_EQ(rig_.stats().blocks_lost_to_cuts, 0u);
}

INSTANTIATE_TEST_SUITE_P(Units, MaintainOnlyTest, testing::Values(1u, 8u, 32u));

// --- The look for other layouts read past the chip's end -----------------------
TEST(NameAbsenceRegression, StaysWithinAChipOfTinyEraseUnits) {
  Options options;
  options.bucket_bytes = 256;
  options.block_bytes = 256;
  EngineRig rig(options, flashsim::Toy(64, 16));
  EXPECT_EQ(rig.Mount(), Status::kNoLog);  // the rig objects to a read out of bounds
}

TEST(NameAbsenceRegression, StaysWithinTheBudget) {
  Options options;
  options.bucket_bytes = 256;
  options.block_bytes = 256;
  EngineRig rig(options, flashsim::Toy(64, 16));
  ASSERT_EQ(rig.Mount(), Status::kNoLog);
  const MountBudgets budget = MountBudget(options, rig.chip.geometry());
  EXPECT_LE(rig.chip.counters().reads, budget.worst.reads);
  EXPECT_LE(rig.chip.counters().bytes_read, budget.worst.bytes);
}

// --- A forged tail made a reader search 2^64 buckets ----------------------------
class ForgedTailTest : public testing::TestWithParam<std::uint64_t> {};

TEST_P(ForgedTailTest, IsNotBelieved) {
  EngineRig rig;
  for (std::uint64_t number = 8; number <= 12; ++number) {
    hand::Bucket bucket = rig.HandBucket(number);
    bucket.Open(2 * number - 15, number == 12 ? GetParam() : 8)
        .Block(0)
        .Head(kReal, {}, PrefixOf(2 * number - 15), ContentOf(2 * number - 15, 2 * number - 14));
    if (number == 12) bucket.Zero();
  }
  ASSERT_EQ(rig.MountReadOnly(), Status::kOk);
  EXPECT_EQ(rig.ReadAll(), "1-10");
}

INSTANTIATE_TEST_SUITE_P(Tails, ForgedTailTest,
                         testing::Values(13u, 4u, 0xffff'ffff'ffff'ffffu, 0x8000'0000'0000'0000u));

}  // namespace
}  // namespace norlog
