#include "fuzz/explorer.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "flashsim/rng.h"
#include "fuzz/watch.h"

namespace norlog::fuzz {
namespace {

using flashsim::Mix64;
using flashsim::OpKind;

// A sum over words, so that a part of an image can be exchanged.
std::uint64_t HashOfBytes(std::uint64_t address, std::span<const std::uint8_t> bytes) {
  std::uint64_t hash = 0;
  for (std::size_t i = 0; i < bytes.size(); i += 8) {
    std::uint64_t word = 0;
    for (std::size_t k = 0; k < 8 && i + k < bytes.size(); ++k) {
      word |= std::uint64_t{bytes[i + k]} << (8 * k);
    }
    std::uint64_t x = (word ^ (address + i) * 0x9E3779B97F4A7C15U) * 0xBF58476D1CE4E5B9U;
    x ^= x >> 29;
    hash += x * 0x94D049BB133111EBU;
  }
  return hash;
}

// Whole words around [address, address + size).
std::uint64_t HashOfImage(const flashsim::SimFlash& chip, std::uint64_t address,
                          std::uint64_t size) {
  const std::uint64_t begin = address / 8 * 8;
  const std::uint64_t end = std::min(chip.geometry().size_bytes(), (address + size + 7) / 8 * 8);
  thread_local std::vector<std::uint8_t> bytes;
  bytes.resize(static_cast<std::size_t>(end - begin));
  chip.Peek(begin, bytes);
  return HashOfBytes(begin, bytes);
}

std::uint64_t HashOfMarginal(const flashsim::SimFlash& chip, std::uint64_t address,
                             std::uint64_t size) {
  std::uint64_t hash = 1;
  for (std::uint64_t at = address; at < address + size; ++at) {
    const std::uint8_t mask = chip.MarginalMask(at);
    if (mask != 0) hash += Mix64(at, mask);
  }
  return hash;
}

bool IsWhole(const flashsim::CutInfo& cut) {
  return cut.kind == OpKind::kProgram ? cut.tear.program <= flashsim::ProgramTear::kAll
                                      : cut.tear.erase <= flashsim::EraseTear::kAll;
}

}  // namespace

std::vector<std::size_t> StylesFrom(std::size_t first, std::size_t count) {
  std::vector<std::size_t> styles(count);
  std::iota(styles.begin(), styles.end(), first);
  return styles;
}

void Explorer::Session(std::size_t session) {
  case_ = {session, {}, 1};
  const AtCase at(CaseId());
  CutAll(ForksOfSession(session), 0, nullptr);
}

std::vector<Explorer::Fork> Explorer::ForksOfSession(std::size_t session) {
  std::vector<Fork> forks;
  Rig rig(target_.setup, target_.life.checkpoints.at(session));
  Watch(rig, forks, /*covered=*/false);
  rig.Run(target_.life.sessions.at(session));
  rig.chip().set_observer(nullptr);
  if (!rig.healthy()) Judge(rig);
  return forks;
}

// The recovery and the first append behind it, as it goes on if nothing else
// happens; how it reads is part of a style.
std::vector<Explorer::Fork> Explorer::ForksOfRecovery(const Checkpoint& start,
                                                      const CutStyle& reads_as) {
  std::vector<Fork> forks;
  const AtCase at(CaseId());
  Rig rig(target_.setup, start);
  rig.chip().set_options(Over(target_.setup.sim, reads_as));
  rig.PowerReturns();
  Watch(rig, forks, start.unstable || IsWriteOnce(target_.setup));
  rig.Recover();
  rig.chip().set_observer(nullptr);
  if (!rig.healthy()) Judge(rig);
  return forks;
}

void Explorer::Watch(Rig& rig, std::vector<Fork>& forks, bool covered) {
  rig.chip().set_observer([&rig, &forks, covered](const flashsim::OpEvent& event) {
    Fork fork{{rig.chip(), rig.IfCutNow(), rig.unstable()},
              event.kind,
              event.address,
              event.size,
              {event.data.begin(), event.data.end()}};
    fork.image = HashOfImage(rig.chip(), 0, rig.chip().geometry().size_bytes());
    fork.oracle = fork.state.oracle.Digest();
    fork.covered = covered;
    forks.push_back(std::move(fork));
  });
}

// Styles that read alike share the run of a recovery; of a session all do,
// for nothing torn stands on the chip yet.
void Explorer::CutAll(const std::vector<Fork>& forks, std::size_t depth, const CutStyle* reads_as) {
  case_.cuts.emplace_back();
  for (std::size_t op = 0; op < forks.size(); ++op) {
    for (const std::size_t style : plan_.styles) {
      if (enough()) break;
      if (!MayTear(target_.setup.sim, target_.styles.at(style), forks[op].kind)) continue;
      if (reads_as != nullptr && !ReadsAlike(*reads_as, target_.styles.at(style))) continue;
      case_.cuts.back() = {op, style};
      if (Kept(plan_.depths.at(depth))) CutOnce(forks[op], depth);
    }
  }
  case_.cuts.pop_back();
}

void Explorer::CutOnce(const Fork& fork, std::size_t depth) {
  flashsim::SimFlash torn = TornChip(fork);
  const std::uint64_t hash = HashOf(case_);
  if (!seen_.insert(KeyOf(fork, torn)).second) {
    ++result_.figures.states_memoised;
    result_.AddCase(hash, 1);
    return;
  }
  if (depth + 1 < plan_.depths.size()) return Descend(Behind(fork, std::move(torn)), depth + 1);
  const std::size_t point =
      target_.life.first.at(case_.session) + static_cast<std::size_t>(case_.cuts[0].operation);
  Cycle(fork, Behind(fork, std::move(torn)), point);
}

void Explorer::Descend(const Checkpoint& start, std::size_t depth) {
  std::vector<const CutStyle*> done;
  for (const std::size_t i : plan_.styles) {
    if (enough()) break;
    const CutStyle& style = target_.styles.at(i);
    bool is_new = true;
    for (const CutStyle* other : done) is_new = is_new && !ReadsAlike(*other, style);
    if (!is_new) continue;
    done.push_back(&style);
    CutAll(ForksOfRecovery(start, style), depth, &style);
  }
}

flashsim::SimFlash Explorer::TornChip(const Fork& fork) const {
  const Cut& cut = case_.cuts.back();
  const CutStyle& style = target_.styles.at(cut.style);
  flashsim::SimFlash torn = fork.state.chip;
  torn.set_options(Over(target_.setup.sim, style));
  PlanCut(torn, 0, style, TearAt(style, case_.session, cut.operation));
  if (fork.kind == OpKind::kProgram) {
    (void)torn.Program(fork.address, fork.data);
  } else {
    (void)torn.Erase(fork.address, fork.size);
  }
  return torn;
}

Checkpoint Explorer::Behind(const Fork& fork, flashsim::SimFlash torn) {
  const bool unstable = fork.state.unstable || LeavesUnstable(torn);
  return {std::move(torn), fork.state.oracle, unstable};
}

// Solid states are what their image shows. Others depend on how they came
// about: marginal bits on their mask, the style and the power cycle; and behind
// more than one cut, or where a chip counts a word's programs, on the whole path.
std::uint64_t Explorer::KeyOf(const Fork& fork, const flashsim::SimFlash& torn) const {
  const std::uint64_t image = fork.image - HashOfImage(fork.state.chip, fork.address, fork.size) +
                              HashOfImage(torn, fork.address, fork.size);
  std::uint64_t key = Mix64(Mix64(image, fork.oracle), case_.cuts.size());
  const flashsim::SimOptions& sim = target_.setup.sim;
  const bool has_memory = flashsim::CanHarmCommittedData(sim) || sim.unordered_writes ||
                          sim.background_erase_polls != 0 || sim.max_programs_per_unit > 0 ||
                          sim.max_programs_per_block > 0;
  if (fork.covered || has_memory) return Mix64(key, HashOf(case_));
  const CutStyle& style = target_.styles.at(case_.cuts.back().style);
  if (IsWriteOnce(target_.setup) && !IsWhole(torn.last_cut())) {
    return Mix64(key, HashOf(case_));
  }
  if (!fork.state.unstable && !LeavesUnstable(torn)) return key;
  key = Mix64(key, HashOfMarginal(torn, fork.address, fork.size));
  key = Mix64(key, (std::uint64_t{torn.power_cycle()} << 32) | style.first_look_cycles);
  return Mix64(key, (static_cast<std::uint64_t>(style.mode) << 40) |
                        (std::uint64_t{style.pattern} << 32) | style.torn_read_error_ppm);
}

void Explorer::Cycle(const Fork& fork, Checkpoint torn, std::size_t point) {
  result_.AddCut(torn.chip, case_.cuts.size() > 1);
  JobResult::Point& counts = result_.points[point];
  ++(case_.cuts.size() > 1 ? counts.nested_cuts : counts.cuts);
  const AtCase at(CaseId());
  Rig rig(target_.setup, std::move(torn));
  rig.set_remounts(plan_.remounts);
  rig.PowerReturns();
  std::uint64_t recovery = Mix64(point, case_.cuts.size());
  rig.chip().set_observer([&recovery](const flashsim::OpEvent& event) {
    recovery = Mix64(recovery, event.address * 2 + (event.kind == OpKind::kErase ? 1 : 0));
  });
  rig.Recover();
  rig.chip().set_observer(nullptr);
  ++result_.figures.cycles;
  result_.AddRecovery(rig.recovery_cost());
  result_.AddBudgetUse(rig.budget_use());
  MaybeLap(rig, recovery);
  result_.AddCase(HashOf(case_), rig.healthy() ? 2 : 3);
  Conclude(fork.state, rig);
}

void Explorer::Conclude(const Checkpoint& before, const Rig& rig) {
  const std::uint64_t accepted = before.oracle.accepted();
  if (rig.oracle().accepted() > accepted) {
    result_.figures.records += rig.oracle().accepted() - accepted;
  }
  result_.AddChecks(before.oracle, rig.oracle(), ImageOf(rig.chip().last_cut()));
  result_.AddWear(before.chip, rig.chip());
  Judge(rig);
}

void Explorer::MaybeLap(Rig& rig, std::uint64_t recovery) {
  if (!rig.healthy() || !rig.powered() || !rig.mounted()) return;
  const bool is_sampled = HashOf(case_) / 64 % plan_.lap_one_in == 0;
  const bool is_new = case_.cuts.size() == 1 && recoveries_.insert(recovery).second;
  if (!is_sampled && !is_new) return;
  rig.RunLap();
  ++result_.figures.laps;
}

void Explorer::Judge(const Rig& rig) {
  if (rig.healthy()) return;
  result_.AddFailure(rig.oracle().breaches(), ImageOf(rig.chip().last_cut()), CaseId());
}

std::string Explorer::CaseId() const {
  return target_.setup.name + '/' + ToString(case_);
}

bool Explorer::Kept(const Sampling& sampling) const {
  return sampling.one_in <= 1 || HashOf(case_) % sampling.one_in == sampling.which;
}

}  // namespace norlog::fuzz
