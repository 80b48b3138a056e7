// norlog-campaign: cuts the power everywhere, and says which guarantee broke.
// `norlog-campaign --help`; docs/TESTING.md.
//
// Exit codes: 0 every guarantee held; 1 one broke; 2 the command line or a file
// is not usable; 130 interrupted before the work was done (or, of a merge, shards are
// missing), nothing broke so far.
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "fuzz/campaign.h"
#include "fuzz/campaign_flags.h"
#include "fuzz/merge.h"
#include "fuzz/plan.h"
#include "fuzz/replay.h"
#include "fuzz/report_figures.h"
#include "fuzz/report_html.h"
#include "fuzz/report_json.h"
#include "fuzz/report_junit.h"
#include "fuzz/report_text.h"
#include "fuzz/shrink.h"
#include "fuzz/target.h"
#include "fuzz/watch.h"

ABSL_FLAG(std::string, setup, "", "rings to attack, by name");
ABSL_FLAG(std::string, profile, "", "named chips to attack");
ABSL_FLAG(bool, quick, false, "about a minute: what CI runs");
ABSL_FLAG(std::string, attack, "", "kinds of attack");
ABSL_FLAG(std::uint64_t, seed, 1, "decides random cases and samples");
ABSL_FLAG(std::uint32_t, depth, 2, "cuts in a row of nested attacks, 2 to 4");
ABSL_FLAG(std::uint32_t, rate, 100, "one in so many of the nested and flicker cases; 1: all");
ABSL_FLAG(std::uint64_t, cases, 2000, "random cases");
ABSL_FLAG(std::uint32_t, times, 65'537, "cuts in a row at the same point");
ABSL_FLAG(double, minutes, 0, "end by time instead of by the list of jobs");
ABSL_FLAG(std::uint32_t, threads, 0, "0: one a core");
ABSL_FLAG(std::string, shard, "", "i/n: every n-th job, from the i-th (from 0)");
ABSL_FLAG(std::string, state, "", "append each finished job to this file");
ABSL_FLAG(bool, resume, false, "go on from the state file");
ABSL_FLAG(double, shrink_seconds, 25, "CPU time to shrink a failure; 0: leave it as found");
ABSL_FLAG(std::string, json, "", "write the result");
ABSL_FLAG(std::string, junit, "", "write it for CI");
ABSL_FLAG(std::string, html, "", "write it for people");
ABSL_FLAG(double, hang_seconds, 60, "CPU time after which the engine hangs");
ABSL_FLAG(std::string, replay, "", "repeat a case, or the script in a file");
ABSL_FLAG(bool, shrink, false, "with --replay: to the least that still fails");
ABSL_FLAG(std::string, save, "", "with --replay: write the script to this file");

namespace norlog::fuzz {
namespace {

constexpr int kExitBroken = 1;
constexpr int kExitUsage = 2;
constexpr int kExitInterrupted = 130;

std::atomic<bool> stop_requested = false;

constexpr const char* kUsage =
    "norlog-campaign cuts the power of a simulated chip at every operation, in every way that\n"
    "real chips tear, and lets an oracle judge each recovery.\n\n"
    "usage: norlog-campaign [flags]\n"
    "       norlog-campaign --replay CASE|FILE [--shrink] [--save FILE]\n"
    "       norlog-campaign merge [--json FILE] [--junit FILE] [--html FILE] SHARD.json ...\n\n"
    "what is attacked\n"
    "  --setup A,B     rings by name; \"all\" (default: the small rings; with --minutes every "
    "ring\n"
    "                  and every chip); \"help\" lists them;\n"
    "                  \"canary\" must fail: its chip forgets bits behind the oracle's back\n"
    "  --profile A,B   named chips, as rings of 8 erase units; \"all\"\n"
    "  --quick         about a minute: four rings, three chips, nested and flicker on toys (CI)\n"
    "  --attack A,B    exhaustive, same-point, unstable, flicker, nested, random (default: all)\n"
    "  --seed N        decides random cases and samples (1)\n"
    "  --depth N       nested: cuts in a row, 2 to 4 (2)\n"
    "  --rate N        nested, flicker: one in N of the cases (100); 1: all of them\n"
    "  --cases N       random: cases (2000)\n"
    "  --times N       same-point: cuts in a row (65537)\n"
    "  --minutes X     end by time: each attack for its share of it, nested and flicker in rounds; "
    "the\n"
    "                  last one (random) until then. What was done depends on the machine: to "
    "compare runs or\n"
    "                  shards case for case, bound the work by --rate and --cases instead\n\n"
    "how\n"
    "  --threads N     (one a core)\n"
    "  --shard I/N     every N-th job from the I-th, from 0. TEST_SHARD_INDEX with\n"
    "                  TEST_TOTAL_SHARDS (Bazel) and SLURM_ARRAY_TASK_ID with\n"
    "                  SLURM_ARRAY_TASK_COUNT say the same\n"
    "  --state FILE    append each finished job, so that --resume can go on after an interruption\n"
    "  --resume        from the state file\n"
    "  --shrink_seconds X   CPU time to shrink each failure (25); 0: as found\n"
    "  --hang_seconds X     CPU time after which a case hangs (60). Then, or if the engine\n"
    "                  crashes, all ends: exit code 1, with the line that replays it\n\n"
    "what comes out: a summary on the terminal, and\n"
    "  --json FILE     every figure (- is standard output)\n"
    "  --junit FILE    for CI\n"
    "  --html FILE     one page with charts\n\n"
    "examples\n"
    "  norlog-campaign --setup toy-overwrite --attack exhaustive\n"
    "  norlog-campaign --minutes 10 --html out.html\n"
    "  norlog-campaign --shard 0/4 --json 0.json; ...; norlog-campaign merge --html all.html "
    "*.json\n"
    "  norlog-campaign --replay toy-overwrite/2:6.3:2.8 --shrink\n\n"
    "exit code: 0 every guarantee held, 1 one broke, 2 usage, 130 interrupted, or a\n"
    "merge that lacks a shard\n";

int Fail(const absl::Status& status) {
  std::fprintf(stderr, "norlog-campaign: %s\n", std::string(status.message()).c_str());
  return kExitUsage;
}

std::vector<std::string> Names(const std::string& list) {
  return absl::StrSplit(list, ',', absl::SkipEmpty());
}

constexpr char kCanary[] = "canary";  // must fail

// Every ring that a campaign with enough time attacks.
std::vector<std::string> EverySetup() {
  std::vector<std::string> names;
  for (const Setup& setup : CampaignSetups()) {
    if (setup.name != kCanary) names.push_back(setup.name);
  }
  return names;
}

// --setup and --profile; both empty: the small rings, with --minutes every ring.
absl::StatusOr<std::vector<std::string>> SetupsFromFlags() {
  std::vector<std::string> setups;
  const std::vector<std::string> wanted = Names(absl::GetFlag(FLAGS_setup));
  for (const std::string& name : wanted) {
    const absl::StatusOr<Setup> setup = FindSetup(name);
    if (name != "all" && !setup.ok()) return setup.status();
    if (name != "all") setups.push_back(name);
  }
  for (const std::string& name : Names(absl::GetFlag(FLAGS_profile))) {
    const std::vector<std::string> known = ProfileSetups();
    const bool exists = std::find(known.begin(), known.end(), name) != known.end();
    if (name == "all") {
      setups.insert(setups.end(), known.begin(), known.end());
      continue;
    }
    if (!exists) {
      return absl::NotFoundError(absl::StrCat("there is no profile \"", name, "\"; there are ",
                                              absl::StrJoin(known, ", "), ", all"));
    }
    setups.push_back(name);
  }
  if (std::find(wanted.begin(), wanted.end(), "all") != wanted.end()) {
    for (const Setup& setup : CampaignSetups()) {
      if (setup.name != kCanary) setups.push_back(setup.name);
    }
  }
  if (!setups.empty()) return setups;
  return absl::GetFlag(FLAGS_minutes) > 0 ? EverySetup() : DefaultSetups();
}

absl::StatusOr<std::vector<Attack>> AttacksFromFlags() {
  std::vector<Attack> attacks;
  for (const std::string& name : Names(absl::GetFlag(FLAGS_attack))) {
    const absl::StatusOr<Attack> attack = FindAttack(name);
    if (!attack.ok()) return attack.status();
    attacks.push_back(*attack);
  }
  if (attacks.empty()) attacks = {kAttacks.begin(), kAttacks.end()};
  // One order, whatever was typed: it is that of the jobs.
  std::vector<Attack> sorted;
  for (const Attack attack : kAttacks) {
    const bool wanted = std::find(attacks.begin(), attacks.end(), attack) != attacks.end();
    if (wanted) sorted.push_back(attack);
  }
  return sorted;
}

absl::StatusOr<CampaignOptions> OptionsFromFlags() {
  CampaignOptions options;
  const absl::StatusOr<std::vector<std::string>> setups = SetupsFromFlags();
  if (!setups.ok()) return setups.status();
  const absl::StatusOr<std::vector<Attack>> attacks = AttacksFromFlags();
  if (!attacks.ok()) return attacks.status();
  const absl::StatusOr<Shard> shard = FindShard(absl::GetFlag(FLAGS_shard));
  if (!shard.ok()) return shard.status();
  options.work = {*setups,
                  *attacks,
                  absl::GetFlag(FLAGS_seed),
                  absl::GetFlag(FLAGS_depth),
                  absl::GetFlag(FLAGS_rate),
                  absl::GetFlag(FLAGS_cases),
                  absl::GetFlag(FLAGS_times)};
  if (absl::GetFlag(FLAGS_quick)) {
    options.work.nested_on_toys_only = true;
    if (absl::GetFlag(FLAGS_setup).empty() && absl::GetFlag(FLAGS_profile).empty()) {
      options.work.setups = {"nor-overwrite", "once8-overwrite", "toy-overwrite",
                             "toy-keep",      "w25q64",          "fram",
                             "hostile"};
    }
  }
  if (options.work.depth < 2 || options.work.depth > 4) {
    return absl::InvalidArgumentError("--depth is 2 to 4");
  }
  if (options.work.rate == 0) return absl::InvalidArgumentError("--rate is 1 or more");
  if (absl::GetFlag(FLAGS_times) == 0) return absl::InvalidArgumentError("--times is 1 or more");
  if (!(absl::GetFlag(FLAGS_minutes) >= 0)) {
    return absl::InvalidArgumentError("--minutes is more than 0, or left out");
  }
  options.shard_index = shard->index;
  options.shard_count = shard->count;
  options.minutes = absl::GetFlag(FLAGS_minutes);
  if (options.minutes > 0) options.work.rate = 1;  // as far as the time goes
  const std::uint32_t cores = std::max(std::thread::hardware_concurrency(), 1U);
  options.threads = absl::GetFlag(FLAGS_threads) == 0 ? cores : absl::GetFlag(FLAGS_threads);
  options.state_path = absl::GetFlag(FLAGS_state);
  options.resume = absl::GetFlag(FLAGS_resume);
  if (options.resume && options.state_path.empty()) {
    return absl::InvalidArgumentError("--resume needs --state FILE");
  }
  options.shrink_seconds = absl::GetFlag(FLAGS_shrink_seconds);
  options.shrink = options.shrink_seconds > 0;
  return options;
}

void Draw(const Progress& progress) {
  static const bool on_terminal = isatty(STDERR_FILENO) != 0;
  if (!on_terminal) return;
  constexpr int kWidth = 40;
  const auto filled = static_cast<std::size_t>(progress.fraction * kWidth);
  const std::string bar = std::string(filled, '#') + std::string(kWidth - filled, '.');
  const double rate =
      progress.seconds > 0 ? static_cast<double>(progress.cycles) / progress.seconds : 0;
  absl::FPrintF(stderr, "\r\033[K[%s] %3.0f %%  %s cycles, %s/s%s, %s left", bar,
                progress.fraction * 100, Grouped(progress.cycles),
                Grouped(static_cast<std::uint64_t>(rate)),
                progress.failures == 0 ? "" : absl::StrCat(", ", progress.failures, " FAILURES"),
                Duration(progress.seconds_left));
}

void WipeBar() {
  if (isatty(STDERR_FILENO) != 0) std::fputs("\r\033[K", stderr);
}

absl::Status WriteFile(const std::string& path, const std::string& content) {
  if (path.empty()) return absl::OkStatus();
  if (path == "-") return std::fputs(content.c_str(), stdout), absl::OkStatus();
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << content << std::flush;
  return file ? absl::OkStatus() : absl::UnavailableError(absl::StrCat("cannot write ", path));
}

// Opens output files early, so that a wrong path is known before the run.
absl::Status CheckWritable() {
  for (const std::string& path :
       {absl::GetFlag(FLAGS_json), absl::GetFlag(FLAGS_junit), absl::GetFlag(FLAGS_html),
        absl::GetFlag(FLAGS_state), absl::GetFlag(FLAGS_save)}) {
    if (path.empty() || path == "-" || std::ofstream(path, std::ios::app)) continue;
    return absl::InvalidArgumentError(absl::StrCat("cannot write ", path));
  }
  return absl::OkStatus();
}

int Report(const CampaignResult& result) {
  if (absl::GetFlag(FLAGS_json) != "-") std::fputs(ToText(result).c_str(), stdout);
  absl::Status status = WriteFile(absl::GetFlag(FLAGS_json), ToJson(result));
  status.Update(WriteFile(absl::GetFlag(FLAGS_junit), ToJunit(result)));
  if (const std::string path = absl::GetFlag(FLAGS_html); !path.empty()) {
    status.Update(WriteFile(path, ToHtml(result)));
  }
  if (!status.ok()) return Fail(status);
  if (!BrokenGuarantees(result).empty()) return kExitBroken;
  return result.interrupted || !result.shards_missing.empty() ? kExitInterrupted : 0;
}

int RunMerge(const std::vector<std::string>& files) {
  std::vector<CampaignResult> shards;
  for (const std::string& path : files) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return Fail(absl::NotFoundError(absl::StrCat("cannot read ", path)));
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    absl::StatusOr<CampaignResult> shard = FromJson(text);
    if (!shard.ok()) {
      return Fail(absl::InvalidArgumentError(absl::StrCat(path, ": ", shard.status().message())));
    }
    shards.push_back(*std::move(shard));
  }
  const absl::StatusOr<CampaignResult> merged = Merge(std::move(shards));
  return merged.ok() ? Report(*merged) : Fail(merged.status());
}

int RunReplay() {
  const AtCase at(absl::GetFlag(FLAGS_replay));
  absl::StatusOr<Script> script = ScriptOf(absl::GetFlag(FLAGS_replay));
  if (!script.ok()) return Fail(script.status());
  const absl::StatusOr<Setup> setup = FindSetup(script->setup);
  if (!setup.ok()) return Fail(setup.status());
  const ScriptOutcome outcome = RunScript(*setup, *script);
  if (absl::GetFlag(FLAGS_shrink) && !outcome.breaches.empty()) {
    *script = ShrinkWithin(*setup, *script, absl::GetFlag(FLAGS_shrink_seconds));
  }
  if (absl::Status status = WriteFile(absl::GetFlag(FLAGS_save), ToString(*script)); !status.ok()) {
    return Fail(status);
  }
  std::printf("%s: %s\n", setup->name.c_str(), fuzz::ToString(*setup).c_str());
  std::fputs(Tell(*setup, *script).c_str(), stdout);
  if (outcome.breaches.empty()) {
    const bool shrinks = absl::GetFlag(FLAGS_shrink);
    std::printf("\nEvery guarantee held%s%s.\n", outcome.hits.empty() ? "; no cut was reached" : "",
                shrinks ? ": nothing to shrink" : "");
    return 0;
  }
  const ScriptOutcome last = RunScript(*setup, *script);
  if (!last.before_cut.empty()) {
    std::fputs("\nthe bucket of the last cut: before it (-), in the end (+)\n", stdout);
    std::fputs(HexDiff(last.image_address, last.before_cut, last.in_the_end).c_str(), stdout);
  }
  std::printf("\nreplay: norlog-campaign --replay %s\n", absl::GetFlag(FLAGS_replay).c_str());
  return kExitBroken;
}

int RunWork() {
  const absl::StatusOr<CampaignOptions> options = OptionsFromFlags();
  if (!options.ok()) return Fail(options.status());
  std::signal(SIGINT, [](int) { stop_requested = true; });
  std::signal(SIGTERM, [](int) { stop_requested = true; });
  const absl::StatusOr<CampaignResult> result = RunCampaign(*options, Draw, stop_requested);
  WipeBar();
  return result.ok() ? Report(*result) : Fail(result.status());
}

std::string SetupList() {
  std::string text;
  for (const Setup& setup : CampaignSetups()) {
    text += absl::StrFormat("%-28s %s, %s%s\n", setup.name, GeometryOf(setup), setup.profile.name,
                            setup.damage_expected ? " (may harm committed data)" : "");
  }
  return text;
}

int Main(std::span<char* const> arguments) {
  if (WantsHelp(arguments)) return std::fputs(kUsage, stdout), 0;
  const bool merges = !arguments.empty() && std::string(arguments[0]) == "merge";
  std::vector<std::string> files;
  const absl::Status status = ReadFlags(merges ? arguments.subspan(1) : arguments, files);
  if (!status.ok()) return Fail(status);
  if (!merges && !files.empty()) {
    return Fail(absl::InvalidArgumentError(absl::StrCat("\"", files[0], "\" is no flag")));
  }
  if (absl::GetFlag(FLAGS_setup) == "help") return std::fputs(SetupList().c_str(), stdout), 0;
  const bool replays = !absl::GetFlag(FLAGS_replay).empty();
  if (!replays && (absl::GetFlag(FLAGS_shrink) || !absl::GetFlag(FLAGS_save).empty())) {
    return Fail(absl::InvalidArgumentError("--shrink and --save need --replay"));
  }
  if (absl::Status writable = CheckWritable(); !writable.ok()) return Fail(writable);
  if (merges) return RunMerge(files);
  StartWatch(absl::GetFlag(FLAGS_hang_seconds), kExitBroken);
  return replays ? RunReplay() : RunWork();
}

}  // namespace
}  // namespace norlog::fuzz

int main(int argc, char** argv) {
  const std::span<char* const> arguments(argv, static_cast<std::size_t>(argc));
  return norlog::fuzz::Main(arguments.subspan(1));
}
