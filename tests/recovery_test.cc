// Repairing the log's end: states after cuts, built by hand, and what a mount
// programs to make them solid.
#include "norlog/recovery.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "tests/engine_rig.h"
#include "tests/hand_built.h"

namespace norlog {
namespace {

using flashsim::BadMode;
using hand::Bytes;
using hand::FromBytes;
using hand::Hex;

constexpr std::uint8_t kReal = 2;
constexpr std::uint8_t kCopyOnly = 1;
constexpr std::uint8_t kRealCopy = 3;

constexpr std::uint8_t kClassOfTag1 = 2;  // of records 1 to 4

// Buckets of 2 KiB in four blocks, on Toy(2048, n).
Options LargerOptions() {
  Options options = SmallOptions();
  options.bucket_bytes = 2048;
  options.block_bytes = 512;
  return options;
}

// Copies in block 1 and later tell the classes of tags in the blocks before.
hand::Prefix WithTags(hand::Prefix prefix, const Bytes& tags) {
  prefix.block_tags = tags;
  return prefix;
}

class RecoveryTest : public testing::Test {
 protected:
  // Records 1-2, 3-4 in block 0 of bucket 8; V begins at `v_`.
  hand::Bucket TwoFrames() {
    hand::Bucket bucket = rig_.HandBucket(8);
    bucket.Open(1, 8).Block(0).Head(kReal, {}, PrefixOf(1), ContentOf(1, 2));
    v_ = bucket.offset();
    return bucket.Data(ContentOf(3, 4));
  }
  // Bucket `number` with frames in all blocks, two records a block, not closed.
  hand::Bucket FullBucket(std::uint64_t number, std::uint64_t first) {
    hand::Bucket bucket = rig_.HandBucket(number);
    bucket.Open(first, 8);
    for (std::uint32_t block = 0; block < 4; ++block, first += 2) {
      v_ = bucket.Block(block).offset();
      bucket.Head(kReal, {}, PrefixOf(first), ContentOf(first, first + 1));
    }
    return bucket;
  }
  // Mounts, sees these records, and that mounting again programs nothing.
  void MountsAndStays(const std::string& records, MountFinding finding) {
    ASSERT_EQ(rig_.Mount(), Status::kOk);
    EXPECT_EQ(rig_.stats().mount_finding, finding);
    EXPECT_EQ(rig_.ReadAll(), records);
    const std::uint64_t operations = rig_.chip.op_count();
    ASSERT_EQ(rig_.Mount(), Status::kOk);
    EXPECT_EQ(rig_.stats().mount_finding, MountFinding::kClean);
    EXPECT_EQ(rig_.ReadAll(), records);
    EXPECT_EQ(rig_.chip.op_count(), operations);
  }
  void GoesOn(std::uint64_t last) {
    ASSERT_EQ(rig_.Write(40), Status::kOk);
    EXPECT_EQ(rig_.stats().last_sequence.value, last + 40);
    EXPECT_EQ(rig_.ReadAll(), Records(1, last + 40));
  }

  EngineRig rig_;
  std::uint32_t v_ = 0;
};

TEST_F(RecoveryTest, CleanEndProgramsNothing) {
  TwoFrames().Zero();
  MountsAndStays("1-4", MountFinding::kClean);
  EXPECT_EQ(rig_.chip.op_count(), 0u);
  GoesOn(4);
}

TEST_F(RecoveryTest, UncleanEndIsCommittedAgainInAFreshBlock) {
  TwoFrames();
  EngineRig expected;
  hand::Prefix prefix = PrefixOf(3);  // the codec state before V: behind record 2
  prefix.step = TimeOf(2) - TimeOf(1);
  prefix.tag = TagOf(2);
  prefix.payload_bytes = PayloadOf(2).size();
  prefix.block_tags = {kClassOfTag1};
  const Bytes from = FromBytes(0, v_);
  expected.HandBucket(8).Block(1).Head(kRealCopy, from, prefix, ContentOf(3, 4)).Zero();
  ASSERT_EQ(rig_.Mount(), Status::kOk);
  EXPECT_EQ(rig_.Peek(8, 256, 768), expected.Peek(8, 256, 768));
  EXPECT_EQ(rig_.chip.op_count(), 3u);  // touch, copy, close mark
  MountsAndStays("1-4", MountFinding::kClean);
  GoesOn(4);
}

TEST_F(RecoveryTest, CopyIsTheBytesOfTheFormat) {
  hand::Bucket bucket = rig_.HandBucket(8);
  bucket.Open(1, 8).Block(0).Head(kReal, {}, PrefixOf(1), ContentOf(1, 2));
  EngineRig expected;
  expected.HandBucket(8)
      .Block(1)
      .Head(kRealCopy, FromBytes(0, 125), WithTags(PrefixOf(1), {kClassOfTag1}), ContentOf(1, 2))
      .Zero();
  ASSERT_EQ(rig_.Mount(), Status::kOk);
  EXPECT_EQ(rig_.Peek(8, 256, 768), expected.Peek(8, 256, 768));
}

TEST_F(RecoveryTest, CursorsFrameIsCopiedAsAnEmptyHeadFrame) {
  TwoFrames().PutCursors(hand::MovedCursors(1, 1, {1}));
  ASSERT_EQ(rig_.Mount(), Status::kOk);
  EXPECT_EQ(rig_.stats().readers[0].cursor.value, 3u);
  EXPECT_EQ(rig_.Read(), "4-4");
  MountsAndStays("1-4", MountFinding::kClean);
  EXPECT_EQ(rig_.stats().readers[0].cursor.value, 3u);
}

TEST_F(RecoveryTest, CopyOfACopyNamesTheSameRoot) {
  rig_.HandBucket(8).Open(1, 8).Block(0).Head(kReal, {}, PrefixOf(1), ContentOf(1, 2));
  rig_.HandBucket(8).Block(1).Head(kRealCopy, FromBytes(0, 125), PrefixOf(1), ContentOf(1, 2));
  EngineRig expected;
  expected.HandBucket(8)
      .Block(2)
      .Head(kRealCopy, FromBytes(0, 125), WithTags(PrefixOf(1), {0xFF, kClassOfTag1}),
            ContentOf(1, 2))
      .Zero();
  MountsAndStays("1-2", MountFinding::kUnclean);
  EXPECT_EQ(rig_.Peek(8, 512, 512), expected.Peek(8, 512, 512));
}

TEST_F(RecoveryTest, TornFrameBehindVIsNeverShown) {
  hand::Bucket bucket = TwoFrames();
  Bytes torn = hand::Frame(bucket.place(), 0x3C, ContentOf(5, 5), bucket.next() + 1);
  torn[4] |= 0x40;
  bucket.Raw(torn);
  MountsAndStays("1-4", MountFinding::kUnclean);
  GoesOn(4);
}

TEST_F(RecoveryTest, TouchedBlockIsNeverProgrammedAgain) {
  TwoFrames();
  rig_.chip.Poke(256, Hex("3F"));  // a torn touch
  ASSERT_EQ(rig_.Mount(), Status::kOk);
  EXPECT_EQ(rig_.Peek(8, 256, 4), Hex("3F FF FF FF"));
  EXPECT_EQ(rig_.Peek(8, 512, 2), Hex("00 53"));
  EXPECT_EQ(rig_.stats().blocks_lost_to_cuts, 2u);
}

TEST_F(RecoveryTest, SecondTouchBehindTheMarkIsUnclean) {
  TwoFrames().Zero().Zero();
  MountsAndStays("1-4", MountFinding::kUnclean);
}

TEST_F(RecoveryTest, FullBucketIsRecoveredIntoTheNext) {
  FullBucket(8, 1);
  ASSERT_EQ(rig_.Mount(), Status::kOk);
  EXPECT_EQ(rig_.stats().head.value, 9u);
  const hand::Shape s = rig_.shape();
  EXPECT_EQ(rig_.Peek(9, s.BlockAt(0), 2), Hex("00 51"));  // a copy, not real
  MountsAndStays("1-8", MountFinding::kClean);
  GoesOn(8);
}

// --- Which copies are real: a real one opens its bucket, and evicts ------------
TEST_F(RecoveryTest, CopyOfACopyThatWasNotRealIsNotReal) {
  FullBucket(8, 1);
  rig_.HandBucket(9).Open(7, 8).Block(0).Head(kCopyOnly, FromBytes(1, v_), PrefixOf(7),
                                              ContentOf(7, 8));
  ASSERT_EQ(rig_.Mount(), Status::kOk);
  EXPECT_EQ(rig_.Peek(9, 256, 2), Hex("00 51"));
}

TEST_F(RecoveryTest, FirstRealFrameMakesLaterCopiesReal) {
  FullBucket(8, 1);
  hand::Bucket bucket = rig_.HandBucket(9);
  bucket.Open(7, 8).Block(0).Head(kCopyOnly, FromBytes(1, v_), PrefixOf(7), ContentOf(7, 8));
  bucket.Zero().Zero().Data(ContentOf(9, 10));
  ASSERT_EQ(rig_.Mount(), Status::kOk);
  EXPECT_EQ(rig_.Peek(9, 256, 2), Hex("00 53"));
}

class FullRingTest : public RecoveryTest {
 protected:
  // Buckets 8-13, eight records each; the next opening evicts bucket 8.
  void SetUp() override {
    for (std::uint64_t number = 8; number <= 13; ++number) FullBucket(number, 8 * number - 63);
  }
};

TEST_F(FullRingTest, CopyInTheNextBucketEvictsNothing) {
  MountsAndStays("1-48", MountFinding::kUnclean);
  EXPECT_EQ(rig_.stats().head.value, 14u);
}

TEST_F(FullRingTest, CopyInAnOpenBucketEvictsNoMoreThanItsOpening) {
  rig_.HandBucket(14).Open(49, 9).Block(0).Head(kReal, {}, PrefixOf(49), ContentOf(49, 50));
  MountsAndStays("9-50", MountFinding::kUnclean);
}

TEST_F(FullRingTest, CopiesThatAreNotRealEvictNothingAtAnyMount) {
  hand::Bucket bucket = rig_.HandBucket(14);
  bucket.Open(47, 9).Block(0).Head(kCopyOnly, FromBytes(1, v_), PrefixOf(47), ContentOf(47, 48));
  MountsAndStays("1-48", MountFinding::kUnclean);
  ASSERT_EQ(rig_.Write(1), Status::kOk);  // the first real frame: now it is open
  EXPECT_EQ(rig_.ReadAll(), "9-49");
}

TEST_F(RecoveryTest, InterruptedOpeningIsErasedAndMarked) {
  TwoFrames().Zero();
  rig_.HandBucket(9).Open(5, 8).Block(0);
  MountsAndStays("1-4", MountFinding::kUncleanOpening);
  EXPECT_EQ(rig_.Peek(9, 0, 12), hand::Mark(rig_.shape(), 1, 1));
  EXPECT_EQ(rig_.Peek(9, 12, 1012), hand::Repeat(0xFF, 1012));
  GoesOn(4);
}

TEST_F(RecoveryTest, InterruptedOpeningBehindAnUncleanEnd) {
  TwoFrames();
  rig_.HandBucket(9).Open(5, 8).Block(0).Raw(Hex("52 20 01 02"));
  MountsAndStays("1-4", MountFinding::kUncleanOpening);
  GoesOn(4);
}

TEST_F(RecoveryTest, OpeningCutBeforeItsHeaderIsErasedWhenReached) {
  TwoFrames().Zero();
  rig_.HandBucket(9).PutMark().PutOpenNote();
  ASSERT_EQ(rig_.Mount(), Status::kOk);
  EXPECT_EQ(rig_.ReadAll(), "1-4");
  GoesOn(4);
}

TEST_F(RecoveryTest, TornHeaderIsAnInterruptedOpening) {
  TwoFrames().Zero();
  rig_.HandBucket(9).Open(5, 8);
  rig_.chip.Poke(1024 + 20 + 28, hand::Repeat(0xFF, 56));
  // Its first block is not touched: no frame can come back, and nothing is repaired.
  rig_.chip.ResetCounters();
  for (int i = 0; i < 2; ++i) {
    ASSERT_EQ(rig_.Mount(), Status::kOk);
    EXPECT_EQ(rig_.stats().mount_finding, MountFinding::kUncleanOpening);
    EXPECT_EQ(rig_.ReadAll(), "1-4");
  }
  EXPECT_EQ(rig_.chip.op_count(), 0u);
  GoesOn(4);
}

TEST_F(RecoveryTest, TouchedBucketUnderATornHeaderIsErased) {
  TwoFrames().Zero();
  rig_.HandBucket(9).Open(5, 8).Block(0);
  rig_.chip.Poke(1024 + 20 + 28, hand::Repeat(0xFF, 56));
  MountsAndStays("1-4", MountFinding::kUncleanOpening);
  GoesOn(4);
}

TEST_F(RecoveryTest, VoidBucketDoesNotCount) {
  TwoFrames().Zero();
  rig_.HandBucket(9).Open(5, 8).PutVoidNote().Block(0).Head(kReal, {}, PrefixOf(5),
                                                            ContentOf(5, 6));
  MountsAndStays("1-4", MountFinding::kUncleanOpening);
}

TEST_F(RecoveryTest, OneFlippedBitVoidsNothing) {
  TwoFrames();
  rig_.chip.FlipBits(16, 0x04);
  MountsAndStays("1-4", MountFinding::kUnclean);
}

TEST_F(RecoveryTest, FinishedRecoveryOverrulesAVoidNote) {
  TwoFrames().Zero();
  hand::Bucket bucket = rig_.HandBucket(9);
  bucket.Open(5, 8).PutVoidNote().Block(0).Head(kReal, {}, PrefixOf(5), ContentOf(5, 6));
  bucket.Block(1).Head(kRealCopy, FromBytes(0, 125), PrefixOf(5), ContentOf(5, 6)).Zero();
  MountsAndStays("1-6", MountFinding::kClean);
}

// --- Clean marks behind the end -----------------------------------------------
// What write-once chips cannot deny by a void note is erased after an unclean end.
TEST(MarkBehindTheEnd, IsBelievedUnlessAWriteOnceLogEndsUnclean) {
  for (const ProgramRule rule : {ProgramRule::kBits, ProgramRule::kOnce}) {
    for (const bool clean : {true, false}) {
      const Options options = LargerOptions();
      EngineRig rig(options, flashsim::Toy(2048, 8, 8, rule));
      hand::Bucket bucket = rig.HandBucket(8);
      bucket.Open(1, 8).Block(2).Head(kReal, {}, PrefixOf(1), ContentOf(1, 2));
      if (clean) bucket.Zero();
      rig.HandBucket(9).PutMark();
      rig.chip.ResetCounters();
      ASSERT_EQ(rig.Mount(), Status::kOk);
      const bool believed = clean || rule == ProgramRule::kBits;
      EXPECT_EQ(rig.chip.counters().erases, believed ? 0u : 1u) << clean;
      rig.chip.ResetCounters();
      ASSERT_EQ(rig.WriteUntil(9), Status::kOk);
      EXPECT_EQ(rig.chip.counters().erases, 0u) << clean;
    }
  }
}

// FORMAT.md section 6.4: before the erase that follows a void note all frames are denied.
TEST_F(RecoveryTest, CopyOverrulesAVoidNoteHoweverItsCloseMarkReads) {
  TwoFrames().Zero();
  hand::Bucket bucket = rig_.HandBucket(9);
  bucket.Open(5, 8).PutVoidNote().Block(0).Head(kReal, {}, PrefixOf(5), ContentOf(5, 6));
  bucket.Block(1).Head(kRealCopy, FromBytes(0, 125), PrefixOf(5), ContentOf(5, 6));
  MountsAndStays("1-6", MountFinding::kUnclean);
}

TEST_F(RecoveryTest, FramesOfAVoidBucketAreDeniedBeforeItsErase) {
  TwoFrames();
  hand::Bucket bucket = rig_.HandBucket(9);
  bucket.Open(5, 8).Block(0).Raw(Hex("52 1A"));  // torn: no frames
  bucket.Block(1).Raw(Hex("53 1A"));
  rig_.chip.CutAt(4, {.erase = flashsim::EraseTear::kNone});  // mark, note, two blocks, erase
  EXPECT_EQ(rig_.Mount(), Status::kNoPower);
  EXPECT_EQ(rig_.Peek(9, 125, 2), Hex("00 1A"));
  EXPECT_EQ(rig_.Peek(9, 257, 2), Hex("00 1A"));
}

TEST(VoidBucket, FrameThatCannotBeDeniedSparesNoOther) {
  EngineRig rig(SmallOptions(), flashsim::Toy(256, 32, 1, ProgramRule::kBits));
  rig.HandBucket(8).Open(1, 8).Block(0).Head(kReal, {}, PrefixOf(1), ContentOf(1, 2));
  hand::Bucket bucket = rig.HandBucket(9);
  bucket.Open(3, 8).Block(0).Raw(Hex("52 1A"));  // torn: no frames
  bucket.Block(1).Raw(Hex("53 1A"));
  bucket.Block(2).Raw(Hex("53 1A"));
  rig.chip.MakeBad(5, flashsim::BadMode::kProgramFails);     // block 1 of bucket 9
  rig.chip.CutAt(5, {.erase = flashsim::EraseTear::kNone});  // mark, note, three blocks, erase
  EXPECT_EQ(rig.Mount(), Status::kNoPower);
  EXPECT_EQ(rig.Peek(9, 513, 2), Hex("00 1A"));
}

// In units of 8 bytes.
class UnitsOfEightTest : public testing::TestWithParam<ProgramRule> {
 protected:
  bool write_once() const { return GetParam() != ProgramRule::kBits; }

  EngineRig rig_{LargerOptions(), flashsim::Toy(2048, 8, 8, GetParam())};
};

INSTANTIATE_TEST_SUITE_P(All, UnitsOfEightTest,
                         testing::Values(ProgramRule::kBits, ProgramRule::kOncePlusZero,
                                         ProgramRule::kOnce),
                         [](const auto& rule) { return "Rule" + std::to_string(rule.index); });

// Where the first frame reads, it may not have read at a mount that began to erase the bucket.
TEST_P(UnitsOfEightTest, WriteOnceFirstFrameThatIsNotClosedIsCopiedIntoAnotherBucket) {
  rig_.HandBucket(8).Open(1, 8).Block(0).Head(kReal, {}, PrefixOf(1), ContentOf(1, 2));
  ASSERT_EQ(rig_.Mount(), Status::kOk);
  EXPECT_EQ(rig_.ReadAll(), "1-2");
  EXPECT_EQ(rig_.stats().head.value, write_once() ? 9u : 8u);
  EXPECT_EQ(rig_.Peek(8, 512, 8), hand::Repeat(write_once() ? 0xFF : 0x00, 8));
}

// ... and an opening that reads behind it was perhaps not seen by that mount.
TEST_P(UnitsOfEightTest, WriteOnceFirstFrameBeforeACutOpeningIsCopiedIntoAnotherBucket) {
  rig_.HandBucket(8).Open(1, 8).Block(0).Head(kReal, {}, PrefixOf(1), ContentOf(1, 2));
  rig_.HandBucket(9).Open(3, 8);
  ASSERT_EQ(rig_.Mount(), Status::kOk);
  EXPECT_EQ(rig_.ReadAll(), "1-2");
  EXPECT_EQ(rig_.stats().head.value, write_once() ? 9u : 8u);
}

TEST_P(UnitsOfEightTest, WriteOnceFirstFrameThatEvictsIsCopiedByWayOfTheReserve) {
  hand::Bucket before = rig_.HandBucket(8);
  before.Open(1, 8).Block(3).Head(kReal, {}, PrefixOf(1), ContentOf(1, 2));
  rig_.HandBucket(9).Open(3, 8).Block(0).Head(kReal, {}, PrefixOf(3), ContentOf(3, 4));
  ASSERT_EQ(rig_.Mount(), Status::kOk);
  EXPECT_EQ(rig_.ReadAll(), "1-4");
  EXPECT_EQ(rig_.stats().head.value, 9u);
  EXPECT_EQ(rig_.Peek(9, 512, 8), hand::Repeat(write_once() ? 0xFF : 0x00, 8));
  // Round 2: made again from a reserve copy of round 1.
  EXPECT_EQ(rig_.Peek(9, rig_.shape().HeaderAt() + 3, 1), Hex(write_once() ? "02" : "00"));
}

// A format that is cut while it erases: the old log's end is not clean any more, so that no
// mark of what was begun to be erased is believed.
TEST_P(UnitsOfEightTest, WriteOnceFormatLeavesItsTouchBehindTheOldLog) {
  hand::Bucket old = rig_.HandBucket(8);
  old.Open(1, 8).Block(0).Head(kReal, {}, PrefixOf(1), ContentOf(1, 2)).Zero();
  const std::uint32_t end = old.offset();
  rig_.HandBucket(9).Raw(Hex("12 34 56 78 9A BC DE F0"));  // to be erased
  rig_.chip.CutAt(write_once() ? 1 : 0, {});               // before it is
  ASSERT_EQ(rig_.Format(kIdentity + 1), Status::kNoPower);
  rig_.chip.PowerOn();
  EXPECT_EQ(rig_.Peek(8, end, 8), hand::Repeat(write_once() ? 0x00 : 0xFF, 8));
  rig_.chip.Poke(2048, hand::Repeat(0xFF, 2048));
  rig_.HandBucket(9).PutMark();  // half erased it might read so
  ASSERT_EQ(rig_.Mount(), Status::kOk);
  EXPECT_EQ(rig_.stats().mount_finding,
            write_once() ? MountFinding::kUnclean : MountFinding::kClean);
  EXPECT_EQ(rig_.ReadAll(), "1-2");
  ASSERT_EQ(rig_.WriteUntil(9), Status::kOk);
  EXPECT_EQ(rig_.chip.counters().erases, write_once() ? 1u : 0u);
}

// Write-once: a full bucket that was closed, and an opening behind it that was cut. Whatever
// traces sessions leave, its records outlive its header.
TEST(FullWriteOnceBucket, HeaderLostBehindACutOpeningCostsNoFrames) {
  const Options options = LargerOptions();
  const auto make = [&](EngineRig& rig, std::uint64_t records) {
    ASSERT_EQ(rig.Format(), Status::kOk);
    ASSERT_EQ(rig.Write(records), Status::kOk);
    ASSERT_EQ(rig.log().Close(), Status::kOk);
    ASSERT_EQ(rig.Mount(), Status::kOk);
  };
  const flashsim::Profile chip = flashsim::Toy(2048, 8, 8, ProgramRule::kOnce);
  int openings = 0;
  for (std::uint64_t records = 120; records < 240; ++records) {
    EngineRig rig(options, chip);
    make(rig, records);
    const BucketNumber head = rig.stats().head;
    const std::uint64_t header = std::uint64_t{rig.stats().head_index.value} * 2048 + 32;
    EngineRig whole(options, chip);
    make(whole, records);
    ASSERT_EQ(whole.Write(1), Status::kOk);
    if (whole.stats().head == head) continue;
    ++openings;
    rig.chip.CutAt(3, {});
    EXPECT_EQ(rig.Write(1), Status::kNoPower);
    rig.chip.PowerOn();
    rig.chip.Poke(header, hand::Repeat(0x33, 104));
    ASSERT_EQ(rig.Mount(), Status::kOk);
    EXPECT_EQ(rig.ReadAll(), "1-" + std::to_string(records));
  }
  EXPECT_GT(openings, 0);
}

TEST_F(RecoveryTest, LostHeaderOfTheHeadCostsNoFrames) {
  FullBucket(8, 1);
  rig_.HandBucket(9).Open(9, 8).Block(0).Head(kReal, {}, PrefixOf(9, 7), ContentOf(9, 10)).Zero();
  rig_.chip.Poke(1024 + 20, hand::Repeat(0x33, 84));
  ASSERT_EQ(rig_.Mount(), Status::kOk);
  EXPECT_EQ(rig_.stats().last_sequence.value, 10u);
  EXPECT_EQ(rig_.stats().readers[0].cursor.value, 7u);
  EXPECT_EQ(rig_.ReadAll(), "1-10");
}

// Nor what stands behind a bucket of which nothing is left.
TEST_F(RecoveryTest, LostHeaderIsFoundBehindLostBuckets) {
  for (const bool erased : {true, false}) {
    EngineRig fresh;
    rig_.chip = fresh.chip;
    FullBucket(8, 1);
    if (!erased) rig_.HandBucket(9).Open(9, 8).Block(0).Raw(hand::Repeat(0x33, 300));
    rig_.HandBucket(10).Open(11, 8).Block(0).Head(kReal, {}, PrefixOf(11), ContentOf(11, 12));
    if (!erased) rig_.chip.Poke(1024 + 20, hand::Repeat(0x33, 84));
    rig_.chip.Poke(2048 + 20, hand::Repeat(0x33, 84));
    ASSERT_EQ(rig_.Mount(), Status::kOk);
    EXPECT_EQ(rig_.stats().head.value, 10u);
    EXPECT_EQ(rig_.ReadAll(), "1-8, damaged 9-10, 11-12");
  }
}

// --- A lost header as far behind the last one that reads as a mount looks ---
class EndOfReachTest : public testing::Test {
 protected:
  static constexpr int kReach = 4;  // W + 2
  // Records 1 and 2, 3 and 4, ... in buckets 16 to `last`; the next three are gone, and the
  // header of the one behind them is.
  void Build(std::uint64_t last) {
    for (std::uint64_t number = 16; number <= last; ++number) Bucket(number);
    Bucket(last + kReach);
    LoseHeader(last + kReach);
  }
  void Bucket(std::uint64_t number) { Bucket(rig_, 16, number); }
  // The log begins with bucket `tail`.
  static void Bucket(EngineRig& rig, std::uint64_t tail, std::uint64_t number) {
    const std::uint64_t first = 2 * (number - tail) + 1;
    hand::Bucket bucket = rig.HandBucket(number);
    bucket.Open(first, tail).Block(0).Head(kReal, {}, PrefixOf(first), ContentOf(first, first + 1));
  }
  void LoseHeader(std::uint64_t number) {
    rig_.chip.Poke((number - 16) * 1024 + 20, hand::Repeat(0x33, 84));
  }
  EngineRig rig_{SmallOptions(), flashsim::Toy(1024, 16)};
};

TEST_F(EndOfReachTest, LogThatGoesOnBehindItIsFound) {
  Build(16);
  const Hint hint{true, BucketIndex{0}};
  ASSERT_EQ(rig_.Mount(hint), Status::kOk);
  EXPECT_EQ(rig_.ReadAll(), "1-2, damaged 3-8, 9-10");
  std::uint64_t written = 10;
  for (; rig_.stats().head.value < 22; ++written) ASSERT_EQ(rig_.Write(1), Status::kOk);
  const std::string all = "1-2, damaged 3-8, 9-" + std::to_string(written);
  EXPECT_EQ(rig_.ReadAll(), all);
  for (const bool next_lost : {false, true}) {  // then those behind it lose their headers, too
    if (next_lost) LoseHeader(21);
    if (next_lost) LoseHeader(22);
    ASSERT_EQ(rig_.Mount(hint), Status::kOk);
    EXPECT_EQ(rig_.stats().head.value, 22u);
    EXPECT_EQ(rig_.ReadAll(), all);
  }
}

// A header behind the last of several that are lost.
TEST_F(EndOfReachTest, HeaderBehindTwoLostOnesIsFound) {
  Build(16);
  Bucket(22);
  LoseHeader(22);
  Bucket(24);
  ASSERT_EQ(rig_.Mount(Hint{true, BucketIndex{0}}), Status::kOk);
  EXPECT_EQ(rig_.stats().head.value, 24u);
  EXPECT_EQ(rig_.ReadAll(), "1-2, damaged 3-8, 9-10, damaged 11-12, 13-14, damaged 15-16, 17-18");
}

// Nothing stands behind it: the boot costs no more than after a cut.
TEST_F(EndOfReachTest, AllHeadersAreLookedAtOnlyIfOneStandsBehindIt) {
  EngineRig large(SmallOptions(), flashsim::Toy(1024, 256));
  for (std::uint64_t number = 256; number < 280; ++number) Bucket(large, 256, number);
  large.chip.Poke(23 * 1024 + 20, hand::Repeat(0x33, 84));
  ASSERT_EQ(large.Mount(), Status::kOk);
  EXPECT_EQ(large.ReadAll(), "1-48");
  const auto budget = MountBudget(SmallOptions(), large.chip.geometry()).after_cut;
  EXPECT_LE(large.stats().mount_reads, budget.reads);
}

TEST_F(EndOfReachTest, VersionThatIsNotKnownBehindItIsNamed) {
  Build(16);
  hand::HeaderFields fields;
  fields.version = 2;
  fields.first_sequence = 11;
  fields.tail = 16;
  rig_.HandBucket(21).PutMark().PutOpenNote().PutHeader(fields);
  const std::uint64_t operations = rig_.chip.op_count();
  EXPECT_EQ(rig_.Mount(Hint{true, BucketIndex{0}}), Status::kUnknownVersion);
  EXPECT_EQ(rig_.chip.op_count(), operations);
}

TEST_F(EndOfReachTest, FormatIsNewerThanWhatIsBehindIt) {
  Build(21);  // the bisection ends there
  Bucket(26);
  Bucket(27);
  ASSERT_EQ(rig_.Format(), Status::kOk);
  EXPECT_EQ(rig_.stats().head.value, 28u);
  ASSERT_EQ(rig_.Write(1), Status::kOk);
  ASSERT_EQ(rig_.Mount(), Status::kOk);
  EXPECT_EQ(rig_.ReadAll(), "1-1");
}

// A bit of its lap is gone, so that it seems to be what was evicted there.
TEST_F(RecoveryTest, LostHeaderThatSeemsEvictedIsFoundBehindAStrayErase) {
  for (std::uint64_t number = 24, first = 1; number <= 26; ++number, first += 2) {
    hand::Bucket bucket = rig_.HandBucket(number);
    bucket.Open(first, 24).Block(0);
    bucket.Head(kReal, {}, PrefixOf(first), ContentOf(first, first + 1)).Zero();
  }
  rig_.chip.Poke(1024, hand::Repeat(0xFF, 1024));                // bucket 25
  rig_.chip.FlipBits(2048 + rig_.shape().HeaderAt() + 4, 0x01);  // of lap 3
  ASSERT_EQ(rig_.Mount(Hint{true, BucketIndex{0}}), Status::kOk);
  EXPECT_EQ(rig_.ReadAll(), "1-2, damaged 3-4, 5-6");
  rig_.Drop();
  ASSERT_EQ(rig_.Mount(), Status::kOk);
  EXPECT_EQ(rig_.ReadAll(), "1-2, damaged 3-4, 5-6");
  ASSERT_EQ(rig_.Write(20), Status::kOk);
  EXPECT_EQ(rig_.ReadAll(), "1-2, damaged 3-4, 5-26");
}

// One whose lap was hit looks like what stood there a lap ago.
TEST_F(RecoveryTest, LostHeaderOfAnEarlierLapIsVerifiedBehindALostOne) {
  FullBucket(8, 1);
  rig_.HandBucket(9).Open(9, 8).Block(0).Raw(hand::Repeat(0x33, 300));
  rig_.chip.Poke(1024 + 20, hand::Repeat(0x33, 84));
  rig_.HandBucket(10).Open(11, 8).Block(0).Head(kReal, {}, PrefixOf(11), ContentOf(11, 12));
  rig_.chip.Poke(2048 + 20 + 4, Hex("00"));
  ASSERT_EQ(rig_.Mount(), Status::kOk);
  EXPECT_EQ(rig_.ReadAll(), "1-8, damaged 9-10, 11-12");
}

// --- The reserve: bucket 9 holds nothing but copies and is used up -----------
class ReserveTest : public RecoveryTest {
 protected:
  void UseUp() {
    FullBucket(8, 1);
    hand::Bucket d = rig_.HandBucket(9);
    d.Open(7, 8);
    for (std::uint32_t block = 0; block < 4; ++block) {
      d.Block(block).Head(kCopyOnly, FromBytes(1, v_), PrefixOf(7), ContentOf(7, 8));
    }
  }
  // Bucket 9 with one closed copy, and what the next session wrote behind it.
  void GoneOn() {
    FullBucket(8, 1);
    rig_.HandBucket(9)
        .Open(7, 8)
        .Block(0)
        .Head(kCopyOnly, FromBytes(1, v_), PrefixOf(7), ContentOf(7, 8))
        .Zero()
        .Zero()
        .Data(ContentOf(9, 10))
        .Zero();
  }
  bool ReserveIsErased() {
    return rig_.Peek(10, 20, 4) == Hex("FF FF FF FF");  // its header
  }
  // The finished reserve copy in bucket 10, in round `round`.
  hand::Bucket Reserve(int round = 1) {
    hand::HeaderFields fields;
    fields.flags = static_cast<std::uint16_t>(round << 8 | 1);
    fields.first_sequence = 7;
    fields.tail = 8;
    hand::Bucket e = rig_.HandBucket(10);
    e.PutMark().PutOpenNote().PutHeader(fields).Block(0);
    return e.Head(kCopyOnly, FromBytes(2, v_), PrefixOf(7), ContentOf(7, 8)).Zero();
  }
};

TEST_F(ReserveTest, UsedUpBucketIsMadeAgainByWayOfTheReserve) {
  UseUp();
  ASSERT_EQ(rig_.Mount(), Status::kOk);
  EXPECT_EQ(rig_.stats().head.value, 9u);
  EXPECT_EQ(rig_.Peek(9, 256, 768), hand::Repeat(0xFF, 768));  // blocks 1-3 are new
  // Reserve, then bucket: each a round later than what it was made from.
  EXPECT_EQ(rig_.Peek(10, 22, 2), Hex("01 01"));
  EXPECT_EQ(rig_.Peek(9, 22, 2), Hex("00 02"));
  MountsAndStays("1-8", MountFinding::kClean);
  GoesOn(8);
}

TEST_F(ReserveTest, NeitherTheReserveNorWhatIsMadeAgainIsReal) {
  UseUp();
  ASSERT_EQ(rig_.Mount(), Status::kOk);
  EXPECT_EQ(rig_.Peek(10, rig_.shape().BlockAt(0), 2), Hex("00 51"));
  EXPECT_EQ(rig_.Peek(9, rig_.shape().BlockAt(0), 2), Hex("00 51"));
}

TEST_F(ReserveTest, ReserveCountsWhileItsBucketIsVoid) {
  UseUp();
  Reserve();
  rig_.HandBucket(9).PutVoidNote();
  MountsAndStays("1-8", MountFinding::kUncleanOpening);
  GoesOn(8);
}

TEST_F(ReserveTest, ReserveCountsWhileItsBucketIsErased) {
  FullBucket(8, 1);
  Reserve();
  MountsAndStays("1-8", MountFinding::kUncleanOpening);
  GoesOn(8);
}

// Its marks may be marginal, all of them: a writing mount may yet find nothing there.
TEST_F(ReserveTest, ReadOnlyMountConfirmsNothingThatStandsInItAlone) {
  UseUp();
  Reserve();
  rig_.HandBucket(9).PutVoidNote();
  ASSERT_EQ(rig_.MountReadOnly(), Status::kOk);
  EXPECT_EQ(rig_.ReadAll(), "1-6, unconfirmed 7-8");
}

// What goes on in a bucket is shown only once no later reserve copy is left.
TEST_F(ReserveTest, LaterReserveCountsAndIsClosedAgain) {
  GoneOn();
  hand::Bucket reserve = Reserve();
  const std::uint32_t mark = reserve.offset() - 1;
  rig_.chip.ResetCounters();
  rig_.chip.CutAt(1, {flashsim::ProgramTear::kNone, flashsim::EraseTear::kNone, 1});
  ASSERT_EQ(rig_.Mount(), Status::kNoPower);  // in what comes behind the mark
  EXPECT_EQ(rig_.chip.counters().erases, 0u);
  EXPECT_EQ(rig_.Peek(10, mark, 3), Hex("00 00 FF"));  // again, in the unit behind
  rig_.chip.PowerOn();
  MountsAndStays("1-8", MountFinding::kUncleanOpening);
  EXPECT_EQ(rig_.Peek(9, 22, 2), Hex("00 02"));  // made from round 1
  GoesOn(8);
}

TEST_F(ReserveTest, LaterReserveThatIsNotClosedIsErasedFirst) {
  GoneOn();
  hand::Bucket reserve = Reserve();
  rig_.chip.Poke(reserve.address() + reserve.offset() - 1, Hex("FF"));
  ASSERT_EQ(rig_.Mount(), Status::kOk);
  EXPECT_EQ(rig_.ReadAll(), "1-10");
  EXPECT_TRUE(ReserveIsErased());
  MountsAndStays("1-10", MountFinding::kClean);
}

TEST_F(ReserveTest, LaterReserveThatIsVoidIsErasedFirst) {
  GoneOn();
  Reserve().PutVoidNote();
  ASSERT_EQ(rig_.Mount(), Status::kOk);
  EXPECT_EQ(rig_.ReadAll(), "1-10");
  EXPECT_TRUE(ReserveIsErased());
}

TEST_F(ReserveTest, RoundsGoOnBehindTheLast) {
  for (const int round : {1, 255}) {
    EngineRig fresh;
    rig_.chip = fresh.chip;
    FullBucket(8, 1);
    hand::HeaderFields fields;
    fields.flags = static_cast<std::uint16_t>((round + 1) % 256 << 8);
    fields.first_sequence = 7;
    fields.tail = 8;
    hand::Bucket bucket = rig_.HandBucket(9);
    bucket.PutMark().PutOpenNote().PutHeader(fields).Block(0);
    bucket.Head(kCopyOnly, FromBytes(1, v_), PrefixOf(7), ContentOf(7, 8)).Zero().Zero();
    bucket.Data(ContentOf(9, 10)).Zero();
    Reserve(round);
    rig_.chip.ResetCounters();
    MountsAndStays("1-10", MountFinding::kClean);
    EXPECT_EQ(rig_.chip.op_count(), 0u);
    GoesOn(10);
  }
}

// Made again, but not closed: the reserve copy is what surely stands.
TEST_F(ReserveTest, EarlierReserveCountsBesideWhatIsNotClosed) {
  FullBucket(8, 1);
  hand::HeaderFields fields;
  fields.flags = 2 << 8;
  fields.first_sequence = 7;
  fields.tail = 8;
  hand::Bucket bucket = rig_.HandBucket(9);
  bucket.PutMark().PutOpenNote().PutHeader(fields).Block(0);
  bucket.Head(kCopyOnly, FromBytes(1, v_), PrefixOf(7), ContentOf(7, 8));
  Reserve();
  rig_.chip.ResetCounters();
  MountsAndStays("1-8", MountFinding::kUncleanOpening);
  EXPECT_EQ(rig_.chip.counters().erases, 1u);
  EXPECT_FALSE(ReserveIsErased());
}

// A unit takes one program: the mark that was found is joined by one behind it.
TEST(Reserve, IsClosedAgainBehindItsMarkOnWriteOnceChips) {
  const Options options = LargerOptions();
  EngineRig rig(options, flashsim::Toy(2048, 8, 8, ProgramRule::kOnce));
  hand::Bucket first = rig.HandBucket(8);
  first.Open(1, 8).Block(0);
  const std::uint32_t v = first.offset();
  first.Head(kReal, {}, PrefixOf(1), ContentOf(1, 2));
  hand::HeaderFields fields;
  fields.flags = 1 << 8 | 1;
  fields.first_sequence = 1;
  fields.tail = 8;
  hand::Bucket reserve = rig.HandBucket(10);
  reserve.PutMark().PutOpenNote().PutHeader(fields).Block(0);
  reserve.Head(kCopyOnly, FromBytes(2, v), PrefixOf(1), ContentOf(1, 2)).Zero();
  rig.chip.CutAt(1, {flashsim::ProgramTear::kNone, flashsim::EraseTear::kNone, 1});
  ASSERT_EQ(rig.Mount(), Status::kNoPower);
  EXPECT_EQ(rig.Peek(10, reserve.offset(), 9), hand::Join({hand::Repeat(0, 8), Hex("FF")}));
  rig.chip.PowerOn();
  ASSERT_EQ(rig.Mount(), Status::kOk);
  EXPECT_EQ(rig.ReadAll(), "1-2");
}

TEST_F(ReserveTest, CutAtEachOperationLosesNothing) {
  UseUp();
  for (std::uint64_t cut = 0;; ++cut) {
    EngineRig fork;
    fork.chip = rig_.chip;
    fork.chip.CutAt(
        cut, {flashsim::ProgramTear::kRandomBits50, flashsim::EraseTear::kRandomBits50, cut});
    const Status status = fork.Mount();
    if (!fork.chip.cut_happened()) break;
    ASSERT_EQ(status, Status::kNoPower);
    fork.chip.PowerOn();
    ASSERT_EQ(fork.Mount(), Status::kOk) << cut;
    EXPECT_EQ(fork.ReadAll(), "1-8") << cut;
  }
}

// The frame that the copies stand for reads no more: they are all there is.
TEST_F(ReserveTest, BucketThatCannotBeErasedIsSteppedOver) {
  UseUp();
  rig_.chip.FlipBits(v_ + 9, 0x01);
  rig_.chip.MakeBad(1, BadMode::kEraseFails);
  ASSERT_EQ(rig_.Mount(), Status::kOk);
  EXPECT_EQ(rig_.ReadAll(), "1-8");
  ASSERT_EQ(rig_.log().Close(), Status::kOk);
  ASSERT_EQ(rig_.Mount(), Status::kOk);
  EXPECT_EQ(rig_.ReadAll(), "1-8");
  GoesOn(8);
}

TEST_F(RecoveryTest, NoHealthyBucketLeftIsReadOnly) {
  FullBucket(8, 1);
  for (std::uint32_t unit = 1; unit < 8; ++unit) rig_.chip.MakeBad(unit, BadMode::kEraseFails);
  ASSERT_EQ(rig_.Mount(), Status::kOk);
  EXPECT_EQ(rig_.ReadAll(), "1-6, unconfirmed 7-8");
  EXPECT_EQ(rig_.log().Append(1, 1, {}).status, Status::kExhausted);
  EXPECT_EQ(rig_.log().Close(), Status::kOk);
}

// Bucket 9 could not be erased, and the opening of 10 was cut; then 9 takes records after all.
TEST(SteppedOverTest, BucketThatWorksAgainIsNotPassedOver) {
  EngineRig full;
  ASSERT_EQ(full.Format(), Status::kOk);
  ASSERT_EQ(full.WriteUntil(9), Status::kOk);
  const std::uint64_t in_first = full.stats().last_sequence.value - 1;
  for (int cut = 0;; ++cut) {
    EngineRig rig;
    ASSERT_EQ(rig.Format(), Status::kOk);
    ASSERT_EQ(rig.Write(in_first), Status::kOk);
    ASSERT_EQ(rig.log().Close(), Status::kOk);
    ASSERT_EQ(rig.Mount(), Status::kOk);
    rig.chip.MakeBad(1, BadMode::kEraseFails);
    rig.chip.CutAt(cut, {});
    const Status status = rig.Write(1);
    if (!rig.chip.cut_happened()) {
      EXPECT_GT(cut, 6) << "9 refused, 10 opened";
      break;
    }
    ASSERT_EQ(status, Status::kNoPower);
    rig.chip.MakeBad(1, BadMode::kGood);
    rig.chip.PowerOn();
    ASSERT_EQ(rig.Mount(), Status::kOk) << cut;
    ASSERT_EQ(rig.Write(2), Status::kOk);
    const std::string all = "1-" + std::to_string(rig.stats().last_sequence.value);
    ASSERT_EQ(rig.Mount(), Status::kOk);
    EXPECT_EQ(rig.ReadAll(), all) << cut;
  }
}

// A note takes a unit: of 32 bytes where the chip's are so wide.
TEST(WideUnitsTest, AreReadWhereUnitsTakeSeveralPrograms) {
  for (const std::uint32_t unit : {16, 32}) {
    Options options;
    options.bucket_bytes = 1024;
    options.block_bytes = 512;
    EngineRig rig(options, flashsim::Toy(1024, 8, unit));
    ASSERT_EQ(rig.Format(), Status::kOk);
    ASSERT_EQ(rig.WriteUntil(10), Status::kOk);
    const std::string all = "1-" + std::to_string(rig.stats().last_sequence.value);
    ASSERT_EQ(rig.Mount(), Status::kOk);
    EXPECT_EQ(rig.ReadAll(), all) << unit;
  }
}

}  // namespace
}  // namespace norlog
