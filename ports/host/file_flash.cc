#include "host/file_flash.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <vector>

namespace norlog {
namespace {

bool WriteAll(int file, std::uint64_t address, std::span<const std::uint8_t> data) {
  while (!data.empty()) {
    const ssize_t done = pwrite(file, data.data(), data.size(), static_cast<off_t>(address));
    if (done <= 0) return false;
    data = data.subspan(static_cast<std::size_t>(done));
    address += static_cast<std::uint64_t>(done);
  }
  return true;
}

bool ReadAll(int file, std::uint64_t address, std::span<std::uint8_t> out) {
  while (!out.empty()) {
    const ssize_t done = pread(file, out.data(), out.size(), static_cast<off_t>(address));
    if (done <= 0) return false;
    out = out.subspan(static_cast<std::size_t>(done));
    address += static_cast<std::uint64_t>(done);
  }
  return true;
}

}  // namespace

FileFlash::~FileFlash() {
  if (file_ >= 0) close(file_);
}

Status FileFlash::Open(const std::string& path) {
  file_ = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (file_ < 0) return Status::kReadError;
  const off_t size = lseek(file_, 0, SEEK_END);
  if (size == static_cast<off_t>(geometry_.size_bytes())) return Status::kOk;
  if (size != 0) return Status::kOutOfBounds;
  const std::vector<std::uint8_t> erased(geometry_.erase_unit_bytes, 0xFF);
  for (std::uint32_t unit = 0; unit < geometry_.erase_unit_count; ++unit) {
    if (!WriteAll(file_, std::uint64_t{unit} * erased.size(), erased)) return Status::kReadError;
  }
  return Status::kOk;
}

Status FileFlash::Read(std::uint64_t address, std::span<std::uint8_t> out) {
  if (!InRange(address, out.size())) return Status::kOutOfBounds;
  return ReadAll(file_, address, out) ? Status::kOk : Status::kReadError;
}

Status FileFlash::Program(std::uint64_t address, std::span<const std::uint8_t> data) {
  if (!InRange(address, data.size())) return Status::kOutOfBounds;
  const std::uint32_t unit = geometry_.program_unit_bytes;
  if (data.empty() || address % unit != 0 || data.size() % unit != 0 ||
      address % geometry_.page_bytes + data.size() > geometry_.page_bytes) {
    return Status::kMisaligned;
  }
  std::vector<std::uint8_t> cells(data.size());
  if (!ReadAll(file_, address, cells)) return Status::kProgramError;
  for (std::size_t i = 0; i < cells.size(); ++i) cells[i] &= data[i];
  return WriteAll(file_, address, cells) ? Status::kOk : Status::kProgramError;
}

Status FileFlash::Erase(std::uint64_t address, std::uint32_t size) {
  if (!InRange(address, size)) return Status::kOutOfBounds;
  const bool known = size == geometry_.erase_unit_bytes ||
                     (size != 0 && std::count(std::begin(geometry_.larger_erase_bytes),
                                              std::end(geometry_.larger_erase_bytes), size) != 0);
  if (!known || address % size != 0) return Status::kMisaligned;
  const std::vector<std::uint8_t> erased(size, 0xFF);
  return WriteAll(file_, address, erased) ? Status::kOk : Status::kEraseError;
}

Status FileFlash::Sync() {
  return fdatasync(file_) == 0 ? Status::kOk : Status::kProgramError;
}

}  // namespace norlog
