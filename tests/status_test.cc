// Every outcome has its own name.
#include "norlog/status.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace norlog {
namespace {

constexpr auto kLast = static_cast<std::uint8_t>(Status::kCannotDecode);

TEST(Status, EachHasItsOwnName) {
  std::set<std::string> names;
  for (std::uint8_t i = 0; i <= kLast; ++i) names.insert(StatusName(static_cast<Status>(i)));
  EXPECT_EQ(names.size(), kLast + 1u);
  EXPECT_EQ(names.count("unknown"), 0u);
}

TEST(Status, NameIsTheEnumerator) {
  EXPECT_STREQ(StatusName(Status::kOk), "kOk");
  EXPECT_STREQ(StatusName(Status::kFull), "kFull");
  EXPECT_STREQ(StatusName(Status::kLayoutMismatch), "kLayoutMismatch");
}

TEST(Status, NumberWithoutNameIsNoCrash) {
  EXPECT_STREQ(StatusName(static_cast<Status>(kLast + 1)), "unknown");
  EXPECT_STREQ(StatusName(static_cast<Status>(255)), "unknown");
}

TEST(Status, OnlyOkIsOk) {
  for (std::uint8_t i = 0; i <= kLast; ++i) EXPECT_EQ(Ok(static_cast<Status>(i)), i == 0);
}

TEST(Status, TryReturnsWhatFailedAndGoesOnOtherwise) {
  const auto attempt = [](Status first) {
    NORLOG_TRY(first);
    return Status::kNothingYet;
  };
  EXPECT_EQ(attempt(Status::kOk), Status::kNothingYet);
  EXPECT_EQ(attempt(Status::kReadError), Status::kReadError);
}

}  // namespace
}  // namespace norlog
