// A port for ESP-IDF, on a data partition of its own (partitions.csv: type data,
// subtype 0x40, say, not "encrypted").
//
// Watch out for:
//  - Flash encryption turns 16 bytes into one unit that can be written once, so an
//    encrypted partition would need kOnce and a unit of 16 or 32.
//  - CONFIG_SPI_FLASH_DANGEROUS_WRITE and _VERIFY_WRITE only add checks; the
//    engine verifies by itself.
//  - Both cores stop reading flash while it is written: interrupts that must run
//    meanwhile live in IRAM. An erase takes 45 ms and more: call Maintain from a
//    task that may wait.
//  - Turn the brown-out detector on (C23); it is by default.
#ifndef SKELETONS_ESP_PARTITION_FLASH_H_
#define SKELETONS_ESP_PARTITION_FLASH_H_

#include <cstdint>
#include <span>

#include "esp_partition.h"
#include "norlog/nor_flash.h"

namespace norlog {

class EspPartitionFlash final : public NorFlash {
 public:
  // `partition` from esp_partition_find_first; null gives an impossible geometry.
  explicit EspPartitionFlash(const esp_partition_t* partition) : partition_(partition) {
    if (partition == nullptr || partition->encrypted) return;
    geometry_.erase_unit_bytes = partition->erase_size;
    geometry_.erase_unit_count = partition->size / partition->erase_size;
    geometry_.program_unit_bytes = 1;
    geometry_.page_bytes = 256;
    geometry_.program_rule = ProgramRule::kBits;
    geometry_.larger_erase_bytes[0] = partition->address % 65536 == 0 ? 65536 : 0;
  }

  const Geometry& geometry() const override { return geometry_; }
  Status Read(std::uint64_t address, std::span<std::uint8_t> out) override {
    if (!InRange(address, out.size())) return Status::kOutOfBounds;
    if (out.empty()) return Status::kOk;
    return esp_partition_read(partition_, Offset(address), out.data(), out.size()) == ESP_OK
               ? Status::kOk
               : Status::kReadError;
  }
  Status Program(std::uint64_t address, std::span<const std::uint8_t> data) override {
    if (!InRange(address, data.size())) return Status::kOutOfBounds;
    if (data.empty() || address % 256 + data.size() > 256) return Status::kMisaligned;
    return esp_partition_write(partition_, Offset(address), data.data(), data.size()) == ESP_OK
               ? Status::kOk
               : Status::kProgramError;
  }
  // IDF picks the largest erase commands that fit by itself.
  Status Erase(std::uint64_t address, std::uint32_t size) override {
    if (!InRange(address, size)) return Status::kOutOfBounds;
    const bool known = size == geometry_.erase_unit_bytes ||
                       (size != 0 && size == geometry_.larger_erase_bytes[0]);
    if (!known || address % size != 0) return Status::kMisaligned;
    return esp_partition_erase_range(partition_, Offset(address), size) == ESP_OK
               ? Status::kOk
               : Status::kEraseError;
  }

 private:
  static std::size_t Offset(std::uint64_t address) { return static_cast<std::size_t>(address); }
  bool InRange(std::uint64_t address, std::uint64_t size) const {
    return address <= geometry_.size_bytes() && size <= geometry_.size_bytes() - address;
  }

  const esp_partition_t* const partition_;
  Geometry geometry_;
};

}  // namespace norlog

#endif  // SKELETONS_ESP_PARTITION_FLASH_H_
