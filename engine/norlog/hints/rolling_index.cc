#include "norlog/hints/rolling_index.h"

#include <cstring>
#include <span>

#include "norlog/bytes.h"
#include "norlog/crc32c.h"

namespace norlog {
namespace {

constexpr std::uint8_t kErased = 0xFF;

std::uint32_t EntryCrc(std::uint32_t bucket_count, std::uint32_t slot,
                       std::span<const std::uint8_t> bytes) {
  Crc32c crc;
  crc.U32(bucket_count);
  crc.U32(slot);
  crc.Bytes(bytes);
  return crc.value();
}

std::uint32_t SizeOfEntry(const Geometry& g) {
  return (RollingIndex::kEntryBytes + g.program_unit_bytes - 1) & ~(g.program_unit_bytes - 1);
}

// Entries lie within pages.
std::uint32_t EntriesOf(const Geometry& g) {
  const std::uint32_t page = g.page_bytes < g.erase_unit_bytes ? g.page_bytes : g.erase_unit_bytes;
  return page / SizeOfEntry(g) * (g.erase_unit_bytes / page);
}

std::uint64_t AddressOf(const Geometry& g, std::uint32_t slot) {
  const std::uint32_t page = g.page_bytes < g.erase_unit_bytes ? g.page_bytes : g.erase_unit_bytes;
  const std::uint32_t a_page = page / SizeOfEntry(g);
  const std::uint32_t a_unit = EntriesOf(g);
  return std::uint64_t{slot / a_unit} * g.erase_unit_bytes +
         std::uint64_t{slot % a_unit / a_page} * page +
         std::uint64_t{slot % a_page} * SizeOfEntry(g);
}

bool WornNoFaster(const Geometry& g, std::uint32_t bucket_count, std::uint32_t stride_log2) {
  const std::uint64_t entries = std::uint64_t{EntriesOf(g)} * g.erase_unit_count;
  return entries >= (std::uint64_t{bucket_count} >> stride_log2) + 1;
}

}  // namespace

RollingIndex::RollingIndex(NorFlash& flash, std::uint32_t bucket_count, std::uint32_t stride_log2)
    : flash_(flash),
      bucket_count_(bucket_count),
      stride_log2_(stride_log2),
      valid_(IsValid(flash.geometry()) && flash.geometry().erase_unit_count >= 2 &&
             bucket_count > 0 && stride_log2 < 32 && EntriesOf(flash.geometry()) > 0 &&
             WornNoFaster(flash.geometry(), bucket_count, stride_log2)) {}

std::uint32_t RollingIndex::EntrySize() const {
  return SizeOfEntry(flash_.geometry());
}

std::uint32_t RollingIndex::EntriesOfUnit() const {
  return EntriesOf(flash_.geometry());
}

// An entry that cannot be read is neither valid nor blank.
Status RollingIndex::ReadEntry(std::uint32_t slot, Entry& entry) {
  entry = {};
  std::uint8_t bytes[kEntryBytes];
  const Status status = flash_.Read(AddressOf(flash_.geometry(), slot), bytes);
  if (status == Status::kReadError) return Status::kOk;
  NORLOG_TRY(status);
  entry.blank = AllBytesAre(bytes, kErased);
  const std::span<const std::uint8_t> content = std::span(bytes).first<kEntryBytes - 4>();
  entry.valid = LoadLe<4>(&bytes[8]) == EntryCrc(bucket_count_, slot, content);
  entry.ordinal = static_cast<std::uint32_t>(LoadLe<4>(&bytes[0]));
  entry.stride = static_cast<std::uint32_t>(LoadLe<4>(&bytes[4]));
  return Status::kOk;
}

Status RollingIndex::ProgramEntry(std::uint32_t slot, const Entry& entry) {
  std::uint8_t bytes[kEntryBytes + kMaxProgramUnitBytes];
  std::memset(bytes, kErased, sizeof bytes);
  StoreLe<4>(&bytes[0], entry.ordinal);
  StoreLe<4>(&bytes[4], entry.stride);
  const std::span<const std::uint8_t> content = std::span(bytes).first<8>();
  StoreLe<4>(&bytes[8], EntryCrc(bucket_count_, slot, content));
  NORLOG_TRY(flash_.Program(AddressOf(flash_.geometry(), slot), {bytes, EntrySize()}));
  return flash_.Sync();
}

// The last valid entry of a unit whose first one is valid: entries stand one
// behind the other; a few that were torn may stand between them.
Status RollingIndex::FindInUnit(std::uint32_t unit, Entry& newest) {
  const std::uint32_t first = unit * EntriesOfUnit();
  std::uint32_t low = 0;  // not blank
  std::uint32_t high = EntriesOfUnit();
  while (high - low > 1) {
    const std::uint32_t middle = low + (high - low) / 2;
    Entry entry;
    NORLOG_TRY(ReadEntry(first + middle, entry));
    if (entry.blank) {
      high = middle;
    } else {
      low = middle;
    }
  }
  next_ = first + high;
  Entry entry;
  for (std::uint32_t at = low; at > 0 && !entry.valid; --at) {
    NORLOG_TRY(ReadEntry(first + at, entry));
  }
  if (entry.valid) newest = entry;
  return Status::kOk;
}

Status RollingIndex::Load() {
  if (!valid_) return Status::kInvalidOptions;
  newest_ = {};
  next_ = 0;
  std::uint32_t newest_unit = 0;
  for (std::uint32_t unit = 0; unit < flash_.geometry().erase_unit_count; ++unit) {
    Entry entry;
    NORLOG_TRY(ReadEntry(unit * EntriesOfUnit(), entry));
    if (!entry.valid || (newest_.valid && entry.ordinal < newest_.ordinal)) continue;
    newest_ = entry;
    newest_unit = unit;
  }
  if (newest_.valid) NORLOG_TRY(FindInUnit(newest_unit, newest_));
  loaded_ = true;
  return Status::kOk;
}

Status RollingIndex::Find(Hint& hint) {
  hint = {};
  NORLOG_TRY(Load());
  if (!newest_.valid) return Status::kOk;
  hint.present = true;
  hint.index.value = newest_.stride << stride_log2_;
  hint.span = (std::uint32_t{1} << stride_log2_) - 1;
  return Status::kOk;
}

// Moves next_ on to a slot that can take an entry: a blank one, or the first one
// of a unit, which is erased. (Entries may stand behind a blank slot: one whose
// program was cut before it left a trace.)
Status RollingIndex::Advance() {
  const std::uint32_t a_unit = EntriesOfUnit();
  const Geometry& geometry = flash_.geometry();
  for (; next_ % a_unit != 0; ++next_) {
    Entry entry;
    NORLOG_TRY(ReadEntry(next_, entry));
    if (entry.blank) return Status::kOk;
  }
  next_ %= a_unit * geometry.erase_unit_count;
  return flash_.Erase(std::uint64_t{next_ / a_unit} * geometry.erase_unit_bytes,
                      geometry.erase_unit_bytes);
}

Status RollingIndex::Note(BucketIndex head) {
  if (!loaded_) NORLOG_TRY(Load());
  Entry entry;
  entry.stride = head.value >> stride_log2_;
  if (newest_.valid && newest_.stride == entry.stride) return Status::kOk;
  entry.ordinal = newest_.valid ? newest_.ordinal + 1 : 0;
  NORLOG_TRY(Advance());
  const Status status = ProgramEntry(next_, entry);
  ++next_;  // a slot that was tried is used up
  NORLOG_TRY(status);
  entry.valid = true;
  newest_ = entry;
  return Status::kOk;
}

}  // namespace norlog
