// What the writer keeps of its records for the time index.
#include "norlog/trail.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "norlog/codec.h"

namespace norlog {
namespace {

struct Stamp {
  std::uint8_t tag;
  std::int64_t time;
};

// Behind these records, the first of which has number 1.
Trail After(const std::vector<Stamp>& stamps) {
  Trail trail;
  Sequence next{1};
  for (const Stamp& stamp : stamps) {
    trail.Take(next, stamp.tag, stamp.time);
    ++next;
  }
  return trail;
}

TEST(Trail, EqualAndLaterTimesAreInOrder) {
  const Trail trail = After({{1, 5}, {1, 5}, {1, 9}});
  EXPECT_EQ(trail.ordered_from.value, 0u);
  EXPECT_EQ(trail.time, 9);
}

TEST(Trail, OrderBeginsAtTheRecordThatIsOlderThanTheOneBefore) {
  EXPECT_EQ(After({{1, 5}, {1, 4}, {1, 9}}).ordered_from.value, 2u);
  EXPECT_EQ(After({{1, 5}, {1, 3}, {1, 1}, {1, -1}}).ordered_from.value, 4u);
}

TEST(Trail, TimesThatWrapAreOutOfOrder) {
  EXPECT_EQ(After({{1, INT64_MAX - 1}, {1, INT64_MAX}, {1, INT64_MIN}}).ordered_from.value, 3u);
}

TEST(Trail, OrderBeginsAnewBehindASetClockRecord) {
  const Trail trail = After({{1, 5}, {kClockTag, 5}, {1, 9}});
  EXPECT_EQ(trail.last_clock.value, 2u);
  EXPECT_EQ(trail.ordered_from.value, 3u);
}

TEST(Trail, ClassesOfItsTags) {
  EXPECT_EQ(After({{1, 5}, {9, 5}, {127, 9}}).tag_classes, 0x82);
}

TEST(Trail, WhatIsLostIsInNoOrderAndMayHoldAnything) {
  Trail trail = After({{1, 5}, {2, 6}});
  trail.Lose({7});
  EXPECT_EQ(trail.ordered_from.value, 7u);
  EXPECT_EQ(trail.last_clock.value, 6u);
  EXPECT_EQ(trail.tag_classes, kAllTagClasses);
}

TEST(Trail, ContentGoesOnFromTheOneBefore) {
  std::uint8_t room[64];
  ContentBuilder builder;
  Trail before;
  before.time = 100;
  before.tag_classes = 0xFF;
  CodecState state;
  state.next = {5};
  builder.Reset(room, state, before);
  builder.Add(3, 99, {});
  EXPECT_EQ(builder.trail().ordered_from.value, 5u);
  EXPECT_EQ(builder.trail().tag_classes, TagBit(3));
  EXPECT_EQ(builder.trail().time, 99);
}

}  // namespace
}  // namespace norlog
