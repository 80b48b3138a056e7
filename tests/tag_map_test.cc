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
  map.behind[3] = 7;
  map.behind[4] = 5;
  const TagMap next = map.Next(2);
  EXPECT_EQ(next.behind[3], 2u);
  EXPECT_EQ(next.behind[4], 7u);
  EXPECT_EQ(next.behind[5], 0u);
  EXPECT_EQ(next.Classes(), 0);
}

}  // namespace
}  // namespace norlog
