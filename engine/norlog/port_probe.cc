// What the stages of port_test.cc are made of: single calls, what stands on
// the part, and the diagnoses of a program or erase that went wrong.
#include "norlog/port_test.h"

namespace norlog {
namespace {

// How long something unfinished is looked at again: so many reads, and with a
// clock so many microseconds.
constexpr std::uint32_t kPolls = 1000;
constexpr std::uint64_t kPollUs = 3000000;
constexpr std::uint32_t kErasePolls = 10000000;  // without a clock
constexpr std::uint64_t kEraseUs = 10000000;

// Erase units larger than this are filled in part.
constexpr std::uint32_t kLargeUnitBytes = 16384;

constexpr std::uint32_t Min(std::uint32_t a, std::uint32_t b) {
  return a < b ? a : b;
}

}  // namespace

// Counts and tells; false, so that stages can end with it.
bool PortTest::Fail(PortFault fault, std::uint64_t address, std::uint32_t wanted,
                    std::uint32_t seen) {
  ++report_.found;
  host_.Found({fault, address, wanted, seen});
  return false;
}

// Never FF, nor 00; neighbours differ; high address bits count.
std::uint8_t PortTest::Pattern(std::uint64_t address) const {
  std::uint32_t x = static_cast<std::uint32_t>(address ^ (address >> 32)) * 0x9E3779B1u;
  x ^= x >> 15;
  x *= 0x85EBCA77u;
  const std::uint8_t byte = static_cast<std::uint8_t>(x >> 24);
  return byte == 0xFF || byte == 0x00 ? 0x5A : byte;
}

Status PortTest::Read(std::uint64_t address, std::uint32_t size) {
  for (std::uint8_t& byte : buffer_) byte = kGuard;
  const std::uint64_t start = host_.NowUs();
  const Status status = flash_.Read(address, Chunk(size));
  const std::uint32_t us = static_cast<std::uint32_t>(host_.NowUs() - start);
  if (size == kChunkBytes && us > report_.read_us) report_.read_us = us;
  std::uint32_t behind = 0;
  for (std::uint32_t at = kGuardBytes + size; at < sizeof(buffer_); ++at) {
    if (buffer_[at] != kGuard) behind = at + 1 - kGuardBytes - size;
  }
  if (behind != 0 && !overrun_) {
    overrun_ = true;
    (void)Fail(PortFault::kReadOverruns, address, size, size + behind);
  }
  return status;
}

Status PortTest::Program(std::uint64_t address, std::span<const std::uint8_t> data) {
  const std::uint64_t start = host_.NowUs();
  const Status status = flash_.Program(address, data);
  const std::uint32_t us = static_cast<std::uint32_t>(host_.NowUs() - start);
  if (us > report_.program_us) report_.program_us = us;
  return status;
}

Status PortTest::Erase(std::uint64_t address, std::uint32_t size) {
  const std::uint64_t start = host_.NowUs();
  const Status status = flash_.Erase(address, size);
  const std::uint32_t us = static_cast<std::uint32_t>(host_.NowUs() - start);
  if (size == Declared().erase_unit_bytes && us > report_.erase_us) report_.erase_us = us;
  return status;
}

Status PortTest::ProgramBytes(std::uint64_t address, std::uint32_t size, std::uint8_t value) {
  for (std::uint8_t& byte : Chunk(size)) byte = value;
  return Program(address, Chunk(size));
}

Status PortTest::ProgramPattern(std::uint64_t address, std::uint32_t size) {
  for (std::uint32_t i = 0; i < size; ++i) Chunk(size)[i] = Pattern(address + i);
  return Program(address, Chunk(size));
}

bool PortTest::Holds(std::uint64_t address, std::uint32_t size) {
  if (!Ok(Read(address, size))) return false;
  for (std::uint32_t i = 0; i < size; ++i) {
    if (Chunk(size)[i] != Pattern(address + i)) return false;
  }
  return true;
}

bool PortTest::HoldsByte(std::uint64_t address, std::uint32_t size, std::uint8_t value) {
  if (!Ok(Read(address, size))) return false;
  for (const std::uint8_t byte : Chunk(size)) {
    if (byte != value) return false;
  }
  return true;
}

// The first address that does not read FF; `end` if all do.
std::uint64_t PortTest::ErasedFrom(std::uint64_t address, std::uint64_t end) {
  while (address < end) {
    const std::uint32_t size =
        end - address < kChunkBytes ? static_cast<std::uint32_t>(end - address) : kChunkBytes;
    if (!Ok(Read(address, size))) return address;
    for (const std::uint8_t byte : Chunk(size)) {
      if (byte != 0xFF) return address;
      ++address;
    }
  }
  return end;
}

// The first address that does not hold the pattern; `end` if all do.
std::uint64_t PortTest::HeldFrom(std::uint64_t address, std::uint64_t end) {
  while (address < end && ByteAt(address) == Pattern(address)) ++address;
  return address;
}

std::uint8_t PortTest::ByteAt(std::uint64_t address) {
  return Ok(Read(address, 1)) ? Chunk(1)[0] : std::uint8_t{0};
}

// Whether what is wrong becomes right by waiting.
template <typename Condition>
bool PortTest::Becomes(Condition condition) {
  const std::uint64_t start = host_.NowUs();
  for (std::uint32_t polls = 0;; ++polls) {
    if (condition()) return true;
    const std::uint64_t passed = host_.NowUs() - start;
    if (polls >= kPolls && (passed == 0 || passed >= kPollUs)) return false;
  }
}

// Whether what is wrong becomes right by reading something else, or by a restart.
template <typename Condition>
bool PortTest::IsStale(Condition condition) {
  for (std::uint64_t at = scratch_.address; at < End(); at += kChunkBytes) {
    (void)Read(at, Min(kChunkBytes, Declared().erase_unit_bytes));
  }
  if (condition()) return true;
  return host_.Restart() && condition();
}

bool PortTest::EraseScratch() {
  const std::uint32_t size = Declared().erase_unit_bytes;
  for (std::uint32_t unit = 0; unit < scratch_.erase_units; ++unit) {
    const std::uint64_t at = UnitAddress(unit);
    if (const Status status = Erase(at, size); !Ok(status)) {
      return Fail(PortFault::kEraseFails, at, 0, static_cast<std::uint32_t>(status));
    }
    if (ErasedFrom(at, at + size) != at + size && !DiagnoseErase(at, size)) return false;
  }
  return true;
}

// How a begun erase ended; kBusy if it does not end.
Status PortTest::AwaitErase() {
  const std::uint64_t start = host_.NowUs();
  for (std::uint32_t polls = 0;; ++polls) {
    const Status status = flash_.Busy();
    const std::uint64_t passed = host_.NowUs() - start;
    if (status != Status::kBusy || polls >= kErasePolls || passed >= kEraseUs) return status;
  }
}

// The page at `address` in programs of at most a chunk. In a page larger than
// that they begin half a chunk off, so that they cross where a smaller page
// might end.
bool PortTest::FillPage(std::uint64_t address) {
  const std::uint32_t page = Page();
  if (page <= kChunkBytes) return FillPiece(address, page);
  std::uint32_t size = kChunkBytes / 2;
  for (std::uint32_t at = 0; at < page; at += size, size = Min(kChunkBytes, page - at)) {
    if (!FillPiece(address + at, size)) return false;
  }
  return true;
}

// Of large units only some pieces (a chunk, or a page that is larger) are
// filled: programs cost time, and what goes wrong, goes wrong at a power of two.
bool PortTest::IsFilled(std::uint64_t address) const {
  const std::uint32_t piece = Page() > kChunkBytes ? Page() : kChunkBytes;
  const std::uint32_t unit = Declared().erase_unit_bytes;
  const std::uint32_t index =
      static_cast<std::uint32_t>((address - scratch_.address) % unit) / piece;
  return unit <= kLargeUnitBytes || index == (unit - 1) / piece || (index & (index - 1)) == 0;
}

bool PortTest::Fill(std::uint64_t address, std::uint64_t end) {
  for (; address < end; address += Page()) {
    if (IsFilled(address) && !FillPage(address)) return false;
  }
  return true;
}

// It is read before, too: so that a cache that is not told is seen.
bool PortTest::FillPiece(std::uint64_t address, std::uint32_t size) {
  (void)Read(address, size);
  if (const Status status = ProgramPattern(address, size); !Ok(status)) {
    return Fail(PortFault::kProgramFails, address, 0, static_cast<std::uint32_t>(status));
  }
  return Holds(address, size) || DiagnoseProgram(address, size);
}

// What Program has answered kOk to does not stand there: why? Always false.
bool PortTest::DiagnoseProgram(std::uint64_t address, std::uint32_t size) {
  const auto holds = [&] { return Holds(address, size); };
  const std::uint8_t seen = ByteAt(address);
  if (Becomes(holds)) {
    return Fail(PortFault::kProgramReturnsEarly, address, Pattern(address), seen);
  }
  if (IsStale(holds)) return Fail(PortFault::kStaleRead, address, Pattern(address), seen);
  if (const Status status = Read(address, size); !Ok(status)) {
    return Fail(PortFault::kReadFails, address, 0, static_cast<std::uint32_t>(status));
  }
  if (HoldsByte(address, size, 0xFF)) {
    return Fail(PortFault::kProgramIgnored, address, Pattern(address), 0xFF);
  }
  for (std::uint32_t word = 2; word <= 8; word *= 2) {
    if (IsSwapped(word, address, size)) return Fail(PortFault::kBytesSwapped, address, 1, word);
  }
  if (IsInverted(address, size)) {
    return Fail(PortFault::kBitsInverted, address, Pattern(address), ByteAt(address));
  }
  return DiagnoseShape(address, size);
}

// A smaller page, or a driver that stops: either way nothing stands from some
// place on. What was to stand there has disturbed what is before it, or not.
bool PortTest::DiagnoseShape(std::uint64_t address, std::uint32_t size) {
  (void)Read(address, size);
  std::uint32_t written = size;
  while (written > 0 && Chunk(size)[written - 1] == 0xFF) --written;
  const std::uint64_t stop = address + written;
  const std::uint64_t begin = address - (address - scratch_.address) % Page();
  const std::uint64_t disturbed = HeldFrom(begin, stop);
  if (written == size) {
    return Fail(PortFault::kProgramWrong, disturbed, Pattern(disturbed), ByteAt(disturbed));
  }
  if (disturbed == stop) return Fail(PortFault::kProgramTruncated, address, size, written);
  std::uint32_t page = Declared().program_unit_bytes;
  while (page < stop - disturbed) page *= 2;
  report_.proposed.page_bytes = page;
  return Fail(PortFault::kPageWraps, address, Declared().page_bytes, page);
}

bool PortTest::IsSwapped(std::uint32_t word, std::uint64_t address, std::uint32_t size) {
  if (size % word != 0 || !Ok(Read(address, size))) return false;
  for (std::uint32_t i = 0; i < size; ++i) {
    if (Chunk(size)[i ^ (word - 1)] != Pattern(address + i)) return false;
  }
  return true;
}

bool PortTest::IsInverted(std::uint64_t address, std::uint32_t size) {
  if (!Ok(Read(address, size))) return false;
  for (std::uint32_t i = 0; i < size; ++i) {
    if ((Chunk(size)[i] ^ 0xFF) != Pattern(address + i)) return false;
  }
  return true;
}

// What Erase has answered kOk to does not read FF: why? Always false.
bool PortTest::DiagnoseErase(std::uint64_t address, std::uint32_t size) {
  const auto erased = [&] { return ErasedFrom(address, address + size) == address + size; };
  const std::uint32_t chunk = Min(size, kChunkBytes);
  Status status = Status::kOk;
  for (int tries = 0; tries < 3; ++tries) status = Read(address, chunk);
  if (!Ok(status)) {
    return Fail(PortFault::kBlankReadFails, address, 0, static_cast<std::uint32_t>(status));
  }
  if (HoldsByte(address, chunk, 0x00)) return Fail(PortFault::kErasedIsZero, address, 0xFF, 0x00);
  const std::uint64_t at = ErasedFrom(address, address + size);
  const std::uint8_t seen = ByteAt(at);
  if (Becomes(erased)) return Fail(PortFault::kEraseReturnsEarly, at, 0xFF, seen);
  if (IsStale(erased)) return Fail(PortFault::kStaleRead, at, 0xFF, seen);
  if (at == address) return Fail(PortFault::kEraseIgnored, at, 0xFF, seen);
  report_.proposed.erase_unit_bytes = static_cast<std::uint32_t>(at - address);
  return Fail(PortFault::kEraseTooNarrow, address, size, static_cast<std::uint32_t>(at - address));
}

// Four neighbours of `unit` bytes, out of order.
PortTest::Trial PortTest::TryUnit(std::uint32_t unit, std::uint64_t address) {
  static constexpr std::uint8_t kOrder[] = {0, 2, 1, 3};
  unsigned done = 0;
  for (const std::uint8_t place : kOrder) {
    if (!Ok(ProgramPattern(address + std::uint64_t{place} * unit, unit))) return Trial::kBad;
    done |= 1u << place;
    for (std::uint32_t i = 0; i < 4; ++i) {
      const std::uint64_t at = address + std::uint64_t{i} * unit;
      if ((done >> i & 1u) != 0 ? Holds(at, unit) : HoldsByte(at, unit, 0xFF)) continue;
      const bool lost = i != place && HoldsByte(at, unit, 0xFF);
      return lost ? Trial::kNeighbourLost : Trial::kBad;
    }
  }
  return Trial::kGood;
}

// A unit's second program. True if the cells now hold `second`; `status` is
// its answer, or kReadError if the unit cannot be read behind it.
bool PortTest::SecondProgram(std::uint64_t address, std::uint8_t first, std::uint8_t second,
                             Status& status, std::uint8_t& result) {
  const std::uint32_t unit = Best().program_unit_bytes;
  result = first;
  status = ProgramBytes(address, unit, first);
  if (!Ok(status)) return false;
  status = ProgramBytes(address, unit, second);
  if (!Ok(status)) return false;
  status = Read(address, unit);
  if (!Ok(status)) return false;
  result = Chunk(unit)[0];
  return HoldsByte(address, unit, second);
}

// Bit by bit down to zeros, and zeros over zeros.
bool PortTest::TakesManyPrograms(std::uint64_t address) {
  const std::uint32_t unit = Best().program_unit_bytes;
  static constexpr std::uint8_t kValues[] = {0x51, 0x50, 0x40, 0, 0, 0, 0, 0};
  for (const std::uint8_t value : kValues) {
    if (!Ok(ProgramBytes(address, unit, value))) return false;
    if (!HoldsByte(address, unit, value)) return false;
  }
  return true;
}

}  // namespace norlog
