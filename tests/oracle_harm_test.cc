// The oracle and chips that destroy what was committed: what stood there may be lost, and
// told (G6); everything else is owed as ever.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>

#include "fuzz/oracle.h"
#include "fuzz/oracle_fixture.h"

namespace norlog::fuzz {
namespace {

// 45 records: buckets 0 to 4, and ring positions alike.
class HarmTest : public DamagedOracleTest {
 protected:
  HarmTest() { Write(1, 45); }

  void Harm(std::uint32_t position) {
    const std::array<std::uint32_t, 1> positions = {position};
    oracle_.Harmed(positions);
  }
  // All records are there, and reader 0 stands at `cursor`.
  void ShowCursor(std::uint64_t cursor) {
    Sighting sighting = See(1, 45);
    sighting.readers[0].cursor = cursor;
    oracle_.Mounted(sighting);
  }
  // What an honest log shows if these records are damaged.
  Sighting SeeDamaged(std::uint64_t first, std::uint64_t last) {
    Sighting sighting = See(1, 45);
    const auto begin = sighting.scan.begin();
    const auto from = begin + static_cast<std::ptrdiff_t>(first - 1);
    sighting.scan.erase(from, begin + static_cast<std::ptrdiff_t>(last));
    sighting.scan.insert(sighting.scan.begin() + static_cast<std::ptrdiff_t>(first - 1),
                         ShowGap(first, last, LossCause::kDamaged));
    return sighting;
  }
};

TEST_F(HarmTest, AHarmedBucketMayBeCalledDamaged) {
  Harm(1);
  oracle_.Mounted(SeeDamaged(12, 15));
  EXPECT_EQ(oracle_.Report(), "");
}

// What the record's call began may have ended in the bucket behind.
TEST_F(HarmTest, TheBucketBeforeMayReachIntoIt) {
  Harm(1);
  oracle_.Mounted(SeeDamaged(10, 11));
  EXPECT_EQ(oracle_.Report(), "");
}

TEST_F(HarmTest, NoOtherBucketMay) {
  Harm(1);
  oracle_.Mounted(SeeDamaged(19, 25));
  EXPECT_EQ(Broken(), "G6");
}

TEST_F(HarmTest, WithoutHarmNothingMay) {
  oracle_.Mounted(SeeDamaged(12, 12));
  EXPECT_EQ(Broken(), "G6");
}

TEST_F(HarmTest, HarmedRecordsMustBeTold) {
  Harm(1);
  Sighting sighting = See(1, 45);
  sighting.scan.erase(sighting.scan.begin() + 11);
  oracle_.Mounted(sighting);
  EXPECT_EQ(Broken(), "G4");
}

TEST_F(HarmTest, HarmedRecordsMustNotChange) {
  Harm(1);
  Sighting sighting = See(1, 45);
  ++sighting.scan[11].record.payload[0];
  oracle_.Mounted(sighting);
  EXPECT_EQ(Broken(), "G1");
}

// The header that says where the evicted ones end is harmed.
TEST_F(HarmTest, EvictedRecordsMayBeCalledDamagedInFrontOfAHarmedBucket) {
  Write(46, 75);
  oracle_.Mounted(See(21, 75));
  Harm(2);
  Sighting sighting = See(21, 75);
  sighting.scan.front().cause = LossCause::kDamaged;
  oracle_.Mounted(sighting);
  EXPECT_EQ(oracle_.Report(), "");
}

TEST_F(HarmTest, EvictedRecordsMayNotBeCalledDamagedInFrontOfAWholeOne) {
  Write(46, 75);
  oracle_.Mounted(See(21, 75));
  Harm(4);
  Sighting sighting = See(21, 75);
  sighting.scan.front().cause = LossCause::kDamaged;
  oracle_.Mounted(sighting);
  EXPECT_EQ(Broken(), "G6");
}

// It stays known when an erase has healed the place.
TEST_F(HarmTest, HarmIsRemembered) {
  Harm(1);
  oracle_.Harmed({});
  oracle_.Mounted(SeeDamaged(12, 12));
  EXPECT_EQ(oracle_.Report(), "");
}

// Record 46 was under way when the power failed, and a mount has dropped it.
class DroppedTest : public HarmTest {
 protected:
  DroppedTest() {
    oracle_.Accepted(MakeFact(46), kCost);
    oracle_.PowerCut();
    oracle_.Mounted(See(1, 45));
  }
};

TEST_F(DroppedTest, MayBeBackWhereWhatSaidSoIsHarmed) {
  Harm(4);
  oracle_.Mounted(See(1, 46));
  EXPECT_EQ(oracle_.Report(), "");
}

TEST_F(DroppedTest, MayBeBackAsDamaged) {
  Harm(4);
  Sighting sighting = See(1, 46);
  sighting.scan.back() = ShowGap(46, 46, LossCause::kDamaged);
  oracle_.Mounted(sighting);
  EXPECT_EQ(oracle_.Report(), "");
}

TEST_F(DroppedTest, MayNotBeBackElse) {
  Harm(1);
  oracle_.Mounted(See(1, 46));
  EXPECT_EQ(Broken(), "G3");
}

TEST_F(DroppedTest, NothingElseMayBeThere) {
  Harm(4);
  Sighting sighting = See(1, 46);
  ++sighting.scan.back().record.payload[0];
  oracle_.Mounted(sighting);
  EXPECT_EQ(Broken(), "G3");
}

// Its number was given again; then what said that it is dead was harmed.
TEST_F(DroppedTest, MayStandForItsSuccessor) {
  RecordFact other = MakeFact(46);
  ++other.payload[0];
  oracle_.Accepted(other, kCost);
  oracle_.Durable(46, 4);
  Harm(4);
  oracle_.Mounted(See(1, 46));
  EXPECT_EQ(oracle_.Report(), "");
}

// Nothing tells of the oldest bucket that it was not evicted.
TEST_F(HarmTest, TheOldestMayBeCalledEvicted) {
  Harm(0);
  oracle_.Mounted(See(11, 45));
  EXPECT_EQ(oracle_.Report(), "");
}

TEST_F(HarmTest, TheOneBehindTheOldestMayNot) {
  Harm(0);
  oracle_.Mounted(See(21, 45));
  EXPECT_EQ(Broken(), "G1");
}

// A rewound reader has committed a cursor in front of an earlier one.
class RewoundTest : public HarmTest {
 protected:
  RewoundTest() {
    CommitCursor(0, 20);
    oracle_.ReaderRewound(0, 1);
    for (std::uint64_t s = 1; s <= 5; ++s) oracle_.ReaderSaw(0, Show(s));
    oracle_.CursorBegun(0);
    oracle_.CursorDone(0, 5);
  }
};

TEST_F(RewoundTest, TheEarlierOneMayBeBackWhereTheEndIsHarmed) {
  Harm(4);
  ShowCursor(20);
  EXPECT_EQ(oracle_.Report(), "");
}

TEST_F(RewoundTest, NoneThatNeverWasMayBe) {
  Harm(4);
  ShowCursor(21);
  EXPECT_EQ(Broken(), "G5");
}

TEST_F(RewoundTest, TheEarlierOneMayNotBeBackElse) {
  Harm(1);
  ShowCursor(20);
  EXPECT_EQ(Broken(), "G5");
}

// --- Frames that the driver has damaged -------------------------------------
TEST_F(HarmTest, WhatWasDamagedMayBeCalledSo) {
  oracle_.Damaged(42, 44);
  oracle_.Mounted(SeeDamaged(42, 44));
  EXPECT_EQ(oracle_.Report(), "");
}

TEST_F(HarmTest, NoRecordBesideItMay) {
  oracle_.Damaged(42, 44);
  oracle_.Mounted(SeeDamaged(41, 44));
  EXPECT_EQ(Broken(), "G6");
}

TEST_F(HarmTest, WhatWasDamagedMustBeTold) {
  oracle_.Damaged(42, 45);
  oracle_.Mounted(See(1, 41));
  EXPECT_EQ(Broken(), "G1");
}

TEST_F(HarmTest, TheEndMayBeMissingIfItIsHarmed) {
  Harm(4);
  oracle_.PowerCut();
  oracle_.Mounted(See(1, 42));
  EXPECT_EQ(oracle_.Report(), "");
}

TEST_F(HarmTest, NoMoreThanTheEndMayBeMissing) {
  Harm(4);
  oracle_.PowerCut();
  oracle_.Mounted(See(1, 29));
  EXPECT_EQ(Broken(), "G1");
}

TEST_F(HarmTest, TheEndMayNotBeMissingIfItIsWhole) {
  Harm(1);
  oracle_.PowerCut();
  oracle_.Mounted(See(1, 44));
  EXPECT_EQ(Broken(), "G1");
}

TEST_F(HarmTest, CursorsMayGoBackWithTheEnd) {
  CommitCursor(0, 30);
  Harm(4);
  ShowCursor(20);
  EXPECT_EQ(oracle_.Report(), "");
  EXPECT_EQ(oracle_.cursor(0), 20U);
}

TEST_F(HarmTest, CursorsMayNotGoBackForHarmElsewhere) {
  CommitCursor(0, 30);
  Harm(1);
  ShowCursor(20);
  EXPECT_EQ(Broken(), "G5");
}

TEST_F(HarmTest, CursorsMayNotGoOnWithTheEnd) {
  CommitCursor(0, 30);
  Harm(4);
  ShowCursor(40);
  EXPECT_EQ(Broken(), "G5");
}

TEST_F(HarmTest, HarmAtTheEndDoesNotExcuseTheFront) {
  Harm(4);
  oracle_.Mounted(SeeDamaged(1, 44));
  EXPECT_EQ(Broken(), "G6");
}

TEST_F(HarmTest, HarmAtTheEndEvictsNoMore) {
  Harm(4);
  oracle_.Mounted(See(45, 45));
  EXPECT_EQ(Broken(), "G1");
}

// A format was cut: the log before it is whole.
TEST_F(HarmTest, TheFormerLogIsNotGoneBecauseTheNewOneMayBe) {
  oracle_.FormatBegun(kNonce + 1, 2);
  oracle_.PowerCut();
  Harm(1);
  oracle_.MountRefused("kNoLog");
  EXPECT_EQ(Broken(), "G6");
}

TEST_F(HarmTest, NoLogIsThereOnlyIfAllOfItWasHarmed) {
  Harm(4);
  oracle_.MountRefused("kNoLog");
  EXPECT_EQ(Broken(), "G6");
}

TEST_F(DamagedOracleTest, ALogInOneHarmedBucketMayBeGone) {
  Write(1, 5);
  const std::array<std::uint32_t, 1> positions = {0};
  oracle_.Harmed(positions);
  oracle_.MountRefused("kNoLog");
  EXPECT_EQ(oracle_.Report(), "");
  oracle_.Mounted(See(1, 5));  // and read again
  EXPECT_EQ(oracle_.Report(), "");
}

// The newest header said that these are evicted.
TEST_F(HarmTest, EvictedRecordsMayComeBackWithTheHeadersBefore) {
  Write(46, 75);
  oracle_.Mounted(See(21, 75));
  const std::array<std::uint32_t, 1> positions = {7};
  oracle_.Harmed(positions);
  oracle_.Mounted(See(11, 75));
  EXPECT_EQ(oracle_.Report(), "");
  // Then they stay until they are evicted anew.
  Write(76, 105);
  oracle_.Mounted(See(31, 105));
  EXPECT_EQ(oracle_.Report(), "");
  oracle_.Mounted(See(21, 105));
  EXPECT_EQ(Broken(), "G3");
}

}  // namespace
}  // namespace norlog::fuzz
