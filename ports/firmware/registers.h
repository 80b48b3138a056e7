// firmware/registers.h - hardware registers by address.
#ifndef FIRMWARE_REGISTERS_H_
#define FIRMWARE_REGISTERS_H_

#include <cstdint>

namespace firmware {

inline volatile std::uint32_t& Register(std::uintptr_t address) {
  return *reinterpret_cast<volatile std::uint32_t*>(address);
}

inline volatile std::uint8_t& ByteRegister(std::uintptr_t address) {
  return *reinterpret_cast<volatile std::uint8_t*>(address);
}

}  // namespace firmware

#endif  // FIRMWARE_REGISTERS_H_
