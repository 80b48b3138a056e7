#include "fuzz/life.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <utility>

namespace norlog::fuzz {
namespace {

// More sessions than any workload needs for its laps: the log does not move on.
constexpr std::size_t kMaxSessions = 5000;

// No lap comes behind it: its buckets are filled, and then appends are refused.
constexpr std::uint64_t kLastLap = 0xfffffffe;
constexpr std::size_t kSessionsWhenExhausted = 40;

// One session, its operations written down.
void RunSession(const Setup& setup, Life& life, Checkpoint& state) {
  Rig rig(setup, state);
  const std::size_t session = life.sessions.size() - 1;
  rig.chip().set_observer([&](const flashsim::OpEvent& event) {
    const auto lap = static_cast<std::uint32_t>(rig.oracle().head() / LimitsOf(setup).bucket_count);
    life.operations.push_back({session, lap, event.kind, event.address, event.size});
  });
  rig.Run(life.sessions.back());
  rig.chip().set_observer(nullptr);
  life.report = rig.oracle().Report();
  state = rig.Save();
}

const char* PartOf(const Layout& layout, std::uint64_t offset) {
  if (offset < layout.open_offset) return "clean mark";
  if (offset < layout.void_offset) return "open note";
  if (offset < layout.header_offset) return "void note";
  if (offset < layout.data_offset) return "header";
  for (std::uint32_t block = 0; block < layout.block_count; ++block) {
    if (offset == layout.BlockBegin(block)) return "touch";
  }
  return "frame or mark";
}

}  // namespace

// A fresh log's first bucket belongs to lap 1.
Life RecordLife(const Setup& setup, const WorkloadShape& shape, std::uint32_t laps) {
  Workload workload(shape, setup.seed);
  Checkpoint state = NewCheckpoint(setup);
  const std::uint64_t buckets = LimitsOf(setup).bucket_count;
  const std::uint64_t first = std::max<std::uint64_t>(setup.first_lap, 1);
  // Of laps, or of record numbers.
  const bool ends = first + laps > kLastLap || setup.first_record > kMaxSequence.value / 4 * 3;
  Life life;
  while ((ends || state.oracle.head() < (first + laps) * buckets) && life.report.empty()) {
    life.sessions.push_back(workload.Next());
    if (setup.first_lap != 0) life.sessions.back().start = SessionStart::kMount;
    life.checkpoints.push_back(state);
    life.first.push_back(life.operations.size());
    RunSession(setup, life, state);
    if (ends && life.sessions.size() >= kSessionsWhenExhausted) break;
    if (life.sessions.size() > kMaxSessions) life.report = "G8: the workload does not get on\n";
  }
  return life;
}

std::string Describe(const Setup& setup, const LifeOperation& operation) {
  const Layout layout = MakeLayout(setup.options, setup.profile.geometry);
  const std::uint64_t bucket = operation.address / layout.bucket_bytes;
  const bool is_program = operation.kind == flashsim::OpKind::kProgram;
  const char* part = is_program ? PartOf(layout, operation.address % layout.bucket_bytes) : "erase";
  char text[96];
  std::snprintf(text, sizeof(text), "%s %" PRIu32 " B at 0x%04" PRIx64 ", bucket %" PRIu64 ": %s",
                flashsim::Name(operation.kind), operation.size, operation.address, bucket, part);
  return text;
}

}  // namespace norlog::fuzz
