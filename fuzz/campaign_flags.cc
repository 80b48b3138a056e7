#include "fuzz/campaign_flags.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "absl/flags/commandlineflag.h"
#include "absl/flags/reflection.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace norlog::fuzz {
namespace {

// Only this program's own, not those that Abseil brings.
absl::CommandLineFlag* FindFlag(absl::string_view name) {
  absl::CommandLineFlag* flag = absl::FindCommandLineFlag(name);
  const bool is_ours =
      flag != nullptr && flag->Filename().find("norlog_campaign") != std::string::npos;
  return is_ours ? flag : nullptr;
}

std::string FromEnvironment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

void TouchStatusFile() {
  const std::string path = FromEnvironment("TEST_SHARD_STATUS_FILE");
  if (!path.empty()) std::ofstream(path, std::ios::app).flush();
}

absl::StatusOr<Shard> MakeShard(absl::string_view index, absl::string_view count,
                                absl::string_view where) {
  Shard shard;
  if (absl::SimpleAtoi(index, &shard.index) && absl::SimpleAtoi(count, &shard.count) &&
      shard.index < shard.count) {
    return shard;
  }
  return absl::InvalidArgumentError(absl::StrCat("there is no shard ", index, "/", count, " (",
                                                 where, "): it is I/N with I from 0 to N-1"));
}

absl::StatusOr<Shard> SlurmShard(const std::string& id) {
  std::uint32_t number = 0;
  std::uint32_t first = 0;
  if (!absl::SimpleAtoi(FromEnvironment("SLURM_ARRAY_TASK_MIN"), &first)) first = 0;
  if (!absl::SimpleAtoi(id, &number) || number < first) number = first;
  return MakeShard(absl::StrCat(number - first), FromEnvironment("SLURM_ARRAY_TASK_COUNT"),
                   "SLURM_ARRAY_TASK_ID/SLURM_ARRAY_TASK_COUNT");
}

}  // namespace

bool WantsHelp(std::span<char* const> arguments) {
  return std::any_of(arguments.begin(), arguments.end(), [](absl::string_view argument) {
    return argument == "--help" || argument == "-help" || argument == "-h";
  });
}

absl::Status ReadFlags(std::span<char* const> arguments, std::vector<std::string>& others) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    absl::string_view name = arguments[i];
    if (!absl::ConsumePrefix(&name, "--")) {
      others.emplace_back(name);
      continue;
    }
    const std::size_t equals = name.find('=');
    const bool has_value = equals != absl::string_view::npos;
    std::string value(has_value ? name.substr(equals + 1) : "");
    name = name.substr(0, equals);
    absl::CommandLineFlag* const flag = FindFlag(name);
    if (flag == nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat("there is no flag --", name, "; --help lists them"));
    }
    if (!has_value && flag->IsOfType<bool>()) {
      value = "true";
    } else if (!has_value && i + 1 == arguments.size()) {
      return absl::InvalidArgumentError(absl::StrCat("--", name, " needs a value"));
    } else if (!has_value) {
      value = arguments[++i];
    }
    std::string error;
    if (!flag->ParseFrom(value, &error)) {
      return absl::InvalidArgumentError(absl::StrCat("--", name, " cannot be \"", value, "\""));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Shard> FindShard(const std::string& text) {
  TouchStatusFile();
  if (!text.empty()) {
    const std::vector<std::string> parts = absl::StrSplit(text, '/');
    return MakeShard(parts[0], parts.size() == 2 ? parts[1] : "", "--shard");
  }
  if (const std::string index = FromEnvironment("TEST_SHARD_INDEX"); !index.empty()) {
    return MakeShard(index, FromEnvironment("TEST_TOTAL_SHARDS"),
                     "TEST_SHARD_INDEX/TEST_TOTAL_SHARDS");
  }
  const std::string id = FromEnvironment("SLURM_ARRAY_TASK_ID");
  return id.empty() ? Shard() : SlurmShard(id);
}

}  // namespace norlog::fuzz
