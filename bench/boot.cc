// What a mount costs, and finding the newest bucket alone by each strategy: on
// rings of 2^8 to 2^23 buckets, full and gone round, with four readers.
//
// Worst and mean of many rings that differ in where the head stands, how full
// its bucket is, and where it was cut.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bench/prefilled_chip.h"
#include "bench/steady_ring.h"
#include "bench/suite.h"
#include "norlog/bucket.h"
#include "norlog/hints/bit_index.h"
#include "norlog/hints/rolling_index.h"
#include "norlog/search.h"

namespace norlog::bench {
namespace {

struct Shape {
  std::string name;
  std::uint32_t bucket_bytes = 4096;
  std::uint32_t block_bytes = 1024;
  std::uint32_t payload_bytes = 600;
};

const Shape kSectors4KiB{"4KiB", 4096, 1024, 600};
const Shape kSectors512B{"512B", 512, 512, 250};

flashsim::SimFlash BlankChip(std::uint32_t unit_bytes, std::uint32_t units) {
  Geometry g;
  g.erase_unit_bytes = unit_bytes;
  g.erase_unit_count = units;
  g.program_unit_bytes = 1;
  g.page_bytes = 256;
  return flashsim::SimFlash(g, flashsim::SpiNorTime(g), /*seed=*/1);
}

flashsim::SimFlash Blank(const Shape& shape, std::uint32_t buckets) {
  return BlankChip(shape.bucket_bytes, buckets);
}

// Sums and maxima of what mounts cost.
struct Costs {
  std::uint64_t count = 0;
  flashsim::Counters sum;
  flashsim::Counters worst;

  void Add(const flashsim::Counters& c) {
    ++count;
    const auto add = [&](auto member) {
      sum.*member += c.*member;
      worst.*member = std::max(worst.*member, c.*member);
    };
    add(&flashsim::Counters::reads);
    add(&flashsim::Counters::bytes_read);
    add(&flashsim::Counters::chip_time_ns);
  }
  double MeanReads() const { return static_cast<double>(sum.reads) / static_cast<double>(count); }
};

// A ring, and one object that boots from it again and again.
class Booter {
 public:
  Booter(const Shape& shape, const flashsim::SimFlash& blank, std::uint64_t seed,
         std::uint32_t retired_one_in)
      : rng_(seed), chip_(blank, MakeRing(shape, blank, retired_one_in)) {
    memory_.resize(RequiredMemory(ring_.options, chip_.geometry()));
  }

  flashsim::Counters Mount(const Hint& hint = {}) {
    log_.emplace(chip_, ring_.options, memory_);
    if (!chip_.chip().powered()) chip_.chip().PowerOn();
    const flashsim::Counters before = chip_.chip().counters();
    CheckOk(log_->Mount(hint));
    return chip_.chip().counters() - before;
  }

  // Finding the newest bucket alone.
  template <typename Find>
  flashsim::Counters CostOfFinding(Find find) {
    const Layout layout = MakeLayout(ring_.options, chip_.geometry());
    BucketIo io(chip_, layout, nullptr);
    const flashsim::Counters before = chip_.chip().counters();
    Found found;
    CheckOk(find(io, found));
    if (found.number != ring_.head) CheckOk(Status::kDamaged);
    return chip_.chip().counters() - before;
  }

  // Appends until the power fails at some operation of the next two buckets.
  void RunIntoCut() {
    const std::uint64_t a_bucket = 2 * MakeLayout(ring_.options, chip_.geometry()).block_count + 5;
    const flashsim::Tear tear = flashsim::RandomTear(rng_);
    chip_.chip().CutAt(rng_.Next() % (2 * a_bucket), tear);
    const bool maintain = rng_.Next() % 2 == 0;
    Status status = Status::kOk;
    for (std::uint64_t i = 0; status == Status::kOk; ++i) {
      status = AppendRandom(ring_.payload_bytes)(*log_, i);
      if (status == Status::kOk && maintain) status = log_->Maintain(1);
      if (status == Status::kNothingYet) status = Status::kOk;
    }
    if (status != Status::kNoPower) CheckOk(status);
  }

  const RingState& ring() const { return ring_; }
  BucketIndex head() const { return {static_cast<std::uint32_t>(ring_.head.value % buckets_)}; }

 private:
  RingState MakeRing(const Shape& shape, const flashsim::SimFlash& blank,
                     std::uint32_t retired_one_in) {
    ring_.options = BenchOptions(shape.bucket_bytes, 1);
    ring_.options.block_bytes = shape.block_bytes;
    ring_.options.reader_count = 4;
    ring_.payload_bytes = shape.payload_bytes;
    ring_.retired_one_in = retired_one_in;
    buckets_ = blank.geometry().erase_unit_count;
    const std::uint64_t lap = 2 + rng_.Next() % 30;
    ring_.head = {lap * buckets_ + rng_.Next() % buckets_};
    ring_.head_blocks =
        1 + static_cast<std::uint32_t>(rng_.Next() % (shape.bucket_bytes / shape.block_bytes));
    return ring_;
  }

  flashsim::Rng rng_;
  std::uint32_t buckets_ = 0;
  RingState ring_;
  PrefilledChip chip_;
  std::vector<std::uint8_t> memory_;
  std::optional<Log> log_;
};

std::optional<double> CleanGoal(const Shape& shape, int log2, bool retired) {
  if (shape.bucket_bytes == 4096 && log2 == 8) return retired ? 22 : 20;
  if (shape.bucket_bytes == 4096 && log2 == 12) return retired ? 27 : 24;
  if (shape.bucket_bytes == 4096 && log2 == 15) return retired ? 30 : 27;
  if (shape.bucket_bytes == 512 && log2 == 23) return retired ? 35 : 32;
  return std::nullopt;
}

void PutReads(Report& report, const std::string& name, const Costs& costs,
              const std::optional<double>& goal) {
  const auto reads = static_cast<double>(costs.worst.reads);
  const auto bytes = static_cast<double>(costs.worst.bytes_read);
  const double us = static_cast<double>(costs.worst.chip_time_ns) / 1000;
  if (goal.has_value()) {
    report.AtMost(name + "reads", reads, kReads, *goal);
    report.AtMost(name + "bytes", bytes, kBytes, 1536);
    report.AtMost(name + "chip_us", us, kChipUs, 300);
  } else {
    report.Add(name + "reads", reads, kReads);
    report.Add(name + "bytes", bytes, kBytes);
    report.Add(name + "chip_us", us, kChipUs);
  }
  report.Add(name + "reads_mean", costs.MeanReads(), kReads);
}

struct Scale {
  const Shape& shape;
  int log2;  // of the number of buckets
  std::uint32_t rings;
  std::string name() const { return absl::StrCat("boot/", shape.name, "/2^", log2, "/"); }
};

Costs Clean(const Scale& scale, const flashsim::SimFlash& blank, std::uint32_t retired_one_in) {
  Costs costs;
  for (std::uint32_t i = 0; i < scale.rings; ++i) {
    costs.Add(Booter(scale.shape, blank, i + 1, retired_one_in).Mount());
  }
  return costs;
}

void AfterCut(const Scale& scale, const flashsim::SimFlash& blank, const Costs& clean,
              Report& report) {
  Costs plain;
  Costs erasing;
  for (std::uint32_t i = 0; i < 2 * scale.rings; ++i) {
    Booter booter(scale.shape, blank, i + 1, /*retired_one_in=*/0);
    booter.Mount();
    booter.RunIntoCut();
    const flashsim::Counters cost = booter.Mount();
    (cost.erases == 0 ? plain : erasing).Add(cost);
  }
  const std::string name = scale.name() + "after_cut/";
  const std::uint64_t most = clean.worst.reads + 24;
  report.AtMost(name + "reads", static_cast<double>(plain.worst.reads), kReads,
                static_cast<double>(most));
  report.Add(name + "bytes", static_cast<double>(plain.worst.bytes_read), kBytes);
  report.AtMost(name + "chip_us", static_cast<double>(plain.worst.chip_time_ns) / 1000, kChipUs,
                3000);
  if (erasing.count == 0) return;
  report.AtMost(name + "erase_due/reads", static_cast<double>(erasing.worst.reads), kReads,
                static_cast<double>(most));
  report.Add(name + "erase_due/bytes", static_cast<double>(erasing.worst.bytes_read), kBytes);
}

// What it costs to ask an index, in units of its own beside the ring, and to find
// the head by its hint. The index has seen more than a lap, stride by stride.
template <typename Index>
flashsim::Counters ByIndex(Booter& booter, flashsim::SimFlash chip, std::uint32_t buckets,
                           std::uint32_t stride_log2) {
  const std::uint32_t stride = std::uint32_t{1} << stride_log2;
  Index index(chip, buckets, stride_log2);
  for (std::uint64_t at = 0; at < buckets; at += stride) {
    CheckOk(index.Note({static_cast<std::uint32_t>(at)}));
  }
  for (std::uint64_t at = 0; at <= booter.head().value; at += stride) {
    CheckOk(index.Note({static_cast<std::uint32_t>(at)}));
  }
  Hint hint;
  const flashsim::Counters before = chip.counters();
  CheckOk(Index(chip, buckets, stride_log2).Find(hint));
  const flashsim::Counters asked = chip.counters() - before;
  flashsim::Counters cost = booter.CostOfFinding(
      [&](BucketIo& io, Found& found) { return FindHead(io, hint, /*exhaustive=*/true, found); });
  cost.reads += asked.reads;
  cost.bytes_read += asked.bytes_read;
  cost.chip_time_ns += asked.chip_time_ns;
  return cost;
}

// The smallest strides with which each index fits into two units of 4 KiB (the
// bit index: two of up to 32 KiB).
constexpr std::uint32_t kIndexUnitBytes = 4096;
constexpr std::uint32_t kIndexRings = 20;  // each is written through a lap

std::uint32_t BitStride(int log2) {
  return static_cast<std::uint32_t>(std::max(0, log2 - 15));
}

std::uint32_t RollingStride(int log2) {
  return static_cast<std::uint32_t>(std::max(0, log2 - 9));
}

// Finding the newest bucket, the rest of a mount left out.
void Strategies(const Scale& scale, const flashsim::SimFlash& blank, Report& report) {
  Costs search;
  Costs hint;
  Costs bits;
  Costs rolling;
  const std::uint32_t buckets = std::uint32_t{1} << scale.log2;
  const std::uint32_t bit_units = BitIndex::Units(kIndexUnitBytes, buckets, BitStride(scale.log2));
  for (std::uint32_t i = 0; i < scale.rings; ++i) {
    Booter booter(scale.shape, blank, i + 1, /*retired_one_in=*/0);
    const auto with = [&](const Hint& given) {
      return booter.CostOfFinding([&](BucketIo& io, Found& found) {
        return FindHead(io, given, /*exhaustive=*/true, found);
      });
    };
    search.Add(with({}));
    hint.Add(with({true, booter.head()}));
    if (i >= kIndexRings) continue;
    bits.Add(ByIndex<BitIndex>(booter, BlankChip(kIndexUnitBytes, bit_units), buckets,
                               BitStride(scale.log2)));
    rolling.Add(ByIndex<RollingIndex>(booter, BlankChip(kIndexUnitBytes, 2), buckets,
                                      RollingStride(scale.log2)));
  }
  Costs linear;
  linear.Add(Booter(scale.shape, blank, 1, 0).CostOfFinding(FindHeadLinear));
  PutReads(report, scale.name() + "find/linear/", linear, std::nullopt);
  PutReads(report, scale.name() + "find/search/", search, std::nullopt);
  PutReads(report, scale.name() + "find/bit_index/", bits, std::nullopt);
  PutReads(report, scale.name() + "find/rolling_index/", rolling, std::nullopt);
  PutReads(report, scale.name() + "find/callers_hint/", hint, std::nullopt);
}

void RunScale(const Scale& scale, Report& report) {
  const flashsim::SimFlash blank = Blank(scale.shape, std::uint32_t{1} << scale.log2);
  const Costs clean = Clean(scale, blank, /*retired_one_in=*/0);
  PutReads(report, scale.name() + "clean/", clean, CleanGoal(scale.shape, scale.log2, false));
  const Costs retired = Clean(scale, blank, /*retired_one_in=*/100);
  PutReads(report, scale.name() + "retired/", retired, CleanGoal(scale.shape, scale.log2, true));
  AfterCut(scale, blank, clean, report);
  Strategies(scale, blank, report);
}

}  // namespace

void RunBoot(const SuiteOptions& options, Report& report) {
  for (const Shape* shape : {&kSectors4KiB, &kSectors512B}) {
    const int last = shape->bucket_bytes == 512 ? 23 : 22;  // 4 GiB; 16 GiB
    for (int log2 = 8; log2 <= last; ++log2) {
      if (options.quick && log2 != 8 && log2 != 12) continue;
      RunScale({*shape, log2, /*rings=*/100}, report);
    }
  }
}

}  // namespace norlog::bench
