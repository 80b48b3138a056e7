// flashsim/profiles.h - named chips: what a part's data sheet and its errata say.
#ifndef FLASHSIM_PROFILES_H_
#define FLASHSIM_PROFILES_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "flashsim/options.h"
#include "flashsim/timing.h"
#include "norlog/geometry.h"

namespace flashsim {

// What a port must do about a part: see PartHal in hal.h.
enum class HalShim : std::uint8_t {
  kDirect,      // nothing
  kBlankCheck,  // answer FF for blank words, which the part cannot read
};

struct Profile {
  std::string name;
  norlog::Geometry geometry;
  TimeModel time;
  // The part's own faults. A SimFlash made from the profile has them; a test
  // that sets its own options starts from these.
  SimOptions sim = {};
  HalShim shim = HalShim::kDirect;
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
// Those have no faults but planned cuts. The following fail as the real parts
// do; [n] are fault classes, and `!` marks what can harm committed data.
//   w25q64       8 MiB, Winbond: page wrap [16], slower erases [21]
//   mx25l64      8 MiB, Macronix: the same, and transient read errors [19]
//   sst26        1 MiB, Microchip: page wrap [16], a torn program harms other pages of
//                its 4 KiB sector [11]!
//   semper     128 KiB of 4 KiB sectors, Infineon: 16-byte ECC units, kOnce [12, 13]
//   stm32l4    128 KiB of 2 KiB pages: 8-byte ECC words, kOncePlusZero [12, 13]
//   stm32h7    128 KiB of 8 KiB sectors: 32-byte ECC words, kOnce; a second program
//                is not refused but breaks the word [12, 13]
//   nrf52      256 KiB of 4 KiB pages: 4-byte words, two programs each, 403 a 512 B [15]
//   lpc55      128 KiB of 512 B pages: 16-byte ECC words, kOnce; blank ones cannot be
//                read [13, 14]: needs PartHal
//   fram       256 KiB: a cut completes bytes or does not begin them [3]
//   sdcard       1 MiB behind an FTL: writes since Sync reach it in any order [23]
//   brownout     1 MiB of SPI NOR without a brown-out reset: wrong addresses [18]!, the
//                MCU's reset finds it busy [17]!
//   aged         1 MiB of SPI NOR at the end of its life: wear [20]!, retention [22]!,
//                read errors [19]
//   hostile      1 MiB of SPI NOR: everything that Infineon's KBA218817 allows a cut to
//                leave, "any stable or unstable state, an apparently correct image
//                included", in the whole scope of the operation [3 - 10]
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
