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
  return d;
}

SimFlash::SimFlash(const Profile& profile, std::uint64_t seed)
    : SimFlash(profile.geometry, profile.time, seed) {}

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
  ++counters_.reads;
  counters_.bytes_read += out.size();
  counters_.chip_time_ns += time_.ReadNs(out.size());
  ++read_index_;
  if (ReadFails(address, out.size())) {
    // `out` is unspecified then, so that using it all the same is found out.
    for (std::uint8_t& byte : out) byte = rng_.NextByte();
    return Status::kReadError;
  }
  if (cells_.Read(address, out)) {
    const MarginalContext context = {seed_, power_.cycle(), options_.first_look_cycles};
    cells_.ReadMarginalCells(address, context, rng_, out);
  }
  return Status::kOk;
}

Status SimFlash::Program(std::uint64_t address, std::span<const std::uint8_t> data) {
  NORLOG_TRY(CheckProgram(address, data.size()));
  const auto size = static_cast<std::uint32_t>(data.size());
  const bool cut = StartOp(OpKind::kProgram, address, size, data);
  const Status claimed = CheckUnits(address, data);
  if (cut) {
    // A refused program has not started, so there is nothing to tear.
    if (Ok(claimed)) TearUnits(address, data);
    return CutOp(OpKind::kProgram, address, size);
  }
  if (!Ok(claimed)) return claimed;
  UseUnits(address, data, TornRange::Completed());
  return CarryOut(address, data);
}

Status SimFlash::Erase(std::uint64_t address, std::uint32_t size) {
  NORLOG_TRY(CheckErase(address, size));
  if (!StartOp(OpKind::kErase, address, size, {})) return EraseUnits(address, size);
  TearErasedUnits(address, size);
  return CutOp(OpKind::kErase, address, size);
}

Status SimFlash::Sync() {
  return CheckPower("Sync", 0, 0);
}

// --- Operations ----------------------------------------------------------------

// Counts, times and shows an operation; true if the planned cut hits it.
bool SimFlash::StartOp(OpKind kind, std::uint64_t address, std::uint32_t size,
                       std::span<const std::uint8_t> data) {
  const std::uint64_t op_index = power_.op_count();
  const bool cut = power_.CountOp();
  if (kind == OpKind::kProgram) {
    ++counters_.programs;
    counters_.bytes_programmed += size;
    counters_.chip_time_ns += time_.ProgramNs(size);
  } else {
    ++counters_.erases;
    counters_.bytes_erased += size;
    counters_.chip_time_ns += time_.EraseNs(geometry_, size);
  }
  if (observer_.function) observer_.function({kind, address, size, data, op_index, cut});
  return cut;
}

Status SimFlash::CarryOut(std::uint64_t address, std::span<const std::uint8_t> data) {
  const BadUnit* const bad = FindBad(address, data.size());
  if (bad != nullptr) return ProgramBad(*bad, address, data);
  ProgramCells(address, data);
  return Status::kOk;
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
  CutInfo cut;
  cut.op_index = power_.op_count();
  cut.power_cycle = power_.cycle();
  power_.Off(cut);
  caller_knows_of_cut_ = false;
}

Status SimFlash::CutOp(OpKind kind, std::uint64_t address, std::uint32_t size) {
  ++counters_.cuts;
  ++(kind == OpKind::kProgram ? counters_.torn_programs : counters_.torn_erases);
  power_.Off({kind, address, size, power_.tear(), power_.op_count() - 1, power_.cycle()});
  caller_knows_of_cut_ = true;
  return Status::kNoPower;
}

void SimFlash::PowerOn() {
  power_.On();
  retried_units_.clear();
  caller_knows_of_cut_ = true;
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
}

void SimFlash::Wipe() {
  cells_.Wipe(geometry_.size_bytes());
}

}  // namespace flashsim
