#include "flashsim/power.h"

#include <cstdio>

namespace flashsim {

const char* Name(OpKind kind) {
  switch (kind) {
    case OpKind::kNone: return "none";
    case OpKind::kProgram: return "program";
    case OpKind::kErase: return "erase";
  }
  return "?";
}

std::string ToString(const CutInfo& cut) {
  char text[160];
  const auto op_index = static_cast<unsigned long long>(cut.op_index);
  if (cut.kind == OpKind::kNone) {
    std::snprintf(text, sizeof text, "cut between operations (before operation %llu)", op_index);
    return text;
  }
  if (cut.mcu_reset) {
    std::snprintf(text, sizeof text,
                  "%s of %u B at 0x%llX completed behind an MCU reset (operation %llu)",
                  Name(cut.kind), cut.size, static_cast<unsigned long long>(cut.address), op_index);
    return text;
  }
  const bool program = cut.kind == OpKind::kProgram;
  std::snprintf(text, sizeof text, "%s of %u B at 0x%llX torn %s (operation %llu, seed %llu)",
                Name(cut.kind), cut.size, static_cast<unsigned long long>(cut.address),
                program ? Name(cut.tear.program) : Name(cut.tear.erase), op_index,
                static_cast<unsigned long long>(cut.tear.seed));
  return text;
}

void PowerSupply::CutAt(std::uint64_t ops_before_cut, const Tear& tear) {
  armed_ = true;
  cut_happened_ = false;
  resets_ = false;
  ops_before_cut_ = ops_before_cut;
  tear_ = tear;
}

void PowerSupply::ResetAt(std::uint64_t ops_before_reset) {
  CutAt(ops_before_reset, Tear{ProgramTear::kAll, EraseTear::kAll, 0});
  resets_ = true;
}

void PowerSupply::Off(const CutInfo& cut) {
  powered_ = false;
  armed_ = false;
  cut_happened_ = true;
  last_cut_ = cut;
}

void PowerSupply::On() {
  const bool kept_power = !powered_ && last_cut_.mcu_reset;
  powered_ = true;
  if (!kept_power) ++cycle_;
}

bool PowerSupply::CountOp() {
  ++op_count_;
  if (CutIsNext()) return true;
  if (armed_) --ops_before_cut_;
  return false;
}

}  // namespace flashsim
