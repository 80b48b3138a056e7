// Attaching to what is on flash: hand-built logs, damage of every kind, other
// versions and layouts, and how many reads it all may cost.
#include "norlog/mount.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdint>
#include <string>

#include "tests/engine_rig.h"
#include "tests/hand_built.h"

namespace norlog {
namespace {

using hand::Bytes;
using hand::Hex;

constexpr std::uint8_t kReal = 2;

// Two records in each of buckets `first` to `last`, and a close mark.
void PutLog(EngineRig& rig, std::uint64_t first, std::uint64_t last, std::uint64_t tail) {
  for (std::uint64_t number = first; number <= last; ++number) {
    const std::uint64_t record = 2 * (number - first) + 1;
    hand::Bucket bucket = rig.HandBucket(number);
    bucket.Open(record, tail)
        .Block(0)
        .Head(kReal, {}, PrefixOf(record), ContentOf(record, record + 1));
    if (number == last) bucket.Zero();
  }
}

TEST(Mount, HandBuiltLog) {
  EngineRig rig;
  PutLog(rig, 8, 12, 8);
  ASSERT_EQ(rig.Mount(), Status::kOk);
  EXPECT_EQ(rig.ReadAll(), "1-10");
  const Stats stats = rig.stats();
  EXPECT_EQ(stats.identity, kIdentity);
  EXPECT_EQ(stats.head.value, 12u);
  EXPECT_EQ(stats.head_index.value, 4u);
  EXPECT_EQ(stats.last_sequence.value, 10u);
  EXPECT_EQ(stats.mount_finding, MountFinding::kClean);
  EXPECT_EQ(rig.chip.op_count(), 0u);
}

TEST(Mount, HandBuiltLogOnEachKindOfChip) {
  for (const ProgramRule rule : {ProgramRule::kBits, ProgramRule::kOnce, ProgramRule::kOncePlusZero,
                                 ProgramRule::kOverwrite}) {
    for (const std::uint32_t unit : {1u, 4u, 8u, 32u}) {
      Options options = SmallOptions();
      options.bucket_bytes = 2048;
      options.block_bytes = 512;
      EngineRig rig(options, flashsim::Toy(2048, 8, unit, rule));
      PutLog(rig, 21, 26, 21);
      ASSERT_EQ(rig.Mount(), Status::kOk);
      EXPECT_EQ(rig.ReadAll(), "1-12");
      ASSERT_EQ(rig.Write(30), Status::kOk);
      EXPECT_EQ(rig.ReadAll(), "1-42") << unit;
    }
  }
}

TEST(Mount, BlankChipHasNoLog) {
  EngineRig rig;
  EXPECT_EQ(rig.Mount(), Status::kNoLog);
  EXPECT_FALSE(rig.log().mounted());
  EXPECT_EQ(rig.chip.op_count(), 0u);
}

// R7: a bus that answers nothing says nothing of a log; a firmware would format on kNoLog.
TEST(Mount, ChipOfWhichNothingReadsIsNoEvidence) {
  EngineRig rig;
  PutLog(rig, 8, 12, 8);
  flashsim::SimOptions options;
  options.read_error_every = 1;
  rig.chip.set_options(options);
  EXPECT_EQ(rig.Mount(), Status::kReadError);
  EXPECT_FALSE(rig.log().mounted());
  EXPECT_EQ(rig.chip.op_count(), 0u);
  rig.chip.set_options({});
  ASSERT_EQ(rig.Mount(), Status::kOk);
  EXPECT_EQ(rig.ReadAll(), "1-10");
}

TEST(Mount, ZeroedChipHasNoLog) {
  EngineRig rig;
  rig.chip.Poke(0, hand::Repeat(0, 8192));
  EXPECT_EQ(rig.Mount(), Status::kNoLog);
}

TEST(Mount, HeaderWithoutAnyFrameIsNoLog) {
  EngineRig rig;
  rig.HandBucket(8).Open(1, 8).Block(0);
  EXPECT_EQ(rig.Mount(), Status::kNoLog);
  EXPECT_EQ(rig.chip.op_count(), 0u);
}

TEST(Mount, OtherLayoutIsNamed) {
  EngineRig other;
  PutLog(other, 8, 12, 8);
  other.options.block_bytes = 512;
  EXPECT_EQ(other.Mount(), Status::kLayoutMismatch);
  EXPECT_EQ(other.chip.op_count(), 0u);
}

TEST(Mount, OtherProgramUnitIsNamed) {
  for (const std::uint32_t unit : {1u, 2u, 4u, 8u}) {
    EngineRig rig(SmallOptions(), flashsim::Toy(1024, 8, unit));
    hand::Shape shape = rig.shape();
    shape.unit = unit == 4 ? 8 : 4;
    hand::Bucket(rig.chip, shape, 8, kIdentity).Open(1, 8);
    EXPECT_EQ(rig.Mount(), Status::kLayoutMismatch) << unit;
  }
}

// The first bucket is erased ahead once in every lap.
TEST(Mount, OtherLayoutIsNamedWhereTheFirstBucketIsBlank) {
  EngineRig rig;
  PutLog(rig, 10, 15, 10);
  rig.HandBucket(16).PutMark();
  rig.options.block_bytes = 512;
  EXPECT_EQ(rig.Mount(), Status::kLayoutMismatch);
}

TEST(Mount, LogOfAnotherLayoutIsNotRecreated) {
  EngineRig rig;
  PutLog(rig, 10, 15, 10);
  rig.HandBucket(16).PutMark();
  rig.options.block_bytes = 512;
  rig.options.recreate = Recreate::kIfNoLog;
  EXPECT_EQ(rig.Mount(), Status::kLayoutMismatch);
  EXPECT_EQ(rig.chip.op_count(), 0u);
}

TEST(Mount, OtherVersionIsNamed) {
  EngineRig rig;
  hand::HeaderFields fields;
  fields.version = 2;
  rig.HandBucket(8).PutMark().PutOpenNote().PutHeader(fields);
  EXPECT_EQ(rig.Mount(), Status::kUnknownVersion);
  EXPECT_EQ(rig.chip.op_count(), 0u);
}

TEST(Mount, UnknownFlagIsNamed) {
  EngineRig rig;
  PutLog(rig, 8, 9, 8);
  hand::HeaderFields fields;
  fields.flags = 0x0080;
  rig.HandBucket(10).PutMark().PutOpenNote().PutHeader(fields);
  EXPECT_EQ(rig.Mount(), Status::kUnknownVersion);
}

TEST(Mount, FirstOfASecondLapIsFoundWithAnyHint) {
  EngineRig rig;
  PutLog(rig, 11, 16, 11);
  for (std::uint32_t hint = 0; hint < 10; ++hint) {
    ASSERT_EQ(rig.Mount({true, {hint}}), Status::kOk);
    EXPECT_EQ(rig.stats().head.value, 16u);
    EXPECT_EQ(rig.ReadAll(), "1-12");
  }
}

TEST(Mount, LastLapIsReadableAndTakesNoNewBucket) {
  EngineRig rig;
  const std::uint64_t last = std::uint64_t{kMaxLap} * 8 + 7;
  PutLog(rig, last - 4, last, last - 4);
  ASSERT_EQ(rig.Mount(), Status::kOk);
  EXPECT_EQ(rig.ReadAll(), "1-10");
  EXPECT_EQ(rig.Write(1000), Status::kExhausted);
  const std::uint64_t written = rig.stats().last_sequence.value;
  EXPECT_GT(written, 20u);  // the rest of the bucket was used
  EXPECT_EQ(rig.ReadAll(), Records(1, written));
  EXPECT_EQ(rig.log().Maintain(9), Status::kNothingYet);
  EXPECT_EQ(rig.log().Close(), Status::kOk);
  EXPECT_EQ(rig.Format(2), Status::kExhausted);
  ASSERT_EQ(rig.Mount(), Status::kOk);
  EXPECT_EQ(rig.ReadAll(), Records(1, written));
}

TEST(Mount, UncleanEndOfTheLastLapIsReadable) {
  EngineRig rig;
  const std::uint64_t last = std::uint64_t{kMaxLap} * 8 + 7;
  PutLog(rig, last - 4, last - 1, last - 4);
  hand::Bucket bucket = rig.HandBucket(last);
  bucket.Open(9, last - 4).Block(3).Head(kReal, {}, PrefixOf(9), ContentOf(9, 10));
  ASSERT_EQ(rig.Mount(), Status::kOk);
  EXPECT_EQ(rig.ReadAll(), "1-8, unconfirmed 9-10");
  EXPECT_EQ(rig.Write(1), Status::kExhausted);
}

TEST(Mount, ReadOnlyProgramsNothingAndMarksTheLastFrame) {
  EngineRig rig;
  PutLog(rig, 8, 11, 8);
  rig.HandBucket(12).Open(9, 8).Block(0).Head(kReal, {}, PrefixOf(9), ContentOf(9, 10));
  ASSERT_EQ(rig.MountReadOnly(), Status::kOk);
  EXPECT_EQ(rig.ReadAll(), "1-8, unconfirmed 9-10");
  EXPECT_EQ(rig.log().Close(), Status::kOk);
  EXPECT_EQ(rig.chip.op_count(), 0u);
  ASSERT_EQ(rig.Mount(), Status::kOk);
  EXPECT_EQ(rig.ReadAll(), "1-10");
}

// --- Reads -------------------------------------------------------------------
TEST(MountBudget, CleanBootKeepsIt) {
  for (const std::uint32_t count : {8u, 64u, 300u}) {
    EngineRig rig(SmallOptions(), flashsim::Toy(1024, count));
    const Budget budget = MountBudget(rig.options, rig.chip.geometry()).clean;
    ASSERT_EQ(rig.Format(), Status::kOk);
    for (int step = 0; step < 12; ++step) {
      ASSERT_EQ(rig.WriteUntil(count + step * count / 5), Status::kOk);
      ASSERT_EQ(rig.log().Close(), Status::kOk);
      rig.chip.ResetCounters();
      ASSERT_EQ(rig.Mount(), Status::kOk);
      const flashsim::Counters counters = rig.chip.counters();
      EXPECT_LE(counters.reads, budget.reads);
      EXPECT_LE(counters.bytes_read, budget.bytes);
      EXPECT_EQ(rig.stats().mount_reads, counters.reads);
    }
  }
}

TEST(MountBudget, BootAfterWipeKeepsIt) {
  EngineRig rig(SmallOptions(), flashsim::Toy(1024, 64));
  ASSERT_EQ(rig.Format(1), Status::kOk);
  ASSERT_EQ(rig.WriteUntil(64 + 30), Status::kOk);
  ASSERT_EQ(rig.log().Close(), Status::kOk);
  ASSERT_EQ(rig.Format(2, FormatMode::kWipe), Status::kOk);
  ASSERT_EQ(rig.log().Close(), Status::kOk);
  ASSERT_EQ(rig.Mount(), Status::kOk);
  EXPECT_LE(rig.stats().mount_reads, MountBudget(rig.options, rig.chip.geometry()).clean.reads);
}

TEST(MountBudget, BootAfterACutKeepsIt) {
  EngineRig rig(SmallOptions(), flashsim::Toy(1024, 32));
  const Budget budget = MountBudget(rig.options, rig.chip.geometry()).after_cut;
  ASSERT_EQ(rig.Format(), Status::kOk);
  for (int i = 0; i < 60; ++i) {
    ASSERT_EQ(rig.Write(static_cast<std::uint64_t>(i) % 23 + 1), Status::kOk);
    rig.Drop();
    rig.chip.ResetCounters();
    ASSERT_EQ(rig.Mount(), Status::kOk);
    EXPECT_LE(rig.chip.counters().reads, budget.reads);
    EXPECT_LE(rig.chip.counters().bytes_read, budget.bytes);
  }
}

// A mount of any image ends within its worst budget, and works or names the error.
void ExpectBoundedMount(EngineRig& rig) {
  const Budget worst = MountBudget(rig.options, rig.chip.geometry()).worst;
  rig.chip.ResetCounters();
  const Status status = rig.Mount();
  RC_ASSERT(rig.chip.counters().reads <= worst.reads);
  RC_ASSERT(status == Status::kOk || status == Status::kNoLog ||
            status == Status::kUnknownVersion || status == Status::kLayoutMismatch);
  if (!Ok(status)) return;
  RC_ASSERT(rig.ReadAll() != "endless");
  const Status written = rig.Write(1);
  RC_ASSERT(Ok(written) || written == Status::kExhausted);
  rig.chip.ClearViolations();
}

RC_GTEST_PROP(MountProperty, RandomBytesAreNoLog, (std::uint64_t seed)) {
  EngineRig rig;
  Bytes image(8192);
  flashsim::Rng rng(seed);
  for (std::uint8_t& byte : image) byte = static_cast<std::uint8_t>(rng.Next());
  rig.chip.Poke(0, image);
  ExpectBoundedMount(rig);
}

RC_GTEST_PROP(MountProperty, RandomDamageOfALogIsSurvived, ()) {
  EngineRig rig;
  const auto head = *rc::gen::inRange<std::uint64_t>(12, 40);
  PutLog(rig, head - 4, head, head - 4);
  const auto hits = *rc::gen::inRange(1, 30);
  for (int i = 0; i < hits; ++i) {
    const auto address = *rc::gen::inRange<std::uint64_t>(0, 8192);
    rig.chip.Poke(address, Bytes{*rc::gen::arbitrary<std::uint8_t>()});
  }
  ExpectBoundedMount(rig);
}

// Frames, headers and notes that verify, in no order that any log would have.
RC_GTEST_PROP(MountProperty, ValidPiecesInAnyOrderAreSurvived, ()) {
  EngineRig rig;
  const auto buckets = *rc::gen::inRange(1, 9);
  for (int i = 0; i < buckets; ++i) {
    const auto number = *rc::gen::inRange<std::uint64_t>(8, 40);
    const auto small = rc::gen::inRange<std::uint64_t>(0, 12);
    hand::HeaderFields fields;
    fields.flags = static_cast<std::uint16_t>(*rc::gen::inRange(0, 2));
    fields.first_sequence = *small;
    fields.tail = *rc::gen::inRange<std::uint64_t>(0, 50);
    fields.steps_over = static_cast<std::uint8_t>(*rc::gen::inRange(0, 3));
    fields.time = *rc::gen::arbitrary<std::int64_t>();
    fields.ordered_count = static_cast<std::uint32_t>(*small);
    fields.since_clock = static_cast<std::uint32_t>(*small);
    fields.behind[0] = *rc::gen::arbitrary<std::uint8_t>();
    hand::Bucket bucket = rig.HandBucket(number);
    bucket.PutMark().PutOpenNote().PutHeader(fields);
    if (*rc::gen::inRange(0, 4) == 0) bucket.PutVoidNote();
    const auto blocks = *rc::gen::inRange<std::uint32_t>(0, 5);
    for (std::uint32_t block = 0; block < blocks; ++block) {
      const auto flags = static_cast<std::uint8_t>(*rc::gen::inRange(0, 8));
      const Bytes from = (flags & 1) != 0 ? hand::FromBytes(*small % 8, *small * 100) : Bytes();
      const std::uint64_t first = *small + 1;
      bucket.Block(block).Head(flags, from, PrefixOf(first), ContentOf(first, first + 1));
      if (*rc::gen::arbitrary<bool>()) bucket.Zero();
    }
  }
  ExpectBoundedMount(rig);
}

}  // namespace
}  // namespace norlog
