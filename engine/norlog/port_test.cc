// The stages of the kit; what single calls and diagnoses are made of is in
// port_probe.cc. Each stage begins with an erased scratch range.
#include "norlog/port_test.h"

namespace norlog {
namespace {

constexpr std::uint32_t Min(std::uint32_t a, std::uint32_t b) {
  return a < b ? a : b;
}

}  // namespace

PortReport PortTest::Run() {
  report_ = PortReport();
  report_.proposed = Declared();
  overrun_ = false;
  report_.finished = CheckDeclared() && CheckFill() && CheckErase() && CheckRead() && CheckUnit() &&
                     CheckRule() && CheckData() && CheckLargerErases() && CheckBackgroundErase() &&
                     CheckRestart();
  if (report_.finished) CheckRefusals();
  if (report_.finished) report_.finished = EraseScratch();
  return report_;
}

bool PortTest::CheckDeclared() {
  const Geometry& g = Declared();
  const bool possible =
      IsValid(g) && scratch_.erase_units >= 3 && scratch_.address % g.erase_unit_bytes == 0 &&
      scratch_.address / g.erase_unit_bytes + scratch_.erase_units <= g.erase_unit_count;
  return possible || Fail(PortFault::kImpossibleGeometry, scratch_.address);
}

// Programs pages of three units, first as declared, then, if pages turn
// out to be smaller, as they are.
bool PortTest::CheckFill() {
  if (!EraseScratch()) return false;
  if (!Fill(UnitAddress(0), UnitAddress(3))) {
    if (Best().page_bytes == Declared().page_bytes) return false;
    if (!EraseScratch() || !Fill(UnitAddress(0), UnitAddress(3))) return false;
  }
  for (std::uint64_t at = UnitAddress(0); at < UnitAddress(3); at += Page()) {
    const std::uint32_t size = Min(Page(), kChunkBytes);
    if (!IsFilled(at) || Holds(at, size)) continue;
    return Fail(PortFault::kLosesNeighbours, at, Pattern(at), ByteAt(at));
  }
  CheckAlias();
  return true;
}

// Another address with one bit changed must not show the same bytes.
void PortTest::CheckAlias() {
  const Geometry& g = Declared();
  const std::uint32_t size = Min(32, kChunkBytes);
  for (std::uint64_t bit = g.erase_unit_bytes; bit < g.size_bytes(); bit *= 2) {
    const std::uint64_t other = scratch_.address ^ bit;
    if (other + size > g.size_bytes()) continue;
    if (other + size > scratch_.address && other < End()) continue;
    if (!Ok(Read(other, size))) continue;
    std::uint32_t same = 0;
    while (same < size && Chunk(size)[same] == Pattern(scratch_.address + same)) ++same;
    if (same < size) continue;
    (void)Fail(PortFault::kAddressesAlias, other, static_cast<std::uint32_t>(g.size_bytes()),
               static_cast<std::uint32_t>(bit));
    report_.proposed.erase_unit_count = static_cast<std::uint32_t>(bit / g.erase_unit_bytes);
    return;
  }
}

// Everything is filled: an erase of the middle unit must clear that, and only
// that. It is read just before, so that a cache that is not told is seen.
bool PortTest::CheckErase() {
  const std::uint32_t size = Declared().erase_unit_bytes;
  const std::uint64_t begin = UnitAddress(1);
  (void)Read(begin, Min(size, kChunkBytes));
  if (const Status status = Erase(begin, size); !Ok(status)) {
    return Fail(PortFault::kEraseFails, begin, 0, static_cast<std::uint32_t>(status));
  }
  if (ErasedFrom(begin, begin + size) != begin + size && !DiagnoseErase(begin, size)) return false;
  return CheckOutside(begin, begin + size) || EraseScratch();
}

// True if the filled units around the erased one still hold their pattern.
bool PortTest::CheckOutside(std::uint64_t begin, std::uint64_t end) {
  const std::uint32_t page = Min(Page(), kChunkBytes);
  if (Holds(begin - page, page) && Holds(end, page)) return true;
  while (begin > scratch_.address && HoldsByte(begin - page, page, 0xFF)) begin -= page;
  end = ErasedFrom(end, UnitAddress(3));
  const std::uint32_t erased = static_cast<std::uint32_t>(end - begin);
  std::uint32_t& proposed = report_.proposed.erase_unit_bytes;
  while (proposed < erased) proposed *= 2;
  return Fail(PortFault::kEraseTooWide, begin, Declared().erase_unit_bytes, erased);
}

// Neighbouring units, in an order that no driver expects.
bool PortTest::CheckUnit() {
  if (!EraseScratch()) return false;
  const std::uint32_t declared = Declared().program_unit_bytes;
  std::uint64_t at = scratch_.address;
  for (std::uint32_t unit = declared; unit <= Min(kMaxProgramUnitBytes, Page());
       unit *= 2, at += 4 * kMaxProgramUnitBytes) {
    const Trial trial = TryUnit(unit, at);
    if (trial == Trial::kNeighbourLost) {
      return Fail(PortFault::kLosesNeighbours, at, Pattern(at), 0xFF);
    }
    if (trial == Trial::kBad) continue;
    report_.proposed.program_unit_bytes = unit;
    if (unit != declared) (void)Fail(PortFault::kUnitTooSmall, at, declared, unit);
    return true;
  }
  return Fail(PortFault::kUnitTooSmall, at, declared, 2 * kMaxProgramUnitBytes);
}

// How many programs a unit takes, and whether they only clear bits.
bool PortTest::CheckRule() {
  if (!EraseScratch()) return false;
  const std::uint32_t step = Best().program_unit_bytes;
  const ProgramRule declared = Declared().program_rule;
  Status status = Status::kOk;
  std::uint8_t seen = 0;
  const std::uint64_t zeroed = scratch_.address + 2 * step;
  (void)SecondProgram(zeroed, 0x00, 0xA5, status, seen);
  const bool rewrites = Ok(status) && seen == 0xA5;
  const bool zeros = SecondProgram(scratch_.address + step, 0xF3, 0x00, status, seen);
  const bool bits = SecondProgram(scratch_.address, 0xF3, 0x53, status, seen) &&
                    TakesManyPrograms(scratch_.address);
  const bool hidden = Ok(status) && seen == 0xF3;
  const ProgramRule measured = rewrites ? ProgramRule::kOverwrite
                               : bits   ? ProgramRule::kBits
                               : zeros  ? ProgramRule::kOncePlusZero
                                        : ProgramRule::kOnce;
  if (rewrites && declared != ProgramRule::kOverwrite) {
    return Fail(PortFault::kRewrites, zeroed, 0x00, 0xA5);
  }
  const bool kept = declared == ProgramRule::kOnce || declared == measured ||
                    (declared == ProgramRule::kOncePlusZero && zeros);
  if (!kept) report_.proposed.program_rule = measured;
  if (hidden) (void)Fail(PortFault::kHidesRefusal, scratch_.address, 0x53, seen);
  if (kept || hidden) return true;
  (void)Fail(PortFault::kRefusesSecondProgram, scratch_.address, 0,
             static_cast<std::uint32_t>(Ok(status) ? Status::kReadError : status));
  return true;
}

// Data from odd addresses.
bool PortTest::CheckData() {
  if (!EraseScratch()) return false;
  const std::uint32_t size = Min(Page(), kChunkBytes / 2);
  for (std::uint32_t shift = 1; shift < 4; ++shift) {
    const std::uint64_t at = UnitAddress(shift - 1);
    std::uint8_t* const data = buffer_ + kGuardBytes + shift;
    for (std::uint32_t i = 0; i < size; ++i) data[i] = Pattern(at + i);
    if (const Status status = Program(at, {data, size}); !Ok(status)) {
      return Fail(PortFault::kProgramFails, at, 0, static_cast<std::uint32_t>(status));
    }
    if (!Holds(at, size)) return Fail(PortFault::kDataMisaligned, at, 0, shift);
  }
  return true;
}

// Any address, any length; nothing is written behind the buffer.
bool PortTest::CheckRead() {
  if (!EraseScratch()) return false;
  const std::uint64_t across = UnitAddress(1);
  if (!Fill(UnitAddress(0), UnitAddress(2))) return false;
  static constexpr struct {
    std::int8_t offset;
    std::uint8_t size;
  } kReads[] = {{0, 1}, {1, 1}, {3, 5}, {2, 64}, {1, 63}, {-3, 7}, {-1, 2}, {0, 0}, {-33, 97}};
  for (const auto& read : kReads) {
    if (!CheckReadAt(across + static_cast<std::uint64_t>(std::int64_t{read.offset}), read.size)) {
      return false;
    }
  }
  return true;
}

bool PortTest::CheckReadAt(std::uint64_t address, std::uint32_t size) {
  if (const Status status = Read(address, size); !Ok(status)) {
    return Fail(PortFault::kReadFails, address, 0, static_cast<std::uint32_t>(status));
  }
  for (std::uint32_t i = 0; i < size; ++i) {
    if (Chunk(size)[i] == Pattern(address + i)) continue;
    return Fail(PortFault::kReadMisaligned, address, Pattern(address + i), Chunk(size)[i]);
  }
  return true;
}

bool PortTest::CheckLargerErases() {
  for (const std::uint32_t size : Declared().larger_erase_bytes) {
    if (size == 0) continue;
    const std::uint64_t unit = Declared().erase_unit_bytes;
    // One with a unit before it, if there is one.
    std::uint64_t at = (scratch_.address + unit + size - 1) / size * size;
    if (at + size > End()) at = (scratch_.address + size - 1) / size * size;
    if (at + size > End()) continue;
    ++report_.larger_erases_tried;
    if (!CheckLargerErase(at, size)) return false;
  }
  return true;
}

bool PortTest::CheckLargerErase(std::uint64_t address, std::uint32_t size) {
  if (!EraseScratch()) return false;
  const std::uint64_t unit = Declared().erase_unit_bytes;
  const std::uint32_t page = Min(Page(), kChunkBytes);
  for (std::uint64_t at = address; at < address + size; at += unit) {
    if (!FillPage(at)) return false;
  }
  const std::uint64_t end = address + size;
  if (unit > Page() && !FillPage(end - Page())) return false;
  if (address > scratch_.address && !FillPage(address - Page())) return false;
  if (end < End() && !FillPage(end)) return false;
  if (const Status status = Erase(address, size); !Ok(status)) {
    return Fail(PortFault::kEraseFails, address, 0, static_cast<std::uint32_t>(status));
  }
  if (const std::uint64_t erased = ErasedFrom(address, end); erased != end) {
    return Fail(PortFault::kLargerEraseTooNarrow, address, size,
                static_cast<std::uint32_t>(erased - address));
  }
  if (address > scratch_.address && !Holds(address - page, page)) {
    return Fail(PortFault::kLargerEraseTooWide, address - page, size, size + page);
  }
  if (end < End() && !Holds(end, page)) {
    return Fail(PortFault::kLargerEraseTooWide, end, size, size + page);
  }
  return true;
}

// An erase that goes on by itself, while the units beside it are used.
bool PortTest::CheckBackgroundErase() {
  if (!EraseScratch()) return false;
  const std::uint64_t at = UnitAddress(1);
  const std::uint64_t end = UnitAddress(2);
  const std::uint32_t page = Min(Page(), kChunkBytes);
  if (!FillPage(scratch_.address) || !FillPage(at)) return false;
  report_.erases_by_itself = flash_.StartErase(at, Declared().erase_unit_bytes);
  if (!report_.erases_by_itself) return true;
  const bool held = Holds(scratch_.address, page);
  const bool programmed = Ok(ProgramPattern(end, page)) && Holds(end, page);
  Status status = AwaitErase();
  if (Ok(status)) status = flash_.Busy();  // it says so each time
  if (!Ok(status)) {
    return Fail(PortFault::kBusyNeverEnds, at, 0, static_cast<std::uint32_t>(status));
  }
  if (!held || !programmed || !Holds(end, page)) {
    const std::uint64_t wrong = held ? end : scratch_.address;
    return Fail(PortFault::kEraseNotSuspended, wrong, Pattern(wrong), ByteAt(wrong));
  }
  const std::uint64_t erased = ErasedFrom(at, end);
  return erased == end || Fail(PortFault::kBusyEndsEarly, erased, 0xFF, ByteAt(erased));
}

bool PortTest::CheckRestart() {
  if (!EraseScratch() || !FillPage(scratch_.address)) return false;
  const std::uint32_t page = Min(Page(), kChunkBytes);
  report_.restarted = host_.Restart();
  if (!report_.restarted || Holds(scratch_.address, page)) return true;
  return Fail(PortFault::kNotDurable, scratch_.address, Pattern(scratch_.address),
              ByteAt(scratch_.address));
}

// Calls that the engine never makes: what is carried out is told, not blamed.
void PortTest::CheckRefusals() {
  const std::uint32_t unit = Best().program_unit_bytes;
  const std::uint64_t size = Declared().size_bytes();
  const auto note = [&](Status status, std::uint8_t bit) {
    if (Ok(status)) report_.unchecked = static_cast<std::uint8_t>(report_.unchecked | bit);
  };
  note(Read(size - 1, 2), kUncheckedReadBounds);
  if (!EraseScratch()) return;
  const std::uint64_t at = scratch_.address;
  note(ProgramBytes(at, 0, 0), kUncheckedProgramAlignment);
  if (unit > 1) note(ProgramBytes(at + 1, unit, 0), kUncheckedProgramAlignment);
  note(ProgramBytes(at + Page() - unit, 2 * unit, 0), kUncheckedPageCrossing);
  note(flash_.Erase(at + unit, Declared().erase_unit_bytes), kUncheckedEraseAlignment);
  note(flash_.Erase(at, Declared().erase_unit_bytes - unit), kUncheckedEraseAlignment);
  if (!scratch_.beyond_is_free) return;
  note(ProgramBytes(size, unit, 0), kUncheckedProgramBounds);
  note(flash_.Erase(size, Declared().erase_unit_bytes), kUncheckedEraseBounds);
}

}  // namespace norlog
