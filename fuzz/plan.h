// fuzz/plan.h - a whole life of a log as a list of numbers.
//
// A Plan is what a property test draws: one number decides the chip, the
// options and the faults, each further one an event (an operation, a boot, a
// power cut). Any list of numbers is a plan, so RapidCheck may shrink it by
// dropping and lowering numbers; and a plan is a short text that replays:
//   NORLOG_SEED=1f.3.9a4.0 property_test
#ifndef FUZZ_PLAN_H_
#define FUZZ_PLAN_H_

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "fuzz/rig.h"

namespace norlog::fuzz {

struct Plan {
  std::uint32_t config = 0;
  std::vector<std::uint32_t> events;
};

// Hexadecimal numbers with dots between; an unreadable text is no plan.
std::string ToString(const Plan& plan);
std::optional<Plan> ParsePlan(const std::string& text);

// The chip, options and faults that a number stands for: a valid setup.
Setup MakeSetup(std::uint32_t config);
// The same with a named chip of few erase units, and the faults of that part. (Not those that
// harm what is committed, or wear.)
Setup MakeChipSetup(std::uint32_t config);
// Adds a fault of classes 11, 18 or 22 to the chip: one that may harm what is committed.
void MakeHarmful(std::uint32_t config, Setup& setup);
// "4096 B x 12, unit 8, kOnce, blocks of 512 B, 3 readers, ...".
std::string ToString(const Setup& setup);

struct PlanResult {
  std::string report;  // "" if every guarantee held
  std::uint32_t cuts = 0;
  std::uint64_t records = 0;
};

// Lives through the plan, ends with a recovery and a whole further lap.
PlanResult RunPlan(const Plan& plan, std::ostream* trace = nullptr);

}  // namespace norlog::fuzz

#endif  // FUZZ_PLAN_H_
