// The contract's rules: what the simulator refuses, and what it records.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <vector>

#include "flashsim/sim_flash.h"

namespace flashsim {
namespace {

using norlog::ProgramRule;
using norlog::Status;
using Bytes = std::vector<std::uint8_t>;

constexpr std::uint8_t kBlank = 0xFF;

ViolationKind OnlyViolation(const SimFlash& chip) {
  EXPECT_EQ(chip.violations().count(), 1U) << chip.violations().Report();
  return chip.violations().first().at(0).kind;
}

// A program of one 8-byte word of `value`, on a kOnce chip.
Status ProgramWord(SimFlash& chip, std::uint64_t address, std::uint8_t value) {
  return chip.Program(address, Bytes(8, value));
}

SimFlash OnceChip(ProgramRule rule = ProgramRule::kOnce) {
  return SimFlash(Toy(1024, 4, 8, rule), 1);
}

TEST(FlashsimRules, NewChipReadsErased) {
  SimFlash chip(Toy(1024, 4), 1);
  Bytes out(4096, 0);
  EXPECT_EQ(chip.Read(0, out), Status::kOk);
  EXPECT_EQ(out, Bytes(4096, kBlank));
}

TEST(FlashsimRules, ProgramClearsBitsAndEraseSetsThem) {
  SimFlash chip(Toy(1024, 4), 1);
  EXPECT_EQ(chip.Program(10, Bytes{0xF0, 0x5A}), Status::kOk);
  EXPECT_EQ(chip.Peek(9, 4), (Bytes{0xFF, 0xF0, 0x5A, 0xFF}));
  EXPECT_EQ(chip.Program(10, Bytes{0x30, 0x00}), Status::kOk);
  EXPECT_EQ(chip.Peek(9, 4), (Bytes{0xFF, 0x30, 0x00, 0xFF}));
  EXPECT_EQ(chip.Erase(0, 1024), Status::kOk);
  EXPECT_EQ(chip.Peek(0, 1024), Bytes(1024, kBlank));
  EXPECT_EQ(chip.violations().count(), 0U);
}

TEST(FlashsimRules, EraseLeavesItsNeighboursAlone) {
  SimFlash chip(Toy(256, 4), 1);  // units smaller than a leaf
  for (std::uint64_t unit = 0; unit < 4; ++unit) {
    ASSERT_EQ(chip.Program(unit * 256, Bytes(256, 0x11)), Status::kOk);
  }
  ASSERT_EQ(chip.Erase(256, 256), Status::kOk);
  EXPECT_EQ(chip.Peek(0, 256), Bytes(256, 0x11));
  EXPECT_EQ(chip.Peek(256, 256), Bytes(256, kBlank));
  EXPECT_EQ(chip.Peek(512, 512), Bytes(512, 0x11));
}

TEST(FlashsimRules, ZeroToOneIsCarriedOutAsAndAndRecorded) {
  SimFlash chip(Toy(1024, 4), 1);
  ASSERT_EQ(chip.Program(0, Bytes{0x0F}), Status::kOk);
  EXPECT_EQ(chip.Program(0, Bytes{0x3C}), Status::kOk);
  EXPECT_EQ(chip.Peek(0, 1), Bytes{0x0C});
  EXPECT_EQ(OnlyViolation(chip), ViolationKind::kZeroToOne);
}

TEST(FlashsimRules, SameOrBitClearingProgramIsAllowed) {
  SimFlash chip(Toy(1024, 4), 1);
  ASSERT_EQ(chip.Program(0, Bytes{0x0F}), Status::kOk);
  EXPECT_EQ(chip.Program(0, Bytes{0x0F}), Status::kOk);
  EXPECT_EQ(chip.Program(0, Bytes{0x00}), Status::kOk);
  EXPECT_EQ(chip.violations().count(), 0U);
}

TEST(FlashsimRules, ZeroToOneIsRecordedForATornProgramToo) {
  SimFlash chip(Toy(1024, 4), 1);
  ASSERT_EQ(chip.Program(0, Bytes{0x0F}), Status::kOk);
  chip.CutAt(0, Tear{});
  EXPECT_EQ(chip.Program(0, Bytes{0xFF}), Status::kNoPower);
  EXPECT_EQ(OnlyViolation(chip), ViolationKind::kZeroToOne);
}

TEST(FlashsimRules, MalformedCallsAreRefusedAndChangeNothing) {
  struct Case {
    ViolationKind kind;
    Status status;
    Status (*call)(SimFlash&);
  };
  const Case cases[] = {
      {ViolationKind::kMisaligned, Status::kMisaligned,
       [](SimFlash& chip) { return chip.Program(4, Bytes(8, 0)); }},
      {ViolationKind::kMisaligned, Status::kMisaligned,
       [](SimFlash& chip) { return chip.Program(8, Bytes(12, 0)); }},
      {ViolationKind::kPageCrossed, Status::kMisaligned,
       [](SimFlash& chip) { return chip.Program(248, Bytes(16, 0)); }},
      {ViolationKind::kZeroLength, Status::kMisaligned,
       [](SimFlash& chip) { return chip.Program(0, Bytes()); }},
      {ViolationKind::kOutOfBounds, Status::kOutOfBounds,
       [](SimFlash& chip) { return chip.Program(4096, Bytes(8, 0)); }},
      {ViolationKind::kOutOfBounds, Status::kOutOfBounds,
       [](SimFlash& chip) { return chip.Program(UINT64_MAX - 7, Bytes(8, 0)); }},
      {ViolationKind::kOutOfBounds, Status::kOutOfBounds,
       [](SimFlash& chip) { return chip.Erase(4096, 1024); }},
      {ViolationKind::kMisaligned, Status::kMisaligned,
       [](SimFlash& chip) { return chip.Erase(512, 1024); }},
      {ViolationKind::kEraseSize, Status::kMisaligned,
       [](SimFlash& chip) { return chip.Erase(0, 2048); }},
      {ViolationKind::kEraseSize, Status::kMisaligned,
       [](SimFlash& chip) { return chip.Erase(0, 0); }},
      {ViolationKind::kOutOfBounds, Status::kOutOfBounds,
       [](SimFlash& chip) {
         Bytes out(2);
         return chip.Read(4095, out);
       }},
  };
  for (const Case& c : cases) {
    SimFlash chip = OnceChip();
    EXPECT_EQ(c.call(chip), c.status) << Name(c.kind);
    EXPECT_EQ(OnlyViolation(chip), c.kind);
    EXPECT_EQ(chip.Peek(0, 4096), Bytes(4096, kBlank));
    EXPECT_EQ(chip.counters(), Counters());
    EXPECT_EQ(chip.op_count(), 0U);
  }
}

TEST(FlashsimRules, ReadOfNothingAndUpToTheEndIsFine) {
  SimFlash chip(Toy(1024, 4), 1);
  Bytes none;
  Bytes one(1);
  EXPECT_EQ(chip.Read(4096, none), Status::kOk);
  EXPECT_EQ(chip.Read(4095, one), Status::kOk);
  EXPECT_EQ(chip.violations().count(), 0U);
}

TEST(FlashsimRules, LargerErasesNeedTheirOwnAlignment) {
  SimFlash chip(W25Q(1), 1);
  ASSERT_EQ(chip.Program(0xFFFF, Bytes{0}), Status::kOk);
  EXPECT_EQ(chip.Erase(0, 64 * 1024), Status::kOk);
  EXPECT_EQ(chip.Peek(0xFFFF, 1), Bytes{kBlank});
  EXPECT_EQ(chip.Erase(32 * 1024, 32 * 1024), Status::kOk);
  EXPECT_EQ(chip.violations().count(), 0U);
  EXPECT_EQ(chip.Erase(32 * 1024, 64 * 1024), Status::kMisaligned);
  EXPECT_EQ(OnlyViolation(chip), ViolationKind::kMisaligned);
}

TEST(FlashsimRules, SecondProgramOfAOnceUnitIsRefused) {
  SimFlash chip = OnceChip();
  ASSERT_EQ(ProgramWord(chip, 8, 0x0F), Status::kOk);
  EXPECT_EQ(ProgramWord(chip, 8, 0x00), Status::kProgramError);
  EXPECT_EQ(chip.Peek(8, 8), Bytes(8, 0x0F));
  EXPECT_EQ(OnlyViolation(chip), ViolationKind::kSecondProgram);
}

TEST(FlashsimRules, ARefusedProgramUsesNoneOfItsUnits) {
  SimFlash chip = OnceChip();
  ASSERT_EQ(ProgramWord(chip, 8, 0x0F), Status::kOk);
  EXPECT_EQ(chip.Program(0, Bytes(16, 0x0F)), Status::kProgramError);
  chip.ClearViolations();
  EXPECT_EQ(ProgramWord(chip, 0, 0x0F), Status::kOk);
  EXPECT_EQ(chip.violations().count(), 0U);
}

TEST(FlashsimRules, AllFfProgramUsesAOnceUnitUp) {
  SimFlash chip = OnceChip();
  ASSERT_EQ(ProgramWord(chip, 0, 0xFF), Status::kOk);
  EXPECT_EQ(ProgramWord(chip, 0, 0x00), Status::kProgramError);
  EXPECT_EQ(OnlyViolation(chip), ViolationKind::kSecondProgram);
}

TEST(FlashsimRules, EraseMakesOnceUnitsFreshAgain) {
  SimFlash chip = OnceChip();
  ASSERT_EQ(ProgramWord(chip, 0, 0x0F), Status::kOk);
  ASSERT_EQ(chip.Erase(0, 1024), Status::kOk);
  EXPECT_EQ(ProgramWord(chip, 0, 0xF0), Status::kOk);
  EXPECT_EQ(chip.violations().count(), 0U);
}

TEST(FlashsimRules, OncePlusZeroAllowsOneMoreProgramOfZeros) {
  SimFlash chip = OnceChip(ProgramRule::kOncePlusZero);
  ASSERT_EQ(ProgramWord(chip, 0, 0x0F), Status::kOk);
  EXPECT_EQ(ProgramWord(chip, 0, 0x00), Status::kOk);
  EXPECT_EQ(chip.Peek(0, 8), Bytes(8, 0x00));
  EXPECT_EQ(chip.violations().count(), 0U);
  EXPECT_EQ(ProgramWord(chip, 0, 0x00), Status::kProgramError);
  EXPECT_EQ(OnlyViolation(chip), ViolationKind::kSecondProgram);
}

TEST(FlashsimRules, OncePlusZeroRefusesOtherValues) {
  SimFlash chip = OnceChip(ProgramRule::kOncePlusZero);
  ASSERT_EQ(ProgramWord(chip, 0, 0x0F), Status::kOk);
  EXPECT_EQ(ProgramWord(chip, 0, 0x01), Status::kProgramError);
  EXPECT_EQ(OnlyViolation(chip), ViolationKind::kSecondProgram);
}

TEST(FlashsimRules, OverwriteChangesBitsBothWays) {
  SimFlash chip(*FindProfile("fram256"), 1);
  ASSERT_EQ(chip.Program(0, Bytes{0x00, 0xF0}), Status::kOk);
  EXPECT_EQ(chip.Program(0, Bytes{0xFF, 0x0F}), Status::kOk);
  EXPECT_EQ(chip.Peek(0, 2), (Bytes{0xFF, 0x0F}));
  EXPECT_EQ(chip.violations().count(), 0U);
}

// A kOnce chip whose first word was torn without a trace, power on again.
SimFlash TornWordChip(TornUnitPolicy policy, ProgramTear tear = ProgramTear::kFalseBlank) {
  SimFlash chip = OnceChip();
  SimOptions options;
  options.torn_unit = policy;
  options.marginal_mode = MarginalMode::kPerCycle;
  chip.set_options(options);
  chip.CutAt(0, Tear{tear, EraseTear::kNone, 5});
  EXPECT_EQ(ProgramWord(chip, 0, 0x00), Status::kNoPower);
  chip.PowerOn();
  return chip;
}

TEST(FlashsimRules, TornOnceUnitWithoutTraceMayBeTriedOnceACycle) {
  SimFlash chip = TornWordChip(TornUnitPolicy::kRefuse);
  EXPECT_EQ(ProgramWord(chip, 0, 0x00), Status::kProgramError);
  EXPECT_EQ(chip.violations().count(), 0U);
  chip.PowerOn();
  EXPECT_EQ(ProgramWord(chip, 0, 0x00), Status::kProgramError);
  EXPECT_EQ(chip.violations().count(), 0U);
  EXPECT_EQ(ProgramWord(chip, 0, 0x00), Status::kProgramError);
  EXPECT_EQ(OnlyViolation(chip), ViolationKind::kSecondProgram);
}

TEST(FlashsimRules, TornOnceUnitAcceptedIsThenUsedUp) {
  SimFlash chip = TornWordChip(TornUnitPolicy::kAccept);
  EXPECT_EQ(ProgramWord(chip, 0, 0x00), Status::kOk);
  EXPECT_EQ(chip.Peek(0, 8), Bytes(8, 0x00));
  chip.PowerOn();
  EXPECT_EQ(ProgramWord(chip, 0, 0x00), Status::kProgramError);
  EXPECT_EQ(OnlyViolation(chip), ViolationKind::kSecondProgram);
}

TEST(FlashsimRules, TornOnceUnitWithRandomPolicyDoesBoth) {
  int accepted = 0;
  SimFlash chip = TornWordChip(TornUnitPolicy::kRandom);
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    SimFlash fork = chip;
    fork.Reseed(seed);
    accepted += norlog::Ok(ProgramWord(fork, 0, 0x00)) ? 1 : 0;
  }
  EXPECT_GT(accepted, 25);
  EXPECT_LT(accepted, 75);
}

TEST(FlashsimRules, TornOnceUnitWithATraceIsUsedUp) {
  SimFlash chip = TornWordChip(TornUnitPolicy::kAccept, ProgramTear::kOneBit);
  EXPECT_EQ(ProgramWord(chip, 0, 0x00), Status::kProgramError);
  EXPECT_EQ(OnlyViolation(chip), ViolationKind::kSecondProgram);
}

TEST(FlashsimRules, UnitsThatATornPrefixDidNotReachStayFresh) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    SimFlash chip = OnceChip();
    chip.CutAt(0, Tear{ProgramTear::kBytePrefix, EraseTear::kNone, seed});
    ASSERT_EQ(chip.Program(0, Bytes(32, 0x00)), Status::kNoPower);
    chip.PowerOn();
    std::uint64_t unit = 0;  // the first whose end still reads FF is torn or fresh
    while (unit < 32 && chip.Peek(unit + 7, 1) == Bytes{0x00}) unit += 8;
    for (std::uint64_t fresh = unit + 8; fresh < 32; fresh += 8) {
      EXPECT_EQ(ProgramWord(chip, fresh, 0x00), Status::kOk);
    }
    EXPECT_EQ(chip.violations().count(), 0U) << chip.violations().Report();
  }
}

TEST(FlashsimRules, AfterATornEraseOnceUnitsMustBeErasedAgain) {
  SimFlash chip = OnceChip();
  ASSERT_EQ(ProgramWord(chip, 0, 0x0F), Status::kOk);
  chip.CutAt(0, Tear{ProgramTear::kNone, EraseTear::kBlankMarginal, 5});
  ASSERT_EQ(chip.Erase(0, 1024), Status::kNoPower);
  chip.PowerOn();
  EXPECT_EQ(ProgramWord(chip, 512, 0x0F), Status::kProgramError);
  EXPECT_EQ(OnlyViolation(chip), ViolationKind::kSecondProgram);
  EXPECT_EQ(chip.Erase(0, 1024), Status::kOk);
  EXPECT_EQ(ProgramWord(chip, 512, 0x0F), Status::kOk);
}

TEST(FlashsimRules, AfterATornEraseZerosMayBeTriedOnceACycleWhereNothingIsSeen) {
  SimFlash chip = OnceChip();
  ASSERT_EQ(ProgramWord(chip, 0, 0x0F), Status::kOk);
  chip.CutAt(0, Tear{ProgramTear::kNone, EraseTear::kBlankMarginal, 5});
  ASSERT_EQ(chip.Erase(0, 1024), Status::kNoPower);
  chip.PowerOn();
  (void)ProgramWord(chip, 512, 0x00);
  EXPECT_EQ(chip.violations().count(), 0U) << chip.violations().Report();
  EXPECT_EQ(ProgramWord(chip, 512, 0x00), Status::kProgramError);
  EXPECT_EQ(OnlyViolation(chip), ViolationKind::kSecondProgram);
}

TEST(FlashsimRules, CallsWithoutPowerAreViolationsOnceTheCallerKnows) {
  SimFlash chip(Toy(1024, 4), 1);
  chip.CutAt(0, Tear{});
  EXPECT_EQ(chip.Program(0, Bytes{0}), Status::kNoPower);  // this is how it learns
  EXPECT_EQ(chip.violations().count(), 0U);
  Bytes out(1);
  EXPECT_EQ(chip.Read(0, out), Status::kNoPower);
  EXPECT_EQ(chip.Program(0, Bytes{0}), Status::kNoPower);
  EXPECT_EQ(chip.Erase(0, 1024), Status::kNoPower);
  EXPECT_EQ(chip.Sync(), Status::kNoPower);
  EXPECT_EQ(chip.violations().count(), 4U);
  EXPECT_EQ(chip.violations().first()[0].kind, ViolationKind::kNoPower);
}

TEST(FlashsimRules, FirstCallAfterACutBetweenOperationsIsExcused) {
  SimFlash chip(Toy(1024, 4), 1);
  chip.CutNow();
  EXPECT_EQ(chip.Sync(), Status::kNoPower);
  EXPECT_EQ(chip.violations().count(), 0U);
  EXPECT_EQ(chip.Sync(), Status::kNoPower);
  EXPECT_EQ(OnlyViolation(chip), ViolationKind::kNoPower);
}

TEST(FlashsimRules, ViolationsAreCountedAllAndKeptUpToALimit) {
  SimFlash chip(Toy(1024, 4), 1);
  for (int i = 0; i < 40; ++i) EXPECT_EQ(chip.Program(4096, Bytes{0}), Status::kOutOfBounds);
  EXPECT_EQ(chip.violations().count(), 40U);
  EXPECT_EQ(chip.violations().first().size(), 32U);
  const std::string report = chip.violations().Report();
  EXPECT_NE(report.find("kOutOfBounds: Program of 1 B at 0x1000 (after 0 operations)"),
            std::string::npos)
      << report;
  EXPECT_NE(report.find("... and 8 more"), std::string::npos);
}

TEST(FlashsimRules, EveryNthReadFails) {
  SimFlash chip(Toy(1024, 4), 1);
  SimOptions options;
  options.read_error_every = 3;
  chip.set_options(options);
  Bytes out(4);
  for (int i = 1; i <= 9; ++i) {
    EXPECT_EQ(chip.Read(0, out), i % 3 == 0 ? Status::kReadError : Status::kOk) << i;
  }
}

TEST(FlashsimRules, ReadErrorProbabilityIsAboutWhatWasAskedFor) {
  SimFlash chip(Toy(1024, 4), 1);
  SimOptions options;
  options.read_error_ppm = 250'000;
  chip.set_options(options);
  int errors = 0;
  Bytes out(4);
  for (int i = 0; i < 4000; ++i) errors += norlog::Ok(chip.Read(0, out)) ? 0 : 1;
  EXPECT_GT(errors, 850);
  EXPECT_LT(errors, 1150);
}

TEST(FlashsimRules, TornOnceWordMayReadAsEccErrorUntilErased) {
  SimFlash chip = TornWordChip(TornUnitPolicy::kRefuse, ProgramTear::kRandomBits50);
  SimOptions options = chip.options();
  options.torn_read_error_ppm = 1'000'000;
  chip.set_options(options);
  Bytes out(4);
  EXPECT_EQ(chip.Read(6, out), Status::kReadError);  // touches the torn word's end
  EXPECT_EQ(chip.Read(8, out), Status::kOk);
  ASSERT_EQ(chip.Erase(0, 1024), Status::kOk);
  EXPECT_EQ(chip.Read(0, out), Status::kOk);
}

}  // namespace
}  // namespace flashsim
