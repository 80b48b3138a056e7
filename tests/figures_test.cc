// The acceptance figures of issue 2 but the mount's (figures_mount_test.cc):
// economy, the worst append, the sleeper, cursors, unclean ends, Format. Exact
// flash counts and simulated chip time; each test prints what it measured.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "tests/figures_rig.h"

namespace norlog::figures {
namespace {

// --- AC4: economy --------------------------------------------------------------

struct EconomyCase {
  std::uint32_t commit_every;
  double most_bytes;  // programmed a record, all in
  friend void PrintTo(const EconomyCase& c, std::ostream* out) { *out << c.commit_every; }
};

class EconomyFigures : public testing::TestWithParam<EconomyCase> {};

TEST_P(EconomyFigures, SteadyRingProgramsFewBytesARecord) {
  Options options = ChipOptions(/*readers=*/1);
  options.commit_every = GetParam().commit_every;
  Node node(flashsim::W25Q(1), options);
  FillRing(node);
  const Stats before = node.GetStats();
  const std::uint64_t ops_before = node.chip().op_count();
  const flashsim::Counters cost = node.CostOf([&] {
    while (node.GetStats().head < before.head + node.bucket_count()) {
      ASSERT_EQ(node.Append(), Status::kOk);
    }
  });
  const std::uint64_t records = node.GetStats().last_sequence - before.last_sequence;
  const std::uint64_t commits = records / options.commit_every;
  const std::uint64_t buckets = node.bucket_count();
  const std::uint64_t blocks = buckets * (options.bucket_bytes / options.block_bytes);
  const std::uint64_t operations = node.chip().op_count() - ops_before;
  Figure("bytes programmed a record", Ratio(cost.bytes_programmed, records));
  Figure("operations a record", Ratio(operations, records));
  Figure("operations a commit", Ratio(operations, commits));
  Figure("operations beyond a commit each, a bucket", Ratio(operations - commits, buckets));
  Figure("chip time a record", Microseconds(cost.chip_time_ns) / static_cast<double>(records),
         "us");
  EXPECT_LE(Ratio(cost.bytes_programmed, records), GetParam().most_bytes);
  if (options.commit_every == 1) {
    EXPECT_LE(operations, commits + blocks + 4 * buckets);
  }
  EXPECT_EQ(cost.erases, buckets);
  EXPECT_EQ(node.chip().violations().Report(), "");
}

INSTANTIATE_TEST_SUITE_P(Commit, EconomyFigures,
                         testing::Values(EconomyCase{1, 16.0}, EconomyCase{16, 10.5}),
                         [](const testing::TestParamInfo<EconomyCase>& info) {
                           return "Every" + std::to_string(info.param.commit_every);
                         });

// --- AC5: the worst append -------------------------------------------------------

TEST(AppendFigures, WithMaintenanceNoAppendWaitsForAnErase) {
  for (const std::uint32_t commit_every : {1U, 16U}) {
    Options options = ChipOptions(/*readers=*/4);
    options.commit_every = commit_every;
    Node node(flashsim::W25Q(1), options);
    FillRing(node);
    const BucketNumber goal = node.GetStats().head + node.bucket_count();
    Worst append;
    Worst maintain;
    while (node.GetStats().head < goal) {
      maintain.Add(node.CostOf([&] {
        const Status status = node.log().Maintain(1);
        ASSERT_TRUE(status == Status::kOk || status == Status::kNothingYet);
      }));
      append.Add(node.CostOf([&] { ASSERT_EQ(node.Append(), Status::kOk); }));
    }
    const std::string name = "commit every " + std::to_string(commit_every);
    Figure(name + ": append, worst", Microseconds(append.most.chip_time_ns), "us");
    Figure(name + ": append, programs, worst", static_cast<double>(append.most.programs));
    Figure(name + ": Maintain, worst", Microseconds(maintain.most.chip_time_ns), "us");
    EXPECT_LT(append.most.chip_time_ns, flashsim::kNsPerMs);
    EXPECT_EQ(append.most.erases, 0U);
  }
}

// --- AC6: the sleeper, cursors, unclean ends, Format ---------------------------------

constexpr int kNaps = 10'000;

TEST(SleeperFigures, TenThousandNapsCostLittleMoreThanOneLongRun) {
  Options options = ChipOptions(/*readers=*/1);
  options.commit_every = 1;
  Node awake(flashsim::W25Q(1), options);
  FillRing(awake);
  ASSERT_EQ(awake.log().Close(), Status::kOk);
  Node sleeper(awake.chip(), options);
  awake.Boot();
  const flashsim::Counters long_run = awake.CostOf([&] {
    for (int i = 0; i < kNaps; ++i) ASSERT_EQ(awake.Append(), Status::kOk);
    ASSERT_EQ(awake.log().Close(), Status::kOk);
  });
  Worst mounts;
  const flashsim::Counters naps = sleeper.CostOf([&] {
    for (int i = 0; i < kNaps; ++i) {
      mounts.Add(sleeper.Boot());
      ASSERT_EQ(sleeper.Append(), Status::kOk);
      ASSERT_EQ(sleeper.log().Commit().status, Status::kOk);
      ASSERT_EQ(sleeper.log().Close(), Status::kOk);
    }
  });
  Figure("long run: bytes a record", Ratio(long_run.bytes_programmed, kNaps));
  Figure("sleeper: bytes a record", Ratio(naps.bytes_programmed, kNaps));
  Figure("sleeper / long run", Ratio(naps.bytes_programmed, long_run.bytes_programmed));
  Figure("mount: reads, worst", static_cast<double>(mounts.most.reads));
  Figure("chip time a nap, all in", Microseconds(naps.chip_time_ns) / kNaps, "us");
  EXPECT_LE(2 * naps.bytes_programmed, 3 * long_run.bytes_programmed);
  EXPECT_LE(mounts.most.reads, 40U);
  EXPECT_EQ(mounts.most.programs + mounts.most.erases, 0U);
  EXPECT_EQ(sleeper.chip().violations().Report(), "");
}

// Reader commits over many buckets: most are one frame; one that begins a block
// or a bucket pays for the touch and the head frame, or the header.
TEST(CursorFigures, ACursorCommitIsOneSmallFrame) {
  for (const std::uint8_t readers : {std::uint8_t{1}, std::uint8_t{4}, std::uint8_t{8}}) {
    Node node(flashsim::W25Q(1), ChipOptions(readers));
    FillRing(node);
    node.Fill(node.bucket_count(), /*payload_bytes=*/8);  // the largest lags there can be
    Worst frame;
    Worst block_begin;
    Worst bucket_begin;
    const BucketNumber goal = node.GetStats().head + 24;
    flashsim::Rng rng(readers);
    while (node.GetStats().head < goal) {
      for (auto k = 1 + rng.Below(3); k > 0; --k) ASSERT_EQ(node.Append(), Status::kOk);
      ASSERT_EQ(node.log().Commit().status, Status::kOk);
      const auto reader = static_cast<int>(rng.Below(readers));
      const auto records = static_cast<int>(rng.Below(4)) + 1;
      const std::uint64_t before = node.EndPosition();
      const flashsim::Counters cost =
          node.CostOf([&] { ASSERT_EQ(node.ReadAndCommit(reader, records), Status::kOk); });
      const std::uint64_t after = node.EndPosition();
      const Options& o = node.options();
      const bool new_bucket = before / o.bucket_bytes != after / o.bucket_bytes;
      const bool new_block = before / o.block_bytes != after / o.block_bytes;
      (new_bucket ? bucket_begin : new_block ? block_begin : frame).Add(cost);
    }
    const std::string name = std::to_string(readers) + " readers: ";
    Figure(name + "cursor commit, bytes, worst", static_cast<double>(frame.most.bytes_programmed));
    Figure(name + "... programs", static_cast<double>(frame.most.programs));
    Figure(name + "at a block begin, bytes",
           static_cast<double>(block_begin.most.bytes_programmed));
    Figure(name + "at a bucket begin, bytes",
           static_cast<double>(bucket_begin.most.bytes_programmed));
    EXPECT_LE(frame.most.bytes_programmed, 24U);
    EXPECT_EQ(frame.most.programs, 1U);
  }
}

// The space between the last commit and where the log goes on. (It is negative
// when recovery erases a bucket that held nothing but copies.)
TEST(UncleanFigures, AnUncleanEndCostsAtMostTwoBlocks) {
  Node node(flashsim::W25Q(1), ChipOptions(/*readers=*/4));
  FillRing(node);
  flashsim::Rng rng(5);
  std::int64_t worst = 0;
  std::int64_t sum = 0;
  constexpr int kCuts = 4000;
  for (int cut = 0; cut < kCuts; ++cut) {
    std::uint64_t committed = node.EndPosition();
    const std::uint64_t operations = rng.Below(8);
    node.chip().CutAt(operations, flashsim::RandomTear(rng));
    while (node.Append(20) == Status::kOk && node.log().Commit().status == Status::kOk) {
      committed = node.EndPosition();
    }
    node.Boot();
    const auto cost = static_cast<std::int64_t>(node.EndPosition() - committed);
    worst = std::max(worst, cost);
    sum += cost;
  }
  const double block = node.options().block_bytes;
  Figure("unclean end: blocks, worst", static_cast<double>(worst) / block);
  Figure("unclean end: blocks, mean", static_cast<double>(sum) / kCuts / block);
  EXPECT_LE(worst, 2 * node.options().block_bytes);
  EXPECT_EQ(node.chip().violations().Report(), "");
}

flashsim::SimFlash GarbageChip() {
  flashsim::SimFlash chip(flashsim::W25Q(1), /*seed=*/3);
  flashsim::Rng rng(9);
  std::vector<std::uint8_t> page(4096);
  for (std::uint64_t at = 0; at < chip.geometry().size_bytes(); at += page.size()) {
    for (std::uint8_t& byte : page) byte = rng.NextByte();
    chip.Poke(at, page);
  }
  return chip;
}

TEST(FormatFigures, FormatErasesAtMostThreeTimesWhateverTheChipHeld) {
  Node full(flashsim::W25Q(1), ChipOptions(/*readers=*/4));
  FillRing(full);
  Node unclean(full.chip(), full.options());
  ASSERT_EQ(full.log().Close(), Status::kOk);
  Node closed(full.chip(), full.options());
  Node blank(flashsim::W25Q(1), full.options());
  Node garbage(GarbageChip(), full.options());
  const std::array<std::pair<const char*, Node*>, 4> cases = {{{"blank", &blank},
                                                               {"garbage", &garbage},
                                                               {"full", &closed},
                                                               {"full, not closed", &unclean}}};
  for (const auto& [name, node] : cases) {
    const flashsim::Counters cost =
        node->CostOf([&, n = node] { ASSERT_EQ(n->log().Format(2), Status::kOk); });
    const std::string prefix = std::string(name) + ": ";
    Figure(prefix + "erases", static_cast<double>(cost.erases));
    Figure(prefix + "reads", static_cast<double>(cost.reads));
    Figure(prefix + "chip time", Microseconds(cost.chip_time_ns), "us");
    EXPECT_LE(cost.erases, 3U);
    EXPECT_LE(cost.reads, 64U);  // O(log buckets), one erase verified
  }
}

}  // namespace
}  // namespace norlog::figures
