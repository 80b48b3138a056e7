// The ports behind an operating system: a file, and an MTD device. There is no
// MTD device where CI runs: the kernel's side of one is played here.
#include <gtest/gtest.h>
#include <mtd/mtd-user.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "flashsim/profiles.h"
#include "flashsim/sim_flash.h"
#include "host/file_flash.h"
#include "host/mtd_flash.h"
#include "norlog/log.h"
#include "norlog/port_test.h"

namespace norlog {
namespace {

Geometry SmallChip() {
  return {.erase_unit_bytes = 4096,
          .erase_unit_count = 16,
          .program_unit_bytes = 1,
          .page_bytes = 256,
          .larger_erase_bytes = {16384}};
}

class Names final : public PortTestHost {
 public:
  void Found(const PortFinding& finding) override {
    found += Describe(finding.fault).name + std::string(" ");
  }
  std::string found;
};

std::string Judge(NorFlash& flash, std::uint32_t units) {
  Names names;
  PortTest test(flash, {.address = 0, .erase_units = units}, names);
  const PortReport report = test.Run();
  EXPECT_EQ(report.finished, names.found.empty());
  EXPECT_EQ(report.unchecked, 0);
  return names.found;
}

class FileFlashTest : public testing::Test {
 protected:
  FileFlashTest() : path(testing::TempDir() + "norlog_file_flash_" + std::to_string(getpid())) {
    std::filesystem::remove(path);
  }
  ~FileFlashTest() override { std::filesystem::remove(path); }
  const std::string path;
};

TEST_F(FileFlashTest, KeepsTheContract) {
  FileFlash flash(SmallChip());
  ASSERT_EQ(flash.Open(path), Status::kOk);
  EXPECT_EQ(Judge(flash, 6), "");
  EXPECT_EQ(flash.Sync(), Status::kOk);
}

TEST_F(FileFlashTest, AnotherSizeIsRefused) {
  {
    FileFlash flash(SmallChip());
    ASSERT_EQ(flash.Open(path), Status::kOk);
  }
  Geometry larger = SmallChip();
  larger.erase_unit_count = 17;
  FileFlash flash(larger);
  EXPECT_EQ(flash.Open(path), Status::kOutOfBounds);
  FileFlash nowhere(larger);
  EXPECT_EQ(nowhere.Open("/nonexistent/image"), Status::kReadError);
}

// Appends for ever and acknowledges through a pipe.
[[noreturn]] void WriteUntilKilled(const std::string& path, int acknowledge) {
  FileFlash flash(SmallChip());
  const Options options;
  std::vector<std::uint8_t> memory(RequiredMemory(options, flash.geometry()));
  if (!Ok(flash.Open(path))) _exit(1);
  Log log(flash, options, memory);
  if (log.Mount() == Status::kNoLog && !Ok(log.Format(1))) _exit(2);
  Stats stats;
  if (!Ok(log.GetStats(stats))) _exit(3);
  for (std::uint64_t n = stats.last_sequence.value + 1;; ++n) {
    const std::vector<std::uint8_t> payload(4, static_cast<std::uint8_t>(n));
    if (!Ok(log.Append(1, static_cast<std::int64_t>(n), payload).status)) _exit(4);
    if (!Ok(log.Commit().status)) _exit(5);
    if (write(acknowledge, &n, sizeof(n)) != sizeof(n)) _exit(6);
  }
}

TEST_F(FileFlashTest, WhatWasAcknowledgedSurvivesSigkill) {
  std::uint64_t acknowledged = 0;
  for (int life = 0; life < 10; ++life) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) WriteUntilKilled(path, ends[1]);
    close(ends[1]);
    std::uint64_t n = 0;
    for (int i = 0; i < 50 + 37 * life && read(ends[0], &n, sizeof(n)) == sizeof(n); ++i) {
      ASSERT_GT(n, acknowledged);
      acknowledged = n;
    }
    kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status)) << WEXITSTATUS(status);
    while (read(ends[0], &n, sizeof(n)) == sizeof(n)) acknowledged = n;
    close(ends[0]);
    FileFlash flash(SmallChip());
    ASSERT_EQ(flash.Open(path), Status::kOk);
    const Options options;
    std::vector<std::uint8_t> memory(RequiredMemory(options, flash.geometry()));
    Log log(flash, options, memory);
    ASSERT_EQ(log.Mount(), Status::kOk);
    Stats stats;
    ASSERT_EQ(log.GetStats(stats), Status::kOk);
    EXPECT_GE(stats.last_sequence.value, acknowledged);
    EXPECT_LE(stats.last_sequence.value, acknowledged + 1);
    acknowledged = stats.last_sequence.value;
    ASSERT_EQ(log.Close(), Status::kOk);
  }
}

// --- MTD --------------------------------------------------------------------------

// The kernel's side of /dev/mtd0, over the simulator.
class FakeKernel final : public MtdKernel {
 public:
  FakeKernel() : chip(SmallChip(), flashsim::W25Q(1).time, /*seed=*/1) {
    info.type = MTD_NORFLASH;
    info.flags = MTD_CAP_NORFLASH;
    info.size = 16 * 4096;
    info.erasesize = 4096;
    info.writesize = 1;
  }
  int Open(const char* path) override { return std::string(path) == "/dev/mtd0" ? 7 : -1; }
  void Close(int file) override { closed = file; }
  int Control(int, unsigned long request, void* argument) override {
    if (request == MEMGETINFO) {
      *static_cast<mtd_info_user*>(argument) = info;
      return info_fails ? -1 : 0;
    }
    EXPECT_EQ(request, MEMERASE);
    const auto* const range = static_cast<const erase_info_user*>(argument);
    return Ok(chip.Erase(range->start, range->length)) ? 0 : -1;
  }
  ssize_t Read(int, void* out, std::size_t size, off_t offset) override {
    const bool good =
        Ok(chip.Read(static_cast<std::uint64_t>(offset), {static_cast<std::uint8_t*>(out), size}));
    return good ? static_cast<ssize_t>(size) : -1;
  }
  ssize_t Write(int, const void* data, std::size_t size, off_t offset) override {
    const bool good = Ok(chip.Program(static_cast<std::uint64_t>(offset),
                                      {static_cast<const std::uint8_t*>(data), size}));
    return !good ? -1 : short_writes ? static_cast<ssize_t>(size) - 1 : static_cast<ssize_t>(size);
  }

  flashsim::SimFlash chip;
  mtd_info_user info = {};
  bool info_fails = false;
  bool short_writes = false;
  int closed = 0;
};

TEST(MtdFlashTest, KeepsTheContract) {
  FakeKernel kernel;
  {
    MtdFlash flash(kernel);
    ASSERT_EQ(flash.Open("/dev/mtd0"), Status::kOk);
    EXPECT_EQ(flash.geometry().size_bytes(), 65536u);
    EXPECT_EQ(flash.geometry().program_rule, ProgramRule::kBits);
    EXPECT_EQ(Judge(flash, 4), "");
  }
  EXPECT_EQ(kernel.closed, 7);
}

TEST(MtdFlashTest, TheRuleComesFromTheFlags) {
  FakeKernel kernel;
  kernel.info.flags = MTD_WRITEABLE;
  kernel.info.writesize = 16;
  MtdFlash once(kernel);
  ASSERT_EQ(once.Open("/dev/mtd0"), Status::kOk);
  EXPECT_EQ(once.geometry().program_rule, ProgramRule::kOnce);
  EXPECT_EQ(once.geometry().program_unit_bytes, 16u);
  kernel.info.type = MTD_RAM;
  MtdFlash ram(kernel);
  ASSERT_EQ(ram.Open("/dev/mtd0"), Status::kOk);
  EXPECT_EQ(ram.geometry().program_rule, ProgramRule::kOverwrite);
}

TEST(MtdFlashTest, RefusesWhatIsNoNor) {
  FakeKernel kernel;
  MtdFlash absent(kernel);
  EXPECT_EQ(absent.Open("/dev/mtd9"), Status::kReadError);
  kernel.info.type = MTD_NANDFLASH;
  MtdFlash nand(kernel);
  EXPECT_EQ(nand.Open("/dev/mtd0"), Status::kMisaligned);
  kernel.info.type = MTD_NORFLASH;
  kernel.info.writesize = 512;
  MtdFlash wide(kernel);
  EXPECT_EQ(wide.Open("/dev/mtd0"), Status::kMisaligned);
  kernel.info_fails = true;
  MtdFlash no_mtd(kernel);
  EXPECT_EQ(no_mtd.Open("/dev/mtd0"), Status::kReadError);
  // The real kernel: a file that is no MTD.
  MtdFlash real;
  EXPECT_EQ(real.Open("/dev/null"), Status::kReadError);
}

TEST(MtdFlashTest, AWriteThatEndsEarlyIsAnError) {
  FakeKernel kernel;
  MtdFlash flash(kernel);
  ASSERT_EQ(flash.Open("/dev/mtd0"), Status::kOk);
  kernel.short_writes = true;
  EXPECT_EQ(flash.Program(0, std::vector<std::uint8_t>(4)), Status::kProgramError);
}

}  // namespace
}  // namespace norlog
