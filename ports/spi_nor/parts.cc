#include "spi_nor/parts.h"

#include <cstddef>

namespace norlog {
namespace {

enum Flags : std::uint8_t {
  kPlain = 0,
  kOnly4K = 1,  // larger erases are missing, or not the same everywhere
  kNo32K = 2,
  kUnlock = 4,
  kFlagStatus = 8,
  kNoSuspend = 16,  // not all parts of this id have it
  kReadsOnly = 32,  // no programs while an erase is suspended
};

struct Entry {
  std::uint32_t id;
  const char* name;
  std::uint8_t flags = kPlain;
};

// The third byte of each id is the power of two of the size, but for parts
// whose id is older than the custom (AT25SF, SST26VF): SizeOf knows them.
constexpr Entry kParts[] = {
    {0xEF4014, "W25Q80"},
    {0xEF4015, "W25Q16"},
    {0xEF4016, "W25Q32"},
    {0xEF4017, "W25Q64"},
    {0xEF4018, "W25Q128"},
    {0xEF4019, "W25Q256"},
    {0xEF7018, "W25Q128JV-M"},
    {0xEF6014, "W25Q80 (1.8 V)"},
    {0xEF6018, "W25Q128 (1.8 V)"},
    {0xC22014, "MX25L80", kNoSuspend},
    {0xC22015, "MX25L16", kNoSuspend},
    {0xC22016, "MX25L32", kNoSuspend},
    {0xC22017, "MX25L64", kNoSuspend},
    {0xC22018, "MX25L128", kNoSuspend},
    {0xC22019, "MX25L256", kNoSuspend},
    {0xC22814, "MX25R80"},
    {0xC22817, "MX25R64"},
    {0xC84014, "GD25Q80", kReadsOnly},
    {0xC84015, "GD25Q16", kReadsOnly},
    {0xC84016, "GD25Q32", kReadsOnly},
    {0xC84017, "GD25Q64", kReadsOnly},
    {0xC84018, "GD25Q128", kReadsOnly},
    {0x9D6014, "IS25LP080"},
    {0x9D6016, "IS25LP032"},
    {0x9D6017, "IS25LP064"},
    {0x9D6018, "IS25LP128"},
    {0x1F8401, "AT25SF041", kNoSuspend},
    {0x1F8501, "AT25SF081", kNoSuspend},
    {0x1F8701, "AT25SF321", kNoSuspend},
    {0xBF2641, "SST26VF016B", kOnly4K | kUnlock},
    {0xBF2642, "SST26VF032B", kOnly4K | kUnlock},
    {0xBF2643, "SST26VF064B", kOnly4K | kUnlock},
    {0x20BA17, "N25Q064", kNo32K | kFlagStatus},
    {0x20BA18, "MT25QL128", kFlagStatus},
    {0x016017, "S25FL064L"},
    {0x016018, "S25FL128L"},
};

std::uint64_t SizeOf(std::uint32_t id) {
  switch (id) {
    case 0x1F8401: return std::uint64_t{512} << 10;
    case 0x1F8501: return std::uint64_t{1} << 20;
    case 0x1F8701: return std::uint64_t{4} << 20;
    case 0xBF2641: return std::uint64_t{2} << 20;
    case 0xBF2642: return std::uint64_t{4} << 20;
    case 0xBF2643: return std::uint64_t{8} << 20;
    default: return std::uint64_t{1} << (id & 0xFF);
  }
}

void SetErases(std::uint8_t flags, bool four_bytes, SpiNorPart& part) {
  int count = 0;
  part.erases[count++] = {4096, static_cast<std::uint8_t>(four_bytes ? 0x21 : 0x20)};
  if ((flags & kOnly4K) != 0) return;
  if ((flags & kNo32K) == 0 && !four_bytes) part.erases[count++] = {32768, 0x52};
  part.erases[count++] = {65536, static_cast<std::uint8_t>(four_bytes ? 0xDC : 0xD8)};
}

// Most parts have 75 and 7A.
void SetSuspend(std::uint32_t id, std::uint8_t flags, SpiNorPart& part) {
  constexpr std::uint32_t kMicrochip = 0xBF;
  if ((flags & kNoSuspend) != 0) return;
  part.suspend = id >> 16 == kMicrochip ? 0xB0 : 0x75;
  part.resume = id >> 16 == kMicrochip ? 0x30 : 0x7A;
  part.programs_suspended = (flags & kReadsOnly) == 0;
}

std::uint32_t Dword(std::span<const std::uint8_t> table, std::size_t number) {
  const std::uint8_t* p = &table[4 * (number - 1)];
  return static_cast<std::uint32_t>(p[0]) | static_cast<std::uint32_t>(p[1]) << 8 |
         static_cast<std::uint32_t>(p[2]) << 16 | static_cast<std::uint32_t>(p[3]) << 24;
}

void AddErase(std::uint8_t exponent, std::uint8_t opcode, SpiNorPart& part) {
  if (exponent == 0 || exponent > 24) return;
  SpiErase erase{std::uint32_t{1} << exponent, opcode};
  for (SpiErase& place : part.erases) {  // kept ascending
    if (place.bytes == 0) {
      place = erase;
      return;
    }
    if (erase.bytes < place.bytes) {
      const SpiErase moved = place;
      place = erase;
      erase = moved;
    }
  }
}

}  // namespace

bool FindSpiNorPart(std::uint32_t id, SpiNorPart& part) {
  for (const Entry& entry : kParts) {
    if (entry.id != id) continue;
    part = SpiNorPart();
    part.name = entry.name;
    part.id = id;
    part.size_bytes = SizeOf(id);
    part.four_byte_addresses = part.size_bytes > (std::uint64_t{1} << 24);
    part.unlock_at_boot = (entry.flags & kUnlock) != 0;
    part.flag_status = (entry.flags & kFlagStatus) != 0;
    SetErases(entry.flags, part.four_byte_addresses, part);
    SetSuspend(id, entry.flags, part);
    return true;
  }
  return false;
}

bool ParseSfdpTable(std::span<const std::uint8_t> table, SpiNorPart& part) {
  if (table.size() < kSfdpTableBytes) return false;
  part = SpiNorPart();
  part.name = "SFDP";
  const std::uint32_t density = Dword(table, 2);
  const bool large = (density >> 31) != 0;
  const std::uint32_t exponent = density & 0x7FFFFFFF;
  if (large && (exponent < 3 || exponent > 40)) return false;
  part.size_bytes = large ? std::uint64_t{1} << (exponent - 3) : (std::uint64_t{density} + 1) / 8;
  // Above 16 MiB the opcodes with four address bytes stand in another table,
  // which not all parts have: such a part needs an entry of its own.
  if (part.size_bytes < 4096 || part.size_bytes > (std::uint64_t{1} << 24)) return false;
  for (std::size_t i = 0; i < kMaxSpiErases; ++i) {
    AddErase(table[28 + 2 * i], table[29 + 2 * i], part);
  }
  if (part.erases[0].bytes == 0) return false;
  if (table.size() >= 44) part.page_bytes = std::uint32_t{1} << (Dword(table, 11) >> 4 & 0xF);
  if (table.size() >= 52 && Dword(table, 12) >> 31 == 0) {  // 1: no suspend
    part.suspend = static_cast<std::uint8_t>(Dword(table, 13) >> 24);
    part.resume = static_cast<std::uint8_t>(Dword(table, 13) >> 16);
    // Bit 5: programs outside of what is suspended; bit 7: nothing else forbids them.
    part.programs_suspended = (Dword(table, 12) & 0xA0) == 0xA0;
  }
  return part.size_bytes % part.erases[0].bytes == 0 && part.page_bytes <= part.erases[0].bytes;
}

}  // namespace norlog
