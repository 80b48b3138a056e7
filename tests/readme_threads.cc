// The README's second example: between the marks it is the README's text.
#include "tests/readme_examples.h"

// [readme]
#include <chrono>
#include <mutex>
#include <thread>
#include <vector>

#include "norlog/log.h"

class Mutexes final : public norlog::LockHook {  // on an RTOS: two of its mutexes
 public:
  void Lock(norlog::LockKind kind) override { mutexes_[static_cast<int>(kind)].lock(); }
  void Unlock(norlog::LockKind kind) override { mutexes_[static_cast<int>(kind)].unlock(); }

 private:
  std::mutex mutexes_[2];
};

norlog::Status TwoThreads(norlog::NorFlash& flash, Sensor& sensor, Network& network) {
  const norlog::Options options{.commit_every = 1, .reader_count = 1};
  std::vector<std::uint8_t> memory(norlog::RequiredMemory(options, flash.geometry()));
  Mutexes mutexes;
  norlog::Log log(flash, options, memory, &mutexes);
  if (const norlog::Status status = log.Format(UniqueNumber()); !norlog::Ok(status)) return status;

  constexpr int kRecords = 1000;
  std::thread sensing([&] {  // waits while the uploader is too far behind
    norlog::Stats stats;
    for (int i = 0; i < kRecords;) {
      if (log.GetStats(stats) == norlog::Status::kOk && stats.largest_lag > 100) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      } else if (!norlog::Ok(log.Append(1, sensor.Time(), sensor.Measure()).status)) {
        break;
      } else {
        ++i;
      }
    }
  });
  std::thread uploading([&] {  // reads, commits, sleeps
    norlog::Reader reader(log, 0);
    norlog::Record record;
    for (std::uint64_t last = 0; last < kRecords;) {
      while (reader.Next(record) == norlog::Status::kOk) {
        network.Send(record.sequence.value, record.payload);
        last = record.sequence.value;
      }
      if (!norlog::Ok(reader.Commit())) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  });
  sensing.join();
  uploading.join();
  return log.Close();
}
// [/readme]
