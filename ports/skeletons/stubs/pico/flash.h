// Stand-in for the Pico SDK's header (see esp_partition.h here).
#pragma once
#include <cstdint>
constexpr int PICO_OK = 0;
int flash_safe_execute(void (*function)(void*), void* argument, std::uint32_t timeout_ms);
