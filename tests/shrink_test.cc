#include "fuzz/shrink.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include "fuzz/random_case.h"
#include "fuzz/target.h"

namespace norlog::fuzz {
namespace {

constexpr double kSeconds = 20;

Script FortyAppends() {
  Script script;
  script.setup = "toy-overwrite";
  for (std::uint32_t i = 0; i < 40; ++i) {
    Step step;
    step.op.verb = OpVerb::kAppend;
    step.op.size = 10 + i;
    step.op.time = std::int64_t{1000} * i;
    step.op.salt = i + 1;
    script.steps.push_back(step);
  }
  return script;
}

bool Has(const Script& script, std::uint32_t size) {
  return std::any_of(script.steps.begin(), script.steps.end(),
                     [size](const Step& step) { return step.op.size == size; });
}

TEST(ShrinkTest, KeepsTheTwoOfFortyStepsThatMatter) {
  const Script script = Shrink(
      FortyAppends(), [](const Script& s) { return Has(s, 17) && Has(s, 41); }, kSeconds);
  ASSERT_EQ(script.steps.size(), 2U) << ToString(script);
  EXPECT_EQ(script.steps[0].op.size, 17U);
  EXPECT_EQ(script.steps[1].op.size, 41U);
  EXPECT_EQ(script.steps[1].op.time, 0) << "plainer, too";
}

std::uint32_t Appends(const Script& script) {
  std::uint32_t count = 0;
  for (const Step& step : script.steps) {
    const bool appends = step.verb == StepVerb::kDo && step.op.verb == OpVerb::kAppend;
    if (appends) count += std::max(step.op.count, 1U);
  }
  return count;
}

TEST(ShrinkTest, SaysManyAppendsInOneStep) {
  const Script script = Shrink(
      FortyAppends(), [](const Script& s) { return Appends(s) >= 33; }, kSeconds);
  EXPECT_EQ(script.steps.size(), 1U) << ToString(script);
  EXPECT_EQ(Appends(script), 33U);
}

TEST(ShrinkTest, FillsInsteadOfTheMiddle) {
  const auto fills = [](const Script& s) {
    return std::any_of(s.steps.begin(), s.steps.end(),
                       [](const Step& step) { return step.verb == StepVerb::kFill; });
  };
  const Script script = Shrink(
      FortyAppends(),
      [&](const Script& s) { return Has(s, 10) && Has(s, 49) && (fills(s) || Appends(s) > 19); },
      kSeconds);
  EXPECT_EQ(script.steps.size(), 3U) << ToString(script);
  EXPECT_TRUE(fills(script)) << ToString(script);
}

TEST(ShrinkTest, DropsWhatOnlyGoesTogether) {
  Script script = FortyAppends();
  script.steps[7].verb = StepVerb::kClose;
  script.steps[12].verb = StepVerb::kMount;
  const auto count = [](const Script& s, StepVerb verb) {
    return std::count_if(s.steps.begin(), s.steps.end(),
                         [verb](const Step& step) { return step.verb == verb; });
  };
  const Script shrunk = Shrink(
      script,
      [&](const Script& s) {
        return count(s, StepVerb::kClose) == count(s, StepVerb::kMount) && Appends(s) >= 38;
      },
      kSeconds);
  EXPECT_EQ(shrunk.steps.size(), 1U) << ToString(shrunk);
}

TEST(ShrinkTest, LeavesAloneWhatNeedsEverything) {
  const Script all = FortyAppends();
  const std::string text = ToString(all);
  const Script script = Shrink(
      all, [&](const Script& s) { return ToString(s) == text; }, kSeconds);
  EXPECT_EQ(ToString(script), text);
}

TEST(ShrinkTest, EndsWhenItsTimeIsOver) {
  std::uint64_t calls = 0;
  const Script script = Shrink(
      FortyAppends(), [&](const Script&) { return ++calls > 0; }, /*cpu_seconds=*/0);
  EXPECT_EQ(script.steps.size(), 40U);
  EXPECT_EQ(calls, 0U);
}

TEST(ShrinkTest, PinnedCutsAreTheSameRun) {
  for (const std::uint64_t seed : {11U, 12U, 13U, 14U}) {
    const Script script = RandomScript(seed);
    const auto setup = *FindSetup(script.setup);
    const ScriptOutcome before = RunScript(setup, script);
    const ScriptOutcome after = RunScript(setup, PinCuts(setup, script));
    EXPECT_EQ(before.digest, after.digest) << seed;
    EXPECT_EQ(before.hits.size(), after.hits.size()) << seed;
  }
}

}  // namespace
}  // namespace norlog::fuzz
