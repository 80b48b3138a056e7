// The ring turns: what an opening programs, when it evicts, what it steps over.
#include "norlog/ring.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "norlog/mount.h"
#include "tests/engine_rig.h"
#include "tests/hand_built.h"

namespace norlog {
namespace {

using flashsim::BadMode;

constexpr std::uint32_t kWindow = 2;  // erase-ahead 1, and the reserve

class RingTest : public testing::Test {
 protected:
  explicit RingTest(const Options& options = SmallOptions(),
                    const flashsim::Profile& profile = flashsim::Toy(1024, 8))
      : chip_(profile, 1),
        shape_(ShapeOf(options, chip_.geometry())),
        memory_(RequiredMemory(options, chip_.geometry())),
        core_(chip_, options, memory_, nullptr, nullptr) {
    EXPECT_EQ(FormatCore(core_, kIdentity, /*wipe=*/false), Status::kOk);
  }
  ~RingTest() override { EXPECT_EQ(chip_.violations().count(), 0u); }

  Status OpenNext(bool real = true) {
    FrameSpec spec;
    spec.real = real;
    spec.copy = !real;
    spec.from = {core_.head.number, 125};
    return OpenNextBucket(core_, spec);
  }
  void OpenUntil(std::uint64_t number) {
    while (core_.head.number.value < number) ASSERT_EQ(OpenNext(), Status::kOk);
  }
  Header HeaderOf(std::uint64_t number) {
    BucketFront front;
    EXPECT_EQ(core_.io.ReadFront({static_cast<std::uint32_t>(number % 8)}, front), Status::kOk);
    EXPECT_EQ(front.state, HeaderState::kValid);
    return front.header;
  }
  hand::Bytes MarkAt(std::uint64_t number) const {
    return chip_.Peek(number % 8 * shape_.bucket_bytes, 12);
  }
  hand::Bytes MarkFor(std::uint64_t number) const {
    return hand::Mark(shape_, static_cast<std::uint32_t>(number % 8),
                      static_cast<std::uint32_t>(number / 8));
  }

  flashsim::SimFlash chip_;
  const hand::Shape shape_;
  std::vector<std::uint8_t> memory_;
  Core core_;
};

TEST_F(RingTest, OpenedBucketIsTheBytesOfTheFormat) {
  flashsim::SimFlash by_hand(flashsim::Toy(1024, 8), 1);
  hand::HeaderFields fields;
  fields.tail = 8;
  hand::Prefix prefix;
  prefix.cursors = hand::Cursors(1, {0});
  hand::Bucket(by_hand, shape_, 8, kIdentity)
      .PutMark()
      .PutOpenNote()
      .PutHeader(fields)
      .Block(0)
      .Head(2, {}, prefix, {});
  EXPECT_EQ(chip_.Peek(0, 1024), by_hand.Peek(0, 1024));
}

TEST_F(RingTest, RealFrameEvictsUpToTheWindow) {
  OpenUntil(14);
  EXPECT_EQ(core_.shared.tail.value, 9u);  // 14 + window + 1 - 8
  ASSERT_EQ(OpenNext(), Status::kOk);
  EXPECT_EQ(core_.shared.tail.value, 10u);
  EXPECT_EQ(HeaderOf(15).tail.value, 10u);
}

TEST_F(RingTest, CopyThatIsNotRealEvictsNothing) {
  OpenUntil(14);
  ASSERT_EQ(OpenNext(/*real=*/false), Status::kOk);
  EXPECT_EQ(core_.head.number.value, 15u);
  EXPECT_FALSE(core_.head.open);
  EXPECT_EQ(core_.shared.tail.value, 9u);
}

TEST_F(RingTest, YoungLogEvictsNothing) {
  OpenUntil(13);
  EXPECT_EQ(core_.shared.tail.value, 8u);
}

TEST_F(RingTest, ProvedCleanBucketIsNotErased) {
  chip_.ResetCounters();
  hand::Bucket(chip_, shape_, 9, kIdentity).PutMark();
  ASSERT_EQ(OpenNext(), Status::kOk);
  EXPECT_EQ(chip_.counters().erases, 0u);
}

TEST_F(RingTest, BlankBucketIsNotProvedClean) {
  chip_.ResetCounters();
  ASSERT_EQ(OpenNext(), Status::kOk);
  EXPECT_EQ(chip_.counters().erases, 1u);
}

TEST_F(RingTest, MarkOfTheLastLapProvesNothing) {
  OpenUntil(15);
  hand::Bucket(chip_, shape_, 8, kIdentity).PutMark();
  chip_.ResetCounters();
  ASSERT_EQ(OpenNext(), Status::kOk);
  EXPECT_EQ(chip_.counters().erases, 1u);
}

TEST_F(RingTest, MarkBeforeABegunOpeningProvesNothing) {
  hand::Bucket(chip_, shape_, 9, kIdentity).PutMark().PutOpenNote();
  chip_.ResetCounters();
  ASSERT_EQ(OpenNext(), Status::kOk);
  EXPECT_EQ(chip_.counters().erases, 1u);
}

// A stale frame behind the mark would count as soon as the header is there.
TEST_F(RingTest, MarkBeforeAnOldTouchProvesNothing) {
  hand::Bucket(chip_, shape_, 9, kIdentity).PutMark().Block(0);
  chip_.ResetCounters();
  ASSERT_EQ(OpenNext(), Status::kOk);
  EXPECT_EQ(chip_.counters().erases, 1u);
}

TEST_F(RingTest, MarkBeforeAZeroedEndProvesNothing) {
  hand::Bucket(chip_, shape_, 9, kIdentity).PutMark();
  chip_.Poke(1024 + 1020, hand::Repeat(0, 4));
  chip_.ResetCounters();
  EXPECT_EQ(EraseAhead(core_, 0), Status::kOk);  // Maintain has work to do
  ASSERT_EQ(OpenNext(), Status::kOk);
  EXPECT_EQ(chip_.counters().erases, 1u);
}

TEST_F(RingTest, DistrustedMarkProvesNothing) {
  hand::Bucket(chip_, shape_, 9, kIdentity).PutMark();
  core_.distrust_marks = true;
  chip_.ResetCounters();
  ASSERT_EQ(OpenNext(), Status::kOk);
  EXPECT_EQ(chip_.counters().erases, 1u);
}

TEST_F(RingTest, DistrustEndsWhereThisSessionErased) {
  core_.distrust_marks = true;
  EXPECT_EQ(EraseAhead(core_, 9), Status::kNothingYet);
  chip_.ResetCounters();
  ASSERT_EQ(OpenNext(), Status::kOk);
  EXPECT_EQ(chip_.counters().erases, 0u);
}

TEST_F(RingTest, BadBucketIsSteppedOverAndCounted) {
  chip_.MakeBad(1, BadMode::kEraseFails);
  ASSERT_EQ(OpenNext(), Status::kOk);
  EXPECT_EQ(core_.head.number.value, 10u);
  EXPECT_EQ(HeaderOf(10).steps_over, 1);
  EXPECT_EQ(core_.retired.this_lap, 1);
  ASSERT_EQ(OpenNext(), Status::kOk);
  EXPECT_EQ(HeaderOf(11).steps_over, 0);
  EXPECT_EQ(HeaderOf(11).retired_this_lap, 1);
}

TEST_F(RingTest, BucketThatDoesNotTakeItsMarkIsSteppedOver) {
  chip_.MakeBad(1, BadMode::kSilentProgram);
  ASSERT_EQ(OpenNext(), Status::kOk);
  EXPECT_EQ(core_.head.number.value, 10u);
}

TEST_F(RingTest, MoreBadBucketsThanAMountLooksPastAreExhaustion) {
  for (std::uint32_t unit = 1; unit <= kWindow + 1; ++unit)
    chip_.MakeBad(unit, BadMode::kEraseFails);
  flashsim::SimFlash chip = chip_;
  ASSERT_EQ(OpenNext(), Status::kOk);
  EXPECT_EQ(core_.head.number.value, 8 + kWindow + 2);
  for (std::uint32_t unit = 5; unit <= 8; ++unit) chip_.MakeBad(unit % 8, BadMode::kEraseFails);
  EXPECT_EQ(OpenNext(), Status::kExhausted);
}

// Where all others are bad the newest bucket is not erased to be used again.
TEST(SmallestRingTest, KeepsItsHeadWhereNoOtherTakesPrograms) {
  Options options;
  options.bucket_bytes = options.block_bytes = 256;
  EngineRig rig(options, flashsim::Toy(256, 4));
  ASSERT_EQ(rig.Format(), Status::kOk);
  ASSERT_EQ(rig.WriteUntil(8), Status::kOk);
  const std::uint64_t first = rig.stats().last_sequence.value;
  for (const std::uint32_t unit : {1, 2, 3}) rig.chip.MakeBad(unit, BadMode::kEraseFails);
  EXPECT_EQ(rig.Write(100), Status::kExhausted);
  const std::string kept =
      std::to_string(first) + "-" + std::to_string(rig.stats().last_sequence.value);
  EXPECT_EQ(rig.ReadAll(), kept);
  rig.Drop();
  ASSERT_EQ(rig.Mount(), Status::kOk);
  EXPECT_TRUE(rig.ReadAll().starts_with(std::to_string(first) + "-"));
}

// What was begun in a bucket that Maintain had proved clean is erased before it is tried again.
TEST_F(RingTest, BegunOpeningIsNotCleanAnyMore) {
  OpenUntil(10);
  ASSERT_EQ(EraseAhead(core_, 1), Status::kNothingYet);
  chip_.FlipBits(3 * 1024 + 126, 0xFF);  // where the head frame of bucket 11 goes
  for (const std::uint32_t unit : {4, 5, 6}) chip_.MakeBad(unit, BadMode::kEraseFails);
  ASSERT_EQ(OpenNext(), Status::kExhausted);
  EXPECT_EQ(OpenNext(), Status::kOk);
  EXPECT_EQ(core_.head.number.value, 11u);
}

TEST_F(RingTest, LastLapIsNotOpened) {
  core_.head.number = {std::uint64_t{kMaxLap} * 8 + 6};
  EXPECT_EQ(OpenNext(), Status::kOk);
  EXPECT_EQ(OpenNext(), Status::kExhausted);
}

TEST_F(RingTest, UnreadBucketMayNotBeEvictedUnderKeepUnread) {
  Options options = SmallOptions();
  options.retention = Retention::kKeepUnread;
  Core core(chip_, options, memory_, nullptr, nullptr);
  core.identity = kIdentity;
  core.shared.tail = {8};
  core.head.number = {13};
  hand::Bucket(chip_, shape_, 9, kIdentity).Open(50, 8);
  Cursors cursors;
  cursors.enabled = 1;
  cursors.at[0] = {48};
  EXPECT_EQ(MayEvictFor(core, {13}, cursors), Status::kOk);  // evicts nothing
  EXPECT_EQ(MayEvictFor(core, {14}, cursors), Status::kFull);
  cursors.at[0] = {49};  // all before bucket 9
  EXPECT_EQ(MayEvictFor(core, {14}, cursors), Status::kOk);
  cursors.enabled = 0;
  cursors.at[0] = {};
  EXPECT_EQ(MayEvictFor(core, {14}, cursors), Status::kOk);
}

TEST_F(RingTest, MaintainLeavesTheNextBucketProvedClean) {
  OpenUntil(16);
  EXPECT_EQ(EraseAhead(core_, 0), Status::kOk);
  EXPECT_EQ(EraseAhead(core_, 1), Status::kNothingYet);
  EXPECT_EQ(MarkAt(17), MarkFor(17));
  chip_.ResetCounters();
  EXPECT_EQ(EraseAhead(core_, 9), Status::kNothingYet);
  ASSERT_EQ(OpenNext(), Status::kOk);
  EXPECT_EQ(chip_.counters().erases, 0u);
}

TEST_F(RingTest, MaintainPassesOverABadBucket) {
  chip_.MakeBad(1, BadMode::kEraseFails);
  EXPECT_EQ(EraseAhead(core_, 9), Status::kNothingYet);
  ASSERT_EQ(OpenNext(), Status::kOk);
  EXPECT_EQ(core_.head.number.value, 10u);
}

TEST_F(RingTest, NothingIsErasedAheadOfACopyBeyondItsWindow) {
  OpenUntil(14);
  ASSERT_EQ(OpenNext(/*real=*/false), Status::kOk);
  ASSERT_EQ(OpenNext(/*real=*/false), Status::kOk);  // 16: the window of 14 is used up
  chip_.ResetCounters();
  EXPECT_EQ(EraseAhead(core_, 9), Status::kNothingYet);
  EXPECT_EQ(chip_.counters().erases, 0u);
}

class DeepRingTest : public RingTest {
 protected:
  static Options Deep() {
    Options options = SmallOptions();
    options.erase_ahead = 3;
    return options;
  }
  DeepRingTest() : RingTest(Deep(), flashsim::Toy(512, 16)) {}
};

TEST_F(DeepRingTest, MaintainWorksInSlices) {
  OpenUntil(16);
  for (int i = 0; i < 5; ++i) {
    chip_.ResetCounters();
    EXPECT_EQ(EraseAhead(core_, 1), Status::kOk) << i;
    EXPECT_EQ(chip_.counters().erases, 1u);
  }
  EXPECT_EQ(EraseAhead(core_, 1), Status::kNothingYet);
  for (std::uint64_t number = 17; number <= 19; ++number) {
    EXPECT_EQ(MarkAt(number), MarkFor(number));
  }
  EXPECT_NE(MarkAt(20), MarkFor(20));
}

TEST_F(DeepRingTest, SliceThatAnOpeningOvertakesCountsNoRepeatedErase) {
  OpenUntil(16);
  ASSERT_EQ(EraseAhead(core_, 1), Status::kOk);
  OpenUntil(18);
  EXPECT_EQ(core_.erases_repeated, 0u);
}

}  // namespace
}  // namespace norlog
