// norlog/schema.h - a schema as text, taken apart (docs/SCHEMA.md).
//
//   "Qff"                                        three fields
//   "Q:time f:temp[C] f:hum[%]"                  with names and units
//   "TEMP=Q:time h:temp[C]/10 B:state{off,on}"   with a label, a scale, named values
//
// One text serves the programmer, who writes it into the source, the compiler,
// which checks it, and the log, where it stands as it is. Everything is
// constexpr and runs as well on a device, on text that comes from flash: the
// parser holds nothing but its place, leaves no bounds and ends on any input.
#ifndef NORLOG_SCHEMA_H_
#define NORLOG_SCHEMA_H_

#include <cstddef>
#include <cstdint>

#include "norlog/field.h"
#include "norlog/text.h"

namespace norlog {

// A schema in a log has to fit into a block beside the record it explains.
inline constexpr std::size_t kMaxSchemaBytes = 240;
inline constexpr std::uint32_t kMaxFields = 32;
inline constexpr int kMaxDecimals = 18;

// What is wrong with a schema; kNone if nothing.
enum class SchemaError : std::uint8_t {
  kNone,
  kEmpty,             // no field
  kTooLong,           // more than kMaxSchemaBytes as it stands in the log
  kTooManyFields,     // more than kMaxFields
  kUnknownCode,       // no such letter
  kUnsupportedCode,   // a letter of struct's that means nothing in a log: x e n N p P
  kUnsupportedOrder,  // > ! @: payloads are little endian and packed, as `<` says
  kBadCount,          // not 1 to 255
  kCountOnVariable,   // an array of S or Y
  kBadName,           // not a letter or _ and then letters, digits, _
  kDuplicateName,     // a name or alias that another field, or another value, has
  kBadUnit,           // empty, or without its ]
  kBadScale,          // not /10 /100 ... or *10 *100 ..., up to 18 zeros
  kScaleOnOther,      // a scale on anything but numbers, timestamps, durations
  kBadValues,         // not {name,name=3,...}, a number outside the type
  kValuesOnOther,     // named values on anything but integers
  kMissingSpace,      // between a field with a name, unit, scale or values and the next
};

namespace schema_internal {

constexpr bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool IsNameChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || IsDigit(c);
}

// The length of the name that `text` begins with; 0 if there is none.
constexpr std::size_t NameSize(Text text) {
  if (text.empty() || IsDigit(text[0])) return 0;
  std::size_t size = 0;
  while (size < text.size() && IsNameChar(text[size])) ++size;
  return size;
}

constexpr bool IsOneOf(char c, Text choices) {
  for (const char choice : choices) {
    if (c == choice) return true;
  }
  return false;
}

}  // namespace schema_internal

// A decimal number with an optional minus; false if it is none or needs more
// than 64 bits.
constexpr bool ParseInteger(Text digits, std::int64_t& value) {
  const bool negative = !digits.empty() && digits[0] == '-';
  if (negative) digits = digits.From(1);
  if (digits.empty()) return false;
  std::uint64_t magnitude = 0;
  for (const char c : digits) {
    if (!schema_internal::IsDigit(c)) return false;
    const auto digit = static_cast<std::uint64_t>(c - '0');
    if (magnitude > (UINT64_MAX - digit) / 10) return false;
    magnitude = magnitude * 10 + digit;
  }
  if (magnitude > (std::uint64_t{1} << 63) - (negative ? 0 : 1)) return false;
  value = static_cast<std::int64_t>(negative ? ~magnitude + 1 : magnitude);
  return true;
}

// Takes the next name and number off a list of named values. The number of one
// without is one more than the one before; `value` starts at -1.
constexpr bool TakeValue(Text& list, Text& name, std::int64_t& value) {
  Text item;
  if (!TakeItem(list, ',', item)) return false;
  const std::size_t size = schema_internal::NameSize(item);
  name = item.Part(0, size);
  std::int64_t given = 0;
  if (size == item.size() && value < INT64_MAX) {
    ++value;
  } else if (size < item.size() && item[size] == '=' && ParseInteger(item.From(size + 1), given)) {
    value = given;
  } else {
    name = Text();  // no name says that this is none
  }
  return true;
}

// Takes a schema apart, field by field.
class SchemaParser {
 public:
  // Skips the label and the byte order.
  constexpr explicit SchemaParser(Text text);

  // The next field; false at the end, or where something is wrong. Spans of
  // the field lie in the text.
  constexpr bool Next(Field& field);

  constexpr Text label() const { return label_; }
  constexpr SchemaError error() const { return error_; }
  constexpr std::size_t at() const { return at_; }  // where the error is

 private:
  constexpr bool Fail(SchemaError error) {
    error_ = error;
    return false;
  }
  constexpr bool more() const { return at_ < text_.size(); }
  constexpr char peek() const { return more() ? text_[at_] : '\0'; }
  constexpr bool Take(char c) {
    if (!more() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  constexpr bool TakeUpTo(char end, Text& inside);
  constexpr bool TakeName(Text& name);
  constexpr bool TakeCount(std::uint32_t& count, bool& counted);
  constexpr bool TakeCode(FieldType& type, bool& is_string);
  constexpr bool TakeNames(Field& field);
  constexpr bool TakeValues(Field& field);
  constexpr bool TakeUnit(Field& field);
  constexpr bool TakeScale(Field& field);
  constexpr bool TakeDetails(Field& field);
  constexpr bool EndField(bool bare);

  Text text_;
  Text label_;
  std::size_t at_ = 0;
  std::uint32_t repeats_ = 0;  // fields of a bare "3f" still to come
  Field repeated_;
  bool first_ = true;
  SchemaError error_ = SchemaError::kNone;
};

constexpr SchemaParser::SchemaParser(Text text) : text_(text) {
  const std::size_t size = schema_internal::NameSize(text);
  if (size > 0 && size < text.size() && text[size] == '=') {
    label_ = text.Part(0, size);
    at_ = size + 1;
  }
  if (!Take('<')) Take('=');
  if (more() && schema_internal::IsOneOf(peek(), ">!@")) error_ = SchemaError::kUnsupportedOrder;
  while (Take(' ')) {
  }
}

constexpr bool SchemaParser::TakeUpTo(char end, Text& inside) {
  const std::size_t begin = at_;
  while (more() && peek() != end) ++at_;
  inside = text_.Part(begin, at_ - begin);
  return Take(end) && !inside.empty();
}

constexpr bool SchemaParser::TakeName(Text& name) {
  const std::size_t size = schema_internal::NameSize(text_.From(at_));
  if (size == 0) return Fail(SchemaError::kBadName);
  name = text_.Part(at_, size);
  at_ += size;
  return true;
}

constexpr bool SchemaParser::TakeCount(std::uint32_t& count, bool& counted) {
  counted = schema_internal::IsDigit(peek());
  count = counted ? 0 : 1;
  while (schema_internal::IsDigit(peek())) {
    count = count * 10 + static_cast<std::uint32_t>(peek() - '0');
    ++at_;
    if (count > 255) return Fail(SchemaError::kBadCount);
  }
  return count > 0 || Fail(SchemaError::kBadCount);
}

constexpr bool SchemaParser::TakeCode(FieldType& type, bool& is_string) {
  const char code = peek();
  is_string = code == 's';
  if (schema_internal::IsOneOf(code, "?bBhHiIqQfdcSYTD")) {
    type = static_cast<FieldType>(code);
  } else if (code == 's') {
    type = FieldType::kChar;
  } else if (code == 'l') {
    type = FieldType::kI32;
  } else if (code == 'L') {
    type = FieldType::kU32;
  } else {
    return Fail(schema_internal::IsOneOf(code, "xenNpP") ? SchemaError::kUnsupportedCode
                                                         : SchemaError::kUnknownCode);
  }
  ++at_;
  return true;
}

// ":name|alias|alias"
constexpr bool SchemaParser::TakeNames(Field& field) {
  if (!Take(':')) return true;
  if (!TakeName(field.name)) return false;
  const std::size_t begin = at_ + 1;
  Text alias;
  while (Take('|')) {
    if (!TakeName(alias)) return false;
    field.aliases = text_.Part(begin, at_ - begin);
  }
  return true;
}

constexpr bool SchemaParser::TakeValues(Field& field) {
  if (!Take('{')) return true;
  if (!IsInteger(field.type)) return Fail(SchemaError::kValuesOnOther);
  if (!TakeUpTo('}', field.values)) return Fail(SchemaError::kBadValues);
  if (field.values[field.values.size() - 1] == ',') return Fail(SchemaError::kBadValues);
  const std::uint32_t bits = 8 * ValueBytes(field.type) - (IsSigned(field.type) ? 1 : 0);
  const std::int64_t high =
      bits >= 63 ? INT64_MAX : static_cast<std::int64_t>((std::uint64_t{1} << bits) - 1);
  const std::int64_t low = IsSigned(field.type) ? -high - 1 : 0;
  Text list = field.values;
  Text name;
  std::int64_t value = -1;
  while (TakeValue(list, name, value)) {
    if (name.empty() || value < low || value > high) return Fail(SchemaError::kBadValues);
    Text others = list;
    Text other;
    std::int64_t other_value = value;
    while (TakeValue(others, other, other_value) && !other.empty()) {
      if (other == name || other_value == value) return Fail(SchemaError::kDuplicateName);
    }
  }
  return true;
}

constexpr bool SchemaParser::TakeUnit(Field& field) {
  if (!Take('[')) return true;
  return TakeUpTo(']', field.unit) || Fail(SchemaError::kBadUnit);
}

// "/100" or "*10"
constexpr bool SchemaParser::TakeScale(Field& field) {
  const bool divides = peek() == '/';
  if (!Take('/') && !Take('*')) return true;
  int zeros = 0;
  if (!Take('1')) return Fail(SchemaError::kBadScale);
  while (Take('0')) ++zeros;
  if (zeros == 0 || zeros > kMaxDecimals) return Fail(SchemaError::kBadScale);
  field.decimals = static_cast<std::int8_t>(divides ? zeros : -zeros);
  switch (field.type) {
    case FieldType::kBool:
    case FieldType::kChar:
    case FieldType::kText:
    case FieldType::kBytes: return Fail(SchemaError::kScaleOnOther);
    default: break;
  }
  return field.values.empty() || Fail(SchemaError::kScaleOnOther);
}

constexpr bool SchemaParser::TakeDetails(Field& field) {
  return TakeNames(field) && TakeValues(field) && TakeUnit(field) && TakeScale(field);
}

// Fields of nothing but a code may stand side by side.
constexpr bool SchemaParser::EndField(bool bare) {
  if (!bare && more() && peek() != ' ') return Fail(SchemaError::kMissingSpace);
  while (Take(' ')) {
  }
  return true;
}

constexpr bool SchemaParser::Next(Field& field) {
  if (error_ != SchemaError::kNone) return false;
  if (repeats_ > 0) {
    --repeats_;
    field = repeated_;
    return true;
  }
  if (!more()) return false;
  field = Field();
  std::uint32_t count = 1;
  bool counted = false;
  bool is_string = false;
  if (!TakeCount(count, counted) || !TakeCode(field.type, is_string)) return false;
  if (counted && IsVariable(field.type)) return Fail(SchemaError::kCountOnVariable);
  const std::size_t behind_code = at_;
  if (!TakeDetails(field)) return false;
  const bool bare = at_ == behind_code;
  if (!EndField(bare)) return false;
  if (is_string || (counted && !field.name.empty())) {
    field.is_array = true;
    field.count = static_cast<std::uint8_t>(count);
  } else if (count > 1) {
    repeats_ = count - 1;
    repeated_ = field;
  }
  const bool time_name = field.name.empty() || field.name == Text("time");
  const bool time_type = field.type == FieldType::kI64 || field.type == FieldType::kU64;
  field.is_time = first_ && !field.is_array && field.decimals == 0 && field.values.empty() &&
                  (field.type == FieldType::kTimestamp || (time_type && time_name));
  first_ = false;
  return true;
}

// What CheckSchema found, and where in the text.
struct SchemaCheck {
  SchemaError error = SchemaError::kNone;
  std::size_t at = 0;
  std::uint32_t field_count = 0;
};

namespace schema_internal {

constexpr bool HasName(const Field& field, Text name) {
  if (field.name == name) return true;
  Text list = field.aliases;
  for (Text alias; TakeItem(list, '|', alias);) {
    if (alias == name) return true;
  }
  return false;
}

constexpr bool SharesName(const Field& a, const Field& b) {
  if (a.name.empty() || b.name.empty()) return false;
  if (HasName(a, b.name)) return true;
  Text list = b.aliases;
  for (Text alias; TakeItem(list, '|', alias);) {
    if (HasName(a, alias)) return true;
  }
  return false;
}

}  // namespace schema_internal

// Judges a whole schema. Every parser on text that passed reaches its end.
constexpr SchemaCheck CheckSchema(Text text) {
  SchemaParser parser(text);
  SchemaCheck check;
  for (Field field; parser.Next(field); ++check.field_count) {
    check.at = parser.at();
    if (check.field_count == kMaxFields) {
      check.error = SchemaError::kTooManyFields;
      return check;
    }
    SchemaParser earlier(text);
    Field other;
    for (std::uint32_t i = 0; i < check.field_count && earlier.Next(other); ++i) {
      if (schema_internal::SharesName(field, other)) check.error = SchemaError::kDuplicateName;
    }
    if (check.error != SchemaError::kNone) return check;
  }
  check.error = parser.error();
  check.at = parser.at();
  if (check.error == SchemaError::kNone && check.field_count == 0) {
    check.error = SchemaError::kEmpty;
  }
  return check;
}

}  // namespace norlog

#endif  // NORLOG_SCHEMA_H_
