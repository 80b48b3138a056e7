#include "c_example/ram_flash.h"

#include <string.h>

static int in_range(uint64_t address, uint64_t size) {
  return address <= sizeof((ram_flash*)0)->cells && size <= sizeof((ram_flash*)0)->cells - address;
}

static norlog_status ram_read(void* context, uint64_t address, void* out, size_t size) {
  ram_flash* chip = context;
  if (!in_range(address, size)) return NORLOG_OUT_OF_BOUNDS;
  memcpy(out, chip->cells + address, size);
  return NORLOG_OK;
}

static norlog_status ram_program(void* context, uint64_t address, const void* data, size_t size) {
  ram_flash* chip = context;
  const uint8_t* bytes = data;
  size_t i;
  if (!in_range(address, size)) return NORLOG_OUT_OF_BOUNDS;
  if (size == 0 || address % 256 + size > 256) return NORLOG_MISALIGNED;
  for (i = 0; i < size; ++i) chip->cells[address + i] &= bytes[i];
  ++chip->programs;
  return NORLOG_OK;
}

static norlog_status ram_erase(void* context, uint64_t address, uint32_t size) {
  ram_flash* chip = context;
  if (!in_range(address, size)) return NORLOG_OUT_OF_BOUNDS;
  if (size != RAM_FLASH_UNIT_BYTES || address % size != 0) return NORLOG_MISALIGNED;
  memset(chip->cells + address, 0xFF, size);
  ++chip->erases;
  return NORLOG_OK;
}

norlog_flash ram_flash_make(ram_flash* chip) {
  norlog_flash flash;
  memset(&flash, 0, sizeof flash);
  memset(chip, 0, sizeof *chip);
  memset(chip->cells, 0xFF, sizeof chip->cells);
  flash.geometry.erase_unit_bytes = RAM_FLASH_UNIT_BYTES;
  flash.geometry.erase_unit_count = RAM_FLASH_UNITS;
  flash.geometry.program_unit_bytes = 1;
  flash.geometry.page_bytes = 256;
  flash.geometry.program_rule = NORLOG_BITS;
  flash.context = chip;
  flash.read = ram_read;
  flash.program = ram_program;
  flash.erase = ram_erase;
  return flash;
}
