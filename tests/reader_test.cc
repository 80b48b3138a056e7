// Reading: order, gaps with their exact range and cause, dead frames, cursors.
#include "norlog/reader.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "tests/engine_rig.h"
#include "tests/hand_built.h"

namespace norlog {
namespace {

using hand::FromBytes;
using hand::Hex;

constexpr std::uint8_t kReal = 2;
constexpr std::uint8_t kRealCopy = 3;

class ReaderTest : public testing::Test {
 protected:
  // Four records in each block of bucket `number`, in two frames.
  void PutBucket(std::uint64_t number, std::uint64_t first) {
    hand::Bucket bucket = rig_.HandBucket(number);
    bucket.Open(first, 8);
    for (std::uint32_t block = 0; block < 4; ++block, first += 4) {
      bucket.Block(block).Head(kReal, {}, PrefixOf(first), ContentOf(first, first + 1));
      second_[block] = bucket.offset();
      bucket.Data(ContentOf(first + 2, first + 3));
    }
    bucket.Zero();
  }
  void Damage(std::uint64_t number, std::uint32_t offset) {
    rig_.chip.FlipBits(number % 8 * 1024 + offset, 0x40);
  }
  std::string MountAndRead() {
    EXPECT_EQ(rig_.Mount(), Status::kOk);
    return rig_.Read();
  }

  EngineRig rig_;
  std::uint32_t second_[4] = {};  // where the second frame of each block begins
};

TEST_F(ReaderTest, ReturnsAllInOrder) {
  PutBucket(8, 1);
  PutBucket(9, 17);
  EXPECT_EQ(MountAndRead(), "1-32");
}

TEST_F(ReaderTest, DamagedFrameCostsTheRestOfItsBlock) {
  PutBucket(8, 1);
  Damage(8, second_[1] + 5);
  EXPECT_EQ(MountAndRead(), "1-6, damaged 7-8, 9-16");
}

TEST_F(ReaderTest, DamagedHeadFrameCostsItsBlock) {
  PutBucket(8, 1);
  Damage(8, 512 + 9);
  EXPECT_EQ(MountAndRead(), "1-8, damaged 9-12, 13-16");
}

TEST_F(ReaderTest, DamagedTouchCostsNothing) {
  PutBucket(8, 1);
  PutBucket(9, 17);
  rig_.chip.Poke(512, Hex("FF"));
  EXPECT_EQ(MountAndRead(), "1-32");
}

TEST_F(ReaderTest, DamagedHeaderCostsNoRecord) {
  PutBucket(8, 1);
  PutBucket(9, 17);
  PutBucket(10, 33);
  Damage(9, 30);
  EXPECT_EQ(MountAndRead(), "1-48");
}

TEST_F(ReaderTest, ErasedBucketIsOneGap) {
  PutBucket(8, 1);
  PutBucket(9, 17);
  PutBucket(10, 33);
  rig_.chip.Poke(1024, hand::Repeat(0xFF, 1024));
  EXPECT_EQ(MountAndRead(), "1-16, damaged 17-32, 33-48");
}

TEST_F(ReaderTest, GapAtTheVeryBegin) {
  PutBucket(8, 1);
  PutBucket(9, 17);
  Damage(8, 130);
  EXPECT_EQ(MountAndRead(), "damaged 1-4, 5-32");
}

TEST_F(ReaderTest, EachGapIsToldOnce) {
  PutBucket(8, 1);
  Damage(8, second_[1] + 5);
  ASSERT_EQ(rig_.Mount(), Status::kOk);
  Reader reader(rig_.log(), 0);
  Record record;
  for (int i = 0; i < 6; ++i) ASSERT_EQ(reader.Next(record), Status::kOk);
  ASSERT_EQ(reader.Next(record), Status::kGap);
  EXPECT_EQ(reader.gap().first.value, 7u);
  EXPECT_EQ(reader.gap().last.value, 8u);
  EXPECT_EQ(reader.gap().cause, GapCause::kDamaged);
  EXPECT_EQ(reader.position().value, 9u);
  ASSERT_EQ(reader.Next(record), Status::kOk);
  EXPECT_EQ(record.sequence.value, 9u);
}

TEST_F(ReaderTest, EvictedRecordsAreAGapUpToTheTail) {
  ASSERT_EQ(rig_.Format(), Status::kOk);
  ASSERT_EQ(rig_.WriteUntil(14), Status::kOk);
  const Stats stats = rig_.stats();
  EXPECT_EQ(rig_.Read(), "evicted " + Records(1, stats.first_sequence.value - 1) + ", " +
                             Records(stats.first_sequence.value, stats.last_sequence.value));
}

TEST_F(ReaderTest, EvictionUnderAReaderIsTold) {
  ASSERT_EQ(rig_.Format(), Status::kOk);
  ASSERT_EQ(rig_.Write(50), Status::kOk);
  Reader reader(rig_.log(), 0);
  Record record;
  for (int i = 0; i < 3; ++i) ASSERT_EQ(reader.Next(record), Status::kOk);
  ASSERT_EQ(rig_.WriteUntil(18), Status::kOk);
  const Stats stats = rig_.stats();
  const std::string story = Story::Of(reader);
  EXPECT_NE(story.find("evicted "), std::string::npos) << story;
  EXPECT_NE(story.find(Records(stats.first_sequence.value, stats.last_sequence.value)),
            std::string::npos)
      << story;
}

// --- Dead frames --------------------------------------------------------------
TEST_F(ReaderTest, CopyKillsWhatItCopies) {
  hand::Bucket bucket = rig_.HandBucket(8);
  bucket.Open(1, 8).Block(0).Head(kReal, {}, PrefixOf(1), ContentOf(1, 2));
  const std::uint32_t v = bucket.offset();
  bucket.Data(Hex("C3 05 00 02"));  // four records 3-6 that no test has appended
  bucket.Block(1).Head(kRealCopy, FromBytes(0, v), PrefixOf(3), ContentOf(3, 4)).Zero();
  EXPECT_EQ(MountAndRead(), "1-4");
}

TEST_F(ReaderTest, CopyInTheNextBucketKillsToo) {
  hand::Bucket bucket = rig_.HandBucket(8);
  bucket.Open(1, 8).Block(0).Head(kReal, {}, PrefixOf(1), ContentOf(1, 2));
  const std::uint32_t v = bucket.offset();
  bucket.Data(Hex("C3 05 00 02"));
  rig_.HandBucket(9)
      .Open(3, 8)
      .Block(0)
      .Head(kRealCopy, FromBytes(1, v), PrefixOf(3), ContentOf(3, 4))
      .Zero();
  EXPECT_EQ(MountAndRead(), "1-4");
}

TEST_F(ReaderTest, OfAChainOfCopiesTheNewestCounts) {
  hand::Bucket bucket = rig_.HandBucket(8);
  bucket.Open(1, 8).Block(0).Head(kReal, {}, PrefixOf(1), ContentOf(1, 2));
  const std::uint32_t v = bucket.offset();
  bucket.Data(Hex("C3 05 00 02"));
  bucket.Block(1).Head(kRealCopy, FromBytes(0, v), PrefixOf(3), Hex("C1 06 00 02"));
  bucket.Block(2).Head(kRealCopy, FromBytes(0, v), PrefixOf(3), ContentOf(3, 4)).Zero();
  EXPECT_EQ(MountAndRead(), "1-4");
}

// A marginal opening and its records, replaced by a copy of what was before it.
TEST_F(ReaderTest, CopyFromTheBucketBeforeKillsTheBlocksBetween) {
  hand::Bucket bucket = rig_.HandBucket(8);
  bucket.Open(1, 8).Block(0).Head(kReal, {}, PrefixOf(1), ContentOf(1, 2));
  const std::uint32_t v = bucket.offset();
  bucket.Data(ContentOf(3, 4));
  hand::Bucket next = rig_.HandBucket(9);
  next.Open(3, 8).Block(0).Head(kReal, {}, PrefixOf(5), Hex("C3 05 00 02"));
  next.Block(1).Head(kRealCopy, FromBytes(1, v), PrefixOf(3), ContentOf(3, 4));
  next.Zero().Zero().Data(ContentOf(5, 8)).Zero();
  EXPECT_EQ(MountAndRead(), "1-8");
}

TEST_F(ReaderTest, CopyKillsAllFramesFromTheOneItNames) {
  hand::Bucket bucket = rig_.HandBucket(8);
  bucket.Open(1, 8).Block(0).Head(kReal, {}, PrefixOf(1), ContentOf(1, 2));
  const std::uint32_t v = bucket.offset();
  bucket.Data(ContentOf(3, 4)).Data(Hex("C1 05 00 02"));  // the second one only seemed whole
  bucket.Block(1).Head(kRealCopy, FromBytes(0, v), PrefixOf(3), ContentOf(3, 4));
  bucket.Zero().Zero().Data(ContentOf(5, 6)).Zero();
  EXPECT_EQ(MountAndRead(), "1-6");
}

TEST_F(ReaderTest, CopyKillsNothingBeforeTheFrameItNames) {
  hand::Bucket bucket = rig_.HandBucket(8);
  bucket.Open(1, 8).Block(0).Head(kReal, {}, PrefixOf(1), ContentOf(1, 2)).Data(ContentOf(3, 4));
  const std::uint32_t v = bucket.offset();
  bucket.PutCursors(hand::MovedCursors(1, 1, {4}));
  bucket.Block(1).Head(kRealCopy, FromBytes(0, v), PrefixOf(5), {}).Zero();
  EXPECT_EQ(MountAndRead(), "1-4");
}

TEST_F(ReaderTest, CopyOfALaterFrameRevivesNothing) {
  hand::Bucket bucket = rig_.HandBucket(8);
  bucket.Open(1, 8).Block(0).Head(kReal, {}, PrefixOf(1), ContentOf(1, 2));
  const std::uint32_t v = bucket.offset();
  bucket.Data(Hex("C3 05 00 02"));
  bucket.Block(1).Head(kRealCopy, FromBytes(0, v), PrefixOf(3), ContentOf(3, 4)).Zero().Zero();
  const std::uint32_t later = bucket.offset();
  bucket.Data(ContentOf(5, 6));
  bucket.Block(2).Head(kRealCopy, FromBytes(0, later), PrefixOf(5), ContentOf(5, 6)).Zero();
  EXPECT_EQ(MountAndRead(), "1-6");
}

// The claim of a copy that is dead itself counts for nothing.
TEST_F(ReaderTest, DeadCopyKillsNothing) {
  hand::Bucket bucket = rig_.HandBucket(8);
  bucket.Open(1, 8).Block(0).Head(kReal, {}, PrefixOf(1), ContentOf(1, 2));
  bucket.Data(ContentOf(3, 4));
  const std::uint32_t block_1 = bucket.Block(1).offset();
  bucket.Head(kRealCopy, FromBytes(0, 125), PrefixOf(1), ContentOf(1, 2));
  bucket.Block(2).Head(kRealCopy, FromBytes(0, block_1), PrefixOf(5), ContentOf(5, 6)).Zero();
  EXPECT_EQ(MountAndRead(), "1-6");
}

TEST_F(ReaderTest, CopyThatDoesNotVerifyKillsNothing) {
  PutBucket(8, 1);
  hand::Bucket bucket = rig_.HandBucket(8);
  bucket.Block(2).Head(kRealCopy, FromBytes(0, second_[1]), PrefixOf(9), {});
  Damage(8, 512 + 12);
  EXPECT_EQ(MountAndRead(), "1-8, damaged 9-12, 13-16");
}

TEST_F(ReaderTest, RecordsThatACopyRepeatsComeOnce) {
  hand::Bucket bucket = rig_.HandBucket(8);
  bucket.Open(1, 8).Block(0).Head(kReal, {}, PrefixOf(1), ContentOf(1, 4));
  bucket.Block(1).Head(kRealCopy, FromBytes(0, 125), PrefixOf(1), ContentOf(1, 4));
  bucket.Zero().Zero().Data(ContentOf(5, 5)).Zero();
  EXPECT_EQ(MountAndRead(), "1-5");
}

// --- Cursors ------------------------------------------------------------------
class CursorTest : public ReaderTest {
 protected:
  void SetUp() override {
    ASSERT_EQ(rig_.Format(), Status::kOk);
    ASSERT_EQ(rig_.Write(20), Status::kOk);
  }
  void Take(Reader& reader, int count) {
    Record record;
    for (; count > 0; --count) ASSERT_EQ(reader.Next(record), Status::kOk);
  }
};

TEST_F(CursorTest, CommitSurvivesTheBoot) {
  Reader reader(rig_.log(), 0);
  Take(reader, 7);
  ASSERT_EQ(reader.Commit(), Status::kOk);
  EXPECT_EQ(MountAndRead(), "8-20");
}

TEST_F(CursorTest, WhatWasNotCommittedIsReadAgain) {
  Reader reader(rig_.log(), 0);
  Take(reader, 7);
  EXPECT_EQ(MountAndRead(), "1-20");
}

TEST_F(CursorTest, CloseForgetsThePosition) {
  Reader reader(rig_.log(), 0);
  Take(reader, 7);
  reader.Close();
  EXPECT_EQ(Story::Of(reader), "1-20");
}

TEST_F(CursorTest, CommittingTwiceProgramsOnce) {
  Reader reader(rig_.log(), 0);
  Take(reader, 7);
  ASSERT_EQ(reader.Commit(), Status::kOk);
  const std::uint64_t operations = rig_.chip.op_count();
  EXPECT_EQ(reader.Commit(), Status::kOk);
  EXPECT_EQ(rig_.chip.op_count(), operations);
}

TEST_F(CursorTest, SeekMovesThePositionOnly) {
  Reader reader(rig_.log(), 0);
  ASSERT_EQ(reader.Seek({15}), Status::kOk);
  EXPECT_EQ(Story::Of(reader), "15-20");
  EXPECT_EQ(MountAndRead(), "1-20");
}

TEST_F(CursorTest, SeekToZeroIsTheFirstRecord) {
  Reader reader(rig_.log(), 0);
  ASSERT_EQ(reader.Seek({0}), Status::kOk);
  EXPECT_EQ(Story::Of(reader), "1-20");
}

TEST_F(CursorTest, SeekStopsOneBehindTheEnd) {
  Reader reader(rig_.log(), 0);
  EXPECT_EQ(reader.Seek({22}), Status::kBeyondEnd);
  EXPECT_EQ(reader.Seek({21}), Status::kOk);
  EXPECT_EQ(Story::Of(reader), "");
  ASSERT_EQ(rig_.Write(1), Status::kOk);
  EXPECT_EQ(Story::Of(reader), "21-21");
}

TEST_F(CursorTest, CursorMovesBackOnlyAfterRewind) {
  Reader reader(rig_.log(), 0);
  Take(reader, 7);
  ASSERT_EQ(reader.Commit(), Status::kOk);
  ASSERT_EQ(reader.Seek({3}), Status::kOk);
  EXPECT_EQ(reader.Commit(), Status::kCursorBackwards);
  ASSERT_EQ(reader.Rewind(), Status::kOk);
  Take(reader, 2);
  EXPECT_EQ(reader.Commit(), Status::kOk);
  ASSERT_EQ(reader.Seek({1}), Status::kOk);
  EXPECT_EQ(reader.Commit(), Status::kCursorBackwards);  // Rewind allowed one commit
  EXPECT_EQ(MountAndRead(), "3-20");
}

TEST_F(CursorTest, CommittedRecordsComeWhileTheyAreWritten) {
  Reader reader(rig_.log(), 0);
  EXPECT_EQ(Story::Of(reader), "1-20");
  for (std::uint64_t next = 21; next < 120; ++next) {
    ASSERT_EQ(rig_.AppendNext(), Status::kOk);
    EXPECT_EQ(Story::Of(reader), "");  // not committed yet
    ASSERT_EQ(rig_.log().Commit().status, Status::kOk);
    EXPECT_EQ(Story::Of(reader), Records(next, next));
  }
}

TEST_F(CursorTest, PassingReadErrorsAreNotNoticed) {
  Reader reader(rig_.log(), 0);
  flashsim::SimOptions options;
  options.read_error_every = 3;
  rig_.chip.set_options(options);
  EXPECT_EQ(Story::Of(reader), "1-20");
}

}  // namespace
}  // namespace norlog
