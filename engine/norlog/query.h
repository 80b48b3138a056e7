// norlog/query.h - the records of a span of time, of some tags, or the newest ones.
//
//   std::uint8_t buffer[norlog::QueryMemory(kOptions)];
//   norlog::Query query(log, {.from_time = t0, .to_time = t1, .tags = {3}}, buffer);
//   norlog::Record record;
//   while (query.Next(record) == norlog::Status::kOk) Show(record);
//
// Exact whatever the clock did: what comes is what a filter over a full read
// would leave. Where times only rise it costs a binary search over the headers
// and the blocks that hold the answer; each step back of the clock costs one
// more search. A query is no reader: it has no cursor and pins nothing.
//
// In order of time (kByTime) it goes over the span several times, each time
// collecting the next records in that order, as many as it has memory for.
#ifndef NORLOG_QUERY_H_
#define NORLOG_QUERY_H_

#include <cstdint>
#include <span>

#include "norlog/clock.h"
#include "norlog/core.h"
#include "norlog/filter.h"
#include "norlog/record.h"
#include "norlog/status.h"
#include "norlog/time_index.h"
#include "norlog/types.h"
#include "norlog/window.h"

namespace norlog {

class Log;

enum class QueryOrder : std::uint8_t {
  kBySequence,  // as the records were appended
  kBackwards,   // the newest first
  kByTime,      // the oldest time first; of equal times as they were appended
};

// The RAM that a query needs, bytes: a block, and a model where the log is encoded.
// Under kByTime additionally kByTimeBytes for each record that it is to collect at a
// time, one at least: twice as many halve the number of passes.
inline constexpr std::uint32_t kByTimeBytes = 16;
constexpr std::size_t QueryMemory(const Options& options, std::size_t by_time = 0) {
  return options.block_bytes + ModelBytes(options) + by_time * kByTimeBytes;
}

struct QuerySpec {
  std::int64_t from_time = INT64_MIN;  // both ends belong to the span
  std::int64_t to_time = INT64_MAX;
  TagSet tags = TagSet::All();
  QueryOrder order = QueryOrder::kBySequence;
  bool raw_times = false;  // times as they were appended, whatever SetClock said later
};

class Query {
 public:
  // `buffer` has QueryMemory(options) bytes or more; it and the log must outlive the
  // query. One Query is not for two threads at once; beside the writer it may run.
  Query(Log& log, const QuerySpec& spec, std::span<std::uint8_t> buffer);
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  // kOk: `record` is filled; its payload points into the buffer, until the next
  // call. kNothingYet: no more so far; a query that is not backwards may be asked
  // again when more was committed (by time it then gives what is not before the last
  // one it gave). kGap: gap() says which records cannot be looked at any more
  // (evicted while the query ran, or damaged where it read); the next call goes on
  // behind them. Also kBadMemory, kNotMounted (the log was closed, mounted or
  // formatted anew), kCannotDecode (records that are encoded, and this Log has no
  // Encoding or too small a model: the query ends), or a flash error (call again).
  Status Next(Record& record);
  const Gap& gap() const { return gap_; }

 private:
  Status Begin(const Shared& shared);
  bool Wants(const ContentRecord& record, std::int64_t time) const;
  void Fill(const ContentRecord& found, const Shared& shared, Record& record) const;
  Status LoadAt(const Shared& shared, BucketNumber number, std::uint32_t block);
  Status SettleStretch(const Shared& shared, Sequence sequence);
  Status SettleStretch(const Shared& shared, const ContentRecord& record);
  std::int64_t TimeOf(std::int64_t time) const { return AddOffset(time, stretch_.offset); }
  bool InLog(const Shared& shared, BucketNumber number, std::uint32_t block) const;
  Status MayHold(const Shared& shared, BucketNumber number, std::uint32_t block, bool& may);
  Status LoadTags(const Shared& shared, BucketNumber number);
  Status Evicted();

  Status NextForward(const Shared& first_look, Record& record);
  Status Take(const Shared& shared, Record& record);
  Status Enter(const Shared& shared);
  Status Advance(const Shared& shared);
  Status Walk(const Shared& shared, BucketNumber number, std::uint32_t block);
  Status Pass(const Shared& shared, BucketNumber number, bool late, bool& moved);
  Status Land(const Shared& shared, const Claim& claim, bool late, bool& landed);
  Status GuessBlock(const Shared& shared, BucketNumber number, Sequence wanted,
                    std::uint32_t& block);
  bool BeginsBefore(std::span<const std::uint8_t> front, Sequence wanted) const;

  Status NextBackward(const Shared& first_look, Record& record);
  Status ScanBlock(const Shared& shared, Sequence& oldest, Sequence& newest, Sequence& wanted);
  Status LastOfBlock(const Shared& shared, Record& record);
  Status FindNewest(const Shared& shared, BucketNumber end, BucketNumber& number);
  Status PlaceBefore(const Shared& shared);
  Status LeaveBucket(const Shared& shared, BucketNumber& number);
  Status PassBack(const Shared& shared, const Claim& claim, BucketNumber& number, bool& moved);
  Status EndBackwards();
  Status Opened(const Shared& shared, BucketNumber number, bool& opened);

  Status NextByTime(Record& record);
  Status Collect();
  Status Give(Record& record);
  Status Fetch(const Shared& shared, Sequence wanted, Record& record);
  Status FindFrom(const Shared& shared, Sequence wanted, bool beyond, Record& record);
  void BeginPass();
  void Insert(std::int64_t time, Sequence sequence);
  void PutItem(std::uint32_t index, std::int64_t time, Sequence sequence);
  std::uint8_t* Item(std::uint32_t index) const;
  std::int64_t ItemTime(std::uint32_t index) const;
  Sequence ItemSequence(std::uint32_t index) const;
  std::uint32_t ItemRoom() const;

  Core& core_;
  const QuerySpec spec_;
  // The span that is wanted at present: that of spec_, or by time a part of it.
  std::int64_t from_time_;
  std::int64_t to_time_;
  const std::span<std::uint8_t> buffer_;
  Window window_;
  bool begun_ = false;
  std::uint32_t session_ = 0;
  bool located_ = false;  // the window stands where the query is
  bool told_ = false;     // gap_ was just filled
  Gap gap_;

  // Forward: records below are done with. Backwards: so are those from here on.
  Sequence next_;               // 0: the beginning of the log
  bool seen_ = false;           // forward: the record before next_ was seen; this is
  std::int64_t seen_time_ = 0;  // its time

  Stretch stretch_;       // of the records about to be looked at
  Sequence clock_seen_;   // Shared::last_clock when it was found
  Claim above_;           // the last claim that was read for LoadTags
  BucketNumber tags_of_;  // the bucket of which `tags_` tells the blocks
  std::uint8_t tags_[kMaxBlocksPerBucket] = {};
  bool at_end_ = false;  // backwards: nothing older is left
  Sequence oldest_;      // backwards: the oldest record when the query began

  // By time: records collected in this pass, and how many of them were given.
  bool collected_ = false;
  std::uint32_t item_count_ = 0;
  std::uint32_t item_at_ = 0;
  std::int64_t last_time_ = INT64_MIN;  // of the record that was given last
  Sequence last_;                       // its number
  Sequence told_until_;                 // gaps up to here were told
  BucketNumber tail_;                   // when the pass began
};

// The newest record with this tag: a backward query's first. `buffer` has
// QueryMemory(options) bytes. kNotRetained: none that is still in the log (never appended, or
// evicted). At most 2 log2 N + 8 reads where no other tag in use is equal to it mod 8.
Status LatestOf(Log& log, std::uint8_t tag, std::span<std::uint8_t> buffer, Record& record);

}  // namespace norlog

#endif  // NORLOG_QUERY_H_
