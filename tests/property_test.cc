// Random chips, options, operations, boots, cuts and cuts in recoveries, drawn
// and shrunk by RapidCheck. A failure prints one command that replays it with
// each call and chip operation:
//   NORLOG_SEED=<numbers> property_test
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "fuzz/plan.h"

namespace norlog::fuzz {
namespace {

// Drawn from a fixed seed, so that a run of the tests is the same everywhere;
// RC_PARAMS="seed=..." from outside draws others.
constexpr const char* kRapidCheckParams = "seed=20 max_success=1500 max_size=160";

Plan DrawPlan() {
  Plan plan;
  plan.config = *rc::gen::inRange<std::uint32_t>(0, 100'000);
  plan.events =
      *rc::gen::container<std::vector<std::uint32_t>>(rc::gen::inRange<std::uint32_t>(0, 1U << 20));
  return plan;
}

bool Holds(const Plan& plan) {
  const PlanResult result = RunPlan(plan);
  if (result.report.empty()) return true;
  RC_LOG() << result.report << "replay: NORLOG_SEED=" << ToString(plan) << " property_test\n";
  return false;
}

TEST(PropertyTest, AnyLifeKeepsTheGuarantees) {
  if (const char* seed = std::getenv("NORLOG_SEED"); seed != nullptr) {
    const std::optional<Plan> plan = ParsePlan(seed);
    ASSERT_TRUE(plan.has_value()) << "not a plan: " << seed;
    EXPECT_EQ(RunPlan(*plan, &std::cout).report, "");
    return;
  }
  setenv("RC_PARAMS", kRapidCheckParams, /*overwrite=*/0);
  EXPECT_TRUE(rc::check("any life keeps the guarantees", [] { RC_ASSERT(Holds(DrawPlan())); }));
}

TEST(PropertyTest, PlansAreReplayedFromTheirText) {
  const Plan plan{0x1f, {3, 0x9a4, 0}};
  EXPECT_EQ(ToString(plan), "1f.3.9a4.0");
  const std::optional<Plan> parsed = ParsePlan(ToString(plan));
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->config, plan.config);
  EXPECT_EQ(parsed->events, plan.events);
  EXPECT_FALSE(ParsePlan("").has_value());
  EXPECT_FALSE(ParsePlan("1x").has_value());
}

TEST(PropertyTest, TheSamePlanGivesTheSameTrace) {
  const Plan plan{7, {0x10, 0x21, 0x32, 0x4c, 0x53, 0x6e, 0x70, 0x8f, 0x91}};
  std::ostringstream first;
  std::ostringstream second;
  RunPlan(plan, &first);
  RunPlan(plan, &second);
  EXPECT_EQ(first.str(), second.str());
  EXPECT_GT(first.str().size(), 100U);
}

}  // namespace
}  // namespace norlog::fuzz
