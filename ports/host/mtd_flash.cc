#include "host/mtd_flash.h"

#include <fcntl.h>
#include <mtd/mtd-user.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace norlog {

int MtdKernel::Open(const char* path) {
  return open(path, O_RDWR | O_SYNC | O_CLOEXEC);
}
void MtdKernel::Close(int file) {
  close(file);
}
int MtdKernel::Control(int file, unsigned long request, void* argument) {
  return ioctl(file, request, argument);
}
ssize_t MtdKernel::Read(int file, void* out, std::size_t size, off_t offset) {
  return pread(file, out, size, offset);
}
ssize_t MtdKernel::Write(int file, const void* data, std::size_t size, off_t offset) {
  return pwrite(file, data, size, offset);
}

MtdFlash::~MtdFlash() {
  if (file_ >= 0) kernel_.Close(file_);
}

// A NOR flash says BIT_WRITEABLE if single bits can be cleared again and again;
// where it does not, its words are written once.
Status MtdFlash::Open(const std::string& path) {
  file_ = kernel_.Open(path.c_str());
  if (file_ < 0) return Status::kReadError;
  mtd_info_user info = {};
  if (kernel_.Control(file_, MEMGETINFO, &info) != 0) return Status::kReadError;
  const bool is_ram = info.type == MTD_RAM;
  if ((info.type != MTD_NORFLASH && !is_ram) || (info.flags & MTD_WRITEABLE) == 0 ||
      info.erasesize == 0) {
    return Status::kMisaligned;
  }
  Geometry geometry;
  geometry.erase_unit_bytes = info.erasesize;
  geometry.erase_unit_count = info.size / info.erasesize;
  geometry.program_unit_bytes = info.writesize;
  geometry.page_bytes = info.writesize > 256 || 256 % info.writesize != 0 ? info.writesize : 256;
  geometry.program_rule = is_ram                                  ? ProgramRule::kOverwrite
                          : (info.flags & MTD_BIT_WRITEABLE) != 0 ? ProgramRule::kBits
                                                                  : ProgramRule::kOnce;
  if (!IsValid(geometry)) return Status::kMisaligned;
  geometry_ = geometry;
  return Status::kOk;
}

Status MtdFlash::Read(std::uint64_t address, std::span<std::uint8_t> out) {
  if (!InRange(address, out.size())) return Status::kOutOfBounds;
  const ssize_t done = kernel_.Read(file_, out.data(), out.size(), static_cast<off_t>(address));
  return done == static_cast<ssize_t>(out.size()) ? Status::kOk : Status::kReadError;
}

// A write that ended early may have been programmed in part: not tried again.
Status MtdFlash::Program(std::uint64_t address, std::span<const std::uint8_t> data) {
  if (!InRange(address, data.size())) return Status::kOutOfBounds;
  const std::uint32_t unit = geometry_.program_unit_bytes;
  if (data.empty() || address % unit != 0 || data.size() % unit != 0 ||
      address % geometry_.page_bytes + data.size() > geometry_.page_bytes) {
    return Status::kMisaligned;
  }
  const ssize_t done = kernel_.Write(file_, data.data(), data.size(), static_cast<off_t>(address));
  return done == static_cast<ssize_t>(data.size()) ? Status::kOk : Status::kProgramError;
}

Status MtdFlash::Erase(std::uint64_t address, std::uint32_t size) {
  if (!InRange(address, size)) return Status::kOutOfBounds;
  if (size != geometry_.erase_unit_bytes || address % size != 0) return Status::kMisaligned;
  erase_info_user range = {static_cast<std::uint32_t>(address), size};
  return kernel_.Control(file_, MEMERASE, &range) == 0 ? Status::kOk : Status::kEraseError;
}

}  // namespace norlog
