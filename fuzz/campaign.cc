#include "fuzz/campaign.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "fuzz/job_state.h"
#include "fuzz/shrink.h"

namespace norlog::fuzz {
namespace {

using Clock = std::chrono::steady_clock;

// Of a time-bounded campaign: by when each attack gives way to the next one.
double Until(Attack attack) {
  switch (attack) {
    case Attack::kExhaustive: return 0.55;
    case Attack::kSamePoint: return 0.60;
    case Attack::kUnstable: return 0.67;
    case Attack::kFlicker: return 0.80;
    case Attack::kNested: return 0.92;
    case Attack::kRandom: break;
  }
  return 1;
}

constexpr auto kWatchEvery = std::chrono::milliseconds(200);

double SecondsSince(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// Tells programs apart whose results must not be mixed: "0123456789abcdef", of the file that
// runs; "?" where that cannot be read.
std::string ProgramDigest() {
  static const std::string digest = [] {
    std::ifstream file("/proc/self/exe", std::ios::binary);
    std::uint64_t hash = 0;
    for (std::array<char, 4096> bytes{}; file.read(bytes.data(), bytes.size()) || file.gcount() > 0;
         bytes.fill(0)) {
      for (const char byte : bytes)
        hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001B3U;
    }
    return hash == 0 ? "?" : absl::StrCat(absl::Hex(hash, absl::kZeroPad16));
  }();
  return digest;
}

// Sums that all jobs of one setup and attack go to.
struct Sum {
  Attack attack = Attack::kExhaustive;
  std::size_t target = 0;
  SetupResult figures;
  std::map<std::size_t, JobResult::Point> points;
};

struct FirstFailure {
  FoundFailure failure;
  std::size_t job = 0;  // that met it first, by number
};

class Runner {
 public:
  Runner(const CampaignOptions& options, WorkList work)
      : options_(options), work_(std::move(work)), begin_(Clock::now()) {
    MakeSums();
  }

  absl::Status OpenState();
  void Run(const std::function<void(const Progress&)>& watch, const std::atomic<bool>& stop);
  CampaignResult Result();
  // Why it ended early: the state file can't be written.
  const absl::Status& state_error() const { return state_error_; }

 private:
  void MakeSums();
  void Work(const std::atomic<bool>& stop);
  bool Take(std::size_t& number);
  bool IsAsked(Attack attack) const;
  bool OutOfTime() const;
  bool IsTooLateFor(std::size_t number) const;
  void Finish(std::size_t number, const JobResult& result);
  Sum& SumOf(const Job& job);
  Progress Now();
  std::string WorkText() const;
  std::vector<GuaranteeResult> Guarantees() const;
  std::vector<FailureCluster> Failures() const;
  SetupResult Figures(const Sum& sum) const;
  std::size_t MyJobs() const;
  double limit_seconds() const { return options_.minutes * 60; }

  const CampaignOptions& options_;
  const WorkList work_;
  const Clock::time_point begin_;
  std::mutex mutex_;  // of all below
  std::size_t next_ = 0;
  std::size_t done_ = 0;
  bool interrupted_ = false;
  std::vector<Sum> sums_;
  JobResult total_;
  std::map<std::string, FirstFailure> failures_;
  std::set<std::size_t> finished_before_;
  std::optional<StateFile> state_;
  absl::Status state_error_;
};

void Runner::MakeSums() {
  for (const Attack attack : work_.options().attacks) {
    const bool has_targets = attack != Attack::kRandom;
    for (std::size_t i = 0; i < (has_targets ? work_.targets().size() : 1); ++i) {
      Sum sum;
      sum.attack = attack;
      sum.target = i;
      sums_.push_back(std::move(sum));
    }
  }
  for (std::size_t i = 0; i < work_.jobs().size(); ++i) {
    if (i % options_.shard_count == options_.shard_index) ++SumOf(work_.jobs()[i]).figures.jobs;
  }
  std::erase_if(sums_, [this](const Sum& sum) {
    return std::none_of(work_.jobs().begin(), work_.jobs().end(), [&sum](const Job& job) {
      return job.attack == sum.attack &&
             (job.attack == Attack::kRandom || job.target == sum.target);
    });
  });
}

Sum& Runner::SumOf(const Job& job) {
  for (Sum& sum : sums_) {
    const bool same_target = job.attack == Attack::kRandom || sum.target == job.target;
    if (sum.attack == job.attack && same_target) return sum;
  }
  sums_.emplace_back();  // random cases that the list did not have
  sums_.back().attack = job.attack;
  return sums_.back();
}

std::string Runner::WorkText() const {
  return absl::StrCat(ToString(options_.work), "; seed ", options_.work.seed, "; shard ",
                      options_.shard_index, "/", options_.shard_count, "; program ",
                      ProgramDigest());
}

absl::Status Runner::OpenState() {
  if (options_.state_path.empty()) return absl::OkStatus();
  if (options_.resume) {
    absl::StatusOr<FinishedJobs> jobs = LoadState(options_.state_path, WorkText());
    if (!jobs.ok()) return jobs.status();
    for (const auto& [number, result] : *jobs) {
      Finish(number, result);
      finished_before_.insert(number);
    }
  }
  absl::StatusOr<StateFile> file =
      StateFile::Open(options_.state_path, WorkText(), options_.resume);
  if (!file.ok()) return file.status();
  state_ = *std::move(file);
  return absl::OkStatus();
}

void Runner::Run(const std::function<void(const Progress&)>& watch, const std::atomic<bool>& stop) {
  std::atomic<std::uint32_t> working = std::max(options_.threads, 1U);
  std::vector<std::thread> threads;
  for (std::uint32_t i = std::max(options_.threads, 1U); i > 0; --i) {
    threads.emplace_back([&] {
      Work(stop);
      --working;
    });
  }
  while (working > 0) {
    std::this_thread::sleep_for(kWatchEvery);
    watch(Now());
  }
  for (std::thread& thread : threads) thread.join();
  interrupted_ = stop && MyJobs() > done_;
}

void Runner::Work(const std::atomic<bool>& stop) {
  std::size_t number = 0;
  while (!stop && Take(number)) {
    const JobResult result = work_.Run(work_.At(number));
    const std::scoped_lock lock(mutex_);
    Finish(number, result);
    if (state_) state_error_.Update(state_->Append(number, result));
  }
}

// The next job of this shard that is not done yet.
bool Runner::Take(std::size_t& number) {
  const std::scoped_lock lock(mutex_);
  while (state_error_.ok() && !OutOfTime()) {
    number = next_ * options_.shard_count + options_.shard_index;
    const bool listed = number < work_.jobs().size();
    if (!listed && (options_.minutes <= 0 || !IsAsked(Attack::kRandom))) return false;
    ++next_;
    if (finished_before_.count(number) == 0 && !IsTooLateFor(number)) return true;
  }
  return false;
}

bool Runner::IsAsked(Attack attack) const {
  const std::vector<Attack>& asked = options_.work.attacks;
  return std::find(asked.begin(), asked.end(), attack) != asked.end();
}

bool Runner::OutOfTime() const {
  return options_.minutes > 0 && SecondsSince(begin_) > limit_seconds();
}

bool Runner::IsTooLateFor(std::size_t number) const {
  const Attack attack = work_.At(number).attack;
  // What comes last has all that is left.
  const bool is_last =
      attack == (IsAsked(Attack::kRandom) ? Attack::kRandom : options_.work.attacks.back());
  return options_.minutes > 0 && !is_last && SecondsSince(begin_) > limit_seconds() * Until(attack);
}

void Runner::Finish(std::size_t number, const JobResult& result) {
  Sum& sum = SumOf(work_.At(number));
  ++done_;
  Add(result.figures, sum.figures);
  for (const auto& [index, point] : result.points) {
    sum.points[index].cuts += point.cuts;
    sum.points[index].nested_cuts += point.nested_cuts;
  }
  total_.AddVerdicts(result);
  total_.figures.cycles += result.figures.cycles;
  for (const auto& [key, failure] : result.failures) {
    FirstFailure& first = failures_[key];
    const std::uint64_t count = first.failure.count + failure.count;
    if (first.failure.count == 0 || number < first.job) first = {failure, number};
    first.failure.count = count;
  }
}

std::size_t Runner::MyJobs() const {
  const std::size_t count = work_.jobs().size();
  return count / options_.shard_count +
         (options_.shard_index < count % options_.shard_count ? 1 : 0);
}

Progress Runner::Now() {
  const std::scoped_lock lock(mutex_);
  Progress progress;
  progress.seconds = SecondsSince(begin_);
  progress.cycles = total_.figures.cycles;
  for (const auto& [key, first] : failures_) progress.failures += first.failure.count;
  const auto jobs = static_cast<double>(std::max<std::size_t>(MyJobs(), 1));
  progress.fraction =
      options_.minutes > 0 ? progress.seconds / limit_seconds() : static_cast<double>(done_) / jobs;
  progress.fraction = std::min(progress.fraction, 1.0);
  if (progress.fraction > 0) {
    progress.seconds_left = progress.seconds * (1 / progress.fraction - 1);
  }
  return progress;
}

SetupResult Runner::Figures(const Sum& sum) const {
  SetupResult figures = sum.figures;
  figures.attack = Name(sum.attack);
  figures.images.resize(kImages);
  if (sum.attack == Attack::kRandom) {
    figures.setup = "random";
    figures.profile = "swarm";
    figures.geometry = "any";
    figures.jobs = std::max(figures.jobs, figures.jobs_done);
    return figures;
  }
  const Target& target = work_.targets().at(sum.target);
  figures.setup = target.setup.name;
  figures.profile = target.setup.profile.name;
  figures.geometry = GeometryOf(target.setup);
  figures.wear.resize(target.setup.profile.geometry.erase_unit_count);
  if (sum.attack == Attack::kSamePoint || sum.attack == Attack::kUnstable) return figures;
  for (std::size_t i = 0; i < target.life.operations.size(); ++i) {
    const LifeOperation& operation = target.life.operations[i];
    CutPoint point{Describe(target.setup, operation), operation.lap, 0, 0};
    const auto found = sum.points.find(i);
    if (found != sum.points.end()) {
      point.cuts = found->second.cuts;
      point.nested_cuts = found->second.nested_cuts;
    }
    figures.cut_points.push_back(point);
  }
  return figures;
}

std::vector<GuaranteeResult> Runner::Guarantees() const {
  std::vector<GuaranteeResult> results;
  for (std::size_t i = 0; i < kGuarantees; ++i) {
    GuaranteeResult result;
    result.name = NameOf(static_cast<Guarantee>(i + 1));
    const auto& checks = total_.checks.at(i);
    const auto& broken = total_.broken.at(i);
    result.checks_by_image.assign(checks.begin(), checks.end());
    result.broken_by_image.assign(broken.begin(), broken.end());
    for (const std::uint64_t count : checks) result.checks += count;
    for (const std::uint64_t count : broken) result.broken += count;
    results.push_back(std::move(result));
  }
  return results;
}

std::vector<FailureCluster> Runner::Failures() const {
  std::vector<FailureCluster> clusters;
  for (const auto& [key, first] : failures_) {
    const std::string guarantee = absl::StrCat("G", static_cast<int>(first.failure.guarantee));
    FailureCluster cluster;
    cluster.replay = "norlog-campaign --replay " + first.failure.case_id;
    if (options_.shrink) {
      cluster = Explain(first.failure.case_id, options_.shrink_seconds);
    }
    cluster.guarantee = guarantee;
    cluster.message = first.failure.message;
    cluster.count = first.failure.count;
    cluster.first_case = first.job;
    cluster.attack = Name(work_.At(first.job).attack);
    cluster.setup = first.failure.case_id.substr(0, first.failure.case_id.rfind('/'));
    clusters.push_back(std::move(cluster));
  }
  std::sort(clusters.begin(), clusters.end(), [](const auto& a, const auto& b) {
    return a.first_case != b.first_case ? a.first_case < b.first_case : a.message < b.message;
  });
  return clusters;
}

CampaignResult Runner::Result() {
  CampaignResult result;
  result.seed = options_.work.seed;
  result.mode = ToString(options_.work);
  if (options_.minutes > 0) absl::StrAppend(&result.mode, "; minutes ", options_.minutes);
  result.shard_index = options_.shard_index;
  result.shard_count = options_.shard_count;
  result.interrupted = interrupted_;
  absl::StrAppend(&result.mode, "; program ", ProgramDigest());
  result.images = ImageNames();
  for (const Sum& sum : sums_) {
    result.setups.push_back(Figures(sum));
    result.cpu_seconds += sum.figures.cpu_seconds;
  }
  result.guarantees = Guarantees();
  result.failures = Failures();
  result.wall_seconds = SecondsSince(begin_);
  return result;
}

}  // namespace

absl::StatusOr<CampaignResult> RunCampaign(const CampaignOptions& options,
                                           const std::function<void(const Progress&)>& watch,
                                           const std::atomic<bool>& stop) {
  absl::StatusOr<WorkList> work = WorkList::Make(options.work);
  if (!work.ok()) return work.status();
  Runner runner(options, *std::move(work));
  if (absl::Status status = runner.OpenState(); !status.ok()) return status;
  runner.Run(watch, stop);
  if (!runner.state_error().ok()) return runner.state_error();
  return runner.Result();
}

}  // namespace norlog::fuzz
