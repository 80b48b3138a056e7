// tests/spi_chip.h - a serial NOR chip as a driver sees it: commands over SPI,
// in front of the simulator's cells.
#ifndef TESTS_SPI_CHIP_H_
#define TESTS_SPI_CHIP_H_

#include <algorithm>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "flashsim/profiles.h"
#include "flashsim/sim_flash.h"
#include "spi_nor/spi_nor.h"

namespace norlog {

class SpiChip final : public SpiTransport {
 public:
  using Bytes = std::vector<std::uint8_t>;

  SpiChip(std::uint32_t id, const Geometry& geometry)
      : cells(geometry, flashsim::W25Q(1).time, /*seed=*/1), id_(id) {}

  bool Transfer(std::span<const std::uint8_t> command, std::span<const std::uint8_t> out,
                std::span<std::uint8_t> in) override {
    log.push_back(command[0]);
    std::fill(in.begin(), in.end(), std::uint8_t{0xFF});
    if (bus_fails_at != 0 && log.size() == bus_fails_at) return false;
    if (bus_fails_from != 0 && log.size() >= bus_fails_from) return false;
    if (absent || (asleep && command[0] != 0xAB)) return true;
    if (busy_looks > 0 && command[0] != 0x05 && command[0] != 0x75) return true;  // not heard
    Obey(command, out, in);
    return true;
  }
  std::uint32_t NowUs() override { return now_us += 3; }
  void Idle() override { ++idles; }

  flashsim::SimFlash cells;
  Bytes log;  // opcodes
  std::map<std::uint8_t, std::uint8_t> erase_exponents = {{0x20, 12}, {0x52, 15}, {0xD8, 16}};
  bool four_bytes = false;
  bool absent = false;
  bool asleep = false;  // deep power-down
  bool locked = false;  // blocks protected: WREN is heard, programs are not
  bool refuses_write_enable = false;
  std::uint8_t flags = 0x80;           // what 70 answers
  std::uint32_t busy_looks = 0;        // so many looks at the status find it busy
  std::uint32_t busy_after = 2;        // after each program or erase
  std::uint32_t erase_busy_after = 0;  // after an erase, if not 0
  bool suspended = false;              // an erase, which needs so many looks more:
  std::uint32_t looks_left = 0;
  std::uint32_t suspends = 0;
  std::size_t bus_fails_at = 0;    // this transaction fails
  std::size_t bus_fails_from = 0;  // this one and all behind it
  Bytes sfdp;                      // from address 0; empty: none
  std::uint32_t now_us = 0;
  std::uint32_t idles = 0;

 private:
  void Obey(std::span<const std::uint8_t> command, std::span<const std::uint8_t> out,
            std::span<std::uint8_t> in) {
    const std::uint8_t opcode = command[0];
    switch (opcode) {
      case 0x05: in[0] = Look(); return;
      case 0x06: enabled_ = !refuses_write_enable; return;
      case 0x9F:
        for (std::size_t i = 0; i < in.size(); ++i) {
          in[i] = static_cast<std::uint8_t>(id_ >> (16 - 8 * i));
        }
        return;
      case 0xAB: asleep = false; return;
      case 0x98:
        locked = locked && !enabled_;
        enabled_ = false;
        return;
      case 0x75:
        suspends += busy_looks > 0 ? 1 : 0;
        looks_left = suspended ? looks_left : busy_looks;
        suspended = suspended || busy_looks > 0;
        busy_looks = 0;
        return;
      case 0x7A:
        if (suspended) busy_looks = looks_left;
        suspended = false;
        return;
      case 0x99: suspended = false; return;
      case 0x70: in[0] = flags; return;
      case 0x50: flags = 0x80; return;
      case 0x5A: ReadSfdp(Address(command, 3), in); return;
      case 0x03:
      case 0x13: (void)cells.Read(Address(command, AddressBytes(opcode)), in); return;
      case 0x02:
      case 0x12: Start(cells.Program(Address(command, AddressBytes(opcode)), out)); return;
      default: Erase(opcode, command);
    }
  }
  std::uint8_t Look() {
    if (busy_looks == 0) return enabled_ ? 0x02 : 0x00;
    --busy_looks;
    return 0x03;
  }
  std::size_t AddressBytes(std::uint8_t opcode) const {
    return opcode == 0x13 || opcode == 0x12 || four_bytes ? 4 : 3;
  }
  static std::uint64_t Address(std::span<const std::uint8_t> command, std::size_t bytes) {
    std::uint64_t address = 0;
    for (std::size_t i = 1; i <= bytes; ++i) address = address << 8 | command[i];
    return address;
  }
  void ReadSfdp(std::uint64_t address, std::span<std::uint8_t> in) {
    for (std::uint8_t& byte : in) {
      if (address < sfdp.size()) byte = sfdp[address];
      ++address;
    }
  }
  void Erase(std::uint8_t opcode, std::span<const std::uint8_t> command) {
    const auto erase = erase_exponents.find(opcode);
    if (erase == erase_exponents.end() || !enabled_ || locked || suspended) return;
    Start(cells.Erase(Address(command, AddressBytes(opcode)), 1u << erase->second));
    if (erase_busy_after != 0) busy_looks = erase_busy_after;
  }
  void Start(Status) {
    enabled_ = false;
    busy_looks = busy_after;
  }

  const std::uint32_t id_;
  bool enabled_ = false;
};

}  // namespace norlog

#endif  // TESTS_SPI_CHIP_H_
