// fuzz/jobs.h - a campaign's work as a list, the same on every machine.
//
// Shard i of n takes every n-th job, so the results of all shards add up to
// those of the whole. Jobs share nothing but the recorded lives.
#ifndef FUZZ_JOBS_H_
#define FUZZ_JOBS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "fuzz/explorer.h"
#include "fuzz/job_result.h"
#include "fuzz/target.h"

namespace norlog::fuzz {

// In the order of the work: what ends by itself, then the samples.
enum class Attack : std::uint8_t { kExhaustive, kSamePoint, kUnstable, kFlicker, kNested, kRandom };
inline constexpr std::array kAttacks = {Attack::kExhaustive, Attack::kSamePoint, Attack::kUnstable,
                                        Attack::kFlicker,    Attack::kNested,    Attack::kRandom};
// "exhaustive", "same-point", "unstable", "flicker", "nested", "random".
const char* Name(Attack attack);
// kNotFound names those there are.
absl::StatusOr<Attack> FindAttack(absl::string_view name);

// What decides the list; no more than that does.
struct WorkOptions {
  std::vector<std::string> setups;  // names; of random cases none
  std::vector<Attack> attacks;
  std::uint64_t seed = 1;
  std::uint32_t depth = 2;   // cuts in a row of nested attacks, 2 to 4
  std::uint32_t rate = 100;  // of the nested and flicker cases one in so many; 1: all
  std::uint64_t random_cases = 2000;
  std::uint32_t same_point_times = 65'537;
  bool nested_on_toys_only = false;  // rings of at most 1 KiB
};
// "seed 1, depth 2, ...": equal texts are equal work.
std::string ToString(const WorkOptions& options);

struct Job {
  Attack attack = Attack::kExhaustive;
  std::size_t target = 0;   // index; of random cases meaningless
  std::size_t session = 0;  // of random cases: the batch
  std::uint32_t depth = 1;
  std::uint32_t round = 0;  // of nested and flicker cases: which sample
};

// What a round tries of `depth` cuts in a row: of the first ones one in so many, of each further
// one likewise. Which of them: the round's digits, each added to those before it. So rounds share
// nothing, all of them together are complete, and a few differ in every cut.
std::vector<Sampling> DepthsOf(std::uint32_t round, std::uint32_t depth, std::uint32_t first_one_in,
                               std::uint32_t further_one_in);

inline constexpr std::uint64_t kRandomBatch = 32;

class WorkList {
 public:
  // Records the lives. kNotFound names a setup that does not exist.
  static absl::StatusOr<WorkList> Make(const WorkOptions& options);

  const WorkOptions& options() const { return options_; }
  const std::vector<Target>& targets() const { return targets_; }
  const std::vector<Job>& jobs() const { return jobs_; }
  // The job with that number; behind the end of the list random batches go on
  // for ever.
  Job At(std::size_t index) const;
  JobResult Run(const Job& job) const;

 private:
  void AddSessions(Attack attack, std::uint32_t depth, std::uint32_t round);
  void AddNested();
  void AddFlicker();
  void RunRandom(std::size_t batch, JobResult& result) const;

  WorkOptions options_;
  std::vector<Target> targets_;
  std::vector<Job> jobs_;
  std::size_t listed_batches_ = 0;
};

}  // namespace norlog::fuzz

#endif  // FUZZ_JOBS_H_
