// The encoder and its decoder beside each other: what goes in comes out, and
// what no engine wrote does no harm.
#include "norlog/compact.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "norlog/codec.h"
#include "norlog/columns.h"
#include "norlog/options.h"

namespace norlog {
namespace {

using Bytes = std::vector<std::uint8_t>;

struct Sample {
  std::uint8_t tag = 0;
  std::int64_t time = 0;
  Bytes payload;
  bool operator==(const Sample&) const = default;
};

// One side's model, in memory of any alignment.
class Model {
 public:
  Model(std::uint8_t tags, std::uint8_t columns, std::size_t misalign = 0) {
    Options options;
    options.encoded_tags = tags;
    options.encoded_columns = columns;
    bytes_.resize(ModelBytes(options) + misalign);
    memory_ = {std::span(bytes_).subspan(misalign), tags, columns};
  }
  Model(Model&&) = default;  // the bytes stay where they are
  const ModelMemory& memory() const { return memory_; }

 private:
  Bytes bytes_;
  ModelMemory memory_;
};

// A block: frames encoded one after the other, and decoded.
class Block {
 public:
  Block(const CompactEncoding& encoding, Model writer, Model reader)
      : encoding_(encoding), writer_(std::move(writer)), reader_(std::move(reader)) {
    encoding_.Reset(writer_.memory());
    encoding_.Reset(reader_.memory());
  }

  // The bytes of a frame with these records; empty and false if they do not fit.
  bool Encode(const std::vector<Sample>& samples, Bytes& out) {
    Bytes room(65536);
    ContentBuilder builder;
    builder.Reset(room, state_);
    for (const Sample& s : samples) builder.Add(s.tag, s.time, s.payload);
    out.assign(out.size() == 0 ? std::size_t{4096} : out.size(), 0);
    std::uint32_t bytes = 0;
    const ContentReader content(state_, room[0],
                                std::span(room).subspan(1, builder.size() - std::size_t{1}));
    if (!encoding_.Encode(writer_.memory(), state_, content, out, bytes)) return false;
    out.resize(bytes);
    return true;
  }

  // With anything behind it, as on flash.
  std::vector<Sample> Decode(const Bytes& frame, std::size_t count, Status& status) {
    EncodedContent content(state_, static_cast<std::uint32_t>(count), frame);
    std::vector<Sample> samples;
    ContentRecord record;
    while ((status = encoding_.DecodeNext(reader_.memory(), content, record)) == Status::kOk) {
      samples.push_back(
          {record.tag, record.time, Bytes(record.payload.begin(), record.payload.end())});
    }
    return samples;
  }

 private:
  const CompactEncoding& encoding_;
  Model writer_;
  Model reader_;
  CodecState state_{{77}, 1000, 60, 0, 0};
};

// Numbers as they occur: small steps, marks, extremes, anything.
std::uint64_t DrawValue(std::uint64_t last) {
  const int kind = *rc::gen::inRange(0, 8);
  switch (kind) {
    case 0: return *rc::gen::arbitrary<std::uint64_t>();
    case 1: return ~std::uint64_t{989};
    case 2:
      return *rc::gen::element(std::uint64_t{0}, ~std::uint64_t{0}, std::uint64_t{1} << 63,
                               std::uint64_t{0x7fc00001}, std::uint64_t{0x80000000},
                               std::uint64_t{0x7ff8000000000001}, std::uint64_t{0xff800000});
    case 3: return last;
    default: return last + static_cast<std::uint64_t>(*rc::gen::inRange(-40, 40) * 5);
  }
}

std::int64_t DrawTime(std::int64_t last) {
  const auto moved = static_cast<std::uint64_t>(last);
  switch (*rc::gen::inRange(0, 8)) {
    case 0: return *rc::gen::arbitrary<std::int64_t>();
    case 1:
      return static_cast<std::int64_t>(moved +
                                       static_cast<std::uint64_t>(*rc::gen::inRange(-90, 400)));
    default: return static_cast<std::int64_t>(moved + 60);
  }
}

void Put(Bytes& out, std::uint64_t value, std::uint32_t bytes) {
  for (std::uint32_t i = 0; i < bytes; ++i)
    out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

RC_GTEST_PROP(Compact, DecodesToWhatWasEncoded, ()) {
  const auto tag_count = *rc::gen::inRange<std::size_t>(1, 9);  // more than a model can hold
  std::vector<std::vector<ColumnKind>> kinds(tag_count);
  std::vector<TagColumns> tags;
  for (std::size_t i = 0; i < tag_count; ++i) {
    for (int n = *rc::gen::inRange(0, 8); n > 0; --n) {
      kinds[i].push_back(static_cast<ColumnKind>(*rc::gen::inRange(0, 6)));
    }
    tags.push_back({static_cast<std::uint8_t>(10 + i), kinds[i]});
  }
  const CompactEncoding encoding(tags);
  const auto capacity = *rc::gen::inRange<std::uint8_t>(1, kMaxEncodedTags + 1);
  const auto columns = *rc::gen::inRange<std::uint8_t>(0, kMaxEncodedColumns + 1);
  Block block(encoding, Model(capacity, columns, 3), Model(capacity, columns, 5));
  std::int64_t time = 0;
  std::uint64_t value = 0;
  std::vector<std::uint64_t> last(tag_count * 8);
  for (int frames = *rc::gen::inRange(1, 6); frames > 0; --frames) {
    std::vector<Sample> samples(*rc::gen::inRange<std::size_t>(1, 24));
    for (Sample& sample : samples) {
      const auto tag = *rc::gen::inRange<std::size_t>(0, tag_count);
      sample.time = time = DrawTime(time);
      sample.tag = tags[tag].tag;
      for (std::size_t c = 0; c < kinds[tag].size(); ++c) {
        value = last[tag * 8 + c] = DrawValue(last[tag * 8 + c]);
        Put(sample.payload, value, ColumnBytes(kinds[tag][c]));
      }
      if (*rc::gen::inRange(0, 10) == 0) {  // not what the table says
        sample.tag = static_cast<std::uint8_t>(*rc::gen::inRange(0, 128));
        sample.payload.resize(*rc::gen::inRange<std::size_t>(0, 40));
      }
    }
    Bytes frame;
    RC_ASSERT(block.Encode(samples, frame));
    Status status = Status::kOk;
    RC_ASSERT(block.Decode(frame, samples.size(), status) == samples);
    RC_ASSERT(status == Status::kNothingYet);
  }
}

// Any bytes: an answer, no access out of bounds (the sanitizers look), no more
// records than the frame says.
RC_GTEST_PROP(Compact, AnyBytesDecodeToSomething, ()) {
  const CompactEncoding encoding;
  Block block(encoding, Model(2, 6), Model(2, 6));
  for (int frames = 0; frames < 4; ++frames) {
    const auto bytes = *rc::gen::container<Bytes>(rc::gen::arbitrary<std::uint8_t>());
    const auto count = *rc::gen::inRange<std::size_t>(1, 300);
    Status status = Status::kOk;
    for (const Sample& sample : block.Decode(bytes, count, status)) {
      RC_ASSERT(sample.tag <= kMaxTag);
      RC_ASSERT(sample.payload.size() <= std::max<std::size_t>(bytes.size(), 48));
    }
    RC_ASSERT(status == Status::kNothingYet || status == Status::kDamaged ||
              status == Status::kCannotDecode);
    if (status != Status::kNothingYet) return;
  }
}

constexpr ColumnKind kThree[] = {ColumnKind::kInt32, ColumnKind::kInt32, ColumnKind::kInt32};
constexpr TagColumns kThreeOfTag1[] = {{1, kThree}};

std::vector<Sample> Steady(std::size_t count) {
  std::vector<Sample> samples;
  for (std::size_t i = 0; i < count; ++i) {
    Sample sample{1, static_cast<std::int64_t>(1000 + 60 * i), {}};
    for (const std::uint64_t value : {std::uint64_t{500}, std::uint64_t{7}, i % 2}) {
      Put(sample.payload, value, 4);
    }
    samples.push_back(sample);
  }
  return samples;
}

TEST(Compact, WhatIsExpectedCostsAlmostNothing) {
  const CompactEncoding encoding(kThreeOfTag1);
  Block block(encoding, Model(1, 3), Model(1, 3));
  Bytes first;
  ASSERT_TRUE(block.Encode(Steady(64), first));
  Bytes second;
  ASSERT_TRUE(block.Encode(Steady(1), second));
  EXPECT_LT(first.size(), 64U);  // 768 as they are
}

// So many records a byte, at most: zeros are put behind the coder's bytes, before
// the payloads that stand apart.
TEST(Compact, ContentIsNeverDenserThanItMayBe) {
  for (const std::size_t count : {8U, 33U, 40U, 41U, 300U}) {
    for (const bool with_literal : {false, true}) {
      const CompactEncoding encoding(kThreeOfTag1);
      Block block(encoding, Model(1, 3), Model(1, 3));
      Bytes first;
      ASSERT_TRUE(block.Encode(Steady(300), first));
      Status status = Status::kOk;
      ASSERT_EQ(block.Decode(first, 300, status).size(), 300U);
      std::vector<Sample> samples(count, Steady(300).back());
      if (with_literal) samples.back() = {9, samples.back().time, {1, 2, 3}};
      Bytes second;
      ASSERT_TRUE(block.Encode(samples, second));
      EXPECT_LE(count, MaxEncodedRecords(second.size()));
      EXPECT_LE(second.size(), count / 4 + 12);
      EXPECT_TRUE(block.Decode(second, count, status) == samples);
    }
  }
}

TEST(Compact, OutputThatIsTooSmallIsRefused) {
  const CompactEncoding encoding(kThreeOfTag1);
  for (std::size_t size = 1; size < 12; ++size) {
    Block block(encoding, Model(1, 3), Model(1, 3));
    Bytes out(size);
    EXPECT_FALSE(block.Encode(Steady(20), out)) << size;
  }
}

TEST(Compact, ModelThatIsTooSmallSaysSo) {
  const CompactEncoding encoding(kThreeOfTag1);
  Block block(encoding, Model(1, 3), Model(1, 2));
  Bytes frame;
  ASSERT_TRUE(block.Encode(Steady(4), frame));
  Status status = Status::kOk;
  EXPECT_TRUE(block.Decode(frame, 4, status).empty());
  EXPECT_EQ(status, Status::kCannotDecode);
}

TEST(Compact, MissingMarksAreRemembered) {
  const CompactEncoding encoding(kThreeOfTag1);
  std::vector<Sample> samples = Steady(200);
  for (std::size_t i = 0; i < samples.size(); i += 3) {
    std::memset(samples[i].payload.data(), 0x80, 4);
  }
  Block block(encoding, Model(1, 3), Model(1, 3));
  Bytes frame;
  ASSERT_TRUE(block.Encode(samples, frame));
  EXPECT_LT(frame.size(), 200U);  // a jump of 2^31 would take four bytes, twice
}

}  // namespace
}  // namespace norlog
