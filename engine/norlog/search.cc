#include "norlog/search.h"

namespace norlog {
namespace {

// How often a search may start again from something newer before the linear
// scan is the shorter way.
constexpr int kMaxRestarts = 3;

class Searcher {
 public:
  Searcher(BucketIo& io, Found& found) : io_(io), layout_(io.layout()), found_(found) {}

  // Whether position `index` bears a header (no reserve), which is remembered
  // if it is the newest seen so far; else whether it is plainly erased.
  Status Look(std::uint32_t index, bool& is_header, Probe& probe, bool* is_erased = nullptr) {
    HeaderState state;
    NORLOG_TRY(io_.ReadProbe({index}, state, probe));
    if (state == HeaderState::kUnknown) found_.unknown_version = true;
    if (is_erased != nullptr) *is_erased = state == HeaderState::kErased;
    is_header = state == HeaderState::kValid && (probe.flags & kFlagReserve) == 0;
    found_.reserve = found_.reserve || (state == HeaderState::kValid && !is_header);
    if (!is_header) return Status::kOk;
    const BucketNumber number = layout_.NumberOf(probe.lap, {index});
    if (!found_.any || number > found_.number) {
      found_.any = true;
      found_.number = number;
      found_.probe = probe;
    }
    return Status::kOk;
  }

  // The first readable header among the first positions: a head at the ring's
  // end leaves at most the window (and retired buckets) without one there.
  Status Anchor(bool& any, std::uint32_t& index) {
    for (index = 0; index <= Reach() && index < layout_.bucket_count; ++index) {
      Probe probe;
      NORLOG_TRY(Look(index, any, probe));
      if (any) return Status::kOk;
    }
    any = false;
    return Status::kOk;
  }

  // Narrows to the last position behind `low` that bears lap `lap`. Erased ones
  // are behind the head; damaged ones tell nothing and are passed over.
  Status Bisect(std::uint32_t low, std::uint32_t lap) {
    std::uint32_t high = layout_.bucket_count;  // first position known not to have it
    while (high - low > 1) {
      const std::uint32_t middle = low + (high - low) / 2;
      std::uint32_t at = middle;
      bool is_header = false;
      bool is_erased = false;
      Probe probe;
      for (; at < high && at <= middle + Reach() && !is_header && !is_erased; ++at) {
        NORLOG_TRY(Look(at, is_header, probe, &is_erased));
      }
      if (is_header && probe.lap == lap) {
        low = at - 1;
      } else {
        high = middle;
      }
    }
    return Status::kOk;
  }

  // Looks behind the newest bucket for a newer one (R8); `newer` if there is.
  Status LookBehind(bool& newer) {
    const BucketNumber start = found_.number;
    for (std::uint32_t i = 1; i <= Reach() && i < layout_.bucket_count; ++i) {
      bool is_header = false;
      Probe probe;
      NORLOG_TRY(Look(layout_.IndexOf(start + i).value, is_header, probe));
    }
    newer = found_.number > start;
    return Status::kOk;
  }

  // A second bucket must agree: one of the positions before the newest bears
  // the number that belongs there. (Not so in the first steps of a ring.)
  Status CheckPredecessor(bool& agrees) {
    const BucketNumber newest = found_.number;
    const std::uint64_t first = layout_.bucket_count;  // lap 1, index 0
    agrees = newest.value <= first;
    for (std::uint32_t i = 1; i <= Reach() && !agrees && newest.value >= first + i; ++i) {
      bool is_header = false;
      Probe probe;
      const BucketIndex index = layout_.IndexOf(newest - i);
      NORLOG_TRY(Look(index.value, is_header, probe));
      agrees = is_header && layout_.NumberOf(probe.lap, index) == newest - i;
    }
    agrees = agrees && found_.number == newest;
    return Status::kOk;
  }

  // One past what an opening may step over.
  std::uint32_t Reach() const { return MaxStepsOver(layout_) + 1; }

 private:
  BucketIo& io_;
  const Layout& layout_;
  Found& found_;
};

Status Search(BucketIo& io, Found& found, bool& sure) {
  Searcher searcher(io, found);
  sure = false;
  bool any = false;
  std::uint32_t anchor = 0;
  NORLOG_TRY(searcher.Anchor(any, anchor));
  if (!any) return Status::kOk;
  for (int i = 0; i < kMaxRestarts; ++i) {
    const BucketIndex index = io.layout().IndexOf(found.number);
    NORLOG_TRY(searcher.Bisect(index.value, found.probe.lap));
    bool newer = false;
    NORLOG_TRY(searcher.LookBehind(newer));
    if (!newer) return searcher.CheckPredecessor(sure);
  }
  return Status::kOk;
}

Status TryHint(BucketIo& io, const Hint& hint, Found& found, bool& sure) {
  sure = false;
  if (!hint.present || hint.index.value >= io.layout().bucket_count) return Status::kOk;
  Searcher searcher(io, found);
  bool is_header = false;
  Probe probe;
  NORLOG_TRY(searcher.Look(hint.index.value, is_header, probe));
  if (!is_header) return Status::kOk;
  bool newer = false;
  NORLOG_TRY(searcher.LookBehind(newer));
  if (newer) NORLOG_TRY(searcher.LookBehind(newer));
  return newer ? Status::kOk : searcher.CheckPredecessor(sure);
}

}  // namespace

Status FindHeadLinear(BucketIo& io, Found& found) {
  found = {};
  Searcher searcher(io, found);
  for (std::uint32_t i = 0; i < io.layout().bucket_count; ++i) {
    bool is_header = false;
    Probe probe;
    NORLOG_TRY(searcher.Look(i, is_header, probe));
  }
  return Status::kOk;
}

Status FindHead(BucketIo& io, const Hint& hint, bool exhaustive, Found& found) {
  bool sure = false;
  found = {};
  NORLOG_TRY(TryHint(io, hint, found, sure));
  if (sure) return Status::kOk;
  found = {};
  NORLOG_TRY(Search(io, found, sure));
  if (sure || !exhaustive) return Status::kOk;
  return FindHeadLinear(io, found);
}

}  // namespace norlog
