// Each kind of frame by hand, and walking over the image of a block.
#include "norlog/frame.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include "tests/engine_rig.h"
#include "tests/hand_built.h"

namespace norlog {
namespace {

using hand::Bytes;
using hand::Hex;

constexpr std::uint64_t kNumber = 19;
const Bytes kNoFrom;
const hand::Prefix kInBlock1{1, 0, 0, 0, 0, {0}, {0xFF}};

// A block of a bucket in RAM, filled by hand and walked over by the engine.
class FrameTest : public testing::Test {
 protected:
  explicit FrameTest(std::uint32_t unit = 1)
      : geometry_(flashsim::Toy(1024, 8, unit).geometry),
        layout_(MakeLayout(SmallOptions(), geometry_)),
        chip_(flashsim::Toy(1024, 8, unit), 1),
        bucket_(chip_, ShapeOf(SmallOptions(), geometry_), kNumber, kIdentity) {}

  hand::Bucket& Begin(std::uint32_t block = 1) {
    block_ = block;
    return bucket_.Block(block);
  }
  hand::Bucket& BeginWithHead(const Bytes& content = Hex("C0 07 02 C8 01 AA BB")) {
    return Begin().Head(2, kNoFrom, hand::Prefix(), content);
  }
  static hand::Bucket& PutSchema(hand::Bucket& bucket, const Bytes& body) {
    return bucket.Raw(hand::Frame(bucket.place(), 0x6B, body));
  }
  BlockWalker Walker(FrameSeed seed = {kIdentity, {kNumber}}) {
    const Offset begin = layout_.BlockBegin(block_);
    image_ = chip_.Peek(bucket_.address() + begin, layout_.BlockEnd(block_) - begin);
    return BlockWalker(layout_, seed, block_, image_);
  }
  // Walks to the end: "head data same cursors".
  std::string Kinds(FrameSeed seed = {kIdentity, {kNumber}}) {
    walker_ = Walker(seed);
    std::string kinds;
    for (Frame frame; walker_.Next(frame);) {
      last_ = frame;
      kinds += kinds.empty() ? "" : " ";
      kinds += last_.kind == FrameKind::kHead      ? "head"
               : last_.kind == FrameKind::kData    ? "data"
               : last_.kind == FrameKind::kSame    ? "same"
               : last_.kind == FrameKind::kCursors ? "cursors"
               : last_.kind == FrameKind::kSchema  ? "schema"
                                                   : "?";
    }
    return kinds;
  }
  Bytes LastContent() const {
    Bytes content = {last_.first};
    content.insert(content.end(), last_.rest.begin(), last_.rest.end());
    return content;
  }

  const Geometry geometry_;
  const Layout layout_;
  flashsim::SimFlash chip_;
  hand::Bucket bucket_;
  std::uint32_t block_ = 1;
  Bytes image_;
  BlockWalker walker_;
  Frame last_;
};

TEST_F(FrameTest, BytesOfASmallHeadFrame) {
  const Bytes frame = hand::Frame({kIdentity, kNumber, 257}, 0x52,
                                  Hex("01 00 00 00 00 01 00 82 C0 07 02 C8 01 AA BB"));
  EXPECT_EQ(Bytes(frame.begin(), frame.end() - 4),
            Hex("52 0F 01 00 00 00 00 01 00 82 C0 07 02 C8 01 AA BB"));
  Begin().Raw(frame);
  EXPECT_EQ(Kinds(), "head");
  EXPECT_EQ(LastContent(), Hex("C0 07 02 C8 01 AA BB"));
  EXPECT_EQ(walker_.state().codec.next.value, 2u);
  EXPECT_TRUE(walker_.state().cursors.IsEnabled(0));
}

// It takes no sequence number and is nothing that `same` refers to.
TEST_F(FrameTest, SchemaFrameChangesNothingAround) {
  PutSchema(BeginWithHead(), Hex("87 51 66")).Same(Hex("C0 07 02 C8 01 AA BB"));
  ASSERT_EQ(Kinds(), "head schema same");
  EXPECT_EQ(walker_.state().codec.next.value, 3u);
  chip_.Wipe();
  PutSchema(Begin(), Hex("07 51 66"));
  EXPECT_EQ(Kinds(), "") << "only a head frame begins a block";
}

TEST_F(FrameTest, SchemaFrameTellsTagAndText) {
  PutSchema(BeginWithHead(), Hex("87 51 66"));
  ASSERT_EQ(Kinds(), "head schema");
  EXPECT_EQ(last_.schema.tag, 7);
  EXPECT_TRUE(last_.schema.also_before);
  EXPECT_EQ(Bytes(last_.schema.text.begin(), last_.schema.text.end()), Hex("51 66"));
  chip_.Wipe();
  PutSchema(BeginWithHead(), Bytes(kMaxSchemaTextBytes + 2, 0x66));
  EXPECT_EQ(Kinds(), "head") << "longer than any";
}

TEST_F(FrameTest, HeadFrameTellsTheWholeState) {
  Begin().Head(2, kNoFrom, {50, -7, 9, 3, 5, hand::Cursors(0x05, {0, 40})}, {});
  ASSERT_EQ(Kinds(), "head");
  EXPECT_FALSE(last_.has_content);
  const CodecState& codec = walker_.state().codec;
  EXPECT_EQ(codec.next.value, 50u);
  EXPECT_EQ(codec.time, -7);
  EXPECT_EQ(codec.step, 9);
  EXPECT_EQ(codec.tag, 3);
  EXPECT_EQ(codec.payload_bytes, 5u);
  EXPECT_EQ(walker_.state().cursors.enabled, 0x05);
  EXPECT_EQ(walker_.state().cursors.at[0].value, 49u);
  EXPECT_EQ(walker_.state().cursors.at[2].value, 9u);
}

TEST_F(FrameTest, CopyNamesThePlaceItCopies) {
  for (const std::uint8_t flags : {std::uint8_t{1}, std::uint8_t{3}}) {
    chip_.Wipe();
    Begin().Head(flags, hand::FromBytes(2, 300), {}, {});
    ASSERT_EQ(Kinds(), "head");
    EXPECT_TRUE(last_.prefix.copy);
    EXPECT_EQ(last_.prefix.real, flags == 3);
    EXPECT_EQ(last_.prefix.from.number.value, kNumber - 2);
    EXPECT_EQ(last_.prefix.from.offset, 300u);
  }
}

TEST_F(FrameTest, CopyFromBeforeTheFirstBucketIsNoFrame) {
  Begin().Head(1, hand::FromBytes(kNumber + 1, 300), {}, {});
  EXPECT_EQ(Kinds(), "");
}

TEST_F(FrameTest, DataFrameGoesOnFromTheOneBefore) {
  BeginWithHead().Data(Hex("01 CC DD EE FF"));
  ASSERT_EQ(Kinds(), "head data");
  EXPECT_EQ(LastContent(), Hex("01 CC DD EE FF"));
  EXPECT_EQ(walker_.state().codec.next.value, 4u);
  EXPECT_EQ(walker_.state().codec.time, 300);
}

TEST_F(FrameTest, SameFrameLeavesOutLengthAndFirstByte) {
  BeginWithHead().Data(Hex("00 CC DD")).Same(Hex("00 EE FF"));
  EXPECT_EQ(bucket_.offset() - layout_.FramesBegin(1), 20u + 9u + 7u);
  ASSERT_EQ(Kinds(), "head data same");
  EXPECT_EQ(LastContent(), Hex("00 EE FF"));
  EXPECT_EQ(walker_.state().codec.next.value, 4u);
}

TEST_F(FrameTest, SameFrameMayFollowAHeadFrameWithContent) {
  Begin().Head(2, kNoFrom, {1, 0, 100, 7, 2}, Hex("00 AA BB")).Same(Hex("00 CC DD"));
  EXPECT_EQ(Kinds(), "head same");
}

TEST_F(FrameTest, SameFrameLooksPastACursorsFrame) {
  BeginWithHead()
      .Data(Hex("00 CC DD"))
      .PutCursors(hand::MovedCursors(1, 1, {0}))
      .Same(Hex("00 EE FF"));
  EXPECT_EQ(Kinds(), "head data cursors same");
}

TEST_F(FrameTest, SameFrameNeedsAFrameWithContentInItsBlock) {
  Begin().Head(2, kNoFrom, {1, 0, 100, 7, 2}, {}).Same(Hex("00 CC DD"));
  EXPECT_EQ(Kinds(), "head");
}

TEST_F(FrameTest, SameFrameOfOtherContentLengthIsNone) {
  BeginWithHead().Data(Hex("00 CC DD")).Same(Hex("01 EE FF 11 22"));
  EXPECT_EQ(Kinds(), "head data");
}

TEST_F(FrameTest, CursorsFrameSaysWhoHasMoved) {
  BeginWithHead()
      .PutCursors(hand::MovedCursors(0x82, 0x82, {1, 1}))
      .PutCursors(hand::MovedCursors(0x82, 0x80, {0}));
  ASSERT_EQ(Kinds(), "head cursors cursors");
  EXPECT_EQ(walker_.state().cursors.enabled, 0x82);
  EXPECT_EQ(walker_.state().cursors.at[1].value, 0u);
  EXPECT_EQ(walker_.state().cursors.at[7].value, 1u);
}

TEST_F(FrameTest, CursorBeforeTheFirstRecordIsNoFrame) {
  BeginWithHead().PutCursors(hand::MovedCursors(1, 1, {2}));
  EXPECT_EQ(Kinds(), "head");
}

TEST_F(FrameTest, CursorOfADisabledReaderIsNoFrame) {
  BeginWithHead().PutCursors(hand::MovedCursors(1, 2, {0}));
  EXPECT_EQ(Kinds(), "head");
}

TEST_F(FrameTest, OnlyAHeadFrameBeginsABlock) {
  Begin().Data(Hex("C0 07 02 C8 01 AA BB"));
  EXPECT_EQ(Kinds(), "");
  chip_.Wipe();
  Begin().PutCursors(hand::MovedCursors(0, 0, {}));
  EXPECT_EQ(Kinds(), "");
}

TEST_F(FrameTest, MalformedContentIsNoFrame) {
  BeginWithHead().Data(Hex("80 81 00"));
  EXPECT_EQ(Kinds(), "head");
}

TEST_F(FrameTest, UnknownFirstByteIsNoFrame) {
  for (const int first : {0x01, 0x2B, 0x3D, 0x4C, 0x60, 0x6A, 0xC1, 0xFE}) {
    chip_.Wipe();
    BeginWithHead();
    bucket_.Raw(hand::Frame(bucket_.place(), static_cast<std::uint8_t>(first), Hex("00 CC DD")));
    EXPECT_EQ(Kinds(), "head") << first;
  }
}

TEST_F(FrameTest, StaleMisplacedOrForeignFramesDoNotCount) {
  BeginWithHead();
  EXPECT_EQ(Kinds({kIdentity, {kNumber}}), "head");
  EXPECT_EQ(Kinds({kIdentity, {kNumber - 8}}), "");  // a lap ago
  EXPECT_EQ(Kinds({kIdentity + 1, {kNumber}}), "");
  const Bytes block = chip_.Peek(bucket_.address() + 256, 256);
  chip_.Poke(bucket_.address() + 512, block);
  block_ = 2;
  EXPECT_EQ(Kinds(), "");
}

TEST_F(FrameTest, AnyFlippedBitEndsTheWalk) {
  BeginWithHead().Data(Hex("00 CC DD"));
  const std::uint32_t begin = bucket_.offset() - 9;
  for (std::uint32_t bit = 0; bit < 9 * 8; ++bit) {
    const std::uint64_t address = bucket_.address() + begin + bit / 8;
    chip_.FlipBits(address, static_cast<std::uint8_t>(1 << (bit % 8)));
    EXPECT_EQ(Kinds(), "head") << bit;
    chip_.FlipBits(address, static_cast<std::uint8_t>(1 << (bit % 8)));
  }
  EXPECT_EQ(Kinds(), "head data");
}

TEST_F(FrameTest, LengthThatLeavesTheBlockIsNoFrame) {
  BeginWithHead().Raw(Hex("3C FF FF FF 7F 00 00 00 00"));
  EXPECT_EQ(Kinds(), "head");
}

TEST_F(FrameTest, LastUnitOfABlockHoldsNoFrame) {
  Begin().Head(2, kNoFrom, {}, hand::Join({Hex("80 07"), hand::Varint(219), Bytes(219, 1)}));
  // The next frame ends at 511, or at 512, which is one too far.
  ASSERT_EQ(bucket_.offset(), 494u);
  bucket_.Data(hand::Join({Hex("80 07 08"), Bytes(8, 2)}));
  ASSERT_EQ(bucket_.offset(), 511u);
  EXPECT_EQ(Kinds(), "head data");
  EXPECT_FALSE(walker_.EndsClean());
  bucket_.Zero();
  EXPECT_EQ(Kinds(), "head data");
  EXPECT_TRUE(walker_.EndsClean());
  bucket_.At(494).Raw(Bytes(18, 0xFF)).At(494).Data(hand::Join({Hex("80 07 09"), Bytes(9, 2)}));
  ASSERT_EQ(bucket_.offset(), 512u);
  EXPECT_EQ(Kinds(), "head");
}

// --- Page padding: blocks of 512 bytes on pages of 256 -----------------------
class PaddedFrameTest : public FrameTest {
 protected:
  PaddedFrameTest()
      : wide_(MakeLayout(WideOptions(), geometry_)),
        shape_(ShapeOf(WideOptions(), geometry_)),
        wide_bucket_(chip_, shape_, kNumber, kIdentity) {}
  static Options WideOptions() {
    Options options = SmallOptions();
    options.block_bytes = 512;
    return options;
  }
  // A head frame that ends `left` bytes before the page boundary at 768.
  hand::Bucket& FillUpTo(std::uint32_t left) {
    const std::uint32_t payload = 768 - left - 513 - 2 - 1 - 7 - 4 - 4;
    wide_bucket_.Block(1).Head(
        2, kNoFrom, {}, hand::Join({Hex("80 07"), hand::Varint(payload), Bytes(payload, 1)}));
    EXPECT_EQ(wide_bucket_.offset(), 768 - left);
    return wide_bucket_;
  }
  std::string WideKinds() {
    image_ = chip_.Peek(wide_bucket_.address() + 512, 512);
    walker_ = BlockWalker(wide_, {kIdentity, {kNumber}}, 1, image_);
    std::string kinds;
    for (Frame frame; walker_.Next(frame);) kinds += std::to_string(frame.offset) + " ";
    return kinds;
  }

  const Layout wide_;
  const hand::Shape shape_;
  hand::Bucket wide_bucket_;
};

TEST_F(PaddedFrameTest, FrameMayStartOnTheNextPage) {
  FillUpTo(31).At(768).Data(Hex("80 07 01 CC"));
  EXPECT_EQ(WideKinds(), "513 768 ");
}

TEST_F(PaddedFrameTest, PadOf32BytesEndsTheBlock) {
  FillUpTo(32).At(768).Data(Hex("80 07 01 CC"));
  EXPECT_EQ(WideKinds(), "513 ");
}

TEST_F(PaddedFrameTest, PadMustBeErased) {
  FillUpTo(20).Raw(Hex("33")).At(768).Data(Hex("80 07 01 CC"));
  EXPECT_EQ(WideKinds(), "513 ");
}

TEST_F(PaddedFrameTest, PaddedFrameMayFollowMarkAndTouch) {
  FillUpTo(20).Zero().Zero().At(768).Data(Hex("80 07 01 CC"));
  EXPECT_EQ(WideKinds(), "513 768 ");
}

// --- Marks behind frames ------------------------------------------------------
TEST_F(FrameTest, OneZeroUnitAndErasedFlashEndClean) {
  BeginWithHead();
  ASSERT_EQ(Kinds(), "head");
  EXPECT_FALSE(walker_.EndsClean());
  bucket_.Zero();
  ASSERT_EQ(Kinds(), "head");
  EXPECT_TRUE(walker_.EndsClean());
  EXPECT_GT(walker_.MarksBehind(), 0U);
}

TEST_F(FrameTest, SecondZeroUnitIsATouchAndNotClean) {
  BeginWithHead().Zero().Zero();
  ASSERT_EQ(Kinds(), "head");
  EXPECT_FALSE(walker_.EndsClean());
  EXPECT_GT(walker_.MarksBehind(), 0U);
}

TEST_F(FrameTest, AnythingBehindTheMarkIsNotClean) {
  BeginWithHead().Zero().At(400).Raw(Hex("FE"));
  ASSERT_EQ(Kinds(), "head");
  EXPECT_FALSE(walker_.EndsClean());
}

TEST_F(FrameTest, FramesGoOnBehindMarkAndTouch) {
  BeginWithHead().Zero().Zero().Data(Hex("00 CC DD")).Zero().Zero().Same(Hex("00 EE FF"));
  EXPECT_EQ(Kinds(), "head data same");
}

TEST_F(FrameTest, EitherOfMarkAndTouchMayBeTorn) {
  for (const char* const torn : {"FF 00", "5A 00", "00 FF", "00 5A"}) {
    chip_.Wipe();
    BeginWithHead().Raw(Hex(torn)).Data(Hex("00 CC DD"));
    EXPECT_EQ(Kinds(), "head data") << torn;
  }
}

TEST_F(FrameTest, BothOfMarkAndTouchTornEndTheBlock) {
  BeginWithHead().Raw(Hex("5A 5A")).Data(Hex("00 CC DD"));
  EXPECT_EQ(Kinds(), "head");
}

TEST_F(FrameTest, FrameDirectlyBehindTheMarkIsNone) {
  BeginWithHead().Zero().Data(Hex("00 CC DD"));
  EXPECT_EQ(Kinds(), "head");
}

class WideUnitFrameTest : public FrameTest {
 protected:
  WideUnitFrameTest() : FrameTest(8) {}
};

TEST_F(WideUnitFrameTest, FramesAndMarksAreWholeUnits) {
  BeginWithHead().Data(Hex("00 CC DD")).Zero().Zero().Same(Hex("00 EE FF"));
  EXPECT_EQ(bucket_.offset(), 256u + 8 + 24 + 16 + 8 + 8 + 8);
  EXPECT_EQ(Kinds(), "head data same");
  EXPECT_EQ(walker_.end(), bucket_.offset());
}

TEST_F(WideUnitFrameTest, HalfZeroUnitIsNoMark) {
  BeginWithHead().Raw(Hex("00 00 00 00 00 00 00 01"));
  ASSERT_EQ(Kinds(), "head");
  EXPECT_EQ(walker_.MarksBehind(), 0U);
}

RC_GTEST_PROP(FrameProperty, AnyBytesBehindAFrameAreWalkedOver, ()) {
  const Layout layout = MakeLayout(SmallOptions(), flashsim::Toy(1024, 8).geometry);
  Bytes image = hand::Join(
      {Hex("00"), hand::Frame({kIdentity, kNumber, 257}, 0x52, hand::PrefixBytes(kInBlock1))});
  const std::size_t valid = image.size();
  const auto kinds = rc::gen::element<std::uint8_t>(0x00, 0x2A, 0x3C, 0x4D, 0x50, 0x53, 0x5F, 0xFF);
  while (image.size() < 256) {
    image.push_back(*rc::gen::oneOf(kinds, rc::gen::arbitrary<std::uint8_t>()));
  }
  image.resize(*rc::gen::inRange<std::size_t>(valid, 257));
  BlockWalker walker(layout, {kIdentity, {kNumber}}, 1, image);
  Frame frame;
  RC_ASSERT(walker.Next(frame));
  while (walker.Next(frame)) RC_ASSERT(frame.offset + frame.bytes <= 256 + image.size());
  RC_ASSERT(walker.end() <= 512u);
}

}  // namespace
}  // namespace norlog
