#include "tools/power_plan.h"

#include <algorithm>

#include "flashsim/faults.h"

namespace norlog::tools {
namespace {

struct Target {
  CutPlace place;
  std::uint64_t share_percent;    // of all cuts
  std::uint64_t countdown_bound;  // operations to let pass: below this
};
// Recovery of an unclean end takes about three operations; one cut often
// follows another there.
constexpr Target kTargets[] = {{CutPlace::kFrame, 32, 12},
                               {CutPlace::kErase, 21, 1},
                               {CutPlace::kHeaderOrMark, 21, 4},
                               {CutPlace::kRecovery, 26, 4}};
constexpr std::uint32_t kAnotherRecoveryCutPpm = 300'000;

const Target& TargetOf(CutPlace place) {
  return *std::ranges::find(kTargets, place, &Target::place);
}

bool IsInside(flashsim::ProgramTear tear) {
  return tear != flashsim::ProgramTear::kNone && tear != flashsim::ProgramTear::kAll;
}

bool IsInside(flashsim::EraseTear tear) {
  return tear != flashsim::EraseTear::kNone && tear != flashsim::EraseTear::kAll;
}

}  // namespace

PowerPlan::PowerPlan(flashsim::SimFlash& chip, const Layout& layout, const Budget& budget,
                     std::uint64_t seed)
    : chip_(chip), layout_(layout), budget_(budget), rng_(seed), ring_(layout, chip.geometry()) {}

void PowerPlan::Start() {
  PlanNext();
}

void PowerPlan::PowerOn() {
  // How marginal cells behave is new with each cycle: a torn operation may keep
  // up its appearance for no boot, one or two, and may have disturbed its
  // whole scope.
  flashsim::SimOptions options = chip_.options();
  options.first_look_cycles = static_cast<std::uint32_t>(rng_.Below(3));
  options.hostile_scope = rng_.Below(4) == 0;
  chip_.set_options(options);
  chip_.PowerOn();
}

void PowerPlan::BeginMount() {
  mounting_ = true;
}

void PowerPlan::EndMount() {
  mounting_ = false;
  // Recovery was shorter than the plan for it: cut elsewhere.
  const bool missed = chip_.powered() && armed_ && place_ == CutPlace::kRecovery;
  if (missed) PlanNext();
}

Status PowerPlan::Read(std::uint64_t address, std::span<std::uint8_t> out) {
  return chip_.Read(address, out);
}

Status PowerPlan::Program(std::uint64_t address, std::span<const std::uint8_t> data) {
  const CutPlace place = PlaceOf(address, data);
  const bool was_powered = chip_.powered();
  Aim(place);
  const Status status = chip_.Program(address, data);
  if (place == CutPlace::kFrame) ring_.OnFrame(address);
  if (was_powered && !chip_.powered()) NoteCut(place, IsInside(chip_.last_cut().tear.program));
  return status;
}

Status PowerPlan::Erase(std::uint64_t address, std::uint32_t size) {
  const bool was_powered = chip_.powered();
  Aim(CutPlace::kErase);
  const Status status = chip_.Erase(address, size);
  ring_.OnErase(address, size);
  if (was_powered && !chip_.powered()) {
    NoteCut(CutPlace::kErase, IsInside(chip_.last_cut().tear.erase));
  }
  return status;
}

// One unit of zeros is a touch or a close mark: no frame is that short.
CutPlace PowerPlan::PlaceOf(std::uint64_t address, std::span<const std::uint8_t> data) const {
  if (address % layout_.bucket_bytes < layout_.data_offset) return CutPlace::kHeaderOrMark;
  const bool is_zeros = std::ranges::all_of(data, [](std::uint8_t byte) { return byte == 0; });
  return is_zeros && data.size() == layout_.unit ? CutPlace::kHeaderOrMark : CutPlace::kFrame;
}

std::uint64_t PowerPlan::Owed(CutPlace place) const {
  const std::uint64_t share = budget_.cuts * TargetOf(place).share_percent / 100;
  return share > cuts_in(place) ? share - cuts_in(place) : 0;
}

// Recovery can only be hit during the mount that comes next, so it is chosen
// only while one is due.
CutPlace PowerPlan::ChoosePlace() {
  const bool mount_is_due = !chip_.powered();
  if (mount_is_due && mounting_ && Owed(CutPlace::kRecovery) > 0 &&
      rng_.Chance(kAnotherRecoveryCutPpm)) {
    return CutPlace::kRecovery;
  }
  std::uint64_t total = 0;
  for (const Target& target : kTargets) {
    if (target.place != CutPlace::kRecovery || mount_is_due) total += Owed(target.place) + 1;
  }
  std::uint64_t ticket = rng_.Below(total);
  for (const Target& target : kTargets) {
    if (target.place == CutPlace::kRecovery && !mount_is_due) continue;
    if (ticket < Owed(target.place) + 1) return target.place;
    ticket -= Owed(target.place) + 1;
  }
  return CutPlace::kFrame;
}

void PowerPlan::PlanNext() {
  armed_ = !done();
  if (!armed_) return;
  place_ = ChoosePlace();
  countdown_ = rng_.Below(TargetOf(place_).countdown_bound);
  quiet_until_bytes_ = 0;
  if (place_ == CutPlace::kRecovery) return;
  quiet_until_bytes_ =
      chip_.counters().bytes_programmed + rng_.Below(2 * budget_.spacing_bytes + 1);
}

void PowerPlan::Aim(CutPlace place) {
  const bool hits = place_ == CutPlace::kRecovery ? mounting_ : place_ == place && !mounting_;
  if (!armed_ || !hits || chip_.counters().bytes_programmed < quiet_until_bytes_) return;
  if (countdown_ > 0) {
    --countdown_;
    return;
  }
  chip_.CutAt(0, flashsim::RandomTear(rng_));
}

void PowerPlan::NoteCut(CutPlace place, bool inside) {
  if (mounting_) place = CutPlace::kRecovery;
  if (!inside) place = CutPlace::kBetween;
  const bool is_erase = chip_.last_cut().kind == flashsim::OpKind::kErase;
  if (inside) ++(is_erase ? torn_erases_ : torn_programs_);
  ++cuts_;
  ++cuts_in_[Index(place)];
  ring_.OnCut();
  PlanNext();
}

}  // namespace norlog::tools
