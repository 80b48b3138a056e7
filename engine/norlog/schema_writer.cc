#include "norlog/schema_writer.h"

#include <cstring>

#include "norlog/bucket_walk.h"
#include "norlog/placing.h"
#include "norlog/ring.h"
#include "norlog/schema_lookup.h"
#include "norlog/session.h"

namespace norlog {
namespace {

std::uint32_t SchemaFrameBytes(std::size_t text_bytes) {
  const auto body = static_cast<std::uint32_t>(1 + text_bytes);
  return 1 + VarintBytes(body) + body + kCrcBytes;
}

// Programs a schema frame in the head block. kNothingYet if it has no room there.
// As any real frame it opens a bucket that is not open yet.
Status ProgramSchema(Core& core, const SchemaRef& schema) {
  std::uint8_t buffer[kMaxSchemaFrameBytes + kMaxProgramUnitBytes];
  const std::uint32_t bytes = SchemaFrameBytes(schema.text.size());
  if (!FitsHeadBlock(core, bytes)) return Status::kNothingYet;
  const bool was_open = core.head.open;
  if (!was_open) NORLOG_TRY(MayEvictFor(core, core.head.number, core.head.state.cursors));
  const Offset offset = FrameOffset(core, bytes);
  bool erased = false;
  NORLOG_TRY(CheckPadding(core, offset, erased));
  if (!erased) return Status::kNothingYet;
  const Status touched = BeginSession(core);
  if (touched == Status::kProgramError) return Status::kNothingYet;
  NORLOG_TRY(touched);
  BuildSchemaFrame(core.Seed(core.head.number), offset, schema, buffer);
  const Status status = ProgramInBlock(core, offset, buffer, bytes);
  if (!Ok(status)) {
    FrameFailed(core, {core.head.number, offset});
    return status;
  }
  if (!was_open) Evict(core, core.head.number);
  return Status::kOk;
}

// The same, wherever in the head bucket there is room, or in the next one.
Status PlaceSchema(Core& core, const SchemaRef& schema) {
  Status status = ProgramSchema(core, schema);
  for (std::uint32_t i = 0; i <= MaxStepsOver(core.layout); ++i) {
    if (status != Status::kNothingYet && status != Status::kProgramError) return status;
    FrameSpec empty = EmptyFrame(core);
    const bool failed = status == Status::kProgramError;
    status = failed ? Status::kNothingYet : PlaceInNextBlock(core, empty);
    if (status == Status::kNothingYet || status == Status::kProgramError) {
      status = PlaceInNextBucket(core, empty);
    }
    NORLOG_TRY(status);
    status = ProgramSchema(core, schema);
  }
  return status == Status::kNothingYet ? Status::kTooLarge : status;
}

// A text from flash, kept while other blocks are read.
class Keeper final : public SchemaSink {
 public:
  void OnSchema(const SchemaRef& schema) override {
    ref_ = schema;
    std::memcpy(bytes_, schema.text.data(), schema.text.size());
    ref_.text = std::span(bytes_, schema.text.size());
  }
  void Forget() override {}
  SchemaRef inherited() const { return {ref_.tag, /*also_before=*/true, ref_.text}; }

 private:
  SchemaRef ref_;
  std::uint8_t bytes_[kMaxSchemaTextBytes] = {};
};

}  // namespace

// What stands in the head bucket: which schemas, and which records without one.
class Survey final : public FrameVisitor {
 public:
  explicit Survey(const SchemaTable& table) : table_(table) {}

  void Visit(BucketNumber number, const Frame& frame) override {
    if (frame.kind == FrameKind::kSchema) {
      TakeSchema(frame.schema);
    } else if (frame.kind == FrameKind::kHead && frame.prefix.copy && frame.has_content &&
               frame.prefix.from.number < number) {
      TakeCopy(number, frame);
    }
  }

  void TakeSchema(const SchemaRef& schema) {
    lacking_[schema.tag / 32] &= ~(std::uint32_t{1} << (schema.tag % 32));
    for (std::size_t i = 0; i < table_.entries_.size(); ++i) {
      const SchemaEntry& entry = table_.entries_[i];
      if (entry.tag != schema.tag) continue;
      const std::uint32_t bit = std::uint32_t{1} << i;
      present_ = entry.wire == Text::Of(schema.text) ? present_ | bit : present_ & ~bit;
    }
  }

  std::uint32_t present() const { return present_; }
  const RecordPlace& copy() const { return copy_; }
  // True if records of `tag` in a copy have no schema in this bucket.
  bool Lacks(std::uint8_t tag) const { return (lacking_[tag / 32] >> (tag % 32) & 1) != 0; }

 private:
  void TakeCopy(BucketNumber number, const Frame& frame) {
    copy_ = {{number, frame.offset}, true, frame.prefix.from};
    ContentReader content(frame.prefix.codec, frame.first, frame.rest);
    for (ContentRecord record; content.Next(record);) {
      if (record.tag <= kMaxTag) {
        lacking_[record.tag / 32] |= std::uint32_t{1} << (record.tag % 32);
      }
    }
  }

  const SchemaTable& table_;
  std::uint32_t present_ = 0;
  std::uint32_t lacking_[(kMaxTag + 1) / 32] = {};
  RecordPlace copy_;
};

Text SchemaTable::WireOf(std::uint8_t tag) const {
  for (const SchemaEntry& entry : entries_) {
    if (entry.tag == tag) return entry.wire;
  }
  return Text();
}

// With one block a bucket all that explains a record must fit beside it.
std::uint32_t SchemaTable::ReservedBytes(const Core& core) const {
  if (core.layout.block_count > 1) return 0;
  std::uint32_t bytes = DataFrameBound(0) + kMaxPagePadBytes + 3 * core.layout.unit;
  for (const SchemaEntry& entry : entries_) {
    bytes += core.layout.Up(SchemaFrameBytes(entry.wire.size()));
  }
  return bytes;
}

// Reads the head bucket, so that a boot costs no schema that stands there.
Status SchemaTable::BeginSession(Core& core) {
  if (session_ == core.shared.session) return Status::kOk;
  Survey survey(*this);
  NORLOG_TRY(WalkBucket(core, core.shared, core.head.number, core.layout.bucket_bytes,
                        core.FrameBuffer(), survey));
  NORLOG_TRY(InheritSchemas(core, survey));
  bucket_ = core.head.number;
  in_bucket_ = survey.present();
  session_ = core.shared.session;
  return Status::kOk;
}

// What a recovery copied here from another bucket is explained here before it
// can be evicted there.
Status SchemaTable::InheritSchemas(Core& core, Survey& survey) {
  for (std::uint8_t tag = 0; tag <= kMaxTag; ++tag) {
    if (!survey.Lacks(tag)) continue;
    Keeper keeper;
    const Status status =
        FindSchema(core, core.shared, survey.copy(), tag, core.FrameBuffer(), keeper);
    if (status == Status::kNoSchema) continue;  // raw records
    NORLOG_TRY(status);
    NORLOG_TRY(PlaceSchema(core, keeper.inherited()));
    survey.TakeSchema(keeper.inherited());
  }
  return Status::kOk;
}

// Which entries the pending records need.
std::uint32_t SchemaTable::PendingEntries(const Core& core) const {
  std::uint32_t needed = 0;
  const std::span<const std::uint8_t> content = core.pending.content();
  ContentReader reader(core.pending.start(), content[0], content.subspan(1));
  for (ContentRecord record; reader.Next(record);) {
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      if (entries_[i].tag == record.tag) needed |= std::uint32_t{1} << i;
    }
  }
  return needed;
}

// True if the head bucket is another one: no schema stands there yet.
bool SchemaTable::FollowHead(const Core& core) {
  if (bucket_ == core.head.number) return false;
  bucket_ = core.head.number;
  in_bucket_ = 0;
  return true;
}

// Brings what the pending records need into the head bucket. Where these would not go into
// that bucket, the next one is opened first.
Status SchemaTable::Announce(Core& core, std::uint32_t content_bytes) {
  const std::uint32_t needed = PendingEntries(core);
  bool opened = false;
  for (std::size_t i = 0; i < entries_.size();) {
    if (FollowHead(core)) i = 0;
    const std::uint32_t bit = std::uint32_t{1} << i;
    if ((needed & ~in_bucket_ & bit) == 0) {
      ++i;
      continue;
    }
    const std::uint32_t bytes = SchemaFrameBytes(entries_[i].wire.size());
    if (!opened && core.head.fresh_block == core.layout.block_count &&
        !FitsHeadBlock(core, core.layout.Up(bytes) + DataFrameBound(content_bytes))) {
      FrameSpec empty = EmptyFrame(core);
      NORLOG_TRY(PlaceInNextBucket(core, empty));
      opened = true;
      continue;
    }
    NORLOG_TRY(PlaceSchema(core, {entries_[i].tag, false, entries_[i].wire.bytes()}));
    if (FollowHead(core)) i = 0;
    in_bucket_ |= bit;
  }
  return Status::kOk;
}

Status SchemaTable::Place(Core& core, FrameSpec& spec) {
  Status status = Status::kNothingYet;
  for (std::uint32_t i = 0; i <= MaxStepsOver(core.layout); ++i) {
    NORLOG_TRY(Announce(core, spec.content_bytes));
    status = PlaceInHeadBucket(core, spec);
    if (status != Status::kNothingYet && status != Status::kProgramError) return status;
    FrameSpec empty = EmptyFrame(core);
    NORLOG_TRY(PlaceInNextBucket(core, empty));
  }
  return status == Status::kNothingYet ? Status::kTooLarge : status;
}

}  // namespace norlog
