// A transport for SpiNor (spi_nor/spi_nor.h) over Arduino's SPI library.
//
// Watch out for:
//  - Other libraries on the same bus: transactions keep them apart, but not from
//    an interrupt that uses SPI without SPI.usingInterrupt.
//  - Pull chip select up: while the MCU boots, a floating pin selects the chip.
//  - Supply: a chip that shares the sensor's switched rail loses it mid-program.
#ifndef SKELETONS_ARDUINO_SPI_TRANSPORT_H_
#define SKELETONS_ARDUINO_SPI_TRANSPORT_H_

#include <Arduino.h>
#include <SPI.h>

#include <cstdint>
#include <span>

#include "spi_nor/spi_nor.h"

namespace norlog {

class ArduinoSpiTransport final : public SpiTransport {
 public:
  // Read (03) works up to 50 MHz on most parts: stay below.
  ArduinoSpiTransport(SPIClass& spi, int chip_select, std::uint32_t clock_hz = 20000000)
      : spi_(spi), chip_select_(chip_select), settings_(clock_hz, MSBFIRST, SPI_MODE0) {}

  // In setup(), before SpiNor::Init.
  void Begin() {
    digitalWrite(chip_select_, HIGH);
    pinMode(chip_select_, OUTPUT);
    spi_.begin();
  }

  bool Transfer(std::span<const std::uint8_t> command, std::span<const std::uint8_t> out,
                std::span<std::uint8_t> in) override {
    spi_.beginTransaction(settings_);
    digitalWrite(chip_select_, LOW);
    for (const std::uint8_t byte : command) spi_.transfer(byte);
    for (const std::uint8_t byte : out) spi_.transfer(byte);
    for (std::uint8_t& byte : in) byte = spi_.transfer(0);
    digitalWrite(chip_select_, HIGH);
    spi_.endTransaction();
    return true;
  }
  std::uint32_t NowUs() override { return static_cast<std::uint32_t>(micros()); }
  void Idle() override { yield(); }

 private:
  SPIClass& spi_;
  const int chip_select_;
  const SPISettings settings_;
};

}  // namespace norlog

#endif  // SKELETONS_ARDUINO_SPI_TRANSPORT_H_
