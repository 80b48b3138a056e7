// A port for Zephyr, on a fixed partition of the devicetree (flash_area).
//
// Watch out for:
//  - Zephyr does not say how often a unit may be written: kOnce works everywhere
//    and is the default here; give kBits only for SPI NOR without ECC.
//  - All pages of the partition must have one size (STM32F4's do not).
//  - Memories without an erase of their own (RRAM, MRAM) report
//    no_explicit_erase: kOverwrite.
//  - A driver that erases to 00 (erased_val) needs an inverting shim; refused here.
//  - ECC faults on reads: STM32 drivers return an error only where the SoC's
//    fault handler lets them; try it (C7).
#ifndef SKELETONS_ZEPHYR_FLASH_AREA_H_
#define SKELETONS_ZEPHYR_FLASH_AREA_H_

#include <zephyr/drivers/flash.h>
#include <zephyr/storage/flash_map.h>

#include <cstdint>
#include <span>

#include "norlog/nor_flash.h"

namespace norlog {

class ZephyrFlashArea final : public NorFlash {
 public:
  // `area` from flash_area_open; `page_bytes`: the part's page, or the write block.
  ZephyrFlashArea(const struct flash_area* area, std::uint32_t page_bytes,
                  ProgramRule rule = ProgramRule::kOnce)
      : area_(area) {
    struct flash_pages_info page = {};
    if (flash_area_erased_val(area) != 0xFF) return;
    if (flash_get_page_info_by_offs(flash_area_get_device(area), area->fa_off, &page) != 0) return;
    geometry_.erase_unit_bytes = static_cast<std::uint32_t>(page.size);
    geometry_.erase_unit_count = static_cast<std::uint32_t>(area->fa_size / page.size);
    geometry_.program_unit_bytes = flash_area_align(area);
    geometry_.page_bytes = page_bytes;
    geometry_.program_rule = rule;
  }

  const Geometry& geometry() const override { return geometry_; }
  Status Read(std::uint64_t address, std::span<std::uint8_t> out) override {
    if (!InRange(address, out.size())) return Status::kOutOfBounds;
    if (out.empty()) return Status::kOk;
    const int error = flash_area_read(area_, static_cast<off_t>(address), out.data(), out.size());
    return error == 0 ? Status::kOk : Status::kReadError;
  }
  Status Program(std::uint64_t address, std::span<const std::uint8_t> data) override {
    if (!InRange(address, data.size())) return Status::kOutOfBounds;
    const std::uint32_t unit = geometry_.program_unit_bytes;
    const std::uint32_t page = geometry_.page_bytes;
    if (data.empty() || address % unit != 0 || data.size() % unit != 0 ||
        address % page + data.size() > page) {
      return Status::kMisaligned;
    }
    const int error =
        flash_area_write(area_, static_cast<off_t>(address), data.data(), data.size());
    return error == 0 ? Status::kOk : Status::kProgramError;
  }
  Status Erase(std::uint64_t address, std::uint32_t size) override {
    if (!InRange(address, size)) return Status::kOutOfBounds;
    if (size != geometry_.erase_unit_bytes || address % size != 0) return Status::kMisaligned;
    const int error = flash_area_erase(area_, static_cast<off_t>(address), size);
    return error == 0 ? Status::kOk : Status::kEraseError;
  }

 private:
  bool InRange(std::uint64_t address, std::uint64_t size) const {
    return address <= geometry_.size_bytes() && size <= geometry_.size_bytes() - address;
  }

  const struct flash_area* const area_;
  Geometry geometry_;
};

}  // namespace norlog

#endif  // SKELETONS_ZEPHYR_FLASH_AREA_H_
