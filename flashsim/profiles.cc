#include "flashsim/profiles.h"

#include <algorithm>
#include <cassert>
#include <vector>

namespace flashsim {
namespace {

using norlog::Geometry;
using norlog::ProgramRule;

constexpr std::uint32_t kKiB = 1024;
constexpr std::uint32_t kMiB = 1024 * kKiB;

Geometry MakeGeometry(std::uint32_t erase_bytes, std::uint32_t count, std::uint32_t program_bytes,
                      ProgramRule rule) {
  Geometry g;
  g.erase_unit_bytes = erase_bytes;
  g.erase_unit_count = count;
  g.program_unit_bytes = program_bytes;
  g.page_bytes = std::min<std::uint32_t>(256, erase_bytes);
  g.program_rule = rule;
  return g;
}

Profile MakeW25Q(std::string name, std::uint32_t mebibytes) {
  Geometry g = MakeGeometry(4 * kKiB, mebibytes * (kMiB / (4 * kKiB)), 1, ProgramRule::kBits);
  g.larger_erase_bytes[0] = 32 * kKiB;
  g.larger_erase_bytes[1] = 64 * kKiB;
  return {std::move(name), g, SpiNorTime(g)};
}

Profile MakeNor512() {
  const Geometry g = MakeGeometry(512, kMiB / 512, 1, ProgramRule::kBits);
  return {"nor512", g, SpiNorTime(g)};
}

Profile MakeStm32(std::string name, std::uint32_t word_bytes, ProgramRule rule) {
  const Geometry g = MakeGeometry(2 * kKiB, 64, word_bytes, rule);
  return {std::move(name), g, InternalFlashTime(g)};
}

Profile MakeFram() {
  const Geometry g = MakeGeometry(4 * kKiB, 64, 1, ProgramRule::kOverwrite);
  return {"fram256", g, FramTime(g)};
}

// --- Parts with their faults --------------------------------------------------

// Erases of a W25Q64JV take 45 ms when new and up to 400 ms at 100,000 cycles.
constexpr std::uint32_t kSpiNorGrowthPpm = 80;

Profile MakeSpiNor(std::string name, std::uint32_t mebibytes) {
  Profile part = MakeW25Q(std::move(name), mebibytes);
  part.sim.page_wrap = true;
  part.sim.erase_growth_ppm = kSpiNorGrowthPpm;
  return part;
}

Profile MakeMx25() {
  Profile part = MakeSpiNor("mx25l64", 8);
  part.sim.read_error_ppm = 100;
  return part;
}

// Microchip's FAQ 3411: power lost during a page program may corrupt the
// sector that contains the page.
Profile MakeSst26() {
  Profile part = MakeSpiNor("sst26", 1);
  part.sim.collateral_ppm = 20'000;
  return part;
}

// In its default mode (SECDED) a second program of a 16-byte unit, even with
// the same data, is a program error. The 4 KiB parameter sectors.
Profile MakeSemper() {
  Geometry g = MakeGeometry(4 * kKiB, 32, 16, ProgramRule::kOnce);
  Profile part = {"semper", g, SpiNorTime(g)};
  part.sim.torn_unit = TornUnitPolicy::kRefuse;
  part.sim.torn_read_error_ppm = 1'000'000;
  part.sim.half_erased_read_error_ppm = 500'000;
  part.sim.erase_growth_ppm = kSpiNorGrowthPpm;
  return part;
}

Profile MakeStm32L4() {
  Profile part = MakeStm32("stm32l4", 8, ProgramRule::kOncePlusZero);
  part.geometry.page_bytes = 8;
  part.sim.torn_read_error_ppm = 500'000;  // one wrong bit is corrected, two are not
  part.sim.half_erased_read_error_ppm = 500'000;
  return part;
}

// The sectors of the H7A3; those of the H743 have 128 KiB.
Profile MakeStm32H7() {
  const Geometry g = MakeGeometry(8 * kKiB, 16, 32, ProgramRule::kOnce);
  Profile part = {"stm32h7", g, InternalFlashTime(g)};
  part.geometry.page_bytes = 32;
  part.sim.second_program = SecondProgram::kEccError;
  part.sim.torn_unit = TornUnitPolicy::kAccept;
  part.sim.torn_read_error_ppm = 1'000'000;
  part.sim.half_erased_read_error_ppm = 1'000'000;
  return part;
}

// The nRF52840: n_WRITE 2 a word, 403 a 512 B block; page erase 85 ms, word 41 us.
Profile MakeNrf52() {
  Geometry g = MakeGeometry(4 * kKiB, 64, 4, ProgramRule::kOncePlusZero);
  g.page_bytes = 4;
  Profile part = {"nrf52", g, InternalFlashTime(g)};
  part.time.program_first_ns = 41 * kNsPerUs;
  part.time.erase_ns = 85 * kNsPerMs;
  part.sim.torn_unit = TornUnitPolicy::kAccept;
  part.sim.max_programs_per_unit = 2;
  part.sim.max_programs_per_block = 403;
  part.sim.program_block_bytes = 512;
  return part;
}

// Erases to 00, in truth; InvertingHal is what its port does about that.
Profile MakeLpc55() {
  const Geometry g = MakeGeometry(512, 256, 16, ProgramRule::kOnce);
  Profile part = {"lpc55", g, InternalFlashTime(g)};
  part.sim.torn_read_error_ppm = 1'000'000;
  part.sim.half_erased_read_error_ppm = 1'000'000;
  part.sim.blank_read_errors = true;
  part.shim = HalShim::kBlankCheck;
  return part;
}

Profile MakeRealFram() {
  Profile part = MakeFram();
  part.name = "fram";
  part.sim.program_tears =
      TearBit(ProgramTear::kNone) | TearBit(ProgramTear::kAll) | TearBit(ProgramTear::kBytePrefix);
  part.sim.erase_tears =
      TearBit(EraseTear::kNone) | TearBit(EraseTear::kAll) | TearBit(EraseTear::kFfPrefix);
  return part;
}

// A port that keeps the card's 512 B sector in RAM: a program is one sector write.
Profile MakeSdCard() {
  Geometry g = MakeGeometry(4 * kKiB, 256, 1, ProgramRule::kOverwrite);
  g.page_bytes = 512;
  Profile part = {"sdcard", g, FramTime(g)};
  part.time.program_first_ns = 1'000 * kNsPerUs;
  part.time.program_max_ns = 1'000 * kNsPerUs;
  part.sim.unordered_writes = true;
  part.sim.program_tears = TearBit(ProgramTear::kNone) | TearBit(ProgramTear::kAll);
  part.sim.erase_tears = TearBit(EraseTear::kNone) | TearBit(EraseTear::kAll);
  return part;
}

Profile MakeBrownout() {
  Profile part = MakeSpiNor("brownout", 1);
  part.sim.misdirect_ppm = 250'000;
  part.sim.dropped_after_reset = 2;
  return part;
}

Profile MakeAged() {
  Profile part = MakeSpiNor("aged", 1);
  part.sim.endurance_erases = 50;
  part.sim.endurance_spread = 100;
  part.sim.endurance_mode = BadMode::kStuckBit;
  part.sim.retention_flips = 1;
  part.sim.read_error_ppm = 1'000;
  return part;
}

Profile MakeHostile() {
  Profile part = MakeSpiNor("hostile", 1);
  part.sim.hostile_scope = true;
  part.sim.first_look_cycles = 2;
  return part;
}

std::vector<Profile> MakeProfiles() {
  return {
      MakeW25Q("w25q8", 1),
      MakeW25Q("w25q128", 16),
      MakeW25Q("w25q1024", 128),
      MakeNor512(),
      MakeStm32("stm32-8", 8, ProgramRule::kOnce),
      MakeStm32("stm32-8z", 8, ProgramRule::kOncePlusZero),
      MakeStm32("stm32-32", 32, ProgramRule::kOnce),
      MakeFram(),
      MakeSpiNor("w25q64", 8),
      MakeMx25(),
      MakeSst26(),
      MakeSemper(),
      MakeStm32L4(),
      MakeStm32H7(),
      MakeNrf52(),
      MakeLpc55(),
      MakeRealFram(),
      MakeSdCard(),
      MakeBrownout(),
      MakeAged(),
      MakeHostile(),
  };
}

}  // namespace

std::span<const Profile> Profiles() {
  static const std::vector<Profile> profiles = MakeProfiles();
  return profiles;
}

const Profile* FindProfile(std::string_view name) {
  for (const Profile& profile : Profiles()) {
    if (profile.name == name) return &profile;
  }
  return nullptr;
}

const Profile& W25Q(std::uint32_t mebibytes) {
  const char* const name = mebibytes == 1 ? "w25q8" : mebibytes == 16 ? "w25q128" : "w25q1024";
  assert(mebibytes == 1 || mebibytes == 16 || mebibytes == 128);
  return *FindProfile(name);
}

std::string ProfileNames() {
  std::string names;
  for (const Profile& profile : Profiles()) {
    if (!names.empty()) names += ", ";
    names += profile.name;
  }
  return names;
}

Profile Toy(std::uint32_t bucket_bytes, std::uint32_t count, std::uint32_t program_unit_bytes,
            ProgramRule rule) {
  const Geometry g = MakeGeometry(bucket_bytes, count, program_unit_bytes, rule);
  assert(norlog::IsValid(g));
  std::string name = "toy-" + std::to_string(bucket_bytes) + "x" + std::to_string(count) + "-u" +
                     std::to_string(program_unit_bytes);
  return {std::move(name), g, rule == ProgramRule::kOverwrite ? FramTime(g) : SpiNorTime(g)};
}

}  // namespace flashsim
