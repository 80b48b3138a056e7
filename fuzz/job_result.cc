#include "fuzz/job_result.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>

#include "flashsim/faults.h"
#include "flashsim/rng.h"

namespace norlog::fuzz {
namespace {

void AddUp(const std::vector<std::uint64_t>& from, std::vector<std::uint64_t>& to) {
  if (to.size() < from.size()) to.resize(from.size());
  for (std::size_t i = 0; i < from.size(); ++i) to[i] += from[i];
}

}  // namespace

std::vector<std::string> ImageNames() {
  std::vector<std::string> names;
  for (const flashsim::ProgramTear tear : flashsim::kProgramTears) {
    names.push_back(std::string("program ") + flashsim::Name(tear));
  }
  for (const flashsim::EraseTear tear : flashsim::kEraseTears) {
    names.push_back(std::string("erase ") + flashsim::Name(tear));
  }
  return names;
}

std::size_t ImageOf(const flashsim::CutInfo& cut) {
  if (cut.kind == flashsim::OpKind::kErase) {
    return flashsim::kProgramTears.size() + static_cast<std::size_t>(cut.tear.erase);
  }
  return static_cast<std::size_t>(cut.tear.program);
}

std::uint64_t JobResult::failure_count() const {
  std::uint64_t count = 0;
  for (const auto& [key, failure] : failures) count += failure.count;
  return count;
}

void JobResult::AddChecks(const Oracle& before, const Oracle& after, std::size_t image) {
  for (std::size_t i = 0; i < kGuarantees; ++i) {
    checks[i].at(image) += after.checks().at(i) - before.checks().at(i);
  }
}

void JobResult::AddFailure(const std::vector<Breach>& breaches, std::size_t image,
                           const std::string& case_id) {
  if (breaches.empty()) return;
  std::array<bool, kGuarantees> hit{};
  for (const Breach& breach : breaches) {
    hit.at(static_cast<std::size_t>(breach.guarantee) - 1) = true;
  }
  for (std::size_t i = 0; i < kGuarantees; ++i) {
    broken[i].at(image) += hit[i] ? 1 : 0;
    figures.broken += hit[i] ? 1 : 0;
  }
  const Breach& first = breaches.front();
  const std::string guarantee = "G" + std::to_string(static_cast<int>(first.guarantee));
  FoundFailure& failure = failures[guarantee + ' ' + MessageShape(first.message)];
  if (++failure.count > 1) return;
  failure.guarantee = first.guarantee;
  failure.message = first.message;
  failure.case_id = case_id;
}

void JobResult::AddVerdicts(const JobResult& other) {
  for (std::size_t i = 0; i < kGuarantees; ++i) {
    for (std::size_t image = 0; image < kImages; ++image) {
      checks[i][image] += other.checks[i][image];
      broken[i][image] += other.broken[i][image];
    }
  }
}

void JobResult::AddCut(const flashsim::SimFlash& chip, bool in_recovery) {
  const flashsim::CutInfo& cut = chip.last_cut();
  ++figures.cuts;
  if (in_recovery) ++figures.cuts_in_recovery;
  if (cut.kind == flashsim::OpKind::kNone) return;
  ++(cut.kind == flashsim::OpKind::kProgram ? figures.torn_programs : figures.torn_erases);
  if (figures.images.empty()) figures.images.resize(kImages);
  ++figures.images[ImageOf(cut)];
}

void JobResult::AddScript(const ScriptOutcome& outcome, std::uint64_t seed) {
  if (figures.images.empty()) figures.images.resize(kImages);
  for (const CutHit& hit : outcome.hits) {
    ++figures.images[ImageOf(hit.info)];
    ++(hit.info.kind == flashsim::OpKind::kErase ? figures.torn_erases : figures.torn_programs);
    if (hit.in_recovery) ++figures.cuts_in_recovery;
  }
  figures.cuts += outcome.hits.size();
  figures.cycles += outcome.recoveries;
  figures.laps += outcome.laps;
  figures.records += outcome.records;
  AddBudgetUse(outcome.budget_use);
  const std::size_t image = outcome.hits.empty() ? 0 : ImageOf(outcome.hits.back().info);
  for (std::size_t i = 0; i < kGuarantees; ++i) checks[i].at(image) += outcome.checks[i];
  char id[32];
  std::snprintf(id, sizeof(id), "random/%016" PRIx64, seed);
  AddFailure(outcome.breaches, image, id);
  AddCase(seed, flashsim::Mix64(outcome.digest, outcome.breaches.size()));
}

void JobResult::AddRecovery(const flashsim::Counters& cost) {
  figures.recovery_reads.Add(cost.reads);
  figures.recovery_programs.Add(cost.programs);
  figures.recovery_erases.Add(cost.erases);
  figures.recovery_us.Add(cost.chip_time_ns / 1000);
}

void JobResult::AddBudgetUse(const BudgetUse& use) {
  figures.clean_budget_used = std::max(figures.clean_budget_used, use.clean);
  figures.cut_budget_used = std::max(figures.cut_budget_used, use.after_cut);
}

void JobResult::AddWear(const flashsim::SimFlash& before, const flashsim::SimFlash& after) {
  const std::uint32_t units = after.geometry().erase_unit_count;
  if (figures.wear.empty()) figures.wear.resize(units);
  for (std::uint32_t unit = 0; unit < units && unit < figures.wear.size(); ++unit) {
    figures.wear[unit] += after.erase_count(unit) - before.erase_count(unit);
  }
}

void JobResult::AddCase(std::uint64_t hash, std::uint64_t outcome) {
  figures.cases_digest += flashsim::Mix64(hash, outcome);
}

std::string Report(const JobResult& result) {
  std::string text;
  for (const auto& [key, failure] : result.failures) {
    text += std::to_string(failure.count) + " times, first in " + failure.case_id + ": " +
            NameOf(failure.guarantee) + ": " + failure.message + '\n';
  }
  return text;
}

void Add(const SetupResult& from, SetupResult& to) {
  to.jobs_done += from.jobs_done;
  to.cycles += from.cycles;
  to.states_memoised += from.states_memoised;
  to.laps += from.laps;
  to.cuts += from.cuts;
  to.torn_programs += from.torn_programs;
  to.torn_erases += from.torn_erases;
  to.cuts_in_recovery += from.cuts_in_recovery;
  to.records += from.records;
  to.broken += from.broken;
  to.cpu_seconds += from.cpu_seconds;
  to.cases_digest += from.cases_digest;
  to.clean_budget_used = std::max(to.clean_budget_used, from.clean_budget_used);
  to.cut_budget_used = std::max(to.cut_budget_used, from.cut_budget_used);
  AddUp(from.images, to.images);
  AddUp(from.wear, to.wear);
  to.recovery_reads.Merge(from.recovery_reads);
  to.recovery_programs.Merge(from.recovery_programs);
  to.recovery_erases.Merge(from.recovery_erases);
  to.recovery_us.Merge(from.recovery_us);
}

}  // namespace norlog::fuzz
