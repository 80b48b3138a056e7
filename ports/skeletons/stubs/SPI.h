// Stand-in for Arduino's SPI library (see esp_partition.h here).
#pragma once
#include <cstdint>
constexpr int MSBFIRST = 1;
constexpr int SPI_MODE0 = 0;
struct SPISettings {
  SPISettings(std::uint32_t, int, int) {}
};
class SPIClass {
 public:
  void begin();
  void beginTransaction(SPISettings);
  void endTransaction();
  std::uint8_t transfer(std::uint8_t byte);
};
