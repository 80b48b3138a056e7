// Golden images: what the engine programs today is, byte for byte, what it
// programmed when docs/FORMAT.md was written. A change of layout shows here.
//
// The images are also decoded by golden/decode_norlog.py, which knows only
// docs/FORMAT.md (test golden_decoder_*), and the first bucket of one is the
// worked hex dump in section 8 of that document.
//
// After an intended change, from the top-level folder:
//   NORLOG_UPDATE_GOLDEN=1 build/dev/bin/golden_test
//   tests/golden/decode_norlog.py tests/golden/bits_u1.bin --bucket 1024 --block 256
//       --page 256 --unit 1 > tests/golden/bits_u1.txt
//   (once_u8: --block 512 --unit 8, packed_u1: --block 512)
// and read the difference; then bring section 8 up to date.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include "norlog/compact.h"
#include "norlog/schema_writer.h"
#include "norlog/typed_schema.h"
#include "tests/golden_device.h"

namespace norlog {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::uint32_t kBitsBuckets = 6;
constexpr std::uint32_t kOnceBuckets = 5;

// Two laps, then bucket 0 is the newest and shows one of each: head, data, same
// and cursors frames, a close mark and a touch, a frame that a copy made dead,
// a torn frame, recovery's copies; a clock that went back and was set right.
void RunBits(Device& device) {
  device.Format();
  device.RunUntil(3 * kBitsBuckets);
  for (int i = 0; i < 3; ++i) device.AppendAndCommit(1, 4);
  ASSERT_EQ(device.Append(1, 4), Status::kOk);
  device.AppendAndCommit(2, 3);
  device.Upload(0, 2);
  device.Close();
  device.Boot();
  device.AppendAndCommit(1, 4);
  device.CutInCommit(2, 6, flashsim::ProgramTear::kCompleteMarginal, 0);
  device.SkipTime(-500);
  device.AppendAndCommit(1, 4);
  device.SetClock(/*back=*/1, 600);
  device.CutInCommit(2, 6, flashsim::ProgramTear::kBytePrefix, 0);
  device.AppendAndCommit(1, 4);
  device.Close();
}

// Write-once words of 8 bytes, blocks of two pages. Recovery's copy opens no
// bucket after a cut in the header of an opening; at the end not closed.
void RunOnce(Device& device) {
  device.Format();
  device.RunUntil(2 * kOnceBuckets + 2);
  device.RunUntilFull();
  device.CutInCommit(3, 40, flashsim::ProgramTear::kBytePrefix, 1);
  device.AppendAndCommit(3, 12);
  device.Upload(2, 3);
  device.Close();
  device.Boot();
  device.AppendAndCommit(3, 12);
  device.AppendAndCommit(3, 12);
}

constexpr SchemaEntry kFirmwareA[] = {
    {1, Schema<"WX=Q:time h:temp[C]/10 B:state{idle,run,fault=7} 2?:doors">::wire()},
    {2, Schema<"Q I3s H:n">::wire()}};
constexpr SchemaEntry kFirmwareB[] = {{1, Schema<"WX=Q:time i:temp[C]/10 B:hum[%]">::wire()}};

// Two firmwares with schemas of their own; one block a bucket, so that a cut
// moves a record away from its schema.
void RunTyped(Device& device) {
  device.Format();
  device.Install(kFirmwareA);
  device.Boot();
  for (int i = 0; i < 3; ++i) device.AppendAndCommit(1, 5);
  device.AppendAndCommit(2, 9);
  device.AppendAndCommit(3, 2);  // raw
  device.AppendAndCommit(1, 5);
  device.CutInCommit(1, 5, flashsim::ProgramTear::kBytePrefix, 0);
  device.Install(kFirmwareB);
  device.Boot();
  for (int i = 0; i < 40; ++i) device.AppendAndCommit(1, 5);
  device.Close();
}

// Compact frames: two tags with columns, one without, columns that jump, floats,
// an encoded frame that a recovery repeats raw, and more records than a page.
void RunPacked(Device& device) {
  device.Format();
  for (int i = 0; i < 260; ++i) {
    ASSERT_EQ(i % 5 == 3 ? device.Append(6, 4) : device.AppendSample(5), Status::kOk);
    if (i % 40 == 39) {
      ASSERT_EQ(device.Append(7, 5), Status::kOk);
    }
    if (i % 16 == 15 || i % 50 > 46) device.Commit();
    if (i % 70 == 69) device.Upload(0, 20);
    if (i % 90 == 89) {
      device.Close();
      device.Boot();
    }
  }
  device.Commit();
  device.CutInCommit(6, 4, flashsim::ProgramTear::kBytePrefix, 0);
  device.CutInCommit(6, 4, flashsim::ProgramTear::kCompleteMarginal, 0);
  for (int i = 0; i < 20; ++i) ASSERT_EQ(device.AppendSample(5), Status::kOk);
  device.Close();
}

std::string PathOf(const std::string& name) {
  return "tests/golden/" + name;
}

Bytes ReadBytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path << " is missing";
  return Bytes(std::istreambuf_iterator<char>(file), {});
}

void ExpectImage(const std::string& path, const Bytes& image) {
  if (std::getenv("NORLOG_UPDATE_GOLDEN") != nullptr) {
    std::ofstream file(path, std::ios::binary);
    file.write(reinterpret_cast<const char*>(image.data()),
               static_cast<std::streamsize>(image.size()));
  }
  const Bytes golden = ReadBytes(path);
  ASSERT_EQ(image.size(), golden.size());
  for (std::size_t i = 0; i < image.size(); ++i) {
    ASSERT_EQ(int{image[i]}, int{golden[i]})
        << "bucket " << i / kBucketBytes << " offset " << i % kBucketBytes;
  }
}

// The decoder's text lists the records that were appended, from the log's
// first to its last, each once.
void ExpectRecords(const std::string& path, Device& device) {
  const Stats stats = device.GetStats();
  std::uint64_t next = stats.first_sequence.value;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("record ", 0) != 0) continue;
    ASSERT_LE(next, stats.last_sequence.value);
    ASSERT_EQ(line, device.Line(next++));
  }
  EXPECT_EQ(next, stats.last_sequence.value + 1);
}

TEST(Golden, BitsImageIsAsEver) {
  Device device(kBitsBuckets, /*block_bytes=*/256, /*unit=*/1, ProgramRule::kBits);
  RunBits(device);
  ExpectImage(PathOf("bits_u1.bin"), device.Image());
  device.Boot();
  ExpectRecords(PathOf("bits_u1.txt"), device);
}

TEST(Golden, OnceImageIsAsEver) {
  Device device(kOnceBuckets, /*block_bytes=*/512, /*unit=*/8, ProgramRule::kOnce);
  RunOnce(device);
  ExpectImage(PathOf("once_u8.bin"), device.Image());
  ExpectRecords(PathOf("once_u8.txt"), device);
}

TEST(Golden, TypedImageIsAsEver) {
  Device device(kBitsBuckets, /*block_bytes=*/1024, /*unit=*/1, ProgramRule::kBits);
  RunTyped(device);
  ExpectImage(PathOf("typed_u1.bin"), device.Image());
  device.Boot();
  ExpectRecords(PathOf("typed_u1.txt"), device);
}

TEST(Golden, PackedImageIsAsEver) {
  const std::array sample = {ColumnKind::kInt32, ColumnKind::kFloat32};
  const std::array octets = {ColumnKind::kInt8, ColumnKind::kInt8, ColumnKind::kInt16};
  const std::array<TagColumns, 2> tags = {{{5, sample}, {6, octets}}};
  const CompactEncoding encoding(tags);
  Device device(kBitsBuckets, /*block_bytes=*/512, /*unit=*/1, ProgramRule::kBits, &encoding);
  RunPacked(device);
  ExpectImage(PathOf("packed_u1.bin"), device.Image());
  device.Boot();
  ExpectRecords(PathOf("packed_u1.txt"), device);
}

// One line of the dump: "offset | bytes, or FF*count | what", all in hex but
// the count. Appends the bytes.
void ReadDumpLine(const std::string& line, Bytes& bytes) {
  std::istringstream words(line);
  std::string word;
  words >> word;
  EXPECT_EQ(std::stoul(word, nullptr, 16), bytes.size()) << line;
  words >> word;
  ASSERT_EQ(word, "|") << line;
  while (words >> word && word != "|") {
    const std::size_t star = word.find('*');
    const std::size_t count = star == std::string::npos ? 1 : std::stoul(word.substr(star + 1));
    ASSERT_EQ(word.substr(0, star).size(), 2U) << line;
    bytes.insert(bytes.end(), count, static_cast<std::uint8_t>(std::stoul(word, nullptr, 16)));
  }
}

// Section 8 of docs/FORMAT.md: the fenced block behind its heading.
Bytes ReadDump() {
  std::ifstream document("docs/FORMAT.md");
  EXPECT_TRUE(document);
  Bytes bytes;
  std::string line;
  while (std::getline(document, line) && line.rfind("## 8.", 0) != 0) {
  }
  while (std::getline(document, line) && line != "```text") {
  }
  while (std::getline(document, line) && line != "```") ReadDumpLine(line, bytes);
  return bytes;
}

TEST(Golden, WorkedHexDumpIsTheFirstBucketOfTheBitsImage) {
  const Bytes dump = ReadDump();
  Bytes bucket = ReadBytes(PathOf("bits_u1.bin"));
  bucket.resize(kBucketBytes);
  ASSERT_EQ(dump.size(), bucket.size());
  for (std::size_t i = 0; i < bucket.size(); ++i) {
    ASSERT_EQ(int{dump[i]}, int{bucket[i]}) << "offset " << i;
  }
}

}  // namespace
}  // namespace norlog
