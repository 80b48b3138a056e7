// The frames that the engine builds, compared with frames written by hand.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>

#include "norlog/frame.h"
#include "tests/hand_built.h"

namespace norlog {
namespace {

using hand::Bytes;
using hand::Hex;

constexpr std::uint64_t kNumber = 19;
constexpr std::uint64_t kIdentity = 0x1122334455667788;

TEST(FrameBuild, EngineBuildsTheSameBytes) {
  const FrameSeed seed{kIdentity, {kNumber}};
  Bytes buffer(256, 0xEE);
  const Bytes content = Hex("00 CC DD");
  constexpr std::uint32_t kRoom = 150;
  std::uint32_t start = 0;
  const auto built = [&](std::uint32_t bytes) {
    return Bytes(buffer.begin() + start, buffer.begin() + start + bytes);
  };
  const auto put = [&] { std::copy(content.begin(), content.end(), buffer.begin() + kRoom); };
  put();
  BlockState block;
  EXPECT_EQ(built(BuildDataFrame(seed, 300, block, {77}, buffer, kRoom, 3, start)),
            hand::Frame({kIdentity, kNumber, 300}, 0x3C, content, 77));
  block.last = {.any = true, .bytes = 3};
  EXPECT_EQ(DataFrameBytes(block, 0x00, 3), 7u);
  EXPECT_EQ(built(BuildDataFrame(seed, 300, block, {78}, buffer, kRoom, 3, start)),
            hand::SameFrame({kIdentity, kNumber, 300}, content, 78));
  put();
  HeadPrefix prefix{true, false, {{kNumber - 1}, 777}, {{9}, -1, 300, 7, 2}, {}};
  prefix.block = 1;
  prefix.block_tags[0] = 0x81;
  prefix.unordered = true;
  prefix.clock = true;
  prefix.cursors.enabled = 2;
  prefix.cursors.at[1] = {3};
  EXPECT_EQ(
      built(BuildHeadFrame(seed, 257, prefix, buffer, kRoom, 3, start)),
      hand::Frame({kIdentity, kNumber, 257}, 0x5D,
                  hand::Join({hand::FromBytes(1, 777),
                              hand::PrefixBytes({9, -1, 300, 7, 2, hand::Cursors(2, {5}), {0x81}}),
                              content})));
  Cursors moved = prefix.cursors;
  moved.enabled = 0x86;
  moved.at[2] = {0};
  moved.at[7] = {8};
  const std::uint32_t bytes = BuildCursorFrame(seed, 300, {9}, prefix.cursors, moved, buffer);
  EXPECT_EQ(
      Bytes(buffer.begin(), buffer.begin() + bytes),
      hand::Frame({kIdentity, kNumber, 300}, 0x4D, hand::MovedCursors(0x86, 0x84, {8, 0}), 9));
}

TEST(FrameBuild, SchemaFrameIsTagAndText) {
  const FrameSeed seed{kIdentity, {kNumber}};
  Bytes buffer(kMaxSchemaFrameBytes, 0xEE);
  const Bytes text = Hex("51 66");  // "Qf"
  for (const bool also_before : {false, true}) {
    const std::uint32_t bytes = BuildSchemaFrame(seed, 300, {5, also_before, text}, buffer);
    EXPECT_EQ(Bytes(buffer.begin(), buffer.begin() + bytes),
              hand::Frame({kIdentity, kNumber, 300}, 0x6B,
                          hand::Join({Hex(also_before ? "85" : "05"), text})));
  }
  const Bytes longest(kMaxSchemaTextBytes, 0x66);
  EXPECT_EQ(BuildSchemaFrame(seed, 300, {5, false, longest}, buffer), kMaxSchemaFrameBytes);
}

TEST(FrameBuild, FrameReadPieceByPieceChecks) {
  Bytes frame = hand::Frame({kIdentity, kNumber, 257}, 0x53, Bytes(100, 7));
  for (const bool intact : {true, false}) {
    if (!intact) frame[60] ^= 0x10;
    FrameCheck check({kIdentity, {kNumber}}, 257);
    check.Add(std::span(frame).first(33));
    check.Add(std::span(frame).subspan(33));
    EXPECT_EQ(check.Ok(), intact);
  }
}

}  // namespace
}  // namespace norlog
