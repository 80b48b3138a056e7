// TSLog's example, the program that this engine grew out of: a sensor thread
// appends and waits while the reader lags too far behind, an upload thread
// reads, commits its cursor and sleeps.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "flashsim/sim_flash.h"
#include "norlog/log.h"

namespace norlog {
namespace {

constexpr std::uint64_t kRecords = 5000;
constexpr std::uint64_t kMostLag = 60;  // the ring holds some three times as many
constexpr std::uint8_t kTag = 1;

class MutexHook final : public LockHook {
 public:
  void Lock(LockKind kind) override { mutexes_.at(static_cast<std::size_t>(kind)).lock(); }
  void Unlock(LockKind kind) override { mutexes_.at(static_cast<std::size_t>(kind)).unlock(); }

 private:
  std::array<std::mutex, 2> mutexes_;
};

Options TsLogOptions(Retention retention) {
  Options options;
  options.bucket_bytes = 1024;
  options.block_bytes = 512;
  options.commit_every = 4;  // TSLog's commit delta
  options.reader_count = 1;
  options.retention = retention;
  return options;
}

struct Sample {
  std::uint32_t number;
  float value;
};

class TsLogTest : public testing::TestWithParam<Retention> {
 protected:
  TsLogTest()
      : chip_(flashsim::Toy(1024, 12), /*seed=*/3),
        options_(TsLogOptions(GetParam())),
        memory_(RequiredMemory(options_, chip_.geometry())) {}

  // The sensor: waits while the upload lags by more than `kMostLag` records.
  void Sense(Log& log, std::uint32_t first, std::uint32_t last) {
    for (std::uint32_t n = first; n <= last && !failed_; ++n) {
      while (Lag(log) > kMostLag && !failed_) std::this_thread::yield();
      const Sample sample{n, static_cast<float>(n) / 7};
      std::array<std::uint8_t, sizeof sample> bytes;
      std::memcpy(bytes.data(), &sample, sizeof sample);
      const SequenceResult result = log.Append(kTag, n * std::int64_t{1000}, bytes);
      if (result.status != Status::kOk || result.sequence.value != n) Fail(result.status);
    }
    if (const Status status = log.Commit().status; status != Status::kOk) Fail(status);
  }

  // The upload: reads what there is, commits, sleeps, until record `last`.
  void Upload(Log& log, std::uint32_t last) {
    Reader reader(log, 0);
    while (uploaded_ < last && !failed_) {
      Record record;
      Status status = reader.Next(record);
      for (; status == Status::kOk; status = reader.Next(record)) Check(record);
      if (status != Status::kNothingYet) Fail(status);
      if (const Status commit = reader.Commit(); commit != Status::kOk) Fail(commit);
      std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
  }

  void Check(const Record& record) {
    Sample sample{};
    const bool fits = record.payload.size() == sizeof sample;
    if (fits) std::memcpy(&sample, record.payload.data(), sizeof sample);
    ++uploaded_;
    const bool is_right = fits && record.sequence.value == uploaded_ && record.tag == kTag &&
                          record.time == static_cast<std::int64_t>(uploaded_) * 1000 &&
                          sample.number == uploaded_ &&
                          sample.value == static_cast<float>(uploaded_) / 7;
    if (!is_right) Fail(Status::kDamaged);
  }

  std::uint64_t Lag(Log& log) {
    Stats stats;
    if (const Status status = log.GetStats(stats); status != Status::kOk) Fail(status);
    return stats.largest_lag;
  }

  void Fail(Status status) {
    failed_ = true;
    ADD_FAILURE() << StatusName(status) << " at record " << uploaded_;
  }

  // One boot: both threads until record `last` is uploaded.
  void RunPair(Log& log, std::uint32_t first, std::uint32_t last) {
    std::thread sensor([&] { Sense(log, first, last); });
    std::thread upload([&] { Upload(log, last); });
    sensor.join();
    upload.join();
  }

  flashsim::SimFlash chip_;
  Options options_;
  std::vector<std::uint8_t> memory_;
  std::atomic<bool> failed_ = false;
  std::uint64_t uploaded_ = 0;
};

// Back-pressure makes even an overwriting ring lose nothing; a reboot in the
// middle resumes behind the committed cursor.
TEST_P(TsLogTest, TSLogWriterReaderPairWithBackPressure) {
  MutexHook lock;
  Log first_boot(chip_, options_, memory_, &lock);
  ASSERT_EQ(first_boot.Format(1), Status::kOk);
  RunPair(first_boot, 1, kRecords / 2);
  ASSERT_EQ(first_boot.Close(), Status::kOk);
  Log second_boot(chip_, options_, memory_, &lock);
  ASSERT_EQ(second_boot.Mount(), Status::kOk);
  RunPair(second_boot, kRecords / 2 + 1, kRecords);
  EXPECT_EQ(uploaded_, kRecords);
  Stats stats;
  ASSERT_EQ(second_boot.GetStats(stats), Status::kOk);
  EXPECT_EQ(stats.last_sequence.value, kRecords);
  EXPECT_EQ(stats.readers[0].cursor.value, kRecords);
  EXPECT_GT(stats.records_evicted, kRecords / 2) << "the ring was to be wrapped";
  EXPECT_EQ(chip_.violations().Report(), "");
}

INSTANTIATE_TEST_SUITE_P(BothRetentions, TsLogTest,
                         testing::Values(Retention::kOverwriteOldest, Retention::kKeepUnread),
                         [](const testing::TestParamInfo<Retention>& info) {
                           return info.param == Retention::kKeepUnread ? "KeepUnread"
                                                                       : "OverwriteOldest";
                         });

}  // namespace
}  // namespace norlog
