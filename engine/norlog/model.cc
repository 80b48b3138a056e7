#include "norlog/model.h"

#include "norlog/bytes.h"
#include "norlog/decimal.h"

namespace norlog {
namespace {

// A difference from here on is a jump: the value jumped from is remembered.
constexpr std::uint64_t kJump = 128;
constexpr std::uint32_t kDigitsBits = 4;

std::uint64_t Magnitude(std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  return value < 0 ? ~bits + 1 : bits;
}

std::uint32_t BitLength(std::uint64_t value) {
  std::uint32_t length = 0;
  for (; value != 0; value >>= 1) ++length;
  return length;
}

std::uint32_t CommonDivisor(std::uint32_t a, std::uint32_t b) {
  while (b != 0) {
    const std::uint32_t rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

constexpr std::uint32_t LengthContext(std::uint32_t length) {
  return (length < kLengthContexts ? length : kLengthContexts) - 1;
}

// A number from 1 on: its length in unary, the bit below its leading one, and
// the rest as it is.
std::uint64_t CodeMagnitude(RangeCoder& coder, Probability* longer, Mantissas& mantissas,
                            std::uint64_t magnitude) {
  const std::uint32_t wanted = BitLength(magnitude);
  std::uint32_t length = 1;
  while (length < 64 && coder.Bit(longer[LengthContext(length)], length < wanted)) ++length;
  if (length == 1) return 1;
  const std::uint32_t rest = length - 2;
  Probability& below = mantissas.below_leading[LengthContext(length) - 1];
  const std::uint64_t top = coder.Bit(below, ((magnitude >> rest) & 1) != 0) ? 3 : 2;
  return (top << rest) | coder.Direct(magnitude, rest);
}

}  // namespace

std::int64_t DifferenceModel::Code(RangeCoder& coder, Mantissas& mantissas, std::uint8_t& last_sign,
                                   std::int64_t difference) {
  const bool is_negative = coder.Bit(negative[last_sign], difference < 0);
  last_sign = is_negative ? 2 : 1;
  std::uint64_t magnitude = Magnitude(difference);
  bool divided = false;
  std::uint64_t quotient = magnitude;
  if (divisor > 1) {
    if (magnitude >> 32 == 0) {
      quotient = static_cast<std::uint32_t>(magnitude) / divisor;
      divided = quotient != 0 && quotient * divisor == magnitude;
    }
    divided = coder.Bit(divides, divided);
    if (!divided) quotient = magnitude;
  }
  quotient = CodeMagnitude(coder, longer, mantissas, quotient);
  if (divided) {
    magnitude = quotient * divisor;
  } else {
    magnitude = quotient;
    if (magnitude >> 32 != 0) divisor = 1;
    if (divisor != 1) divisor = CommonDivisor(static_cast<std::uint32_t>(magnitude), divisor);
  }
  return static_cast<std::int64_t>(is_negative ? ~magnitude + 1 : magnitude);
}

std::int64_t TagModel::CodeTime(RangeCoder& coder, Mantissas& mantissas, std::int64_t next) {
  std::int64_t moved = WrapSub(next, time);
  kept_step = coder.Bit(keeps_step[kept_step ? 1 : 0], moved == step);
  if (kept_step) {
    moved = step;
    off_grid = 0;
  } else {
    const std::int64_t to_grid = WrapSub(step, off_grid);
    if (coder.Bit(meets_grid, moved == to_grid)) {
      moved = to_grid;
      off_grid = 0;
    } else {
      moved = WrapAdd(step, difference.Code(coder, mantissas, last_sign, WrapSub(moved, step)));
      const auto low = static_cast<std::int32_t>(static_cast<std::uint64_t>(moved));
      off_grid = static_cast<std::int32_t>(static_cast<std::uint32_t>(off_grid) +
                                           static_cast<std::uint32_t>(low));
      if (low == candidate) {
        step = moved;
        off_grid = 0;
      }
      candidate = low;
    }
  }
  time = WrapAdd(time, moved);
  return time;
}

// The value of the column's width that `value` is congruent to.
std::int64_t ColumnModel::Wrap(std::uint64_t value) const {
  const std::uint32_t unused = IsFloat(kind_) ? 0 : 64 - 8 * ColumnBytes(kind_);
  return static_cast<std::int64_t>(value << unused) >> unused;
}

std::int64_t ColumnModel::CodeNumber(RangeCoder& coder, Mantissas& mantissas, std::int64_t value) {
  const auto difference_to = [&](std::int64_t from) {
    return Wrap(static_cast<std::uint64_t>(value) - static_cast<std::uint64_t>(from));
  };
  if (coder.Bit(same_, value == last_)) return last_;
  const std::int64_t other =
      Wrap(static_cast<std::uint64_t>(last_) + static_cast<std::uint64_t>(std::int64_t{to_other_}));
  const std::uint64_t distance = Magnitude(difference_to(last_));
  const bool nearer = distance >= kJump && Magnitude(difference_to(other)) < distance;
  was_other_ = coder.Bit(other_[was_other_ ? 1 : 0], nearer);
  if (was_other_) {
    to_other_ = static_cast<std::int32_t>(static_cast<std::uint64_t>(last_) -
                                          static_cast<std::uint64_t>(other));
    last_ = other;
    if (coder.Bit(same_as_other_, value == last_)) return last_;
  }
  const std::int64_t moved = difference_.Code(coder, mantissas, last_sign_, difference_to(last_));
  if (!was_other_ && Magnitude(moved) >= kJump) to_other_ = 0;
  to_other_ = static_cast<std::int32_t>(static_cast<std::uint32_t>(to_other_) -
                                        static_cast<std::uint32_t>(moved));
  last_ = Wrap(static_cast<std::uint64_t>(last_) + static_cast<std::uint64_t>(moved));
  return last_;
}

// The numbers so far, with more digits; with fewer it starts anew.
void ColumnModel::SetDigits(std::uint32_t digits) {
  const std::uint32_t factor = digits >= digits_ ? PowerOfTen(digits - digits_) : 0;
  last_ = static_cast<std::int64_t>(static_cast<std::uint64_t>(last_) * factor);
  to_other_ = static_cast<std::int32_t>(static_cast<std::uint32_t>(to_other_) * factor);
  digits_ = static_cast<std::uint8_t>(digits);
  difference_.divisor = 0;
}

// As a decimal with the digits of those before; else, if that happens twice
// running, with other digits from now on; else as it is.
std::uint64_t ColumnModel::CodeFloat(RangeCoder& coder, Mantissas& mantissas, std::uint64_t bits) {
  const std::uint32_t bytes = ColumnBytes(kind_);
  std::int64_t scaled = 0;
  if (coder.Bit(decimal_, DecimalFromFloat(bits, bytes, digits_, scaled))) {
    missed_ = false;
  } else {
    std::uint32_t digits = 0;
    while (missed_ && digits <= kMaxDigits && !DecimalFromFloat(bits, bytes, digits, scaled)) {
      ++digits;
    }
    const bool found = missed_ && digits <= kMaxDigits;
    missed_ = true;
    if (coder.Direct(found ? 1 : 0, 1) == 0) return coder.Direct(bits, 8 * bytes);
    digits = static_cast<std::uint32_t>(coder.Direct(digits, kDigitsBits));
    SetDigits(digits <= kMaxDigits ? digits : kMaxDigits);
  }
  return FloatFromDecimal(CodeNumber(coder, mantissas, scaled), digits_, bytes);
}

std::uint64_t ColumnModel::Code(RangeCoder& coder, Mantissas& mantissas, std::uint64_t bits) {
  if (IsFloat(kind_)) return CodeFloat(coder, mantissas, bits);
  const auto value = static_cast<std::uint64_t>(CodeNumber(coder, mantissas, Wrap(bits)));
  const std::uint32_t unused = 64 - 8 * ColumnBytes(kind_);
  return value << unused >> unused;
}

}  // namespace norlog
