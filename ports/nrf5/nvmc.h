// nrf5/nvmc.h - a driver for the internal flash of nRF51 (and, with its page
// size, nRF52) through the NVMC, the controller of the non-volatile memory.
//
// A word may be written twice between two erases (nWRITE in the product
// specification): kOncePlusZero (C22). The CPU stands still meanwhile, unless it
// runs from RAM. With a SoftDevice go through its calls instead.
#ifndef NRF5_NVMC_H_
#define NRF5_NVMC_H_

#include <cstdint>
#include <span>

#include "norlog/geometry.h"
#include "norlog/nor_flash.h"
#include "norlog/status.h"

namespace norlog {

class Nvmc final : public NorFlash {
 public:
  enum class Moment : std::uint8_t { kEnabled = 1, kStarted = 2 };
  using Hook = void (*)(Moment);

  // `hook`, if any, is called when writing was enabled, and when an operation
  // was started: for tests that cut the power.
  explicit Nvmc(Hook hook = nullptr) : hook_(hook) {}
  Nvmc(const Nvmc&) = delete;
  Nvmc& operator=(const Nvmc&) = delete;

  // Reads the size of the flash from FICR. kReadError if that is nonsense.
  Status Init();

  const Geometry& geometry() const override { return geometry_; }
  Status Read(std::uint64_t address, std::span<std::uint8_t> out) override;
  Status Program(std::uint64_t address, std::span<const std::uint8_t> data) override;
  Status Erase(std::uint64_t address, std::uint32_t size) override;

 private:
  void Enable(std::uint32_t mode);
  void Tell(Moment moment) {
    if (hook_ != nullptr) hook_(moment);
  }

  const Hook hook_;
  Geometry geometry_;
};

}  // namespace norlog

#endif  // NRF5_NVMC_H_
