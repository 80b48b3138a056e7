// What goes wrong within the scope of an operation: failing reads, operations
// torn by a cut, worn-out units.
#include <cassert>
#include <iterator>
#include <vector>

#include "flashsim/sim_flash.h"

namespace flashsim {

using norlog::Status;

// --- Reads -------------------------------------------------------------------

MarginalContext SimFlash::NewMarginalContext() {
  MarginalContext context = {seed_, power_.cycle(), options_.first_look_cycles};
  if (options_.marginal_mode == MarginalMode::kPattern) {
    context.pattern = options_.unstable_pattern;
    context.counts = &faults_.Mutable().reads;
  }
  return context;
}

bool SimFlash::ReadFails(std::uint64_t address, std::uint64_t size) {
  if (options_.read_error_every != 0 && read_index_ % options_.read_error_every == 0) return true;
  if (rng_.Chance(options_.read_error_ppm)) return true;
  return write_once() && EccFails(address, size);
}

// What the words' ECC says. Looks at the units only if an option may want it.
bool SimFlash::EccFails(std::uint64_t address, std::uint64_t size) {
  const bool looks = options_.torn_read_error_ppm != 0 || options_.blank_read_errors ||
                     options_.half_erased_read_error_ppm != 0 ||
                     options_.second_program == SecondProgram::kEccError;
  if (!looks) return false;
  const unsigned states = UnitStates(address, size);
  const auto seen = [states](UnitState state) { return (states & (1U << state)) != 0; };
  if (seen(kBroken) || (options_.blank_read_errors && seen(kFresh))) return true;
  if (seen(kTorn) && rng_.Chance(options_.torn_read_error_ppm)) return true;
  return seen(kHalfErased) && rng_.Chance(options_.half_erased_read_error_ppm);
}

// Bit n is set if a unit in the range has the UnitState n.
unsigned SimFlash::UnitStates(std::uint64_t address, std::uint64_t size) const {
  unsigned states = 0;
  const std::uint32_t step = geometry_.program_unit_bytes;
  for (std::uint64_t unit = address - address % step; unit < address + size; unit += step) {
    states |= 1U << cells_.mark(unit);
  }
  return states;
}

Status SimFlash::BlankCheck(std::uint64_t address, std::uint64_t size, bool& blank) {
  NORLOG_TRY(CheckPower("BlankCheck", address, size));
  NORLOG_TRY(CheckBounds("BlankCheck", address, size));
  ++counters_.reads;
  counters_.chip_time_ns += time_.ReadNs(1);
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(size));
  if (cells_.Read(address, bytes)) {
    cells_.ReadMarginalCells(address, NewMarginalContext(), rng_, bytes);
  }
  constexpr unsigned kProgrammed = (1U << kUsed) | (1U << kZeroed) | (1U << kBroken);
  blank = !write_once() || (UnitStates(address, size) & kProgrammed) == 0;
  for (const std::uint8_t byte : bytes) blank = blank && byte == 0xFF;
  return Status::kOk;
}

// --- Torn operations -----------------------------------------------------------

// One scope a power cycle: see MarginalScope.
MarginalScope SimFlash::NewScope(bool first_look) const {
  MarginalMode mode = options_.marginal_mode;
  if (mode == MarginalMode::kMixed) {
    mode = static_cast<MarginalMode>(Mix64(seed_, power_.cycle()) % 3);
  }
  return MarginalScope(power_.cycle(), mode, first_look);
}

TornRange SimFlash::TearCells(std::uint64_t address, std::span<const std::uint8_t> data,
                              const Tear& tear) {
  std::vector<CellByte> cells(data.size());
  cells_.Load(address, cells);
  const TornRange torn = TearProgram(tear, {data, overwrites(), options_.hostile_scope}, cells);
  // Only torn bytes get the new scope: elsewhere older marginal cells stay
  // as they were.
  if (torn.done_before) ProgramBits(address, data.first(torn.begin));
  if (torn.done_behind) ProgramBits(address + torn.end, data.subspan(torn.end));
  const auto torn_cells = std::span(cells).subspan(torn.begin, torn.end - torn.begin);
  cells_.Store(address + torn.begin, torn_cells, NewScope(torn.has_first_look));
  return torn;
}

// Physics outside the scope of the operation needs a program that has begun
// and not ended.
void SimFlash::TearProgramOp(std::uint64_t address, std::span<const std::uint8_t> data) {
  const ProgramTear tear = power_.tear().program;
  if (options_.unordered_writes) {
    // One more of the writes that may get through; not torn, for cards program
    // whole sectors.
    const auto size = static_cast<std::uint32_t>(data.size());
    if (tear != ProgramTear::kNone) Cache(OpKind::kProgram, address, size, data);
    return LoseUnsynced(power_.tear().seed);
  }
  TearUnits(address, data);
  if (tear == ProgramTear::kNone || tear == ProgramTear::kAll) return;
  if (options_.collateral_ppm != 0) DisturbOtherPages(address, data.size());
  if (options_.misdirect_ppm != 0) ProgramElsewhere(address, data);
}

void SimFlash::TearEraseOp(std::uint64_t address, std::uint32_t size) {
  const EraseTear tear = power_.tear().erase;
  if (options_.unordered_writes) {
    if (tear != EraseTear::kNone) {
      CountWear(address, size);
      Cache(OpKind::kErase, address, size, {});
    }
    return LoseUnsynced(power_.tear().seed);
  }
  TearErasedUnits(address, size, power_.tear());
  if (tear == EraseTear::kNone || tear == EraseTear::kAll) return;
  if (options_.misdirect_ppm != 0) EraseElsewhere(address, size);
}

void SimFlash::TearUnits(std::uint64_t address, std::span<const std::uint8_t> data) {
  const std::vector<std::uint8_t> wanted = HideStuckBits(address, data);
  if (!overwrites() && cells_.WantsOneOverZero(address, wanted)) {
    RecordZeroToOne(address, wanted.size());
  }
  UseUnits(address, data, TearCells(address, wanted, power_.tear()));
  EnforceStuckBits(address, data.size());
}

// Units of a write-once chip whose erase was interrupted may not be programmed
// before the next erase, even where they read FF: nothing proves them blank.
void SimFlash::TearErasedUnits(std::uint64_t address, std::uint32_t size, const Tear& tear) {
  if (tear.erase == EraseTear::kNone) return;
  CountWear(address, size);
  TearErasedCells(address, size, tear);
  ForgetTraceless(address, size);
  EnforceStuckBits(address, size);
}

void SimFlash::TearErasedCells(std::uint64_t address, std::uint32_t size, const Tear& tear) {
  if (tear.erase == EraseTear::kAll) {
    ForgetErased(address, size);
    return cells_.Erase(address, size);
  }
  std::vector<CellByte> cells(size);
  cells_.Load(address, cells);
  const TornRange torn = TearErase(tear, cells);
  cells_.Store(address, cells, NewScope(torn.has_first_look));
  MarkUnits(address, size, kHalfErased);
}

void SimFlash::MarkUnits(std::uint64_t address, std::uint64_t size, UnitState state) {
  if (!write_once()) return;
  const std::uint32_t step = geometry_.program_unit_bytes;
  for (std::uint64_t unit = address; unit < address + size; unit += step) {
    cells_.set_mark(unit, state);
  }
}

// --- Wear ------------------------------------------------------------------------

// Counts an erase, and turns units bad whose time has come: this erase is the
// first that finds them so.
void SimFlash::CountWear(std::uint64_t address, std::uint32_t size) {
  const std::uint32_t units = size / geometry_.erase_unit_bytes;
  for (std::uint32_t unit = UnitOf(address); unit < UnitOf(address) + units; ++unit) {
    const std::uint32_t erases = wear_.CountErase(unit);
    if (options_.endurance_erases == 0 || wear_.FindBad(unit) != nullptr) continue;
    const std::uint64_t extra = Mix64(seed_, unit) % (std::uint64_t{options_.endurance_spread} + 1);
    if (erases > options_.endurance_erases + extra) MakeBad(unit, options_.endurance_mode);
  }
}

void SimFlash::MakeBad(std::uint32_t unit, BadMode mode) {
  assert(unit < geometry_.erase_unit_count);
  BadUnit bad = {unit, mode, {}};
  if (mode == BadMode::kStuckBit) {
    const std::uint32_t bytes = geometry_.erase_unit_bytes;
    Rng rng(Mix64(seed_, unit));
    bad.stuck.address = std::uint64_t{unit} * bytes + rng.Below(bytes);
    bad.stuck.mask = static_cast<std::uint8_t>(1U << rng.Below(8));
    bad.stuck.one = rng.Coin();
  }
  wear_.SetBad(bad);
  const CellByte before = LoadByte(bad.stuck.address);
  EnforceStuckBits(bad.stuck.address, 1);
  if (LoadByte(bad.stuck.address) != before) NoteHarm(FaultClass::kWearOut, bad.stuck.address);
}

const BadUnit* SimFlash::FindBad(std::uint64_t address, std::uint64_t size) const {
  if (!wear_.any_bad()) return nullptr;
  for (std::uint32_t unit = UnitOf(address); unit <= UnitOf(address + size - 1); ++unit) {
    const BadUnit* const bad = wear_.FindBad(unit);
    if (bad != nullptr) return bad;
  }
  return nullptr;
}

Status SimFlash::ProgramBad(const BadUnit& bad, std::uint64_t address,
                            std::span<const std::uint8_t> data) {
  if (bad.mode == BadMode::kSilentProgram) return Status::kOk;
  if (bad.mode == BadMode::kProgramFails) {
    TearCells(address, data, {ProgramTear::kRandomBits50, EraseTear::kNone, rng_.Next()});
    return Status::kProgramError;
  }
  ProgramCells(address, HideStuckBits(address, data));
  EnforceStuckBits(address, data.size());
  return Status::kOk;
}

// `data` with the bits at 0 that are stuck there: a caller cannot know which
// they are, so wanting a 1 there is no violation.
std::vector<std::uint8_t> SimFlash::HideStuckBits(std::uint64_t address,
                                                  std::span<const std::uint8_t> data) const {
  std::vector<std::uint8_t> wanted(data.begin(), data.end());
  for (const BadUnit& bad : wear_.bad_units()) {
    const StuckBit& stuck = bad.stuck;
    if (bad.mode != BadMode::kStuckBit || stuck.one) continue;
    if (stuck.address < address || stuck.address - address >= wanted.size()) continue;
    std::uint8_t& byte = wanted[static_cast<std::size_t>(stuck.address - address)];
    byte = static_cast<std::uint8_t>(byte & ~stuck.mask);
  }
  return wanted;
}

// A failing erase leaves the old bits, a mix, or all FF and says that it failed.
Status SimFlash::FailErase(std::uint64_t address) {
  constexpr EraseTear kPictures[] = {EraseTear::kNone, EraseTear::kRandomBits50, EraseTear::kAll};
  const std::uint32_t size = geometry_.erase_unit_bytes;
  const EraseTear picture = kPictures[rng_.Below(std::size(kPictures))];
  const std::uint64_t seed = rng_.Next();
  if (picture != EraseTear::kNone) {
    TearErasedCells(address, size, {ProgramTear::kNone, picture, seed});
    MarkUnits(address, size, kHalfErased);  // where it reads erased, too
  }
  retried_units_.clear();  // what denies the bucket's content may be tried anew with each erase
  return Status::kEraseError;
}

void SimFlash::EnforceStuckBits(std::uint64_t address, std::uint64_t size) {
  for (const BadUnit& bad : wear_.bad_units()) {
    const StuckBit& stuck = bad.stuck;
    if (bad.mode != BadMode::kStuckBit) continue;
    if (stuck.address < address || stuck.address - address >= size) continue;
    CellByte cell = LoadByte(stuck.address);
    cell.value =
        static_cast<std::uint8_t>(stuck.one ? cell.value | stuck.mask : cell.value & ~stuck.mask);
    cells_.Set(stuck.address, std::span(&cell.value, 1));
  }
}

}  // namespace flashsim
