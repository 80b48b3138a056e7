// The conformance kit: a good port passes on every kind of part, and each of a
// shelf of broken ones is named.
#include "norlog/port_test.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "flashsim/hal.h"
#include "flashsim/profiles.h"
#include "flashsim/sim_flash.h"
#include "norlog/port_fault.h"

namespace norlog {
namespace {

using Bytes = std::span<std::uint8_t>;
using Data = std::span<const std::uint8_t>;

Geometry SpiNor() {
  return {.erase_unit_bytes = 4096,
          .erase_unit_count = 64,
          .program_unit_bytes = 1,
          .page_bytes = 256,
          .larger_erase_bytes = {16384}};
}

Geometry EccFlash() {
  return {.erase_unit_bytes = 2048,
          .erase_unit_count = 16,
          .program_unit_bytes = 8,
          .page_bytes = 256,
          .program_rule = ProgramRule::kOnce};
}

// A port that does what it should, over a chip that tells of its geometry what
// the test wants. Broken ones derive from it and break one thing.
class Port : public NorFlash {
 public:
  Port(const Geometry& chip, const Geometry& declared)
      : chip_(chip, flashsim::FindProfile("w25q8")->time, /*seed=*/1), geometry_(declared) {}
  explicit Port(const Geometry& geometry) : Port(geometry, geometry) {}
  virtual ~Port() = default;

  const Geometry& geometry() const override { return geometry_; }
  Status Read(std::uint64_t address, Bytes out) override { return chip_.Read(address, out); }
  Status Program(std::uint64_t address, Data data) override { return chip_.Program(address, data); }
  Status Erase(std::uint64_t address, std::uint32_t size) override {
    return chip_.Erase(address, size);
  }
  virtual void Restart() {}

 protected:
  flashsim::SimFlash chip_;
  Geometry geometry_;
};

class Host final : public PortTestHost {
 public:
  explicit Host(Port& port) : port_(port) {}
  void Found(const PortFinding& finding) override {
    std::array<char, kMaxFindingChars> text;
    FormatFinding(finding, text);
    lines.emplace_back(text.data());
    names.emplace_back(Describe(finding.fault).name);
    findings.push_back(finding);
  }
  std::uint64_t NowUs() override { return now_us += 10; }
  bool Restart() override {
    port_.Restart();
    return true;
  }

  std::vector<std::string> lines;
  std::vector<std::string> names;
  std::vector<PortFinding> findings;
  std::uint64_t now_us = 0;

 private:
  Port& port_;
};

struct Outcome {
  PortReport report;
  std::vector<std::string> names;
  std::vector<std::string> lines;
  std::vector<PortFinding> findings;
};

Outcome TestPort(Port& port, PortScratch scratch = {.address = 0, .erase_units = 8}) {
  Host host(port);
  PortTest test(port, scratch, host);
  Outcome outcome;
  outcome.report = test.Run();
  outcome.names = host.names;
  outcome.lines = host.lines;
  outcome.findings = host.findings;
  EXPECT_EQ(outcome.report.found, outcome.names.size());
  return outcome;
}

using Names = std::vector<std::string>;

// --- Good ports ---------------------------------------------------------------

class GoodPort : public testing::TestWithParam<std::string> {};

// Over a part as its profile describes it, with the shim that it needs.
class ProfilePort final : public Port {
 public:
  explicit ProfilePort(const flashsim::Profile& profile)
      : Port(profile.geometry), part_(profile, 1), hal_(part_, profile.shim) {}
  Status Read(std::uint64_t address, Bytes out) override { return hal_.Read(address, out); }
  Status Program(std::uint64_t address, Data data) override { return hal_.Program(address, data); }
  Status Erase(std::uint64_t address, std::uint32_t size) override {
    return hal_.Erase(address, size);
  }

 private:
  flashsim::SimFlash part_;
  flashsim::PartHal hal_;
};

TEST_P(GoodPort, PassesAndIsLeftErased) {
  const flashsim::Profile& profile = *flashsim::FindProfile(GetParam());
  ProfilePort port(profile);
  const Outcome outcome =
      TestPort(port, {.address = profile.geometry.erase_unit_bytes * 3ull, .erase_units = 5});
  EXPECT_EQ(outcome.names, Names()) << outcome.lines.front();
  EXPECT_TRUE(outcome.report.finished);
  EXPECT_TRUE(outcome.report.restarted);
  EXPECT_EQ(outcome.report.unchecked, 0);
  EXPECT_EQ(outcome.report.proposed.program_rule, profile.geometry.program_rule);
  EXPECT_EQ(outcome.report.read_us, 10u);
  std::vector<std::uint8_t> all(5 * profile.geometry.erase_unit_bytes);
  ASSERT_EQ(port.Read(profile.geometry.erase_unit_bytes * 3ull, all), Status::kOk);
  EXPECT_TRUE(std::all_of(all.begin(), all.end(), [](auto byte) { return byte == 0xFF; }));
}

INSTANTIATE_TEST_SUITE_P(Parts, GoodPort,
                         testing::Values("w25q8", "nor512", "stm32-8", "stm32-8z", "stm32-32",
                                         "fram256", "semper", "stm32l4", "stm32h7", "lpc55"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(PortTestTest, LargerErasesAreTriedWhereTheScratchHoldsThem) {
  Port port(SpiNor());
  EXPECT_EQ(TestPort(port, {.address = 4096, .erase_units = 8}).report.larger_erases_tried, 1);
  EXPECT_EQ(TestPort(port, {.address = 4096, .erase_units = 3}).report.larger_erases_tried, 0);
}

TEST(PortTestTest, ScratchMustBeThreeWholeUnits) {
  Port port(SpiNor());
  for (const PortScratch& scratch :
       {PortScratch{.address = 0, .erase_units = 2}, PortScratch{.address = 100, .erase_units = 3},
        PortScratch{.address = 62 * 4096, .erase_units = 3}}) {
    EXPECT_EQ(TestPort(port, scratch).names, Names({"kImpossibleGeometry"}));
  }
}

TEST(PortTestTest, TellsWhichCallsAreCarriedOutUnchecked) {
  class Unchecked final : public Port {
    using Port::Port;
    Status Read(std::uint64_t address, Bytes out) override {
      return address + out.size() > geometry_.size_bytes() ? Status::kOk : chip_.Read(address, out);
    }
  } port(SpiNor());
  EXPECT_EQ(TestPort(port).report.unchecked, kUncheckedReadBounds);
}

TEST(PortTestTest, EachFaultBelongsToALineOfTheContract) {
  std::ifstream file("docs/FLASH_CONTRACT.md");
  std::stringstream contract;
  contract << file.rdbuf();
  std::map<std::string, int> names;
  for (int i = 0; i < kPortFaultCount; ++i) {
    const PortFaultText& text = Describe(static_cast<PortFault>(i));
    EXPECT_NE(contract.str().find("| C" + std::to_string(text.line) + " |"), std::string::npos)
        << text.name;
    EXPECT_NE(contract.str().find("`" + std::string(text.name) + "`"), std::string::npos)
        << text.name << " is not in the contract's table";
    EXPECT_EQ(++names[text.name], 1) << text.name;
  }
}

TEST(PortTestTest, AFindingIsOneLineThatFits) {
  for (int i = 0; i < kPortFaultCount; ++i) {
    std::array<char, kMaxFindingChars> text;
    const PortFinding finding{static_cast<PortFault>(i), ~0ull, 0xFF, 0x5A};
    const std::uint32_t size = FormatFinding(finding, text);
    EXPECT_EQ(size, std::string(text.data()).size());
    EXPECT_LT(size, kMaxFindingChars - 1) << text.data();
  }
  std::array<char, 8> small;
  EXPECT_EQ(FormatFinding({}, small), 7u);
  EXPECT_STREQ(small.data(), "C1 kImp");
}

// --- Broken ports ---------------------------------------------------------------

TEST(BrokenPort, RewritesTheSectorOnProgram) {
  class Broken final : public Port {
    using Port::Port;
    Status Program(std::uint64_t address, Data data) override {
      const std::uint64_t sector = address / 4096 * 4096;
      std::vector<std::uint8_t> copy(4096);
      NORLOG_TRY(chip_.Read(sector, copy));
      std::copy(data.begin(), data.end(), copy.begin() + static_cast<long>(address - sector));
      NORLOG_TRY(chip_.Erase(sector, 4096));
      for (std::size_t at = 0; at < copy.size(); at += 256) {
        NORLOG_TRY(chip_.Program(sector + at, Data(copy).subspan(at, 256)));
      }
      return Status::kOk;
    }
  } port(SpiNor());
  EXPECT_EQ(TestPort(port).names, Names({"kRewrites"}));
}

TEST(BrokenPort, ErasesTheSectorOnProgram) {
  class Broken final : public Port {
    using Port::Port;
    Status Program(std::uint64_t address, Data data) override {
      NORLOG_TRY(chip_.Erase(address / 4096 * 4096, 4096));
      return chip_.Program(address, data);
    }
  } port(SpiNor());
  EXPECT_EQ(TestPort(port).names, Names({"kLosesNeighbours"}));
}

// Declares a page that the part does not have: the bytes wrap.
class WrappingPort final : public Port {
 public:
  WrappingPort(std::uint32_t declared, std::uint32_t real) : Port(Chip(real), Declared(declared)) {
    flashsim::SimOptions options;
    options.page_wrap = true;
    chip_.set_options(options);
  }

 private:
  static Geometry Chip(std::uint32_t page) {
    Geometry geometry = SpiNor();
    geometry.page_bytes = page;
    return geometry;
  }
  static Geometry Declared(std::uint32_t page) { return Chip(page); }
};

TEST(BrokenPort, WritesCrossThePage) {
  for (const auto& [declared, real] : std::vector<std::pair<int, int>>{
           {256, 128}, {256, 32}, {512, 256}, {1024, 256}, {4096, 256}, {4096, 512}}) {
    WrappingPort port(static_cast<std::uint32_t>(declared), static_cast<std::uint32_t>(real));
    const Outcome outcome = TestPort(port);
    EXPECT_EQ(outcome.names, Names({"kPageWraps"})) << declared << " " << real;
    EXPECT_EQ(outcome.report.proposed.page_bytes, static_cast<std::uint32_t>(real));
    EXPECT_TRUE(outcome.report.finished);
  }
}

TEST(BrokenPort, ProgramsOnlyTheFirstBytes) {
  class Broken final : public Port {
    using Port::Port;
    Status Program(std::uint64_t address, Data data) override {
      return chip_.Program(address, data.first(std::min<std::size_t>(data.size(), 64)));
    }
  } port(SpiNor());
  EXPECT_EQ(TestPort(port).names, Names({"kProgramTruncated"}));
}

TEST(BrokenPort, ErasesMoreThanTheUnit) {
  class Broken final : public Port {
    using Port::Port;
    Status Erase(std::uint64_t address, std::uint32_t) override {
      return chip_.Erase(address / 16384 * 16384, 16384);
    }
  };
  Geometry declared = SpiNor();
  declared.larger_erase_bytes[0] = 0;
  Broken port(SpiNor(), declared);
  const Outcome outcome = TestPort(port);
  EXPECT_EQ(outcome.names, Names({"kEraseTooWide"}));
  EXPECT_EQ(outcome.report.proposed.erase_unit_bytes, 16384u);
}

TEST(BrokenPort, ErasesLessThanTheUnit) {
  Geometry declared = SpiNor();
  declared.erase_unit_bytes = 8192;
  declared.erase_unit_count = 32;
  class Broken final : public Port {
    using Port::Port;
    Status Erase(std::uint64_t address, std::uint32_t) override {
      return chip_.Erase(address, 4096);
    }
  } port(SpiNor(), declared);
  const Outcome outcome = TestPort(port);
  EXPECT_EQ(outcome.names, Names({"kEraseTooNarrow"}));
  EXPECT_EQ(outcome.report.proposed.erase_unit_bytes, 4096u);
}

TEST(BrokenPort, ErasesLessThanALargeUnit) {
  Geometry chip = SpiNor();
  chip.erase_unit_bytes = 65536;
  chip.larger_erase_bytes[0] = 131072;
  Geometry declared = chip;
  declared.erase_unit_bytes = 131072;
  declared.erase_unit_count = 32;
  declared.larger_erase_bytes[0] = 0;
  class Broken final : public Port {
    using Port::Port;
    Status Erase(std::uint64_t address, std::uint32_t size) override {
      return chip_.Erase(address, size / 2);
    }
  } port(chip, declared);
  const Outcome outcome = TestPort(port);
  EXPECT_EQ(outcome.names, Names({"kEraseTooNarrow"}));
  EXPECT_EQ(outcome.findings[0].seen, 65536u);
}

TEST(BrokenPort, LargerEraseIsASmallOne) {
  class Broken final : public Port {
    using Port::Port;
    Status Erase(std::uint64_t address, std::uint32_t) override {
      return chip_.Erase(address, 4096);
    }
    Status Program(std::uint64_t address, Data data) override {
      return chip_.Program(address, data);
    }
  } port(SpiNor());
  const Outcome outcome = TestPort(port);
  EXPECT_EQ(outcome.names, Names({"kLargerEraseTooNarrow"}));
  EXPECT_EQ(outcome.findings[0].seen, 4096u);
}

TEST(BrokenPort, LargerEraseGoesTooFar) {
  class Broken final : public Port {
    using Port::Port;
    Status Erase(std::uint64_t address, std::uint32_t size) override {
      if (size == 16384) NORLOG_TRY(chip_.Erase(address + size, 4096));
      return chip_.Erase(address, size);
    }
  } port(SpiNor());
  EXPECT_EQ(TestPort(port, {.address = 4096, .erase_units = 8}).names,
            Names({"kLargerEraseTooWide"}));
}

// Programs `declared` units into a part whose ECC word is larger, padded by FF.
class PaddingPort final : public Port {
 public:
  explicit PaddingPort(std::uint32_t declared) : Port(EccFlash(), Declared(declared)) {}
  Status Program(std::uint64_t address, Data data) override {
    const std::uint64_t begin = address / 8 * 8;
    std::vector<std::uint8_t> words((address + data.size() + 7) / 8 * 8 - begin, 0xFF);
    std::copy(data.begin(), data.end(), words.begin() + static_cast<long>(address - begin));
    return chip_.Program(begin, words);
  }

 private:
  static Geometry Declared(std::uint32_t unit) {
    Geometry geometry = EccFlash();
    geometry.program_unit_bytes = unit;
    return geometry;
  }
};

TEST(BrokenPort, UnitIsSmallerThanTheEccWord) {
  for (const std::uint32_t declared : {1u, 2u, 4u}) {
    PaddingPort port(declared);
    const Outcome outcome = TestPort(port);
    EXPECT_EQ(outcome.names, Names({"kUnitTooSmall"})) << declared;
    EXPECT_EQ(outcome.report.proposed.program_unit_bytes, 8u);
    EXPECT_TRUE(outcome.report.finished);
  }
}

TEST(BrokenPort, PromisesBitsOnAWriteOncePart) {
  Geometry declared = EccFlash();
  declared.program_rule = ProgramRule::kBits;
  Port port(EccFlash(), declared);
  const Outcome outcome = TestPort(port);
  EXPECT_EQ(outcome.names, Names({"kRefusesSecondProgram"}));
  EXPECT_EQ(outcome.report.proposed.program_rule, ProgramRule::kOnce);
}

TEST(BrokenPort, PromisesZeroOverAWordThatThenCannotBeRead) {
  Geometry declared = EccFlash();
  declared.program_rule = ProgramRule::kOncePlusZero;
  class H7 final : public Port {
   public:
    explicit H7(const Geometry& declared) : Port(EccFlash(), declared) {
      flashsim::SimOptions options;
      options.second_program = flashsim::SecondProgram::kEccError;
      chip_.set_options(options);
    }
  } port(declared);
  EXPECT_EQ(TestPort(port).names, Names({"kRefusesSecondProgram"}));
}

TEST(BrokenPort, PromisesOverwriteOnNor) {
  Geometry declared = SpiNor();
  declared.program_rule = ProgramRule::kOverwrite;
  Port port(SpiNor(), declared);
  const Outcome outcome = TestPort(port);
  EXPECT_EQ(outcome.names, Names({"kRefusesSecondProgram"}));
  EXPECT_EQ(outcome.report.proposed.program_rule, ProgramRule::kBits);
}

TEST(BrokenPort, HidesThatTheChipRefused) {
  class Broken final : public Port {
    using Port::Port;
    Status Program(std::uint64_t address, Data data) override {
      (void)chip_.Program(address, data);
      return Status::kOk;
    }
  } port(EccFlash());
  EXPECT_EQ(TestPort(port).names, Names({"kHidesRefusal"}));
}

TEST(BrokenPort, KeepsWritesInRam) {
  class Broken final : public Port {
    using Port::Port;
    Status Read(std::uint64_t address, Bytes out) override {
      NORLOG_TRY(chip_.Read(address, out));
      for (const auto& [at, byte] : cache_) {
        if (at >= address && at < address + out.size()) out[at - address] &= byte;
      }
      return Status::kOk;
    }
    Status Program(std::uint64_t address, Data data) override {
      if (address + data.size() > geometry_.size_bytes()) return Status::kOutOfBounds;
      if (data.empty() || address % 256 + data.size() > 256) return Status::kMisaligned;
      for (std::size_t i = 0; i < data.size(); ++i) {
        const auto [it, fresh] = cache_.try_emplace(address + i, data[i]);
        it->second &= data[i];
      }
      return Status::kOk;
    }
    Status Erase(std::uint64_t address, std::uint32_t size) override {
      cache_.erase(cache_.lower_bound(address), cache_.lower_bound(address + size));
      return chip_.Erase(address, size);
    }
    void Restart() override { cache_.clear(); }
    std::map<std::uint64_t, std::uint8_t> cache_;
  } port(SpiNor());
  EXPECT_EQ(TestPort(port).names, Names({"kNotDurable"}));
}

// Caches the last line read, and forgets to drop it on Program, on Erase, or both.
class CachingPort final : public Port {
 public:
  CachingPort(bool drop_on_program, bool drop_on_erase)
      : Port(SpiNor()), drop_on_program_(drop_on_program), drop_on_erase_(drop_on_erase) {}
  Status Read(std::uint64_t address, Bytes out) override {
    if (address == at_ && out.size() <= line_.size() && !out.empty()) {
      std::copy_n(line_.begin(), out.size(), out.begin());
      return Status::kOk;
    }
    NORLOG_TRY(chip_.Read(address, out));
    at_ = address;
    line_.assign(out.begin(), out.end());
    return Status::kOk;
  }
  Status Program(std::uint64_t address, Data data) override {
    if (drop_on_program_) Restart();
    return chip_.Program(address, data);
  }
  Status Erase(std::uint64_t address, std::uint32_t size) override {
    if (drop_on_erase_) Restart();
    return chip_.Erase(address, size);
  }
  void Restart() override { line_.clear(); }

 private:
  const bool drop_on_program_;
  const bool drop_on_erase_;
  std::uint64_t at_ = 0;
  std::vector<std::uint8_t> line_;
};

TEST(BrokenPort, ReadsFromAStaleCache) {
  CachingPort told_of_both(true, true);
  EXPECT_EQ(TestPort(told_of_both).names, Names());
  CachingPort not_of_programs(false, true);
  EXPECT_EQ(TestPort(not_of_programs).names, Names({"kStaleRead"}));
  CachingPort not_of_erases(true, false);
  EXPECT_EQ(TestPort(not_of_erases).names, Names({"kStaleRead"}));
}

TEST(BrokenPort, ErasedCellsReadZero) {
  class Broken final : public Port {
   public:
    Broken() : Port(SpiNor()), inverting_(chip_) {}
    Status Read(std::uint64_t address, Bytes out) override { return inverting_.Read(address, out); }
    Status Program(std::uint64_t address, Data data) override {
      return inverting_.Program(address, data);
    }

   private:
    flashsim::InvertingHal inverting_;
  } port;
  EXPECT_EQ(TestPort(port).names, Names({"kErasedIsZero"}));
}

TEST(BrokenPort, InvertsOnlyWhatIsProgrammed) {
  class Broken final : public Port {
    using Port::Port;
    Status Program(std::uint64_t address, Data data) override {
      std::vector<std::uint8_t> inverted(data.begin(), data.end());
      for (auto& byte : inverted) byte ^= 0xFF;
      return chip_.Program(address, inverted);
    }
  } port(SpiNor());
  EXPECT_EQ(TestPort(port).names, Names({"kBitsInverted"}));
}

TEST(BrokenPort, BlankWordsCannotBeRead) {
  class Broken final : public Port {
   public:
    Broken() : Port(EccFlash()) {
      flashsim::SimOptions options;
      options.blank_read_errors = true;
      chip_.set_options(options);
    }
  } port;
  EXPECT_EQ(TestPort(port).names, Names({"kBlankReadFails"}));
}

// Shows the cells as they were for some reads after Program, Erase, or both.
class HastyPort final : public Port {
 public:
  HastyPort(bool program, bool erase) : Port(SpiNor()), program_(program), erase_(erase) {}
  Status Read(std::uint64_t address, Bytes out) override {
    NORLOG_TRY(chip_.Read(address, out));
    if (busy_ == 0) return Status::kOk;
    --busy_;
    for (std::size_t i = 0; i < out.size(); ++i) {
      if (address + i >= begin_ && address + i < begin_ + before_.size()) {
        out[i] = before_[address + i - begin_];
      }
    }
    return Status::kOk;
  }
  Status Program(std::uint64_t address, Data data) override {
    if (program_) Begin(address, data.size());
    return chip_.Program(address, data);
  }
  Status Erase(std::uint64_t address, std::uint32_t size) override {
    if (erase_) Begin(address, size);
    return chip_.Erase(address, size);
  }

 private:
  void Begin(std::uint64_t address, std::size_t size) {
    if (address + size > geometry_.size_bytes()) return;
    begin_ = address;
    before_ = chip_.Peek(address, size);
    busy_ = 20;
  }
  const bool program_;
  const bool erase_;
  int busy_ = 0;
  std::uint64_t begin_ = 0;
  std::vector<std::uint8_t> before_;
};

TEST(BrokenPort, ProgramReturnsBeforeItIsDone) {
  HastyPort port(true, false);
  EXPECT_EQ(TestPort(port).names, Names({"kProgramReturnsEarly"}));
}

TEST(BrokenPort, EraseReturnsBeforeItIsDone) {
  HastyPort port(false, true);
  EXPECT_EQ(TestPort(port).names, Names({"kEraseReturnsEarly"}));
}

TEST(BrokenPort, BytesAreSwappedInWords) {
  for (const std::size_t word : {2u, 4u, 8u}) {
    class Broken final : public Port {
     public:
      explicit Broken(std::size_t word) : Port(EccFlash()), word_(word) {}
      Status Program(std::uint64_t address, Data data) override {
        std::vector<std::uint8_t> swapped(data.size());
        for (std::size_t i = 0; i < data.size(); ++i) swapped[i] = data[i ^ (word_ - 1)];
        return chip_.Program(address, swapped);
      }
      const std::size_t word_;
    } port(word);
    const Outcome outcome = TestPort(port);
    EXPECT_EQ(outcome.names, Names({"kBytesSwapped"})) << word;
    EXPECT_EQ(outcome.findings[0].seen, word);
  }
}

TEST(BrokenPort, RoundsTheDataPointerDown) {
  class Broken final : public Port {
    using Port::Port;
    Status Program(std::uint64_t address, Data data) override {
      const std::size_t odd = reinterpret_cast<std::uintptr_t>(data.data()) % 4;
      return chip_.Program(address, {data.data() - odd, data.size()});
    }
  } port(SpiNor());
  EXPECT_EQ(TestPort(port).names, Names({"kDataMisaligned"}));
}

TEST(BrokenPort, ReadsWholeWordsOnly) {
  class Broken final : public Port {
    using Port::Port;
    Status Read(std::uint64_t address, Bytes out) override {
      return chip_.Read(address / 4 * 4, out);
    }
  } port(SpiNor());
  EXPECT_EQ(TestPort(port).names, Names({"kReadMisaligned"}));
}

TEST(BrokenPort, ReadsBehindTheBuffer) {
  class Broken final : public Port {
    using Port::Port;
    Status Read(std::uint64_t address, Bytes out) override {
      const std::size_t rounded = (out.size() + 3) / 4 * 4;
      if (address + rounded > geometry_.size_bytes()) return chip_.Read(address, out);
      return chip_.Read(address, {out.data(), rounded});
    }
  } port(SpiNor());
  EXPECT_EQ(TestPort(port).names, Names({"kReadOverruns"}));
}

// Erases by itself, over a chip that does; ports that do so badly break one thing.
class BackgroundPort : public Port {
 public:
  BackgroundPort() : Port(SpiNor()) {
    flashsim::SimOptions options;
    options.background_erase_polls = 5;
    chip_.set_options(options);
  }
  bool StartErase(std::uint64_t address, std::uint32_t size) override {
    return chip_.StartErase(address, size);
  }
  Status Busy() override { return chip_.Busy(); }
};

TEST(PortTestTest, ErasesByItself) {
  BackgroundPort port;
  const Outcome outcome = TestPort(port);
  EXPECT_EQ(outcome.names, Names());
  EXPECT_TRUE(outcome.report.erases_by_itself);
  Port plain(SpiNor());
  EXPECT_FALSE(TestPort(plain).report.erases_by_itself);
}

TEST(BrokenPort, BusyEndsBeforeTheErase) {
  class Broken final : public BackgroundPort {
    bool StartErase(std::uint64_t, std::uint32_t) override { return true; }
    Status Busy() override { return Status::kOk; }
  } port;
  EXPECT_EQ(TestPort(port).names, Names({"kBusyEndsEarly"}));
}

TEST(BrokenPort, BusyNeverAsksTheChip) {
  class Broken final : public BackgroundPort {
    Status Busy() override { return Status::kBusy; }
  } port;
  EXPECT_EQ(TestPort(port).names, Names({"kBusyNeverEnds"}));
}

// Knows whether an erase goes on, and does nothing about it.
class HeedlessPort : public BackgroundPort {
 public:
  bool StartErase(std::uint64_t address, std::uint32_t size) override {
    busy_ = BackgroundPort::StartErase(address, size);
    return busy_;
  }
  Status Busy() override {
    const Status status = BackgroundPort::Busy();
    busy_ = status == Status::kBusy;
    return status;
  }

 protected:
  bool busy_ = false;
};

TEST(BrokenPort, TheBusyChipDoesNotHearAProgram) {
  class Broken final : public HeedlessPort {
    Status Program(std::uint64_t address, Data data) override {
      return busy_ ? Status::kOk : chip_.Program(address, data);
    }
  } port;
  EXPECT_EQ(TestPort(port).names, Names({"kEraseNotSuspended"}));
}

TEST(BrokenPort, AReadOfABusyChipIsGarbage) {
  class Broken final : public HeedlessPort {
    Status Read(std::uint64_t address, Bytes out) override {
      if (!busy_) return chip_.Read(address, out);
      std::fill(out.begin(), out.end(), std::uint8_t{0x3C});
      return Status::kOk;
    }
  } port;
  EXPECT_EQ(TestPort(port).names, Names({"kEraseNotSuspended"}));
}

TEST(BrokenPort, ForgetsWriteEnableBeforeErase) {
  class Broken final : public Port {
    using Port::Port;
    Status Erase(std::uint64_t, std::uint32_t) override { return Status::kOk; }
  } port(SpiNor());
  EXPECT_EQ(TestPort(port).names, Names({"kEraseIgnored"}));
}

TEST(BrokenPort, ForgetsWriteEnableBeforeProgram) {
  class Broken final : public Port {
    using Port::Port;
    Status Program(std::uint64_t, Data) override { return Status::kOk; }
  } port(SpiNor());
  EXPECT_EQ(TestPort(port).names, Names({"kProgramIgnored"}));
}

TEST(BrokenPort, SendsTwoAddressBytes) {
  class Broken final : public Port {
    using Port::Port;
    Status Read(std::uint64_t address, Bytes out) override {
      return address + out.size() > geometry_.size_bytes() ? Status::kOutOfBounds
                                                           : chip_.Read(address & 0xFFFF, out);
    }
    Status Program(std::uint64_t address, Data data) override {
      return chip_.Program(address & 0xFFFF, data);
    }
    Status Erase(std::uint64_t address, std::uint32_t size) override {
      return chip_.Erase(address & 0xFFFF, size);
    }
  } port(SpiNor());
  const Outcome outcome = TestPort(port);
  EXPECT_EQ(outcome.names, Names({"kAddressesAlias"}));
  EXPECT_EQ(outcome.report.proposed.size_bytes(), 65536u);
}

TEST(BrokenPort, AnswersErrors) {
  class Broken final : public Port {
   public:
    Broken(Status read, Status program, Status erase)
        : Port(SpiNor()), read_(read), program_(program), erase_(erase) {}
    Status Read(std::uint64_t address, Bytes out) override {
      if (!out.empty() && address % 4096 != 0) NORLOG_TRY(read_);
      return chip_.Read(address, out);
    }
    Status Program(std::uint64_t address, Data data) override {
      return Ok(program_) ? chip_.Program(address, data) : program_;
    }
    Status Erase(std::uint64_t address, std::uint32_t size) override {
      return Ok(erase_) ? chip_.Erase(address, size) : erase_;
    }
    const Status read_, program_, erase_;
  };
  Broken program(Status::kOk, Status::kProgramError, Status::kOk);
  EXPECT_EQ(TestPort(program).names, Names({"kProgramFails"}));
  Broken erase(Status::kOk, Status::kOk, Status::kEraseError);
  EXPECT_EQ(TestPort(erase).names, Names({"kEraseFails"}));
}

TEST(BrokenPort, StoresSomethingElse) {
  class Broken final : public Port {
    using Port::Port;
    Status Program(std::uint64_t address, Data data) override {
      std::vector<std::uint8_t> wrong(data.begin(), data.end());
      if (wrong.size() > 100) wrong[100] &= 0x0F;
      return chip_.Program(address, wrong);
    }
  } port(SpiNor());
  EXPECT_EQ(TestPort(port).names, Names({"kProgramWrong"}));
}

TEST(BrokenPort, SomeReadsFail) {
  class Broken final : public Port {
    using Port::Port;
    Status Read(std::uint64_t address, Bytes out) override {
      return address % 2 == 1 ? Status::kReadError : chip_.Read(address, out);
    }
  } port(SpiNor());
  EXPECT_EQ(TestPort(port).names, Names({"kReadFails"}));
}

}  // namespace
}  // namespace norlog
