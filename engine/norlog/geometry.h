// norlog/geometry.h - what a flash part looks like: its sizes and its rules.
//
// Everything here comes from the data sheet. docs/FLASH_CONTRACT.md explains
// each line with examples of real parts.
#ifndef NORLOG_GEOMETRY_H_
#define NORLOG_GEOMETRY_H_

#include <cstdint>

namespace norlog {

// How often one program unit may be programmed between two erases (G12).
enum class ProgramRule : std::uint8_t {
  kBits = 0,          // any number of times, each time only clearing bits: SPI NOR
  kOnce = 1,          // once: flash with ECC words (STM32 G0/L4/H7, LPC55)
  kOncePlusZero = 2,  // once, then once more with zeros only (some STM32)
  kOverwrite = 3,     // freely, bits in both directions: FRAM, EEPROM, SRAM; erase is a fill
};

// The number of larger erase sizes a part may offer beside its smallest.
inline constexpr int kMaxLargerEraseSizes = 3;

// Sizes are bytes. A default-constructed Geometry is invalid (all zero), so
// that a forgotten field is refused by IsValid instead of guessed.
struct Geometry {
  std::uint32_t erase_unit_bytes = 0;    // smallest erase: 4096 on most SPI NOR
  std::uint32_t erase_unit_count = 0;    // chip (or partition) size / erase_unit_bytes
  std::uint32_t program_unit_bytes = 0;  // smallest program, a power of two, at most 32
  std::uint32_t page_bytes = 0;          // largest single program; never crossed by one
  ProgramRule program_rule = ProgramRule::kBits;
  // Larger erases (multiples of erase_unit_bytes, ascending, 0 = none), each
  // aligned to its own size on the chip.
  std::uint32_t larger_erase_bytes[kMaxLargerEraseSizes] = {0, 0, 0};

  constexpr std::uint64_t size_bytes() const {
    return std::uint64_t{erase_unit_bytes} * erase_unit_count;
  }
};

// The largest program unit that the engine supports: its marks and small
// buffers are sized for it.
inline constexpr std::uint32_t kMaxProgramUnitBytes = 32;

// True if the sizes are possible: non-zero, power-of-two program unit of at
// most kMaxProgramUnitBytes, page a multiple of the program unit, erase unit a
// multiple of the page or of the program unit, larger erases ascending
// multiples of the erase unit.
constexpr bool IsValid(const Geometry& g) {
  const std::uint32_t unit = g.program_unit_bytes;
  if (unit == 0 || unit > kMaxProgramUnitBytes || (unit & (unit - 1)) != 0) return false;
  if (g.page_bytes == 0 || g.page_bytes % unit != 0) return false;
  if (g.erase_unit_bytes == 0 || g.erase_unit_bytes % unit != 0) return false;
  if (g.erase_unit_count == 0) return false;
  std::uint32_t previous = g.erase_unit_bytes;
  for (const std::uint32_t larger : g.larger_erase_bytes) {
    if (larger == 0) continue;
    if (larger <= previous || larger % g.erase_unit_bytes != 0) return false;
    previous = larger;
  }
  return true;
}

}  // namespace norlog

#endif  // NORLOG_GEOMETRY_H_
