// Wear is even by construction, and the ring outlives a quarter of its buckets.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "flashsim/rng.h"
#include "fuzz/rig.h"
#include "fuzz/workload.h"

namespace norlog::fuzz {
namespace {

constexpr std::uint32_t kBuckets = 16;

Setup MakeRing(bool faults_expected) {
  Setup setup;
  setup.name = "wear";
  setup.profile = flashsim::Toy(1024, kBuckets);
  setup.options.bucket_bytes = 1024;
  setup.options.block_bytes = 256;
  setup.seed = 11;
  setup.faults_expected = faults_expected;
  return setup;
}

Op AppendOp(std::uint64_t n) {
  Op op;
  op.verb = OpVerb::kAppend;
  op.size = 30;
  op.time = static_cast<std::int64_t>(n) * 10;
  op.salt = n + 1;
  return op;
}

class WearTest : public testing::Test {
 protected:
  explicit WearTest(bool faults_expected = false)
      : setup_(MakeRing(faults_expected)), rig_(setup_, NewCheckpoint(setup_)) {
    rig_.Format(1);
  }

  // Appends and commits until `buckets` more have been opened. False if an
  // append was refused.
  bool Fill(std::uint64_t buckets) {
    const std::uint64_t goal = rig_.oracle().head() + buckets;
    while (rig_.oracle().head() < goal && rig_.healthy() && rig_.powered()) {
      const std::uint64_t before = rig_.oracle().accepted();
      rig_.Do(AppendOp(salt_++));
      if (rig_.powered()) rig_.Do(Op{});
      if (rig_.powered() && rig_.oracle().accepted() == before) return false;
    }
    return rig_.healthy();
  }

  // Breaks the bucket `ahead` positions before the head, as a worn one.
  void Break(std::uint64_t ahead, flashsim::BadMode mode) {
    const std::uint64_t unit = (rig_.oracle().head() + ahead) % kBuckets;
    rig_.chip().MakeBad(static_cast<std::uint32_t>(unit), mode);
    rig_.oracle().UnhealthyBuckets(static_cast<std::uint32_t>(rig_.chip().bad_units().size()));
  }

  fuzz::Setup setup_;
  Rig rig_;
  std::uint64_t salt_ = 0;
};

TEST_F(WearTest, StaysEvenOverManyLaps) {
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(Fill(5)) << rig_.oracle().Report();
    const flashsim::WearSummary wear = rig_.chip().wear();
    ASSERT_LE(wear.max - wear.min, 1U) << "after " << rig_.oracle().head() << " buckets";
  }
  EXPECT_GE(rig_.chip().wear().min, 30U);
}

TEST_F(WearTest, IsReportedAsTheChipCountsIt) {
  ASSERT_TRUE(Fill(5 * kBuckets + 7)) << rig_.oracle().Report();
  Stats stats;
  ASSERT_EQ(rig_.log().GetStats(stats), Status::kOk);
  const flashsim::WearSummary wear = rig_.chip().wear();
  EXPECT_EQ(stats.erases_repeated, 0U);
  EXPECT_NEAR(stats.erases_min, wear.min, 1);
  EXPECT_NEAR(stats.erases_max, wear.max, 1);
  EXPECT_NEAR(stats.erases_mean(), wear.mean, 1);
}

TEST_F(WearTest, StaysEvenWhenEverySessionEndsWithAClose) {
  for (int i = 0; i < 300 && rig_.healthy(); ++i) {
    rig_.Do(AppendOp(salt_++));
    rig_.Do(Op{});
    rig_.Close();
    rig_.Mount();
  }
  ASSERT_EQ(rig_.oracle().Report(), "");
  ASSERT_TRUE(Fill(3 * kBuckets));
  const flashsim::WearSummary wear = rig_.chip().wear();
  EXPECT_LE(wear.max - wear.min, 1U);
}

TEST_F(WearTest, StaysEvenAcrossFormats) {
  for (std::uint64_t nonce = 2; nonce < 40; ++nonce) {
    ASSERT_TRUE(Fill(nonce % 7));
    ASSERT_TRUE(rig_.Format(nonce)) << rig_.oracle().Report();
  }
  ASSERT_TRUE(Fill(kBuckets));
  const flashsim::WearSummary wear = rig_.chip().wear();
  EXPECT_LE(wear.max - wear.min, 1U);
}

// An erase for a lap for which the bucket was erased before is a repeated one:
// at most three a cut; without them the wear is as even as ever.
TEST_F(WearTest, CutsRepeatAtMostThreeErasesEach) {
  std::vector<std::set<std::uint64_t>> laps(kBuckets);
  std::uint64_t repeated = 0;
  std::uint64_t head = rig_.oracle().head();
  rig_.chip().set_observer([&](const flashsim::OpEvent& event) {
    if (event.kind != flashsim::OpKind::kErase) return;
    const std::uint64_t index = event.address / 1024;
    const std::uint64_t lap = (head + kBuckets - index) / kBuckets;  // of the next opening
    if (!laps.at(index).insert(lap).second) ++repeated;
  });
  flashsim::Rng rng(4);
  for (int i = 0; i < 400 && rig_.healthy(); ++i) {
    rig_.chip().CutAt(rng.Below(30), flashsim::RandomTear(rng));
    while (Fill(1) && rig_.powered()) head = rig_.oracle().head();
    rig_.PowerFails();
    rig_.PowerReturns();
    rig_.Mount();
    head = rig_.oracle().head();
  }
  ASSERT_EQ(rig_.oracle().Report(), "");
  EXPECT_LE(repeated, 3U * rig_.oracle().cuts());
  std::size_t least = laps[0].size();
  std::size_t most = least;
  for (const auto& of_bucket : laps) {
    least = std::min(least, of_bucket.size());
    most = std::max(most, of_bucket.size());
  }
  EXPECT_LE(most - least, 1U);
  EXPECT_GT(least, 3U);
}

class BadBucketTest : public WearTest {
 protected:
  BadBucketTest() : WearTest(/*faults_expected=*/true) {}

  // A quarter of the buckets goes bad in this way, one every seven buckets.
  void LoseAQuarter(flashsim::BadMode mode, std::uint64_t ahead) {
    ASSERT_TRUE(Fill(kBuckets + 3));
    for (std::uint32_t i = 0; i < kBuckets / 4; ++i) {
      Break(ahead, mode);
      ASSERT_TRUE(Fill(7)) << "bucket " << i << "\n" << rig_.oracle().Report();
      rig_.Close();
      ASSERT_TRUE(rig_.Mount()) << "bucket " << i << "\n" << rig_.oracle().Report();
    }
    ASSERT_TRUE(Fill(3 * kBuckets)) << rig_.oracle().Report();
    Stats stats;
    ASSERT_EQ(rig_.log().GetStats(stats), Status::kOk);
    EXPECT_EQ(stats.retired_buckets, kBuckets / 4);
    EXPECT_EQ(rig_.oracle().Report(), "");
  }
};

// Two ahead: the next that must be erased.
TEST_F(BadBucketTest, TheRingGoesOnWithoutBucketsThatDoNotErase) {
  LoseAQuarter(flashsim::BadMode::kEraseFails, 2);
}

TEST_F(BadBucketTest, TheRingGoesOnWithoutBucketsThatDoNotProgram) {
  LoseAQuarter(flashsim::BadMode::kProgramFails, 2);
}

TEST_F(BadBucketTest, TheRingGoesOnWithoutBucketsThatIgnorePrograms) {
  LoseAQuarter(flashsim::BadMode::kSilentProgram, 2);
}

// What the head holds when it stops taking programs stays readable.
TEST_F(BadBucketTest, AHeadThatStopsTakingProgramsLosesNothing) {
  for (const auto mode : {flashsim::BadMode::kProgramFails, flashsim::BadMode::kSilentProgram}) {
    ASSERT_TRUE(Fill(kBuckets + 3));
    rig_.Do(AppendOp(salt_++));
    rig_.Do(Op{});
    Break(0, mode);
    ASSERT_TRUE(Fill(3)) << rig_.oracle().Report();
    rig_.Close();
    ASSERT_TRUE(rig_.Mount()) << rig_.oracle().Report();
  }
}

// One bucket after the other dies until the ring is at its end; then all that
// is retained still reads, at this mount and at the next.
TEST_F(BadBucketTest, IsExhaustedAtTheEndWithEverythingStillReadable) {
  ASSERT_TRUE(Fill(kBuckets + 3));
  bool goes_on = true;
  for (std::uint32_t i = 0; i < kBuckets && goes_on; ++i) {
    Break(2, flashsim::BadMode::kEraseFails);
    goes_on = Fill(5);
  }
  ASSERT_EQ(rig_.oracle().Report(), "");
  ASSERT_FALSE(goes_on) << "a ring without healthy buckets still takes records";
  EXPECT_EQ(rig_.log().Commit().status, Status::kExhausted);
  const std::uint64_t durable = rig_.oracle().durable();
  rig_.Close();
  ASSERT_TRUE(rig_.Mount()) << rig_.oracle().Report();
  EXPECT_EQ(rig_.oracle().durable(), durable);
  EXPECT_EQ(rig_.log().Append(1, 0, {}).status, Status::kExhausted);
  EXPECT_EQ(rig_.oracle().Report(), "");
}

}  // namespace
}  // namespace norlog::fuzz
