#include "fuzz/encoded.h"

#include <array>
#include <bit>
#include <cstddef>
#include <limits>

#include "flashsim/rng.h"
#include "norlog/bytes.h"
#include "norlog/columns.h"
#include "norlog/compact.h"

namespace norlog::fuzz {
namespace {

constexpr std::array kColumns = {ColumnKind::kInt32,  ColumnKind::kInt16,   ColumnKind::kInt8,
                                 ColumnKind::kInt8,   ColumnKind::kFloat32, ColumnKind::kInt64,
                                 ColumnKind::kFloat64};
constexpr std::array kOctet = {ColumnKind::kInt8};
static_assert(PayloadBytes(kColumns) == kColumnsBytes);
constexpr std::array<TagColumns, 2> kTags = {{{kColumnsTag, kColumns}, {kOctetTag, kOctet}}};
constexpr CompactEncoding kEncoding(kTags);

constexpr std::uint64_t kRandomBits = 16;  // of a salt; the others count

float Temperature(std::uint64_t sample, flashsim::Rng& rng) {
  constexpr std::array kStrange = {std::numeric_limits<float>::quiet_NaN(), -0.0F,
                                   std::numeric_limits<float>::infinity(), 1e-42F};
  if (rng.Below(16) == 0) return kStrange.at(rng.Below(kStrange.size()));
  // Rounded where a float is stored: the same bits with any floating-point unit.
  const volatile float tenths = static_cast<float>(sample % 40) / 10.0F;
  return tenths - 1.5F;
}

}  // namespace

void SetEncoded(Options& options) {
  options.encoded_tags = 2;
  options.encoded_columns = static_cast<std::uint8_t>(kColumns.size() + kOctet.size());
}

const Encoding* EncodingFor(const Options& options) {
  return options.encoded_tags > 0 ? &kEncoding : nullptr;
}

std::vector<std::uint8_t> MakeColumns(std::uint64_t salt, std::uint32_t size) {
  flashsim::Rng rng(salt);
  const std::uint64_t sample = salt >> kRandomBits;
  std::array<std::uint8_t, kColumnsBytes> all;
  StoreLe<4>(&all[0], rng.Below(12) == 0 ? ~std::uint64_t{989} : 450 + sample % 7 * 10);
  StoreLe<2>(&all[4], sample * sample);
  all[6] = static_cast<std::uint8_t>(sample % 3);
  all[7] = rng.NextByte() & 7;
  StoreLe<4>(&all[8], std::bit_cast<std::uint32_t>(Temperature(sample, rng)));
  StoreLe<8>(&all[12], rng.Below(32) == 0 ? rng.Next() : sample / 3 * 1'000'000);
  StoreLe<8>(&all[20], std::bit_cast<std::uint64_t>(static_cast<double>(sample % 90) / 1000.0));
  std::vector<std::uint8_t> payload(size);
  const bool is_random = rng.Below(8) == 0;
  for (std::uint32_t i = 0; i < size; ++i) {
    payload[i] = is_random ? rng.NextByte() : all.at(i % kColumnsBytes);
  }
  return payload;
}

}  // namespace norlog::fuzz
