#include "norlog/region.h"

namespace norlog {

FlashRegion::FlashRegion(NorFlash& flash, std::uint32_t first_unit, std::uint32_t erase_unit_count)
    : flash_(flash), geometry_(flash.geometry()) {
  const std::uint32_t chip_units = geometry_.erase_unit_count;
  const bool within = first_unit <= chip_units && erase_unit_count <= chip_units - first_unit;
  base_ = std::uint64_t{first_unit} * geometry_.erase_unit_bytes;
  const bool aligned = geometry_.page_bytes != 0 && base_ % geometry_.page_bytes == 0;
  geometry_.erase_unit_count = within && aligned ? erase_unit_count : 0;
  for (std::uint32_t& larger : geometry_.larger_erase_bytes) {
    if (larger != 0 && base_ % larger != 0) larger = 0;
  }
}

Status FlashRegion::Read(std::uint64_t address, std::span<std::uint8_t> out) {
  if (!Holds(address, out.size())) return Status::kOutOfBounds;
  return flash_.Read(base_ + address, out);
}

Status FlashRegion::Program(std::uint64_t address, std::span<const std::uint8_t> data) {
  if (!Holds(address, data.size())) return Status::kOutOfBounds;
  return flash_.Program(base_ + address, data);
}

Status FlashRegion::Erase(std::uint64_t address, std::uint32_t size) {
  if (!Holds(address, size)) return Status::kOutOfBounds;
  return flash_.Erase(base_ + address, size);
}

bool FlashRegion::StartErase(std::uint64_t address, std::uint32_t size) {
  return Holds(address, size) && flash_.StartErase(base_ + address, size);
}

}  // namespace norlog
