// Every picture is a blend, bit by bit, of the cells before the operation and
// the cells that it would have left. `change` is the mask of bits in which the
// two differ; a tear never touches another bit, except Disturb.
#include "flashsim/faults.h"

#include <bit>
#include <vector>

namespace flashsim {
namespace {

constexpr std::uint8_t Byte(unsigned value) {
  return static_cast<std::uint8_t>(value & 0xFFU);
}

// Bits in `mask` as after the operation, the others as before.
constexpr CellByte Blend(CellByte before, CellByte after, unsigned mask) {
  return {Byte((before.value & ~mask) | (after.value & mask)),
          Byte((before.marginal & ~mask) | (after.marginal & mask))};
}

constexpr unsigned Change(CellByte before, CellByte after) {
  return unsigned{Byte(before.value ^ after.value)} |
         unsigned{Byte(before.marginal ^ after.marginal)};
}

constexpr CellByte kErased = {0xFF, 0x00};
constexpr CellByte kZeroed = {0x00, 0x00};

// One byte of the scope, and what the torn operation was doing to it.
struct Step {
  CellByte before;
  CellByte after;
  unsigned change;
};

class ProgramTearer {
 public:
  ProgramTearer(const Tear& tear, const ProgramScope& scope, std::span<CellByte> cells)
      : kind_(tear.program), scope_(scope), cells_(cells), rng_(tear.seed) {
    steps_.reserve(cells.size());
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const CellByte after = Programmed(cells[i], scope.data[i], scope.overwrite);
      steps_.push_back({cells[i], after, Change(cells[i], after)});
    }
  }

  TornRange Run() {
    TornRange torn = Draw();
    if (scope_.hostile) Disturb(torn);
    return torn;
  }

 private:
  TornRange Draw() {
    switch (kind_) {
      case ProgramTear::kNone: return {};
      case ProgramTear::kAll: return Done();
      case ProgramTear::kBytePrefix: return Prefix();
      case ProgramTear::kByteSuffix: return Suffix();
      case ProgramTear::kOneBit: return OneBit(/*done=*/false);
      case ProgramTear::kAllButOneBit: return OneBit(/*done=*/true);
      case ProgramTear::kRandomBits25: return RandomBits(1);
      case ProgramTear::kRandomBits50: return RandomBits(2);
      case ProgramTear::kRandomBits75: return RandomBits(3);
      case ProgramTear::kPlausibleWrong: return AllButOneByte();
      case ProgramTear::kCompleteMarginal: return Unstable(/*complete=*/true);
      case ProgramTear::kFalseBlank: return Unstable(/*complete=*/false);
      case ProgramTear::kMixedMarginal: return Mixed();
    }
    return {};
  }

  std::size_t size() const { return cells_.size(); }
  void DoBits(std::size_t i, unsigned mask) {
    cells_[i] = Blend(steps_[i].before, steps_[i].after, mask);
  }
  void DoBytes(std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) cells_[i] = steps_[i].after;
  }
  TornRange Whole() const { return {0, size(), false, false, false}; }

  TornRange Done() {
    DoBytes(0, size());
    return TornRange::Completed();
  }

  TornRange Prefix() {
    const std::size_t at = static_cast<std::size_t>(rng_.Below(size()));
    DoBytes(0, at);
    DoBits(at, rng_.Bits(2));
    return {at, at + 1, true, false, false};
  }

  TornRange Suffix() {
    const std::size_t at = static_cast<std::size_t>(rng_.Below(size()));
    DoBytes(at + 1, size());
    DoBits(at, rng_.Bits(2));
    return {at, at + 1, false, true, false};
  }

  // One random bit of all those to change differs from the rest.
  TornRange OneBit(bool done) {
    std::uint64_t bits = 0;
    for (const Step& step : steps_) bits += static_cast<unsigned>(std::popcount(step.change));
    if (done) DoBytes(0, size());
    if (bits == 0) return Whole();
    std::uint64_t chosen = rng_.Below(bits);
    for (std::size_t i = 0; i < size(); ++i) {
      for (unsigned bit = 1; bit <= 0x80U; bit <<= 1) {
        if ((steps_[i].change & bit) == 0 || chosen-- != 0) continue;
        DoBits(i, done ? ~bit : bit);
        return Whole();
      }
    }
    return Whole();
  }

  TornRange RandomBits(int quarters) {
    for (std::size_t i = 0; i < size(); ++i) DoBits(i, rng_.Bits(quarters));
    return Whole();
  }

  TornRange AllButOneByte() {
    std::vector<std::size_t> changing;
    for (std::size_t i = 0; i < size(); ++i) {
      if (steps_[i].change != 0) changing.push_back(i);
    }
    DoBytes(0, size());
    if (changing.empty()) return Whole();
    DoBits(changing[static_cast<std::size_t>(rng_.Below(changing.size()))], 0);
    return Whole();
  }

  TornRange Unstable(bool complete) {
    for (std::size_t i = 0; i < size(); ++i) {
      if (complete) cells_[i] = steps_[i].after;
      cells_[i].marginal = Byte(cells_[i].marginal | steps_[i].change);
    }
    return {0, size(), false, false, true};
  }

  TornRange Mixed() {
    for (std::size_t i = 0; i < size(); ++i) {
      cells_[i] = steps_[i].after;
      cells_[i].marginal = Byte(cells_[i].marginal | (steps_[i].change & rng_.Bits(2)));
    }
    return Whole();
  }

  // Hostile scope: a quarter of the bits that were to stay do not. What seems
  // stable goes on seeming so, but is not; elsewhere the bits are inverted.
  void Disturb(const TornRange& torn) {
    for (std::size_t i = torn.begin; i < torn.end; ++i) {
      const unsigned mask = rng_.Bits(1) & ~steps_[i].change;
      std::uint8_t& target = torn.has_first_look ? cells_[i].marginal : cells_[i].value;
      target = Byte(torn.has_first_look ? target | mask : target ^ mask);
    }
  }

  ProgramTear kind_;
  ProgramScope scope_;
  std::span<CellByte> cells_;
  std::vector<Step> steps_;
  Rng rng_;
};

class EraseTearer {
 public:
  EraseTearer(const Tear& tear, std::span<CellByte> cells)
      : kind_(tear.erase), cells_(cells), rng_(tear.seed) {}

  TornRange Run() {
    switch (kind_) {
      case EraseTear::kNone: return {};
      case EraseTear::kAll: Fill(0, size(), kErased); return TornRange::Completed();
      case EraseTear::kPreProgram: return PreProgram();
      case EraseTear::kAllZero: Fill(0, size(), kZeroed); return Whole();
      case EraseTear::kHalfZeroUnderHeader: Fill(size() / 4, size(), kZeroed); return Whole();
      case EraseTear::kRandomBits25: return RandomBits(1);
      case EraseTear::kRandomBits50: return RandomBits(2);
      case EraseTear::kRandomBits75: return RandomBits(3);
      case EraseTear::kFfPrefix: return Prefix();
      case EraseTear::kBlankMarginal: return BlankMarginal();
      case EraseTear::kUntouchedMarginal: return UntouchedMarginal();
    }
    return {};
  }

 private:
  std::size_t size() const { return cells_.size(); }
  TornRange Whole() const { return {0, size(), false, false, false}; }
  void Fill(std::size_t begin, std::size_t end, CellByte cell) {
    for (std::size_t i = begin; i < end; ++i) cells_[i] = cell;
  }

  TornRange PreProgram() {
    const std::size_t at = static_cast<std::size_t>(rng_.Below(size()));
    cells_[at] = Blend(cells_[at], kZeroed, rng_.Bits(2));
    Fill(at + 1, size(), kZeroed);
    return Whole();
  }

  TornRange RandomBits(int quarters) {
    for (CellByte& cell : cells_) cell = Blend(cell, kErased, rng_.Bits(quarters));
    return Whole();
  }

  TornRange Prefix() {
    const std::size_t at = static_cast<std::size_t>(rng_.Below(size()));
    Fill(0, at, kErased);
    cells_[at] = Blend(cells_[at], kErased, rng_.Bits(2));
    return Whole();
  }

  TornRange BlankMarginal() {
    for (CellByte& cell : cells_) cell = {0xFF, Byte(Change(cell, kErased))};
    return {0, size(), false, false, true};
  }

  TornRange UntouchedMarginal() {
    for (CellByte& cell : cells_) cell.marginal = 0xFF;
    return {0, size(), false, false, true};
  }

  EraseTear kind_;
  std::span<CellByte> cells_;
  Rng rng_;
};

}  // namespace

const char* Name(ProgramTear tear) {
  switch (tear) {
    case ProgramTear::kNone: return "kNone";
    case ProgramTear::kAll: return "kAll";
    case ProgramTear::kBytePrefix: return "kBytePrefix";
    case ProgramTear::kByteSuffix: return "kByteSuffix";
    case ProgramTear::kOneBit: return "kOneBit";
    case ProgramTear::kAllButOneBit: return "kAllButOneBit";
    case ProgramTear::kRandomBits25: return "kRandomBits25";
    case ProgramTear::kRandomBits50: return "kRandomBits50";
    case ProgramTear::kRandomBits75: return "kRandomBits75";
    case ProgramTear::kPlausibleWrong: return "kPlausibleWrong";
    case ProgramTear::kCompleteMarginal: return "kCompleteMarginal";
    case ProgramTear::kFalseBlank: return "kFalseBlank";
    case ProgramTear::kMixedMarginal: return "kMixedMarginal";
  }
  return "?";
}

const char* Name(EraseTear tear) {
  switch (tear) {
    case EraseTear::kNone: return "kNone";
    case EraseTear::kAll: return "kAll";
    case EraseTear::kPreProgram: return "kPreProgram";
    case EraseTear::kAllZero: return "kAllZero";
    case EraseTear::kHalfZeroUnderHeader: return "kHalfZeroUnderHeader";
    case EraseTear::kRandomBits25: return "kRandomBits25";
    case EraseTear::kRandomBits50: return "kRandomBits50";
    case EraseTear::kRandomBits75: return "kRandomBits75";
    case EraseTear::kFfPrefix: return "kFfPrefix";
    case EraseTear::kBlankMarginal: return "kBlankMarginal";
    case EraseTear::kUntouchedMarginal: return "kUntouchedMarginal";
  }
  return "?";
}

Tear RandomTear(Rng& rng) {
  Tear tear;
  tear.program = kProgramTears[static_cast<std::size_t>(rng.Below(kProgramTears.size()))];
  tear.erase = kEraseTears[static_cast<std::size_t>(rng.Below(kEraseTears.size()))];
  tear.seed = rng.Next();
  return tear;
}

TornRange TearProgram(const Tear& tear, const ProgramScope& scope, std::span<CellByte> cells) {
  return ProgramTearer(tear, scope, cells).Run();
}

TornRange TearErase(const Tear& tear, std::span<CellByte> cells) {
  return EraseTearer(tear, cells).Run();
}

}  // namespace flashsim
