// Xilinx Zynq platform board, Cortex-A9, caches and MMU off: 64 MiB of
// parallel NOR, 8 bits wide, in 128 KiB sectors.
#include "firmware/board.h"

#include <cstdint>

#include "cfi02/cfi02.h"
#include "firmware/registers.h"

namespace board {
namespace {

using firmware::Register;

constexpr std::uintptr_t kFlashBase = 0xE2000000;

constexpr std::uintptr_t kUart0 = 0xE0000000;
constexpr std::uintptr_t kUartControl = kUart0 + 0x00;
constexpr std::uintptr_t kUartStatus = kUart0 + 0x2C;
constexpr std::uintptr_t kUartFifo = kUart0 + 0x30;
constexpr std::uint32_t kUartReceiveAndSend = 0x14;
constexpr std::uint32_t kUartNothingReceived = 0x02;
constexpr std::uint32_t kUartAllSent = 0x08;

constexpr std::uintptr_t kGlobalTimer = 0xF8F00200;
constexpr std::uintptr_t kTimerLow = kGlobalTimer + 0x00;
constexpr std::uintptr_t kTimerHigh = kGlobalTimer + 0x04;
constexpr std::uintptr_t kTimerControl = kGlobalTimer + 0x08;
constexpr std::uint64_t kNsPerTick = 10;

norlog::Cfi02 chip(kFlashBase,
                   [](norlog::Cfi02::Moment moment) { At(static_cast<Moment>(moment)); });

std::uint8_t memory[2 * 65536];

}  // namespace

const char kName[] = "xilinx-zynq-a9";
const std::uint32_t kFirstUnit = 64;
const std::uint32_t kUnitCount = 8;
const norlog::Options kOptions = {
    .bucket_bytes = 131072, .block_bytes = 65536, .reader_count = 1, .erase_ahead = 1};

void Init() {
  Register(kUartControl) = kUartReceiveAndSend;
  Register(kTimerControl) = 1;
}

norlog::Status InitFlash() {
  return chip.Init();
}
norlog::NorFlash& Flash() {
  return chip;
}
norlog::PortScratch Scratch() {
  return {.address = 0, .erase_units = 3};
}
std::span<std::uint8_t> LogMemory() {
  return memory;
}

std::uint64_t NowNs() {
  for (;;) {
    const std::uint32_t high = Register(kTimerHigh);
    const std::uint32_t low = Register(kTimerLow);
    if (high == Register(kTimerHigh)) return (std::uint64_t{high} << 32 | low) * kNsPerTick;
  }
}

void PutChar(char c) {
  while ((Register(kUartStatus) & kUartAllSent) == 0) {
  }
  Register(kUartFifo) = static_cast<std::uint8_t>(c);
}

int GetChar() {
  if ((Register(kUartStatus) & kUartNothingReceived) != 0) return -1;
  return static_cast<std::uint8_t>(Register(kUartFifo));
}

}  // namespace board
