// An embedder's whole program: a flash part in RAM, one record in, a power
// loss, the record back. It sees nothing of norlog but the installed package.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <span>

#include "norlog/log.h"

namespace {

constexpr norlog::Geometry kGeometry = {
    .erase_unit_bytes = 4096,
    .erase_unit_count = 16,
    .program_unit_bytes = 1,
    .page_bytes = 256,
};
constexpr norlog::Options kOptions;
static_assert(norlog::Validate(kOptions, kGeometry) == norlog::OptionsError::kNone);

class RamFlash final : public norlog::NorFlash {
 public:
  RamFlash() { bytes_.fill(0xFF); }
  const norlog::Geometry& geometry() const override { return kGeometry; }
  norlog::Status Read(std::uint64_t address, std::span<std::uint8_t> out) override {
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(address), out.size(), out.begin());
    return norlog::Status::kOk;
  }
  norlog::Status Program(std::uint64_t address, std::span<const std::uint8_t> data) override {
    for (const std::uint8_t byte : data) bytes_[address++] &= byte;
    return norlog::Status::kOk;
  }
  norlog::Status Erase(std::uint64_t address, std::uint32_t size) override {
    std::fill_n(bytes_.begin() + static_cast<std::ptrdiff_t>(address), size, std::uint8_t{0xFF});
    return norlog::Status::kOk;
  }

 private:
  std::array<std::uint8_t, kGeometry.size_bytes()> bytes_;
};

RamFlash flash;
std::array<std::uint8_t, norlog::RequiredMemory(kOptions, kGeometry)> memory;

bool Write() {
  norlog::Log log(flash, kOptions, memory);
  const std::array<std::uint8_t, 3> payload = {1, 2, 3};
  return log.Format(42) == norlog::Status::kOk &&
         log.Append(7, 1000, payload).status == norlog::Status::kOk &&
         log.Commit().status == norlog::Status::kOk;
}

bool ReadBack() {
  norlog::Log log(flash, kOptions, memory);
  if (log.Mount() != norlog::Status::kOk) return false;
  norlog::Reader reader(log, 0);
  norlog::Record record;
  return reader.Next(record) == norlog::Status::kOk && record.tag == 7 && record.time == 1000 &&
         record.payload.size() == 3 && record.payload[2] == 3;
}

}  // namespace

int main() {
  const bool passed = Write() && ReadBack();
  std::puts(passed ? "the record came back" : "the record is lost");
  return passed ? 0 : 1;
}
