#include "cfi02/cfi02.h"

#include <cstddef>

namespace norlog {
namespace {

constexpr std::uint32_t kUnlock1 = 0x555;
constexpr std::uint32_t kUnlock2 = 0x2AA;
constexpr std::uint32_t kCfiAddress = 0x55;

constexpr std::uint8_t kCfiQuery = 0x98;
constexpr std::uint8_t kReset = 0xF0;
constexpr std::uint8_t kProgramSetup = 0xA0;
constexpr std::uint8_t kUnlockBypass = 0x20;
constexpr std::uint8_t kBypassEnd1 = 0x90;
constexpr std::uint8_t kBypassEnd2 = 0x00;
constexpr std::uint8_t kEraseSetup = 0x80;
constexpr std::uint8_t kEraseSector = 0x30;

// While an operation is under way bit 6 toggles from read to read; bit 5 says
// that the chip has given up.
constexpr std::uint8_t kToggles = 0x40;
constexpr std::uint8_t kGaveUp = 0x20;

// The chip has no page; this bounds a Program call.
constexpr std::uint32_t kPageBytes = 256;

}  // namespace

Status Cfi02::Init() {
  if (!WaitReady(0)) Cell(0) = kReset;
  Cell(kCfiAddress) = kCfiQuery;
  const bool answers = Cell(0x10) == 'Q' && Cell(0x11) == 'R' && Cell(0x12) == 'Y';
  const std::uint8_t size_exponent = Cell(0x27);
  const std::uint8_t regions = Cell(0x2C);
  const std::uint32_t count = 1u + Cell(0x2D) + (std::uint32_t{Cell(0x2E)} << 8);
  const std::uint32_t sector = 256u * (Cell(0x2F) + (std::uint32_t{Cell(0x30)} << 8));
  Cell(0) = kReset;
  if (!answers || regions != 1 ||
      std::uint64_t{count} * sector != std::uint64_t{1} << size_exponent) {
    return Status::kReadError;
  }
  geometry_ = Geometry();
  geometry_.erase_unit_bytes = sector;
  geometry_.erase_unit_count = count;
  geometry_.program_unit_bytes = 1;
  geometry_.page_bytes = kPageBytes;
  geometry_.program_rule = ProgramRule::kBits;
  return Status::kOk;
}

void Cfi02::Unlock() {
  Cell(kUnlock1) = 0xAA;
  Cell(kUnlock2) = 0x55;
}

// Two reads that agree in the toggle bit: nothing is under way.
bool Cfi02::IsReady(std::uint64_t address) {
  const std::uint8_t first = Cell(address);
  const std::uint8_t second = Cell(address);
  return ((first ^ second) & kToggles) == 0;
}

// The chip ends each operation by itself, in success or with kGaveUp; it may
// become ready just after that bit was read, so it is asked once more.
bool Cfi02::WaitReady(std::uint64_t address) {
  while (!IsReady(address)) {
    if ((Cell(address) & kGaveUp) == 0) continue;
    if (IsReady(address)) return true;
    return false;
  }
  return true;
}

Status Cfi02::Read(std::uint64_t address, std::span<std::uint8_t> out) {
  const std::uint64_t size = geometry_.size_bytes();
  if (address > size || out.size() > size - address) return Status::kOutOfBounds;
  for (std::uint8_t& byte : out) byte = Cell(address++);
  return Status::kOk;
}

bool Cfi02::ProgramByte(std::uint64_t address, std::uint8_t byte) {
  Cell(0) = kProgramSetup;
  Tell(Moment::kEnabled);
  Cell(address) = byte;
  Tell(Moment::kStarted);
  return WaitReady(address);
}

// In the chip's bypass mode a byte takes two bus cycles instead of four.
Status Cfi02::Program(std::uint64_t address, std::span<const std::uint8_t> data) {
  const std::uint64_t size = geometry_.size_bytes();
  if (address > size || data.size() > size - address) return Status::kOutOfBounds;
  if (data.empty() || address % kPageBytes + data.size() > kPageBytes) return Status::kMisaligned;
  Unlock();
  Cell(kUnlock1) = kUnlockBypass;
  bool good = true;
  for (std::size_t i = 0; good && i < data.size(); ++i) good = ProgramByte(address + i, data[i]);
  if (!good) Cell(0) = kReset;
  Cell(0) = kBypassEnd1;
  Cell(0) = kBypassEnd2;
  return good ? Status::kOk : Status::kProgramError;
}

Status Cfi02::Erase(std::uint64_t address, std::uint32_t size) {
  if (address >= geometry_.size_bytes()) return Status::kOutOfBounds;
  if (size != geometry_.erase_unit_bytes || address % size != 0) return Status::kMisaligned;
  Unlock();
  Cell(kUnlock1) = kEraseSetup;
  Unlock();
  Tell(Moment::kEnabled);
  Cell(address) = kEraseSector;
  Tell(Moment::kStarted);
  const bool ready = WaitReady(address);
  Cell(0) = kReset;
  return ready ? Status::kOk : Status::kEraseError;
}

}  // namespace norlog
