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
        const AtCase at("toy-overwrite/1:2.3");
        for (volatile bool hangs = true; hangs;) {
        }
      },
      testing::ExitedWithCode(kExitCode),
      "G7 BROKEN: the engine hangs in toy-overwrite/1:2.3\n.*--replay 'toy-overwrite/1:2.3'");
}

TEST(WatchDeathTest, AnAbortIsNamed) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        StartWatch(60, kExitCode);
        const AtCase at("random/12ab");
        std::raise(SIGABRT);
      },
      testing::ExitedWithCode(kExitCode), "Aborted in random/12ab");
}

// A second of CPU time, of which a tenth is allowed.
TEST(WatchDeathTest, WhatComesBackGoesOn) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        StartWatch(0.1, kExitCode);
        const AtCase at("toy-overwrite/1:2.3");
        while (std::clock() < CLOCKS_PER_SEC) Beat();
        std::_Exit(0);
      },
      testing::ExitedWithCode(0), "");
}

TEST(WatchDeathTest, OnlyCasesAreWatched) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        StartWatch(0.1, kExitCode);
        { const AtCase at("toy-overwrite/1:2.3"); }
        for (volatile bool reports = true; reports;) reports = std::clock() < CLOCKS_PER_SEC;
        std::_Exit(0);
      },
      testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace norlog::fuzz
