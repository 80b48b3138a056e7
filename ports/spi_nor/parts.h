// spi_nor/parts.h - serial NOR parts by their JEDEC id, and the reading of SFDP.
#ifndef SPI_NOR_PARTS_H_
#define SPI_NOR_PARTS_H_

#include <cstdint>
#include <span>

namespace norlog {

inline constexpr int kMaxSpiErases = 4;

struct SpiErase {
  std::uint32_t bytes = 0;  // 0: none
  std::uint8_t opcode = 0;
};

struct SpiNorPart {
  const char* name = "";
  std::uint32_t id = 0;  // what 9F answers: manufacturer, type, capacity: 0xEF4014
  std::uint64_t size_bytes = 0;
  std::uint32_t page_bytes = 256;
  SpiErase erases[kMaxSpiErases];  // ascending
  bool four_byte_addresses = false;
  bool unlock_at_boot = false;  // blocks are protected after power-up: 98 unlocks
  bool flag_status = false;     // 70 tells failures (bits 5, 4), 50 clears them
  std::uint8_t suspend = 0;     // stops an erase for a while; 0: the part cannot. 66, 99 reset it
  std::uint8_t resume = 0;
  bool programs_suspended = false;  // takes programs meanwhile; else only reads
};

// The entry of that id in `part`; false if it is not in the table.
bool FindSpiNorPart(std::uint32_t id, SpiNorPart& part);

// What the basic flash parameter table of an SFDP (JESD216) says. `table` are
// its bytes, at least kSfdpTableBytes. False if it is no part that this driver
// can use: no size, or no erase.
inline constexpr std::uint32_t kSfdpTableBytes = 36;
bool ParseSfdpTable(std::span<const std::uint8_t> table, SpiNorPart& part);

}  // namespace norlog

#endif  // SPI_NOR_PARTS_H_
