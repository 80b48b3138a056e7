// Check: every kind of issue, by name and place, and never a program or erase.
#include "norlog/check.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "norlog/schema_writer.h"
#include "norlog/typed_schema.h"
#include "tests/engine_rig.h"

namespace norlog {
namespace {

class Collector final : public FindingSink {
 public:
  void Found(const Finding& finding) override {
    findings.push_back(finding);
    if (!names.empty()) names += ' ';
    names += IssueName(finding.issue);
  }
  std::vector<Finding> findings;
  std::string names;
};

class CheckTest : public testing::Test {
 protected:
  // Looks the chip over; "kFrameCorrupted kSequenceGap", or the status.
  std::string Look(const Options& options) {
    rig_.Drop();
    std::vector<std::uint8_t> memory(RequiredMemory(options, rig_.chip.geometry()));
    const std::uint64_t operations = rig_.chip.op_count();
    collector_ = Collector();
    const Status status = Check(rig_.chip, options, memory, collector_);
    EXPECT_EQ(rig_.chip.op_count(), operations) << "it wrote";
    std::string text = collector_.names;
    if (status != Status::kOk) text += (text.empty() ? "" : " ") + std::string(StatusName(status));
    return text;
  }
  std::string Look() { return Look(rig_.options); }
  const Finding& Last() const { return collector_.findings.back(); }

  // Several buckets of records, closed.
  void Fill(std::uint64_t until_bucket = 11) {
    ASSERT_EQ(rig_.Format(), Status::kOk);
    ASSERT_EQ(rig_.WriteUntil(until_bucket), Status::kOk);
    ASSERT_EQ(rig_.log().Close(), Status::kOk);
  }
  // Clears all bits of a byte of bucket `number`.
  void Spoil(std::uint64_t number, std::uint32_t offset) {
    const hand::Shape shape = rig_.shape();
    const std::uint64_t address = number % shape.bucket_count * shape.bucket_bytes + offset;
    const std::uint8_t zero = 0;
    rig_.chip.Poke(address, {&zero, 1});
  }

  EngineRig rig_;
  Collector collector_;
};

TEST_F(CheckTest, AGoodLogHasNoIssues) {
  Fill();
  EXPECT_EQ(Look(), "");
  Fill(30);
  EXPECT_EQ(Look(), "") << "wrapped";
}

TEST_F(CheckTest, CleanMarkMissing) {
  ASSERT_EQ(rig_.Format(), Status::kOk);
  ASSERT_EQ(rig_.Write(3), Status::kOk);
  ASSERT_EQ(Look(), "kCleanMarkMissing");
  EXPECT_EQ(Last().at.number.value, 8U);
}

TEST_F(CheckTest, HeaderCorruptedCostsItsBucket) {
  Fill();
  Spoil(9, 20 + 8);
  ASSERT_EQ(Look(), "kHeaderCorrupted kSequenceGap");
  EXPECT_EQ(collector_.findings[0].at.number.value, 9U);
  EXPECT_EQ(collector_.findings[1].at.number.value, 10U);
}

TEST_F(CheckTest, WhatAnOpeningHasSteppedOverIsNoDamage) {
  ASSERT_EQ(rig_.Format(), Status::kOk);
  rig_.chip.MakeBad(10 % rig_.shape().bucket_count, flashsim::BadMode::kEraseFails);
  ASSERT_EQ(rig_.WriteUntil(12), Status::kOk);
  Stats stats;
  ASSERT_EQ(rig_.log().GetStats(stats), Status::kOk);
  ASSERT_EQ(stats.retired_buckets, 1U);
  ASSERT_EQ(rig_.log().Close(), Status::kOk);
  EXPECT_EQ(Look(), "");
}

TEST_F(CheckTest, FrameCorruptedAndTheRecordsItCost) {
  Fill();
  Spoil(9, 256 + 30);
  ASSERT_EQ(Look(), "kFrameCorrupted kSequenceGap");
  const Finding& gap = collector_.findings[1];
  EXPECT_EQ(collector_.findings[0].at.number.value, 9U);
  EXPECT_GE(collector_.findings[0].at.offset, 256U);
  EXPECT_LE(gap.first, gap.last);
}

TEST_F(CheckTest, TimeOutOfOrder) {
  ASSERT_EQ(rig_.Format(), Status::kOk);
  for (const std::int64_t time : {5, 5, 4, 9}) {
    ASSERT_EQ(rig_.log().Append(1, time, {}).status, Status::kOk);
  }
  ASSERT_EQ(rig_.log().Close(), Status::kOk);
  ASSERT_EQ(Look(), "kTimeOutOfOrder");
  EXPECT_EQ(Last().first.value, 3U);
}

TEST_F(CheckTest, SchemaMissing) {
  constexpr SchemaEntry kEntries[] = {{1, Schema<"Q:time B:a">::wire()}};
  const std::uint8_t payload[1] = {};
  ASSERT_EQ(rig_.Format(), Status::kOk);
  ASSERT_EQ(rig_.log().Append(1, 0, payload).status, Status::kOk);  // no schema yet
  ASSERT_EQ(rig_.log().Append(2, 0, payload).status, Status::kOk);  // raw
  ASSERT_EQ(rig_.log().Close(), Status::kOk);
  SchemaTable table(kEntries);
  rig_.Boot().UseSchemas(table);
  ASSERT_EQ(rig_.log().Mount(), Status::kOk);
  ASSERT_EQ(rig_.log().Append(1, 0, payload).status, Status::kOk);
  ASSERT_EQ(rig_.log().Close(), Status::kOk);
  ASSERT_EQ(Look(), "kSchemaMissing");
  EXPECT_EQ(Last().first.value, 1U);
}

TEST_F(CheckTest, CountMismatch) {
  // A header that promises more than its first record, built by hand.
  hand::Bucket bucket = rig_.HandBucket(8);
  bucket.Open(/*first_sequence=*/5, /*tail=*/8);
  bucket.Block(0).Head(2, hand::Bytes(), PrefixOf(1), ContentOf(1, 2)).Zero();
  ASSERT_EQ(Look(), "kCountMismatch");
  EXPECT_EQ(Last().at.number.value, 8U);
}

TEST_F(CheckTest, GeometryMismatch) {
  Fill();
  Options other = rig_.options;
  other.block_bytes = 512;
  EXPECT_EQ(Look(other), "kGeometryMismatch kLayoutMismatch");
}

TEST_F(CheckTest, NoLogIsNamed) {
  EXPECT_EQ(Look(), "kNoLog");
}

}  // namespace
}  // namespace norlog
