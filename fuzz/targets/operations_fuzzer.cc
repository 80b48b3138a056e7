// operations_fuzzer.cc - a byte string as the life of a log, with many cuts.
//
// Byte 0 picks a ring, byte 1 its age and the chip's faults (see Life::Life);
// then each event is an opcode (modulo kEvents) and up to two bytes. Every cut
// is a real reboot: the engine object and its RAM are gone, a new one mounts.
// Cuts within a recovery may follow each other directly. The oracle judges
// every mount and every read; a breach aborts with its report and the trace.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <ostream>
#include <string>

#include "flashsim/faults.h"
#include "flashsim/options.h"
#include "fuzz/rig.h"
#include "fuzz/targets/input.h"
#include "fuzz/targets/rings.h"
#include "fuzz/workload.h"

namespace norlog::fuzz {
namespace {

// An input's cost is bounded by these, not by its length.
constexpr int kMaxEvents = 32;
constexpr int kMaxCuts = 8;

constexpr std::uint8_t kEvents = 16;

// Byte 0 from here on: at the end a whole further lap is written and checked,
// which costs as much as many events.
constexpr std::uint8_t kFirstWithLap = 240;

class Life {
 public:
  Life(const Ring& ring, std::uint8_t style, std::ostream* trace)
      : age_(style % kRingAges), rig_(ring.setup, ring.ages.at(age_), trace) {
    flashsim::SimOptions sim;
    sim.first_look_cycles = (style >> 2) % 3;
    sim.hostile_scope = (style & 0x10) != 0;
    sim.torn_read_error_ppm = (style & 0x20) != 0 ? 500'000 : 0;
    sim.half_erased_read_error_ppm = sim.torn_read_error_ppm;
    rig_.chip().set_options(sim);
    rig_.set_looks_first((style & 0x40) != 0);
  }

  // "" if every guarantee held.
  std::string Run(Input input, bool ends_with_lap) {
    rig_.Mount();
    for (int i = 0; i < kMaxEvents && !input.empty() && rig_.healthy(); ++i) Happen(input);
    if (rig_.healthy()) Settle();
    if (rig_.healthy() && ends_with_lap) rig_.RunLap();
    return rig_.oracle().Report();
  }

 private:
  void Happen(Input& input) {
    const std::uint8_t event = input.U8() % kEvents;
    if (event == 14) {
      CutRecovery(input);
      return;
    }
    if (!rig_.powered() || !rig_.mounted()) Settle();
    if (!rig_.healthy()) return;
    switch (event) {
      case 12: PlanCut(input); break;
      case 13: Boot(input); break;
      case 15: rig_.chip().CutNow(); break;
      default: rig_.Do(MakeOp(event, input)); break;
    }
    if (!rig_.powered()) PowerFails();
  }

  Op MakeOp(std::uint8_t event, Input& input) {
    Op op;
    const std::uint8_t readers = rig_.setup().options.reader_count;
    switch (event) {
      case 5: op.verb = OpVerb::kCommit; return op;
      case 6: op.verb = OpVerb::kRead; break;
      case 7: op.verb = OpVerb::kCursor; break;
      case 8: op.verb = OpVerb::kMaintain; break;
      case 9: op.verb = OpVerb::kSeek; break;
      case 10: op.verb = OpVerb::kRewind; break;
      case 11: return MakeSwitch(input);
      default: return MakeAppend(input);
    }
    const std::uint8_t detail = input.U8();
    op.reader = detail % readers;
    op.count = detail / readers;
    if (op.verb == OpVerb::kSeek) op.count = op.count * 1000 / 255;
    if (op.verb == OpVerb::kMaintain) op.count = detail % 4;
    return op;
  }

  // Reader 0 stays enabled: through it the rig looks at the log.
  Op MakeSwitch(Input& input) {
    Op op;  // a commit, where there is only one reader
    const std::uint8_t detail = input.U8();
    const std::uint8_t others = static_cast<std::uint8_t>(rig_.setup().options.reader_count - 1);
    if (others == 0) return op;
    op.verb = detail % 2 == 0 ? OpVerb::kEnable : OpVerb::kDisable;
    op.reader = 1 + detail / 2 % others;
    return op;
  }

  // Most records follow the one before at the same distance.
  Op MakeAppend(Input& input) {
    Op op;
    op.verb = OpVerb::kAppend;
    op.size = input.U8() * rig_.log().MaxPayloadBytes() / 255;
    const std::uint8_t how = input.U8();
    if (how < 128) {
      time_ += 10;
    } else if (how < 254) {
      time_ += (std::int64_t{how} - 192) << (how % 40);
    }
    op.tag = how < 128 ? 1 : how & kMaxTag;
    op.time = how == 254 ? INT64_MIN : how == 255 ? INT64_MAX : time_;
    op.salt = ++salt_;
    return op;
  }

  void PlanCut(Input& input) {
    const std::uint8_t when = input.U8();
    const std::uint8_t how = input.U8();
    if (cuts_ >= kMaxCuts) return;
    flashsim::Tear tear;
    tear.program = flashsim::kProgramTears.at(how % flashsim::kProgramTears.size());
    tear.erase = flashsim::kEraseTears.at(when / 8 % flashsim::kEraseTears.size());
    tear.seed = how / flashsim::kProgramTears.size() + 1;
    rig_.chip().CutAt(when % 8, tear);
  }

  // The power fails if it has not yet, comes back, and fails in the recovery.
  void CutRecovery(Input& input) {
    if (rig_.powered()) PowerFails();
    rig_.PowerReturns();
    PlanCut(input);
    rig_.Recover();
    if (!rig_.powered()) PowerFails();
  }

  void PowerFails() {
    ++cuts_;
    rig_.PowerFails();
  }

  void Boot(Input& input) {
    const std::uint8_t hint = input.U8();
    rig_.Close();
    if (!rig_.powered() || !rig_.healthy()) return;
    rig_.Mount(Hint{hint != 0, BucketIndex{hint}});
  }

  // Undisturbed: what is planned does not happen now.
  void Settle() {
    if (!rig_.powered()) rig_.PowerReturns();
    rig_.chip().CancelCut();
    if (!rig_.mounted()) rig_.Recover();
  }

  const std::size_t age_;
  Rig rig_;
  int cuts_ = 0;
  std::uint64_t salt_ = std::uint64_t{1} << 40;  // never one of the ring's
  std::int64_t time_ = 0;
};

std::string RunLife(const std::uint8_t* data, std::size_t size, std::ostream* trace) {
  Input input(data, size);
  const std::uint8_t which = input.U8();
  const Ring& ring = GetRing(which % RingCount());
  const std::uint8_t style = input.U8();
  if (trace != nullptr) *trace << ring.setup.name << ", style " << int{style} << '\n';
  return Life(ring, style, trace).Run(input, which >= kFirstWithLap);
}

}  // namespace
}  // namespace norlog::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (norlog::fuzz::RunLife(data, size, nullptr).empty()) return 0;
  const std::string report = norlog::fuzz::RunLife(data, size, &std::cerr);
  std::cerr << "\nA guarantee broke:\n" << report << '\n';
  std::abort();
}
