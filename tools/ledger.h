// tools/ledger.h - what the log must contain, kept beside it by plain means.
//
// The ledger never looks at flash. It remembers which sample got which
// sequence number and which were committed, and judges what the log returns:
// acked <= recovered <= acked plus what was in flight (G1-G4). Samples that a
// cut threw away are not appended again: should one of them come back under a
// number given anew, its content gives it away.
#ifndef NORLOG_TOOLS_LEDGER_H_
#define NORLOG_TOOLS_LEDGER_H_

#include <cstdint>
#include <deque>
#include <span>

#include "norlog/reader.h"
#include "norlog/types.h"
#include "tools/series.h"
#include "tools/verdict.h"

namespace norlog::tools {

// What the sensor delivers: one record to append.
struct Reading {
  std::uint8_t tag = 0;
  std::int64_t time = 0;
  std::span<const std::uint8_t> payload;
};

// A moment in the chip's life, as seen from the bus.
struct Stamp {
  std::int64_t ring_position = 0;  // buckets the head has moved on since the start
  std::uint64_t bytes_programmed = 0;
  std::uint64_t cuts = 0;
};

// G1's floor: what may not be evicted.
struct RetentionFloor {
  std::int64_t buckets = 0;  // healthy buckets - erase-ahead - 2
  std::uint64_t bucket_bytes = 0;
  std::uint64_t bytes_per_cut = 0;  // two blocks
};

class Ledger {
 public:
  // All must outlive the ledger. The series is replayed without end; each
  // replay has the next tag and goes on in time behind the one before.
  Ledger(const Series& series, const RetentionFloor& floor, Verdict& verdict);

  // --- What the writer did -------------------------------------------------
  // The next reading, offered to Append: in flight until Accept or Recover.
  Reading Offer();
  // Append gave it this number.
  void Accept(Sequence sequence);
  // Commit made everything up to `last` durable.
  void Commit(Sequence last, const Stamp& now);
  // A boot found `last` as the newest durable record: what was in flight
  // behind it is gone for good, what was in flight before it counts as committed.
  void Recover(Sequence last, const Stamp& now);

  // --- What the log says ---------------------------------------------------
  // The oldest record that the log returns is `first`: those before it are
  // evicted, and were they allowed to be?
  void EvictTo(Sequence first, const Stamp& now);
  // Was this record appended, and with these bytes?
  void Check(const Record& record);
  // [first, last] were passed over: lost, except those evicted already.
  void Missing(Sequence first, Sequence last, const char* how);
  // `came` was returned or passed over where `due` had to come.
  void OutOfOrder(Sequence came, Sequence due);

  Sequence first() const { return first_; }  // oldest not evicted
  Sequence acked() const { return acked_; }  // newest committed
  std::uint64_t replays() const;             // of the series, begun

 private:
  // Records (of the batch before, up to `last`] were programmed after `since`.
  struct Batch {
    Sequence last;
    Stamp since;
  };

  Reading ReadingOf(std::uint64_t source) const;
  bool MayEvict(const Stamp& since, const Stamp& now) const;
  Sequence offered() const { return first_ + (sources_.size() - 1); }

  const Series& series_;
  const RetentionFloor floor_;
  Verdict& verdict_;
  std::int64_t replay_span_ = 0;   // time from one replay to the next
  std::uint64_t next_source_ = 0;  // readings delivered so far
  Sequence first_ = {1};           // of sources_.front()
  Sequence acked_;
  Stamp settled_;                      // when the newest commit or recovery was over
  std::deque<std::uint64_t> sources_;  // which reading each retained number holds
  std::deque<Batch> batches_;          // those with records not evicted
};

// One way through the log, in order: an audit's or a reader's.
class Walk {
 public:
  Walk(Ledger& ledger, Sequence next) : ledger_(&ledger), next_(next) {}

  void Step(const Record& record);
  // An evicted gap is taken at its word, as far as the floor allows it.
  void Skip(const Gap& gap, const Stamp& now);

  Sequence next() const { return next_; }

 private:
  Ledger* ledger_;
  Sequence next_;  // what must come
};

}  // namespace norlog::tools

#endif  // NORLOG_TOOLS_LEDGER_H_
