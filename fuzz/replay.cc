#include "fuzz/replay.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <optional>
#include <span>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "fuzz/cut_case.h"
#include "fuzz/random_case.h"
#include "fuzz/target.h"

namespace norlog::fuzz {
namespace {

constexpr std::size_t kLineBytes = 16;

std::string HexLine(std::uint64_t address, std::span<const std::uint8_t> bytes) {
  char text[8];
  std::string line = absl::StrCat("0x", absl::Hex(address, absl::kZeroPad4), ":");
  for (const std::uint8_t byte : bytes) {
    std::snprintf(text, sizeof(text), " %02X", byte);
    line += text;
  }
  return line + '\n';
}

std::span<const std::uint8_t> LineAt(const std::vector<std::uint8_t>& bytes, std::size_t at) {
  const std::size_t end = std::min(bytes.size(), at + kLineBytes);
  return std::span(bytes).subspan(std::min(at, end), end - std::min(at, end));
}

bool Same(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

bool IsHex(const std::string& text) {
  return !text.empty() && text.size() <= 16 &&
         text.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
}

}  // namespace

absl::StatusOr<Script> ScriptOfCase(const std::string& id) {
  const std::size_t slash = id.rfind('/');
  const std::string setup = slash == std::string::npos ? "random" : id.substr(0, slash);
  const std::string rest = slash == std::string::npos ? id : id.substr(slash + 1);
  if (setup == "random" && IsHex(rest)) return RandomScript(std::stoull(rest, nullptr, 16));
  const std::optional<CutCase> cut_case = ParseCutCase(rest);
  if (slash == std::string::npos || !cut_case) {
    return absl::InvalidArgumentError(absl::StrCat("\"", id,
                                                   "\" is neither a file that can be read nor a "
                                                   "case: one is SETUP/SESSION:OPERATION.STYLE..., "
                                                   "or random/ and 64 bits in hexadecimal"));
  }
  const absl::StatusOr<Setup> found = FindSetup(setup);
  if (!found.ok()) return found.status();
  const Target target = MakeTarget(*found);
  return ToScript(setup, target.life, target.styles, *cut_case);
}

absl::StatusOr<Script> ScriptOf(const std::string& id_or_file) {
  std::ifstream file(id_or_file, std::ios::binary);
  if (!file) return ScriptOfCase(id_or_file);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  absl::StatusOr<Script> script = ParseScript(text);
  if (script.ok()) return script;
  return absl::InvalidArgumentError(absl::StrCat(id_or_file, ": ", script.status().message()));
}

std::string HexDump(std::uint64_t address, const std::vector<std::uint8_t>& bytes) {
  std::string text;
  bool skipped = false;
  for (std::size_t at = 0; at < bytes.size(); at += kLineBytes) {
    const bool same = at > 0 && at + kLineBytes < bytes.size() &&
                      Same(LineAt(bytes, at), LineAt(bytes, at - kLineBytes));
    if (!same) text += HexLine(address + at, LineAt(bytes, at));
    if (same && !skipped) text += "*\n";
    skipped = same;
  }
  return text;
}

std::string HexDiff(std::uint64_t address, const std::vector<std::uint8_t>& before,
                    const std::vector<std::uint8_t>& after) {
  std::string text;
  for (std::size_t at = 0; at < before.size() && at < after.size(); at += kLineBytes) {
    if (Same(LineAt(before, at), LineAt(after, at))) continue;
    text += "- " + HexLine(address + at, LineAt(before, at));
    text += "+ " + HexLine(address + at, LineAt(after, at));
  }
  return text;
}

}  // namespace norlog::fuzz
