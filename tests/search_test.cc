// Finding the newest bucket on rings of headers made by hand; the linear scan
// is the oracle.
#include "norlog/search.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdint>
#include <sstream>
#include <string>
#include <vector>

#include "tests/engine_rig.h"
#include "tests/hand_built.h"

namespace norlog {
namespace {

// A chip with nothing but headers on it.
class Ring {
 public:
  explicit Ring(std::uint32_t count)
      : chip_(flashsim::Toy(1024, count), 1),
        layout_(MakeLayout(SmallOptions(), chip_.geometry())),
        shape_(ShapeOf(SmallOptions(), chip_.geometry())),
        io_(chip_, layout_, nullptr) {}

  std::uint32_t count() const { return layout_.bucket_count; }
  const Layout& layout() const { return layout_; }
  const BucketIo& io() const { return io_; }

  // A header at the place that its number says.
  Ring& Put(std::uint64_t number) {
    hand::HeaderFields fields;
    fields.tail = std::max<std::uint64_t>(count(), number + layout_.window + 1 - count());
    return Put(number, fields);
  }
  Ring& Put(std::uint64_t number, const hand::HeaderFields& fields) {
    hand::Bucket(chip_, shape_, number, kIdentity).PutMark().PutHeader(fields);
    return *this;
  }
  // All headers of a ring whose newest bucket is `head`.
  Ring& Fill(std::uint64_t head) {
    const std::uint64_t first = std::max<std::uint64_t>(count(), head + 1 - count());
    for (std::uint64_t number = first; number <= head; ++number) Put(number);
    return *this;
  }
  Ring& Damage(std::uint32_t index) {
    chip_.Poke(index * 1024u + shape_.HeaderAt(), hand::Repeat(0x33, 84));
    return *this;
  }
  // The probe's checksum fails; what stands before it stays.
  Ring& Spoil(std::uint32_t index) {
    chip_.FlipBits(index * 1024u + shape_.HeaderAt() + 25, 0x10);
    return *this;
  }
  Ring& Erase(std::uint64_t number) {
    chip_.Poke(number % count() * 1024, hand::Repeat(0xFF, 1024));
    return *this;
  }

  Found Search(const Hint& hint = {}) {
    Found found;
    io_.ResetCounts();
    EXPECT_EQ(FindHead(io_, hint, /*exhaustive=*/true, found), Status::kOk);
    return found;
  }
  Found Scan() {
    Found found;
    EXPECT_EQ(FindHeadLinear(io_, found), Status::kOk);
    return found;
  }
  // The number found; 0 if none. The oracle must agree.
  std::uint64_t Newest(const Hint& hint = {}) {
    const Found found = Search(hint);
    const Found oracle = Scan();
    EXPECT_EQ(found.any, oracle.any);
    EXPECT_EQ(found.number, oracle.number);
    return found.any ? found.number.value : 0;
  }

  flashsim::SimFlash& chip() { return chip_; }

 private:
  flashsim::SimFlash chip_;
  const Layout layout_;
  const hand::Shape shape_;
  BucketIo io_;
};

// The numbering as the forums teach it: eight sectors; each header gets the
// next number modulo 16, so that one compare with sector 0 tells which side of
// the newest sector a probe fell on. Number f of the first two rounds is our
// f + 8 (laps count from 1: number = lap * 8 + index); from there on ours just
// grows instead of wrapping.
constexpr const char* kWalkThrough[] = {
    "  -  -  -  -  -  -  -  -",  // blank chip
    "  0  -  -  -  -  -  -  -",  //
    "  0  1  -  -  -  -  -  -",  //
    "  0  1  2  -  -  -  -  -",  //
    "  0  1  2  3  -  -  -  -",  //
    "  0  1  2  3  4  -  -  -",  //
    "  0  1  2  3  4  5  -  -",  //
    "  0  1  2  3  4  5  6  -",  //
    "  0  1  2  3  4  5  6  7",  // first lap full
    "  8  1  2  3  4  5  6  7",  //
    "  8  9  2  3  4  5  6  7",  //
    "  8  9 10  3  4  5  6  7",  //
    "  8  9 10 11  4  5  6  7",  //
    "  8  9 10 11 12  5  6  7",  //
    "  8  9 10 11 12 13  6  7",  //
    "  8  9 10 11 12 13 14  7",  //
    "  8  9 10 11 12 13 14 15",  // second lap full
    "  0  9 10 11 12 13 14 15",  // modulo 16: 16 is written as 0
    "  0  1 10 11 12 13 14 15",  //
};

TEST(Search, ForumEightSectorWalkThrough) {
  std::uint64_t row = 0;
  for (const char* const text : kWalkThrough) {
    SCOPED_TRACE(text);
    Ring ring(8);
    std::istringstream cells(text);
    std::string cell;
    for (std::uint64_t sector = 0; cells >> cell; ++sector) {
      if (cell == "-") continue;
      std::uint64_t forum = std::stoull(cell);
      ASSERT_EQ(forum % 8, sector);
      while (forum + 16 < row) forum += 16;  // undo the modulo: at most row - 1
      ring.Put(forum + 8);
    }
    EXPECT_EQ(ring.Newest(), row == 0 ? 0 : row - 1 + 8);
    ++row;
  }
}

TEST(Search, EachStepOfTwoLapsOnRingsOfManySizes) {
  for (const std::uint32_t count : {4u, 5u, 7u, 16u, 33u}) {
    Ring ring(count);
    for (std::uint64_t head = count; head < 3 * count; ++head) {
      ring.Put(head);
      EXPECT_EQ(ring.Newest(), head) << count;
    }
  }
}

// Maintain has erased the window behind the head.
TEST(Search, ErasedWindowBehindTheHead) {
  Ring ring(16);
  ring.Fill(31);
  for (std::uint64_t head = 31; head < 64; ++head) {
    ring.Put(head).Erase(head + 1).Erase(head + 2);
    EXPECT_EQ(ring.Newest(), head);
  }
}

TEST(Search, CleanSearchStaysInItsBudget) {
  for (const std::uint32_t count : {8u, 64u, 500u}) {
    Ring ring(count);
    ring.Fill(2 * count);
    for (std::uint64_t head = 2 * count + 1; head < 3 * count; ++head) {
      ring.Put(head);
      EXPECT_EQ(ring.Search().number.value, head);
      EXPECT_LE(ring.io().reads(), SearchReads(ring.layout())) << head;
    }
  }
}

TEST(Search, AnyOneDamagedHeader) {
  for (std::uint64_t head = 13; head < 40; ++head) {
    for (std::uint32_t a = 0; a < 13; ++a) Ring(13).Fill(head).Damage(a).Newest();
  }
}

TEST(Search, AnyTwoDamagedHeaders) {
  for (std::uint64_t head = 8; head < 24; ++head) {
    for (std::uint32_t a = 0; a < 8; ++a) {
      for (std::uint32_t b = 0; b < a; ++b) Ring(8).Fill(head).Damage(a).Damage(b).Newest();
    }
  }
}

TEST(Search, DamagedHeadFallsBackToItsPredecessor) {
  EXPECT_EQ(Ring(13).Fill(30).Damage(30 % 13).Newest(), 29u);
}

TEST(Search, AllHeadersDamagedFindNothing) {
  Ring ring(8);
  for (std::uint32_t i = 0; i < 8; ++i) ring.Damage(i);
  EXPECT_EQ(ring.Newest(), 0u);
}

// A retired bucket keeps whatever it had: its header of an earlier lap, or rubbish.
TEST(Search, RetiredPositionsAreSteppedOver) {
  for (std::uint64_t head = 32; head < 64; head += 3) {
    for (std::uint64_t retired = head - 16; retired < head; ++retired) {
      for (const bool rubbish : {false, true}) {
        Ring ring(16);
        ring.Fill(31);
        for (std::uint64_t number = 32; number <= head; ++number) {
          if (number % 16 != retired % 16 && number % 16 != (retired + 1) % 16) ring.Put(number);
        }
        if (rubbish) ring.Damage(static_cast<std::uint32_t>(retired % 16));
        ring.Newest();
      }
    }
  }
}

// A bucket whose erase failed may hold nothing at all, or a header too old to be
// behind the head: neither leads the bisection astray.
TEST(Search, RetiredPositionsDoNotCostAScan) {
  for (std::uint64_t head = 256 * 8; head < 256 * 9; head += 3) {
    for (const std::uint32_t retired : {0u, 63u, 64u, 127u, 128u, 192u}) {
      if (head % 256 == retired) continue;
      Ring erased(256);
      EXPECT_EQ(erased.Fill(head).Erase(retired).Newest(), head);
      erased.Search();
      EXPECT_LE(erased.io().reads(), SearchReads(erased.layout()) + 4) << head << " " << retired;
      Ring old(256);
      old.Fill(head).Erase(retired).Put(256 * 3 + retired);
      EXPECT_EQ(old.Newest(), head);
      old.Search();
      EXPECT_LE(old.io().reads(), SearchReads(old.layout()) + 8) << head << " " << retired;
    }
  }
}

// A first lap over a log of another layout, whose headers look alike but for
// their checksums: the verified search finds it, several times log N, no scan.
TEST(Search, ForeignHeadersOfTheSameLapDoNotCostAScan) {
  for (std::uint64_t head = 256; head < 512; head += 5) {
    Ring ring(256);
    ring.Fill(head);
    for (std::uint64_t number = head + 1; number < 512; ++number) {
      ring.Put(number);
      ring.Spoil(static_cast<std::uint32_t>(number % 256));
    }
    EXPECT_EQ(ring.Newest(), head);
    ring.Search();
    EXPECT_LE(ring.io().reads(), 7 * SearchReads(ring.layout())) << head;
  }
}

// Stray erases, more than are looked at behind the newest bucket: what seems to be the
// window is a hole.
TEST(Search, HoleIsNotTakenForTheWindow) {
  for (const std::uint32_t hole : {4u, 5u, 9u}) {
    for (std::uint64_t end = 28 + hole; end <= 43; ++end) {
      Ring ring(16);
      ring.Fill(43);
      for (std::uint64_t number = end - hole; number < end; ++number) ring.Erase(number);
      EXPECT_EQ(ring.Newest(), 43u) << hole << " before " << end;
    }
  }
}

// A torn header whose lap reads as one that cannot be.
TEST(Search, TornLapIsNotBelieved) {
  Ring ring(256);
  ring.Fill(700);
  ring.Put(256 * 7 + 128).Spoil(128);  // where the bisection begins
  EXPECT_EQ(ring.Newest(), 700u);
  ring.Search();
  EXPECT_LE(ring.io().reads(), SearchReads(ring.layout()) + 2);
}

TEST(Search, RightHintSavesTheBisection) {
  Ring ring(256);
  ring.Fill(700);
  EXPECT_EQ(ring.Newest(), 700u);
  ring.Search();
  const std::uint32_t without = ring.io().reads();
  EXPECT_EQ(ring.Search({true, {700 % 256}}).number.value, 700u);
  EXPECT_LT(ring.io().reads(), without);
}

TEST(Search, HintAFewBucketsOldIsRightEnough) {
  Ring ring(256);
  ring.Fill(700);
  EXPECT_EQ(ring.Search({true, {697 % 256}}).number.value, 700u);
  EXPECT_LE(ring.io().reads(), SearchReads(ring.layout()));
}

TEST(Search, NoHintIsTrusted) {
  for (std::uint64_t head = 16; head < 48; ++head) {
    for (std::uint32_t hint = 0; hint < 18; ++hint) {
      EXPECT_EQ(Ring(16).Fill(head).Newest({true, {hint}}), head) << hint;
    }
  }
  EXPECT_EQ(Ring(16).Fill(40).Newest({true, {0xFFFFFFFF}}), 40u);
}

TEST(Search, LyingHintBesideDamageIsNotTrusted) {
  for (std::uint64_t head = 12; head < 36; ++head) {
    for (std::uint32_t hint = 0; hint < 12; ++hint) {
      Ring(12).Fill(head).Damage((hint + 1) % 12).Damage((hint + 2) % 12).Newest({true, {hint}});
      Ring(12).Fill(head).Damage((hint + 11) % 12).Damage((hint + 1) % 12).Newest({true, {hint}});
    }
  }
}

// R8: a retired bucket's stale header, with nothing readable around it, looks
// like a head; that no bucket before it agrees tells that it is none.
TEST(Search, StaleHeaderNeedsAPredecessorThatAgrees) {
  Ring ring(16);
  ring.Fill(57).Put(32);
  for (const std::uint32_t index : {1u, 2u, 3u, 4u, 12u, 13u, 14u, 15u}) ring.Damage(index);
  EXPECT_EQ(ring.Newest({true, {0}}), 57u);
}

TEST(Search, GreatestNumberWinsBetweenIdentities) {
  Ring ring(8);
  ring.Fill(20);
  hand::Bucket(ring.chip(), ShapeOf(SmallOptions(), ring.chip().geometry()), 21, kIdentity + 1)
      .PutHeader({});
  EXPECT_EQ(ring.Newest(), 21u);
  EXPECT_EQ(ring.Search().probe.identity, kIdentity + 1);
}

TEST(Search, ReserveNeverIsTheHead) {
  Ring ring(8);
  hand::HeaderFields reserve;
  reserve.flags = 1;
  ring.Fill(20).Put(21, reserve);
  EXPECT_EQ(ring.Newest(), 20u);
  EXPECT_TRUE(ring.Search().reserve);
}

TEST(Search, UnknownVersionIsToldNotGuessed) {
  Ring ring(8);
  hand::HeaderFields newer;
  newer.version = 2;
  ring.Put(8, newer).Put(9, newer);
  EXPECT_FALSE(ring.Search().any);
  EXPECT_TRUE(ring.Search().unknown_version);
}

TEST(Search, LastLapOfAllIsFound) {
  Ring ring(8);
  ring.Fill(std::uint64_t{kMaxLap} * 8 + 3);
  EXPECT_EQ(ring.Newest(), std::uint64_t{kMaxLap} * 8 + 3);
}

TEST(Search, LastingReadErrorsAreNoHeaders) {
  Ring ring(8);
  ring.Fill(20);
  flashsim::SimOptions options;
  options.read_error_every = 1;
  ring.chip().set_options(options);
  EXPECT_FALSE(ring.Search().any);
}

RC_GTEST_PROP(SearchProperty, AgreesWithTheScanUnderAnyTwoDamages, ()) {
  const auto count = *rc::gen::inRange<std::uint32_t>(4, 60);
  const auto head = *rc::gen::inRange<std::uint64_t>(count, 4 * count);
  const auto index = rc::gen::inRange<std::uint32_t>(0, count);
  Ring ring(count);
  ring.Fill(head).Damage(*index).Damage(*index);
  const Hint hint{*rc::gen::arbitrary<bool>(), {*index}};
  RC_ASSERT(ring.Search(hint).number == ring.Scan().number);
}

}  // namespace
}  // namespace norlog
