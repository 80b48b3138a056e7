// norlog/field.h - one field of a schema (docs/SCHEMA.md).
#ifndef NORLOG_FIELD_H_
#define NORLOG_FIELD_H_

#include <cstdint>

#include "norlog/text.h"

namespace norlog {

// Named by the letter that stands for it in a schema. Letters that Python's
// struct module has, too, mean what they mean there.
enum class FieldType : std::uint8_t {
  kBool = '?',
  kI8 = 'b',
  kU8 = 'B',
  kI16 = 'h',
  kU16 = 'H',
  kI32 = 'i',
  kU32 = 'I',
  kI64 = 'q',
  kU64 = 'Q',
  kF32 = 'f',
  kF64 = 'd',
  kChar = 'c',       // one byte of text; an array of them (`8s`) ends at its first zero
  kText = 'S',       // UTF-8 of any length
  kBytes = 'Y',      // bytes of any length
  kTimestamp = 'T',  // 64 bits, signed, since 1970-01-01T00:00Z; in seconds if no unit says else
  kDuration = 'D',   // 64 bits, signed; in seconds if no unit says else
};

// Bytes of one value in a payload; 0: its length stands before it.
constexpr std::uint32_t ValueBytes(FieldType type) {
  switch (type) {
    case FieldType::kBool:
    case FieldType::kI8:
    case FieldType::kU8:
    case FieldType::kChar: return 1;
    case FieldType::kI16:
    case FieldType::kU16: return 2;
    case FieldType::kI32:
    case FieldType::kU32:
    case FieldType::kF32: return 4;
    case FieldType::kI64:
    case FieldType::kU64:
    case FieldType::kF64:
    case FieldType::kTimestamp:
    case FieldType::kDuration: return 8;
    case FieldType::kText:
    case FieldType::kBytes: return 0;
  }
  return 0;
}

constexpr bool IsVariable(FieldType type) {
  return ValueBytes(type) == 0;
}

constexpr bool IsFloat(FieldType type) {
  return type == FieldType::kF32 || type == FieldType::kF64;
}

// Plain integers: not bool, char, timestamp or duration.
constexpr bool IsInteger(FieldType type) {
  switch (type) {
    case FieldType::kI8:
    case FieldType::kU8:
    case FieldType::kI16:
    case FieldType::kU16:
    case FieldType::kI32:
    case FieldType::kU32:
    case FieldType::kI64:
    case FieldType::kU64: return true;
    default: return false;
  }
}

// True if the values of an integer, timestamp or duration have a sign.
constexpr bool IsSigned(FieldType type) {
  return type == FieldType::kI8 || type == FieldType::kI16 || type == FieldType::kI32 ||
         type == FieldType::kI64 || type == FieldType::kTimestamp || type == FieldType::kDuration;
}

struct Field {
  FieldType type = FieldType::kU8;
  // The record's time: its value stands in the record itself and takes no byte
  // of the payload.
  bool is_time = false;
  bool is_array = false;
  std::uint8_t count = 1;    // values of an array, 1 to 255; else 1
  std::int8_t decimals = 0;  // value = what is stored / 10^decimals; a float is a multiple of that
  Text name;                 // empty: it is known by its place among the fields without a name
  Text unit;
  Text values;   // "idle,run,fault=7": names of an integer's values
  Text aliases;  // "temperature|t1": what it was called once

  // Bytes in a payload; 0: they depend on the value.
  constexpr std::uint32_t payload_bytes() const {
    return is_time ? 0 : std::uint32_t{count} * ValueBytes(type);
  }
};

// Takes the next of "a|b|c" or "a,b,c" off its front; false if nothing is left.
constexpr bool TakeItem(Text& list, char separator, Text& item) {
  if (list.empty()) return false;
  std::size_t size = 0;
  while (size < list.size() && list[size] != separator) ++size;
  item = list.Part(0, size);
  list = size < list.size() ? list.From(size + 1) : Text();
  return true;
}

}  // namespace norlog

#endif  // NORLOG_FIELD_H_
