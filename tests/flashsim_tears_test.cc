// What each tear leaves in the cells, bit by bit.
#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "flashsim/sim_flash.h"

namespace flashsim {
namespace {

using norlog::Status;
using Bytes = std::vector<std::uint8_t>;
using CellRow = std::vector<CellByte>;

// 32 bytes to program into blank cells: each byte has four bits to change.
const Bytes kData(32, 0xA5);
constexpr int kDataBits = 32 * 4;

CellRow Torn(ProgramTear kind, std::uint64_t seed = 1) {
  CellRow cells(kData.size());
  TearProgram({kind, EraseTear::kNone, seed}, {kData, false, false}, cells);
  return cells;
}

// 64 bytes of old content to erase: each byte has four bits to change.
constexpr CellByte kOld = {0x3C, 0x00};
CellRow TornErase(EraseTear kind, std::uint64_t seed = 1) {
  CellRow cells(64, kOld);
  TearErase({ProgramTear::kNone, kind, seed}, cells);
  return cells;
}

int ChangedBits(const CellRow& cells, std::uint8_t before) {
  int bits = 0;
  for (const CellByte cell : cells)
    bits += std::popcount(static_cast<unsigned>(cell.value ^ before));
  return bits;
}

int MarginalBits(const CellRow& cells) {
  int bits = 0;
  for (const CellByte cell : cells) bits += std::popcount(unsigned{cell.marginal});
  return bits;
}

TEST(FlashsimProgramTear, NoneLeavesTheCellsAlone) {
  EXPECT_EQ(Torn(ProgramTear::kNone), CellRow(32));
}

TEST(FlashsimProgramTear, AllCompletes) {
  EXPECT_EQ(Torn(ProgramTear::kAll), CellRow(32, CellByte{0xA5, 0}));
}

TEST(FlashsimProgramTear, BytePrefixIsDoneBytesThenATornOneThenNone) {
  std::set<std::size_t> lengths;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const CellRow cells = Torn(ProgramTear::kBytePrefix, seed);
    std::size_t at = 0;
    while (at < 32 && cells[at] == CellByte{0xA5, 0}) ++at;
    lengths.insert(at);
    for (std::size_t i = at + 1; i < 32; ++i) EXPECT_EQ(cells[i], CellByte()) << seed;
    EXPECT_EQ(MarginalBits(cells), 0);
  }
  EXPECT_GT(lengths.size(), 25U);
  EXPECT_EQ(*lengths.begin(), 0U);
}

TEST(FlashsimProgramTear, ByteSuffixIsTheSameFromTheEnd) {
  std::set<std::size_t> lengths;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const CellRow cells = Torn(ProgramTear::kByteSuffix, seed);
    std::size_t end = 32;
    while (end > 0 && cells[end - 1] == CellByte{0xA5, 0}) --end;
    lengths.insert(end);
    for (std::size_t i = 0; i + 1 < end; ++i) EXPECT_EQ(cells[i], CellByte()) << seed;
  }
  EXPECT_GT(lengths.size(), 25U);
}

TEST(FlashsimProgramTear, OneBitChangesExactlyOne) {
  std::set<std::size_t> places;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const CellRow cells = Torn(ProgramTear::kOneBit, seed);
    EXPECT_EQ(ChangedBits(cells, 0xFF), 1);
    for (std::size_t i = 0; i < 32; ++i) {
      if (cells[i] != CellByte()) places.insert(i);
    }
  }
  EXPECT_GT(places.size(), 20U);
}

TEST(FlashsimProgramTear, AllButOneBitLeavesExactlyOne) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    EXPECT_EQ(ChangedBits(Torn(ProgramTear::kAllButOneBit, seed), 0xA5), 1);
  }
}

TEST(FlashsimProgramTear, RandomBitsHaveTheirShare) {
  int changed[3] = {0, 0, 0};
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    changed[0] += ChangedBits(Torn(ProgramTear::kRandomBits25, seed), 0xFF);
    changed[1] += ChangedBits(Torn(ProgramTear::kRandomBits50, seed), 0xFF);
    changed[2] += ChangedBits(Torn(ProgramTear::kRandomBits75, seed), 0xFF);
  }
  for (int quarters = 1; quarters <= 3; ++quarters) {
    EXPECT_NEAR(changed[quarters - 1], 100 * kDataBits * quarters / 4, 250) << quarters;
  }
}

TEST(FlashsimProgramTear, PlausibleWrongMissesOneByte) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    int missing = 0;
    for (const CellByte cell : Torn(ProgramTear::kPlausibleWrong, seed)) {
      if (cell == CellByte())
        ++missing;
      else
        EXPECT_EQ(cell, (CellByte{0xA5, 0}));
    }
    EXPECT_EQ(missing, 1);
  }
}

TEST(FlashsimProgramTear, CompleteMarginalSeemsCompleteOnChangedBitsAlone) {
  EXPECT_EQ(Torn(ProgramTear::kCompleteMarginal), CellRow(32, CellByte{0xA5, 0x5A}));
}

TEST(FlashsimProgramTear, FalseBlankSeemsUntouchedOnChangedBitsAlone) {
  EXPECT_EQ(Torn(ProgramTear::kFalseBlank), CellRow(32, CellByte{0xFF, 0x5A}));
}

TEST(FlashsimProgramTear, MixedMarginalIsSolidInPart) {
  int marginal = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const CellRow cells = Torn(ProgramTear::kMixedMarginal, seed);
    marginal += MarginalBits(cells);
    for (const CellByte cell : cells) EXPECT_EQ(cell.marginal & ~0x5A, 0);
  }
  EXPECT_NEAR(marginal, 100 * kDataBits / 2, 250);
}

TEST(FlashsimProgramTear, NeverTouchesBitsThatTheDataKeeps) {
  for (const ProgramTear kind : kProgramTears) {
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
      for (const CellByte cell : Torn(kind, seed)) {
        EXPECT_EQ(cell.value & 0xA5, 0xA5) << Name(kind);
        EXPECT_EQ(cell.marginal & 0xA5, 0) << Name(kind);
      }
    }
  }
}

TEST(FlashsimProgramTear, NeverTouchesSolidZeros) {
  for (const ProgramTear kind : kProgramTears) {
    CellRow cells(32, CellByte{0x0F, 0});
    TearProgram({kind, EraseTear::kNone, 9}, {kData, false, false}, cells);
    for (const CellByte cell : cells) {
      EXPECT_EQ(cell.value & 0xF0, 0) << Name(kind);
      EXPECT_EQ(cell.marginal & 0xF0, 0) << Name(kind);
    }
  }
}

TEST(FlashsimProgramTear, HostileScopeDisturbsKeptBits) {
  for (const ProgramTear kind : kProgramTears) {
    CellRow cells(32);
    TearProgram({kind, EraseTear::kNone, 9}, {kData, false, true}, cells);
    int disturbed = 0;
    for (const CellByte cell : cells) disturbed += ((~cell.value | cell.marginal) & 0xA5) != 0;
    const bool whole = kind != ProgramTear::kNone && kind != ProgramTear::kAll &&
                       kind != ProgramTear::kBytePrefix && kind != ProgramTear::kByteSuffix;
    EXPECT_EQ(disturbed > 8, whole) << Name(kind) << " " << disturbed;
  }
}

TEST(FlashsimProgramTear, OverwriteTearsBitsBothWays) {
  CellRow cells(32, CellByte{0x00, 0});
  const Bytes ones(32, 0xFF);
  TearProgram({ProgramTear::kRandomBits50, EraseTear::kNone, 3}, {ones, true, false}, cells);
  EXPECT_NEAR(ChangedBits(cells, 0x00), 128, 40);
}

TEST(FlashsimProgramTear, NothingToChangeIsNoTrouble) {
  const Bytes blank(4, 0xFF);
  for (const ProgramTear kind : kProgramTears) {
    CellRow cells(4);
    TearProgram({kind, EraseTear::kNone, 1}, {blank, false, false}, cells);
    EXPECT_EQ(cells, CellRow(4)) << Name(kind);
  }
}

TEST(FlashsimEraseTear, NoneLeavesTheCellsAlone) {
  EXPECT_EQ(TornErase(EraseTear::kNone), CellRow(64, kOld));
}

TEST(FlashsimEraseTear, AllCompletes) {
  EXPECT_EQ(TornErase(EraseTear::kAll), CellRow(64));
}

TEST(FlashsimEraseTear, PreProgramZeroesASuffixAndKeepsTheBeginning) {
  std::set<std::size_t> lengths;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const CellRow cells = TornErase(EraseTear::kPreProgram, seed);
    std::size_t at = 0;
    while (at < 64 && cells[at] == kOld) ++at;
    lengths.insert(at);
    for (std::size_t i = at + 1; i < 64; ++i) EXPECT_EQ(cells[i], (CellByte{0, 0})) << seed;
  }
  EXPECT_GT(lengths.size(), 40U);
}

TEST(FlashsimEraseTear, AllZero) {
  EXPECT_EQ(TornErase(EraseTear::kAllZero), CellRow(64, CellByte{0, 0}));
}

TEST(FlashsimEraseTear, HalfZeroKeepsTheHeader) {
  const CellRow cells = TornErase(EraseTear::kHalfZeroUnderHeader);
  for (std::size_t i = 0; i < 64; ++i) EXPECT_EQ(cells[i], i < 16 ? kOld : (CellByte{0, 0})) << i;
}

TEST(FlashsimEraseTear, RandomBitsSetTheirShareOfZeros) {
  int set[3] = {0, 0, 0};
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    set[0] += ChangedBits(TornErase(EraseTear::kRandomBits25, seed), kOld.value);
    set[1] += ChangedBits(TornErase(EraseTear::kRandomBits50, seed), kOld.value);
    set[2] += ChangedBits(TornErase(EraseTear::kRandomBits75, seed), kOld.value);
  }
  for (int quarters = 1; quarters <= 3; ++quarters) {
    EXPECT_NEAR(set[quarters - 1], 100 * 64 * 4 * quarters / 4, 400) << quarters;
  }
}

TEST(FlashsimEraseTear, FfPrefixKeepsTheRest) {
  std::set<std::size_t> lengths;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const CellRow cells = TornErase(EraseTear::kFfPrefix, seed);
    std::size_t at = 0;
    while (at < 64 && cells[at] == CellByte()) ++at;
    lengths.insert(at);
    for (std::size_t i = at + 1; i < 64; ++i) EXPECT_EQ(cells[i], kOld) << seed;
  }
  EXPECT_GT(lengths.size(), 40U);
}

TEST(FlashsimEraseTear, BlankMarginalSeemsBlankWhereItWasZero) {
  EXPECT_EQ(TornErase(EraseTear::kBlankMarginal), CellRow(64, CellByte{0xFF, 0xC3}));
}

TEST(FlashsimEraseTear, UntouchedMarginalIsMarginalEverywhere) {
  EXPECT_EQ(TornErase(EraseTear::kUntouchedMarginal), CellRow(64, CellByte{0x3C, 0xFF}));
}

TEST(FlashsimTear, KindsHaveDistinctNamesAndListsAreComplete) {
  std::set<std::string> names;
  for (const ProgramTear kind : kProgramTears) names.insert(Name(kind));
  EXPECT_EQ(names.size(), 13U);
  names.clear();
  for (const EraseTear kind : kEraseTears) names.insert(Name(kind));
  EXPECT_EQ(names.size(), 11U);
}

TEST(FlashsimTear, RandomTearDrawsEveryKind) {
  Rng rng(1);
  std::set<ProgramTear> programs;
  std::set<EraseTear> erases;
  for (int i = 0; i < 500; ++i) {
    const Tear tear = RandomTear(rng);
    programs.insert(tear.program);
    erases.insert(tear.erase);
  }
  EXPECT_EQ(programs.size(), kProgramTears.size());
  EXPECT_EQ(erases.size(), kEraseTears.size());
}

// The chip carries out every kind as the pure functions say, at the right
// place, and touches nothing outside the operation's scope.
TEST(FlashsimTear, ChipTearsExactlyTheScopeOfTheProgram) {
  for (const ProgramTear kind : kProgramTears) {
    SimFlash chip(Toy(1024, 4), 1);
    chip.CutAt(0, Tear{kind, EraseTear::kNone, 7});
    ASSERT_EQ(chip.Program(1100, kData), Status::kNoPower);
    const CellRow expected = Torn(kind, 7);
    for (std::uint64_t i = 0; i < 4096; ++i) {
      const bool inside = i >= 1100 && i < 1132;
      const CellByte cell = {chip.Peek(i, 1)[0], chip.MarginalMask(i)};
      ASSERT_EQ(cell, inside ? expected[i - 1100] : CellByte()) << Name(kind) << " at " << i;
    }
  }
}

TEST(FlashsimTear, ChipTearsExactlyTheScopeOfTheErase) {
  for (const EraseTear kind : kEraseTears) {
    SimFlash chip(Toy(256, 4), 1);
    for (std::uint64_t at = 0; at < 1024; at += 256) {
      ASSERT_EQ(chip.Program(at, Bytes(256, kOld.value)), Status::kOk);
    }
    chip.CutAt(0, Tear{ProgramTear::kNone, kind, 7});
    ASSERT_EQ(chip.Erase(256, 256), Status::kNoPower);
    CellRow expected(256, kOld);
    TearErase({ProgramTear::kNone, kind, 7}, expected);
    for (std::uint64_t i = 0; i < 1024; ++i) {
      const bool inside = i >= 256 && i < 512;
      const CellByte cell = {chip.Peek(i, 1)[0], chip.MarginalMask(i)};
      ASSERT_EQ(cell, inside ? expected[i - 256] : kOld) << Name(kind) << " at " << i;
    }
  }
}

}  // namespace
}  // namespace flashsim
