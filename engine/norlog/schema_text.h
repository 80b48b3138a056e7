// norlog/schema_text.h - schemas in the form in which they stand in a log.
//
// That form is the text itself, without what only the writer of the source needs: byte
// order, aliases, spare spaces. So equal schemas are equal bytes, and a hex dump explains
// itself.
#ifndef NORLOG_SCHEMA_TEXT_H_
#define NORLOG_SCHEMA_TEXT_H_

#include <cstddef>
#include <cstdint>

#include "norlog/field.h"
#include "norlog/schema.h"
#include "norlog/text.h"

namespace norlog {

// Fills a buffer with text from its front; what does not fit is only counted.
class TextWriter {
 public:
  constexpr TextWriter(char* out, std::size_t room) : out_(out), room_(room) {}

  constexpr void Char(char c) {
    if (size_ < room_) out_[size_] = c;
    ++size_;
  }
  constexpr void Put(Text text) {
    for (const char c : text) Char(c);
  }
  constexpr void Unsigned(std::uint64_t value) {
    if (value >= 10) Unsigned(value / 10);
    Char(static_cast<char>('0' + value % 10));
  }
  constexpr void Signed(std::int64_t value) {
    if (value < 0) Char('-');
    const auto bits = static_cast<std::uint64_t>(value);
    Unsigned(value < 0 ? ~bits + 1 : bits);
  }

  constexpr std::size_t size() const { return size_; }
  constexpr bool ok() const { return size_ <= room_; }

 private:
  char* out_;
  std::size_t room_;
  std::size_t size_ = 0;
};

// A row of a schema that is given as a constexpr table; what is left out is as in Field.
struct FieldSpec {
  Text name = {};
  FieldType type = FieldType::kU8;
  Text unit = {};
  int decimals = 0;
  Text values = {};
  Text aliases = {};
  std::uint8_t count = 0;  // 0: no array
};

namespace schema_internal {

constexpr void WriteScale(int decimals, TextWriter& out) {
  if (decimals == 0) return;
  out.Put(decimals > 0 ? Text("/1") : Text("*1"));
  for (int i = decimals > 0 ? decimals : -decimals; i > 0; --i) out.Char('0');
}

constexpr void WriteValues(Text values, TextWriter& out) {
  if (values.empty()) return;
  out.Char('{');
  Text name;
  std::int64_t value = -1;
  for (bool first = true;; first = false) {
    const std::int64_t before = value;
    if (!TakeValue(values, name, value)) break;
    if (!first) out.Char(',');
    out.Put(name);
    if (before == INT64_MAX || value == before + 1) continue;
    out.Char('=');
    out.Signed(value);
  }
  out.Char('}');
}

constexpr void WriteField(const FieldSpec& field, bool with_aliases, TextWriter& out) {
  const bool is_string = field.type == FieldType::kChar && field.count > 0;
  if (field.count > 0) out.Unsigned(field.count);
  out.Char(is_string ? 's' : static_cast<char>(field.type));
  if (!field.name.empty()) {
    out.Char(':');
    out.Put(field.name);
  }
  if (with_aliases && !field.aliases.empty()) {
    out.Char('|');
    out.Put(field.aliases);
  }
  WriteValues(field.values, out);
  if (!field.unit.empty()) {
    out.Char('[');
    out.Put(field.unit);
    out.Char(']');
  }
  WriteScale(field.decimals, out);
}

constexpr bool IsBare(const FieldSpec& field) {
  return field.name.empty() && field.unit.empty() && field.values.empty() && field.decimals == 0;
}

constexpr FieldSpec SpecOf(const Field& field) {
  return {field.name,
          field.type,
          field.unit,
          field.decimals,
          field.values,
          field.aliases,
          field.is_array ? field.count : std::uint8_t{0}};
}

}  // namespace schema_internal

// Writes the form for the log of a schema that CheckSchema finds right.
constexpr void WriteWireSchema(Text schema, TextWriter& out) {
  SchemaParser parser(schema);
  if (!parser.label().empty()) {
    out.Put(parser.label());
    out.Char('=');
  }
  bool space = false;
  for (Field field; parser.Next(field);) {
    const FieldSpec spec = schema_internal::SpecOf(field);
    if (space) out.Char(' ');
    schema_internal::WriteField(spec, /*with_aliases=*/false, out);
    space = !schema_internal::IsBare(spec);
  }
}

}  // namespace norlog

#endif  // NORLOG_SCHEMA_TEXT_H_
