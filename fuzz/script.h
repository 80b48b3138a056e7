// fuzz/script.h - a case as a readable text that replays byte for byte.
//
//   # norlog script 1
//   setup toy-overwrite
//   format 77
//   append 24 tag 3 time 170 salt 9
//   append 24 tag 3 time 180 salt 10 times 70 every 10
//   commit
//   cut 2 program kFalseBlank erase kPreProgram seed 42 marginal per-cycle looks 1
//   close
//   recover
//   lap
//
// `times n every t`: n appends (at most 100,000), whose salts count up, each t later than the
// one before (64 bits, wrapping). One step, as `fill` and `lap` are.
//
// Every case of a campaign can be written as one, whatever found it. Numbers are
// decimal; nothing depends on the compiler, the word size or an order of hashes.
//
// A `cut` plans: of the mutating operations that follow, the n-th (from 0) is
// torn. Once the power has failed, steps are passed over up to the next
// `recover`, `again` or `settle`, or a `cut` (which lets the power return and
// plans the next). Steps that cannot be carried out as things are (an append
// while no log is mounted) are passed over too: so a script without some of its
// steps is a script, and may be shrunk.
#ifndef FUZZ_SCRIPT_H_
#define FUZZ_SCRIPT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "fuzz/cut_style.h"
#include "fuzz/rig.h"
#include "fuzz/workload.h"

namespace norlog::fuzz {

inline constexpr std::uint32_t kMaxAppendTimes = 100'000;

enum class StepVerb : std::uint8_t {
  kDo,        // op
  kFormat,    // number: the nonce
  kMount,     // hint, if has_hint
  kClose,     //
  kVanish,    // the power fails between two operations, and returns
  kReset,     // the processor restarts between two operations; the chip keeps its power
  kFill,      // appends of the largest size, each committed, until `number` buckets are opened
  kCut,       // number: operations before it; style
  kRecover,   // power returns; mounted, looked at, an append made durable
  kAgain,     // number times: cut at operation `op.count` of the recovery, in `style`
  kRemounts,  // number: each recovery is followed by so many mounts (Rig::set_remounts)
  kSettle,    // no cut is planned any more; recovered if nothing is mounted
  kFlip,      // damage: the bits `op.count` (1 to 255) of the byte at address `number` change
  kDamage,    // `op.count` records are appended; a bit of one goes bad (Rig::DamageFrame)
  kBreak,     // the newest bucket takes no programs any more; number 1: and says that it does
  kWear,      // `op.count` buckets, from the `number`-th behind the newest on, can't be erased
  kHeal,      // what went bad in the case is as new
  kLap,       // a whole further lap, closed, mounted, looked at
};

// Not by anything that the log does.
constexpr bool EndsASession(StepVerb verb) {
  return verb == StepVerb::kVanish || verb == StepVerb::kReset;
}

struct Step {
  StepVerb verb = StepVerb::kDo;
  Op op;
  std::uint64_t number = 0;
  bool has_hint = false;
  std::uint32_t hint = 0;
  CutStyle style;
};

struct Script {
  std::string setup;  // as FindSetup takes it: "toy-overwrite", "random 7f"
  std::vector<Step> steps;
};

// One line, without a line end.
std::string ToString(const Step& step);
// The whole text.
std::string ToString(const Script& script);
// Errors name the line and what is wrong with it (kInvalidArgument).
absl::StatusOr<Script> ParseScript(absl::string_view text);

// The steps of a session as Rig::Run carries it out.
void AppendSession(const Session& session, std::vector<Step>& steps);

// Steps that are neither cuts nor recoveries (of many appends, one), and cuts.
std::uint32_t CountOperations(const Script& script);
std::uint32_t CountCuts(const Script& script);

// What the cut with the number `index` (from 0) hit: for each `cut` step, the
// step during which it struck, and the operations of that step before it.
struct CutHit {
  std::size_t cut_step = 0;
  std::size_t hit_step = 0;
  std::uint64_t operations_before = 0;
  bool in_recovery = false;
  flashsim::CutInfo info;
};

struct ScriptOutcome {
  std::vector<Breach> breaches;  // empty: every guarantee held
  std::size_t last_step = 0;     // that was carried out: with a breach, where it broke
  std::vector<CutHit> hits;
  std::uint64_t recoveries = 0;  // that came to their end
  std::uint64_t laps = 0;
  BudgetUse budget_use;
  std::uint64_t records = 0;  // accepted and still known of
  std::array<std::uint32_t, kGuarantees> checks{};
  std::uint64_t digest = 0;  // of the chip's bytes and what the oracle knows, in the end
  // Of the last cut's bucket: before the cut, behind it, and in the end.
  std::uint64_t image_address = 0;
  std::vector<std::uint8_t> before_cut;
  std::vector<std::uint8_t> behind_cut;
  std::vector<std::uint8_t> in_the_end;
};

// Runs a script on a setup of that name. `trace`, if given, gets a line for
// each call, and for each operation of the chip.
ScriptOutcome RunScript(const Setup& setup, const Script& script, std::ostream* trace = nullptr);

}  // namespace norlog::fuzz

#endif  // FUZZ_SCRIPT_H_
