#include "fuzz/cut_runner.h"

#include <algorithm>
#include <array>
#include <sstream>
#include <utility>

#include "flashsim/rng.h"

namespace norlog::fuzz {
namespace {

using flashsim::EraseTear;
using flashsim::MarginalMode;
using flashsim::ProgramTear;

// Behind more than one cut, one case in so many goes on for a whole lap.
constexpr std::uint32_t kLapOneIn = 4;

// More sessions than any workload needs for its laps: the log does not move on.
constexpr std::size_t kMaxSessions = 5000;

// Each solid tear of programs beside one of erases; the lists differ in length.
constexpr std::size_t kSolidTears = 10;
constexpr std::array kSolidPrograms = {ProgramTear::kNone,         ProgramTear::kAll,
                                       ProgramTear::kBytePrefix,   ProgramTear::kByteSuffix,
                                       ProgramTear::kOneBit,       ProgramTear::kAllButOneBit,
                                       ProgramTear::kRandomBits25, ProgramTear::kRandomBits50,
                                       ProgramTear::kRandomBits75, ProgramTear::kPlausibleWrong};
constexpr std::array kSolidErases = {EraseTear::kNone,         EraseTear::kAll,
                                     EraseTear::kPreProgram,   EraseTear::kAllZero,
                                     EraseTear::kFfPrefix,     EraseTear::kHalfZeroUnderHeader,
                                     EraseTear::kRandomBits25, EraseTear::kRandomBits50,
                                     EraseTear::kRandomBits75, EraseTear::kPreProgram};
static_assert(kSolidPrograms.size() == kSolidTears && kSolidErases.size() == kSolidTears);

constexpr std::array kMarginalPrograms = {ProgramTear::kCompleteMarginal, ProgramTear::kFalseBlank,
                                          ProgramTear::kMixedMarginal};
constexpr std::array kMarginalErases = {EraseTear::kBlankMarginal, EraseTear::kUntouchedMarginal,
                                        EraseTear::kBlankMarginal};

constexpr std::array kMarginalModes = {MarginalMode::kPerRead, MarginalMode::kPerCycle,
                                       MarginalMode::kPerCycleBits};

// Torn words read as errors: never, half the time, always.
constexpr std::uint32_t ReadErrorPpm(std::size_t index) {
  return static_cast<std::uint32_t>(index % 3) * 500'000;
}

CutStyle MakeStyle(ProgramTear program, EraseTear erase, std::size_t index, bool write_once) {
  CutStyle style;
  style.tear = {program, erase, flashsim::Mix64(index)};
  style.sim.hostile_scope = index % 2 != 0;
  style.sim.torn_read_error_ppm = write_once ? ReadErrorPpm(index / 2) : 0;
  return style;
}

// What failures that are alike have in common.
std::string WithoutNumbers(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c < '0' || c > '9') result += c;
  }
  return result;
}

}  // namespace

std::vector<CutStyle> AllCutStyles(bool write_once) {
  std::vector<CutStyle> styles;
  for (std::size_t i = 0; i < kSolidTears; ++i) {
    for (int hostile = 0; hostile < 2; ++hostile) {
      styles.push_back(MakeStyle(kSolidPrograms[i], kSolidErases[i], styles.size(), write_once));
    }
  }
  for (std::size_t i = 0; i < kMarginalPrograms.size(); ++i) {
    for (const MarginalMode mode : kMarginalModes) {
      for (std::uint32_t look = 0; look < 2; ++look) {
        CutStyle style =
            MakeStyle(kMarginalPrograms[i], kMarginalErases[i], styles.size(), write_once);
        style.sim.marginal_mode = mode;
        style.sim.first_look_cycles = look;
        styles.push_back(style);
      }
    }
  }
  return styles;
}

std::string ToString(const CutStyle& style) {
  constexpr std::array kModes = {"per read", "per cycle", "per cycle and bit", "mixed"};
  std::ostringstream text;
  text << Name(style.tear.program) << " / " << Name(style.tear.erase) << " seed " << style.tear.seed
       << ", marginal " << kModes.at(static_cast<std::size_t>(style.sim.marginal_mode))
       << ", first looks " << style.sim.first_look_cycles
       << (style.sim.hostile_scope ? ", hostile" : "");
  if (style.sim.torn_read_error_ppm > 0) {
    text << ", torn read errors " << style.sim.torn_read_error_ppm << " ppm";
  }
  return text.str();
}

std::string ToString(const CutCase& cut_case) {
  std::string text = std::to_string(cut_case.session);
  for (const Cut& cut : cut_case.cuts) {
    text += ':' + std::to_string(cut.operation) + '.' + std::to_string(cut.style);
  }
  return text;
}

CutCase ParseCutCase(const std::string& text) {
  std::istringstream in(text);
  CutCase result;
  in >> result.session;
  char colon = 0;
  char dot = 0;
  Cut cut;
  while (in >> colon >> cut.operation >> dot >> cut.style && colon == ':' && dot == '.') {
    result.cuts.push_back(cut);
  }
  return result;
}

CutRunner::CutRunner(const Setup& setup, const WorkloadShape& shape, std::uint32_t laps)
    : setup_(setup),
      styles_(AllCutStyles(setup.profile.geometry.program_rule != ProgramRule::kBits)) {
  Record(shape, laps);
}

void CutRunner::Record(const WorkloadShape& shape, std::uint32_t laps) {
  Workload workload(shape, setup_.seed);
  Checkpoint state = NewCheckpoint(setup_);
  const std::uint64_t goal = std::uint64_t{laps + 1} * LimitsOf(setup_).bucket_count;
  while (state.oracle.head() < goal && !enough()) {
    if (sessions_.size() == kMaxSessions) {
      state.oracle.Broken(Guarantee::kG8, "the workload does not get on");
    }
    sessions_.push_back(workload.Next());
    checkpoints_.push_back(state);
    Rig rig(setup_, state);
    rig.Run(sessions_.back());
    stats_.operations += rig.chip().op_count() - state.chip.op_count();
    if (!rig.healthy() || sessions_.size() > kMaxSessions) {
      Judge(rig, {sessions_.size() - 1, {}});
      return;
    }
    state = rig.Save();
  }
}

void CutRunner::RunCuts(std::span<const std::uint32_t> keep_one_in) {
  for (std::size_t session = 0; session < sessions_.size() && !enough(); ++session) {
    CutCase cut_case{session, {}};
    Explore(checkpoints_[session], cut_case, keep_one_in);
  }
}

void CutRunner::Explore(const Checkpoint& start, CutCase& cut_case,
                        std::span<const std::uint32_t> keep_one_in) {
  const std::uint64_t operations = CountOperations(start, cut_case);
  cut_case.cuts.emplace_back();
  for (std::uint64_t op = 0; op < operations && !enough(); ++op) {
    for (std::size_t style = 0; style < styles_.size() && !enough(); ++style) {
      cut_case.cuts.back() = {op, style};
      if (!Kept(cut_case, keep_one_in.front())) continue;
      Rig rig(setup_, start);
      if (!RunInto(rig, cut_case, cut_case.cuts.size() - 1)) {
        if (!rig.healthy()) Judge(rig, cut_case);
        continue;
      }
      if (keep_one_in.size() > 1) {
        Explore(rig.Save(), cut_case, keep_one_in.subspan(1));
      } else {
        Finish(rig, cut_case);
      }
    }
  }
  cut_case.cuts.pop_back();
}

// True if the power failed on the way; it is still off then.
bool CutRunner::RunInto(Rig& rig, const CutCase& cut_case, std::size_t index) {
  const Cut& cut = cut_case.cuts[index];
  const CutStyle& style = styles_.at(cut.style);
  rig.chip().set_options(style.sim);
  // A different picture at each place, the same at each run.
  flashsim::Tear tear = style.tear;
  tear.seed = flashsim::Mix64(tear.seed, cut.operation + 1000 * cut_case.session);
  if (index > 0) rig.PowerReturns();
  rig.chip().CutAt(cut.operation, tear);
  if (index == 0) {
    rig.Run(sessions_[cut_case.session]);
  } else {
    rig.Recover();
  }
  if (rig.powered() || !rig.healthy()) return false;
  CountTears(rig);
  rig.PowerFails();
  return true;
}

std::uint64_t CutRunner::CountOperations(const Checkpoint& start, const CutCase& cut_case) {
  Rig rig(setup_, start);
  if (cut_case.cuts.empty()) {
    rig.Run(sessions_[cut_case.session]);
  } else {
    rig.PowerReturns();
    rig.Recover();
  }
  if (!rig.healthy()) Judge(rig, cut_case);
  return rig.chip().op_count() - start.chip.op_count();
}

void CutRunner::Finish(Rig& rig, const CutCase& cut_case) {
  rig.PowerReturns();
  rig.Recover();
  const bool with_lap = cut_case.cuts.size() < 2 || Kept(cut_case, kLapOneIn);
  if (rig.healthy() && with_lap) {
    rig.RunLap();
    ++stats_.laps;
  }
  ++stats_.cases;
  Judge(rig, cut_case);
}

void CutRunner::CountTears(const Rig& rig) {
  const flashsim::CutInfo& cut = rig.chip().last_cut();
  if (cut.kind == flashsim::OpKind::kProgram) ++stats_.torn_programs;
  if (cut.kind == flashsim::OpKind::kErase) ++stats_.torn_erases;
}

bool CutRunner::Kept(const CutCase& cut_case, std::uint32_t keep_one_in) const {
  if (keep_one_in <= 1) return true;
  std::uint64_t hash = flashsim::Mix64(cut_case.session, keep_one_in);
  for (const Cut& cut : cut_case.cuts) {
    hash = flashsim::Mix64(hash, (cut.operation << 8) | cut.style);
  }
  return hash % keep_one_in == 0;
}

void CutRunner::RunRepeatedCuts(std::uint32_t times, std::uint32_t keep_one_in) {
  for (std::size_t session = 1; session < sessions_.size() && !enough(); ++session) {
    CutCase cut_case{session, {}};
    const std::uint64_t operations = CountOperations(checkpoints_[session], cut_case);
    for (std::uint64_t op = 0; op < operations && !enough(); ++op) {
      for (std::size_t style = 0; style < styles_.size() && !enough(); ++style) {
        cut_case.cuts = {{op, style}};
        if (!Kept(cut_case, keep_one_in)) continue;
        Rig rig(setup_, checkpoints_[session]);
        if (RunInto(rig, cut_case, 0)) Repeat(rig.Save(), cut_case, times);
      }
    }
  }
}

// The point of the further cuts, and their style, vary with the first one's.
void CutRunner::Repeat(const Checkpoint& start, CutCase& cut_case, std::uint32_t times) {
  const std::uint64_t operations = CountOperations(start, cut_case);
  if (operations == 0) return;
  const std::uint64_t hash = flashsim::Mix64(cut_case.cuts[0].operation, cut_case.cuts[0].style);
  const Cut again{hash % operations, (hash >> 20) % styles_.size()};
  Rig before(setup_, start);
  before.PowerReturns();
  before.Mount();
  Rig rig(setup_, start);
  for (std::uint32_t i = 0; i < times; ++i) {
    cut_case.cuts.push_back(again);
    if (!RunInto(rig, cut_case, cut_case.cuts.size() - 1)) break;
  }
  if (rig.powered()) rig.PowerFails();  // the last cut was not reached
  rig.PowerReturns();
  if (rig.healthy()) rig.Mount();
  const std::uint64_t first = before.oracle().BucketOf(before.oracle().evicted() + 1);
  const std::uint64_t last = before.oracle().BucketOf(rig.oracle().evicted());
  // A frame that was cut may turn out whole: what then fills the ring is data.
  const std::uint64_t gained = rig.oracle().durable() - before.oracle().durable();
  // A record's bucket is known to one.
  if (rig.oracle().evicted() > before.oracle().evicted() && last > first + 1 + gained) {
    rig.oracle().Broken(Guarantee::kG8, "cuts at the same point evicted buckets " +
                                            std::to_string(first) + ".." + std::to_string(last));
  }
  Finish(rig, cut_case);
}

void CutRunner::Judge(const Rig& rig, const CutCase& cut_case) {
  if (rig.healthy() || enough()) return;
  ++stats_.failures;
  const std::string report = rig.oracle().Report();
  Failure& failure = failures_[WithoutNumbers(report)];
  if (++failure.count > 1) return;
  std::ostringstream text;
  text << "setup " << setup_.name << ", NORLOG_CUT=" << ToString(cut_case) << '\n';
  for (const Cut& cut : cut_case.cuts) {
    text << "  cut at operation " << cut.operation << ": " << ToString(styles_.at(cut.style))
         << '\n';
    if (cut_case.cuts.size() > 4) break;  // a repeated cut: all further ones are alike
  }
  failure.first = text.str() + report;
}

std::string CutRunner::Report() const {
  std::string report;
  for (const auto& [signature, failure] : failures_) {
    report += std::to_string(failure.count) + " times: " + failure.first;
  }
  return report;
}

void CutRunner::Explain(const CutCase& cut_case, std::ostream& trace) {
  if (cut_case.session >= sessions_.size()) return;
  Rig rig(setup_, checkpoints_[cut_case.session], &trace);
  if (cut_case.cuts.empty()) rig.Run(sessions_[cut_case.session]);
  for (std::size_t i = 0; i < cut_case.cuts.size(); ++i) {
    trace << "cut " << i + 1 << ": " << ToString(styles_.at(cut_case.cuts[i].style)) << '\n';
    if (!RunInto(rig, cut_case, i)) break;
  }
  if (rig.healthy() && !rig.powered()) {
    trace << "final recovery\n";
    rig.PowerReturns();
    if (rig.Recover() && rig.healthy()) rig.RunLap();
  }
  trace << rig.oracle().Report();
}

}  // namespace norlog::fuzz
