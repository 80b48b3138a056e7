#include "fuzz/cut_case.h"

#include <algorithm>
#include <charconv>

#include "absl/status/status.h"
#include "flashsim/rng.h"

namespace norlog::fuzz {
namespace {

// Takes a number and the character behind it, if there is one.
template <typename Int>
bool Take(const char*& at, const char* end, Int& value, char& behind) {
  const auto [next, error] = std::from_chars(at, end, value);
  if (error != std::errc()) return false;
  behind = next == end ? '\0' : *next;
  at = next == end ? end : next + 1;
  return true;
}

Step CutStep(const CutStyle& style, const Cut& cut, std::size_t session) {
  Step step;
  step.verb = StepVerb::kCut;
  step.number = cut.operation;
  step.style = style;
  step.style.tear = TearAt(style, session, cut.operation);
  return step;
}

Step Plain(StepVerb verb) {
  Step step;
  step.verb = verb;
  return step;
}

}  // namespace

std::string ToString(const CutCase& cut_case) {
  std::string text = std::to_string(cut_case.session);
  for (const Cut& cut : cut_case.cuts) {
    text += ':' + std::to_string(cut.operation) + '.' + std::to_string(cut.style);
  }
  if (cut_case.times > 1) text += 'x' + std::to_string(cut_case.times);
  return text;
}

std::optional<CutCase> ParseCutCase(const std::string& text) {
  const char* at = text.data();
  const char* const end = at + text.size();
  CutCase result;
  char behind = 0;
  if (!Take(at, end, result.session, behind)) return std::nullopt;
  while (behind == ':') {
    Cut cut;
    if (!Take(at, end, cut.operation, behind) || behind != '.') return std::nullopt;
    if (!Take(at, end, cut.style, behind)) return std::nullopt;
    result.cuts.push_back(cut);
  }
  if (behind == 'x' && !Take(at, end, result.times, behind)) return std::nullopt;
  if (behind != '\0' || result.times == 0) return std::nullopt;
  return result;
}

std::uint64_t HashOf(const CutCase& cut_case) {
  std::uint64_t hash = flashsim::Mix64(cut_case.session, cut_case.times);
  for (const Cut& cut : cut_case.cuts) {
    hash = flashsim::Mix64(hash, (cut.operation << 8) | cut.style);
  }
  return hash;
}

flashsim::Tear TearAt(const CutStyle& style, std::size_t session, std::uint64_t operation) {
  flashsim::Tear tear = style.tear;
  tear.seed = flashsim::Mix64(tear.seed, operation + std::uint64_t{1000} * session);
  return tear;
}

absl::StatusOr<Script> ToScript(const std::string& setup, const Life& life,
                                const std::vector<CutStyle>& styles, const CutCase& cut_case) {
  if (cut_case.session >= life.sessions.size()) {
    return absl::OutOfRangeError("the life of " + setup + " has sessions 0 to " +
                                 std::to_string(life.sessions.size() - 1));
  }
  for (const Cut& cut : cut_case.cuts) {
    if (cut.style < styles.size()) continue;
    return absl::OutOfRangeError("styles are 0 to " + std::to_string(styles.size() - 1));
  }
  Script script;
  script.setup = setup;
  const bool unstable = std::any_of(cut_case.cuts.begin(), cut_case.cuts.end(),
                                    [](const Cut& cut) { return cut.style >= kCutStyles; });
  if (unstable) {
    script.steps.push_back(Plain(StepVerb::kRemounts));
    script.steps.back().number = kUnstableRemounts;
  }
  for (std::size_t i = 0; i < cut_case.session; ++i) {
    AppendSession(life.sessions[i], script.steps);
  }
  for (std::size_t i = 0; i < cut_case.cuts.size(); ++i) {
    const Cut& cut = cut_case.cuts[i];
    Step step = CutStep(styles[cut.style], cut, cut_case.session);
    if (i > 0 && i + 1 == cut_case.cuts.size() && cut_case.times > 1) {
      step.verb = StepVerb::kAgain;
      step.op.count = static_cast<std::uint32_t>(step.number);
      step.number = cut_case.times;
      script.steps.push_back(step);
      break;
    }
    script.steps.push_back(step);
    if (i == 0) AppendSession(life.sessions[cut_case.session], script.steps);
    if (i > 0) script.steps.push_back(Plain(StepVerb::kRecover));
  }
  if (cut_case.cuts.empty()) AppendSession(life.sessions[cut_case.session], script.steps);
  script.steps.push_back(Plain(StepVerb::kRecover));
  script.steps.push_back(Plain(StepVerb::kLap));
  return script;
}

}  // namespace norlog::fuzz
