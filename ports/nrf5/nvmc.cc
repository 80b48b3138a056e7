#include "nrf5/nvmc.h"

#include <cstring>

namespace norlog {
namespace {

constexpr std::uintptr_t kReady = 0x4001E400;
constexpr std::uintptr_t kConfig = 0x4001E504;
constexpr std::uintptr_t kErasePage = 0x4001E508;
constexpr std::uint32_t kReadOnly = 0;
constexpr std::uint32_t kWriteEnabled = 1;
constexpr std::uint32_t kEraseEnabled = 2;

constexpr std::uintptr_t kPageSize = 0x10000010;
constexpr std::uintptr_t kPageCount = 0x10000014;

constexpr std::uint32_t kWordBytes = 4;
constexpr std::uint32_t kBurstBytes = 256;  // words of one Program call; no page of the part's

volatile std::uint32_t& Register(std::uintptr_t address) {
  return *reinterpret_cast<volatile std::uint32_t*>(address);
}

void WaitReady() {
  while ((Register(kReady) & 1) == 0) {
  }
}

}  // namespace

Status Nvmc::Init() {
  geometry_ = Geometry();
  geometry_.erase_unit_bytes = Register(kPageSize);
  geometry_.erase_unit_count = Register(kPageCount);
  geometry_.program_unit_bytes = kWordBytes;
  geometry_.page_bytes = kBurstBytes;
  geometry_.program_rule = ProgramRule::kOncePlusZero;
  return IsValid(geometry_) && geometry_.erase_unit_bytes <= 4096 ? Status::kOk
                                                                  : Status::kReadError;
}

void Nvmc::Enable(std::uint32_t mode) {
  WaitReady();
  Register(kConfig) = mode;
  WaitReady();
  if (mode != kReadOnly) Tell(Moment::kEnabled);
}

Status Nvmc::Read(std::uint64_t address, std::span<std::uint8_t> out) {
  const std::uint64_t size = geometry_.size_bytes();
  if (address > size || out.size() > size - address) return Status::kOutOfBounds;
  std::memcpy(out.data(), reinterpret_cast<const void*>(static_cast<std::uintptr_t>(address)),
              out.size());
  return Status::kOk;
}

Status Nvmc::Program(std::uint64_t address, std::span<const std::uint8_t> data) {
  const std::uint64_t size = geometry_.size_bytes();
  if (address > size || data.size() > size - address) return Status::kOutOfBounds;
  if (data.empty() || address % kWordBytes != 0 || data.size() % kWordBytes != 0 ||
      address % kBurstBytes + data.size() > kBurstBytes) {
    return Status::kMisaligned;
  }
  Enable(kWriteEnabled);
  for (std::size_t at = 0; at < data.size(); at += kWordBytes) {
    std::uint32_t word;
    std::memcpy(&word, &data[at], sizeof(word));  // data has any alignment (C9)
    Register(static_cast<std::uintptr_t>(address + at)) = word;
    Tell(Moment::kStarted);
    WaitReady();
  }
  Enable(kReadOnly);
  return Status::kOk;
}

Status Nvmc::Erase(std::uint64_t address, std::uint32_t size) {
  if (address >= geometry_.size_bytes()) return Status::kOutOfBounds;
  if (size != geometry_.erase_unit_bytes || address % size != 0) return Status::kMisaligned;
  Enable(kEraseEnabled);
  Register(kErasePage) = static_cast<std::uint32_t>(address);
  Tell(Moment::kStarted);
  WaitReady();
  Enable(kReadOnly);
  return Status::kOk;
}

}  // namespace norlog
