// norlog/range_coder.h - adaptive binary range coding of single decisions.
//
// One class codes both ways: a model calls Bit and Direct with the values that
// it wants to store; an encoder stores and returns them, a decoder ignores its
// argument and returns what was stored. So a model is written down once, and
// its two directions cannot disagree.
//
// The decoder never leaves its input, whatever that holds: behind the end it
// reads zeros.
#ifndef NORLOG_RANGE_CODER_H_
#define NORLOG_RANGE_CODER_H_

#include <cstdint>
#include <span>

namespace norlog {

// The probability of a one, learned: 12 bits (of 4096) above a count of what
// it has seen (4 bits, saturating), which lets it learn fast at first.
struct Probability {
  std::uint16_t state = 2048u << 4;
};

class RangeCoder {
 public:
  RangeCoder() = default;

  static RangeCoder Encoder(std::span<std::uint8_t> out);
  static RangeCoder Decoder(std::span<const std::uint8_t> in);

  // One decision under an adaptive probability: 0.01 to 12 bits.
  bool Bit(Probability& one, bool bit);

  // The low `count` bits of `value`, 0 to 64 of them, at one bit each.
  std::uint64_t Direct(std::uint64_t value, std::uint32_t count);

  // Encoder: ends the stream and returns its length in bytes. With
  // `any_continuation` it decodes alike whatever bytes follow it, else only at
  // the end of the decoder's input.
  std::uint32_t Finish(bool any_continuation);

  // Encoder: bytes so far (Finish adds at most 4).
  std::uint32_t size() const { return at_; }
  // Encoder: false once the output did not fit.
  bool ok() const { return ok_; }

 private:
  void AddToLow(std::uint32_t amount);
  void Carry();
  void Put(std::uint8_t byte);
  std::uint8_t Take() { return at_ < size_ ? in_[at_++] : std::uint8_t{0}; }
  void Normalize();
  bool Split(std::uint32_t bound, bool bit);

  const std::uint8_t* in_ = nullptr;
  std::uint8_t* out_ = nullptr;  // null: this decodes
  std::uint32_t size_ = 0;
  std::uint32_t at_ = 0;
  std::uint32_t low_ = 0;  // decoder: what was read, relative to the interval's begin
  std::uint32_t range_ = 0xffffffff;
  bool ok_ = true;
};

}  // namespace norlog

#endif  // NORLOG_RANGE_CODER_H_
