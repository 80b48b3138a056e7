// What lies around the array: classes 15, 16, 17, 21 and 23.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "flashsim/sim_flash.h"

namespace flashsim {
namespace {

using norlog::Status;
using Bytes = std::vector<std::uint8_t>;

constexpr std::uint8_t kBlank = 0xFF;

SimFlash ChipWith(const SimOptions& options) {
  SimFlash chip(Toy(1024, 4, 4), 1);
  chip.set_options(options);
  return chip;
}

SimOptions Limits(std::uint16_t per_unit, std::uint16_t per_block) {
  SimOptions options;
  options.max_programs_per_unit = per_unit;
  options.max_programs_per_block = per_block;
  options.program_block_bytes = 512;
  return options;
}

TEST(FlashsimClass15ProgramLimit, OneMoreThanAWordTakesIsAViolationAndCarriedOut) {
  SimFlash chip = ChipWith(Limits(2, 0));
  ASSERT_EQ(chip.Program(8, Bytes(4, 0xFE)), Status::kOk);
  ASSERT_EQ(chip.Program(8, Bytes(4, 0xFC)), Status::kOk);
  EXPECT_EQ(chip.violations().count(), 0U);
  EXPECT_EQ(chip.Program(8, Bytes(4, 0xF8)), Status::kOk);
  EXPECT_EQ(chip.violations().Report(),
            "kProgramLimit: Program of 4 B at 0x8 (after 2 operations)\n");
  EXPECT_EQ(chip.Peek(8, 4), Bytes(4, 0xF8));
}

TEST(FlashsimClass15ProgramLimit, ABlockCountsTheOperationsThatTouchIt) {
  SimFlash chip = ChipWith(Limits(0, 3));
  for (std::uint64_t at = 512; at < 512 + 3 * 8; at += 8) {
    ASSERT_EQ(chip.Program(at, Bytes(8, 0)), Status::kOk);
  }
  ASSERT_EQ(chip.Program(0, Bytes(4, 0)), Status::kOk) << "another block";
  EXPECT_EQ(chip.violations().count(), 0U);
  ASSERT_EQ(chip.Program(1020, Bytes(4, 0)), Status::kOk);
  EXPECT_EQ(chip.violations().count(), 1U);
}

TEST(FlashsimClass15ProgramLimit, WhatMaySeemBlankDoesNotCount) {
  SimFlash chip = ChipWith(Limits(1, 0));
  for (const ProgramTear tear :
       {ProgramTear::kNone, ProgramTear::kFalseBlank, ProgramTear::kCompleteMarginal}) {
    chip.CutAt(0, {tear, EraseTear::kNone, 1});
    ASSERT_EQ(chip.Program(0, Bytes(4, 0)), Status::kNoPower);
    chip.PowerOn();
  }
  ASSERT_EQ(chip.Program(0, Bytes(4, 0)), Status::kOk);
  EXPECT_EQ(chip.violations().count(), 0U);
  chip.CutAt(0, {ProgramTear::kNone, EraseTear::kBlankMarginal, 1});
  ASSERT_EQ(chip.Erase(0, 1024), Status::kNoPower);
  chip.PowerOn();
  ASSERT_EQ(chip.Program(0, Bytes(4, 0)), Status::kOk);
  EXPECT_EQ(chip.violations().count(), 0U);
}

TEST(FlashsimClass15ProgramLimit, TornProgramsCountAndErasesStartAgain) {
  SimFlash chip = ChipWith(Limits(1, 0));
  chip.CutAt(0, {ProgramTear::kOneBit, EraseTear::kNone, 1});
  ASSERT_EQ(chip.Program(0, Bytes(4, 0)), Status::kNoPower);
  chip.PowerOn();
  ASSERT_EQ(chip.Program(0, Bytes(4, 0)), Status::kOk);
  EXPECT_EQ(chip.violations().count(), 1U);
  chip.ClearViolations();
  chip.CutAt(0, {ProgramTear::kNone, EraseTear::kPreProgram, 1});
  ASSERT_EQ(chip.Erase(0, 1024), Status::kNoPower);
  chip.PowerOn();
  ASSERT_EQ(chip.Program(0, Bytes(4, 0)), Status::kOk);
  EXPECT_EQ(chip.violations().count(), 1U) << "a torn erase proves nothing";
  chip.ClearViolations();
  ASSERT_EQ(chip.Erase(0, 1024), Status::kOk);
  ASSERT_EQ(chip.Program(0, Bytes(4, 0)), Status::kOk);
  EXPECT_EQ(chip.violations().count(), 0U);
}

TEST(FlashsimClass16PageWrap, WhatPassesThePageEndLandsAtItsBeginning) {
  SimOptions options;
  options.page_wrap = true;
  SimFlash chip = ChipWith(options);
  EXPECT_EQ(chip.Program(256 + 248, Bytes{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}), Status::kOk);
  EXPECT_EQ(chip.violations().Report(),
            "kPageCrossed: Program of 12 B at 0x1F8 (after 0 operations)\n");
  EXPECT_EQ(chip.Peek(504, 8), (Bytes{1, 2, 3, 4, 5, 6, 7, 8}));
  EXPECT_EQ(chip.Peek(256, 5), (Bytes{9, 10, 11, 12, kBlank}));
  EXPECT_EQ(chip.Peek(512, 4), Bytes(4, kBlank)) << "the next page has nothing";
}

TEST(FlashsimClass16PageWrap, OfMoreThanAPageTheLastPageCounts) {
  SimOptions options;
  options.page_wrap = true;
  SimFlash chip = ChipWith(options);
  Bytes data(260, 0x55);
  std::fill(data.begin(), data.begin() + 4, std::uint8_t{0x00});
  EXPECT_EQ(chip.Program(8, data), Status::kOk);
  EXPECT_EQ(chip.Peek(0, 256), Bytes(256, 0x55)) << "the zeros are lost";
  EXPECT_EQ(chip.Peek(256, 768), Bytes(768, kBlank));
}

TEST(FlashsimClass16PageWrap, IsRefusedWhereItIsNotSwitchedOn) {
  SimFlash chip = ChipWith({});
  EXPECT_EQ(chip.Program(248, Bytes(12, 0)), Status::kMisaligned);
  EXPECT_EQ(chip.Peek(0, 1024), Bytes(1024, kBlank));
}

TEST(FlashsimClass17McuReset, TheOperationCompletesAndItsCallerNeverHears) {
  SimFlash chip = ChipWith({});
  ASSERT_EQ(chip.Program(1024, Bytes(8, 0)), Status::kOk);
  chip.ResetAt(1);
  EXPECT_EQ(chip.Program(0, Bytes(4, 0x12)), Status::kOk);
  EXPECT_EQ(chip.Erase(1024, 1024), Status::kNoPower);
  EXPECT_EQ(chip.Peek(1024, 8), Bytes(8, kBlank));
  EXPECT_FALSE(chip.powered());
  EXPECT_TRUE(chip.last_cut().mcu_reset);
  EXPECT_EQ(ToString(chip.last_cut()),
            "erase of 1024 B at 0x400 completed behind an MCU reset (operation 2)");
  EXPECT_EQ(chip.counters().resets, 1U);
  EXPECT_EQ(chip.counters().cuts, 0U);
}

TEST(FlashsimClass17McuReset, TheProgramCompletesTooAndNoPowerCycleBegins) {
  SimFlash chip = ChipWith({});
  chip.ResetAt(0);
  EXPECT_EQ(chip.Program(0, Bytes(4, 0x12)), Status::kNoPower);
  chip.PowerOn();
  EXPECT_EQ(chip.power_cycle(), 0U);
  Bytes out(4);
  EXPECT_EQ(chip.Read(0, out), Status::kOk);
  EXPECT_EQ(out, Bytes(4, 0x12));
  EXPECT_EQ(chip.MarginalMask(0), 0x00);
  chip.PowerOn();
  EXPECT_EQ(chip.power_cycle(), 1U);
}

TEST(FlashsimClass17McuReset, CommandsWhileTheChipIsBusyAreDropped) {
  SimOptions options;
  options.dropped_after_reset = 3;
  SimFlash chip = ChipWith(options);
  ASSERT_EQ(chip.Program(0, Bytes(4, 0x12)), Status::kOk);
  chip.ResetAt(0);
  ASSERT_EQ(chip.Erase(1024, 1024), Status::kNoPower);
  chip.PowerOn();
  Bytes out(4);
  EXPECT_EQ(chip.Read(0, out), Status::kOk);
  EXPECT_EQ(out, Bytes(4, kBlank)) << "nobody drives the bus";
  EXPECT_EQ(chip.Program(4, Bytes(4, 0x34)), Status::kOk);
  EXPECT_EQ(chip.Erase(0, 1024), Status::kOk);
  EXPECT_EQ(chip.Peek(0, 8), (Bytes{0x12, 0x12, 0x12, 0x12, kBlank, kBlank, kBlank, kBlank}));
  EXPECT_EQ(chip.counters().dropped_calls, 3U);
  ASSERT_EQ(chip.harmed().size(), 1U) << "a program that said kOk";
  EXPECT_EQ(ToString(chip.harmed()[0]), "kMcuReset: 4 B at 0x4 (after 2 operations)");
  EXPECT_EQ(chip.Read(0, out), Status::kOk);
  EXPECT_EQ(out, Bytes(4, 0x12)) << "no longer busy";
}

TEST(FlashsimClass17McuReset, APowerCutDropsNothing) {
  SimOptions options;
  options.dropped_after_reset = 3;
  SimFlash chip = ChipWith(options);
  chip.ResetAt(5);
  chip.CutAt(0, {ProgramTear::kNone, EraseTear::kNone, 1});
  ASSERT_EQ(chip.Program(0, Bytes(4, 0x12)), Status::kNoPower);
  chip.PowerOn();
  EXPECT_EQ(chip.power_cycle(), 1U);
  ASSERT_EQ(chip.Program(0, Bytes(4, 0x12)), Status::kOk);
  EXPECT_EQ(chip.Peek(0, 4), Bytes(4, 0x12));
}

TEST(FlashsimClass21SlowErase, EachEraseMakesTheNextOneOfItsUnitLonger) {
  SimOptions options;
  options.erase_growth_ppm = 100'000;
  SimFlash chip = ChipWith(options);
  const std::uint64_t base = SpiNorEraseNs(1024);
  for (std::uint64_t erases = 0; erases < 5; ++erases) {
    const Counters before = chip.counters();
    ASSERT_EQ(chip.Erase(0, 1024), Status::kOk);
    EXPECT_EQ((chip.counters() - before).chip_time_ns, base + base * erases / 10);
  }
  const Counters before = chip.counters();
  ASSERT_EQ(chip.Erase(1024, 1024), Status::kOk);
  EXPECT_EQ((chip.counters() - before).chip_time_ns, base) << "a new unit";
}

TEST(FlashsimClass21SlowErase, ALargeEraseIsAsSlowAsItsMostWornUnit) {
  SimFlash chip(W25Q(1), 1);
  for (int i = 0; i < 2; ++i) ASSERT_EQ(chip.Erase(4096, 4096), Status::kOk);
  SimOptions options;
  options.erase_growth_ppm = 500'000;
  chip.set_options(options);
  const Counters before = chip.counters();
  ASSERT_EQ(chip.Erase(0, 32 * 1024), Status::kOk);
  EXPECT_EQ((chip.counters() - before).chip_time_ns, 2 * SpiNorEraseNs(32 * 1024));
}

// Three writes since the last Sync, then a cut; the result as "1", "13", ...
SimFlash CachingChip() {
  SimFlash chip(Toy(1024, 4, 1, norlog::ProgramRule::kOverwrite), 1);
  SimOptions options;
  options.unordered_writes = true;
  chip.set_options(options);
  EXPECT_EQ(chip.Program(0, Bytes(1, 0x10)), Status::kOk);
  EXPECT_EQ(chip.Sync(), Status::kOk);
  return chip;
}

TEST(FlashsimClass23UnorderedWrites, AnySubsetOfWhatWasNotSyncedReachesTheMedium) {
  std::set<Bytes> seen;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SimFlash chip = CachingChip();
    ASSERT_EQ(chip.Program(1, Bytes(1, 0x11)), Status::kOk);
    ASSERT_EQ(chip.Program(2, Bytes(1, 0x12)), Status::kOk);
    Bytes out(4);
    ASSERT_EQ(chip.Read(0, out), Status::kOk);
    EXPECT_EQ(out, (Bytes{0x10, 0x11, 0x12, kBlank})) << "all there while the power is on";
    chip.CutAt(0, {ProgramTear::kAll, EraseTear::kNone, seed});
    ASSERT_EQ(chip.Program(3, Bytes(1, 0x13)), Status::kNoPower);
    seen.insert(chip.Peek(0, 4));
    EXPECT_EQ(chip.Peek(0, 1), Bytes(1, 0x10)) << "synced";
  }
  EXPECT_EQ(seen.size(), 8U);
}

TEST(FlashsimClass23UnorderedWrites, InAnyOrder) {
  std::set<std::uint8_t> seen;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SimFlash chip = CachingChip();
    chip.Reseed(seed);
    for (const std::uint8_t value : Bytes{0x11, 0x12, 0x13}) {
      ASSERT_EQ(chip.Program(0, Bytes(1, value)), Status::kOk);
    }
    ASSERT_EQ(chip.Erase(1024, 1024), Status::kOk);
    chip.CutNow();
    seen.insert(chip.Peek(0, 1)[0]);
  }
  EXPECT_EQ(seen, (std::set<std::uint8_t>{0x10, 0x11, 0x12, 0x13}));
}

TEST(FlashsimClass23UnorderedWrites, ErasesAreAmongThemAndTheOneInFlightToo) {
  std::set<Bytes> seen;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    SimFlash chip = CachingChip();
    chip.CutAt(0, {ProgramTear::kAll, EraseTear::kAll, seed});
    ASSERT_EQ(chip.Erase(0, 1024), Status::kNoPower);
    seen.insert(chip.Peek(0, 1));
    SimFlash not_begun = CachingChip();
    not_begun.CutAt(0, {ProgramTear::kNone, EraseTear::kNone, seed});
    ASSERT_EQ(not_begun.Erase(0, 1024), Status::kNoPower);
    EXPECT_EQ(not_begun.Peek(0, 1), Bytes(1, 0x10));
  }
  EXPECT_EQ(seen, (std::set<Bytes>{Bytes(1, 0x10), Bytes(1, kBlank)}));
}

TEST(FlashsimClass23UnorderedWrites, SyncedWritesStayAndForksDecideForThemselves) {
  SimFlash chip = CachingChip();
  ASSERT_EQ(chip.Program(1, Bytes(1, 0x11)), Status::kOk);
  std::set<Bytes> seen;
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    SimFlash fork = chip;
    fork.Reseed(seed);
    fork.CutNow();
    seen.insert(fork.Peek(0, 2));
  }
  EXPECT_EQ(seen, (std::set<Bytes>{{0x10, 0x11}, {0x10, kBlank}}));
  ASSERT_EQ(chip.Sync(), Status::kOk);
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    SimFlash fork = chip;
    fork.Reseed(seed);
    fork.CutNow();
    EXPECT_EQ(fork.Peek(0, 2), (Bytes{0x10, 0x11}));
  }
}

}  // namespace
}  // namespace flashsim
