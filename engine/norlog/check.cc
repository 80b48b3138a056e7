#include "norlog/check.h"

#include "norlog/bucket_walk.h"
#include "norlog/core.h"
#include "norlog/dead_frames.h"
#include "norlog/mount.h"
#include "norlog/schema_lookup.h"
#include "norlog/time_index.h"

namespace norlog {
namespace {

// A set of tags.
class Tags {
 public:
  void Add(std::uint8_t tag) { bits_[tag / 32] |= std::uint32_t{1} << (tag % 32); }
  bool Has(std::uint8_t tag) const { return (bits_[tag / 32] >> (tag % 32) & 1) != 0; }

 private:
  std::uint32_t bits_[8] = {};
};

// Which tags have a schema anywhere: records of others are raw.
class SchemaCollector final : public FrameVisitor {
 public:
  void Visit(BucketNumber, const Frame& frame) override {
    if (frame.kind == FrameKind::kSchema) tags_.Add(frame.schema.tag);
  }
  const Tags& tags() const { return tags_; }

 private:
  Tags tags_;
};

// Judges record by record, in the order of the log.
class Inspector final : public FrameVisitor {
 public:
  // `encoding` may be null; `model` is then not used.
  Inspector(const Tags& typed, FindingSink& sink, const Encoding* encoding,
            const ModelMemory& model)
      : typed_(typed), sink_(sink), encoding_(encoding), model_(model) {}

  // A bucket begins; `first` is the least number that may stand in it, by its header.
  void Begin(BucketNumber number, Sequence first) {
    number_ = number;
    promised_ = first;
    judged_ = false;
    known_ = Tags();
  }
  void Tell(Issue issue, Offset offset, Sequence first = {}, Sequence last = {}) {
    sink_.Found({issue, {number_, offset}, first, last});
  }
  void Visit(BucketNumber, const Frame& frame) override {
    if (frame.kind == FrameKind::kSchema) known_.Add(frame.schema.tag);
    if (frame.kind == FrameKind::kHead) BeginModel();
    if (!frame.has_content) return;
    JudgeCount(frame);
    if (frame.encoded_count > 0) return JudgeEncoded(frame);
    const bool inherits = frame.prefix.copy && frame.prefix.from.number < number_;
    ContentReader content(frame.prefix.codec, frame.first, frame.rest);
    for (ContentRecord record; content.Next(record);) JudgeRecord(record, frame.offset, inherits);
  }
  Sequence next() const { return next_; }

 private:
  // The header's number is a lower bound that nothing may stand below, except what a
  // copy repeats.
  void JudgeCount(const Frame& frame) {
    if (judged_ || frame.prefix.copy) return;
    judged_ = true;
    if (frame.prefix.codec.next < promised_) {
      Tell(Issue::kCountMismatch, frame.offset, promised_, frame.prefix.codec.next);
    }
  }
  // A block begins.
  void BeginModel() {
    decodes_ = encoding_ != nullptr;
    if (decodes_) encoding_->Reset(model_);
  }
  // (Encoded records are no copies: those are raw.)
  void JudgeEncoded(const Frame& frame) {
    EncodedContent content(frame.prefix.codec, frame.encoded_count, frame.rest);
    Status status = Status::kOk;
    for (ContentRecord record; decodes_ && Ok(status);) {
      status = encoding_->DecodeNext(model_, content, record);
      if (Ok(status)) JudgeRecord(record, frame.offset, /*inherits=*/false);
    }
    if (status == Status::kDamaged) Tell(Issue::kFrameCorrupted, frame.offset);
    decodes_ = decodes_ && status == Status::kNothingYet;
    if (!decodes_) JudgeNumbers(frame);
  }
  // Of encoded records that can't be decoded here.
  void JudgeNumbers(const Frame& frame) {
    const Sequence first = frame.prefix.codec.next;
    if (next_.value != 0 && first > next_) {
      Tell(Issue::kSequenceGap, frame.offset, next_, first - 1);
    }
    const Sequence next = first + frame.encoded_count;
    if (next > next_) next_ = next;
  }
  void JudgeRecord(const ContentRecord& record, Offset offset, bool inherits) {
    if (next_.value != 0 && record.sequence < next_) return;  // repeated by a copy
    if (next_.value != 0 && record.sequence > next_) {
      Tell(Issue::kSequenceGap, offset, next_, record.sequence - 1);
    }
    if (next_.value != 0 && record.time < time_) {
      Tell(Issue::kTimeOutOfOrder, offset, record.sequence, record.sequence);
    }
    // (What a copy inherits is looked for where it comes from.)
    if (typed_.Has(record.tag) && !known_.Has(record.tag) && !inherits) {
      Tell(Issue::kSchemaMissing, offset, record.sequence, record.sequence);
    }
    next_ = record.sequence + 1;
    time_ = record.time;
  }

  const Tags& typed_;
  FindingSink& sink_;
  const Encoding* const encoding_;
  const ModelMemory model_;
  bool decodes_ = false;  // the model is that of the block
  BucketNumber number_;
  Sequence promised_;
  bool judged_ = false;
  Tags known_;
  Sequence next_;  // of the next record; 0: none yet
  std::int64_t time_ = 0;
};

// What stands behind the last frame of a block, if it is neither erased nor marks: a torn
// frame, or one that was damaged.
Status FindRubbish(Core& core, BucketNumber number, std::uint32_t block, Inspector& inspector) {
  const Layout& layout = core.layout;
  const Offset begin = layout.BlockBegin(block);
  const std::span<std::uint8_t> image = core.FrameBuffer().first(layout.BlockEnd(block) - begin);
  NORLOG_TRY(core.io.ReadTolerant(layout.IndexOf(number), begin, image));
  BlockWalker walker(layout, core.Seed(number), block, image);
  for (Frame frame; walker.Next(frame);) {
  }
  const Offset at = walker.any() ? walker.end() : begin;
  for (const std::uint8_t byte : image.subspan(at - begin)) {
    if (byte == kErasedByte || byte == kMarkFill) continue;
    inspector.Tell(Issue::kFrameCorrupted, at);
    break;
  }
  return Status::kOk;
}

Status InspectBucket(Core& core, BucketNumber number, Inspector& inspector) {
  bool readable = false;
  Sequence first;
  NORLOG_TRY(FirstSequenceOf(core, core.shared, number, readable, first));
  inspector.Begin(number, first);
  if (!readable) {
    Claim next;
    NORLOG_TRY(NextClaim(core, core.shared, number + 1, next));
    const bool was_opened = next.previous >= number;  // or stepped over: nothing was lost there
    if (was_opened) inspector.Tell(Issue::kHeaderCorrupted, core.layout.header_offset);
    return Status::kOk;
  }
  for (std::uint32_t block = 0; block < core.layout.block_count; ++block) {
    NORLOG_TRY(FindRubbish(core, number, block, inspector));
  }
  return WalkBucket(core, core.shared, number, core.layout.bucket_bytes, core.FrameBuffer(),
                    inspector);
}

Status CollectSchemas(Core& core, SchemaCollector& collector) {
  for (BucketNumber number = core.shared.tail; number <= core.shared.head; ++number) {
    NORLOG_TRY(WalkBucket(core, core.shared, number, core.layout.bucket_bytes, core.FrameBuffer(),
                          collector));
  }
  return Status::kOk;
}

}  // namespace

const char* IssueName(Issue issue) {
  switch (issue) {
    case Issue::kHeaderCorrupted: return "kHeaderCorrupted";
    case Issue::kFrameCorrupted: return "kFrameCorrupted";
    case Issue::kTimeOutOfOrder: return "kTimeOutOfOrder";
    case Issue::kSequenceGap: return "kSequenceGap";
    case Issue::kSchemaMissing: return "kSchemaMissing";
    case Issue::kCountMismatch: return "kCountMismatch";
    case Issue::kCleanMarkMissing: return "kCleanMarkMissing";
    case Issue::kGeometryMismatch: return "kGeometryMismatch";
  }
  return "unknown";
}

Status Check(NorFlash& flash, const Options& options, std::span<std::uint8_t> memory,
             FindingSink& sink, const Encoding* encoding) {
  if (Validate(options, flash.geometry()) != OptionsError::kNone) return Status::kInvalidOptions;
  if (memory.size() < RequiredMemory(options, flash.geometry())) return Status::kBadMemory;
  Core core(flash, options, memory, /*lock=*/nullptr, encoding);
  const Status mounted = MountReadOnlyCore(core, {});
  if (mounted == Status::kLayoutMismatch) sink.Found({Issue::kGeometryMismatch, {}, {}, {}});
  NORLOG_TRY(mounted);
  SchemaCollector collector;
  NORLOG_TRY(CollectSchemas(core, collector));
  const ModelMemory model = core.encoding == nullptr ? ModelMemory{} : core.WriterModel();
  Inspector inspector(collector.tags(), sink, core.encoding, model);
  for (BucketNumber number = core.shared.tail; number <= core.shared.head; ++number) {
    NORLOG_TRY(InspectBucket(core, number, inspector));
  }
  if (inspector.next().value != 0 && inspector.next() < core.shared.next) {
    inspector.Tell(Issue::kSequenceGap, core.shared.head_end, inspector.next(),
                   core.shared.next - 1);
  }
  if (core.finding != MountFinding::kClean) {
    inspector.Tell(Issue::kCleanMarkMissing, core.shared.head_end);
  }
  return Status::kOk;
}

}  // namespace norlog
