#include "flashsim/wear.h"

#include <algorithm>

namespace flashsim {

const char* Name(BadMode mode) {
  switch (mode) {
    case BadMode::kGood: return "kGood";
    case BadMode::kEraseFails: return "kEraseFails";
    case BadMode::kProgramFails: return "kProgramFails";
    case BadMode::kSilentProgram: return "kSilentProgram";
    case BadMode::kStuckBit: return "kStuckBit";
  }
  return "?";
}

Wear::Wear(std::uint32_t unit_count)
    : unit_count_(unit_count),
      leaves_((std::size_t{unit_count} + kUnitsPerLeaf - 1) / kUnitsPerLeaf) {}

std::uint32_t Wear::count(std::uint32_t unit) const {
  const Leaf* const leaf = leaves_.Find(unit / kUnitsPerLeaf);
  return leaf == nullptr ? 0 : leaf->counts[unit % kUnitsPerLeaf];
}

std::uint32_t Wear::CountErase(std::uint32_t unit) {
  return ++leaves_.Mutable(unit / kUnitsPerLeaf).counts[unit % kUnitsPerLeaf];
}

WearSummary Wear::Summary() const {
  WearSummary summary;
  summary.min = count(0);
  for (std::uint32_t unit = 0; unit < unit_count_; ++unit) {
    const std::uint32_t erases = count(unit);
    summary.min = std::min(summary.min, erases);
    summary.max = std::max(summary.max, erases);
    summary.total += erases;
  }
  summary.mean = static_cast<double>(summary.total) / unit_count_;
  return summary;
}

namespace {

template <typename BadUnits>
auto Place(BadUnits& bad_units, std::uint32_t unit) {
  return std::lower_bound(bad_units.begin(), bad_units.end(), unit,
                          [](const BadUnit& bad, std::uint32_t key) { return bad.unit < key; });
}

}  // namespace

const BadUnit* Wear::FindBad(std::uint32_t unit) const {
  const auto place = Place(bad_, unit);
  return place != bad_.end() && place->unit == unit ? &*place : nullptr;
}

void Wear::SetBad(const BadUnit& bad) {
  auto place = Place(bad_, bad.unit);
  if (place != bad_.end() && place->unit == bad.unit) place = bad_.erase(place);
  if (bad.mode != BadMode::kGood) bad_.insert(place, bad);
}

}  // namespace flashsim
