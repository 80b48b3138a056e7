#include "fuzz/merge.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "fuzz/report_figures.h"

namespace norlog::fuzz {
namespace {

constexpr std::uint32_t kMaxShards = 1'000'000;  // bounds what a foreign file can cost

std::string NameOf(const CampaignResult& result) {
  const std::vector<std::uint32_t> shards = ShardsOf(result);
  return absl::StrCat("shard ", shards.empty() ? 0 : shards.front(), " of ", result.shard_count);
}

absl::Status Differ(const CampaignResult& a, const CampaignResult& b, const std::string& what,
                    const std::string& value_a, const std::string& value_b) {
  return absl::InvalidArgumentError(absl::StrCat(what, " differ: ", NameOf(a), " has \"", value_a,
                                                 "\", ", NameOf(b), " has \"", value_b, "\""));
}

std::string Hex(std::uint64_t value) {
  return absl::StrFormat("0x%016x", value);
}

absl::Status CheckSame(const CampaignResult& a, const CampaignResult& b) {
  if (a.seed != b.seed) return Differ(a, b, "seeds", Hex(a.seed), Hex(b.seed));
  if (a.mode != b.mode) return Differ(a, b, "modes", a.mode, b.mode);
  if (a.shard_count != b.shard_count) {
    return Differ(a, b, "shard counts", absl::StrCat(a.shard_count), absl::StrCat(b.shard_count));
  }
  if (a.images != b.images) {
    return absl::InvalidArgumentError(
        absl::StrCat("images differ: ", NameOf(a), " and ", NameOf(b), " tear in different ways"));
  }
  return absl::OkStatus();
}

absl::Status CheckShard(const CampaignResult& result) {
  const auto impossible = [&](std::uint32_t shard) {
    return shard >= result.shard_count || shard == result.shard_index;
  };
  if (result.shard_count == 0 || result.shard_count > kMaxShards ||
      result.shard_index >= result.shard_count ||
      std::any_of(result.shards_missing.begin(), result.shards_missing.end(), impossible)) {
    return absl::InvalidArgumentError(absl::StrCat("there is no shard ", result.shard_index, " of ",
                                                   result.shard_count,
                                                   ", or it misses one that cannot be"));
  }
  return absl::OkStatus();
}

// Which shards are still to come; refuses one that is there twice.
absl::StatusOr<std::vector<std::uint32_t>> FindMissing(const std::vector<CampaignResult>& results) {
  std::vector<bool> present(results.front().shard_count);
  for (const CampaignResult& result : results) {
    for (const std::uint32_t shard : ShardsOf(result)) {
      if (present[shard]) {
        return absl::AlreadyExistsError(
            absl::StrCat("shard ", shard, " of ", result.shard_count, " is given twice"));
      }
      present[shard] = true;
    }
  }
  std::vector<std::uint32_t> missing;
  for (std::uint32_t shard = 0; shard < present.size(); ++shard) {
    if (!present[shard]) missing.push_back(shard);
  }
  return missing;
}

void AddTo(std::vector<std::uint64_t>& sum, const std::vector<std::uint64_t>& more) {
  sum.resize(std::max(sum.size(), more.size()));
  for (std::size_t i = 0; i < more.size(); ++i) sum[i] += more[i];
}

// False if the two cut different lives.
bool AddCutPoints(std::vector<CutPoint>& sum, const std::vector<CutPoint>& more) {
  if (sum.empty())
    sum = more;
  else if (!more.empty()) {
    if (sum.size() != more.size()) return false;
    for (std::size_t i = 0; i < sum.size(); ++i) {
      if (sum[i].operation != more[i].operation || sum[i].lap != more[i].lap) return false;
      sum[i].cuts += more[i].cuts;
      sum[i].nested_cuts += more[i].nested_cuts;
    }
  }
  return true;
}

void AddCounts(SetupResult& sum, const SetupResult& more) {
  using S = SetupResult;
  for (std::uint64_t S::*count :
       {&S::jobs, &S::jobs_done, &S::cycles, &S::states_memoised, &S::laps, &S::cuts,
        &S::torn_programs, &S::torn_erases, &S::cuts_in_recovery, &S::records, &S::broken,
        &S::cases_digest}) {
    sum.*count += more.*count;
  }
  for (std::uint64_t S::*worst : {&S::clean_budget_used, &S::cut_budget_used}) {
    sum.*worst = std::max(sum.*worst, more.*worst);
  }
  for (Histogram S::*histogram :
       {&S::recovery_reads, &S::recovery_programs, &S::recovery_erases, &S::recovery_us}) {
    (sum.*histogram).Merge(more.*histogram);
  }
  sum.cpu_seconds += more.cpu_seconds;
  AddTo(sum.images, more.images);
  AddTo(sum.wear, more.wear);
}

bool SameSetup(const SetupResult& a, const SetupResult& b) {
  return a.setup == b.setup && a.profile == b.profile && a.geometry == b.geometry &&
         a.attack == b.attack;
}

// A setup that `sum` lacks goes behind the one it follows in `more`.
absl::Status AddSetups(CampaignResult& sum, const CampaignResult& more) {
  auto next = sum.setups.begin();
  for (const SetupResult& setup : more.setups) {
    auto known = std::find_if(sum.setups.begin(), sum.setups.end(),
                              [&](const SetupResult& s) { return SameSetup(s, setup); });
    if (known == sum.setups.end()) {
      known = sum.setups.insert(next, setup);
    } else {
      if (!AddCutPoints(known->cut_points, setup.cut_points)) {
        return absl::InvalidArgumentError(absl::StrCat("cut points differ: ", NameOf(more),
                                                       " has cut another life of ", setup.setup,
                                                       ", ", setup.attack, ", than the others"));
      }
      AddCounts(*known, setup);
    }
    next = known + 1;
  }
  return absl::OkStatus();
}

void AddGuarantees(CampaignResult& sum, const CampaignResult& more) {
  for (const GuaranteeResult& guarantee : more.guarantees) {
    auto known = std::find_if(sum.guarantees.begin(), sum.guarantees.end(),
                              [&](const GuaranteeResult& g) { return g.name == guarantee.name; });
    if (known == sum.guarantees.end()) {
      sum.guarantees.push_back(guarantee);
    } else {
      known->checks += guarantee.checks;
      known->broken += guarantee.broken;
      AddTo(known->checks_by_image, guarantee.checks_by_image);
      AddTo(known->broken_by_image, guarantee.broken_by_image);
    }
  }
}

bool LookAlike(const FailureCluster& a, const FailureCluster& b) {
  return a.guarantee == b.guarantee && MessageShape(a.message) == MessageShape(b.message);
}

void AddFailures(CampaignResult& sum, const CampaignResult& more) {
  for (const FailureCluster& failure : more.failures) {
    auto known = std::find_if(sum.failures.begin(), sum.failures.end(),
                              [&](const FailureCluster& f) { return LookAlike(f, failure); });
    if (known == sum.failures.end()) {
      sum.failures.push_back(failure);
    } else {
      const std::uint64_t count = known->count + failure.count;
      if (failure.first_case < known->first_case) *known = failure;
      known->count = count;
    }
  }
}

absl::Status Add(CampaignResult& sum, const CampaignResult& more) {
  if (absl::Status status = AddSetups(sum, more); !status.ok()) return status;
  AddGuarantees(sum, more);
  AddFailures(sum, more);
  sum.interrupted |= more.interrupted;
  sum.cpu_seconds += more.cpu_seconds;
  sum.wall_seconds = std::max(sum.wall_seconds, more.wall_seconds);
  return absl::OkStatus();
}

// All shards: the whole. Else a part that knows what it lacks.
void NameShards(CampaignResult& sum, std::vector<std::uint32_t> missing) {
  if (missing.empty()) sum.shard_count = 1;
  sum.shards_missing = std::move(missing);
  sum.shard_index = sum.shards_missing.empty() ? 0 : ShardsOf(sum).front();
}

absl::Status CheckAll(const std::vector<CampaignResult>& shards) {
  if (shards.empty()) return absl::InvalidArgumentError("no result to merge");
  for (const CampaignResult& shard : shards) {
    if (absl::Status status = CheckShard(shard); !status.ok()) return status;
    if (absl::Status status = CheckSame(shards.front(), shard); !status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<CampaignResult> Merge(std::vector<CampaignResult> shards) {
  if (absl::Status status = CheckAll(shards); !status.ok()) return status;
  auto missing = FindMissing(shards);
  if (!missing.ok()) return missing.status();
  std::stable_sort(shards.begin(), shards.end(),
                   [](const auto& a, const auto& b) { return a.shard_index < b.shard_index; });
  CampaignResult sum = std::move(shards.front());
  for (std::size_t i = 1; i < shards.size(); ++i) {
    if (absl::Status status = Add(sum, shards[i]); !status.ok()) return status;
  }
  std::stable_sort(sum.failures.begin(), sum.failures.end(),
                   [](const auto& a, const auto& b) { return a.first_case < b.first_case; });
  NameShards(sum, *std::move(missing));
  return sum;
}

}  // namespace norlog::fuzz
