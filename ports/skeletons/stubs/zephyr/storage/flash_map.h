// Stand-in for Zephyr's header (see esp_partition.h here).
#pragma once
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
struct device;
struct flash_area {
  off_t fa_off;
  std::size_t fa_size;
};
int flash_area_read(const struct flash_area*, off_t offset, void* out, std::size_t size);
int flash_area_write(const struct flash_area*, off_t offset, const void* data, std::size_t size);
int flash_area_erase(const struct flash_area*, off_t offset, std::size_t size);
std::uint32_t flash_area_align(const struct flash_area*);
std::uint8_t flash_area_erased_val(const struct flash_area*);
const struct device* flash_area_get_device(const struct flash_area*);
