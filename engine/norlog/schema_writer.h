// norlog/schema_writer.h - putting schemas into the log, before the records that
// they explain.
//
// Invariants:
//  - In every bucket a record of a tag in the table stands behind a schema frame of
//    that tag, whatever was cut: so each bucket can be decoded alone.
//  - What explains records that a recovery copied from another bucket is
//    repeated in their new bucket before anything else goes in there.
//  - Nothing else rests on a schema frame: it takes no sequence number, and one
//    that was cut is written again on need.
#ifndef NORLOG_SCHEMA_WRITER_H_
#define NORLOG_SCHEMA_WRITER_H_

#include <cstdint>
#include <span>

#include "norlog/core.h"
#include "norlog/frame.h"
#include "norlog/status.h"
#include "norlog/text.h"
#include "norlog/types.h"

namespace norlog {

// The schema of a tag, as it shall stand in the log (Schema<...>::wire()).
struct SchemaEntry {
  std::uint8_t tag = 0;
  Text wire;
};

inline constexpr std::uint32_t kMaxSchemas = 32;

// The schemas of a firmware. `entries` (at most kMaxSchemas, each tag once) must outlive
// the object: they can lie in ROM. Give it to Log::UseSchemas before Mount or Format.
class SchemaTable final : public SchemaHook {
 public:
  explicit SchemaTable(std::span<const SchemaEntry> entries) : entries_(entries) {}

  // The schema of `tag`; empty if the table has none.
  Text WireOf(std::uint8_t tag) const;

  std::uint32_t ReservedBytes(const Core& core) const override;
  Status BeginSession(Core& core) override;
  Status Place(Core& core, FrameSpec& spec) override;

 private:
  friend class Survey;

  std::uint32_t PendingEntries(const Core& core) const;
  Status Announce(Core& core, std::uint32_t content_bytes);
  Status InheritSchemas(Core& core, class Survey& survey);
  bool FollowHead(const Core& core);

  const std::span<const SchemaEntry> entries_;
  std::uint32_t session_ = 0;  // of the log, that in_bucket_ is of; 0: none
  BucketNumber bucket_;
  std::uint32_t in_bucket_ = 0;  // bit i: the last schema of its tag in bucket_ is entries_[i]
};

}  // namespace norlog

#endif  // NORLOG_SCHEMA_WRITER_H_
