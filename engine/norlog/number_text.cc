#include "norlog/number_text.h"

#include "norlog/shortest.h"

namespace norlog {
namespace {

// Plain notation while the point is in or near the digits.
constexpr int kMostPlain = 21;
constexpr int kLeastPlain = -5;

void WriteDigits(const Decimal& decimal, int from, int to, TextWriter& out) {
  for (int i = from; i < to; ++i) {
    const bool inside = i >= 0 && i < decimal.count;
    out.Char(static_cast<char>('0' + (inside ? decimal.digits[i] : 0)));
  }
}

void WriteDecimal(const Decimal& decimal, TextWriter& out) {
  const int point = decimal.exponent;  // digits before the point
  const bool zero = decimal.digits[0] == 0;
  if (zero) return out.Char('0');
  if (point > kMostPlain || point < kLeastPlain) {
    WriteDigits(decimal, 0, 1, out);
    if (decimal.count > 1) out.Char('.');
    WriteDigits(decimal, 1, decimal.count, out);
    out.Char('e');
    return out.Signed(point - 1);
  }
  if (point <= 0) out.Char('0');
  WriteDigits(decimal, 0, point, out);
  if (decimal.count <= point) return;
  out.Char('.');
  WriteDigits(decimal, point, decimal.count, out);
}

void WriteSpecial(bool negative, bool is_nan, TextWriter& out) {
  if (is_nan) return out.Put("nan");
  out.Put(negative ? Text("-inf") : Text("inf"));
}

// Days since 1970-01-01 as a date of the Gregorian calendar.
struct Date {
  std::int64_t year = 0;
  std::uint32_t month = 0;
  std::uint32_t day = 0;
};

// Years are counted from March 1st, so that leap days come last; eras have 400 years.
Date DateOf(std::int64_t days) {
  days += 719468;  // since 0000-03-01
  const std::int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const auto day_of_era = static_cast<std::uint32_t>(days - era * 146097);
  const std::uint32_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const std::uint32_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::uint32_t month_from_march = (5 * day_of_year + 2) / 153;
  Date date;
  date.day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
  date.month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  date.year = static_cast<std::int64_t>(year_of_era) + era * 400 + (date.month <= 2 ? 1 : 0);
  return date;
}

void WritePadded(std::uint64_t value, int digits, TextWriter& out) {
  if (digits > 1) WritePadded(value / 10, digits - 1, out);
  out.Char(static_cast<char>('0' + value % 10));
}

std::uint64_t PowerOf10(int power) {
  std::uint64_t value = 1;
  for (; power > 0; --power) value *= 10;
  return value;
}

}  // namespace

void WriteScaled(bool negative, std::uint64_t magnitude, int decimals, TextWriter& out) {
  if (negative) out.Char('-');
  while (decimals > 0 && magnitude % 10 == 0) {
    magnitude /= 10;
    --decimals;
  }
  if (decimals <= 0) {
    out.Unsigned(magnitude);
    for (; decimals < 0 && magnitude != 0; ++decimals) out.Char('0');
    return;
  }
  const std::uint64_t one = PowerOf10(decimals);
  out.Unsigned(magnitude / one);
  out.Char('.');
  WritePadded(magnitude % one, decimals, out);
}

void WriteFloat(std::uint32_t bits, TextWriter& out) {
  const bool negative = bits >> 31 != 0;
  const std::uint32_t magnitude = bits & 0x7fffffff;
  if (magnitude >= 0x7f800000) return WriteSpecial(negative, magnitude > 0x7f800000, out);
  if (negative) out.Char('-');
  WriteDecimal(ShortestOfFloat(magnitude), out);
}

void WriteDouble(std::uint64_t bits, TextWriter& out) {
  const bool negative = bits >> 63 != 0;
  const std::uint64_t magnitude = bits & 0x7fffffffffffffff;
  const std::uint64_t infinity = std::uint64_t{0x7ff} << 52;
  if (magnitude >= infinity) return WriteSpecial(negative, magnitude > infinity, out);
  if (negative) out.Char('-');
  WriteDecimal(ShortestOfDouble(magnitude), out);
}

bool WriteTime(std::int64_t time, int decimals, bool iso, TextWriter& out) {
  const auto one = static_cast<std::int64_t>(PowerOf10(decimals));
  std::int64_t seconds = time / one;
  std::int64_t fraction = time % one;
  if (fraction < 0) {
    fraction += one;
    --seconds;
  }
  std::int64_t days = seconds / 86400;
  std::int64_t second = seconds % 86400;
  if (second < 0) {
    second += 86400;
    --days;
  }
  constexpr std::int64_t kYear0 = -719528;
  constexpr std::int64_t kYear10000 = 2932897;
  if (days < kYear0 || days >= kYear10000) {
    out.Signed(time);
    return false;
  }
  const Date date = DateOf(days);
  WritePadded(static_cast<std::uint64_t>(date.year), 4, out);
  out.Char('-');
  WritePadded(date.month, 2, out);
  out.Char('-');
  WritePadded(date.day, 2, out);
  out.Char(iso ? 'T' : ' ');
  WritePadded(static_cast<std::uint64_t>(second / 3600), 2, out);
  out.Char(':');
  WritePadded(static_cast<std::uint64_t>(second / 60 % 60), 2, out);
  out.Char(':');
  WritePadded(static_cast<std::uint64_t>(second % 60), 2, out);
  if (fraction != 0) {
    while (fraction % 10 == 0) {
      fraction /= 10;
      --decimals;
    }
    out.Char('.');
    WritePadded(static_cast<std::uint64_t>(fraction), decimals, out);
  }
  if (iso) out.Char('Z');
  return true;
}

}  // namespace norlog
