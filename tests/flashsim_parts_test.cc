// The 23 classes by number, and the profiles that bundle them.
#include <gtest/gtest.h>

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "flashsim/hal.h"
#include "flashsim/sim_flash.h"

namespace flashsim {
namespace {

using norlog::Status;
using Bytes = std::vector<std::uint8_t>;

SimFlash Part(std::string_view name) {
  return SimFlash(*FindProfile(name), 1);
}

TEST(FlashsimFaultClass, AreTwentyThreeWithDistinctNames) {
  std::set<std::string> names;
  for (const FaultClass fault : AllFaultClasses()) names.insert(Name(fault));
  EXPECT_EQ(names.size(), 23U);
  EXPECT_EQ(static_cast<int>(AllFaultClasses().front()), 1);
  EXPECT_EQ(static_cast<int>(AllFaultClasses().back()), 23);
}

TEST(FlashsimFaultClass, ThreeToTenHaveAllPicturesButNoneAndAll) {
  std::set<ProgramTear> programs = {ProgramTear::kNone, ProgramTear::kAll};
  std::set<EraseTear> erases = {EraseTear::kNone, EraseTear::kAll};
  for (const FaultClass fault : AllFaultClasses()) {
    const int number = static_cast<int>(fault);
    EXPECT_EQ(!TearsOf(fault).empty(), number >= 3 && number <= 10) << Name(fault);
    for (const Tear& tear : TearsOf(fault)) {
      programs.insert(tear.program);
      erases.insert(tear.erase);
    }
  }
  EXPECT_EQ(programs.size(), kProgramTears.size());
  EXPECT_EQ(erases.size(), kEraseTears.size());
}

TEST(FlashsimFaultClass, ThoseThatHarmCommittedDataAreKnown) {
  EXPECT_FALSE(CanHarmCommittedData({}));
  for (const FaultClass fault : AllFaultClasses()) {
    SimOptions options;
    Enable(fault, options);
    const bool harms = fault == FaultClass::kCollateral || fault == FaultClass::kMcuReset ||
                       fault == FaultClass::kWrongAddress || fault == FaultClass::kRetention;
    EXPECT_EQ(CanHarmCommittedData(options), harms) << Name(fault);
  }
  SimOptions worn;
  Enable(FaultClass::kWearOut, worn);
  worn.endurance_mode = BadMode::kProgramFails;
  EXPECT_FALSE(CanHarmCommittedData(worn)) << "it says so";
  worn.endurance_mode = BadMode::kSilentProgram;
  EXPECT_TRUE(CanHarmCommittedData(worn));
  worn.endurance_mode = BadMode::kStuckBit;
  EXPECT_TRUE(CanHarmCommittedData(worn));
}

TEST(FlashsimClass1AndOnly, ZerosStayUntilAnErase) {
  SimFlash chip(Toy(1024, 4), 1);
  ASSERT_EQ(chip.Program(0, Bytes{0x0F}), Status::kOk);
  ASSERT_EQ(chip.Program(0, Bytes{0xF3}), Status::kOk);
  EXPECT_EQ(chip.Peek(0, 1), Bytes{0x03});
  ASSERT_EQ(chip.Erase(0, 1024), Status::kOk);
  EXPECT_EQ(chip.Peek(0, 1), Bytes{0xFF});
}

TEST(FlashsimClass2CutBetween, LeavesAllBitsAsTheyAre) {
  SimFlash chip(Toy(1024, 4), 1);
  ASSERT_EQ(chip.Program(0, Bytes{0x0F}), Status::kOk);
  chip.CutNow();
  EXPECT_EQ(chip.Erase(0, 1024), Status::kNoPower);
  chip.PowerOn();
  EXPECT_EQ(chip.Peek(0, 2), (Bytes{0x0F, 0xFF}));
}

// Classes 3 to 10: every picture of a class changes cells in the scope of the
// operation that it tears, and nothing else. (Bit by bit: flashsim_tears_test.)
TEST(FlashsimClass3To10Tears, EachPictureFires) {
  for (const FaultClass fault : AllFaultClasses()) {
    for (Tear tear : TearsOf(fault)) {
      tear.seed = 3;
      SimFlash chip(Toy(1024, 4), 1);
      ASSERT_EQ(chip.Program(1024, Bytes(16, 0x3C)), Status::kOk);
      const bool program = tear.program != ProgramTear::kNone;
      chip.CutAt(0, tear);
      EXPECT_EQ(program ? chip.Program(1040, Bytes(16, 0x5A)) : chip.Erase(1024, 1024),
                Status::kNoPower);
      bool changed = false;
      for (std::uint64_t i = 1024; i < 2048; ++i) {
        const std::uint8_t before = i < 1040 ? 0x3C : 0xFF;
        changed = changed || chip.Peek(i, 1)[0] != before || chip.MarginalMask(i) != 0;
      }
      EXPECT_TRUE(changed) << Name(fault);
      EXPECT_EQ(chip.Peek(0, 1024), Bytes(1024, 0xFF));
      if (program) {
        EXPECT_EQ(chip.Peek(1024, 16), Bytes(16, 0x3C));
      }
    }
  }
}

TEST(FlashsimClass19ReadErrors, AreTransient) {
  SimFlash chip(Toy(1024, 4), 1);
  SimOptions options;
  Enable(FaultClass::kReadErrors, options);
  chip.set_options(options);
  int errors = 0;
  Bytes out(4);
  for (int i = 0; i < 10'000; ++i) errors += chip.Read(0, out) == Status::kReadError ? 1 : 0;
  EXPECT_NEAR(errors, 100, 35);
}

TEST(FlashsimRandomTear, DrawsOnlyWhatThePartShows) {
  const SimOptions fram = FindProfile("fram")->sim;
  Rng rng(1);
  std::set<ProgramTear> programs;
  std::set<EraseTear> erases;
  for (int i = 0; i < 200; ++i) {
    const Tear tear = RandomTear(fram, rng);
    programs.insert(tear.program);
    erases.insert(tear.erase);
  }
  EXPECT_EQ(programs, (std::set<ProgramTear>{ProgramTear::kNone, ProgramTear::kAll,
                                             ProgramTear::kBytePrefix}));
  EXPECT_EQ(erases, (std::set<EraseTear>{EraseTear::kNone, EraseTear::kAll, EraseTear::kFfPrefix}));
}

TEST(FlashsimRandomTear, NoMaskMeansAllAndAnEmptyMaskNone) {
  SimOptions options;
  Rng rng(1);
  std::set<ProgramTear> programs;
  for (int i = 0; i < 500; ++i) programs.insert(RandomTear(options, rng).program);
  EXPECT_EQ(programs.size(), kProgramTears.size());
  options.program_tears = 0;
  for (int i = 0; i < 20; ++i) EXPECT_EQ(RandomTear(options, rng).program, ProgramTear::kNone);
}

TEST(FlashsimParts, NamesAreDistinctAndAChipHasItsPartsFaults) {
  std::set<std::string> names;
  for (const Profile& profile : Profiles()) names.insert(profile.name);
  EXPECT_EQ(names.size(), Profiles().size());
  EXPECT_GE(Profiles().size(), 21U);
  EXPECT_EQ(Part("sst26").options().collateral_ppm, 20'000U);
  EXPECT_EQ(Part("w25q8").options().collateral_ppm, 0U);
}

TEST(FlashsimParts, ThoseThatHarmCommittedDataAreThree) {
  std::set<std::string> harming;
  for (const Profile& profile : Profiles()) {
    if (CanHarmCommittedData(profile.sim)) harming.insert(profile.name);
  }
  EXPECT_EQ(harming, (std::set<std::string>{"aged", "brownout", "sst26"}));
}

TEST(FlashsimParts, OnlyThoseThatWrapTakeAProgramAcrossAPage) {
  EXPECT_EQ(Part("w25q64").Program(255, Bytes(2, 0)), Status::kOk);
  EXPECT_EQ(Part("w25q8").Program(255, Bytes(2, 0)), Status::kMisaligned);
}

TEST(FlashsimParts, SemperRefusesASecondProgramAndStm32H7BreaksTheWord) {
  SimFlash semper = Part("semper");
  ASSERT_EQ(semper.Program(0, Bytes(16, 0x12)), Status::kOk);
  EXPECT_EQ(semper.Program(0, Bytes(16, 0x12)), Status::kProgramError);
  SimFlash h7 = Part("stm32h7");
  ASSERT_EQ(h7.Program(0, Bytes(32, 0x12)), Status::kOk);
  EXPECT_EQ(h7.Program(0, Bytes(32, 0x12)), Status::kOk);
  Bytes out(1);
  EXPECT_EQ(h7.Read(0, out), Status::kReadError);
}

TEST(FlashsimParts, Stm32L4TakesZerosOnTop) {
  SimFlash chip = Part("stm32l4");
  ASSERT_EQ(chip.Program(0, Bytes(8, 0x12)), Status::kOk);
  EXPECT_EQ(chip.Program(0, Bytes(8, 0x00)), Status::kOk);
  EXPECT_EQ(chip.violations().count(), 0U);
}

TEST(FlashsimParts, Nrf52CountsItsPrograms) {
  SimFlash chip = Part("nrf52");
  ASSERT_EQ(chip.options().max_programs_per_unit, 2);
  ASSERT_EQ(chip.Program(0, Bytes(4, 0x12)), Status::kOk);
  ASSERT_EQ(chip.Program(0, Bytes(4, 0x00)), Status::kOk);
  EXPECT_EQ(chip.violations().count(), 0U);
  SimOptions options = chip.options();
  options.torn_unit = TornUnitPolicy::kAccept;
  chip.set_options(options);
  for (int i = 0; i < 3; ++i) {
    chip.CutAt(0, {ProgramTear::kOneBit, EraseTear::kNone, 1});
    ASSERT_EQ(chip.Program(4, Bytes(4, 0x00)), Status::kNoPower);
    chip.PowerOn();
  }
  EXPECT_EQ(chip.violations().first().at(0).kind, ViolationKind::kProgramLimit);
}

TEST(FlashsimParts, Lpc55NeedsItsPort) {
  const Profile& part = *FindProfile("lpc55");
  SimFlash chip(part, 1);
  PartHal hal(chip, part.shim);
  Bytes out(32);
  EXPECT_EQ(chip.Read(0, out), Status::kReadError);
  EXPECT_EQ(hal.Read(0, out), Status::kOk);
  EXPECT_EQ(out, Bytes(32, 0xFF));
}

TEST(FlashsimParts, SdCardLosesWhatWasNotSynced) {
  int lost = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    SimFlash chip(*FindProfile("sdcard"), seed);
    ASSERT_EQ(chip.Program(0, Bytes(512, 0x12)), Status::kOk);
    chip.CutNow();
    lost += chip.Peek(0, 1)[0] == 0xFF ? 1 : 0;
  }
  EXPECT_GT(lost, 3);
  EXPECT_LT(lost, 17);
}

}  // namespace
}  // namespace flashsim
