// Cut plans, power cycles, and what is told about them.
#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "flashsim/sim_flash.h"

namespace flashsim {
namespace {

using norlog::Status;
using Bytes = std::vector<std::uint8_t>;

const Bytes kByte = {0x00};

TEST(FlashsimPower, CutAtCountsProgramsAndErasesOnly) {
  SimFlash chip(Toy(1024, 4), 1);
  chip.CutAt(2, Tear{});
  Bytes out(1);
  EXPECT_EQ(chip.Program(0, kByte), Status::kOk);
  EXPECT_EQ(chip.Read(0, out), Status::kOk);
  EXPECT_EQ(chip.Sync(), Status::kOk);
  EXPECT_EQ(chip.Erase(1024, 1024), Status::kOk);
  EXPECT_EQ(chip.Read(0, out), Status::kOk);
  EXPECT_FALSE(chip.cut_happened());
  EXPECT_EQ(chip.Program(1, kByte), Status::kNoPower);
  EXPECT_TRUE(chip.cut_happened());
  EXPECT_FALSE(chip.powered());
}

TEST(FlashsimPower, ZeroMeansTheVeryNextOperation) {
  SimFlash chip(Toy(1024, 4), 1);
  chip.CutAt(0, Tear{});
  EXPECT_EQ(chip.Erase(0, 1024), Status::kNoPower);
}

TEST(FlashsimPower, MalformedCallsDoNotCount) {
  SimFlash chip(Toy(1024, 4), 1);
  chip.CutAt(0, Tear{});
  EXPECT_EQ(chip.Program(9999, kByte), Status::kOutOfBounds);
  EXPECT_TRUE(chip.powered());
}

TEST(FlashsimPower, LastCutTellsWhatWasUnderWay) {
  SimFlash chip(Toy(1024, 4), 1);
  ASSERT_EQ(chip.Program(0, kByte), Status::kOk);
  chip.PowerOn();
  chip.CutAt(0, Tear{ProgramTear::kFalseBlank, EraseTear::kAllZero, 42});
  ASSERT_EQ(chip.Program(0x123, Bytes(5, 0)), Status::kNoPower);
  const CutInfo& cut = chip.last_cut();
  EXPECT_EQ(cut.kind, OpKind::kProgram);
  EXPECT_EQ(cut.address, 0x123U);
  EXPECT_EQ(cut.size, 5U);
  EXPECT_EQ(cut.tear.program, ProgramTear::kFalseBlank);
  EXPECT_EQ(cut.op_index, 1U);
  EXPECT_EQ(cut.power_cycle, 1U);
  EXPECT_EQ(ToString(cut), "program of 5 B at 0x123 torn kFalseBlank (operation 1, seed 42)");
}

TEST(FlashsimPower, TheHalfOfATearThatFitsTheOperationIsUsed) {
  const Tear tear = {ProgramTear::kNone, EraseTear::kAllZero, 42};
  SimFlash chip(Toy(1024, 4), 1);
  SimFlash other = chip;
  chip.CutAt(0, tear);
  ASSERT_EQ(chip.Erase(0, 1024), Status::kNoPower);
  EXPECT_EQ(chip.Peek(0, 1024), Bytes(1024, 0x00));
  EXPECT_EQ(ToString(chip.last_cut()),
            "erase of 1024 B at 0x0 torn kAllZero (operation 0, seed 42)");
  other.CutAt(0, tear);
  ASSERT_EQ(other.Program(0, kByte), Status::kNoPower);
  EXPECT_EQ(other.Peek(0, 1024), Bytes(1024, 0xFF));
}

TEST(FlashsimPower, CutBetweenOperations) {
  SimFlash chip(Toy(1024, 4), 1);
  ASSERT_EQ(chip.Program(0, kByte), Status::kOk);
  chip.CutNow();
  EXPECT_FALSE(chip.powered());
  EXPECT_TRUE(chip.cut_happened());
  EXPECT_EQ(chip.last_cut().kind, OpKind::kNone);
  EXPECT_EQ(ToString(chip.last_cut()), "cut between operations (before operation 1)");
  chip.CutNow();
  EXPECT_EQ(chip.counters().cuts, 1U);
  EXPECT_EQ(chip.Peek(0, 1), kByte);
}

TEST(FlashsimPower, AnyCutEndsThePlan) {
  SimFlash chip(Toy(1024, 4), 1);
  chip.CutAt(0, Tear{});
  chip.CutNow();
  chip.PowerOn();
  EXPECT_EQ(chip.Program(0, kByte), Status::kOk);
}

TEST(FlashsimPower, CancelledCutDoesNotCome) {
  SimFlash chip(Toy(1024, 4), 1);
  chip.CutAt(0, Tear{});
  chip.CancelCut();
  EXPECT_EQ(chip.Program(0, kByte), Status::kOk);
}

TEST(FlashsimPower, CutHappenedIsAboutTheLastPlan) {
  SimFlash chip(Toy(1024, 4), 1);
  chip.CutAt(0, Tear{});
  ASSERT_EQ(chip.Program(0, kByte), Status::kNoPower);
  chip.PowerOn();
  EXPECT_TRUE(chip.cut_happened());
  chip.CutAt(5, Tear{});
  EXPECT_FALSE(chip.cut_happened());
}

TEST(FlashsimPower, ARefusedProgramIsNotTorn) {
  SimFlash chip(Toy(1024, 4, 8, norlog::ProgramRule::kOnce), 1);
  ASSERT_EQ(chip.Program(0, Bytes(8, 0x0F)), Status::kOk);
  chip.CutAt(0, Tear{ProgramTear::kAll, EraseTear::kAll, 0});
  EXPECT_EQ(chip.Program(0, Bytes(8, 0x00)), Status::kNoPower);
  EXPECT_EQ(chip.Peek(0, 8), Bytes(8, 0x0F));
  EXPECT_EQ(chip.violations().count(), 1U);
}

TEST(FlashsimPower, CountersCountTornOperations) {
  SimFlash chip(Toy(1024, 4), 1);
  chip.CutAt(0, Tear{});
  ASSERT_EQ(chip.Program(0, Bytes(3, 0)), Status::kNoPower);
  chip.PowerOn();
  chip.CutAt(0, Tear{});
  ASSERT_EQ(chip.Erase(0, 1024), Status::kNoPower);
  const Counters& counters = chip.counters();
  EXPECT_EQ(counters.cuts, 2U);
  EXPECT_EQ(counters.torn_programs, 1U);
  EXPECT_EQ(counters.torn_erases, 1U);
  EXPECT_EQ(counters.programs, 1U);
  EXPECT_EQ(counters.bytes_programmed, 3U);
  EXPECT_EQ(counters.erases, 1U);
  EXPECT_EQ(counters.bytes_erased, 1024U);
}

TEST(FlashsimPower, ObserverSeesEachOperationBeforeItIsCarriedOut) {
  SimFlash chip(Toy(1024, 4), 1);
  std::vector<OpEvent> events;
  Bytes before;
  chip.set_observer([&](const OpEvent& event) {
    events.push_back(event);
    before = chip.Peek(0, 1);
    if (event.kind == OpKind::kProgram) {
      EXPECT_EQ(event.data[0], 0x00);
    }
  });
  ASSERT_EQ(chip.Program(0, kByte), Status::kOk);
  EXPECT_EQ(before, Bytes{0xFF});
  chip.CutAt(0, Tear{});
  ASSERT_EQ(chip.Erase(1024, 1024), Status::kNoPower);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].kind, OpKind::kProgram);
  EXPECT_FALSE(events[0].torn);
  EXPECT_EQ(events[1].kind, OpKind::kErase);
  EXPECT_EQ(events[1].address, 1024U);
  EXPECT_EQ(events[1].size, 1024U);
  EXPECT_EQ(events[1].op_index, 1U);
  EXPECT_TRUE(events[1].torn);
}

}  // namespace
}  // namespace flashsim
