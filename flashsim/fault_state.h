// flashsim/fault_state.h - what the rarer faults remember from call to call.
//
// A chip whose SimOptions are the default has none: SimFlash holds it behind
// one null pointer, so that forks stay cheap; forks of a chip that has one
// share it until one of them writes.
#ifndef FLASHSIM_FAULT_STATE_H_
#define FLASHSIM_FAULT_STATE_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "flashsim/cells.h"
#include "flashsim/cow.h"
#include "flashsim/harm.h"
#include "flashsim/power.h"
#include "flashsim/program_counts.h"
#include "flashsim/read_counts.h"

namespace flashsim {

// An operation that the medium may not have yet (class 23).
struct CachedWrite {
  OpKind kind = OpKind::kNone;
  std::uint64_t address = 0;
  std::uint32_t size = 0;
  std::vector<std::uint8_t> data;  // of a program
};

struct FaultState : RefCounted {
  HarmList harm;
  ReadCounts reads;
  ProgramCounts unit_programs;
  ProgramCounts block_programs;
  // The medium as of the last Sync, and what was done since. No writes: the
  // medium is what the cells are.
  std::optional<Cells> synced;
  std::vector<CachedWrite> unsynced;
};

}  // namespace flashsim

#endif  // FLASHSIM_FAULT_STATE_H_
