// host/mtd_flash.h - a NOR flash behind Linux: the MTD character device.
//
//   norlog::MtdFlash flash;
//   if (flash.Open("/dev/mtd3") != norlog::Status::kOk) ...
//
// Sizes come from MEMGETINFO. NAND is refused: its pages are no program units of
// ours. Use the character device, never /dev/mtdblock: that one erases and
// rewrites by itself (C10).
#ifndef HOST_MTD_FLASH_H_
#define HOST_MTD_FLASH_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "norlog/geometry.h"
#include "norlog/nor_flash.h"
#include "norlog/status.h"

namespace norlog {

// What MtdFlash asks of the kernel; a test puts another one in its place.
class MtdKernel {
 public:
  virtual int Open(const char* path);
  virtual void Close(int file);
  virtual int Control(int file, unsigned long request, void* argument);
  virtual ssize_t Read(int file, void* out, std::size_t size, off_t offset);
  virtual ssize_t Write(int file, const void* data, std::size_t size, off_t offset);
  virtual ~MtdKernel() = default;
};

class MtdFlash final : public NorFlash {
 public:
  MtdFlash() : kernel_(real_kernel_) {}
  explicit MtdFlash(MtdKernel& kernel) : kernel_(kernel) {}
  ~MtdFlash();
  MtdFlash(const MtdFlash&) = delete;
  MtdFlash& operator=(const MtdFlash&) = delete;

  // kReadError: no such device, or no MTD; kMisaligned: a kind of memory that
  // cannot be used (NAND, ROM, a write size above 32).
  Status Open(const std::string& path);

  const Geometry& geometry() const override { return geometry_; }
  Status Read(std::uint64_t address, std::span<std::uint8_t> out) override;
  Status Program(std::uint64_t address, std::span<const std::uint8_t> data) override;
  Status Erase(std::uint64_t address, std::uint32_t size) override;

 private:
  bool InRange(std::uint64_t address, std::uint64_t size) const {
    return address <= geometry_.size_bytes() && size <= geometry_.size_bytes() - address;
  }

  MtdKernel real_kernel_;
  MtdKernel& kernel_;
  int file_ = -1;
  Geometry geometry_;
};

}  // namespace norlog

#endif  // HOST_MTD_FLASH_H_
