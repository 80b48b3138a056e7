// The checks of rig.h that follow a mount or a power cut.
#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "fuzz/encoded.h"
#include "fuzz/rig.h"
#include "fuzz/search_check.h"

namespace norlog::fuzz {
namespace {

// Salts of records appended by the checks themselves: never those of a workload.
constexpr std::uint64_t kCheckSalt = std::uint64_t{1} << 62;

constexpr int kReadOnlyLooks = 8;

// Behind hundreds of cuts in a row.
constexpr std::uint32_t kMaxRemounts = 16;

}  // namespace

void Rig::CheckReadOnly() {
  flashsim::SimFlash fork = chip_;
  thread_local std::vector<std::uint8_t> memory;
  memory.assign(memory_.size(), std::uint8_t{0x5A});
  flashsim::PartHal hal(fork, setup_.profile.shim);
  Log log(hal, setup_.options, memory, nullptr, EncodingFor(setup_.options));
  const Status status = log.MountReadOnly();
  if (status != Status::kOk) {
    oracle_.MountRefused(StatusName(status));
  } else {
    LookReadOnly(log);
    const Status append = log.Append(1, 0, {}).status;
    if (append != Status::kReadOnly) {
      oracle_.Broken(Guarantee::kG2, std::string("read-only Append said ") + StatusName(append));
    }
  }
  if (fork.op_count() != chip_.op_count()) {
    oracle_.Broken(Guarantee::kG2, "a read-only mount changed the chip");
  }
}

// What is not repaired may read differently each time: a few looks are granted
// until one shows everything. (Nothing invented, though, at any of them.)
void Rig::LookReadOnly(Log& log) {
  for (int look = 1;; ++look) {
    PooledSighting sighting;
    Oracle judge = oracle_;
    const Status status = LookAt(log, ResumeAt(Scope::kNewest), *sighting);
    if (status == Status::kOk) {
      judge.MountedReadOnly(*sighting);
    } else {
      judge.Broken(Guarantee::kG7, std::string("a read-only look said ") + StatusName(status));
    }
    const auto is_invented = [](const Breach& breach) {
      return breach.guarantee == Guarantee::kG3;
    };
    const bool invents = std::any_of(judge.breaches().begin(), judge.breaches().end(), is_invented);
    if (!judge.breaches().empty() && !invents && look < kReadOnlyLooks) continue;
    oracle_ = std::move(judge);
    return;
  }
}

// G10: however the head is looked for, it is where the scan of all headers says.
void Rig::CheckSearch() {
  if (oracle_.shaken()) return;
  oracle_.Checked(Guarantee::kG10);
  const std::string difference = CompareSearches(chip_, setup_.options);
  if (!difference.empty()) oracle_.Broken(Guarantee::kG10, difference);
}

bool Rig::Recover() {
  const std::uint64_t erases = chip_.counters().erases;
  TellHarm();
  CheckSearch();
  if (looks_first_) CheckReadOnly();
  const std::uint64_t ops = chip_.op_count();
  const flashsim::Counters before = chip_.counters();
  Mount();
  recovery_cost_ = chip_.counters() - before;
  if (!powered() || !healthy()) return powered();
  // In the field the session that recovered goes on. Every other case does so, where no
  // number of mounts was asked for.
  const bool goes_on = remounts_ == 0 && (chip_.op_count() & 1) != 0;
  if (mounted() && !goes_on) CheckSecondMount(chip_.op_count() - ops);
  if (!powered() || !healthy()) return powered();
  // Nothing was ever formatted, or harm has left nothing: then Format must do.
  if (!mounted()) Format(kCheckSalt | erases);
  if (!powered() || !healthy()) return powered();
  if (!AppendOne()) return false;
  oracle_.CameAlive(chip_.counters().erases - erases);
  if (!goes_on || !healthy()) return true;
  PowerFails();
  PowerReturns();
  MountAndLook({}, Scope::kNewest);
  return powered();
}

// A record that is durable at once; false if the power failed.
bool Rig::AppendOne() {
  Op append;
  append.verb = OpVerb::kAppend;
  append.size = 8;
  append.salt = kCheckSalt + oracle_.accepted() + 1;
  Do(append);
  if (powered()) Do(Op{});
  return powered();
}

// The power goes and comes back at once: marginal cells take other values (if
// there are none, once is enough). A
// mark that was itself being programmed when the power failed may pass for
// whole at one mount and not at the next, which then repairs: once for each cut
// in a row, and not at all behind a mount that has repaired after a single cut (but
// where writes get out of order a repair may stand on what came before its touch).
void Rig::CheckSecondMount(std::uint64_t ops_of_first) {
  const std::uint32_t cuts = oracle_.cuts_in_a_row();
  const bool repaired_single_cut = cuts <= 1 && ops_of_first > 0 && !setup_.sim.unordered_writes;
  std::uint32_t repairs_allowed = repaired_single_cut ? 0 : cuts;
  const std::uint32_t last = unstable_ ? std::min(std::max(cuts, remounts_), kMaxRemounts) : 0;
  for (std::uint32_t mounts = 0; mounts <= last && mounted() && shown_; ++mounts) {
    const std::optional<PooledSighting> before = std::move(shown_);
    const bool was_as_found = as_found_;
    DropLog();
    chip_.PowerOn();
    const std::uint64_t start = chip_.op_count();
    if (!MountAndLook({}, Scope::kNewest) || !shown_) return;
    const std::uint64_t ops = chip_.op_count() - start;
    // A repair that steps over bad buckets gives others up in their stead; and what was left of
    // an opening in a bucket that has gone bad is tried again at each mount.
    const bool has_bad = !chip_.bad_units().empty();
    if (ops > 0 && has_bad && (repairs_allowed > 0 || has_broken_bucket())) return;
    if (!was_as_found && !as_found_) {  // what is not repaired may flicker
      oracle_.MountedAgain(**before, **shown_, repairs_allowed > 0 ? 0 : ops);
    }
    if (ops > 0 && repairs_allowed > 0) --repairs_allowed;
  }
}

void Rig::RunLap() {
  if (as_found_) return;  // it takes nothing any more
  const Limits limits = LimitsOf(setup_);
  const std::uint64_t goal = oracle_.head() + limits.bucket_count;
  const std::uint32_t size = std::max(log_->MaxPayloadBytes() * 3 / 4, 1U);
  // No record is smaller than that, so a lap needs at most this many.
  const std::uint64_t most = setup_.profile.geometry.size_bytes() / size + limits.bucket_count;
  std::uint64_t count = 0;
  for (; oracle_.head() < goal && count <= most && powered() && healthy(); ++count) {
    Op append;
    append.verb = OpVerb::kAppend;
    append.size = size - static_cast<std::uint32_t>(count % 5);
    append.tag = static_cast<std::uint8_t>(count % 3);
    append.time = static_cast<std::int64_t>(count) * 7;
    append.salt = kCheckSalt + oracle_.accepted() + 1;
    Do(append);
    if (healthy() && powered()) Do(Op{});
  }
  if (!healthy() || !powered()) return;
  if (oracle_.head() < goal && !may_fail()) {
    oracle_.Broken(Guarantee::kG8, "no lap within " + std::to_string(count) + " records");
    return;
  }
  TellHarm();
  if (const std::optional<PooledSighting> sighting = Look()) oracle_.Mounted(**sighting);
  Close();
  if (powered() && healthy()) chip_.PowerOn();
  if (powered() && healthy()) Mount();
}

// Of the ring's units: a partition may have some left over.
void Rig::CheckWear() {
  const std::uint32_t unit_bytes = setup_.profile.geometry.erase_unit_bytes;
  const std::uint32_t count =
      LimitsOf(setup_).bucket_count * (setup_.options.bucket_bytes / unit_bytes);
  std::uint32_t least = chip_.erase_count(0);
  std::uint32_t most = least;
  for (std::uint32_t unit = 1; unit < count; ++unit) {
    least = std::min(least, chip_.erase_count(unit));
    most = std::max(most, chip_.erase_count(unit));
  }
  oracle_.Worn(most - least);
}

void Rig::CheckClean(std::uint64_t ops_before) {
  if (chip_.op_count() == ops_before || oracle_.shaken()) return;
  oracle_.Broken(Guarantee::kG10, "a mount after a clean close carried out " +
                                      std::to_string(chip_.op_count() - ops_before) +
                                      " mutating operations");
}

// Buckets of which a unit is bad, or worn out.
std::uint32_t Rig::BadBuckets() const {
  std::uint32_t count = 0;
  std::uint64_t last = ~std::uint64_t{0};
  for (const flashsim::BadUnit& bad : chip_.bad_units()) {
    const std::uint64_t bucket = std::uint64_t{bad.unit} *
                                 setup_.profile.geometry.erase_unit_bytes /
                                 setup_.options.bucket_bytes;
    if (bucket != last) ++count;
    last = bucket;
  }
  return count;
}

// What the chip has destroyed on its own.
void Rig::TellHarm() {
  if (!setup_.damage_expected) return;
  std::vector<std::uint32_t> positions;
  for (const flashsim::HarmedRange& range : chip_.harmed()) {
    if (range.healed) continue;
    const std::uint64_t last = (range.address + range.size - 1) / setup_.options.bucket_bytes;
    for (std::uint64_t at = range.address / setup_.options.bucket_bytes; at <= last; ++at) {
      positions.push_back(static_cast<std::uint32_t>(at));
    }
  }
  std::sort(positions.begin(), positions.end());
  positions.erase(std::unique(positions.begin(), positions.end()), positions.end());
  oracle_.UnhealthyBuckets(BadBuckets());
  oracle_.Harmed(positions);
  if (positions.empty()) return;
  Trace([&] {
    std::string line = "  harmed so far, by position:";
    for (const std::uint32_t position : positions) line += ' ' + std::to_string(position);
    return line;
  });
}

// G7, G10: what a mount may read was said in advance.
void Rig::CheckBudget(const flashsim::Counters& spent, Status status, const Hint& hint) {
  if (setup_.profile.shim != flashsim::HalShim::kDirect) return;  // the port reads word by word
  oracle_.Checked(Guarantee::kG10);
  const MountBudgets budgets = MountBudget(setup_.options, setup_.profile.geometry);
  const bool ideal = !may_fail() && !setup_.header_damage && !repairs_ &&
                     chip_.bad_units().empty() && !has_broken_bucket() && spent.failed_reads == 0 &&
                     status != Status::kNoLog;
  const bool clean = closed_ && !damaged_;
  Budget budget = !ideal ? budgets.worst : clean ? budgets.clean : budgets.after_cut;
  if (ideal && !hint.present && status == Status::kOk) {
    std::uint64_t& used = clean ? budget_use_.clean : budget_use_.after_cut;
    used = std::max(used, 100 * spent.reads / budget.reads);
  }
  if (hint.present) {
    budget.reads += budgets.wrong_hint.reads;
    budget.bytes += budgets.wrong_hint.bytes;
  }
  if (spent.reads <= budget.reads && spent.bytes_read <= budget.bytes) return;
  oracle_.Broken(Guarantee::kG10, "a mount read " + std::to_string(spent.reads) + " times, " +
                                      std::to_string(spent.bytes_read) + " B; its budget is " +
                                      std::to_string(budget.reads) + ", " +
                                      std::to_string(budget.bytes) + " B" +
                                      (closed_ ? " (clean)" : ""));
}

}  // namespace norlog::fuzz
