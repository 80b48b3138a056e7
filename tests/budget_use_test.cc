// G10: MountBudget is kept by every mount of the random campaign, and no wider than it
// has to be: the worst mount seen takes most of it.
#include <gtest/gtest.h>

#include "fuzz/jobs.h"

namespace norlog::fuzz {
namespace {

TEST(BudgetUse, WorstMountTakesMostOfItsBudget) {
  WorkOptions options;
  options.attacks = {Attack::kRandom};
  options.random_cases = 3000;
  const auto work = WorkList::Make(options);
  ASSERT_TRUE(work.ok());
  SetupResult sum;
  for (const Job& job : work->jobs()) {
    const JobResult result = work->Run(job);
    EXPECT_EQ(Report(result), "");
    Add(result.figures, sum);
  }
  RecordProperty("clean_budget_used", static_cast<int>(sum.clean_budget_used));
  RecordProperty("cut_budget_used", static_cast<int>(sum.cut_budget_used));
  EXPECT_GE(sum.clean_budget_used, 65U);
  EXPECT_LE(sum.clean_budget_used, 100U);
  EXPECT_GE(sum.cut_budget_used, 65U);
  EXPECT_LE(sum.cut_budget_used, 100U);
}

}  // namespace
}  // namespace norlog::fuzz
