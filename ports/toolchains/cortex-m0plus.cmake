set(CMAKE_SYSTEM_PROCESSOR cortex-m0plus)
set(cpu_flags "-mcpu=cortex-m0plus -mthumb")
include(${CMAKE_CURRENT_LIST_DIR}/arm-none-eabi.cmake)
