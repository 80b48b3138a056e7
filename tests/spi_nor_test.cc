// The serial NOR driver against a chip that hears SPI.
#include "spi_nor/spi_nor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "norlog/log.h"
#include "norlog/port_test.h"
#include "spi_nor/parts.h"
#include "tests/spi_chip.h"

namespace norlog {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::uint32_t kW25Q80 = 0xEF4014;

Geometry OneMiB() {
  return {.erase_unit_bytes = 4096,
          .erase_unit_count = 256,
          .program_unit_bytes = 1,
          .page_bytes = 256,
          .larger_erase_bytes = {32768, 65536}};
}

struct Rig {
  explicit Rig(std::uint32_t id = kW25Q80, const Geometry& geometry = OneMiB())
      : chip(id, geometry) {}
  SpiChip chip;
  SpiNor flash{chip};
};

class Quiet final : public PortTestHost {
 public:
  explicit Quiet(SpiNor& flash) : flash_(flash) {}
  void Found(const PortFinding& finding) override {
    found += Describe(finding.fault).name + std::string(" ");
  }
  bool Restart() override { return Ok(flash_.Init()); }
  std::string found;

 private:
  SpiNor& flash_;
};

TEST(SpiNorTest, KeepsTheContract) {
  Rig rig;
  ASSERT_EQ(rig.flash.Init(), Status::kOk);
  EXPECT_STREQ(rig.flash.part().name, "W25Q80");
  EXPECT_EQ(rig.flash.geometry().size_bytes(), 1u << 20);
  Quiet host(rig.flash);
  PortTest test(rig.flash, {.address = 15 * 4096, .erase_units = 18, .beyond_is_free = true}, host);
  const PortReport report = test.Run();
  EXPECT_EQ(host.found, "");
  EXPECT_TRUE(report.finished && report.restarted);
  EXPECT_EQ(report.larger_erases_tried, 2);
  EXPECT_EQ(report.unchecked, 0);
  EXPECT_EQ(rig.chip.cells.violations().count(), 1u);  // the kit's ones over zeros
  EXPECT_GT(rig.chip.idles, 0u);
}

TEST(SpiNorTest, CarriesALog) {
  Rig rig;
  ASSERT_EQ(rig.flash.Init(), Status::kOk);
  const Options options;
  std::vector<std::uint8_t> memory(RequiredMemory(options, rig.flash.geometry()));
  Log log(rig.flash, options, memory);
  ASSERT_EQ(log.Format(7), Status::kOk);
  const Bytes payload = {1, 2, 3};
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(log.Append(1, i, payload).status, Status::kOk);
    ASSERT_EQ(log.Commit().status, Status::kOk);
  }
  EXPECT_EQ(rig.chip.cells.violations().count(), 0u) << rig.chip.cells.violations().Report();
}

TEST(SpiNorTest, WaitsForWhatTheLastLifeLeftUnderWay) {
  Rig rig;
  rig.chip.busy_looks = 1000;
  ASSERT_EQ(rig.flash.Init(), Status::kOk);
  // Nothing but looks at the status while it was busy.
  EXPECT_TRUE(std::all_of(rig.chip.log.begin(), rig.chip.log.begin() + 1001,
                          [](std::uint8_t opcode) { return opcode == 0x05; }));
}

TEST(SpiNorTest, WakesAChipInDeepPowerDown) {
  Rig rig;
  rig.chip.asleep = true;
  EXPECT_EQ(rig.flash.Init(), Status::kOk);
}

TEST(SpiNorTest, NoChipIsAnErrorWithinTheTimeout) {
  Rig rig;
  rig.chip.absent = true;
  EXPECT_EQ(rig.flash.Init(), Status::kProgramError);  // a floating bus looks busy
  EXPECT_LT(rig.chip.now_us, 6000000u);
  EXPECT_FALSE(IsValid(rig.flash.geometry()));
}

TEST(SpiNorTest, UnlocksPartsThatBootProtected) {
  Rig rig(0xBF2641, {.erase_unit_bytes = 4096,
                     .erase_unit_count = 512,
                     .program_unit_bytes = 1,
                     .page_bytes = 256});
  rig.chip.locked = true;
  ASSERT_EQ(rig.flash.Init(), Status::kOk);
  EXPECT_FALSE(rig.chip.locked);
  EXPECT_EQ(rig.flash.geometry().larger_erase_bytes[0], 0u);
}

TEST(SpiNorTest, FourAddressBytesAbove16MiB) {
  Geometry geometry = OneMiB();
  geometry.erase_unit_count = 8192;
  geometry.larger_erase_bytes[0] = 65536;
  geometry.larger_erase_bytes[1] = 0;
  Rig rig(0xEF4019, geometry);
  rig.chip.four_bytes = true;
  rig.chip.erase_exponents = {{0x21, 12}, {0xDC, 16}};
  ASSERT_EQ(rig.flash.Init(), Status::kOk);
  const std::uint64_t high = (std::uint64_t{1} << 24) + 4096;
  const Bytes data = {1, 2, 3, 4};
  ASSERT_EQ(rig.flash.Program(high, data), Status::kOk);
  EXPECT_EQ(rig.chip.cells.Peek(high, 4), data);
  Bytes back(4);
  ASSERT_EQ(rig.flash.Read(high, back), Status::kOk);
  EXPECT_EQ(back, data);
  ASSERT_EQ(rig.flash.Erase(high, 4096), Status::kOk);
  EXPECT_EQ(rig.chip.cells.Peek(high, 1)[0], 0xFF);
}

TEST(SpiNorTest, AChipThatStaysBusyTimesOut) {
  Rig rig;
  ASSERT_EQ(rig.flash.Init(), Status::kOk);
  rig.chip.busy_after = ~0u;
  const std::uint32_t start = rig.chip.now_us;
  EXPECT_EQ(rig.flash.Program(0, Bytes(1)), Status::kProgramError);
  EXPECT_LT(rig.chip.now_us - start, 100000u);
}

TEST(SpiNorTest, AWriteEnableThatDoesNotTakeIsAnError) {
  Rig rig;
  ASSERT_EQ(rig.flash.Init(), Status::kOk);
  rig.chip.refuses_write_enable = true;
  EXPECT_EQ(rig.flash.Program(0, Bytes(1)), Status::kProgramError);
  EXPECT_EQ(rig.flash.Erase(0, 4096), Status::kEraseError);
}

TEST(SpiNorTest, FlagsOfAFailedProgramAreReadAndCleared) {
  Geometry geometry = OneMiB();
  geometry.erase_unit_count = 4096;
  Rig rig(0x20BA18, geometry);
  ASSERT_EQ(rig.flash.Init(), Status::kOk);
  rig.chip.flags = 0x90;
  EXPECT_EQ(rig.flash.Program(0, Bytes(1)), Status::kProgramError);
  EXPECT_EQ(rig.flash.Program(8, Bytes(1)), Status::kOk);
}

// Wherever the bus fails, the call says so.
TEST(SpiNorTest, BusFailuresAreErrors) {
  for (std::size_t nth = 1; nth <= 4; ++nth) {
    Rig rig;
    ASSERT_EQ(rig.flash.Init(), Status::kOk);
    rig.chip.bus_fails_at = rig.chip.log.size() + nth;
    EXPECT_EQ(rig.flash.Program(0, Bytes(1)), Status::kProgramError) << nth;
  }
  Rig rig;
  rig.chip.bus_fails_at = 1;
  EXPECT_EQ(rig.flash.Init(), Status::kReadError);
  rig.chip.bus_fails_at = 0;
  ASSERT_EQ(rig.flash.Init(), Status::kOk);
  rig.chip.bus_fails_at = rig.chip.log.size() + 1;
  Bytes out(1);
  EXPECT_EQ(rig.flash.Read(0, out), Status::kReadError);
}

TEST(SpiNorTest, RefusesWhatTheContractForbids) {
  Rig rig;
  ASSERT_EQ(rig.flash.Init(), Status::kOk);
  Bytes out(2);
  EXPECT_EQ(rig.flash.Read((1 << 20) - 1, out), Status::kOutOfBounds);
  EXPECT_EQ(rig.flash.Program(255, Bytes(2)), Status::kMisaligned);
  EXPECT_EQ(rig.flash.Program(0, {}), Status::kMisaligned);
  EXPECT_EQ(rig.flash.Erase(4096, 8192), Status::kMisaligned);
  EXPECT_EQ(rig.flash.Erase(4096, 65536), Status::kMisaligned);
  EXPECT_EQ(rig.flash.Erase(1 << 20, 4096), Status::kOutOfBounds);
}

TEST(SpiNorTest, AnEraseGoesOnByItselfAndIsSuspended) {
  Rig rig;
  ASSERT_EQ(rig.flash.Init(), Status::kOk);
  ASSERT_EQ(rig.flash.Program(8192, Bytes{1, 2, 3}), Status::kOk);
  rig.chip.erase_busy_after = 50;
  ASSERT_TRUE(rig.flash.StartErase(4096, 4096));
  EXPECT_EQ(rig.flash.Busy(), Status::kBusy);
  Bytes back(3);
  ASSERT_EQ(rig.flash.Read(8192, back), Status::kOk);
  EXPECT_EQ(back, Bytes({1, 2, 3}));
  const std::uint32_t resumed = rig.chip.now_us;
  ASSERT_EQ(rig.flash.Program(8195, Bytes{4}), Status::kOk);
  EXPECT_EQ(rig.chip.cells.Peek(8195, 1), Bytes{4});
  EXPECT_GE(rig.chip.now_us - resumed, 500u);  // it gets on between two suspends
  EXPECT_EQ(rig.chip.suspends, 2u);
  EXPECT_FALSE(rig.chip.suspended);
  EXPECT_EQ(rig.flash.Busy(), Status::kBusy);
  while (rig.flash.Busy() == Status::kBusy) {
  }
  EXPECT_EQ(rig.flash.Busy(), Status::kOk);
  ASSERT_EQ(rig.flash.Read(8192, back), Status::kOk);
  EXPECT_EQ(rig.chip.suspends, 2u);
}

TEST(SpiNorTest, APartThatCannotSuspendWaits) {
  Geometry geometry = OneMiB();
  Rig rig(0xC22014, geometry);
  ASSERT_EQ(rig.flash.Init(), Status::kOk);
  rig.chip.erase_busy_after = 50;
  ASSERT_TRUE(rig.flash.StartErase(4096, 4096));
  ASSERT_EQ(rig.flash.Program(0, Bytes{4}), Status::kOk);
  EXPECT_EQ(rig.chip.cells.Peek(0, 1), Bytes{4});
  EXPECT_EQ(rig.chip.suspends, 0u);
  EXPECT_EQ(rig.flash.Busy(), Status::kOk);
}

// A part that takes no programs while an erase is suspended.
TEST(SpiNorTest, WhereOnlyReadsSuspendProgramsWait) {
  Rig rig(0xC84014);
  ASSERT_EQ(rig.flash.Init(), Status::kOk);
  rig.chip.erase_busy_after = 50;
  ASSERT_TRUE(rig.flash.StartErase(4096, 4096));
  Bytes back(1);
  ASSERT_EQ(rig.flash.Read(0, back), Status::kOk);
  EXPECT_EQ(rig.chip.suspends, 1u);
  EXPECT_EQ(rig.flash.Busy(), Status::kBusy);
  ASSERT_EQ(rig.flash.Program(0, Bytes{4}), Status::kOk);
  EXPECT_EQ(rig.chip.suspends, 1u);
  EXPECT_EQ(rig.flash.Busy(), Status::kOk);
}

// Whatever fails on the bus meanwhile, no erase stays suspended.
TEST(SpiNorTest, ASuspensionThatFailsIsEnded) {
  for (std::size_t nth = 1; nth <= 5; ++nth) {
    Rig rig;
    ASSERT_EQ(rig.flash.Init(), Status::kOk);
    rig.chip.erase_busy_after = 50;
    ASSERT_TRUE(rig.flash.StartErase(4096, 4096));
    rig.chip.bus_fails_at = rig.chip.log.size() + nth;
    Bytes back(1);
    const Status status = rig.flash.Read(0, back);
    EXPECT_TRUE(status == Status::kReadError || nth == 1) << nth;
    rig.chip.bus_fails_at = 0;
    while (rig.flash.Busy() == Status::kBusy) {
    }
    EXPECT_FALSE(rig.chip.suspended) << nth;
  }
}

// Who waits for an erase must not wait for ever.
TEST(SpiNorTest, ABusThatDiesInASuspensionEndsTheErase) {
  Rig rig;
  ASSERT_EQ(rig.flash.Init(), Status::kOk);
  rig.chip.erase_busy_after = 50;
  ASSERT_TRUE(rig.flash.StartErase(4096, 4096));
  rig.chip.bus_fails_from = rig.chip.log.size() + 3;
  Bytes back(1);
  EXPECT_EQ(rig.flash.Read(0, back), Status::kReadError);
  int looks = 0;
  while (rig.flash.Busy() == Status::kBusy && looks < 10'000'000) ++looks;
  EXPECT_EQ(rig.flash.Busy(), Status::kEraseError);
}

TEST(SpiNorTest, OneEraseAtATime) {
  Rig rig;
  ASSERT_EQ(rig.flash.Init(), Status::kOk);
  rig.chip.erase_busy_after = 50;
  ASSERT_TRUE(rig.flash.StartErase(4096, 4096));
  EXPECT_FALSE(rig.flash.StartErase(8192, 4096));
  EXPECT_FALSE(rig.flash.StartErase(1 << 20, 4096));
  EXPECT_EQ(rig.flash.Busy(), Status::kBusy);
  ASSERT_EQ(rig.chip.cells.Program(8192, Bytes{0}), Status::kOk);
  ASSERT_EQ(rig.flash.Erase(8192, 4096), Status::kOk);  // another log's: it waits
  EXPECT_EQ(rig.chip.cells.Peek(8192, 1), Bytes{0xFF});
  EXPECT_EQ(rig.flash.Busy(), Status::kOk);
}

TEST(SpiNorTest, AnEraseThatNeverEndsFails) {
  Rig rig;
  ASSERT_EQ(rig.flash.Init(), Status::kOk);
  rig.chip.erase_busy_after = ~0u;
  ASSERT_TRUE(rig.flash.StartErase(4096, 4096));
  while (rig.flash.Busy() == Status::kBusy) {
  }
  EXPECT_EQ(rig.flash.Busy(), Status::kEraseError);
}

// The MCU was reset while an erase was suspended: the chip took no other.
TEST(SpiNorTest, InitEndsASuspension) {
  Rig rig;
  rig.chip.suspended = true;
  ASSERT_EQ(rig.flash.Init(), Status::kOk);
  ASSERT_EQ(rig.flash.Program(4096, Bytes{0}), Status::kOk);
  ASSERT_EQ(rig.flash.Erase(4096, 4096), Status::kOk);
  EXPECT_EQ(rig.chip.cells.Peek(4096, 1), Bytes{0xFF});
}

TEST(SpiNorTest, TheLogNeedNotWaitForErases) {
  Rig rig;
  ASSERT_EQ(rig.flash.Init(), Status::kOk);
  rig.chip.erase_busy_after = 30;
  Options options;
  options.commit_every = 4;
  std::vector<std::uint8_t> memory(RequiredMemory(options, rig.flash.geometry()));
  Log log(rig.flash, options, memory);
  ASSERT_EQ(log.Format(7), Status::kOk);
  const Bytes payload(200);
  for (int i = 0; i < 6000; ++i) {  // more than a lap
    ASSERT_EQ(log.Append(1, i, payload).status, Status::kOk);
    ASSERT_TRUE(log.Maintain(1) != Status::kEraseError);
  }
  EXPECT_GT(rig.chip.suspends, 100u);
  EXPECT_EQ(rig.chip.cells.violations().count(), 0u) << rig.chip.cells.violations().Report();
}

TEST(SpiNorTest, AnEraseSizeCanBeLeftOut) {
  SpiChip chip(kW25Q80, OneMiB());
  SpiNor flash(chip, 32768);
  ASSERT_EQ(flash.Init(), Status::kOk);
  EXPECT_EQ(flash.geometry().larger_erase_bytes[0], 65536u);
  EXPECT_EQ(flash.geometry().larger_erase_bytes[1], 0u);
}

// --- SFDP ------------------------------------------------------------------------

void Put32(Bytes& bytes, std::size_t at, std::uint32_t value) {
  for (std::size_t i = 0; i < 4; ++i) bytes[at + i] = static_cast<std::uint8_t>(value >> (8 * i));
}

// Header, one parameter header, and a basic table of 11 words at 0x30: 1 MiB,
// erases of 64, 4 and 32 KiB in that order, pages of 512.
Bytes Sfdp() {
  Bytes sfdp(0x30 + 44, 0);
  const char* const signature = "SFDP";
  std::copy_n(signature, 4, sfdp.begin());
  sfdp[11] = 11;
  sfdp[12] = 0x30;
  Put32(sfdp, 0x30 + 4, (8u << 20) - 1);
  const Bytes erases = {16, 0xD8, 12, 0x20, 15, 0x52, 0, 0xFF};
  std::copy(erases.begin(), erases.end(), sfdp.begin() + 0x30 + 28);
  Put32(sfdp, 0x30 + 40, 9u << 4);
  return sfdp;
}

TEST(SpiNorTest, UnknownPartsAreReadFromTheirSfdp) {
  Geometry geometry = OneMiB();
  geometry.page_bytes = 512;
  Rig rig(0x123456, geometry);
  rig.chip.sfdp = Sfdp();
  ASSERT_EQ(rig.flash.Init(), Status::kOk);
  EXPECT_STREQ(rig.flash.part().name, "SFDP");
  EXPECT_EQ(rig.flash.part().id, 0x123456u);
  EXPECT_EQ(rig.flash.geometry().size_bytes(), 1u << 20);
  EXPECT_EQ(rig.flash.geometry().erase_unit_bytes, 4096u);
  EXPECT_EQ(rig.flash.geometry().larger_erase_bytes[0], 32768u);
  EXPECT_EQ(rig.flash.geometry().larger_erase_bytes[1], 65536u);
  EXPECT_EQ(rig.flash.geometry().page_bytes, 512u);
  EXPECT_EQ(rig.flash.Erase(65536, 65536), Status::kOk);
}

TEST(SpiNorTest, AnUnknownPartWithoutSfdpIsRefused) {
  Rig rig(0x123456);
  EXPECT_EQ(rig.flash.Init(), Status::kReadError);
}

TEST(SfdpTest, TellsHowErasesAreSuspended) {
  Bytes table(64);
  const Bytes sfdp = Sfdp();
  std::copy(sfdp.begin() + 0x30, sfdp.end(), table.begin());
  SpiNorPart part;
  Put32(table, 44, 0x000000A0);  // supported; programs elsewhere are allowed
  Put32(table, 48, 0x757A0000);
  ASSERT_TRUE(ParseSfdpTable(table, part));
  EXPECT_EQ(part.suspend, 0x75);
  EXPECT_EQ(part.resume, 0x7A);
  EXPECT_TRUE(part.programs_suspended);
  Put32(table, 44, 0x00000080);  // no programs anywhere
  ASSERT_TRUE(ParseSfdpTable(table, part));
  EXPECT_FALSE(part.programs_suspended);
  Put32(table, 44, 0x800000A0);  // not supported
  ASSERT_TRUE(ParseSfdpTable(table, part));
  EXPECT_EQ(part.suspend, 0);
  ASSERT_TRUE(ParseSfdpTable(std::span(table).first(44), part));
  EXPECT_EQ(part.suspend, 0);
}

TEST(SfdpTest, NonsenseIsRefused) {
  Bytes table(44);
  const Bytes sfdp = Sfdp();
  const auto reset = [&] { table.assign(sfdp.begin() + 0x30, sfdp.end()); };
  SpiNorPart part;
  reset();
  EXPECT_TRUE(ParseSfdpTable(table, part));
  EXPECT_FALSE(ParseSfdpTable(std::span(table).first(35), part));
  Put32(table, 4, 100);  // less than a sector
  EXPECT_FALSE(ParseSfdpTable(table, part));
  Put32(table, 4, 0x80000000u | 70);  // 2^70 bits
  EXPECT_FALSE(ParseSfdpTable(table, part));
  Put32(table, 4, 0x80000000u | 28);  // 32 MiB: addresses of four bytes
  EXPECT_FALSE(ParseSfdpTable(table, part));
  reset();
  std::fill(table.begin() + 28, table.begin() + 36, std::uint8_t{0});  // no erase
  EXPECT_FALSE(ParseSfdpTable(table, part));
}

TEST(SpiNorPartsTest, TheTableIsConsistent) {
  SpiNorPart part;
  for (const std::uint32_t id : {kW25Q80, 0xC22018u, 0x1F8401u, 0xBF2643u, 0x20BA17u}) {
    ASSERT_TRUE(FindSpiNorPart(id, part));
    EXPECT_EQ(part.id, id);
    EXPECT_EQ(part.erases[0].bytes, 4096u);
    EXPECT_EQ(part.size_bytes % 65536, 0u);
  }
  EXPECT_EQ(part.erases[1].bytes, 65536u);  // N25Q064: no 32 KiB erase
  EXPECT_FALSE(FindSpiNorPart(0xEF0000, part));
}

}  // namespace
}  // namespace norlog
