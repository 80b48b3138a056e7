// Mistakes that the engine once made, each named after what went wrong. (Others
// are tested where they belong: laps that a wipe forgot in format_log_test.cc,
// foreign layouts in mount_test.cc, the reserve over a bad bucket in recovery_test.cc.)
#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "norlog/log.h"
#include "norlog/reader.h"
#include "tests/engine_rig.h"
#include "tests/hand_built.h"

namespace norlog {
namespace {

using hand::Bytes;
using hand::FromBytes;
using hand::Hex;

constexpr std::uint8_t kReal = 2;
constexpr std::uint8_t kCopyOnly = 1;
constexpr std::uint8_t kRealCopy = 3;

// --- A look at a torn reserve copy spoiled V's content -------------------------
class TornReserveTest : public testing::Test {
 protected:
  // Bucket 8: records 1-8, two a block, not closed; V, records 7-8, at `v_`.
  void PutFullBucket() {
    hand::Bucket bucket = rig_.HandBucket(8);
    bucket.Open(1, 8);
    for (std::uint32_t block = 0; block < 4; ++block) {
      const std::uint64_t first = 2 * block + 1;
      v_ = bucket.Block(block).offset();
      bucket.Head(kReal, {}, PrefixOf(first), ContentOf(first, first + 1));
    }
  }
  // Bucket 9: copies of V in all blocks.
  void PutUsedUpBucket() {
    hand::Bucket d = rig_.HandBucket(9);
    d.Open(7, 8);
    for (std::uint32_t block = 0; block < 4; ++block) {
      d.Block(block).Head(kCopyOnly, FromBytes(1, v_), PrefixOf(7), ContentOf(7, 8));
    }
  }
  // Bucket 10: a reserve copy whose last byte is torn.
  void PutTornReserve() {
    hand::HeaderFields fields;
    fields.flags = 1;
    fields.first_sequence = 7;
    fields.tail = 8;
    hand::Bucket e = rig_.HandBucket(10);
    e.PutMark().PutOpenNote().PutHeader(fields).Block(0);
    e.Head(kCopyOnly, FromBytes(2, v_), PrefixOf(7), ContentOf(7, 8));
    rig_.chip.FlipBits(e.address() + e.offset() - 1, 0x10);
  }
  void ExpectAllIsThere() {
    ASSERT_EQ(rig_.Mount(), Status::kOk);
    EXPECT_EQ(rig_.ReadAll(), "1-8");
    ASSERT_EQ(rig_.Mount(), Status::kOk);
    EXPECT_EQ(rig_.stats().mount_finding, MountFinding::kClean);
    EXPECT_EQ(rig_.ReadAll(), "1-8");
  }

  EngineRig rig_;
  std::uint32_t v_ = 0;
};

TEST_F(TornReserveTest, DoesNotSpoilWhatIsCopiedByWayOfTheReserve) {
  PutFullBucket();
  PutUsedUpBucket();
  PutTornReserve();
  ExpectAllIsThere();
}

TEST_F(TornReserveTest, DoesNotSpoilWhatIsCopiedBesideAnInterruptedOpening) {
  PutFullBucket();
  rig_.HandBucket(9).Open(7, 8);
  PutTornReserve();
  ExpectAllIsThere();
}

TEST_F(TornReserveTest, DoesNotSpoilWhatIsCopiedBesideAnErasedBucket) {
  PutFullBucket();
  PutTornReserve();
  ExpectAllIsThere();
}

// --- A torn copy hid the copy behind it: a phantom record -----------------------
TEST(PhantomRegression, TornHeadFrameHidesNoCopyBehindIt) {
  for (std::uint8_t flags = 0; flags < 4; ++flags) {
    EngineRig rig;
    hand::Bucket bucket = rig.HandBucket(8);
    bucket.Open(1, 8).Block(0).Head(kReal, {}, PrefixOf(1), ContentOf(1, 2));
    const std::uint32_t v = bucket.offset();
    bucket.Data(Hex("C3 05 00 02"));  // four records that no test has appended
    const Bytes from = (flags & 1) != 0 ? FromBytes(0, v) : Bytes();
    bucket.Block(1).Head(flags, from, PrefixOf(3), ContentOf(3, 4));
    rig.chip.FlipBits(bucket.offset() - 1, 0x01);
    bucket.Block(2).Head(kRealCopy, FromBytes(0, v), PrefixOf(3), ContentOf(3, 4)).Zero();
    ASSERT_EQ(rig.Mount(), Status::kOk);
    EXPECT_EQ(rig.ReadAll(), "1-4") << int{flags};
  }
}

// --- A refused open note retired a healthy bucket -------------------------------
class RefusedNoteTest : public testing::Test {
 protected:
  RefusedNoteTest() : rig_(Wide(), flashsim::Toy(2048, 8, 8, ProgramRule::kOnce)) {
    flashsim::SimOptions options = rig_.chip.options();
    options.torn_unit = flashsim::TornUnitPolicy::kRefuse;
    rig_.chip.set_options(options);
  }
  static Options Wide() {
    Options options = SmallOptions();
    options.bucket_bytes = 2048;
    options.block_bytes = 512;
    return options;
  }
  // The program of the open note of bucket `number` was cut and left no trace.
  void CutOpenNote(std::uint64_t number) {
    const std::uint32_t at = rig_.shape().OpenNoteAt();
    rig_.chip.CutAt(0, {flashsim::ProgramTear::kFalseBlank, {}, 1});
    EXPECT_EQ(rig_.chip.Program(rig_.HandBucket(number).address() + at, hand::Repeat(0, 8)),
              Status::kNoPower);
    rig_.chip.PowerOn();
    EXPECT_EQ(rig_.Peek(number, at, 8), hand::Repeat(0xFF, 8));
  }

  EngineRig rig_;
};

TEST_F(RefusedNoteTest, HealthyBucketIsErasedAndOpenedAllTheSame) {
  rig_.HandBucket(8).Open(1, 8).Block(3).Head(kReal, {}, PrefixOf(1), ContentOf(1, 2)).Zero();
  rig_.HandBucket(9).PutMark();
  CutOpenNote(9);
  ASSERT_EQ(rig_.Mount(), Status::kOk);
  rig_.chip.ResetCounters();
  ASSERT_EQ(rig_.WriteUntil(9), Status::kOk);
  EXPECT_EQ(rig_.stats().head.value, 9u);
  EXPECT_EQ(rig_.stats().retired_buckets, 0u);
  EXPECT_EQ(rig_.chip.counters().erases, 1u);
  EXPECT_EQ(rig_.ReadAll(), Records(1, rig_.stats().last_sequence.value));
}

// --- Two readers of a full log waited for each other for ever -------------------
class WaitingReadersTest : public testing::Test {
 protected:
  WaitingReadersTest() : rig_(TwoReaders()) {}
  static Options TwoReaders() {
    Options options = SmallOptions();
    options.reader_count = 2;
    options.retention = Retention::kKeepUnread;
    return options;
  }
  // Full, and no cursor fits any more: reader 0 has committed the few first records
  // that the head bucket had room for, reader 1 nothing.
  void SetUp() override {
    ASSERT_EQ(rig_.Format(), Status::kOk);
    while (Ok(rig_.Write(1))) continue;
    last_ = rig_.stats().last_sequence.value;
    Reader reader(rig_.log(), 0);
    Record record;
    while (Ok(reader.Next(record)) && Ok(reader.Commit())) continue;
    ASSERT_LT(reader.position().value, 10u);
    // So far behind that all cursors frames have the same length; two buckets read.
    read_ = last_ - 150;
    ASSERT_GT(read_, 150u);
  }
  Status ReadOnAndCommit(int index) {
    Reader reader(rig_.log(), index);
    EXPECT_EQ(reader.Seek({read_ + 1}), Status::kOk);
    return reader.Commit();
  }
  std::uint64_t Cursor(int index) { return rig_.stats().readers[index].cursor.value; }

  EngineRig rig_;
  std::uint64_t last_ = 0;
  std::uint64_t read_ = 0;
};

TEST_F(WaitingReadersTest, SecondCommitFreesTheLogForBoth) {
  ASSERT_EQ(ReadOnAndCommit(0), Status::kFull);
  ASSERT_EQ(ReadOnAndCommit(1), Status::kOk);
  EXPECT_EQ(Cursor(0), read_);
  EXPECT_EQ(Cursor(1), read_);
  EXPECT_EQ(rig_.Write(50), Status::kOk);
}

TEST_F(WaitingReadersTest, BothCursorsAreDurableWithTheCommitThatFrees) {
  ASSERT_EQ(ReadOnAndCommit(0), Status::kFull);
  ASSERT_EQ(ReadOnAndCommit(1), Status::kOk);
  ASSERT_EQ(rig_.Mount(), Status::kOk);  // no Close
  EXPECT_EQ(Cursor(0), read_);
  EXPECT_EQ(Cursor(1), read_);
  EXPECT_EQ(rig_.Write(50), Status::kOk);
}

// The full answer is honest: what it left in RAM is read again, none is missed.
TEST_F(WaitingReadersTest, CursorWithoutRoomIsForgottenByABootBeforeTheLogIsFreed) {
  const std::uint64_t committed = Cursor(0);
  ASSERT_EQ(ReadOnAndCommit(0), Status::kFull);
  EXPECT_EQ(Cursor(0), committed);
  ASSERT_EQ(rig_.Mount(), Status::kOk);
  EXPECT_EQ(Cursor(0), committed);
  EXPECT_EQ(rig_.Read(0), Records(committed + 1, last_));
  ASSERT_EQ(ReadOnAndCommit(1), Status::kFull);  // in the other order
  ASSERT_EQ(ReadOnAndCommit(0), Status::kOk);
  EXPECT_EQ(rig_.Write(50), Status::kOk);
}

TEST_F(WaitingReadersTest, CursorWithoutRoomIsDurableWithTheDisablingThatFrees) {
  ASSERT_EQ(ReadOnAndCommit(0), Status::kFull);
  ASSERT_EQ(rig_.log().DisableReader(1), Status::kOk);
  ASSERT_EQ(rig_.Mount(), Status::kOk);
  EXPECT_EQ(Cursor(0), read_);
}

}  // namespace
}  // namespace norlog
