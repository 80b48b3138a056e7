// The rules of the contract: what is refused, what is recorded, and which
// program units of a write-once chip are used up.
#include <algorithm>
#include <array>

#include "flashsim/sim_flash.h"

namespace flashsim {

using norlog::ProgramRule;
using norlog::Status;

// --- Refusals ----------------------------------------------------------------

Status SimFlash::Refuse(ViolationKind kind, const char* call, std::uint64_t address,
                        std::uint64_t size) {
  violations_.Add({kind, call, address, size, power_.op_count()});
  switch (kind) {
    case ViolationKind::kOutOfBounds: return Status::kOutOfBounds;
    case ViolationKind::kNoPower: return Status::kNoPower;
    case ViolationKind::kSecondProgram: return Status::kProgramError;
    case ViolationKind::kErasing: return Status::kBusy;
    default: return Status::kMisaligned;
  }
}

Status SimFlash::CheckPower(const char* call, std::uint64_t address, std::uint64_t size) {
  if (power_.powered()) return Status::kOk;
  if (caller_knows_of_cut_) return Refuse(ViolationKind::kNoPower, call, address, size);
  caller_knows_of_cut_ = true;
  return Status::kNoPower;
}

Status SimFlash::CheckBounds(const char* call, std::uint64_t address, std::uint64_t size) {
  const std::uint64_t end = geometry_.size_bytes();
  if (size <= end && address <= end - size) return Status::kOk;
  return Refuse(ViolationKind::kOutOfBounds, call, address, size);
}

Status SimFlash::CheckProgram(std::uint64_t address, std::size_t size) {
  constexpr const char* kCall = "Program";
  NORLOG_TRY(CheckPower(kCall, address, size));
  NORLOG_TRY(CheckBounds(kCall, address, size));
  NORLOG_TRY(CheckErasing(kCall, address, size));
  if (size == 0) return Refuse(ViolationKind::kZeroLength, kCall, address, size);
  if (address % geometry_.program_unit_bytes != 0 || size % geometry_.program_unit_bytes != 0) {
    return Refuse(ViolationKind::kMisaligned, kCall, address, size);
  }
  if (address % geometry_.page_bytes + size > geometry_.page_bytes) {
    const Status refused = Refuse(ViolationKind::kPageCrossed, kCall, address, size);
    return options_.page_wrap ? Status::kOk : refused;
  }
  return Status::kOk;
}

bool SimFlash::IsEraseSize(std::uint32_t size) const {
  if (size == geometry_.erase_unit_bytes) return true;
  return size != 0 && std::count(std::begin(geometry_.larger_erase_bytes),
                                 std::end(geometry_.larger_erase_bytes), size) != 0;
}

Status SimFlash::CheckErase(std::uint64_t address, std::uint32_t size) {
  constexpr const char* kCall = "Erase";
  NORLOG_TRY(CheckPower(kCall, address, size));
  NORLOG_TRY(CheckBounds(kCall, address, size));
  if (!IsEraseSize(size)) return Refuse(ViolationKind::kEraseSize, kCall, address, size);
  if (address % size != 0) return Refuse(ViolationKind::kMisaligned, kCall, address, size);
  return Status::kOk;
}

// --- Program rules -----------------------------------------------------------

bool SimFlash::write_once() const {
  return geometry_.program_rule == ProgramRule::kOnce || plus_zero();
}

bool SimFlash::IsZeros(std::span<const std::uint8_t> data) {
  return std::all_of(data.begin(), data.end(), [](std::uint8_t byte) { return byte == 0; });
}

void SimFlash::RecordZeroToOne(std::uint64_t address, std::uint64_t size) {
  if (IsHarmed(address, size)) return;  // the caller could not know
  violations_.Add({ViolationKind::kZeroToOne, "Program", address, size, power_.op_count()});
}

// Asks for every unit before any is used: a refused program changes nothing.
Status SimFlash::CheckUnits(std::uint64_t address, std::span<const std::uint8_t> data) {
  if (!write_once()) return Status::kOk;
  const std::uint32_t step = geometry_.program_unit_bytes;
  for (std::size_t at = 0; at < data.size(); at += step) {
    NORLOG_TRY(CheckUnit(address + at, IsZeros(data.subspan(at, step))));
  }
  return Status::kOk;
}

Status SimFlash::CheckUnit(std::uint64_t unit, bool zeros) {
  const std::uint8_t state = cells_.mark(unit);
  if (state == kFresh) return Status::kOk;
  if (plus_zero() && zeros && state != kZeroed) return Status::kOk;
  if (state == kTorn) return RetryTornUnit(unit);
  // Zeros into what reads blank can do no harm: they deny, and prove nothing.
  if (state == kHalfErased && zeros) return RetryTornUnit(unit);
  return RefuseUnit(unit);
}

Status SimFlash::RefuseUnit(std::uint64_t unit) {
  const std::uint32_t size = geometry_.program_unit_bytes;
  if (IsHarmed(unit, size)) return Status::kProgramError;  // the caller could not know
  const Status refused = Refuse(ViolationKind::kSecondProgram, "Program", unit, size);
  if (options_.second_program == SecondProgram::kRefused) return refused;
  cells_.set_mark(unit, kBroken);
  return Status::kOk;
}

// G12: a unit whose torn program left no trace may be tried once a mount.
Status SimFlash::RetryTornUnit(std::uint64_t unit) {
  const bool retried =
      std::find(retried_units_.begin(), retried_units_.end(), unit) != retried_units_.end();
  if (retried || HasTrace(unit)) return RefuseUnit(unit);
  retried_units_.push_back(unit);
  const bool accept = options_.torn_unit == TornUnitPolicy::kRandom
                          ? rng_.Coin()
                          : options_.torn_unit == TornUnitPolicy::kAccept;
  if (!accept) ++refusals_;
  return accept ? Status::kOk : Status::kProgramError;
}

// Only a solid 0 is a trace that the caller must have seen.
bool SimFlash::HasTrace(std::uint64_t unit) const {
  std::array<std::uint8_t, norlog::kMaxProgramUnitBytes> ones;
  ones.fill(0xFF);
  return cells_.WantsOneOverZero(unit, std::span(ones).first(geometry_.program_unit_bytes));
}

// Of a unit that a program has completed.
SimFlash::UnitState SimFlash::StateAfter(std::uint64_t unit, bool zeros) const {
  const std::uint8_t before = cells_.mark(unit);
  if (before == kFresh) return kUsed;
  if (plus_zero() && zeros && before != kZeroed) return kZeroed;
  return before == kBroken ? kBroken : kUsed;
}

// Marks what a program has done to its units: those in the torn range torn,
// those done used, the others as they were.
void SimFlash::UseUnits(std::uint64_t address, std::span<const std::uint8_t> data,
                        const TornRange& torn) {
  if (!write_once()) return;
  const std::size_t step = geometry_.program_unit_bytes;
  for (std::size_t at = 0; at < data.size(); at += step) {
    const std::uint64_t unit = address + at;
    const bool before = at + step <= torn.begin;
    const bool behind = at >= torn.end;
    if (!before && !behind) {
      cells_.set_mark(unit, kTorn);
    } else if (before ? torn.done_before : torn.done_behind) {
      cells_.set_mark(unit, StateAfter(unit, IsZeros(data.subspan(at, step))));
    }
  }
}

}  // namespace flashsim
