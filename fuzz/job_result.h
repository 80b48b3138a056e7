// fuzz/job_result.h - what one job of a campaign has found; jobs add up.
#ifndef FUZZ_JOB_RESULT_H_
#define FUZZ_JOB_RESULT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "flashsim/sim_flash.h"
#include "fuzz/campaign_result.h"
#include "fuzz/oracle.h"
#include "fuzz/script.h"

namespace norlog::fuzz {

inline constexpr std::size_t kImages =
    flashsim::kProgramTears.size() + flashsim::kEraseTears.size();

// The ways to tear, as results count them: program tears, then erase tears.
std::vector<std::string> ImageNames();
// The index there of what a cut did.
std::size_t ImageOf(const flashsim::CutInfo& cut);

struct FoundFailure {
  Guarantee guarantee = Guarantee::kG1;
  std::string message;  // of the first one
  std::string case_id;  // of the first one
  std::uint64_t count = 0;
};

struct JobResult {
  // Names are left empty; `images` and `wear` have their sizes once something
  // was added; `cut_points` stay empty (see `points`).
  SetupResult figures;
  struct Point {
    std::uint64_t cuts = 0;
    std::uint64_t nested_cuts = 0;
  };
  std::map<std::size_t, Point> points;  // by the life's operation
  // By the image of a case's last cut.
  using ByImage = std::array<std::uint64_t, kImages>;
  std::array<ByImage, kGuarantees> checks{};
  std::array<ByImage, kGuarantees> broken{};
  std::map<std::string, FoundFailure> failures;  // by guarantee and MessageShape

  std::uint64_t failure_count() const;
  // The oracle's checks, less those it had made before.
  void AddChecks(const Oracle& before, const Oracle& after, std::size_t image);
  void AddFailure(const std::vector<Breach>& breaches, std::size_t image,
                  const std::string& case_id);
  // Checks and breaches of another job.
  void AddVerdicts(const JobResult& other);
  // What the chip's last cut did.
  void AddCut(const flashsim::SimFlash& chip, bool in_recovery);
  // What the mount behind the cut cost.
  void AddRecovery(const flashsim::Counters& cost);
  void AddBudgetUse(const BudgetUse& use);
  // Erases since the chip was like `before`.
  void AddWear(const flashsim::SimFlash& before, const flashsim::SimFlash& after);
  // A random case: its script's cuts and what came of it.
  void AddScript(const ScriptOutcome& outcome, std::uint64_t seed);
  // A case's part of the digest: its id's hash and what came of it.
  void AddCase(std::uint64_t hash, std::uint64_t outcome);
};

// A line for each cluster of failures; "" if there are none.
std::string Report(const JobResult& result);

// Adds up figures, as the merge of shards does, but with `names` of neither.
void Add(const SetupResult& from, SetupResult& to);

}  // namespace norlog::fuzz

#endif  // FUZZ_JOB_RESULT_H_
