// Carries out script.h's steps on a Rig.
#include <algorithm>
#include <ostream>
#include <utility>

#include "fuzz/script.h"

namespace norlog::fuzz {
namespace {

// Salts of a fill's records: never those of a workload.
constexpr std::uint64_t kFillSalt = std::uint64_t{1} << 61;

// Wraps: a script may say what it likes.
std::int64_t Plus(std::int64_t time, std::int64_t step) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(time) +
                                   static_cast<std::uint64_t>(step));
}

class Stage {
 public:
  Stage(const Setup& setup, std::ostream* trace)
      : setup_(setup), trace_(trace), rig_(setup, NewCheckpoint(setup), trace) {
    Watch();
  }

  ScriptOutcome Run(const Script& script) {
    for (std::size_t i = 0; i < script.steps.size() && rig_.healthy(); ++i) {
      outcome_.last_step = i;
      step_ = i;
      step_begin_ = rig_.chip().op_count();
      in_recovery_ = false;
      if (trace_ != nullptr) *trace_ << "> " << ToString(script.steps[i]) << '\n';
      Carry(script.steps[i]);
      NoticeCut();
    }
    return Conclude();
  }

 private:
  void Carry(const Step& step);
  void Act(const Step& step);
  void Plan(const Step& step);
  void Again(const Step& step);
  void Recover();
  void PowerUp();
  void Settle();
  void Append(Op op);
  void Fill(std::uint64_t buckets);
  void Break(bool silent);
  void Wear(std::uint64_t behind, std::uint32_t count);
  void Heal();
  void MakeBad(std::uint64_t number, std::uint32_t count, flashsim::BadMode mode);
  void NoticeCut();
  void Watch();
  std::vector<std::uint8_t> PeekBucket() const;
  ScriptOutcome Conclude();

  const Setup& setup_;
  std::ostream* const trace_;
  Rig rig_;
  ScriptOutcome outcome_;
  std::size_t step_ = 0;
  std::size_t cut_step_ = 0;  // the last `cut`
  std::uint64_t step_begin_ = 0;
  bool has_image_ = false;
  bool in_recovery_ = false;
  bool went_bad_ = false;
  bool off_ = false;  // the power is off, and that has been noticed
};

// While the power is off only what lets it return is carried out.
void Stage::Carry(const Step& step) {
  switch (step.verb) {
    case StepVerb::kCut: return Plan(step);
    case StepVerb::kAgain: return Again(step);
    case StepVerb::kFlip:
      if (step.number >= setup_.profile.geometry.size_bytes()) return;
      return rig_.chip().FlipBits(step.number, static_cast<std::uint8_t>(step.op.count));
    case StepVerb::kWear: return Wear(step.number, step.op.count);
    case StepVerb::kHeal: return Heal();
    case StepVerb::kRemounts: return rig_.set_remounts(static_cast<std::uint32_t>(step.number));
    case StepVerb::kSettle: return Settle();
    case StepVerb::kRecover: PowerUp(); return Recover();
    default: break;
  }
  if (rig_.powered()) Act(step);
}

void Stage::Act(const Step& step) {
  const bool mounted = rig_.mounted();
  switch (step.verb) {
    case StepVerb::kFormat:
      if (!mounted) rig_.Format(step.number);
      return;
    case StepVerb::kMount:
      if (!mounted && rig_.oracle().formatted()) {
        rig_.Mount(Hint{step.has_hint, BucketIndex{step.hint}});
      }
      return;
    case StepVerb::kVanish:
      rig_.PowerFails();
      rig_.PowerReturns();
      return;
    case StepVerb::kReset: return rig_.Restarts();
    default: break;
  }
  if (!mounted) return;
  if (step.verb == StepVerb::kClose) return rig_.Close();
  if (step.verb == StepVerb::kLap) {
    ++outcome_.laps;
    return rig_.RunLap();
  }
  if (step.verb == StepVerb::kFill) return Fill(step.number);
  if (step.verb == StepVerb::kDamage) return rig_.DamageFrame(step.op);
  if (step.verb == StepVerb::kBreak) return Break(step.number != 0);
  if (step.op.verb == OpVerb::kAppend) return Append(step.op);
  if (step.op.reader < setup_.options.reader_count) rig_.Do(step.op);
}

// A different picture at each place comes from the style's seed, which the
// script states.
void Stage::Plan(const Step& step) {
  rig_.chip().set_options(Over(setup_.sim, step.style));
  PowerUp();
  PlanCut(rig_.chip(), step.number, step.style, step.style.tear);
  cut_step_ = step_;
}

void Stage::Again(const Step& step) {
  cut_step_ = step_;
  for (std::uint64_t i = 0; i < step.number && rig_.healthy() && !rig_.mounted(); ++i) {
    rig_.chip().set_options(Over(setup_.sim, step.style));
    PowerUp();
    PlanCut(rig_.chip(), step.op.count, step.style, step.style.tear);
    Recover();
    NoticeCut();
  }
}

void Stage::PowerUp() {
  if (rig_.powered()) return;
  rig_.PowerReturns();
  off_ = false;
}

void Stage::Settle() {
  PowerUp();
  rig_.chip().CancelCut();
  Recover();
}

void Stage::Recover() {
  if (rig_.mounted()) return;
  in_recovery_ = true;
  rig_.Recover();
  if (rig_.powered()) ++outcome_.recoveries;
}

// `times`: the payloads differ.
void Stage::Append(Op op) {
  std::uint32_t left = std::clamp(op.count, 1U, kMaxAppendTimes);
  for (; left > 0 && rig_.powered() && rig_.healthy(); --left) {
    rig_.Do(op);
    ++op.salt;
    op.time = Plus(op.time, op.every);
  }
}

void Stage::Fill(std::uint64_t buckets) {
  buckets = std::min<std::uint64_t>(buckets, 1000);
  const std::uint64_t goal = rig_.oracle().head() + buckets;
  bool accepted = true;
  std::uint64_t left = buckets * setup_.options.bucket_bytes;  // no record is smaller than a byte
  while (accepted && left-- > 0 && rig_.oracle().head() < goal && rig_.powered() &&
         rig_.healthy()) {
    const std::uint64_t before = rig_.oracle().accepted();
    Op append;
    append.verb = OpVerb::kAppend;
    append.size = rig_.log().MaxPayloadBytes();
    append.time = static_cast<std::int64_t>(rig_.oracle().accepted() * 5);
    append.salt = kFillSalt + rig_.oracle().accepted();
    rig_.Do(append);
    if (rig_.powered() && rig_.healthy()) rig_.Do(Op{});
    accepted = rig_.oracle().accepted() != before;
  }
}

void Stage::Break(bool silent) {
  const auto mode = silent ? flashsim::BadMode::kSilentProgram : flashsim::BadMode::kProgramFails;
  MakeBad(rig_.oracle().head(), 1, mode);
}

void Stage::Wear(std::uint64_t behind, std::uint32_t count) {
  MakeBad(rig_.oracle().head() + behind, count, flashsim::BadMode::kEraseFails);
}

// (What a setup has made bad stays so.)
void Stage::Heal() {
  if (!rig_.has_broken_bucket()) return;
  const std::vector<flashsim::BadUnit> bad = rig_.chip().bad_units();
  for (const flashsim::BadUnit& unit : bad) {
    rig_.chip().MakeBad(unit.unit, flashsim::BadMode::kGood);
  }
}

// Once in a case: the ring has to stay large enough.
void Stage::MakeBad(std::uint64_t number, std::uint32_t count, flashsim::BadMode mode) {
  if (went_bad_) return;
  went_bad_ = true;
  const std::uint32_t units =
      setup_.options.bucket_bytes / setup_.profile.geometry.erase_unit_bytes;
  const std::uint32_t buckets = LimitsOf(setup_).bucket_count;
  count = std::min(count, buckets);
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto bucket = static_cast<std::uint32_t>((number + i) % buckets);
    for (std::uint32_t unit = 0; unit < units; ++unit) {
      rig_.chip().MakeBad(bucket * units + unit, mode);
    }
  }
  rig_.oracle().UnhealthyBuckets(rig_.oracle().unhealthy() + count);
}

// A planned cut has struck during this step, or a step's own.
void Stage::NoticeCut() {
  if (rig_.powered() || off_) return;
  if (rig_.chip().last_cut().kind != flashsim::OpKind::kNone) {
    CutHit hit;
    hit.cut_step = cut_step_;
    hit.hit_step = step_;
    hit.in_recovery = in_recovery_;
    hit.info = rig_.chip().last_cut();
    hit.operations_before = hit.info.op_index - step_begin_;
    outcome_.hits.push_back(hit);
    outcome_.behind_cut = PeekBucket();
  }
  rig_.PowerFails();
  off_ = true;
}

// The bucket as it was before the operation that is torn.
void Stage::Watch() {
  if (trace_ != nullptr) return;  // the rig watches
  rig_.chip().set_observer([this](const flashsim::OpEvent& event) {
    if (!event.torn) return;
    const std::uint32_t bytes = setup_.options.bucket_bytes;
    outcome_.image_address = event.address / bytes * bytes;
    has_image_ = true;
    outcome_.before_cut = PeekBucket();
  });
}

std::vector<std::uint8_t> Stage::PeekBucket() const {
  if (!has_image_) return {};
  return rig_.chip().Peek(outcome_.image_address, setup_.options.bucket_bytes);
}

ScriptOutcome Stage::Conclude() {
  rig_.chip().set_observer(nullptr);
  outcome_.in_the_end = PeekBucket();
  outcome_.breaches = rig_.oracle().breaches();
  outcome_.budget_use = rig_.budget_use();
  outcome_.records = rig_.oracle().accepted();
  outcome_.checks = rig_.oracle().checks();
  outcome_.digest = rig_.oracle().Digest();
  const auto size = static_cast<std::size_t>(rig_.chip().geometry().size_bytes());
  for (const std::uint8_t byte : rig_.chip().Peek(0, size)) {
    outcome_.digest = (outcome_.digest ^ byte) * 0x100000001B3U;
  }
  return std::move(outcome_);
}

}  // namespace

ScriptOutcome RunScript(const Setup& setup, const Script& script, std::ostream* trace) {
  return Stage(setup, trace).Run(script);
}

}  // namespace norlog::fuzz
