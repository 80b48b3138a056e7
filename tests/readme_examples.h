// What the README's examples use of a firmware: a sensor and a network.
#ifndef TESTS_README_EXAMPLES_H_
#define TESTS_README_EXAMPLES_H_

#include <cstdint>
#include <span>
#include <vector>

#include "norlog/nor_flash.h"

class Sensor {
 public:
  std::int64_t Time() const { return 60 * count_; }
  std::span<const std::uint8_t> Measure() {
    value_ = static_cast<std::uint8_t>(++count_);
    return {&value_, 1};
  }

 private:
  std::int64_t count_ = 0;
  std::uint8_t value_ = 0;
};

class Network {
 public:
  void Send(std::uint64_t sequence, std::span<const std::uint8_t> payload) {
    sent.emplace_back(sequence, payload[0]);
  }
  void Missing(std::uint64_t) { ++missing; }

  std::vector<std::pair<std::uint64_t, std::uint8_t>> sent;
  int missing = 0;
};

inline std::uint64_t UniqueNumber() {
  return 0x6e6f726c6f67;
}

norlog::Status LogAndUpload(norlog::NorFlash& flash, Sensor& sensor, Network& network);
norlog::Status TwoThreads(norlog::NorFlash& flash, Sensor& sensor, Network& network);

#endif  // TESTS_README_EXAMPLES_H_
