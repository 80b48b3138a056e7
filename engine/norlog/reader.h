// norlog/reader.h - reading a log in order, with a cursor that survives boots.
//
//   norlog::Reader reader(log, 0);
//   norlog::Record record;
//   while (reader.Next(record) == norlog::Status::kOk) Upload(record);
//   reader.Commit();                       // the next boot goes on behind it
//
// One Reader object per index at a time. Different readers may run in
// different threads, beside the writer (lock.h); one Reader is not for two
// threads at once.
#ifndef NORLOG_READER_H_
#define NORLOG_READER_H_

#include <cstdint>
#include <span>

#include "norlog/codec.h"
#include "norlog/core.h"
#include "norlog/frame.h"
#include "norlog/schema_lookup.h"
#include "norlog/status.h"
#include "norlog/types.h"

namespace norlog {

class Log;

struct Record {
  Sequence sequence;
  std::uint8_t tag = 0;
  std::int64_t time = 0;
  // Points into the reader's buffer: valid until its next call.
  std::span<const std::uint8_t> payload;
  // Only after MountReadOnly of an unclean log: the record stands in the last
  // frame, which a later writing mount may keep or drop.
  bool unconfirmed = false;
};

enum class GapCause : std::uint8_t {
  kEvicted,  // overwritten before this reader came to them
  kDamaged,  // on flash, but unreadable
};

// Records [first, last] are not returned.
struct Gap {
  Sequence first;
  Sequence last;
  GapCause cause = GapCause::kEvicted;
};

class Reader {
 public:
  // A reader with index 0 to Options::reader_count - 1. It starts behind its
  // committed cursor. The log must outlive it; after the log was closed,
  // mounted or formatted anew it answers kNotMounted: construct it anew.
  Reader(Log& log, int index);
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  // The next committed record, in sequence order. kOk: `record` is filled.
  // kNothingYet: none so far. kGap: gap() says which records are missing and
  // why; the next call goes on behind them. Each gap is told once. Also
  // kInvalidReader, kReaderDisabled, kNotMounted, kCannotDecode (encoded records
  // follow, and this Log has no Encoding or too small a model: Seek past them), or
  // a flash error (the position is then unchanged: call again).
  Status Next(Record& record);
  const Gap& gap() const { return gap_; }

  // Moves so that Next returns `sequence` (or tells the gap it fell into).
  // One past the last durable record is allowed; kBeyondEnd behind that. The
  // persistent cursor stays.
  Status Seek(Sequence sequence);

  // Moves to the oldest retained record and allows the next Commit to move the
  // cursor backwards.
  Status Rewind();

  // Persists the cursor: every record up to the last one returned counts as
  // read, for good. One small frame in the log. kCursorBackwards if that is
  // behind the committed cursor (only Rewind allows it); kFull under
  // kKeepUnread if the ring is full and this commit frees no bucket: the cursor
  // is then kept in RAM and becomes durable with the next commit that does (read
  // on, or let the other readers commit). Else as Log::Commit.
  Status Commit();

  // Forgets the position without committing it; the object can be used again
  // and then starts behind the committed cursor.
  void Close();

  // Shows `sink` the schemas that Next passes (null: none); typed_reader.h is built on it.
  void set_schema_sink(SchemaSink* sink) { schemas_ = sink; }

  // Where the record that Next returned last stands.
  const RecordPlace& place() const { return place_; }

  // Shows `sink` the schema of `tag` at place(), wherever in the log it is. The record's payload
  // is gone then: Seek to it and read it again. kNoSchema: there is none; a flash error.
  Status FindRecordSchema(std::uint8_t tag, SchemaSink& sink);

  // The record that Next looks for.
  Sequence position() const { return next_; }

 private:
  Status Prepare();
  Status Locate(const Shared& shared);
  Status TailSequence(Sequence& first);
  Status LoadBlock(const Shared& shared);
  Status GrowBlock(const Shared& shared, bool& grown);
  Status NextBlock(const Shared& shared);
  Status Step(const Shared& shared);
  bool TakeRecord(Record& record, Status& status);
  Status NextContent();
  void EnterFrame(const Frame& frame);
  void LeaveContent();
  Status ReportGap(Sequence last, GapCause cause);
  Status SkipEvicted();

  Core& core_;
  const int index_;
  bool open_ = false;
  std::uint32_t session_ = 0;  // of the log, in which this was opened
  bool rewound_ = false;
  bool located_ = false;
  Sequence next_;  // what Next looks for
  Gap gap_;

  // Where the window stands, and what is in it.
  BucketNumber number_;
  std::uint32_t block_ = 0;
  Offset loaded_end_ = 0;  // bucket offset behind the loaded image
  Offset limit_ = 0;       // frames from here on are dead, or not committed yet
  BlockWalker walker_;
  ContentReader content_;
  EncodedContent encoded_;
  bool in_content_ = false;
  bool is_encoded_ = false;     // the content is
  Status model_ = Status::kOk;  // why the block's further encoded frames can't be decoded
  ContentRecord ahead_;         // a record behind a gap that was just reported
  bool has_ahead_ = false;
  RecordPlace place_;
  SchemaSink* schemas_ = nullptr;
};

}  // namespace norlog

#endif  // NORLOG_READER_H_
