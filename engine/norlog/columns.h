// norlog/columns.h - a payload seen as columns of numbers, for the encoder.
#ifndef NORLOG_COLUMNS_H_
#define NORLOG_COLUMNS_H_

#include <cstdint>
#include <span>

namespace norlog {

// Little endian, one behind the other without padding. Signed and unsigned,
// bool, enumerations, times and durations are integers of their width.
enum class ColumnKind : std::uint8_t {
  kInt8 = 0,
  kInt16 = 1,
  kInt32 = 2,
  kInt64 = 3,
  kFloat32 = 4,
  kFloat64 = 5,
};
inline constexpr std::uint32_t kColumnKindCount = 6;

constexpr bool IsFloat(ColumnKind kind) {
  return kind >= ColumnKind::kFloat32;
}

constexpr std::uint32_t ColumnBytes(ColumnKind kind) {
  return IsFloat(kind) ? (kind == ColumnKind::kFloat32 ? 4 : 8)
                       : std::uint32_t{1} << static_cast<std::uint32_t>(kind);
}

// The payload of every record with this tag, if it has just that length.
struct TagColumns {
  std::uint8_t tag = 0;
  std::span<const ColumnKind> kinds;
};

constexpr std::uint32_t PayloadBytes(std::span<const ColumnKind> kinds) {
  std::uint32_t bytes = 0;
  for (const ColumnKind kind : kinds) bytes += ColumnBytes(kind);
  return bytes;
}

}  // namespace norlog

#endif  // NORLOG_COLUMNS_H_
