#include "flashsim/program_counts.h"

#include <algorithm>
#include <cstddef>

namespace flashsim {

ProgramCounts::ProgramCounts(std::uint64_t size_bytes, std::uint32_t grain_bytes)
    : grain_bytes_(grain_bytes),
      leaves_(static_cast<std::size_t>(size_bytes / grain_bytes / kGrainsPerLeaf + 1)) {}

std::uint32_t ProgramCounts::Count(std::uint64_t address, std::uint64_t size) {
  std::uint32_t largest = 0;
  const std::uint64_t end = (address + size + grain_bytes_ - 1) / grain_bytes_;
  for (std::uint64_t grain = address / grain_bytes_; grain < end; ++grain) {
    Leaf& leaf = leaves_.Mutable(static_cast<std::size_t>(grain / kGrainsPerLeaf));
    std::uint16_t& count = leaf.counts[grain % kGrainsPerLeaf];
    if (count != UINT16_MAX) ++count;
    largest = std::max<std::uint32_t>(largest, count);
  }
  return largest;
}

void ProgramCounts::Reset(std::uint64_t address, std::uint64_t size) {
  if (!counts()) return;
  const std::uint64_t end = (address + size) / grain_bytes_;
  for (std::uint64_t grain = address / grain_bytes_; grain < end; ++grain) {
    const auto index = static_cast<std::size_t>(grain / kGrainsPerLeaf);
    if (leaves_.Find(index) == nullptr) continue;
    leaves_.Mutable(index).counts[grain % kGrainsPerLeaf] = 0;
  }
}

}  // namespace flashsim
