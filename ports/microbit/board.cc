// BBC micro:bit, nRF51822: Cortex-M0, 16 KiB of RAM; the log is in the same
// flash as the program.
#include "firmware/board.h"

#include <cstdint>

#include "firmware/registers.h"
#include "nrf5/nvmc.h"

namespace board {
namespace {

using firmware::Register;

constexpr std::uintptr_t kUart = 0x40002000;
constexpr std::uintptr_t kUartStartReceive = kUart + 0x000;
constexpr std::uintptr_t kUartStartSend = kUart + 0x008;
constexpr std::uintptr_t kUartReceived = kUart + 0x108;
constexpr std::uintptr_t kUartSent = kUart + 0x11C;
constexpr std::uintptr_t kUartEnable = kUart + 0x500;
constexpr std::uintptr_t kUartReceive = kUart + 0x518;
constexpr std::uintptr_t kUartSend = kUart + 0x51C;

constexpr std::uintptr_t kTimer0 = 0x40008000;
constexpr std::uintptr_t kTimerStart = kTimer0 + 0x000;
constexpr std::uintptr_t kTimerCapture = kTimer0 + 0x040;
constexpr std::uintptr_t kTimerBits = kTimer0 + 0x508;
constexpr std::uintptr_t kTimerPrescaler = kTimer0 + 0x510;
constexpr std::uintptr_t kTimerCaptured = kTimer0 + 0x540;

norlog::Nvmc nvmc([](norlog::Nvmc::Moment moment) { At(static_cast<Moment>(moment)); });

alignas(4) std::uint8_t memory[1024];

}  // namespace

const char kName[] = "microbit";
const std::uint32_t kFirstUnit = 192;
const std::uint32_t kUnitCount = 32;
const norlog::Options kOptions = {
    .bucket_bytes = 2048, .block_bytes = 512, .reader_count = 1, .erase_ahead = 1};

void Init() {
  Register(kUartEnable) = 4;
  Register(kUartStartReceive) = 1;
  Register(kUartStartSend) = 1;
  Register(kTimerBits) = 3;  // 32
  Register(kTimerPrescaler) = 0;
  Register(kTimerStart) = 1;
}

norlog::Status InitFlash() {
  return nvmc.Init();
}
norlog::NorFlash& Flash() {
  return nvmc;
}
norlog::PortScratch Scratch() {
  return {.address = 240 * 1024, .erase_units = 4, .beyond_is_free = true};
}
std::span<std::uint8_t> LogMemory() {
  return memory;
}

// 16 MHz; called often enough to see each wrap (268 s).
std::uint64_t NowNs() {
  static std::uint64_t ticks = 0;
  Register(kTimerCapture) = 1;
  ticks += Register(kTimerCaptured) - static_cast<std::uint32_t>(ticks);
  return ticks * 125 / 2;
}

void PutChar(char c) {
  Register(kUartSent) = 0;
  Register(kUartSend) = static_cast<std::uint8_t>(c);
  while (Register(kUartSent) == 0) {
  }
}

int GetChar() {
  if (Register(kUartReceived) == 0) return -1;
  Register(kUartReceived) = 0;
  return static_cast<std::uint8_t>(Register(kUartReceive));
}

}  // namespace board
