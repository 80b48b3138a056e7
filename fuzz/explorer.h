// fuzz/explorer.h - every cut of a session, every cut of the recoveries.
//
// A session of a life is run once; at each operation that changes the chip the
// chip is forked as it is before it, and the oracle as it would be if the power
// failed now. A cut is then the torn operation on a fork: the engine's state is
// lost in it anyway, so nothing is replayed. The same goes for recoveries, and
// the recoveries of these.
//
// A *cycle* is: the torn operation, a read-only look, the recovery, a look, one
// more mount that must program nothing and show the same (behind unstable cells
// as many as there were cuts and one), a durable append. States that were met
// before in this job (same image with its marginal bits, same oracle state) are
// counted as memoised and left out. What goes on for a whole further lap: the
// first cycle of each cut point for each different recovery (sequence of chip
// operations), and one in `lap_one_in` of the others.
#ifndef FUZZ_EXPLORER_H_
#define FUZZ_EXPLORER_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <unordered_set>
#include <vector>

#include "fuzz/cut_case.h"
#include "fuzz/job_result.h"
#include "fuzz/rig.h"
#include "fuzz/target.h"

namespace norlog::fuzz {

// Of the cuts of one depth (the first: of the session) one in `one_in` is
// tried, those whose hash leaves the remainder `which`.
struct Sampling {
  std::uint32_t one_in = 1;
  std::uint32_t which = 0;
};

// first, first + 1, ..., `count` of them.
std::vector<std::size_t> StylesFrom(std::size_t first, std::size_t count);

struct ExplorePlan {
  std::vector<Sampling> depths = {Sampling{}};                  // as many cuts in a row
  std::vector<std::size_t> styles = StylesFrom(0, kCutStyles);  // of Target::styles
  std::uint32_t lap_one_in = 16;
  std::uint32_t remounts = 0;  // see Rig::set_remounts
};

class Explorer {
 public:
  // Adds to `result`. All must outlive the explorer.
  Explorer(const Target& target, const ExplorePlan& plan, JobResult& result)
      : target_(target), plan_(plan), result_(result) {}

  // Cuts session `session` everywhere.
  void Session(std::size_t session);

  // G8: one cut of the session (one in `one_in` of them), then the same one of
  // its recovery `times` times: all together evict at most one bucket.
  void Repeat(std::size_t session, std::uint32_t times, const Sampling& sampling);

 private:
  // An operation about to be carried out.
  struct Fork {
    Checkpoint state;  // as if the power failed before the operation
    flashsim::OpKind kind = flashsim::OpKind::kNone;
    std::uint64_t address = 0;
    std::uint32_t size = 0;
    std::vector<std::uint8_t> data;
    std::uint64_t image = 0;   // hash of the chip
    std::uint64_t oracle = 0;  // and of the oracle
    bool covered = false;      // an earlier cut has left what no hash shows
  };

  std::vector<Fork> ForksOfSession(std::size_t session);
  std::vector<Fork> ForksOfRecovery(const Checkpoint& start, const CutStyle& reads_as);
  void Watch(Rig& rig, std::vector<Fork>& forks, bool covered);
  void Descend(const Checkpoint& start, std::size_t depth);
  void CutAll(const std::vector<Fork>& forks, std::size_t depth, const CutStyle* reads_as);
  void CutOnce(const Fork& fork, std::size_t depth);
  flashsim::SimFlash TornChip(const Fork& fork) const;
  static Checkpoint Behind(const Fork& fork, flashsim::SimFlash torn);
  std::uint64_t KeyOf(const Fork& fork, const flashsim::SimFlash& torn) const;
  void Cycle(const Fork& fork, Checkpoint torn, std::size_t point);
  void Conclude(const Checkpoint& before, const Rig& rig);
  void MaybeLap(Rig& rig, std::uint64_t recovery);
  void Judge(const Rig& rig);
  std::string CaseId() const;
  void RepeatFrom(const Checkpoint& start, std::uint32_t times);
  static void CheckEviction(const Oracle& before, Rig& rig);
  bool RunAgain(Rig& rig, const Cut& again, std::uint32_t times);
  bool Kept(const Sampling& sampling) const;
  bool enough() const { return result_.failure_count() >= kMaxFailures; }

  static constexpr std::uint64_t kMaxFailures = 200;

  const Target& target_;
  const ExplorePlan& plan_;
  JobResult& result_;
  CutCase case_;
  std::unordered_set<std::uint64_t> seen_;        // only asked, never walked through
  std::unordered_set<std::uint64_t> recoveries_;  // of cut points, that had their lap
};

}  // namespace norlog::fuzz

#endif  // FUZZ_EXPLORER_H_
