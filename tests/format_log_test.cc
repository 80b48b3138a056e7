// Log::Format and Options::recreate: cheap, durable at once, and the laps go on
// counting whatever the chip held.
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "flashsim/rng.h"
#include "norlog/log.h"
#include "tests/engine_rig.h"
#include "tests/hand_built.h"

namespace norlog {
namespace {

constexpr std::uint32_t kBuckets = 64;

class FormatLogTest : public testing::Test {
 protected:
  FormatLogTest() : rig_(SmallOptions(), flashsim::Toy(1024, kBuckets)) {}

  void OldLog(std::uint64_t head) {
    ASSERT_EQ(rig_.Format(1), Status::kOk);
    ASSERT_EQ(rig_.WriteUntil(head), Status::kOk);
    ASSERT_EQ(rig_.log().Close(), Status::kOk);
  }
  // Formats, and checks what it cost.
  void FormatCheaply(std::uint64_t nonce) {
    rig_.chip.ResetCounters();
    ASSERT_EQ(rig_.Format(nonce), Status::kOk);
    EXPECT_LE(rig_.chip.counters().erases, 3u);
    const Budget budget = MountBudget(rig_.options, rig_.chip.geometry()).after_cut;
    EXPECT_LE(rig_.chip.counters().reads, budget.reads);
  }
  // The log of this identity, and nothing else, is what a mount finds now and
  // all the way round the ring.
  void ExpectStands(std::uint64_t nonce) {
    for (std::uint64_t i = 0; i < 2 * kBuckets; i += 5) {
      const std::uint64_t head = rig_.stats().head.value;
      const std::string records = rig_.ReadAll();
      ASSERT_EQ(rig_.log().Close(), Status::kOk);
      ASSERT_EQ(rig_.Mount(), Status::kOk);
      ASSERT_EQ(rig_.stats().identity, nonce) << i;
      ASSERT_EQ(rig_.stats().head.value, head);
      ASSERT_EQ(rig_.ReadAll(), records);
      ASSERT_EQ(rig_.WriteUntil(head + 5), Status::kOk);
    }
  }

  EngineRig rig_;
};

TEST_F(FormatLogTest, BlankChip) {
  FormatCheaply(1);
  EXPECT_EQ(rig_.stats().head.value, kBuckets);
  EXPECT_EQ(rig_.stats().mount_finding, MountFinding::kFormatted);
  ExpectStands(1);
}

TEST_F(FormatLogTest, EmptyLogIsDurableBeforeFormatReturns) {
  OldLog(kBuckets + 9);
  FormatCheaply(2);
  ASSERT_EQ(rig_.Mount(), Status::kOk);  // no Close
  EXPECT_EQ(rig_.stats().identity, 2u);
  EXPECT_EQ(rig_.ReadAll(), "");
  EXPECT_EQ(rig_.stats().last_sequence.value, 0u);
}

TEST_F(FormatLogTest, LapsGoOn) {
  OldLog(3 * kBuckets + 20);
  FormatCheaply(2);
  EXPECT_EQ(rig_.stats().head.value, 3 * kBuckets + 21);
  FormatCheaply(3);
  EXPECT_EQ(rig_.stats().head.value, 3 * kBuckets + 22);
  ExpectStands(3);
}

TEST_F(FormatLogTest, LapsGoOnBehindAWipe) {
  OldLog(3 * kBuckets + 20);
  ASSERT_EQ(rig_.Format(2, FormatMode::kWipe), Status::kOk);
  EXPECT_EQ(rig_.stats().head.value, 3 * kBuckets + 21);
  ASSERT_EQ(rig_.log().Close(), Status::kOk);
  FormatCheaply(3);
  EXPECT_EQ(rig_.stats().head.value, 3 * kBuckets + 22);
  ExpectStands(3);
}

TEST_F(FormatLogTest, WipeLeavesNothingOfTheOldLog) {
  OldLog(kBuckets + 30);
  ASSERT_EQ(rig_.Format(2, FormatMode::kWipe), Status::kOk);
  const std::uint64_t head = rig_.stats().head.value;
  for (std::uint64_t number = head + 1; number < head + kBuckets; ++number) {
    ASSERT_EQ(rig_.Peek(number, 0, 12),
              hand::Mark(rig_.shape(), static_cast<std::uint32_t>(number % kBuckets),
                         static_cast<std::uint32_t>(number / kBuckets)));
    ASSERT_EQ(rig_.Peek(number, 12, 1012), hand::Repeat(0xFF, 1012));
  }
  ExpectStands(2);
}

TEST_F(FormatLogTest, RandomBytes) {
  flashsim::Rng rng(7);
  hand::Bytes image(kBuckets * 1024);
  for (std::uint8_t& byte : image) byte = static_cast<std::uint8_t>(rng.Next());
  rig_.chip.Poke(0, image);
  FormatCheaply(1);
  ExpectStands(1);
}

TEST_F(FormatLogTest, ZeroedChip) {
  rig_.chip.Poke(0, hand::Repeat(0, kBuckets * 1024));
  FormatCheaply(1);
  ExpectStands(1);
}

TEST_F(FormatLogTest, HeadersWithoutFrames) {
  for (std::uint64_t n = kBuckets; n < 2 * kBuckets; ++n) rig_.HandBucket(n).Open(1, kBuckets);
  FormatCheaply(2);
  ExpectStands(2);
}

TEST_F(FormatLogTest, DamagedFront) {
  OldLog(3 * kBuckets + 20);
  rig_.chip.Poke(0, hand::Repeat(0x33, 6 * 1024));
  ASSERT_EQ(rig_.Format(2), Status::kOk);
  ExpectStands(2);
}

TEST_F(FormatLogTest, UncleanOldLog) {
  ASSERT_EQ(rig_.Format(1), Status::kOk);
  ASSERT_EQ(rig_.WriteUntil(kBuckets + 11), Status::kOk);
  FormatCheaply(2);
  ExpectStands(2);
}

TEST_F(FormatLogTest, CutAnywhereLeavesTheOldLogOrTheEmptyOne) {
  OldLog(kBuckets + 11);
  ASSERT_EQ(rig_.Mount(), Status::kOk);
  const std::string old = rig_.ReadAll();
  for (std::uint64_t cut = 0;; ++cut) {
    EngineRig fork(SmallOptions(), flashsim::Toy(1024, kBuckets));
    fork.chip = rig_.chip;
    fork.chip.CutAt(cut,
                    {flashsim::ProgramTear::kRandomBits50, flashsim::EraseTear::kPreProgram, 5});
    const Status status = fork.Format(2);
    if (!fork.chip.cut_happened()) break;
    EXPECT_EQ(status, Status::kNoPower);
    fork.chip.PowerOn();
    ASSERT_EQ(fork.Mount(), Status::kOk) << cut;
    EXPECT_EQ(fork.ReadAll(), fork.stats().identity == 2 ? "" : old) << cut;
  }
}

TEST_F(FormatLogTest, NoHealthyBucketIsExhaustion) {
  for (std::uint32_t unit = 0; unit < kBuckets; ++unit) {
    rig_.chip.MakeBad(unit, flashsim::BadMode::kEraseFails);
  }
  EXPECT_EQ(rig_.Format(1), Status::kExhausted);
  EXPECT_FALSE(rig_.log().mounted());
}

// --- recreate -----------------------------------------------------------------
TEST_F(FormatLogTest, RecreateIfNoLogFormatsABlankChip) {
  rig_.options.recreate = Recreate::kIfNoLog;
  rig_.options.recreate_nonce = 77;
  ASSERT_EQ(rig_.Mount(), Status::kOk);
  EXPECT_EQ(rig_.stats().identity, 77u);
  ASSERT_EQ(rig_.Write(3), Status::kOk);
  ASSERT_EQ(rig_.Mount(), Status::kOk);
  EXPECT_EQ(rig_.ReadAll(), "1-3");
}

TEST_F(FormatLogTest, RecreateIfNoLogLeavesANewerVersionAlone) {
  hand::HeaderFields fields;
  fields.version = 2;
  rig_.HandBucket(kBuckets).PutMark().PutOpenNote().PutHeader(fields);
  rig_.options.recreate = Recreate::kIfNoLog;
  EXPECT_EQ(rig_.Mount(), Status::kUnknownVersion);
  EXPECT_EQ(rig_.chip.op_count(), 0u);
}

TEST_F(FormatLogTest, RecreateAlwaysStartsAnEmptyLogAtEachMount) {
  rig_.options.recreate = Recreate::kAlways;
  for (int i = 0; i < 5; ++i) {
    ASSERT_EQ(rig_.Mount(), Status::kOk);
    EXPECT_EQ(rig_.ReadAll(), "");
    ASSERT_EQ(rig_.Write(3), Status::kOk);
  }
}

TEST_F(FormatLogTest, ReadOnlyMountRecreatesNothing) {
  rig_.options.recreate = Recreate::kAlways;
  EXPECT_EQ(rig_.MountReadOnly(), Status::kNoLog);
  EXPECT_EQ(rig_.chip.op_count(), 0u);
}

}  // namespace
}  // namespace norlog
