#include "bench/prefilled_chip.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "bench/workload.h"
#include "flashsim/rng.h"
#include "norlog/codec.h"
#include "norlog/format.h"
#include "norlog/frame.h"

namespace norlog::bench {
namespace {

constexpr std::uint32_t kNoIndex = ~std::uint32_t{0};

std::int64_t TimeOf(std::uint64_t sequence) {
  return SampleTime(sequence - 1);
}

}  // namespace

PrefilledChip::PrefilledChip(flashsim::SimFlash blank, const RingState& ring)
    : chip_(std::move(blank)),
      ring_(ring),
      layout_(MakeLayout(ring.options, chip_.geometry())),
      cached_index_(kNoIndex) {}

BucketNumber PrefilledChip::NumberAt(BucketIndex index) const {
  const std::uint32_t lap = layout_.LapOf(ring_.head);
  const bool this_lap = index <= layout_.IndexOf(ring_.head);
  return layout_.NumberOf(this_lap ? lap : lap - 1, index);
}

Sequence PrefilledChip::SequenceAt(BucketNumber number, std::uint32_t block) const {
  const std::uint64_t bucket = number.value - layout_.bucket_count;  // from lap 1, index 0
  return {1 + bucket * layout_.block_count + block};
}

// Splitmix of the index: independent of everything else.
std::uint64_t PrefilledChip::Chance(BucketIndex index) const {
  flashsim::Rng rng(0x9e37'79b9'7f4a'7c15ULL * (index.value + 1));
  return rng.Next();
}

bool PrefilledChip::IsRetired(BucketIndex index) const {
  return ring_.retired_one_in != 0 && index != layout_.IndexOf(ring_.head) &&
         Chance(index) % ring_.retired_one_in == 0;
}

void PrefilledChip::FillFront(BucketNumber number, std::span<std::uint8_t> image) const {
  const BucketIndex index = layout_.IndexOf(number);
  EncodeMark(layout_, index, layout_.LapOf(number), image.first<kMarkBytes>());
  std::memset(&image[layout_.open_offset], kMarkFill, layout_.note_bytes);
  const Sequence first = SequenceAt(number, 0);
  Header header;
  header.probe.lap = layout_.LapOf(number);
  header.probe.identity = ring_.identity;
  header.probe.first_sequence = first;
  header.erase_ahead = ring_.options.erase_ahead;
  const std::uint64_t reach = number.value + layout_.window + 1;
  header.tail = {std::max<std::uint64_t>(reach - layout_.bucket_count, layout_.bucket_count)};
  header.time = TimeOf(first.value - 1);
  header.ordered_count = static_cast<std::uint32_t>(first.value - 1);
  header.tags.behind[TagClass(kSampleTag)] = 0;
  std::fill_n(header.tags.blocks, layout_.block_count, TagBit(kSampleTag));
  EncodeHeader(layout_, index, header, image.subspan(layout_.header_offset).first<kHeaderBytes>());
}

void PrefilledChip::FillBlock(BucketNumber number, std::uint32_t block,
                              std::span<std::uint8_t> image) const {
  const Sequence sequence = SequenceAt(number, block);
  HeadPrefix prefix;
  prefix.codec = {sequence, TimeOf(sequence.value - 1), kSampleStep, kSampleTag,
                  ring_.payload_bytes};
  prefix.block = block;
  std::fill_n(prefix.block_tags, block, TagBit(kSampleTag));
  prefix.cursors.enabled = static_cast<std::uint8_t>((1u << ring_.options.reader_count) - 1);
  std::vector<std::uint8_t> buffer(layout_.block_bytes);
  ContentBuilder content;
  content.Reset(std::span(buffer).subspan(layout_.content_room, layout_.max_content_bytes),
                prefix.codec);
  content.Add(kSampleTag, TimeOf(sequence.value),
              RandomPayload(sequence.value - 1, ring_.payload_bytes));
  std::uint32_t start = 0;
  const std::uint32_t bytes =
      BuildHeadFrame({ring_.identity, number}, layout_.FramesBegin(block), prefix, buffer,
                     layout_.content_room, content.size(), start);
  std::memset(&image[layout_.BlockBegin(block)], kMarkFill, layout_.unit);
  std::memcpy(&image[layout_.FramesBegin(block)], &buffer[start], bytes);
  if (number == ring_.head && block + 1 == ring_.head_blocks) {
    std::memset(&image[layout_.FramesBegin(block) + layout_.Up(bytes)], kMarkFill, layout_.unit);
  }
}

void PrefilledChip::FillBucket(BucketNumber number, std::uint32_t blocks,
                               std::span<std::uint8_t> image) const {
  FillFront(number, image);
  for (std::uint32_t block = 0; block < blocks; ++block) FillBlock(number, block, image);
}

void PrefilledChip::FillRetired(BucketIndex index, std::span<std::uint8_t> image) const {
  flashsim::Rng rng(Chance(index));
  const std::uint64_t lap = layout_.LapOf(ring_.head);
  const std::uint64_t age = 2 + rng.Next() % 4;  // laps ago that it failed
  switch (rng.Next() % 3) {
    case 0:
      if (lap <= age) return;
      FillBucket(layout_.NumberOf(static_cast<std::uint32_t>(lap - age), index),
                 layout_.block_count, image);
      return;
    case 1:
      for (std::uint8_t& byte : image) byte = rng.NextByte();
      return;
    default: return;  // it reads erased
  }
}

std::vector<std::uint8_t> PrefilledChip::Image(BucketIndex index) const {
  std::vector<std::uint8_t> image(layout_.bucket_bytes, kErasedByte);
  const BucketNumber number = NumberAt(index);
  const BucketNumber reused = number + layout_.bucket_count;  // its next filling
  if (IsRetired(index)) {
    FillRetired(index, image);
  } else if (ring_.maintained && reused > ring_.head &&
             reused - ring_.head <= ring_.options.erase_ahead) {
    EncodeMark(layout_, index, layout_.LapOf(reused),
               std::span<std::uint8_t>(image).first<kMarkBytes>());
  } else {
    FillBucket(number, number == ring_.head ? ring_.head_blocks : layout_.block_count, image);
  }
  return image;
}

const std::vector<std::uint8_t>& PrefilledChip::CachedImage(BucketIndex index) {
  if (cached_index_ != index.value) cached_ = Image(index);
  cached_index_ = index.value;
  return cached_;
}

void PrefilledChip::Materialise(BucketIndex index) {
  if (!in_chip_.insert(index.value).second) return;
  const std::uint64_t address = std::uint64_t{index.value} * layout_.bucket_bytes;
  chip_.Poke(address, Image(index));
  if (!IsRetired(index)) return;
  const std::uint32_t units = layout_.bucket_bytes / geometry().erase_unit_bytes;
  for (std::uint32_t i = 0; i < units; ++i) {
    chip_.MakeBad(index.value * units + i, flashsim::BadMode::kEraseFails);
  }
}

Status PrefilledChip::Read(std::uint64_t address, std::span<std::uint8_t> out) {
  NORLOG_TRY(chip_.Read(address, out));
  while (!out.empty()) {
    const BucketIndex index{static_cast<std::uint32_t>(address / layout_.bucket_bytes)};
    const std::uint64_t offset = address % layout_.bucket_bytes;
    const std::uint64_t bytes = std::min<std::uint64_t>(out.size(), layout_.bucket_bytes - offset);
    if (!in_chip_.contains(index.value)) {
      std::memcpy(out.data(), &CachedImage(index)[offset], bytes);
    }
    address += bytes;
    out = out.subspan(bytes);
  }
  return Status::kOk;
}

Status PrefilledChip::Program(std::uint64_t address, std::span<const std::uint8_t> data) {
  Materialise({static_cast<std::uint32_t>(address / layout_.bucket_bytes)});
  return chip_.Program(address, data);
}

Status PrefilledChip::Erase(std::uint64_t address, std::uint32_t size) {
  Materialise({static_cast<std::uint32_t>(address / layout_.bucket_bytes)});
  return chip_.Erase(address, size);
}

}  // namespace norlog::bench
