// Judging chips that destroy what was committed (oracle.h, Harmed), or have bad places.
#include <algorithm>
#include <cstddef>
#include <string>

#include "fuzz/oracle.h"

namespace norlog::fuzz {
namespace {

// Positions around the newest bucket where harm may cost more than its bucket's
// records: the newest header says where the log begins, its frames what the
// readers have committed, and what is behind is about to be used.
constexpr std::uint64_t kBehindHead = 1;
constexpr std::uint64_t kAheadOfHead = 2;

constexpr std::ptrdiff_t kMostWithdrawn = 512;  // records

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
  bool near_the_end = false;
  for (std::uint64_t bucket = state.head - std::min(state.head, kBehindHead);
       bucket <= state.head + kAheadOfHead; ++bucket) {
    near_the_end = near_the_end || is_harmed(bucket);
  }
  if (near_the_end) state.shaken_until = state.head + kAheadOfHead + 1;
  if (!positions.empty()) state.harmed = true;
  if (!state.harmed) return;
  for (std::size_t i = 0; i < state.records.size(); ++i) {
    if (state.records[i].exposed) continue;
    const std::uint64_t bucket = state.records[i].bucket;
    const std::uint64_t last_bucket = std::max(state.records[i].last_bucket, bucket + 1);
    bool exposed = near_the_end && last_bucket + kBehindHead > state.head;
    for (std::uint64_t at = bucket; at <= last_bucket; ++at) exposed = exposed || is_harmed(at);
    if (exposed) state.records.Mutable(i).exposed = true;
  }
}

bool Oracle::IsExposed(const State& state, std::uint64_t sequence) {
  if (!state.harmed || sequence > state.accepted()) return false;
  return sequence < state.base || state.records[sequence - state.base].exposed;  // forgotten
}

// What is evicted and what was not durable is owed to nobody.
bool Oracle::AllExposed(const State& state, std::uint64_t first, std::uint64_t last) {
  const std::uint64_t end = std::min(last, state.durable);
  for (std::uint64_t at = std::max(first, state.base); at <= end; ++at) {
    if (!IsExposed(state, at)) return false;
  }
  return state.harmed;
}

void Oracle::Damaged(std::uint64_t first, std::uint64_t last) {
  for (std::uint64_t at = first; at <= last; ++at) now_.damaged.push_back(at);
  ++damages_;
  now_.ledger.SpendCut();
}

bool Oracle::AllDamaged(std::uint64_t first, std::uint64_t last) const {
  for (std::uint64_t at = first; at <= last; ++at) {
    if (!std::binary_search(now_.damaged.begin(), now_.damaged.end(), at)) return false;
  }
  return !now_.damaged.empty();
}

// At the log's front the header of the oldest bucket tells what is evicted and what
// is damaged: if that is harmed, all before it may be called so.
bool Oracle::MayBeDamaged(std::uint64_t first, std::uint64_t last) const {
  if (AllDamaged(first, last)) return true;
  if (!now_.harmed) return false;
  if (first > now_.evicted + 1) return AllExposed(now_, first, last);
  if (last <= now_.evicted) return now_.shaken() || IsExposed(now_, last + 1);
  std::uint64_t oldest = last + 1;
  while (oldest > now_.evicted + 1 && IsExposed(now_, oldest - 1)) --oldest;
  if (!IsExposed(now_, oldest) && oldest <= now_.durable) return false;
  const std::uint64_t evicted = oldest - 1;
  return evicted <= now_.evicted ||
         (!EvictedTooEarly(evicted, HeadAtMost(now_.head)) && !EvictedUnread(evicted));
}

// Nothing tells of an oldest bucket that is harmed as a whole that it was not evicted. (Nor of
// one that was damaged from its first frame on, and made again: docs/TESTING.md, Open.)
std::uint64_t Oracle::LastOwed(std::uint64_t through) const {
  while (through > now_.evicted && AllDamaged(through, through)) --through;
  const std::uint64_t bucket = BucketOf(through);
  while (through > now_.evicted && IsExposed(now_, through) && BucketOf(through) + 1 >= bucket) {
    --through;
  }
  return through;
}

// Buckets may have been stepped over that the newest readable header does not tell of.
std::uint64_t Oracle::HeadAtMost(std::uint64_t head) const {
  return now_.shaken() ? head + kAheadOfHead : head;
}

// True if the harm can have left nothing that says there is a log.
bool Oracle::MayBeGone() const {
  const auto may_be = [](const State& state) {
    return state.shaken() && AllExposed(state, state.base, state.durable);
  };
  return may_be(now_) && (!former_ || may_be(*former_));
}

// The newest header, which says what is evicted, may be lost: the ones before say less.
// (How much less is not judged.)
void Oracle::TakeBack(std::uint64_t first_shown) {
  const bool may_go_back = now_.shaken() || now_.front_doubtful;
  if (may_go_back && first_shown <= now_.evicted) now_.evicted = first_shown - 1;
}

const Oracle::Kept* Oracle::FindWithdrawn(std::uint64_t sequence, const RecordFact* as) const {
  for (auto kept = now_.withdrawn.rbegin(); kept != now_.withdrawn.rend(); ++kept) {
    const bool is_same = as == nullptr || *kept->fact == *as;
    if (is_same && kept->fact->sequence == sequence) return &*kept;
  }
  return nullptr;
}

// Drops what was accepted behind `last`.
void Oracle::Withdraw(std::uint64_t last) {
  while (!now_.records.empty() && now_.accepted() > last) {
    if (limits_.damage_expected) now_.withdrawn.push_back(now_.records.back());
    now_.records.pop_back();
  }
  if (now_.withdrawn.size() > kMostWithdrawn) {
    now_.withdrawn.erase(now_.withdrawn.begin(), now_.withdrawn.end() - kMostWithdrawn);
  }
}

// A recovery may have repeated the last frame, or the one before, in bucket `head`.
void Oracle::Repeated(std::uint64_t head) {
  if (!limits_.damage_expected) return;
  const std::uint64_t first = std::max(now_.base, std::min(now_.commit_before, now_.durable + 1));
  for (std::uint64_t at = first; at <= now_.accepted(); ++at) {
    Kept& kept = now_.records.Mutable(at - now_.base);
    kept.last_bucket = std::max(kept.last_bucket, head);
  }
}

// Where the copy is harmed that declared them dead, records that were dropped are back, or
// a frame among them that is damaged now.
void Oracle::TakeWithdrawn(const Sighting& sighting) {
  if (!now_.shaken()) return;
  for (const Glimpse& glimpse : sighting.scan) {
    const RecordFact* const as = glimpse.is_gap ? nullptr : &glimpse.record;
    const std::uint64_t last = glimpse.is_gap ? glimpse.last : glimpse.record.sequence;
    while (now_.accepted() < last) {
      const Kept* const kept = FindWithdrawn(now_.accepted() + 1, as);
      if (kept == nullptr) return;
      now_.records.push_back({kept->fact, now_.head, kept->digest, /*exposed=*/true});
    }
  }
}

// Where the oldest position has no header and no frame at its beginning (half erased, to
// be used in a bad one's stead), what is evicted in front of it is called damaged: nothing
// on the chip tells the two apart (docs/TESTING.md, Open).
bool Oracle::CountsAsEvicted(const Glimpse& gap) const {
  const bool has_bad_header = unhealthy_ > 0 || limits_.header_damage;
  return gap.cause == LossCause::kEvicted || (has_bad_header && !limits_.damage_expected);
}

// A bucket that was given up in a bad one's stead may be half erased when the power
// fails: what is left of it is shown once more.
void Oracle::JudgeGivenUp(std::uint64_t through, std::uint64_t head) {
  if (through <= now_.evicted || !EvictedTooEarly(through, head)) return;
  ++tally_.lost;
  Broken(Guarantee::kG1, "everything up to " + std::to_string(through) + " is called damaged");
}

}  // namespace norlog::fuzz
