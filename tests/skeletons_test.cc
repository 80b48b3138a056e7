// The skeleton ports against the simulator: vendors' functions are defined here.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "flashsim/profiles.h"
#include "flashsim/sim_flash.h"
#include "norlog/port_test.h"
#include "skeletons/arduino_spi_transport.h"
#include "skeletons/esp_partition_flash.h"
#include "skeletons/rp2040_flash.h"
#include "skeletons/stm32_flash.h"
#include "skeletons/zephyr_flash_area.h"
#include "tests/spi_chip.h"

namespace {

using norlog::Geometry;
using norlog::Ok;
using norlog::ProgramRule;
using norlog::Status;

std::unique_ptr<flashsim::SimFlash> chip;

// What a memory-mapped part shows; kept equal to the chip by the functions below.
alignas(32) std::array<std::uint8_t, 64 * 4096> mapped;
void Remap() {
  const std::size_t size = std::min<std::size_t>(mapped.size(), chip->geometry().size_bytes());
  const std::vector<std::uint8_t> cells = chip->Peek(0, size);
  std::copy(cells.begin(), cells.end(), mapped.begin());
}

Geometry SpiNor() {
  return {.erase_unit_bytes = 4096,
          .erase_unit_count = 64,
          .program_unit_bytes = 1,
          .page_bytes = 256,
          .larger_erase_bytes = {65536}};
}

Geometry Ecc(std::uint32_t unit) {
  return {.erase_unit_bytes = 2048,
          .erase_unit_count = 32,
          .program_unit_bytes = unit,
          .page_bytes = 256,
          .program_rule = ProgramRule::kOnce};
}

void NewChip(const Geometry& geometry) {
  chip = std::make_unique<flashsim::SimFlash>(geometry, flashsim::W25Q(1).time, /*seed=*/1);
  Remap();
}

class Names final : public norlog::PortTestHost {
 public:
  void Found(const norlog::PortFinding& finding) override {
    found += norlog::Describe(finding.fault).name + std::string(" ");
  }
  bool Restart() override { return true; }
  std::string found;
};

// The faults of a port, by name; "" if the kit was content.
std::string Judge(norlog::NorFlash& flash, std::uint32_t units) {
  Names names;
  norlog::PortTest test(flash, {.address = 0, .erase_units = units}, names);
  const norlog::PortReport report = test.Run();
  EXPECT_EQ(report.finished, names.found.empty());
  EXPECT_EQ(report.unchecked, 0);
  return names.found;
}

}  // namespace

// --- ESP-IDF ----------------------------------------------------------------------

esp_err_t esp_partition_read(const esp_partition_t*, std::size_t offset, void* out,
                             std::size_t size) {
  return Ok(chip->Read(offset, {static_cast<std::uint8_t*>(out), size})) ? ESP_OK : -1;
}
esp_err_t esp_partition_write(const esp_partition_t*, std::size_t offset, const void* data,
                              std::size_t size) {
  return Ok(chip->Program(offset, {static_cast<const std::uint8_t*>(data), size})) ? ESP_OK : -1;
}
esp_err_t esp_partition_erase_range(const esp_partition_t*, std::size_t offset, std::size_t size) {
  return Ok(chip->Erase(offset, static_cast<std::uint32_t>(size))) ? ESP_OK : -1;
}

TEST(SkeletonsTest, EspIdf) {
  NewChip(SpiNor());
  const esp_partition_t partition{65536, 64 * 4096, 4096, false};
  norlog::EspPartitionFlash flash(&partition);
  EXPECT_EQ(Judge(flash, 20), "");
  const esp_partition_t encrypted{65536, 64 * 4096, 4096, true};
  EXPECT_FALSE(IsValid(norlog::EspPartitionFlash(&encrypted).geometry()));
  EXPECT_FALSE(IsValid(norlog::EspPartitionFlash(nullptr).geometry()));
}

// --- Zephyr -----------------------------------------------------------------------

int flash_area_read(const flash_area*, off_t offset, void* out, std::size_t size) {
  return esp_partition_read(nullptr, static_cast<std::size_t>(offset), out, size);
}
int flash_area_write(const flash_area*, off_t offset, const void* data, std::size_t size) {
  return esp_partition_write(nullptr, static_cast<std::size_t>(offset), data, size);
}
int flash_area_erase(const flash_area*, off_t offset, std::size_t size) {
  return esp_partition_erase_range(nullptr, static_cast<std::size_t>(offset), size);
}
std::uint32_t flash_area_align(const flash_area*) {
  return chip->geometry().program_unit_bytes;
}
std::uint8_t flash_area_erased_val(const flash_area*) {
  return 0xFF;
}
const device* flash_area_get_device(const flash_area*) {
  return nullptr;
}
int flash_get_page_info_by_offs(const device*, off_t, flash_pages_info* info) {
  info->size = chip->geometry().erase_unit_bytes;
  return 0;
}

TEST(SkeletonsTest, Zephyr) {
  const flash_area area{0, 32 * 2048};
  for (const std::uint32_t unit : {4u, 8u, 16u, 32u}) {
    NewChip(Ecc(unit));
    norlog::ZephyrFlashArea flash(&area, 256);
    EXPECT_EQ(flash.geometry().size_bytes(), area.fa_size);
    EXPECT_EQ(Judge(flash, 4), "") << unit;
  }
}

// --- STM32 ------------------------------------------------------------------------

static bool ecc_fails = false;

HAL_StatusTypeDef HAL_FLASH_Unlock() {
  return HAL_OK;
}
HAL_StatusTypeDef HAL_FLASH_Lock() {
  return HAL_OK;
}
HAL_StatusTypeDef HAL_FLASH_Program(std::uint32_t unit, stm32_address_t address,
                                    std::uint64_t data) {
  std::array<std::uint8_t, 32> bytes{};
  if (unit == 8) {
    std::memcpy(bytes.data(), &data, 8);
  } else {
    std::memcpy(bytes.data(), reinterpret_cast<const void*>(data), unit);
  }
  const std::uint64_t at = address - reinterpret_cast<std::uintptr_t>(mapped.data());
  const Status status = chip->Program(at, std::span(bytes).first(unit));
  Remap();
  return Ok(status) ? HAL_OK : HAL_ERROR;
}
HAL_StatusTypeDef HAL_FLASHEx_Erase(FLASH_EraseInitTypeDef* erase, std::uint32_t*) {
  const std::uint32_t size = chip->geometry().erase_unit_bytes;
  const Status status = chip->Erase(std::uint64_t{erase->Page - 5} * size, size);
  Remap();
  return Ok(status) && erase->NbPages == 1 ? HAL_OK : HAL_ERROR;
}
void __DSB() {
  if (ecc_fails) norlog::Stm32EccFailed();  // as the NMI's handler would
}

template <std::uint32_t kUnit>
void TestStm32() {
  NewChip(Ecc(kUnit));
  norlog::Stm32Flash<kUnit> flash(reinterpret_cast<std::uintptr_t>(mapped.data()), 1, 5, 32, 2048,
                                  /*type_program=*/kUnit);
  EXPECT_EQ(Judge(flash, 4), "") << kUnit;
  std::array<std::uint8_t, 8> out{};
  ecc_fails = true;
  EXPECT_EQ(flash.Read(0, out), Status::kReadError);
  ecc_fails = false;
  EXPECT_EQ(flash.Read(0, out), Status::kOk);
}

TEST(SkeletonsTest, Stm32) {
  TestStm32<8>();
  TestStm32<16>();
  TestStm32<32>();
}

// --- Arduino ----------------------------------------------------------------------

static std::unique_ptr<norlog::SpiChip> spi_chip;
static std::vector<std::uint8_t> sent;
static bool selected = false;

void digitalWrite(int, int value) {
  // The rest of a transaction is replayed at its end; reads look ahead, below.
  if (value == LOW) sent.clear();
  if (value == HIGH && selected && !sent.empty()) {
    const std::size_t head = sent[0] == 0x02 || sent[0] == 0x20 || sent[0] == 0xD8 ? 4 : 1;
    if (sent[0] != 0x03 && sent[0] != 0x05 && sent[0] != 0x9F) {
      spi_chip->Transfer(std::span(sent).first(head), std::span(sent).subspan(head), {});
    }
  }
  selected = value == LOW;
}
void pinMode(int, int) {}
unsigned long micros() {
  return spi_chip->NowUs();
}
void yield() {}
void SPIClass::begin() {}
void SPIClass::beginTransaction(SPISettings) {}
void SPIClass::endTransaction() {}
std::uint8_t SPIClass::transfer(std::uint8_t byte) {
  EXPECT_TRUE(selected);
  sent.push_back(byte);
  const std::size_t head = sent[0] == 0x03 ? 4 : 1;
  const bool reads = sent[0] == 0x03 || sent[0] == 0x05 || sent[0] == 0x9F;
  if (!reads || sent.size() <= head) return 0;
  std::vector<std::uint8_t> in(sent.size() - head);
  spi_chip->Transfer(std::span(sent).first(head), {}, in);
  return in.back();
}

TEST(SkeletonsTest, Arduino) {
  Geometry geometry = SpiNor();
  geometry.erase_unit_count = 256;
  geometry.larger_erase_bytes[0] = 32768;
  geometry.larger_erase_bytes[1] = 65536;
  spi_chip = std::make_unique<norlog::SpiChip>(0xEF4014, geometry);
  SPIClass spi;
  norlog::ArduinoSpiTransport transport(spi, 10);
  transport.Begin();
  norlog::SpiNor flash(transport);
  ASSERT_EQ(flash.Init(), Status::kOk);
  EXPECT_EQ(Judge(flash, 3), "");
}

// --- RP2040 -----------------------------------------------------------------------

const std::uintptr_t XIP_BASE = reinterpret_cast<std::uintptr_t>(mapped.data()) - 65536;
static bool other_core_answers = true;

int flash_safe_execute(void (*function)(void*), void* argument, std::uint32_t) {
  if (!other_core_answers) return -1;
  function(argument);
  return PICO_OK;
}
void flash_range_program(std::uint32_t offset, const std::uint8_t* data, std::size_t count) {
  EXPECT_EQ(offset % FLASH_PAGE_SIZE, 0u);
  EXPECT_EQ(count, FLASH_PAGE_SIZE);
  EXPECT_EQ(chip->Program(offset - 65536, {data, count}), Status::kOk);
  Remap();
}
void flash_range_erase(std::uint32_t offset, std::size_t count) {
  EXPECT_EQ(chip->Erase(offset - 65536, static_cast<std::uint32_t>(count)), Status::kOk);
  Remap();
}

TEST(SkeletonsTest, Rp2040) {
  Geometry geometry = SpiNor();
  NewChip(geometry);
  norlog::Rp2040Flash flash(65536, 64 * 4096);
  EXPECT_EQ(Judge(flash, 3), "");
  other_core_answers = false;
  EXPECT_EQ(flash.Erase(0, 4096), Status::kEraseError);
  EXPECT_EQ(flash.Program(0, std::array<std::uint8_t, 1>{}), Status::kProgramError);
}
