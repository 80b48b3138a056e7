#include "norlog/compact.h"

#include <cstring>
#include <new>

#include "norlog/bytes.h"
#include "norlog/model.h"
#include "norlog/options.h"
#include "norlog/packer.h"

namespace norlog {
namespace {

constexpr std::uint32_t kChoiceBits = 3;
constexpr std::uint32_t kNewTag = 6;  // choices below are known tags
constexpr std::uint32_t kLiteral = 7;
static_assert(kMaxEncodedTags <= kNewTag);

constexpr std::uint32_t kTagBits = 8;
constexpr std::uint32_t kColumnCountBits = 5;
static_assert(kMaxEncodedColumns < 1 << kColumnCountBits);
constexpr std::uint32_t kKindBits = 3;
constexpr std::uint32_t kLengthBits = 16;
constexpr std::uint32_t kTimeLengthBits = 7;

// A coder may still need so many bytes behind a record.
constexpr std::uint32_t kFinishBytes = 4;

// Begins a model's memory; tags and columns follow.
struct BlockModel {
  std::int64_t time = 0;  // of the last record, whatever its tag
  Mantissas mantissas;
  Probability as_expected;  // the tag is the one that followed the last one before
  std::uint16_t literal_bytes = 0;
  std::uint8_t literal_tag = 0;
  std::uint8_t tag_count = 0;
  std::uint8_t column_count = 0;
  std::uint8_t last_tag = 0;  // index
  bool begun = false;         // any record was coded
};

static_assert(sizeof(BlockModel) <= kBlockModelBytes);
static_assert(sizeof(TagModel) <= kTagModelBytes);
static_assert(sizeof(ColumnModel) <= kColumnModelBytes);
static_assert(alignof(BlockModel) <= kModelAlignment && alignof(TagModel) <= kModelAlignment);
static_assert(kBlockModelBytes % kModelAlignment == 0 && kTagModelBytes % kModelAlignment == 0 &&
              kColumnModelBytes % kModelAlignment == 0);

// A model's memory by its parts.
class View {
 public:
  explicit View(const ModelMemory& memory)
      : base_(Align(memory.bytes.data())),
        tag_capacity_(memory.tag_capacity),
        column_capacity_(memory.column_capacity) {}

  BlockModel& block() const { return *Get<BlockModel>(0); }
  TagModel& tag(std::uint32_t index) const {
    return *Get<TagModel>(kBlockModelBytes + index * kTagModelBytes);
  }
  ColumnModel& column(std::uint32_t index) const { return *Get<ColumnModel>(ColumnAt(index)); }
  std::uint8_t* payload() const { return base_ + ColumnAt(column_capacity_); }

  void Clear() const { new (base_) BlockModel; }

  bool HasRoom(std::uint32_t column_count) const {
    return block().tag_count < tag_capacity_ &&
           column_count <= std::uint32_t{column_capacity_} - block().column_count;
  }
  TagModel& AddTag() const {
    return *new (base_ + kBlockModelBytes + block().tag_count++ * kTagModelBytes) TagModel;
  }
  void AddColumn(ColumnKind kind) const {
    new (base_ + ColumnAt(block().column_count++)) ColumnModel(kind);
  }

 private:
  static std::uint8_t* Align(std::uint8_t* bytes) {
    const auto address = reinterpret_cast<std::uintptr_t>(bytes);
    return bytes + (kModelAlignment - address % kModelAlignment) % kModelAlignment;
  }
  std::size_t ColumnAt(std::uint32_t index) const {
    return kBlockModelBytes + tag_capacity_ * kTagModelBytes + index * kColumnModelBytes;
  }
  template <typename T>
  T* Get(std::size_t at) const {
    return std::launder(reinterpret_cast<T*>(base_ + at));
  }

  std::uint8_t* base_;
  std::uint32_t tag_capacity_;
  std::uint32_t column_capacity_;
};

std::uint32_t PayloadBytesOf(const View& model, const TagModel& tag) {
  std::uint32_t bytes = 0;
  for (std::uint32_t i = 0; i < tag.column_count; ++i) {
    bytes += ColumnBytes(model.column(tag.first_column + i).kind());
  }
  return bytes;
}

bool SameColumns(const View& model, const TagModel& tag, std::span<const ColumnKind> kinds) {
  if (tag.column_count != kinds.size()) return false;
  for (std::uint32_t i = 0; i < tag.column_count; ++i) {
    if (model.column(tag.first_column + i).kind() != kinds[i]) return false;
  }
  return true;
}

const TagColumns* FindTag(std::span<const TagColumns> tags, const ContentRecord& record) {
  for (const TagColumns& tag : tags) {
    if (tag.tag == record.tag) {
      return PayloadBytes(tag.kinds) == record.payload.size() ? &tag : nullptr;
    }
  }
  return nullptr;
}

// How to store `record`: a tag's index, kNewTag or kLiteral.
std::uint32_t Choose(const View& model, const TagColumns* columns, const ContentRecord& record) {
  if (columns == nullptr) return kLiteral;
  for (std::uint32_t i = 0; i < model.block().tag_count; ++i) {
    if (model.tag(i).tag != record.tag) continue;
    return SameColumns(model, model.tag(i), columns->kinds) ? i : kLiteral;
  }
  return model.HasRoom(static_cast<std::uint32_t>(columns->kinds.size())) ? kNewTag : kLiteral;
}

// What follows codes both ways, as model.h does.

std::uint32_t CodeChoice(const View& model, RangeCoder& coder, std::uint32_t wanted) {
  BlockModel& block = model.block();
  if (block.tag_count > 0) {
    const std::uint32_t expected = model.tag(block.last_tag).successor;
    if (coder.Bit(block.as_expected, wanted == expected)) return expected;
  }
  return static_cast<std::uint32_t>(coder.Direct(wanted, kChoiceBits));
}

void FollowedBy(const View& model, std::uint32_t tag) {
  BlockModel& block = model.block();
  model.tag(block.last_tag).successor = static_cast<std::uint8_t>(tag);
  block.last_tag = static_cast<std::uint8_t>(tag);
}

// A tag's first record in the block says what its columns are.
Status CodeNewTag(const View& model, RangeCoder& coder, const CodecState& before, std::uint8_t tag,
                  std::span<const ColumnKind> kinds) {
  BlockModel& block = model.block();
  tag = static_cast<std::uint8_t>(coder.Direct(tag, kTagBits));
  const auto count = static_cast<std::uint32_t>(coder.Direct(kinds.size(), kColumnCountBits));
  if (tag > kMaxTag) return Status::kDamaged;
  if (!model.HasRoom(count)) return Status::kCannotDecode;
  const std::uint32_t first = block.column_count;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint64_t kind =
        coder.Direct(i < kinds.size() ? static_cast<std::uint64_t>(kinds[i]) : 0, kKindBits);
    if (kind >= kColumnKindCount) return Status::kDamaged;
    model.AddColumn(static_cast<ColumnKind>(kind));
  }
  TagModel& added = model.AddTag();
  added.tag = tag;
  added.first_column = static_cast<std::uint8_t>(first);
  added.column_count = static_cast<std::uint8_t>(count);
  added.time = block.time;
  if (!block.begun) added.step = before.step;
  return Status::kOk;
}

// One of `in` and `out` is null: what is encoded, or where what is decoded goes.
void CodeColumns(const View& model, RangeCoder& coder, const TagModel& tag, const std::uint8_t* in,
                 std::uint8_t* out) {
  for (std::uint32_t i = 0; i < tag.column_count; ++i) {
    ColumnModel& column = model.column(tag.first_column + i);
    const std::uint32_t bytes = ColumnBytes(column.kind());
    std::uint64_t value = 0;
    if (in != nullptr) {
      for (std::uint32_t k = 0; k < bytes; ++k) value |= std::uint64_t{*in++} << (8 * k);
    }
    value = column.Code(coder, model.block().mantissas, value);
    if (out == nullptr) continue;
    for (std::uint32_t k = 0; k < bytes; ++k) *out++ = static_cast<std::uint8_t>(value >> (8 * k));
  }
}

// Tag, length and time of a record whose payload stands apart, as it is.
void CodeLiteralHead(const View& model, RangeCoder& coder, std::uint8_t& tag,
                     std::uint32_t& payload_bytes, std::int64_t& time) {
  BlockModel& block = model.block();
  const bool again = tag == block.literal_tag && payload_bytes == block.literal_bytes;
  if (coder.Direct(again ? 1 : 0, 1) == 0) {
    block.literal_tag = static_cast<std::uint8_t>(coder.Direct(tag, kTagBits));
    block.literal_bytes = static_cast<std::uint16_t>(coder.Direct(payload_bytes, kLengthBits));
  }
  tag = block.literal_tag;
  payload_bytes = block.literal_bytes;
  std::uint64_t step = ZigZag(WrapSub(time, block.time));
  std::uint32_t length = 0;
  while (length < 64 && step >> length != 0) ++length;
  length = static_cast<std::uint32_t>(coder.Direct(length, kTimeLengthBits));
  step = coder.Direct(step, length < 64 ? length : 64);
  time = WrapAdd(block.time, UnZigZag(step));
}

void Begin(const View& model, const CodecState& before) {
  if (!model.block().begun) model.block().time = before.time;
}

void End(const View& model, std::int64_t time) {
  model.block().time = time;
  model.block().begun = true;
}

// Takes the place of literal payloads from the end of the output downwards.
class Literals {
 public:
  explicit Literals(std::span<std::uint8_t> out) : out_(out), begin_(out.size()) {}

  bool Put(std::span<const std::uint8_t> payload, std::size_t used) {
    if (payload.size() > begin_ || used > begin_ - payload.size()) return false;
    begin_ -= payload.size();
    if (!payload.empty()) std::memcpy(&out_[begin_], payload.data(), payload.size());
    return true;
  }
  std::size_t begin() const { return begin_; }
  std::size_t size() const { return out_.size() - begin_; }
  void MoveTo(std::size_t at) { std::memmove(&out_[at], &out_[begin_], size()); }

 private:
  std::span<std::uint8_t> out_;
  std::size_t begin_;
};

// The least content of so many records.
constexpr std::uint32_t LeastBytes(std::uint32_t count) {
  const std::uint32_t bytes = (count + kMaxRecordsPerByte - 1) / kMaxRecordsPerByte;
  return bytes > kCountedCrcBytes ? bytes - kCountedCrcBytes : 0;
}

// Zeros behind the coder's bytes change nothing: `bytes` and what follows become
// `least` at least. False if there is no room.
bool PadTo(std::uint32_t least, std::span<std::uint8_t> room, std::size_t following,
           std::uint32_t& bytes) {
  while (bytes + following < least) {
    if (bytes == room.size()) return false;
    room[bytes++] = 0;
  }
  return true;
}

void EncodeRecord(const View& model, RangeCoder& coder, const CodecState& before,
                  const TagColumns* columns, const ContentRecord& record, bool& is_literal) {
  Begin(model, before);
  std::uint32_t choice = Choose(model, columns, record);
  is_literal = choice == kLiteral;
  (void)CodeChoice(model, coder, choice);
  if (is_literal) {
    std::uint8_t tag = record.tag;
    auto bytes = static_cast<std::uint32_t>(record.payload.size());
    std::int64_t time = record.time;
    CodeLiteralHead(model, coder, tag, bytes, time);
  } else {
    if (choice == kNewTag) {
      (void)CodeNewTag(model, coder, before, record.tag, columns->kinds);  // there is room
      choice = model.block().tag_count - 1u;
    }
    FollowedBy(model, choice);
    TagModel& tag = model.tag(choice);
    (void)tag.CodeTime(coder, model.block().mantissas, record.time);
    CodeColumns(model, coder, tag, record.payload.data(), nullptr);
  }
  End(model, record.time);
}

Status DecodeLiteral(const View& model, EncodedContent& content, ContentRecord& record) {
  std::uint32_t payload_bytes = 0;
  std::uint8_t tag = 0xff;  // no tag: nothing to say again
  std::int64_t time = 0;
  CodeLiteralHead(model, content.coder, tag, payload_bytes, time);
  if (tag > kMaxTag || payload_bytes > content.literals_end) return Status::kDamaged;
  content.literals_end -= payload_bytes;
  record = {content.state.next, tag, time,
            content.bytes.subspan(content.literals_end, payload_bytes)};
  return Status::kOk;
}

Status DecodeRecord(const View& model, EncodedContent& content, ContentRecord& record) {
  Begin(model, content.state);
  std::uint32_t choice = CodeChoice(model, content.coder, kLiteral);
  if (choice == kLiteral) return DecodeLiteral(model, content, record);
  if (choice == kNewTag) {
    NORLOG_TRY(CodeNewTag(model, content.coder, content.state, 0, {}));
    choice = model.block().tag_count - 1u;
  }
  if (choice >= model.block().tag_count) return Status::kDamaged;
  FollowedBy(model, choice);
  TagModel& tag = model.tag(choice);
  const std::int64_t time = tag.CodeTime(content.coder, model.block().mantissas, 0);
  CodeColumns(model, content.coder, tag, nullptr, model.payload());
  record = {content.state.next, tag.tag, time, {model.payload(), PayloadBytesOf(model, tag)}};
  return Status::kOk;
}

}  // namespace

const PackHook& CompactEncoding::packer() const {
  return kPacker;
}

void CompactEncoding::Reset(const ModelMemory& model) const {
  View(model).Clear();
}

bool CompactEncoding::Encode(const ModelMemory& memory, const CodecState& before,
                             ContentReader content, std::span<std::uint8_t> out,
                             std::uint32_t& bytes) const {
  const View model(memory);
  RangeCoder coder = RangeCoder::Encoder(out);
  Literals literals(out);
  bool any_literal = false;
  std::uint32_t count = 0;
  ContentRecord record;
  for (; content.Next(record); ++count) {
    bool is_literal = false;
    EncodeRecord(model, coder, before, FindTag(tags_, record), record, is_literal);
    const std::size_t used = std::size_t{coder.size()} + kFinishBytes;
    if (is_literal && !literals.Put(record.payload, used)) return false;
    if (!coder.ok() || used > literals.begin()) return false;
    any_literal = any_literal || is_literal;
  }
  bytes = coder.Finish(any_literal);
  if (!PadTo(LeastBytes(count), out.first(literals.begin()), literals.size(), bytes)) return false;
  literals.MoveTo(bytes);
  bytes += static_cast<std::uint32_t>(literals.size());
  return true;
}

Status CompactEncoding::DecodeNext(const ModelMemory& memory, EncodedContent& content,
                                   ContentRecord& record) const {
  if (content.left == 0) return Status::kNothingYet;
  const View model(memory);
  NORLOG_TRY(DecodeRecord(model, content, record));
  End(model, record.time);
  --content.left;
  ++content.state.next;
  return Status::kOk;
}

}  // namespace norlog
