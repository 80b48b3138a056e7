// Providers of hints: what they tell after every step, after a cut inside each
// of their operations, and what they cost. Wherever they lie, the head that a
// mount finds by them is the right one.
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "bench/prefilled_chip.h"
#include "flashsim/sim_flash.h"
#include "norlog/bucket.h"
#include "norlog/hints/bit_index.h"
#include "norlog/hints/caller_hint.h"
#include "norlog/hints/rolling_index.h"
#include "norlog/search.h"

namespace norlog {
namespace {

constexpr std::uint32_t kBuckets = 100;

bool Covers(const Hint& hint, std::uint32_t head) {
  return hint.present && hint.index.value <= head && head - hint.index.value <= hint.span;
}

// Where FindHead ends on a full ring whose head is at `index`, given `hint`.
std::uint64_t FoundByHint(const Hint& hint, std::uint64_t head) {
  bench::RingState ring;
  ring.options.bucket_bytes = 512;
  ring.options.block_bytes = 512;
  ring.options.reader_count = 1;
  ring.payload_bytes = 250;
  ring.head = {head};
  bench::PrefilledChip chip(flashsim::SimFlash(flashsim::Toy(512, kBuckets), 1), ring);
  const Layout layout = MakeLayout(ring.options, chip.geometry());
  BucketIo io(chip, layout, nullptr);
  Found found;
  EXPECT_EQ(FindHead(io, hint, /*exhaustive=*/true, found), Status::kOk);
  return found.any ? found.number.value : 0;
}

template <typename Index>
flashsim::SimFlash ChipFor(std::uint32_t stride_log2);

template <>
flashsim::SimFlash ChipFor<BitIndex>(std::uint32_t stride_log2) {
  return flashsim::SimFlash(flashsim::Toy(256, BitIndex::Units(256, kBuckets, stride_log2)), 1);
}

// Write-once, two units of which each holds 16 entries: more than one unit a lap.
template <>
flashsim::SimFlash ChipFor<RollingIndex>(std::uint32_t stride_log2) {
  const std::uint32_t units = stride_log2 == 0 ? 8 : 2;
  return flashsim::SimFlash(flashsim::Toy(256, units, 8, ProgramRule::kOnce), 1);
}

template <typename Index>
class HintProvider : public testing::Test {};

using Providers = testing::Types<BitIndex, RollingIndex>;
TYPED_TEST_SUITE(HintProvider, Providers);

TYPED_TEST(HintProvider, KnowsNothingAtFirst) {
  flashsim::SimFlash chip = ChipFor<TypeParam>(0);
  TypeParam index(chip, kBuckets, 0);
  ASSERT_TRUE(index.valid());
  Hint hint{true, {3}};
  EXPECT_EQ(index.Find(hint), Status::kOk);
  EXPECT_FALSE(hint.present);
}

TYPED_TEST(HintProvider, TellsTheStrideOfTheHeadAfterEachStep) {
  for (const std::uint32_t stride_log2 : {0U, 3U}) {
    flashsim::SimFlash chip = ChipFor<TypeParam>(stride_log2);
    TypeParam writing(chip, kBuckets, stride_log2);
    for (std::uint64_t number = kBuckets; number < 5 * kBuckets; ++number) {
      const auto head = static_cast<std::uint32_t>(number % kBuckets);
      ASSERT_EQ(writing.Note({head}), Status::kOk);
      TypeParam booting(chip, kBuckets, stride_log2);
      Hint hint;
      ASSERT_EQ(booting.Find(hint), Status::kOk);
      EXPECT_TRUE(Covers(hint, head)) << head << ": " << hint.index.value;
    }
    EXPECT_EQ(chip.violations().Report(), "");
  }
}

// Objects that are made anew at each boot, as in a node that sleeps.
TYPED_TEST(HintProvider, IsWornNoFasterThanTheRing) {
  constexpr std::uint32_t kLaps = 6;
  flashsim::SimFlash chip = ChipFor<TypeParam>(0);
  for (std::uint32_t step = 0; step < kLaps * kBuckets; ++step) {
    TypeParam index(chip, kBuckets, 0);
    ASSERT_EQ(index.Note({step % kBuckets}), Status::kOk);
  }
  EXPECT_LE(chip.wear().max, kLaps);
  EXPECT_EQ(chip.violations().Report(), "");
}

TYPED_TEST(HintProvider, AStepThatStaysInItsStrideProgramsNothing) {
  flashsim::SimFlash chip = ChipFor<TypeParam>(3);
  TypeParam index(chip, kBuckets, 3);
  ASSERT_EQ(index.Note({16}), Status::kOk);
  const std::uint64_t ops = chip.op_count();
  for (std::uint32_t head = 16; head < 24; ++head) ASSERT_EQ(index.Note({head}), Status::kOk);
  EXPECT_EQ(chip.op_count(), ops);
  ASSERT_EQ(index.Note({24}), Status::kOk);
  EXPECT_GT(chip.op_count(), ops);
}

// The power fails in the `op`-th operation of noting `number`. False if it has
// fewer.
template <typename Index>
bool CutInNote(const flashsim::SimFlash& before, std::uint64_t number, std::uint64_t op,
               const flashsim::Tear& tear) {
  flashsim::SimFlash chip = before;
  const auto head = static_cast<std::uint32_t>(number % kBuckets);
  chip.CutAt(op, tear);
  {
    Index index(chip, kBuckets, 0);
    const Status status = index.Note({head});
    if (!chip.cut_happened()) return false;
    EXPECT_EQ(status, Status::kNoPower);
  }
  chip.PowerOn();
  Index index(chip, kBuckets, 0);
  Hint hint;
  EXPECT_EQ(index.Find(hint), Status::kOk);
  EXPECT_EQ(FoundByHint(hint, number), number);
  // It goes on, and after a lap at most the cut has left no trace.
  Status status = Status::kOk;
  for (std::uint64_t step = number; step <= number + 2 * kBuckets; ++step) {
    status = index.Note({static_cast<std::uint32_t>(step % kBuckets)});
    EXPECT_TRUE(status == Status::kOk || status == Status::kProgramError) << StatusName(status);
  }
  Index booting(chip, kBuckets, 0);
  EXPECT_EQ(booting.Find(hint), Status::kOk);
  EXPECT_TRUE(Covers(hint, head)) << hint.index.value << " is not " << head;
  EXPECT_EQ(chip.violations().Report(), "");
  return true;
}

TYPED_TEST(HintProvider, ACutInAnyOfItsOperationsCostsNothingButReads) {
  flashsim::SimFlash chip = ChipFor<TypeParam>(0);
  std::uint64_t cuts = 0;
  for (std::uint64_t number = kBuckets; number < 3 * kBuckets + 10; ++number) {
    for (std::size_t kind = 0; kind < flashsim::kProgramTears.size(); ++kind) {
      const flashsim::Tear tear{flashsim::kProgramTears[kind],
                                flashsim::kEraseTears[kind % flashsim::kEraseTears.size()],
                                number * 64 + kind};
      std::uint64_t op = 0;
      while (CutInNote<TypeParam>(chip, number, op, tear)) ++op;
      cuts += op;
      if (this->HasFailure()) FAIL() << number << " tear " << kind << " op " << op;
    }
    TypeParam index(chip, kBuckets, 0);
    ASSERT_EQ(index.Note({static_cast<std::uint32_t>(number % kBuckets)}), Status::kOk);
  }
  EXPECT_GT(cuts, 2000U);
}

TEST(BitIndex, NeedsAChipThatClearsBitsAtWill) {
  flashsim::SimFlash once(flashsim::Toy(256, 4, 8, ProgramRule::kOnce), 1);
  BitIndex index(once, kBuckets, 0);
  EXPECT_FALSE(index.valid());
  Hint hint;
  EXPECT_EQ(index.Find(hint), Status::kInvalidOptions);
  EXPECT_EQ(index.Note({1}), Status::kInvalidOptions);
}

TEST(RollingIndex, RefusesToBeWornFasterThanTheRing) {
  flashsim::SimFlash chip(flashsim::Toy(256, 2), 1);  // 42 entries
  EXPECT_FALSE(RollingIndex(chip, 100, 0).valid());
  EXPECT_TRUE(RollingIndex(chip, 100, 2).valid());
  flashsim::SimFlash one_unit(flashsim::Toy(4096, 1), 1);
  EXPECT_FALSE(RollingIndex(one_unit, 100, 0).valid());
}

TEST(CallerHint, SurvivesItsRegisterAndNothingElse) {
  for (const std::uint32_t index : {0U, 1U, 4095U, 0xFFFF'FFFFU}) {
    const Hint hint = UnpackHint(PackHint({index}), 2);
    EXPECT_TRUE(hint.present);
    EXPECT_EQ(hint.index.value, index);
    EXPECT_EQ(hint.span, 2U);
    for (int bit = 0; bit < 64; ++bit) {
      EXPECT_FALSE(UnpackHint(PackHint({index}) ^ std::uint64_t{1} << bit, 2).present);
    }
  }
  EXPECT_FALSE(UnpackHint(0, 0).present);
  EXPECT_FALSE(UnpackHint(~std::uint64_t{0}, 0).present);
}

// Any position and span, right or wrong: only the reads differ.
TEST(Hints, NoneLeadsToAnotherHead) {
  for (const std::uint64_t head : {2 * kBuckets + 0, 2 * kBuckets + 57, 3 * kBuckets - 1}) {
    for (std::uint32_t index = 0; index < kBuckets + 2; ++index) {
      for (const std::uint32_t span : {0U, 7U, kBuckets, ~0U}) {
        EXPECT_EQ(FoundByHint({true, {index}, span}, head), head) << index << " " << span;
      }
    }
  }
}

}  // namespace
}  // namespace norlog
