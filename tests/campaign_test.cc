// norlog-campaign as its users meet it, and that it sees what is broken.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "flashsim/wear.h"
#include "fuzz/explorer.h"
#include "fuzz/jobs.h"
#include "fuzz/replay.h"
#include "fuzz/target.h"
#include "nlohmann/json.hpp"
#include "tests/run_program.h"

namespace norlog::fuzz {
namespace {

using nlohmann::json;

Outcome RunTool(const std::string& arguments, const std::string& environment = "") {
  return RunProgram("fuzz/norlog-campaign", arguments, environment);
}

std::string Path(const std::string& name) {
  return testing::TempDir() + "norlog_campaign_" + std::to_string(getpid()) + "_" + name;
}

std::string ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// What does not depend on time or shards.
json Facts(const std::string& path) {
  json result = json::parse(ReadAll(path), nullptr, /*allow_exceptions=*/false);
  EXPECT_TRUE(result.is_object()) << path;
  json facts = json::array();
  for (const json& setup : result.at("setups")) {
    json kept = setup;
    for (const char* key : {"cpu_seconds", "cycles_per_cpu_minute"}) kept.erase(key);
    facts.push_back(kept);
  }
  facts.push_back(result.at("guarantees"));
  return facts;
}

constexpr const char* kTiny =
    "--setup toy-overwrite --attack exhaustive,nested,flicker,unstable,random --cases 70 --rate "
    "500 ";

// The line of `--help` and of docs/TESTING.md.
TEST(CampaignTest, ReplaysTheDocumentedCase) {
  const Outcome outcome = RunTool("--replay toy-overwrite/2:6.3:2.8 --shrink");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
}

TEST(CampaignTest, AStateFileThatCannotBeWrittenEndsIt) {
  const Outcome outcome = RunTool(kTiny + std::string("--state /dev/full"));
  EXPECT_EQ(outcome.exit_code, 2) << outcome.output;
}

TEST(CampaignTest, ShardsAddUpToTheWholeCaseForCase) {
  EXPECT_EQ(RunTool(kTiny + ("--json " + Path("whole"))).exit_code, 0);
  EXPECT_EQ(RunTool(kTiny + ("--shard 0/3 --json " + Path("s0"))).exit_code, 0);
  EXPECT_EQ(RunTool(kTiny + ("--json " + Path("s1")),
                    "TEST_SHARD_INDEX=1 TEST_TOTAL_SHARDS=3 "
                    "TEST_SHARD_STATUS_FILE=" +
                        Path("touched"))
                .exit_code,
            0);
  EXPECT_TRUE(std::filesystem::exists(Path("touched")));
  EXPECT_EQ(RunTool(kTiny + ("--threads 3 --json " + Path("s2")),
                    "SLURM_ARRAY_TASK_ID=12 SLURM_ARRAY_TASK_MIN=10 SLURM_ARRAY_TASK_COUNT=3")
                .exit_code,
            0);
  const Outcome merged = RunTool("merge --json " + Path("merged") + " " + Path("s0") + " " +
                                 Path("s2") + " " + Path("s1"));
  EXPECT_EQ(merged.exit_code, 0) << merged.output;
  EXPECT_EQ(Facts(Path("merged")), Facts(Path("whole")));
}

// Jobs that a state file already has are not done again, and count.
TEST(CampaignTest, GoesOnAfterAnInterruption) {
  const std::string state = Path("state");
  EXPECT_EQ(RunTool(kTiny + ("--json " + Path("all") + " --state " + state)).exit_code, 0);
  std::vector<std::string> lines;
  std::ifstream file(state);
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  ASSERT_GT(lines.size(), 12U);
  // Killed while it wrote its eleventh job.
  std::ofstream cut(state, std::ios::trunc);
  for (std::size_t i = 0; i < 11; ++i) cut << lines[i] << '\n';
  cut << lines[11].substr(0, lines[11].size() / 2);
  cut.close();
  const Outcome resumed =
      RunTool(kTiny + ("--json " + Path("resumed") + " --resume --state " + state));
  EXPECT_EQ(resumed.exit_code, 0) << resumed.output;
  EXPECT_EQ(Facts(Path("resumed")), Facts(Path("all")));
  const Outcome other = RunTool("--setup toy-keep --resume --state " + state);
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_NE(other.output.find("of another campaign"), std::string::npos) << other.output;
}

// An interrupt ends it early, says so, and keeps what was done.
TEST(CampaignTest, EndsWhenInterrupted) {
  const std::string state = Path("interrupted");
  const Outcome outcome =
      RunTool("--setup nor-overwrite --attack exhaustive --threads 1 --state " + state +
              " & pid=$!; " + "while [ $(cat " + state +
              " 2>/dev/null | wc -l) -lt 3 ]; do sleep 0.05; done; kill -INT " + "$pid; wait $pid");
  EXPECT_EQ(outcome.exit_code, 130) << outcome.output;
  EXPECT_GE(std::filesystem::file_size(state), 100U);
}

TEST(CampaignTest, SeesAChipThatForgets) {
  const Outcome outcome =
      RunTool("--setup canary --attack exhaustive --shrink_seconds 2 --json " + Path("canary") +
              " --junit " + Path("junit") + " --html " + Path("html"));
  EXPECT_EQ(outcome.exit_code, 1) << outcome.output;
  const json result = json::parse(ReadAll(Path("canary")), nullptr, false);
  ASSERT_TRUE(result.is_object());
  EXPECT_GT(result.at("guarantees_broken").get<int>(), 0);
  const json& failure = result.at("failures").at(0);
  EXPECT_EQ(failure.at("setup"), "canary");
  EXPECT_FALSE(failure.at("trace").get<std::string>().empty());
  EXPECT_NE(ReadAll(Path("junit")).find("<failure"), std::string::npos);
  EXPECT_NE(ReadAll(Path("html")).find("</html>"), std::string::npos);
  // The line that it prints repeats it.
  const std::string replay = failure.at("replay").get<std::string>();
  const Outcome again = RunTool(replay.substr(replay.find(' ')));
  EXPECT_EQ(again.exit_code, 1) << replay << again.output;
}

TEST(CampaignTest, ReplaysAScriptFromAFile) {
  const std::string path = Path("script");
  std::ofstream(path) << "setup nor-overwrite\nformat 7\nappend 20 tag 1 time 5 salt 3\ncommit\n"
                         "append 20 tag 1 time 6 salt 4\ncommit\nclose\nflip 170 bits 16\nmount\n";
  const Outcome broken = RunTool("--replay " + path + " --shrink --save " + Path("least"));
  EXPECT_EQ(broken.exit_code, 1) << broken.output;
  EXPECT_NE(broken.output.find("is broken: "), std::string::npos) << broken.output;
  EXPECT_LT(ReadAll(Path("least")).size(), ReadAll(path).size() + 20);
  EXPECT_EQ(RunTool("--replay " + Path("least")).exit_code, 1);
  EXPECT_EQ(RunTool("--replay toy-overwrite/1:3.5:1.8").exit_code, 0);
  EXPECT_EQ(RunTool("--replay 00000000deadbeef").exit_code, 0);
}

// What a user got wrong is named, and ends in exit code 2.
struct Misuse {
  const char* arguments;
  const char* message;
};

class CampaignMisuseTest : public testing::TestWithParam<Misuse> {};

TEST_P(CampaignMisuseTest, IsNamed) {
  const Outcome outcome = RunTool(GetParam().arguments);
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_NE(outcome.output.find(GetParam().message), std::string::npos) << outcome.output;
}

INSTANTIATE_TEST_SUITE_P(
    All, CampaignMisuseTest,
    testing::Values(
        Misuse{"--setups toy", "there is no flag --setups"},
        Misuse{"--flagfile x", "there is no flag --flagfile"}, Misuse{"toy", "\"toy\" is no flag"},
        Misuse{"--setup moon", "there is no setup \"moon\"; there are nor-overwrite"},
        Misuse{"--profile moon", "there is no profile \"moon\"; there are w25q8"},
        Misuse{"--attack moon", "there is no attack \"moon\"; there are exhaustive"},
        Misuse{"--seed many", "--seed cannot be \"many\""},
        Misuse{"--seed", "--seed needs a value"}, Misuse{"--depth 9", "--depth is 2 to 4"},
        Misuse{"--rate 0", "--rate is 1 or more"}, Misuse{"--shard 3/3", "there is no shard 3/3"},
        Misuse{"--shard x", "there is no shard x/"},
        Misuse{"--resume", "--resume needs --state FILE"},
        Misuse{"--json /nonexistent/x", "cannot write /nonexistent/x"},
        Misuse{"--replay moon/1:2.3", "there is no setup \"moon\""},
        Misuse{"--replay 1:2", "nor a case"}, Misuse{"--minutes -3", "--minutes is more than 0"},
        Misuse{"--times 0", "--times is 1 or more"}, Misuse{"--save x", "need --replay"},
        Misuse{"--shrink", "need --replay"}, Misuse{"merge", "no result to merge"},
        Misuse{"merge /nonexistent", "cannot read /nonexistent"}));

TEST(CampaignTest, HelpNamesEveryFlag) {
  const Outcome outcome = RunTool("--help");
  EXPECT_EQ(outcome.exit_code, 0);
  for (const char* flag :
       {"--setup",  "--profile", "--quick",          "--attack",  "--seed",    "--depth",
        "--rate",   "--cases",   "--times",          "--minutes", "--threads", "--shard",
        "--state",  "--resume",  "--shrink_seconds", "--json",    "--junit",   "--html",
        "--replay", "--shrink",  "--save",           "merge"}) {
    EXPECT_NE(outcome.output.find(flag), std::string::npos) << flag;
  }
}

// A fork that is torn is the same as a replay that is cut there.
TEST(ExplorerTest, FindsWhatAReplayFinds) {
  const Target target = MakeTarget(*FindSetup("canary"));
  const ExplorePlan plan;
  JobResult result;
  Explorer(target, plan, result).Session(3);
  ASSERT_FALSE(result.failures.empty());
  for (const auto& [key, failure] : result.failures) {
    const absl::StatusOr<Script> script = ScriptOfCase(failure.case_id);
    ASSERT_TRUE(script.ok()) << script.status();
    const ScriptOutcome outcome = RunScript(target.setup, *script);
    ASSERT_FALSE(outcome.breaches.empty()) << failure.case_id;
    EXPECT_EQ(outcome.breaches[0].message, failure.message) << failure.case_id;
  }
}

TEST(DepthsOfTest, RoundsShareNothingAndAFewDifferInEveryCut) {
  std::set<std::array<std::uint32_t, 3>> seen;
  for (std::uint32_t round = 0; round < 20 * 5 * 5; ++round) {
    const std::vector<Sampling> depths = DepthsOf(round, 3, 20, 5);
    ASSERT_EQ(depths.size(), 3U);
    EXPECT_EQ(depths[0].one_in, 20U);
    EXPECT_EQ(depths[2].one_in, 5U);
    seen.insert({depths[0].which, depths[1].which, depths[2].which});
    EXPECT_LT(depths[0].which, depths[0].one_in);
    EXPECT_LT(depths[2].which, depths[2].one_in);
    EXPECT_TRUE(round >= 5 ||
                (depths[0].which == round && depths[1].which == round && depths[2].which == round));
  }
  EXPECT_EQ(seen.size(), 500U);
}

// An engine that refuses appends after a cut: here because no unit of the chip
// can be erased any more, which the oracle has not been told.
TEST(RigTest, SeesALogThatRefusesAppendsAfterACut) {
  const auto setup = *FindSetup("nor-overwrite");
  Rig rig(setup, NewCheckpoint(setup));
  rig.Format(1);
  rig.PowerFails();
  rig.PowerReturns();
  rig.Recover();
  ASSERT_TRUE(rig.healthy()) << rig.oracle().Report();
  for (std::uint32_t unit = 0; unit < 8; ++unit) {
    rig.chip().MakeBad(unit, flashsim::BadMode::kEraseFails);
  }
  rig.RunLap();
  EXPECT_NE(rig.oracle().Report().find("G8: "), std::string::npos) << rig.oracle().Report();
}

}  // namespace
}  // namespace norlog::fuzz
