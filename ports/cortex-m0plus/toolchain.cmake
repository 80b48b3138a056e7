# Arm Cortex-M0+ with GCC for bare metal (Debian: gcc-arm-none-eabi,
# libnewlib-dev, libstdc++-arm-none-eabi-dev).
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR cortex-m0plus)
set(CMAKE_CXX_COMPILER arm-none-eabi-g++)

# There is no board to link for: CMake's compiler checks stop at the archive.
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)

# -fstack-usage writes each function's stack frame beside its object (.su).
set(CMAKE_CXX_FLAGS_INIT "-mcpu=cortex-m0plus -mthumb -ffunction-sections \
-fdata-sections -fno-threadsafe-statics -fstack-usage")
