#include "norlog/window.h"

#include "norlog/dead_frames.h"
#include "norlog/time_index.h"

// (noinline: see mount.cc.)
namespace norlog {

Shared Snapshot(const Core& core) {
  const LockGuard guard(core.lock(), LockKind::kState);
  return core.shared;
}

namespace {

// The first bucket behind the oldest position that has a header, and what that says.
[[gnu::noinline]] Status AskNextHeader(Core& core, const Shared& shared, BucketNumber& number,
                                       Beginning& beginning) {
  Claim claim;
  NORLOG_TRY(NextClaim(core, shared, shared.tail + 1, claim));
  number = claim.number;
  beginning = {claim.first, claim.previous < shared.tail};
  return Status::kOk;
}

}  // namespace

Status Window::FindBeginning(Beginning& beginning) {
  Status status = Status::kGap;
  while (status == Status::kGap) {  // evicted meanwhile: look anew
    const Shared shared = Snapshot(core_);
    status = FirstSequenceOf(core_, shared, shared.tail, beginning.sure, beginning.first);
    if (Ok(status) && !beginning.sure) status = BeginBehind(shared, beginning);
  }
  return status;
}

// The same where the oldest position has no header: the first header behind it tells
// whether it was stepped over, else the head frames that are left tell what they begin with.
Status Window::BeginBehind(const Shared& shared, Beginning& beginning) {
  BucketNumber end;
  NORLOG_TRY(AskNextHeader(core_, shared, end, beginning));
  for (BucketNumber number = shared.tail; !beginning.sure && number < end; ++number) {
    for (std::uint32_t block = 0; block < core_.layout.block_count; ++block) {
      if (number == shared.head && block > shared.head_block) return Status::kOk;
      NORLOG_TRY(Load(shared, number, block));
      const Status status = TakeBeginning(shared, beginning.first);
      // Only what the oldest position begins with is sure.
      if (Ok(status)) beginning.sure = number == shared.tail && block == 0;
      if (status != Status::kNothingYet) return status;
    }
  }
  return Status::kOk;
}

// What the window's block begins with.
[[gnu::noinline]] Status Window::TakeBeginning(const Shared& shared, Sequence& first) {
  Frame frame;
  NORLOG_TRY(StepInBlock(shared, frame));
  LeaveContent();                                    // nobody has asked for it
  if (frame.bytes == 0) return Status::kNothingYet;  // committed meanwhile
  first = frame.prefix.codec.next;
  return Status::kOk;
}

Status Window::FindBucket(const Shared& shared, BucketNumber low, Sequence sequence,
                          BucketNumber& number) {
  // In front of a copy that is not solid stands what it copies.
  const bool may_be_copied = sequence >= shared.unconfirmed;
  BucketNumber high = shared.head + 1;
  bool readable = false;
  Sequence first;
  while (high - low > 1) {
    const BucketNumber middle = low + (high - low) / 2;
    BucketNumber at = middle;
    for (readable = false; at < high && !readable; ++at) {
      NORLOG_TRY(FirstSequenceOf(core_, shared, at, readable, first));
    }
    if (readable && (first < sequence || (first == sequence && !may_be_copied))) {
      low = at - 1;
    } else {
      high = middle;
    }
  }
  number = low;
  return Status::kOk;
}

Status Window::Load(const Shared& shared, BucketNumber number, std::uint32_t block) {
  const Layout& layout = core_.layout;
  number_ = number;
  block_ = block;
  const Offset begin = layout.BlockBegin(block_);
  loaded_end_ = begin;
  walker_ = BlockWalker(layout, core_.Seed(number_), block_, {});
  in_content_ = false;
  is_encoded_ = false;
  bool grown = false;
  return Grow(shared, grown);
}

// Loads what the window's block has beyond what is loaded.
Status Window::Grow(const Shared& shared, bool& grown) {
  const Layout& layout = core_.layout;
  const bool is_head = number_ == shared.head && block_ == shared.head_block;
  const Offset end = is_head ? shared.head_end : layout.BlockEnd(block_);
  grown = end > loaded_end_;
  if (!grown) return Status::kOk;
  const Offset begin = layout.BlockBegin(block_);
  const std::span<std::uint8_t> image = buffer_.first(end - begin);
  NORLOG_TRY(core_.io.ReadRetained(number_, core_.shared.tail, loaded_end_,
                                   image.subspan(loaded_end_ - begin)));
  loaded_end_ = end;
  limit_ = kNoLimit;
  walker_.Extend(image);
  return is_head ? Status::kOk : FindDeadLimit(core_, shared, number_, block_, limit_);
}

// kNothingYet at the end of the log.
Status Window::NextBlock(const Shared& shared) {
  BucketNumber number = number_;
  std::uint32_t block = block_ + 1;
  if (block == core_.layout.block_count) {
    ++number;
    block = 0;
  }
  if (number > shared.head || (number == shared.head && block > shared.head_block)) {
    return Status::kNothingYet;
  }
  return Load(shared, number, block);
}

Status Window::StepInBlock(const Shared& shared, Frame& frame) {
  const BlockWalker before = walker_;
  if (walker_.Next(frame) && frame.offset < limit_) {
    Enter(frame);
    return Status::kOk;
  }
  walker_ = before;
  frame.bytes = 0;
  bool grown = false;
  NORLOG_TRY(Grow(shared, grown));
  return grown ? Status::kOk : Status::kNothingYet;
}

void Window::Restart() {
  const std::uint32_t bytes = loaded_end_ - core_.layout.BlockBegin(block_);
  walker_ = BlockWalker(core_.layout, core_.Seed(number_), block_, buffer_.first(bytes));
  in_content_ = false;
  is_encoded_ = false;
}

bool Window::Next(Outlook& outlook, ContentRecord& record) const {
  for (;;) {
    if (outlook.in_content && outlook.content.Next(record)) return true;
    Frame frame;
    if (!outlook.walker.Next(frame) || frame.offset >= limit_) return false;
    outlook.in_content = frame.has_content && frame.encoded_count == 0;
    outlook.content = ContentReader(frame.prefix.codec, frame.first, frame.rest);
  }
}

// A head frame begins a new model.
void Window::Enter(const Frame& frame) {
  if (frame.kind == FrameKind::kHead) {
    model_status_ = core_.encoding == nullptr ? Status::kCannotDecode : Status::kOk;
    if (Ok(model_status_)) core_.encoding->Reset(model_);
  }
  in_content_ = frame.has_content;
  is_encoded_ = frame.encoded_count > 0;
  if (is_encoded_) {
    encoded_ = EncodedContent(frame.prefix.codec, frame.encoded_count, frame.rest);
  } else {
    content_ = ContentReader(frame.prefix.codec, frame.first, frame.rest);
  }
}

bool Window::NextEncoded(ContentRecord& record) {
  if (!Ok(model_status_)) return false;
  const Status status = core_.encoding->DecodeNext(model_, encoded_, record);
  if (!Ok(status) && status != Status::kNothingYet) model_status_ = status;
  return Ok(status);
}

bool Window::Next(ContentRecord& record) {
  if (in_content_) in_content_ = is_encoded_ ? NextEncoded(record) : content_.Next(record);
  return in_content_;
}

bool Window::Undecoded(Sequence from) const {
  return is_encoded_ && model_status_ == Status::kCannotDecode &&
         encoded_.state.next + encoded_.left > from;
}

Status Window::Step(const Shared& shared, Frame& frame) {
  const Status status = StepInBlock(shared, frame);
  return status == Status::kNothingYet ? NextBlock(shared) : status;
}

}  // namespace norlog
