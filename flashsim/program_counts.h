// flashsim/program_counts.h - programs since the last erase (fault class 15).
//
// nRF52 and others state how often a word, and how often a block of words, may
// be programmed between two erases: more disturbs the neighbours' charge.
#ifndef FLASHSIM_PROGRAM_COUNTS_H_
#define FLASHSIM_PROGRAM_COUNTS_H_

#include <array>
#include <cstdint>

#include "flashsim/cow.h"

namespace flashsim {

// One sparse counter for each `grain_bytes` of a chip; copy-on-write as Cells.
class ProgramCounts {
 public:
  // Counts nothing.
  ProgramCounts() : leaves_(0) {}
  ProgramCounts(std::uint64_t size_bytes, std::uint32_t grain_bytes);

  // Counts one program for each grain that the range touches; the largest
  // count among them. Saturates at 65535.
  std::uint32_t Count(std::uint64_t address, std::uint64_t size);

  // Erased: grains that lie in the range start at 0 again.
  void Reset(std::uint64_t address, std::uint64_t size);

  bool counts() const { return grain_bytes_ != 0; }

 private:
  static constexpr std::uint32_t kGrainsPerLeaf = 256;
  struct Leaf : RefCounted {
    std::array<std::uint16_t, kGrainsPerLeaf> counts{};
  };

  std::uint32_t grain_bytes_ = 0;
  CowArray<Leaf> leaves_;
};

}  // namespace flashsim

#endif  // FLASHSIM_PROGRAM_COUNTS_H_
