// Queries against a filter over a full read, on logs whose clocks did anything,
// through boots, cuts and a turning ring; what they cost; LatestOf; SetClock.
#include "norlog/query.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "flashsim/rng.h"
#include "flashsim/sim_flash.h"
#include "norlog/log.h"

namespace norlog {
namespace {

struct Seen {
  std::uint64_t sequence = 0;
  int tag = 0;
  std::int64_t time = 0;
  std::int64_t raw_time = 0;
  std::size_t bytes = 0;
  friend bool operator==(const Seen&, const Seen&) = default;
};

void PrintTo(const Seen& seen, std::ostream* out) {
  *out << '#' << seen.sequence << " tag " << seen.tag << " time " << seen.time << " raw "
       << seen.raw_time;
}

Seen SeenOf(const Record& record) {
  return {record.sequence.value, record.tag, record.time, record.raw_time, record.payload.size()};
}

// How a device's clock behaves.
enum class Clock : std::uint8_t { kSteady, kEqual, kJitter, kTicks, kWild };

class Node {
 public:
  Node(const flashsim::Profile& profile, const Options& options, std::uint64_t seed)
      : options_(options),
        chip_(profile, seed),
        rng_(seed),
        block_(options.block_bytes + kItems * kByTimeBytes) {
    memory_.resize(RequiredMemory(options_, chip_.geometry()));
    log_.emplace(chip_, options_, memory_);
    EXPECT_EQ(log_->Format(seed + 1), Status::kOk);
  }

  Log& log() { return *log_; }
  flashsim::SimFlash& chip() { return chip_; }
  flashsim::Rng& rng() { return rng_; }

  void Boot() {
    Status status = Status::kNoPower;
    while (status == Status::kNoPower) {  // a cut that was planned may come in the mount
      if (!chip_.powered()) chip_.PowerOn();
      log_.emplace(chip_, options_, memory_);
      status = log_->Mount();
    }
    ASSERT_EQ(status, Status::kOk);
    boot_begin_ = Next();
    ticks_ = 0;
  }
  std::uint64_t Next() {
    Stats stats;
    EXPECT_EQ(log_->GetStats(stats), Status::kOk);
    return stats.last_accepted.value + 1;
  }

  Status Append(int tag, std::int64_t time, std::size_t bytes = 8) {
    const std::vector<std::uint8_t> payload(bytes, static_cast<std::uint8_t>(time));
    return log_->Append(static_cast<std::uint8_t>(tag), time, payload).status;
  }

  std::int64_t Tick(Clock clock) {
    switch (clock) {
      case Clock::kSteady: return now_ += 1 + static_cast<std::int64_t>(rng_.Next() % 3);
      case Clock::kEqual: return now_;
      case Clock::kJitter: return ++now_ + static_cast<std::int64_t>(rng_.Next() % 5);
      case Clock::kTicks: return ++ticks_;
      case Clock::kWild: break;
    }
    switch (rng_.Next() % 6) {
      case 0: return INT64_MAX - static_cast<std::int64_t>(rng_.Next() % 3);
      case 1: return INT64_MIN + static_cast<std::int64_t>(rng_.Next() % 3);
      case 2: return static_cast<std::int64_t>(rng_.Next());
      default: return now_ = static_cast<std::int64_t>(rng_.Next() % 2000);
    }
  }

  // A session of some records, then a close, a cut within an operation, or nothing.
  void RunSession(Clock clock, int records, int tags) {
    if (rng_.Next() % 3 == 0) {
      chip_.CutAt(rng_.Next() % 60, {flashsim::ProgramTear::kRandomBits25,
                                     flashsim::EraseTear::kRandomBits50, rng_.Next()});
    }
    for (int i = 0; i < records && chip_.powered(); ++i) {
      // The rarest tags are the highest.
      const auto roll = static_cast<int>(rng_.Next() % 64);
      int tag = 0;
      while (tag + 1 < tags && (roll >> tag) % 2 == 0) ++tag;
      if (Append(tag, Tick(clock), rng_.Next() % 24) == Status::kOk && rng_.Next() % 3 == 0) {
        static_cast<void>(log_->Commit());
      }
      if (rng_.Next() % 20 == 0) static_cast<void>(log_->Maintain(1));
      if (rng_.Next() % 40 == 0 && Powered() && Next() > boot_begin_) {
        static_cast<void>(log_->SetClock({boot_begin_ + rng_.Next() % (Next() - boot_begin_)},
                                         static_cast<std::int64_t>(rng_.Next() % 1000) - 300));
      }
    }
    if (chip_.powered() && rng_.Next() % 2 == 0) static_cast<void>(log_->Close());
    if (rng_.Next() % 2 == 0) chip_.CutNow();
    Boot();
  }
  bool Powered() const { return chip_.powered(); }

  void FlipAHeader() {
    const std::uint64_t bucket =
        rng_.Next() % (chip_.geometry().size_bytes() / options_.bucket_bytes);
    chip_.FlipBits(bucket * options_.bucket_bytes + 20 + rng_.Next() % 100, 4);
    Boot();
  }

  std::vector<Seen> ReadAll() {
    std::vector<Seen> all;
    Reader reader(*log_, 0);
    EXPECT_EQ(reader.Rewind(), Status::kOk);
    Record record;
    for (;;) {
      const Status status = reader.Next(record);
      if (status == Status::kNothingYet) return all;
      if (status == Status::kGap) continue;
      EXPECT_EQ(status, Status::kOk);
      if (status != Status::kOk) return all;
      all.push_back(SeenOf(record));
    }
  }

  std::vector<Seen> Ask(const QuerySpec& spec, int* gaps = nullptr) {
    std::vector<Seen> found;
    Query query(*log_, spec, block_);
    Record record;
    for (;;) {
      const Status status = query.Next(record);
      if (status == Status::kNothingYet) return found;
      if (status == Status::kGap) {
        if (gaps != nullptr) ++*gaps;
        continue;
      }
      EXPECT_EQ(status, Status::kOk);
      if (status != Status::kOk) return found;
      found.push_back(SeenOf(record));
    }
  }

  std::vector<std::uint8_t>& block() { return block_; }

 private:
  static constexpr std::size_t kItems = 7;  // fewer than most answers have

  const Options options_;
  flashsim::SimFlash chip_;
  flashsim::Rng rng_;
  std::vector<std::uint8_t> memory_;
  std::vector<std::uint8_t> block_;
  std::optional<Log> log_;
  std::int64_t now_ = 1000;
  std::int64_t ticks_ = 0;
  std::uint64_t boot_begin_ = 1;
};

std::vector<Seen> Filtered(const std::vector<Seen>& all, const QuerySpec& spec) {
  std::vector<Seen> wanted;
  for (const Seen& seen : all) {
    const std::int64_t time = spec.raw_times ? seen.raw_time : seen.time;
    if (time < spec.from_time || time > spec.to_time) continue;
    if (!spec.tags.Has(static_cast<std::uint8_t>(seen.tag))) continue;
    Seen as_asked = seen;
    as_asked.time = time;
    wanted.push_back(as_asked);
  }
  if (spec.order == QueryOrder::kBackwards) std::reverse(wanted.begin(), wanted.end());
  if (spec.order == QueryOrder::kByTime) {
    std::stable_sort(wanted.begin(), wanted.end(),
                     [](const Seen& a, const Seen& b) { return a.time < b.time; });
  }
  return wanted;
}

QuerySpec RandomSpec(flashsim::Rng& rng, const std::vector<Seen>& all) {
  QuerySpec spec;
  const auto some_time = [&] {
    if (all.empty() || rng.Next() % 8 == 0) return static_cast<std::int64_t>(rng.Next() % 3000);
    return all[rng.Next() % all.size()].time;
  };
  if (rng.Next() % 4 != 0) spec.from_time = some_time();
  if (rng.Next() % 4 != 0) spec.to_time = some_time();
  if (spec.from_time > spec.to_time && rng.Next() % 4 != 0) {
    std::swap(spec.from_time, spec.to_time);
  }
  if (rng.Next() % 2 == 0) {
    spec.tags = {};
    for (int i = rng.Next() % 2 == 0 ? 1 : 2; i > 0; --i) {
      spec.tags.Add(static_cast<std::uint8_t>(rng.Next() % 12));
    }
  }
  spec.raw_times = rng.Next() % 4 == 0;
  const QueryOrder orders[] = {QueryOrder::kBySequence, QueryOrder::kBackwards,
                               QueryOrder::kByTime};
  spec.order = orders[rng.Next() % 3];
  return spec;
}

std::string Describe(const QuerySpec& spec) {
  return std::to_string(spec.from_time) + ".." + std::to_string(spec.to_time) +
         (spec.tags.IsAll() ? "" : " tags " + std::to_string(spec.tags.Classes())) +
         (spec.raw_times ? " raw" : "") +
         (spec.order == QueryOrder::kBackwards ? " backwards" : "") +
         (spec.order == QueryOrder::kByTime ? " by time" : "");
}

Options Small(std::uint32_t block_bytes) {
  Options options;
  options.bucket_bytes = 1024;
  options.block_bytes = block_bytes;
  return options;
}

void ExpectLatest(Node& node, const std::vector<Seen>& all) {
  std::map<int, Seen> latest;
  for (const Seen& seen : all) latest[seen.tag] = seen;
  for (int tag = 0; tag < 12; ++tag) {
    Record record;
    const Status status =
        LatestOf(node.log(), static_cast<std::uint8_t>(tag), node.block(), record);
    const auto at = latest.find(tag);
    if (at == latest.end()) {
      EXPECT_EQ(status, Status::kNotRetained) << tag;
    } else {
      ASSERT_EQ(status, Status::kOk) << tag;
      EXPECT_EQ(SeenOf(record), at->second);
    }
  }
}

void ExpectSame(const std::vector<Seen>& found, const std::vector<Seen>& wanted) {
  EXPECT_EQ(found.size(), wanted.size());
  for (std::size_t i = 0; i < std::max(found.size(), wanted.size()); ++i) {
    if (i < found.size() && i < wanted.size() && found[i] == wanted[i]) continue;
    ADD_FAILURE() << "at " << i << ": "
                  << (i < found.size() ? testing::PrintToString(found[i]) : "nothing")
                  << " instead of "
                  << (i < wanted.size() ? testing::PrintToString(wanted[i]) : "nothing");
    return;
  }
}

class QueryEquals : public testing::TestWithParam<int> {
 protected:
  // Sessions of a log, some of them with a bit of some header flipped at their end.
  void Run(std::uint64_t seed, bool headers_flip) {
    const std::uint32_t blocks[] = {256, 512, 1024};
    Node node(flashsim::Toy(1024, seed % 2 == 0 ? 12 : 40), Small(blocks[seed % 3]), seed);
    const auto clock = static_cast<Clock>(GetParam());
    for (int session = 0; session < 14; ++session) {
      const bool other = node.rng().Next() % 5 == 0;
      node.RunSession(other ? static_cast<Clock>(node.rng().Next() % 5) : clock,
                      static_cast<int>(node.rng().Next() % 90), 1 + static_cast<int>(seed % 11));
      if (headers_flip && session % 3 == 2) node.FlipAHeader();
      const std::vector<Seen> all = node.ReadAll();
      for (int i = 0; i < 8; ++i) {
        const QuerySpec spec = RandomSpec(node.rng(), all);
        ExpectSame(node.Ask(spec), Filtered(all, spec));
        if (HasFailure()) {
          FAIL() << "seed " << seed << " session " << session << ": " << Describe(spec);
        }
      }
      ExpectLatest(node, all);
    }
  }
};

TEST_P(QueryEquals, AFilterOverAFullRead) {
  for (std::uint64_t seed = 1; seed <= 12 && !HasFailure(); ++seed) Run(seed, false);
}

TEST_P(QueryEquals, AFilterWhereHeadersAreDamaged) {
  for (std::uint64_t seed = 1; seed <= 12 && !HasFailure(); ++seed) Run(seed, true);
}

INSTANTIATE_TEST_SUITE_P(Clocks, QueryEquals, testing::Values(0, 1, 2, 3, 4));

// --- SetClock ------------------------------------------------------------------

TEST(SetClock, CorrectsFromItsEpochUpToItself) {
  Node node(flashsim::Toy(1024, 12), Small(256), 1);
  for (int i = 1; i <= 5; ++i) ASSERT_EQ(node.Append(1, i), Status::kOk);
  EXPECT_EQ(node.log().SetClock({7}, 100).status, Status::kBeyondEnd);
  ASSERT_EQ(node.log().SetClock({3}, 1000).status, Status::kOk);
  ASSERT_EQ(node.Append(1, 2000), Status::kOk);
  ASSERT_EQ(node.log().Commit().status, Status::kOk);
  const std::vector<Seen> all = node.ReadAll();
  ASSERT_EQ(all.size(), 7u);
  const std::int64_t times[] = {1, 2, 1003, 1004, 1005, 1005, 2000};
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i].time, times[i]) << i;
  EXPECT_EQ(all[4].raw_time, 5);
  EXPECT_EQ(all[5].tag, kClockTag);
}

TEST(SetClock, OutlivesWhatItCorrects) {
  Node node(flashsim::Toy(1024, 12), Small(256), 1);
  for (int i = 1; i <= 100; ++i) ASSERT_EQ(node.Append(1, i), Status::kOk);
  ASSERT_EQ(node.log().SetClock({50}, 10'000).status, Status::kOk);
  ASSERT_EQ(node.log().Commit().status, Status::kOk);
  for (int i = 0; i < 900; ++i) {
    ASSERT_EQ(node.Append(1, 20'000 + i), Status::kOk);
    ASSERT_EQ(node.log().Commit().status, Status::kOk);
    const std::vector<Seen> all = i % 50 == 0 ? node.ReadAll() : std::vector<Seen>();
    for (const Seen& seen : all) {
      const bool corrected = seen.sequence >= 50 && seen.sequence <= 101;
      EXPECT_EQ(seen.time - seen.raw_time, corrected ? 10'000 : 0) << seen.sequence;
    }
  }
}

TEST(SetClock, ALaterOneLeavesWhatStandsBeforeTheOneBefore) {
  Node node(flashsim::Toy(1024, 12), Small(256), 1);
  for (int i = 1; i <= 3; ++i) ASSERT_EQ(node.Append(1, i), Status::kOk);
  ASSERT_EQ(node.log().SetClock({1}, 100).status, Status::kOk);  // record 4
  ASSERT_EQ(node.Append(1, 5), Status::kOk);
  ASSERT_EQ(node.log().SetClock({2}, 1000).status, Status::kOk);  // record 6
  ASSERT_EQ(node.log().Commit().status, Status::kOk);
  const std::vector<Seen> all = node.ReadAll();
  const std::int64_t times[] = {101, 102, 103, 103, 1005, 1005};
  ASSERT_EQ(all.size(), 6u);
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i].time, times[i]) << i;
}

// --- Readers with a filter -------------------------------------------------------

TEST(ReaderFilter, DownloadsWhatItTakesAndGoesOnAfterABoot) {
  Node node(flashsim::Toy(1024, 12), Small(256), 1);
  for (int i = 1; i <= 60; ++i) ASSERT_EQ(node.Append(i % 5, i), Status::kOk);
  ASSERT_EQ(node.log().Commit().status, Status::kOk);
  const Filter filter{{3}, 20};
  std::vector<std::int64_t> times;
  for (int boot = 0; boot < 3; ++boot) {
    Reader reader(node.log(), 0);
    reader.SetFilter(filter);
    Record record;
    for (int i = 0; i < 3 && reader.Next(record) == Status::kOk; ++i) {
      EXPECT_EQ(record.tag, 3);
      times.push_back(record.time);
    }
    ASSERT_EQ(reader.Commit(), Status::kOk);
    ASSERT_EQ(node.log().Close(), Status::kOk);
    node.Boot();
  }
  EXPECT_EQ(times, (std::vector<std::int64_t>{23, 28, 33, 38, 43, 48, 53, 58}));
}

// --- The ring turns under a query ---------------------------------------------------

// Records of tag 1, each committed, a unit of time apart.
void Fill(Node& node, int records, std::int64_t& time) {
  for (int i = 0; i < records; ++i) {
    ASSERT_EQ(node.Append(1, ++time), Status::kOk);
    ASSERT_EQ(node.log().Commit().status, Status::kOk);
  }
}

TEST(Query, TellsWhatWasEvictedUnderIt) {
  for (const QueryOrder order : {QueryOrder::kBySequence, QueryOrder::kBackwards}) {
    Node node(flashsim::Toy(1024, 6), Small(256), 1);
    std::int64_t time = 0;
    Fill(node, 300, time);
    QuerySpec spec;
    spec.order = order;
    Query query(node.log(), spec, node.block());
    Record record;
    for (int i = 0; i < 5; ++i) ASSERT_EQ(query.Next(record), Status::kOk);
    const std::uint64_t last = record.sequence.value;
    Fill(node, 600, time);
    Status status = Status::kOk;
    while (status == Status::kOk) status = query.Next(record);
    ASSERT_EQ(status, Status::kGap);
    EXPECT_EQ(query.gap().cause, GapCause::kEvicted);
    if (order == QueryOrder::kBySequence) {
      EXPECT_EQ(query.gap().first.value, last + 1);
      ASSERT_EQ(query.Next(record), Status::kOk);
      EXPECT_EQ(record.sequence, query.gap().last + 1);
    } else {
      EXPECT_LT(query.gap().last.value, last);
      EXPECT_EQ(query.Next(record), Status::kNothingYet);
    }
  }
}

TEST(Query, ByTimeTellsWhatWasEvictedUnderIt) {
  Node node(flashsim::Toy(1024, 6), Small(256), 1);
  std::int64_t time = 0;
  Fill(node, 300, time);
  Query query(node.log(), {.order = QueryOrder::kByTime}, node.block());
  Record record;
  ASSERT_EQ(query.Next(record), Status::kOk);
  const std::uint64_t first = record.sequence.value;
  Fill(node, 600, time);
  // Six more were collected; then the next pass finds what is left.
  for (std::uint64_t i = 1; i < 7; ++i) {
    ASSERT_EQ(query.Next(record), Status::kGap);
    EXPECT_EQ(query.gap().cause, GapCause::kEvicted);
    EXPECT_EQ(query.gap().first.value, first + i);
    EXPECT_EQ(query.gap().last.value, first + i);
  }
  std::int64_t before = 0;
  int found = 0;
  while (query.Next(record) == Status::kOk) {
    EXPECT_GT(record.time, before);
    before = record.time;
    ++found;
  }
  EXPECT_EQ(before, time);
  EXPECT_GT(found, 50);
}

TEST(Query, ByTimeNeedsMemoryForARecord) {
  Node node(flashsim::Toy(1024, 6), Small(256), 1);
  ASSERT_EQ(node.Append(1, 5), Status::kOk);
  ASSERT_EQ(node.log().Commit().status, Status::kOk);
  std::vector<std::uint8_t> buffer(256 + kByTimeBytes);
  Record record;
  const std::span<std::uint8_t> all(buffer);
  Query less(node.log(), {.order = QueryOrder::kByTime}, all.first(256 + kByTimeBytes - 1));
  EXPECT_EQ(less.Next(record), Status::kBadMemory);
  Query enough(node.log(), {.order = QueryOrder::kByTime}, all);
  EXPECT_EQ(enough.Next(record), Status::kOk);
  EXPECT_EQ(enough.Next(record), Status::kNothingYet);
}

TEST(Query, GoesOnWithWhatIsCommittedLater) {
  Node node(flashsim::Toy(1024, 12), Small(256), 1);
  Query query(node.log(), {.from_time = 5, .tags = {2}}, node.block());
  Record record;
  for (std::int64_t time = 0; time < 40; ++time) {
    EXPECT_EQ(query.Next(record), Status::kNothingYet);
    ASSERT_EQ(node.Append(2, time), Status::kOk);
    ASSERT_EQ(node.log().Commit().status, Status::kOk);
    if (time < 5) continue;
    ASSERT_EQ(query.Next(record), Status::kOk);
    EXPECT_EQ(record.time, time);
  }
}

// --- What it costs --------------------------------------------------------------

struct Cost {
  std::uint64_t reads = 0;
  std::uint64_t bytes = 0;
};

template <typename Call>
Cost CostOf(Node& node, const Call& call) {
  const flashsim::Counters before = node.chip().counters();
  call();
  const flashsim::Counters cost = node.chip().counters() - before;
  return {cost.reads, cost.bytes_read};
}

TEST(QueryCost, AHundredRecordsInTheMiddleOfAMebibyte) {
  Options options;
  options.commit_every = 16;
  Node node(flashsim::W25Q(1), options, 1);
  for (std::int64_t i = 0; i < 60'000; ++i) ASSERT_EQ(node.Append(1, 10 * i, 16), Status::kOk);
  for (const QueryOrder order : {QueryOrder::kBySequence, QueryOrder::kBackwards}) {
    for (const std::int64_t middle : {35'000, 41'234, 45'999}) {
      std::size_t found = 0;
      QuerySpec spec;
      spec.from_time = 10 * middle;
      spec.to_time = 10 * (middle + 99);
      spec.order = order;
      const Cost cost = CostOf(node, [&] { found = node.Ask(spec).size(); });
      EXPECT_EQ(found, 100u);
      EXPECT_LE(cost.reads, 60u);
      // Backwards it reads its first and its last bucket whole.
      EXPECT_LE(cost.bytes, (order == QueryOrder::kBySequence ? 6u : 16u) * 1024);
    }
  }
}

TEST(QueryCost, LatestOfATag) {
  Options options;
  options.commit_every = 1;
  Node node(flashsim::W25Q(1), options, 1);
  for (int tag = 0; tag < 8; ++tag) {
    ASSERT_EQ(node.Append(tag, tag), Status::kOk);
    const int records = tag == 7 ? 0 : 3000;
    for (int i = 0; i < records; ++i) ASSERT_EQ(node.Append(7, i, 16), Status::kOk);
  }
  ASSERT_EQ(node.log().Close(), Status::kOk);
  node.Boot();
  for (int tag = 0; tag < 8; ++tag) {
    Record record;
    const Cost cost = CostOf(node, [&] {
      ASSERT_EQ(LatestOf(node.log(), static_cast<std::uint8_t>(tag), node.block(), record),
                Status::kOk);
    });
    EXPECT_EQ(record.time, tag);
    EXPECT_LE(cost.reads, 2u * 8 + 8) << tag;
  }
}

}  // namespace
}  // namespace norlog
