// Stand-in for ST's HAL (see esp_partition.h here). In a project, stm32_hal.h
// includes the family's header, e.g. stm32l4xx_hal.h, and says
//   using stm32_address_t = uint32_t;
#pragma once
#include <cstdint>
using stm32_address_t = std::uintptr_t;
typedef enum { HAL_OK = 0, HAL_ERROR = 1 } HAL_StatusTypeDef;
typedef struct {
  std::uint32_t TypeErase;
  std::uint32_t Banks;
  std::uint32_t Page;
  std::uint32_t NbPages;
} FLASH_EraseInitTypeDef;
constexpr std::uint32_t FLASH_TYPEERASE_PAGES = 0;
HAL_StatusTypeDef HAL_FLASH_Unlock();
HAL_StatusTypeDef HAL_FLASH_Lock();
HAL_StatusTypeDef HAL_FLASH_Program(std::uint32_t type, stm32_address_t address,
                                    std::uint64_t data);
HAL_StatusTypeDef HAL_FLASHEx_Erase(FLASH_EraseInitTypeDef* erase, std::uint32_t* failed_page);
void __DSB();
