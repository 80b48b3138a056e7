// The façade: every documented answer, and how the parts play together.
#include "norlog/log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/engine_rig.h"
#include "tests/hand_built.h"

namespace norlog {
namespace {

using hand::Bytes;

Options With(std::uint8_t readers, Retention retention = Retention::kOverwriteOldest) {
  Options options = SmallOptions();
  options.reader_count = readers;
  options.retention = retention;
  return options;
}

class LogTest : public testing::Test {
 protected:
  explicit LogTest(const Options& options = SmallOptions()) : rig_(options) {
    EXPECT_EQ(rig_.Format(), Status::kOk);
  }
  Log& log() { return rig_.log(); }
  Status Put(const Bytes& payload, std::uint8_t tag = 1) {
    return log().Append(tag, 0, payload).status;
  }

  EngineRig rig_;
};

// --- Answers ------------------------------------------------------------------
TEST_F(LogTest, UnmountedLogSaysSo) {
  ASSERT_EQ(log().Close(), Status::kOk);
  Stats stats;
  EXPECT_FALSE(log().mounted());
  EXPECT_EQ(Put({}), Status::kNotMounted);
  EXPECT_EQ(log().Commit().status, Status::kNotMounted);
  EXPECT_EQ(log().Maintain(1), Status::kNotMounted);
  EXPECT_EQ(log().EnableReader(0, {1}), Status::kNotMounted);
  EXPECT_EQ(log().DisableReader(0), Status::kNotMounted);
  EXPECT_EQ(log().GetStats(stats), Status::kNotMounted);
  EXPECT_EQ(log().Close(), Status::kNotMounted);
  EXPECT_EQ(rig_.Read(), "kNotMounted");
}

TEST_F(LogTest, MountedLogIsNotMountedAgain) {
  EXPECT_EQ(log().Mount(), Status::kAlreadyMounted);
  EXPECT_EQ(log().MountReadOnly(), Status::kAlreadyMounted);
  EXPECT_EQ(log().Format(1), Status::kAlreadyMounted);
  EXPECT_TRUE(log().mounted());
}

TEST_F(LogTest, InvalidOptionsTouchNothing) {
  rig_.options.erase_ahead = 0;
  rig_.chip.ResetCounters();
  EXPECT_EQ(rig_.Mount(), Status::kInvalidOptions);
  EXPECT_EQ(rig_.MountReadOnly(), Status::kInvalidOptions);
  EXPECT_EQ(rig_.Format(), Status::kInvalidOptions);
  EXPECT_EQ(rig_.chip.counters(), flashsim::Counters());
}

TEST(Log, TooLittleMemoryIsRefused) {
  flashsim::SimFlash chip(flashsim::Toy(1024, 8), 1);
  std::vector<std::uint8_t> memory(RequiredMemory(SmallOptions(), chip.geometry()) - 1);
  Log log(chip, SmallOptions(), memory);
  EXPECT_EQ(log.Format(1), Status::kBadMemory);
  EXPECT_EQ(log.Mount(), Status::kBadMemory);
  EXPECT_EQ(log.MountReadOnly(), Status::kBadMemory);
}

TEST(Log, MemoryNeedsNoAlignmentAndNoMoreThanRequired) {
  flashsim::SimFlash chip(flashsim::Toy(1024, 8), 1);
  std::vector<std::uint8_t> memory(RequiredMemory(SmallOptions(), chip.geometry()) + 2, 0xEE);
  Log log(chip, SmallOptions(), std::span(memory).subspan(1, memory.size() - 2));
  ASSERT_EQ(log.Format(1), Status::kOk);
  const std::vector<std::uint8_t> payload(log.MaxPayloadBytes(), 7);
  for (int i = 0; i < 50; ++i) ASSERT_EQ(log.Append(1, i, payload).status, Status::kOk);
  Reader reader(log, 0);
  Record record;
  ASSERT_EQ(reader.Rewind(), Status::kOk);
  while (reader.Next(record) == Status::kOk) {
  }
  EXPECT_EQ(memory.front(), 0xEE);
  EXPECT_EQ(memory.back(), 0xEE);
}

TEST_F(LogTest, TagAbove127IsRefused) {
  EXPECT_EQ(Put({}, 127), Status::kOk);
  EXPECT_EQ(Put({}, 128), Status::kInvalidTag);
  EXPECT_EQ(rig_.stats().last_accepted.value, 1u);
}

TEST_F(LogTest, PayloadsFromNothingToTheMaximum) {
  const std::uint32_t most = log().MaxPayloadBytes();
  EXPECT_EQ(Put(Bytes(most + 1, 1)), Status::kTooLarge);
  for (int i = 0; i < 9; ++i) {
    ASSERT_EQ(Put(Bytes(i % 2 == 0 ? most : 0, static_cast<std::uint8_t>(i))), Status::kOk);
  }
  ASSERT_EQ(log().Close(), Status::kOk);
  ASSERT_EQ(rig_.Mount(), Status::kOk);
  Reader reader(log(), 0);
  Record record;
  for (int i = 0; i < 9; ++i) {
    ASSERT_EQ(reader.Next(record), Status::kOk);
    EXPECT_EQ(record.payload.size(), i % 2 == 0 ? most : 0);
    EXPECT_TRUE(std::ranges::all_of(record.payload, [i](std::uint8_t b) { return b == i; }));
  }
}

TEST_F(LogTest, MaximalRecordsSurviveACut) {
  for (std::uint64_t i = 1; i < 30; ++i) {
    ASSERT_EQ(Put(Bytes(log().MaxPayloadBytes(), 9)), Status::kOk);
    ASSERT_EQ(log().Commit().status, Status::kOk);
    ASSERT_EQ(rig_.Mount(), Status::kOk);
    EXPECT_EQ(rig_.stats().last_sequence.value, i);
  }
}

TEST_F(LogTest, ReaderIndexIsChecked) {
  for (const int index : {-1, 1, 8, 1000}) {
    EXPECT_EQ(rig_.Read(index), "kInvalidReader");
    EXPECT_EQ(log().EnableReader(index, {1}), Status::kInvalidReader);
    EXPECT_EQ(log().DisableReader(index), Status::kInvalidReader);
  }
}

TEST_F(LogTest, ReadOnlyRefusesAllThatWrites) {
  ASSERT_EQ(rig_.Write(3), Status::kOk);
  ASSERT_EQ(log().Close(), Status::kOk);
  ASSERT_EQ(rig_.MountReadOnly(), Status::kOk);
  const std::uint64_t operations = rig_.chip.op_count();
  EXPECT_EQ(Put({}), Status::kReadOnly);
  EXPECT_EQ(log().Commit().status, Status::kReadOnly);
  EXPECT_EQ(log().Maintain(1), Status::kReadOnly);
  EXPECT_EQ(log().EnableReader(0, {1}), Status::kReadOnly);
  EXPECT_EQ(log().DisableReader(0), Status::kReadOnly);
  Reader reader(log(), 0);
  EXPECT_EQ(Story::Of(reader), "1-3");
  EXPECT_EQ(reader.Commit(), Status::kReadOnly);
  EXPECT_EQ(log().Close(), Status::kOk);
  EXPECT_EQ(rig_.chip.op_count(), operations);
}

TEST_F(LogTest, FlashErrorsArePassedOn) {
  ASSERT_EQ(rig_.AppendNext(), Status::kOk);
  rig_.chip.CutNow();
  EXPECT_EQ(log().Commit().status, Status::kNoPower);
}

// --- Append and commit --------------------------------------------------------
TEST_F(LogTest, NothingIsDurableBeforeItsCommit) {
  ASSERT_EQ(rig_.Write(3), Status::kOk);
  ASSERT_EQ(rig_.AppendNext(), Status::kOk);
  EXPECT_EQ(rig_.stats().last_accepted.value, 4u);
  EXPECT_EQ(rig_.stats().last_sequence.value, 3u);
  EXPECT_EQ(rig_.ReadAll(), "1-3");
  ASSERT_EQ(rig_.Mount(), Status::kOk);
  EXPECT_EQ(rig_.ReadAll(), "1-3");
}

TEST_F(LogTest, CommitReturnsTheLastDurableSequence) {
  EXPECT_EQ(log().Commit().sequence.value, 0u);
  ASSERT_EQ(rig_.AppendNext(), Status::kOk);
  ASSERT_EQ(rig_.AppendNext(), Status::kOk);
  EXPECT_EQ(log().Commit().sequence.value, 2u);
}

TEST_F(LogTest, FullBufferCommitsByItself) {
  for (int i = 0; i < 300; ++i) ASSERT_EQ(rig_.AppendNext(), Status::kOk);
  const std::uint64_t durable = rig_.stats().last_sequence.value;
  EXPECT_GT(durable, 200u);
  ASSERT_EQ(log().Close(), Status::kOk);
  ASSERT_EQ(rig_.Mount(), Status::kOk);
  EXPECT_EQ(rig_.stats().last_sequence.value, 300u);
}

TEST(Log, CommitEveryCommitsByItself) {
  Options options = SmallOptions();
  options.commit_every = 3;
  EngineRig rig(options);
  ASSERT_EQ(rig.Format(), Status::kOk);
  ASSERT_EQ(rig.AppendNext(), Status::kOk);
  ASSERT_EQ(rig.AppendNext(), Status::kOk);
  EXPECT_EQ(rig.stats().last_sequence.value, 0u);
  for (std::uint64_t i = 3; i <= 300; ++i) {  // a full block commits earlier
    ASSERT_EQ(rig.AppendNext(), Status::kOk);
    EXPECT_LT(i - rig.stats().last_sequence.value, 3u);
  }
}

TEST_F(LogTest, TimesMayBeAnything) {
  const std::int64_t times[] = {INT64_MAX, INT64_MIN, 0, -1, INT64_MAX, 5, 5};
  for (const std::int64_t time : times) ASSERT_EQ(log().Append(1, time, {}).status, Status::kOk);
  ASSERT_EQ(log().Close(), Status::kOk);
  ASSERT_EQ(rig_.Mount(), Status::kOk);
  Reader reader(log(), 0);
  Record record;
  for (const std::int64_t time : times) {
    ASSERT_EQ(reader.Next(record), Status::kOk);
    EXPECT_EQ(record.time, time);
  }
}

TEST_F(LogTest, ManyLapsKeepTheNewestInOrder) {
  for (int session = 0; session < 20; ++session) {
    ASSERT_EQ(rig_.Write(97), Status::kOk);
    if (session % 2 == 0) {
      ASSERT_EQ(log().Close(), Status::kOk);
    }
    ASSERT_EQ(rig_.Mount({session % 3 == 0, {static_cast<std::uint32_t>(session % 9)}}),
              Status::kOk);
    const Stats stats = rig_.stats();
    EXPECT_EQ(stats.last_sequence.value, 97u * static_cast<std::uint64_t>(session + 1));
    EXPECT_EQ(rig_.ReadAll(), Records(stats.first_sequence.value, stats.last_sequence.value));
    EXPECT_LE(stats.erases_max - stats.erases_min, 1u);
  }
}

TEST(Log, SeveralLogsSideBySide) {
  EngineRig rigs[3];
  for (EngineRig& rig : rigs) ASSERT_EQ(rig.Format(), Status::kOk);
  for (int turn = 0; turn < 30; ++turn) {
    std::uint64_t count = 1;
    for (EngineRig& rig : rigs) ASSERT_EQ(rig.Write(count++), Status::kOk);
  }
  for (std::uint64_t i = 0; i < 3; ++i) EXPECT_EQ(rigs[i].ReadAll(), Records(1, 30 * (i + 1)));
}

// --- Readers ------------------------------------------------------------------
class ThreeReaderLogTest : public LogTest {
 protected:
  ThreeReaderLogTest() : LogTest(With(3)) {}
};

TEST_F(ThreeReaderLogTest, FormatEnablesAll) {
  ASSERT_EQ(rig_.Write(5), Status::kOk);
  for (const int index : {0, 1, 2}) EXPECT_EQ(rig_.Read(index), "1-5");
}

TEST_F(ThreeReaderLogTest, EachHasItsOwnCursor) {
  ASSERT_EQ(rig_.Write(9), Status::kOk);
  for (const int index : {0, 1, 2}) {
    Reader reader(log(), index);
    ASSERT_EQ(reader.Seek({3 * static_cast<std::uint64_t>(index) + 1}), Status::kOk);
    ASSERT_EQ(reader.Commit(), Status::kOk);
  }
  ASSERT_EQ(rig_.Mount(), Status::kOk);
  EXPECT_EQ(rig_.Read(0), "1-9");
  EXPECT_EQ(rig_.Read(1), "4-9");
  EXPECT_EQ(rig_.Read(2), "7-9");
  EXPECT_EQ(rig_.stats().readers[2].lag, 3u);
  EXPECT_EQ(rig_.stats().largest_lag, 9u);
}

TEST_F(ThreeReaderLogTest, DisablingIsDurable) {
  ASSERT_EQ(rig_.Write(5), Status::kOk);
  ASSERT_EQ(log().DisableReader(1), Status::kOk);
  EXPECT_EQ(rig_.Read(1), "kReaderDisabled");
  ASSERT_EQ(rig_.Mount(), Status::kOk);
  EXPECT_EQ(rig_.Read(1), "kReaderDisabled");
  EXPECT_EQ(rig_.Read(2), "1-5");
  const std::uint64_t operations = rig_.chip.op_count();
  EXPECT_EQ(log().DisableReader(1), Status::kOk);
  EXPECT_EQ(rig_.chip.op_count(), operations);
}

TEST_F(ThreeReaderLogTest, EnablingIsDurableAndClipped) {
  ASSERT_EQ(rig_.Write(5), Status::kOk);
  for (const int index : {0, 1, 2}) ASSERT_EQ(log().DisableReader(index), Status::kOk);
  ASSERT_EQ(log().EnableReader(0, {0}), Status::kOk);
  ASSERT_EQ(log().EnableReader(1, {4}), Status::kOk);
  ASSERT_EQ(log().EnableReader(2, {100}), Status::kOk);
  ASSERT_EQ(log().EnableReader(1, {2}), Status::kOk);  // enabled already: nothing changes
  ASSERT_EQ(rig_.Mount(), Status::kOk);
  EXPECT_EQ(rig_.Read(0), "1-5");
  EXPECT_EQ(rig_.Read(1), "4-5");
  EXPECT_EQ(rig_.Read(2), "");
  ASSERT_EQ(rig_.Write(1), Status::kOk);
  EXPECT_EQ(rig_.Read(2), "6-6");
}

// --- Keep-unread --------------------------------------------------------------
class KeepUnreadTest : public LogTest {
 protected:
  KeepUnreadTest() : LogTest(With(1, Retention::kKeepUnread)) {}
  void Fill() {
    for (int i = 0; i < 5000; ++i) {
      const Status status = rig_.Write(1);
      if (Ok(status)) continue;
      ASSERT_EQ(status, Status::kFull);
      return;
    }
    FAIL() << "never full";
  }
};

TEST_F(KeepUnreadTest, NothingUnreadIsEvicted) {
  Fill();
  const std::uint64_t last = rig_.stats().last_sequence.value;
  EXPECT_EQ(rig_.stats().head.value, 13u);  // all but the window
  EXPECT_EQ(rig_.Read(), Records(1, last));
  ASSERT_EQ(rig_.Mount(), Status::kOk);
  EXPECT_EQ(rig_.Read(), Records(1, last));
  EXPECT_EQ(rig_.Write(100), Status::kFull);
}

TEST_F(KeepUnreadTest, CursorCommitFreesTheLog) {
  Fill();
  Reader reader(log(), 0);
  Record record;
  for (int i = 0; i < 60; ++i) ASSERT_EQ(reader.Next(record), Status::kOk);
  ASSERT_EQ(reader.Commit(), Status::kOk);
  EXPECT_EQ(rig_.Write(5), Status::kOk);
}

TEST_F(KeepUnreadTest, CursorCommitThatFreesNothingIsFull) {
  Fill();
  Reader reader(log(), 0);
  Record record;
  Status status = Status::kOk;
  while (Ok(status)) {  // what is left of the head bucket takes a few cursors
    ASSERT_EQ(reader.Next(record), Status::kOk);
    status = reader.Commit();
  }
  EXPECT_EQ(status, Status::kFull);
  while (status == Status::kFull) {
    ASSERT_EQ(reader.Next(record), Status::kOk);
    status = reader.Commit();
  }
  EXPECT_EQ(status, Status::kOk);
  EXPECT_EQ(rig_.Write(1), Status::kOk);
}

TEST_F(KeepUnreadTest, DisabledReaderPinsNothing) {
  Fill();
  ASSERT_EQ(log().DisableReader(0), Status::kOk);
  EXPECT_EQ(rig_.Write(300), Status::kOk);
}

TEST_F(KeepUnreadTest, RejectedRecordLeavesThoseBeforeIt) {
  Fill();
  const Stats full = rig_.stats();
  EXPECT_EQ(rig_.AppendNext(), Status::kFull);
  EXPECT_EQ(rig_.stats().last_accepted, full.last_accepted);
}

}  // namespace
}  // namespace norlog
