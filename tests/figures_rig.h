// tests/figures_rig.h - a chip with a log on it, for measuring what calls cost.
//
// All figures are exact: flash counts and simulated chip time, never host time.
#ifndef TESTS_FIGURES_RIG_H_
#define TESTS_FIGURES_RIG_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "flashsim/rng.h"
#include "flashsim/sim_flash.h"
#include "norlog/log.h"

namespace norlog::figures {

// Prints a figure and records it in the test's XML, so that it can be quoted.
inline void Figure(const std::string& name, double value, const char* unit = "") {
  testing::Test::RecordProperty(name, std::to_string(value));
  std::printf("    %-46s %12.3f %s\n", name.c_str(), value, unit);
}

inline double Microseconds(std::uint64_t ns) {
  return static_cast<double>(ns) / 1000.0;
}

inline double Ratio(std::uint64_t a, std::uint64_t b) {
  return static_cast<double>(a) / static_cast<double>(b);
}

// The largest of each counter, over many calls.
struct Worst {
  flashsim::Counters most;

  void Add(const flashsim::Counters& c) {
    most.reads = std::max(most.reads, c.reads);
    most.bytes_read = std::max(most.bytes_read, c.bytes_read);
    most.programs = std::max(most.programs, c.programs);
    most.bytes_programmed = std::max(most.bytes_programmed, c.bytes_programmed);
    most.erases = std::max(most.erases, c.erases);
    most.chip_time_ns = std::max(most.chip_time_ns, c.chip_time_ns);
  }
};

// A sensor node. The log is made anew at each boot, as after a reset.
class Node {
 public:
  Node(const flashsim::Profile& profile, const Options& options)
      : Node(flashsim::SimFlash(profile, /*seed=*/7), options) {}

  // On a chip as it is, a fork of another node's perhaps.
  Node(flashsim::SimFlash chip, const Options& options)
      : chip_(std::move(chip)), options_(options), memory_(RequiredMemory(options, geometry())) {
    Reset();
  }
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  // A new engine object, not mounted yet.
  void Reset() { log_.emplace(chip_, options_, memory_); }

  // The power returns and the log is mounted; what the mount cost.
  flashsim::Counters Boot(Hint hint = {}) {
    Reset();
    if (!chip_.powered()) chip_.PowerOn();
    return CostOf([&] { EXPECT_EQ(log_->Mount(hint), Status::kOk); });
  }

  // "Qff": time and two floats, 8 bytes that do not compress, a regular step.
  Status Append(std::uint32_t payload_bytes = 8) {
    std::array<std::uint8_t, 1024> payload;
    flashsim::Rng rng(++samples_);
    const std::span<std::uint8_t> bytes = std::span(payload).first(payload_bytes);
    for (std::uint8_t& byte : bytes) byte = rng.NextByte();
    return log_->Append(1, static_cast<std::int64_t>(samples_) * 1000, bytes).status;
  }

  // Appends and commits records of this size until the log's end has moved on
  // by `buckets` buckets.
  void Fill(std::uint64_t buckets, std::uint32_t payload_bytes) {
    const std::uint64_t goal = GetStats().head.value + buckets;
    while (GetStats().head.value < goal) {
      ASSERT_EQ(Append(payload_bytes), Status::kOk);
      ASSERT_EQ(log_->Commit().status, Status::kOk);
    }
  }

  // Reader `index` reads `records` of what it has not read yet, and commits.
  Status ReadAndCommit(int index, int records) {
    Reader reader(*log_, index);
    Record record;
    for (int i = 0; i < records; ++i) {
      const Status status = reader.Next(record);
      if (status == Status::kNothingYet) break;
      if (status != Status::kOk && status != Status::kGap) return status;
    }
    return reader.Commit();
  }

  // What `call` costs.
  template <typename Call>
  flashsim::Counters CostOf(Call&& call) {
    const flashsim::Counters before = chip_.counters();
    std::forward<Call>(call)();
    return chip_.counters() - before;
  }

  Stats GetStats() {
    Stats stats;
    EXPECT_EQ(log_->GetStats(stats), Status::kOk);
    return stats;
  }

  // Where the log's end stands, in bytes since lap 0.
  std::uint64_t EndPosition() {
    const Stats stats = GetStats();
    return (stats.head.value + 1) * options_.bucket_bytes - stats.bytes_free_in_bucket;
  }

  Log& log() { return *log_; }
  flashsim::SimFlash& chip() { return chip_; }
  const Geometry& geometry() const { return chip_.geometry(); }
  const Options& options() const { return options_; }
  std::uint64_t bucket_count() const { return geometry().size_bytes() / options_.bucket_bytes; }

 private:
  flashsim::SimFlash chip_;
  const Options options_;
  std::vector<std::uint8_t> memory_;
  std::optional<Log> log_;
  std::uint64_t samples_ = 0;
};

inline Options ChipOptions(std::uint8_t readers) {
  Options options;  // 4 KiB buckets, 1 KiB blocks
  options.reader_count = readers;
  return options;
}

// A ring that is full and wrapped, with cursors that stand apart.
inline void FillRing(Node& node) {
  ASSERT_EQ(node.log().Format(1), Status::kOk);
  node.Fill(node.bucket_count() * 5 / 4, /*payload_bytes=*/600);
  for (int i = 0; i < node.options().reader_count; ++i) {
    ASSERT_EQ(node.ReadAndCommit(i, 40 * i), Status::kOk);
  }
}

}  // namespace norlog::figures

#endif  // TESTS_FIGURES_RIG_H_
