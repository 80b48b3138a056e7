// A cut, and another inside the recovery that follows it (or the first append
// behind that); three in a row; and the same cut hundreds of times.
//
// The pairs of a small ring are some ten million. One in 14 of the first cuts
// and for each one in 14 of the second cuts is tried, chosen by a hash (one in
// 40 each under a sanitizer; with encoded records, which cost most, half as many of the
// first cuts): this keeps each test well under three minutes.
// A failure names its case; `norlog-campaign --replay CASE` shows it in full.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "fuzz/explorer.h"
#include "fuzz/setups.h"
#include "fuzz/target.h"

namespace norlog::fuzz {
namespace {

// One lap less than with single cuts: the second lap meets the same states.
constexpr std::uint32_t kLaps = 1;
constexpr std::uint32_t kRate = kIsSanitized ? 40 : 14;
constexpr std::uint32_t kTripleRate = kIsSanitized ? 40 : 10;
constexpr std::uint32_t kRepeatRate = 20 * kTripleRate;
constexpr std::uint32_t kRepeatRateOfToys = 2 * kTripleRate;  // they have a tenth of the operations
constexpr std::uint32_t kRepetitions = 200;

std::string NameOf(const testing::TestParamInfo<Setup>& info) {
  std::string name = info.param.name;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

class TwoCutTest : public testing::TestWithParam<Setup> {
 protected:
  TwoCutTest() : target_(MakeTarget(GetParam(), kLaps)) {}

  void SetUp() override { ASSERT_EQ(target_.life.report, "") << "without any cut"; }

  static std::uint32_t FirstRate(std::uint32_t rate) {
    return GetParam().name.find("packed") == std::string::npos ? rate : 2 * rate;
  }
  static bool IsToy() { return GetParam().profile.geometry.erase_unit_count < 8; }
  std::size_t sessions() const { return target_.life.sessions.size(); }

  void Run(std::vector<Sampling> depths) {
    ExplorePlan plan;
    plan.depths = std::move(depths);
    plan.lap_one_in = 4;
    Explorer explorer(target_, plan, result_);
    for (std::size_t i = 0; i < sessions(); ++i) explorer.Session(i);
    // The sample is large enough to mean something.
    Expect(kIsSanitized ? 10U : 500U);
  }

  void Expect(std::uint64_t cases) {
    EXPECT_EQ(Report(result_), "");
    const std::uint64_t tried = result_.figures.cycles + result_.figures.states_memoised;
    EXPECT_GT(tried, cases);
    std::cout << tried << " cases\n";
  }

  const Target target_;
  JobResult result_;
};

TEST_P(TwoCutTest, SurvivesACutInsideTheRecovery) {
  Run({{FirstRate(kRate), 0}, {kRate, 0}});
}

TEST_P(TwoCutTest, SurvivesThreeCutsInARow) {
  Run({{12 * FirstRate(kTripleRate), 0}, {2 * kTripleRate, 0}, {2 * kTripleRate, 0}});
}

TEST_P(TwoCutTest, TheSameCutAgainAndAgainEvictsAtMostOneBucket) {
  const ExplorePlan plan;
  Explorer explorer(target_, plan, result_);
  const std::uint32_t rate = IsToy() ? kRepeatRateOfToys : kRepeatRate;
  for (std::size_t i = 1; i < sessions(); ++i) explorer.Repeat(i, kRepetitions, {rate, 0});
  Expect(kIsSanitized ? 0U : 5U);
}

INSTANTIATE_TEST_SUITE_P(SmallRings, TwoCutTest, testing::ValuesIn(SmallRings()), NameOf);

}  // namespace
}  // namespace norlog::fuzz
