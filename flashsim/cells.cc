// Leaves come and go with what is written; the invariants are:
//  - an absent leaf reads FF, solid, marks 0;
//  - Leaf::marginal exists only while at least one byte has a marginal bit, so
//    that solid leaves are read with one memcpy;
//  - a marginal bit's `value` is what it seemed to be just after the cut.
#include "flashsim/cells.h"

#include <algorithm>
#include <cstring>

namespace flashsim {
namespace {

// A range's part in one leaf.
struct Piece {
  std::size_t leaf;    // index
  std::size_t offset;  // in the leaf
  std::size_t begin;   // in the range
  std::size_t size;
};

// Calls visit(Piece) for each leaf that [address, address + size) touches.
template <typename Visit>
void ForEachPiece(std::uint64_t address, std::uint64_t size, Visit visit) {
  std::uint64_t begin = 0;
  while (begin < size) {
    const std::uint64_t at = address + begin;
    const std::uint64_t offset = at % Cells::kLeafBytes;
    const std::uint64_t here = std::min(size - begin, Cells::kLeafBytes - offset);
    visit(Piece{static_cast<std::size_t>(at / Cells::kLeafBytes), static_cast<std::size_t>(offset),
                static_cast<std::size_t>(begin), static_cast<std::size_t>(here)});
    begin += here;
  }
}

}  // namespace

Cells::Leaf::Leaf(const Leaf& other)
    : RefCounted(other),
      value(other.value),
      marginal(other.marginal ? std::make_unique<Marginal>(*other.marginal) : nullptr),
      marks(other.marks ? std::make_unique<Marks>(*other.marks) : nullptr) {}

// The only writer of masks: keeps the count, and frees the table at zero.
void Cells::Leaf::SetMask(std::size_t offset, std::uint8_t mask) {
  if (marginal == nullptr) {
    if (mask == 0) return;
    marginal = std::make_unique<Marginal>();
  }
  std::uint8_t& present = marginal->mask[offset];
  if (present != 0) --marginal->count;
  if (mask != 0) {
    ++marginal->count;
    marginal->begin = std::min(marginal->begin, offset);
    marginal->end = std::max(marginal->end, offset + 1);
  }
  present = mask;
  if (marginal->count == 0) marginal.reset();
}

bool Cells::Read(std::uint64_t address, std::span<std::uint8_t> out) const {
  bool marginal = false;
  ForEachPiece(address, out.size(), [&](const Piece& piece) {
    std::uint8_t* const to = out.data() + piece.begin;
    const Leaf* const leaf = leaves_.Find(piece.leaf);
    if (leaf == nullptr) {
      std::memset(to, 0xFF, piece.size);
      return;
    }
    std::memcpy(to, leaf->value.data() + piece.offset, piece.size);
    marginal = marginal || leaf->MayBeMarginal(piece.offset, piece.offset + piece.size);
  });
  return marginal;
}

void Cells::ReadMarginalCells(std::uint64_t address, const MarginalContext& context, Rng& rng,
                              std::span<std::uint8_t> out) const {
  ForEachPiece(address, out.size(), [&](const Piece& piece) {
    const Leaf* const leaf = leaves_.Find(piece.leaf);
    if (leaf == nullptr || !leaf->MayBeMarginal(piece.offset, piece.offset + piece.size)) return;
    for (std::size_t i = 0; i < piece.size; ++i) {
      const std::size_t offset = piece.offset + i;
      const CellByte cell = {leaf->value[offset], leaf->marginal->mask[offset]};
      if (cell.marginal == 0) continue;
      const std::size_t at = piece.begin + i;
      out[at] = ReadMarginal(context, leaf->marginal->scope[offset], cell, address + at, rng);
    }
  });
}

bool Cells::And(std::uint64_t address, std::span<const std::uint8_t> data) {
  unsigned wants_one_over_zero = 0;
  ForEachPiece(address, data.size(), [&](const Piece& piece) {
    Leaf& leaf = leaves_.Mutable(piece.leaf);
    for (std::size_t i = 0; i < piece.size; ++i) {
      const std::size_t offset = piece.offset + i;
      const std::uint8_t mask = leaf.marginal ? leaf.marginal->mask[offset] : std::uint8_t{0};
      const CellByte before = {leaf.value[offset], mask};
      const std::uint8_t wanted = data[piece.begin + i];
      wants_one_over_zero |= wanted & ~(unsigned{before.value} | before.marginal);
      const CellByte after = Programmed(before, wanted, /*overwrite=*/false);
      leaf.value[offset] = after.value;
      if (after.marginal != before.marginal) leaf.SetMask(offset, after.marginal);
    }
  });
  return wants_one_over_zero != 0;
}

bool Cells::WantsOneOverZero(std::uint64_t address, std::span<const std::uint8_t> data) const {
  unsigned found = 0;
  ForEachPiece(address, data.size(), [&](const Piece& piece) {
    const Leaf* const leaf = leaves_.Find(piece.leaf);
    if (leaf == nullptr) return;
    for (std::size_t i = 0; i < piece.size; ++i) {
      const std::size_t offset = piece.offset + i;
      const unsigned marginal = leaf->marginal ? leaf->marginal->mask[offset] : 0U;
      found |= data[piece.begin + i] & ~(leaf->value[offset] | marginal);
    }
  });
  return found != 0;
}

void Cells::Set(std::uint64_t address, std::span<const std::uint8_t> data) {
  ForEachPiece(address, data.size(), [&](const Piece& piece) {
    Leaf& leaf = leaves_.Mutable(piece.leaf);
    std::memcpy(leaf.value.data() + piece.offset, data.data() + piece.begin, piece.size);
    for (std::size_t i = 0; i < piece.size && leaf.marginal; ++i) leaf.SetMask(piece.offset + i, 0);
  });
}

void Cells::Erase(std::uint64_t address, std::uint64_t size) {
  ForEachPiece(address, size, [&](const Piece& piece) {
    if (piece.size == kLeafBytes) return leaves_.Reset(piece.leaf);
    if (leaves_.Find(piece.leaf) == nullptr) return;
    Leaf& leaf = leaves_.Mutable(piece.leaf);
    std::memset(leaf.value.data() + piece.offset, 0xFF, piece.size);
    for (std::size_t i = 0; i < piece.size && leaf.marginal; ++i) leaf.SetMask(piece.offset + i, 0);
    if (leaf.marks) std::memset(leaf.marks->data() + piece.offset, 0, piece.size);
  });
}

void Cells::Load(std::uint64_t address, std::span<CellByte> out) const {
  ForEachPiece(address, out.size(), [&](const Piece& piece) {
    const Leaf* const leaf = leaves_.Find(piece.leaf);
    for (std::size_t i = 0; i < piece.size; ++i) {
      CellByte cell;
      if (leaf != nullptr) cell.value = leaf->value[piece.offset + i];
      if (leaf != nullptr && leaf->marginal) cell.marginal = leaf->marginal->mask[piece.offset + i];
      out[piece.begin + i] = cell;
    }
  });
}

void Cells::Store(std::uint64_t address, std::span<const CellByte> cells, MarginalScope scope) {
  ForEachPiece(address, cells.size(), [&](const Piece& piece) {
    Leaf& leaf = leaves_.Mutable(piece.leaf);
    for (std::size_t i = 0; i < piece.size; ++i) {
      const CellByte cell = cells[piece.begin + i];
      const std::size_t offset = piece.offset + i;
      leaf.value[offset] = cell.value;
      leaf.SetMask(offset, cell.marginal);
      if (cell.marginal != 0) leaf.marginal->scope[offset] = scope;
    }
  });
}

std::uint8_t Cells::mark(std::uint64_t address) const {
  const Leaf* const leaf = leaves_.Find(static_cast<std::size_t>(address / kLeafBytes));
  if (leaf == nullptr || leaf->marks == nullptr) return 0;
  return (*leaf->marks)[address % kLeafBytes];
}

void Cells::set_mark(std::uint64_t address, std::uint8_t mark) {
  Leaf& leaf = leaves_.Mutable(static_cast<std::size_t>(address / kLeafBytes));
  if (leaf.marks == nullptr) leaf.marks = std::make_unique<Marks>();
  (*leaf.marks)[address % kLeafBytes] = mark;
}

}  // namespace flashsim
