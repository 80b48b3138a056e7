// How marginal cells read: from read to read, from power cycle to power cycle.
#include <gtest/gtest.h>

#include <cstdint>
#include <set>
#include <vector>

#include "flashsim/sim_flash.h"

namespace flashsim {
namespace {

using norlog::Status;
using Bytes = std::vector<std::uint8_t>;

const Bytes kData(16, 0xA5);
const Bytes kBlank(16, 0xFF);

// A chip on which a program of kData at 0 was torn, power on again (cycle 1).
SimFlash TornChip(ProgramTear kind, MarginalMode mode, std::uint32_t first_look_cycles = 1) {
  SimFlash chip(Toy(1024, 4), 1);
  SimOptions options;
  options.marginal_mode = mode;
  options.first_look_cycles = first_look_cycles;
  chip.set_options(options);
  chip.CutAt(0, Tear{kind, EraseTear::kNone, 3});
  EXPECT_EQ(chip.Program(0, kData), Status::kNoPower);
  chip.PowerOn();
  return chip;
}

Bytes ReadData(SimFlash& chip) {
  Bytes out(kData.size());
  EXPECT_EQ(chip.Read(0, out), Status::kOk);
  return out;
}

TEST(FlashsimMarginal, FirstCycleKeepsUpTheAppearance) {
  for (const MarginalMode mode :
       {MarginalMode::kPerRead, MarginalMode::kPerCycle, MarginalMode::kPerCycleBits}) {
    SimFlash complete = TornChip(ProgramTear::kCompleteMarginal, mode);
    SimFlash blank = TornChip(ProgramTear::kFalseBlank, mode);
    for (int i = 0; i < 20; ++i) {
      EXPECT_EQ(ReadData(complete), kData);
      EXPECT_EQ(ReadData(blank), kBlank);
    }
  }
}

TEST(FlashsimMarginal, FirstLookCanBeSwitchedOff) {
  SimFlash chip = TornChip(ProgramTear::kCompleteMarginal, MarginalMode::kPerRead, 0);
  std::set<Bytes> seen;
  for (int i = 0; i < 20; ++i) seen.insert(ReadData(chip));
  EXPECT_GT(seen.size(), 15U);
}

TEST(FlashsimMarginal, PerReadDiffersFromReadToReadInMarginalBitsOnly) {
  SimFlash chip = TornChip(ProgramTear::kCompleteMarginal, MarginalMode::kPerRead);
  chip.PowerOn();
  std::set<Bytes> seen;
  for (int i = 0; i < 20; ++i) {
    const Bytes bytes = ReadData(chip);
    for (const std::uint8_t byte : bytes) EXPECT_EQ(byte & 0xA5, 0xA5);
    seen.insert(bytes);
  }
  EXPECT_GT(seen.size(), 15U);
}

TEST(FlashsimMarginal, PerCycleIsThereAtOneMountAndGoneAtTheNext) {
  for (const ProgramTear kind : {ProgramTear::kCompleteMarginal, ProgramTear::kFalseBlank}) {
    SimFlash chip = TornChip(kind, MarginalMode::kPerCycle);
    int complete = 0;
    int blank = 0;
    for (int cycle = 0; cycle < 100; ++cycle) {
      chip.PowerOn();
      const Bytes bytes = ReadData(chip);
      EXPECT_EQ(ReadData(chip), bytes) << "stable within the cycle";
      complete += bytes == kData;
      blank += bytes == kBlank;
    }
    EXPECT_EQ(complete + blank, 100) << "all or nothing";
    EXPECT_GT(complete, 25);
    EXPECT_GT(blank, 25);
  }
}

TEST(FlashsimMarginal, PerCycleBitsIsStableWithinACycleAndMixed) {
  SimFlash chip = TornChip(ProgramTear::kFalseBlank, MarginalMode::kPerCycleBits);
  std::set<Bytes> seen;
  for (int cycle = 0; cycle < 20; ++cycle) {
    chip.PowerOn();
    const Bytes bytes = ReadData(chip);
    for (int i = 0; i < 5; ++i) EXPECT_EQ(ReadData(chip), bytes);
    // A part of a range reads the same as the whole.
    Bytes tail(6);
    EXPECT_EQ(chip.Read(10, tail), Status::kOk);
    EXPECT_EQ(tail, Bytes(bytes.begin() + 10, bytes.end()));
    seen.insert(bytes);
  }
  EXPECT_GT(seen.size(), 15U);
}

TEST(FlashsimMarginal, MixedUsesEveryModeAndKeepsItForATear) {
  int stable = 0;
  int whole = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    SimFlash chip(Toy(1024, 4), seed);
    chip.CutAt(0, Tear{ProgramTear::kFalseBlank, EraseTear::kNone, 3});
    ASSERT_EQ(chip.Program(0, kData), Status::kNoPower);
    chip.PowerOn();
    chip.PowerOn();
    const Bytes bytes = ReadData(chip);
    const bool is_stable = ReadData(chip) == bytes;
    stable += is_stable;
    whole += is_stable && (bytes == kData || bytes == kBlank);
  }
  EXPECT_NEAR(stable, 40, 12);  // two modes of three
  EXPECT_NEAR(whole, 20, 12);   // one of three
}

TEST(FlashsimMarginal, FalseBlankMakesTheNextProgramLandWrong) {
  SimFlash chip = TornChip(ProgramTear::kFalseBlank, MarginalMode::kPerCycleBits);
  const Bytes other(16, 0xF0);
  EXPECT_EQ(ReadData(chip), kBlank);
  ASSERT_EQ(chip.Program(0, other), Status::kOk);
  EXPECT_EQ(chip.violations().count(), 0U) << "the caller could not know";
  EXPECT_EQ(ReadData(chip), other);
  chip.PowerOn();
  EXPECT_NE(ReadData(chip), other);
}

TEST(FlashsimMarginal, WantingAOneOverACellThatOnlySeemsZeroIsNoViolation) {
  SimFlash chip = TornChip(ProgramTear::kCompleteMarginal, MarginalMode::kPerCycle);
  ASSERT_EQ(chip.Program(0, kBlank), Status::kOk);
  EXPECT_EQ(chip.violations().count(), 0U) << chip.violations().Report();
  EXPECT_EQ(chip.MarginalMask(0), 0x5A);
}

TEST(FlashsimMarginal, ProgrammingZeroMakesACellSolid) {
  SimFlash chip = TornChip(ProgramTear::kFalseBlank, MarginalMode::kPerRead);
  ASSERT_EQ(chip.Program(0, Bytes(16, 0x00)), Status::kOk);
  chip.PowerOn();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(ReadData(chip), Bytes(16, 0x00));
  EXPECT_EQ(chip.MarginalMask(0), 0x00);
}

TEST(FlashsimMarginal, ProgrammingOneLeavesACellMarginal) {
  SimFlash chip = TornChip(ProgramTear::kFalseBlank, MarginalMode::kPerRead);
  ASSERT_EQ(chip.Program(0, Bytes(16, 0xFE)), Status::kOk);
  EXPECT_EQ(chip.MarginalMask(0), 0x5A);
  ASSERT_EQ(chip.Program(0, Bytes(16, 0xFC)), Status::kOk);
  EXPECT_EQ(chip.MarginalMask(0), 0x58);
}

TEST(FlashsimMarginal, ACompletedEraseMakesAllSolid) {
  for (const EraseTear kind : {EraseTear::kBlankMarginal, EraseTear::kUntouchedMarginal}) {
    SimFlash chip(Toy(1024, 4), 1);
    ASSERT_EQ(chip.Program(0, kData), Status::kOk);
    chip.CutAt(0, Tear{ProgramTear::kNone, kind, 3});
    ASSERT_EQ(chip.Erase(0, 1024), Status::kNoPower);
    chip.PowerOn();
    EXPECT_EQ(ReadData(chip), kind == EraseTear::kBlankMarginal ? kBlank : kData);
    EXPECT_NE(chip.MarginalMask(0), 0x00);
    ASSERT_EQ(chip.Erase(0, 1024), Status::kOk);
    chip.PowerOn();
    EXPECT_EQ(chip.MarginalMask(0), 0x00);
    EXPECT_EQ(ReadData(chip), kBlank);
  }
}

TEST(FlashsimMarginal, BlankMarginalMayReadItsOldContentLater) {
  SimFlash chip(Toy(1024, 4), 1);
  SimOptions options;
  options.marginal_mode = MarginalMode::kPerCycle;
  chip.set_options(options);
  ASSERT_EQ(chip.Program(0, kData), Status::kOk);
  chip.CutAt(0, Tear{ProgramTear::kNone, EraseTear::kBlankMarginal, 3});
  ASSERT_EQ(chip.Erase(0, 1024), Status::kNoPower);
  std::set<Bytes> seen;
  for (int cycle = 0; cycle < 30; ++cycle) {
    chip.PowerOn();
    seen.insert(ReadData(chip));
  }
  EXPECT_EQ(seen, (std::set<Bytes>{kBlank, kData}));
}

TEST(FlashsimMarginal, ATearThatDidNotReachACellLeavesItsBehaviour) {
  SimFlash chip = TornChip(ProgramTear::kCompleteMarginal, MarginalMode::kPerCycle);
  for (int cycle = 0; cycle < 40; ++cycle) {
    SimFlash twin = chip;
    twin.CutAt(0, Tear{ProgramTear::kNone, EraseTear::kNone, 3});
    ASSERT_EQ(twin.Program(0, kData), Status::kNoPower);
    twin.PowerOn();
    chip.PowerOn();
    ASSERT_EQ(ReadData(twin), ReadData(chip)) << cycle;
  }
}

TEST(FlashsimMarginal, ReadingThroughALeafBoundaryFindsMarginalCells) {
  SimFlash chip(Toy(1024, 4), 1);
  SimOptions options;
  options.marginal_mode = MarginalMode::kPerRead;
  options.first_look_cycles = 0;
  chip.set_options(options);
  chip.CutAt(0, Tear{ProgramTear::kFalseBlank, EraseTear::kNone, 3});
  ASSERT_EQ(chip.Program(512, Bytes(8, 0x00)), Status::kNoPower);
  chip.PowerOn();
  Bytes out(16);
  ASSERT_EQ(chip.Read(504, out), Status::kOk);
  EXPECT_EQ(Bytes(out.begin(), out.begin() + 8), Bytes(8, 0xFF));
  EXPECT_NE(Bytes(out.begin() + 8, out.end()), Bytes(8, 0xFF));
  // The other way round: the marginal leaf first, then a solid one.
  ASSERT_EQ(chip.Program(1024, Bytes(8, 0x00)), Status::kOk);
  Bytes tail(520);
  ASSERT_EQ(chip.Read(512, tail), Status::kOk);
  EXPECT_NE(Bytes(tail.begin(), tail.begin() + 8), Bytes(8, 0xFF));
}

}  // namespace
}  // namespace flashsim
