#include "fuzz/target.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "flashsim/profiles.h"
#include "fuzz/encoded.h"
#include "fuzz/plan.h"
#include "fuzz/setups.h"
#include "fuzz/watch.h"
#include "norlog/types.h"

namespace norlog::fuzz {
namespace {

constexpr std::uint32_t kProfileUnits = 8;
constexpr std::uint32_t kStuckAtZero = 7;  // of "bad-stuck", with its seed
constexpr std::uint32_t kLastLap = 0xfffffffe;
constexpr std::uint32_t kEnduranceLeft = 2;  // erases, of a worn unit
constexpr std::uint32_t kEnduranceSpread = 12;

Setup MakeSetup(std::string name, const flashsim::Profile& profile, std::uint32_t block_bytes,
                Retention retention) {
  Setup setup;
  setup.name = std::move(name);
  setup.profile = profile;
  setup.sim = profile.sim;
  setup.options.bucket_bytes = profile.geometry.erase_unit_bytes;
  setup.options.block_bytes = block_bytes;
  setup.options.reader_count = 2;
  setup.options.retention = retention;
  setup.seed = setup.name.size() + profile.geometry.program_unit_bytes;
  return setup;
}

// A named chip with as few units as make a ring, so that laps are short.
Setup MakeProfileSetup(const flashsim::Profile& named) {
  flashsim::Profile profile = named;
  profile.geometry.erase_unit_count = std::min(profile.geometry.erase_unit_count, kProfileUnits);
  for (std::uint32_t& larger : profile.geometry.larger_erase_bytes) larger = 0;
  const std::uint32_t unit = profile.geometry.erase_unit_bytes;
  Setup setup = MakeSetup(named.name, profile, std::min(unit, std::max(unit / 4, 512U)),
                          Retention::kOverwriteOldest);
  // Near its end of life: a life in the campaign is a few laps.
  if (setup.sim.endurance_erases > 0) {
    setup.sim.endurance_erases = kEnduranceLeft;
    setup.sim.endurance_spread = kEnduranceSpread;
  }
  const flashsim::SimOptions& sim = profile.sim;
  setup.damage_expected = flashsim::CanHarmCommittedData(sim);
  setup.faults_expected = sim.endurance_erases > 0 || sim.read_error_ppm > 0 ||
                          sim.read_error_every > 0 || setup.damage_expected;
  return setup;
}

// Behind a card's controller, which reorders what is not synced; one block a bucket, so that
// cuts soon need the reserve.
Setup MakeCard(const std::string& name, Retention retention) {
  Setup setup = MakeSetup(name, flashsim::Toy(512, 6, 1, ProgramRule::kOverwrite), 512, retention);
  const flashsim::SimOptions& card = flashsim::FindProfile("sdcard")->sim;
  setup.sim.unordered_writes = card.unordered_writes;
  setup.sim.program_tears = card.program_tears;
  setup.sim.erase_tears = card.erase_tears;
  return setup;
}

// Two neighbours that cannot be erased: the opening steps over both, and reuses one
// bucket more than the window holds.
Setup MakeBadBuckets(Retention retention) {
  Setup setup = MakeSetup(retention == Retention::kKeepUnread ? "bad-keep" : "bad-overwrite",
                          flashsim::Toy(1024, 10), 256, retention);
  setup.bad_units = {4, 5};
  return setup;
}

// A bucket that never is erased as a whole, on a log that verifies erases only.
Setup MakeStuckBucket() {
  Setup setup = MakeBadBuckets(Retention::kOverwriteOldest);
  setup.name = "bad-stuck";
  setup.bad_units = {kStuckAtZero};
  setup.bad_mode = flashsim::BadMode::kStuckBit;
  setup.options.verify_programs = false;
  return setup;
}

void AddAged(const Setup& base, std::vector<Setup>& setups) {
  for (std::uint32_t laps = 0; laps < 3; ++laps) {
    Setup setup = base;
    setup.name = absl::StrCat(base.name, "@lap-", laps);
    setup.first_lap = kLastLap - laps;
    setup.faults_expected = true;  // it ends as kExhausted
    setups.push_back(setup);
  }
  // A lap behind these a counter of 8 bits begins anew, and bucket numbers of 16 bits.
  const std::uint32_t buckets = LimitsOf(base).bucket_count;
  for (const std::uint32_t lap : {255U, (1U << 16) / buckets - 1}) {
    Setup setup = base;
    setup.name = absl::StrCat(base.name, "@from-", lap);
    setup.first_lap = lap;
    setups.push_back(setup);
  }
  for (const std::uint32_t bits : {32U, 63U}) {
    Setup setup = base;
    setup.name = absl::StrCat(base.name, "@record-2^", bits);
    setup.first_lap = 1;
    setup.first_record = (std::uint64_t{1} << bits) - 9;
    setups.push_back(setup);
  }
  Setup setup = base;
  setup.name = base.name + "@record-last";
  setup.first_lap = 1;
  setup.first_record = kMaxSequence.value - base.profile.geometry.size_bytes() / 160;
  setup.faults_expected = true;  // it ends as kExhausted
  setups.push_back(setup);
  setup = base;
  setup.name = base.name + "@totals";
  setup.first_lap = 1;
  setup.totals_left = 1;
  setups.push_back(setup);
  setup = base;
  setup.name = base.name + "@time";
  setup.first_lap = 1;
  setup.first_time = std::numeric_limits<std::int64_t>::max() - 200;
  setups.push_back(setup);
}

std::vector<Setup> MakeCampaignSetups() {
  using flashsim::Toy;
  std::vector<Setup> setups = SmallRings();
  for (const Retention retention : {Retention::kOverwriteOldest, Retention::kKeepUnread}) {
    const std::string suffix = retention == Retention::kKeepUnread ? "-keep" : "-overwrite";
    setups.push_back(
        MakeSetup("plus8" + suffix, Toy(1024, 8, 8, ProgramRule::kOncePlusZero), 256, retention));
    setups.push_back(
        MakeSetup("once4" + suffix, Toy(1024, 8, 4, ProgramRule::kOnce), 256, retention));
    setups.push_back(
        MakeSetup("once16" + suffix, Toy(1024, 8, 16, ProgramRule::kOnce), 512, retention));
    setups.push_back(
        MakeSetup("fram" + suffix, Toy(1024, 8, 1, ProgramRule::kOverwrite), 256, retention));
    setups.push_back(MakeCard("card" + suffix, retention));
    setups.push_back(MakeSetup("typed4" + suffix, Toy(1024, 8), 256, retention));
    setups.back().typed = true;
  }
  setups.push_back(MakeBadBuckets(Retention::kOverwriteOldest));
  setups.push_back(MakeBadBuckets(Retention::kKeepUnread));
  setups.push_back(MakeStuckBucket());
  setups.push_back(MakeSetup("ring4k-overwrite", Toy(4096, 16), 1024, Retention::kOverwriteOldest));
  setups.push_back(MakeSetup("packed4k-keep", Toy(4096, 8), 1024, Retention::kKeepUnread));
  SetEncoded(setups.back().options);
  const std::size_t plain = setups.size();
  for (std::size_t i = 0; i < plain; ++i) {
    const std::string name = setups[i].name;
    if (name == "nor-overwrite" || name == "toy-overwrite") AddAged(Setup(setups[i]), setups);
  }
  for (const flashsim::Profile& profile : flashsim::Profiles()) {
    setups.push_back(MakeProfileSetup(profile));
  }
  Setup canary = MakeSetup("canary", Toy(1024, 8), 256, Retention::kOverwriteOldest);
  canary.sim.retention_flips = 3;
  setups.push_back(canary);
  return setups;
}

const char* Name(ProgramRule rule) {
  switch (rule) {
    case ProgramRule::kBits: return "kBits";
    case ProgramRule::kOnce: return "kOnce";
    case ProgramRule::kOncePlusZero: return "kOncePlusZero";
    case ProgramRule::kOverwrite: return "kOverwrite";
  }
  return "?";
}

}  // namespace

const std::vector<Setup>& CampaignSetups() {
  static const std::vector<Setup> setups = MakeCampaignSetups();
  return setups;
}

std::vector<std::string> DefaultSetups() {
  std::vector<std::string> names;
  for (const Setup& setup : SmallRings()) names.push_back(setup.name);
  return names;
}

std::vector<std::string> ProfileSetups() {
  std::vector<std::string> names;
  for (const Setup& setup : CampaignSetups()) {
    if (flashsim::FindProfile(setup.name) != nullptr) names.push_back(setup.name);
  }
  return names;
}

absl::StatusOr<Setup> FindSetup(absl::string_view name) {
  std::uint32_t config = 0;
  absl::string_view number = name;
  const bool is_damaged = absl::ConsumeSuffix(&number, " damaged");
  const bool is_harmed = absl::ConsumeSuffix(&number, " harmed");
  const bool is_random = absl::ConsumePrefix(&number, "random ");
  const bool is_chip = is_random && absl::ConsumePrefix(&number, "chip ");
  if (is_random && absl::SimpleAtoi(number, &config)) {
    Setup setup = is_chip ? MakeChipSetup(config) : fuzz::MakeSetup(config);
    setup.name = std::string(name);
    setup.header_damage = is_damaged;
    if (is_harmed) MakeHarmful(config, setup);
    return setup;
  }
  std::string names;
  for (const Setup& setup : CampaignSetups()) {
    if (name == setup.name) return setup;
    absl::StrAppend(&names, names.empty() ? "" : ", ", setup.name);
  }
  return absl::NotFoundError(
      absl::StrCat("there is no setup \"", name, "\"; there are ", names,
                   ", random N, random chip N; with \" damaged\" or \" harmed\" behind"));
}

std::string GeometryOf(const Setup& setup) {
  const Geometry& geometry = setup.profile.geometry;
  return absl::StrCat(LimitsOf(setup).bucket_count, " x ", setup.options.bucket_bytes, " B, unit ",
                      geometry.program_unit_bytes, ", ", Name(geometry.program_rule));
}

std::vector<CutStyle> StylesOf(const Setup& setup) {
  std::vector<CutStyle> styles = AllCutStyles(IsWriteOnce(setup));
  const std::vector<CutStyle> unstable = UnstableStyles();
  styles.insert(styles.end(), unstable.begin(), unstable.end());
  return styles;
}

Target MakeTarget(const Setup& setup, std::uint32_t laps) {
  WorkloadShape shape = ShapeFor(setup);
  shape.first_time = setup.first_time;
  // A chip wears out in the later ones.
  const AtCase at(setup.name + "/0");
  if (laps == 0) laps = setup.sim.endurance_erases > 0 ? 4 : 2;
  return {setup, StylesOf(setup), RecordLife(setup, shape, laps)};
}

}  // namespace norlog::fuzz
