#include "norlog/schema_lookup.h"

#include "norlog/bucket_walk.h"

namespace norlog {
namespace {

// Hands on the schemas of one tag: all that stand before `place`; behind it the
// first that explains what stands before it, if there was none.
class Picker final : public FrameVisitor {
 public:
  Picker(Position place, bool inherits, std::uint8_t tag, SchemaSink& sink)
      : place_(place), inherits_(inherits), tag_(tag), sink_(sink) {}

  void Visit(BucketNumber number, const Frame& frame) override {
    if (frame.kind != FrameKind::kSchema || frame.schema.tag != tag_) return;
    const bool before = Position{number, frame.offset} < place_;
    if (!before && (found_ || !inherits_ || !frame.schema.also_before)) return;
    found_ = true;
    sink_.OnSchema(frame.schema);
  }
  bool found() const { return found_; }

 private:
  const Position place_;
  const bool inherits_;
  const std::uint8_t tag_;
  SchemaSink& sink_;
  bool found_ = false;
};

}  // namespace

Status FindSchema(Core& core, const Shared& shared, const RecordPlace& place, std::uint8_t tag,
                  std::span<std::uint8_t> buffer, SchemaSink& sink) {
  const bool inherits = place.copy && place.from.number < place.frame.number;
  Picker here(place.frame, inherits, tag, sink);
  const Offset until = inherits ? core.layout.bucket_bytes : place.frame.offset;
  NORLOG_TRY(WalkBucket(core, shared, place.frame.number, until, buffer, here));
  if (here.found()) return Status::kOk;
  if (!inherits) return Status::kNoSchema;
  Picker origin(place.from, /*inherits=*/false, tag, sink);
  const Status status =
      WalkBucket(core, shared, place.from.number, place.from.offset, buffer, origin);
  if (status == Status::kGap) return Status::kNoSchema;  // its bucket is gone
  NORLOG_TRY(status);
  return origin.found() ? Status::kOk : Status::kNoSchema;
}

}  // namespace norlog
