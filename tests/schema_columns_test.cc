// The columns that a schema's payload has.
#include "norlog/schema_columns.h"

#include <gtest/gtest.h>

#include <vector>

#include "norlog/typed_schema.h"

namespace norlog {
namespace {

using K = ColumnKind;

std::vector<K> Columns(const ColumnList& list) {
  return {list.kinds().begin(), list.kinds().end()};
}

TEST(SchemaColumns, OneForEachValueTheTimeLeftOut) {
  constexpr ColumnList kWeather = ColumnsOf(Schema<"Q:time f:temp[C] f:hum[%]">::wire());
  EXPECT_EQ(Columns(kWeather), (std::vector{K::kFloat32, K::kFloat32}));
  EXPECT_EQ(PayloadBytes(kWeather.kinds()), 8U);
  constexpr ColumnList kAll =
      ColumnsOf(Schema<"Q:time h:a[C]/10 B:b{idle,run} 2?:c q:d d:e I:f">::wire());
  EXPECT_EQ(Columns(kAll), (std::vector{K::kInt16, K::kInt8, K::kInt8, K::kInt8, K::kInt64,
                                        K::kFloat64, K::kInt32}));
}

TEST(SchemaColumns, WhatHasNoFixedPlaceHasNone) {
  EXPECT_TRUE(ColumnsOf("Q:time f:temp S:name").kinds().empty());
  EXPECT_TRUE(ColumnsOf("Q:time 40B:many").kinds().empty());
  EXPECT_TRUE(ColumnsOf("Q:time f:temp !").kinds().empty());
}

}  // namespace
}  // namespace norlog
