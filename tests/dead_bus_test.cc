// The bus goes dead at each call of a mount in turn: the mount says so (G7), and
// the next one finds a log that was merely cut once more (G1 to G5).
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "flashsim/sim_flash.h"
#include "fuzz/rig.h"
#include "fuzz/target.h"
#include "norlog/log.h"
#include "norlog/mount.h"
#include "norlog/nor_flash.h"

namespace norlog::fuzz {
namespace {

// Carries out so many calls, then none.
class DyingFlash final : public NorFlash {
 public:
  DyingFlash(flashsim::SimFlash& chip, std::uint32_t calls) : chip_(chip), calls_(calls) {}

  bool died() const { return died_; }
  const Geometry& geometry() const override { return chip_.geometry(); }
  Status Read(std::uint64_t address, std::span<std::uint8_t> out) override {
    return Lives() ? chip_.Read(address, out) : Status::kNoPower;
  }
  Status Program(std::uint64_t address, std::span<const std::uint8_t> data) override {
    return Lives() ? chip_.Program(address, data) : Status::kNoPower;
  }
  Status Erase(std::uint64_t address, std::uint32_t size) override {
    return Lives() ? chip_.Erase(address, size) : Status::kNoPower;
  }
  Status Sync() override { return Lives() ? chip_.Sync() : Status::kNoPower; }

 private:
  bool Lives() {
    died_ = died_ || calls_ == 0;
    if (!died_) --calls_;
    return !died_;
  }

  flashsim::SimFlash& chip_;
  std::uint32_t calls_;
  bool died_ = false;
};

// A session's state behind a cut at its operation `operation`.
Checkpoint CutSession(const Target& target, std::size_t session, std::uint64_t operation) {
  Rig rig(target.setup, target.life.checkpoints.at(session));
  rig.chip().CutAt(operation, {flashsim::ProgramTear::kRandomBits50,
                               flashsim::EraseTear::kHalfZeroUnderHeader, operation + 1});
  rig.Run(target.life.sessions.at(session));
  rig.PowerFails();
  rig.PowerReturns();
  return rig.Save();
}

class DeadBusTest : public testing::TestWithParam<const char*> {};

TEST_P(DeadBusTest, EndsAnyMountAndHarmsNothing) {
  const Target target = MakeTarget(*FindSetup(GetParam()));
  const auto& setup = target.setup;
  std::vector<std::uint8_t> memory(RequiredMemory(setup.options, setup.profile.geometry));
  std::uint32_t deaths = 0;
  for (std::size_t session = 1; session < target.life.sessions.size(); ++session) {
    const Checkpoint cut = CutSession(target, session, session % 5);
    bool died = true;
    for (std::uint32_t calls = 0; died; ++calls) {
      Checkpoint state = cut;
      DyingFlash flash(state.chip, calls);
      const Status status = Log(flash, setup.options, memory).Mount();
      died = flash.died();
      EXPECT_EQ(status, died ? Status::kNoPower : Status::kOk) << session << ", call " << calls;
      deaths += died ? 1 : 0;
      state.chip.CutNow();
      state.oracle.PowerCut();
      Rig rig(setup, state);
      rig.PowerReturns();
      rig.Recover();
      ASSERT_EQ(rig.oracle().Report(), "") << session << ", call " << calls;
    }
  }
  EXPECT_GT(deaths, 80U);
}

// Mounts, writes, erases ahead, closes and formats; true if the bus lived. Behind
// its death every call says so.
bool Live(const Setup& setup, DyingFlash& flash, std::vector<std::uint8_t>& memory) {
  Log log(flash, setup.options, memory);
  const auto expect_power = [&flash](Status status) {
    EXPECT_EQ(status == Status::kNoPower, flash.died()) << StatusName(status);
    return !flash.died();
  };
  const std::vector<std::uint8_t> payload(24, 7);
  if (!expect_power(log.Mount())) return false;
  for (int i = 0; i < 8; ++i) {
    if (!expect_power(log.Append(1, i, payload).status)) return false;
    if (!expect_power(log.Commit().status)) return false;
  }
  return expect_power(log.Maintain(9)) && expect_power(log.Close()) &&
         expect_power(log.Format(99, FormatMode::kWipe));
}

TEST_P(DeadBusTest, EndsAnyCall) {
  const Target target = MakeTarget(*FindSetup(GetParam()));
  const auto& setup = target.setup;
  std::vector<std::uint8_t> memory(RequiredMemory(setup.options, setup.profile.geometry));
  const Checkpoint cut = CutSession(target, target.life.sessions.size() - 1, 2);
  bool lived = false;
  for (std::uint32_t calls = 0; !lived; ++calls) {
    flashsim::SimFlash chip = cut.chip;
    DyingFlash flash(chip, calls);
    lived = Live(setup, flash, memory);
    chip.CutNow();
    chip.PowerOn();
    ASSERT_EQ(Log(chip, setup.options, memory).Mount(), Status::kOk) << calls;
  }
}

INSTANTIATE_TEST_SUITE_P(Rings, DeadBusTest,
                         testing::Values("toy-overwrite", "toy-keep", "nor-keep",
                                         "once32-overwrite"));

}  // namespace
}  // namespace norlog::fuzz
