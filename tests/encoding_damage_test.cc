// Damage to encoded frames costs their block, and is told exactly; Check looks into them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "flashsim/rng.h"
#include "norlog/check.h"
#include "norlog/schema_writer.h"
#include "norlog/typed_schema.h"
#include "tests/encoding_rig.h"

namespace norlog {
namespace {

using Bytes = std::vector<std::uint8_t>;

using EncodingDamageTest = EncodingTest;

// G6.
TEST_F(EncodingDamageTest, ADamagedFrameCostsTheRestOfItsBlock) {
  ASSERT_EQ(Boot().Format(1), Status::kOk);
  while (log_->core().head.number.value < 9) Append(5, 5);
  ASSERT_EQ(log_->Close(), Status::kOk);
  const Core& core = log_->core();
  // The frame in the middle of a block in the midst of the log.
  const BucketNumber number{8};
  const std::uint64_t address = core.layout.IndexOf(number).value * core.layout.bucket_bytes;
  const Offset begin = core.layout.BlockBegin(0);
  const Bytes image = chip_.Peek(address + begin, core.layout.BlockEnd(0) - begin);
  BlockWalker walker(core.layout, core.Seed(number), 0, image);
  Frame frame;
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(walker.Next(frame));
  ASSERT_GT(frame.encoded_count, 0U);
  const std::uint64_t first = frame.prefix.codec.next.value;
  std::uint64_t last = first;
  const Offset at = frame.offset;
  do {
    last = frame.prefix.codec.next.value + frame.encoded_count - 1;
  } while (walker.Next(frame));
  const std::uint8_t zero[] = {0};
  ASSERT_EQ(chip_.Program(address + at + 3, zero), Status::kOk);
  ASSERT_EQ(Boot().Mount(), Status::kOk);
  EXPECT_EQ(Read(), Records(1, first - 1) + ", damaged " + Records(first, last) + ", " +
                        Records(last + 1, last_));
}

// G4 and G6 in the block that was written last: whatever bit flips, what stands
// behind it in the block is a gap, and no sequence number is given twice.
TEST_F(EncodingDamageTest, DamageAtTheEndIsToldExactly) {
  ASSERT_EQ(Boot().Format(1), Status::kOk);
  struct Begin {
    Offset offset;
    std::uint64_t record;
  };
  std::vector<Begin> begins;
  for (const std::uint64_t count : {3U, 3U, 5U, 1U, 3U, 3U}) {
    begins.push_back({log_->core().head.end, last_ + 1});
    Append(count, 100);
  }
  ASSERT_EQ(Frames(), "eeeree");  // (two of random bytes)
  const flashsim::SimFlash chip = chip_;
  const std::uint64_t bucket = log_->core().layout.IndexOf(log_->core().head.number).value * 1024U;
  const std::uint64_t last = last_;
  // (The head frame: behind it two encoded frames prove each other.)
  for (Offset at = log_->core().layout.FramesBegin(0); at < begins[5].offset; ++at) {
    std::uint64_t lost = 1;
    for (const Begin& begin : begins) {
      if (begin.offset <= at) lost = begin.record;
    }
    for (int bit = 0; bit < 8; ++bit) {
      log_.reset();
      chip_ = chip;
      chip_.FlipBits(bucket + at, static_cast<std::uint8_t>(1U << bit));
      last_ = last;
      ASSERT_EQ(Boot().Mount(), Status::kOk);
      Append(2, 2);
      ASSERT_EQ(Boot().Mount(), Status::kOk);
      EXPECT_EQ(Read(), (lost > 1 ? Records(1, lost - 1) + ", " : "") + "damaged " +
                            Records(lost, last) + ", " + Records(last + 1, last + 2))
          << "byte " << at << ", bit " << bit;
    }
  }
}

// What a cut leaves of a frame does not look like frames behind damage: neither
// behind frames, nor where it would have been the first of its block.
TEST_F(EncodingDamageTest, TornFramesAreNoDamage) {
  constexpr std::uint32_t kTornBytes = 60;
  ASSERT_EQ(Boot().Format(1), Status::kOk);
  const Core& core = log_->core();
  do Append(4, 4);
  while (core.head.block != 0 || core.head.end % 256 > 256 - kTornBytes);
  const flashsim::SimFlash chip = chip_;
  const std::uint64_t last = last_;
  const std::uint64_t bucket = core.layout.IndexOf(core.head.number).value * 1024U;
  const Offset places[] = {core.head.end, core.layout.FramesBegin(1)};
  flashsim::Rng rng(9);
  for (int i = 0; i < 6000; ++i) {
    log_.reset();
    chip_ = chip;
    Bytes noise(kTornBytes);
    for (std::uint8_t& byte : noise) byte = rng.NextByte();
    const Offset at = places[i % 2];
    const Bytes touch(1);
    if (i % 2 == 1) {
      ASSERT_EQ(chip_.Program(bucket + at - 1, touch), Status::kOk);
    }
    ASSERT_EQ(chip_.Program(bucket + at, noise), Status::kOk);
    last_ = last;
    ASSERT_EQ(Boot().Mount(), Status::kOk);
    ASSERT_EQ(Read(), Records(1, last)) << i;
  }
}

// What Check finds, "kTimeOutOfOrder 3, ..."; with the encoding or without.
std::string Look(flashsim::SimFlash& chip, const Encoding* encoding) {
  class Names final : public FindingSink {
   public:
    void Found(const Finding& finding) override {
      text += (text.empty() ? "" : ", ") + std::string(IssueName(finding.issue)) + " " +
              std::to_string(finding.first.value);
    }
    std::string text;
  };
  Names names;
  const Options options = EncodedOptions();
  Bytes memory(RequiredMemory(options, chip.geometry()));
  EXPECT_EQ(Check(chip, options, memory, names, encoding), Status::kOk);
  return names.text;
}

TEST_F(EncodingDamageTest, CheckLooksAtTimesAndTags) {
  ASSERT_EQ(Boot().Format(1), Status::kOk);
  Append(20, 5);
  ASSERT_EQ(log_->Append(kColumnsTag, 7, SampleOf(21)).status, Status::kOk);
  last_ = 21;
  Append(9, 3);
  ASSERT_EQ(Frames().find('r'), std::string::npos) << Frames();
  ASSERT_EQ(log_->Close(), Status::kOk);
  const Encoding* const encoding = fuzz::EncodingFor(EncodedOptions());
  EXPECT_EQ(Look(chip_, encoding), "kTimeOutOfOrder 21");
  EXPECT_EQ(Look(chip_, nullptr), "");

  // The same tag gets a schema: what stands before it has none.
  const SchemaEntry entries[] = {{kColumnsTag, Schema<"Q:time 28B:a">::wire()}};
  SchemaTable schemas(entries);
  Boot().UseSchemas(schemas);
  ASSERT_EQ(log_->Mount(), Status::kOk);
  Append(2, 2);
  ASSERT_EQ(log_->Close(), Status::kOk);
  std::string missing = "kSchemaMissing 1";
  for (int i = 2; i <= 30; ++i) {
    if (i == 21) missing += ", kTimeOutOfOrder 21";
    missing += ", kSchemaMissing " + std::to_string(i);
  }
  EXPECT_EQ(Look(chip_, encoding), missing);
  EXPECT_EQ(Look(chip_, nullptr), "");
}

}  // namespace
}  // namespace norlog
