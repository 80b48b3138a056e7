// Options and geometry turned into offsets, at compile time; each way to get
// them wrong has a name.
#include "norlog/layout.h"

#include <gtest/gtest.h>

#include <cstdint>

#include "flashsim/profiles.h"
#include "tests/engine_rig.h"
#include "tests/hand_built.h"

namespace norlog {
namespace {

constexpr Geometry SpiNor() {
  Geometry g;
  g.erase_unit_bytes = 4096;
  g.erase_unit_count = 256;
  g.program_unit_bytes = 1;
  g.page_bytes = 256;
  g.program_rule = ProgramRule::kBits;
  return g;
}

constexpr Geometry With(std::uint32_t Geometry::*field, std::uint32_t value) {
  Geometry g = SpiNor();
  g.*field = value;
  return g;
}

template <typename T, typename V>
constexpr Options With(T Options::*field, V value) {
  Options o;
  o.*field = static_cast<T>(value);
  return o;
}

constexpr Options Blocks(std::uint32_t bucket_bytes, std::uint32_t block_bytes) {
  Options o;
  o.bucket_bytes = bucket_bytes;
  o.block_bytes = block_bytes;
  return o;
}

static_assert(Validate(Options(), SpiNor()) == OptionsError::kNone);

TEST(Layout, OffsetsOfByteProgrammedFlash) {
  constexpr Layout l = MakeLayout(Blocks(1024, 256), SpiNor());
  EXPECT_EQ(l.open_offset, 12u);
  EXPECT_EQ(l.void_offset, 16u);
  EXPECT_EQ(l.header_offset, 20u);
  EXPECT_EQ(l.BlockBegin(0), 124u);
  EXPECT_EQ(l.FramesBegin(0), 125u);
  EXPECT_EQ(l.FramesEnd(0), 255u);
  EXPECT_EQ(l.BlockBegin(3), 768u);
  EXPECT_EQ(l.BlockEnd(3), 1024u);
  EXPECT_EQ(l.block_count, 4u);
}

TEST(Layout, OffsetsAreRoundedUpToTheProgramUnit) {
  for (const std::uint32_t unit : {1u, 2u, 4u, 8u, 16u, 32u}) {
    const Layout l = MakeLayout(Options(), With(&Geometry::program_unit_bytes, unit));
    const hand::Shape shape{4096, 256, 1024, 256, unit};
    EXPECT_EQ(l.open_offset, shape.OpenNoteAt());
    EXPECT_EQ(l.void_offset, shape.VoidNoteAt());
    EXPECT_EQ(l.header_offset, shape.HeaderAt());
    EXPECT_EQ(l.data_offset, shape.BlockAt(0));
    EXPECT_EQ(l.FramesBegin(2), shape.FramesAt(2));
    EXPECT_EQ(l.FramesEnd(2), 3 * 1024 - unit);
  }
}

TEST(Layout, CheckCoversEachSize) {
  const Layout l = MakeLayout(Options(), SpiNor());
  EXPECT_EQ(l.check, (hand::Shape{4096, 256, 1024, 256, 1}.Check()));
  EXPECT_NE(l.check, MakeLayout(Blocks(8192, 1024), SpiNor()).check);
  EXPECT_NE(l.check, MakeLayout(Blocks(4096, 512), SpiNor()).check);
  EXPECT_NE(l.check, MakeLayout(Options(), With(&Geometry::erase_unit_count, 255)).check);
  EXPECT_NE(l.check, MakeLayout(Options(), With(&Geometry::page_bytes, 512)).check);
  EXPECT_NE(l.check, MakeLayout(Options(), With(&Geometry::program_unit_bytes, 2)).check);
}

TEST(Layout, NumberIsLapTimesCountPlusIndex) {
  const Layout l = MakeLayout(Options(), SpiNor());
  EXPECT_EQ(l.NumberOf(3, {17}).value, 3u * 256 + 17);
  EXPECT_EQ(l.IndexOf({3 * 256 + 17}).value, 17u);
  EXPECT_EQ(l.LapOf({3 * 256 + 17}), 3u);
  const BucketNumber last = l.NumberOf(0xfffffffe, {255});
  EXPECT_EQ(l.LapOf(last), 0xfffffffeu);
  EXPECT_EQ(l.LapOf(last + 1), 0xffffffffu);
}

// A copy of any frame must fit block 0, behind the longest prefix.
TEST(Layout, LargestFrameFitsTheSmallestBlock) {
  for (const std::uint32_t unit : {1u, 8u, 32u}) {
    for (const int readers : {0, 1, 8}) {
      Options options = Blocks(4096, 1024);
      options.reader_count = static_cast<std::uint8_t>(readers);
      const Layout l = MakeLayout(options, With(&Geometry::program_unit_bytes, unit));
      EXPECT_LE(l.FramesBegin(0) + MaxFrameHeadBytes(options.reader_count) + l.max_content_bytes +
                    kCrcBytes,
                l.FramesEnd(0));
      EXPECT_EQ(MaxPayloadBytes(l) + kMaxRunHeadBytes, l.max_content_bytes);
    }
  }
}

TEST(Layout, MemoryIsABlockForTheWriterAndOneForEachReader) {
  static_assert(RequiredMemory(Options(), SpiNor()) == 2 * 1024);
  EXPECT_EQ(RequiredMemory(With(&Options::reader_count, 0), SpiNor()), 1024u);
  EXPECT_EQ(RequiredMemory(With(&Options::reader_count, 8), SpiNor()), 9 * 1024u);
}

TEST(LayoutValidate, ImpossibleGeometry) {
  constexpr auto kError = OptionsError::kImpossibleGeometry;
  static_assert(Validate(Options(), Geometry()) == kError);
  static_assert(Validate(Options(), With(&Geometry::program_unit_bytes, 3)) == kError);
  static_assert(Validate(Options(), With(&Geometry::program_unit_bytes, 64)) == kError);
  static_assert(Validate(Options(), With(&Geometry::page_bytes, 0)) == kError);
  static_assert(Validate(Options(), With(&Geometry::erase_unit_count, 0)) == kError);
  Geometry g = SpiNor();
  g.larger_erase_bytes[0] = 6000;
  EXPECT_EQ(Validate(Options(), g), kError);
}

TEST(LayoutValidate, BucketNotEraseUnits) {
  constexpr auto kError = OptionsError::kBucketNotEraseUnits;
  static_assert(Validate(Blocks(0, 1024), SpiNor()) == kError);
  static_assert(Validate(Blocks(2048, 1024), SpiNor()) == kError);
  static_assert(Validate(Blocks(6144, 1024), SpiNor()) == kError);
}

TEST(LayoutValidate, BlockSizeOutOfRange) {
  constexpr auto kError = OptionsError::kBlockSizeOutOfRange;
  static_assert(Validate(Blocks(4096, 0), SpiNor()) == kError);
  static_assert(Validate(Blocks(4096, 128), SpiNor()) == kError);
  static_assert(Validate(Blocks(131072, 131072), SpiNor()) == kError);
}

TEST(LayoutValidate, BlockNotDividingBucket) {
  static_assert(Validate(Blocks(4096, 1000), SpiNor()) == OptionsError::kBlockNotDividingBucket);
  static_assert(Validate(Blocks(4096, 8192), SpiNor()) == OptionsError::kBlockNotDividingBucket);
}

TEST(LayoutValidate, BlockNotProgramUnits) {
  Geometry g = With(&Geometry::program_unit_bytes, 32);
  g.erase_unit_bytes = 4128;  // 129 words of 32 bytes
  g.page_bytes = 32;
  EXPECT_EQ(Validate(Blocks(4128, 344), g), OptionsError::kBlockNotProgramUnits);
}

TEST(LayoutValidate, TooManyBlocks) {
  static_assert(Validate(Blocks(4096, 256), SpiNor()) == OptionsError::kNone);
  static_assert(Validate(Blocks(8192, 256), SpiNor()) == OptionsError::kTooManyBlocks);
}

TEST(LayoutValidate, BlockTooSmall) {
  Options options = Blocks(4096, 256);
  options.reader_count = 8;
  EXPECT_EQ(Validate(options, With(&Geometry::program_unit_bytes, 32)),
            OptionsError::kBlockTooSmall);
}

TEST(LayoutValidate, TooManyReaders) {
  static_assert(Validate(With(&Options::reader_count, 8), SpiNor()) == OptionsError::kNone);
  static_assert(Validate(With(&Options::reader_count, 9), SpiNor()) ==
                OptionsError::kTooManyReaders);
}

TEST(LayoutValidate, EraseAheadOutOfRange) {
  constexpr auto kError = OptionsError::kEraseAheadOutOfRange;
  static_assert(Validate(With(&Options::erase_ahead, 0), SpiNor()) == kError);
  static_assert(Validate(With(&Options::erase_ahead, 8), SpiNor()) == OptionsError::kNone);
  static_assert(Validate(With(&Options::erase_ahead, 9), SpiNor()) == kError);
}

// The smallest ring there is: one block a bucket, four buckets.
TEST(LayoutValidate, AcceptsOneBlockABucket) {
  EXPECT_EQ(Validate(Blocks(4096, 4096), SpiNor()), OptionsError::kNone);
}

TEST(LayoutValidate, TooFewBuckets) {
  static_assert(Validate(Options(), With(&Geometry::erase_unit_count, 4)) == OptionsError::kNone);
  static_assert(Validate(Options(), With(&Geometry::erase_unit_count, 3)) ==
                OptionsError::kTooFewBuckets);
  Options options;
  options.erase_ahead = 4;
  EXPECT_EQ(Validate(options, With(&Geometry::erase_unit_count, 7)), OptionsError::kNone);
  EXPECT_EQ(Validate(options, With(&Geometry::erase_unit_count, 6)), OptionsError::kTooFewBuckets);
}

TEST(LayoutValidate, EachErrorHasItsName) {
  for (int i = 0; i <= static_cast<int>(OptionsError::kTooManyEncoded); ++i) {
    EXPECT_STRNE(OptionsErrorName(static_cast<OptionsError>(i)), "unknown") << i;
  }
  EXPECT_STREQ(OptionsErrorName(OptionsError::kBlockTooSmall), "kBlockTooSmall");
}

TEST(LayoutValidate, EachNamedChipTakesABucketOfOneSector) {
  for (const flashsim::Profile& profile : flashsim::Profiles()) {
    Options options;
    options.bucket_bytes = std::max<std::uint32_t>(profile.geometry.erase_unit_bytes, 2048);
    options.block_bytes = 512;
    EXPECT_EQ(Validate(options, profile.geometry), OptionsError::kNone) << profile.name;
  }
}

}  // namespace
}  // namespace norlog
