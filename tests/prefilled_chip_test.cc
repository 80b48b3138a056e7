// The benchmarks' computed rings against one that was really driven.
#include "bench/prefilled_chip.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "bench/workload.h"
#include "flashsim/sim_flash.h"
#include "norlog/log.h"

namespace norlog::bench {
namespace {

struct Shape {
  std::uint32_t bucket_bytes;
  std::uint32_t block_bytes;
  std::uint32_t payload_bytes;
  std::uint32_t buckets;
};

Options OptionsOf(const Shape& shape) {
  Options options;
  options.bucket_bytes = shape.bucket_bytes;
  options.block_bytes = shape.block_bytes;
  options.commit_every = 1;
  options.reader_count = 4;
  return options;
}

class PrefilledChipTest : public testing::TestWithParam<Shape> {
 protected:
  PrefilledChipTest()
      : blank_(flashsim::Toy(GetParam().bucket_bytes, GetParam().buckets), /*seed=*/1),
        options_(OptionsOf(GetParam())),
        memory_(RequiredMemory(options_, blank_.geometry())) {}

  RingState Ring(std::uint64_t head, std::uint32_t head_blocks) const {
    RingState ring;
    ring.options = options_;
    ring.payload_bytes = GetParam().payload_bytes;
    ring.head = {head};
    ring.head_blocks = head_blocks;
    return ring;
  }

  std::uint32_t blocks() const { return GetParam().bucket_bytes / GetParam().block_bytes; }

  flashsim::SimFlash blank_;
  const Options options_;
  std::vector<std::uint8_t> memory_;
};

TEST_P(PrefilledChipTest, HoldsByteForByteWhatADrivenRingHolds) {
  const std::uint32_t buckets = GetParam().buckets;
  flashsim::SimFlash driven = blank_;
  Log log(driven, options_, memory_);
  ASSERT_EQ(log.Format(1), Status::kOk);
  const AppendSample append = AppendRandom(GetParam().payload_bytes);
  // Two laps and a half, ending in the last but one block where there are several.
  const std::uint64_t head = 3 * buckets + buckets / 2;
  const std::uint32_t head_blocks = std::max(blocks() - 1, 1U);
  const std::uint64_t records = (head - buckets) * blocks() + head_blocks;
  for (std::uint64_t i = 0; i < records; ++i) {
    ASSERT_EQ(append(log, i), Status::kOk);
    Status status = Status::kOk;
    while (status == Status::kOk) status = log.Maintain(1);
    ASSERT_EQ(status, Status::kNothingYet);
  }
  ASSERT_EQ(log.Close(), Status::kOk);
  const PrefilledChip computed(blank_, Ring(head, head_blocks));
  for (std::uint32_t index = 0; index < buckets; ++index) {
    const std::uint64_t address = std::uint64_t{index} * options_.bucket_bytes;
    EXPECT_EQ(computed.Image({index}), driven.Peek(address, options_.bucket_bytes)) << index;
  }
}

// Every record of the ring is there, and it can be appended to.
TEST_P(PrefilledChipTest, IsALogLikeAnyOther) {
  const std::uint64_t head = 5 * GetParam().buckets + 3;
  PrefilledChip chip(blank_, Ring(head, blocks()));
  Log log(chip, options_, memory_);
  ASSERT_EQ(log.Mount(), Status::kOk);
  EXPECT_EQ(chip.chip().op_count(), 0U) << "it was closed";
  Stats stats;
  ASSERT_EQ(log.GetStats(stats), Status::kOk);
  EXPECT_EQ(stats.head.value, head);
  const std::uint64_t last = stats.last_sequence.value;
  EXPECT_EQ(last, chip.SequenceAt({head}, blocks() - 1).value);
  const AppendSample append = AppendRandom(GetParam().payload_bytes);
  for (std::uint64_t i = 0; i < 2 * blocks(); ++i) ASSERT_EQ(append(log, last + i), Status::kOk);
  Reader reader(log, 0);
  Record record;
  ASSERT_EQ(reader.Next(record), Status::kGap) << "what was evicted";
  std::uint64_t expected = reader.gap().last.value + 1;
  EXPECT_LE(expected, last - (GetParam().buckets - 5) * blocks());
  for (Status status; (status = reader.Next(record)) != Status::kNothingYet; ++expected) {
    ASSERT_EQ(status, Status::kOk);
    EXPECT_EQ(record.sequence.value, expected);
    const std::vector<std::uint8_t> payload(record.payload.begin(), record.payload.end());
    EXPECT_EQ(payload, RandomPayload(expected - 1, GetParam().payload_bytes));
  }
  EXPECT_EQ(expected, last + 2 * blocks() + 1);
}

TEST_P(PrefilledChipTest, RetiredBucketsFailToErase) {
  RingState ring = Ring(5 * GetParam().buckets + 3, 1);
  ring.retired_one_in = 2;
  PrefilledChip chip(blank_, ring);
  std::uint32_t retired = 0;
  for (std::uint32_t index = 0; index < GetParam().buckets; ++index) {
    const bool bad = chip.IsRetired({index});
    const Status status =
        chip.Erase(std::uint64_t{index} * options_.bucket_bytes, options_.bucket_bytes);
    EXPECT_EQ(status, bad ? Status::kEraseError : Status::kOk);
    retired += bad ? 1 : 0;
  }
  EXPECT_GT(retired, GetParam().buckets / 8);
}

INSTANTIATE_TEST_SUITE_P(Shapes, PrefilledChipTest,
                         testing::Values(Shape{4096, 1024, 600, 16}, Shape{512, 512, 250, 23}),
                         [](const testing::TestParamInfo<Shape>& info) {
                           return std::to_string(info.param.bucket_bytes);
                         });

}  // namespace
}  // namespace norlog::bench
