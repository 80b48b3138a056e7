// Rows of benchmarks: what they say of goals, as JSON, and against a baseline.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "bench/report.h"
#include "nlohmann/json.hpp"

namespace norlog::bench {
namespace {

TEST(BenchReport, ARowMeetsItsGoalFromTheRightSide) {
  Report report;
  report.AtMost("most", 2, kReads, 2);
  report.AtMost("too many", 2.1, kReads, 2);
  report.AtLeast("least", 0.9, kShare, 0.9);
  report.AtLeast("too little", 0.89, kShare, 0.9);
  report.Add("no goal", 1e9, kReads);
  std::vector<bool> met;
  for (const Row& row : report.rows()) met.push_back(row.met());
  EXPECT_EQ(met, (std::vector<bool>{true, false, true, false, true}));
}

TEST(BenchReport, JsonHasTheFiveKeysAndNullsWithoutAGoal) {
  Report report;
  report.AtMost("a", 1.5, kBytes, 1);
  report.Add("b", 3, kReads);
  EXPECT_EQ(nlohmann::json::parse(report.Json()), nlohmann::json::parse(R"({"rows": [
    {"name": "a", "value": 1.5, "unit": "B", "goal": 1.0, "met": false},
    {"name": "b", "value": 3.0, "unit": "reads", "goal": null, "met": null}]})"));
}

TEST(BenchReport, WhatIsWrittenIsReadBack) {
  Report report;
  report.AtMost("a", 1.25, kBytes, 1);
  const auto rows = ParseRows(report.Json());
  ASSERT_TRUE(rows.ok());
  ASSERT_EQ(rows->size(), 1U);
  EXPECT_EQ(rows->front().name, "a");
  EXPECT_EQ(rows->front().value, 1.25);
  EXPECT_EQ(rows->front().unit, kBytes);
}

TEST(BenchReport, RefusesWhatIsNoReport) {
  for (const char* text : {"", "{", "[]", "{}", R"({"rows": {}})", R"({"rows": [{"name": "a"}]})",
                           R"({"rows": [{"name": 1, "value": 2, "unit": "B"}]})"}) {
    EXPECT_FALSE(ParseRows(text).ok()) << text;
  }
}

Row Count(const char* name, double value) {
  return {name, value, std::string(kBytes), std::nullopt, Better::kLess};
}

TEST(BenchBaseline, WorseByMoreThanTheToleranceFails) {
  EXPECT_TRUE(CompareCounts({Count("a", 100)}, {Count("a", 102)}, 0.02).ok());
  const absl::Status worse = CompareCounts({Count("a", 100)}, {Count("a", 102.5)}, 0.02);
  EXPECT_FALSE(worse.ok());
  EXPECT_NE(worse.message().find("a: 102.5, was 100"), std::string::npos) << worse;
}

TEST(BenchBaseline, BetterAndNewRowsAreFine) {
  EXPECT_TRUE(CompareCounts({Count("a", 100)}, {Count("a", 50), Count("b", 7)}, 0.02).ok());
}

TEST(BenchBaseline, ARowThatVanishedFails) {
  EXPECT_FALSE(CompareCounts({Count("a", 100)}, {Count("b", 100)}, 0.02).ok());
}

TEST(BenchBaseline, TimesAreNotHeldAgainstTheBaseline) {
  Row slow = Count("a", 900);
  slow.unit = kHostNs;
  Row fast = slow;
  fast.value = 1;
  EXPECT_TRUE(CompareCounts({fast}, {slow}, 0.02).ok());
}

TEST(BenchBaseline, ACountOfNoneMayNotBecomeSome) {
  EXPECT_FALSE(CompareCounts({Count("a", 0)}, {Count("a", 1)}, 0.02).ok());
}

}  // namespace
}  // namespace norlog::bench
