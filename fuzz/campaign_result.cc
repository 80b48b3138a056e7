#include "fuzz/campaign_result.h"

#include <algorithm>
#include <bit>
#include <string>

namespace norlog::fuzz {

void Histogram::Add(std::uint64_t value) {
  const auto bits = static_cast<std::size_t>(std::bit_width(value));
  ++bins[std::min(bits, kBins - 1)];
  max = std::max(max, value);
}

void Histogram::Merge(const Histogram& other) {
  for (std::size_t bin = 0; bin < kBins; ++bin) bins[bin] += other.bins[bin];
  max = std::max(max, other.max);
}

std::string MessageShape(const std::string& message) {
  constexpr char kDigits[] = "0123456789";
  constexpr char kInNumbers[] = "0123456789abcdefABCDEFxX";
  std::string shape;
  for (std::size_t at = 0; at < message.size();) {
    const std::size_t number = std::min(message.find_first_of(kDigits, at), message.size());
    shape.append(message, at, number - at);
    if (number < message.size()) shape += '#';
    at = std::min(message.find_first_not_of(kInNumbers, number), message.size());
  }
  return shape;
}

}  // namespace norlog::fuzz
