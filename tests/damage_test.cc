// G6 at the log's end: a bit that flips in the newest bucket costs its block, is told
// exactly, and no sequence number is given twice (FORMAT.md section 4, damage).
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tests/engine_rig.h"

namespace norlog {
namespace {

// Where each record's frame begins, in the bucket; one more for the end.
class DamageTest : public testing::Test {
 protected:
  // Appends and commits a record, and remembers where its frame stands.
  void WriteOne() {
    const std::uint32_t before = End();
    ASSERT_EQ(rig_.Write(1), Status::kOk);
    begins_.push_back({before, rig_.stats().last_sequence.value});
  }
  std::uint32_t End() {
    return rig_.options.bucket_bytes -
           static_cast<std::uint32_t>(rig_.stats().bytes_free_in_bucket);
  }
  std::uint64_t Address(std::uint32_t offset) {
    return std::uint64_t{rig_.stats().head_index.value} * rig_.options.bucket_bytes + offset;
  }
  // The log with one bit flipped, mounted twice, and gone on with: what it tells.
  std::string StoryWith(const flashsim::SimFlash& chip, std::uint64_t address, int bit) {
    rig_.Drop();
    rig_.chip = chip;
    rig_.chip.FlipBits(address, static_cast<std::uint8_t>(1u << bit));
    if (const Status status = rig_.Mount(); !Ok(status)) return StatusName(status);
    const std::string first = rig_.ReadAll();
    if (const Status status = rig_.Write(1); !Ok(status)) return StatusName(status);
    if (const Status status = rig_.Mount(); !Ok(status)) return StatusName(status);
    const std::string second = rig_.ReadAll();
    return second.starts_with(first.substr(0, first.find(", damaged")))
               ? second
               : first + " and then " + second;
  }
  struct Begin {
    std::uint32_t offset;
    std::uint64_t record;
  };

  EngineRig rig_;
  std::vector<Begin> begins_;
};

TEST_F(DamageTest, FlippedBitInTheOnlyBucketIsToldExactly) {
  ASSERT_EQ(rig_.Format(), Status::kOk);
  for (int i = 0; i < 7; ++i) WriteOne();
  ASSERT_EQ(rig_.stats().head.value, 8u);
  const std::uint32_t head_frame = 125;
  const std::uint64_t bucket = Address(0);
  const flashsim::SimFlash chip = rig_.chip;
  for (std::uint32_t at = head_frame; at < begins_[4].offset; ++at) {
    std::uint64_t lost = 1;
    for (const Begin& begin : begins_) {
      if (begin.offset <= at) lost = begin.record;
    }
    const std::string kept = lost > 1 ? "1-" + std::to_string(lost - 1) + ", " : "";
    for (int bit = 0; bit < 8; ++bit) {
      EXPECT_EQ(StoryWith(chip, bucket + at, bit),
                kept + "damaged " + std::to_string(lost) + "-7, 8-8")
          << "byte " << at << ", bit " << bit;
    }
  }
}

// An opening that steps over all buckets that it may gives up what they held, in a ring so
// small that no more than the newest one is left. Readers come to an end.
TEST_F(DamageTest, TheNewestBucketStaysWhereNoneCanBeOpened) {
  rig_.options.erase_ahead = 5;
  ASSERT_EQ(rig_.Format(), Status::kOk);
  ASSERT_EQ(rig_.WriteUntil(12), Status::kOk);
  const std::uint64_t first = rig_.stats().last_sequence.value;
  for (const std::uint32_t unit : {5, 6, 7, 0, 1, 2, 3}) {
    rig_.chip.MakeBad(unit, flashsim::BadMode::kEraseFails);
  }
  EXPECT_EQ(rig_.Write(1000), Status::kExhausted);
  const std::string kept =
      std::to_string(first) + "-" + std::to_string(rig_.stats().last_sequence.value);
  EXPECT_EQ(rig_.ReadAll(), kept);
  EXPECT_EQ(rig_.stats().first_sequence.value, first);
}

// A bit that is lost where the next frame goes, or in the rest of the page that it leaves
// out: the frame goes elsewhere, and nothing is called damaged.
TEST_F(DamageTest, WhatIsNotErasedBehindTheLastFrameIsSteppedOver) {
  rig_.options.block_bytes = 1024;
  int padded = 0;
  for (std::uint64_t before = 1; before <= 24; ++before) {
    rig_.Drop();
    rig_.chip = EngineRig().chip;
    ASSERT_EQ(rig_.Format(), Status::kOk);
    for (std::uint64_t i = 0; i < before; ++i) ASSERT_EQ(rig_.Write(1), Status::kOk);
    const std::uint32_t end = End();
    const std::uint32_t left = 256 - end % 256;
    if (left < 20) ++padded;  // no frame fits there
    rig_.chip.FlipBits(Address(end), 0x88);
    ASSERT_EQ(rig_.Write(1), Status::kOk);
    ASSERT_EQ(rig_.Mount(), Status::kOk);
    EXPECT_EQ(rig_.ReadAll(), "1-" + std::to_string(before + 1));
  }
  EXPECT_GT(padded, 0);
}

// Record 5 has another shape than 4; only same frames stand behind it.
TEST_F(DamageTest, LengthOfTheLastShapeIsAllThatMayGoUnseen) {
  ASSERT_EQ(rig_.Format(), Status::kOk);
  for (int i = 0; i < 7; ++i) WriteOne();
  const std::uint64_t bucket = Address(0);
  const flashsim::SimFlash chip = rig_.chip;
  for (std::uint32_t at = begins_[4].offset; at < begins_[5].offset; ++at) {
    const std::uint32_t into = at - begins_[4].offset;
    if (into == 1 || into == 2) continue;  // the length; the content's first byte
    for (int bit = 0; bit < 8; ++bit) {
      EXPECT_EQ(StoryWith(chip, bucket + at, bit), "1-4, damaged 5-7, 8-8")
          << "byte " << into << " of the frame, bit " << bit;
    }
  }
}

TEST_F(DamageTest, ClosedLogIsNoOtherCase) {
  ASSERT_EQ(rig_.Format(), Status::kOk);
  for (int i = 0; i < 7; ++i) WriteOne();
  const std::uint64_t address = Address(begins_[2].offset) + 3;
  ASSERT_EQ(rig_.log().Close(), Status::kOk);
  const flashsim::SimFlash chip = rig_.chip;
  EXPECT_EQ(StoryWith(chip, address, 3), "1-2, damaged 3-7, 8-8");
}

TEST_F(DamageTest, StatsCountWhatIsLostAndKeepIt) {
  ASSERT_EQ(rig_.Format(), Status::kOk);
  for (int i = 0; i < 7; ++i) WriteOne();
  const std::uint64_t address = Address(begins_[2].offset) + 3;
  rig_.Drop();
  rig_.chip.FlipBits(address, 8);
  ASSERT_EQ(rig_.Mount(), Status::kOk);
  EXPECT_EQ(rig_.stats().records_damaged, 5u);  // 3 to 7
  ASSERT_EQ(rig_.WriteUntil(10), Status::kOk);
  ASSERT_EQ(rig_.Mount(), Status::kOk);
  EXPECT_EQ(rig_.stats().records_damaged, 5u);
}

TEST_F(DamageTest, StatsTellWhatAReaderMissed) {
  ASSERT_EQ(rig_.Format(), Status::kOk);
  ASSERT_EQ(rig_.WriteUntil(12), Status::kOk);
  EXPECT_EQ(rig_.stats().readers[0].evicted_unread, 0u);
  ASSERT_EQ(rig_.WriteUntil(20), Status::kOk);
  const Stats stats = rig_.stats();
  ASSERT_GT(stats.records_evicted, 0u);
  EXPECT_EQ(stats.readers[0].evicted_unread, stats.records_evicted);
  EXPECT_EQ(stats.readers[0].lag, stats.last_sequence.value);
}

// The head frame of the newest bucket: it alone made it open.
TEST_F(DamageTest, HeadFrameOfAFurtherBucketIsToldExactly) {
  ASSERT_EQ(rig_.Format(), Status::kOk);
  ASSERT_EQ(rig_.WriteUntil(11), Status::kOk);
  const std::uint64_t first = rig_.stats().last_sequence.value;
  for (int i = 0; i < 6; ++i) WriteOne();
  ASSERT_EQ(rig_.stats().head.value, 11u);
  const std::uint64_t bucket = Address(0);
  const flashsim::SimFlash chip = rig_.chip;
  const std::string expected = "1-" + std::to_string(first - 1) + ", damaged " +
                               std::to_string(first) + "-" + std::to_string(first + 6) + ", " +
                               std::to_string(first + 7) + "-" + std::to_string(first + 7);
  for (const std::uint32_t at : {125u, 128u, 130u, 140u}) {
    EXPECT_EQ(StoryWith(chip, bucket + at, 1), expected) << "byte " << at;
  }
}

TEST_F(DamageTest, CursorBehindTheDamageIsNotForgotten) {
  ASSERT_EQ(rig_.Format(), Status::kOk);
  for (int i = 0; i < 6; ++i) WriteOne();
  {
    Reader reader(rig_.log(), 0);
    Record record;
    for (int i = 0; i < 4; ++i) ASSERT_EQ(reader.Next(record), Status::kOk);
    ASSERT_EQ(reader.Commit(), Status::kOk);
  }
  rig_.chip.FlipBits(Address(begins_[1].offset) + 2, 0x10);
  ASSERT_EQ(rig_.Mount(), Status::kOk);
  EXPECT_EQ(rig_.stats().readers[0].cursor.value, 4u);
  EXPECT_EQ(rig_.Read(), "damaged 5-6");
}

TEST_F(DamageTest, ReaderDisabledBehindTheDamageStaysSo) {
  rig_.options.reader_count = 2;
  ASSERT_EQ(rig_.Format(), Status::kOk);
  ASSERT_TRUE(rig_.stats().readers[1].enabled);
  for (int i = 0; i < 3; ++i) WriteOne();
  const std::uint64_t damaged = Address(begins_[1].offset + 6);
  ASSERT_EQ(rig_.log().DisableReader(1), Status::kOk);
  for (int i = 0; i < 2; ++i) WriteOne();
  rig_.Drop();
  rig_.chip.FlipBits(damaged, 1);
  ASSERT_EQ(rig_.Mount(), Status::kOk);
  EXPECT_EQ(rig_.ReadAll(), "1-1, damaged 2-5");
  EXPECT_TRUE(rig_.stats().readers[0].enabled);
  EXPECT_FALSE(rig_.stats().readers[1].enabled);
}

TEST_F(DamageTest, ReadOnlyMountTellsItToo) {
  ASSERT_EQ(rig_.Format(), Status::kOk);
  for (int i = 0; i < 6; ++i) WriteOne();
  rig_.chip.FlipBits(Address(begins_[2].offset) + 4, 0x01);
  ASSERT_EQ(rig_.MountReadOnly(), Status::kOk);
  EXPECT_EQ(rig_.ReadAll(), "1-2, damaged 3-6");
}

// Without frames behind it, it looks as a cut leaves it.
TEST_F(DamageTest, TornFrameIsNoDamage) {
  ASSERT_EQ(rig_.Format(), Status::kOk);
  for (int i = 0; i < 6; ++i) WriteOne();
  rig_.chip.FlipBits(Address(begins_[5].offset) + 4, 0x01);
  ASSERT_EQ(rig_.Mount(), Status::kOk);
  EXPECT_EQ(rig_.ReadAll(), "1-5");
}

}  // namespace
}  // namespace norlog
