// The floor of G1: how much of its past a log still owes.
#include "fuzz/space_ledger.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace norlog::fuzz {
namespace {

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
