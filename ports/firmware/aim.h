// firmware/aim.h - stops the firmware where the host wants to cut the power.
#ifndef FIRMWARE_AIM_H_
#define FIRMWARE_AIM_H_

#include <cstdint>

#include "norlog/nor_flash.h"

namespace firmware {

// At the `nth` moment of that kind from now on the firmware prints "aimed" and
// does nothing more. 0: never.
void Aim(std::uint32_t nth, std::uint32_t moment);

// Kinds of moments beside board::Moment: behind a program on the front of a
// bucket, told by its place (docs/FORMAT.md section 1).
inline constexpr std::uint32_t kAfterMark = 3;
inline constexpr std::uint32_t kAfterOpenNote = 4;
inline constexpr std::uint32_t kAfterHeader = 5;
inline constexpr std::uint32_t kAfterTouch = 6;

// Passes everything on, and looks where programs go.
class AimedFlash final : public norlog::NorFlash {
 public:
  AimedFlash(norlog::NorFlash& flash, std::uint32_t bucket_bytes)
      : flash_(flash), bucket_bytes_(bucket_bytes) {}

  const norlog::Geometry& geometry() const override { return flash_.geometry(); }
  norlog::Status Read(std::uint64_t address, std::span<std::uint8_t> out) override {
    return flash_.Read(address, out);
  }
  norlog::Status Program(std::uint64_t address, std::span<const std::uint8_t> data) override;
  norlog::Status Erase(std::uint64_t address, std::uint32_t size) override {
    return flash_.Erase(address, size);
  }
  norlog::Status Sync() override { return flash_.Sync(); }

 private:
  norlog::NorFlash& flash_;
  const std::uint32_t bucket_bytes_;
};

}  // namespace firmware

#endif  // FIRMWARE_AIM_H_
