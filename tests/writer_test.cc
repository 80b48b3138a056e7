// What append and commit program, byte by byte, and what they do when the
// flash refuses.
#include "norlog/writer.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "tests/engine_rig.h"
#include "tests/hand_built.h"

namespace norlog {
namespace {

using flashsim::BadMode;
using hand::Bytes;
using hand::Hex;

// Behind Format's head frame: 125 + 13 bytes (first byte, length, 7, crc).
constexpr std::uint32_t kFirstFree = 138;

class WriterTest : public testing::Test {
 protected:
  explicit WriterTest(const Options& options = SmallOptions(),
                      const flashsim::Profile& profile = flashsim::Toy(1024, 8))
      : rig_(options, profile) {
    EXPECT_EQ(rig_.Format(), Status::kOk);
  }
  Log& log() { return rig_.log(); }
  Status Put(std::uint8_t tag, std::int64_t time, const Bytes& payload) {
    return log().Append(tag, time, payload).status;
  }
  // What a hand would have written behind the format's head frame.
  hand::Bucket Expected() { return expected_.HandBucket(8).At(kFirstFree); }
  void ExpectAsByHand() {
    EXPECT_EQ(rig_.Peek(8, kFirstFree, 1024 - kFirstFree),
              expected_.Peek(8, kFirstFree, 1024 - kFirstFree));
  }

  EngineRig rig_;
  EngineRig expected_;
};

TEST_F(WriterTest, CommitIsOneDataFrame) {
  ASSERT_EQ(Put(7, 100, Hex("AA BB")), Status::kOk);
  ASSERT_EQ(Put(7, 200, Hex("CC DD")), Status::kOk);
  const std::uint64_t operations = rig_.chip.op_count();
  ASSERT_EQ(log().Commit().status, Status::kOk);
  EXPECT_EQ(rig_.chip.op_count(), operations + 1);
  Expected().Data(Hex("C1 07 02 C8 01 AA BB CC DD"));
  ExpectAsByHand();
}

TEST_F(WriterTest, RegularRecordsBecomeSameFrames) {
  for (std::int64_t time = 100; time <= 500; time += 100) {
    ASSERT_EQ(Put(7, time, Hex("AA BB")), Status::kOk);
    ASSERT_EQ(log().Commit().status, Status::kOk);
  }
  hand::Bucket bucket = Expected();
  bucket.Data(Hex("C0 07 02 C8 01 AA BB")).Data(Hex("00 AA BB"));
  bucket.Same(Hex("00 AA BB")).Same(Hex("00 AA BB")).Same(Hex("00 AA BB"));
  ExpectAsByHand();
}

TEST_F(WriterTest, CloseIsOneMarkAndASessionBeginsWithATouch) {
  ASSERT_EQ(Put(7, 100, Hex("AA BB")), Status::kOk);
  ASSERT_EQ(log().Close(), Status::kOk);
  ASSERT_EQ(rig_.Mount(), Status::kOk);
  ASSERT_EQ(Put(7, 200, Hex("CC DD")), Status::kOk);
  ASSERT_EQ(log().Close(), Status::kOk);
  Expected().Data(Hex("C0 07 02 C8 01 AA BB")).Zero().Zero().Data(Hex("00 CC DD")).Zero();
  ExpectAsByHand();
}

TEST_F(WriterTest, CloseWithoutAWriteProgramsNothing) {
  ASSERT_EQ(Put(7, 100, Hex("AA BB")), Status::kOk);
  ASSERT_EQ(log().Close(), Status::kOk);
  ASSERT_EQ(rig_.Mount(), Status::kOk);
  const std::uint64_t operations = rig_.chip.op_count();
  ASSERT_EQ(log().Commit().status, Status::kOk);
  ASSERT_EQ(log().Close(), Status::kOk);
  EXPECT_EQ(rig_.chip.op_count(), operations);
}

TEST_F(WriterTest, CursorCommitIsACursorsFrame) {
  ASSERT_EQ(rig_.Write(1), Status::kOk);
  Reader reader(log(), 0);
  Record record;
  ASSERT_EQ(reader.Next(record), Status::kOk);
  ASSERT_EQ(reader.Commit(), Status::kOk);
  Expected().Data(ContentOf(1, 1)).PutCursors(hand::MovedCursors(1, 1, {0}));
  ExpectAsByHand();
}

TEST_F(WriterTest, FullBlockGoesOnInTheNextWithAHeadFrame) {
  ASSERT_EQ(Put(7, 100, Bytes(50, 0x11)), Status::kOk);
  ASSERT_EQ(log().Commit().status, Status::kOk);
  ASSERT_EQ(Put(7, 300, Bytes(50, 0x22)), Status::kOk);
  ASSERT_EQ(log().Commit().status, Status::kOk);
  hand::Bucket bucket = Expected();
  bucket.Data(hand::Join({Hex("C0 07 32 C8 01"), Bytes(50, 0x11)}));
  const hand::Prefix prefix{2, 100, 100, 7, 50, hand::Cursors(1, {1}), {0x80}};
  bucket.Block(1).Head(2, {}, prefix, hand::Join({Hex("40 90 03"), Bytes(50, 0x22)}));
  ExpectAsByHand();
}

TEST_F(WriterTest, CommitWithNothingPendingIsFree) {
  const std::uint64_t operations = rig_.chip.op_count();
  EXPECT_EQ(log().Commit().status, Status::kOk);
  EXPECT_EQ(rig_.chip.op_count(), operations);
}

TEST_F(WriterTest, FrameThatFailsIsWrittenAgainInTheNextBucket) {
  ASSERT_EQ(rig_.Write(2), Status::kOk);
  const Offset failed = rig_.log().core().head.end;
  rig_.chip.MakeBad(0, BadMode::kSilentProgram);
  ASSERT_EQ(rig_.Write(1), Status::kOk);
  EXPECT_EQ(rig_.stats().head.value, 9u);
  EXPECT_EQ(rig_.Peek(9, 124, 2), Hex("00 53"));  // touch; a copy, real
  EXPECT_EQ(rig_.Peek(9, 127, 3), hand::Join({hand::FromBytes(1, failed)}));
  EXPECT_EQ(rig_.ReadAll(), "1-3");
  ASSERT_EQ(log().Close(), Status::kOk);
  ASSERT_EQ(rig_.Mount(), Status::kOk);
  EXPECT_EQ(rig_.ReadAll(), "1-3");
}

TEST_F(WriterTest, FailedPlaceIsDeadEvenIfItReadsLater) {
  ASSERT_EQ(rig_.Write(2), Status::kOk);
  const Offset failed = rig_.log().core().head.end;
  rig_.chip.MakeBad(0, BadMode::kSilentProgram);
  ASSERT_EQ(rig_.Write(1), Status::kOk);
  rig_.HandBucket(8).At(failed).Data(Hex("C3 05 00 02"));  // never appended
  EXPECT_EQ(rig_.ReadAll(), "1-3");
}

TEST_F(WriterTest, TouchThatFailsUsesUpItsBlockOnly) {
  ASSERT_EQ(rig_.Write(3), Status::kOk);
  ASSERT_EQ(log().Close(), Status::kOk);
  ASSERT_EQ(rig_.Mount(), Status::kOk);
  const std::uint64_t head = rig_.stats().head.value;
  rig_.chip.MakeBad(static_cast<std::uint32_t>(head % 8), BadMode::kSilentProgram);
  // The touch does nothing; from the next operation on the bucket is well again.
  std::uint32_t seen = 0;
  rig_.chip.set_observer([&](const flashsim::OpEvent&) {
    if (++seen == 2) rig_.chip.MakeBad(static_cast<std::uint32_t>(head % 8), BadMode::kGood);
  });
  ASSERT_EQ(rig_.Write(1), Status::kOk);
  EXPECT_EQ(rig_.stats().head.value, head);
  EXPECT_EQ(log().core().head.block, 1u);
  EXPECT_EQ(rig_.ReadAll(), "1-4");
}

TEST_F(WriterTest, RecordsStayPendingWhenNoBucketTakesThem) {
  ASSERT_EQ(rig_.Write(3), Status::kOk);
  ASSERT_EQ(rig_.AppendNext(), Status::kOk);
  for (std::uint32_t unit = 0; unit < 8; ++unit) rig_.chip.MakeBad(unit, BadMode::kSilentProgram);
  EXPECT_EQ(log().Commit().status, Status::kExhausted);
  EXPECT_EQ(rig_.stats().last_accepted.value, 4u);
  EXPECT_EQ(rig_.stats().last_sequence.value, 3u);
  for (std::uint32_t unit = 0; unit < 8; ++unit) rig_.chip.MakeBad(unit, BadMode::kGood);
  EXPECT_EQ(log().Commit().status, Status::kOk);
  EXPECT_EQ(rig_.ReadAll(), "1-4");
}

// --- Blocks of two pages ------------------------------------------------------
Options WideBlocks() {
  Options options = SmallOptions();
  options.block_bytes = 512;
  return options;
}

class WideWriterTest : public WriterTest {
 protected:
  WideWriterTest() : WriterTest(WideBlocks()) {}
};

// 138 + 1 + 1 + 5 + 91 + 4 bytes end at 240: 16 are left of the page.
TEST_F(WideWriterTest, FrameThatDoesNotFitThePageStartsOnTheNext) {
  ASSERT_EQ(Put(7, 100, Bytes(91, 0x11)), Status::kOk);
  ASSERT_EQ(log().Commit().status, Status::kOk);
  ASSERT_EQ(log().core().head.end, 240u);
  ASSERT_EQ(Put(8, 300, Bytes(20, 0x22)), Status::kOk);
  ASSERT_EQ(log().Commit().status, Status::kOk);
  Expected()
      .Data(hand::Join({Hex("C0 07 5B C8 01"), Bytes(91, 0x11)}))
      .At(256)
      .Data(hand::Join({Hex("C0 08 14 90 03"), Bytes(20, 0x22)}));
  ExpectAsByHand();
  ASSERT_EQ(log().Close(), Status::kOk);
  ASSERT_EQ(rig_.Mount(), Status::kOk);
  EXPECT_EQ(rig_.stats().last_sequence.value, 2u);
}

TEST_F(WideWriterTest, FrameThatFitsThePageIsNotPadded) {
  ASSERT_EQ(Put(7, 100, Bytes(91, 0x11)), Status::kOk);
  ASSERT_EQ(log().Commit().status, Status::kOk);
  ASSERT_EQ(Put(7, 200, Bytes(7, 0x22)), Status::kOk);  // a frame of 16 bytes
  ASSERT_EQ(log().Commit().status, Status::kOk);
  EXPECT_EQ(rig_.Peek(8, 240, 5), Hex("3C 0A 80 07 07"));
  EXPECT_EQ(log().core().head.end, 256u);
}

TEST_F(WideWriterTest, PaddedFrameAfterMarkAndTouch) {
  ASSERT_EQ(Put(7, 100, Bytes(91, 0x11)), Status::kOk);
  ASSERT_EQ(log().Close(), Status::kOk);
  ASSERT_EQ(rig_.Mount(), Status::kOk);
  ASSERT_EQ(Put(8, 300, Bytes(20, 0x22)), Status::kOk);
  ASSERT_EQ(log().Close(), Status::kOk);
  EXPECT_EQ(rig_.Peek(8, 240, 3), Hex("00 00 FF"));
  EXPECT_EQ(rig_.Peek(8, 256, 1), Hex("3C"));
  ASSERT_EQ(rig_.Mount(), Status::kOk);
  EXPECT_EQ(rig_.stats().mount_finding, MountFinding::kClean);
  EXPECT_EQ(rig_.stats().last_sequence.value, 2u);
}

}  // namespace
}  // namespace norlog
