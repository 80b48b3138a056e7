// flashsim/hal.h - what a port does between a peculiar chip and the engine.
//
// The contract (docs/FLASH_CONTRACT.md, C8) wants erased cells to read FF and
// blank words to be readable. Some parts do neither; their ports hide it, and
// these are the smallest such ports.
#ifndef FLASHSIM_HAL_H_
#define FLASHSIM_HAL_H_

#include <cstdint>
#include <span>
#include <vector>

#include "flashsim/profiles.h"
#include "flashsim/sim_flash.h"
#include "norlog/geometry.h"
#include "norlog/nor_flash.h"
#include "norlog/status.h"

namespace flashsim {

// Inverts all bits both ways. Over a SimFlash it is a chip that erases to 00
// and programs zeros to ones (LPC55); over such a chip, the port for it.
class InvertingHal final : public norlog::NorFlash {
 public:
  // `inner` must outlive this.
  explicit InvertingHal(norlog::NorFlash& inner) : inner_(inner) {}
  ~InvertingHal() = default;
  InvertingHal(const InvertingHal&) = delete;
  InvertingHal& operator=(const InvertingHal&) = delete;

  const norlog::Geometry& geometry() const override { return inner_.geometry(); }
  norlog::Status Read(std::uint64_t address, std::span<std::uint8_t> out) override;
  norlog::Status Program(std::uint64_t address, std::span<const std::uint8_t> data) override;
  norlog::Status Erase(std::uint64_t address, std::uint32_t size) override {
    return inner_.Erase(address, size);
  }
  norlog::Status Sync() override { return inner_.Sync(); }
  bool StartErase(std::uint64_t address, std::uint32_t size) override {
    return inner_.StartErase(address, size);
  }
  norlog::Status Busy() override { return inner_.Busy(); }

 private:
  norlog::NorFlash& inner_;
  std::vector<std::uint8_t> buffer_;
};

// The port that a profile's part needs: passes calls on, and with
// HalShim::kBlankCheck answers FF for words that cannot be read because they
// are blank.
class PartHal final : public norlog::NorFlash {
 public:
  // `chip` must outlive this.
  PartHal(SimFlash& chip, HalShim shim) : chip_(chip), shim_(shim) {}
  ~PartHal() = default;
  PartHal(const PartHal&) = delete;
  PartHal& operator=(const PartHal&) = delete;

  const norlog::Geometry& geometry() const override { return chip_.geometry(); }
  norlog::Status Read(std::uint64_t address, std::span<std::uint8_t> out) override;
  norlog::Status Program(std::uint64_t address, std::span<const std::uint8_t> data) override {
    return chip_.Program(address, data);
  }
  norlog::Status Erase(std::uint64_t address, std::uint32_t size) override {
    return chip_.Erase(address, size);
  }
  norlog::Status Sync() override { return chip_.Sync(); }
  bool StartErase(std::uint64_t address, std::uint32_t size) override {
    return chip_.StartErase(address, size);
  }
  norlog::Status Busy() override { return chip_.Busy(); }

 private:
  norlog::Status ReadWord(std::uint64_t address, std::span<std::uint8_t> out);

  SimFlash& chip_;
  HalShim shim_;
};

}  // namespace flashsim

#endif  // FLASHSIM_HAL_H_
