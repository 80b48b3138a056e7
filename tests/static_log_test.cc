// A log that brings its memory along.
#include "norlog/static_log.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>

#include "norlog/reader.h"
#include "tests/engine_rig.h"

namespace norlog {
namespace {

constexpr Geometry kChip = {.erase_unit_bytes = 1024,
                            .erase_unit_count = 8,
                            .program_unit_bytes = 1,
                            .page_bytes = 256,
                            .program_rule = ProgramRule::kBits};
constexpr Options kOptions = {.bucket_bytes = 1024, .block_bytes = 256, .reader_count = 2};
using SmallLog = StaticLog<kOptions, kChip>;

// The configuration is checked by the compiler, and by the same rules.
static_assert(Validate(kOptions, kChip) == OptionsError::kNone);
static_assert(std::is_base_of_v<ConfigurationIs<OptionsError::kNone>, LogMemory<kOptions, kChip>>);
static_assert(sizeof(LogMemory<kOptions, kChip>) == RequiredMemory(kOptions, kChip));
static_assert(std::is_base_of_v<Log, SmallLog>);
static_assert(!std::is_copy_constructible_v<SmallLog>);

flashsim::SimFlash SmallChip() {
  return flashsim::SimFlash(flashsim::Toy(1024, 8), 1);
}

Status Write(Log& log, std::uint64_t first, std::uint64_t last) {
  for (std::uint64_t s = first; s <= last; ++s) {
    NORLOG_TRY(log.Append(TagOf(s), TimeOf(s), PayloadOf(s)).status);
  }
  return log.Commit().status;
}

std::string Read(Log& log, int index = 0) {
  Reader reader(log, index);
  return Story::Of(reader);
}

TEST(StaticLog, IsALogThatNeedsNothingElse) {
  flashsim::SimFlash chip = SmallChip();
  SmallLog log(chip);
  ASSERT_EQ(log.Mount(), Status::kNoLog);
  ASSERT_EQ(log.Format(kIdentity), Status::kOk);
  ASSERT_EQ(Write(log, 1, 50), Status::kOk);
  EXPECT_EQ(Read(log, 0), "1-50");
  EXPECT_EQ(Read(log, 1), "1-50");
  EXPECT_EQ(Read(log, 2), "kInvalidReader");
}

TEST(StaticLog, SurvivesABoot) {
  flashsim::SimFlash chip = SmallChip();
  auto first = std::make_unique<SmallLog>(chip);
  ASSERT_EQ(first->Format(kIdentity), Status::kOk);
  ASSERT_EQ(Write(*first, 1, 50), Status::kOk);
  first.reset();  // no Close
  SmallLog second(chip);
  ASSERT_EQ(second.Mount(), Status::kOk);
  EXPECT_EQ(Read(second), "1-50");
}

TEST(StaticLog, ReadsWhatALogWithOtherMemoryWrote) {
  EngineRig rig;
  ASSERT_EQ(rig.Format(), Status::kOk);
  ASSERT_EQ(rig.Write(30), Status::kOk);
  ASSERT_EQ(rig.log().Close(), Status::kOk);
  SmallLog log(rig.chip);
  ASSERT_EQ(log.Mount(), Status::kOk);
  EXPECT_EQ(Read(log), "1-30");
}

TEST(StaticLog, TwoOfAKindShareNoMemory) {
  flashsim::SimFlash chips[2] = {SmallChip(), SmallChip()};
  SmallLog left(chips[0]);
  SmallLog right(chips[1]);
  ASSERT_EQ(left.Format(1), Status::kOk);
  ASSERT_EQ(right.Format(2), Status::kOk);
  for (std::uint64_t s = 1; s <= 40; ++s) {  // each pending while the other commits
    ASSERT_EQ(left.Append(TagOf(s), TimeOf(s), PayloadOf(s)).status, Status::kOk);
    ASSERT_EQ(Write(right, 2 * s - 1, 2 * s), Status::kOk);
    ASSERT_EQ(left.Commit().status, Status::kOk);
  }
  EXPECT_EQ(Read(left), "1-40");
  EXPECT_EQ(Read(right), "1-80");
}

// Bytes around the object that an overrun would hit.
TEST(StaticLog, WritesNowhereButInItself) {
  struct Guarded {
    explicit Guarded(NorFlash& flash) : log(flash) {}
    std::uint64_t before[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    SmallLog log;
    std::uint64_t behind[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  };
  flashsim::SimFlash chip = SmallChip();
  Guarded guarded(chip);
  ASSERT_EQ(guarded.log.Format(kIdentity), Status::kOk);
  ASSERT_EQ(Write(guarded.log, 1, 600), Status::kOk);
  for (const int index : {0, 1}) EXPECT_NE(Read(guarded.log, index), "");
  for (std::uint64_t i = 0; i < 8; ++i) {
    EXPECT_EQ(guarded.before[i], i + 1);
    EXPECT_EQ(guarded.behind[i], i + 1);
  }
}

TEST(StaticLog, ChipOfAnotherGeometryIsRefused) {
  flashsim::SimFlash chip(flashsim::Toy(4096, 8), 1);  // its buckets are no whole erase units
  SmallLog log(chip);
  EXPECT_EQ(log.Format(kIdentity), Status::kInvalidOptions);
  EXPECT_EQ(log.Mount(), Status::kInvalidOptions);
  EXPECT_EQ(chip.op_count(), 0u);
}

class CountingLock final : public LockHook {
 public:
  void Lock(LockKind) override { ++locked_; }
  void Unlock(LockKind) override { ++unlocked_; }
  int locked() const { return locked_; }
  int unlocked() const { return unlocked_; }

 private:
  int locked_ = 0;
  int unlocked_ = 0;
};

TEST(StaticLog, TakesTheLockItWasGiven) {
  flashsim::SimFlash chip = SmallChip();
  CountingLock lock;
  SmallLog log(chip, &lock);
  ASSERT_EQ(log.Format(kIdentity), Status::kOk);
  EXPECT_GT(lock.locked(), 0);
  EXPECT_EQ(lock.locked(), lock.unlocked());
}

}  // namespace
}  // namespace norlog
