#include "norlog/reader.h"

#include "norlog/dead_frames.h"
#include "norlog/writer.h"

namespace norlog {

Status Reader::Prepare() {
  if (index_ < 0 || index_ >= core_.options.reader_count) return Status::kInvalidReader;
  const Shared shared = Snapshot(core_);
  if (!shared.mounted) return Status::kNotMounted;
  if (open_ && session_ != shared.session) return Status::kNotMounted;
  session_ = shared.session;
  if (!shared.cursors.IsEnabled(index_)) return Status::kReaderDisabled;
  if (open_) return Status::kOk;
  window_.SetBuffer(core_.ReaderBuffer(index_), core_.ReaderModel(index_));
  next_ = shared.cursors.at[index_] + 1;
  Leave();
  rewound_ = false;
  open_ = true;
  return Status::kOk;
}

// The window stands nowhere.
void Reader::Leave() {
  located_ = false;
  has_ahead_ = false;
  window_.LeaveContent();
}

Status Reader::ReportGap(Sequence last, GapCause cause) {
  gap_ = {next_, last, cause};
  next_ = last + 1;
  return Status::kGap;
}

// The window's bucket was evicted: what is missing ends where the log begins.
// kOk if nothing is missing after all.
Status Reader::SkipEvicted() {
  Leave();
  Beginning beginning;
  NORLOG_TRY(window_.FindBeginning(beginning));
  return beginning.first > next_ ? ReportGap(beginning.first - 1, GapCause::kEvicted) : Status::kOk;
}

// Puts the window on the newest bucket that may hold next_. kGap if that was
// evicted.
Status Reader::Locate(const Shared& shared) {
  Beginning beginning;
  NORLOG_TRY(window_.FindBeginning(beginning));
  if (beginning.sure && beginning.first > next_) return Status::kGap;
  BucketNumber number;
  NORLOG_TRY(window_.FindBucket(shared, shared.tail, next_, number));
  if (schemas_ != nullptr) schemas_->Forget();
  NORLOG_TRY(window_.Load(shared, number, 0));
  located_ = true;
  return Status::kOk;
}

// The next frame, or the next block. kNothingYet at the committed end.
Status Reader::Step(const Shared& shared) {
  const BucketNumber number = window_.number();
  Frame frame;
  NORLOG_TRY(window_.Step(shared, frame));
  if (window_.number() != number && schemas_ != nullptr) schemas_->Forget();
  if (frame.bytes == 0) return Status::kOk;
  place_ = {{number, frame.offset}, frame.prefix.copy, frame.prefix.from};
  if (frame.kind == FrameKind::kSchema && schemas_ != nullptr) schemas_->OnSchema(frame.schema);
  return Status::kOk;
}

// Takes the next record out of the present frame, if there is one to return;
// one behind a gap stays in ahead_.
bool Reader::TakeRecord(Record& record) {
  while (has_ahead_ || window_.Next(ahead_)) {
    has_ahead_ = ahead_.sequence > next_;
    if (ahead_.sequence < next_) continue;
    record = {ahead_.sequence, ahead_.tag, ahead_.time, ahead_.payload, false, ahead_.time};
    return true;
  }
  return false;
}

// Sets the record's time right. What SetClock said of it may stand far behind: to find
// that out costs the window, once a stretch of records; `lost` then: its block is
// gone through again.
Status Reader::SetRight(const Shared& shared, Record& record, bool& lost) {
  lost = false;
  if (clock_seen_ != shared.trail.last_clock) stretch_ = {};
  clock_seen_ = shared.trail.last_clock;
  if (!stretch_.Holds(record.sequence)) {
    const BucketNumber number = window_.number();
    const std::uint32_t block = window_.block();
    const ContentRecord found{record.sequence, record.tag, record.raw_time, record.payload};
    Status status = FindStretch(core_, shared, window_, found, stretch_, lost);
    if (Ok(status) && lost) status = window_.Load(shared, number, block);
    if (!Ok(status)) Leave();
    NORLOG_TRY(status);
  }
  record.time = AddOffset(record.raw_time, stretch_.offset);
  return Status::kOk;
}

Status Reader::Next(Record& record) {
  NORLOG_TRY(Prepare());
  for (;;) {
    // What is evicted is so for all readers at once, also what one has in RAM.
    const Shared shared = Snapshot(core_);
    if (located_ && window_.number() < shared.tail) Leave();
    Status status = Status::kOk;
    if (has_ahead_ || window_.in_content()) {
      if (!TakeRecord(record)) {
        if (!window_.Undecoded(next_)) continue;
        Leave();
        return Status::kCannotDecode;
      }
      if (next_ >= shared.next) {  // of a frame that is dead: what said so is damaged
        Leave();
        return Status::kNothingYet;
      }
      if (has_ahead_) {
        const Sequence end = ahead_.sequence < shared.next ? ahead_.sequence : shared.next;
        return ReportGap(end - 1, GapCause::kDamaged);
      }
      bool lost = false;
      status = SetRight(shared, record, lost);
      if (Ok(status) && lost) continue;
      if (Ok(status)) {
        record.unconfirmed = next_ >= shared.unconfirmed;
        ++next_;
        if (filter_.Takes(record.tag, record.time)) return Status::kOk;
        continue;
      }
    } else {
      if (next_ >= shared.next) return Status::kNothingYet;
      status = located_ ? Step(shared) : Locate(shared);
    }
    if (status == Status::kNothingYet) {
      // What is unconfirmed may read differently now than at the mount.
      if (next_ >= shared.unconfirmed) return Status::kNothingYet;
      const Sequence end = shared.unconfirmed < shared.next ? shared.unconfirmed : shared.next;
      return ReportGap(end - 1, GapCause::kDamaged);
    }
    if (status == Status::kGap) status = SkipEvicted();
    NORLOG_TRY(status);
  }
}

Status Reader::Seek(Sequence sequence) {
  NORLOG_TRY(Prepare());
  if (sequence > Snapshot(core_).next) return Status::kBeyondEnd;
  next_ = sequence.value == 0 ? Sequence{1} : sequence;
  Leave();
  return Status::kOk;
}

Status Reader::Rewind() {
  NORLOG_TRY(Prepare());
  Beginning beginning;
  NORLOG_TRY(window_.FindBeginning(beginning));
  NORLOG_TRY(Seek(beginning.first));
  rewound_ = true;
  return Status::kOk;
}

Status Reader::Commit() {
  NORLOG_TRY(Prepare());
  const LockGuard guard(core_.lock(), LockKind::kWriter);
  if (!core_.shared.mounted) return Status::kNotMounted;
  if (core_.read_only) return Status::kReadOnly;
  if (core_.exhausted) return Status::kExhausted;
  const Sequence cursor = next_ - 1;
  if (cursor < core_.shared.cursors.at[index_] && !rewound_) return Status::kCursorBackwards;
  core_.wanted.at[index_] = cursor;
  if (cursor != core_.shared.cursors.at[index_]) NORLOG_TRY(CommitCursors(core_));
  rewound_ = false;
  return Status::kOk;
}

Status Reader::FindRecordSchema(std::uint8_t tag, SchemaSink& sink) {
  const RecordPlace place = place_;
  Leave();
  return FindSchema(core_, Snapshot(core_), place, tag, core_.ReaderBuffer(index_), sink);
}

void Reader::Close() {
  open_ = false;
}

}  // namespace norlog
