// host/file_flash.h - a file as a NOR flash, for tools and desktop trials.
//
// The file is the image of the chip, byte for byte. It keeps the rules of NOR:
// programs clear bits only.
#ifndef HOST_FILE_FLASH_H_
#define HOST_FILE_FLASH_H_

#include <cstdint>
#include <span>
#include <string>

#include "norlog/geometry.h"
#include "norlog/nor_flash.h"
#include "norlog/status.h"

namespace norlog {

class FileFlash final : public NorFlash {
 public:
  explicit FileFlash(const Geometry& geometry) : geometry_(geometry) {}
  ~FileFlash();
  FileFlash(const FileFlash&) = delete;
  FileFlash& operator=(const FileFlash&) = delete;

  // Opens the image, or makes an erased one if there is none. kReadError: it
  // cannot be opened; kOutOfBounds: its size is not the geometry's.
  Status Open(const std::string& path);

  const Geometry& geometry() const override { return geometry_; }
  Status Read(std::uint64_t address, std::span<std::uint8_t> out) override;
  Status Program(std::uint64_t address, std::span<const std::uint8_t> data) override;
  Status Erase(std::uint64_t address, std::uint32_t size) override;
  // What was written survives the process in any case; after Sync the host, too.
  Status Sync() override;

 private:
  bool InRange(std::uint64_t address, std::uint64_t size) const {
    return address <= geometry_.size_bytes() && size <= geometry_.size_bytes() - address;
  }

  const Geometry geometry_;
  int file_ = -1;
};

}  // namespace norlog

#endif  // HOST_FILE_FLASH_H_
