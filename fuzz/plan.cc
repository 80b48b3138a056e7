#include "fuzz/plan.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <sstream>
#include <utility>

#include "flashsim/rng.h"
#include "fuzz/encoded.h"

namespace norlog::fuzz {
namespace {

using flashsim::Mix64;
using flashsim::Rng;

template <std::size_t kCount>
std::uint32_t Pick(Rng& rng, const std::array<std::uint32_t, kCount>& choices) {
  return choices.at(static_cast<std::size_t>(rng.Below(kCount)));
}

flashsim::Profile MakeProfile(Rng& rng) {
  const std::uint32_t erase_unit = Pick(rng, std::array{256U, 512U, 1024U, 2048U});
  const auto count = static_cast<std::uint32_t>(8 + rng.Below(13));
  switch (rng.Below(6)) {
    case 0: return flashsim::Toy(erase_unit, count, 8, ProgramRule::kOnce);
    case 1: return flashsim::Toy(erase_unit, count, 32, ProgramRule::kOnce);
    case 2: return flashsim::Toy(erase_unit, count, 8, ProgramRule::kOncePlusZero);
    case 3: return flashsim::Toy(erase_unit, count, 1, ProgramRule::kOverwrite);
    case 4: return flashsim::Toy(erase_unit, count, 4, ProgramRule::kBits);
    default: return flashsim::Toy(erase_unit, count, 1, ProgramRule::kBits);
  }
}

flashsim::Profile DrawChip(Rng& rng) {
  std::vector<const flashsim::Profile*> chips;
  for (const flashsim::Profile& chip : flashsim::Profiles()) {
    const bool wears = chip.sim.endurance_erases > 0;
    if (!wears && !flashsim::CanHarmCommittedData(chip.sim)) chips.push_back(&chip);
  }
  flashsim::Profile chip = *chips.at(static_cast<std::size_t>(rng.Below(chips.size())));
  chip.geometry.erase_unit_count = static_cast<std::uint32_t>(8 + rng.Below(5));
  for (std::uint32_t& larger : chip.geometry.larger_erase_bytes) larger = 0;
  return chip;
}

Options MakeOptions(Rng& rng, const Geometry& geometry) {
  Options options;
  options.bucket_bytes = geometry.erase_unit_bytes * static_cast<std::uint32_t>(1 + rng.Below(3));
  const std::uint32_t blocks = Pick(rng, std::array{1U, 2U, 3U, 4U, 8U});
  options.block_bytes = options.bucket_bytes / blocks;
  options.commit_every = Pick(rng, std::array{0U, 0U, 0U, 1U, 2U, 5U});
  options.reader_count = static_cast<std::uint8_t>(1 + rng.Below(4));
  options.retention = rng.Coin() ? Retention::kKeepUnread : Retention::kOverwriteOldest;
  options.erase_ahead = static_cast<std::uint8_t>(1 + rng.Below(3));
  options.verify_programs = rng.Below(4) != 0;
  return options;
}

flashsim::SimOptions MakeSim(Rng& rng, ProgramRule rule) {
  flashsim::SimOptions sim;
  sim.first_look_cycles = static_cast<std::uint32_t>(rng.Below(3));
  sim.hostile_scope = rng.Coin();
  if (rule == ProgramRule::kOnce || rule == ProgramRule::kOncePlusZero) {
    sim.torn_read_error_ppm = Pick(rng, std::array{0U, 500'000U, 1'000'000U});
  }
  return sim;
}

// One event is 32 bits: 4 bits of kind, the rest is entropy for it.
enum class EventKind : std::uint8_t { kOperation, kBoot, kCutInSession, kCutInRecovery, kVanish };

EventKind KindOf(std::uint32_t event) {
  switch (event % 16) {
    case 11: return EventKind::kBoot;
    case 12:
    case 13: return EventKind::kCutInSession;
    case 14: return EventKind::kCutInRecovery;
    case 15: return EventKind::kVanish;
    default: return EventKind::kOperation;
  }
}

// Carries a plan out, event by event. While the power is off, the next event
// of any kind is preceded by a recovery.
class Life {
 public:
  Life(const Setup& setup, std::uint32_t config, std::ostream* trace)
      : rig_(setup, NewCheckpoint(setup), trace), workload_(ShapeOf(setup), config) {}

  PlanResult Run(const std::vector<std::uint32_t>& events, std::uint64_t nonce) {
    rig_.Format(nonce | 1);
    for (std::size_t i = 0; i < events.size() && rig_.healthy(); ++i) {
      Happen(events[i], Mix64(events[i], i));
    }
    if (rig_.healthy()) Settle();
    if (rig_.healthy()) rig_.RunLap();
    return {rig_.oracle().Report(), rig_.oracle().cuts(), rig_.oracle().accepted()};
  }

 private:
  static WorkloadShape ShapeOf(const Setup& setup) {
    const Layout layout = MakeLayout(setup.options, setup.profile.geometry);
    WorkloadShape shape;
    shape.reader_count = setup.options.reader_count;
    shape.bucket_count = layout.bucket_count;
    shape.max_payload_bytes = MaxPayloadBytes(layout);
    shape.mean_payload_bytes = std::max(shape.max_payload_bytes / 3, 8U);
    shape.changes_readers = true;
    shape.encoded = setup.options.encoded_tags > 0;
    return shape;
  }

  void Happen(std::uint32_t event, std::uint64_t entropy) {
    Rng rng(entropy);
    if (!rig_.mounted() || !rig_.powered()) Settle();
    if (!rig_.healthy()) return;
    switch (KindOf(event)) {
      case EventKind::kOperation: rig_.Do(workload_.MakeOp(entropy)); break;
      case EventKind::kBoot: Boot(rng); break;
      case EventKind::kCutInSession: Cut(rng, 6); break;
      case EventKind::kCutInRecovery: CutRecovery(rng); break;
      case EventKind::kVanish: rig_.chip().CutNow(); break;
    }
    if (!rig_.powered()) rig_.PowerFails();
  }

  // (One draw a statement: the order of arguments is the compiler's.)
  void Cut(Rng& rng, std::uint64_t below) {
    const flashsim::Tear tear = flashsim::RandomTear(rng);
    rig_.chip().CutAt(rng.Below(below), tear);
  }

  void Boot(Rng& rng) {
    rig_.Close();
    if (!rig_.powered() || !rig_.healthy()) return;
    const bool has_hint = rng.Coin();
    rig_.Mount(Hint{has_hint, BucketIndex{static_cast<std::uint32_t>(rng.Below(16))}});
  }

  void CutRecovery(Rng& rng) {
    rig_.PowerFails();
    rig_.PowerReturns();
    Cut(rng, 12);
    rig_.Recover();
  }

  // Undisturbed: whatever is planned does not happen now.
  void Settle() {
    if (!rig_.powered()) rig_.PowerReturns();
    rig_.chip().CancelCut();
    if (!rig_.mounted()) rig_.Recover();
  }

  Rig rig_;
  Workload workload_;
};

}  // namespace

std::string ToString(const Plan& plan) {
  std::ostringstream text;
  text << std::hex << plan.config;
  for (const std::uint32_t event : plan.events) text << '.' << event;
  return text.str();
}

std::optional<Plan> ParsePlan(const std::string& text) {
  std::vector<std::uint32_t> numbers;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at < end) {
    std::uint32_t number = 0;
    const auto [next, error] = std::from_chars(at, end, number, 16);
    if (error != std::errc() || (next != end && *next != '.')) return std::nullopt;
    numbers.push_back(number);
    at = next == end ? end : next + 1;
  }
  if (numbers.empty()) return std::nullopt;
  return Plan{numbers.front(), {numbers.begin() + 1, numbers.end()}};
}

// Draws until the configuration is one that works.
Setup MakeSetup(std::uint32_t config) {
  for (std::uint64_t attempt = 0;; ++attempt) {
    Rng rng(Mix64(config, attempt));
    Setup setup;
    setup.profile = MakeProfile(rng);
    setup.options = MakeOptions(rng, setup.profile.geometry);
    if (Validate(setup.options, setup.profile.geometry) != OptionsError::kNone) continue;
    setup.sim = MakeSim(rng, setup.profile.geometry.program_rule);
    setup.seed = rng.Next();
    if (rng.Below(3) == 0) SetEncoded(setup.options);  // last: seeds keep their meaning else
    if (rng.Below(4) == 0) {
      setup.sim.background_erase_polls = static_cast<std::uint32_t>(1 + rng.Below(3));
    }
    setup.name = ToString(setup);
    return setup;
  }
}

Setup MakeChipSetup(std::uint32_t config) {
  for (std::uint64_t attempt = 0;; ++attempt) {
    Rng rng(Mix64(~std::uint64_t{config}, attempt));
    Setup setup;
    setup.profile = DrawChip(rng);
    setup.options = MakeOptions(rng, setup.profile.geometry);
    if (rng.Below(3) == 0) SetEncoded(setup.options);
    if (Validate(setup.options, setup.profile.geometry) != OptionsError::kNone) continue;
    setup.sim = setup.profile.sim;
    setup.sim.first_look_cycles = static_cast<std::uint32_t>(rng.Below(3));
    setup.sim.hostile_scope = setup.sim.hostile_scope || rng.Coin();
    setup.faults_expected = setup.sim.read_error_ppm > 0 || setup.sim.read_error_every > 0;
    setup.seed = rng.Next();
    setup.name = ToString(setup);
    return setup;
  }
}

void MakeHarmful(std::uint32_t config, Setup& setup) {
  Rng rng(Mix64(config, 0x4841524D));
  flashsim::SimOptions& sim = setup.sim;
  switch (rng.Below(3)) {
    case 0: sim.collateral_ppm = 20'000; break;
    case 1: sim.misdirect_ppm = 250'000; break;
    default: sim.retention_flips = 1; break;
  }
  setup.damage_expected = true;
}

std::string ToString(const Setup& setup) {
  const Options& options = setup.options;
  std::ostringstream text;
  text << setup.profile.name << ", program rule "
       << int{static_cast<std::uint8_t>(setup.profile.geometry.program_rule)} << ", buckets of "
       << options.bucket_bytes << " B, blocks of " << options.block_bytes << " B, "
       << int{options.reader_count} << " readers, "
       << (options.retention == Retention::kKeepUnread ? "keep-unread" : "overwrite")
       << ", erase-ahead " << int{options.erase_ahead} << ", commit every " << options.commit_every
       << (options.verify_programs ? "" : ", no verify")
       << (options.encoded_tags > 0 ? ", encoded" : "")
       << (setup.sim.background_erase_polls > 0 ? ", erases by itself" : "")
       << (setup.sim.hostile_scope ? ", hostile tears" : "");
  return text.str();
}

PlanResult RunPlan(const Plan& plan, std::ostream* trace) {
  const Setup setup = MakeSetup(plan.config);
  if (trace != nullptr) *trace << setup.name << '\n';
  return Life(setup, plan.config, trace).Run(plan.events, Mix64(plan.config));
}

}  // namespace norlog::fuzz
