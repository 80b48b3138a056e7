// norlog/query.h - the records of a span of time, of some tags, or the newest ones.
//
//   std::uint8_t block[kOptions.block_bytes];
//   norlog::Query query(log, {.from_time = t0, .to_time = t1, .tags = {3}}, block);
//   norlog::Record record;
//   while (query.Next(record) == norlog::Status::kOk) Show(record);
//
// Exact whatever the clock did: what comes is what a filter over a full read
// would leave. Where times only rise it costs a binary search over the headers
// and the blocks that hold the answer; each step back of the clock costs one
// more search. A query is no reader: it has no cursor and pins nothing.
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
};

struct QuerySpec {
  std::int64_t from_time = INT64_MIN;  // both ends belong to the span
  std::int64_t to_time = INT64_MAX;
  TagSet tags = TagSet::All();
  QueryOrder order = QueryOrder::kBySequence;
  bool raw_times = false;  // times as they were appended, whatever SetClock said later
};

class Query {
 public:
  // `buffer` holds a block (Options::block_bytes); it and the log must outlive the
  // query. One Query is not for two threads at once; beside the writer it may run.
  Query(Log& log, const QuerySpec& spec, std::span<std::uint8_t> buffer);
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  // kOk: `record` is filled; its payload points into the buffer, until the next
  // call. kNothingYet: no more so far; a query by sequence may be asked again
  // when more was committed. kGap: gap() says which records cannot be looked at
  // any more (evicted while the query ran, or damaged where it read); the next
  // call goes on behind them. Also kBadMemory, kNotMounted (the log was closed,
  // mounted or formatted anew), or a flash error (call again).
  Status Next(Record& record);
  const Gap& gap() const { return gap_; }

 private:
  Status Begin(const Shared& shared);
  bool Wants(const ContentRecord& record, std::int64_t time) const;
  void Fill(const ContentRecord& found, const Shared& shared, Record& record) const;
  Status LoadAt(const Shared& shared, BucketNumber number, std::uint32_t block);
  Status SettleStretch(const Shared& shared, Sequence sequence);
  std::int64_t TimeOf(std::int64_t time) const { return AddOffset(time, stretch_.offset); }
  bool InLog(const Shared& shared, BucketNumber number, std::uint32_t block) const;
  Status MayHold(const Shared& shared, BucketNumber number, std::uint32_t block, bool& may);
  Status LoadTags(const Shared& shared, BucketNumber number);
  Status Evicted(const Shared& shared);

  Status NextForward(const Shared& shared, Record& record);
  Status Take(const Shared& shared, Record& record);
  Status Enter(const Shared& shared);
  Status Advance(const Shared& shared);
  Status Walk(const Shared& shared, BucketNumber number, std::uint32_t block);
  Status Pass(const Shared& shared, BucketNumber number, bool late, bool& moved);
  Status Land(const Shared& shared, const Claim& claim, bool late, bool& landed);
  Status GuessBlock(const Shared& shared, BucketNumber number, std::uint32_t& block);

  Status NextBackward(const Shared& shared, Record& record);
  Status ScanBlock(const Shared& shared, Sequence& oldest, Sequence& newest, Sequence& wanted);
  Status LastOfBlock(const Shared& shared, Record& record);
  Status PlaceBefore(const Shared& shared);
  Status LeaveBucket(const Shared& shared, BucketNumber& number);
  Status PassBack(const Shared& shared, const Claim& claim, BucketNumber& number, bool& moved);
  Status EndBackwards();
  Status Opened(const Shared& shared, BucketNumber number, bool& opened);

  Core& core_;
  const QuerySpec spec_;
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
};

// The newest record with this tag: a backward query's first. `buffer` holds a
// block. kNotRetained: none that is still in the log (never appended, or evicted).
// At most 2 log2 N + 8 reads where no other tag in use is equal to it mod 8.
Status LatestOf(Log& log, std::uint8_t tag, std::span<std::uint8_t> buffer, Record& record);

}  // namespace norlog

#endif  // NORLOG_QUERY_H_
