// Determinism: a seed replays byte for byte, on any compiler and word size.
// The constants are part of the project: seeds in bug reports depend on them.
#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include "flashsim/sim_flash.h"

namespace flashsim {
namespace {

using norlog::ProgramRule;
using Bytes = std::vector<std::uint8_t>;

// FNV-1a, 64 bit.
class Hash {
 public:
  void Add(std::span<const std::uint8_t> bytes) {
    for (const std::uint8_t byte : bytes) {
      value_ = (value_ ^ byte) * 0x100000001B3U;
    }
  }
  std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0xCBF29CE484222325U;
};

// One random call; its status and what it read go into the hash.
void RandomCall(SimFlash& chip, Rng& rng, Hash& hash) {
  const norlog::Geometry& g = chip.geometry();
  const std::uint64_t address = rng.Below(g.size_bytes() / 32) * 32;
  norlog::Status status = norlog::Status::kOk;
  const std::uint64_t choice = rng.Below(8);
  Bytes data(32);
  if (choice == 0) {
    status = chip.Erase(address - address % g.erase_unit_bytes, g.erase_unit_bytes);
  } else if (choice < 4) {
    for (std::uint8_t& byte : data) byte = rng.NextByte();
    status = chip.Program(address, data);
  } else {
    status = chip.Read(address, data);
    hash.Add(data);
  }
  const auto code = static_cast<std::uint8_t>(status);
  hash.Add(std::span(&code, 1));
}

// 3000 calls under every fault there is, then all bytes and marginal bits.
std::uint64_t RunHash(ProgramRule rule, std::uint64_t seed) {
  SimFlash chip(Toy(256, 16, 8, rule), seed);
  SimOptions options;
  options.hostile_scope = (seed & 1) != 0;
  options.torn_read_error_ppm = 300'000;
  options.read_error_ppm = 10'000;
  options.endurance_erases = 20;
  options.endurance_spread = 20;
  chip.set_options(options);
  chip.MakeBad(3, BadMode::kStuckBit);
  Rng rng(seed);
  Hash hash;
  for (int i = 0; i < 3000; ++i) {
    if (rng.Below(20) == 0) {
      const Tear tear = RandomTear(rng);  // not in the call: the order would be the compiler's
      chip.CutAt(rng.Below(4), tear);
    }
    RandomCall(chip, rng, hash);
    if (!chip.powered()) chip.PowerOn();
  }
  hash.Add(chip.Peek(0, 4096));
  for (std::uint64_t i = 0; i < 4096; ++i) {
    const std::uint8_t mask = chip.MarginalMask(i);
    hash.Add(std::span(&mask, 1));
  }
  EXPECT_GT(chip.counters().cuts, 100U);
  return hash.value();
}

TEST(FlashsimGolden, SameSeedSameBytes) {
  EXPECT_EQ(RunHash(ProgramRule::kBits, 1), RunHash(ProgramRule::kBits, 1));
  EXPECT_NE(RunHash(ProgramRule::kBits, 1), RunHash(ProgramRule::kBits, 3));
}

TEST(FlashsimGolden, BytesAreThoseOfEveryOtherCompiler) {
  EXPECT_EQ(RunHash(ProgramRule::kBits, 1), 15482760411653381925U);
  EXPECT_EQ(RunHash(ProgramRule::kOnce, 2), 10859066836330830929U);
  EXPECT_EQ(RunHash(ProgramRule::kOncePlusZero, 3), 6553052108608396899U);
  EXPECT_EQ(RunHash(ProgramRule::kOverwrite, 4), 9843109454824965600U);
}

// splitmix64's published first output for seed 0.
TEST(FlashsimGolden, Mix64IsSplitmix64) {
  EXPECT_EQ(Mix64(0), 0xE220A8397B1DCDAFU);
}

// xoshiro256** seeded by splitmix64, computed by an independent program.
TEST(FlashsimGolden, RngIsXoshiro256StarStar) {
  Rng rng(42);
  EXPECT_EQ(rng.Next(), 1546998764402558742U);
  EXPECT_EQ(rng.Next(), 6990951692964543102U);
}

TEST(FlashsimGolden, RngBitsHaveTheirShare) {
  Rng rng(1);
  EXPECT_EQ(rng.Bits(0), 0x00);
  EXPECT_EQ(rng.Bits(4), 0xFF);
  for (int quarters = 1; quarters <= 3; ++quarters) {
    int ones = 0;
    for (int i = 0; i < 1000; ++i) ones += std::popcount(unsigned{rng.Bits(quarters)});
    EXPECT_NEAR(ones, 2000 * quarters, 250);
  }
}

}  // namespace
}  // namespace flashsim
