// fuzz/replay.h - from a case's one-line id to its script, and to a story.
#ifndef FUZZ_REPLAY_H_
#define FUZZ_REPLAY_H_

#include <string>

#include "absl/status/statusor.h"
#include "fuzz/script.h"

namespace norlog::fuzz {

// "toy-overwrite/5:17.3:2.8" (cut_case.h), "random/00000000deadbeef" or just
// that number in hexadecimal (random_case.h). kInvalidArgument or kNotFound
// say what is wrong.
absl::StatusOr<Script> ScriptOfCase(const std::string& id);

// A case id, or the name of a file that holds a script.
absl::StatusOr<Script> ScriptOf(const std::string& id_or_file);

// 16 bytes a line, lines alike left out: "0x0410: C1 00 .. |....|".
std::string HexDump(std::uint64_t address, const std::vector<std::uint8_t>& bytes);

// Lines that differ only, both ways, with their addresses.
std::string HexDiff(std::uint64_t address, const std::vector<std::uint8_t>& before,
                    const std::vector<std::uint8_t>& after);

}  // namespace norlog::fuzz

#endif  // FUZZ_REPLAY_H_
