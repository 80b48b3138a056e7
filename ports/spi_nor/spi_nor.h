// spi_nor/spi_nor.h - a driver for serial NOR flash, to be dropped onto any MCU.
//
// Write the three functions of SpiTransport for your SPI peripheral; then
//
//   norlog::SpiNor flash(transport);
//   if (flash.Init() != norlog::Status::kOk) ...   // flash.part() says what it found
//   norlog::Log log(flash, options, memory);
//
// Parts are known by their JEDEC id (parts.cc) or, if not there, by their SFDP
// tables. Single SPI, 3- or 4-byte addresses. The driver keeps no copy of
// anything that the chip holds. No heap.
#ifndef SPI_NOR_SPI_NOR_H_
#define SPI_NOR_SPI_NOR_H_

#include <cstdint>
#include <span>

#include "norlog/geometry.h"
#include "norlog/nor_flash.h"
#include "norlog/status.h"
#include "spi_nor/parts.h"

namespace norlog {

class SpiTransport {
 public:
  // One transaction: chip select goes low; `command` and `out` are sent, `in` is
  // received; chip select goes high. Any of the spans may be empty. False if
  // the bus failed (a timeout of a DMA, say).
  virtual bool Transfer(std::span<const std::uint8_t> command, std::span<const std::uint8_t> out,
                        std::span<std::uint8_t> in) = 0;
  // Microseconds, from any start, wrapping: for timeouts.
  virtual std::uint32_t NowUs() = 0;
  // Called between two looks at the busy bit: sleep or yield here.
  virtual void Idle() {}

 protected:
  ~SpiTransport() = default;
};

class SpiNor final : public NorFlash {
 public:
  // `transport` must outlive this. `unused_erase_bytes`: a larger erase size
  // that is not to be used though the part has it; 0: none.
  explicit SpiNor(SpiTransport& transport, std::uint32_t unused_erase_bytes = 0)
      : transport_(transport), unused_erase_bytes_(unused_erase_bytes) {}
  SpiNor(const SpiNor&) = delete;
  SpiNor& operator=(const SpiNor&) = delete;

  // Waits until the chip is not busy (C20), wakes it, finds out what it is, and
  // removes a power-up write protection where the part has one. To be called
  // before anything else, after each reset. kReadError: no chip answers, or one
  // without entry in the table and without SFDP; kProgramError: it stays busy.
  Status Init();

  // What Init has found; the geometry is all zero before.
  const SpiNorPart& part() const { return part_; }

  const Geometry& geometry() const override { return geometry_; }
  Status Read(std::uint64_t address, std::span<std::uint8_t> out) override;
  Status Program(std::uint64_t address, std::span<const std::uint8_t> data) override;
  Status Erase(std::uint64_t address, std::uint32_t size) override;

  // Erases that go on by themselves. Read and Program suspend them; where the part
  // cannot do that, they wait for the end.
  bool StartErase(std::uint64_t address, std::uint32_t size) override;
  Status Busy() override;

 private:
  Status WakeUp();
  Status Identify();
  Status EndSuspension();
  Status ReadSfdp();
  bool ReadSfdpBytes(std::uint32_t address, std::span<std::uint8_t> out);
  void SetGeometry();
  bool Command(std::uint8_t opcode) { return transport_.Transfer({&opcode, 1}, {}, {}); }
  bool ReadStatus(std::uint8_t& status);
  Status WaitReady(std::uint32_t timeout_us, Status late);
  bool EnableWrite();
  Status SendErase(std::uint64_t address, std::uint32_t size);
  Status ProgramNow(std::uint64_t address, std::span<const std::uint8_t> data);
  bool IsBusy();
  Status Suspend(bool suffices, Status failed);
  Status Resume(Status status, Status failed);
  Status Ended(Status failed);
  Status Finish(std::uint32_t timeout_us, Status failed);
  std::span<const std::uint8_t> Addressed(std::uint8_t opcode, std::uint64_t address);
  bool InRange(std::uint64_t address, std::uint64_t size) const {
    return address <= part_.size_bytes && size <= part_.size_bytes - address;
  }

  SpiTransport& transport_;
  const std::uint32_t unused_erase_bytes_;
  SpiNorPart part_;
  Geometry geometry_;
  std::uint8_t command_[6] = {};
  bool erasing_ = false;  // begun by StartErase; its end was not seen yet
  bool suspended_ = false;
  std::uint32_t resumed_us_ = 0;  // when it was begun, or resumed last
  Status erased_ = Status::kOk;   // how the last one ended
};

}  // namespace norlog

#endif  // SPI_NOR_SPI_NOR_H_
