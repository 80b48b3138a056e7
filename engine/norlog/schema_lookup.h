// norlog/schema_lookup.h - which schema a record has (docs/FORMAT.md section 2).
#ifndef NORLOG_SCHEMA_LOOKUP_H_
#define NORLOG_SCHEMA_LOOKUP_H_

#include <cstdint>
#include <span>

#include "norlog/core.h"
#include "norlog/frame.h"
#include "norlog/status.h"

namespace norlog {

// Takes schemas as they are met on the way through a log.
class SchemaSink {
 public:
  // From here on records of schema.tag have this schema. The text lies in a
  // buffer of the caller.
  virtual void OnSchema(const SchemaRef& schema) = 0;
  // A bucket begins, or the way was left: no schema is known.
  virtual void Forget() = 0;

 protected:
  ~SchemaSink() = default;
};

// Where a record stands: the frame, and what that is a copy of, if it is one.
struct RecordPlace {
  Position frame;
  bool copy = false;
  Position from;
};

// Looks for the schema of the records of `tag` in the frame at `place` and hands it to
// `sink`: the last one before it in its bucket; for a copy of what stood in
// another bucket also the first one behind it that says so, or else the one at
// its origin. kNoSchema: there is none (any more). Reads up to two buckets, a
// block at a time, into `buffer`. Also a flash error.
Status FindSchema(Core& core, const Shared& shared, const RecordPlace& place, std::uint8_t tag,
                  std::span<std::uint8_t> buffer, SchemaSink& sink);

}  // namespace norlog

#endif  // NORLOG_SCHEMA_LOOKUP_H_
