// The mount's acceptance figures of issue 2: after a clean close, and after a
// cut at each operation of a session. Each test prints what it measured.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <ostream>
#include <string>

#include "tests/figures_rig.h"

namespace norlog::figures {
namespace {

struct MountCase {
  const char* chip;
  std::uint64_t most_reads;
  friend void PrintTo(const MountCase& c, std::ostream* out) { *out << c.chip; }
};

class MountFigures : public testing::TestWithParam<MountCase> {
 protected:
  MountFigures() : node_(*flashsim::FindProfile(GetParam().chip), ChipOptions(/*readers=*/4)) {}
  Node node_;
};

// Over a whole further lap, ending in every block of a bucket.
TEST_P(MountFigures, CleanMountReadsLittleAndProgramsNothing) {
  FillRing(node_);
  Worst clean;
  Worst with_hint;
  std::uint64_t reads = 0;
  std::uint64_t mounts = 0;
  for (; mounts < node_.bucket_count(); ++mounts) {
    for (std::uint64_t i = 0; i < 5 + mounts % 3; ++i) {
      ASSERT_EQ(node_.Append(600), Status::kOk);
      ASSERT_EQ(node_.log().Commit().status, Status::kOk);
    }
    if (mounts % 5 == 0) {
      ASSERT_EQ(node_.ReadAndCommit(static_cast<int>(mounts % 4), 3), Status::kOk);
    }
    const Hint hint{true, node_.GetStats().head_index};
    ASSERT_EQ(node_.log().Close(), Status::kOk);
    const flashsim::Counters cost = node_.Boot();
    clean.Add(cost);
    reads += cost.reads;
    with_hint.Add(node_.Boot(hint));
  }
  Figure("clean mount: reads, worst", static_cast<double>(clean.most.reads));
  Figure("clean mount: reads, mean", Ratio(reads, mounts));
  Figure("clean mount: bytes, worst", static_cast<double>(clean.most.bytes_read));
  Figure("clean mount: chip time, worst", Microseconds(clean.most.chip_time_ns), "us");
  Figure("with a hint: reads, worst", static_cast<double>(with_hint.most.reads));
  EXPECT_LE(clean.most.reads, GetParam().most_reads);
  EXPECT_LE(clean.most.bytes_read, 2048U);
  EXPECT_EQ(clean.most.programs + clean.most.erases, 0U);
  EXPECT_EQ(with_hint.most.programs + with_hint.most.erases, 0U);
  const MountBudgets budget = MountBudget(node_.options(), node_.geometry());
  EXPECT_LE(clean.most.reads, budget.clean.reads);
  EXPECT_LE(clean.most.bytes_read, budget.clean.bytes);
  EXPECT_GE(100 * clean.most.reads, 54 * budget.clean.reads)
      << "the promise is too wide (the campaign sees worse: budget_use_test)";
  EXPECT_EQ(node_.chip().violations().Report(), "");
}

// What a node does between two boots: commits over a bucket's end, cursors,
// maintenance or not.
struct Session {
  int steps;              // commits
  int records;            // in each
  std::uint32_t payload;  // bytes of each record
  bool maintain;
};

// Until its end or until the power fails.
void Run(Node& node, const Session& session) {
  for (int i = 0; i < session.steps && node.chip().powered(); ++i) {
    Status status = Status::kOk;
    for (int k = 0; k < session.records && status == Status::kOk; ++k) {
      status = node.Append(session.payload);
    }
    if (status != Status::kOk || node.log().Commit().status != Status::kOk) break;
    if (i % 5 == 4 && node.ReadAndCommit(i / 5 % 4, 2) != Status::kOk) break;
    if (session.maintain && node.log().Maintain(1) == Status::kNoPower) break;
  }
  if (node.chip().powered()) static_cast<void>(node.log().Close());
}

struct AfterCut {
  Worst clean;  // where the session may have ended
  Worst without_erase;
  Worst with_erase;
  std::uint64_t cuts = 0;
};

// Cuts the session, on forks of `chip`, at operation `op`, torn in every way.
// False if the session ends before that.
bool CutAtOperation(const flashsim::SimFlash& chip, const Options& options, const Session& session,
                    std::uint64_t op, AfterCut& result) {
  for (std::size_t kind = 0; kind < flashsim::kProgramTears.size(); ++kind) {
    const std::size_t erase_kind = kind % flashsim::kEraseTears.size();
    Node node(chip, options);
    node.Boot();
    node.chip().CutAt(
        op, {flashsim::kProgramTears[kind], flashsim::kEraseTears[erase_kind], op * 16 + kind});
    Run(node, session);
    if (!node.chip().cut_happened()) return false;
    const flashsim::Counters cost = node.Boot();
    (cost.erases == 0 ? result.without_erase : result.with_erase).Add(cost);
    EXPECT_EQ(node.chip().violations().Report(), "");
    ++result.cuts;
  }
  return true;
}

AfterCut CutEverywhere(const flashsim::SimFlash& chip, const Options& options, Session session) {
  AfterCut result;
  for (const bool maintain : {false, true}) {
    session.maintain = maintain;
    for (std::uint64_t op = 0; CutAtOperation(chip, options, session, op, result); ++op) {
    }
    for (Session part = session; part.steps >= 0; --part.steps) {
      Node node(chip, options);
      node.Boot();
      Run(node, part);
      result.clean.Add(node.Boot());
    }
  }
  return result;
}

void PrintAfterCut(const std::string& name, const Worst& worst, const Worst& clean) {
  const auto extra = [](std::uint64_t a, std::uint64_t b) {
    return static_cast<double>(a) - static_cast<double>(b);
  };
  Figure(name + ": reads, worst", static_cast<double>(worst.most.reads));
  Figure(name + ": reads above clean", extra(worst.most.reads, clean.most.reads));
  Figure(name + ": bytes read, worst", static_cast<double>(worst.most.bytes_read));
  Figure(name + ": bytes read above clean", extra(worst.most.bytes_read, clean.most.bytes_read));
  Figure(name + ": programs, worst", static_cast<double>(worst.most.programs));
  Figure(name + ": bytes programmed, worst", static_cast<double>(worst.most.bytes_programmed));
  Figure(name + ": erases, worst", static_cast<double>(worst.most.erases));
  Figure(name + ": chip time, worst", Microseconds(worst.most.chip_time_ns), "us");
}

void Print(const AfterCut& after) {
  Figure("cuts", static_cast<double>(after.cuts));
  Figure("clean: reads, worst", static_cast<double>(after.clean.most.reads));
  Figure("clean: bytes read, worst", static_cast<double>(after.clean.most.bytes_read));
  PrintAfterCut("no erase due", after.without_erase, after.clean);
  PrintAfterCut("erase due", after.with_erase, after.clean);
}

void ExpectWithinBudget(const Worst& worst, const Budget& budget) {
  EXPECT_LE(worst.most.reads, budget.reads);
  EXPECT_LE(worst.most.bytes_read, budget.bytes);
}

// An erase that is due is verified, the whole bucket; that comes on top.
TEST_P(MountFigures, MountAfterACutReadsLittleMore) {
  FillRing(node_);
  ASSERT_EQ(node_.log().Close(), Status::kOk);
  const Options& o = node_.options();
  const AfterCut after = CutEverywhere(node_.chip(), o, {64, 8, 8, false});
  Print(after);
  const flashsim::Counters& clean = after.clean.most;
  const flashsim::Counters& cut = after.without_erase.most;
  EXPECT_LE(cut.reads, clean.reads + 24);
  // "24 reads and one block more": the reads beside the block are short.
  constexpr std::uint32_t kShortReads = 24 * 32;
  EXPECT_LE(cut.bytes_read, clean.bytes_read + o.block_bytes + kShortReads);
  EXPECT_LT(cut.chip_time_ns, 3 * flashsim::kNsPerMs);
  const flashsim::Counters& erase = after.with_erase.most;
  EXPECT_LE(erase.reads, clean.reads + 24);
  EXPECT_LE(erase.bytes_read, clean.bytes_read + o.block_bytes + kShortReads + o.bucket_bytes);
  EXPECT_LE(erase.erases, 1U);
}

// G10: whatever the records are, it is what MountBudget said before.
TEST_P(MountFigures, MountAfterACutStaysWithinItsBudget) {
  FillRing(node_);
  ASSERT_EQ(node_.log().Close(), Status::kOk);
  const MountBudgets budget = MountBudget(node_.options(), node_.geometry());
  std::uint64_t most_reads = 0;
  for (const Session& session :
       {Session{64, 8, 8, false}, Session{36, 1, 600, false}, Session{40, 1, 130, false}}) {
    const AfterCut after = CutEverywhere(node_.chip(), node_.options(), session);
    const std::string name = std::to_string(session.payload) + " B records: ";
    PrintAfterCut(name + "no erase due", after.without_erase, after.clean);
    PrintAfterCut(name + "erase due", after.with_erase, after.clean);
    ExpectWithinBudget(after.clean, budget.clean);
    ExpectWithinBudget(after.without_erase, budget.after_cut);
    ExpectWithinBudget(after.with_erase, budget.after_cut);
    EXPECT_LT(after.without_erase.most.chip_time_ns, 3 * flashsim::kNsPerMs);
    most_reads = std::max(most_reads, after.with_erase.most.reads);
  }
  EXPECT_GE(100 * most_reads, 31 * budget.after_cut.reads)
      << "the promise is too wide (the campaign sees worse: budget_use_test)";
}

INSTANTIATE_TEST_SUITE_P(Chips, MountFigures,
                         testing::Values(MountCase{"w25q128", 24}, MountCase{"w25q8", 20}),
                         [](const testing::TestParamInfo<MountCase>& info) {
                           return std::string(info.param.chip);
                         });

}  // namespace
}  // namespace norlog::figures
