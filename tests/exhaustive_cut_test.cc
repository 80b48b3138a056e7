// Cuts the power at every operation of a workload that wraps a small ring
// twice, in every way a chip may tear it; each time the log is mounted, judged
// by an oracle that knows no format, and carried on for a whole further lap (for
// a sample and for each different recovery: fuzz/explorer.h).
//
// A failure names its case; to see it in full:
//   norlog-campaign --replay nor-overwrite/5:17.3 --shrink
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <iostream>
#include <string>

#include "fuzz/explorer.h"
#include "fuzz/setups.h"
#include "fuzz/target.h"

namespace norlog::fuzz {
namespace {

std::string NameOf(const testing::TestParamInfo<Setup>& info) {
  std::string name = info.param.name;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

class ExhaustiveCutTest : public testing::TestWithParam<Setup> {};

TEST_P(ExhaustiveCutTest, SurvivesEveryCut) {
  const Target target = MakeTarget(GetParam());
  ASSERT_EQ(target.life.report, "") << "without any cut";
  ExplorePlan plan;
  plan.depths = {{kIsSanitized ? 10U : 1U, 0}};
  JobResult result;
  Explorer explorer(target, plan, result);
  for (std::size_t i = 0; i < target.life.sessions.size(); ++i) explorer.Session(i);
  EXPECT_EQ(Report(result), "");
  const SetupResult& figures = result.figures;
  // Every operation in every style was tried, or its state met before.
  if (!kIsSanitized) {
    EXPECT_EQ(figures.cycles + figures.states_memoised, target.life.operations.size() * kCutStyles);
  }
  EXPECT_GT(figures.torn_erases, 8U);
  EXPECT_GT(figures.laps, target.life.operations.size() / 20);
  std::cout << target.life.operations.size() << " operations, " << figures.cycles << " cycles, "
            << figures.states_memoised << " memoised, " << figures.laps << " laps, "
            << figures.torn_programs << " cuts inside programs, " << figures.torn_erases
            << " inside erases\n";
}

INSTANTIATE_TEST_SUITE_P(SmallRings, ExhaustiveCutTest, testing::ValuesIn(SmallRings()), NameOf);

}  // namespace
}  // namespace norlog::fuzz
