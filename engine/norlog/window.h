// norlog/window.h - one block of the log in RAM, frame by frame: what readers and
// queries look through. Knows which frames are dead and what is evicted; does not
// know what is looked for.
#ifndef NORLOG_WINDOW_H_
#define NORLOG_WINDOW_H_

#include <cstdint>
#include <span>

#include "norlog/codec.h"
#include "norlog/core.h"
#include "norlog/encoding.h"
#include "norlog/frame.h"
#include "norlog/status.h"
#include "norlog/types.h"

namespace norlog {

// A copy of what the writer shows, taken under the state lock.
Shared Snapshot(const Core& core);

// Where the log begins.
struct Beginning {
  Sequence first;     // the oldest record that can be read, or a lower bound of it
  bool sure = false;  // all records below it are evicted; else some may be damaged
};

class Window {
 public:
  // Nothing is in the window at first.
  explicit Window(Core& core) : core_(core) {}
  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;

  // The window's memory from now on: a block, and a model where the log is encoded.
  void SetBuffer(std::span<std::uint8_t> buffer, const ModelMemory& model) {
    buffer_ = buffer;
    model_ = model;
  }

  // Brings a block into the window: whole, or up to the committed end. kGap: its
  // bucket was evicted. Each call below that reads may answer that.
  Status Load(const Shared& shared, BucketNumber number, std::uint32_t block);

  // The log's beginning at present. What is in the window is lost where the oldest
  // position has no header (it was stepped over, or is damaged).
  Status FindBeginning(Beginning& beginning);

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

  // Loads the block behind. kNothingYet at the end of the log.
  Status NextBlock(const Shared& shared);

  // The next record of the present frame; false at its end. An encoded record's
  // payload stands until the next call. All records of an encoded frame have to be
  // taken before those of another one.
  bool Next(ContentRecord& record);

  // True if the present frame ended because it can't be decoded (kCannotDecode), before
  // a record with this number or a later one. (What no engine writes is passed over.)
  bool Undecoded(Sequence from) const;

  // True while records of a frame may be left.
  bool in_content() const { return in_content_; }
  void LeaveContent() { in_content_ = false; }

  // Back to the block's first frame, without reading it again.
  void Restart();

  // Looks ahead in the window's block, from the present place on, without moving it:
  // at records that are not encoded.
  struct Outlook {
    BlockWalker walker;
    ContentReader content;
    bool in_content = false;
  };
  Outlook Ahead() const { return {walker_, content_, in_content_ && !is_encoded_}; }
  bool Next(Outlook& outlook, ContentRecord& record) const;

  BucketNumber number() const { return number_; }
  std::uint32_t block() const { return block_; }

 private:
  Status Grow(const Shared& shared, bool& grown);
  Status BeginBehind(const Shared& shared, Beginning& beginning);
  Status TakeBeginning(const Shared& shared, Sequence& first);
  void Enter(const Frame& frame);
  bool NextEncoded(ContentRecord& record);

  Core& core_;
  std::span<std::uint8_t> buffer_;
  BucketNumber number_;
  std::uint32_t block_ = 0;
  Offset loaded_end_ = 0;  // bucket offset behind the loaded image
  Offset limit_ = 0;       // frames from here on are dead, or not committed yet
  BlockWalker walker_;
  ContentReader content_;
  ModelMemory model_;
  EncodedContent encoded_;
  bool in_content_ = false;
  bool is_encoded_ = false;            // the content is
  Status model_status_ = Status::kOk;  // why the block's further encoded frames can't be decoded
};

}  // namespace norlog

#endif  // NORLOG_WINDOW_H_
