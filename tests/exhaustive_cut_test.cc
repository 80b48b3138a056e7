// Cuts the power at every operation of a workload that wraps a small ring
// twice, in every way a chip may tear it; each time the log is mounted, judged
// by an oracle that knows no format, and carried on for a whole further lap.
//
// To see one case in full:
//   NORLOG_CUT=5:17.3 exhaustive_cut_test --gtest_filter='*nor_overwrite'
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>

#include "fuzz/cut_runner.h"
#include "fuzz/setups.h"

namespace norlog::fuzz {
namespace {

constexpr std::uint32_t kLaps = 2;

std::string NameOf(const testing::TestParamInfo<Setup>& info) {
  std::string name = info.param.name;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

class ExhaustiveCutTest : public testing::TestWithParam<Setup> {};

TEST_P(ExhaustiveCutTest, SurvivesEveryCut) {
  CutRunner runner(GetParam(), ShapeFor(GetParam()), kLaps);
  if (const char* text = std::getenv("NORLOG_CUT"); text != nullptr) {
    runner.Explain(ParseCutCase(text), std::cout);
    GTEST_SKIP() << "only explained";
  }
  ASSERT_EQ(runner.Report(), "") << "without any cut";
  constexpr std::array<std::uint32_t, 1> kKeepOneIn = {kIsSanitized ? 10 : 1};
  runner.RunCuts(kKeepOneIn);
  EXPECT_EQ(runner.Report(), "");
  const RunStats& stats = runner.stats();
  // Every operation in every style was tried, erases among them.
  if (!kIsSanitized) {
    EXPECT_EQ(stats.cases, stats.operations * AllCutStyles(false).size());
  }
  EXPECT_GT(stats.torn_erases, 8U);
  std::cout << stats.operations << " operations, " << stats.cases << " cuts, "
            << stats.torn_programs << " inside programs, " << stats.torn_erases
            << " inside erases\n";
}

INSTANTIATE_TEST_SUITE_P(SmallRings, ExhaustiveCutTest, testing::ValuesIn(SmallRings()), NameOf);

}  // namespace
}  // namespace norlog::fuzz
