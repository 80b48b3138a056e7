// flashsim/profiles.h - named chips: what a part's data sheet says, in one value.
#ifndef FLASHSIM_PROFILES_H_
#define FLASHSIM_PROFILES_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "flashsim/timing.h"
#include "norlog/geometry.h"

namespace flashsim {

struct Profile {
  std::string name;
  norlog::Geometry geometry;
  TimeModel time;
};

// All named chips, smallest first within a family, for command lines and for
// tests that must hold on each:
//   w25q8        1 MiB, 4 KiB erase (32 and 64 KiB too), byte program, kBits
//   w25q128     16 MiB, the same
//   w25q1024   128 MiB, the same
//   nor512       1 MiB in 512 B sectors, byte program, kBits
//   stm32-8    128 KiB, 2 KiB erase, 8-byte ECC words, kOnce (L4, G0)
//   stm32-8z   128 KiB, the same but kOncePlusZero
//   stm32-32   128 KiB, 2 KiB erase, 32-byte ECC words, kOnce (H7's word)
//   fram256    256 KiB, 4 KiB fills, byte program, kOverwrite
std::span<const Profile> Profiles();

// The profile of that name, or null.
const Profile* FindProfile(std::string_view name);

// The same by the lead customers' sizes: W25Q of 1, 16 or 128 MiB.
const Profile& W25Q(std::uint32_t mebibytes);

// "w25q8, w25q128, ...": for usage texts.
std::string ProfileNames();

// A small chip for exhaustive tests: `count` erase units of `bucket_bytes`
// (a multiple of program_unit_bytes), timed as SPI NOR (kOverwrite: as FRAM).
// Page: 256 B or the bucket if that is smaller. Named "toy-<bytes>x<count>-u<unit>".
Profile Toy(std::uint32_t bucket_bytes, std::uint32_t count, std::uint32_t program_unit_bytes = 1,
            norlog::ProgramRule rule = norlog::ProgramRule::kBits);

}  // namespace flashsim

#endif  // FLASHSIM_PROFILES_H_
