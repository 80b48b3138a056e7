#include "fuzz/cut_style.h"

#include <array>
#include <sstream>

#include "flashsim/rng.h"

namespace norlog::fuzz {
namespace {

using flashsim::EraseTear;
using flashsim::MarginalMode;
using flashsim::ProgramTear;

// Each solid tear of programs beside one of erases; the lists differ in length.
constexpr std::size_t kSolidTears = 10;
constexpr std::array kSolidPrograms = {ProgramTear::kNone,         ProgramTear::kAll,
                                       ProgramTear::kBytePrefix,   ProgramTear::kByteSuffix,
                                       ProgramTear::kOneBit,       ProgramTear::kAllButOneBit,
                                       ProgramTear::kRandomBits25, ProgramTear::kRandomBits50,
                                       ProgramTear::kRandomBits75, ProgramTear::kPlausibleWrong};
constexpr std::array kSolidErases = {EraseTear::kNone,         EraseTear::kAll,
                                     EraseTear::kPreProgram,   EraseTear::kAllZero,
                                     EraseTear::kFfPrefix,     EraseTear::kHalfZeroUnderHeader,
                                     EraseTear::kRandomBits25, EraseTear::kRandomBits50,
                                     EraseTear::kRandomBits75, EraseTear::kPreProgram};
static_assert(kSolidPrograms.size() == kSolidTears && kSolidErases.size() == kSolidTears);

constexpr std::array kMarginalPrograms = {ProgramTear::kCompleteMarginal, ProgramTear::kFalseBlank,
                                          ProgramTear::kMixedMarginal};
constexpr std::array kMarginalErases = {EraseTear::kBlankMarginal, EraseTear::kUntouchedMarginal,
                                        EraseTear::kBlankMarginal};

constexpr std::array kMarginalModes = {MarginalMode::kPerRead, MarginalMode::kPerCycle,
                                       MarginalMode::kPerCycleBits};

constexpr std::array kModeNames = {"per-read", "per-cycle", "per-cycle-bits", "mixed", "pattern"};

// Torn words read as errors: never, half the time, always.
constexpr std::uint32_t ReadErrorPpm(std::size_t index) {
  return static_cast<std::uint32_t>(index % 3) * 500'000;
}

CutStyle MakeStyle(ProgramTear program, EraseTear erase, std::size_t index, bool write_once) {
  CutStyle style;
  style.tear = {program, erase, flashsim::Mix64(index)};
  style.hostile = index % 2 != 0;
  style.torn_read_error_ppm = write_once ? ReadErrorPpm(index / 2) : 0;
  return style;
}

const char* Name(MarginalMode mode) {
  return kModeNames.at(static_cast<std::size_t>(mode));
}

// The value of that name among `all`; false if there is none.
template <typename All, typename Value>
bool ByName(const All& all, const std::string& name, Value& value) {
  for (const Value candidate : all) {
    if (name != flashsim::Name(candidate)) continue;
    value = candidate;
    return true;
  }
  return false;
}

bool ModeByName(const std::string& name, MarginalMode& mode) {
  for (std::size_t i = 0; i < kModeNames.size(); ++i) {
    if (name != kModeNames.at(i)) continue;
    mode = static_cast<MarginalMode>(i);
    return true;
  }
  return false;
}

// Reads one "key value" of a style; false if it is none.
bool ReadField(const std::string& key, std::istream& in, CutStyle& style) {
  std::string word;
  if (key == "hostile") return style.hostile = true;
  if (key == "reset") return style.reset = true;
  if (key == "program")
    return in >> word && ByName(flashsim::kProgramTears, word, style.tear.program);
  if (key == "erase") return in >> word && ByName(flashsim::kEraseTears, word, style.tear.erase);
  if (key == "marginal") return in >> word && ModeByName(word, style.mode);
  if (key == "seed") return static_cast<bool>(in >> style.tear.seed);
  if (key == "looks") return static_cast<bool>(in >> style.first_look_cycles);
  if (key == "read-errors") return static_cast<bool>(in >> style.torn_read_error_ppm);
  unsigned pattern = 0;
  if (key != "pattern" || !(in >> pattern) || pattern > 15) return false;
  style.pattern = static_cast<std::uint8_t>(pattern);
  return true;
}

}  // namespace

void PlanCut(flashsim::SimFlash& chip, std::uint64_t operation, const CutStyle& style,
             const flashsim::Tear& tear) {
  if (style.reset) {
    chip.ResetAt(operation);
  } else {
    chip.CutAt(operation, tear);
  }
}

flashsim::SimOptions Over(const flashsim::SimOptions& base, const CutStyle& style) {
  flashsim::SimOptions sim = base;
  sim.marginal_mode = style.mode;
  // The part's own (1 by default) comes on top.
  const std::uint32_t own = base.first_look_cycles > 1 ? base.first_look_cycles - 1 : 0;
  sim.first_look_cycles = style.first_look_cycles + own;
  sim.hostile_scope = base.hostile_scope || style.hostile;
  sim.torn_read_error_ppm = style.torn_read_error_ppm;
  sim.unstable_pattern = style.pattern;
  return sim;
}

bool ReadsAlike(const CutStyle& a, const CutStyle& b) {
  const bool a_counts = a.mode == MarginalMode::kPattern;
  const bool b_counts = b.mode == MarginalMode::kPattern;
  return a_counts == b_counts && a.pattern == b.pattern &&
         a.first_look_cycles == b.first_look_cycles &&
         a.torn_read_error_ppm == b.torn_read_error_ppm;
}

bool MayTear(const flashsim::SimOptions& part, const CutStyle& style, flashsim::OpKind kind) {
  if (style.reset || part.unordered_writes) return true;  // (its seed says which writes are lost)
  if (kind == flashsim::OpKind::kErase) {
    return (part.erase_tears & flashsim::TearBit(style.tear.erase)) != 0;
  }
  return (part.program_tears & flashsim::TearBit(style.tear.program)) != 0;
}

bool IsMarginal(const flashsim::Tear& tear, flashsim::OpKind kind) {
  if (kind == flashsim::OpKind::kProgram) return tear.program >= ProgramTear::kCompleteMarginal;
  return kind == flashsim::OpKind::kErase && tear.erase >= EraseTear::kBlankMarginal;
}

std::vector<CutStyle> AllCutStyles(bool write_once) {
  std::vector<CutStyle> styles;
  for (std::size_t i = 0; i < kSolidTears; ++i) {
    for (int hostile = 0; hostile < 2; ++hostile) {
      styles.push_back(MakeStyle(kSolidPrograms[i], kSolidErases[i], styles.size(), write_once));
    }
  }
  for (std::size_t i = 0; i < kMarginalPrograms.size(); ++i) {
    for (const MarginalMode mode : kMarginalModes) {
      for (std::uint32_t look = 0; look < 2; ++look) {
        CutStyle style =
            MakeStyle(kMarginalPrograms[i], kMarginalErases[i], styles.size(), write_once);
        style.mode = mode;
        style.first_look_cycles = look;
        styles.push_back(style);
      }
    }
  }
  styles.push_back(MakeStyle(ProgramTear::kAll, EraseTear::kAll, 0, write_once));
  styles.back().reset = true;
  return styles;
}

std::vector<CutStyle> UnstableStyles() {
  std::vector<CutStyle> styles;
  for (std::size_t kind = 0; kind < 2; ++kind) {
    for (std::uint8_t pattern = 0; pattern < 16; ++pattern) {
      CutStyle style;
      style.tear = {kMarginalPrograms.at(kind), kMarginalErases.at(kind), 0};
      style.mode = MarginalMode::kPattern;
      style.first_look_cycles = 0;
      style.pattern = pattern;
      styles.push_back(style);
    }
  }
  return styles;
}

std::vector<std::size_t> FlickerStyles() {
  const std::vector<CutStyle> styles = AllCutStyles(/*write_once=*/false);
  std::vector<std::size_t> flicker;
  for (std::size_t i = 0; i < styles.size(); ++i) {
    const bool is_marginal = IsMarginal(styles[i].tear, flashsim::OpKind::kProgram);
    if (is_marginal && styles[i].mode == MarginalMode::kPerCycle) flicker.push_back(i);
  }
  return flicker;
}

std::string ToString(const CutStyle& style) {
  std::ostringstream text;
  text << "program " << flashsim::Name(style.tear.program) << " erase "
       << flashsim::Name(style.tear.erase) << " seed " << style.tear.seed << " marginal "
       << Name(style.mode) << " looks " << style.first_look_cycles
       << (style.hostile ? " hostile" : "") << (style.reset ? " reset" : "");
  if (style.torn_read_error_ppm > 0) text << " read-errors " << style.torn_read_error_ppm;
  if (style.mode == MarginalMode::kPattern) text << " pattern " << int{style.pattern};
  return text.str();
}

std::optional<CutStyle> ParseCutStyle(std::string_view text) {
  std::istringstream in{std::string(text)};
  CutStyle style;
  std::string key;
  while (in >> key) {
    if (!ReadField(key, in, style)) return std::nullopt;
  }
  return style;
}

std::string ShortName(const CutStyle& style) {
  std::string text = flashsim::Name(style.tear.program);
  text += " / ";
  text += flashsim::Name(style.tear.erase);
  if (IsMarginal(style.tear, flashsim::OpKind::kProgram)) {
    text +=
        std::string(", ") + Name(style.mode) + ", looks " + std::to_string(style.first_look_cycles);
  }
  if (style.mode == MarginalMode::kPattern) text += ", pattern " + std::to_string(style.pattern);
  if (style.hostile) text += ", hostile";
  if (style.reset) text += ", reset";
  if (style.torn_read_error_ppm > 0) {
    text += ", " + std::to_string(style.torn_read_error_ppm / 10'000) + " % read errors";
  }
  return text;
}

}  // namespace norlog::fuzz
