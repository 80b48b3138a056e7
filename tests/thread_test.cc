// A writer and four readers in threads of their own, on one simulated chip:
// run it under ThreadSanitizer. SimFlash is not thread-safe, so a HAL call
// outside the state lock is a data race that TSan reports.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "flashsim/sim_flash.h"
#include "norlog/log.h"

namespace norlog {
namespace {

constexpr int kReaders = 4;
constexpr std::uint64_t kRecords = 6000;
constexpr std::uint32_t kPayloadBytes = 20;

class MutexHook final : public LockHook {
 public:
  void Lock(LockKind kind) override { mutexes_.at(static_cast<std::size_t>(kind)).lock(); }
  void Unlock(LockKind kind) override { mutexes_.at(static_cast<std::size_t>(kind)).unlock(); }

 private:
  std::array<std::mutex, 2> mutexes_;
};

Options FourReaders(Retention retention) {
  Options options;
  options.bucket_bytes = 1024;
  options.block_bytes = 256;
  options.reader_count = kReaders;
  options.retention = retention;
  return options;
}

std::array<std::uint8_t, kPayloadBytes> PayloadOf(std::uint64_t sequence) {
  std::array<std::uint8_t, kPayloadBytes> payload{};
  for (std::size_t i = 0; i < payload.size(); ++i) {
    payload.at(i) = static_cast<std::uint8_t>(sequence * (2 * i + 1) >> (i % 8));
  }
  return payload;
}

bool IsRight(const Record& record) {
  const auto expected = PayloadOf(record.sequence.value);
  return record.tag == record.sequence.value % 100 &&
         record.time == static_cast<std::int64_t>(record.sequence.value) * 3 &&
         std::equal(expected.begin(), expected.end(), record.payload.begin(), record.payload.end());
}

Status AppendRecordOf(Log& log, std::uint64_t sequence) {
  return log
      .Append(static_cast<std::uint8_t>(sequence % 100), static_cast<std::int64_t>(sequence) * 3,
              PayloadOf(sequence))
      .status;
}

// What a reader got, all told.
struct Harvest {
  std::uint64_t records = 0;
  std::uint64_t missed = 0;
  std::uint64_t gaps = 0;
};

class ThreadTest : public testing::Test {
 protected:
  explicit ThreadTest(Retention retention = Retention::kOverwriteOldest)
      : chip_(flashsim::Toy(1024, 16), /*seed=*/5),
        options_(FourReaders(retention)),
        memory_(RequiredMemory(options_, chip_.geometry())),
        log_(chip_, options_, memory_, &lock_) {
    EXPECT_EQ(log_.Format(1), Status::kOk);
  }

  // Appends all records, commits every third, maintains now and then.
  void Write() {
    for (std::uint64_t s = 1; s <= kRecords && !failed_; ++s) {
      while (Full(AppendRecordOf(log_, s))) std::this_thread::yield();
      if (s % 3 != 0 && s != kRecords) continue;
      while (Full(log_.Commit().status)) std::this_thread::yield();
      if (s % 12 == 0) Expect(log_.Maintain(1));
      written_ = s;
    }
    written_ = kRecords;
  }

  // Reads to the end of all records; a slow reader lets itself be overtaken by
  // more than the ring holds, again and again.
  void Read(int index, bool slow, Harvest& harvest) {
    Reader reader(log_, index);
    std::uint64_t next = 1;
    while (next <= kRecords && !failed_) {
      Record record;
      const Status status = reader.Next(record);
      if (status == Status::kOk) {
        failed_ = failed_ || record.sequence.value != next || !IsRight(record);
        ++next;
        ++harvest.records;
        if (next % 64 == 0) Full(reader.Commit());
        if (slow && harvest.records % 20 == 0) WaitForWriter(next + 1200);
      } else if (status == Status::kGap) {
        const Gap gap = reader.gap();
        failed_ = failed_ || gap.first.value != next || gap.last < gap.first ||
                  gap.cause != GapCause::kEvicted;
        harvest.missed += gap.last - gap.first + 1;
        ++harvest.gaps;
        next = gap.last.value + 1;
      } else {
        if (status != Status::kNothingYet) Expect(status);
        Full(reader.Commit());
        std::this_thread::yield();
      }
    }
  }

  void WaitForWriter(std::uint64_t sequence) {
    while (written_ < std::min(sequence, kRecords) && !failed_) std::this_thread::yield();
  }

  // True if it must be tried again; any other trouble ends the test.
  bool Full(Status status) {
    if (status == Status::kFull) return !failed_;
    Expect(status);
    return false;
  }
  void Expect(Status status) {
    if (status == Status::kOk || status == Status::kNothingYet) return;
    failed_ = true;
    ADD_FAILURE() << StatusName(status);
  }

  std::array<Harvest, kReaders> RunAll(bool with_slow_readers) {
    std::array<Harvest, kReaders> harvests;
    std::vector<std::thread> threads;
    threads.emplace_back([this] { Write(); });
    for (int i = 0; i < kReaders; ++i) {
      threads.emplace_back([this, i, with_slow_readers, &harvests] {
        Read(i, with_slow_readers && i >= 2, harvests.at(static_cast<std::size_t>(i)));
      });
    }
    for (std::thread& thread : threads) thread.join();
    return harvests;
  }

  flashsim::SimFlash chip_;
  Options options_;
  std::vector<std::uint8_t> memory_;
  MutexHook lock_;
  Log log_;
  std::atomic<std::uint64_t> written_ = 0;
  std::atomic<bool> failed_ = false;
};

TEST_F(ThreadTest, OverwrittenReadersAreToldWhatTheyMissed) {
  const std::array<Harvest, kReaders> harvests = RunAll(/*with_slow_readers=*/true);
  EXPECT_FALSE(failed_) << "out of order, wrong content, or a gap with a wrong range";
  for (const Harvest& harvest : harvests) {
    EXPECT_EQ(harvest.records + harvest.missed, kRecords);
  }
  EXPECT_GT(harvests[2].gaps, 0U);
  EXPECT_GT(harvests[3].missed, 0U);
  EXPECT_EQ(chip_.violations().Report(), "");
}

class KeepUnreadThreadTest : public ThreadTest {
 protected:
  KeepUnreadThreadTest() : ThreadTest(Retention::kKeepUnread) {}
};

TEST_F(KeepUnreadThreadTest, NobodyMissesAnything) {
  const std::array<Harvest, kReaders> harvests = RunAll(/*with_slow_readers=*/false);
  EXPECT_FALSE(failed_);
  for (const Harvest& harvest : harvests) {
    EXPECT_EQ(harvest.records, kRecords);
    EXPECT_EQ(harvest.gaps, 0U);
  }
}

// --- The rules of lock.h --------------------------------------------------------

// Watches who holds what, in a single thread.
class StrictHook final : public LockHook {
 public:
  void Lock(LockKind kind) override {
    EXPECT_FALSE(held(kind)) << "a lock taken twice";
    EXPECT_FALSE(kind == LockKind::kWriter && held(LockKind::kState)) << "wrong order";
    held_.at(static_cast<std::size_t>(kind)) = true;
    if (kind == LockKind::kState) hal_calls_ = 0;
  }
  void Unlock(LockKind kind) override {
    EXPECT_TRUE(held(kind)) << "released, but not held";
    held_.at(static_cast<std::size_t>(kind)) = false;
  }
  void HalCall(bool mutating) {
    EXPECT_TRUE(held(LockKind::kState)) << "the chip used outside the state lock";
    EXPECT_LE(++hal_calls_, 1) << "the state lock held for a second HAL operation";
    EXPECT_TRUE(!mutating || held(LockKind::kWriter)) << "written outside the writer lock";
    ++total_;
  }
  bool held(LockKind kind) const { return held_.at(static_cast<std::size_t>(kind)); }
  bool any_held() const { return held_[0] || held_[1]; }
  std::uint64_t total() const { return total_; }

 private:
  std::array<bool, 2> held_{};
  int hal_calls_ = 0;
  std::uint64_t total_ = 0;
};

class WatchedFlash final : public NorFlash {
 public:
  WatchedFlash(flashsim::SimFlash& chip, StrictHook& hook) : chip_(chip), hook_(hook) {}
  const Geometry& geometry() const override { return chip_.geometry(); }
  Status Read(std::uint64_t address, std::span<std::uint8_t> out) override {
    if (watching) hook_.HalCall(/*mutating=*/false);
    return chip_.Read(address, out);
  }
  Status Program(std::uint64_t address, std::span<const std::uint8_t> data) override {
    if (watching) hook_.HalCall(/*mutating=*/true);
    return chip_.Program(address, data);
  }
  Status Erase(std::uint64_t address, std::uint32_t size) override {
    if (watching) hook_.HalCall(/*mutating=*/true);
    return chip_.Erase(address, size);
  }
  bool watching = false;

 private:
  flashsim::SimFlash& chip_;
  StrictHook& hook_;
};

// Format and Mount run alone and need no lock; everything else does.
TEST(LockTest, HoldsTheStateLockForAtMostOneHalOperation) {
  flashsim::SimFlash chip(flashsim::Toy(1024, 8), /*seed=*/1);
  StrictHook hook;
  WatchedFlash flash(chip, hook);
  const Options options = FourReaders(Retention::kOverwriteOldest);
  std::vector<std::uint8_t> memory(RequiredMemory(options, flash.geometry()));
  Log log(flash, options, memory, &hook);
  ASSERT_EQ(log.Format(1), Status::kOk);
  flash.watching = true;
  Reader reader(log, 1);
  Stats stats;
  Record record;
  const auto is_fine = [](Status status) {
    return status == Status::kOk || status == Status::kGap || status == Status::kNothingYet;
  };
  for (std::uint64_t s = 1; s <= 600; ++s) {
    ASSERT_EQ(AppendRecordOf(log, s), Status::kOk);
    ASSERT_TRUE(s % 2 != 0 || Ok(log.Commit().status));
    ASSERT_TRUE(s % 30 != 0 || is_fine(log.Maintain(2)));
    for (int i = 0; s % 5 == 0 && i < 3; ++i) ASSERT_TRUE(is_fine(reader.Next(record)));
    ASSERT_TRUE(s % 40 != 0 || Ok(reader.Commit()));
    ASSERT_EQ(log.GetStats(stats), Status::kOk);
    ASSERT_FALSE(hook.any_held());
  }
  ASSERT_EQ(log.DisableReader(3), Status::kOk);
  ASSERT_EQ(log.EnableReader(3, Sequence{1}), Status::kOk);
  ASSERT_EQ(log.Close(), Status::kOk);
  EXPECT_FALSE(hook.any_held());
  EXPECT_GT(hook.total(), 1000U);
}

}  // namespace
}  // namespace norlog
