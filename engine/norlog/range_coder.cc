#include "norlog/range_coder.h"

namespace norlog {
namespace {

constexpr std::uint32_t kOne = 4096;  // 12-bit probabilities
constexpr std::uint32_t kCountBits = 4;
constexpr std::uint32_t kMaxCount = 15;
constexpr std::uint32_t kMinRange = std::uint32_t{1} << 24;

// 65536 / (count + 2): the mean of what was seen, and one half beside it. From
// kMaxCount on 1/24, so that old evidence fades. Neither side ever reaches 0: a
// step is at most half of the distance, rounded down.
constexpr std::uint16_t kRates[kMaxCount + 1] = {32768, 21845, 16384, 13107, 10922, 9362,
                                                 8192,  7281,  6553,  5957,  5461,  5041,
                                                 4681,  4369,  4096,  2730};

void Learn(Probability& one, bool bit) {
  const std::uint32_t count = one.state & kMaxCount;
  std::uint32_t p = one.state >> kCountBits;
  if (bit) {
    p += ((kOne - p) * kRates[count]) >> 16;
  } else {
    p -= (p * kRates[count]) >> 16;
  }
  one.state =
      static_cast<std::uint16_t>((p << kCountBits) | (count < kMaxCount ? count + 1 : count));
}

}  // namespace

RangeCoder RangeCoder::Encoder(std::span<std::uint8_t> out) {
  RangeCoder coder;
  coder.out_ = out.data();
  coder.size_ = static_cast<std::uint32_t>(out.size());
  return coder;
}

RangeCoder RangeCoder::Decoder(std::span<const std::uint8_t> in) {
  RangeCoder coder;
  coder.in_ = in.data();
  coder.size_ = static_cast<std::uint32_t>(in.size());
  for (int i = 0; i < 4; ++i) coder.low_ = (coder.low_ << 8) | coder.Take();
  return coder;
}

// The bytes so far are a binary fraction: a carry runs back through them. The
// whole stays below one, so it ends within them.
void RangeCoder::Carry() {
  for (std::uint32_t i = at_; i > 0 && ++out_[--i] == 0;) {
  }
}

void RangeCoder::AddToLow(std::uint32_t amount) {
  low_ += amount;
  if (low_ < amount) Carry();
}

void RangeCoder::Put(std::uint8_t byte) {
  if (at_ == size_) {
    ok_ = false;
    return;
  }
  out_[at_++] = byte;
}

void RangeCoder::Normalize() {
  for (; range_ < kMinRange; range_ <<= 8) {
    if (out_ != nullptr) {
      Put(static_cast<std::uint8_t>(low_ >> 24));
      low_ <<= 8;
    } else {
      low_ = (low_ << 8) | Take();
    }
  }
}

// Ones take the lower `bound` of the range, zeros the rest.
bool RangeCoder::Split(std::uint32_t bound, bool bit) {
  if (out_ == nullptr) bit = low_ < bound;
  if (bit) {
    range_ = bound;
  } else {
    range_ -= bound;
    if (out_ != nullptr) {
      AddToLow(bound);
    } else {
      low_ -= bound;
    }
  }
  Normalize();
  return bit;
}

bool RangeCoder::Bit(Probability& one, bool bit) {
  bit = Split((range_ >> 12) * (one.state >> kCountBits), bit);
  Learn(one, bit);
  return bit;
}

std::uint64_t RangeCoder::Direct(std::uint64_t value, std::uint32_t count) {
  std::uint64_t coded = 0;
  while (count-- > 0) {
    coded = (coded << 1) | (Split(range_ >> 1, ((value >> count) & 1) != 0) ? 1u : 0u);
  }
  return coded;
}

// The shortest fraction within [low, low + range), continued by zeros or by
// anything.
std::uint32_t RangeCoder::Finish(bool any_continuation) {
  std::uint32_t bytes = 0;
  std::uint64_t end = 0;
  for (;; ++bytes) {
    const std::uint64_t below = 0xffffffffu >> (8 * bytes);
    end = (low_ + (bytes < 4 ? below : 0)) & ~(bytes < 4 ? below : 0);
    if (bytes == 4 || end - low_ + (any_continuation ? below : 0) < range_) break;
  }
  if (end >> 32 != 0) Carry();
  for (std::uint32_t i = 0; i < bytes; ++i) Put(static_cast<std::uint8_t>(end >> (24 - 8 * i)));
  while (!any_continuation && at_ > 0 && out_[at_ - 1] == 0) --at_;
  return at_;
}

}  // namespace norlog
