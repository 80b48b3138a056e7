// Stand-in for ESP-IDF's header: what EspPartitionFlash needs of it, with the same
// signatures; tests/skeletons_test.cc defines the functions.
#pragma once
#include <cstddef>
#include <cstdint>
typedef int esp_err_t;
constexpr esp_err_t ESP_OK = 0;
typedef struct {
  std::uint32_t address;
  std::uint32_t size;
  std::uint32_t erase_size;
  bool encrypted;
} esp_partition_t;
esp_err_t esp_partition_read(const esp_partition_t*, std::size_t offset, void* out,
                             std::size_t size);
esp_err_t esp_partition_write(const esp_partition_t*, std::size_t offset, const void* data,
                              std::size_t size);
esp_err_t esp_partition_erase_range(const esp_partition_t*, std::size_t offset, std::size_t size);
