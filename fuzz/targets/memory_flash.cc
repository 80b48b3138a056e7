#include "fuzz/targets/memory_flash.h"

#include <algorithm>
#include <cstring>

#include "fuzz/targets/input.h"
#include "norlog/bytes.h"

namespace norlog::fuzz {

void MemoryFlash::Reset(const Geometry& geometry) {
  FUZZ_CHECK(IsValid(geometry) && geometry.size_bytes() <= kCapacity, "no such chip");
  geometry_ = geometry;
  size_ = static_cast<std::size_t>(geometry.size_bytes());
  std::memset(bytes_.data(), 0xFF, size_);
  if (may_be_unreadable_) unreadable_.fill(false);
  may_be_unreadable_ = false;
  own_.fill(false);
  zeroed_.fill(false);
}

void MemoryFlash::Allow(const Work& limit) {
  limit_ = limit;
  done_ = {};
}

bool MemoryFlash::write_once() const {
  return geometry_.program_rule == ProgramRule::kOnce ||
         geometry_.program_rule == ProgramRule::kOncePlusZero;
}

Status MemoryFlash::Read(std::uint64_t address, std::span<std::uint8_t> out) {
  FUZZ_CHECK(address <= size_ && out.size() <= size_ - address, "read out of bounds");
  ++done_.reads;
  done_.bytes_read += out.size();
  FUZZ_CHECK(done_.reads <= limit_.reads, "more reads than stated (G7, G10)");
  FUZZ_CHECK(done_.bytes_read <= limit_.bytes_read, "more bytes read than stated (G7, G10)");
  if (out.empty()) return Status::kOk;
  if (may_be_unreadable_) {
    const std::size_t first = UnitOf(address);
    const std::size_t units = UnitOf(address + out.size() - 1) - first + 1;
    if (std::memchr(&unreadable_[first], 1, units) != nullptr) return Status::kReadError;
  }
  std::memcpy(out.data(), &bytes_[address], out.size());
  return Status::kOk;
}

// What the engine did not program itself it need not know: refused if the chip
// would refuse it. What it did, it must not program again (G12).
bool MemoryFlash::MayProgram(std::uint64_t unit_address, std::span<const std::uint8_t> data) {
  const std::size_t unit = UnitOf(unit_address);
  if (unreadable_[unit]) return false;
  if (geometry_.program_rule == ProgramRule::kOverwrite) return true;
  const std::span<const std::uint8_t> present(&bytes_[unit_address], data.size());
  if (!write_once()) {
    for (std::size_t i = 0; own_[unit] && i < data.size(); ++i) {
      FUZZ_CHECK((data[i] & ~present[i]) == 0, "program sets a bit that it cleared (G12)");
    }
    return true;
  }
  if (geometry_.program_rule == ProgramRule::kOncePlusZero && AllBytesAre(data, 0)) {
    FUZZ_CHECK(!own_[unit] || !zeroed_[unit], "third program of a unit (G12)");
    if (!zeroed_[unit]) return true;
  }
  FUZZ_CHECK(!own_[unit], "second program of a write-once unit (G12)");
  return AllBytesAre(present, 0xFF);
}

void MemoryFlash::ProgramUnit(std::uint64_t unit_address, std::span<const std::uint8_t> data) {
  const std::size_t unit = UnitOf(unit_address);
  for (std::size_t i = 0; i < data.size(); ++i) {
    std::uint8_t& byte = bytes_[unit_address + i];
    byte = geometry_.program_rule == ProgramRule::kOverwrite
               ? data[i]
               : static_cast<std::uint8_t>(byte & data[i]);
  }
  if (own_[unit]) zeroed_[unit] = true;
  own_[unit] = true;
}

Status MemoryFlash::Program(std::uint64_t address, std::span<const std::uint8_t> data) {
  const std::uint32_t unit = geometry_.program_unit_bytes;
  FUZZ_TRACE("      program %zu B at 0x%zx\n", data.size(), static_cast<std::size_t>(address));
  FUZZ_CHECK(address <= size_ && data.size() <= size_ - address, "program out of bounds");
  FUZZ_CHECK(!data.empty() && address % unit == 0 && data.size() % unit == 0,
             "program of parts of a unit");
  FUZZ_CHECK(address / geometry_.page_bytes == (address + data.size() - 1) / geometry_.page_bytes,
             "program across a page's end");
  ++done_.programs;
  FUZZ_CHECK(done_.programs <= limit_.programs, "more programs than the layout explains");
  for (std::size_t at = 0; at < data.size(); at += unit) {
    if (!MayProgram(address + at, data.subspan(at, unit))) return Status::kProgramError;
    ProgramUnit(address + at, data.subspan(at, unit));
  }
  return Status::kOk;
}

bool MemoryFlash::IsEraseSize(std::uint32_t size) const {
  return size == geometry_.erase_unit_bytes ||
         std::find(std::begin(geometry_.larger_erase_bytes), std::end(geometry_.larger_erase_bytes),
                   size) != std::end(geometry_.larger_erase_bytes);
}

Status MemoryFlash::Erase(std::uint64_t address, std::uint32_t size) {
  FUZZ_TRACE("      erase %u B at 0x%zx\n", size, static_cast<std::size_t>(address));
  FUZZ_CHECK(size != 0 && IsEraseSize(size), "erase of a size that the chip has not");
  FUZZ_CHECK(address % size == 0, "erase not aligned to its size");
  FUZZ_CHECK(address <= size_ && size <= size_ - address, "erase out of bounds");
  ++done_.erases;
  FUZZ_CHECK(done_.erases <= limit_.erases, "more erases than the layout explains");
  std::memset(&bytes_[address], 0xFF, size);
  const std::size_t first = UnitOf(address);
  const std::size_t units = UnitOf(address + size) - first;
  for (std::array<bool, kCapacity>* state : {&unreadable_, &own_, &zeroed_}) {
    std::memset(&(*state)[first], 0, units);
  }
  return Status::kOk;
}

}  // namespace norlog::fuzz
