#include "norlog/hints/bit_index.h"

#include <bit>
#include <cstring>

namespace norlog {
namespace {

constexpr std::uint8_t kErased = 0xFF;

bool MayClearBits(ProgramRule rule) {
  return rule == ProgramRule::kBits || rule == ProgramRule::kOverwrite;
}

}  // namespace

BitIndex::BitIndex(NorFlash& flash, std::uint32_t bucket_count, std::uint32_t stride_log2)
    : flash_(flash),
      stride_log2_(stride_log2),
      strides_(Strides(bucket_count, stride_log2)),
      half_bytes_(Units(flash.geometry().erase_unit_bytes, bucket_count, stride_log2) / 2 *
                  flash.geometry().erase_unit_bytes),
      valid_(IsValid(flash.geometry()) && bucket_count > 0 && stride_log2 < 32 &&
             MayClearBits(flash.geometry().program_rule) &&
             2 * std::uint64_t{half_bytes_} <= flash.geometry().size_bytes()) {}

// Bits are cleared from the front, lowest bit of a byte first: zero bytes, one
// that is in between, erased bytes.
Status BitIndex::CountCleared(std::uint32_t half, std::uint32_t& cleared) {
  std::uint32_t low = 0;  // all bytes before it are zero
  std::uint32_t high = (strides_ + 7) / 8;
  while (high - low > kTailBytes) {
    const std::uint32_t middle = low + (high - low) / 2;
    std::uint8_t byte = 0;
    NORLOG_TRY(flash_.Read(HalfAt(half) + middle, {&byte, 1}));
    if (byte == 0) {
      low = middle + 1;
    } else {
      high = byte == kErased ? middle : middle + 1;
    }
  }
  std::uint8_t tail[kTailBytes];
  NORLOG_TRY(flash_.Read(HalfAt(half) + low, {tail, high - low}));
  std::uint32_t at = 0;
  while (at < high - low && tail[at] == 0) ++at;
  cleared = 8 * (low + at);
  if (at < high - low) cleared += static_cast<std::uint32_t>(std::countr_zero(tail[at]));
  if (cleared > strides_) cleared = strides_;
  return Status::kOk;
}

// The half in use is the one that is not full, unless that one is blank and the
// other one full: then its turn has not come yet.
Status BitIndex::Load() {
  if (!valid_) return Status::kInvalidOptions;
  std::uint32_t cleared[2] = {};
  for (std::uint32_t half : {0u, 1u}) NORLOG_TRY(CountCleared(half, cleared[half]));
  half_ = cleared[0] == strides_ && cleared[1] > 0 ? 1 : 0;
  if (cleared[0] == 0 && cleared[1] > 0) half_ = 1;
  cleared_ = cleared[half_];
  loaded_ = true;
  return Status::kOk;
}

Status BitIndex::Find(Hint& hint) {
  hint = {};
  NORLOG_TRY(Load());
  if (cleared_ == 0) return Status::kOk;
  hint.present = true;
  hint.index.value = (cleared_ - 1) << stride_log2_;
  hint.span = (std::uint32_t{1} << stride_log2_) - 1;
  return Status::kOk;
}

Status BitIndex::Clear(std::uint32_t half, std::uint32_t from, std::uint32_t to) {
  const Geometry& geometry = flash_.geometry();
  const std::uint32_t unit = geometry.program_unit_bytes;
  std::uint8_t bytes[kMaxProgramUnitBytes];
  for (std::uint32_t at = from / 8 / unit * unit; 8 * at < to; at += unit) {
    NORLOG_TRY(flash_.Read(HalfAt(half) + at, {bytes, unit}));
    for (std::uint32_t i = 0; i < unit; ++i) {
      const std::uint32_t first = 8 * (at + i);
      const std::uint32_t zeros = to <= first ? 0 : to - first < 8 ? to - first : 8;
      bytes[i] &= static_cast<std::uint8_t>(kErased << zeros);
    }
    NORLOG_TRY(flash_.Program(HalfAt(half) + at, {bytes, unit}));
  }
  return flash_.Sync();
}

Status BitIndex::EraseHalf(std::uint32_t half) {
  const std::uint32_t unit = flash_.geometry().erase_unit_bytes;
  for (std::uint32_t at = 0; at < half_bytes_; at += unit) {
    NORLOG_TRY(flash_.Erase(HalfAt(half) + at, unit));
  }
  return Status::kOk;
}

Status BitIndex::Note(BucketIndex head) {
  if (!loaded_) NORLOG_TRY(Load());
  const std::uint32_t wanted = (head.value >> stride_log2_) + 1;
  if (wanted == cleared_ || wanted > strides_) return Status::kOk;
  loaded_ = false;          // until all is done: an error may leave it in between
  if (wanted < cleared_) {  // a new lap: this half is full, the other one begins
    NORLOG_TRY(Clear(half_, cleared_, strides_));
    half_ = 1 - half_;
    cleared_ = 0;
    NORLOG_TRY(EraseHalf(half_));
  }
  NORLOG_TRY(Clear(half_, cleared_, wanted));
  cleared_ = wanted;
  loaded_ = true;
  return Status::kOk;
}

}  // namespace norlog
