// norlog/number_text.h - numbers and times as text.
#ifndef NORLOG_NUMBER_TEXT_H_
#define NORLOG_NUMBER_TEXT_H_

#include <cstdint>

#include "norlog/schema_text.h"
#include "norlog/text.h"

namespace norlog {

// The longest that any of these writes, bytes.
inline constexpr std::uint32_t kMaxNumberText = 48;

// magnitude / 10^decimals, exactly, without zeros at its end; `decimals` may be negative.
void WriteScaled(bool negative, std::uint64_t magnitude, int decimals, TextWriter& out);

// A float by its bits: "21.5", "-0", "1e-07", "nan", "-inf"; the fewest digits that read
// back as the same float.
void WriteFloat(std::uint32_t bits, TextWriter& out);
void WriteDouble(std::uint64_t bits, TextWriter& out);

// `time` in units of 10^-decimals seconds since 1970-01-01T00:00Z as "2026-11-21 19:06:00.25"
// (`iso`: "2026-11-21T19:06:00.25Z"). Years 0 to 9999; any other is written as a number.
// False if it was.
bool WriteTime(std::int64_t time, int decimals, bool iso, TextWriter& out);

}  // namespace norlog

#endif  // NORLOG_NUMBER_TEXT_H_
