#include "flashsim/harm.h"

#include <algorithm>
#include <cstdio>

namespace flashsim {
namespace {

bool LastsIn(const HarmedRange& range, std::uint64_t address, std::uint64_t size) {
  return !range.healed && range.address < address + size && address < range.address + range.size;
}

bool Continues(const HarmedRange& next, const HarmedRange& last) {
  return next.cause == last.cause && next.address == last.address + last.size &&
         next.op_index == last.op_index && next.power_cycle == last.power_cycle && !last.healed;
}

}  // namespace

std::string ToString(const HarmedRange& range) {
  char text[128];
  std::snprintf(text, sizeof text, "%s: %u B at 0x%llX (after %llu operations)", Name(range.cause),
                range.size, static_cast<unsigned long long>(range.address),
                static_cast<unsigned long long>(range.op_index));
  return text;
}

void HarmList::Add(const HarmedRange& range, bool may_merge) {
  if (may_merge && !ranges_.empty() && Continues(range, ranges_.back())) {
    ranges_.back().size += range.size;
  } else {
    ranges_.push_back(range);
  }
}

bool HarmList::Lasts(std::uint64_t address, std::uint64_t size) const {
  return std::any_of(ranges_.begin(), ranges_.end(),
                     [&](const HarmedRange& range) { return LastsIn(range, address, size); });
}

void HarmList::Heal(std::uint64_t address, std::uint64_t size) {
  for (HarmedRange& range : ranges_) {
    if (LastsIn(range, address, size)) range.healed = true;
  }
}

}  // namespace flashsim
