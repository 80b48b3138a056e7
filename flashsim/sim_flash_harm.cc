// What goes wrong outside the scope of an operation, and the list of it
// (fault classes 11, 18, 20, 22). Chance comes from the tear's seed, or from
// the chip's seed and the power cycle: the chip's own stream is left alone, so
// that the other faults of a seed stay the same.
#include <algorithm>
#include <vector>

#include "flashsim/sim_flash.h"

namespace flashsim {
namespace {

// Keep the streams that start from one seed apart.
constexpr std::uint64_t kCollateralSalt = 0xC011A7E4;
constexpr std::uint64_t kMisdirectSalt = 0x111D14EC;
constexpr std::uint64_t kRetentionSalt = 0x4E7E4710;

}  // namespace

// --- The list ----------------------------------------------------------------

std::span<const HarmedRange> SimFlash::harmed() const {
  if (faults_.get() == nullptr) return {};
  return faults_.get()->harm.ranges();
}

void SimFlash::NoteHarm(FaultClass cause, std::uint64_t address) {
  const HarmedRange byte = {cause, address, 1, power_.op_count(), power_.cycle(), false};
  faults_.Mutable().harm.Add(byte, /*may_merge=*/address % geometry_.erase_unit_bytes != 0);
}

bool SimFlash::IsHarmed(std::uint64_t address, std::uint64_t size) const {
  return faults_.get() != nullptr && faults_.get()->harm.Lasts(address, size);
}

// An erase has completed: nothing from before it counts.
void SimFlash::ForgetErased(std::uint64_t address, std::uint64_t size) {
  if (faults_.get() == nullptr) return;
  if (IsHarmed(address, size)) faults_.Mutable().harm.Heal(address, size);
  if (faults_.get()->unit_programs.counts()) faults_.Mutable().unit_programs.Reset(address, size);
  if (faults_.get()->block_programs.counts()) faults_.Mutable().block_programs.Reset(address, size);
}

// Replaces cells and notes each byte that changed. ECC words among them no
// longer match their ECC: as if torn.
void SimFlash::Harm(FaultClass cause, std::uint64_t address, std::span<const CellByte> after) {
  const std::uint32_t word_bytes = geometry_.program_unit_bytes;
  for (std::size_t i = 0; i < after.size(); ++i) {
    const std::uint64_t at = address + i;
    if (LoadByte(at) == after[i]) continue;
    NoteHarm(cause, at);
    cells_.Store(at, after.subspan(i, 1), NewScope(/*first_look=*/false));
    if (write_once()) cells_.set_mark(at - at % word_bytes, kTorn);
  }
}

// A program that said kOk should have left `wanted`: notes each byte that is
// not so.
void SimFlash::NoteWrongBytes(FaultClass cause, std::uint64_t address,
                              std::span<const std::uint8_t> wanted) {
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (LoadByte(address + i).value != wanted[i]) NoteHarm(cause, address + i);
  }
}

// --- Class 11: other pages of the erase unit ------------------------------------

void SimFlash::DisturbOtherPages(std::uint64_t address, std::uint64_t size) {
  const std::uint64_t unit = std::uint64_t{UnitOf(address)} * geometry_.erase_unit_bytes;
  const std::uint64_t page = address - address % geometry_.page_bytes;
  const std::uint64_t unit_end = unit + geometry_.erase_unit_bytes;
  const std::uint64_t page_end = std::max(page + geometry_.page_bytes, address + size);
  Rng rng(Mix64(power_.tear().seed, kCollateralSalt));
  DisturbBytes(unit, page, rng);
  DisturbBytes(std::min(page_end, unit_end), unit_end, rng);
}

// Program disturb: charge comes where there was none, so ones become zeros.
void SimFlash::DisturbBytes(std::uint64_t begin, std::uint64_t end, Rng& rng) {
  if (begin >= end) return;
  std::vector<CellByte> cells(static_cast<std::size_t>(end - begin));
  cells_.Load(begin, cells);
  for (CellByte& cell : cells) {
    if (rng.Chance(options_.collateral_ppm)) cell = Programmed(cell, rng.Bits(2), false);
  }
  Harm(FaultClass::kCollateral, begin, cells);
}

// --- Class 18: a wrong address ----------------------------------------------------

// `address` with one wrong bit, so that a range of `size` there lies in the
// chip and does not meet the right one; `address` itself if there is none.
// Only bits that are multiples of `step` count.
std::uint64_t SimFlash::WrongAddress(std::uint64_t address, std::uint64_t step, std::uint64_t size,
                                     Rng& rng) const {
  std::vector<std::uint64_t> wrong;
  for (std::uint64_t bit = 1; bit < geometry_.size_bytes(); bit <<= 1) {
    const bool fits = (address ^ bit) + size <= geometry_.size_bytes();
    if (bit >= size && bit % step == 0 && fits) wrong.push_back(address ^ bit);
  }
  return wrong.empty() ? address : wrong[static_cast<std::size_t>(rng.Below(wrong.size()))];
}

// As many bytes as the fading supply allowed.
void SimFlash::ProgramElsewhere(std::uint64_t address, std::span<const std::uint8_t> data) {
  Rng rng(Mix64(power_.tear().seed, kMisdirectSalt));
  if (!rng.Chance(options_.misdirect_ppm)) return;
  const std::uint64_t at = WrongAddress(address, geometry_.page_bytes, data.size(), rng);
  if (at == address) return;
  std::vector<CellByte> cells(data.size());
  cells_.Load(at, cells);
  const Tear tear = {ProgramTear::kBytePrefix, EraseTear::kNone, rng.Next()};
  TearProgram(tear, {data, overwrites(), /*hostile=*/false}, cells);
  Harm(FaultClass::kWrongAddress, at, cells);
}

void SimFlash::EraseElsewhere(std::uint64_t address, std::uint32_t size) {
  Rng rng(Mix64(power_.tear().seed, kMisdirectSalt));
  if (!rng.Chance(options_.misdirect_ppm)) return;
  const std::uint64_t at = WrongAddress(address, size, size, rng);
  if (at == address) return;
  std::vector<CellByte> cells(size);
  cells_.Load(at, cells);
  TearErase({ProgramTear::kNone, EraseTear::kRandomBits50, rng.Next()}, cells);
  Harm(FaultClass::kWrongAddress, at, cells);
}

// --- Class 22: retention ------------------------------------------------------------

void SimFlash::FlipRetention() {
  if (options_.retention_flips == 0 && options_.retention_ppb == 0) return;
  constexpr std::uint64_t kBillion = 1'000'000'000;
  Rng rng(Mix64(seed_ ^ kRetentionSalt, power_.cycle()));
  const std::uint64_t expected = geometry_.size_bytes() * 8 * options_.retention_ppb;
  const bool one_more = rng.Below(kBillion) < expected % kBillion;
  const std::uint64_t flips = options_.retention_flips + expected / kBillion + (one_more ? 1U : 0U);
  for (std::uint64_t i = 0; i < flips; ++i) {
    const std::uint64_t address = rng.Below(geometry_.size_bytes());
    FlipBits(address, static_cast<std::uint8_t>(1U << rng.Below(8)));
  }
}

}  // namespace flashsim
