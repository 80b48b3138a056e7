# GCC for bare metal Arm (Debian: gcc-arm-none-eabi, libnewlib-dev,
# libstdc++-arm-none-eabi-dev). The file that includes this sets `cpu_flags`.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_C_COMPILER arm-none-eabi-gcc)
set(CMAKE_CXX_COMPILER arm-none-eabi-g++)

# There is no board to link for: CMake's compiler checks stop at the archive.
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)

# -fstack-usage writes each function's stack frame beside its object (.su).
set(CMAKE_C_FLAGS_INIT "${cpu_flags} -ffunction-sections -fdata-sections -fstack-usage")
set(CMAKE_CXX_FLAGS_INIT "${CMAKE_C_FLAGS_INIT} -fno-threadsafe-statics")
