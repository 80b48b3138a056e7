// The oracle must catch every kind of wrong log, continued: order and gaps (G4),
// cursors (G5), identity, liveness and erases (G6 to G11), and any single change.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <cstddef>
#include <cstdint>
#include <utility>

#include "fuzz/oracle.h"
#include "fuzz/oracle_fixture.h"

namespace norlog::fuzz {
namespace {

// --- Scans that leave something out ------------------------------------------------------

// Records 4 to 6 of 1 to 9.
Sighting WithoutTheMiddle(Sighting sighting) {
  sighting.scan.erase(sighting.scan.begin() + 3, sighting.scan.begin() + 6);
  sighting.skip_first = 4;
  sighting.skip_last = 6;
  return sighting;
}

TEST_F(OracleTest, AcceptsAScanThatLeavesOutTheMiddle) {
  Write(1, 9);
  oracle_.Mounted(WithoutTheMiddle(See(1, 9)));
  EXPECT_EQ(Broken(), "");
}

TEST_F(OracleTest, CatchesASilentGapBesideWhatIsLeftOut) {
  Write(1, 9);
  Sighting sighting = WithoutTheMiddle(See(1, 9));
  sighting.scan.erase(sighting.scan.begin() + 3);
  oracle_.Mounted(sighting);
  EXPECT_EQ(Broken(), "G4");
}

TEST_F(OracleTest, ComparesScansWhereBothLooked) {
  Write(1, 9);
  const Sighting whole = See(1, 9);
  oracle_.MountedAgain(whole, WithoutTheMiddle(whole), 0);
  oracle_.MountedAgain(WithoutTheMiddle(whole), whole, 0);
  EXPECT_EQ(Broken(), "");
  Sighting other = WithoutTheMiddle(whole);
  other.scan.back().record.tag = 9;
  oracle_.MountedAgain(whole, other, 0);
  EXPECT_EQ(Broken(), "G2");
}

TEST_F(OracleTest, CatchesARecordMoreThanAtTheMountBefore) {
  Write(1, 9);
  const Sighting whole = See(1, 9);
  oracle_.MountedAgain(WithoutTheMiddle(See(1, 8)), whole, 0);
  EXPECT_EQ(Broken(), "G2");
}

TEST_F(OracleTest, KnowsWhereTheNewestBucketsBegin) {
  Write(1, 45);                              // ten a bucket: 41 to 45 stand in the newest
  EXPECT_EQ(oracle_.FirstOfNewest(1), 42U);  // a record's bucket is known to one
  EXPECT_EQ(oracle_.FirstOfNewest(3), 22U);
  EXPECT_EQ(oracle_.FirstOfNewest(9), 0U);
  oracle_.FormatBegun(7, 1);
  EXPECT_EQ(oracle_.FirstOfNewest(1), 0U);
}

// --- G4: order and gaps ---------------------------------------------------------------

TEST_F(OracleTest, CatchesADuplicate) {
  Write(1, 9);
  Sighting sighting = See(1, 9);
  sighting.scan.insert(sighting.scan.begin() + 4, Show(4));
  oracle_.Mounted(sighting);
  EXPECT_EQ(Broken(), "G4");
}

TEST_F(OracleTest, CatchesSwappedRecords) {
  Write(1, 9);
  Sighting sighting = See(1, 9);
  std::swap(sighting.scan[4], sighting.scan[5]);
  oracle_.Mounted(sighting);
  EXPECT_EQ(Broken(), "G4");
}

TEST_F(OracleTest, CatchesASilentGap) {
  Write(1, 9);
  Sighting sighting = See(1, 9);
  sighting.scan.erase(sighting.scan.begin() + 4);
  oracle_.Mounted(sighting);
  EXPECT_EQ(Broken(), "G4");
}

TEST_F(OracleTest, CatchesASilentEndOfTheScan) {
  Write(1, 9);
  Sighting sighting = See(1, 9);
  sighting.scan.pop_back();
  oracle_.Mounted(sighting);
  EXPECT_EQ(Broken(), "G4");
}

TEST_F(OracleTest, CatchesAGapWithAWrongRange) {
  Write(1, 71);
  Sighting sighting = See(11, 71);
  sighting.scan[0].last = 9;
  oracle_.Mounted(sighting);
  EXPECT_EQ(Broken(), "G4");
}

TEST_F(OracleTest, CatchesAnEvictionInTheMiddle) {
  Write(1, 71);
  Sighting sighting = See(1, 71);
  sighting.scan[4] = ShowGap(5, 5, LossCause::kEvicted);
  oracle_.Mounted(sighting);
  EXPECT_EQ(Broken(), "G4");
}

TEST_F(OracleTest, CatchesANumberThatAppendSkips) {
  Write(1, 4);
  oracle_.Accepted(MakeFact(6), kCost);
  EXPECT_EQ(Broken(), "G4");
}

// --- G5: cursors ------------------------------------------------------------------------

TEST_F(OracleTest, CatchesACursorThatMovesBack) {
  Write(1, 9);
  CommitCursor(1, 7);
  oracle_.PowerCut();
  Sighting sighting = See(1, 9);
  sighting.readers[1].cursor = 6;
  oracle_.Mounted(sighting);
  EXPECT_EQ(Broken(), "G5");
}

TEST_F(OracleTest, CatchesACursorThatMovesForwardByItself) {
  Write(1, 9);
  CommitCursor(1, 7);
  Sighting sighting = See(1, 9);
  sighting.readers[1].cursor = 8;
  oracle_.Mounted(sighting);
  EXPECT_EQ(Broken(), "G5");
}

TEST_F(OracleTest, CatchesACursorBehindTheEnd) {
  Write(1, 9);
  oracle_.Accepted(MakeFact(10), kCost);
  Sighting sighting = See(1, 9);
  sighting.readers[0].cursor = 10;
  oracle_.Mounted(sighting);
  EXPECT_EQ(Broken(), "G5");
}

TEST_F(OracleTest, CatchesAShownCursorThatMovesBackAgain) {
  Write(1, 9);
  ReadTo(0, 6);
  oracle_.CursorBegun(0);
  oracle_.PowerCut();
  Sighting sighting = See(1, 9);
  sighting.readers[0].cursor = 6;
  oracle_.Mounted(sighting);
  sighting.readers[0].cursor = 0;
  oracle_.Mounted(sighting);
  EXPECT_EQ(Broken(), "G5");
}

TEST_F(OracleTest, CatchesAReaderThatIsDisabledByItself) {
  Write(1, 9);
  Sighting sighting = See(1, 9);
  sighting.readers[1] = CursorFact{};
  oracle_.Mounted(sighting);
  EXPECT_EQ(Broken(), "G5");
}

TEST_F(OracleTest, CatchesABackwardCommitWithoutRewind) {
  Write(1, 9);
  CommitCursor(0, 8);
  oracle_.ReaderSought(0, 3);
  oracle_.CursorBegun(0);
  oracle_.CursorDone(0, 2);
  EXPECT_EQ(Broken(), "G5");
}

// --- G6, G8, G9, G11 ----------------------------------------------------------------------

TEST_F(OracleTest, CatchesALogThatWasFormattedByItself) {
  Write(1, 9);
  Sighting sighting = See(1, 9);
  sighting.identity = kNonce + 1;
  oracle_.Mounted(sighting);
  EXPECT_EQ(Broken(), "G6");
}

TEST_F(OracleTest, CatchesAMountThatRefuses) {
  oracle_.MountRefused("kNoLog");
  EXPECT_EQ(Broken(), "G6");
}

TEST(VirginOracleTest, AcceptsNoLogBeforeTheFirstFormatOnly) {
  Oracle oracle(SmallRing());
  oracle.FormatBegun(kNonce, 2);
  oracle.PowerCut();
  oracle.MountRefused("kNoLog");
  EXPECT_EQ(oracle.Report(), "");
  oracle.MountRefused("kReadError");
  EXPECT_NE(oracle.Report(), "");
}

TEST_F(OracleTest, CatchesARecoveryThatErasesTooOften) {
  oracle_.CameAlive(4);
  EXPECT_EQ(Broken(), "");
  oracle_.CameAlive(5);
  EXPECT_EQ(Broken(), "G8");
}

TEST_F(OracleTest, CatchesErasesRepeatedWithoutACut) {
  Sighting sighting = See(1, 0);
  sighting.totals.erases_repeated = 1;
  oracle_.Mounted(sighting);
  EXPECT_EQ(Broken(), "G9");
}

TEST_F(OracleTest, CatchesAnAppendThatWaitsForAnErase) {
  oracle_.AppendErased(1, 2);
  EXPECT_EQ(Broken(), "");
  oracle_.AppendErased(1, 1);
  EXPECT_EQ(Broken(), "G11");
}

// Whatever single thing is changed in an honest sighting, it is noticed.
RC_GTEST_FIXTURE_PROP(OracleTest, CatchesAnyChangeOfOneThingShown, ()) {
  const auto count = *rc::gen::inRange<std::uint64_t>(2, 40);
  Write(1, count);
  Sighting sighting = See(1, count);
  const auto victim = *rc::gen::inRange<std::size_t>(0, count);
  Glimpse& shown = sighting.scan[victim];
  switch (*rc::gen::inRange(0, 8)) {
    case 0: shown.record.payload.push_back(0); break;
    case 1: shown.record.tag ^= 1; break;
    case 2: shown.record.time += 1; break;
    case 3: shown.record.sequence += 1; break;
    case 4: shown = ShowGap(victim + 1, victim + 1, LossCause::kEvicted); break;
    case 5: sighting.scan.erase(sighting.scan.begin() + static_cast<std::ptrdiff_t>(victim)); break;
    case 6: shown.time += 1; break;
    default: shown.unconfirmed = true; break;
  }
  oracle_.Mounted(sighting);
  RC_ASSERT(!oracle_.breaches().empty());
}

}  // namespace
}  // namespace norlog::fuzz
