// The order of things in a mutating operation, the same for both kinds:
// malformed calls are refused and change nothing; then the operation is
// counted, timed, shown to the observer; then the rules are checked; then it
// is torn, or fails because of a bad unit, or is carried out.
#include "flashsim/sim_flash.h"

#include <algorithm>
#include <cassert>

namespace flashsim {
namespace {

using norlog::Ok;
using norlog::Status;

}  // namespace

Counters operator-(const Counters& after, const Counters& before) {
  Counters d;
  d.reads = after.reads - before.reads;
  d.bytes_read = after.bytes_read - before.bytes_read;
  d.programs = after.programs - before.programs;
  d.bytes_programmed = after.bytes_programmed - before.bytes_programmed;
  d.erases = after.erases - before.erases;
  d.bytes_erased = after.bytes_erased - before.bytes_erased;
  d.chip_time_ns = after.chip_time_ns - before.chip_time_ns;
  d.cuts = after.cuts - before.cuts;
  d.torn_programs = after.torn_programs - before.torn_programs;
  d.torn_erases = after.torn_erases - before.torn_erases;
  d.resets = after.resets - before.resets;
  d.dropped_calls = after.dropped_calls - before.dropped_calls;
  d.failed_reads = after.failed_reads - before.failed_reads;
  return d;
}

SimFlash::SimFlash(const Profile& profile, std::uint64_t seed)
    : SimFlash(profile.geometry, profile.time, seed) {
  options_ = profile.sim;
}

SimFlash::SimFlash(const norlog::Geometry& geometry, const TimeModel& time, std::uint64_t seed)
    : geometry_(geometry),
      time_(time),
      seed_(seed),
      rng_(seed),
      cells_(geometry.size_bytes()),
      wear_(geometry.erase_unit_count) {
  assert(norlog::IsValid(geometry));
}

void SimFlash::Reseed(std::uint64_t seed) {
  seed_ = seed;
  rng_ = Rng(seed);
}

// --- The HAL -----------------------------------------------------------------

Status SimFlash::Read(std::uint64_t address, std::span<std::uint8_t> out) {
  NORLOG_TRY(CheckPower("Read", address, out.size()));
  NORLOG_TRY(CheckBounds("Read", address, out.size()));
  NORLOG_TRY(CheckErasing("Read", address, out.size()));
  if (DropWhileBusy()) {
    std::fill(out.begin(), out.end(), std::uint8_t{0xFF});  // nobody drives the bus
    return Status::kOk;
  }
  ++counters_.reads;
  counters_.bytes_read += out.size();
  counters_.chip_time_ns += time_.ReadNs(out.size());
  ++read_index_;
  if (ReadFails(address, out.size())) {
    ++counters_.failed_reads;
    // `out` is unspecified then, so that using it all the same is found out.
    for (std::uint8_t& byte : out) byte = rng_.NextByte();
    return Status::kReadError;
  }
  if (cells_.Read(address, out)) {
    cells_.ReadMarginalCells(address, NewMarginalContext(), rng_, out);
  }
  return Status::kOk;
}

Status SimFlash::Program(std::uint64_t address, std::span<const std::uint8_t> data) {
  NORLOG_TRY(CheckProgram(address, data.size()));
  if (DropWhileBusy()) {
    NoteWrongBytes(FaultClass::kMcuReset, address, data);
    return Status::kOk;
  }
  if (options_.page_wrap) return ProgramWrapped(address, data);
  return ProgramInPage(address, data);
}

Status SimFlash::ProgramInPage(std::uint64_t address, std::span<const std::uint8_t> data) {
  const auto size = static_cast<std::uint32_t>(data.size());
  const bool cut = StartOp(OpKind::kProgram, address, size, data);
  Status result = CheckUnits(address, data);
  // A refused program has not started, so there is nothing to tear.
  if (Ok(result)) {
    if (options_.max_programs_per_unit != 0 || options_.max_programs_per_block != 0) {
      CountPrograms(address, size);
    }
    if (cut && !power_.resets()) {
      TearProgramOp(address, data);
      ForgetTraceless(address, size);
    } else {
      if (options_.unordered_writes) Cache(OpKind::kProgram, address, size, data);
      UseUnits(address, data, TornRange::Completed());
      result = CarryOut(address, data);
    }
  }
  return cut ? CutOp(OpKind::kProgram, address, size) : result;
}

Status SimFlash::Erase(std::uint64_t address, std::uint32_t size) {
  NORLOG_TRY(CheckErase(address, size));
  if (DropWhileBusy()) return Status::kOk;
  EndBackgroundErase(/*torn=*/false);  // of another partition: it is waited for
  const bool cut = StartOp(OpKind::kErase, address, size, {});
  Status result = Status::kOk;
  if (cut && !power_.resets()) {
    TearEraseOp(address, size);
  } else {
    if (options_.unordered_writes) Cache(OpKind::kErase, address, size, {});
    result = EraseUnits(address, size);
  }
  return cut ? CutOp(OpKind::kErase, address, size) : result;
}

Status SimFlash::Sync() {
  NORLOG_TRY(CheckPower("Sync", 0, 0));
  if (faults_.get() != nullptr && faults_.get()->synced) {
    faults_.Mutable().synced.reset();
    faults_.Mutable().unsynced.clear();
  }
  return Status::kOk;
}

// --- Operations ----------------------------------------------------------------

// Shows, counts and times an operation; true if the planned cut hits it. The observer
// comes first: what it copies is the chip before the operation.
bool SimFlash::StartOp(OpKind kind, std::uint64_t address, std::uint32_t size,
                       std::span<const std::uint8_t> data) {
  if (observer_.function) {
    observer_.function({kind, address, size, data, power_.op_count(), power_.CutIsNext()});
  }
  const bool cut = power_.CountOp();
  if (kind == OpKind::kProgram) {
    ++counters_.programs;
    counters_.bytes_programmed += size;
    counters_.chip_time_ns += time_.ProgramNs(size);
  } else {
    ++counters_.erases;
    counters_.bytes_erased += size;
    counters_.chip_time_ns += time_.EraseNs(geometry_, size);
    if (options_.erase_growth_ppm != 0) {
      counters_.chip_time_ns += EraseGrowthNs(address, size);
    }
  }
  return cut;
}

Status SimFlash::CarryOut(std::uint64_t address, std::span<const std::uint8_t> data) {
  const BadUnit* const bad = FindBad(address, data.size());
  if (bad == nullptr) {
    ProgramCells(address, data);
    return Status::kOk;
  }
  const Status status = ProgramBad(*bad, address, data);
  if (Ok(status)) NoteWrongBytes(FaultClass::kWearOut, address, data);
  return status;
}

// What the array does. True if `data` wanted a 1 where a solid 0 is.
bool SimFlash::ProgramBits(std::uint64_t address, std::span<const std::uint8_t> data) {
  if (!overwrites()) return cells_.And(address, data);
  cells_.Set(address, data);
  return false;
}

void SimFlash::ProgramCells(std::uint64_t address, std::span<const std::uint8_t> data) {
  if (ProgramBits(address, data)) RecordZeroToOne(address, data.size());
}

Status SimFlash::EraseUnits(std::uint64_t address, std::uint32_t size) {
  CountWear(address, size);
  if (!wear_.any_bad()) {
    ForgetErased(address, size);
    cells_.Erase(address, size);
    return Status::kOk;
  }
  Status result = Status::kOk;
  const std::uint32_t unit_bytes = geometry_.erase_unit_bytes;
  for (std::uint64_t at = address; at < address + size; at += unit_bytes) {
    const BadUnit* const bad = wear_.FindBad(UnitOf(at));
    if (bad != nullptr && bad->mode == BadMode::kEraseFails) {
      result = FailErase(at);
    } else {
      ForgetErased(at, unit_bytes);
      cells_.Erase(at, unit_bytes);
    }
  }
  EnforceStuckBits(address, size);
  return result;
}

// --- Power ---------------------------------------------------------------------

void SimFlash::CutNow() {
  if (!power_.powered()) return;
  ++counters_.cuts;
  EndBackgroundErase(/*torn=*/true);
  LoseUnsynced(Mix64(seed_, power_.op_count()));
  CutInfo cut;
  cut.op_index = power_.op_count();
  cut.power_cycle = power_.cycle();
  power_.Off(cut);
  caller_knows_of_cut_ = false;
}

Status SimFlash::CutOp(OpKind kind, std::uint64_t address, std::uint32_t size) {
  const bool reset = power_.resets();
  EndBackgroundErase(/*torn=*/!reset);
  ++(reset ? counters_.resets : counters_.cuts);
  if (!reset) ++(kind == OpKind::kProgram ? counters_.torn_programs : counters_.torn_erases);
  power_.Off({kind, address, size, power_.tear(), power_.op_count() - 1, power_.cycle(), reset});
  caller_knows_of_cut_ = true;
  return Status::kNoPower;
}

void SimFlash::PowerOn() {
  const bool kept_power = !power_.powered() && power_.last_cut().mcu_reset;
  power_.On();
  retried_units_.clear();
  caller_knows_of_cut_ = true;
  busy_calls_ = kept_power ? options_.dropped_after_reset : 0;
  if (!kept_power) FlipRetention();
}

// --- The test's own view ---------------------------------------------------------

void SimFlash::Peek(std::uint64_t address, std::span<std::uint8_t> out) const {
  assert(out.size() <= geometry_.size_bytes() && address <= geometry_.size_bytes() - out.size());
  cells_.Read(address, out);
}

std::vector<std::uint8_t> SimFlash::Peek(std::uint64_t address, std::size_t size) const {
  std::vector<std::uint8_t> bytes(size);
  Peek(address, bytes);
  return bytes;
}

std::uint8_t SimFlash::MarginalMask(std::uint64_t address) const {
  return LoadByte(address).marginal;
}

CellByte SimFlash::LoadByte(std::uint64_t address) const {
  assert(address < geometry_.size_bytes());
  CellByte cell;
  cells_.Load(address, std::span(&cell, 1));
  return cell;
}

void SimFlash::Poke(std::uint64_t address, std::span<const std::uint8_t> data) {
  assert(data.size() <= geometry_.size_bytes() && address <= geometry_.size_bytes() - data.size());
  cells_.Set(address, data);
  if (!write_once() || data.empty()) return;
  const std::uint32_t step = geometry_.program_unit_bytes;
  for (std::uint64_t unit = address - address % step; unit < address + data.size(); unit += step) {
    cells_.set_mark(unit, HasTrace(unit) ? kUsed : kFresh);
  }
}

void SimFlash::FlipBits(std::uint64_t address, std::uint8_t mask) {
  const std::uint8_t flipped = LoadByte(address).value ^ mask;
  cells_.Set(address, std::span(&flipped, 1));
  if (mask != 0) NoteHarm(FaultClass::kRetention, address);
}

void SimFlash::Wipe() {
  cells_.Wipe(geometry_.size_bytes());
  ForgetErased(0, geometry_.size_bytes());
}

}  // namespace flashsim
