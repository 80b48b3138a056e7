#include "fuzz/watch.h"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <ctime>

namespace norlog::fuzz {
namespace {

constexpr int kExitCode = 7;

TEST(WatchDeathTest, AThreadThatDoesNotComeBackIsNamed) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        StartWatch(0.1, kExitCode);
        SetCase("toy-overwrite/1:2.3");
        for (volatile bool hangs = true; hangs;) {
        }
      },
      testing::ExitedWithCode(kExitCode),
      "G7 BROKEN: the engine hangs in toy-overwrite/1:2.3\n.*--replay 'toy-overwrite/1:2.3'");
}

TEST(WatchDeathTest, ACrashIsNamed) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        StartWatch(60, kExitCode);
        SetCase("random/12ab");
        std::raise(SIGABRT);
      },
      testing::ExitedWithCode(kExitCode),
      "G7 BROKEN: the campaign gave up .SIGABRT. in random/12ab");
}

// A crash that ended otherwise would not say 0.
TEST(WatchDeathTest, WhatComesBackGoesOn) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        StartWatch(0.1, kExitCode);
        while (std::clock() < CLOCKS_PER_SEC) Beat();
        std::_Exit(0);
      },
      testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace norlog::fuzz
