// fuzz/targets/memory_flash.h - a chip in a fixed array that forgives nothing.
//
// For arbitrary images: no cuts, no wear, no allocation; a chip is loaded by
// one copy. The first call that breaks the contract (bounds, alignment, page,
// erase size; a second program of what the engine itself has programmed) ends
// the process, as does one operation more than was allowed.
#ifndef FUZZ_TARGETS_MEMORY_FLASH_H_
#define FUZZ_TARGETS_MEMORY_FLASH_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "norlog/geometry.h"
#include "norlog/nor_flash.h"
#include "norlog/status.h"

namespace norlog::fuzz {

// What was done, or may be done.
struct Work {
  std::uint64_t reads = 0;
  std::uint64_t bytes_read = 0;
  std::uint64_t programs = 0;
  std::uint64_t erases = 0;
};

class MemoryFlash final : public NorFlash {
 public:
  static constexpr std::size_t kCapacity = 8192;  // bytes

  // A chip of this geometry, at most kCapacity, with all bytes FF.
  void Reset(const Geometry& geometry);
  // The chip's bytes, to be changed before it is used.
  std::span<std::uint8_t> bytes() { return {bytes_.data(), size_}; }
  // Reads and programs of the unit at `address` fail until it is erased.
  void MakeUnreadable(std::uint64_t address) {
    unreadable_[UnitOf(address)] = true;
    may_be_unreadable_ = true;
  }
  // Whether all of [address, address + size) can be read.
  bool IsReadable(std::size_t address, std::size_t size) const {
    for (std::size_t unit = UnitOf(address); unit <= UnitOf(address + size - 1); ++unit) {
      if (unreadable_[unit]) return false;
    }
    return true;
  }
  bool any_unreadable() const {
    return may_be_unreadable_ &&
           std::find(unreadable_.begin(), unreadable_.end(), true) != unreadable_.end();
  }

  // From here on: so much and no more. Forgets what was done before.
  void Allow(const Work& limit);
  const Work& done() const { return done_; }

  const Geometry& geometry() const override { return geometry_; }
  Status Read(std::uint64_t address, std::span<std::uint8_t> out) override;
  // A write-once unit that is not erased refuses.
  Status Program(std::uint64_t address, std::span<const std::uint8_t> data) override;
  Status Erase(std::uint64_t address, std::uint32_t size) override;

 private:
  std::size_t UnitOf(std::uint64_t address) const {
    return static_cast<std::size_t>(address / geometry_.program_unit_bytes);
  }
  bool IsEraseSize(std::uint32_t size) const;
  bool write_once() const;
  bool MayProgram(std::uint64_t unit_address, std::span<const std::uint8_t> data);
  void ProgramUnit(std::uint64_t unit_address, std::span<const std::uint8_t> data);

  Geometry geometry_;
  std::size_t size_ = 0;
  std::array<std::uint8_t, kCapacity> bytes_{};
  bool may_be_unreadable_ = false;  // spares each read a look at all units
  // By program unit:
  std::array<bool, kCapacity> unreadable_{};
  std::array<bool, kCapacity> own_{};     // programmed by the engine since its erase
  std::array<bool, kCapacity> zeroed_{};  // kOncePlusZero: its second program is done
  Work limit_;
  Work done_;
};

}  // namespace norlog::fuzz

#endif  // FUZZ_TARGETS_MEMORY_FLASH_H_
