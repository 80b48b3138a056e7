#include "norlog/search.h"

namespace norlog {
namespace {

// How often a search may start again from something newer, or from another
// anchor, before the linear scan is the shorter way.
constexpr int kMaxRestarts = 3;
constexpr int kMaxAnchors = 4;

// What one position tells.
struct Sight {
  bool known = false;      // it was opened, or erased for, a lap that is known:
  std::uint32_t lap = 0;   // the last one it was opened under
  bool is_header = false;  // by its header
  bool erased = false;     // there is no header, and nothing in its place
  bool unopened = false;   // its open note is erased (not told by every look)
};

// Bisecting, positions as near as this to the end may be near the head, too.
constexpr std::uint32_t kNear = 8;

// The last few positions glanced at near the head: they are wanted twice.
class Memory {
 public:
  const Sight* Find(std::uint32_t index) const {
    for (const Entry& entry : entries_) {
      if (entry.used && entry.index == index) return &entry.sight;
    }
    return nullptr;
  }
  void Add(std::uint32_t index, const Sight& sight) {
    entries_[next_] = {true, index, sight};
    next_ = (next_ + 1) % kEntries;
  }

 private:
  static constexpr std::uint32_t kEntries = 4;
  struct Entry {
    bool used = false;
    std::uint32_t index = 0;
    Sight sight;
  };
  Entry entries_[kEntries];
  std::uint32_t next_ = 0;
};

class Searcher {
 public:
  // `guessing`: steps believe what they glance at.
  Searcher(BucketIo& io, bool guessing, Found& found)
      : io_(io), layout_(io.layout()), guessing_(guessing), found_(found) {}

  // Looks at one position's probe, at its clean mark too if `marks` and it is
  // erased. The newest header seen so far is remembered.
  Status Look(std::uint32_t index, bool marks, Sight& sight) {
    HeaderState state;
    Probe probe;
    NORLOG_TRY(io_.ReadProbe({index}, state, probe));
    Take(index, state, probe, sight);
    return sight.erased && marks ? LookAtMark(index, sight) : Status::kOk;
  }

  // The first position from `index` on that tells something: among the first
  // few, of which at most the window (and retired buckets) tell nothing when
  // the head is at the ring's end; else farther and farther out.
  Status Anchor(std::uint32_t& index, Sight& sight) {
    for (; index < layout_.bucket_count; index += index <= Reach() ? 1 : index) {
      NORLOG_TRY(Look(index, /*marks=*/true, sight));
      if (sight.known) return Status::kOk;
    }
    return Status::kOk;
  }

  // Narrows to the last position in [low, high) whose last lap is `lap`, which
  // that of `low` is. What tells nothing is passed over. `stale`: a greater lap
  // was met, so that `lap` cannot be the newest. Where the whole chip was wiped
  // `marks` tell more.
  Status Bisect(std::uint32_t& low, std::uint32_t high, std::uint32_t lap, bool marks,
                bool& stale) {
    stale = false;
    while (high - low > 1 && !stale) {
      const std::uint32_t middle = low + (high - low) / 2;
      std::uint32_t at = middle;
      Sight sight;
      NORLOG_TRY(Step(at, high, lap, marks, sight));
      stale = sight.known && sight.lap > lap;
      if (sight.known && sight.lap == lap) {
        low = at;
      } else {
        high = middle;
      }
    }
    return Status::kOk;
  }

  // Verifies what the bisection arrived at: a header that went bad, or does not
  // bear `lap`, is passed over.
  Status Confirm(std::uint32_t at, std::uint32_t lap) {
    for (std::uint32_t i = 0; i <= Reach(); ++i) {
      Sight sight;
      NORLOG_TRY(LookAtFront(at, sight));
      if ((sight.is_header && sight.lap == lap) || at == 0) break;
      --at;
    }
    return Status::kOk;
  }

  // Looks behind the newest bucket for a newer one (R8); `newer` if there is. What is not as the
  // lap before left it, behind something that is, was opened behind bad buckets: from there on as
  // many positions again (a reserve may stand there).
  Status LookBehind(bool& newer) {
    const BucketNumber start = found_.number;
    found_.begun_behind = 0;
    found_.looked_behind = Reach();
    missing_ = 0;
    bool header_before = false;
    for (std::uint32_t i = 1; i <= found_.looked_behind && i < layout_.bucket_count; ++i) {
      const BucketIndex index = layout_.IndexOf(start + i);
      Sight sight;
      NORLOG_TRY(Glance(index.value, /*marks=*/false, /*near=*/true, sight));
      const bool unopened = sight.unopened;
      if (sight.is_header && layout_.NumberOf(sight.lap, index) > start) {
        NORLOG_TRY(LookAtFront(index.value, sight));
      }
      if (!unopened && (i == 1 || !sight.is_header)) found_.begun_behind |= 1u << i;
      if (i + 1 >= Reach() && i <= Reach() && !sight.is_header) ++missing_;
      if (header_before && !sight.is_header && i <= Reach()) {
        found_.looked_behind = i + MaxStepsOver(layout_);
      }
      header_before = header_before || sight.is_header;
    }
    newer = found_.number > start;
    return Status::kOk;
  }

  // A second bucket must agree: one of the positions before the newest bears
  // the lap that belongs there. (Not so where a log begins.) And where it retains
  // the farthest two that were looked at, one of them must be there: else what was taken
  // for the window may be a hole in the middle of the log.
  Status CheckPredecessor() {
    const BucketNumber newest = found_.number;
    const std::uint64_t first = layout_.bucket_count;  // lap 1, index 0
    const BucketFront& front = found_.front;
    const bool begins =
        found_.has_front && front.state == HeaderState::kValid && front.header.tail == newest;
    bool agrees = begins || newest.value <= first;
    for (std::uint32_t i = 1; i <= Reach() && !agrees && newest.value >= first + i; ++i) {
      Sight sight;
      const BucketIndex index = layout_.IndexOf(newest - i);
      NORLOG_TRY(Glance(index.value, /*marks=*/true, /*near=*/false, sight));
      agrees = sight.known && layout_.NumberOf(sight.lap, index) == newest - i;
    }
    const bool retains = found_.has_front && front.state == HeaderState::kValid &&
                         newest + (Reach() - 1) >= front.header.tail + layout_.bucket_count;
    const bool hole = retains && missing_ == 2;
    found_.sure = agrees && !hole && found_.number == newest;
    return Status::kOk;
  }

  // Looks at notes and header, verified.
  Status LookAtFront(std::uint32_t index, Sight& sight) {
    BucketFront front;
    NORLOG_TRY(io_.ReadFront({index}, front));
    const HeaderState state = front.torn ? HeaderState::kValid : front.state;
    if (Take(index, state, front.header.probe, sight)) {
      found_.has_front = true;
      found_.front = front;
    }
    return Status::kOk;
  }

 private:
  // One past what an opening may step over.
  std::uint32_t Reach() const { return MaxStepsOver(layout_) + 1; }

  // What a verified header tells. True if it is the newest so far.
  bool Take(std::uint32_t index, HeaderState state, const Probe& probe, Sight& sight) {
    sight = {};
    sight.erased = state == HeaderState::kErased;
    if (state == HeaderState::kUnknown) found_.unknown_version = true;
    if (state != HeaderState::kValid) return false;
    if (probe.IsReserve()) {
      found_.reserve = true;
      return false;
    }
    sight.known = true;
    sight.is_header = true;
    sight.lap = probe.lap;
    const BucketNumber number = layout_.NumberOf(probe.lap, {index});
    if (found_.any && number < found_.number) return false;
    if (found_.any && number > found_.number) found_.has_front = false;
    found_.any = true;
    found_.number = number;
    found_.probe = probe;
    return true;
  }

  // Tells what a position seems to be; verified only if it seems to be
  // something out of the ordinary, or if the search no longer guesses. `near` the head
  // it is looked at more closely: what seems evicted may be newer, its lap short of a bit.
  Status Glance(std::uint32_t index, bool marks, bool near, Sight& sight) {
    const Sight* const seen = memory_.Find(index);
    if (seen != nullptr && (!marks || !seen->erased)) {
      sight = *seen;
      return Status::kOk;
    }
    HeaderState state = HeaderState::kUnknown;
    Probe probe;
    bool opening = true;
    if (guessing_) NORLOG_TRY(io_.ReadGlance({index}, near, state, probe, opening));
    if (state == HeaderState::kUnknown || probe.IsReserve()) {
      NORLOG_TRY(Look(index, marks, sight));
    } else {
      sight = {};
      sight.erased = state == HeaderState::kErased;
      sight.known = sight.is_header = state == HeaderState::kValid;
      sight.lap = probe.lap;
      if (sight.erased && marks) NORLOG_TRY(LookAtMark(index, sight));
    }
    sight.unopened = !opening;
    if (near) memory_.Add(index, sight);
    return Status::kOk;
  }

  // A step of the bisection: the first position from `at` on, below `high`, that
  // tells on which side of the head it is; else what the last one tells. Damaged
  // positions and retired ones, whose lap is older than can be, are passed over.
  // An erased one is behind the head, or retired: its neighbour tells. Where it
  // was learned that nothing but erased ones lies behind the head (a ring's first lap),
  // one is enough.
  Status Step(std::uint32_t& at, std::uint32_t high, std::uint32_t lap, bool marks, Sight& sight) {
    const std::uint32_t middle = at;
    for (bool erased_before = lap == 1 || blank_behind_;; ++at) {
      NORLOG_TRY(Glance(at, marks, /*near=*/high - at <= kNear, sight));
      if (sight.known && sight.lap > lap) NORLOG_TRY(Look(at, marks, sight));  // torn, most likely
      if (sight.known && sight.lap + 1 >= lap) return Status::kOk;
      if (sight.erased && !sight.known) {
        if (erased_before) {
          blank_behind_ = true;
          return Status::kOk;
        }
        erased_before = true;
      }
      if (at + 1 >= high || at >= middle + Reach()) break;
    }
    sight = {};
    return Status::kOk;
  }

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
  const bool guessing_;
  Found& found_;
  Memory memory_;
  std::uint32_t missing_ = 0;  // of the two positions farthest behind the newest bucket
  bool blank_behind_ = false;  // erased positions are those behind the head
};

// From an anchor to what seems the head.
Status Descend(Searcher& searcher, std::uint32_t buckets) {
  std::uint32_t anchor = 0;
  for (int i = 0; i < kMaxAnchors; ++i, ++anchor) {
    Sight sight;
    NORLOG_TRY(searcher.Anchor(anchor, sight));
    if (!sight.known) return Status::kOk;
    std::uint32_t low = anchor;
    bool stale = false;
    NORLOG_TRY(searcher.Bisect(low, buckets, sight.lap, /*marks=*/!sight.is_header, stale));
    if (stale) continue;
    return searcher.Confirm(low, sight.lap);
  }
  return Status::kOk;
}

Status Search(BucketIo& io, bool guessing, Found& found) {
  Searcher searcher(io, guessing, found);
  const std::uint32_t buckets = io.layout().bucket_count;
  NORLOG_TRY(Descend(searcher, buckets));
  for (int i = 0; found.any && i < kMaxRestarts; ++i) {
    bool newer = false;
    NORLOG_TRY(searcher.LookBehind(newer));
    if (!newer) return searcher.CheckPredecessor();
    std::uint32_t low = io.layout().IndexOf(found.number).value;
    const std::uint32_t lap = found.probe.lap;
    bool stale = false;
    NORLOG_TRY(searcher.Bisect(low, buckets, lap, /*marks=*/false, stale));
    NORLOG_TRY(searcher.Confirm(low, lap));
  }
  return Status::kOk;
}

// Narrows what a hint tells to a position; `sight` says whether a header with
// the lap of the hint's position stands there.
Status Narrow(Searcher& searcher, std::uint32_t buckets, const Hint& hint, Sight& sight) {
  std::uint32_t low = hint.index.value;
  if (hint.span > 0) {
    NORLOG_TRY(searcher.Look(low, /*marks=*/false, sight));
    if (!sight.is_header) return Status::kOk;
    const std::uint32_t left = buckets - low;
    const std::uint32_t high = hint.span < left ? low + hint.span + 1 : buckets;
    bool stale = false;
    NORLOG_TRY(searcher.Bisect(low, high, sight.lap, /*marks=*/false, stale));
  }
  return searcher.LookAtFront(low, sight);
}

Status TryHint(BucketIo& io, const Hint& hint, Found& found) {
  const std::uint32_t buckets = io.layout().bucket_count;
  if (!hint.present || hint.index.value >= buckets) return Status::kOk;
  Searcher searcher(io, /*guessing=*/true, found);
  Sight sight;
  NORLOG_TRY(Narrow(searcher, buckets, hint, sight));
  if (!found.any) return Status::kOk;
  bool newer = false;
  NORLOG_TRY(searcher.LookBehind(newer));
  if (newer) NORLOG_TRY(searcher.LookBehind(newer));
  return newer ? Status::kOk : searcher.CheckPredecessor();
}

}  // namespace

Status FindHeadLinear(BucketIo& io, Found& found) {
  found = {};
  Searcher searcher(io, /*guessing=*/false, found);
  for (std::uint32_t i = 0; i < io.layout().bucket_count; ++i) {
    Sight sight;
    NORLOG_TRY(searcher.Look(i, /*marks=*/false, sight));
  }
  found.looked_behind = 2 * MaxStepsOver(io.layout()) + 1;
  found.sure = true;
  return Status::kOk;
}

Status FindHead(BucketIo& io, const Hint& hint, bool exhaustive, Found& found) {
  found = {};
  NORLOG_TRY(TryHint(io, hint, found));
  if (!found.sure) {
    found = {};
    NORLOG_TRY(Search(io, /*guessing=*/true, found));
  }
  if (!found.sure && found.any) {
    found = {};
    NORLOG_TRY(Search(io, /*guessing=*/false, found));
  }
  if (found.sure || (!found.any && !exhaustive)) return Status::kOk;
  return FindHeadLinear(io, found);
}

}  // namespace norlog
