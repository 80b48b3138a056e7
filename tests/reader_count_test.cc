// Firmware updates that change Options::reader_count: what an earlier firmware
// has left on flash, an unclean end above all, is mounted with fewer or more readers.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include "norlog/log.h"
#include "norlog/reader.h"
#include "tests/engine_rig.h"
#include "tests/hand_built.h"

namespace norlog {
namespace {

using hand::Bytes;

constexpr std::uint8_t kReal = 2;

struct Chip {
  const char* name;
  std::uint32_t unit;
  ProgramRule rule;
};
void PrintTo(const Chip& chip, std::ostream* out) {
  *out << chip.name;
}
const Chip kChips[] = {{"Nor", 1, ProgramRule::kBits}, {"Once8", 8, ProgramRule::kOnce}};

// Blocks that are large enough for eight readers.
Options With(std::uint8_t readers) {
  Options options;
  options.bucket_bytes = 2048;
  options.block_bytes = 512;
  options.reader_count = readers;
  return options;
}

class ReaderCountTest : public testing::TestWithParam<Chip> {
 protected:
  ReaderCountTest() : rig_(With(1), flashsim::Toy(2048, 8, GetParam().unit, GetParam().rule)) {}

  // A boot of the firmware that has so many readers; nothing was closed before.
  Status MountWith(std::uint8_t readers) {
    rig_.options.reader_count = readers;
    return rig_.Mount();
  }
  // The largest record there is: its time makes its head as long as its payload.
  static std::int64_t LargestTime() { return INT64_MIN; }
  Status WriteLargest() {
    largest_ = hand::Repeat(0x5C, rig_.log().MaxPayloadBytes());
    const SequenceResult result = rig_.log().Append(9, LargestTime(), largest_);
    NORLOG_TRY(result.status);
    largest_at_ = result.sequence.value;
    return rig_.log().Commit().status;
  }
  // A log of a firmware with one reader: `count` records, the largest, no Close.
  void PutUncleanLog(std::uint64_t count) {
    rig_.options.reader_count = 1;
    ASSERT_EQ(rig_.Format(kIdentity + count), Status::kOk);
    ASSERT_EQ(rig_.Write(count), Status::kOk);
    ASSERT_EQ(WriteLargest(), Status::kOk);
  }
  bool IsLargest(const Record& record) const {
    return record.sequence.value == largest_at_ && record.tag == 9 &&
           record.time == LargestTime() && std::ranges::equal(record.payload, largest_);
  }
  // Reader `index` returns records `first` to `last`, the largest one whole.
  void ExpectReads(int index, std::uint64_t first, std::uint64_t last) {
    Reader reader(rig_.log(), index);
    Record record;
    for (std::uint64_t s = first; s <= last; ++s) {
      ASSERT_EQ(reader.Next(record), Status::kOk) << s;
      ASSERT_EQ(record.sequence.value, s);
      ASSERT_TRUE(IsIntact(record) || IsLargest(record)) << s;
    }
    EXPECT_EQ(reader.Next(record), Status::kNothingYet);
  }
  void ExpectDisabledFrom(int first) {
    for (int i = first; i < rig_.options.reader_count; ++i) {
      EXPECT_EQ(rig_.Read(i), "kReaderDisabled") << i;
      EXPECT_FALSE(rig_.stats().readers[i].enabled) << i;
    }
  }

  EngineRig rig_;
  Bytes largest_;
  std::uint64_t largest_at_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Chips, ReaderCountTest, testing::ValuesIn(kChips),
                         [](const auto& info) { return std::string(info.param.name); });

// --- More readers ----------------------------------------------------------------
TEST_P(ReaderCountTest, LargestUncleanFrameIsMountedWithEightReaders) {
  PutUncleanLog(3);
  const std::uint32_t payload = rig_.log().MaxPayloadBytes();
  ASSERT_EQ(MountWith(8), Status::kOk);
  EXPECT_GT(payload, rig_.log().MaxPayloadBytes());  // more than this firmware would write
  EXPECT_EQ(rig_.stats().mount_finding, MountFinding::kUnclean);
  ExpectReads(0, 1, 4);
}

// Whatever block it ends in, the first of the next bucket included.
TEST_P(ReaderCountTest, LargestUncleanFrameIsMountedWhereverItStands) {
  std::uint64_t opened = 0;
  for (std::uint64_t count = 0; count < 150; ++count) {
    PutUncleanLog(count);
    const std::uint64_t head = rig_.stats().head.value;
    ASSERT_EQ(MountWith(8), Status::kOk) << count;
    if (rig_.stats().head.value > head) ++opened;
    ExpectReads(0, 1, count + 1);
    ASSERT_EQ(rig_.Mount(), Status::kOk);
    EXPECT_EQ(rig_.stats().mount_finding, MountFinding::kClean);
    ExpectReads(0, 1, count + 1);
  }
  EXPECT_GT(opened, 0u);  // some copies had to go to block 0, the smallest
}

TEST_P(ReaderCountTest, NewReadersAreDisabled) {
  PutUncleanLog(3);
  ASSERT_EQ(MountWith(8), Status::kOk);
  ExpectDisabledFrom(1);
  ASSERT_EQ(rig_.Mount(), Status::kOk);
  ExpectDisabledFrom(1);
}

TEST_P(ReaderCountTest, NewReaderIsEnabledDurably) {
  PutUncleanLog(3);
  ASSERT_EQ(MountWith(8), Status::kOk);
  ASSERT_EQ(rig_.log().EnableReader(7, {2}), Status::kOk);
  ExpectReads(7, 2, 4);
  ASSERT_EQ(rig_.Mount(), Status::kOk);
  ExpectReads(7, 2, 4);
  ExpectReads(0, 1, 4);
  EXPECT_EQ(rig_.Read(6), "kReaderDisabled");
}

TEST_P(ReaderCountTest, LogGoesOnWithMoreReaders) {
  PutUncleanLog(3);
  ASSERT_EQ(MountWith(8), Status::kOk);
  for (int i = 1; i < 8; ++i) ASSERT_EQ(rig_.log().EnableReader(i, {1}), Status::kOk);
  ASSERT_EQ(rig_.Write(200), Status::kOk);
  ASSERT_EQ(WriteLargest(), Status::kOk);
  ASSERT_EQ(rig_.Mount(), Status::kOk);
  EXPECT_EQ(rig_.stats().last_sequence.value, 205u);
  for (int i = 0; i < 8; ++i) EXPECT_TRUE(rig_.stats().readers[i].enabled) << i;
}

TEST_P(ReaderCountTest, ReadOnlyMountWithMoreReadersReturnsAll) {
  PutUncleanLog(3);
  rig_.options.reader_count = 8;
  const std::uint64_t operations = rig_.chip.op_count();
  ASSERT_EQ(rig_.MountReadOnly(), Status::kOk);
  ExpectReads(0, 1, 4);
  ExpectDisabledFrom(1);
  EXPECT_EQ(rig_.chip.op_count(), operations);
}

TEST_P(ReaderCountTest, CutDuringTheFirstMountWithMoreReadersLosesNothing) {
  PutUncleanLog(3);
  for (std::uint64_t cut = 0;; ++cut) {
    const flashsim::SimFlash before = rig_.chip;
    rig_.chip.CutAt(cut, {flashsim::ProgramTear::kRandomBits50, {}, cut});
    (void)MountWith(8);
    const bool was_cut = rig_.chip.cut_happened() && !rig_.chip.powered();
    rig_.chip.CancelCut();
    rig_.chip.PowerOn();
    ASSERT_EQ(rig_.Mount(), Status::kOk) << cut;
    ExpectReads(0, 1, 4);
    if (!was_cut) break;
    rig_.Drop();
    rig_.chip = before;
  }
}

// --- Fewer readers ---------------------------------------------------------------
class FewerReadersTest : public ReaderCountTest {
 protected:
  // Readers 0 and 5 of eight are enabled and have read nothing.
  void SetUp() override {
    PutUncleanLog(3);
    ASSERT_EQ(MountWith(8), Status::kOk);
    ASSERT_EQ(rig_.log().EnableReader(5, {1}), Status::kOk);
  }
  // Reader 0 keeps up with `count` more records.
  Status WriteAndRead(std::uint64_t count) {
    for (; count > 0; --count) {
      NORLOG_TRY(rig_.Write(1));
      Reader reader(rig_.log(), 0);
      NORLOG_TRY(reader.Seek(rig_.stats().last_sequence + 1));
      NORLOG_TRY(reader.Commit());
    }
    return Status::kOk;
  }
};

INSTANTIATE_TEST_SUITE_P(Chips, FewerReadersTest, testing::ValuesIn(kChips),
                         [](const auto& info) { return std::string(info.param.name); });

TEST_P(FewerReadersTest, MountsAndReturnsAll) {
  ASSERT_EQ(MountWith(2), Status::kOk);
  ExpectReads(0, 1, 4);
  ExpectDisabledFrom(1);
  EXPECT_FALSE(rig_.stats().readers[5].enabled);
}

TEST_P(FewerReadersTest, ForgottenReaderPinsNothing) {
  rig_.options.retention = Retention::kKeepUnread;
  ASSERT_EQ(MountWith(2), Status::kOk);
  EXPECT_EQ(WriteAndRead(600), Status::kOk);
  ASSERT_EQ(rig_.Mount(), Status::kOk);  // nor does it after a boot
  EXPECT_EQ(WriteAndRead(600), Status::kOk);
}

TEST_P(FewerReadersTest, ReaderThatIsLeftStillPins) {
  rig_.options.retention = Retention::kKeepUnread;
  ASSERT_EQ(MountWith(2), Status::kOk);
  EXPECT_EQ(rig_.Write(2000), Status::kFull);
  ExpectReads(0, 1, rig_.stats().last_sequence.value);
}

TEST_P(FewerReadersTest, ForgottenReaderIsDisabledWhenTheCountIsRaisedAgain) {
  ASSERT_EQ(MountWith(2), Status::kOk);
  ASSERT_EQ(WriteAndRead(1), Status::kOk);  // cursors without reader 5
  ASSERT_EQ(MountWith(8), Status::kOk);
  ExpectDisabledFrom(1);
  ASSERT_EQ(rig_.log().EnableReader(5, {3}), Status::kOk);
  ASSERT_EQ(rig_.Mount(), Status::kOk);
  ExpectReads(5, 3, 5);
}

TEST_P(FewerReadersTest, LogWithoutAnyReaderMounts) {
  ASSERT_EQ(MountWith(0), Status::kOk);
  ASSERT_EQ(rig_.Write(200), Status::kOk);
  EXPECT_EQ(rig_.stats().last_sequence.value, 204u);
}

// --- Images that no firmware wrote -----------------------------------------------
class HostileReaderCountTest : public testing::Test {
 protected:
  HostileReaderCountTest() : rig_(With(8), flashsim::Toy(2048, 8)) {}

  // The largest content that fits block 0 as a copy with `readers` cursors.
  std::uint32_t Largest(std::uint32_t readers) const {
    // first byte, length; from; next, time, step, tag, payload length; cursors
    const std::uint32_t head = (1 + 3) + (5 + 3) + (3 * 10 + 1 + 3) + (1 + 10 * readers);
    return 512 - rig_.shape().FramesAt(0) - 1 - head - 4;
  }
  // One record whose run has `bytes` bytes.
  static Bytes RunOf(std::uint32_t bytes) {
    const std::uint32_t payload = bytes - 4;  // C0 shape: tag, two bytes of length; no step
    return hand::Join({hand::Hex("80 01"), hand::Varint(payload), hand::Repeat(0x42, payload)});
  }
  // Not closed: a head frame in block 1 with readers 0 to `readers` - 1.
  void PutLog(std::uint32_t readers, const Bytes& content) {
    hand::Prefix prefix = PrefixOf(1);
    prefix.cursors = {static_cast<std::uint8_t>((1u << readers) - 1)};
    prefix.cursors.resize(1 + readers, 0);
    rig_.HandBucket(8).Open(1, 8).Block(1).Head(kReal, {}, prefix, content);
  }

  EngineRig rig_;
};

TEST_F(HostileReaderCountTest, LargestContentOfItsCursorsIsMounted) {
  for (const std::uint32_t readers : {0u, 1u, 8u}) {
    rig_.chip.Wipe();
    PutLog(readers, RunOf(Largest(readers)));
    EXPECT_EQ(rig_.Mount(), Status::kOk) << readers;
    EXPECT_EQ(rig_.stats().last_sequence.value, 1u);
  }
}

// It can be read, but not repeated; and Format helps.
TEST_F(HostileReaderCountTest, ContentTooLargeForItsCursorsIsDamage) {
  for (const std::uint32_t readers : {0u, 1u, 8u}) {
    rig_.chip.Wipe();
    PutLog(readers, RunOf(Largest(readers) + 1));
    rig_.chip.ResetCounters();
    EXPECT_EQ(rig_.Mount(), Status::kDamaged) << readers;
    EXPECT_FALSE(rig_.log().mounted());
    ASSERT_EQ(rig_.MountReadOnly(), Status::kOk) << readers;
    EXPECT_EQ(rig_.stats().last_sequence.value, 1u);
    EXPECT_EQ(rig_.chip.counters().programs, 0u);
    EXPECT_EQ(rig_.Format(), Status::kOk) << readers;
  }
}

TEST_F(HostileReaderCountTest, EightCursorsAndTheContentOfOneAreDamage) {
  PutLog(8, RunOf(Largest(1)));
  EXPECT_EQ(rig_.Mount(), Status::kDamaged);
  EXPECT_EQ(rig_.chip.op_count(), 0u);
}

// The same frame is none too large for a firmware that drops seven of its cursors.
TEST_F(HostileReaderCountTest, EightCursorsAndTheContentOfOneAreReadWithOneReader) {
  PutLog(8, RunOf(Largest(1)));
  rig_.options.reader_count = 1;
  EXPECT_EQ(rig_.Mount(), Status::kOk);
}

}  // namespace
}  // namespace norlog
