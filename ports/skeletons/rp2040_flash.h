// A port for the QSPI flash that an RP2040 or RP2350 boots from, through the
// Pico SDK. The log has the flash from `offset` on: keep it behind the program
// (PICO_FLASH_SIZE_BYTES tells the end).
//
// Watch out for:
//  - Nothing may run from flash meanwhile, on either core, interrupts included:
//    flash_safe_execute does that, if the other core has called
//    flash_safe_execute_core_init. An erase keeps both cores waiting for 45 ms.
//  - The SDK programs whole pages: what is not to be programmed is sent as FF,
//    which changes no bit. The scope of a cut is then still the bytes that change.
//  - Reads go through the XIP cache, which the SDK flushes after each write.
#ifndef SKELETONS_RP2040_FLASH_H_
#define SKELETONS_RP2040_FLASH_H_

#include <cstdint>
#include <cstring>
#include <span>

#include "hardware/flash.h"
#include "norlog/nor_flash.h"
#include "pico/flash.h"

namespace norlog {

class Rp2040Flash final : public NorFlash {
 public:
  // Both multiples of FLASH_SECTOR_SIZE.
  Rp2040Flash(std::uint32_t offset, std::uint32_t size_bytes) : offset_(offset) {
    geometry_.erase_unit_bytes = FLASH_SECTOR_SIZE;
    geometry_.erase_unit_count = size_bytes / FLASH_SECTOR_SIZE;
    geometry_.program_unit_bytes = 1;
    geometry_.page_bytes = FLASH_PAGE_SIZE;
    geometry_.program_rule = ProgramRule::kBits;
  }

  const Geometry& geometry() const override { return geometry_; }

  Status Read(std::uint64_t address, std::span<std::uint8_t> out) override {
    if (!InRange(address, out.size())) return Status::kOutOfBounds;
    const std::uintptr_t from = XIP_BASE + offset_ + static_cast<std::uintptr_t>(address);
    std::memcpy(out.data(), reinterpret_cast<const void*>(from), out.size());
    return Status::kOk;
  }

  Status Program(std::uint64_t address, std::span<const std::uint8_t> data) override {
    if (!InRange(address, data.size())) return Status::kOutOfBounds;
    const std::size_t in_page = static_cast<std::size_t>(address % FLASH_PAGE_SIZE);
    if (data.empty() || in_page + data.size() > FLASH_PAGE_SIZE) return Status::kMisaligned;
    std::memset(page_, 0xFF, sizeof(page_));
    std::memcpy(page_ + in_page, data.data(), data.size());
    at_ = offset_ + static_cast<std::uint32_t>(address - in_page);
    return Run([](void* self) {
      const Rp2040Flash& flash = *static_cast<Rp2040Flash*>(self);
      flash_range_program(flash.at_, flash.page_, FLASH_PAGE_SIZE);
    })
               ? Status::kOk
               : Status::kProgramError;
  }

  Status Erase(std::uint64_t address, std::uint32_t size) override {
    if (!InRange(address, size)) return Status::kOutOfBounds;
    if (size != FLASH_SECTOR_SIZE || address % size != 0) return Status::kMisaligned;
    at_ = offset_ + static_cast<std::uint32_t>(address);
    return Run([](void* self) {
      flash_range_erase(static_cast<Rp2040Flash*>(self)->at_, FLASH_SECTOR_SIZE);
    })
               ? Status::kOk
               : Status::kEraseError;
  }

 private:
  static constexpr std::uint32_t kOtherCoreTimeoutMs = 1000;
  bool Run(void (*work)(void*)) {
    return flash_safe_execute(work, this, kOtherCoreTimeoutMs) == PICO_OK;
  }
  bool InRange(std::uint64_t address, std::uint64_t size) const {
    return address <= geometry_.size_bytes() && size <= geometry_.size_bytes() - address;
  }

  const std::uint32_t offset_;
  std::uint32_t at_ = 0;
  std::uint8_t page_[FLASH_PAGE_SIZE];
  Geometry geometry_;
};

}  // namespace norlog

#endif  // SKELETONS_RP2040_FLASH_H_
