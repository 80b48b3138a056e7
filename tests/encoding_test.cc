// Compact frames in a log: what is stored, found, repeated and lost.
#include "norlog/encoding.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "flashsim/rng.h"
#include "fuzz/encoded.h"
#include "norlog/compact.h"
#include "tests/encoding_rig.h"

namespace norlog {
namespace {

using Bytes = std::vector<std::uint8_t>;

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

// A mount or format verifies erases and copies with what it may read into: the readers'
// blocks, and nothing of the encoder's, whose model may already be that of the new block.
TEST_F(EncodingTest, VerifyingAnEraseLeavesTheModelAlone) {
  Options options = EncodedOptions();
  options.bucket_bytes = 4096;
  options.reader_count = 1;
  chip_ = flashsim::SimFlash(flashsim::Toy(4096, 8), /*seed=*/1);
  ASSERT_LT(RequiredMemory(options, chip_.geometry()), options.bucket_bytes);
  std::string frames[2];
  for (const bool wipe : {false, true}) {
    last_ = 0;
    ASSERT_EQ(Boot(options).Format(1, wipe ? FormatMode::kWipe : FormatMode::kQuick), Status::kOk);
    Append(40, 4);
    EXPECT_EQ(Read(), "1-40");
    frames[wipe ? 1 : 0] = Frames();
  }
  EXPECT_EQ(frames[0], frames[1]);
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

TEST_F(EncodingTest, OptionsThatAskForMoreThanThereIs) {
  EXPECT_EQ(Boot(EncodedOptions(), /*with_encoding=*/false).Format(1), Status::kInvalidOptions);
  Options options = EncodedOptions();
  options.encoded_tags = kMaxEncodedTags + 1;
  EXPECT_EQ(Validate(options, chip_.geometry()), OptionsError::kTooManyEncoded);
  options = EncodedOptions();
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
