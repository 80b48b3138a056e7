// Compact frames in a log: what is stored, found, repeated and lost.
#include "norlog/encoding.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "flashsim/rng.h"
#include "fuzz/encoded.h"
#include "norlog/check.h"
#include "norlog/compact.h"
#include "norlog/schema_writer.h"
#include "norlog/typed_schema.h"
#include "tests/engine_rig.h"

namespace norlog {
namespace {

using Bytes = std::vector<std::uint8_t>;
using fuzz::kColumnsBytes;
using fuzz::kColumnsTag;

Options Encoded() {
  Options options = SmallOptions();
  options.block_bytes = 512;
  fuzz::SetEncoded(options);
  return options;
}

// Record n of these logs.
Bytes SampleOf(std::uint64_t n) {
  return fuzz::MakeColumns(n << 16, kColumnsBytes);
}
std::int64_t SampleTime(std::uint64_t n) {
  return static_cast<std::int64_t>(n * 60);
}

// A chip and the log on it.
class EncodingTest : public testing::Test {
 protected:
  ~EncodingTest() override { EXPECT_EQ(chip_.violations().count(), 0U); }

  Log& Boot(const Options& options = Encoded(), bool with_encoding = true) {
    log_.reset();
    memory_.assign(RequiredMemory(options, chip_.geometry()), 0xA5);
    log_ = std::make_unique<Log>(chip_, options, memory_, nullptr,
                                 with_encoding ? fuzz::EncodingFor(options) : nullptr);
    return *log_;
  }
  // As above, by a firmware that does not know of encoding.
  Log& BootRaw() {
    Options options = Encoded();
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
        const Bytes sample = SampleOf(record.sequence.value);
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
        const Bytes image =
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

TEST_F(EncodingTest, FramesAreEncodedAndReadBack) {
  ASSERT_EQ(Boot().Format(1), Status::kOk);
  Append(60, 10);
  EXPECT_EQ(Frames().find('r'), std::string::npos) << Frames();
  EXPECT_GE(Frames().size(), 6U);
  EXPECT_EQ(Read(), "1-60");
}

TEST_F(EncodingTest, ANewSessionGoesOnWithWhatTheBlockHasLearned) {
  ASSERT_EQ(Boot().Format(1), Status::kOk);
  Append(6, 3);
  ASSERT_EQ(log_->Close(), Status::kOk);
  const Offset end = log_->core().head.end;
  ASSERT_EQ(Boot().Mount(), Status::kOk);
  Append(1, 1);
  const Offset cost = log_->core().head.end - end;
  EXPECT_LT(cost, 24U);  // a touch and 28 bytes of payload, encoded
  EXPECT_EQ(Frames().back(), 'e');
  EXPECT_EQ(Read(), "1-7");
}

TEST_F(EncodingTest, RecoveryRepeatsAnEncodedFrameRaw) {
  for (const std::uint64_t count : {1U, 8U, 20U}) {
    chip_.Wipe();
    last_ = 0;
    ASSERT_EQ(Boot().Format(1), Status::kOk);
    Append(count, 4);
    ASSERT_NE(Frames().back(), 'r');
    ASSERT_EQ(Boot().Mount(), Status::kOk);
    EXPECT_EQ(Frames().back(), 'r');
    EXPECT_EQ(Read(), Records(1, count));
    Append(9, 3);
    EXPECT_NE(Frames().find("re"), std::string::npos) << Frames();
    EXPECT_EQ(Read(), Records(1, count + 9));
  }
}

TEST_F(EncodingTest, RawFramesStandBesideEncodedOnes) {
  ASSERT_EQ(Boot().Format(1), Status::kOk);
  flashsim::Rng rng(3);
  for (int i = 0; i < 12; ++i) {
    Append(3, 3);
    Bytes noise(20);
    for (std::uint8_t& byte : noise) byte = rng.NextByte();
    ASSERT_EQ(log_->Append(9, 5, noise).status, Status::kOk);
    ASSERT_EQ(log_->Commit().status, Status::kOk);
    ++last_;
  }
  EXPECT_NE(Frames().find('r'), std::string::npos);
  EXPECT_NE(Frames().find('e'), std::string::npos);
  Reader reader(*log_, 0);
  std::uint64_t samples = 0;
  for (Record record; reader.Next(record) == Status::kOk;) {
    if (record.tag == 9) {
      EXPECT_EQ(record.payload.size(), 20U);
      EXPECT_EQ(record.time, 5);
      continue;
    }
    ++samples;
    const Bytes sample = SampleOf(record.sequence.value);
    EXPECT_TRUE(std::equal(sample.begin(), sample.end(), record.payload.begin()));
  }
  EXPECT_EQ(samples, 36U);
}

// G6.
TEST_F(EncodingTest, ADamagedFrameCostsTheRestOfItsBlock) {
  ASSERT_EQ(Boot().Format(1), Status::kOk);
  while (log_->core().head.number.value < 9) Append(5, 5);
  ASSERT_EQ(log_->Close(), Status::kOk);
  const Core& core = log_->core();
  // The frame in the middle of a block in the midst of the log.
  const BucketNumber number{8};
  const std::uint64_t address = core.layout.IndexOf(number).value * core.layout.bucket_bytes;
  const Offset begin = core.layout.BlockBegin(0);
  const Bytes image = chip_.Peek(address + begin, core.layout.BlockEnd(0) - begin);
  BlockWalker walker(core.layout, core.Seed(number), 0, image);
  Frame frame;
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(walker.Next(frame));
  ASSERT_GT(frame.encoded_count, 0U);
  const std::uint64_t first = frame.prefix.codec.next.value;
  std::uint64_t last = first;
  const Offset at = frame.offset;
  do {
    last = frame.prefix.codec.next.value + frame.encoded_count - 1;
  } while (walker.Next(frame));
  const std::uint8_t zero[] = {0};
  ASSERT_EQ(chip_.Program(address + at + 3, zero), Status::kOk);
  ASSERT_EQ(Boot().Mount(), Status::kOk);
  EXPECT_EQ(Read(), Records(1, first - 1) + ", damaged " + Records(first, last) + ", " +
                        Records(last + 1, last_));
}

// G4 and G6 in the block that was written last: whatever bit flips, what stands
// behind it in the block is a gap, and no sequence number is given twice.
TEST_F(EncodingTest, DamageAtTheEndIsToldExactly) {
  ASSERT_EQ(Boot().Format(1), Status::kOk);
  struct Begin {
    Offset offset;
    std::uint64_t record;
  };
  std::vector<Begin> begins;
  for (const std::uint64_t count : {3U, 3U, 5U, 1U, 3U, 3U}) {
    begins.push_back({log_->core().head.end, last_ + 1});
    Append(count, 100);
  }
  ASSERT_EQ(Frames(), "eeeree");  // (two of random bytes)
  const flashsim::SimFlash chip = chip_;
  const std::uint64_t bucket = log_->core().layout.IndexOf(log_->core().head.number).value * 1024U;
  const std::uint64_t last = last_;
  // (The head frame: behind it two encoded frames prove each other.)
  for (Offset at = log_->core().layout.FramesBegin(0); at < begins[5].offset; ++at) {
    std::uint64_t lost = 1;
    for (const Begin& begin : begins) {
      if (begin.offset <= at) lost = begin.record;
    }
    for (int bit = 0; bit < 8; ++bit) {
      log_.reset();
      chip_ = chip;
      chip_.FlipBits(bucket + at, static_cast<std::uint8_t>(1U << bit));
      last_ = last;
      ASSERT_EQ(Boot().Mount(), Status::kOk);
      Append(2, 2);
      ASSERT_EQ(Boot().Mount(), Status::kOk);
      EXPECT_EQ(Read(), (lost > 1 ? Records(1, lost - 1) + ", " : "") + "damaged " +
                            Records(lost, last) + ", " + Records(last + 1, last + 2))
          << "byte " << at << ", bit " << bit;
    }
  }
}

// What a cut leaves of a frame does not look like frames behind damage.
TEST_F(EncodingTest, TornFramesAreNoDamage) {
  ASSERT_EQ(Boot().Format(1), Status::kOk);
  Append(40, 4);
  const flashsim::SimFlash chip = chip_;
  const std::uint64_t last = last_;
  const Offset end = log_->core().head.end;
  const std::uint64_t bucket = log_->core().layout.IndexOf(log_->core().head.number).value * 1024U;
  flashsim::Rng rng(9);
  for (int i = 0; i < 3000; ++i) {
    log_.reset();
    chip_ = chip;
    Bytes noise(std::min(60U, 256 - end % 256));
    for (std::uint8_t& byte : noise) byte = rng.NextByte();
    ASSERT_EQ(chip_.Program(bucket + end, noise), Status::kOk);
    last_ = last;
    ASSERT_EQ(Boot().Mount(), Status::kOk);
    ASSERT_EQ(Read(), Records(1, last)) << i;
  }
}

TEST_F(EncodingTest, WithoutAnEncodingRecordsAreNotLostInSilence) {
  ASSERT_EQ(Boot().Format(1), Status::kOk);
  Append(30, 10);
  ASSERT_EQ(log_->Close(), Status::kOk);
  ASSERT_EQ(BootRaw().Mount(), Status::kOk);
  Reader reader(*log_, 0);
  EXPECT_EQ(ReadOn(reader), " kCannotDecode");
  EXPECT_EQ(ReadOn(reader), " kCannotDecode");
  // It may go on writing, and read what it has written.
  Append(4, 2);
  ASSERT_EQ(reader.Seek({31}), Status::kOk);
  EXPECT_EQ(ReadOn(reader), "31-34");
  ASSERT_EQ(log_->Close(), Status::kOk);
  ASSERT_EQ(Boot().Mount(), Status::kOk);
  EXPECT_EQ(Read(), "1-34");
}

TEST_F(EncodingTest, WithoutAnEncodingAnUncleanEndIsRefusedByName) {
  ASSERT_EQ(Boot().Format(1), Status::kOk);
  Append(30, 10);
  const Bytes before = chip_.Peek(0, chip_.geometry().size_bytes());
  EXPECT_EQ(BootRaw().Mount(), Status::kCannotDecode);
  EXPECT_EQ(chip_.Peek(0, chip_.geometry().size_bytes()), before);
  EXPECT_EQ(BootRaw().MountReadOnly(), Status::kOk);
  ASSERT_EQ(Boot().Mount(), Status::kOk);
  EXPECT_EQ(Read(), "1-30");
}

// What Check finds, "kTimeOutOfOrder 3, ..."; with the encoding or without.
std::string Look(flashsim::SimFlash& chip, const Encoding* encoding) {
  class Names final : public FindingSink {
   public:
    void Found(const Finding& finding) override {
      text += (text.empty() ? "" : ", ") + std::string(IssueName(finding.issue)) + " " +
              std::to_string(finding.first.value);
    }
    std::string text;
  };
  Names names;
  const Options options = Encoded();
  Bytes memory(RequiredMemory(options, chip.geometry()));
  EXPECT_EQ(Check(chip, options, memory, names, encoding), Status::kOk);
  return names.text;
}

TEST_F(EncodingTest, CheckLooksAtTimesAndTags) {
  ASSERT_EQ(Boot().Format(1), Status::kOk);
  Append(20, 5);
  ASSERT_EQ(log_->Append(kColumnsTag, 7, SampleOf(21)).status, Status::kOk);
  last_ = 21;
  Append(9, 3);
  ASSERT_EQ(Frames().find('r'), std::string::npos) << Frames();
  ASSERT_EQ(log_->Close(), Status::kOk);
  const Encoding* const encoding = fuzz::EncodingFor(Encoded());
  EXPECT_EQ(Look(chip_, encoding), "kTimeOutOfOrder 21");
  EXPECT_EQ(Look(chip_, nullptr), "");

  // The same tag gets a schema: what stands before it has none.
  const SchemaEntry entries[] = {{kColumnsTag, Schema<"Q:time 28B:a">::wire()}};
  SchemaTable schemas(entries);
  Boot().UseSchemas(schemas);
  ASSERT_EQ(log_->Mount(), Status::kOk);
  Append(2, 2);
  ASSERT_EQ(log_->Close(), Status::kOk);
  std::string missing = "kSchemaMissing 1";
  for (int i = 2; i <= 30; ++i) {
    if (i == 21) missing += ", kTimeOutOfOrder 21";
    missing += ", kSchemaMissing " + std::to_string(i);
  }
  EXPECT_EQ(Look(chip_, encoding), missing);
  EXPECT_EQ(Look(chip_, nullptr), "");
}

TEST_F(EncodingTest, OptionsThatAskForMoreThanThereIs) {
  EXPECT_EQ(Boot(Encoded(), /*with_encoding=*/false).Format(1), Status::kInvalidOptions);
  Options options = Encoded();
  options.encoded_tags = kMaxEncodedTags + 1;
  EXPECT_EQ(Validate(options, chip_.geometry()), OptionsError::kTooManyEncoded);
  options = Encoded();
  options.encoded_columns = kMaxEncodedColumns + 1;
  EXPECT_EQ(Validate(options, chip_.geometry()), OptionsError::kTooManyEncoded);
}

// Bytes that a log of random records takes, each a frame.
std::uint64_t CostOfNoise(const Options& options, std::uint32_t payload_bytes, int count) {
  flashsim::SimFlash chip(flashsim::Toy(4096, 32), 1);
  Bytes memory(RequiredMemory(options, chip.geometry()));
  Log log(chip, options, memory, nullptr, fuzz::EncodingFor(options));
  EXPECT_EQ(log.Format(1), Status::kOk);
  flashsim::Rng rng(payload_bytes);
  Bytes noise(payload_bytes);
  for (int i = 0; i < count; ++i) {
    for (std::uint8_t& byte : noise) byte = rng.NextByte();
    EXPECT_EQ(log.Append(kColumnsTag, i * 10, noise).status, Status::kOk);
    EXPECT_EQ(log.Commit().status, Status::kOk);
  }
  return chip.counters().bytes_programmed;
}

TEST(EncodingCost, AFrameIsNeverMoreThanAByteLargerThanRaw) {
  constexpr int kCount = 300;
  for (const std::uint32_t payload_bytes : {0U, 1U, 2U, 8U, kColumnsBytes, 40U}) {
    Options options;
    const std::uint64_t raw = CostOfNoise(options, payload_bytes, kCount);
    fuzz::SetEncoded(options);
    EXPECT_LE(CostOfNoise(options, payload_bytes, kCount), raw + kCount) << payload_bytes;
  }
}

// A real series, record = time and three integers: 20 bytes as a struct.
TEST(EncodingCost, WeatherCommittedBySixteen) {
  std::ifstream file("tests/data/weather_sea.csv");
  ASSERT_TRUE(file);
  std::string line;
  std::getline(file, line);
  const std::array kinds = {ColumnKind::kInt32, ColumnKind::kInt32, ColumnKind::kInt32};
  const std::array<TagColumns, 1> tags = {{{1, kinds}}};
  const CompactEncoding encoding(tags);
  Options options;
  options.commit_every = 16;
  options.encoded_tags = 1;
  options.encoded_columns = 3;
  flashsim::SimFlash chip(flashsim::Toy(4096, 64), 1);
  Bytes memory(RequiredMemory(options, chip.geometry()));
  Log log(chip, options, memory, nullptr, &encoding);
  ASSERT_EQ(log.Format(1), Status::kOk);
  const std::uint64_t before = chip.counters().bytes_programmed;
  std::vector<std::array<std::int32_t, 4>> rows;
  for (char comma = ','; std::getline(file, line);) {
    std::istringstream fields(line);
    std::array<std::int32_t, 4>& row = rows.emplace_back();
    fields >> row[0] >> comma >> row[1] >> comma >> row[2] >> comma >> row[3];
    Bytes payload(12);
    std::memcpy(payload.data(), &row[1], 12);
    ASSERT_EQ(log.Append(1, row[0], payload).status, Status::kOk);
  }
  ASSERT_EQ(log.Commit().status, Status::kOk);
  const double bytes = static_cast<double>(chip.counters().bytes_programmed - before) /
                       static_cast<double>(rows.size());
  EXPECT_LE(bytes, 2.4);
  Reader reader(log, 0);
  Record record;
  for (const auto& row : rows) {
    ASSERT_EQ(reader.Next(record), Status::kOk);
    ASSERT_EQ(record.time, row[0]);
    ASSERT_EQ(std::memcmp(record.payload.data(), &row[1], 12), 0);
  }
  EXPECT_EQ(reader.Next(record), Status::kNothingYet);
}

}  // namespace
}  // namespace norlog
