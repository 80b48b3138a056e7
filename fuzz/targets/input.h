// fuzz/targets/input.h - a fuzzer's byte string, taken apart from its front.
//
// Reading past the end yields zeros, so that any string, cut anywhere, is an
// input and a shorter one means less. Nothing is allocated.
#ifndef FUZZ_TARGETS_INPUT_H_
#define FUZZ_TARGETS_INPUT_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>

namespace norlog::fuzz {

// Ends the process with a message, as a fuzzer wants it.
[[noreturn]] inline void Fail(const char* file, int line, const char* what) {
  std::fprintf(stderr, "%s:%d: %s\n", file, line, what);
  std::abort();
}

// True if NORLOG_FUZZ_TRACE is set: targets then tell on stderr what they do.
inline bool Tracing() {
  static const bool tracing = std::getenv("NORLOG_FUZZ_TRACE") != nullptr;
  return tracing;
}

class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : rest_(data, size) {}

  bool empty() const { return rest_.empty(); }
  std::span<const std::uint8_t> rest() const { return rest_; }

  std::uint8_t U8() {
    if (rest_.empty()) return 0;
    const std::uint8_t byte = rest_.front();
    rest_ = rest_.subspan(1);
    return byte;
  }
  std::uint16_t U16() {
    const std::uint16_t low = U8();
    return static_cast<std::uint16_t>(low | (U8() << 8));
  }
  std::uint32_t U32() {
    const std::uint32_t low = U16();
    return low | (std::uint32_t{U16()} << 16);
  }
  std::uint64_t U64() {
    const std::uint64_t low = U32();
    return low | (std::uint64_t{U32()} << 32);
  }
  // 0 to limit - 1. Few bytes for few choices.
  std::uint32_t Below(std::uint32_t limit) { return (limit > 256 ? U16() : U8()) % limit; }
  // A number of any magnitude, mostly small: one byte of 0 to 247 is itself,
  // a larger one is followed by 1 to 8 bytes.
  std::uint64_t Number() {
    const std::uint8_t first = U8();
    if (first < 248) return first;
    std::uint64_t value = 0;
    for (int i = 0; i <= first - 248; ++i) value |= std::uint64_t{U8()} << (8 * i);
    return value;
  }
  // Up to `count` bytes: fewer if there are no more.
  std::span<const std::uint8_t> Bytes(std::size_t count) {
    const std::span<const std::uint8_t> bytes = rest_.first(std::min(count, rest_.size()));
    rest_ = rest_.subspan(bytes.size());
    return bytes;
  }

 private:
  std::span<const std::uint8_t> rest_;
};

}  // namespace norlog::fuzz

// Aborts with `what` unless `condition` holds.
#define FUZZ_CHECK(condition, what)                                     \
  do {                                                                  \
    if (!(condition)) ::norlog::fuzz::Fail(__FILE__, __LINE__, (what)); \
  } while (false)

// printf to stderr, if NORLOG_FUZZ_TRACE is set.
#define FUZZ_TRACE(...)                                               \
  do {                                                                \
    if (::norlog::fuzz::Tracing()) std::fprintf(stderr, __VA_ARGS__); \
  } while (false)

#endif  // FUZZ_TARGETS_INPUT_H_
