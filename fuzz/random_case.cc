#include "fuzz/random_case.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "flashsim/rng.h"
#include "fuzz/setups.h"
#include "fuzz/target.h"

namespace norlog::fuzz {
namespace {

using flashsim::Rng;

// What a case is made of.
struct Swarm {
  std::uint32_t sessions = 4;
  std::uint32_t cut_percent = 50;     // of the sessions
  std::uint32_t nested_percent = 50;  // of the recoveries, each time anew
  std::uint16_t verbs = 0xFFFF;       // bit n: the OpVerb n may come
  WorkloadShape shape;
};

// Appends and commits always come.
Swarm MakeSwarm(const Setup& setup, Rng& rng) {
  Swarm swarm;
  swarm.sessions = static_cast<std::uint32_t>(2 + rng.Below(14));
  swarm.cut_percent = static_cast<std::uint32_t>(20 + rng.Below(81));
  if (rng.Below(8) == 0) swarm.cut_percent = 0;
  swarm.nested_percent = static_cast<std::uint32_t>(rng.Below(80));
  swarm.verbs = static_cast<std::uint16_t>(rng.Next() | 3U);
  swarm.shape = ShapeFor(setup);
  swarm.shape.bucket_count = LimitsOf(setup).bucket_count;
  const std::uint32_t most = swarm.shape.max_payload_bytes;
  const std::array<std::uint32_t, 5> sizes = {4, 16, most / 8, most / 3, most};
  swarm.shape.mean_payload_bytes = std::max(sizes.at(rng.Below(sizes.size())), 1U);
  swarm.shape.ops_per_session = static_cast<std::uint32_t>(2 + rng.Below(40));
  swarm.shape.changes_readers = rng.Coin();
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

class Writer {
 public:
  Writer(const Setup& setup, Script& script, Rng& rng)
      : script_(script),
        rng_(rng),
        styles_(StylesOf(setup)),
        swarm_(MakeSwarm(setup, rng)),
        workload_(swarm_.shape, rng.Next()) {}

  void Write() {
    for (std::uint32_t i = 0; i < swarm_.sessions; ++i) WriteSession();
    script_.steps.push_back(Plain(StepVerb::kSettle));
    script_.steps.push_back(Plain(StepVerb::kLap));
  }

 private:
  bool Percent(std::uint32_t percent) { return rng_.Below(100) < percent; }

  // Some sessions only maintain; some find a used chip and format it.
  Session NextSession() {
    Session session = workload_.Next();
    if (session.start == SessionStart::kMount && Percent(6)) {
      session.start = SessionStart::kFormat;
      session.nonce = rng_.Next() | 1;
    }
    if (Percent(8)) {
      std::erase_if(session.ops, [](const Op& op) { return op.verb != OpVerb::kMaintain; });
    }
    if (Percent(5)) AppendAlike(session);
    return session;
  }

  // More records of one shape and step than a run can count.
  void AppendAlike(Session& session) {
    Op op;
    op.verb = OpVerb::kAppend;
    op.size = static_cast<std::uint32_t>(rng_.Below(3));
    op.tag = 5;
    for (std::uint64_t i = 70 + rng_.Below(70); i > 0; --i) {
      op.time += 10;
      op.salt = rng_.Next();
      session.ops.push_back(op);
    }
    session.ops.push_back(Op{});
  }

  void WriteSession() {
    std::vector<Step> steps;
    AppendSession(NextSession(), steps);
    std::erase_if(steps, [this](const Step& step) {
      return step.verb == StepVerb::kDo &&
             ((unsigned{swarm_.verbs} >> static_cast<unsigned>(step.op.verb)) & 1U) == 0;
    });
    const bool is_cut = Percent(swarm_.cut_percent);
    if (is_cut) {
      const auto at = static_cast<std::ptrdiff_t>(rng_.Below(steps.size()));
      steps.insert(steps.begin() + at, DrawCut(styles_, 8, rng_));
    }
    script_.steps.insert(script_.steps.end(), steps.begin(), steps.end());
    if (is_cut) WriteRecovery();
  }

  void WriteRecovery() {
    while (Percent(swarm_.nested_percent)) {
      script_.steps.push_back(DrawCut(styles_, 14, rng_));
      script_.steps.push_back(Plain(StepVerb::kRecover));
    }
    script_.steps.push_back(Plain(StepVerb::kSettle));
  }

  Script& script_;
  Rng& rng_;
  const std::vector<CutStyle> styles_;
  const Swarm swarm_;
  Workload workload_;
};

}  // namespace

Script RandomScript(std::uint64_t seed) {
  Rng rng(seed);
  Script script;
  script.setup = "random " + std::to_string(rng.Next() >> 40);
  const Setup setup = *FindSetup(script.setup);
  Writer(setup, script, rng).Write();
  return script;
}

std::uint64_t SeedOf(std::uint64_t campaign_seed, std::uint64_t number) {
  return flashsim::Mix64(campaign_seed, number);
}

}  // namespace norlog::fuzz
