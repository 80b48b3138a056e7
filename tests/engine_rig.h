// tests/engine_rig.h - a chip, a log on it, and records that check themselves.
#ifndef TESTS_ENGINE_RIG_H_
#define TESTS_ENGINE_RIG_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <ostream>
#include <span>
#include <string>
#include <vector>

#include "flashsim/profiles.h"
#include "flashsim/sim_flash.h"
#include "norlog/log.h"
#include "norlog/reader.h"
#include "norlog/status.h"
#include "tests/hand_built.h"

namespace norlog {

inline void PrintTo(Status status, std::ostream* out) {
  *out << StatusName(status);
}

inline void PrintTo(OptionsError error, std::ostream* out) {
  *out << OptionsErrorName(error);
}

inline constexpr std::uint64_t kIdentity = 0x1122334455667788;

// Buckets of 1 KiB in four blocks, on Toy(1024, n): data begins at 124.
inline Options SmallOptions() {
  Options options;
  options.bucket_bytes = 1024;
  options.block_bytes = 256;
  return options;
}

// The layout of `options` on `chip`, for the hand-built side.
inline hand::Shape ShapeOf(const Options& options, const Geometry& geometry) {
  return {options.bucket_bytes,
          static_cast<std::uint32_t>(geometry.size_bytes() / options.bucket_bytes),
          options.block_bytes, geometry.page_bytes, geometry.program_unit_bytes};
}

// Record `sequence` of every test log.
inline std::uint8_t TagOf(std::uint64_t sequence) {
  return static_cast<std::uint8_t>(sequence / 5 % 3 + 1);
}
inline std::int64_t TimeOf(std::uint64_t sequence) {
  return static_cast<std::int64_t>(sequence * 10 + sequence / 7);
}
inline std::vector<std::uint8_t> PayloadOf(std::uint64_t sequence) {
  std::vector<std::uint8_t> payload(6 + sequence / 5 % 3);
  for (std::size_t i = 0; i < payload.size(); ++i) {
    payload[i] = static_cast<std::uint8_t>((sequence >> (8 * (i % 4))) + 17 * i);
  }
  return payload;
}
inline bool IsIntact(const Record& record) {
  const std::uint64_t sequence = record.sequence.value;
  const std::vector<std::uint8_t> payload = PayloadOf(sequence);
  return record.tag == TagOf(sequence) && record.time == TimeOf(sequence) &&
         std::equal(payload.begin(), payload.end(), record.payload.begin(), record.payload.end());
}

// The same records by hand, each in a run of its own; it follows record
// `first` - 1, or a head frame with PrefixOf(first).
inline hand::Bytes ContentOf(std::uint64_t first, std::uint64_t last) {
  hand::Bytes content;
  for (std::uint64_t s = first; s <= last; ++s) {
    const hand::Bytes payload = PayloadOf(s);
    content = hand::Join({content,
                          hand::Hex("C0"),
                          {TagOf(s)},
                          hand::Varint(payload.size()),
                          hand::ZigZag(TimeOf(s) - TimeOf(s - 1)),
                          payload});
  }
  return content;
}
// Reader 0 is enabled and has committed up to `cursor`.
inline hand::Prefix PrefixOf(std::uint64_t first, std::uint64_t cursor = 0) {
  hand::Prefix prefix;
  prefix.next = first;
  prefix.time = TimeOf(first - 1);
  prefix.cursors = hand::Cursors(1, {first - 1 - cursor});
  return prefix;
}

// All that a reader returns from where it is, told in words: "1-12",
// "evicted 1-4, 5-9, damaged 10-11, 12-13", "1-7, 8? (unconfirmed)"; a record
// with other content than above is "wrong". Ends with the status if that is
// not kNothingYet.
class Story {
 public:
  static std::string Of(Reader& reader) {
    Story story;
    Record record;
    for (int i = 0; i < 1000000; ++i) {
      const Status status = reader.Next(record);
      if (status == Status::kGap) {
        story.Gap(reader.gap());
      } else if (status != Status::kOk) {
        return story.End(status);
      } else {
        story.Take(record);
      }
    }
    return "endless";
  }

 private:
  void Take(const Record& record) {
    const char* const kind = !IsIntact(record)    ? "wrong "
                             : record.unconfirmed ? "unconfirmed "
                                                  : "";
    if (first_ != 0 && kind == kind_ && record.sequence.value == last_ + 1) {
      ++last_;
      return;
    }
    Flush();
    first_ = last_ = record.sequence.value;
    kind_ = kind;
  }
  void Gap(const norlog::Gap& gap) {
    Flush();
    kind_ = gap.cause == GapCause::kEvicted ? "evicted " : "damaged ";
    first_ = gap.first.value;
    last_ = gap.last.value;
    Flush();
  }
  void Flush() {
    if (first_ == 0) return;
    if (!text_.empty()) text_ += ", ";
    text_ += kind_ + std::to_string(first_) + "-" + std::to_string(last_);
    first_ = 0;
  }
  std::string End(Status status) {
    Flush();
    if (status == Status::kNothingYet) return text_;
    return text_ + (text_.empty() ? "" : ", ") + StatusName(status);
  }

  std::string text_;
  std::string kind_;
  std::uint64_t first_ = 0;
  std::uint64_t last_ = 0;
};

// A chip and the log on it. Destroying the log without Close is a power
// failure between two operations.
class EngineRig {
 public:
  explicit EngineRig(const Options& options = SmallOptions(),
                     const flashsim::Profile& profile = flashsim::Toy(1024, 8))
      : chip(profile, /*seed=*/1), options(options) {}
  ~EngineRig() { EXPECT_EQ(chip.violations().count(), 0u) << chip.violations().Report(); }
  EngineRig(const EngineRig&) = delete;
  EngineRig& operator=(const EngineRig&) = delete;

  // A new, unmounted log object: the device has booted.
  Log& Boot() {
    log_.reset();
    memory_.assign(RequiredMemory(options, chip.geometry()), 0xA5);
    log_ = std::make_unique<Log>(chip, options, memory_);
    return *log_;
  }
  Status Format(std::uint64_t nonce = kIdentity, FormatMode mode = FormatMode::kQuick) {
    return Boot().Format(nonce, mode);
  }
  Status Mount(Hint hint = {}) { return Boot().Mount(hint); }
  Status MountReadOnly() { return Boot().MountReadOnly(); }
  Log& log() { return *log_; }
  void Drop() { log_.reset(); }

  // Appends `count` self-checking records, each committed. Stops at an error.
  Status Write(std::uint64_t count) {
    for (; count > 0; --count) {
      NORLOG_TRY(AppendNext());
      NORLOG_TRY(log().Commit().status);
    }
    return Status::kOk;
  }
  // Appends the next record without committing it.
  Status AppendNext() {
    const std::uint64_t next = stats().last_accepted.value + 1;
    const SequenceResult result = log().Append(TagOf(next), TimeOf(next), PayloadOf(next));
    if (Ok(result.status)) {
      EXPECT_EQ(result.sequence.value, next);
    }
    return result.status;
  }
  // Writes until bucket `number` is the head.
  Status WriteUntil(std::uint64_t number) {
    while (stats().head.value < number) NORLOG_TRY(Write(1));
    return Status::kOk;
  }

  Stats stats() {
    Stats stats;
    EXPECT_EQ(log().GetStats(stats), Status::kOk);
    return stats;
  }
  // What reader `index` of the mounted log sees: from its cursor, or all.
  std::string Read(int index = 0) {
    Reader reader(log(), index);
    return Story::Of(reader);
  }
  std::string ReadAll(int index = 0) {
    Reader reader(log(), index);
    const Status status = reader.Rewind();
    return Ok(status) ? Story::Of(reader) : StatusName(status);
  }

  hand::Shape shape() const { return ShapeOf(options, chip.geometry()); }
  hand::Bucket HandBucket(std::uint64_t number, std::uint64_t identity = kIdentity) {
    return hand::Bucket(chip, shape(), number, identity);
  }
  // Bytes of bucket `number` as they stand on the chip.
  hand::Bytes Peek(std::uint64_t number, std::uint32_t offset, std::size_t size) const {
    const hand::Shape s = shape();
    return chip.Peek(number % s.bucket_count * s.bucket_bytes + offset, size);
  }

  flashsim::SimFlash chip;
  Options options;

 private:
  std::vector<std::uint8_t> memory_;
  std::unique_ptr<Log> log_;
};

// "1-12": the record numbers from 1 on, as Story tells them.
inline std::string Records(std::uint64_t first, std::uint64_t last) {
  return std::to_string(first) + "-" + std::to_string(last);
}

}  // namespace norlog

#endif  // TESTS_ENGINE_RIG_H_
