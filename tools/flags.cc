#include "tools/flags.h"

#include <algorithm>
#include <cstddef>

#include "absl/flags/commandlineflag.h"
#include "absl/flags/reflection.h"
#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace norlog::tools {
namespace {

absl::Status SetFlag(absl::string_view name, absl::string_view value) {
  std::string error;
  if (absl::FindCommandLineFlag(name)->ParseFrom(value, &error)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrFormat("--%s cannot be \"%s\"%s%s", name, value, error.empty() ? "" : ": ", error));
}

}  // namespace

bool WantsHelp(std::span<char* const> arguments) {
  return std::ranges::any_of(arguments, [](absl::string_view argument) {
    return argument == "--help" || argument == "-help" || argument == "-h";
  });
}

absl::Status SetFlags(std::span<char* const> arguments, const std::vector<std::string>& known) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const absl::string_view argument = arguments[i];
    absl::string_view name = argument;
    if (!absl::ConsumePrefix(&name, "--") && !absl::ConsumePrefix(&name, "-")) {
      return absl::InvalidArgumentError(absl::StrFormat("\"%s\" is no flag", argument));
    }
    const std::size_t equals = name.find('=');
    const bool has_value = equals != absl::string_view::npos;
    const absl::string_view value = has_value ? name.substr(equals + 1) : absl::string_view();
    name = name.substr(0, equals);
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return absl::InvalidArgumentError(absl::StrFormat("there is no flag --%s; there are --%s",
                                                        name, absl::StrJoin(known, ", --")));
    }
    if (!has_value && i + 1 == arguments.size()) {
      return absl::InvalidArgumentError(absl::StrFormat("--%s needs a value", name));
    }
    if (absl::Status status = SetFlag(name, has_value ? value : arguments[++i]); !status.ok()) {
      return status;
    }
  }
  return absl::OkStatus();
}

}  // namespace norlog::tools
