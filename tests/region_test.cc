// A part of a chip as a chip of its own: addresses, bounds, what it offers, and
// logs that live side by side.
#include "norlog/region.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include "norlog/log.h"
#include "norlog/reader.h"
#include "tests/engine_rig.h"
#include "tests/hand_built.h"

namespace norlog {
namespace {

using hand::Bytes;

constexpr std::uint32_t kUnit = 1024;  // erase unit
constexpr std::uint32_t kUnits = 32;
constexpr std::uint64_t kFarAway = std::numeric_limits<std::uint64_t>::max();

class RegionTest : public testing::Test {
 protected:
  RegionTest() : chip_(flashsim::Toy(kUnit, kUnits), 1) {}
  ~RegionTest() override { EXPECT_EQ(chip_.violations().count(), 0u); }

  flashsim::SimFlash chip_;
};

TEST_F(RegionTest, IsAChipOfItsUnits) {
  const FlashRegion region(chip_, 4, 10);
  const Geometry& geometry = region.geometry();
  EXPECT_EQ(geometry.erase_unit_count, 10u);
  EXPECT_EQ(geometry.erase_unit_bytes, kUnit);
  EXPECT_EQ(geometry.page_bytes, chip_.geometry().page_bytes);
  EXPECT_EQ(geometry.program_unit_bytes, chip_.geometry().program_unit_bytes);
  EXPECT_EQ(geometry.program_rule, chip_.geometry().program_rule);
}

TEST_F(RegionTest, AddressZeroIsItsFirstUnit) {
  FlashRegion region(chip_, 4, 10);
  const Bytes data = hand::Hex("12 34 56");
  ASSERT_EQ(region.Program(7, data), Status::kOk);
  EXPECT_EQ(chip_.Peek(4 * kUnit + 7, 3), data);
  Bytes read(3);
  ASSERT_EQ(region.Read(7, read), Status::kOk);
  EXPECT_EQ(read, data);
  ASSERT_EQ(region.Erase(0, kUnit), Status::kOk);
  EXPECT_EQ(chip_.Peek(4 * kUnit + 7, 3), hand::Repeat(0xFF, 3));
}

TEST_F(RegionTest, LastByteIsInsideAndTheNextIsNot) {
  FlashRegion region(chip_, 4, 10);
  const std::uint64_t end = 10 * kUnit;
  Bytes bytes(2);
  EXPECT_EQ(region.Read(end - 2, bytes), Status::kOk);
  EXPECT_EQ(region.Read(end - 1, bytes), Status::kOutOfBounds);
  EXPECT_EQ(region.Program(end - 2, bytes), Status::kOk);
  EXPECT_EQ(region.Program(end - 1, bytes), Status::kOutOfBounds);
  EXPECT_EQ(region.Erase(end - kUnit, kUnit), Status::kOk);
  EXPECT_EQ(region.Erase(end, kUnit), Status::kOutOfBounds);
  EXPECT_EQ(chip_.op_count(), 2u);
}

TEST_F(RegionTest, AddressThatWouldWrapIsOutOfBounds) {
  FlashRegion region(chip_, 4, 10);
  Bytes bytes(2);
  for (const std::uint64_t address : {kFarAway, kFarAway - 4 * kUnit + 1}) {
    EXPECT_EQ(region.Read(address, bytes), Status::kOutOfBounds);
    EXPECT_EQ(region.Program(address, bytes), Status::kOutOfBounds);
    EXPECT_EQ(region.Erase(address, kUnit), Status::kOutOfBounds);
  }
  EXPECT_EQ(chip_.op_count(), 0u);
}

TEST_F(RegionTest, WholeChipIsARegion) {
  FlashRegion region(chip_, 0, kUnits);
  EXPECT_EQ(region.geometry().size_bytes(), chip_.geometry().size_bytes());
}

TEST_F(RegionTest, RegionThatLeavesTheChipIsRefused) {
  constexpr std::uint32_t kMax = std::numeric_limits<std::uint32_t>::max();
  const std::uint32_t outside[][2] = {{0, kUnits + 1},
                                      {1, kUnits},
                                      {kUnits, 1},
                                      {kUnits + 1, 0},
                                      {kMax, 9},
                                      {9, kMax},
                                      {kUnits + 1, kMax - kUnits + 8}};
  for (const auto& [first, count] : outside) {
    FlashRegion region(chip_, first, count);
    EXPECT_EQ(Validate(SmallOptions(), region.geometry()), OptionsError::kImpossibleGeometry);
    Bytes bytes(1);
    EXPECT_EQ(region.Read(0, bytes), Status::kOutOfBounds) << first << " " << count;
    EXPECT_EQ(region.Erase(0, kUnit), Status::kOutOfBounds);
  }
}

TEST_F(RegionTest, ErrorsOfTheChipArePassedOn) {
  FlashRegion region(chip_, 4, 10);
  chip_.MakeBad(5, flashsim::BadMode::kEraseFails);
  EXPECT_EQ(region.Erase(0, kUnit), Status::kOk);
  EXPECT_EQ(region.Erase(kUnit, kUnit), Status::kEraseError);
  chip_.CutNow();
  Bytes bytes(1);
  EXPECT_EQ(region.Read(0, bytes), Status::kNoPower);
}

// 4 KiB units; the chip also erases 32 and 64 KiB.
TEST(RegionErases, LargerOnesAreOfferedWhereTheRegionIsAlignedToThem) {
  flashsim::SimFlash chip(flashsim::W25Q(1), 1);
  const std::uint32_t cases[][3] = {{0, 32768, 65536}, {1, 0, 0},          {8, 32768, 0},
                                    {12, 0, 0},        {16, 32768, 65536}, {24, 32768, 0}};
  for (const auto& [first, middle, large] : cases) {
    const FlashRegion region(chip, first, 32);
    EXPECT_EQ(region.geometry().larger_erase_bytes[0], middle) << first;
    EXPECT_EQ(region.geometry().larger_erase_bytes[1], large) << first;
    EXPECT_TRUE(IsValid(region.geometry()));
  }
}

TEST(RegionErases, BucketsOfAnUnalignedRegionAreErasedUnitByUnit) {
  flashsim::SimFlash chip(flashsim::W25Q(1), 1);
  FlashRegion region(chip, 1, 5 * 16);  // five buckets, on no 32 KiB boundary
  Options options;
  options.bucket_bytes = 65536;
  options.block_bytes = 4096;
  std::vector<std::uint8_t> memory(RequiredMemory(options, region.geometry()));
  Log log(region, options, memory);
  ASSERT_EQ(log.Format(kIdentity), Status::kOk);
  EXPECT_EQ(chip.counters().erases, 16u);
  EXPECT_EQ(chip.violations().count(), 0u) << chip.violations().Report();
}

class SyncCounter final : public NorFlash {
 public:
  explicit SyncCounter(NorFlash& flash) : flash_(flash) {}
  const Geometry& geometry() const override { return flash_.geometry(); }
  Status Read(std::uint64_t address, std::span<std::uint8_t> out) override {
    return flash_.Read(address, out);
  }
  Status Program(std::uint64_t address, std::span<const std::uint8_t> data) override {
    return flash_.Program(address, data);
  }
  Status Erase(std::uint64_t address, std::uint32_t size) override {
    return flash_.Erase(address, size);
  }
  Status Sync() override {
    ++count_;
    return Status::kOk;
  }
  int count() const { return count_; }

 private:
  NorFlash& flash_;
  int count_ = 0;
};

TEST_F(RegionTest, SyncReachesTheChip) {
  SyncCounter counter(chip_);
  FlashRegion region(counter, 4, 10);
  EXPECT_EQ(region.Sync(), Status::kOk);
  EXPECT_EQ(counter.count(), 1);
}

TEST_F(RegionTest, ErasesThatGoOnAreItsOwn) {
  flashsim::SimOptions sim = chip_.options();
  sim.background_erase_polls = 1;
  chip_.set_options(sim);
  FlashRegion region(chip_, 4, 10);
  chip_.Poke(4 * kUnit, hand::Repeat(0x00, kUnit));
  EXPECT_FALSE(region.StartErase(10 * kUnit, kUnit));
  ASSERT_TRUE(region.StartErase(0, kUnit));
  EXPECT_EQ(region.Busy(), Status::kOk);
  EXPECT_EQ(chip_.Peek(4 * kUnit, kUnit), hand::Repeat(0xFF, kUnit));
}

// --- Logs side by side ----------------------------------------------------------
// A log in a region of the chip, with its memory.
struct Neighbour {
  Neighbour(flashsim::SimFlash& chip, std::uint32_t first, std::uint32_t count)
      : region(chip, first, count), memory(RequiredMemory(SmallOptions(), region.geometry())) {}
  Log& Boot() {
    log = std::make_unique<Log>(region, SmallOptions(), memory);
    return *log;
  }
  Status Write(std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t s = first; s <= last; ++s) {
      NORLOG_TRY(log->Append(TagOf(s), TimeOf(s), PayloadOf(s)).status);
      NORLOG_TRY(log->Commit().status);
    }
    return Status::kOk;
  }
  std::string Read() {
    Reader reader(*log, 0);
    return Story::Of(reader);
  }

  FlashRegion region;
  std::vector<std::uint8_t> memory;
  std::unique_ptr<Log> log;
};

class NeighboursTest : public RegionTest {
 protected:
  // Units 1-8 and 9-18; 0 and 19-31 belong to somebody else.
  NeighboursTest() : left_(chip_, 1, 8), right_(chip_, 9, 10) {
    chip_.Poke(0, hand::Repeat(0x77, kUnit));
    chip_.Poke(19 * kUnit, hand::Repeat(0x77, 13 * kUnit));
    EXPECT_EQ(left_.Boot().Format(1), Status::kOk);
    EXPECT_EQ(right_.Boot().Format(2), Status::kOk);
  }

  Neighbour left_;
  Neighbour right_;
};

TEST_F(NeighboursTest, EachKeepsItsOwnRecords) {
  for (std::uint64_t s = 1; s <= 60; ++s) {
    ASSERT_EQ(left_.Write(s, s), Status::kOk);
    ASSERT_EQ(right_.Write(2 * s - 1, 2 * s), Status::kOk);
  }
  ASSERT_EQ(left_.Boot().Mount(), Status::kOk);
  ASSERT_EQ(right_.Boot().Mount(), Status::kOk);
  EXPECT_EQ(left_.Read(), "1-60");
  EXPECT_EQ(right_.Read(), "1-120");
}

// One erase at a time goes on in the chip; who wants another waits for it.
TEST_F(NeighboursTest, TheirErasesDoNotDisturbEachOther) {
  flashsim::SimOptions sim = chip_.options();
  sim.background_erase_polls = 3;
  chip_.set_options(sim);
  for (std::uint64_t s = 1; s <= 1200; ++s) {
    ASSERT_EQ(left_.Write(s, s), Status::kOk);
    ASSERT_TRUE(left_.log->Maintain(1) != Status::kEraseError);
    ASSERT_EQ(right_.Write(s, s), Status::kOk);
    ASSERT_TRUE(right_.log->Maintain(1) != Status::kEraseError);
  }
  EXPECT_GT(chip_.erase_count(2), 2u);
  EXPECT_GT(chip_.erase_count(10), 2u);
  for (Neighbour* log : {&left_, &right_}) {
    ASSERT_EQ(log->Boot().Mount(), Status::kOk);
    const std::string all = log->Read();
    EXPECT_EQ(all.substr(0, 10), "evicted 1-");
    EXPECT_EQ(all.substr(all.size() - 5), "-1200");
    EXPECT_EQ(all.find("damaged"), std::string::npos) << all;
  }
}

TEST_F(NeighboursTest, LapsOfOneTouchNothingOutsideIt) {
  ASSERT_EQ(right_.Write(1, 50), Status::kOk);
  const Bytes before = chip_.Peek(0, kUnit);
  const Bytes behind = chip_.Peek(9 * kUnit, 23 * kUnit);
  ASSERT_EQ(left_.Write(1, 1500), Status::kOk);
  EXPECT_EQ(chip_.Peek(0, kUnit), before);
  EXPECT_EQ(chip_.Peek(9 * kUnit, 23 * kUnit), behind);
  EXPECT_EQ(chip_.erase_count(9), 1u);  // the right log's own format
}

TEST_F(NeighboursTest, WipeErasesItsOwnRegionOnly) {
  ASSERT_EQ(right_.Write(1, 50), Status::kOk);
  const Bytes before = chip_.Peek(0, kUnit);
  const Bytes behind = chip_.Peek(9 * kUnit, 23 * kUnit);
  ASSERT_EQ(left_.Boot().Format(3, FormatMode::kWipe), Status::kOk);
  EXPECT_EQ(chip_.Peek(0, kUnit), before);
  EXPECT_EQ(chip_.Peek(9 * kUnit, 23 * kUnit), behind);
}

TEST_F(NeighboursTest, LogIsNotFoundFromAShiftedRegion) {
  ASSERT_EQ(left_.Write(1, 50), Status::kOk);
  Neighbour shifted(chip_, 2, 7);
  EXPECT_NE(shifted.Boot().Mount(), Status::kOk);
}

}  // namespace
}  // namespace norlog
