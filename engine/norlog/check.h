// norlog/check.h - looking a whole log over, without mounting it and without ever
// programming or erasing: what is wrong, by name and place.
#ifndef NORLOG_CHECK_H_
#define NORLOG_CHECK_H_

#include <cstdint>
#include <span>

#include "norlog/encoding.h"
#include "norlog/frame.h"
#include "norlog/nor_flash.h"
#include "norlog/options.h"
#include "norlog/status.h"
#include "norlog/types.h"

namespace norlog {

enum class Issue : std::uint8_t {
  kHeaderCorrupted,   // a bucket of the log without a header that verifies: its records are lost
                      // (one that was stepped over as bad held none, and is not told of)
  kFrameCorrupted,    // what stands behind a block's last frame is neither frame nor mark: a cut
                      // tore it, or it was damaged (then a kSequenceGap follows)
  kTimeOutOfOrder,    // a record's time is before that of the record before
  kSequenceGap,       // records [first, last] are missing
  kSchemaMissing,     // a record of a tag that has schemas in this log, without one
  kCountMismatch,     // a header's first sequence number is not that of the bucket's records
  kCleanMarkMissing,  // the log does not end in a close mark: the power failed
  kGeometryMismatch,  // a log of another geometry or block size is here
};

// The enumerator's name. Never null.
const char* IssueName(Issue issue);

struct Finding {
  Issue issue = Issue::kHeaderCorrupted;
  Position at;     // bucket, and offset in it
  Sequence first;  // the record, or the missing ones; 0: none
  Sequence last;
};

class FindingSink {
 public:
  virtual void Found(const Finding& finding) = 0;

 protected:
  ~FindingSink() = default;
};

// Looks at everything and tells `sink` in the order of the log. `memory` as for a
// log with one reader (RequiredMemory). `encoding` (compact.h) to look at the times and
// tags of encoded records, too, if `options` have room for their columns. kOk: all was looked at,
// whatever was found. kNoLog, kUnknownVersion, kLayoutMismatch (also found as kGeometryMismatch),
// kInvalidOptions, kBadMemory, or a flash error. Not beside a mounted, writing log.
Status Check(NorFlash& flash, const Options& options, std::span<std::uint8_t> memory,
             FindingSink& sink, const Encoding* encoding = nullptr);

}  // namespace norlog

#endif  // NORLOG_CHECK_H_
