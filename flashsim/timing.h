// flashsim/timing.h - how long an operation takes: "chip time", in nanoseconds.
//
// The model of DESIGN section 8, in integers so that figures compare exactly:
// W25Q128JV typical values behind single SPI at 50 MHz, where one byte on the
// bus takes 8 / 50 us = 160 ns.
//   read     (5 + n) bytes on the bus
//   program  (4 + n) bytes on the bus + min(30 + 2.5 * (n - 1), 400) us
//   erase    4 KiB 45 ms, 32 KiB 120 ms, 64 KiB 150 ms
// Host time (CPU, chip select, polling) is not modelled.
#ifndef FLASHSIM_TIMING_H_
#define FLASHSIM_TIMING_H_

#include <algorithm>
#include <cstdint>

#include "norlog/geometry.h"

namespace flashsim {

inline constexpr std::uint64_t kNsPerUs = 1'000;
inline constexpr std::uint64_t kNsPerMs = 1'000'000;

// Parameters are per chip; all times in ns, all sizes in bytes.
struct TimeModel {
  std::uint64_t bus_byte_ns = 160;       // one byte over the bus
  std::uint64_t read_command_bytes = 5;  // opcode, address, one dummy byte
  std::uint64_t program_command_bytes = 4;
  std::uint64_t program_first_ns = 30 * kNsPerUs;  // the first cell group of a program
  std::uint64_t program_next_ns = 2'500;           // each further group
  std::uint64_t program_group_bytes = 1;           // bytes the array programs at once
  std::uint64_t program_max_ns = 400 * kNsPerUs;   // a whole page never takes longer
  std::uint64_t erase_ns = 45 * kNsPerMs;          // the smallest erase
  // Same order as Geometry::larger_erase_bytes.
  std::uint64_t larger_erase_ns[norlog::kMaxLargerEraseSizes] = {0, 0, 0};

  constexpr std::uint64_t ReadNs(std::uint64_t bytes) const {
    return (read_command_bytes + bytes) * bus_byte_ns;
  }

  // `bytes` is at least 1.
  constexpr std::uint64_t ProgramNs(std::uint64_t bytes) const {
    const std::uint64_t groups = (bytes + program_group_bytes - 1) / program_group_bytes;
    const std::uint64_t array = program_first_ns + program_next_ns * (groups - 1);
    return (program_command_bytes + bytes) * bus_byte_ns + std::min(array, program_max_ns);
  }

  // `bytes` is one of the geometry's erase sizes.
  constexpr std::uint64_t EraseNs(const norlog::Geometry& g, std::uint32_t bytes) const {
    for (int i = 0; i < norlog::kMaxLargerEraseSizes; ++i) {
      if (g.larger_erase_bytes[i] == bytes) return larger_erase_ns[i];
    }
    return erase_ns;
  }
};

// How long SPI NOR takes to erase `bytes`. The three sizes of the W25Q are its
// data sheet's. Any other size is scaled from 45 ms for 4 KiB, but never below
// 5 ms: 512 B take 5.625 ms, and smaller toys 5 ms, because the pulse and
// verify loop does not shrink with the area (page-erase parts such as the
// AT25XE state 6 to 8 ms for 256 B).
constexpr std::uint64_t SpiNorEraseNs(std::uint32_t bytes) {
  if (bytes == 32 * 1024) return 120 * kNsPerMs;
  if (bytes == 64 * 1024) return 150 * kNsPerMs;
  return std::max(5 * kNsPerMs, 45 * kNsPerMs * bytes / 4096);
}

// The W25Q model with the erase times of this geometry's sizes.
constexpr TimeModel SpiNorTime(const norlog::Geometry& g) {
  TimeModel time;
  time.erase_ns = SpiNorEraseNs(g.erase_unit_bytes);
  for (int i = 0; i < norlog::kMaxLargerEraseSizes; ++i) {
    const std::uint32_t bytes = g.larger_erase_bytes[i];
    time.larger_erase_ns[i] = bytes == 0 ? 0 : SpiNorEraseNs(bytes);
  }
  return time;
}

// Flash inside a microcontroller: read at bus speed (about 10 ns a byte with
// wait states), 85 us for each ECC word, 22 ms a page (STM32G0/L4 typical).
constexpr TimeModel InternalFlashTime(const norlog::Geometry& g) {
  TimeModel time;
  time.bus_byte_ns = 10;
  time.read_command_bytes = 0;
  time.program_command_bytes = 0;
  time.program_first_ns = 85 * kNsPerUs;
  time.program_next_ns = 85 * kNsPerUs;
  time.program_group_bytes = g.program_unit_bytes;
  time.program_max_ns = UINT64_MAX;
  time.erase_ns = 22 * kNsPerMs;
  return time;
}

// FRAM behind the same SPI: cells follow the bus, and erase is a fill that
// sends every byte.
constexpr TimeModel FramTime(const norlog::Geometry& g) {
  TimeModel time;
  time.program_first_ns = 0;
  time.program_next_ns = 0;
  time.program_max_ns = 0;
  time.erase_ns = (time.program_command_bytes + g.erase_unit_bytes) * time.bus_byte_ns;
  return time;
}

}  // namespace flashsim

#endif  // FLASHSIM_TIMING_H_
