// ECC words, blank reads and their ports (classes 12, 13, 14), and the courses
// of unstable reads (class 6).
#include <gtest/gtest.h>

#include <cstdint>
#include <set>
#include <vector>

#include "flashsim/hal.h"
#include "flashsim/sim_flash.h"

namespace flashsim {
namespace {

using norlog::ProgramRule;
using norlog::Status;
using Bytes = std::vector<std::uint8_t>;

constexpr std::uint32_t kAlways = 1'000'000;

SimFlash OnceChip(const SimOptions& options) {
  SimFlash chip(Toy(1024, 4, 8, ProgramRule::kOnce), 1);
  chip.set_options(options);
  return chip;
}

Status ReadStatus(norlog::NorFlash& flash, std::uint64_t address, std::size_t size = 8) {
  Bytes out(size);
  return flash.Read(address, out);
}

TEST(FlashsimClass12WriteOnce, ASecondProgramIsRefused) {
  SimFlash chip = OnceChip({});
  ASSERT_EQ(chip.Program(0, Bytes(8, 0xFF)), Status::kOk) << "all FF uses the word up";
  EXPECT_EQ(chip.Program(0, Bytes(8, 0x0F)), Status::kProgramError);
  EXPECT_EQ(chip.Peek(0, 8), Bytes(8, 0xFF));
  EXPECT_EQ(chip.violations().first().at(0).kind, ViolationKind::kSecondProgram);
}

TEST(FlashsimClass12WriteOnce, OrItBreaksTheWordUntilTheNextErase) {
  SimOptions options;
  options.second_program = SecondProgram::kEccError;
  SimFlash chip = OnceChip(options);
  ASSERT_EQ(chip.Program(0, Bytes(8, 0x3C)), Status::kOk);
  EXPECT_EQ(ReadStatus(chip, 0), Status::kOk);
  EXPECT_EQ(chip.Program(0, Bytes(8, 0x0F)), Status::kOk);
  EXPECT_EQ(chip.Peek(0, 8), Bytes(8, 0x0C));
  EXPECT_EQ(chip.violations().first().at(0).kind, ViolationKind::kSecondProgram);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(ReadStatus(chip, 7, 1), Status::kReadError);
  EXPECT_EQ(chip.counters().failed_reads, 5U);
  EXPECT_EQ(ReadStatus(chip, 8), Status::kOk) << "its neighbour reads";
  ASSERT_EQ(chip.Erase(0, 1024), Status::kOk);
  EXPECT_EQ(ReadStatus(chip, 0), Status::kOk);
}

TEST(FlashsimClass13TornEccWord, EveryReadOfATornWordFails) {
  SimOptions options;
  options.torn_read_error_ppm = kAlways;
  for (const ProgramTear kind : {ProgramTear::kRandomBits50, ProgramTear::kCompleteMarginal}) {
    SimFlash chip = OnceChip(options);
    chip.CutAt(0, {kind, EraseTear::kNone, 3});
    ASSERT_EQ(chip.Program(64, Bytes(16, 0x00)), Status::kNoPower);
    for (int cycle = 0; cycle < 4; ++cycle) {
      chip.PowerOn();
      EXPECT_EQ(ReadStatus(chip, 64), Status::kReadError) << Name(kind);
      EXPECT_EQ(ReadStatus(chip, 79, 1), Status::kReadError) << Name(kind);
      EXPECT_EQ(ReadStatus(chip, 56), Status::kOk);
      EXPECT_EQ(ReadStatus(chip, 80), Status::kOk);
    }
  }
}

TEST(FlashsimClass13TornEccWord, AWordWhoseEraseWasTornFailsAtItsOwnRate) {
  for (const std::uint32_t ppm : {0U, kAlways}) {
    SimOptions options;
    options.half_erased_read_error_ppm = ppm;
    SimFlash chip = OnceChip(options);
    chip.CutAt(0, {ProgramTear::kNone, EraseTear::kRandomBits50, 3});
    ASSERT_EQ(chip.Erase(1024, 1024), Status::kNoPower);
    chip.PowerOn();
    EXPECT_EQ(ReadStatus(chip, 1024), ppm == 0 ? Status::kOk : Status::kReadError);
    EXPECT_EQ(ReadStatus(chip, 2048), Status::kOk);
    ASSERT_EQ(chip.Erase(1024, 1024), Status::kOk);
    EXPECT_EQ(ReadStatus(chip, 1024), Status::kOk);
  }
}

SimFlash BlankFaultChip() {
  SimOptions options;
  options.blank_read_errors = true;
  options.torn_read_error_ppm = kAlways;
  return OnceChip(options);
}

TEST(FlashsimClass14BlankReads, AWordThatWasNotProgrammedCannotBeRead) {
  SimFlash chip = BlankFaultChip();
  EXPECT_EQ(ReadStatus(chip, 0), Status::kReadError);
  ASSERT_EQ(chip.Program(0, Bytes(8, 0xFF)), Status::kOk);
  EXPECT_EQ(ReadStatus(chip, 0), Status::kOk);
  EXPECT_EQ(ReadStatus(chip, 7, 2), Status::kReadError) << "reaches into a blank one";
  ASSERT_EQ(chip.Erase(0, 1024), Status::kOk);
  EXPECT_EQ(ReadStatus(chip, 0), Status::kReadError);
}

TEST(FlashsimClass14BlankReads, BlankCheckSeesTheEccBitsToo) {
  SimFlash chip = BlankFaultChip();
  bool blank = false;
  ASSERT_EQ(chip.BlankCheck(0, 1024, blank), Status::kOk);
  EXPECT_TRUE(blank);
  ASSERT_EQ(chip.Program(8, Bytes(8, 0xFF)), Status::kOk);
  ASSERT_EQ(chip.BlankCheck(0, 8, blank), Status::kOk);
  EXPECT_TRUE(blank);
  ASSERT_EQ(chip.BlankCheck(0, 16, blank), Status::kOk);
  EXPECT_FALSE(blank) << "reads FF, but was programmed";
}

TEST(FlashsimClass14BlankReads, ThePortAnswersFfForBlankWordsAndAnErrorForTornOnes) {
  SimFlash chip = BlankFaultChip();
  PartHal hal(chip, HalShim::kBlankCheck);
  ASSERT_EQ(hal.Program(8, Bytes(8, 0x5A)), Status::kOk);
  Bytes out(20);
  EXPECT_EQ(hal.Read(2, out), Status::kOk);
  Bytes expected(20, 0xFF);
  for (std::size_t i = 6; i < 14; ++i) expected[i] = 0x5A;
  EXPECT_EQ(out, expected);
  chip.CutAt(0, {ProgramTear::kRandomBits50, EraseTear::kNone, 3});
  ASSERT_EQ(hal.Program(64, Bytes(8, 0x00)), Status::kNoPower);
  chip.PowerOn();
  EXPECT_EQ(ReadStatus(hal, 64), Status::kReadError);
  EXPECT_EQ(ReadStatus(hal, 56), Status::kOk);
  EXPECT_EQ(chip.violations().count(), 0U);
}

TEST(FlashsimClass14BlankReads, WithoutThePortTheErrorIsPassedOn) {
  SimFlash chip = BlankFaultChip();
  PartHal hal(chip, HalShim::kDirect);
  EXPECT_EQ(ReadStatus(hal, 0), Status::kReadError);
}

TEST(FlashsimClass14ErasedZero, AChipThatErasesTo00AndThePortThatInvertsIt) {
  SimFlash cells(Toy(1024, 4), 1);
  InvertingHal inverted(cells);
  norlog::NorFlash& raw = inverted;  // such a chip
  Bytes out(2);
  ASSERT_EQ(raw.Read(0, out), Status::kOk);
  EXPECT_EQ(out, Bytes(2, 0x00)) << "erased";
  ASSERT_EQ(raw.Program(0, Bytes{0x0F}), Status::kOk);
  ASSERT_EQ(raw.Program(0, Bytes{0x3F}), Status::kOk);
  ASSERT_EQ(raw.Read(0, out), Status::kOk);
  EXPECT_EQ(out, (Bytes{0x3F, 0x00})) << "programs zeros to ones";
  ASSERT_EQ(raw.Program(0, Bytes{0x01}), Status::kOk);
  EXPECT_EQ(cells.violations().count(), 1U) << "and never ones to zeros";

  InvertingHal hal(raw);  // its port, as the engine sees it
  ASSERT_EQ(hal.Erase(0, 1024), Status::kOk);
  ASSERT_EQ(hal.Program(1, Bytes{0xA5}), Status::kOk);
  ASSERT_EQ(hal.Read(0, out), Status::kOk);
  EXPECT_EQ(out, (Bytes{0xFF, 0xA5}));
}

// A chip with four marginal bits in byte 0, read under one course.
SimFlash UnstableChip(std::uint8_t pattern) {
  SimFlash chip(Toy(1024, 4), 1);
  SimOptions options;
  options.marginal_mode = MarginalMode::kPattern;
  options.unstable_pattern = pattern;
  chip.set_options(options);
  chip.CutAt(0, {ProgramTear::kFalseBlank, EraseTear::kNone, 3});
  EXPECT_EQ(chip.Program(0, Bytes(2, 0xA5)), Status::kNoPower);
  chip.PowerOn();
  return chip;
}

std::uint8_t ReadByte(SimFlash& chip, std::uint64_t address) {
  Bytes out(1);
  EXPECT_EQ(chip.Read(address, out), Status::kOk);
  return out[0];
}

TEST(FlashsimClass6MarginalCells, AllSixteenCoursesOfTheFirstFourReads) {
  std::set<Bytes> courses;
  for (std::uint8_t pattern = 0; pattern < 16; ++pattern) {
    SimFlash chip = UnstableChip(pattern);
    Bytes course;
    for (unsigned read = 0; read < 8; ++read) {
      const unsigned bit = read < 4 ? read : 3;
      course.push_back(ReadByte(chip, 0));
      EXPECT_EQ(course.back(), ((pattern >> bit) & 1U) != 0 ? 0xFF : 0xA5) << int{pattern};
    }
    courses.insert(course);
  }
  EXPECT_EQ(courses.size(), 16U);
}

TEST(FlashsimClass6MarginalCells, ACourseGoesOnAcrossPowerCyclesByteByByte) {
  SimFlash chip = UnstableChip(0b0101);
  EXPECT_EQ(ReadByte(chip, 0), 0xFF);
  chip.PowerOn();
  EXPECT_EQ(ReadByte(chip, 0), 0xA5);
  SimFlash fork = chip;
  EXPECT_EQ(ReadByte(fork, 0), 0xFF);
  chip.PowerOn();
  Bytes both(2);
  ASSERT_EQ(chip.Read(0, both), Status::kOk);
  EXPECT_EQ(both, Bytes(2, 0xFF)) << "the third read of one, the first of the other";
  ASSERT_EQ(chip.Read(0, both), Status::kOk);
  EXPECT_EQ(both, Bytes(2, 0xA5)) << "the fourth, the second";
  EXPECT_EQ(ReadByte(fork, 0), 0xA5) << "forks count for themselves";
}

TEST(FlashsimClass6MarginalCells, ALaterTearBeginsANewCourse) {
  SimFlash chip = UnstableChip(0b0001);
  EXPECT_EQ(ReadByte(chip, 0), 0xFF);
  EXPECT_EQ(ReadByte(chip, 0), 0xA5);
  chip.CutAt(0, {ProgramTear::kFalseBlank, EraseTear::kNone, 3});
  EXPECT_EQ(chip.Program(0, Bytes(1, 0xA5)), Status::kNoPower);
  chip.PowerOn();
  EXPECT_EQ(ReadByte(chip, 0), 0xFF);
  EXPECT_EQ(ReadByte(chip, 0), 0xA5);
}

}  // namespace
}  // namespace flashsim
