#include "norlog/search.h"

namespace norlog {
namespace {

// How often a search may start again from something newer before the linear
// scan is the shorter way.
constexpr int kMaxRestarts = 3;

// What one position tells.
struct Sight {
  bool known = false;      // it was opened, or erased for, a lap that is known:
  std::uint32_t lap = 0;   // the last one it was opened under
  bool is_header = false;  // by its header
  bool erased = false;     // there is no header, and nothing in its place
};

class Searcher {
 public:
  Searcher(BucketIo& io, Found& found) : io_(io), layout_(io.layout()), found_(found) {}

  // Looks at one position, at its clean mark too if `marks` and it is erased.
  // The newest header seen so far is remembered.
  Status Look(std::uint32_t index, bool marks, Sight& sight) {
    sight = {};
    HeaderState state;
    Probe probe;
    NORLOG_TRY(io_.ReadProbe({index}, state, probe));
    sight.erased = state == HeaderState::kErased;
    if (sight.erased && marks) return LookAtMark(index, sight);
    if (state == HeaderState::kUnknown) found_.unknown_version = true;
    if (state != HeaderState::kValid) return Status::kOk;
    if ((probe.flags & kFlagReserve) != 0) {
      found_.reserve = true;
      return Status::kOk;
    }
    sight.known = true;
    sight.is_header = true;
    sight.lap = probe.lap;
    const BucketNumber number = layout_.NumberOf(probe.lap, {index});
    if (!found_.any || number > found_.number) {
      found_.any = true;
      found_.number = number;
      found_.probe = probe;
    }
    return Status::kOk;
  }

  // The first position that tells something: among the first few, of which at
  // most the window (and retired buckets) tell nothing when the head is at the
  // ring's end; else farther and farther out.
  Status Anchor(Sight& sight, std::uint32_t& index) {
    for (index = 0; index < layout_.bucket_count; index += index <= Reach() ? 1 : index) {
      NORLOG_TRY(Look(index, /*marks=*/true, sight));
      if (sight.known) return Status::kOk;
    }
    return Status::kOk;
  }

  // Narrows to the last position behind `low` whose last lap is `lap`. Erased
  // ones are behind the head, unless the whole chip was wiped, when `marks`
  // tell more; damaged ones are passed over.
  Status Bisect(std::uint32_t low, std::uint32_t lap, bool marks) {
    std::uint32_t high = layout_.bucket_count;  // first position known not to have it
    while (high - low > 1) {
      const std::uint32_t middle = low + (high - low) / 2;
      std::uint32_t at = middle;
      Sight sight;
      for (; at < high && at <= middle + Reach() && !sight.known && !sight.erased; ++at) {
        NORLOG_TRY(Look(at, marks, sight));
      }
      if (sight.known && sight.lap == lap) {
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
      Sight sight;
      NORLOG_TRY(Look(layout_.IndexOf(start + i).value, /*marks=*/false, sight));
    }
    newer = found_.number > start;
    return Status::kOk;
  }

  // A second bucket must agree: one of the positions before the newest bears
  // the lap that belongs there. (Not so in the first step of a ring.)
  Status CheckPredecessor() {
    const BucketNumber newest = found_.number;
    const std::uint64_t first = layout_.bucket_count;  // lap 1, index 0
    bool agrees = newest.value <= first;
    for (std::uint32_t i = 1; i <= Reach() && !agrees && newest.value >= first + i; ++i) {
      Sight sight;
      const BucketIndex index = layout_.IndexOf(newest - i);
      NORLOG_TRY(Look(index.value, /*marks=*/true, sight));
      agrees = sight.known && layout_.NumberOf(sight.lap, index) == newest - i;
    }
    found_.sure = agrees && found_.number == newest;
    return found_.sure ? CheckOldest() : Status::kOk;
  }

  // Behind the window stands the ring's oldest bucket, if the ring has been round.
  // Nothing there, not even a clean mark: the newest may stand behind a hole.
  Status CheckOldest() {
    const BucketNumber newest = found_.number;
    const BucketNumber place = newest + layout_.window + 1;
    if (place.value < std::uint64_t{2} * layout_.bucket_count) return Status::kOk;
    Sight sight;
    NORLOG_TRY(Look(layout_.IndexOf(place).value, /*marks=*/true, sight));
    found_.sure = found_.number == newest && (!sight.erased || sight.known);
    return Status::kOk;
  }

  // One past what an opening may step over.
  std::uint32_t Reach() const { return MaxStepsOver(layout_) + 1; }

 private:
  // A clean mark tells the coming lap.
  Status LookAtMark(std::uint32_t index, Sight& sight) {
    std::uint32_t coming = 0;
    NORLOG_TRY(io_.ReadMark({index}, sight.known, coming));
    sight.known = sight.known && coming > 1;  // else it was never opened
    sight.lap = coming - 1;
    return Status::kOk;
  }

  BucketIo& io_;
  const Layout& layout_;
  Found& found_;
};

Status Search(BucketIo& io, Found& found) {
  Searcher searcher(io, found);
  Sight sight;
  std::uint32_t anchor = 0;
  NORLOG_TRY(searcher.Anchor(sight, anchor));
  if (!sight.known) return Status::kOk;
  NORLOG_TRY(searcher.Bisect(anchor, sight.lap, /*marks=*/!sight.is_header));
  for (int i = 0; found.any && i < kMaxRestarts; ++i) {
    bool newer = false;
    NORLOG_TRY(searcher.LookBehind(newer));
    if (!newer) return searcher.CheckPredecessor();
    const std::uint32_t index = io.layout().IndexOf(found.number).value;
    NORLOG_TRY(searcher.Bisect(index, found.probe.lap, /*marks=*/false));
  }
  return Status::kOk;
}

Status TryHint(BucketIo& io, const Hint& hint, Found& found) {
  if (!hint.present || hint.index.value >= io.layout().bucket_count) return Status::kOk;
  Searcher searcher(io, found);
  Sight sight;
  NORLOG_TRY(searcher.Look(hint.index.value, /*marks=*/false, sight));
  if (!sight.is_header) return Status::kOk;
  bool newer = false;
  NORLOG_TRY(searcher.LookBehind(newer));
  if (newer) NORLOG_TRY(searcher.LookBehind(newer));
  return newer ? Status::kOk : searcher.CheckPredecessor();
}

}  // namespace

Status FindHeadLinear(BucketIo& io, Found& found) {
  found = {};
  Searcher searcher(io, found);
  for (std::uint32_t i = 0; i < io.layout().bucket_count; ++i) {
    Sight sight;
    NORLOG_TRY(searcher.Look(i, /*marks=*/false, sight));
  }
  found.sure = true;
  return Status::kOk;
}

Status FindHead(BucketIo& io, const Hint& hint, bool exhaustive, Found& found) {
  found = {};
  NORLOG_TRY(TryHint(io, hint, found));
  if (found.sure) return Status::kOk;
  found = {};
  NORLOG_TRY(Search(io, found));
  if (found.sure || !exhaustive) return Status::kOk;
  return FindHeadLinear(io, found);
}

}  // namespace norlog
