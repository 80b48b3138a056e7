// Copies: cheap, complete, and independent. Sparseness. Profiles.
#include <gtest/gtest.h>

#include <cstdint>
#include <thread>
#include <vector>

#include "flashsim/sim_flash.h"

namespace flashsim {
namespace {

using norlog::Geometry;
using norlog::Status;
using Bytes = std::vector<std::uint8_t>;

const Bytes kData(16, 0xA5);

TEST(FlashsimCopy, WritesToACopyDoNotReachTheOriginalNorTheOtherWay) {
  SimFlash chip(Toy(1024, 4), 1);
  ASSERT_EQ(chip.Program(0, kData), Status::kOk);
  SimFlash fork = chip;
  ASSERT_EQ(fork.Program(16, kData), Status::kOk);  // the same leaf
  ASSERT_EQ(fork.Erase(1024, 1024), Status::kOk);
  ASSERT_EQ(chip.Program(32, kData), Status::kOk);
  EXPECT_EQ(chip.Peek(16, 16), Bytes(16, 0xFF));
  EXPECT_EQ(fork.Peek(32, 16), Bytes(16, 0xFF));
  EXPECT_EQ(chip.erase_count(1), 0U);
  EXPECT_EQ(fork.erase_count(1), 1U);
}

TEST(FlashsimCopy, EraseOfACopyLeavesTheOriginal) {
  SimFlash chip(Toy(1024, 4), 1);
  ASSERT_EQ(chip.Program(0, kData), Status::kOk);
  SimFlash fork = chip;
  ASSERT_EQ(fork.Erase(0, 1024), Status::kOk);
  EXPECT_EQ(chip.Peek(0, 16), kData);
}

TEST(FlashsimCopy, EverythingElseIsCopiedToo) {
  SimFlash chip(Toy(1024, 4, 8, norlog::ProgramRule::kOnce), 1);
  ASSERT_EQ(chip.Program(0, kData), Status::kOk);
  chip.MakeBad(2, BadMode::kEraseFails);
  chip.CutAt(1, Tear{ProgramTear::kFalseBlank, EraseTear::kAll, 7});
  SimFlash fork = chip;
  EXPECT_EQ(fork.counters(), chip.counters());
  EXPECT_EQ(fork.bad_units().size(), 1U);
  EXPECT_EQ(fork.Program(0, kData), Status::kProgramError) << "unit marks";
  EXPECT_EQ(fork.Program(64, kData), Status::kNoPower) << "cut plan";
  EXPECT_EQ(fork.MarginalMask(64), 0x5A);
  EXPECT_EQ(chip.violations().count(), 0U);
  EXPECT_TRUE(chip.powered());
  SimFlash torn = fork;
  torn.PowerOn();
  ASSERT_EQ(torn.Erase(0, 1024), Status::kOk);
  EXPECT_EQ(fork.MarginalMask(64), 0x5A) << "marginal cells";
}

TEST(FlashsimCopy, UnitMarksAndMarginalCellsSurviveTheCloningOfTheirLeaf) {
  SimFlash chip(Toy(1024, 4, 8, norlog::ProgramRule::kOnce), 1);
  ASSERT_EQ(chip.Program(0, kData), Status::kOk);
  chip.CutAt(0, Tear{ProgramTear::kFalseBlank, EraseTear::kAll, 7});
  ASSERT_EQ(chip.Program(64, kData), Status::kNoPower);
  chip.PowerOn();
  SimFlash fork = chip;
  ASSERT_EQ(fork.Program(128, kData), Status::kOk);  // the same leaf: clones it
  EXPECT_EQ(fork.MarginalMask(64), 0x5A);
  EXPECT_EQ(fork.Program(0, kData), Status::kProgramError);
}

// Meant for ThreadSanitizer: copies share leaves, not state.
TEST(FlashsimCopy, CopiesMayLiveInDifferentThreads) {
  SimFlash chip(Toy(1024, 4), 1);
  ASSERT_EQ(chip.Program(0, kData), Status::kOk);
  const auto work = [](SimFlash fork) {
    for (int i = 0; i < 200; ++i) {
      SimFlash inner = fork;
      EXPECT_EQ(inner.Program(16, kData), Status::kOk);
      EXPECT_EQ(fork.Erase(1024, 1024), Status::kOk);
    }
  };
  std::thread other(work, chip);
  work(chip);
  other.join();
  EXPECT_EQ(chip.Peek(16, 16), Bytes(16, 0xFF));
}

TEST(FlashsimCopy, CopiesReadTheSameUntilReseeded) {
  SimFlash chip(Toy(1024, 4), 1);
  SimOptions options;
  options.marginal_mode = MarginalMode::kPerRead;
  options.first_look_cycles = 0;
  chip.set_options(options);
  chip.CutAt(0, Tear{ProgramTear::kFalseBlank, EraseTear::kAll, 7});
  ASSERT_EQ(chip.Program(0, kData), Status::kNoPower);
  chip.PowerOn();
  SimFlash same = chip;
  SimFlash other = chip;
  other.Reseed(99);
  Bytes a(16);
  Bytes b(16);
  Bytes c(16);
  ASSERT_EQ(chip.Read(0, a), Status::kOk);
  ASSERT_EQ(same.Read(0, b), Status::kOk);
  ASSERT_EQ(other.Read(0, c), Status::kOk);
  EXPECT_EQ(a, b);
  EXPECT_NE(a, c);
}

TEST(FlashsimCopy, AssignmentRestoresASnapshotAndKeepsTheObserver) {
  SimFlash chip(Toy(1024, 4), 1);
  int seen = 0;
  chip.set_observer([&](const OpEvent&) { ++seen; });
  const SimFlash snapshot = chip;
  ASSERT_EQ(chip.Program(0, kData), Status::kOk);
  chip = snapshot;
  EXPECT_EQ(chip.Peek(0, 16), Bytes(16, 0xFF));
  ASSERT_EQ(chip.Program(0, kData), Status::kOk);
  EXPECT_EQ(seen, 2);
  SimFlash fork = snapshot;
  ASSERT_EQ(fork.Program(0, kData), Status::kOk);
  EXPECT_EQ(seen, 2) << "a copy has no observer";
}

TEST(FlashsimCopy, FourGibibytesCostOnlyWhatIsWritten) {
  Geometry geometry = W25Q(128).geometry;
  geometry.erase_unit_count = 1U << 20;  // 4 GiB of 4 KiB
  SimFlash chip(geometry, SpiNorTime(geometry), 1);
  const std::uint64_t last = geometry.size_bytes() - kData.size();
  ASSERT_EQ(chip.Program(0, kData), Status::kOk);
  ASSERT_EQ(chip.Program(last, kData), Status::kOk);
  ASSERT_EQ(chip.Erase(2ULL << 30, 64 * 1024), Status::kOk);
  EXPECT_EQ(chip.PresentLeaves(), 2U);
  SimFlash fork = chip;
  Bytes out(16);
  ASSERT_EQ(fork.Read(last, out), Status::kOk);
  EXPECT_EQ(out, kData);
  EXPECT_EQ(fork.erase_count(1U << 19), 1U);
  ASSERT_EQ(fork.Erase(last & ~std::uint64_t{4095}, 4096), Status::kOk);
  EXPECT_EQ(fork.PresentLeaves(), 1U) << "erase gives memory back";
  EXPECT_EQ(chip.Peek(last, 16), kData);
}

TEST(FlashsimCopy, PokeAndFlipReachTheBitsAndNothingElse) {
  SimFlash chip(Toy(1024, 4, 8, norlog::ProgramRule::kOnce), 1);
  const Counters before = chip.counters();
  chip.Poke(8, Bytes(8, 0x0F));
  chip.FlipBits(8, 0x81);
  chip.FlipBits(64, 0x10);
  EXPECT_EQ(chip.Peek(8, 2), (Bytes{0x8E, 0x0F}));
  EXPECT_EQ(chip.Peek(64, 1), Bytes{0xEF});
  EXPECT_EQ(chip.counters(), before);
  EXPECT_EQ(chip.Program(8, Bytes(8, 0)), Status::kProgramError) << "poked units are used";
  EXPECT_EQ(chip.Program(64, Bytes(8, 0)), Status::kOk) << "flipped units are not";
  chip.Wipe();
  EXPECT_EQ(chip.Peek(0, 4096), Bytes(4096, 0xFF));
  EXPECT_EQ(chip.Program(8, Bytes(8, 0)), Status::kOk);
}

TEST(FlashsimProfiles, AllAreValidAndFoundByName) {
  for (const Profile& profile : Profiles()) {
    EXPECT_TRUE(norlog::IsValid(profile.geometry)) << profile.name;
    EXPECT_EQ(FindProfile(profile.name), &profile);
    EXPECT_NE(ProfileNames().find(profile.name), std::string::npos);
  }
  EXPECT_EQ(FindProfile("w25q9"), nullptr);
}

TEST(FlashsimProfiles, SizesAreTheDataSheets) {
  EXPECT_EQ(FindProfile("w25q8")->geometry.size_bytes(), 1U << 20);
  EXPECT_EQ(FindProfile("w25q128")->geometry.size_bytes(), 16U << 20);
  EXPECT_EQ(FindProfile("w25q1024")->geometry.size_bytes(), 128U << 20);
  EXPECT_EQ(FindProfile("nor512")->geometry.erase_unit_bytes, 512U);
  EXPECT_EQ(FindProfile("stm32-8")->geometry.program_unit_bytes, 8U);
  EXPECT_EQ(FindProfile("stm32-32")->geometry.program_unit_bytes, 32U);
  EXPECT_EQ(&W25Q(16), FindProfile("w25q128"));
}

TEST(FlashsimProfiles, ToyIsWhatWasAskedFor) {
  const Profile toy = Toy(128, 5, 32, norlog::ProgramRule::kOncePlusZero);
  EXPECT_TRUE(norlog::IsValid(toy.geometry));
  EXPECT_EQ(toy.name, "toy-128x5-u32");
  EXPECT_EQ(toy.geometry.size_bytes(), 640U);
  EXPECT_EQ(toy.geometry.page_bytes, 128U);
  EXPECT_EQ(toy.geometry.program_rule, norlog::ProgramRule::kOncePlusZero);
}

}  // namespace
}  // namespace flashsim
