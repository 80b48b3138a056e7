/* c_example/ram_flash.h - a flash HAL in C over an array: the shape of a real
 * one, and enough to try things on a desk. It keeps the rules of NOR: programs
 * clear bits, erases set whole units. */
#ifndef C_EXAMPLE_RAM_FLASH_H_
#define C_EXAMPLE_RAM_FLASH_H_

#include <stdint.h>

#include "norlog/norlog.h"

enum { RAM_FLASH_UNIT_BYTES = 1024, RAM_FLASH_UNITS = 8 };

typedef struct ram_flash {
  uint8_t cells[RAM_FLASH_UNITS * RAM_FLASH_UNIT_BYTES];
  uint32_t programs;
  uint32_t erases;
} ram_flash;

/* An erased chip, and the HAL that the engine is given. */
norlog_flash ram_flash_make(ram_flash* chip);

#endif /* C_EXAMPLE_RAM_FLASH_H_ */
