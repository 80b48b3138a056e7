// flashsim/cells.h - the memory array: a sparse, copy-on-write map of cells.
//
// Knows bits, not rules: who may program what is SimFlash's business. Erased
// regions cost nothing (8 B for 32 KiB of table); a written 512 B leaf costs
// about its size, five times more while it has marginal cells.
#ifndef FLASHSIM_CELLS_H_
#define FLASHSIM_CELLS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "flashsim/cow.h"
#include "flashsim/faults.h"
#include "flashsim/marginal.h"

namespace flashsim {

// Addresses and sizes are bytes; the caller checks bounds.
class Cells {
 public:
  static constexpr std::size_t kLeafBytes = 512;

  // An erased array.
  explicit Cells(std::uint64_t size_bytes)
      : leaves_(static_cast<std::size_t>((size_bytes + kLeafBytes - 1) / kLeafBytes)) {}

  // Copies values (marginal bits as they seem). True if the range may have
  // marginal cells, so that ReadMarginalCells must look.
  bool Read(std::uint64_t address, std::span<std::uint8_t> out) const;

  // Overlays how the marginal cells of the range read now.
  void ReadMarginalCells(std::uint64_t address, const MarginalContext& context, Rng& rng,
                         std::span<std::uint8_t> out) const;

  // A completed AND-program. True if `data` wanted a 1 where a solid 0 is.
  bool And(std::uint64_t address, std::span<const std::uint8_t> data);

  // Would And return true?
  bool WantsOneOverZero(std::uint64_t address, std::span<const std::uint8_t> data) const;

  // Solid bits, both ways: kOverwrite, Poke, images.
  void Set(std::uint64_t address, std::span<const std::uint8_t> data);

  // Completed erase: solid FF, marks 0, whole leaves given up.
  void Erase(std::uint64_t address, std::uint64_t size);

  // Cell by cell, for tears. Store gives `scope` to each marginal byte.
  void Load(std::uint64_t address, std::span<CellByte> out) const;
  void Store(std::uint64_t address, std::span<const CellByte> cells, MarginalScope scope);

  // One byte of meaning known to the caller, kept for a program unit at its
  // first byte's address, 0 after erase: how often it was programmed.
  std::uint8_t mark(std::uint64_t address) const;
  void set_mark(std::uint64_t address, std::uint8_t mark);

  // Erased, as from the factory.
  void Wipe(std::uint64_t size_bytes) { *this = Cells(size_bytes); }

  // Leaves that occupy memory.
  std::size_t PresentLeaves() const { return leaves_.PresentLeaves(); }

 private:
  struct Marginal {
    std::size_t count = 0;           // bytes with a marginal bit
    std::size_t begin = kLeafBytes;  // all of them are in [begin, end)
    std::size_t end = 0;
    std::array<std::uint8_t, kLeafBytes> mask{};
    std::array<MarginalScope, kLeafBytes> scope{};
  };
  using Marks = std::array<std::uint8_t, kLeafBytes>;

  struct Leaf : RefCounted {
    Leaf() { value.fill(0xFF); }
    Leaf(const Leaf& other);

    void SetMask(std::size_t offset, std::uint8_t mask);
    bool MayBeMarginal(std::size_t begin, std::size_t end) const {
      return marginal != nullptr && begin < marginal->end && end > marginal->begin;
    }

    std::array<std::uint8_t, kLeafBytes> value;
    std::unique_ptr<Marginal> marginal;  // null: all solid
    std::unique_ptr<Marks> marks;        // null: all zero
  };

  CowArray<Leaf> leaves_;
};

}  // namespace flashsim

#endif  // FLASHSIM_CELLS_H_
