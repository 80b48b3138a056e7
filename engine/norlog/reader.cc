#include "norlog/reader.h"

#include "norlog/dead_frames.h"
#include "norlog/writer.h"

namespace norlog {
namespace {

// A copy of what the writer shows, taken under the state lock.
Shared Snapshot(const Core& core) {
  const LockGuard guard(core.lock(), LockKind::kState);
  return core.shared;
}

}  // namespace

Status Reader::Prepare() {
  if (index_ < 0 || index_ >= core_.options.reader_count) return Status::kInvalidReader;
  const Shared shared = Snapshot(core_);
  if (!shared.mounted) return Status::kNotMounted;
  if (open_ && session_ != shared.session) return Status::kNotMounted;
  session_ = shared.session;
  if (!shared.cursors.IsEnabled(index_)) return Status::kReaderDisabled;
  if (open_) return Status::kOk;
  next_ = shared.cursors.at[index_] + 1;
  located_ = false;
  in_content_ = false;
  has_ahead_ = false;
  rewound_ = false;
  open_ = true;
  return Status::kOk;
}

Status Reader::ReportGap(Sequence last, GapCause cause) {
  gap_ = {next_, last, cause};
  next_ = last + 1;
  return Status::kGap;
}

// The first sequence number of the oldest bucket whose header can be read.
Status Reader::TailSequence(Sequence& first) {
  const Shared shared = Snapshot(core_);
  bool readable = false;
  for (BucketNumber number = shared.tail; number <= shared.head && !readable; ++number) {
    const Status status = FirstSequenceOf(core_, number, readable, first);
    if (status != Status::kGap) NORLOG_TRY(status);  // else evicted meanwhile: the next
  }
  if (!readable) first = shared.next;
  return Status::kOk;
}

// The window's bucket was evicted: what is missing ends where the log begins.
// kOk if nothing is missing after all.
Status Reader::SkipEvicted() {
  LeaveContent();
  Sequence first;
  NORLOG_TRY(TailSequence(first));
  return first > next_ ? ReportGap(first - 1, GapCause::kEvicted) : Status::kOk;
}

// Puts the window on the newest bucket that may hold next_. kGap if that was
// evicted.
Status Reader::Locate(const Shared& shared) {
  BucketNumber low = shared.tail;
  BucketNumber high = shared.head + 1;
  bool readable = false;
  Sequence first;
  NORLOG_TRY(FirstSequenceOf(core_, low, readable, first));
  if (readable && first > next_) return Status::kGap;
  // In front of a copy that is not solid stands what it copies.
  const bool may_be_copied = next_ >= shared.unconfirmed;
  while (high - low > 1) {
    const BucketNumber middle = low + (high - low) / 2;
    BucketNumber at = middle;
    for (readable = false; at < high && !readable; ++at) {
      NORLOG_TRY(FirstSequenceOf(core_, at, readable, first));
    }
    if (readable && (first < next_ || (first == next_ && !may_be_copied))) {
      low = at - 1;
    } else {
      high = middle;
    }
  }
  number_ = low;
  block_ = 0;
  if (schemas_ != nullptr) schemas_->Forget();
  NORLOG_TRY(LoadBlock(shared));
  located_ = true;
  return Status::kOk;
}

// Loads the block at (number_, block_): whole, or up to the committed end.
Status Reader::LoadBlock(const Shared& shared) {
  const Layout& layout = core_.layout;
  const Offset begin = layout.BlockBegin(block_);
  loaded_end_ = begin;
  walker_ = BlockWalker(layout, core_.Seed(number_), block_, {});
  in_content_ = false;
  bool grown = false;
  return GrowBlock(shared, grown);
}

// Loads what the window's block has beyond what is loaded.
Status Reader::GrowBlock(const Shared& shared, bool& grown) {
  const Layout& layout = core_.layout;
  const bool is_head = number_ == shared.head && block_ == shared.head_block;
  const Offset end = is_head ? shared.head_end : layout.BlockEnd(block_);
  grown = end > loaded_end_;
  if (!grown) return Status::kOk;
  const Offset begin = layout.BlockBegin(block_);
  const std::span<std::uint8_t> image = core_.ReaderBuffer(index_).first(end - begin);
  NORLOG_TRY(core_.io.ReadRetained(number_, core_.shared.tail, loaded_end_,
                                   image.subspan(loaded_end_ - begin)));
  loaded_end_ = end;
  limit_ = kNoLimit;
  walker_.Extend(image);
  return is_head ? Status::kOk : FindDeadLimit(core_, shared, number_, block_, limit_);
}

// kNothingYet at the end of the log.
Status Reader::NextBlock(const Shared& shared) {
  BucketNumber number = number_;
  std::uint32_t block = block_ + 1;
  if (block == core_.layout.block_count) {
    ++number;
    block = 0;
  }
  if (number > shared.head || (number == shared.head && block > shared.head_block)) {
    return Status::kNothingYet;
  }
  if (number != number_ && schemas_ != nullptr) schemas_->Forget();
  number_ = number;
  block_ = block;
  return LoadBlock(shared);
}

// Nothing of the window counts any more; the position stays.
void Reader::LeaveContent() {
  located_ = false;
  in_content_ = false;
  has_ahead_ = false;
}

// The next record of the present frame into ahead_. kNothingYet: it has no more.
Status Reader::NextContent() {
  if (!is_encoded_) return content_.Next(ahead_) ? Status::kOk : Status::kNothingYet;
  if (Ok(model_)) {
    const Status status = core_.encoding->DecodeNext(core_.ReaderModel(index_), encoded_, ahead_);
    if (Ok(status) || status == Status::kNothingYet) return status;
    model_ = status;
  }
  // What no engine writes (kDamaged) is passed over: a gap.
  const bool wanted = encoded_.state.next + encoded_.left > next_;
  return wanted && model_ == Status::kCannotDecode ? model_ : Status::kNothingYet;
}

// Takes the next record out of the present frame, if there is one to return;
// one behind a gap stays in ahead_.
bool Reader::TakeRecord(Record& record, Status& status) {
  status = Status::kOk;
  while (has_ahead_ || Ok(status = NextContent())) {
    has_ahead_ = ahead_.sequence > next_;
    if (ahead_.sequence < next_) continue;
    record = {ahead_.sequence, ahead_.tag, ahead_.time, ahead_.payload, false};
    return true;
  }
  in_content_ = false;
  return false;
}

// A head frame begins a new model.
void Reader::EnterFrame(const Frame& frame) {
  if (frame.kind == FrameKind::kHead) {
    model_ = core_.encoding == nullptr ? Status::kCannotDecode : Status::kOk;
    if (Ok(model_)) core_.encoding->Reset(core_.ReaderModel(index_));
  }
  is_encoded_ = frame.encoded_count > 0;
  in_content_ = frame.has_content;
  place_ = {{number_, frame.offset}, frame.prefix.copy, frame.prefix.from};
  if (frame.kind == FrameKind::kSchema && schemas_ != nullptr) schemas_->OnSchema(frame.schema);
  if (is_encoded_) {
    encoded_ = EncodedContent(frame.prefix.codec, frame.encoded_count, frame.rest);
  } else {
    content_ = ContentReader(frame.prefix.codec, frame.first, frame.rest);
  }
}

// Brings the next frame with content into content_, or the next block into the
// window. kNothingYet at the committed end.
Status Reader::Step(const Shared& shared) {
  const BlockWalker before = walker_;
  Frame frame;
  if (walker_.Next(frame) && frame.offset < limit_) {
    EnterFrame(frame);
    return Status::kOk;
  }
  walker_ = before;
  bool grown = false;
  NORLOG_TRY(GrowBlock(shared, grown));
  return grown ? Status::kOk : NextBlock(shared);
}

Status Reader::Next(Record& record) {
  NORLOG_TRY(Prepare());
  for (;;) {
    // What is evicted is so for all readers at once, also what one has in RAM.
    if (in_content_ && number_ < Snapshot(core_).tail) LeaveContent();
    if (in_content_) {
      Status taken = Status::kOk;
      if (!TakeRecord(record, taken)) {
        if (taken != Status::kCannotDecode) continue;
        LeaveContent();
        return taken;
      }
      if (has_ahead_) return ReportGap(ahead_.sequence - 1, GapCause::kDamaged);
      record.unconfirmed = next_ >= Snapshot(core_).unconfirmed;
      ++next_;
      return Status::kOk;
    }
    const Shared shared = Snapshot(core_);
    if (next_ >= shared.next) return Status::kNothingYet;
    Status status = located_ ? Step(shared) : Locate(shared);
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
  LeaveContent();
  return Status::kOk;
}

Status Reader::Rewind() {
  NORLOG_TRY(Prepare());
  Sequence first;
  NORLOG_TRY(TailSequence(first));
  NORLOG_TRY(Seek(first));
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
  located_ = false;
  in_content_ = false;
  has_ahead_ = false;
  return FindSchema(core_, Snapshot(core_), place, tag, core_.ReaderBuffer(index_), sink);
}

void Reader::Close() {
  open_ = false;
}

}  // namespace norlog
