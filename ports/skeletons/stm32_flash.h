// A port for the internal flash of an STM32 with ECC, through ST's HAL: 8-byte
// words on L4, G0, G4, WB, WL; 16 on U5, H5; 32 on H7.
//
// Watch out for:
//  - Reading a word whose program was cut raises an NMI (bus fault on H7). Its
//    handler must call Stm32EccFailed(), clear the flag, and return: that is how a
//    torn word becomes kReadError instead of a reset (C7).
//  - A word is programmed once between two erases: kOnce. L4 and some others take
//    zeros over it: kOncePlusZero saves space; the conformance kit tries it.
//  - The CPU stalls while its own bank is written: on dual-bank parts put the log
//    into the other bank.
//  - With the cache or prefetch on, flush the data cache after an erase (the
//    HAL's erase does on L4; check yours): C6.
//  - PVD or BOR at its highest level, so that nothing is written below 2 V (C23).
#ifndef SKELETONS_STM32_FLASH_H_
#define SKELETONS_STM32_FLASH_H_

#include <cstdint>
#include <cstring>
#include <span>

#include "norlog/nor_flash.h"
#include "stm32_hal.h"

namespace norlog {

// Set by the fault handler, looked at by Read.
inline volatile bool stm32_ecc_failed = false;
inline void Stm32EccFailed() {
  stm32_ecc_failed = true;
}

// kUnitBytes: the ECC word, 8, 16 or 32. `type_program` is the HAL's
// FLASH_TYPEPROGRAM_DOUBLEWORD, _QUADWORD or _FLASHWORD.
template <std::uint32_t kUnitBytes>
class Stm32Flash final : public NorFlash {
 public:
  // `base`: where the log's first page is mapped; `first_page` its number.
  Stm32Flash(std::uintptr_t base, std::uint32_t bank, std::uint32_t first_page,
             std::uint32_t page_count, std::uint32_t page_bytes, std::uint32_t type_program,
             ProgramRule rule = ProgramRule::kOnce)
      : base_(base), bank_(bank), first_page_(first_page), type_program_(type_program) {
    geometry_.erase_unit_bytes = page_bytes;
    geometry_.erase_unit_count = page_count;
    geometry_.program_unit_bytes = kUnitBytes;
    geometry_.page_bytes = 256;  // bounds one Program call; the part has no page
    geometry_.program_rule = rule;
  }

  const Geometry& geometry() const override { return geometry_; }

  Status Read(std::uint64_t address, std::span<std::uint8_t> out) override {
    if (!InRange(address, out.size())) return Status::kOutOfBounds;
    stm32_ecc_failed = false;
    std::memcpy(out.data(), reinterpret_cast<const void*>(Mapped(address)), out.size());
    __DSB();  // the fault, if there is one, has come
    return stm32_ecc_failed ? Status::kReadError : Status::kOk;
  }

  Status Program(std::uint64_t address, std::span<const std::uint8_t> data) override {
    if (!InRange(address, data.size())) return Status::kOutOfBounds;
    if (data.empty() || address % kUnitBytes != 0 || data.size() % kUnitBytes != 0 ||
        address % geometry_.page_bytes + data.size() > geometry_.page_bytes) {
      return Status::kMisaligned;
    }
    if (HAL_FLASH_Unlock() != HAL_OK) return Status::kProgramError;
    Status status = Status::kOk;
    for (std::size_t at = 0; at < data.size() && Ok(status); at += kUnitBytes) {
      status = ProgramUnit(Mapped(address + at), &data[at]);
    }
    (void)HAL_FLASH_Lock();
    return status;
  }

  Status Erase(std::uint64_t address, std::uint32_t size) override {
    if (!InRange(address, size)) return Status::kOutOfBounds;
    if (size != geometry_.erase_unit_bytes || address % size != 0) return Status::kMisaligned;
    FLASH_EraseInitTypeDef erase = {};
    erase.TypeErase = FLASH_TYPEERASE_PAGES;
    erase.Banks = bank_;
    erase.Page = first_page_ + static_cast<std::uint32_t>(address / size);
    erase.NbPages = 1;
    std::uint32_t failed_page = 0;
    if (HAL_FLASH_Unlock() != HAL_OK) return Status::kEraseError;
    const HAL_StatusTypeDef result = HAL_FLASHEx_Erase(&erase, &failed_page);
    (void)HAL_FLASH_Lock();
    return result == HAL_OK ? Status::kOk : Status::kEraseError;
  }

 private:
  // A double word goes as a value, the larger ones by their address.
  Status ProgramUnit(std::uintptr_t address, const std::uint8_t* data) {
    alignas(8) std::uint8_t unit[kUnitBytes];
    std::memcpy(unit, data, kUnitBytes);  // data has any alignment (C9)
    std::uint64_t argument = 0;
    if constexpr (kUnitBytes == 8) {
      std::memcpy(&argument, unit, 8);
    } else {
      argument = reinterpret_cast<std::uintptr_t>(unit);
    }
    return HAL_FLASH_Program(type_program_, static_cast<stm32_address_t>(address), argument) ==
                   HAL_OK
               ? Status::kOk
               : Status::kProgramError;
  }
  std::uintptr_t Mapped(std::uint64_t address) const {
    return base_ + static_cast<std::uintptr_t>(address);
  }
  bool InRange(std::uint64_t address, std::uint64_t size) const {
    return address <= geometry_.size_bytes() && size <= geometry_.size_bytes() - address;
  }

  const std::uintptr_t base_;
  const std::uint32_t bank_;
  const std::uint32_t first_page_;
  const std::uint32_t type_program_;
  Geometry geometry_;
};

}  // namespace norlog

#endif  // SKELETONS_STM32_FLASH_H_
