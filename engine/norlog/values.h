// norlog/values.h - the values of a record in C++, and as a payload.
#ifndef NORLOG_VALUES_H_
#define NORLOG_VALUES_H_

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>

#include "norlog/bytes.h"
#include "norlog/field.h"
#include "norlog/text.h"
#include "norlog/typed_schema.h"

namespace norlog {

// All texts and bytes of a record together may have this many, beside its other values.
inline constexpr std::uint32_t kMaxVariableBytes = 256;

namespace values_internal {

template <FieldType kType>
consteval auto Example() {
  if constexpr (kType == FieldType::kBool) return bool{};
  if constexpr (kType == FieldType::kI8) return std::int8_t{};
  if constexpr (kType == FieldType::kU8) return std::uint8_t{};
  if constexpr (kType == FieldType::kI16) return std::int16_t{};
  if constexpr (kType == FieldType::kU16) return std::uint16_t{};
  if constexpr (kType == FieldType::kI32) return std::int32_t{};
  if constexpr (kType == FieldType::kU32) return std::uint32_t{};
  if constexpr (kType == FieldType::kI64) return std::int64_t{};
  if constexpr (kType == FieldType::kU64) return std::uint64_t{};
  if constexpr (kType == FieldType::kF32) return float{};
  if constexpr (kType == FieldType::kF64) return double{};
  if constexpr (kType == FieldType::kChar) return char{};
  if constexpr (kType == FieldType::kText) return Text{};
  if constexpr (kType == FieldType::kBytes) return std::span<const std::uint8_t>{};
  if constexpr (kType == FieldType::kTimestamp) return std::int64_t{};
  if constexpr (kType == FieldType::kDuration) return std::int64_t{};
}

template <FieldType kType, bool kIsArray, std::size_t kCount>
struct ValueOf {
  using Type = decltype(Example<kType>());
};
template <FieldType kType, std::size_t kCount>
struct ValueOf<kType, true, kCount> {
  using Type = std::array<decltype(Example<kType>()), kCount>;
};

template <class S, std::size_t kIndex>
using FieldValue = typename ValueOf<S::fields()[kIndex].type, S::fields()[kIndex].is_array,
                                    S::fields()[kIndex].count>::Type;

template <class S, class Indices>
struct TupleOf;
template <class S, std::size_t... kIndex>
struct TupleOf<S, std::index_sequence<kIndex...>> {
  using Type = std::tuple<FieldValue<S, kIndex>...>;
};

template <class T>
inline constexpr bool kIsInteger =
    std::is_integral_v<T> && !std::is_same_v<T, bool> && !std::is_same_v<T, char>;

template <class T>
concept Characters = requires(const T& t) {
  { t.data() } -> std::convertible_to<const char*>;
  { t.size() } -> std::convertible_to<std::size_t>;
};

// Whether an argument can be given for a value at all; whether it fits may depend on it.
template <class Arg, class Value>
constexpr bool Accepts() {
  if constexpr (std::is_enum_v<Arg>) {
    return kIsInteger<Value>;
  } else if constexpr (kIsInteger<Value>) {
    return kIsInteger<Arg>;
  } else if constexpr (std::is_same_v<Value, float>) {
    return std::is_same_v<Arg, float> || (kIsInteger<Arg> && sizeof(Arg) <= 2);
  } else if constexpr (std::is_same_v<Value, double>) {
    return std::is_floating_point_v<Arg> || (kIsInteger<Arg> && sizeof(Arg) <= 4);
  } else if constexpr (std::is_same_v<Value, Text>) {
    return Characters<Arg> || std::is_convertible_v<Arg, Text>;
  } else if constexpr (std::is_same_v<Value, std::span<const std::uint8_t>>) {
    return std::is_convertible_v<Arg, Value>;
  } else if constexpr (requires { typename Value::value_type; }) {
    using Element = typename Value::value_type;
    return std::is_convertible_v<Arg, Value> ||
           (std::is_same_v<Element, char> && (Characters<Arg> || std::is_convertible_v<Arg, Text>));
  } else {
    return std::is_same_v<Arg, Value>;  // bool and char: only themselves
  }
}

template <class Arg>
constexpr Text AsText(const Arg& arg) {
  if constexpr (std::is_convertible_v<Arg, Text>) {
    return arg;
  } else {
    return {arg.data(), arg.size()};
  }
}

// False if the argument does not fit.
template <class Arg, class Value>
constexpr bool Convert(const Arg& arg, Value& value) {
  if constexpr (std::is_enum_v<Arg>) {
    return Convert(static_cast<std::underlying_type_t<Arg>>(arg), value);
  } else if constexpr (kIsInteger<Value>) {
    value = static_cast<Value>(arg);
    return std::in_range<Value>(arg);
  } else if constexpr (std::is_same_v<Value, Text>) {
    value = AsText(arg);
    return true;
  } else if constexpr (std::is_convertible_v<Arg, Value>) {
    value = static_cast<Value>(arg);
    return true;
  } else {
    const Text text = AsText(arg);
    if (text.size() > value.size()) return false;
    value = {};
    for (std::size_t i = 0; i < text.size(); ++i) value[i] = text[i];
    return true;
  }
}

template <class T>
constexpr std::uint64_t BitsOf(T value) {
  if constexpr (std::is_same_v<T, float>) {
    return std::bit_cast<std::uint32_t>(value);
  } else if constexpr (std::is_same_v<T, double>) {
    return std::bit_cast<std::uint64_t>(value);
  } else {
    return static_cast<std::uint64_t>(value);
  }
}

}  // namespace values_internal

// The values of a record under a schema: one element a field, as docs/SCHEMA.md says.
template <class S>
using Values = typename values_internal::TupleOf<S, std::make_index_sequence<S::kFieldCount>>::Type;

// Fills a payload, value by value. What does not fit clears ok().
class PayloadWriter {
 public:
  explicit PayloadWriter(std::span<std::uint8_t> out) : out_(out) {}

  template <class T>
  void Put(const T& value) {
    if constexpr (std::is_same_v<T, Text>) {
      PutVariable(value.bytes());
    } else if constexpr (std::is_same_v<T, std::span<const std::uint8_t>>) {
      PutVariable(value);
    } else if constexpr (requires { value.size(); }) {
      for (const auto& element : value) Put(element);
    } else {
      PutBits(values_internal::BitsOf(value), sizeof(T));
    }
  }

  bool ok() const { return ok_; }
  std::span<const std::uint8_t> payload() const { return out_.first(size_); }

 private:
  void PutBits(std::uint64_t bits, std::size_t bytes) {
    for (std::size_t i = 0; i < bytes; ++i) PutByte(static_cast<std::uint8_t>(bits >> (8 * i)));
  }
  void PutVariable(std::span<const std::uint8_t> bytes) {
    std::size_t length = bytes.size();
    for (; length >= 0x80; length >>= 7) PutByte(static_cast<std::uint8_t>(length | 0x80));
    PutByte(static_cast<std::uint8_t>(length));
    for (const std::uint8_t byte : bytes) PutByte(byte);
  }
  void PutByte(std::uint8_t byte) {
    if (size_ < out_.size()) {
      out_[size_++] = byte;
    } else {
      ok_ = false;
    }
  }

  std::span<std::uint8_t> out_;
  std::size_t size_ = 0;
  bool ok_ = true;
};

// Room for any payload of a schema.
template <class S>
constexpr std::size_t PayloadRoom() {
  std::size_t bytes = 0;
  bool variable = false;
  for (const Field& field : S::fields()) {
    bytes += field.payload_bytes();
    if (!IsVariable(field.type)) continue;
    variable = true;
    bytes += 2;
  }
  return bytes + (variable ? kMaxVariableBytes : 0);
}

// Writes a record's payload: all values but the time.
template <class S>
void PutPayload(const Values<S>& values, PayloadWriter& out) {
  [&]<std::size_t... kIndex>(std::index_sequence<kIndex...>) {
    (
        [&] {
          if constexpr (!S::fields()[kIndex].is_time) out.Put(std::get<kIndex>(values));
        }(),
        ...);
  }
  (std::make_index_sequence<S::kFieldCount>());
}

}  // namespace norlog

#endif  // NORLOG_VALUES_H_
