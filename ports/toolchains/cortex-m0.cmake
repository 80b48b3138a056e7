set(CMAKE_SYSTEM_PROCESSOR cortex-m0)
set(cpu_flags "-mcpu=cortex-m0 -mthumb")
include(${CMAKE_CURRENT_LIST_DIR}/arm-none-eabi.cmake)
