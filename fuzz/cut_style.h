// fuzz/cut_style.h - in which ways a cut may leave the chip.
//
// A style is a tear of programs, a tear of erases (the half that counts is that
// of the operation which the cut hits) and how the torn cells then read. The
// list of styles is part of every case id ("5:17.3" is style 3), so new ones
// are added at its end.
#ifndef FUZZ_CUT_STYLE_H_
#define FUZZ_CUT_STYLE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "flashsim/sim_flash.h"

namespace norlog::fuzz {

struct CutStyle {
  flashsim::Tear tear;
  flashsim::MarginalMode mode = flashsim::MarginalMode::kMixed;
  std::uint32_t first_look_cycles = 1;
  bool hostile = false;                   // bits that the operation would have kept, too
  std::uint32_t torn_read_error_ppm = 0;  // write-once chips: a torn word reads as error
  std::uint8_t pattern = 0;               // of MarginalMode::kPattern: the first four reads
  bool reset = false;                     // the processor's alone: the operation completes

  friend bool operator==(const CutStyle& a, const CutStyle& b) {
    return a.tear.program == b.tear.program && a.tear.erase == b.tear.erase &&
           a.tear.seed == b.tear.seed && a.mode == b.mode &&
           a.first_look_cycles == b.first_look_cycles && a.hostile == b.hostile &&
           a.torn_read_error_ppm == b.torn_read_error_ppm && a.pattern == b.pattern &&
           a.reset == b.reset;
  }
};

// Plans the cut: of the mutating operations that follow, the one with number `operation`,
// with the style's tear or (a style has one, a place may need another) `tear`.
void PlanCut(flashsim::SimFlash& chip, std::uint64_t operation, const CutStyle& style,
             const flashsim::Tear& tear);

// `base` with what the style says; a hostile part stays hostile.
flashsim::SimOptions Over(const flashsim::SimOptions& base, const CutStyle& style);

// True if a recovery reads alike behind either, whatever an earlier cut left:
// they differ in the tear alone.
bool ReadsAlike(const CutStyle& a, const CutStyle& b);

// True if the part tears so where the cut hits an operation of that kind (SimOptions).
bool MayTear(const flashsim::SimOptions& part, const CutStyle& style, flashsim::OpKind kind);

// False for tears that leave solid bits only.
bool IsMarginal(const flashsim::Tear& tear, flashsim::OpKind kind);

// Every tear of programs and of erases; the marginal ones in each mode, with
// and without a stable first look; the others with and without disturbing the
// rest of their scope; and a reset of the processor alone. `write_once`: torn words also
// read as errors.
std::vector<CutStyle> AllCutStyles(bool write_once);
inline constexpr std::size_t kCutStyles = 39;

// Unstable reads: each of the 16 courses of a marginal bit's first four reads,
// for programs and erases that seem complete and for those that seem not begun.
std::vector<CutStyle> UnstableStyles();
inline constexpr std::size_t kUnstableStyles = 32;
// Mounts behind the recovery from a cut in one of these, at least.
inline constexpr std::uint32_t kUnstableRemounts = 3;

// Of AllCutStyles those whose marginal cells read one way in one power cycle and, all of them
// together, perhaps another way in the next: so what was torn comes and goes as a whole.
std::vector<std::size_t> FlickerStyles();

// "program kFalseBlank erase kBlankMarginal seed 12 marginal per-cycle looks 1";
// then, if so, "hostile", "reset", "read-errors 500000", "pattern 5".
std::string ToString(const CutStyle& style);
// The same text back; nothing if it is not one.
std::optional<CutStyle> ParseCutStyle(std::string_view text);

// "kFalseBlank / kBlankMarginal, per-cycle, looks 1": for tables of results.
std::string ShortName(const CutStyle& style);

}  // namespace norlog::fuzz

#endif  // FUZZ_CUT_STYLE_H_
