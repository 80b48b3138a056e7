#include "fuzz/random_case.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "flashsim/rng.h"
#include "fuzz/setups.h"
#include "fuzz/target.h"
#include "norlog/layout.h"

namespace norlog::fuzz {
namespace {

using flashsim::Rng;

// What a case is made of.
struct Swarm {
  std::uint32_t sessions = 4;
  std::uint32_t cut_percent = 50;     // of the sessions
  std::uint32_t nested_percent = 50;  // of the recoveries, each time anew
  std::uint16_t verbs = 0xFFFF;       // bit n: the OpVerb n may come
  bool formats_again = false;
  bool breaks = false;  // one bucket goes bad
  bool silently = false;
  std::uint32_t worn = 0;   // so many neighbours can't be erased any more
  bool heals = false;       // and can be, some time later
  std::uint32_t flips = 1;  // headers that go bad, if any does
  bool restarts = false;    // where nothing is under way the processor stops, not the power
  WorkloadShape shape;
};

// What is out of the ordinary, in few of the cases.
void AddRare(const Setup& setup, Rng& rng, Swarm& swarm) {
  // More than the log needs. What is unread has no claim to a bad bucket's place.
  const std::uint32_t least = setup.options.erase_ahead + 5U;
  swarm.formats_again = rng.Below(8) == 0 && !setup.damage_expected;  // or the old log may be back
  swarm.breaks = rng.Below(8) == 0 && swarm.shape.bucket_count >= least &&
                 setup.options.retention == Retention::kOverwriteOldest;
  swarm.silently = setup.options.verify_programs && rng.Coin();
  swarm.shape.bursts = rng.Below(16) == 0;
  if (swarm.shape.bursts) swarm.shape.ops_per_session *= 8;
  swarm.restarts = rng.Below(4) == 0;
  if (swarm.shape.bucket_count >= least) swarm.flips += static_cast<std::uint32_t>(rng.Below(3));
}

// Appends and commits always come.
Swarm MakeSwarm(const Setup& setup, Rng& rng) {
  Swarm swarm;
  swarm.sessions = static_cast<std::uint32_t>(2 + rng.Below(14));
  swarm.cut_percent = static_cast<std::uint32_t>(20 + rng.Below(81));
  swarm.nested_percent = static_cast<std::uint32_t>(rng.Below(80));
  swarm.verbs = static_cast<std::uint16_t>(rng.Next() | 3U);
  swarm.shape = ShapeFor(setup);
  swarm.shape.bucket_count = LimitsOf(setup).bucket_count;
  const std::uint32_t most = swarm.shape.max_payload_bytes;
  const std::array<std::uint32_t, 5> sizes = {4, 16, most / 8, most / 3, most};
  swarm.shape.mean_payload_bytes = std::max(sizes.at(rng.Below(sizes.size())), 1U);
  swarm.shape.ops_per_session = static_cast<std::uint32_t>(2 + rng.Below(40));
  swarm.shape.changes_readers = rng.Coin();
  Rng rare(rng.Next());  // so that what is added there leaves the rest as it is
  AddRare(setup, rare, swarm);
  return swarm;
}

Step Plain(StepVerb verb) {
  Step step;
  step.verb = verb;
  return step;
}

Step DrawCut(const std::vector<CutStyle>& styles, std::uint64_t below, Rng& rng) {
  Step step = Plain(StepVerb::kCut);
  step.number = rng.Below(below);
  step.style = styles.at(rng.Below(styles.size()));
  step.style.tear.seed = rng.Next();
  return step;
}

// What the part may leave, whatever a cut hits: of a style, the half that it may.
std::vector<CutStyle> StylesThatSuit(const Setup& setup) {
  std::vector<CutStyle> styles;
  for (CutStyle style : StylesOf(setup)) {
    const bool programs = MayTear(setup.sim, style, flashsim::OpKind::kProgram);
    const bool erases = MayTear(setup.sim, style, flashsim::OpKind::kErase);
    if (!programs) style.tear.program = flashsim::ProgramTear::kNone;
    if (!erases) style.tear.erase = flashsim::EraseTear::kNone;
    if (programs || erases) styles.push_back(style);
  }
  return styles;
}

// A bit of a bucket's notes or of its header. (Where blank words do not read, a note with a
// bit that is wrong cannot be told from one that was programmed.)
std::uint64_t DrawHeaderAddress(const Setup& setup, Rng& rng) {
  const Layout layout = MakeLayout(setup.options, setup.profile.geometry);
  const std::uint64_t bucket = rng.Below(layout.bucket_count);
  const std::uint64_t begin = bucket * layout.bucket_bytes;
  const bool notes_read = !setup.sim.blank_read_errors;
  if (rng.Coin() && notes_read)
    return begin + layout.open_offset + rng.Below(2 * layout.note_bytes);
  return begin + layout.header_offset + rng.Below(layout.data_offset - layout.header_offset);
}

class Writer {
 public:
  Writer(const Setup& setup, Script& script, Rng& rng)
      : setup_(setup),
        script_(script),
        rng_(rng),
        styles_(StylesThatSuit(setup)),
        swarm_(MakeSwarm(setup, rng)),
        workload_(swarm_.shape, rng.Next()) {}

  // Instead of cuts, one bit of a header goes bad between two sessions.
  void WriteDamaged() {
    swarm_.breaks = false;
    StayCalm();
    damaged_session_ = 1 + rng_.Below(swarm_.sessions - 1);
    Write();
  }

  // Besides cuts, bits of committed frames go bad between sessions.
  void WriteScarred() {
    swarm_.breaks = false;
    is_scarred_ = true;
    Write();
  }

  // Besides cuts, one bucket or two neighbours wear out, as far as the ring can spare them.
  void WriteWorn() {
    swarm_.breaks = false;
    const std::uint32_t needed = setup_.options.erase_ahead + 4U;
    const std::uint32_t buckets = swarm_.shape.bucket_count;
    const std::uint32_t spare = buckets > needed ? buckets - needed : 0;
    swarm_.worn = std::min(static_cast<std::uint32_t>(1 + rng_.Below(2)), spare);
    swarm_.heals = rng_.Coin();
    Write();
  }

  // What comes of a bad place and a cut together is not promised.
  void StayCalm() {
    swarm_.cut_percent = 0;
    is_calm_ = true;
  }

  void Write() {
    if (swarm_.breaks) StayCalm();
    for (std::uint32_t i = 0; i < swarm_.sessions; ++i) {
      if (i == damaged_session_) DamageHeader();
      if (is_scarred_ && i > 0 && rng_.Coin()) DamageFrame();
      WriteSession();
    }
    script_.steps.push_back(Plain(StepVerb::kSettle));
    script_.steps.push_back(Plain(StepVerb::kLap));
  }

 private:
  bool Percent(std::uint32_t percent) { return rng_.Below(100) < percent; }

  void WriteSession() {
    std::vector<Step> steps;
    Session session = workload_.Next();
    if (swarm_.formats_again && rng_.Below(4) == 0) {
      session.start = SessionStart::kFormat;
      session.nonce = rng_.Next() | 1;
    }
    if (session.end == SessionEnd::kVanish && swarm_.restarts) session.end = SessionEnd::kReset;
    if (is_calm_) session.end = SessionEnd::kClose;
    AppendSession(session, steps);
    std::erase_if(steps, [this](const Step& step) {
      return step.verb == StepVerb::kDo &&
             ((unsigned{swarm_.verbs} >> static_cast<unsigned>(step.op.verb)) & 1U) == 0;
    });
    if (swarm_.breaks && rng_.Below(4) == 0) {
      Step step = Plain(StepVerb::kBreak);
      step.number = swarm_.silently ? 1 : 0;
      const auto at = static_cast<std::ptrdiff_t>(1 + rng_.Below(steps.size() - 1));
      steps.insert(steps.begin() + at, step);
    }
    const bool is_cut = Percent(swarm_.cut_percent);
    if (is_cut) {
      const auto at = static_cast<std::ptrdiff_t>(rng_.Below(steps.size()));
      steps.insert(steps.begin() + at, DrawCut(styles_, 8, rng_));
    }
    script_.steps.insert(script_.steps.end(), steps.begin(), steps.end());
    if (swarm_.heals && rng_.Below(4) == 0) script_.steps.push_back(Plain(StepVerb::kHeal));
    if (swarm_.worn > 0 && rng_.Below(4) == 0) WearOut();
    if (is_cut) WriteRecovery();
  }

  // From the newest bucket on, or one of the two behind it. (In the recovery, if that is next.)
  void WearOut() {
    Step step = Plain(StepVerb::kWear);
    step.number = rng_.Below(3);
    step.op.count = swarm_.worn;
    script_.steps.push_back(step);
  }

  void WriteRecovery() {
    while (Percent(swarm_.nested_percent)) {
      script_.steps.push_back(DrawCut(styles_, 14, rng_));
      script_.steps.push_back(Plain(StepVerb::kRecover));
    }
    script_.steps.push_back(Plain(StepVerb::kSettle));
  }

  void DamageFrame() {
    script_.steps.push_back(Plain(StepVerb::kMount));
    Step step = Plain(StepVerb::kDamage);
    step.op.count = static_cast<std::uint32_t>(3 + rng_.Below(12));
    step.op.salt = rng_.Next();
    script_.steps.push_back(step);
  }

  // A log is lost with the last of its headers.
  void DamageHeader() {
    script_.steps.push_back(Plain(StepVerb::kMount));
    Step step = Plain(StepVerb::kFill);
    step.number = 1 + swarm_.flips + rng_.Below(LimitsOf(setup_).bucket_count + 2);
    script_.steps.push_back(step);
    script_.steps.push_back(Plain(StepVerb::kClose));
    for (std::uint32_t i = 0; i < swarm_.flips; ++i) {
      step = Plain(StepVerb::kFlip);
      step.number = DrawHeaderAddress(setup_, rng_);
      step.op.count = 1U << rng_.Below(8);
      script_.steps.push_back(step);
    }
  }

  const Setup& setup_;
  Script& script_;
  Rng& rng_;
  const std::vector<CutStyle> styles_;
  Swarm swarm_;
  bool is_calm_ = false;
  bool is_scarred_ = false;
  std::uint64_t damaged_session_ = ~std::uint64_t{0};
  Workload workload_;
};

}  // namespace

Script RandomScript(std::uint64_t seed) {
  Rng rng(seed);
  Script script;
  const bool is_chip = flashsim::Mix64(seed, 2) % 8 == 0;
  script.setup = (is_chip ? "random chip " : "random ") + std::to_string(rng.Next() >> 40);
  const bool is_damaged = flashsim::Mix64(seed, 1) % 16 == 0;
  const bool is_harmed = !is_damaged && flashsim::Mix64(seed, 3) % 32 == 0;
  if (is_damaged) script.setup += " damaged";
  if (is_harmed) script.setup += " harmed";
  const Setup setup = *FindSetup(script.setup);
  Writer writer(setup, script, rng);
  // Under keep-unread a full log takes no records for it; blanks that don't read prove nothing.
  // (Nor has what is unread a claim to a bad bucket's place.)
  const bool may_go_bad =
      !is_damaged && !is_harmed && setup.options.retention == Retention::kOverwriteOldest;
  const bool is_scarred =
      may_go_bad && !setup.sim.blank_read_errors && flashsim::Mix64(seed, 4) % 8 == 0;
  const bool is_worn = may_go_bad && !is_scarred && flashsim::Mix64(seed, 5) % 8 == 0;
  if (is_damaged) {
    writer.WriteDamaged();
  } else if (is_scarred) {
    writer.WriteScarred();
  } else if (is_worn) {
    writer.WriteWorn();
  } else {
    writer.Write();
  }
  return script;
}

std::uint64_t SeedOf(std::uint64_t campaign_seed, std::uint64_t number) {
  return flashsim::Mix64(campaign_seed, number);
}

}  // namespace norlog::fuzz
