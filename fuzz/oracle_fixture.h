// fuzz/oracle_fixture.h - a fake log for the tests of the oracle: it shows exactly
// what it was given, except for what a test plants.
#ifndef FUZZ_ORACLE_FIXTURE_H_
#define FUZZ_ORACLE_FIXTURE_H_

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "fuzz/oracle.h"

namespace norlog::fuzz {

inline constexpr std::uint64_t kNonce = 77;
inline constexpr std::uint32_t kCost = 20;

// 8 buckets of 2 blocks of 100 bytes: 10 records of kCost each, 5 buckets owed.
inline Limits SmallRing() {
  Limits limits;
  limits.bucket_count = 8;
  limits.erase_ahead = 1;
  limits.space = {2, 100, 100};
  return limits;
}

inline RecordFact MakeFact(std::uint64_t sequence) {
  return {sequence,
          3,
          static_cast<std::int64_t>(sequence) * 10,
          {static_cast<std::uint8_t>(sequence), 1, 2}};
}

inline Glimpse Show(std::uint64_t sequence) {
  Glimpse glimpse;
  glimpse.record = MakeFact(sequence);
  glimpse.time = glimpse.record.time;
  return glimpse;
}

inline Glimpse ShowGap(std::uint64_t first, std::uint64_t last, LossCause cause) {
  Glimpse glimpse;
  glimpse.is_gap = true;
  glimpse.first = first;
  glimpse.last = last;
  glimpse.cause = cause;
  return glimpse;
}

class OracleTest : public testing::Test {
 protected:
  explicit OracleTest(const Limits& limits = SmallRing()) : oracle_(limits) {
    oracle_.FormatBegun(kNonce, 2);
    oracle_.Formatted();
  }

  // `first` to `last` accepted and durable, ten records a bucket.
  void Write(std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t s = first; s <= last; ++s) {
      oracle_.Accepted(MakeFact(s), kCost);
      oracle_.Durable(s, (s - 1) / 10);
    }
  }

  // What an honest log of the records first..last shows.
  Sighting See(std::uint64_t first, std::uint64_t last) {
    Sighting sighting;
    sighting.identity = kNonce;
    sighting.last = last;
    sighting.head = last == 0 ? 0 : (last - 1) / 10;
    if (first > 1) sighting.scan.push_back(ShowGap(1, first - 1, LossCause::kEvicted));
    for (std::uint64_t s = first; s <= last; ++s) sighting.scan.push_back(Show(s));
    for (std::size_t i = 0; i < 2; ++i) sighting.readers.at(i) = {true, oracle_.cursor(int(i))};
    return sighting;
  }

  void ReadTo(int reader, std::uint64_t last) {
    oracle_.ReaderOpened(reader);
    for (std::uint64_t s = oracle_.position(reader); s <= last; ++s) {
      oracle_.ReaderSaw(reader, Show(s));
    }
  }

  void CommitCursor(int reader, std::uint64_t cursor) {
    ReadTo(reader, cursor);
    oracle_.CursorBegun(reader);
    oracle_.CursorDone(reader, cursor);
  }

  // The guarantees broken, each once, as "G1 G4".
  std::string Broken() const {
    std::string names;
    for (const Breach& breach : oracle_.breaches()) {
      const std::string name = "G" + std::to_string(static_cast<int>(breach.guarantee));
      if (names.find(name) == std::string::npos) names += (names.empty() ? "" : " ") + name;
    }
    return names;
  }

  Oracle oracle_;
};

class KeepUnreadOracleTest : public OracleTest {
 protected:
  static Limits KeepUnread() {
    Limits limits = SmallRing();
    limits.keep_unread = true;
    return limits;
  }
  KeepUnreadOracleTest() : OracleTest(KeepUnread()) {}
};

class DamagedOracleTest : public OracleTest {
 protected:
  static Limits Damaged() {
    Limits limits = SmallRing();
    limits.damage_expected = true;
    return limits;
  }
  DamagedOracleTest() : OracleTest(Damaged()) {}
};

}  // namespace norlog::fuzz

#endif  // FUZZ_ORACLE_FIXTURE_H_
