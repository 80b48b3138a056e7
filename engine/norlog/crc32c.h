// norlog/crc32c.h - CRC-32C (Castagnoli), the checksum of every structure.
//
// Four bits at a time with a table of 16 words: 64 bytes of text, about 20
// cycles a byte on a Cortex-M0+. Where 8 KiB more are no matter (on the host,
// for campaigns) NORLOG_CRC_SLICES, defined for everything that is linked
// together, makes it eight bytes at a time; compiled for an x86-64 with SSE 4.2
// it is the processor's own instruction. Usable in constant expressions.
#ifndef NORLOG_CRC32C_H_
#define NORLOG_CRC32C_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#if defined(NORLOG_CRC_SLICES) && defined(__SSE4_2__) && defined(__x86_64__)
#define NORLOG_CRC_INSTRUCTION
#endif

namespace norlog {

namespace crc32c_internal {

// kNibbles[i] is the remainder of i shifted through four steps of the
// reflected polynomial 0x82F63B78.
inline constexpr std::uint32_t kPolynomial = 0x82f63b78;
inline constexpr std::uint32_t kNibbles[16] = {
    0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
    0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9, 0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75};

#ifdef NORLOG_CRC_SLICES
using Slices = std::array<std::array<std::uint32_t, 256>, 8>;

// [n][i]: byte i, with n further bytes of zeros behind it.
constexpr Slices MakeSlices() {
  Slices slices{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i;
    for (auto& slice : slices) {
      crc = (crc >> 4) ^ kNibbles[crc & 15];
      crc = (crc >> 4) ^ kNibbles[crc & 15];
      slice[i] = crc;
    }
  }
  return slices;
}
inline constexpr Slices kSlices = MakeSlices();
#endif

}  // namespace crc32c_internal

class Crc32c {
 public:
#ifdef NORLOG_CRC_SLICES
  constexpr void Byte(std::uint8_t byte) {
#ifdef NORLOG_CRC_INSTRUCTION
    if (!std::is_constant_evaluated()) {
      crc_ = __builtin_ia32_crc32qi(crc_, byte);
      return;
    }
#endif
    crc_ = (crc_ >> 8) ^ crc32c_internal::kSlices[0][(crc_ ^ byte) & 0xff];
  }
  constexpr void Bytes(std::span<const std::uint8_t> bytes) {
    for (; bytes.size() >= 8; bytes = bytes.subspan(8)) Eight(bytes.data());
    for (const std::uint8_t byte : bytes) Byte(byte);
  }
#else
  constexpr void Byte(std::uint8_t byte) {
    crc_ ^= byte;
    crc_ = (crc_ >> 4) ^ crc32c_internal::kNibbles[crc_ & 15];
    crc_ = (crc_ >> 4) ^ crc32c_internal::kNibbles[crc_ & 15];
  }
  constexpr void Bytes(std::span<const std::uint8_t> bytes) {
    for (const std::uint8_t byte : bytes) Byte(byte);
  }
#endif
  constexpr void U32(std::uint32_t value) {
#ifdef NORLOG_CRC_INSTRUCTION
    if (!std::is_constant_evaluated()) {
      crc_ = __builtin_ia32_crc32si(crc_, value);
      return;
    }
#endif
    for (int i = 0; i < 4; ++i) Byte(static_cast<std::uint8_t>(value >> (8 * i)));
  }
  constexpr void U64(std::uint64_t value) {
    U32(static_cast<std::uint32_t>(value));
    U32(static_cast<std::uint32_t>(value >> 32));
  }
  constexpr std::uint32_t value() const {
    return ~crc_;
  }
  // The lower half of the u64 which, added with this upper half, gives `value`:
  // there is exactly one.
  constexpr std::uint32_t LowHalfFor(std::uint32_t high, std::uint32_t value) const {
    return Undo32Bits(Undo32Bits(~value) ^ high) ^ crc_;
  }

 private:
  static constexpr std::uint32_t Undo32Bits(std::uint32_t crc) {
    for (int i = 0; i < 32; ++i) {
      crc = (crc >> 31) != 0 ? ((crc ^ crc32c_internal::kPolynomial) << 1) | 1 : crc << 1;
    }
    return crc;
  }
#ifdef NORLOG_CRC_SLICES
  constexpr void Eight(const std::uint8_t* bytes) {
#ifdef NORLOG_CRC_INSTRUCTION
    if (!std::is_constant_evaluated()) {
      std::uint64_t word = 0;
      __builtin_memcpy(&word, bytes, sizeof(word));
      crc_ = static_cast<std::uint32_t>(__builtin_ia32_crc32di(crc_, word));
      return;
    }
#endif
    using crc32c_internal::kSlices;
    std::uint32_t next = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      next ^= kSlices[7 - i][bytes[i] ^ ((crc_ >> (8 * i)) & 0xff)];
      next ^= kSlices[3 - i][bytes[4 + i]];
    }
    crc_ = next;
  }
#endif

  std::uint32_t crc_ = 0xffffffff;
};

}  // namespace norlog

#endif  // NORLOG_CRC32C_H_
