// fuzz/cut_runner.h - every power cut of a workload, one after the other.
//
// A workload is run once without cuts; before each session the chip and the
// oracle are saved. Then, for each operation that changes the chip and each
// way to tear it, the session is run again from its checkpoint, cut there,
// recovered, judged, and carried on for a whole further lap; or cut again
// inside the recovery, and again. The chip being a copy-on-write value, a fork
// costs microseconds.
#ifndef FUZZ_CUT_RUNNER_H_
#define FUZZ_CUT_RUNNER_H_

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "flashsim/faults.h"
#include "flashsim/marginal.h"
#include "fuzz/rig.h"
#include "fuzz/workload.h"

namespace norlog::fuzz {

// One way in which a cut may leave the chip. The half of the tear that counts
// is that of the operation it hits; `sim` says how the torn cells then read.
struct CutStyle {
  flashsim::Tear tear;
  flashsim::SimOptions sim;
};

// Every tear of programs and of erases; the marginal ones in each mode, with
// and without a stable first look; the others with and without disturbing the
// rest of their scope. `write_once`: torn words also read as errors.
std::vector<CutStyle> AllCutStyles(bool write_once);
std::string ToString(const CutStyle& style);

// The mutating operation behind `operation` further ones is torn.
struct Cut {
  std::uint64_t operation = 0;
  std::size_t style = 0;  // index into AllCutStyles
};

// What is cut first: session `session`, run from its checkpoint. Then, for
// each further cut, the recovery and the first append behind the one before.
struct CutCase {
  std::size_t session = 0;
  std::vector<Cut> cuts;
};

// "5:17.3:2.8" = session 5, its operation 17 in style 3, the recovery's
// operation 2 in style 8; and back. An unreadable text gives no cuts.
std::string ToString(const CutCase& cut_case);
CutCase ParseCutCase(const std::string& text);

struct RunStats {
  std::uint64_t operations = 0;  // mutating, of the workload without cuts
  std::uint64_t cases = 0;       // each ends with a recovery, judged
  std::uint64_t laps = 0;        // cases that went on for a whole lap
  std::uint64_t torn_programs = 0;
  std::uint64_t torn_erases = 0;
  std::uint64_t failures = 0;
};

class CutRunner {
 public:
  // Records the workload until the ring has been wrapped `laps` times. The
  // setup must outlive the runner.
  CutRunner(const Setup& setup, const WorkloadShape& shape, std::uint32_t laps);

  // As many cuts in a row as `keep_one_in` is long. Of the points and styles of
  // the n-th cut, one in keep_one_in[n] is tried, chosen by a hash.
  void RunCuts(std::span<const std::uint32_t> keep_one_in);

  // G8: after one cut, each of `times` further boots is cut at the same point
  // of its recovery; all together may evict at most one bucket. One in
  // `keep_one_in` pairs of points is tried.
  void RunRepeatedCuts(std::uint32_t times, std::uint32_t keep_one_in);

  // Runs one case, writing each call and operation to `trace`.
  void Explain(const CutCase& cut_case, std::ostream& trace);

  const RunStats& stats() const { return stats_; }
  // The failures, those alike together, each with how to repeat the first of
  // them; "" if there are none.
  std::string Report() const;

 private:
  static constexpr std::uint64_t kMaxFailures = 300;
  struct Failure {
    std::uint64_t count = 0;
    std::string first;
  };

  void Record(const WorkloadShape& shape, std::uint32_t laps);
  void Explore(const Checkpoint& start, CutCase& cut_case,
               std::span<const std::uint32_t> keep_one_in);
  // The first cut falls into the session, the others into a recovery.
  bool RunInto(Rig& rig, const CutCase& cut_case, std::size_t index);
  std::uint64_t CountOperations(const Checkpoint& start, const CutCase& cut_case);
  void Finish(Rig& rig, const CutCase& cut_case);
  void Repeat(const Checkpoint& start, CutCase& cut_case, std::uint32_t times);
  void CountTears(const Rig& rig);
  void Judge(const Rig& rig, const CutCase& cut_case);
  bool Kept(const CutCase& cut_case, std::uint32_t keep_one_in) const;
  bool enough() const { return stats_.failures >= kMaxFailures; }

  const Setup& setup_;
  std::vector<CutStyle> styles_;
  std::vector<Session> sessions_;
  std::vector<Checkpoint> checkpoints_;  // before each session
  RunStats stats_;
  std::map<std::string, Failure> failures_;  // by their messages without the numbers
};

}  // namespace norlog::fuzz

#endif  // FUZZ_CUT_RUNNER_H_
