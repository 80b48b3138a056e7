// What lies around the array: the page buffer, counters of programs, the time
// an erase takes, the MCU's reset, a cache (fault classes 15, 16, 17, 21, 23).
#include <algorithm>
#include <utility>
#include <vector>

#include "flashsim/sim_flash.h"

namespace flashsim {

using norlog::Status;

// --- Class 15: program counts ----------------------------------------------------

void SimFlash::CountPrograms(std::uint64_t address, std::uint64_t size) {
  const std::uint32_t unit_limit = options_.max_programs_per_unit;
  const std::uint32_t block_limit = options_.max_programs_per_block;
  FaultState& state = faults_.Mutable();
  if (!state.unit_programs.counts()) {
    const std::uint32_t block = options_.program_block_bytes;
    state.unit_programs = ProgramCounts(geometry_.size_bytes(), geometry_.program_unit_bytes);
    state.block_programs =
        ProgramCounts(geometry_.size_bytes(), block != 0 ? block : geometry_.page_bytes);
  }
  const std::uint32_t unit_count = state.unit_programs.Count(address, size);
  const std::uint32_t block_count = state.block_programs.Count(address, size);
  const bool exceeded = (unit_limit != 0 && unit_count > unit_limit) ||
                        (block_limit != 0 && block_count > block_limit);
  if (!exceeded) return;
  violations_.Add({ViolationKind::kProgramLimit, "Program", address, size, power_.op_count() - 1});
}

// A unit in which a cut has left no trace, no solid 0, counts anew: G12 lets it be tried again.
void SimFlash::ForgetTraceless(std::uint64_t address, std::uint64_t size) {
  if (faults_.get() == nullptr || !faults_.get()->unit_programs.counts()) return;
  const std::uint32_t step = geometry_.program_unit_bytes;
  for (std::uint64_t unit = address; unit < address + size; unit += step) {
    if (!HasTrace(unit)) faults_.Mutable().unit_programs.Reset(unit, step);
  }
}

// --- Class 16: page wrap -----------------------------------------------------------

// The chip's page buffer keeps the last page_bytes sent, at their addresses
// modulo the page. What wraps is simulated as an operation of its own.
Status SimFlash::ProgramWrapped(std::uint64_t address, std::span<const std::uint8_t> data) {
  const std::uint64_t page_bytes = geometry_.page_bytes;
  const std::uint64_t page = address - address % page_bytes;
  const std::uint64_t lost = data.size() > page_bytes ? data.size() - page_bytes : 0;
  const std::span<const std::uint8_t> kept = data.subspan(static_cast<std::size_t>(lost));
  const std::uint64_t offset = (address + lost - page) % page_bytes;
  const auto in_page =
      static_cast<std::size_t>(std::min<std::uint64_t>(kept.size(), page_bytes - offset));
  NORLOG_TRY(ProgramInPage(page + offset, kept.first(in_page)));
  if (in_page == kept.size()) return Status::kOk;
  return ProgramInPage(page, kept.subspan(in_page));
}

// --- Class 17: MCU reset -----------------------------------------------------------

// The chip is busy with what the MCU's last life began. Always true.
bool SimFlash::DropCall() {
  --busy_calls_;
  ++counters_.dropped_calls;
  return true;
}

// --- Class 21: slow erases ---------------------------------------------------------

// By the most worn of the units. (Erase suspend is not modelled: an erase is
// one operation of the HAL.)
std::uint64_t SimFlash::EraseGrowthNs(std::uint64_t address, std::uint32_t size) const {
  std::uint64_t erases = 0;
  const std::uint32_t units = size / geometry_.erase_unit_bytes;
  for (std::uint32_t i = 0; i < units; ++i) {
    erases = std::max<std::uint64_t>(erases, wear_.count(UnitOf(address) + i));
  }
  return time_.EraseNs(geometry_, size) * erases * options_.erase_growth_ppm / 1'000'000;
}

// --- Class 23: unordered writes ------------------------------------------------------

// Called before the operation reaches the cells, if options say unordered_writes.
void SimFlash::Cache(OpKind kind, std::uint64_t address, std::uint32_t size,
                     std::span<const std::uint8_t> data) {
  FaultState& state = faults_.Mutable();
  if (!state.synced) state.synced = cells_;
  state.unsynced.push_back({kind, address, size, {data.begin(), data.end()}});
}

// A cut: the medium is as of the last Sync, then a random half of the writes
// since, in random order.
void SimFlash::LoseUnsynced(std::uint64_t seed) {
  if (faults_.get() == nullptr || !faults_.get()->synced) return;
  FaultState& state = faults_.Mutable();
  cells_ = *std::exchange(state.synced, std::nullopt);
  std::vector<CachedWrite> writes = std::exchange(state.unsynced, {});
  Rng rng(seed);
  for (std::size_t left = writes.size(); left > 0; --left) {
    std::swap(writes[static_cast<std::size_t>(rng.Below(left))], writes[left - 1]);
    if (rng.Coin()) Replay(writes[left - 1]);
  }
}

void SimFlash::Replay(const CachedWrite& write) {
  if (write.kind == OpKind::kErase) return cells_.Erase(write.address, write.size);
  ProgramBits(write.address, write.data);
  UseUnits(write.address, write.data, TornRange::Completed());
}

}  // namespace flashsim
