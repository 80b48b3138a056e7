// Chip time: the model's figures, worked out by hand from DESIGN section 8.
#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "flashsim/sim_flash.h"

namespace flashsim {
namespace {

using norlog::Status;
using Bytes = std::vector<std::uint8_t>;

// Chip time of one call on a fresh chip of that profile.
template <typename Call>
std::uint64_t TimeOf(const Profile& profile, Call call) {
  SimFlash chip(profile, 1);
  const Counters before = chip.counters();
  EXPECT_EQ(call(chip), Status::kOk);
  return (chip.counters() - before).chip_time_ns;
}

std::uint64_t ReadTime(const Profile& profile, std::size_t bytes) {
  Bytes out(bytes);
  return TimeOf(profile, [&](SimFlash& chip) { return chip.Read(0, out); });
}

std::uint64_t ProgramTime(const Profile& profile, std::size_t bytes) {
  return TimeOf(profile, [&](SimFlash& chip) { return chip.Program(0, Bytes(bytes, 0)); });
}

std::uint64_t EraseTime(const Profile& profile, std::uint32_t bytes) {
  return TimeOf(profile, [&](SimFlash& chip) { return chip.Erase(0, bytes); });
}

TEST(FlashsimTiming, ReadIsFiveBytesPlusTheData) {
  EXPECT_EQ(ReadTime(W25Q(16), 0), 800U);         // 5 * 160 ns
  EXPECT_EQ(ReadTime(W25Q(16), 24), 4'640U);      // 29 * 160 ns
  EXPECT_EQ(ReadTime(W25Q(16), 4096), 656'160U);  // 4101 * 160 ns
}

TEST(FlashsimTiming, ProgramIsTheBusPlusThirtyAndTwoAndAHalfMicroseconds) {
  EXPECT_EQ(ProgramTime(W25Q(16), 1), 30'800U);     // 5 * 160 + 30,000
  EXPECT_EQ(ProgramTime(W25Q(16), 16), 70'700U);    // 20 * 160 + 30,000 + 15 * 2,500
  EXPECT_EQ(ProgramTime(W25Q(16), 148), 421'820U);  // 152 * 160 + 30,000 + 147 * 2,500
}

TEST(FlashsimTiming, ProgramNeverTakesMoreThanFourHundredMicrosecondsBesideTheBus) {
  EXPECT_EQ(ProgramTime(W25Q(16), 149), 424'480U);  // 153 * 160 + 400,000, exactly reached
  EXPECT_EQ(ProgramTime(W25Q(16), 256), 441'600U);  // 260 * 160 + 400,000
}

TEST(FlashsimTiming, EraseTimesOfTheDataSheet) {
  EXPECT_EQ(EraseTime(W25Q(16), 4 * 1024), 45'000'000U);
  EXPECT_EQ(EraseTime(W25Q(16), 32 * 1024), 120'000'000U);
  EXPECT_EQ(EraseTime(W25Q(16), 64 * 1024), 150'000'000U);
}

TEST(FlashsimTiming, OtherEraseSizesAreScaledButNotBelowFiveMilliseconds) {
  EXPECT_EQ(EraseTime(*FindProfile("nor512"), 512), 5'625'000U);  // 45 ms / 8
  EXPECT_EQ(EraseTime(Toy(1024, 4), 1024), 11'250'000U);          // 45 ms / 4
  EXPECT_EQ(EraseTime(Toy(256, 4), 256), 5'000'000U);
}

TEST(FlashsimTiming, InternalFlashTakesEightyFiveMicrosecondsAWord) {
  EXPECT_EQ(ProgramTime(*FindProfile("stm32-8"), 8), 85'080U);     // 8 * 10 + 85,000
  EXPECT_EQ(ProgramTime(*FindProfile("stm32-8"), 64), 680'640U);   // 64 * 10 + 8 * 85,000
  EXPECT_EQ(ProgramTime(*FindProfile("stm32-32"), 64), 170'640U);  // 64 * 10 + 2 * 85,000
  EXPECT_EQ(EraseTime(*FindProfile("stm32-8"), 2048), 22'000'000U);
  EXPECT_EQ(ReadTime(*FindProfile("stm32-8"), 24), 240U);
}

TEST(FlashsimTiming, FramIsAsFastAsItsBus) {
  EXPECT_EQ(ProgramTime(*FindProfile("fram256"), 16), 3'200U);    // 20 * 160
  EXPECT_EQ(EraseTime(*FindProfile("fram256"), 4096), 656'000U);  // 4100 * 160
}

TEST(FlashsimTiming, CountersAddUpAndReset) {
  SimFlash chip(W25Q(1), 1);
  Bytes out(24);
  ASSERT_EQ(chip.Read(0, out), Status::kOk);
  ASSERT_EQ(chip.Program(0, Bytes(16, 0)), Status::kOk);
  ASSERT_EQ(chip.Program(16, Bytes(1, 0)), Status::kOk);
  ASSERT_EQ(chip.Erase(0, 4096), Status::kOk);
  Counters expected;
  expected.reads = 1;
  expected.bytes_read = 24;
  expected.programs = 2;
  expected.bytes_programmed = 17;
  expected.erases = 1;
  expected.bytes_erased = 4096;
  expected.chip_time_ns = 4'640 + 70'700 + 30'800 + 45'000'000;
  EXPECT_EQ(chip.counters(), expected);
  chip.ResetCounters();
  EXPECT_EQ(chip.counters(), Counters());
}

TEST(FlashsimTiming, DifferenceCoversEveryCounter) {
  Counters after = {10, 20, 30, 40, 50, 60, 70, 80, 90, 100};
  Counters before = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  EXPECT_EQ(after - before, (Counters{9, 18, 27, 36, 45, 54, 63, 72, 81, 90}));
}

}  // namespace
}  // namespace flashsim
