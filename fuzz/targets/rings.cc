#include "fuzz/targets/rings.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "flashsim/faults.h"
#include "flashsim/profiles.h"
#include "flashsim/rng.h"
#include "fuzz/encoded.h"
#include "fuzz/workload.h"
#include "norlog/layout.h"

namespace norlog::fuzz {
namespace {

// One line a ring; sizes in bytes.
struct Row {
  std::uint32_t erase_unit;
  std::uint32_t units;
  std::uint32_t bucket;
  std::uint32_t block;
  std::uint32_t program_unit;
  ProgramRule rule;
  std::uint8_t readers;
  std::uint8_t erase_ahead;
  std::uint32_t commit_every;
  bool verify;
  std::uint32_t larger_erase;  // 0: none
  bool encoded = false;
};

constexpr auto kBits = ProgramRule::kBits;
constexpr auto kOnce = ProgramRule::kOnce;
constexpr auto kZero = ProgramRule::kOncePlusZero;
constexpr auto kOver = ProgramRule::kOverwrite;

// Each with overwrite (even numbers) and with keep-unread (odd ones).
constexpr Row kRows[] = {
    {256, 4, 256, 256, 1, kBits, 1, 1, 0, true, 0},
    {512, 5, 512, 256, 1, kBits, 2, 1, 0, true, 0},
    {512, 5, 512, 256, 8, kOnce, 1, 1, 0, true, 0},
    {512, 5, 512, 256, 8, kZero, 1, 1, 0, true, 0},
    {256, 5, 256, 256, 1, kOver, 1, 1, 2, true, 0},
    {1024, 4, 1024, 256, 1, kBits, 2, 1, 0, false, 0},
    {1024, 4, 1024, 512, 32, kOnce, 1, 1, 0, true, 0},
    {256, 12, 512, 256, 4, kBits, 3, 2, 1, true, 512},
    {64, 16, 256, 256, 4, kBits, 1, 1, 0, true, 256},
    {256, 16, 256, 256, 1, kBits, 4, 3, 0, true, 0},
    {512, 6, 512, 512, 16, kOnce, 8, 2, 5, false, 0},
    {1024, 5, 1024, 256, 8, kOnce, 2, 2, 0, true, 0},
    {512, 5, 512, 256, 1, kBits, 1, 1, 0, true, 0, true},
    {1024, 4, 1024, 512, 8, kOnce, 2, 1, 3, true, 0, true},
};

std::string NameOf(std::size_t index, const Row& row) {
  return "ring " + std::to_string(index) + ": " + std::to_string(row.units) + " x " +
         std::to_string(row.erase_unit) + " B, unit " + std::to_string(row.program_unit) +
         (index % 2 == 0 ? ", overwrite" : ", keep-unread");
}

WorkloadShape ShapeOf(const Setup& setup) {
  const Layout layout = MakeLayout(setup.options, setup.profile.geometry);
  WorkloadShape shape;
  shape.reader_count = setup.options.reader_count;
  shape.bucket_count = layout.bucket_count;
  shape.max_payload_bytes = MaxPayloadBytes(layout);
  shape.mean_payload_bytes = std::max(setup.options.block_bytes / 8, 1U);
  shape.changes_readers = true;
  shape.encoded = setup.options.encoded_tags > 0;
  return shape;
}

// A ring that does not even survive its making is of no use to a fuzzer.
void Require(const Rig& rig) {
  if (rig.healthy()) return;
  std::cerr << rig.setup().name << " fails without a fuzzer:\n" << rig.oracle().Report();
  std::abort();
}

void RunSession(Rig& rig, const Session& session) {
  rig.Run(session);
  Require(rig);
}

// Sessions until `laps` tenths of a lap are full. With `cuts` the power fails
// in each, and the recovery is left to the next.
Checkpoint Grow(const Setup& setup, std::uint64_t tenths, bool cuts) {
  Workload workload(ShapeOf(setup), setup.seed);
  Rig rig(setup, NewCheckpoint(setup));
  RunSession(rig, workload.Next());
  const std::uint64_t start = rig.oracle().head();
  const std::uint64_t goal = start + LimitsOf(setup).bucket_count * tenths / 10;
  flashsim::Rng rng(setup.seed);
  while (rig.oracle().head() < goal) {
    if (cuts) {
      const flashsim::Tear tear = flashsim::RandomTear(rng);
      rig.chip().CutAt(rng.Below(20), tear);
    }
    RunSession(rig, workload.Next());
    if (!rig.powered()) {
      rig.PowerFails();
      rig.PowerReturns();
      rig.Recover();
      rig.PowerFails();
      rig.PowerReturns();
      Require(rig);
    }
    rig.chip().CancelCut();
  }
  return rig.Save();
}

}  // namespace

std::size_t RingCount() {
  return 2 * std::size(kRows);
}

Setup RingSetup(std::size_t index) {
  const Row& row = kRows[index / 2];
  Setup setup;
  setup.name = NameOf(index, row);
  setup.profile = flashsim::Toy(row.erase_unit, row.units, row.program_unit, row.rule);
  setup.profile.geometry.larger_erase_bytes[0] = row.larger_erase;
  setup.profile.time.larger_erase_ns[0] = setup.profile.time.erase_ns;
  setup.options.bucket_bytes = row.bucket;
  setup.options.block_bytes = row.block;
  setup.options.commit_every = row.commit_every;
  setup.options.reader_count = row.readers;
  setup.options.erase_ahead = row.erase_ahead;
  setup.options.verify_programs = row.verify;
  if (row.encoded) SetEncoded(setup.options);
  setup.options.retention = index % 2 == 0 ? Retention::kOverwriteOldest : Retention::kKeepUnread;
  setup.seed = index + 1;
  return setup;
}

const Ring& GetRing(std::size_t index) {
  static std::vector<std::unique_ptr<const Ring>> rings(RingCount());
  std::unique_ptr<const Ring>& ring = rings.at(index);
  if (ring == nullptr) {
    const Setup setup = RingSetup(index);
    ring = std::unique_ptr<const Ring>(new Ring{setup,
                                                {Grow(setup, 0, false), Grow(setup, 5, false),
                                                 Grow(setup, 15, false), Grow(setup, 25, true)}});
  }
  return *ring;
}

}  // namespace norlog::fuzz
