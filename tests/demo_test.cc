// norlog-demo as its users meet it: figures in JSON, faults and bad usage in
// the exit code.
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/run_program.h"

namespace {

using nlohmann::json;

using norlog::Outcome;

Outcome RunDemo(const std::string& arguments) {
  return norlog::RunProgram("tools/norlog-demo", arguments);
}

class DemoTest : public testing::Test {
 protected:
  std::string Path(const std::string& name) const {
    return testing::TempDir() + "norlog_demo_" + std::to_string(getpid()) + "_" + name;
  }

  std::string WriteCsv(const std::string& content) const {
    std::ofstream(Path("csv"), std::ios::binary) << content;
    return Path("csv");
  }

  // Runs with --json and expects success.
  json Figures(const std::string& arguments) const {
    const Outcome outcome = RunDemo(arguments + " --json " + Path("json"));
    EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
    std::ifstream file(Path("json"));
    return json::parse(file, nullptr, /*allow_exceptions=*/false);
  }
};

void ExpectNothingLost(const json& figures) {
  for (const char* key :
       {"lost", "phantom", "evicted_early", "cursor_errors", "engine_errors", "violations"}) {
    EXPECT_EQ(figures.at(key), 0) << key;
  }
  EXPECT_EQ(figures.at("problems"), json::array());
}

TEST_F(DemoTest, LosesNothingThroughCuts) {
  const json figures = Figures("--cuts 60");
  ASSERT_TRUE(figures.is_object());
  ExpectNothingLost(figures);
  EXPECT_EQ(figures.at("cuts"), 60);
  EXPECT_GE(figures.at("laps"), 3);
  EXPECT_GT(figures.at("records_uploaded"), figures.at("records_evicted_before_upload"));
  EXPECT_EQ(figures.at("records_committed"),
            figures.at("records_evicted").get<int>() + figures.at("records_retained").get<int>());
}

TEST_F(DemoTest, EveryCutIsInOnePlace) {
  const json figures = Figures("--cuts 60 --chip stm32-8");
  ASSERT_TRUE(figures.is_object());
  int sum = 0;
  for (const char* key : {"cuts_in_programs", "cuts_in_erases", "cuts_in_headers_or_marks",
                          "cuts_in_recovery", "cuts_between_operations"}) {
    sum += figures.at(key).get<int>();
  }
  EXPECT_EQ(sum, 60);
}

TEST_F(DemoTest, WearIsEven) {
  const json figures = Figures("--cuts 200 --chip nor512");
  ASSERT_TRUE(figures.is_object());
  ExpectNothingLost(figures);
  EXPECT_LE(figures.at("wear_max").get<int>() - figures.at("wear_min").get<int>(), 1);
}

TEST_F(DemoTest, SameSeedSameFigures) {
  const json first = Figures("--cuts 40 --seed 7 --chip stm32-8");
  EXPECT_EQ(Figures("--cuts 40 --seed 7 --chip stm32-8"), first);
  EXPECT_NE(Figures("--cuts 40 --seed 8 --chip stm32-8"), first);
}

TEST_F(DemoTest, LeavesTheChipsImage) {
  const Outcome outcome = RunDemo("--cuts 5 --chip stm32-8 --image " + Path("image"));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_EQ(std::filesystem::file_size(Path("image")), 128 * 1024);
}

TEST_F(DemoTest, ShowsNoProgressBarWithoutTerminal) {
  EXPECT_EQ(RunDemo("--cuts 5 --chip stm32-8").output.find('\r'), std::string::npos);
}

TEST_F(DemoTest, TakesQuotesCrlfTimestampsAndText) {
  const std::string csv = WriteCsv(
      "station,\"observed, date\",rain,note\r\n"
      "1,2024-05-31T12:00:00Z,0.5,\"a, \"\"b\"\"\"\r\n"
      "2,2024-05-31 12:10:00,,\"two\r\nlines\"\r\n");
  const json figures = Figures("--cuts 20 --chip stm32-8 --csv " + csv);
  ASSERT_TRUE(figures.is_object());
  ExpectNothingLost(figures);
  EXPECT_EQ(figures.at("series_rows"), 2);
}

// What a user got wrong is named, and ends in exit code 2.
struct Misuse {
  const char* arguments;
  const char* csv;  // or null
  const char* message;
};

class DemoMisuseTest : public DemoTest, public testing::WithParamInterface<Misuse> {};

TEST_P(DemoMisuseTest, IsNamed) {
  const Misuse& misuse = GetParam();
  std::string arguments = misuse.arguments;
  if (misuse.csv != nullptr) arguments += " --csv " + WriteCsv(misuse.csv);
  const Outcome outcome = RunDemo(arguments);
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_NE(outcome.output.find(misuse.message), std::string::npos) << outcome.output;
}

INSTANTIATE_TEST_SUITE_P(
    All, DemoMisuseTest,
    testing::Values(
        Misuse{"--cutz 5", nullptr, "there is no flag --cutz"},
        Misuse{"--cuts", nullptr, "--cuts needs a value"},
        Misuse{"--cuts many", nullptr, "--cuts cannot be \"many\""},
        Misuse{"--cuts -1", nullptr, "--cuts cannot be \"-1\""},
        Misuse{"5", nullptr, "\"5\" is no flag"},
        Misuse{"--chip w25q9", nullptr, "there are w25q8"},
        Misuse{"--csv /nonexistent.csv", nullptr, "cannot read /nonexistent.csv: No such file"},
        Misuse{"--json /nonexistent/file", nullptr, "cannot write /nonexistent/file"},
        Misuse{"", "", "no data"}, Misuse{"", "time,x\n", "no data"},
        Misuse{"", "time,x\n1,2\n\n3\n", ":4: the row has 1 fields, the header 2"},
        Misuse{"", "x,time\n1,2\n1,soon\n", ":3: \"soon\" in column time is no time"},
        Misuse{"", "time,x\n1,2\n2024-05-31,3\n", ":3: \"2024-05-31\" in column time is another"},
        Misuse{"", "time,x\n1,\"2\n3,4\n", ":2: the double quotes do not match"}));

TEST_F(DemoTest, RefusesARowThatNoBlockHolds) {
  const std::string csv = WriteCsv("time,text\n1,a\n2," + std::string(2000, 'x') + "\n");
  const Outcome outcome = RunDemo("--csv " + csv);
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_NE(outcome.output.find("line 3: the row takes 2002 bytes"), std::string::npos)
      << outcome.output;
}

TEST_F(DemoTest, HelpNamesEveryFlag) {
  const Outcome outcome = RunDemo("--help");
  EXPECT_EQ(outcome.exit_code, 0);
  for (const char* flag : {"--seed", "--cuts", "--chip", "--csv", "--json", "--image"}) {
    EXPECT_NE(outcome.output.find(flag), std::string::npos) << flag;
  }
}

}  // namespace
