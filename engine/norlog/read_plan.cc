#include "norlog/read_plan.h"

#include <bit>
#include <cstring>

#include "norlog/bytes.h"

namespace norlog {
namespace {

constexpr std::uint32_t kNobody = 0xFF;

// Integers, bools and times as ranges: value bits beside the sign.
std::uint32_t ValueBits(FieldType type) {
  if (type == FieldType::kBool) return 1;
  return 8 * ValueBytes(type) - (IsSigned(type) ? 1 : 0);
}
bool IsTimeType(FieldType type) {
  return type == FieldType::kTimestamp || type == FieldType::kDuration;
}
bool IsWhole(FieldType type) {
  return IsInteger(type) || IsTimeType(type) || type == FieldType::kBool;
}
bool IsWide(FieldType type) {
  return IsSigned(type) && ValueBytes(type) == 8;
}

Mismatch CompareWhole(FieldType stored, FieldType wanted) {
  if (IsFloat(wanted)) {
    const std::uint32_t exact_bits = wanted == FieldType::kF32 ? 24 : 53;
    if (IsTimeType(stored)) return Mismatch::kTypeChanged;
    return ValueBits(stored) <= exact_bits ? Mismatch::kNone : Mismatch::kNarrowed;
  }
  if (!IsWhole(wanted) || (IsTimeType(stored) && IsTimeType(wanted))) return Mismatch::kTypeChanged;
  if (IsTimeType(wanted)) return IsWide(stored) ? Mismatch::kNone : Mismatch::kTypeChanged;
  const bool holds =
      ValueBits(stored) <= ValueBits(wanted) && (IsSigned(wanted) || !IsSigned(stored));
  return holds ? Mismatch::kNone : Mismatch::kNarrowed;
}

Mismatch CompareTypes(FieldType stored, FieldType wanted) {
  if (stored == wanted) return Mismatch::kNone;
  if (IsWhole(stored)) return CompareWhole(stored, wanted);
  if (stored == FieldType::kF32 && wanted == FieldType::kF64) return Mismatch::kNone;
  if (stored == FieldType::kF64 && wanted == FieldType::kF32) return Mismatch::kNarrowed;
  const bool text_as_bytes = stored == FieldType::kText && wanted == FieldType::kBytes;
  return text_as_bytes ? Mismatch::kNone : Mismatch::kTypeChanged;
}

// Names and numbers that both lists have must belong together in both.
Mismatch CompareValues(Text stored, Text wanted) {
  Text name;
  std::int64_t value = -1;
  while (TakeValue(stored, name, value)) {
    Text list = wanted;
    Text other;
    std::int64_t other_value = -1;
    while (TakeValue(list, other, other_value)) {
      if ((other == name) != (other_value == value)) return Mismatch::kValuesChanged;
    }
  }
  return Mismatch::kNone;
}

Mismatch CompareFields(const Field& stored, const Field& wanted) {
  if (!stored.unit.empty() && !wanted.unit.empty() && !(stored.unit == wanted.unit)) {
    return Mismatch::kUnitChanged;
  }
  if (stored.is_time && wanted.is_time) return Mismatch::kNone;
  if (stored.is_array != wanted.is_array || stored.count > wanted.count) {
    return Mismatch::kShapeChanged;
  }
  const Mismatch types = CompareTypes(stored.type, wanted.type);
  if (types != Mismatch::kNone) return types;
  if (stored.decimals != wanted.decimals && !IsFloat(stored.type)) return Mismatch::kScaleChanged;
  return CompareValues(stored.values, wanted.values);
}

// Which of the reader's fields a stored one is: by name, else by an alias that no
// stored field bears as its name, else, without a name, by its place among such fields.
std::uint32_t FindReader(Text schema, const Field& stored, std::uint32_t unnamed,
                         std::span<const Field> reader) {
  std::uint32_t place = 0;
  for (std::uint32_t i = 0; i < reader.size(); ++i) {
    const Field& field = reader[i];
    if (field.is_time && stored.is_time) return i;
    if (field.name.empty() != stored.name.empty() || (field.name.empty() && field.is_time))
      continue;
    if (field.name.empty() && place++ == unnamed) return i;
    if (!field.name.empty() && field.name == stored.name) return i;
  }
  if (stored.name.empty()) return kNobody;
  for (std::uint32_t i = 0; i < reader.size(); ++i) {
    if (!schema_internal::HasName(reader[i], stored.name)) continue;
    SchemaParser parser(schema);
    bool named = false;
    for (Field field; parser.Next(field);) named |= field.name == reader[i].name;
    return named ? kNobody : i;
  }
  return kNobody;
}

// The bits of a stored whole number as 64 of them, its sign kept.
std::uint64_t Extend(FieldType type, std::uint64_t bits) {
  if (type == FieldType::kBool) return bits != 0 ? 1 : 0;
  const std::uint32_t unused = 64 - 8 * ValueBytes(type);
  if (!IsSigned(type) || unused == 0) return bits;
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(bits << unused) >> unused);
}

// magnitude * 2^exponent as a double, exactly: at most 53 bits, no subnormals. (No float
// library: a Cortex-M0+ would link one for a conversion.)
std::uint64_t DoubleBits(bool negative, std::uint64_t magnitude, int exponent) {
  const std::uint64_t sign = std::uint64_t{negative} << 63;
  if (magnitude == 0) return sign;
  const int top = 63 - std::countl_zero(magnitude);
  const auto biased = std::uint64_t{static_cast<std::uint32_t>(1023 + top + exponent)};
  const std::uint64_t fraction = (magnitude << (63 - top) << 1) >> 12;
  return sign | biased << 52 | fraction;
}

std::uint64_t FloatBits(bool negative, std::uint32_t magnitude) {
  const std::uint32_t sign = std::uint32_t{negative} << 31;
  if (magnitude == 0) return sign;
  const int top = 31 - std::countl_zero(magnitude);
  const std::uint32_t fraction = (magnitude << (31 - top) << 1) >> 9;
  return sign | static_cast<std::uint32_t>(127 + top) << 23 | fraction;
}

std::uint64_t DoubleOfFloat(std::uint32_t bits) {
  const bool negative = bits >> 31 != 0;
  const std::uint32_t exponent = bits >> 23 & 0xff;
  const std::uint64_t fraction = bits & 0x7fffff;
  if (exponent == 0xff) {  // infinity, or a NaN with all its bits
    return std::uint64_t{negative} << 63 | std::uint64_t{0x7ff} << 52 | fraction << 29;
  }
  if (exponent == 0) return DoubleBits(negative, fraction, -149);
  return DoubleBits(negative, fraction | 0x800000, static_cast<int>(exponent) - 150);
}

std::uint64_t ConvertBits(FieldType stored, FieldType wanted, std::uint64_t bits) {
  if (stored == FieldType::kF32 && wanted == FieldType::kF64) {
    return DoubleOfFloat(static_cast<std::uint32_t>(bits));
  }
  if (!IsWhole(stored)) return bits;
  const std::uint64_t whole = Extend(stored, bits);
  if (!IsFloat(wanted)) return whole;
  const bool negative = IsSigned(stored) && static_cast<std::int64_t>(whole) < 0;
  const std::uint64_t magnitude = negative ? ~whole + 1 : whole;
  if (wanted == FieldType::kF64) return DoubleBits(negative, magnitude, 0);
  return FloatBits(negative, static_cast<std::uint32_t>(magnitude));
}

template <class T>
void StoreAs(void* out, std::uint32_t index, std::uint64_t bits) {
  const T value = static_cast<T>(bits);
  std::memcpy(static_cast<std::uint8_t*>(out) + index * sizeof(T), &value, sizeof(T));
}

void StoreBits(FieldType type, std::uint64_t bits, void* out, std::uint32_t index) {
  if (type == FieldType::kBool) {
    static_cast<bool*>(out)[index] = bits != 0;
    return;
  }
  switch (ValueBytes(type)) {
    case 1: return StoreAs<std::uint8_t>(out, index, bits);
    case 2: return StoreAs<std::uint16_t>(out, index, bits);
    case 4: return StoreAs<std::uint32_t>(out, index, bits);
    default: return StoreAs<std::uint64_t>(out, index, bits);
  }
}

std::uint64_t TakeBits(ByteReader& in, std::uint32_t bytes) {
  std::uint64_t bits = 0;
  for (std::uint32_t i = 0; i < bytes; ++i) bits |= std::uint64_t{in.U8()} << (8 * i);
  return bits;
}

}  // namespace

Status ReadPlan::Compile(Text stored, std::span<const Field> reader) {
  *this = ReadPlan();
  if (CheckSchema(stored).error != SchemaError::kNone) return Fail(Mismatch::kBadSchema, 0);
  for (std::uint32_t i = 0; i < reader.size(); ++i) {
    if (reader[i].is_time) time_target_ = static_cast<std::uint8_t>(i);
  }
  SchemaParser parser(stored);
  std::uint32_t unnamed = 0;
  for (Field field; parser.Next(field);) {
    const bool counts = field.name.empty() && !field.is_time;
    const std::uint32_t target = FindReader(stored, field, counts ? unnamed++ : kNobody, reader);
    Step& step = steps_[step_count_++];
    step = {field.type, field.type, field.count, kSkip};
    if (field.is_time) first_is_time_ = true;
    if (target == kNobody) continue;
    if (reader[target].is_time && !field.is_time) return Fail(Mismatch::kTimeChanged, target);
    const Mismatch mismatch = CompareFields(field, reader[target]);
    if (mismatch != Mismatch::kNone) return Fail(mismatch, target);
    if (reader[target].is_time) continue;  // time_target_
    step.wanted = reader[target].type;
    step.target = static_cast<std::uint8_t>(target);
  }
  return Status::kOk;
}

Status ReadPlan::Read(std::int64_t time, std::span<const std::uint8_t> payload,
                      std::span<const Target> targets) {
  ByteReader in(payload);
  if (time_target_ != kSkip) {
    StoreBits(FieldType::kI64, static_cast<std::uint64_t>(time), targets[time_target_].value, 0);
  }
  for (std::uint32_t i = 0; i < step_count_; ++i) {
    const Step& step = steps_[i];
    void* const out = step.target == kSkip ? nullptr : targets[step.target].value;
    if (IsVariable(step.stored)) {
      const std::span<const std::uint8_t> bytes = in.Bytes(static_cast<std::size_t>(in.Varint()));
      if (out == nullptr) continue;
      if (step.wanted == FieldType::kText) {
        *static_cast<Text*>(out) = Text::Of(bytes);
      } else {
        *static_cast<std::span<const std::uint8_t>*>(out) = bytes;
      }
      continue;
    }
    for (std::uint32_t k = 0; k < step.count; ++k) {
      const bool is_time = first_is_time_ && i == 0;
      const std::uint64_t bits =
          is_time ? static_cast<std::uint64_t>(time) : TakeBits(in, ValueBytes(step.stored));
      if (out != nullptr)
        StoreBits(step.wanted, ConvertBits(step.stored, step.wanted, bits), out, k);
    }
  }
  return in.ok() && in.rest().empty() ? Status::kOk : Fail(Mismatch::kBadPayload, 0);
}

}  // namespace norlog
