// norlog/bytes.h - integers to and from flash bytes, little endian.
//
// Nothing is ever cast onto flash: structures are encoded field by field at
// fixed offsets, varints through ByteWriter and ByteReader. Both refuse to
// leave their span and remember that they were asked to.
#ifndef NORLOG_BYTES_H_
#define NORLOG_BYTES_H_

#include <cstddef>
#include <cstdint>
#include <span>

namespace norlog {

// Stores / loads the low `kBytes` bytes of a value at p[0..kBytes).
template <int kBytes>
constexpr void StoreLe(std::uint8_t* p, std::uint64_t value) {
  for (int i = 0; i < kBytes; ++i) p[i] = static_cast<std::uint8_t>(value >> (8 * i));
}

template <int kBytes>
constexpr std::uint64_t LoadLe(const std::uint8_t* p) {
  std::uint64_t value = 0;
  for (int i = 0; i < kBytes; ++i) value |= std::uint64_t{p[i]} << (8 * i);
  return value;
}

inline constexpr std::uint32_t kMaxVarintBytes = 10;

constexpr std::uint32_t VarintBytes(std::uint64_t value) {
  std::uint32_t bytes = 1;
  for (; value >= 0x80; value >>= 7) ++bytes;
  return bytes;
}

constexpr std::uint64_t ZigZag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ (value < 0 ? ~std::uint64_t{0} : 0);
}

constexpr std::int64_t UnZigZag(std::uint64_t value) {
  return static_cast<std::int64_t>((value >> 1) ^ ((value & 1) != 0 ? ~std::uint64_t{0} : 0));
}

// a + b and a - b modulo 2^64: times may be anything.
constexpr std::int64_t WrapAdd(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}
constexpr std::int64_t WrapSub(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}

// A time with an offset, at the ends of the range instead of beyond.
constexpr std::int64_t AddOffset(std::int64_t time, std::int64_t offset) {
  if (offset > 0 && time > INT64_MAX - offset) return INT64_MAX;
  if (offset < 0 && time < INT64_MIN - offset) return INT64_MIN;
  return time + offset;
}

// Fills a span from its front. Writing past the end writes nothing and clears ok().
class ByteWriter {
 public:
  constexpr explicit ByteWriter(std::span<std::uint8_t> out) : out_(out) {}

  constexpr void U8(std::uint8_t value) {
    if (size_ >= out_.size()) {
      ok_ = false;
      return;
    }
    out_[size_++] = value;
  }
  constexpr void Varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) U8(static_cast<std::uint8_t>(value | 0x80));
    U8(static_cast<std::uint8_t>(value));
  }

  constexpr std::uint32_t size() const { return static_cast<std::uint32_t>(size_); }
  constexpr bool ok() const { return ok_; }

 private:
  std::span<std::uint8_t> out_;
  std::size_t size_ = 0;
  bool ok_ = true;
};

// Takes values from the front of a span. Reading past the end, or a varint
// that is padded or does not fit 64 bits, yields 0 and clears ok().
class ByteReader {
 public:
  constexpr explicit ByteReader(std::span<const std::uint8_t> in) : in_(in) {}

  constexpr std::uint8_t U8() {
    if (at_ >= in_.size()) {
      ok_ = false;
      return 0;
    }
    return in_[at_++];
  }
  constexpr std::uint64_t Varint() {
    std::uint64_t value = 0;
    for (std::uint32_t i = 0; i < kMaxVarintBytes; ++i) {
      const std::uint8_t byte = U8();
      const std::uint64_t bits = byte & 0x7fu;
      if (i == 9 && bits > 1) break;
      value |= bits << (7 * i);
      if ((byte & 0x80) == 0) {
        if (byte == 0 && i > 0) break;
        return ok_ ? value : 0;
      }
    }
    ok_ = false;
    return 0;
  }
  constexpr std::span<const std::uint8_t> Bytes(std::size_t count) {
    if (count > in_.size() - at_) {
      ok_ = false;
      return {};
    }
    at_ += count;
    return in_.subspan(at_ - count, count);
  }

  constexpr std::size_t at() const { return at_; }
  constexpr std::span<const std::uint8_t> rest() const { return in_.subspan(at_); }
  constexpr bool ok() const { return ok_; }

 private:
  std::span<const std::uint8_t> in_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

// True if every byte of `bytes` is `value`.
constexpr bool AllBytesAre(std::span<const std::uint8_t> bytes, std::uint8_t value) {
  for (const std::uint8_t byte : bytes) {
    if (byte != value) return false;
  }
  return true;
}

}  // namespace norlog

#endif  // NORLOG_BYTES_H_
