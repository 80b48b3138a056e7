#include "norlog/erasing.h"

#include "norlog/session.h"

namespace norlog {

Status AwaitErase(Core& core) {
  if (!core.erase_goes_on) return Status::kOk;
  Status status = Status::kBusy;
  while (status == Status::kBusy) status = core.io.Busy();
  core.erase_goes_on = false;
  if (Ok(status)) {
    ++core.erasing_operation;
    return Status::kOk;
  }
  core.erasing = {};  // it is tried once more, in its turn
  return status == Status::kEraseError ? Status::kOk : status;
}

namespace {

// What is known of a bucket before it is erased for `number`.
struct Past {
  bool again = false;     // it was erased for this lap before: a cut, and not
                          // the ring's turn, makes it be erased again
  bool deny = false;      // what it holds may be taken for something once half erased
  bool headless = false;  // half erased: neither header nor mark, but perhaps frames
};

// A bucket in which nothing can be recognised was most likely left so by a cut.
Status LookAtPast(Core& core, BucketNumber number, Past& past) {
  const BucketIndex index = core.layout.IndexOf(number);
  HeaderState state;
  Probe probe;
  NORLOG_TRY(core.io.ReadProbe(index, state, probe));
  if (state == HeaderState::kValid && core.layout.NumberOf(probe.lap, index) >= number) {
    past.again = past.deny = true;
    return Status::kOk;
  }
  std::uint32_t marked_lap = 0;
  bool marked = false;
  NORLOG_TRY(core.io.ReadMark(index, marked, marked_lap));
  past.again = (marked && marked_lap >= core.layout.LapOf(number)) ||
               (state != HeaderState::kValid && core.layout.LapOf(number) > 1);
  past.deny = past.again || state != HeaderState::kValid;
  if (state == HeaderState::kValid || marked || !core.io.write_once()) return Status::kOk;
  bool has_head = false;
  return core.io.ReadBlockFront(index, 0, past.headless, has_head);
}

// The first frame of each block is no frame any more: without it none of the block is found.
// (Once the erase has been cut, the void note may be cut, too, when the next mount programs it
// again; and what was torn before it may read then. Where block 0 is untouched the others are,
// unless an erase was cut behind this.)
Status DenyFrames(Core& core, BucketIndex index) {
  for (std::uint32_t block = 0; block < core.layout.block_count; ++block) {
    bool touched = false;
    bool begun = false;
    NORLOG_TRY(core.io.ReadBlockFront(index, block, touched, begun));
    if (!touched && block == 0) return Status::kOk;
    if (!touched) continue;
    const Status status =
        core.io.ProgramZeros(index, core.layout.FramesBegin(block), core.layout.unit);
    if (status != Status::kProgramError) NORLOG_TRY(status);  // the other blocks all the same
  }
  return Status::kOk;
}

// First the mark, or where that can't be overwritten the open note: were the void
// note cut so that it reads blank, and the bucket still proved clean, it would be
// used as it is, and be void one day. (Not where it is `headless`: an open note without a
// void note would make it the newest bucket, which has lost its header; and it is not blank.)
Status Deny(Core& core, BucketIndex index, bool headless) {
  Status status = Status::kOk;
  if (!core.io.write_once()) {
    status = core.io.ProgramZeros(index, 0, core.layout.Up(kMarkBytes));
  } else if (!headless) {
    status = core.io.ProgramNote(index, core.layout.open_offset);
  }
  if (Ok(status)) status = core.io.ProgramNote(index, core.layout.void_offset);
  if (Ok(status) && !core.io.write_once()) status = DenyFrames(core, index);
  return status == Status::kProgramError ? Status::kOk : status;
}

// Counts a repeated erase. What such a bucket holds must not look like
// something while it is half erased: neither proved clean (its mark may bear
// the coming lap) nor like frames that count. The notes deny it, as far as
// write-once chips take them.
Status BeforeErase(Core& core, BucketNumber number, bool note_refused) {
  Past past;
  NORLOG_TRY(LookAtPast(core, number, past));
  NORLOG_TRY(core.io.Sync());  // what evicted it comes first
  if (!past.deny) return Status::kOk;
  if (past.again && core.erases_repeated != ~std::uint32_t{0}) ++core.erases_repeated;
  return note_refused ? Status::kOk : Deny(core, core.layout.IndexOf(number), past.headless);
}

Status BeginErase(Core& core, BucketNumber number, bool note_refused) {
  NORLOG_TRY(AwaitErase(core));
  NORLOG_TRY(BeforeErase(core, number, note_refused));
  core.erasing = number;
  core.erasing_operation = 0;
  return Status::kOk;
}

// Goes on with the bucket that is being erased, up to its mark: then it is
// `done`. If an operation fails it is not being erased any more. Waits for the
// chip only if `waits`.
Status GoOnErasing(Core& core, std::uint32_t& budget, bool waits, bool& done) {
  const BucketNumber number = core.erasing;
  const BucketIndex index = core.layout.IndexOf(number);
  done = false;
  while (core.erasing_operation < core.io.EraseOperations()) {
    Status status = Status::kOk;
    if (!core.erase_goes_on) {
      if (budget == 0) return Status::kOk;
      --budget;
      status = waits ? core.io.EraseOperation(index, core.erasing_operation)
                     : core.io.StartErase(index, core.erasing_operation, core.erase_goes_on);
    }
    if (core.erase_goes_on) {
      status = core.io.Busy();
      if (status == Status::kBusy) return Status::kOk;
      core.erase_goes_on = false;
    }
    if (!Ok(status)) core.erasing = {};
    NORLOG_TRY(status);
    ++core.erasing_operation;
  }
  core.erasing = {};
  NORLOG_TRY(core.io.VerifyErased(index, 0));
  NORLOG_TRY(core.io.Sync());  // no mark or header while what stood there may be back
  NORLOG_TRY(core.io.ProgramMark(index, core.layout.LapOf(number)));
  done = true;
  return Status::kOk;
}

}  // namespace

Status EndErase(Core& core) {
  NORLOG_TRY(AwaitErase(core));
  if (core.erasing_operation < core.io.EraseOperations() || core.erasing == BucketNumber{}) {
    return Status::kOk;
  }
  std::uint32_t budget = 0;
  bool done = false;
  const Status status = GoOnErasing(core, budget, /*waits=*/true, done);
  return IsBadBucket(status) ? Status::kOk : status;
}

Status LookAtErase(Core& core) {
  const Status status = core.erase_goes_on ? core.io.Busy() : Status::kOk;
  return status == Status::kEraseError ? Status::kOk : status;
}

Status EraseAndMark(Core& core, BucketNumber number, bool note_refused) {
  NORLOG_TRY(AwaitErase(core));
  const BucketNumber sliced = core.erasing;
  const std::uint32_t operation = core.erasing_operation;
  if (sliced != number) NORLOG_TRY(BeginErase(core, number, note_refused));
  std::uint32_t budget = ~std::uint32_t{0};
  bool done = false;
  const Status status = GoOnErasing(core, budget, /*waits=*/true, done);
  if (sliced == number) return status;
  core.erasing = sliced;
  core.erasing_operation = operation;
  return status;
}

namespace {

bool IsSet(const Core& core, std::uint32_t mask, BucketNumber number) {
  const std::uint64_t ahead = number - core.head.number - 1;
  return number > core.head.number && ahead < 32 && ((mask >> ahead) & 1) != 0;
}

bool KnownClean(const Core& core, BucketNumber number) {
  return IsSet(core, core.clean_mask, number);
}

// Whether a bucket that an earlier session left is proved clean.
Status FoundClean(Core& core, BucketNumber number, bool& clean) {
  clean = false;
  if (core.distrust_marks) return Status::kOk;
  return core.io.ReadClean(core.layout.IndexOf(number), core.layout.LapOf(number), clean);
}

}  // namespace

bool KnownBad(const Core& core, BucketNumber number) {
  return IsSet(core, core.bad_mask, number);
}

bool IsNextClean(const Core& core) {
  BucketNumber next = core.head.number + 1;
  while (KnownBad(core, next)) ++next;  // it will be stepped over
  return KnownClean(core, next);
}

Status PrepareClean(Core& core, BucketNumber number) {
  if (KnownClean(core, number)) return Status::kOk;
  if (core.erasing == number) return EraseAndMark(core, number);
  bool clean = false;
  NORLOG_TRY(FoundClean(core, number, clean));
  return clean ? Status::kOk : EraseAndMark(core, number);
}

namespace {

// Whether what bucket `number` held a lap ago is evicted.
bool IsEvicted(const Core& core, BucketNumber number) {
  return number.value < core.layout.bucket_count ||
         number - core.layout.bucket_count < core.shared.tail;
}

// Keeps for this session how the erase of a bucket behind the head ended.
void Remember(Core& core, BucketNumber number, Status status) {
  const std::uint64_t ahead = number - core.head.number - 1;
  if (ahead < 32) (Ok(status) ? core.clean_mask : core.bad_mask) |= std::uint32_t{1} << ahead;
}

// One slice of erasing bucket `number`; `done` once it is clean.
Status EraseSlice(Core& core, BucketNumber number, std::uint32_t& budget, bool& done) {
  done = false;
  if (core.erasing != number) {
    NORLOG_TRY(FoundClean(core, number, done));
    if (done || budget == 0) return Status::kOk;
    NORLOG_TRY(LeaveTrace(core));
    NORLOG_TRY(BeginErase(core, number, /*note_refused=*/false));
  }
  return GoOnErasing(core, budget, /*waits=*/false, done);
}

}  // namespace

Status EraseAhead(Core& core, std::uint32_t max_erases) {
  // A bucket of copies has evicted nothing yet: its window is one shorter.
  std::uint32_t depth = core.options.erase_ahead;
  for (std::uint32_t k = 0; k < depth && k <= MaxStepsOver(core.layout); ++k) {
    const BucketNumber number = core.head.number + 1 + k;
    if (core.layout.LapOf(number) > kMaxLap) return Status::kNothingYet;
    if (KnownClean(core, number)) continue;
    if (KnownBad(core, number)) {
      ++depth;
      continue;
    }
    if (!IsEvicted(core, number) || number == core.kept_position) break;
    bool done = false;
    const Status status = EraseSlice(core, number, max_erases, done);
    if (IsBadBucket(status)) {
      ++depth;  // retired: the opening will step over it
    } else {
      NORLOG_TRY(status);
      if (!done) return Status::kOk;
    }
    Remember(core, number, status);
  }
  return Status::kNothingYet;
}

Status EraseOutOfTurn(Core& core, BucketNumber number) {
  if (KnownBad(core, number)) return Status::kOk;
  const Status status = EraseAndMark(core, number);
  if (!IsBadBucket(status)) NORLOG_TRY(status);
  Remember(core, number, status);
  return Status::kOk;
}

Status EraseDoubtful(Core& core, BucketNumber but) {
  if (!core.io.write_once()) return Status::kOk;
  std::uint32_t depth = core.options.erase_ahead;
  for (std::uint32_t k = 0; k < depth && k <= MaxStepsOver(core.layout); ++k) {
    const BucketNumber number = core.head.number + 1 + k;
    if (core.layout.LapOf(number) > kMaxLap || !IsEvicted(core, number)) break;
    if (KnownClean(core, number) || number == but) continue;
    HeaderState state;
    Probe probe;
    NORLOG_TRY(core.io.ReadProbe(core.layout.IndexOf(number), state, probe));
    const bool as_it_was = state == HeaderState::kValid && probe.lap < core.layout.LapOf(number);
    if (as_it_was) continue;
    NORLOG_TRY(EraseOutOfTurn(core, number));
    if (KnownBad(core, number)) ++depth;  // retired: what is behind it is opened in its stead
  }
  return Status::kOk;
}

}  // namespace norlog
