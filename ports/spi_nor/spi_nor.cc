#include "spi_nor/spi_nor.h"

#include <cstddef>

namespace norlog {
namespace {

enum Opcode : std::uint8_t {
  kWriteEnable = 0x06,
  kReadStatus = 0x05,
  kRead = 0x03,
  kRead4 = 0x13,
  kProgram = 0x02,
  kProgram4 = 0x12,
  kReadId = 0x9F,
  kReadSfdp = 0x5A,
  kWakeUp = 0xAB,
  kEnableReset = 0x66,
  kReset = 0x99,
  kUnlockBlocks = 0x98,
  kReadFlags = 0x70,
  kClearFlags = 0x50,
};

constexpr std::uint8_t kBusyBit = 0x01;
constexpr std::uint8_t kWriteEnabledBit = 0x02;
constexpr std::uint8_t kFailedFlags = 0x30;

// Several times the longest that data sheets give for any part of the table.
constexpr std::uint32_t kProgramTimeoutUs = 20000;
constexpr std::uint32_t kWakeUpUs = 100;
constexpr std::uint32_t kEraseTimeoutUs = 5000000;
constexpr std::uint32_t kSuspendTimeoutUs = 1000;
// Between a resume and the next suspend: parts ask for 20 to 100 us; in less than
// this an erase that is suspended again and again would get nowhere.
constexpr std::uint32_t kResumeUs = 500;

}  // namespace

Status SpiNor::Init() {
  geometry_ = Geometry();
  erasing_ = suspended_ = false;
  erased_ = Status::kOk;
  NORLOG_TRY(WakeUp());
  NORLOG_TRY(WaitReady(kEraseTimeoutUs, Status::kProgramError));
  NORLOG_TRY(Identify());
  NORLOG_TRY(EndSuspension());
  if (part_.unlock_at_boot && (!EnableWrite() || !Command(kUnlockBlocks))) {
    return Status::kProgramError;
  }
  SetGeometry();
  return IsValid(geometry_) ? Status::kOk : Status::kReadError;
}

// A chip in deep power-down answers nothing at all; one that is busy would not
// hear the command.
Status SpiNor::WakeUp() {
  std::uint8_t status = 0;
  if (!ReadStatus(status)) return Status::kReadError;
  if (status != 0xFF) return Status::kOk;
  if (!Command(kWakeUp)) return Status::kReadError;
  const std::uint32_t start = transport_.NowUs();
  while (transport_.NowUs() - start < kWakeUpUs) transport_.Idle();
  return Status::kOk;
}

// A reset of the MCU may have left an erase suspended: then the chip would take no
// other. It is given up; what it left half erased is the engine's business.
Status SpiNor::EndSuspension() {
  if (part_.suspend == 0) return Status::kOk;
  if (!Command(kEnableReset) || !Command(kReset)) return Status::kReadError;
  const std::uint32_t start = transport_.NowUs();
  while (transport_.NowUs() - start < kWakeUpUs) transport_.Idle();
  return WaitReady(kEraseTimeoutUs, Status::kProgramError);
}

Status SpiNor::Identify() {
  const std::uint8_t opcode = kReadId;
  std::uint8_t id[3];
  if (!transport_.Transfer({&opcode, 1}, {}, id)) return Status::kReadError;
  const std::uint32_t value = std::uint32_t{id[0]} << 16 | std::uint32_t{id[1]} << 8 | id[2];
  if (value == 0 || value == 0xFFFFFF) return Status::kReadError;
  if (FindSpiNorPart(value, part_)) return Status::kOk;
  NORLOG_TRY(ReadSfdp());
  part_.id = value;
  return Status::kOk;
}

bool SpiNor::ReadSfdpBytes(std::uint32_t address, std::span<std::uint8_t> out) {
  const std::uint8_t command[] = {kReadSfdp, static_cast<std::uint8_t>(address >> 16),
                                  static_cast<std::uint8_t>(address >> 8),
                                  static_cast<std::uint8_t>(address), 0};
  return transport_.Transfer(command, {}, out);
}

// The first parameter header is always the basic table's.
Status SpiNor::ReadSfdp() {
  std::uint8_t head[16];
  if (!ReadSfdpBytes(0, head)) return Status::kReadError;
  if (head[0] != 'S' || head[1] != 'F' || head[2] != 'D' || head[3] != 'P') {
    return Status::kReadError;
  }
  const std::uint32_t address =
      head[12] | std::uint32_t{head[13]} << 8 | std::uint32_t{head[14]} << 16;
  std::uint8_t table[64];
  std::size_t size = std::size_t{head[11]} * 4;
  if (size > sizeof(table)) size = sizeof(table);
  if (!ReadSfdpBytes(address, {table, size})) return Status::kReadError;
  return ParseSfdpTable({table, size}, part_) ? Status::kOk : Status::kReadError;
}

void SpiNor::SetGeometry() {
  geometry_.erase_unit_bytes = part_.erases[0].bytes;
  geometry_.erase_unit_count = static_cast<std::uint32_t>(part_.size_bytes / part_.erases[0].bytes);
  geometry_.program_unit_bytes = 1;
  geometry_.page_bytes = part_.page_bytes;
  geometry_.program_rule = ProgramRule::kBits;
  int count = 0;
  for (const SpiErase& erase : part_.erases) {
    if (erase.bytes <= part_.erases[0].bytes || erase.bytes == unused_erase_bytes_) continue;
    geometry_.larger_erase_bytes[count++] = erase.bytes;
  }
}

std::span<const std::uint8_t> SpiNor::Addressed(std::uint8_t opcode, std::uint64_t address) {
  std::size_t size = 0;
  command_[size++] = opcode;
  if (part_.four_byte_addresses) command_[size++] = static_cast<std::uint8_t>(address >> 24);
  command_[size++] = static_cast<std::uint8_t>(address >> 16);
  command_[size++] = static_cast<std::uint8_t>(address >> 8);
  command_[size++] = static_cast<std::uint8_t>(address);
  return {command_, size};
}

bool SpiNor::ReadStatus(std::uint8_t& status) {
  const std::uint8_t opcode = kReadStatus;
  return transport_.Transfer({&opcode, 1}, {}, {&status, 1});
}

// A bus without a chip reads FF, which is busy: it ends as `late`.
Status SpiNor::WaitReady(std::uint32_t timeout_us, Status late) {
  const std::uint32_t start = transport_.NowUs();
  for (;;) {
    // The time is taken before the look: a pause in between costs no timeout.
    const bool too_late = transport_.NowUs() - start > timeout_us;
    std::uint8_t status = kBusyBit;
    if (!ReadStatus(status)) return late;
    if ((status & kBusyBit) == 0) return Status::kOk;
    if (too_late) return late;
    transport_.Idle();
  }
}

// The chip must confirm it: else it is protected, or not there.
bool SpiNor::EnableWrite() {
  std::uint8_t status = 0;
  return Command(kWriteEnable) && ReadStatus(status) && (status & kWriteEnabledBit) != 0;
}

// How the operation ended, as far as the part tells.
Status SpiNor::Ended(Status failed) {
  if (!part_.flag_status) return Status::kOk;
  const std::uint8_t opcode = kReadFlags;
  std::uint8_t flags = 0;
  if (!transport_.Transfer({&opcode, 1}, {}, {&flags, 1})) return failed;
  if ((flags & kFailedFlags) == 0) return Status::kOk;
  (void)Command(kClearFlags);
  return failed;
}

Status SpiNor::Finish(std::uint32_t timeout_us, Status failed) {
  NORLOG_TRY(WaitReady(timeout_us, failed));
  return Ended(failed);
}

// --- Read, program, erase --------------------------------------------------------

Status SpiNor::Read(std::uint64_t address, std::span<std::uint8_t> out) {
  if (!InRange(address, out.size())) return Status::kOutOfBounds;
  if (out.empty()) return Status::kOk;
  NORLOG_TRY(Suspend(/*suffices=*/true, Status::kReadError));
  const auto command = Addressed(part_.four_byte_addresses ? kRead4 : kRead, address);
  const bool done = transport_.Transfer(command, {}, out);
  return Resume(done ? Status::kOk : Status::kReadError, Status::kReadError);
}

Status SpiNor::Program(std::uint64_t address, std::span<const std::uint8_t> data) {
  if (!InRange(address, data.size())) return Status::kOutOfBounds;
  if (data.empty() || address % part_.page_bytes + data.size() > part_.page_bytes) {
    return Status::kMisaligned;
  }
  NORLOG_TRY(Suspend(part_.programs_suspended, Status::kProgramError));
  return Resume(ProgramNow(address, data), Status::kProgramError);
}

Status SpiNor::ProgramNow(std::uint64_t address, std::span<const std::uint8_t> data) {
  if (!EnableWrite()) return Status::kProgramError;
  const auto command = Addressed(part_.four_byte_addresses ? kProgram4 : kProgram, address);
  if (!transport_.Transfer(command, data, {})) return Status::kProgramError;
  return Finish(kProgramTimeoutUs, Status::kProgramError);
}

Status SpiNor::Erase(std::uint64_t address, std::uint32_t size) {
  while (Busy() == Status::kBusy) transport_.Idle();  // of another log's partition
  NORLOG_TRY(SendErase(address, size));
  return Finish(kEraseTimeoutUs, Status::kEraseError);
}

Status SpiNor::SendErase(std::uint64_t address, std::uint32_t size) {
  if (!InRange(address, size)) return Status::kOutOfBounds;
  for (const SpiErase& erase : part_.erases) {
    if (erase.bytes == 0 || erase.bytes != size) continue;
    if (address % size != 0) return Status::kMisaligned;
    const bool sent =
        EnableWrite() && transport_.Transfer(Addressed(erase.opcode, address), {}, {});
    return sent ? Status::kOk : Status::kEraseError;
  }
  return Status::kMisaligned;
}

// --- Erases that go on by themselves ------------------------------------------------

bool SpiNor::StartErase(std::uint64_t address, std::uint32_t size) {
  if (erasing_ || !Ok(SendErase(address, size))) return false;
  erasing_ = true;
  resumed_us_ = transport_.NowUs();
  return true;
}

Status SpiNor::Busy() {
  if (!erasing_) return erased_;
  const bool resumed = Ok(Resume(Status::kOk, Status::kBusy));  // the bus may have failed before
  const bool too_late = transport_.NowUs() - resumed_us_ > kEraseTimeoutUs;
  const bool busy = !resumed || IsBusy();
  if (busy && !too_late) return Status::kBusy;
  erasing_ = false;
  erased_ = busy ? Status::kEraseError : Ended(Status::kEraseError);
  return erased_;
}

bool SpiNor::IsBusy() {
  std::uint8_t status = kBusyBit;
  return !ReadStatus(status) || (status & kBusyBit) != 0;
}

// Makes room for a read or a program. Where the part cannot suspend, or that does not
// suffice for what is to be done, the erase comes to its end.
Status SpiNor::Suspend(bool suffices, Status failed) {
  if (!erasing_ || !IsBusy()) return Status::kOk;
  if (part_.suspend == 0 || !suffices) return WaitReady(kEraseTimeoutUs, failed);
  while (transport_.NowUs() - resumed_us_ < kResumeUs) transport_.Idle();
  suspended_ = true;
  const bool stopped =
      Command(part_.suspend) && Ok(WaitReady(kSuspendTimeoutUs, Status::kReadError));
  return stopped ? Status::kOk : Resume(failed, failed);
}

// `status` is that of what was done meanwhile. An erase that had just ended
// does not mind the command.
Status SpiNor::Resume(Status status, Status failed) {
  if (!suspended_) return status;
  if (!Command(part_.resume)) return failed;
  suspended_ = false;
  resumed_us_ = transport_.NowUs();
  return status;
}

}  // namespace norlog
