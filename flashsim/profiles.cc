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
