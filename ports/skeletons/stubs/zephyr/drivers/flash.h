// Stand-in for Zephyr's header (see esp_partition.h here).
#pragma once
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
struct device {};
struct flash_pages_info {
  off_t start_offset;
  std::size_t size;
  std::uint32_t index;
};
int flash_get_page_info_by_offs(const struct device*, off_t offset, struct flash_pages_info* info);
