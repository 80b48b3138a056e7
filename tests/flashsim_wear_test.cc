// Erase counts and worn-out units.
#include <gtest/gtest.h>

#include <cstdint>
#include <set>
#include <vector>

#include "flashsim/sim_flash.h"

namespace flashsim {
namespace {

using norlog::Status;
using Bytes = std::vector<std::uint8_t>;

const Bytes kBlank(1024, 0xFF);
const Bytes kData(16, 0xA5);

TEST(FlashsimWear, ErasesAreCountedPerUnit) {
  SimFlash chip(Toy(1024, 4), 1);
  for (int i = 0; i < 3; ++i) ASSERT_EQ(chip.Erase(1024, 1024), Status::kOk);
  ASSERT_EQ(chip.Erase(2048, 1024), Status::kOk);
  EXPECT_EQ(chip.erase_count(0), 0U);
  EXPECT_EQ(chip.erase_count(1), 3U);
  const WearSummary wear = chip.wear();
  EXPECT_EQ(wear.min, 0U);
  EXPECT_EQ(wear.max, 3U);
  EXPECT_EQ(wear.total, 4U);
  EXPECT_DOUBLE_EQ(wear.mean, 1.0);
}

TEST(FlashsimWear, ALargeEraseWearsEachOfItsUnits) {
  SimFlash chip(W25Q(1), 1);
  ASSERT_EQ(chip.Erase(32 * 1024, 32 * 1024), Status::kOk);
  EXPECT_EQ(chip.erase_count(7), 0U);
  for (std::uint32_t unit = 8; unit < 16; ++unit) EXPECT_EQ(chip.erase_count(unit), 1U);
  EXPECT_EQ(chip.erase_count(16), 0U);
}

TEST(FlashsimWear, ATornEraseWearsUnlessItNeverStarted) {
  for (const EraseTear kind : kEraseTears) {
    SimFlash chip(Toy(1024, 4), 1);
    chip.CutAt(0, Tear{ProgramTear::kNone, kind, 1});
    ASSERT_EQ(chip.Erase(0, 1024), Status::kNoPower);
    EXPECT_EQ(chip.erase_count(0), kind == EraseTear::kNone ? 0U : 1U) << Name(kind);
  }
}

TEST(FlashsimWear, FailingEraseSaysSoAndLeavesAnyOfThreePictures) {
  std::set<std::string> pictures;
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    SimFlash chip(Toy(1024, 4), seed);
    ASSERT_EQ(chip.Program(1024, kData), Status::kOk);
    chip.MakeBad(1, BadMode::kEraseFails);
    EXPECT_EQ(chip.Erase(1024, 1024), Status::kEraseError);
    const Bytes bytes = chip.Peek(1024, 16);
    pictures.insert(bytes == kData ? "old" : bytes == Bytes(16, 0xFF) ? "blank" : "mix");
    EXPECT_EQ(chip.Erase(0, 1024), Status::kOk) << "others are good";
  }
  EXPECT_EQ(pictures.size(), 3U);
}

// What denies a bucket's content may be tried once for each erase that fails.
TEST(FlashsimWear, BehindAFailedEraseOnlyZerosMayBeTried) {
  constexpr std::uint32_t kUnit = 16;
  std::size_t blank = 0;
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    SimFlash chip(Toy(1024, 4, kUnit, norlog::ProgramRule::kOnce), seed);
    SimOptions options = chip.options();
    options.torn_unit = TornUnitPolicy::kRefuse;
    chip.set_options(options);
    chip.MakeBad(1, BadMode::kEraseFails);
    ASSERT_EQ(chip.Program(1024, kData), Status::kOk);
    ASSERT_EQ(chip.Erase(1024, 1024), Status::kEraseError);
    if (chip.Peek(1024, kUnit) != Bytes(kUnit, 0xFF)) continue;
    ++blank;
    EXPECT_EQ(chip.Program(1024, Bytes(kUnit, 0)), Status::kProgramError) << "refused, and no harm";
    EXPECT_EQ(chip.violations().count(), 0U);
    ASSERT_EQ(chip.Erase(1024, 1024), Status::kEraseError);
    EXPECT_EQ(chip.Program(1024, Bytes(kUnit, 0)), Status::kProgramError);
    EXPECT_EQ(chip.violations().count(), 0U);
    EXPECT_EQ(chip.Program(1024, Bytes(kUnit, 0)), Status::kProgramError);
    EXPECT_EQ(chip.violations().count(), 1U) << "twice behind one erase";
  }
  EXPECT_GT(blank, 3U);
}

TEST(FlashsimWear, ALargeEraseWithOneBadUnitErasesTheOthers) {
  SimFlash chip(W25Q(1), 1);
  ASSERT_EQ(chip.Program(0, kData), Status::kOk);
  ASSERT_EQ(chip.Program(7 * 4096, kData), Status::kOk);
  chip.MakeBad(3, BadMode::kEraseFails);
  EXPECT_EQ(chip.Erase(0, 32 * 1024), Status::kEraseError);
  EXPECT_EQ(chip.Peek(0, 16), Bytes(16, 0xFF));
  EXPECT_EQ(chip.Peek(7 * 4096, 16), Bytes(16, 0xFF));
}

TEST(FlashsimWear, FailingProgramSaysSoAndChangesSomeBits) {
  SimFlash chip(Toy(1024, 4), 1);
  chip.MakeBad(0, BadMode::kProgramFails);
  EXPECT_EQ(chip.Program(0, kData), Status::kProgramError);
  const Bytes bytes = chip.Peek(0, 16);
  EXPECT_NE(bytes, kData);
  EXPECT_NE(bytes, Bytes(16, 0xFF));
  for (const std::uint8_t byte : bytes) EXPECT_EQ(byte & 0xA5, 0xA5);
}

TEST(FlashsimWear, SilentProgramSaysOkAndChangesNothing) {
  SimFlash chip(Toy(1024, 4), 1);
  chip.MakeBad(0, BadMode::kSilentProgram);
  EXPECT_EQ(chip.Program(0, kData), Status::kOk);
  EXPECT_EQ(chip.Peek(0, 1024), kBlank);
  EXPECT_EQ(chip.Program(1024, kData), Status::kOk);
  EXPECT_EQ(chip.Peek(1024, 16), kData);
}

// One bit of unit 1 differs from what erase (stuck at 0) or programming all
// zeros (stuck at 1) should leave; which one is the seed's choice.
TEST(FlashsimWear, StuckBitStaysWhateverIsDone) {
  int stuck_at_one = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    SimFlash chip(Toy(256, 4), seed);
    chip.MakeBad(1, BadMode::kStuckBit);
    const StuckBit stuck = chip.bad_units().at(0).stuck;
    ASSERT_GE(stuck.address, 256U);
    ASSERT_LT(stuck.address, 512U);
    stuck_at_one += stuck.one;
    ASSERT_EQ(chip.Erase(256, 256), Status::kOk);
    const auto after_erase = static_cast<std::uint8_t>(stuck.one ? 0xFF : 0xFF ^ stuck.mask);
    EXPECT_EQ(chip.Peek(stuck.address, 1)[0], after_erase);
    ASSERT_EQ(chip.Program(256, Bytes(256, 0xFF)), Status::kOk);
    ASSERT_EQ(chip.Program(256, Bytes(256, 0x00)), Status::kOk);
    EXPECT_EQ(chip.Peek(stuck.address, 1)[0], stuck.one ? stuck.mask : 0x00);
    EXPECT_EQ(chip.violations().count(), 0U) << "the caller could not know";
  }
  EXPECT_GT(stuck_at_one, 10);
  EXPECT_LT(stuck_at_one, 30);
}

TEST(FlashsimWear, StuckBitSurvivesTornOperations) {
  for (const EraseTear kind : kEraseTears) {
    SimFlash chip(Toy(256, 4), 2);
    chip.MakeBad(1, BadMode::kStuckBit);
    const StuckBit stuck = chip.bad_units().at(0).stuck;
    chip.CutAt(0, Tear{ProgramTear::kAll, kind, 1});
    ASSERT_EQ(chip.Erase(256, 256), Status::kNoPower);
    EXPECT_EQ((chip.Peek(stuck.address, 1)[0] & stuck.mask) != 0, stuck.one) << Name(kind);
  }
}

TEST(FlashsimWear, WantingAOneOnAStuckBitIsNoViolationInATornProgramEither) {
  SimFlash chip(Toy(256, 4), 2);
  for (std::uint64_t seed = 0; chip.bad_units().empty() || chip.bad_units()[0].stuck.one; ++seed) {
    chip.Reseed(seed);
    chip.MakeBad(1, BadMode::kStuckBit);
  }
  chip.CutAt(0, Tear{ProgramTear::kAll, EraseTear::kAll, 1});
  ASSERT_EQ(chip.Program(256, Bytes(256, 0xFF)), Status::kNoPower);
  EXPECT_EQ(chip.violations().count(), 0U) << chip.violations().Report();
}

TEST(FlashsimWear, HealedUnitIsGood) {
  SimFlash chip(Toy(1024, 4), 1);
  chip.MakeBad(0, BadMode::kEraseFails);
  chip.MakeBad(2, BadMode::kEraseFails);
  EXPECT_EQ(chip.bad_units().size(), 2U);
  chip.MakeBad(0, BadMode::kGood);
  EXPECT_EQ(chip.bad_units().size(), 1U);
  EXPECT_EQ(chip.Erase(0, 1024), Status::kOk);
}

TEST(FlashsimWear, UnitsWearOutAfterTheirEndurance) {
  SimFlash chip(Toy(1024, 4), 1);
  SimOptions options;
  options.endurance_erases = 5;
  chip.set_options(options);
  for (int i = 0; i < 5; ++i) ASSERT_EQ(chip.Erase(0, 1024), Status::kOk);
  EXPECT_EQ(chip.Erase(0, 1024), Status::kEraseError);
  EXPECT_EQ(chip.Erase(1024, 1024), Status::kOk);
}

TEST(FlashsimWear, EnduranceSpreadsOverUnits) {
  SimFlash chip(Toy(256, 64), 1);
  SimOptions options;
  options.endurance_erases = 5;
  options.endurance_spread = 10;
  chip.set_options(options);
  std::set<int> lives;
  for (std::uint64_t unit = 0; unit < 64; ++unit) {
    int erases = 0;
    while (norlog::Ok(chip.Erase(unit * 256, 256))) ++erases;
    EXPECT_GE(erases, 5);
    EXPECT_LE(erases, 15);
    lives.insert(erases);
  }
  EXPECT_GT(lives.size(), 7U);
}

}  // namespace
}  // namespace flashsim
