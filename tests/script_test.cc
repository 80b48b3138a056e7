// Scripts: what is printed is what was meant; what is wrong is named; a case
// replays byte for byte, and is the same as when it was found.
#include "fuzz/script.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <sstream>
#include <string>
#include <vector>

#include "flashsim/sim_flash.h"
#include "fuzz/cut_case.h"
#include "fuzz/random_case.h"
#include "fuzz/replay.h"
#include "fuzz/target.h"

namespace norlog::fuzz {
namespace {

constexpr const char* kEveryStep =
    "# norlog script 1\n"
    "setup toy-overwrite\n"
    "format 77\n"
    "append 24 tag 3 time -170 salt 9\n"
    "append 24 tag 3 time -170 salt 10 times 7 every -5\n"
    "commit\n"
    "read 0 count 3\n"
    "cursor 0\n"
    "rewind 0\n"
    "seek 0 count 500\n"
    "maintain 2\n"
    "enable 0\n"
    "disable 0\n"
    "setclock 250 offset -7\n"
    "readtag 0 count 2 tag 3\n"
    "break 1\n"
    "close\n"
    "mount hint 3\n"
    "vanish\n"
    "mount\n"
    "fill 2\n"
    "cut 2 program kFalseBlank erase kPreProgram seed 42 marginal per-cycle looks 1 hostile\n"
    "again 2 times 5 program kAll erase kAll seed 1 marginal pattern looks 0 read-errors 7 "
    "pattern 6\n"
    "remounts 3\n"
    "recover\n"
    "settle\n"
    "flip 300 bits 129\n"
    "damage 7 salt 18446744073709551615\n"
    "wear 2 count 3\n"
    "heal\n"
    "lap\n";

TEST(ScriptTest, IsReadAsItWasPrinted) {
  const absl::StatusOr<Script> script = ParseScript(kEveryStep);
  ASSERT_TRUE(script.ok()) << script.status();
  EXPECT_EQ(script->steps.size(), 29U);
  EXPECT_EQ(ToString(*script), kEveryStep);
}

// Each verb with the numbers that it needs.
TEST(ScriptTest, CarriesOutASessionAsItIs) {
  Session session;
  for (const OpVerb verb :
       {OpVerb::kRead, OpVerb::kSeek, OpVerb::kMaintain, OpVerb::kSetClock, OpVerb::kReadTag}) {
    Op op;
    op.verb = verb;
    op.count = 5;
    session.ops.push_back(op);
  }
  Script script{.setup = "toy-overwrite", .steps = {}};
  AppendSession(session, script.steps);
  const absl::StatusOr<Script> read = ParseScript(ToString(script));
  ASSERT_TRUE(read.ok()) << read.status();
  ASSERT_EQ(read->steps.size(), session.ops.size() + 2);
  for (std::size_t i = 0; i < session.ops.size(); ++i) {
    EXPECT_EQ(read->steps[i + 1].op.count, 5U) << ToString(session.ops[i]);
  }
}

TEST(ScriptTest, SkipsCommentsBlanksAndCarriageReturns) {
  const absl::StatusOr<Script> script =
      ParseScript("# a comment\r\n\r\n  setup random 7 \r\n  commit\r\n");
  ASSERT_TRUE(script.ok()) << script.status();
  EXPECT_EQ(script->setup, "random 7");
  EXPECT_EQ(script->steps.size(), 1U);
}

struct Misprint {
  const char* text;
  const char* message;
};

class ScriptErrorTest : public testing::TestWithParam<Misprint> {};

TEST_P(ScriptErrorTest, NamesTheLineAndWhatIsWrong) {
  const absl::StatusOr<Script> script = ParseScript(GetParam().text);
  ASSERT_FALSE(script.ok());
  EXPECT_EQ(std::string(script.status().message()), GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    All, ScriptErrorTest,
    testing::Values(
        Misprint{"", "the script names no setup"},
        Misprint{"setup x\nfly 3\n", "line 2: there is no step \"fly\""},
        Misprint{"setup x\nappend 3\n", "line 2: \"append 3\" is no append"},
        Misprint{"setup x\nappend 1 tag 0 time 0 salt 1 times 100001 every 0\n",
                 "line 2: \"append 1 tag 0 time 0 salt 1 times 100001 every 0\" is no append"},
        Misprint{"setup x\n\ncommit 3\n", "line 3: \"commit 3\" is no commit"},
        Misprint{"setup x\nfill many\n", "line 2: \"fill many\" is no fill"},
        Misprint{"setup x\ncut 1 program kTorn\n", "line 2: \"cut 1 program kTorn\" is no cut"},
        Misprint{"setup x\ncut 1 pattern 16\n", "line 2: \"cut 1 pattern 16\" is no cut"}));

std::string TraceOf(const Setup& setup, const Script& script) {
  std::ostringstream trace;
  RunScript(setup, script, &trace);
  return trace.str();
}

TEST(ScriptTest, ReplaysByteForByteFromItsText) {
  for (const std::uint64_t seed : {1U, 2U, 3U, 0xdeadbeefU}) {
    const Script script = RandomScript(seed);
    const absl::StatusOr<Script> again = ParseScript(ToString(script));
    ASSERT_TRUE(again.ok()) << again.status();
    const auto setup = *FindSetup(script.setup);
    EXPECT_EQ(RunScript(setup, script).digest, RunScript(setup, *again).digest);
    EXPECT_EQ(TraceOf(setup, script), TraceOf(setup, *again));
  }
}

TEST(ScriptTest, AppendsManyAsIfOneByOne) {
  const std::string begin = "setup toy-overwrite\nformat 77\n";
  const std::string end = "commit\nclose\nmount\n";
  const auto setup = *FindSetup("toy-overwrite");
  const ScriptOutcome many = RunScript(
      setup, *ParseScript(begin + "append 9 tag 3 time 100 salt 4 times 3 every 10\n" + end));
  const ScriptOutcome one_by_one = RunScript(
      setup, *ParseScript(begin +
                          "append 9 tag 3 time 100 salt 4\nappend 9 tag 3 time 110 salt 5\n"
                          "append 9 tag 3 time 120 salt 6\n" +
                          end));
  EXPECT_EQ(many.records, 3U);
  EXPECT_EQ(many.digest, one_by_one.digest);
}

// The seed of a case means the same on every compiler, in 32 and 64 bits.
TEST(ScriptTest, ASeedStandsForTheSameCaseEverywhere) {
  const Script script = RandomScript(7);
  EXPECT_EQ(script.setup, "random 11753722");
  ASSERT_EQ(script.steps.size(), 278U);
  EXPECT_EQ(ToString(script).size(), 7044U);
  EXPECT_EQ(ToString(script.steps[3]), "append 2 tag 3 time -8202 salt 195308");
}

TEST(ScriptTest, PassesOverWhatCannotBeCarriedOut) {
  const absl::StatusOr<Script> script = ParseScript(
      "setup toy-overwrite\ncommit\nmount\nclose\nlap\nformat 1\nformat 2\ncut 0\nappend 5 tag 1 "
      "time 1 salt 1\ncommit\ncommit\nread 0 count 1\nsettle\nclose\nclose\n");
  ASSERT_TRUE(script.ok()) << script.status();
  const ScriptOutcome outcome = RunScript(*FindSetup("toy-overwrite"), *script);
  EXPECT_TRUE(outcome.breaches.empty());
  ASSERT_EQ(outcome.hits.size(), 1U);
  EXPECT_EQ(outcome.hits[0].cut_step, 6U);
  EXPECT_EQ(outcome.hits[0].hit_step, 8U);
  EXPECT_EQ(outcome.hits[0].operations_before, 0U);
}

// The damage is there, and the log says which records it cost.
TEST(ScriptTest, DamagesAFrameOfTheRecordsThatItAppends) {
  const absl::StatusOr<Script> script =
      ParseScript("setup nor-overwrite\nformat 1\ndamage 8 salt 5\nmount\nclose\nmount\nlap\n");
  ASSERT_TRUE(script.ok()) << script.status();
  std::ostringstream trace;
  const ScriptOutcome outcome = RunScript(*FindSetup("nor-overwrite"), *script, &trace);
  EXPECT_TRUE(outcome.breaches.empty());
  EXPECT_NE(trace.str().find("damaged: record 2, at"), std::string::npos) << trace.str();
  EXPECT_NE(trace.str().find("cursors 0 0, damaged 2..7"), std::string::npos);
}

// The bit is one that counts, wherever the ring's evictions leave the records.
TEST(ScriptTest, MostDamageCostsRecords) {
  int lost = 0;
  for (int salt = 0; salt < 40; ++salt) {
    const absl::StatusOr<Script> script =
        ParseScript("setup toy-overwrite\nformat 1\nfill 3\ndamage 9 salt " + std::to_string(salt) +
                    "\nmount\n");
    ASSERT_TRUE(script.ok()) << script.status();
    std::ostringstream trace;
    EXPECT_TRUE(RunScript(*FindSetup("toy-overwrite"), *script, &trace).breaches.empty());
    lost += trace.str().find(", damaged ") != std::string::npos ? 1 : 0;
  }
  EXPECT_GE(lost, 30);
}

TEST(CutStyleTest, AHostilePartStaysHostile) {
  const flashsim::SimOptions part = FindSetup("hostile")->sim;
  CutStyle style;
  style.first_look_cycles = 0;
  EXPECT_TRUE(Over(part, style).hostile_scope);
  EXPECT_EQ(Over(part, style).first_look_cycles, 1U);
  EXPECT_FALSE(Over(FindSetup("w25q128")->sim, style).hostile_scope);
  EXPECT_EQ(Over(FindSetup("w25q128")->sim, style).first_look_cycles, 0U);
}

// Class 17: the operation completes, the chip keeps its power, and so its marginal cells.
TEST(CutStyleTest, AResetLetsTheOperationComplete) {
  const CutStyle style = AllCutStyles(/*write_once=*/false).back();
  ASSERT_TRUE(style.reset);
  EXPECT_EQ(ParseCutStyle(ToString(style)), style);
  flashsim::SimFlash chip(flashsim::Toy(1024, 8), 1);
  PlanCut(chip, 0, style, style.tear);
  const std::array<std::uint8_t, 2> data = {0x12, 0x34};
  EXPECT_EQ(chip.Program(0, data), Status::kNoPower);
  EXPECT_EQ(chip.Peek(0, 2), std::vector<std::uint8_t>(data.begin(), data.end()));
  const std::uint32_t cycle = chip.power_cycle();
  chip.PowerOn();
  EXPECT_EQ(chip.power_cycle(), cycle);
}

// As the attack does: what changes from mount to mount shows at a later one only.
TEST(CutCaseTest, OfUnstableReadsIsFollowedByMounts) {
  const absl::StatusOr<Script> unstable = ScriptOfCase("toy-overwrite/1:11.51");
  ASSERT_TRUE(unstable.ok()) << unstable.status();
  EXPECT_EQ(ToString(unstable->steps.front()), "remounts 3");
  const absl::StatusOr<Script> solid = ScriptOfCase("toy-overwrite/1:11.5");
  ASSERT_TRUE(solid.ok()) << solid.status();
  EXPECT_EQ(ToString(solid->steps.front()).substr(0, 6), "format");
}

TEST(CutCaseTest, IsOneLine) {
  const CutCase cut_case{5, {{17, 3}, {2, 8}}, 65'537};
  EXPECT_EQ(ToString(cut_case), "5:17.3:2.8x65537");
  EXPECT_EQ(ParseCutCase("5:17.3:2.8x65537"), cut_case);
  EXPECT_EQ(ParseCutCase("5"), (CutCase{5, {}, 1}));
  for (const char* text : {"", "x", "5:", "5:1", "5:1.", "5:1.2:", "5:1.2x", "5:1.2x0", "5 "}) {
    EXPECT_FALSE(ParseCutCase(text).has_value()) << text;
  }
}

TEST(ReplayTest, NamesWhatIsNoCase) {
  for (const auto& [id, message] : {std::pair{"toy-overwrite/5:17", "nor a case"},
                                    {"moon/1:2.3", "there is no setup \"moon\""},
                                    {"toy-overwrite/900:0.0", "has sessions 0 to"},
                                    {"toy-overwrite/1:0.900", "styles are 0"},
                                    {"xyz", "nor a case"}}) {
    const absl::StatusOr<Script> script = ScriptOf(id);
    ASSERT_FALSE(script.ok()) << id;
    EXPECT_NE(std::string(script.status().message()).find(message), std::string::npos)
        << script.status();
  }
}

TEST(CutStyleTest, APartIsCutOnlyAsItTears) {
  const auto fram = *FindSetup("fram");
  std::size_t programs = 0;
  std::size_t erases = 0;
  for (const CutStyle& style : StylesOf(fram)) {
    programs += MayTear(fram.sim, style, flashsim::OpKind::kProgram) ? 1 : 0;
    erases += MayTear(fram.sim, style, flashsim::OpKind::kErase) ? 1 : 0;
  }
  EXPECT_EQ(programs, 7U) << "none, all, a prefix of bytes, each twice; a reset";
  EXPECT_EQ(erases, 7U);
  const auto card = *FindSetup("sdcard");
  for (const CutStyle& style : StylesOf(card)) {
    EXPECT_TRUE(MayTear(card.sim, style, flashsim::OpKind::kProgram));
  }
}

TEST(RandomCaseTest, SomeDamageFrames) {
  std::size_t scarred = 0;
  for (std::uint64_t seed = 0; seed < 256; ++seed) {
    for (const Step& step : RandomScript(seed).steps) {
      if (step.verb != StepVerb::kDamage) continue;
      ++scarred;
      break;
    }
  }
  EXPECT_GT(scarred, 2U);
  EXPECT_LT(scarred, 20U);
}

std::int64_t CasesWith(StepVerb verb, std::uint64_t seeds) {
  std::int64_t cases = 0;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    const std::vector<Step> steps = RandomScript(seed).steps;
    const auto is = [verb](const Step& step) { return step.verb == verb; };
    if (std::any_of(steps.begin(), steps.end(), is)) ++cases;
  }
  return cases;
}

TEST(RandomCaseTest, InSomeBucketsWearOut) {
  for (std::uint64_t seed = 0; seed < 256; ++seed) {
    for (const Step& step : RandomScript(seed).steps) {
      if (step.verb != StepVerb::kWear) continue;
      EXPECT_LT(step.number, 3U);
      EXPECT_GE(step.op.count, 1U);
      EXPECT_LE(step.op.count, 2U);
    }
  }
  const std::int64_t worn = CasesWith(StepVerb::kWear, 256);
  EXPECT_GT(worn, 2);
  EXPECT_LT(worn, 30);
}

TEST(RandomCaseTest, SomeOfTheseBucketsHeal) {
  const std::int64_t worn = CasesWith(StepVerb::kWear, 1024);
  const std::int64_t healed = CasesWith(StepVerb::kHeal, 1024);
  EXPECT_GT(healed, worn / 5);
  EXPECT_LT(healed, worn);
}

// The last line of a trace that says what a mount shows.
std::string ShownBehind(const std::string& steps) {
  const absl::StatusOr<Script> script = ParseScript(
      "setup nor-overwrite\nformat 1\nfill 1\nclose\n" + steps + "mount\nfill 2\nclose\nmount\n");
  EXPECT_TRUE(script.ok()) << script.status();
  std::ostringstream trace;
  EXPECT_TRUE(RunScript(*FindSetup(script->setup), *script, &trace).breaches.empty());
  const std::size_t at = trace.str().rfind("shows");
  return at == std::string::npos ? "" : trace.str().substr(at);
}

TEST(ScriptTest, WhatHasHealedIsNotSteppedOver) {
  EXPECT_NE(ShownBehind("wear 1 count 1\n"), ShownBehind(""));
  EXPECT_EQ(ShownBehind("wear 1 count 1\nheal\n"), ShownBehind(""));
}

TEST(RandomCaseTest, SomeHaveNamedChips) {
  const auto chip = *FindSetup("random chip 12075737");
  EXPECT_EQ(chip.profile.name, "stm32h7");
  EXPECT_EQ(chip.name, "random chip 12075737");
  EXPECT_FALSE(FindSetup("random chip x").ok());
  std::size_t chips = 0;
  for (std::uint64_t seed = 0; seed < 64; ++seed) {
    chips += RandomScript(seed).setup.find("chip") != std::string::npos ? 1 : 0;
  }
  EXPECT_GT(chips, 2U);
  EXPECT_LT(chips, 20U);
}

}  // namespace
}  // namespace norlog::fuzz
