// tests/encoding_rig.h - a log of encoded samples that can be told from their numbers.
#ifndef TESTS_ENCODING_RIG_H_
#define TESTS_ENCODING_RIG_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "fuzz/encoded.h"
#include "norlog/log.h"
#include "tests/engine_rig.h"

namespace norlog {

using fuzz::kColumnsBytes;
using fuzz::kColumnsTag;

inline Options EncodedOptions() {
  Options options = SmallOptions();
  options.block_bytes = 512;
  fuzz::SetEncoded(options);
  return options;
}

// Record n of these logs.
inline std::vector<std::uint8_t> SampleOf(std::uint64_t n) {
  return fuzz::MakeColumns(n << 16, kColumnsBytes);
}
inline std::int64_t SampleTime(std::uint64_t n) {
  return static_cast<std::int64_t>(n * 60);
}

// A chip and the log on it.
class EncodingTest : public testing::Test {
 protected:
  ~EncodingTest() override { EXPECT_EQ(chip_.violations().count(), 0U); }

  Log& Boot(const Options& options = EncodedOptions(), bool with_encoding = true) {
    log_.reset();
    memory_.assign(RequiredMemory(options, chip_.geometry()), 0xA5);
    log_ = std::make_unique<Log>(chip_, options, memory_, nullptr,
                                 with_encoding ? fuzz::EncodingFor(options) : nullptr);
    return *log_;
  }
  // As above, by a firmware that does not know of encoding.
  Log& BootRaw() {
    Options options = EncodedOptions();
    options.encoded_tags = 0;
    options.encoded_columns = 0;
    return Boot(options);
  }

  void Append(std::uint64_t count, std::uint64_t commit_every) {
    for (; count > 0; --count) {
      ++last_;
      ASSERT_EQ(log_->Append(kColumnsTag, SampleTime(last_), SampleOf(last_)).status, Status::kOk);
      if (last_ % commit_every == 0) {
        ASSERT_EQ(log_->Commit().status, Status::kOk);
      }
    }
    ASSERT_EQ(log_->Commit().status, Status::kOk);
  }

  // "1-40", "1-20, damaged 21-40": as Story tells it, of these samples.
  std::string Read() {
    Reader reader(*log_, 0);
    EXPECT_EQ(reader.Rewind(), Status::kOk);
    return ReadOn(reader);
  }
  static std::string ReadOn(Reader& reader) {
    std::string text;
    std::uint64_t first = 0;
    const auto flush = [&](std::uint64_t next) {
      if (first == 0) return;
      text += (text.empty() ? "" : ", ") + Records(first, next - 1);
      first = 0;
    };
    for (Record record;;) {
      const std::uint64_t next = reader.position().value;
      const Status status = reader.Next(record);
      if (status == Status::kGap) {
        flush(next);
        text += (text.empty() ? "damaged " : ", damaged ") +
                Records(reader.gap().first.value, reader.gap().last.value);
      } else if (status != Status::kOk) {
        flush(next);
        return status == Status::kNothingYet ? text : text + " " + StatusName(status);
      } else {
        const std::vector<std::uint8_t> sample = SampleOf(record.sequence.value);
        EXPECT_EQ(record.tag, kColumnsTag);
        EXPECT_EQ(record.time, SampleTime(record.sequence.value));
        EXPECT_TRUE(
            std::equal(sample.begin(), sample.end(), record.payload.begin(), record.payload.end()))
            << record.sequence.value;
        if (first == 0) first = next;
      }
    }
  }

  // Kinds of the frames on the chip: 'e' encoded, 'E' in a head frame, 'r' raw.
  std::string Frames() {
    std::string kinds;
    const Core& core = log_->core();
    for (BucketNumber n = core.shared.tail; n <= core.shared.head; ++n) {
      for (std::uint32_t block = 0; block < core.layout.block_count; ++block) {
        const Offset begin = core.layout.BlockBegin(block);
        const std::vector<std::uint8_t> image =
            chip_.Peek(core.layout.IndexOf(n).value * core.layout.bucket_bytes + begin,
                       core.layout.BlockEnd(block) - begin);
        BlockWalker walker(core.layout, core.Seed(n), block, image);
        for (Frame frame; walker.Next(frame);) {
          if (!frame.has_content) continue;
          kinds += frame.encoded_count == 0 ? 'r' : frame.kind == FrameKind::kHead ? 'E' : 'e';
        }
      }
    }
    return kinds;
  }

  flashsim::SimFlash chip_{flashsim::Toy(1024, 8), /*seed=*/1};
  std::vector<std::uint8_t> memory_;
  std::unique_ptr<Log> log_;
  std::uint64_t last_ = 0;
};

}  // namespace norlog

#endif  // TESTS_ENCODING_RIG_H_
