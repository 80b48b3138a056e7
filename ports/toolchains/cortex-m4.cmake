set(CMAKE_SYSTEM_PROCESSOR cortex-m4)
set(cpu_flags "-mcpu=cortex-m4 -mthumb")
include(${CMAKE_CURRENT_LIST_DIR}/arm-none-eabi.cmake)
