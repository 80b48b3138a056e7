// Faults that reach beyond the interrupted operation, or need none: classes
// 11, 18, 20 and 22, and the list of what they harmed.
#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <set>
#include <vector>

#include "flashsim/sim_flash.h"

namespace flashsim {
namespace {

using norlog::Status;
using Bytes = std::vector<std::uint8_t>;

constexpr std::uint32_t kAlways = 1'000'000;

// Four units of four pages, all of them 0xF0, with one fault switched on.
SimFlash FilledChip(const SimOptions& options, norlog::ProgramRule rule = {}) {
  SimFlash chip(Toy(1024, 4, 8, rule), 1);
  for (std::uint64_t at = 0; at < 4096; at += 256) {
    EXPECT_EQ(chip.Program(at, Bytes(256, 0xF0)), Status::kOk);
  }
  chip.set_options(options);
  return chip;
}

// The bytes that differ from 0xF0 are exactly those in the list.
void ExpectListedExactly(const SimFlash& chip, std::uint64_t begin, std::uint64_t end) {
  std::vector<bool> listed(4096);
  for (const HarmedRange& range : chip.harmed()) {
    EXPECT_EQ(range.address / 1024, (range.address + range.size - 1) / 1024) << ToString(range);
    for (std::uint32_t i = 0; i < range.size; ++i) listed[range.address + i] = true;
  }
  const Bytes bytes = chip.Peek(0, 4096);
  for (std::uint64_t i = begin; i < end; ++i) {
    EXPECT_EQ(listed[i], bytes[i] != 0xF0 || chip.MarginalMask(i) != 0) << i;
  }
}

TEST(FlashsimClass11Collateral, ATornProgramClearsBitsInTheOtherPagesOfItsUnit) {
  SimOptions options;
  options.collateral_ppm = kAlways;
  SimFlash chip = FilledChip(options);
  chip.CutAt(0, {ProgramTear::kOneBit, EraseTear::kNone, 5});
  ASSERT_EQ(chip.Program(1024 + 256, Bytes(8, 0x00)), Status::kNoPower);
  const Bytes bytes = chip.Peek(0, 4096);
  int cleared = 0;
  for (std::uint64_t i = 0; i < 4096; ++i) {
    const bool disturbed = i >= 1024 && i < 2048 && i / 256 != 5;
    EXPECT_EQ(bytes[i] & 0x0F, 0x00) << "ones become zeros, never the other way";
    if (disturbed) cleared += 4 - std::popcount(unsigned{bytes[i]});
    if (!disturbed && i / 8 != 160) {
      EXPECT_EQ(bytes[i], 0xF0) << i;
    }
  }
  EXPECT_NEAR(cleared, 768 * 4 / 2, 100);
  // The seed decides which bits.
  EXPECT_EQ(Bytes(bytes.begin() + 1024, bytes.begin() + 1032),
            (Bytes{0xE0, 0x90, 0xE0, 0xB0, 0xF0, 0xA0, 0x90, 0xA0}));
  ExpectListedExactly(chip, 0, 1024 + 256);
  ExpectListedExactly(chip, 1024 + 512, 4096);
  EXPECT_EQ(chip.harmed()[0].cause, FaultClass::kCollateral);
}

TEST(FlashsimClass11Collateral, NeedsAProgramThatBeganAndDidNotEnd) {
  SimOptions options;
  options.collateral_ppm = kAlways;
  for (const ProgramTear kind : {ProgramTear::kNone, ProgramTear::kAll}) {
    SimFlash chip = FilledChip(options);
    chip.CutAt(0, {kind, EraseTear::kNone, 5});
    ASSERT_EQ(chip.Program(1024, Bytes(8, 0x00)), Status::kNoPower);
    EXPECT_TRUE(chip.harmed().empty()) << Name(kind);
    EXPECT_EQ(chip.Peek(1280, 768), Bytes(768, 0xF0));
  }
}

TEST(FlashsimClass11Collateral, RateIsOfBytes) {
  SimOptions options;
  options.collateral_ppm = 100'000;
  SimFlash chip = FilledChip(options);
  chip.CutAt(0, {ProgramTear::kOneBit, EraseTear::kNone, 5});
  ASSERT_EQ(chip.Program(0, Bytes(8, 0x00)), Status::kNoPower);
  std::uint32_t bytes = 0;
  for (const HarmedRange& range : chip.harmed()) bytes += range.size;
  EXPECT_NEAR(bytes, 77 * 15 / 16, 25) << "of 768; one in sixteen keeps its four ones";
  ExpectListedExactly(chip, 256, 4096);
}

TEST(FlashsimClass18WrongAddress, PartOfATornProgramLandsAtAnAddressWithOneWrongBit) {
  SimOptions options;
  options.misdirect_ppm = kAlways;
  std::set<std::uint32_t> sizes;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    SimFlash chip = FilledChip(options);
    chip.CutAt(0, {ProgramTear::kOneBit, EraseTear::kNone, seed});
    ASSERT_EQ(chip.Program(1024 + 16, Bytes(16, 0x00)), Status::kNoPower);
    ASSERT_LE(chip.harmed().size(), 1U);
    if (chip.harmed().empty()) continue;  // the first byte was torn, and kept its bits
    const HarmedRange range = chip.harmed()[0];
    EXPECT_EQ(range.cause, FaultClass::kWrongAddress);
    EXPECT_EQ(std::popcount(range.address ^ 1040U), 1) << ToString(range);
    EXPECT_GE(range.address ^ 1040U, 256U) << "another page, the same place in it";
    EXPECT_LE(range.size, 16U);
    sizes.insert(range.size);
    const Bytes there = chip.Peek(range.address, range.size);
    EXPECT_EQ(Bytes(there.begin(), there.end() - 1), Bytes(range.size - 1, 0x00));
    ExpectListedExactly(chip, 0, 1040);
    ExpectListedExactly(chip, 1056, 4096);
  }
  EXPECT_GT(sizes.size(), 8U);
}

TEST(FlashsimClass18WrongAddress, PartOfATornEraseHitsAnotherUnit) {
  SimOptions options;
  options.misdirect_ppm = kAlways;
  SimFlash chip = FilledChip(options);
  chip.CutAt(0, {ProgramTear::kNone, EraseTear::kAllZero, 3});
  ASSERT_EQ(chip.Erase(1024, 1024), Status::kNoPower);
  EXPECT_EQ(chip.Peek(1024, 1024), Bytes(1024, 0x00)) << "the right one, as the tear says";
  ASSERT_FALSE(chip.harmed().empty());
  const std::uint64_t wrong = chip.harmed()[0].address / 1024;
  EXPECT_TRUE(wrong == 0 || wrong == 3) << wrong;
  int bits = 0;
  for (const std::uint8_t byte : chip.Peek(wrong * 1024, 1024)) {
    EXPECT_EQ(byte & 0xF0, 0xF0) << "zeros become ones, never the other way";
    bits += std::popcount(byte & 0x0FU);
  }
  EXPECT_NEAR(bits, 2048, 150);
  ExpectListedExactly(chip, 0, 1024);
  ExpectListedExactly(chip, 2048, 4096);
}

TEST(FlashsimClass18WrongAddress, RateIsOfTornOperations) {
  SimOptions options;
  options.misdirect_ppm = 250'000;
  int misdirected = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SimFlash chip = FilledChip(options);
    chip.CutAt(0, {ProgramTear::kNone, EraseTear::kAllZero, seed});
    ASSERT_EQ(chip.Erase(1024, 1024), Status::kNoPower);
    misdirected += chip.harmed().empty() ? 0 : 1;
  }
  EXPECT_NEAR(misdirected, 50, 20);
}

TEST(FlashsimClass18WrongAddress, AnEccWordThatItHitsNoLongerReads) {
  SimOptions options;
  options.misdirect_ppm = kAlways;
  options.torn_read_error_ppm = kAlways;
  SimFlash chip = FilledChip(options, norlog::ProgramRule::kOnce);
  chip.CutAt(0, {ProgramTear::kNone, EraseTear::kAllZero, 3});
  ASSERT_EQ(chip.Erase(1024, 1024), Status::kNoPower);
  ASSERT_FALSE(chip.harmed().empty());
  chip.PowerOn();
  Bytes word(8);
  EXPECT_EQ(chip.Read(chip.harmed()[0].address & ~7ULL, word), Status::kReadError);
  EXPECT_EQ(chip.Read(2048, word), Status::kOk);
}

TEST(FlashsimClass20WearOut, WhatSilentlyDidNotHappenIsListed) {
  SimFlash chip = FilledChip({});
  ASSERT_EQ(chip.Erase(0, 1024), Status::kOk);
  chip.MakeBad(0, BadMode::kSilentProgram);
  EXPECT_EQ(chip.Program(16, Bytes{0xFF, 0xA5, 0xA5, 0xFF, 0xFF, 0xFF, 0xFF, 0x00}), Status::kOk);
  ASSERT_EQ(chip.harmed().size(), 2U);
  EXPECT_EQ(ToString(chip.harmed()[0]), "kWearOut: 2 B at 0x11 (after 18 operations)");
  EXPECT_EQ(ToString(chip.harmed()[1]), "kWearOut: 1 B at 0x17 (after 18 operations)");
}

TEST(FlashsimClass20WearOut, ABitThatSticksInWrittenDataIsListed) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    SimFlash chip = FilledChip({});
    chip.Reseed(seed);
    chip.MakeBad(2, BadMode::kStuckBit);
    const StuckBit stuck = chip.bad_units()[0].stuck;
    ExpectListedExactly(chip, 0, 4096);
    EXPECT_EQ(chip.harmed().size(), ((stuck.mask & 0xF0) != 0) == stuck.one ? 0U : 1U);
  }
}

TEST(FlashsimClass22Retention, SoManyBitsFlipAtEachPowerOn) {
  SimOptions options;
  options.retention_flips = 3;
  SimFlash chip = FilledChip(options);
  for (std::uint32_t cycle = 1; cycle <= 4; ++cycle) {
    const Bytes before = chip.Peek(0, 4096);
    chip.PowerOn();
    const Bytes after = chip.Peek(0, 4096);
    int flipped = 0;
    for (std::size_t i = 0; i < 4096; ++i) flipped += std::popcount(unsigned(before[i] ^ after[i]));
    EXPECT_EQ(flipped, 3);
    EXPECT_EQ(chip.harmed().size(), cycle * 3);
    EXPECT_EQ(chip.harmed().back().power_cycle, cycle);
  }
  ExpectListedExactly(chip, 0, 4096);
  EXPECT_EQ(chip.harmed()[0].cause, FaultClass::kRetention);
}

TEST(FlashsimClass22Retention, RateIsOfBits) {
  SimOptions options;
  options.retention_ppb = 15'258'789;  // 0.0153 of 32768 bits: 500 a cycle
  SimFlash chip = FilledChip(options);
  chip.PowerOn();
  EXPECT_NEAR(static_cast<double>(chip.harmed().size()), 500, 1);
  options.retention_ppb = 15'259;  // half a bit a cycle
  SimFlash rare = FilledChip(options);
  for (int cycle = 0; cycle < 200; ++cycle) rare.PowerOn();
  EXPECT_NEAR(static_cast<double>(rare.harmed().size()), 100, 25);
}

TEST(FlashsimClass22Retention, LeavesTheOtherChanceOfASeedAlone) {
  SimOptions options;
  options.read_error_ppm = 500'000;
  SimFlash chip = FilledChip(options);
  options.retention_flips = 1;
  SimFlash flipping = FilledChip(options);
  for (int i = 0; i < 50; ++i) {
    chip.PowerOn();
    flipping.PowerOn();
    Bytes out(4);
    EXPECT_EQ(chip.Read(0, out), flipping.Read(0, out)) << i;
  }
}

TEST(FlashsimHarm, AnEraseHealsAndTheListKeepsTheHistory) {
  SimFlash chip = FilledChip({});
  chip.FlipBits(1030, 0x01);
  chip.FlipBits(2050, 0x01);
  ASSERT_EQ(chip.Erase(1024, 1024), Status::kOk);
  ASSERT_EQ(chip.harmed().size(), 2U);
  EXPECT_TRUE(chip.harmed()[0].healed);
  EXPECT_FALSE(chip.harmed()[1].healed);
}

TEST(FlashsimHarm, AProgramIntoHarmedBytesIsNoViolation) {
  SimFlash nor(Toy(1024, 4), 1);
  nor.FlipBits(10, 0x01);
  EXPECT_EQ(nor.Program(8, Bytes(8, 0x0F)), Status::kOk);
  EXPECT_EQ(nor.violations().count(), 0U) << nor.violations().Report();
  EXPECT_EQ(nor.Program(16, Bytes(8, 0x0F)), Status::kOk);
  EXPECT_EQ(nor.Program(16, Bytes(8, 0x1F)), Status::kOk);
  EXPECT_EQ(nor.violations().count(), 1U) << "elsewhere it is";
}

TEST(FlashsimHarm, ForksHaveTheirOwnList) {
  SimFlash chip = FilledChip({});
  chip.FlipBits(0, 0x01);
  SimFlash fork = chip;
  fork.FlipBits(2, 0x01);
  EXPECT_EQ(chip.harmed().size(), 1U);
  EXPECT_EQ(fork.harmed().size(), 2U);
}

TEST(FlashsimHarm, ChipsWithoutSuchFaultsHarmNothing) {
  SimFlash chip = FilledChip({});
  chip.CutAt(0, {ProgramTear::kRandomBits50, EraseTear::kRandomBits50, 5});
  ASSERT_EQ(chip.Erase(1024, 1024), Status::kNoPower);
  chip.PowerOn();
  EXPECT_TRUE(chip.harmed().empty());
}

}  // namespace
}  // namespace flashsim
