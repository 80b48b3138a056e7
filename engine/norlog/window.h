// norlog/window.h - one block of the log in RAM, frame by frame: what readers and
// queries look through. Knows which frames are dead and what is evicted; does not
// know what is looked for.
#ifndef NORLOG_WINDOW_H_
#define NORLOG_WINDOW_H_

#include <cstdint>
#include <span>

#include "norlog/codec.h"
#include "norlog/core.h"
#include "norlog/frame.h"
#include "norlog/status.h"
#include "norlog/types.h"

namespace norlog {

// A copy of what the writer shows, taken under the state lock.
Shared Snapshot(const Core& core);

class Window {
 public:
  // Nothing is in the window at first.
  explicit Window(Core& core) : core_(core) {}
  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;

  // The window's memory from now on: a block.
  void SetBuffer(std::span<std::uint8_t> buffer) { buffer_ = buffer; }

  // Brings a block into the window: whole, or up to the committed end. kGap: its
  // bucket was evicted. Each call below that reads may answer that.
  Status Load(const Shared& shared, BucketNumber number, std::uint32_t block);

  // The newest bucket whose header says that it may hold `sequence`; `low` if
  // none does. `low` must be retained.
  Status FindBucket(const Shared& shared, BucketNumber low, Sequence sequence,
                    BucketNumber& number);

  // Takes the next frame: it is given, and Next goes through its records. Where the
  // block (as far as it was loaded) has no more, loads the next one or what was
  // committed since: then frame.bytes is 0. kNothingYet at the committed end.
  Status Step(const Shared& shared, Frame& frame);

  // The same without leaving the block: kNothingYet at its end.
  Status StepInBlock(const Shared& shared, Frame& frame);

  // The next record of the present frame; false at its end.
  bool Next(ContentRecord& record) { return in_content_ && (in_content_ = content_.Next(record)); }

  // True while records of a frame may be left.
  bool in_content() const { return in_content_; }
  void LeaveContent() { in_content_ = false; }

  // Back to the block's first frame, without reading it again.
  void Restart();

  BucketNumber number() const { return number_; }
  std::uint32_t block() const { return block_; }

 private:
  Status Grow(const Shared& shared, bool& grown);
  Status NextBlock(const Shared& shared);

  Core& core_;
  std::span<std::uint8_t> buffer_;
  BucketNumber number_;
  std::uint32_t block_ = 0;
  Offset loaded_end_ = 0;  // bucket offset behind the loaded image
  Offset limit_ = 0;       // frames from here on are dead, or not committed yet
  BlockWalker walker_;
  ContentReader content_;
  bool in_content_ = false;
};

}  // namespace norlog

#endif  // NORLOG_WINDOW_H_
