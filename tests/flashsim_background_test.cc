// Erases that go on by themselves: suspended, refused, cut.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "flashsim/sim_flash.h"

namespace flashsim {
namespace {

using norlog::Status;
using Bytes = std::vector<std::uint8_t>;

const Bytes kZeros(8, 0);

SimFlash BackgroundChip(std::uint32_t polls) {
  SimFlash chip(Toy(1024, 4), 1);
  SimOptions options = chip.options();
  options.background_erase_polls = polls;
  chip.set_options(options);
  for (std::uint64_t address = 1024; address < 2048; address += 8) {
    EXPECT_EQ(chip.Program(address, kZeros), Status::kOk);
  }
  return chip;
}

bool IsErased(const SimFlash& chip) {
  const Bytes unit = chip.Peek(1024, 1024);
  return std::all_of(unit.begin(), unit.end(), [](std::uint8_t byte) { return byte == 0xFF; });
}

TEST(FlashsimBackground, IsNotOfferedUnlessAskedFor) {
  SimFlash chip = BackgroundChip(0);
  EXPECT_FALSE(chip.StartErase(1024, 1024));
  EXPECT_EQ(chip.Busy(), Status::kOk);
}

TEST(FlashsimBackground, EndsAfterSoManyLooks) {
  SimFlash chip = BackgroundChip(3);
  const std::uint64_t ops = chip.op_count();
  ASSERT_TRUE(chip.StartErase(1024, 1024));
  EXPECT_EQ(chip.op_count(), ops + 1);
  EXPECT_EQ(chip.counters().erases, 1u);
  EXPECT_EQ(chip.Busy(), Status::kBusy);
  EXPECT_EQ(chip.Busy(), Status::kBusy);
  EXPECT_FALSE(IsErased(chip));
  EXPECT_EQ(chip.Busy(), Status::kOk);
  EXPECT_TRUE(IsErased(chip));
  EXPECT_EQ(chip.erase_count(1), 1u);
  EXPECT_EQ(chip.Busy(), Status::kOk);
}

TEST(FlashsimBackground, OtherUnitsCanBeUsedMeanwhile) {
  SimFlash chip = BackgroundChip(2);
  ASSERT_TRUE(chip.StartErase(1024, 1024));
  Bytes out(8);
  EXPECT_EQ(chip.Program(1016, kZeros), Status::kOk);
  EXPECT_EQ(chip.Read(1016, out), Status::kOk);
  EXPECT_EQ(out, kZeros);
  EXPECT_EQ(chip.Read(2048, out), Status::kOk);
  EXPECT_EQ(chip.violations().count(), 0u);
}

TEST(FlashsimBackground, TouchingWhatIsErasedIsAViolation) {
  SimFlash chip = BackgroundChip(2);
  ASSERT_TRUE(chip.StartErase(1024, 1024));
  Bytes out(2);
  EXPECT_EQ(chip.Read(1023, out), Status::kBusy);
  EXPECT_EQ(chip.Program(1024, kZeros), Status::kBusy);
  EXPECT_EQ(chip.violations().count(), 2u);
  for (const Violation& violation : chip.violations().first()) {
    EXPECT_EQ(violation.kind, ViolationKind::kErasing);
  }
}

TEST(FlashsimBackground, AnotherPartitionsEraseWaits) {
  SimFlash chip = BackgroundChip(2);
  ASSERT_TRUE(chip.StartErase(1024, 1024));
  EXPECT_FALSE(chip.StartErase(2048, 1024));
  EXPECT_EQ(chip.Erase(2048, 1024), Status::kOk);
  EXPECT_TRUE(IsErased(chip));
  EXPECT_EQ(chip.Busy(), Status::kOk);
  EXPECT_EQ(chip.violations().count(), 0u);
}

TEST(FlashsimBackground, ACutElsewhereTearsTheSuspendedEraseToo) {
  int untouched = 0;
  int erased = 0;
  int torn = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    SimFlash chip = BackgroundChip(2);
    chip.Reseed(seed);
    ASSERT_TRUE(chip.StartErase(1024, 1024));
    chip.CutAt(0, Tear{});
    EXPECT_EQ(chip.Program(0, kZeros), Status::kNoPower);
    const Bytes unit = chip.Peek(1024, 1024);
    const auto zeros = static_cast<std::size_t>(std::count(unit.begin(), unit.end(), 0));
    ++(zeros == unit.size() ? untouched : IsErased(chip) ? erased : torn);
    chip.PowerOn();
    EXPECT_EQ(chip.Busy(), Status::kOk);  // nothing goes on any more
    EXPECT_EQ(chip.violations().count(), 0u);
  }
  EXPECT_GT(untouched, 0);
  EXPECT_GT(erased, 0);
  EXPECT_GT(torn, 20);
}

TEST(FlashsimBackground, ACutBetweenOperationsTearsItToo) {
  int changed = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SimFlash chip = BackgroundChip(2);
    chip.Reseed(seed);
    ASSERT_TRUE(chip.StartErase(1024, 1024));
    chip.CutNow();
    changed += chip.Peek(1024, 1024) != Bytes(1024, 0) ? 1 : 0;
  }
  EXPECT_GT(changed, 5);
}

TEST(FlashsimBackground, AResetOfTheMcuLetsItEnd) {
  SimFlash chip = BackgroundChip(2);
  ASSERT_TRUE(chip.StartErase(1024, 1024));
  chip.ResetAt(0);
  EXPECT_EQ(chip.Program(0, kZeros), Status::kNoPower);
  chip.PowerOn();
  EXPECT_TRUE(IsErased(chip));
}

TEST(FlashsimBackground, ACutInItsBeginIsToldByBusy) {
  SimFlash chip = BackgroundChip(2);
  chip.CutAt(0, {ProgramTear::kNone, EraseTear::kAllZero, 1});
  EXPECT_TRUE(chip.StartErase(1024, 1024));
  EXPECT_FALSE(chip.powered());
}

TEST(FlashsimBackground, AFailingEraseIsToldAtItsEnd) {
  SimFlash chip = BackgroundChip(2);
  chip.MakeBad(1, BadMode::kEraseFails);
  ASSERT_TRUE(chip.StartErase(1024, 1024));
  EXPECT_EQ(chip.Busy(), Status::kBusy);
  EXPECT_EQ(chip.Busy(), Status::kEraseError);
  EXPECT_EQ(chip.Busy(), Status::kEraseError);
}

}  // namespace
}  // namespace flashsim
