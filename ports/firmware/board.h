// firmware/board.h - what the soak firmware needs from a board. One board is
// linked in; board.cc in its folder implements this.
#ifndef FIRMWARE_BOARD_H_
#define FIRMWARE_BOARD_H_

#include <cstdint>
#include <span>

#include "norlog/nor_flash.h"
#include "norlog/options.h"
#include "norlog/port_test.h"
#include "norlog/status.h"

namespace board {

extern const char kName[];
extern const norlog::Options kOptions;
std::span<std::uint8_t> LogMemory();  // RequiredMemory

// Clock and console; once, at start.
void Init();

// The flash driver, at start and again as PortTestHost::Restart.
norlog::Status InitFlash();
norlog::NorFlash& Flash();  // the whole part
norlog::PortScratch Scratch();

// The erase units that the log has: few, so that a soak goes round the ring.
extern const std::uint32_t kFirstUnit;
extern const std::uint32_t kUnitCount;

void PutChar(char c);
int GetChar();  // -1: none came yet

// Nanoseconds of the CPU's time since Init.
std::uint64_t NowNs();

// Places inside a driver's operation where the power may be cut.
enum class Moment : std::uint8_t {
  kEnabled = 1,  // writing is enabled, nothing was started
  kStarted = 2,  // the program or erase was started, the chip has not said that it is ready
};

// Drivers call it at each of them; the firmware may stop there for good.
void At(Moment moment);

}  // namespace board

#endif  // FIRMWARE_BOARD_H_
