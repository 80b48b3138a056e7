#include "fuzz/jobs.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <ctime>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "fuzz/explorer.h"
#include "fuzz/random_case.h"
#include "fuzz/watch.h"

namespace norlog::fuzz {
namespace {

// A round of nested cases tries one in 20 of the first cuts, of those one in 5
// of the cuts in the recovery, of those one in 5 again.
constexpr std::uint32_t kFirstOneIn = 20;
constexpr std::uint32_t kFurtherOneIn = 5;
constexpr std::uint32_t kRoundOneIn = kFirstOneIn * kFurtherOneIn;

// Flicker: three cuts in a row, of each one in so many, in a round.
constexpr std::uint32_t kFlickerDepth = 3;
constexpr std::uint32_t kFlickerOneIn = 8;
constexpr std::uint32_t kFlickerRoundOneIn = kFlickerOneIn * kFlickerOneIn * kFlickerOneIn;

// Same point: of the (operation, style) pairs of a session one in so many.
constexpr std::uint32_t kSamePointOneIn = 1000;

double ThreadCpuSeconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// 65,536 recoveries take seconds on a toy ring, minutes on a large one.
bool IsToy(const Setup& setup) {
  return setup.profile.geometry.size_bytes() <= 1024;
}

// Rings with physics that harms what is committed are for random cases and
// single cuts; parts that leave nothing marginal have no unstable reads.
bool Suits(Attack attack, const Setup& setup) {
  if (attack == Attack::kSamePoint) return IsToy(setup);
  const bool is_solid = setup.sim.program_tears != flashsim::kAnyTear;
  if ((attack == Attack::kUnstable || attack == Attack::kFlicker) && is_solid) return false;
  if (attack == Attack::kUnstable || attack == Attack::kFlicker || attack == Attack::kNested) {
    return !setup.faults_expected && !setup.damage_expected;
  }
  return true;
}

ExplorePlan PlanOf(const Job& job, const Setup& setup, std::uint32_t rate) {
  ExplorePlan plan;
  const bool is_large = setup.profile.geometry.size_bytes() >= 32 * 1024;
  if (is_large) plan.lap_one_in = 64;
  if (job.attack == Attack::kNested) {
    plan.depths =
        DepthsOf(job.round, job.depth, std::max(kFirstOneIn, rate / kFurtherOneIn), kFurtherOneIn);
    plan.lap_one_in = is_large ? 128 : 32;
  }
  if (job.attack == Attack::kFlicker) {
    plan.depths =
        DepthsOf(job.round, job.depth,
                 std::max(kFlickerOneIn, rate / (kFlickerOneIn * kFlickerOneIn)), kFlickerOneIn);
    plan.styles = FlickerStyles();
    plan.lap_one_in = is_large ? 128 : 32;
  }
  if (job.attack == Attack::kUnstable) {
    plan.styles = StylesFrom(kCutStyles, kUnstableStyles);
    plan.remounts = kUnstableRemounts;
    plan.lap_one_in = 32;
  }
  return plan;
}

}  // namespace

std::vector<Sampling> DepthsOf(std::uint32_t round, std::uint32_t depth, std::uint32_t first_one_in,
                               std::uint32_t further_one_in) {
  std::vector<Sampling> depths;
  std::uint32_t sum = 0;
  for (std::uint32_t one_in = first_one_in; depths.size() < depth; one_in = further_one_in) {
    sum += round % one_in;
    round /= one_in;
    depths.push_back({one_in, sum % one_in});
  }
  return depths;
}

const char* Name(Attack attack) {
  switch (attack) {
    case Attack::kExhaustive: return "exhaustive";
    case Attack::kNested: return "nested";
    case Attack::kSamePoint: return "same-point";
    case Attack::kUnstable: return "unstable";
    case Attack::kFlicker: return "flicker";
    case Attack::kRandom: return "random";
  }
  return "?";
}

absl::StatusOr<Attack> FindAttack(absl::string_view name) {
  std::string names;
  for (const Attack attack : kAttacks) {
    if (name == Name(attack)) return attack;
    absl::StrAppend(&names, names.empty() ? "" : ", ", Name(attack));
  }
  return absl::NotFoundError(absl::StrCat("there is no attack \"", name, "\"; there are ", names));
}

std::string ToString(const WorkOptions& options) {
  std::vector<std::string> attacks;
  for (const Attack attack : options.attacks) attacks.emplace_back(Name(attack));
  return absl::StrCat(options.nested_on_toys_only ? "nested on toys only; " : "", "attacks ",
                      absl::StrJoin(attacks, ","), "; setups ", absl::StrJoin(options.setups, ","),
                      "; depth ", options.depth, "; rate ", options.rate, "; random ",
                      options.random_cases, "; same-point ", options.same_point_times);
}

absl::StatusOr<WorkList> WorkList::Make(const WorkOptions& options) {
  WorkList list;
  list.options_ = options;
  for (const std::string& name : options.setups) {
    absl::StatusOr<Setup> setup = FindSetup(name);
    if (!setup.ok()) return setup.status();
    list.targets_.push_back(MakeTarget(*setup));
  }
  for (const Attack attack : options.attacks) {
    if (attack == Attack::kNested) {
      list.AddNested();
    } else if (attack == Attack::kFlicker) {
      list.AddFlicker();
    } else if (attack != Attack::kRandom) {
      list.AddSessions(attack, 1, 0);
    }
  }
  const auto& attacks = options.attacks;
  if (std::find(attacks.begin(), attacks.end(), Attack::kRandom) != attacks.end()) {
    list.listed_batches_ =
        static_cast<std::size_t>((options.random_cases + kRandomBatch - 1) / kRandomBatch);
    for (std::size_t batch = 0; batch < list.listed_batches_; ++batch) {
      list.jobs_.push_back({Attack::kRandom, 0, batch, 1, 0});
    }
  }
  return list;
}

// Session by session, so that every setup gets its share early.
void WorkList::AddSessions(Attack attack, std::uint32_t depth, std::uint32_t round) {
  std::size_t most = 0;
  for (const Target& target : targets_) most = std::max(most, target.life.sessions.size());
  for (std::size_t session = 0; session < most; ++session) {
    for (std::size_t i = 0; i < targets_.size(); ++i) {
      const Target& target = targets_[i];
      if (session >= target.life.sessions.size() || !Suits(attack, target.setup)) continue;
      const bool is_nested = attack == Attack::kNested || attack == Attack::kFlicker;
      const bool is_spared = is_nested && options_.nested_on_toys_only;
      if (is_spared && !IsToy(target.setup)) continue;
      if (session == 0 && attack == Attack::kSamePoint) continue;  // it formats
      jobs_.push_back({attack, i, session, depth, round});
    }
  }
}

// Rounds of depth 2 until the rate is reached; then deeper, a tenth as many.
void WorkList::AddNested() {
  const std::uint32_t rounds = std::max(kRoundOneIn / std::max(options_.rate, 1U), 1U);
  for (std::uint32_t round = 0; round < rounds; ++round) {
    AddSessions(Attack::kNested, 2, round);
    for (std::uint32_t depth = 3; depth <= options_.depth && round % 10 == 0; ++depth) {
      AddSessions(Attack::kNested, depth, round / 10);
    }
  }
}

void WorkList::AddFlicker() {
  const std::uint32_t rounds = std::max(kFlickerRoundOneIn / std::max(options_.rate, 1U), 1U);
  for (std::uint32_t round = 0; round < rounds; ++round) {
    AddSessions(Attack::kFlicker, kFlickerDepth, round);
  }
}

Job WorkList::At(std::size_t index) const {
  if (index < jobs_.size()) return jobs_[index];
  return {Attack::kRandom, 0, index - jobs_.size() + listed_batches_, 1, 0};
}

JobResult WorkList::Run(const Job& job) const {
  JobResult result;
  const double begin = ThreadCpuSeconds();
  if (job.attack == Attack::kRandom) {
    RunRandom(job.session, result);
  } else {
    const Target& target = targets_.at(job.target);
    if (!target.life.report.empty() && job.session == 0) {  // undisturbed, even
      result.AddFailure({{Guarantee::kG8, "undisturbed: " + target.life.report}}, 0,
                        absl::StrCat(target.setup.name, "/", target.life.sessions.size() - 1));
    }
    const ExplorePlan plan = PlanOf(job, target.setup, options_.rate);
    Explorer explorer(target, plan, result);
    if (job.attack == Attack::kSamePoint) {
      explorer.Repeat(
          job.session, options_.same_point_times,
          {kSamePointOneIn, static_cast<std::uint32_t>(options_.seed % kSamePointOneIn)});
    } else {
      explorer.Session(job.session);
    }
  }
  result.figures.jobs_done = 1;
  result.figures.cpu_seconds = ThreadCpuSeconds() - begin;
  return result;
}

void WorkList::RunRandom(std::size_t batch, JobResult& result) const {
  const std::uint64_t first = batch * kRandomBatch;
  std::uint64_t end = first + kRandomBatch;
  if (batch < listed_batches_) end = std::min(end, options_.random_cases);
  for (std::uint64_t number = first; number < end; ++number) {
    const std::uint64_t seed = SeedOf(options_.seed, number);
    const AtCase at(absl::StrCat("random/", absl::Hex(seed, absl::kZeroPad16)));
    const Script script = RandomScript(seed);
    const ScriptOutcome outcome = RunScript(*FindSetup(script.setup), script);
    result.AddScript(outcome, seed);
  }
}

}  // namespace norlog::fuzz
