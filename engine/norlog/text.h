// norlog/text.h - a piece of text that somebody else owns: names, units, strings.
//
// UTF-8, not terminated. The engine compares and copies it and never looks
// further into it.
#ifndef NORLOG_TEXT_H_
#define NORLOG_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <span>

namespace norlog {

class Text {
 public:
  constexpr Text() = default;
  constexpr Text(const char* data, std::size_t size) : data_(data), size_(size) {}
  // A literal, without its terminating zero.
  template <std::size_t kSize>
  // NOLINTNEXTLINE(google-explicit-constructor): a literal is a text
  constexpr Text(const char (&literal)[kSize]) : data_(literal), size_(kSize - 1) {}
  // Bytes from flash.
  static Text Of(std::span<const std::uint8_t> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

  constexpr const char* data() const { return data_; }
  constexpr std::size_t size() const { return size_; }
  constexpr bool empty() const { return size_ == 0; }
  constexpr char operator[](std::size_t i) const { return data_[i]; }
  constexpr const char* begin() const { return data_; }
  constexpr const char* end() const { return data_ + size_; }
  constexpr Text From(std::size_t at) const { return {data_ + at, size_ - at}; }
  constexpr Text Part(std::size_t at, std::size_t size) const { return {data_ + at, size}; }
  std::span<const std::uint8_t> bytes() const {
    return {reinterpret_cast<const std::uint8_t*>(data_), size_};
  }

  friend constexpr bool operator==(Text a, Text b) {
    if (a.size_ != b.size_) return false;
    for (std::size_t i = 0; i < a.size_; ++i) {
      if (a.data_[i] != b.data_[i]) return false;
    }
    return true;
  }

 private:
  const char* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace norlog

#endif  // NORLOG_TEXT_H_
