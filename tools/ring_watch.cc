#include "tools/ring_watch.h"

#include <algorithm>

namespace norlog::tools {

RingWatch::RingWatch(const Layout& layout, const Geometry& geometry)
    : layout_(layout),
      unit_bytes_(geometry.erase_unit_bytes),
      units_(layout.bucket_count * (layout.bucket_bytes / geometry.erase_unit_bytes)) {}

std::uint32_t RingWatch::BucketOf(std::int64_t position) const {
  const auto count = std::int64_t{layout_.bucket_count};
  return static_cast<std::uint32_t>(((position + first_bucket_) % count + count) % count);
}

void RingWatch::OnFrame(std::uint64_t address) {
  const auto bucket = static_cast<std::uint32_t>(address / layout_.bucket_bytes);
  if (!started_) first_bucket_ = bucket;
  started_ = true;
  const auto count = std::int64_t{layout_.bucket_count};
  const std::int64_t ahead = (std::int64_t{bucket} - BucketOf(position_) + count) % count;
  position_ += ahead <= count / 2 ? ahead : ahead - count;
}

void RingWatch::OnCommitted() {
  const std::uint32_t units_per_bucket = layout_.bucket_bytes / unit_bytes_;
  if (opened_position_ < position_) cuts_at_opening_ = cuts_;
  while (opened_position_ < position_) {
    const std::uint32_t bucket = BucketOf(++opened_position_);
    for (std::uint32_t i = 0; i < units_per_bucket; ++i) {
      units_[bucket * units_per_bucket + i].erased = false;
    }
  }
}

void RingWatch::OnErase(std::uint64_t address, std::uint32_t size) {
  for (std::uint64_t at = address; at < address + size; at += unit_bytes_) {
    const auto index = static_cast<std::size_t>(at / unit_bytes_);
    if (index >= units_.size()) continue;
    Unit& unit = units_[index];
    if (unit.erased && cuts_ > std::min(unit.cuts_at_first_erase, cuts_at_opening_)) {
      ++repeated_;
      continue;
    }
    ++unit.wear;
    if (!unit.erased) unit.cuts_at_first_erase = cuts_;
    unit.erased = true;
  }
}

std::uint32_t RingWatch::wear_min() const {
  return std::ranges::min(units_, {}, &Unit::wear).wear;
}

std::uint32_t RingWatch::wear_max() const {
  return std::ranges::max(units_, {}, &Unit::wear).wear;
}

}  // namespace norlog::tools
