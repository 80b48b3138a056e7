// Records as the content of a frame: runs, compared with bytes by hand.
#include "norlog/codec.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdint>
#include <limits>
#include <vector>

#include "norlog/options.h"
#include "tests/hand_built.h"

namespace norlog {
namespace {

using hand::Bytes;
using hand::Hex;

constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();

struct Plain {
  std::uint8_t tag = 0;
  std::int64_t time = 0;
  Bytes payload;
  friend bool operator==(const Plain&, const Plain&) = default;
};

// A builder with a room of its own.
class Builder {
 public:
  explicit Builder(const CodecState& state = {}) : room_(4096) { builder_.Reset(room_, state); }
  Builder& Add(std::uint8_t tag, std::int64_t time, const Bytes& payload) {
    const auto cost = builder_.Cost(tag, time, static_cast<std::uint32_t>(payload.size()));
    const std::uint32_t before = builder_.size();
    builder_.Add(tag, time, payload);
    EXPECT_EQ(builder_.size() - before, cost);
    return *this;
  }
  Bytes content() const { return Bytes(builder_.content().begin(), builder_.content().end()); }
  const CodecState& state() const { return builder_.state(); }

 private:
  Bytes room_;
  ContentBuilder builder_;
};

ContentReader ReaderOf(const Bytes& content, const CodecState& state = {}) {
  return ContentReader(state, content.at(0), std::span(content).subspan(1));
}

// All records of the content; the sequence numbers must rise from state.next.
std::vector<Plain> Decoded(const Bytes& content, const CodecState& state = {}) {
  ContentReader reader = ReaderOf(content, state);
  std::vector<Plain> records;
  ContentRecord record;
  for (Sequence next = state.next; reader.Next(record); ++next) {
    EXPECT_EQ(record.sequence, next);
    records.push_back(
        {record.tag, record.time, Bytes(record.payload.begin(), record.payload.end())});
  }
  return records;
}

bool IsMalformed(const Bytes& content, const CodecState& state = {}) {
  ContentReader reader = ReaderOf(content, state);
  ContentRecord record;
  while (reader.Next(record)) {
  }
  ContentReader skipper = ReaderOf(content, state);
  EXPECT_EQ(skipper.SkipAll(), reader.ok());
  return !reader.ok();
}

TEST(Codec, FirstRecordSaysShapeAndStep) {
  EXPECT_EQ(Builder().Add(7, 100, Hex("AA BB")).content(), Hex("C0 07 02 C8 01 AA BB"));
}

TEST(Codec, RegularRecordsCostNothingButTheirPayload) {
  Builder builder;
  builder.Add(7, 100, Hex("AA BB")).Add(7, 200, Hex("CC DD")).Add(7, 300, Hex("EE FF"));
  EXPECT_EQ(builder.content(), Hex("C2 07 02 C8 01 AA BB CC DD EE FF"));
}

TEST(Codec, NewStepBeginsARunWithoutShape) {
  Builder builder;
  builder.Add(7, 100, Hex("AA")).Add(7, 99, Hex("BB"));
  EXPECT_EQ(builder.content(), Hex("C0 07 01 C8 01 AA 40 01 BB"));
}

TEST(Codec, NewTagBeginsARunWithoutStep) {
  Builder builder;
  builder.Add(7, 100, Hex("AA")).Add(8, 200, Hex("BB")).Add(8, 300, Hex("CC DD"));
  EXPECT_EQ(builder.content(), Hex("C0 07 01 C8 01 AA 80 08 01 BB 80 08 02 CC DD"));
}

TEST(Codec, ContentGoesOnFromTheStateBefore) {
  const CodecState state{{50}, 1000, 10, 7, 2};
  EXPECT_EQ(Builder(state).Add(7, 1010, Hex("AA BB")).content(), Hex("00 AA BB"));
  EXPECT_EQ(Decoded(Hex("01 AA BB CC DD"), state),
            (std::vector<Plain>{{7, 1010, Hex("AA BB")}, {7, 1020, Hex("CC DD")}}));
}

TEST(Codec, RunHoldsAtMost64Records) {
  const CodecState state{{1}, 0, 1, 0, 0};
  Builder builder(state);
  for (int i = 1; i <= 65; ++i) builder.Add(0, i, {});
  EXPECT_EQ(builder.content(), Hex("3F 00"));
  EXPECT_EQ(Decoded(Hex("3F 00"), state).size(), 65u);
  EXPECT_EQ(builder.state().next.value, 66u);
}

TEST(Codec, EmptyPayloadsAreRecordsToo) {
  EXPECT_EQ(Decoded(Hex("C1 05 00 14")), (std::vector<Plain>{{5, 10, {}}, {5, 20, {}}}));
}

TEST(Codec, TimesWrapAtTheirExtremes) {
  Builder builder;
  builder.Add(0, kMin, {}).Add(0, kMax, {}).Add(0, 0, {}).Add(0, kMin, {});
  EXPECT_EQ(Decoded(builder.content()),
            (std::vector<Plain>{{0, kMin, {}}, {0, kMax, {}}, {0, 0, {}}, {0, kMin, {}}}));
}

TEST(Codec, SkipAllReachesTheSameState) {
  const Bytes content = Hex("C2 07 01 C8 01 AA BB CC 41 01 DD EE 80 09 00");
  ContentReader reader = ReaderOf(content);
  ContentRecord record;
  while (reader.Next(record)) {
  }
  ContentReader skipper = ReaderOf(content);
  ASSERT_TRUE(skipper.SkipAll());
  EXPECT_EQ(skipper.state().next.value, 7u);
  EXPECT_EQ(skipper.state().next, reader.state().next);
  EXPECT_EQ(skipper.state().time, reader.state().time);
  EXPECT_EQ(skipper.state().step, -1);
  EXPECT_EQ(skipper.state().tag, 9);
  EXPECT_EQ(skipper.state().payload_bytes, 0u);
}

TEST(Codec, PayloadsBeyondTheEndAreMalformed) {
  EXPECT_FALSE(IsMalformed(Hex("C1 07 02 00 AA BB CC DD")));
  EXPECT_TRUE(IsMalformed(Hex("C1 07 02 00 AA BB CC")));
  EXPECT_TRUE(IsMalformed(Hex("80 07 FF 7F 01")));
}

TEST(Codec, CutOffRunHeadIsMalformed) {
  EXPECT_TRUE(IsMalformed(Hex("80")));
  EXPECT_TRUE(IsMalformed(Hex("80 07")));
  EXPECT_TRUE(IsMalformed(Hex("C0 07 00")));
  EXPECT_TRUE(IsMalformed(Hex("40 80")));
  EXPECT_TRUE(IsMalformed(Hex("40 80 00")));  // a padded varint
}

TEST(Codec, TagAboveTheLogsOwnIsMalformed) {
  EXPECT_FALSE(IsMalformed(Hex("80 7F 00")));
  EXPECT_FALSE(IsMalformed(Hex("80 80 00")));
  EXPECT_TRUE(IsMalformed(Hex("80 81 00")));
}

TEST(Codec, PayloadLongerThanAnyBlockIsMalformed) {
  EXPECT_TRUE(IsMalformed(hand::Join({Hex("80 00"), hand::Varint(kMaxBlockBytes + 1)})));
  EXPECT_TRUE(IsMalformed(hand::Join({Hex("80 00"), hand::Varint(0xFFFFFFFFFFFFFFFF)})));
}

TEST(Codec, NothingIsReturnedBehindMalformedContent) {
  const Bytes content = Hex("C0 07 01 02 AA 80 81 00");
  EXPECT_EQ(Decoded(content), (std::vector<Plain>{{7, 1, Hex("AA")}}));
}

rc::Gen<std::int64_t> AnyTime() {
  return rc::gen::oneOf(
      rc::gen::arbitrary<std::int64_t>(),
      rc::gen::elementOf(std::vector<std::int64_t>{kMin, kMin + 1, -1, 0, 1, kMax - 1, kMax}),
      rc::gen::inRange<std::int64_t>(0, 5));
}

rc::Gen<Plain> AnyRecord() {
  return rc::gen::build<Plain>(
      rc::gen::set(&Plain::tag, rc::gen::cast<std::uint8_t>(rc::gen::inRange<int>(0, 4))),
      rc::gen::set(&Plain::time, AnyTime()),
      rc::gen::set(&Plain::payload, rc::gen::container<Bytes>(*rc::gen::inRange<std::size_t>(0, 3),
                                                              rc::gen::arbitrary<std::uint8_t>())));
}

RC_GTEST_PROP(CodecProperty, AnyRecordsComeBack, ()) {
  const auto count = *rc::gen::inRange<std::size_t>(1, 200);
  const auto records = *rc::gen::container<std::vector<Plain>>(count, AnyRecord());
  const CodecState start{{*rc::gen::inRange<std::uint64_t>(1, 1000)}, *AnyTime(), *AnyTime(), 3, 1};
  Builder builder(start);
  for (const Plain& record : records) builder.Add(record.tag, record.time, record.payload);
  RC_ASSERT(Decoded(builder.content(), start) == records);
  const Bytes content = builder.content();
  ContentReader whole = ReaderOf(content, start);
  RC_ASSERT(whole.SkipAll());
  RC_ASSERT(whole.state().time == builder.state().time);
  RC_ASSERT(whole.state().step == builder.state().step);
  RC_ASSERT(whole.state().next == builder.state().next);
}

RC_GTEST_PROP(CodecProperty, AnyBytesEndWithoutLeavingTheContent, (const Bytes& content)) {
  RC_PRE(!content.empty());
  ContentReader reader = ReaderOf(content);
  ContentRecord record;
  std::size_t payload_bytes = 0;
  while (reader.Next(record)) {
    RC_ASSERT(record.payload.data() >= content.data() + 1);
    RC_ASSERT(record.payload.data() + record.payload.size() <= content.data() + content.size());
    payload_bytes += record.payload.size();
  }
  RC_ASSERT(payload_bytes < content.size());
  ContentReader skipper = ReaderOf(content);
  RC_ASSERT(skipper.SkipAll() == reader.ok());
}

}  // namespace
}  // namespace norlog
