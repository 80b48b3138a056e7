// Raw image files.
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "flashsim/image.h"

namespace flashsim {
namespace {

using norlog::Status;
using Bytes = std::vector<std::uint8_t>;

const Bytes kData(16, 0xA5);

class FlashsimImage : public testing::Test {
 protected:
  FlashsimImage() : path_(testing::TempDir() + "flashsim_" + TestName() + ".img") { Remove(); }
  ~FlashsimImage() override { Remove(); }

  static std::string TestName() {
    return testing::UnitTest::GetInstance()->current_test_info()->name();
  }
  void Remove() const { std::filesystem::remove(path_); }
  void WriteFile(const std::string& content) const {
    std::ofstream(path_, std::ios::binary) << content;
  }

  const std::string path_;
};

TEST_F(FlashsimImage, SavedFileIsTheChipByteForByte) {
  SimFlash chip(Toy(1024, 4), 1);
  ASSERT_EQ(chip.Program(1000, kData), Status::kOk);
  ASSERT_EQ(SaveImage(chip, path_), ImageResult::kOk);
  std::ifstream file(path_, std::ios::binary);
  const Bytes bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  EXPECT_EQ(bytes, chip.Peek(0, 4096));
}

TEST_F(FlashsimImage, LoadReplacesTheBitsAndWearsNothing) {
  SimFlash chip(Toy(1024, 4), 1);
  ASSERT_EQ(chip.Program(1000, kData), Status::kOk);
  ASSERT_EQ(SaveImage(chip, path_), ImageResult::kOk);
  SimFlash other(Toy(1024, 4), 2);
  ASSERT_EQ(other.Program(0, kData), Status::kOk);
  ASSERT_EQ(LoadImage(path_, other), ImageResult::kOk);
  EXPECT_EQ(other.Peek(0, 4096), chip.Peek(0, 4096));
  EXPECT_EQ(other.wear().total, 0U);
}

TEST_F(FlashsimImage, ShortFileLeavesTheRestErased) {
  WriteFile("abc");
  SimFlash chip(Toy(1024, 4), 1);
  ASSERT_EQ(chip.Program(100, kData), Status::kOk);
  ASSERT_EQ(LoadImage(path_, chip), ImageResult::kOk);
  EXPECT_EQ(chip.Peek(0, 4), (Bytes{'a', 'b', 'c', 0xFF}));
  EXPECT_EQ(chip.Peek(100, 16), Bytes(16, 0xFF));
}

TEST_F(FlashsimImage, FileLargerThanTheChipIsRefused) {
  WriteFile(std::string(4097, 'x'));
  SimFlash chip(Toy(1024, 4), 1);
  ASSERT_EQ(chip.Program(0, kData), Status::kOk);
  EXPECT_EQ(LoadImage(path_, chip), ImageResult::kTooLarge);
  EXPECT_EQ(chip.Peek(0, 16), kData);
}

TEST_F(FlashsimImage, MissingFileAndMissingFolderAreNamed) {
  SimFlash chip(Toy(1024, 4), 1);
  EXPECT_EQ(LoadImage(path_, chip), ImageResult::kCannotOpen);
  EXPECT_EQ(SaveImage(chip, path_ + "/no/such"), ImageResult::kCannotOpen);
}

TEST_F(FlashsimImage, LoadedUnitsOfAOnceChipCountAsProgrammed) {
  const Profile toy = Toy(1024, 4, 8, norlog::ProgramRule::kOnce);
  SimFlash chip(toy, 1);
  ASSERT_EQ(chip.Program(8, Bytes(8, 0x0F)), Status::kOk);
  ASSERT_EQ(SaveImage(chip, path_), ImageResult::kOk);
  SimFlash other(toy, 1);
  ASSERT_EQ(LoadImage(path_, other), ImageResult::kOk);
  EXPECT_EQ(other.Program(0, Bytes(8, 0x0F)), Status::kOk);
  EXPECT_EQ(other.Program(8, Bytes(8, 0x00)), Status::kProgramError);
}

TEST_F(FlashsimImage, LoadingAMostlyBlankImageStaysSparse) {
  SimFlash chip(W25Q(1), 1);
  ASSERT_EQ(chip.Program(0, kData), Status::kOk);
  ASSERT_EQ(SaveImage(chip, path_), ImageResult::kOk);
  SimFlash other(W25Q(1), 1);
  ASSERT_EQ(LoadImage(path_, other), ImageResult::kOk);
  EXPECT_LE(other.PresentLeaves(), 128U);  // one 64 KiB chunk of sixteen
}

TEST_F(FlashsimImage, FileBackedChipLivesOn) {
  {
    FileBackedFlash backed(Toy(1024, 4), 1, path_);
    ASSERT_EQ(backed.load_result(), ImageResult::kOk);
    ASSERT_EQ(backed.flash().Program(0, kData), Status::kOk);
  }
  FileBackedFlash again(Toy(1024, 4), 1, path_);
  ASSERT_EQ(again.load_result(), ImageResult::kOk);
  EXPECT_EQ(again.flash().Peek(0, 16), kData);
}

TEST_F(FlashsimImage, FileBackedChipLeavesAFileAloneThatItCouldNotLoad) {
  WriteFile(std::string(5000, 'x'));
  {
    FileBackedFlash backed(Toy(1024, 4), 1, path_);
    EXPECT_EQ(backed.load_result(), ImageResult::kTooLarge);
  }
  EXPECT_EQ(std::filesystem::file_size(path_), 5000U);
}

}  // namespace
}  // namespace flashsim
