#include "fuzz/script.h"

#include <array>
#include <sstream>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace norlog::fuzz {
namespace {

constexpr absl::string_view kHeading = "# norlog script 1";

struct VerbName {
  StepVerb verb;
  OpVerb op;  // of kDo
  const char* name;
};
constexpr std::array kVerbs = {
    VerbName{StepVerb::kDo, OpVerb::kAppend, "append"},
    VerbName{StepVerb::kDo, OpVerb::kCommit, "commit"},
    VerbName{StepVerb::kDo, OpVerb::kRead, "read"},
    VerbName{StepVerb::kDo, OpVerb::kCursor, "cursor"},
    VerbName{StepVerb::kDo, OpVerb::kRewind, "rewind"},
    VerbName{StepVerb::kDo, OpVerb::kSeek, "seek"},
    VerbName{StepVerb::kDo, OpVerb::kMaintain, "maintain"},
    VerbName{StepVerb::kDo, OpVerb::kEnable, "enable"},
    VerbName{StepVerb::kDo, OpVerb::kDisable, "disable"},
    VerbName{StepVerb::kDo, OpVerb::kSetClock, "setclock"},
    VerbName{StepVerb::kDo, OpVerb::kReadTag, "readtag"},
    VerbName{StepVerb::kFormat, {}, "format"},
    VerbName{StepVerb::kMount, {}, "mount"},
    VerbName{StepVerb::kClose, {}, "close"},
    VerbName{StepVerb::kVanish, {}, "vanish"},
    VerbName{StepVerb::kReset, {}, "reset"},
    VerbName{StepVerb::kFill, {}, "fill"},
    VerbName{StepVerb::kCut, {}, "cut"},
    VerbName{StepVerb::kRecover, {}, "recover"},
    VerbName{StepVerb::kAgain, {}, "again"},
    VerbName{StepVerb::kRemounts, {}, "remounts"},
    VerbName{StepVerb::kSettle, {}, "settle"},
    VerbName{StepVerb::kFlip, {}, "flip"},
    VerbName{StepVerb::kDamage, {}, "damage"},
    VerbName{StepVerb::kBreak, {}, "break"},
    VerbName{StepVerb::kWear, {}, "wear"},
    VerbName{StepVerb::kHeal, {}, "heal"},
    VerbName{StepVerb::kLap, {}, "lap"},
};

const char* NameOf(const Step& step) {
  for (const VerbName& verb : kVerbs) {
    const bool same = verb.verb == step.verb;
    if (same && (step.verb != StepVerb::kDo || verb.op == step.op.verb)) return verb.name;
  }
  return "?";
}

std::string ArgumentsOf(const Op& op) {
  switch (op.verb) {
    case OpVerb::kAppend:
      return absl::StrCat(
          " ", op.size, " tag ", int{op.tag}, " time ", op.time, " salt ", op.salt,
          op.count > 1 ? absl::StrCat(" times ", op.count, " every ", op.every) : "");
    case OpVerb::kCommit: return "";
    case OpVerb::kMaintain: return absl::StrCat(" ", op.count);
    case OpVerb::kRead:
    case OpVerb::kSeek: return absl::StrCat(" ", op.reader, " count ", op.count);
    case OpVerb::kSetClock: return absl::StrCat(" ", op.count, " offset ", op.time);
    case OpVerb::kReadTag:
      return absl::StrCat(" ", op.reader, " count ", op.count, " tag ", int{op.tag});
    default: return absl::StrCat(" ", op.reader);
  }
}

// Words of a line, taken one by one; `ok` stays false once one is wrong.
class Words {
 public:
  explicit Words(absl::string_view line)
      : words_(absl::StrSplit(line, absl::ByAnyChar(" \t\r"), absl::SkipEmpty())) {}

  bool empty() const { return at_ == words_.size(); }
  bool ok() const { return ok_; }
  absl::string_view Next() {
    if (empty()) return ok_ = false, absl::string_view();
    return words_[at_++];
  }
  template <typename Int>
  void Number(Int& value) {
    ok_ = absl::SimpleAtoi(Next(), &value) && ok_;
  }
  void Expect(absl::string_view word) { ok_ = Next() == word && ok_; }
  std::string Rest() {
    std::string rest;
    while (!empty()) absl::StrAppend(&rest, rest.empty() ? "" : " ", Next());
    return rest;
  }

 private:
  std::vector<absl::string_view> words_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

void ReadOp(Words& words, Op& op) {
  int tag = 0;
  switch (op.verb) {
    case OpVerb::kCommit: return;
    case OpVerb::kMaintain: return words.Number(op.count);
    case OpVerb::kSetClock:
      words.Number(op.count);
      words.Expect("offset");
      return words.Number(op.time);
    case OpVerb::kAppend:
      words.Number(op.size);
      words.Expect("tag");
      words.Number(tag);
      words.Expect("time");
      words.Number(op.time);
      words.Expect("salt");
      words.Number(op.salt);
      if (!words.empty()) {
        words.Expect("times");
        words.Number(op.count);
        words.Expect("every");
        words.Number(op.every);
        if (op.count > kMaxAppendTimes) words.Expect("");  // is no append
      }
      op.tag = static_cast<std::uint8_t>(tag & 127);
      return;
    default: break;
  }
  words.Number(op.reader);
  op.reader &= 7;
  const bool reads_tag = op.verb == OpVerb::kReadTag;
  if (op.verb != OpVerb::kRead && op.verb != OpVerb::kSeek && !reads_tag) return;
  words.Expect("count");
  words.Number(op.count);
  if (!reads_tag) return;
  words.Expect("tag");
  words.Number(tag);
  op.tag = static_cast<std::uint8_t>(tag & 127);
}

bool ReadStyle(Words& words, Step& step) {
  const std::optional<CutStyle> style = ParseCutStyle(words.Rest());
  if (style) step.style = *style;
  return style.has_value();
}

bool ReadArguments(Words& words, Step& step) {
  switch (step.verb) {
    case StepVerb::kDo: ReadOp(words, step.op); break;
    case StepVerb::kFormat:
    case StepVerb::kBreak:
    case StepVerb::kRemounts:
    case StepVerb::kFill: words.Number(step.number); break;
    case StepVerb::kFlip:
      words.Number(step.number);
      words.Expect("bits");
      words.Number(step.op.count);
      break;
    case StepVerb::kWear:
      words.Number(step.number);
      words.Expect("count");
      words.Number(step.op.count);
      break;
    case StepVerb::kDamage:
      words.Number(step.op.count);
      words.Expect("salt");
      words.Number(step.op.salt);
      break;
    case StepVerb::kMount:
      step.has_hint = !words.empty();
      if (step.has_hint) words.Expect("hint"), words.Number(step.hint);
      break;
    case StepVerb::kCut: words.Number(step.number); return ReadStyle(words, step) && words.ok();
    case StepVerb::kAgain:
      words.Number(step.number);
      words.Expect("times");
      words.Number(step.op.count);
      return ReadStyle(words, step) && words.ok();
    default: break;
  }
  return words.ok() && words.empty();
}

absl::StatusOr<Step> ParseStep(absl::string_view line) {
  Words words(line);
  const absl::string_view name = words.Next();
  for (const VerbName& verb : kVerbs) {
    if (name != verb.name) continue;
    Step step;
    step.verb = verb.verb;
    step.op.verb = verb.op;
    if (ReadArguments(words, step)) return step;
    return absl::InvalidArgumentError(absl::StrCat("\"", line, "\" is no ", name));
  }
  return absl::InvalidArgumentError(absl::StrCat("there is no step \"", name, "\""));
}

Step StepOf(StepVerb verb, std::uint64_t number = 0) {
  Step step;
  step.verb = verb;
  step.number = number;
  return step;
}

}  // namespace

std::string ToString(const Step& step) {
  std::string text = NameOf(step);
  switch (step.verb) {
    case StepVerb::kDo: return text + ArgumentsOf(step.op);
    case StepVerb::kFormat:
    case StepVerb::kBreak:
    case StepVerb::kRemounts:
    case StepVerb::kFill: return absl::StrCat(text, " ", step.number);
    case StepVerb::kFlip: return absl::StrCat(text, " ", step.number, " bits ", step.op.count);
    case StepVerb::kWear: return absl::StrCat(text, " ", step.number, " count ", step.op.count);
    case StepVerb::kDamage: return absl::StrCat(text, " ", step.op.count, " salt ", step.op.salt);
    case StepVerb::kMount: return step.has_hint ? absl::StrCat(text, " hint ", step.hint) : text;
    case StepVerb::kCut: return absl::StrCat(text, " ", step.number, " ", ToString(step.style));
    case StepVerb::kAgain:
      return absl::StrCat(text, " ", step.number, " times ", step.op.count, " ",
                          ToString(step.style));
    default: return text;
  }
}

std::string ToString(const Script& script) {
  std::string text = absl::StrCat(kHeading, "\nsetup ", script.setup, "\n");
  for (const Step& step : script.steps) absl::StrAppend(&text, ToString(step), "\n");
  return text;
}

absl::StatusOr<Script> ParseScript(absl::string_view text) {
  Script script;
  int number = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    line = absl::StripAsciiWhitespace(line);
    if (line.empty() || line.front() == '#') continue;
    if (absl::ConsumePrefix(&line, "setup ")) {
      script.setup = std::string(absl::StripAsciiWhitespace(line));
      continue;
    }
    absl::StatusOr<Step> step = ParseStep(line);
    if (!step.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("line ", number, ": ", step.status().message()));
    }
    script.steps.push_back(*std::move(step));
  }
  if (script.setup.empty()) return absl::InvalidArgumentError("the script names no setup");
  return script;
}

void AppendSession(const Session& session, std::vector<Step>& steps) {
  Step start = StepOf(session.start == SessionStart::kFormat ? StepVerb::kFormat : StepVerb::kMount,
                      session.start == SessionStart::kFormat ? session.nonce : 0);
  start.has_hint = session.has_hint && session.start == SessionStart::kMount;
  start.hint = start.has_hint ? session.hint : 0;
  steps.push_back(start);
  for (const Op& op : session.ops) {
    Step step;
    step.op = op;
    // What the verb does not need is not printed.
    const bool counts = op.verb == OpVerb::kRead || op.verb == OpVerb::kSeek ||
                        op.verb == OpVerb::kMaintain || op.verb == OpVerb::kSetClock ||
                        op.verb == OpVerb::kReadTag;
    if (!counts) step.op.count = 0;
    steps.push_back(step);
  }
  constexpr std::array kEnds = {StepVerb::kClose, StepVerb::kVanish, StepVerb::kReset};
  steps.push_back(StepOf(kEnds.at(static_cast<std::size_t>(session.end))));
}

std::uint32_t CountCuts(const Script& script) {
  std::uint32_t count = 0;
  for (const Step& step : script.steps) {
    if (step.verb == StepVerb::kCut || EndsASession(step.verb)) ++count;
    if (step.verb == StepVerb::kAgain) count += static_cast<std::uint32_t>(step.number);
  }
  return count;
}

std::uint32_t CountOperations(const Script& script) {
  std::uint32_t count = 0;
  for (const Step& step : script.steps) {
    const bool counts = step.verb != StepVerb::kCut && step.verb != StepVerb::kRecover &&
                        !EndsASession(step.verb) && step.verb != StepVerb::kAgain &&
                        step.verb != StepVerb::kRemounts;
    if (counts) ++count;
  }
  return count;
}

}  // namespace norlog::fuzz
