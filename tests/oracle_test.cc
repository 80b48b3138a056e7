// The oracle must catch every kind of wrong log: a check that cannot fail
// proves nothing. A fake log here shows exactly what it was given, except for
// one planted lie a test.
#include "fuzz/oracle.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "fuzz/space_ledger.h"

namespace norlog::fuzz {
namespace {

constexpr std::uint64_t kNonce = 77;
constexpr std::uint32_t kCost = 20;

// 8 buckets of 2 blocks of 100 bytes: 10 records of kCost each, 5 buckets owed.
Limits SmallRing() {
  Limits limits;
  limits.bucket_count = 8;
  limits.erase_ahead = 1;
  limits.space = {2, 100, 100};
  return limits;
}

RecordFact MakeFact(std::uint64_t sequence) {
  return {sequence,
          3,
          static_cast<std::int64_t>(sequence) * 10,
          {static_cast<std::uint8_t>(sequence), 1, 2}};
}

Glimpse Show(std::uint64_t sequence) {
  Glimpse glimpse;
  glimpse.record = MakeFact(sequence);
  return glimpse;
}

Glimpse ShowGap(std::uint64_t first, std::uint64_t last, LossCause cause) {
  Glimpse glimpse;
  glimpse.is_gap = true;
  glimpse.first = first;
  glimpse.last = last;
  glimpse.cause = cause;
  return glimpse;
}

class OracleTest : public testing::Test {
 protected:
  explicit OracleTest(const Limits& limits = SmallRing()) : oracle_(limits) {
    oracle_.FormatBegun(kNonce, 2);
    oracle_.Formatted();
  }

  // `first` to `last` accepted and durable, ten records a bucket.
  void Write(std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t s = first; s <= last; ++s) {
      oracle_.Accepted(MakeFact(s), kCost);
      oracle_.Durable(s, (s - 1) / 10);
    }
  }

  // What an honest log of the records first..last shows.
  Sighting See(std::uint64_t first, std::uint64_t last) {
    Sighting sighting;
    sighting.identity = kNonce;
    sighting.last = last;
    sighting.head = last == 0 ? 0 : (last - 1) / 10;
    if (first > 1) sighting.scan.push_back(ShowGap(1, first - 1, LossCause::kEvicted));
    for (std::uint64_t s = first; s <= last; ++s) sighting.scan.push_back(Show(s));
    for (std::size_t i = 0; i < 2; ++i) sighting.readers.at(i) = {true, oracle_.cursor(int(i))};
    return sighting;
  }

  void ReadTo(int reader, std::uint64_t last) {
    oracle_.ReaderOpened(reader);
    for (std::uint64_t s = oracle_.position(reader); s <= last; ++s) {
      oracle_.ReaderSaw(reader, Show(s));
    }
  }

  void CommitCursor(int reader, std::uint64_t cursor) {
    ReadTo(reader, cursor);
    oracle_.CursorBegun(reader);
    oracle_.CursorDone(reader, cursor);
  }

  // The guarantees broken, each once, as "G1 G4".
  std::string Broken() const {
    std::string names;
    for (const Breach& breach : oracle_.breaches()) {
      const std::string name = "G" + std::to_string(static_cast<int>(breach.guarantee));
      if (names.find(name) == std::string::npos) names += (names.empty() ? "" : " ") + name;
    }
    return names;
  }

  Oracle oracle_;
};

class KeepUnreadOracleTest : public OracleTest {
 protected:
  static Limits KeepUnread() {
    Limits limits = SmallRing();
    limits.keep_unread = true;
    return limits;
  }
  KeepUnreadOracleTest() : OracleTest(KeepUnread()) {}
};

class DamagedOracleTest : public OracleTest {
 protected:
  static Limits Damaged() {
    Limits limits = SmallRing();
    limits.damage_expected = true;
    return limits;
  }
  DamagedOracleTest() : OracleTest(Damaged()) {}
};

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

TEST_F(DamagedOracleTest, AcceptsDamageThatIsTold) {
  Write(1, 9);
  Sighting sighting = See(1, 9);
  sighting.scan[3] = ShowGap(4, 4, LossCause::kDamaged);
  oracle_.Mounted(sighting);
  EXPECT_EQ(oracle_.Report(), "");
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
  sighting.blocks_lost_to_cuts = 3;
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
  oracle_.CameAlive(6);
  EXPECT_EQ(Broken(), "");
  oracle_.CameAlive(7);
  EXPECT_EQ(Broken(), "G8");
}

TEST_F(OracleTest, CatchesErasesRepeatedWithoutACut) {
  Sighting sighting = See(1, 0);
  sighting.erases_repeated = 1;
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
RC_GTEST_PROP(OraclePropertyTest, CatchesAnyChangeOfOneThingShown, ()) {
  Oracle oracle(SmallRing());
  oracle.FormatBegun(kNonce, 1);
  oracle.Formatted();
  const auto count = *rc::gen::inRange<std::uint64_t>(2, 40);
  Sighting sighting;
  sighting.identity = kNonce;
  sighting.last = count;
  sighting.readers[0].enabled = true;
  for (std::uint64_t s = 1; s <= count; ++s) {
    oracle.Accepted(MakeFact(s), kCost);
    oracle.Durable(s, 0);
    sighting.scan.push_back(Show(s));
  }
  const auto victim = *rc::gen::inRange<std::size_t>(0, count);
  Glimpse& shown = sighting.scan[victim];
  switch (*rc::gen::inRange(0, 7)) {
    case 0: shown.record.payload.push_back(0); break;
    case 1: shown.record.tag ^= 1; break;
    case 2: shown.record.time += 1; break;
    case 3: shown.record.sequence += 1; break;
    case 4: shown = ShowGap(victim + 1, victim + 1, LossCause::kEvicted); break;
    case 5: sighting.scan.erase(sighting.scan.begin() + static_cast<std::ptrdiff_t>(victim)); break;
    default: shown.unconfirmed = true; break;
  }
  oracle.Mounted(sighting);
  RC_ASSERT(!oracle.breaches().empty());
}

// --- The floor of G1 -------------------------------------------------------------------------

TEST(SpaceLedgerTest, OwesNothingBeforeAnythingIsWritten) {
  EXPECT_EQ(SpaceLedger(SpaceModel{2, 100, 100}).Floor(5), SpaceLedger::kNothingOwed);
}

TEST(SpaceLedgerTest, OwesWhatFitsThePromisedBlocks) {
  SpaceLedger ledger(SpaceModel{2, 100, 100});
  for (std::uint64_t s = 1; s <= 100; ++s) ledger.Spend(20, s);
  EXPECT_EQ(ledger.Floor(2), 81U);  // 4 blocks of 5 records
}

TEST(SpaceLedgerTest, EntriesDoNotCrossABlock) {
  SpaceLedger ledger(SpaceModel{2, 100, 100});
  for (std::uint64_t s = 1; s <= 100; ++s) ledger.Spend(60, s);
  EXPECT_EQ(ledger.Floor(2), 97U);  // one to a block
}

TEST(SpaceLedgerTest, ACutCostsTwoBlocksBesideTheOneBegun) {
  SpaceLedger ledger(SpaceModel{2, 100, 100});
  for (std::uint64_t s = 1; s <= 98; ++s) ledger.Spend(20, s);
  ledger.SpendCut();
  for (std::uint64_t s = 99; s <= 100; ++s) ledger.Spend(20, s);
  EXPECT_EQ(ledger.Floor(1), 99U);
  EXPECT_EQ(ledger.Floor(2), 94U);  // 4 blocks: one begun, two lost, one full
}

TEST(SpaceLedgerTest, TheShorterFirstBlockCountsWhereItIsLeastFavourable) {
  SpaceLedger ledger(SpaceModel{2, 100, 40});
  for (std::uint64_t s = 1; s <= 100; ++s) ledger.Spend(20, s);
  EXPECT_EQ(ledger.Floor(1), 94U);
}

TEST(SpaceLedgerTest, OtherEntriesTakeRoomButAreNotOwed) {
  SpaceLedger ledger(SpaceModel{1, 100, 100});
  for (std::uint64_t s = 1; s <= 10; ++s) {
    ledger.Spend(20, s);
    ledger.Spend(30, 0);
  }
  EXPECT_EQ(ledger.Floor(1), 10U - 1);
}

TEST(SpaceLedgerTest, ForgetsWhatWasEvicted) {
  SpaceLedger ledger(SpaceModel{2, 100, 100});
  for (std::uint64_t s = 1; s <= 100; ++s) ledger.Spend(20, s);
  ledger.ForgetThrough(90);
  EXPECT_EQ(ledger.entry_count(), 10U);
}

}  // namespace
}  // namespace norlog::fuzz
