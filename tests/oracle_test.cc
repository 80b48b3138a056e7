// The oracle must catch every kind of wrong log: a check that cannot fail
// proves nothing. Here: honest logs pass; nothing durable may be lost (G1), torn
// (G2) or invented (G3). The other guarantees: oracle_order_test.cc.
#include "fuzz/oracle.h"

#include <gtest/gtest.h>

#include <cstdint>

#include "fuzz/oracle_fixture.h"

namespace norlog::fuzz {
namespace {

// --- Honest logs pass ---------------------------------------------------------

TEST_F(OracleTest, AcceptsAnHonestLog) {
  Write(1, 12);
  CommitCursor(1, 7);
  oracle_.PowerCut();
  const Sighting sighting = See(1, 12);
  oracle_.Mounted(sighting);
  oracle_.MountedAgain(sighting, sighting, 0);
  EXPECT_EQ(oracle_.Report(), "");
}

TEST_F(OracleTest, AcceptsAnyWholePartOfWhatWasInFlight) {
  for (std::uint64_t kept = 4; kept <= 6; ++kept) {
    Oracle base = oracle_;
    Write(1, 4);
    oracle_.Accepted(MakeFact(5), kCost);
    oracle_.Accepted(MakeFact(6), kCost);
    oracle_.PowerCut();
    oracle_.Mounted(See(1, kept));
    EXPECT_EQ(oracle_.Report(), "") << kept;
    EXPECT_EQ(oracle_.durable(), kept);
    oracle_ = base;
  }
}

TEST_F(OracleTest, AcceptsThatANumberIsUsedAgainAfterItsRecordWasDropped) {
  Write(1, 4);
  RecordFact dropped = MakeFact(5);
  dropped.payload = {9};
  oracle_.Accepted(dropped, kCost);
  oracle_.PowerCut();
  oracle_.Mounted(See(1, 4));
  Write(5, 5);
  oracle_.PowerCut();
  oracle_.Mounted(See(1, 5));
  EXPECT_EQ(oracle_.Report(), "");
}

TEST_F(OracleTest, AcceptsEvictionOfWhatIsOldEnough) {
  Write(1, 71);
  oracle_.PowerCut();
  oracle_.Mounted(See(11, 71));
  EXPECT_EQ(oracle_.Report(), "");
  EXPECT_EQ(oracle_.evicted(), 10U);
}

TEST_F(OracleTest, AcceptsEitherCursorWhenItsCommitWasInFlight) {
  for (const std::uint64_t cursor : {0U, 6U}) {
    Oracle base = oracle_;
    Write(1, 9);
    ReadTo(0, 6);
    oracle_.CursorBegun(0);
    oracle_.PowerCut();
    Sighting sighting = See(1, 9);
    sighting.readers[0].cursor = cursor;
    oracle_.Mounted(sighting);
    EXPECT_EQ(oracle_.Report(), "") << cursor;
    oracle_ = base;
  }
}

TEST_F(OracleTest, AcceptsACursorThatWasRewound) {
  Write(1, 9);
  CommitCursor(0, 8);
  oracle_.ReaderRewound(0, 1);
  oracle_.ReaderSaw(0, Show(1));
  oracle_.CursorBegun(0);
  oracle_.CursorDone(0, 1);
  oracle_.PowerCut();
  oracle_.Mounted(See(1, 9));
  EXPECT_EQ(oracle_.Report(), "");
}

TEST_F(OracleTest, AcceptsTheFormerOrTheEmptyLogWhenAFormatWasCut) {
  for (const bool former : {true, false}) {
    Oracle base = oracle_;
    Write(1, 5);
    oracle_.FormatBegun(kNonce + 1, 2);
    oracle_.PowerCut();
    Sighting sighting = former ? See(1, 5) : See(1, 0);
    sighting.identity = former ? kNonce : kNonce + 1;
    oracle_.Mounted(sighting);
    EXPECT_EQ(oracle_.Report(), "") << former;
    EXPECT_EQ(oracle_.durable(), former ? 5U : 0U);
    oracle_ = base;
  }
}

// --- G1: nothing durable is lost ------------------------------------------------

TEST_F(OracleTest, CatchesALogThatLosesTheLastAcknowledgedRecord) {
  Write(1, 12);
  oracle_.PowerCut();
  oracle_.Mounted(See(1, 11));
  EXPECT_EQ(Broken(), "G1");
  EXPECT_EQ(oracle_.tally().lost, 1U);
}

TEST_F(OracleTest, CatchesALogThatReturnsNothing) {
  Write(1, 12);
  oracle_.PowerCut();
  oracle_.Mounted(See(1, 0));
  EXPECT_EQ(Broken(), "G1");
}

TEST_F(OracleTest, CatchesALogThatEvictsEverything) {
  Write(1, 12);
  oracle_.PowerCut();
  oracle_.Mounted(See(13, 12));
  EXPECT_EQ(Broken(), "G1");
  EXPECT_EQ(oracle_.tally().evicted_early, 1U);
}

TEST_F(OracleTest, CatchesEvictionOneBucketTooEarlyByBucketNumbers) {
  Write(1, 70);  // head is bucket 6: the five before it are owed
  oracle_.PowerCut();
  oracle_.Mounted(See(21, 70));
  EXPECT_EQ(Broken(), "G1");
}

// The engine's own count says that all is well; the space taken says otherwise.
TEST_F(OracleTest, CatchesALogThatSkipsBuckets) {
  for (std::uint64_t s = 1; s <= 30; ++s) {
    oracle_.Accepted(MakeFact(s), kCost);
    oracle_.Durable(s, s);
  }
  Sighting sighting = See(11, 30);
  sighting.head = 30;
  oracle_.Mounted(sighting);
  EXPECT_EQ(Broken(), "G1");
}

TEST_F(OracleTest, CatchesContentThatChanged) {
  Write(1, 12);
  Sighting sighting = See(1, 12);
  sighting.scan[4].record.payload[0] ^= 1;
  oracle_.Mounted(sighting);
  EXPECT_EQ(Broken(), "G1");
}

TEST_F(OracleTest, CatchesUndamagedRecordsCalledDamaged) {
  Write(1, 9);
  Sighting sighting = See(1, 9);
  sighting.scan[3] = ShowGap(4, 4, LossCause::kDamaged);
  oracle_.Mounted(sighting);
  EXPECT_EQ(Broken(), "G1");
}

TEST_F(OracleTest, CatchesAReaderThatStopsEarly) {
  Write(1, 9);
  ReadTo(0, 8);
  oracle_.ReaderSawNothing(0);
  EXPECT_EQ(Broken(), "G1");
}

TEST_F(OracleTest, CatchesMoreThanTwoBlocksLostACut) {
  Write(1, 9);
  oracle_.PowerCut();
  Sighting sighting = See(1, 9);
  sighting.totals.blocks_lost_to_cuts = 3;
  oracle_.Mounted(sighting);
  EXPECT_EQ(Broken(), "G1");
}

TEST_F(KeepUnreadOracleTest, CatchesEvictionOfUnreadRecords) {
  Write(1, 71);
  CommitCursor(0, 71);
  CommitCursor(1, 9);
  oracle_.Mounted(See(11, 71));
  EXPECT_EQ(Broken(), "G1");
}

TEST_F(KeepUnreadOracleTest, AcceptsEvictionOfWhatAllHaveRead) {
  Write(1, 71);
  CommitCursor(0, 71);
  CommitCursor(1, 10);
  oracle_.Mounted(See(11, 71));
  EXPECT_EQ(oracle_.Report(), "");
}

// --- G2: whole or not at all, and for good ----------------------------------------

TEST_F(OracleTest, CatchesAGarbledRecordThatWasInFlight) {
  Write(1, 4);
  oracle_.Accepted(MakeFact(5), kCost);
  oracle_.PowerCut();
  Sighting sighting = See(1, 5);
  sighting.scan[4].record.payload.pop_back();
  oracle_.Mounted(sighting);
  EXPECT_EQ(Broken(), "G2");
}

TEST_F(OracleTest, CatchesARecordThatVanishesAfterAMountHasShownIt) {
  Write(1, 4);
  oracle_.Accepted(MakeFact(5), kCost);
  oracle_.PowerCut();
  oracle_.Mounted(See(1, 5));
  oracle_.PowerCut();
  oracle_.Mounted(See(1, 4));
  EXPECT_EQ(Broken(), "G1");
}

TEST_F(OracleTest, CatchesAConfirmedRecordThatVanishes) {
  Write(1, 4);
  oracle_.Accepted(MakeFact(5), kCost);
  oracle_.PowerCut();
  oracle_.MountedReadOnly(See(1, 5));
  oracle_.Mounted(See(1, 4));
  EXPECT_EQ(Broken(), "G2");
}

TEST_F(OracleTest, AcceptsThatAnUnconfirmedRecordVanishes) {
  Write(1, 4);
  oracle_.Accepted(MakeFact(5), kCost);
  oracle_.PowerCut();
  Sighting sighting = See(1, 5);
  sighting.scan[4].unconfirmed = true;
  oracle_.MountedReadOnly(sighting);
  oracle_.Mounted(See(1, 4));
  EXPECT_EQ(oracle_.Report(), "");
}

TEST_F(OracleTest, CatchesUnconfirmedRecordsOfAWritingMount) {
  Write(1, 4);
  Sighting sighting = See(1, 4);
  sighting.scan[3].unconfirmed = true;
  oracle_.Mounted(sighting);
  EXPECT_EQ(Broken(), "G2");
}

TEST_F(OracleTest, CatchesASecondMountThatPrograms) {
  Write(1, 4);
  const Sighting sighting = See(1, 4);
  oracle_.MountedAgain(sighting, sighting, 1);
  EXPECT_EQ(Broken(), "G2");
}

TEST_F(OracleTest, CatchesASecondMountThatDiffers) {
  Write(1, 4);
  oracle_.MountedAgain(See(1, 4), See(1, 3), 0);
  EXPECT_EQ(Broken(), "G2");
}

TEST_F(OracleTest, CatchesAReaderThatSeesPendingRecords) {
  Write(1, 4);
  oracle_.Accepted(MakeFact(5), kCost);
  ReadTo(0, 5);
  EXPECT_EQ(Broken(), "G2");
}

// --- G3: nothing from nowhere -------------------------------------------------------

TEST_F(OracleTest, CatchesARecordThatWasNeverAppended) {
  Write(1, 4);
  oracle_.Mounted(See(1, 5));
  EXPECT_EQ(Broken(), "G3");
  EXPECT_GE(oracle_.tally().phantom, 1U);
}

TEST_F(OracleTest, CatchesARecordThatAMountHadDropped) {
  Write(1, 4);
  oracle_.Accepted(MakeFact(5), kCost);
  oracle_.PowerCut();
  oracle_.Mounted(See(1, 4));
  oracle_.PowerCut();
  oracle_.Mounted(See(1, 5));
  EXPECT_EQ(Broken(), "G3");
}

TEST_F(OracleTest, CatchesStaleContentUnderANumberUsedAgain) {
  Write(1, 4);
  RecordFact dropped = MakeFact(5);
  dropped.payload = {9};
  oracle_.Accepted(dropped, kCost);
  oracle_.PowerCut();
  oracle_.Mounted(See(1, 4));
  oracle_.Accepted(MakeFact(5), kCost);
  oracle_.PowerCut();
  Sighting sighting = See(1, 5);
  sighting.scan[4].record = dropped;
  oracle_.Mounted(sighting);
  EXPECT_EQ(Broken(), "G2");
}

TEST_F(OracleTest, CatchesRecordsThatReturnFromEviction) {
  Write(1, 71);
  oracle_.Mounted(See(11, 71));
  oracle_.PowerCut();
  oracle_.Mounted(See(10, 71));
  EXPECT_EQ(Broken(), "G3");
}

}  // namespace
}  // namespace norlog::fuzz
