set(CMAKE_SYSTEM_PROCESSOR cortex-a9)
set(cpu_flags "-mcpu=cortex-a9 -marm -mfloat-abi=soft -mno-unaligned-access")
include(${CMAKE_CURRENT_LIST_DIR}/arm-none-eabi.cmake)
