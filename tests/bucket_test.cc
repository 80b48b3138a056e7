// Operations on one bucket: what is retried, split, verified, and in which order.
#include "norlog/bucket.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "tests/engine_rig.h"
#include "tests/hand_built.h"

namespace norlog {
namespace {

using flashsim::BadMode;
using flashsim::OpEvent;
using hand::Bytes;

class BucketTest : public testing::Test {
 protected:
  explicit BucketTest(const flashsim::Profile& profile = flashsim::Toy(1024, 8),
                      const Options& options = SmallOptions())
      : chip_(profile, 1),
        layout_(MakeLayout(options, chip_.geometry())),
        shape_(ShapeOf(options, chip_.geometry())),
        io_(chip_, layout_, nullptr) {
    chip_.set_observer([this](const OpEvent& event) { operations_.push_back(event.address); });
  }

  void FailReads(std::uint32_t every) {
    flashsim::SimOptions options = chip_.options();
    options.read_error_every = every;
    chip_.set_options(options);
  }
  Status EraseAll(BucketIndex index) {
    for (std::uint32_t i = 0; i < io_.EraseOperations(); ++i) {
      NORLOG_TRY(io_.EraseOperation(index, i));
    }
    return io_.VerifyErased(index);
  }
  BucketFront Front(std::uint32_t index) {
    BucketFront front;
    EXPECT_EQ(io_.ReadFront({index}, front), Status::kOk);
    return front;
  }
  bool IsClean(std::uint32_t index, std::uint32_t lap) {
    bool clean = false;
    EXPECT_EQ(io_.ReadClean({index}, lap, clean), Status::kOk);
    return clean;
  }
  // The lap of a clean mark, -1 if there is none.
  std::int64_t MarkedLap(std::uint32_t index) {
    bool marked = true;
    std::uint32_t lap = 0;
    EXPECT_EQ(io_.ReadMark({index}, marked, lap), Status::kOk);
    return marked ? std::int64_t{lap} : -1;
  }
  hand::Bucket Hand(std::uint64_t number) { return {chip_, shape_, number, kIdentity}; }

  flashsim::SimFlash chip_;
  const Layout layout_;
  const hand::Shape shape_;
  BucketIo io_;
  std::vector<std::uint64_t> operations_;  // addresses
};

TEST_F(BucketTest, FailingReadIsTriedAgain) {
  chip_.Poke(2048, hand::Hex("11 22"));
  FailReads(2);
  Bytes out(2);
  for (int i = 0; i < 4; ++i) {
    ASSERT_EQ(io_.Read({2}, 0, out), Status::kOk);
    EXPECT_EQ(out, hand::Hex("11 22"));
  }
}

TEST_F(BucketTest, LastingReadErrorIsReturnedAfterThreeTries) {
  FailReads(1);
  Bytes out(2);
  EXPECT_EQ(io_.Read({2}, 0, out), Status::kReadError);
  EXPECT_EQ(io_.reads(), 3u);
}

TEST_F(BucketTest, TolerantReadReplacesWhatCannotBeRead) {
  FailReads(1);
  Bytes out(3);
  EXPECT_EQ(io_.ReadTolerant({2}, 0, out), Status::kOk);
  EXPECT_EQ(out, hand::Repeat(kTornFill, 3));
}

TEST_F(BucketTest, NoPowerEndsAtOnce) {
  chip_.CutNow();
  Bytes out(3);
  EXPECT_EQ(io_.ReadTolerant({2}, 0, out), Status::kNoPower);
  EXPECT_EQ(io_.reads(), 1u);
}

TEST_F(BucketTest, ProgramIsOneOperationAPage) {
  ASSERT_EQ(io_.Program({1}, 250, hand::Repeat(0x12, 300), true), Status::kOk);
  EXPECT_EQ(operations_, (std::vector<std::uint64_t>{1274, 1280, 1536}));
  EXPECT_EQ(chip_.Peek(1274, 300), hand::Repeat(0x12, 300));
}

TEST_F(BucketTest, VerifyNoticesAProgramThatDidNothing) {
  chip_.MakeBad(1, BadMode::kSilentProgram);
  EXPECT_EQ(io_.Program({1}, 0, hand::Repeat(0x12, 8), true), Status::kProgramError);
  EXPECT_EQ(io_.Program({1}, 0, hand::Repeat(0x12, 8), false), Status::kOk);
}

TEST_F(BucketTest, VerifyThatCannotReadIsAProgramError) {
  FailReads(1);
  EXPECT_EQ(io_.Program({1}, 0, hand::Repeat(0x12, 8), true), Status::kProgramError);
}

TEST_F(BucketTest, ZerosAreAlwaysVerified) {
  EXPECT_EQ(io_.ProgramZeros({1}, 124, 1), Status::kOk);
  EXPECT_EQ(io_.ProgramZeros({1}, 124, 1), Status::kOk);  // repeatable
  chip_.MakeBad(2, BadMode::kSilentProgram);
  EXPECT_EQ(io_.ProgramZeros({2}, 124, 1), Status::kProgramError);
}

TEST_F(BucketTest, ErasedBucketIsVerified) {
  ASSERT_EQ(EraseAll({1}), Status::kOk);
  chip_.FlipBits(1024 + 1023, 0x01);
  EXPECT_EQ(io_.VerifyErased({1}), Status::kEraseError);
  chip_.MakeBad(1, BadMode::kEraseFails);
  EXPECT_EQ(EraseAll({1}), Status::kEraseError);
}

TEST_F(BucketTest, MarkIsTheHandWrittenOne) {
  ASSERT_EQ(io_.ProgramMark({3}, 9), Status::kOk);
  EXPECT_EQ(chip_.Peek(3 * 1024, 12), hand::Mark(shape_, 3, 9));
  EXPECT_TRUE(IsClean(3, 9));
}

TEST_F(BucketTest, CleanNeedsAMarkOfTheComingLap) {
  EXPECT_FALSE(IsClean(3, 9));  // blank proves nothing
  Hand(9 * 8 + 3).PutMark();
  EXPECT_TRUE(IsClean(3, 9));
  EXPECT_FALSE(IsClean(3, 10));
  EXPECT_FALSE(IsClean(3, 8));
}

TEST_F(BucketTest, CleanNeedsEverythingUpToTheTouchErased) {
  Hand(9 * 8 + 3).PutMark();
  for (std::uint32_t offset = 12; offset <= 124; ++offset) {
    chip_.FlipBits(3 * 1024 + offset, 0x10);
    EXPECT_FALSE(IsClean(3, 9)) << offset;
    chip_.FlipBits(3 * 1024 + offset, 0x10);
  }
  chip_.FlipBits(3 * 1024 + 125, 0x10);  // behind a blank touch nothing can stand
  EXPECT_TRUE(IsClean(3, 9));
}

// An erase begins with programming, from the end.
TEST_F(BucketTest, CleanNeedsTheEndErased) {
  Hand(9 * 8 + 3).PutMark();
  for (std::uint32_t offset = 1024 - 32; offset < 1024; ++offset) {
    chip_.FlipBits(3 * 1024 + offset, 0x10);
    EXPECT_FALSE(IsClean(3, 9)) << offset;
    chip_.FlipBits(3 * 1024 + offset, 0x10);
  }
  EXPECT_TRUE(IsClean(3, 9));
}

TEST_F(BucketTest, MarkTellsItsLap) {
  Hand(9 * 8 + 3).PutMark();
  EXPECT_EQ(MarkedLap(3), 9);
  chip_.FlipBits(3 * 1024 + 4, 0x01);
  EXPECT_EQ(MarkedLap(3), -1);
  chip_.Poke(4 * 1024, hand::Mark(shape_, 5, 9));  // of another bucket
  EXPECT_EQ(MarkedLap(4), -1);
  EXPECT_EQ(MarkedLap(5), -1);
}

TEST_F(BucketTest, MarkThatCannotBeReadIsNone) {
  Hand(9 * 8 + 3).PutMark();
  FailReads(1);
  EXPECT_EQ(MarkedLap(3), -1);
}

TEST_F(BucketTest, HeaderIsTheHandWrittenOne) {
  Header header;
  header.probe.lap = 9;
  header.probe.identity = kIdentity;
  header.probe.first_sequence = {77};
  header.tail = {66};
  ASSERT_EQ(io_.ProgramHeader({3}, header), Status::kOk);
  hand::HeaderFields fields;
  fields.lap = 9;
  fields.identity = kIdentity;
  fields.first_sequence = 77;
  fields.tail = 66;
  fields.erase_ahead = 0;
  EXPECT_EQ(chip_.Peek(3 * 1024 + 20, 104), hand::Header(shape_, 3, fields));
}

TEST_F(BucketTest, FrontOfAnOpenBucket) {
  Hand(75).Open(500, 70);
  const BucketFront front = Front(3);
  EXPECT_TRUE(front.opening);
  EXPECT_FALSE(front.is_void);
  EXPECT_FALSE(front.torn);
  ASSERT_EQ(front.state, HeaderState::kValid);
  EXPECT_EQ(front.header.probe.lap, 9u);
  EXPECT_EQ(front.header.probe.first_sequence.value, 500u);
  EXPECT_EQ(front.header.tail.value, 70u);
}

TEST_F(BucketTest, FrontOfABlankBucket) {
  const BucketFront front = Front(3);
  EXPECT_FALSE(front.opening);
  EXPECT_FALSE(front.is_void);
  EXPECT_EQ(front.state, HeaderState::kErased);
}

TEST_F(BucketTest, AnyBitOfTheOpenNoteTellsAnOpening) {
  chip_.FlipBits(3 * 1024 + 15, 0x80);
  EXPECT_TRUE(Front(3).opening);
}

TEST_F(BucketTest, VoidNoteNeedsEightZeroBits) {
  chip_.Poke(3 * 1024 + 16, hand::Hex("80 FF FF FF"));
  EXPECT_FALSE(Front(3).is_void);
  chip_.Poke(3 * 1024 + 16, hand::Hex("80 FE FF FF"));
  EXPECT_TRUE(Front(3).is_void);
}

TEST_F(BucketTest, HeaderWithAProbeOnlyIsTorn) {
  Hand(75).Open(500, 70);
  chip_.FlipBits(3 * 1024 + 20 + 50, 0x01);
  const BucketFront front = Front(3);
  EXPECT_TRUE(front.torn);
  EXPECT_EQ(front.state, HeaderState::kAbsent);
  EXPECT_EQ(front.header.probe.first_sequence.value, 500u);
}

TEST_F(BucketTest, TouchIsWhateverIsNotErased) {
  bool touched = true;
  bool begun = true;
  ASSERT_EQ(io_.ReadBlockFront({3}, 2, touched, begun), Status::kOk);
  EXPECT_FALSE(touched);
  EXPECT_FALSE(begun);
  chip_.FlipBits(3 * 1024 + 512, 0x01);
  ASSERT_EQ(io_.ReadBlockFront({3}, 2, touched, begun), Status::kOk);
  EXPECT_TRUE(touched);
  EXPECT_FALSE(begun);
  Hand(75).At(513).Head(2, {}, {}, {});
  ASSERT_EQ(io_.ReadBlockFront({3}, 2, touched, begun), Status::kOk);
  EXPECT_TRUE(begun);
}

TEST_F(BucketTest, EvictedBucketIsNotRead) {
  Bytes out(4);
  const BucketNumber tail{20};
  EXPECT_EQ(io_.ReadRetained({19}, tail, 0, out), Status::kGap);
  EXPECT_EQ(io_.reads(), 0u);
  EXPECT_EQ(io_.ReadRetained({20}, tail, 0, out), Status::kOk);
}

// --- Head frames that are checked piece by piece -------------------------------
class HeadFrameTest : public BucketTest {
 protected:
  // A head frame of more than one piece, in block 1 of bucket 75.
  HeadFrameTest() {
    hand::Bucket bucket = Hand(75).At(257);
    bucket.Head(2, {}, {}, hand::Repeat(0x42, 150));
    end_ = bucket.offset();
  }
  Status Check(bool& valid, FrameSeed seed = {kIdentity, {75}}, std::uint64_t tail = 0) {
    Bytes front(16);
    EXPECT_EQ(io_.Read({3}, 257, front), Status::kOk);
    io_.ResetCounts();
    return io_.CheckHeadFrame(seed, 257, front, BucketNumber{tail}, valid);
  }
  bool IsValid(FrameSeed seed = {kIdentity, {75}}) {
    bool valid = false;
    EXPECT_EQ(Check(valid, seed), Status::kOk);
    return valid;
  }

  std::uint32_t end_ = 0;
};

TEST_F(HeadFrameTest, HandWrittenOneIsValid) {
  EXPECT_TRUE(IsValid());
}

TEST_F(HeadFrameTest, AnyFlippedBitSpoilsIt) {
  for (std::uint32_t bit = 0; bit < 8 * (end_ - 257); ++bit) {
    const auto mask = static_cast<std::uint8_t>(1u << (bit % 8));
    chip_.FlipBits(3 * 1024 + 257 + bit / 8, mask);
    EXPECT_FALSE(IsValid()) << bit;
    chip_.FlipBits(3 * 1024 + 257 + bit / 8, mask);
  }
}

TEST_F(HeadFrameTest, OfAnotherLogOrLapIsNone) {
  EXPECT_FALSE(IsValid({kIdentity + 1, {75}}));
  EXPECT_FALSE(IsValid({kIdentity, {83}}));
}

TEST_F(HeadFrameTest, OtherFramesAreNoneAndCostNoRead) {
  Hand(75).At(257).Data(hand::Repeat(0x42, 150));
  EXPECT_FALSE(IsValid());
  EXPECT_EQ(io_.reads(), 0u);
}

TEST_F(HeadFrameTest, ImpossibleLengthIsNoneAndCostsNoRead) {
  for (const char* const length : {"81 02", "FF FF 03", "FF FF FF"}) {  // 257, 65535, no end
    chip_.Poke(3 * 1024 + 258, hand::Hex(length));
    EXPECT_FALSE(IsValid()) << length;
    EXPECT_EQ(io_.reads(), 0u);
  }
}

TEST_F(HeadFrameTest, FrameThatWouldLeaveTheBucketIsNone) {
  const Bytes front = hand::Hex("52 80 01 00");
  bool valid = true;
  ASSERT_EQ(io_.CheckHeadFrame({kIdentity, {75}}, 1024 - 100, front, {}, valid), Status::kOk);
  EXPECT_FALSE(valid);
  EXPECT_EQ(io_.reads(), 0u);
}

TEST_F(HeadFrameTest, OfAnEvictedBucketIsAGap) {
  bool valid = true;
  EXPECT_EQ(Check(valid, {kIdentity, {75}}, 75), Status::kOk);
  EXPECT_TRUE(valid);
  EXPECT_EQ(Check(valid, {kIdentity, {75}}, 76), Status::kGap);
  EXPECT_FALSE(valid);
}

// --- Chips whose units take one program only ---------------------------------
class OnceBucketTest : public BucketTest {
 protected:
  OnceBucketTest() : BucketTest(flashsim::Toy(1024, 8, 8, ProgramRule::kOnce)) {}
};

TEST_F(OnceBucketTest, TornWordHidesOnlyItself) {
  flashsim::SimOptions options;
  options.torn_read_error_ppm = 1000000;
  chip_.set_options(options);
  chip_.Poke(1024, hand::Repeat(0x11, 8));
  chip_.Poke(1040, hand::Repeat(0x33, 8));
  chip_.CutAt(0, {flashsim::ProgramTear::kRandomBits50, {}, 1});
  EXPECT_EQ(chip_.Program(1032, hand::Repeat(0x22, 8)), Status::kNoPower);
  chip_.PowerOn();
  Bytes out(24);
  ASSERT_EQ(io_.ReadTolerant({1}, 0, out), Status::kOk);
  EXPECT_EQ(out,
            hand::Join({hand::Repeat(0x11, 8), hand::Repeat(kTornFill, 8), hand::Repeat(0x33, 8)}));
}

TEST_F(OnceBucketTest, NoteThatSaysItAlreadyIsLeftAlone) {
  chip_.Poke(1024 + layout_.void_offset, hand::Hex("FF FF FF FE FF FF FF FF"));
  EXPECT_EQ(io_.ProgramNote({1}, layout_.void_offset), Status::kOk);
  EXPECT_TRUE(operations_.empty());
  EXPECT_EQ(io_.ProgramNote({2}, layout_.void_offset), Status::kOk);
  EXPECT_EQ(chip_.Peek(2048 + layout_.void_offset, 8), hand::Repeat(0, 8));
}

// No void note can be programmed over what is unknown there.
TEST_F(OnceBucketTest, CleanNeedsEveryByteErased) {
  Hand(9 * 8 + 3).PutMark();
  EXPECT_TRUE(IsClean(3, 9));
  for (std::uint32_t offset = 16; offset < 1024; ++offset) {
    chip_.FlipBits(3 * 1024 + offset, 0x10);
    EXPECT_FALSE(IsClean(3, 9)) << offset;
    chip_.FlipBits(3 * 1024 + offset, 0x10);
  }
}

// --- Erase sizes --------------------------------------------------------------
Options Buckets(std::uint32_t bucket_bytes) {
  Options options;
  options.bucket_bytes = bucket_bytes;
  options.block_bytes = 4096;
  return options;
}

class SectorBucketTest : public BucketTest {
 protected:
  SectorBucketTest() : BucketTest(flashsim::W25Q(1), Buckets(8192)) {}
};

// FORMAT.md section 6, amendment L: notes and header go last.
TEST_F(SectorBucketTest, ErasesFromTheLastToTheFirst) {
  ASSERT_EQ(EraseAll({3}), Status::kOk);
  EXPECT_EQ(operations_, (std::vector<std::uint64_t>{3 * 8192 + 4096, 3 * 8192}));
}

class BigBucketTest : public BucketTest {
 protected:
  BigBucketTest() : BucketTest(flashsim::W25Q(1), Buckets(65536)) {}
};

TEST_F(BigBucketTest, UsesTheLargestEraseThatFits) {
  EXPECT_EQ(io_.EraseOperations(), 1u);
  ASSERT_EQ(EraseAll({3}), Status::kOk);
  EXPECT_EQ(operations_, (std::vector<std::uint64_t>{3 * 65536}));
}

}  // namespace
}  // namespace norlog
