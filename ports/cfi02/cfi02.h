// cfi02/cfi02.h - a driver for parallel NOR with the AMD command set (CFI 0002:
// S29GL, AM29LV, MX29LV and the like), 8 bits wide, memory-mapped.
//
// Bytes are programmed one at a time; a Program call of several is several
// operations of the chip, in order. Sizes come from the chip's CFI table.
#ifndef CFI02_CFI02_H_
#define CFI02_CFI02_H_

#include <cstdint>
#include <span>

#include "norlog/geometry.h"
#include "norlog/nor_flash.h"
#include "norlog/status.h"

namespace norlog {

class Cfi02 final : public NorFlash {
 public:
  enum class Moment : std::uint8_t { kEnabled = 1, kStarted = 2 };
  using Hook = void (*)(Moment);

  // `base` is where the chip is mapped. `hook`, if any, is called when an
  // operation is unlocked and when it was started: for tests that cut the power.
  explicit Cfi02(std::uintptr_t base, Hook hook = nullptr) : base_(base), hook_(hook) {}
  Cfi02(const Cfi02&) = delete;
  Cfi02& operator=(const Cfi02&) = delete;

  // Waits for what a former life of the MCU has left under way (C20), reads the
  // CFI table. kReadError: no such chip, or its sectors are not all alike.
  Status Init();

  const Geometry& geometry() const override { return geometry_; }
  Status Read(std::uint64_t address, std::span<std::uint8_t> out) override;
  Status Program(std::uint64_t address, std::span<const std::uint8_t> data) override;
  Status Erase(std::uint64_t address, std::uint32_t size) override;

 private:
  volatile std::uint8_t& Cell(std::uint64_t address) {
    return *reinterpret_cast<volatile std::uint8_t*>(base_ + static_cast<std::uintptr_t>(address));
  }
  void Unlock();
  bool ProgramByte(std::uint64_t address, std::uint8_t byte);
  bool IsReady(std::uint64_t address);
  bool WaitReady(std::uint64_t address);
  void Tell(Moment moment) {
    if (hook_ != nullptr) hook_(moment);
  }

  const std::uintptr_t base_;
  const Hook hook_;
  Geometry geometry_;
};

}  // namespace norlog

#endif  // CFI02_CFI02_H_
