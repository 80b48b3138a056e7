// norlog/crc32c.h - CRC-32C (Castagnoli), the checksum of every structure.
//
// Four bits at a time with a table of 16 words: 64 bytes of text, about 20
// cycles a byte on a Cortex-M0+. Usable in constant expressions.
#ifndef NORLOG_CRC32C_H_
#define NORLOG_CRC32C_H_

#include <cstdint>
#include <span>

namespace norlog {

class Crc32c {
 public:
  constexpr void Byte(std::uint8_t byte) {
    crc_ ^= byte;
    crc_ = (crc_ >> 4) ^ kTable[crc_ & 15];
    crc_ = (crc_ >> 4) ^ kTable[crc_ & 15];
  }
  constexpr void Bytes(std::span<const std::uint8_t> bytes) {
    for (const std::uint8_t byte : bytes) Byte(byte);
  }
  constexpr void U32(std::uint32_t value) {
    for (int i = 0; i < 4; ++i) Byte(static_cast<std::uint8_t>(value >> (8 * i)));
  }
  constexpr void U64(std::uint64_t value) {
    U32(static_cast<std::uint32_t>(value));
    U32(static_cast<std::uint32_t>(value >> 32));
  }
  constexpr std::uint32_t value() const { return ~crc_; }

 private:
  // kTable[i] is the remainder of i shifted through four steps of the
  // reflected polynomial 0x82F63B78.
  static constexpr std::uint32_t kTable[16] = {0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1,
                                               0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
                                               0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
                                               0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75};

  std::uint32_t crc_ = 0xffffffff;
};

}  // namespace norlog

#endif  // NORLOG_CRC32C_H_
