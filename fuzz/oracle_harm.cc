// Judging a chip that destroys what was committed (oracle.h, Harmed).
#include <algorithm>
#include <cstddef>

#include "fuzz/oracle.h"

namespace norlog::fuzz {
namespace {

// Positions around the newest bucket where harm may cost more than its bucket's
// records: the newest header says where the log begins, its frames what the
// readers have committed, and what is behind is about to be used.
constexpr std::uint64_t kBehindHead = 1;
constexpr std::uint64_t kAheadOfHead = 2;

}  // namespace

void Oracle::Harmed(std::span<const std::uint32_t> positions) {
  MarkHarm(now_, positions);
  if (former_) MarkHarm(*former_, positions);
}

void Oracle::MarkHarm(State& state, std::span<const std::uint32_t> positions) const {
  const auto is_harmed = [&](std::uint64_t bucket) {
    const auto position = static_cast<std::uint32_t>(bucket % limits_.bucket_count);
    return std::find(positions.begin(), positions.end(), position) != positions.end();
  };
  for (std::uint64_t bucket = state.head - std::min(state.head, kBehindHead);
       bucket <= state.head + kAheadOfHead; ++bucket) {
    if (!is_harmed(bucket)) continue;
    state.harmed = true;
    state.shaken_until = state.head + kAheadOfHead + 1;
  }
  if (!positions.empty()) state.harmed = true;
  if (!state.harmed) return;
  for (std::size_t i = 0; i < state.records.size(); ++i) {
    // A record stands in that bucket, or in the next.
    const std::uint64_t bucket = state.records[i].bucket;
    const bool at_the_end = state.shaken() && bucket + kBehindHead >= state.head;
    if (state.records[i].exposed) continue;
    if (at_the_end || is_harmed(bucket) || is_harmed(bucket + 1)) {
      state.records.Mutable(i).exposed = true;
    }
  }
}

bool Oracle::IsExposed(std::uint64_t sequence) const {
  return now_.harmed && sequence >= now_.base && sequence <= now_.accepted() &&
         now_.records[sequence - now_.base].exposed;
}

// What is evicted and what was not durable is owed to nobody.
bool Oracle::AllExposed(std::uint64_t first, std::uint64_t last) const {
  for (std::uint64_t at = std::max(first, now_.base); at <= std::min(last, now_.durable); ++at) {
    if (!IsExposed(at)) return false;
  }
  return now_.harmed;
}

// At the log's front the header of the oldest bucket tells what is evicted and what
// is damaged: if that is harmed, all before it may be called so.
bool Oracle::MayBeDamaged(std::uint64_t first, std::uint64_t last) const {
  if (first > now_.evicted + 1) return AllExposed(first, last);
  if (!now_.harmed || now_.shaken()) return now_.harmed;
  std::uint64_t oldest = last + 1;
  while (IsExposed(oldest - 1)) --oldest;
  if (!IsExposed(oldest)) return false;
  const std::uint64_t evicted = oldest - 1;
  return evicted <= now_.evicted ||
         (!EvictedTooEarly(evicted, now_.head) && !EvictedUnread(evicted));
}

// True if the harm can have left nothing that says there is a log.
bool Oracle::MayBeGone() const {
  return now_.shaken() && AllExposed(now_.base, now_.durable);
}

// The newest header, which says what is evicted, may be lost: the one before says less.
void Oracle::TakeBack(std::uint64_t first_shown) {
  if (now_.shaken() && first_shown <= now_.evicted) now_.evicted = first_shown - 1;
}

}  // namespace norlog::fuzz
