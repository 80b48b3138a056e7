// norlog/schema_columns.h - a schema as columns for the encoder.
//
//   constexpr norlog::ColumnList kWeather =
//       norlog::ColumnsOf(norlog::Schema<"Q:time f:temp[C] f:hum[%]">::wire());
//   constexpr norlog::TagColumns kTags[] = {{1, kWeather.kinds()}};
#ifndef NORLOG_SCHEMA_COLUMNS_H_
#define NORLOG_SCHEMA_COLUMNS_H_

#include <cstdint>
#include <span>

#include "norlog/columns.h"
#include "norlog/field.h"
#include "norlog/options.h"
#include "norlog/schema.h"
#include "norlog/text.h"

namespace norlog {

// The columns of one schema's payload; must outlive what its kinds are given to.
class ColumnList {
 public:
  // False if there is no room for so many.
  constexpr bool Add(ColumnKind kind, std::uint32_t times) {
    if (times > kMaxEncodedColumns - count_) return false;
    for (; times > 0; --times) kinds_[count_++] = kind;
    return true;
  }
  constexpr void Clear() { count_ = 0; }
  constexpr std::span<const ColumnKind> kinds() const { return {kinds_, count_}; }

 private:
  ColumnKind kinds_[kMaxEncodedColumns] = {};
  std::uint32_t count_ = 0;
};

// The column that holds a value of fixed size.
constexpr ColumnKind ColumnOf(FieldType type) {
  if (type == FieldType::kF32) return ColumnKind::kFloat32;
  if (type == FieldType::kF64) return ColumnKind::kFloat64;
  switch (ValueBytes(type)) {
    case 1: return ColumnKind::kInt8;
    case 2: return ColumnKind::kInt16;
    case 4: return ColumnKind::kInt32;
    default: return ColumnKind::kInt64;
  }
}

// No columns, so that its records are stored as they are, if the schema is
// wrong, has texts of any length, or more values than kMaxEncodedColumns.
constexpr ColumnList ColumnsOf(Text schema) {
  ColumnList columns;
  SchemaParser parser(schema);
  for (Field field; parser.Next(field);) {
    if (field.is_time) continue;
    if (IsVariable(field.type) || !columns.Add(ColumnOf(field.type), field.count)) {
      columns.Clear();
      return columns;
    }
  }
  if (parser.error() != SchemaError::kNone) columns.Clear();
  return columns;
}

}  // namespace norlog

#endif  // NORLOG_SCHEMA_COLUMNS_H_
