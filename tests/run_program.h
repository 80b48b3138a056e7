// tests/run_program.h - runs one of our programs as a user would, from a test.
#ifndef TESTS_RUN_PROGRAM_H_
#define TESTS_RUN_PROGRAM_H_

#include <sys/wait.h>

#include <array>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <string>

namespace norlog {

struct Outcome {
  int exit_code = -1;  // -1: it did not start, or a signal ended it
  std::string output;  // both streams
};

// `path` is "tools/norlog-demo": that of the Bazel target, among whose runfiles
// it is; CMake puts the program beside this test's. `arguments` are words of a
// shell, `environment` assignments before them. What a test runner says of shards
// is not for the program under test.
inline Outcome RunProgram(const std::filesystem::path& path, const std::string& arguments,
                          const std::string& environment = "") {
  const std::filesystem::path beside =
      std::filesystem::read_symlink("/proc/self/exe").parent_path() / path.filename();
  const std::string program = std::filesystem::exists(beside) ? beside.string() : path.string();
  const std::string command = "env -u TEST_SHARD_INDEX -u TEST_TOTAL_SHARDS " + environment + " " +
                              program + " " + arguments + " 2>&1";
  Outcome outcome;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return outcome;
  std::array<char, 4096> chunk;
  while (const std::size_t size = std::fread(chunk.data(), 1, chunk.size(), pipe)) {
    outcome.output.append(chunk.data(), size);
  }
  const int status = pclose(pipe);
  if (WIFEXITED(status)) outcome.exit_code = WEXITSTATUS(status);
  return outcome;
}

}  // namespace norlog

#endif  // TESTS_RUN_PROGRAM_H_
