#include "fuzz/shrink.h"

#include <algorithm>
#include <ctime>
#include <sstream>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "fuzz/replay.h"
#include "fuzz/target.h"
#include "fuzz/watch.h"

namespace norlog::fuzz {
namespace {

constexpr std::uint64_t kMaxFill = 24;  // buckets that a `fill` may stand for

std::int64_t Minus(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}

constexpr std::size_t kMaxPairDistance = 16;

double CpuSeconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// The best script so far, and the time that is left to better it.
class Shrinker {
 public:
  Shrinker(const Script& script, const StillFails& still_fails, double cpu_seconds)
      : best_(script), still_fails_(still_fails), deadline_(CpuSeconds() + cpu_seconds) {}

  Script Run() {
    FillInstead();
    std::size_t before = 0;
    do {
      before = Weight();
      DropGroups();
      FillInstead();
      Gather();
      FillGroups();
      DropPairs();
      Simplify();
    } while (Weight() < before && !late());
    return best_;
  }

 private:
  bool late() const { return CpuSeconds() > deadline_; }
  std::size_t Weight() const { return best_.steps.size() * 1000 + ToString(best_).size(); }

  bool Try(const Script& candidate) {
    if (late() || !still_fails_(candidate)) return false;
    best_ = candidate;
    return true;
  }

  bool TryWithout(std::size_t begin, std::size_t count) {
    Script candidate = best_;
    const auto from = candidate.steps.begin() + static_cast<std::ptrdiff_t>(begin);
    candidate.steps.erase(from, from + static_cast<std::ptrdiff_t>(count));
    return Try(candidate);
  }

  // Groups of half the steps, a quarter, ... one; from the end, so that what
  // stands before stays where it is.
  void DropGroups() {
    for (std::size_t size = best_.steps.size() / 2 + 1; size > 0;
         size = size == 1 ? 0 : (size + 1) / 2) {
      std::size_t end = best_.steps.size();
      while (end > 0 && !late()) {
        const std::size_t begin = end > size ? end - size : 0;
        if (!TryWithout(begin, end - begin) && end > best_.steps.size()) break;
        end = std::min(begin, best_.steps.size());
      }
    }
  }

  // Two that only go together: a close and a mount, a cut and its recovery.
  void DropPairs() {
    for (std::size_t i = 0; i < best_.steps.size() && !late(); ++i) {
      for (std::size_t k = i + 1; k < std::min(best_.steps.size(), i + kMaxPairDistance); ++k) {
        Script candidate = best_;
        const auto begin = candidate.steps.begin();
        candidate.steps.erase(begin + static_cast<std::ptrdiff_t>(k));
        candidate.steps.erase(begin + static_cast<std::ptrdiff_t>(i));
        if (Try(candidate)) k = i;
      }
    }
  }

  // A long beginning often only fills the ring: what stands before the first cut,
  // or before the end.
  void FillInstead() {
    const std::size_t first_cut = FirstCut();
    FillBefore(first_cut);
    if (first_cut < best_.steps.size()) FillBefore(best_.steps.size());
  }

  void FillBefore(std::size_t step) {
    for (std::uint64_t buckets = 1; buckets <= kMaxFill && step > 4 && !late(); ++buckets) {
      for (std::size_t keep = 0; keep <= std::min<std::size_t>(step, 12); keep += 3) {
        if (TryFill(step, keep, buckets)) return;
      }
    }
  }

  // Many operations in a row often only append: as many records in one step.
  void Gather() {
    for (std::size_t i = 0; i < best_.steps.size() && !late(); ++i) {
      std::size_t end = i;
      while (end < best_.steps.size() && best_.steps[end].verb == StepVerb::kDo) ++end;
      bool found = false;
      for (; end > i + 1 && !found && !late(); end = i + (end - i) / 2) {
        found = GatherRange(i, end);
      }
    }
  }

  static bool IsAppend(const Step& step) {
    return step.verb == StepVerb::kDo && step.op.verb == OpVerb::kAppend;
  }

  // From an append on, to `end`: as many as there are, all alike.
  bool GatherRange(std::size_t begin, std::size_t end) {
    if (end < begin + 2 || !IsAppend(best_.steps[begin])) return false;
    Script candidate = best_;
    Op& all = candidate.steps[begin].op;
    std::uint32_t count = 0;
    for (std::size_t i = begin; i < end; ++i) {
      const Op& op = best_.steps[i].op;
      if (!IsAppend(best_.steps[i])) continue;
      if (count == 1) all.every = Minus(op.time, all.time);
      count += std::max(op.count, 1U);
    }
    all.count = count;
    candidate.steps.erase(candidate.steps.begin() + static_cast<std::ptrdiff_t>(begin) + 1,
                          candidate.steps.begin() + static_cast<std::ptrdiff_t>(end));
    if (Try(candidate)) return true;
    candidate.steps[begin].op.every = 0;
    return Try(candidate);
  }

  // What stands in the middle may only fill, too.
  void FillGroups() {
    for (std::size_t size = best_.steps.size() / 2; size > 1; size /= 2) {
      for (std::size_t at = 0; at + size <= best_.steps.size() && !late(); at += (size + 1) / 2) {
        bool found = false;
        for (std::uint64_t buckets = 1; buckets <= 8 && !found; buckets *= 2) {
          found = TryFillInstead(at, at + size, buckets);
        }
      }
    }
  }

  bool TryFillInstead(std::size_t begin, std::size_t end, std::uint64_t buckets) {
    Script candidate = best_;
    Step& fill = candidate.steps[begin];
    fill = Step();
    fill.verb = StepVerb::kFill;
    fill.number = buckets;
    candidate.steps.erase(candidate.steps.begin() + static_cast<std::ptrdiff_t>(begin) + 1,
                          candidate.steps.begin() + static_cast<std::ptrdiff_t>(end));
    return Try(candidate);
  }

  std::size_t FirstCut() const {
    std::size_t at = 0;
    while (at < best_.steps.size() && best_.steps[at].verb != StepVerb::kCut) ++at;
    return at;
  }

  // Format, fill, then the last `keep` steps before the first cut.
  bool TryFill(std::size_t first_cut, std::size_t keep, std::uint64_t buckets) {
    Script candidate;
    candidate.setup = best_.setup;
    for (std::size_t i = 0; i < first_cut && candidate.steps.empty(); ++i) {
      const StepVerb verb = best_.steps[i].verb;
      if (verb == StepVerb::kFormat || verb == StepVerb::kMount) {
        candidate.steps.push_back(best_.steps[i]);
      }
    }
    Step fill;
    fill.verb = StepVerb::kFill;
    fill.number = buckets;
    candidate.steps.push_back(fill);
    candidate.steps.insert(candidate.steps.end(),
                           best_.steps.begin() + static_cast<std::ptrdiff_t>(first_cut - keep),
                           best_.steps.end());
    return candidate.steps.size() < best_.steps.size() && Try(candidate);
  }

  // Two logs with one identity would be one to the oracle.
  bool HasOneFormat() const {
    const auto is_format = [](const Step& step) { return step.verb == StepVerb::kFormat; };
    return std::count_if(best_.steps.begin(), best_.steps.end(), is_format) == 1;
  }

  // Smaller numbers, plainer steps.
  void Simplify() {
    for (std::size_t i = 0; i < best_.steps.size() && !late(); ++i) {
      SimplifyOp(i);
      SimplifyCut(i);
      Lower(i, [this](Step& step) -> std::uint64_t* {
        const bool counts = step.verb == StepVerb::kFill || step.verb == StepVerb::kAgain ||
                            (step.verb == StepVerb::kFormat && HasOneFormat());
        return counts ? &step.number : nullptr;
      });
      Lower(i, [](Step& step) { return IsAppend(step) ? &step.op.count : nullptr; });
    }
  }

  template <typename Change>
  bool TryChanged(std::size_t i, Change change) {
    Script candidate = best_;
    change(candidate.steps[i]);
    if (ToString(candidate.steps[i]) == ToString(best_.steps[i])) return false;
    return Try(candidate);
  }

  // To 1, or by halves as far as it goes.
  template <typename Field>
  void Lower(std::size_t i, Field field) {
    while (field(best_.steps[i]) != nullptr && *field(best_.steps[i]) > 1) {
      if (TryChanged(i, [&](Step& step) { *field(step) = 1; })) return;
      if (!TryChanged(i, [&](Step& step) { *field(step) /= 2; })) return;
    }
  }

  void SimplifyOp(std::size_t i) {
    if (best_.steps[i].verb == StepVerb::kMount) {
      TryChanged(i, [](Step& step) { step.has_hint = false; });
    }
    if (best_.steps[i].verb != StepVerb::kDo) return;
    TryChanged(i, [](Step& step) { step.op.every = 0; });
    TryChanged(i, [](Step& step) { step.op.time = 0; });
    TryChanged(i, [](Step& step) { step.op.tag = 0; });
    TryChanged(i, [](Step& step) { step.op.salt = 1; });
    TryChanged(i, [](Step& step) { step.op.size = 1; });
  }

  void SimplifyCut(std::size_t i) {
    const bool is_cut =
        best_.steps[i].verb == StepVerb::kCut || best_.steps[i].verb == StepVerb::kAgain;
    if (EndsASession(best_.steps[i].verb) || is_cut) {
      Step close;
      close.verb = StepVerb::kClose;
      if (TryChanged(i, [&close](Step& step) { step = close; })) return;
    }
    if (!is_cut) return;
    TryChanged(i, [](Step& step) { step.style.hostile = false; });
    TryChanged(i, [](Step& step) { step.style.torn_read_error_ppm = 0; });
    TryChanged(i, [](Step& step) { step.style.tear.seed = 1; });
    TryChanged(i, [](Step& step) { step.style.tear.program = flashsim::ProgramTear::kNone; });
    TryChanged(i, [](Step& step) { step.style.tear.erase = flashsim::EraseTear::kNone; });
    TryChanged(i, [](Step& step) { step.style.mode = flashsim::MarginalMode::kPerCycle; });
  }

  Script best_;
  const StillFails& still_fails_;
  const double deadline_;
};

std::string GuaranteeOf(const ScriptOutcome& outcome) {
  if (outcome.breaches.empty()) return "";
  return absl::StrCat("G", static_cast<int>(outcome.breaches.front().guarantee));
}

// What runs behind the breach does not matter.
void CutOffBehind(const ScriptOutcome& outcome, Script& script) {
  script.steps.resize(std::min(script.steps.size(), outcome.last_step + 1));
}

}  // namespace

Script Shrink(const Script& script, const StillFails& still_fails, double cpu_seconds) {
  return Shrinker(script, still_fails, cpu_seconds).Run();
}

Script PinCuts(const Setup& setup, const Script& script) {
  const ScriptOutcome outcome = RunScript(setup, script);
  Script pinned = script;
  for (auto hit = outcome.hits.rbegin(); hit != outcome.hits.rend(); ++hit) {
    if (hit->hit_step <= hit->cut_step || hit->in_recovery) continue;
    Step cut = script.steps[hit->cut_step];
    if (cut.verb != StepVerb::kCut) continue;
    cut.number = hit->operations_before;
    const auto begin = pinned.steps.begin();
    pinned.steps.insert(begin + static_cast<std::ptrdiff_t>(hit->hit_step), cut);
    pinned.steps.erase(pinned.steps.begin() + static_cast<std::ptrdiff_t>(hit->cut_step));
  }
  return pinned;
}

std::string ClusterOf(const ScriptOutcome& outcome) {
  if (outcome.breaches.empty()) return "";
  return GuaranteeOf(outcome) + ' ' + MessageShape(outcome.breaches.front().message);
}

std::string Tell(const Setup& setup, const Script& script) {
  std::ostringstream trace;
  RunScript(setup, script, &trace);
  const ScriptOutcome outcome = RunScript(setup, script);
  std::string text = trace.str();
  for (const Breach& breach : outcome.breaches) {
    absl::StrAppend(&text, NameOf(breach.guarantee), " is broken: ", breach.message, "\n");
  }
  return text;
}

Script ShrinkWithin(const Setup& setup, const Script& script, double cpu_seconds) {
  const ScriptOutcome first = RunScript(setup, script);
  const std::string guarantee = GuaranteeOf(first);
  const StillFails same = [&](const Script& candidate) {
    return GuaranteeOf(RunScript(setup, candidate)) == guarantee;
  };
  Script shorter = script;
  CutOffBehind(first, shorter);
  const Script pinned = PinCuts(setup, shorter);
  if (same(pinned)) return Shrink(pinned, same, cpu_seconds);
  return Shrink(same(shorter) ? shorter : script, same, cpu_seconds);
}

FailureCluster Explain(const std::string& case_id, double cpu_seconds) {
  FailureCluster cluster;
  cluster.replay = "norlog-campaign --replay " + case_id;
  const absl::StatusOr<Script> found = ScriptOfCase(case_id);
  if (!found.ok()) return cluster;
  const Setup setup = *FindSetup(found->setup);
  const AtCase at(case_id);
  if (RunScript(setup, *found).breaches.empty()) {
    cluster.trace = "(does not fail when replayed)\n";
    return cluster;
  }
  const Script script = ShrinkWithin(setup, *found, cpu_seconds);
  const ScriptOutcome outcome = RunScript(setup, script);
  cluster.operations = CountOperations(script);
  cluster.cuts = CountCuts(script);
  cluster.trace = ToString(script) + "\n" + Tell(setup, script);
  cluster.image_before = HexDump(outcome.image_address, outcome.before_cut);
  cluster.image_after = HexDump(outcome.image_address, outcome.in_the_end);
  return cluster;
}

}  // namespace norlog::fuzz
