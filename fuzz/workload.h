// fuzz/workload.h - what is done to a log between two boots, as plain data.
//
// Operations are values with everything in them that they need, so a session
// can be replayed exactly, cut short, or thinned out by a shrinker.
#ifndef FUZZ_WORKLOAD_H_
#define FUZZ_WORKLOAD_H_

#include <cstdint>
#include <string>
#include <vector>

#include "flashsim/rng.h"

namespace norlog::fuzz {

enum class OpVerb : std::uint8_t {
  kAppend,  // size, tag, time, salt (in a script count and every, too)
  kCommit,
  kRead,      // reader, count
  kCursor,    // reader: commits what it has read
  kRewind,    // reader
  kSeek,      // reader, count: per mille of the durable records
  kMaintain,  // count: erases at most
  kEnable,    // reader: from the oldest record on
  kDisable,   // reader
  kSetClock,  // count: from which record on, per mille of the accepted ones; time: the offset
  kReadTag,   // reader, count, tag: reads with a filter, until it has found `count` records
};

struct Op {
  OpVerb verb = OpVerb::kCommit;
  int reader = 0;
  std::uint32_t count = 0;
  std::uint32_t size = 0;  // payload bytes; clipped to what the log takes
  std::uint8_t tag = 0;
  std::int64_t time = 0;
  std::uint64_t salt = 0;  // the payload's seed
  std::int64_t every = 0;  // of `count` appends: from one's time to the next one's
};

// "Append 24 B tag 3 time 170 salt 9". For traces.
std::string ToString(const Op& op);

// The payload of an append: `size` bytes that only `salt` gives; columns
// (encoded.h) if its highest bit is set.
inline constexpr std::uint64_t kColumnsSalt = std::uint64_t{1} << 63;
std::vector<std::uint8_t> MakePayload(std::uint64_t salt, std::uint32_t size);

enum class SessionStart : std::uint8_t { kMount, kFormat };
enum class SessionEnd : std::uint8_t {
  kClose,
  kVanish,  // the power fails while nothing is under way
  kReset,   // the processor restarts; the chip keeps its power, and goes on with an erase
};

// From one boot to the next.
struct Session {
  SessionStart start = SessionStart::kMount;
  std::uint64_t nonce = 0;  // of kFormat
  bool has_hint = false;
  std::uint32_t hint = 0;  // bucket index given to Mount: right or wrong
  std::vector<Op> ops;
  SessionEnd end = SessionEnd::kClose;
};

// What sessions are made of.
struct WorkloadShape {
  int reader_count = 1;
  std::uint32_t bucket_count = 8;
  std::uint32_t max_payload_bytes = 64;
  std::uint32_t mean_payload_bytes = 24;
  std::uint32_t ops_per_session = 10;
  bool changes_readers = false;  // enables, disables, rewinds, seeks
  bool encoded = false;          // most records are columns
  bool bursts = false;           // many records of one shape, and few commits
  std::int64_t first_time = 0;
};

// A source of sessions: the same shape and seed give the same ones.
class Workload {
 public:
  Workload(const WorkloadShape& shape, std::uint64_t seed)
      : shape_(shape), rng_(seed), time_(shape.first_time) {}

  // The first session formats. Each appends, commits, reads, commits a cursor
  // and maintains; the order and the sizes vary.
  Session Next();
  // One operation; `entropy` decides everything about it.
  Op MakeOp(std::uint64_t entropy);

 private:
  Op MakeAppend(flashsim::Rng& rng);
  Op MakeReaderOp(flashsim::Rng& rng);
  Op MakeBurst(flashsim::Rng& rng);
  void MakeColumnsOf(Op& op, flashsim::Rng& rng);

  WorkloadShape shape_;
  flashsim::Rng rng_;
  std::uint64_t sessions_ = 0;
  std::uint64_t salt_ = 0;
  std::int64_t time_;
};

}  // namespace norlog::fuzz

#endif  // FUZZ_WORKLOAD_H_
