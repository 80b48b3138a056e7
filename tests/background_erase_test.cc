// A log on a chip that erases by itself (NorFlash::StartErase): nobody waits for it.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include "norlog/erasing.h"
#include "tests/engine_rig.h"

namespace norlog {
namespace {

constexpr std::uint32_t kPolls = 4;

// Bucket 16 is the head, the ring has been filled once, and 17 is to be erased.
class BackgroundEraseTest : public ::testing::Test {
 protected:
  explicit BackgroundEraseTest(std::uint32_t commit_every = 0, std::uint8_t erase_ahead = 1)
      : rig_(With(commit_every, erase_ahead)) {
    flashsim::SimOptions sim = rig_.chip.options();
    sim.background_erase_polls = kPolls;
    rig_.chip.set_options(sim);
    EXPECT_EQ(rig_.Format(), Status::kOk);
    EXPECT_EQ(rig_.WriteUntil(16), Status::kOk);
    rig_.chip.ResetCounters();
    written_ = rig_.stats().last_sequence.value;
    first_ = rig_.stats().first_sequence.value;
  }

  static Options With(std::uint32_t commit_every, std::uint8_t erase_ahead) {
    Options options = SmallOptions();
    options.erase_ahead = erase_ahead;
    options.reader_count = 1;
    options.commit_every = commit_every;
    return options;
  }
  std::uint64_t programs() const { return rig_.chip.counters().programs; }
  std::uint64_t erases() const { return rig_.chip.counters().erases; }
  std::string UpTo(std::uint64_t last) const {
    return "evicted " + Records(1, first_ - 1) + ", " + Records(first_, last);
  }
  std::string AllOf(Log& log) {
    Reader reader(log, 0);
    EXPECT_EQ(reader.Seek({1}), Status::kOk);
    return Story::Of(reader);
  }

  EngineRig rig_;
  std::uint64_t written_ = 0;
  std::uint64_t first_ = 0;
};

TEST_F(BackgroundEraseTest, MaintainBeginsItAndLooksWhetherItHasEnded) {
  for (std::uint32_t i = 1; i < kPolls; ++i) {
    EXPECT_EQ(rig_.log().Maintain(1), Status::kOk) << i;
    EXPECT_EQ(erases(), 1u);
  }
  EXPECT_NE(rig_.Peek(17, 0, 12), hand::Mark(rig_.shape(), 1, 2));
  EXPECT_EQ(rig_.log().Maintain(1), Status::kNothingYet);
  EXPECT_EQ(rig_.Peek(17, 0, 12), hand::Mark(rig_.shape(), 1, 2));
  EXPECT_EQ(erases(), 1u);
}

TEST_F(BackgroundEraseTest, ABudgetOfNoneStillLooks) {
  EXPECT_EQ(rig_.log().Maintain(0), Status::kOk);
  EXPECT_EQ(erases(), 0u);
  EXPECT_EQ(rig_.log().Maintain(1), Status::kOk);
  EXPECT_EQ(rig_.log().Maintain(0), Status::kOk);
  EXPECT_EQ(rig_.log().Maintain(0), Status::kOk);
  EXPECT_EQ(rig_.log().Maintain(0), Status::kNothingYet);
}

TEST_F(BackgroundEraseTest, CommitSuspendsIt) {
  ASSERT_EQ(rig_.log().Maintain(1), Status::kOk);
  EXPECT_EQ(rig_.Write(3), Status::kOk);
  EXPECT_EQ(rig_.chip.Busy(), Status::kBusy);
  EXPECT_EQ(AllOf(rig_.log()), UpTo(written_ + 3));
}

TEST_F(BackgroundEraseTest, OpeningTheBucketThatIsBeingErasedWaitsForIt) {
  ASSERT_EQ(rig_.log().Maintain(1), Status::kOk);
  EXPECT_EQ(rig_.WriteUntil(17), Status::kOk);
  EXPECT_EQ(erases(), 1u);
  first_ = rig_.stats().first_sequence.value;
  EXPECT_EQ(AllOf(rig_.log()), UpTo(rig_.stats().last_sequence.value));
}

TEST_F(BackgroundEraseTest, ErasingAnotherBucketWaitsForIt) {
  ASSERT_EQ(rig_.log().Maintain(1), Status::kOk);
  EXPECT_EQ(EraseAndMark(rig_.log().core(), {18}), Status::kOk);
  EXPECT_EQ(rig_.chip.Busy(), Status::kOk);
  EXPECT_EQ(rig_.log().Maintain(1), Status::kNothingYet);
  EXPECT_EQ(rig_.Peek(17, 0, 12), hand::Mark(rig_.shape(), 1, 2));
}

TEST_F(BackgroundEraseTest, ABucketThatFailsIsSteppedOver) {
  rig_.chip.MakeBad(1, flashsim::BadMode::kEraseFails);
  while (rig_.log().Maintain(1) == Status::kOk) {
  }
  EXPECT_EQ(erases(), 2u);
  while (rig_.stats().head.value < 17) ASSERT_EQ(rig_.Write(1), Status::kOk);
  EXPECT_EQ(rig_.stats().head.value, 18u);
  EXPECT_EQ(rig_.stats().retired_buckets, 1u);
}

TEST_F(BackgroundEraseTest, CloseWaitsForIt) {
  ASSERT_EQ(rig_.log().Maintain(1), Status::kOk);
  ASSERT_EQ(rig_.log().Close(), Status::kOk);
  EXPECT_EQ(rig_.chip.Busy(), Status::kOk);
  ASSERT_EQ(rig_.Mount(), Status::kOk);
  EXPECT_EQ(rig_.stats().mount_finding, MountFinding::kClean);
  EXPECT_EQ(AllOf(rig_.log()), UpTo(written_));
  EXPECT_EQ(rig_.log().Maintain(0), Status::kNothingYet);  // nothing is erased again
  EXPECT_EQ(rig_.stats().erases_repeated, 0u);
}

TEST_F(BackgroundEraseTest, ACutMeanwhileLosesNothing) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    rig_.chip.Reseed(seed);
    ASSERT_EQ(rig_.log().Maintain(1), Status::kOk);
    rig_.chip.CutAt(0, {flashsim::ProgramTear::kRandomBits50, flashsim::EraseTear::kNone, seed});
    EXPECT_EQ(rig_.Write(1), Status::kNoPower);
    rig_.chip.PowerOn();
    ASSERT_EQ(rig_.Mount(), Status::kOk);
    const std::uint64_t last = rig_.stats().last_sequence.value;
    EXPECT_LE(last, written_ + 1);
    EXPECT_GE(last, written_);
    written_ = last;
    first_ = rig_.stats().first_sequence.value;
    EXPECT_EQ(AllOf(rig_.log()), UpTo(written_));
    while (rig_.log().Maintain(1) == Status::kOk) {
    }
    ASSERT_EQ(rig_.WriteUntil(rig_.stats().head.value + 1), Status::kOk);
    written_ = rig_.stats().last_sequence.value;
  }
}

// The next life must not read what is being erased.
TEST_F(BackgroundEraseTest, ALogDroppedMeanwhileIsMountedBehindIt) {
  ASSERT_EQ(rig_.log().Maintain(1), Status::kOk);
  rig_.Drop();
  ASSERT_EQ(rig_.Mount(), Status::kOk);
  EXPECT_EQ(AllOf(rig_.log()), UpTo(written_));
  ASSERT_EQ(rig_.log().Maintain(1), Status::kOk);
  rig_.Drop();
  EXPECT_EQ(rig_.Format(kIdentity + 1), Status::kOk);
}

class BackgroundCommitTest : public BackgroundEraseTest {
 protected:
  BackgroundCommitTest() : BackgroundEraseTest(/*commit_every=*/1) {}
};

TEST_F(BackgroundCommitTest, RecordsWaitInMemoryUntilItHasEnded) {
  ASSERT_EQ(rig_.log().Maintain(1), Status::kOk);
  const std::uint64_t before = programs();
  ASSERT_EQ(rig_.AppendNext(), Status::kOk);
  ASSERT_EQ(rig_.AppendNext(), Status::kOk);
  EXPECT_EQ(programs(), before);
  EXPECT_EQ(AllOf(rig_.log()), UpTo(written_));
  while (rig_.log().Maintain(1) == Status::kOk) {
  }
  EXPECT_EQ(AllOf(rig_.log()), UpTo(written_ + 2));
}

TEST_F(BackgroundCommitTest, TheNextAppendBehindItCommits) {
  ASSERT_EQ(rig_.log().Maintain(1), Status::kOk);
  ASSERT_EQ(rig_.AppendNext(), Status::kOk);
  while (rig_.chip.Busy() == Status::kBusy) {
  }
  ASSERT_EQ(rig_.AppendNext(), Status::kOk);
  EXPECT_EQ(AllOf(rig_.log()), UpTo(written_ + 2));
}

TEST_F(BackgroundCommitTest, AFullBufferIsProgrammedAllTheSame) {
  flashsim::SimOptions sim = rig_.chip.options();
  sim.background_erase_polls = 1000;
  rig_.chip.set_options(sim);
  ASSERT_EQ(rig_.log().Maintain(1), Status::kOk);
  const std::uint64_t before = programs();
  std::uint64_t accepted = 0;
  for (; programs() == before; ++accepted) ASSERT_EQ(rig_.AppendNext(), Status::kOk);
  EXPECT_GT(accepted, 5u);
  EXPECT_EQ(rig_.chip.Busy(), Status::kBusy);
  EXPECT_EQ(AllOf(rig_.log()), UpTo(written_ + accepted - 1));
}

class DeepBackgroundTest : public BackgroundEraseTest {
 protected:
  DeepBackgroundTest() : BackgroundEraseTest(/*commit_every=*/1, /*erase_ahead=*/3) {}
};

// Between two erases there is always time for a commit.
TEST_F(DeepBackgroundTest, CommitsDoNotStarve) {
  std::uint64_t waiting = 0;
  for (Status status = Status::kOk; status == Status::kOk; status = rig_.log().Maintain(1)) {
    ASSERT_EQ(rig_.AppendNext(), Status::kOk);
    const Stats stats = rig_.stats();
    waiting = std::max(waiting, stats.last_accepted - stats.last_sequence);
  }
  EXPECT_GT(waiting, 1u);
  EXPECT_LE(waiting, kPolls + 1);
  EXPECT_EQ(rig_.stats().last_accepted, rig_.stats().last_sequence);
}

TEST_F(DeepBackgroundTest, ABadBucketDoesNotHoldUpCommits) {
  rig_.chip.MakeBad(1, flashsim::BadMode::kEraseFails);
  ASSERT_EQ(rig_.log().Maintain(1), Status::kOk);
  ASSERT_EQ(rig_.AppendNext(), Status::kOk);
  while (rig_.log().Maintain(1) == Status::kOk) {
  }
  EXPECT_EQ(rig_.stats().last_accepted, rig_.stats().last_sequence);
}

// Nothing is known any more of what was erased ahead (a touch that was refused).
TEST_F(DeepBackgroundTest, AnErasesEndIsNotTakenForAnothers) {
  while ((rig_.log().core().clean_mask & 1) == 0) {
    ASSERT_EQ(rig_.log().Maintain(1), Status::kOk);
  }
  ASSERT_TRUE(rig_.log().core().erase_goes_on);
  rig_.log().core().clean_mask = 0;
  rig_.log().core().distrust_marks = true;
  while (rig_.log().Maintain(1) == Status::kOk) {
  }
  EXPECT_EQ(rig_.WriteUntil(20), Status::kOk);
  EXPECT_EQ(rig_.stats().retired_buckets, 0u);
  first_ = rig_.stats().first_sequence.value;
  EXPECT_EQ(AllOf(rig_.log()), UpTo(rig_.stats().last_sequence.value));
}

}  // namespace
}  // namespace norlog
