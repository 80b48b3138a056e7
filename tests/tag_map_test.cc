// Distances to the newest bucket with a class of tags, as one byte of a header.
#include "norlog/tag_map.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdint>

namespace norlog {
namespace {

TEST(TagDistance, SixteenBucketsBackAreExact) {
  const BucketNumber number{1000};
  for (std::uint32_t distance = 1; distance <= 16; ++distance) {
    const std::uint8_t code = EncodeDistance(number, distance);
    EXPECT_EQ(code, distance - 1);
    EXPECT_EQ(DecodeDistance(number, code), distance);
  }
}

TEST(TagDistance, NoneIsFf) {
  EXPECT_EQ(EncodeDistance({1000}, 0), 0xFF);
  EXPECT_EQ(EncodeDistance({1000}, 1001), 0xFF);  // before the chip's first bucket
  EXPECT_EQ(DecodeDistance({1000}, 0xFF), 0u);
}

// 18 is eight pairs back, FE fourteen times 2^15.
TEST(TagDistance, CodesAreBordersOfPowersOfTwo) {
  const BucketNumber number{0x01020304ull * 8 + 6};
  const std::uint64_t last = number.value - 1;
  const auto back_to_end_of = [&](std::uint64_t step, std::uint64_t size) {
    return number.value - ((last / size - step + 1) * size - 1);
  };
  EXPECT_EQ(DecodeDistance(number, 0x18), back_to_end_of(8, 2));
  EXPECT_EQ(DecodeDistance(number, 0x19), back_to_end_of(9, 2));
  EXPECT_EQ(DecodeDistance(number, 0xFE), back_to_end_of(14, 32768));
  EXPECT_EQ(DecodeDistance(number, 0x07), 8u);
}

TEST(TagDistance, WhatNobodyWritesClaimsNothing) {
  EXPECT_EQ(DecodeDistance({10}, 0xE0 + 9), 1u);
}

RC_GTEST_PROP(TagDistance, IsNeverTooFarAndAtMostAnEighthTooNear, ()) {
  const auto distance = *rc::gen::inRange<std::uint32_t>(1, 300'000);
  const BucketNumber number{*rc::gen::inRange<std::uint64_t>(distance, std::uint64_t{1} << 40)};
  const std::uint32_t read = DecodeDistance(number, EncodeDistance(number, distance));
  RC_ASSERT(read >= 1u && read <= distance);
  RC_ASSERT(distance - read <= distance / 8);
}

// A device that boots once a bucket writes what it has read: no error grows.
RC_GTEST_PROP(TagDistance, RewrittenAtEachBucketItIsAsGoodAsNew, ()) {
  const BucketNumber place{*rc::gen::inRange<std::uint64_t>(0, std::uint64_t{1} << 40)};
  std::uint32_t carried = 1;
  for (std::uint32_t distance = 1; distance < 3000; ++distance, ++carried) {
    const BucketNumber number = place + distance;
    carried = DecodeDistance(number, EncodeDistance(number, carried));
    RC_ASSERT(carried <= distance);
    RC_ASSERT(distance - carried <= distance / 8);
  }
}

TEST(TagMap, NextBucketSeesThisOne) {
  TagMap map;
  map.blocks[2] = TagBit(3);
  map.behind[3] = EncodeDistance({100}, 7);
  map.behind[4] = EncodeDistance({100}, 5);
  map.behind[6] = EncodeDistance({100}, 9);
  const TagMap next = map.Next({100}, {102}, /*tail=*/{92});
  EXPECT_EQ(DecodeDistance({102}, next.behind[3]), 2u);
  EXPECT_EQ(DecodeDistance({102}, next.behind[4]), 7u);
  EXPECT_EQ(next.behind[5], kNoDistance);
  EXPECT_EQ(next.behind[6], kNoDistance);  // 91 is evicted
  EXPECT_EQ(next.Classes(), 0);
}

}  // namespace
}  // namespace norlog
