// The same cut again and again: explorer.h's Repeat.
#include <algorithm>
#include <utility>

#include "flashsim/rng.h"
#include "fuzz/explorer.h"
#include "fuzz/watch.h"

namespace norlog::fuzz {

void Explorer::Repeat(std::size_t session, std::uint32_t times, const Sampling& sampling) {
  case_ = {session, {}, 1};
  const AtCase at(CaseId());
  const std::vector<Fork> forks = ForksOfSession(session);
  for (std::size_t op = 0; op < forks.size(); ++op) {
    for (const std::size_t style : plan_.styles) {
      if (enough()) break;
      case_ = {session, {{op, style}}, 1};
      if (Kept(sampling)) RepeatFrom(Behind(forks[op], TornChip(forks[op])), times);
    }
  }
}

// The point of the further cuts, and their style, vary with the first one's.
void Explorer::RepeatFrom(const Checkpoint& start, std::uint32_t times) {
  const CutStyle& first = target_.styles.at(case_.cuts[0].style);
  const std::size_t operations = ForksOfRecovery(start, first).size();
  if (operations == 0) return;
  const std::uint64_t hash = flashsim::Mix64(case_.cuts[0].operation, case_.cuts[0].style);
  const Cut again{hash % operations, plan_.styles[(hash >> 20) % plan_.styles.size()]};
  Rig before(target_.setup, start);
  before.PowerReturns();
  before.Mount();
  case_.cuts.push_back(again);
  case_.times = times;
  const AtCase repeats(CaseId());
  Rig rig(target_.setup, start);
  const std::uint64_t cuts = rig.chip().counters().cuts;
  result_.AddCut(rig.chip(), /*in_recovery=*/false);
  RunAgain(rig, again, times);
  const std::uint64_t further = rig.chip().counters().cuts - cuts;
  result_.figures.cuts += further;
  result_.figures.cuts_in_recovery += further;
  if (!rig.powered()) rig.PowerReturns();
  rig.chip().CancelCut();
  if (rig.healthy() && !rig.mounted()) rig.Recover();
  CheckEviction(before.oracle(), rig);
  if (rig.healthy() && rig.mounted()) rig.RunLap(), ++result_.figures.laps;
  ++result_.figures.cycles;
  result_.AddRecovery(rig.recovery_cost());
  result_.AddBudgetUse(rig.budget_use());
  result_.AddCase(HashOf(case_), rig.healthy() ? 2 : 3);
  Conclude(start, rig);
}

// Until `times` cuts have struck, or one was not reached.
bool Explorer::RunAgain(Rig& rig, const Cut& again, std::uint32_t times) {
  const CutStyle& style = target_.styles.at(again.style);
  for (std::uint32_t i = 0; i < times && rig.healthy(); ++i) {
    rig.chip().set_options(Over(target_.setup.sim, style));
    rig.PowerReturns();
    PlanCut(rig.chip(), again.operation, style, TearAt(style, case_.session, again.operation));
    rig.Recover();
    if (rig.powered()) return false;
    rig.PowerFails();
  }
  return true;
}

// A frame that was cut may turn out whole: what then fills the ring is data. A
// record's bucket is known to one.
void Explorer::CheckEviction(const Oracle& before, Rig& rig) {
  Oracle& after = rig.oracle();
  after.Checked(Guarantee::kG8);
  if (after.evicted() <= before.evicted()) return;
  const std::uint64_t first = before.BucketOf(before.evicted() + 1);
  const std::uint64_t last = before.BucketOf(after.evicted());
  // (What was cut first may have read whole to `before` alone.)
  const std::uint64_t gained = after.durable() - std::min(after.durable(), before.durable());
  if (last <= first + 1 + gained) return;
  after.Broken(Guarantee::kG8, "cuts at the same point evicted buckets " + std::to_string(first) +
                                   ".." + std::to_string(last));
}

}  // namespace norlog::fuzz
