// tools/flags.h - command lines whose errors end in exit code 2.
//
// Abseil's own parser ends the program with 1, which for the demo means "a
// record was lost"; so the arguments are checked before they go there.
#ifndef NORLOG_TOOLS_FLAGS_H_
#define NORLOG_TOOLS_FLAGS_H_

#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace norlog::tools {

// True if one of the arguments asks for help.
bool WantsHelp(std::span<char* const> arguments);

// Sets the program's Abseil flags from `arguments` (without the program's
// name): --name=value or --name value. kInvalidArgument names what is wrong:
// an unknown flag (and those there are: `known`), a value that does not parse,
// a missing value, or an argument that is no flag.
absl::Status SetFlags(std::span<char* const> arguments, const std::vector<std::string>& known);

}  // namespace norlog::tools

#endif  // NORLOG_TOOLS_FLAGS_H_
