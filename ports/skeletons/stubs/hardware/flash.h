// Stand-in for the Pico SDK's header (see esp_partition.h here).
#pragma once
#include <cstddef>
#include <cstdint>
#define FLASH_PAGE_SIZE 256u
#define FLASH_SECTOR_SIZE 4096u
extern const std::uintptr_t XIP_BASE;
void flash_range_program(std::uint32_t offset, const std::uint8_t* data, std::size_t count);
void flash_range_erase(std::uint32_t offset, std::size_t count);
