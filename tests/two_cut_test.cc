// A cut, and another inside the recovery that follows it (or the first append
// behind that); three in a row; and the same cut hundreds of times.
//
// The pairs of a small ring are some ten million. One in ten of the first cuts
// and for each one in ten of the second cuts is tried, chosen by a hash (one in
// 40 each under a sanitizer): this keeps each test well under three minutes.
// NORLOG_CUT explains a case, as in exhaustive_cut_test.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <span>
#include <string>

#include "fuzz/cut_runner.h"
#include "fuzz/setups.h"

namespace norlog::fuzz {
namespace {

// One lap less than with single cuts: the second lap meets the same states.
constexpr std::uint32_t kLaps = 1;
constexpr std::uint32_t kRate = kIsSanitized ? 40 : 10;
constexpr std::array<std::uint32_t, 2> kPairRate = {kRate, kRate};
constexpr std::array<std::uint32_t, 3> kTripleRate = {12 * kRate, 2 * kRate, 2 * kRate};
constexpr std::uint32_t kRepeatRate = 20 * kRate;
constexpr std::uint32_t kRepeatRateOfToys = 2 * kRate;  // they have a tenth of the operations
constexpr std::uint32_t kRepetitions = 200;

std::string NameOf(const testing::TestParamInfo<Setup>& info) {
  std::string name = info.param.name;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

class TwoCutTest : public testing::TestWithParam<Setup> {
 protected:
  TwoCutTest() : runner_(GetParam(), ShapeFor(GetParam()), kLaps) {}

  void SetUp() override {
    if (const char* text = std::getenv("NORLOG_CUT"); text != nullptr) {
      runner_.Explain(ParseCutCase(text), std::cout);
      GTEST_SKIP() << "only explained";
    }
    ASSERT_EQ(runner_.Report(), "") << "without any cut";
  }

  static bool IsToy() { return GetParam().profile.geometry.erase_unit_count < 8; }
  static bool IsWriteOnce() {
    return GetParam().profile.geometry.program_rule == ProgramRule::kOnce;
  }

  void Run(std::span<const std::uint32_t> rates) {
    runner_.RunCuts(rates);
    EXPECT_EQ(runner_.Report(), "");
    // The sample is large enough to mean something.
    EXPECT_GT(runner_.stats().cases, kIsSanitized ? 10U : 500U);
    std::cout << runner_.stats().cases << " cases\n";
  }

  CutRunner runner_;
};

TEST_P(TwoCutTest, SurvivesACutInsideTheRecovery) {
  Run(kPairRate);
}

TEST_P(TwoCutTest, SurvivesThreeCutsInARow) {
  Run(kTripleRate);
}

TEST_P(TwoCutTest, TheSameCutAgainAndAgainEvictsAtMostOneBucket) {
  runner_.RunRepeatedCuts(kRepetitions, IsToy() ? kRepeatRateOfToys : kRepeatRate);
  EXPECT_EQ(runner_.Report(), "");
  EXPECT_GT(runner_.stats().cases, kIsSanitized ? 0U : 5U);
  std::cout << runner_.stats().cases << " cases\n";
}

INSTANTIATE_TEST_SUITE_P(SmallRings, TwoCutTest, testing::ValuesIn(SmallRings()), NameOf);

}  // namespace
}  // namespace norlog::fuzz
