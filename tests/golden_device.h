// tests/golden_device.h - the device whose flash the golden images are: it does the
// same things each time.
#ifndef TESTS_GOLDEN_DEVICE_H_
#define TESTS_GOLDEN_DEVICE_H_

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <iomanip>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include "flashsim/sim_flash.h"
#include "norlog/encoding.h"
#include "norlog/log.h"
#include "norlog/schema_writer.h"

namespace norlog {

inline constexpr std::uint32_t kBucketBytes = 1024;
inline constexpr std::uint64_t kIdentity = 0x0123456789ABCDEF;

inline std::string RecordLine(std::uint64_t sequence, std::uint8_t tag, std::int64_t time,
                              std::span<const std::uint8_t> payload) {
  std::ostringstream line;
  line << "record sequence=" << sequence << " tag=" << int{tag} << " time=" << time << " payload=";
  for (const std::uint8_t byte : payload) {
    line << std::hex << std::setw(2) << std::setfill('0') << int{byte};
  }
  return line.str();
}

// A device that does the same things each time.
class Device {
 public:
  Device(std::uint32_t buckets, std::uint32_t block_bytes, std::uint32_t unit, ProgramRule rule,
         const Encoding* encoding = nullptr)
      : chip_(flashsim::Toy(kBucketBytes, buckets, unit, rule), /*seed=*/1), encoding_(encoding) {
    options_.bucket_bytes = kBucketBytes;
    options_.block_bytes = block_bytes;
    options_.reader_count = 3;
    if (encoding != nullptr) {
      options_.encoded_tags = 2;
      options_.encoded_columns = 6;
    }
    memory_.resize(RequiredMemory(options_, chip_.geometry()));
    log_.emplace(chip_, options_, memory_, nullptr, encoding_);
  }

  void Format() {
    ASSERT_EQ(log_->Format(kIdentity), Status::kOk);
    ASSERT_EQ(log_->DisableReader(1), Status::kOk);
  }

  // From the next boot on the firmware has these schemas.
  void Install(std::span<const SchemaEntry> schemas) { schemas_ = schemas; }

  void Boot() {
    log_.emplace(chip_, options_, memory_, nullptr, encoding_);
    table_.emplace(schemas_);
    if (!schemas_.empty()) log_->UseSchemas(*table_);
    if (!chip_.powered()) chip_.PowerOn();
    ASSERT_EQ(log_->Mount(), Status::kOk);
  }

  void Close() { ASSERT_EQ(log_->Close(), Status::kOk); }

  // The n-th record: its payload bytes count up from n.
  Status Append(std::uint8_t tag, std::size_t payload_bytes) {
    ++samples_;
    time_ += 10;
    std::array<std::uint8_t, 64> payload;
    for (std::size_t i = 0; i < payload.size(); ++i) {
      payload[i] = static_cast<std::uint8_t>(samples_ + i);
    }
    return AppendBytes(tag, std::span(payload).first(payload_bytes));
  }

  // The n-th record: a walk in one column, a float of one digit in another; each
  // ninth has the mark -990, each eleventh not a number.
  Status AppendSample(std::uint8_t tag) {
    ++samples_;
    time_ += samples_ % 6 == 0 ? 7 : 60;
    const auto walk = static_cast<std::int32_t>(samples_ % 9 == 0 ? -990 : samples_ / 3 * 5 + 300);
    const float degrees = samples_ % 11 == 0 ? std::numeric_limits<float>::quiet_NaN()
                                             : static_cast<float>(200 + samples_ % 13) / 10.0F;
    const std::array<std::int32_t, 2> columns = {walk, std::bit_cast<std::int32_t>(degrees)};
    std::array<std::uint8_t, 8> payload;
    std::memcpy(payload.data(), columns.data(), payload.size());
    return AppendBytes(tag, payload);
  }

  Status AppendBytes(std::uint8_t tag, std::span<const std::uint8_t> bytes) {
    const SequenceResult result = log_->Append(tag, time_, bytes);
    lines_[result.sequence.value] = RecordLine(result.sequence.value, tag, time_, bytes);
    return result.status;
  }

  // The log's first SetClock: its record says how far it reaches, what to add, and
  // that none is before it.
  void SetClock(std::uint64_t back, std::int64_t offset) {
    const std::uint64_t first = GetStats().last_accepted.value + 1 - back;
    const SequenceResult result = log_->SetClock({first}, offset);
    ASSERT_EQ(result.status, Status::kOk);
    std::vector<std::uint8_t> payload(24);
    for (std::size_t i = 0; i < 8; ++i) {
      payload[i] = static_cast<std::uint8_t>(first >> (8 * i));
      payload[8 + i] = static_cast<std::uint8_t>(static_cast<std::uint64_t>(offset) >> (8 * i));
    }
    lines_[result.sequence.value] = RecordLine(result.sequence.value, 128, time_, payload);
    Commit();
  }

  void Commit() { ASSERT_EQ(log_->Commit().status, Status::kOk); }

  void AppendAndCommit(std::uint8_t tag, std::size_t payload_bytes) {
    ASSERT_EQ(Append(tag, payload_bytes), Status::kOk);
    Commit();
  }

  // Reader `index` reads `records` and commits its cursor.
  void Upload(int index, int records) {
    Reader reader(*log_, index);
    Record record;
    for (int i = 0; i < records; ++i) {
      const Status status = reader.Next(record);
      ASSERT_TRUE(status == Status::kOk || status == Status::kGap || status == Status::kNothingYet);
    }
    ASSERT_EQ(reader.Commit(), Status::kOk);
  }

  // The next commit is torn in this way; the node boots and recovers.
  void CutInCommit(std::uint8_t tag, std::size_t payload_bytes, flashsim::ProgramTear tear,
                   std::uint64_t operations_before) {
    chip_.CutAt(operations_before, {tear, flashsim::EraseTear::kRandomBits50, /*seed=*/5});
    ASSERT_EQ(Append(tag, payload_bytes), Status::kOk);
    ASSERT_EQ(log_->Commit().status, Status::kNoPower);
    Boot();
  }

  void SkipTime(std::int64_t time) { time_ += time; }

  Stats GetStats() {
    Stats stats;
    EXPECT_EQ(log_->GetStats(stats), Status::kOk);
    return stats;
  }

  // Until the next commit must open a bucket, which is clean already.
  void RunUntilFull() {
    const std::uint64_t head = GetStats().head.value;
    while (GetStats().bytes_free_in_bucket > 48) AppendAndCommit(4, 5);
    while (log_->Maintain(1) == Status::kOk) {
    }
    ASSERT_EQ(GetStats().head.value, head);
  }

  // Sessions of a few records each, until bucket `number` is opened.
  void RunUntil(std::uint64_t number) {
    for (int i = 0; GetStats().head.value < number; ++i) {
      const int kind = i / 3 % 2;
      ASSERT_EQ(Append(static_cast<std::uint8_t>(1 + kind), kind == 0 ? 6 : 16), Status::kOk);
      if (i % 5 != 3) Commit();
      if (i % 3 == 1) static_cast<void>(log_->Maintain(1));
      if (i % 7 == 2) Upload(i % 14 == 2 ? 0 : 2, 5);
      if (i % 11 == 4) SkipTime(1000);
      if (i % 13 == 5) {
        Close();
        Boot();
      }
    }
  }

  // What was appended last under this sequence number, as the decoder prints it.
  std::string Line(std::uint64_t sequence) const { return lines_.at(sequence); }

  std::vector<std::uint8_t> Image() {
    EXPECT_EQ(chip_.violations().Report(), "");
    return chip_.Peek(0, chip_.geometry().size_bytes());
  }

 private:
  flashsim::SimFlash chip_;
  const Encoding* const encoding_;
  Options options_;
  std::vector<std::uint8_t> memory_;
  std::optional<Log> log_;
  std::optional<SchemaTable> table_;
  std::span<const SchemaEntry> schemas_;
  std::map<std::uint64_t, std::string> lines_;
  std::uint64_t samples_ = 0;
  std::int64_t time_ = 1000;
};

}  // namespace norlog

#endif  // TESTS_GOLDEN_DEVICE_H_
