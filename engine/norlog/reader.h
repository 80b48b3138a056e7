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

#include "norlog/clock.h"
#include "norlog/codec.h"
#include "norlog/core.h"
#include "norlog/filter.h"
#include "norlog/record.h"
#include "norlog/schema_lookup.h"
#include "norlog/status.h"
#include "norlog/types.h"
#include "norlog/window.h"

namespace norlog {

class Log;

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

  // From now on Next only returns records that `filter` takes; gaps are told all
  // the same. Those passed over count as read: a filtered download goes on where
  // its cursor was committed. Set it again after each boot.
  void SetFilter(const Filter& filter) { filter_ = filter; }

  // Moves so that Next returns `sequence` (or tells the gap it fell into).
  // One past the last durable record is allowed; kBeyondEnd behind that. The
  // persistent cursor stays.
  Status Seek(Sequence sequence);

  // Moves to the oldest retained record (behind damage the oldest that can be read) and
  // allows the next Commit to move the cursor backwards.
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
  Status Step(const Shared& shared);
  bool TakeRecord(Record& record);
  Status ReportGap(Sequence last, GapCause cause);
  Status SetRight(const Shared& shared, Record& record, bool& lost);
  Status SkipEvicted();
  void Leave();

  Core& core_;
  const int index_;
  bool open_ = false;
  std::uint32_t session_ = 0;  // of the log, in which this was opened
  bool rewound_ = false;
  bool located_ = false;
  Sequence next_;  // what Next looks for
  Gap gap_;

  Window window_;
  Filter filter_;
  Stretch stretch_;      // of the record that was returned last
  Sequence clock_seen_;  // Shared::last_clock when it was found
  ContentRecord ahead_;  // a record behind a gap that was just reported
  bool has_ahead_ = false;
  RecordPlace place_;
  SchemaSink* schemas_ = nullptr;
};

}  // namespace norlog

#endif  // NORLOG_READER_H_
