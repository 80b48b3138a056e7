#include "flashsim/violations.h"

#include <cstdio>

namespace flashsim {

const char* Name(ViolationKind kind) {
  switch (kind) {
    case ViolationKind::kZeroToOne: return "kZeroToOne";
    case ViolationKind::kSecondProgram: return "kSecondProgram";
    case ViolationKind::kPageCrossed: return "kPageCrossed";
    case ViolationKind::kOutOfBounds: return "kOutOfBounds";
    case ViolationKind::kMisaligned: return "kMisaligned";
    case ViolationKind::kZeroLength: return "kZeroLength";
    case ViolationKind::kEraseSize: return "kEraseSize";
    case ViolationKind::kNoPower: return "kNoPower";
    case ViolationKind::kErasing: return "kErasing";
    case ViolationKind::kProgramLimit: return "kProgramLimit";
  }
  return "?";
}

std::string ToString(const Violation& violation) {
  char text[160];
  std::snprintf(text, sizeof text, "%s: %s of %llu B at 0x%llX (after %llu operations)",
                Name(violation.kind), violation.call,
                static_cast<unsigned long long>(violation.size),
                static_cast<unsigned long long>(violation.address),
                static_cast<unsigned long long>(violation.op_index));
  return text;
}

void Violations::Add(const Violation& violation) {
  ++count_;
  if (first_.size() < kKept) first_.push_back(violation);
}

std::string Violations::Report() const {
  std::string report;
  for (const Violation& violation : first_) report += ToString(violation) + "\n";
  if (count_ > first_.size()) {
    report += "... and " + std::to_string(count_ - first_.size()) + " more\n";
  }
  return report;
}

}  // namespace flashsim
