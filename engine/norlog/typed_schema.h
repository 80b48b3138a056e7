// norlog/typed_schema.h - a schema as a type, checked by the compiler.
//
//   using Weather = norlog::Schema<"WX=Q:time f:temp[C] f:hum[%]">;
//
//   constexpr norlog::FieldSpec kFields[] = {
//       {.name = "time", .type = norlog::FieldType::kU64},
//       {.name = "temp", .type = norlog::FieldType::kF32, .unit = "C"}};
//   using Temperature = norlog::TableSchema<kFields>;
//
// A schema that is wrong does not compile; the compiler's message names the
// reason and the place: SchemaIs<norlog::SchemaError::kUnknownCode, 3>.
#ifndef NORLOG_TYPED_SCHEMA_H_
#define NORLOG_TYPED_SCHEMA_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "norlog/field.h"
#include "norlog/schema.h"
#include "norlog/schema_text.h"
#include "norlog/text.h"

namespace norlog {

// Text as the argument of a template.
template <std::size_t kSize>
struct FixedText {
  char chars[kSize] = {};

  constexpr FixedText() = default;
  // NOLINTNEXTLINE(google-explicit-constructor): a literal is a template argument
  constexpr FixedText(const char (&literal)[kSize]) {
    for (std::size_t i = 0; i < kSize; ++i) chars[i] = literal[i];
  }
  constexpr Text text() const { return {chars, kSize - 1}; }
};

template <SchemaError kError, std::size_t kAt>
struct SchemaIs {
  static_assert(kError == SchemaError::kNone,
                "the names of this template's arguments say why the schema is wrong, and where");
};

namespace schema_internal {

constexpr std::size_t WireSize(Text schema) {
  TextWriter out(nullptr, 0);
  WriteWireSchema(schema, out);
  return out.size();
}

constexpr SchemaCheck CheckWithLength(Text schema) {
  SchemaCheck check = CheckSchema(schema);
  if (check.error == SchemaError::kNone && WireSize(schema) > kMaxSchemaBytes) {
    check = {SchemaError::kTooLong, kMaxSchemaBytes, check.field_count};
  }
  return check;
}

template <FixedText kSource>
inline constexpr SchemaCheck kCheck = CheckWithLength(kSource.text());

template <FixedText kSource>
inline constexpr auto kWire = [] {
  std::array<char, WireSize(kSource.text()) + 1> wire = {};
  TextWriter out(wire.data(), wire.size());
  WriteWireSchema(kSource.text(), out);
  return wire;
}();

template <FixedText kSource>
inline constexpr auto kFields = [] {
  std::array<Field, kCheck<kSource>.field_count> fields = {};
  SchemaParser parser(kSource.text());
  for (Field& field : fields) parser.Next(field);
  return fields;
}();

template <const auto& kTable>
constexpr void WriteTable(TextWriter& out) {
  for (const FieldSpec& field : kTable) {
    WriteField(field, /*with_aliases=*/true, out);
    out.Char(' ');
  }
}

template <const auto& kTable>
consteval auto TableText() {
  constexpr std::size_t kSize = [] {
    TextWriter out(nullptr, 0);
    WriteTable<kTable>(out);
    return out.size();
  }();
  FixedText<kSize + 1> text;
  TextWriter out(text.chars, kSize);
  WriteTable<kTable>(out);
  return text;
}

}  // namespace schema_internal

template <FixedText kSource>
class Schema
    : SchemaIs<schema_internal::kCheck<kSource>.error, schema_internal::kCheck<kSource>.at> {
 public:
  static constexpr std::size_t kFieldCount = schema_internal::kCheck<kSource>.field_count;
  // As written in the source, aliases included.
  static constexpr Text source() { return kSource.text(); }
  // As it stands in the log.
  static constexpr Text wire() {
    return {schema_internal::kWire<kSource>.data(), schema_internal::kWire<kSource>.size() - 1};
  }
  // NOLINTNEXTLINE(google-readability-casting): no cast
  static constexpr Text label() { return SchemaParser(source()).label(); }
  static constexpr const std::array<Field, kFieldCount>& fields() {
    return schema_internal::kFields<kSource>;
  }
  // The record's time is the first field, or no field at all.
  static constexpr bool has_time() { return fields()[0].is_time; }
};

// The same from a constexpr array of FieldSpec (with static storage).
template <const auto& kTable>
using TableSchema = Schema<schema_internal::TableText<kTable>()>;

}  // namespace norlog

#endif  // NORLOG_TYPED_SCHEMA_H_
