// Aspeed AST1030 evaluation board, Cortex-M4: the SpiNor driver over the FMC
// (firmware memory controller) in its user mode, where each byte that is
// written to or read from the flash window goes over SPI.
#include "firmware/board.h"

#include <cstdint>
#include <span>

#include "firmware/registers.h"
#include "spi_nor/spi_nor.h"

namespace board {
namespace {

using firmware::ByteRegister;
using firmware::Register;

constexpr std::uintptr_t kFmc = 0x7E620000;
constexpr std::uintptr_t kFmcConfig = kFmc + 0x00;
constexpr std::uintptr_t kFmcControl0 = kFmc + 0x10;
constexpr std::uintptr_t kWindow = 0x80000000;
constexpr std::uint32_t kChip0IsSpi = 2;
constexpr std::uint32_t kChip0Writable = 1u << 16;
constexpr std::uint32_t kUserMode = 3;
constexpr std::uint32_t kChipSelectHigh = 4;

constexpr std::uintptr_t kUart5 = 0x7E784000;
constexpr std::uintptr_t kUartData = kUart5 + 0x00;
constexpr std::uintptr_t kUartLineStatus = kUart5 + 0x14;
constexpr std::uint32_t kUartReceived = 0x01;
constexpr std::uint32_t kUartCanSend = 0x20;

constexpr std::uintptr_t kSysTickControl = 0xE000E010;
constexpr std::uintptr_t kSysTickReload = 0xE000E014;
constexpr std::uintptr_t kSysTickValue = 0xE000E018;
constexpr std::uint32_t kSysTickMax = 0xFFFFFF;
constexpr std::uint32_t kNsPerTick = 5;  // 200 MHz
volatile std::uint32_t wraps = 0;

class Fmc final : public norlog::SpiTransport {
 public:
  void Init() {
    Register(kFmcConfig) = Register(kFmcConfig) | kChip0IsSpi | kChip0Writable;
    Register(kFmcControl0) = kUserMode | kChipSelectHigh;
  }
  bool Transfer(std::span<const std::uint8_t> command, std::span<const std::uint8_t> out,
                std::span<std::uint8_t> in) override {
    Register(kFmcControl0) = kUserMode;
    for (const std::uint8_t byte : command) ByteRegister(kWindow) = byte;
    for (const std::uint8_t byte : out) ByteRegister(kWindow) = byte;
    for (std::uint8_t& byte : in) byte = ByteRegister(kWindow);
    Register(kFmcControl0) = kUserMode | kChipSelectHigh;
    Tell(command[0]);
    return true;
  }
  std::uint32_t NowUs() override { return static_cast<std::uint32_t>(NowNs() / 1000); }

 private:
  static void Tell(std::uint8_t opcode) {
    switch (opcode) {
      case 0x06: At(Moment::kEnabled); break;
      case 0x02:
      case 0x20:
      case 0xD8: At(Moment::kStarted); break;
      default: break;
    }
  }
};

// QEMU's W25Q80BL knows no 32 KiB erase, as the real one does.
constexpr std::uint32_t kUnknownToQemu = 32768;

Fmc fmc;
norlog::SpiNor chip(fmc, kUnknownToQemu);

std::uint8_t memory[2048];

}  // namespace

const char kName[] = "ast1030-evb";
const std::uint32_t kFirstUnit = 64;
const std::uint32_t kUnitCount = 16;
const norlog::Options kOptions = {
    .bucket_bytes = 4096, .block_bytes = 1024, .reader_count = 1, .erase_ahead = 1};

void Init() {
  Register(kSysTickReload) = kSysTickMax;
  Register(kSysTickValue) = 0;
  Register(kSysTickControl) = 7;  // processor clock, interrupt, on
}

norlog::Status InitFlash() {
  fmc.Init();
  return chip.Init();
}

norlog::NorFlash& Flash() {
  return chip;
}
norlog::PortScratch Scratch() {
  // A 64 KiB erase with a sector on either side.
  return {.address = 15 * 4096, .erase_units = 18, .beyond_is_free = true};
}

std::span<std::uint8_t> LogMemory() {
  return memory;
}

std::uint64_t NowNs() {
  for (;;) {
    const std::uint32_t before = wraps;
    const std::uint32_t value = Register(kSysTickValue);
    if (before != wraps) continue;
    return (std::uint64_t{before} * (kSysTickMax + 1) + (kSysTickMax - value)) * kNsPerTick;
  }
}

void PutChar(char c) {
  while ((Register(kUartLineStatus) & kUartCanSend) == 0) {
  }
  Register(kUartData) = static_cast<std::uint8_t>(c);
}

int GetChar() {
  if ((Register(kUartLineStatus) & kUartReceived) == 0) return -1;
  return static_cast<std::uint8_t>(Register(kUartData));
}

}  // namespace board

extern "C" void SysTick() {
  board::wraps = board::wraps + 1;
}
