// norlog/region.h - a part of a chip as a chip of its own, so that several logs
// (or a log and something else) live side by side.
#ifndef NORLOG_REGION_H_
#define NORLOG_REGION_H_

#include <cstdint>
#include <span>

#include "norlog/nor_flash.h"

namespace norlog {

// `erase_unit_count` erase units of `flash` from unit `first_unit` on. The
// larger erases are offered where the region is aligned to them. A region that
// does not lie within the chip, or begins within a page (where pages are larger
// than erase units), has no units and is refused by Validate.
class FlashRegion final : public NorFlash {
 public:
  FlashRegion(NorFlash& flash, std::uint32_t first_unit, std::uint32_t erase_unit_count);

  const Geometry& geometry() const override { return geometry_; }
  Status Read(std::uint64_t address, std::span<std::uint8_t> out) override;
  Status Program(std::uint64_t address, std::span<const std::uint8_t> data) override;
  Status Erase(std::uint64_t address, std::uint32_t size) override;
  bool StartErase(std::uint64_t address, std::uint32_t size) override;
  Status Busy() override { return flash_.Busy(); }
  Status Sync() override { return flash_.Sync(); }

 private:
  bool Holds(std::uint64_t address, std::uint64_t size) const {
    return address <= geometry_.size_bytes() && size <= geometry_.size_bytes() - address;
  }

  NorFlash& flash_;
  std::uint64_t base_ = 0;
  Geometry geometry_;
};

}  // namespace norlog

#endif  // NORLOG_REGION_H_
