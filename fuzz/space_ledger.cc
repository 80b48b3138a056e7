#include "fuzz/space_ledger.h"

#include <algorithm>

namespace norlog::fuzz {
namespace {

constexpr std::uint32_t kBlocksPerCut = 2;

}  // namespace

void SpaceLedger::Spend(std::uint32_t bytes, std::uint64_t sequence) {
  entries_.push_back({bytes, 0, sequence});
}

// Cuts in a row stay one entry. Each may begin within a block.
void SpaceLedger::SpendCut() {
  if (!entries_.empty() && entries_.back().lost_blocks > 0) {
    entries_.Mutable(entries_.size() - 1).lost_blocks += kBlocksPerCut + 1;
    return;
  }
  entries_.push_back({0, kBlocksPerCut, 0});
}

void SpaceLedger::SpendBucket() {
  entries_.push_back({0, model_.blocks_per_bucket, 0});
}

void SpaceLedger::ForgetThrough(std::uint64_t sequence) {
  while (!entries_.empty() && entries_.front().sequence <= sequence) entries_.pop_front();
}

std::uint64_t SpaceLedger::Floor(std::uint32_t bucket_count) const {
  const std::uint64_t block_count = std::uint64_t{bucket_count} * model_.blocks_per_bucket;
  std::uint64_t floor = 0;
  for (std::uint32_t block = 0; block < model_.blocks_per_bucket; ++block) {
    floor = std::max(floor, FloorFrom(block, block_count));
  }
  return floor;
}

std::uint64_t SpaceLedger::Digest() const {
  std::uint64_t digest = entries_.size();
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    digest = (digest ^ entry.sequence) * 0x9E3779B97F4A7C15U;
    digest ^= digest >> 32;
    digest =
        (digest ^ entry.bytes ^ (std::uint64_t{entry.lost_blocks} << 32)) * 0xBF58476D1CE4E5B9U;
    digest ^= digest >> 32;
  }
  return digest;
}

// What is lost begins within a block: the rest of that one goes, too.
std::uint64_t SpaceLedger::FloorFrom(std::uint32_t newest_block, std::uint64_t block_count) const {
  std::uint64_t floor = kNothingOwed;
  std::uint32_t block = newest_block;
  std::uint32_t room = Capacity(block);
  std::uint64_t used = 1;
  const auto step_back = [&](std::uint32_t blocks) {
    const std::uint32_t per_bucket = model_.blocks_per_bucket;
    block = (block + per_bucket * blocks - blocks) % per_bucket;
    room = Capacity(block);
    used += blocks;
  };
  for (std::size_t i = entries_.size(); i > 0; --i) {
    const Entry& entry = entries_[i - 1];
    if (entry.lost_blocks > 0) step_back(entry.lost_blocks + 1);
    if (entry.bytes > room) step_back(1);
    if (used > block_count) break;
    room -= std::min(room, entry.bytes);
    if (entry.sequence != 0) floor = entry.sequence;
  }
  return floor;
}

}  // namespace norlog::fuzz
