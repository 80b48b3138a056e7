#include "norlog/packer.h"

#include <cstring>

#include "norlog/bucket_end.h"

namespace norlog {
namespace {

void CopyModel(const ModelMemory& from, const ModelMemory& to) {
  std::memcpy(to.bytes.data(), from.bytes.data(), from.bytes.size());
}

ContentReader PendingContent(const Core& core, const FrameSpec& spec) {
  const auto content = core.FrameBuffer().subspan(core.layout.content_room, spec.content_bytes);
  return {spec.before, content[0], content.subspan(1)};
}

// SetClock records are raw: whoever looks for one need not decode.
bool HoldsClock(const FrameSpec& spec) {
  return spec.trail.last_clock >= spec.before.next;
}

// Encodes into the encode buffer with the writer's model.
bool Encode(Core& core, const CodecState& before, FrameSpec& spec) {
  const std::span<std::uint8_t> out =
      core.EncodeBuffer().subspan(core.layout.encoded_room, kMaxEncodedBytes);
  const std::uint64_t count = spec.after.next - spec.before.next;
  if (count > kMaxEncodedCount) return false;
  if (!core.encoding->Encode(core.WriterModel(), before, PendingContent(core, spec), out,
                             spec.encoded_bytes)) {
    return false;
  }
  spec.encoded_before = before;
  spec.encoded_count = static_cast<std::uint32_t>(count);
  return true;
}

// The codec state from which the first record's time is expected: a head frame
// with encoded content is free to choose it.
CodecState ExpectingFirst(const Core& core, const FrameSpec& spec) {
  ContentReader content = PendingContent(core, spec);
  ContentRecord first;
  ContentRecord second;
  CodecState state = spec.before;
  if (!content.Next(first)) return state;
  state.step = content.Next(second) ? WrapSub(second.time, first.time) : 0;
  state.time = WrapSub(first.time, state.step);
  return state;
}

void SaveModel(Core& core) {
  if (!core.model_ready) return;
  CopyModel(core.WriterModel(), core.SavedModel());
  core.model_saved = true;
  core.model_ready = false;
}

// Decodes the encoded frames of the head block, whose image is given.
bool Learn(Core& core, std::span<const std::uint8_t> image) {
  const Head& head = core.head;
  BlockWalker walker(core.layout, core.Seed(head.number), head.block, image);
  for (Frame frame; walker.Next(frame);) {
    if (frame.encoded_count == 0) continue;
    const EncodedContent content(frame.prefix.codec, frame.encoded_count, frame.rest);
    if (!Ok(LearnFrom(*core.encoding, core.WriterModel(), content))) return false;
  }
  return walker.state().codec.next == head.state.codec.next;
}

}  // namespace

Status Packer::LearnModel(Core& core) const {
  if (core.model_ready || core.head.use == BlockUse::kUsedUp) {
    return Status::kOk;
  }
  core.encoding->Reset(core.WriterModel());
  core.model_ready = true;
  if (!core.head.state.any_encoded) return Status::kOk;
  const Offset begin = core.layout.BlockBegin(core.head.block);
  const std::span<std::uint8_t> image = core.FrameBuffer().first(core.head.end - begin);
  core.model_ready = false;
  NORLOG_TRY(core.io.ReadTolerant(core.layout.IndexOf(core.head.number), begin, image));
  core.model_ready = Learn(core, image);
  return Status::kOk;
}

void Packer::PackForHeadBlock(Core& core, FrameSpec& spec) const {
  spec.encoded_count = 0;
  if (spec.content_bytes == 0 || !core.model_ready) return;
  if (HoldsClock(spec)) return;
  SaveModel(core);
  const std::uint8_t first = core.FrameBuffer()[core.layout.content_room];
  const bool smaller = Encode(core, core.head.state.codec, spec) &&
                       EncodedFrameBytes(core.head.state, spec.encoded_bytes, spec.encoded_count) <
                           DataFrameBytes(core.head.state, first, spec.content_bytes);
  if (!smaller) Unpack(core, spec);
}

void Packer::PackForNewBlock(Core& core, FrameSpec& spec) const {
  spec.encoded_count = 0;
  if (spec.content_bytes == 0) return;
  if (core.frame_failed) return;  // copies are raw: whoever looks at one need not decode
  if (HoldsClock(spec)) return;
  SaveModel(core);
  core.encoding->Reset(core.WriterModel());
  const FrameSeed seed = core.Seed(core.head.number);
  const std::uint32_t raw = HeadPrefixBytes(seed, MakePrefix(spec)) + spec.content_bytes;
  if (!Encode(core, ExpectingFirst(core, spec), spec) ||
      HeadPrefixBytes(seed, MakePrefix(spec)) + spec.encoded_bytes >= raw) {
    spec.encoded_count = 0;
  }
}

void Packer::Unpack(Core& core, FrameSpec& spec) const {
  spec.encoded_count = 0;
  if (!core.model_saved) return;
  CopyModel(core.SavedModel(), core.WriterModel());
  core.model_saved = false;
  core.model_ready = true;
}

void Packer::Packed(Core& core, const FrameSpec& spec) const {
  if (spec.content_bytes == 0) return;
  const std::uint32_t bytes = spec.encoded_count > 0 ? spec.encoded_bytes : spec.content_bytes;
  core.packed_per_256 = bytes * 256 / spec.content_bytes;
  if (spec.encoded_count == 0) return;
  core.model_ready = true;
  core.model_saved = false;
}

Status Packer::DecodeLast(Core& core, const FrameSeed& seed, std::span<const std::uint8_t> image,
                          BucketEnd& end) const {
  const Encoding* const encoding = core.encoding;
  encoding->Reset(core.WriterModel());
  EncodedContent content;
  BlockWalker walker(core.layout, seed, end.block, image);
  for (Frame frame; walker.Next(frame);) {
    if (frame.encoded_count == 0) continue;
    content = EncodedContent(frame.prefix.codec, frame.encoded_count, frame.rest);
    if (frame.offset == end.at.offset) break;
    NORLOG_TRY(LearnFrom(*encoding, core.WriterModel(), content));
  }
  // What is decoded goes where the encoded bytes stand.
  const std::span<std::uint8_t> moved = core.EncodeBuffer();
  if (content.bytes.size() > moved.size()) return Status::kDamaged;
  if (!content.bytes.empty()) {
    std::memcpy(moved.data(), content.bytes.data(), content.bytes.size());
  }
  content = EncodedContent(content.state, content.left, moved.first(content.bytes.size()));
  ContentBuilder builder;
  // A firmware with fewer readers may have filled it beyond what this one would.
  const std::uint32_t max_bytes = core.layout.MaxContentBytes(end.state.cursors.EnabledCount());
  builder.Reset(core.FrameBuffer().subspan(core.layout.content_room, max_bytes), content.state,
                end.trail_before);
  for (ContentRecord record;;) {
    const Status status = encoding->DecodeNext(core.WriterModel(), content, record);
    if (status == Status::kNothingYet) break;
    NORLOG_TRY(status);
    const auto bytes = static_cast<std::uint32_t>(record.payload.size());
    if (builder.Cost(record.tag, record.time, bytes) > builder.free_bytes()) {
      return Status::kDamaged;
    }
    builder.Add(record.tag, record.time, record.payload);
  }
  end.content_bytes = builder.size();
  end.state.codec = builder.state();
  end.trail = builder.trail();
  return Status::kOk;
}

}  // namespace norlog
