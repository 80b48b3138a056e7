// The README's examples compile, do what they say, and are what the README shows.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "flashsim/profiles.h"
#include "flashsim/sim_flash.h"
#include "tests/readme_examples.h"

namespace {

std::string ReadAll(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// What stands between the two marks of an example.
std::string Example(const std::string& path) {
  const std::string begin = "// [readme]\n";
  const std::string text = ReadAll(path);
  const std::size_t from = text.find(begin) + begin.size();
  return text.substr(from, text.find("// [/readme]") - from);
}

TEST(ReadmeTest, EmbedExampleUploadsEveryRecord) {
  flashsim::SimFlash chip(flashsim::W25Q(1), 1);
  Sensor sensor;
  Network network;
  ASSERT_EQ(LogAndUpload(chip, sensor, network), norlog::Status::kOk);
  ASSERT_EQ(network.sent.size(), 100u);
  EXPECT_EQ(network.sent.back(), (std::pair<std::uint64_t, std::uint8_t>{100, 100}));
  EXPECT_EQ(network.missing, 0);
  EXPECT_EQ(chip.violations().count(), 0u) << chip.violations().Report();
}

TEST(ReadmeTest, TwoThreadExampleUploadsEveryRecordInOrder) {
  flashsim::SimFlash chip(flashsim::W25Q(1), 1);
  Sensor sensor;
  Network network;
  ASSERT_EQ(TwoThreads(chip, sensor, network), norlog::Status::kOk);
  ASSERT_EQ(network.sent.size(), 1000u);
  for (std::uint64_t i = 0; i < 1000; ++i) EXPECT_EQ(network.sent[i].first, i + 1);
}

TEST(ReadmeTest, ReadmeShowsTheExamplesAsTheyAre) {
  const std::string readme = ReadAll("README.md");
  for (const char* path : {"tests/readme_embed.cc", "tests/readme_threads.cc"}) {
    const std::string example = Example(path);
    ASSERT_GT(example.size(), 500u) << path;
    EXPECT_NE(readme.find(example), std::string::npos) << path << " and README.md differ";
  }
}

}  // namespace
