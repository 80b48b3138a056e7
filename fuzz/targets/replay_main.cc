// replay_main.cc - runs a fuzz target over files without a fuzzer, with any compiler.
//
//   operations_replay fuzz/corpus/operations          every file of a folder
//   operations_replay crash-0123...                   one file
//   operations_replay --seconds=5 fuzz/corpus/image   again and again, to measure
//
// Exit code 0 if no input failed (a failing one aborts), 1 if a path could not
// be read or there was no input at all.
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using Bytes = std::vector<std::uint8_t>;

struct NamedInput {
  std::string name;
  Bytes bytes;
};

bool Load(const std::filesystem::path& path, std::vector<NamedInput>& inputs) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return false;
  inputs.push_back({path.string(), Bytes(std::istreambuf_iterator<char>(file), {})});
  return true;
}

// All files of a folder, in the order of their names; or the one file.
bool Collect(const std::filesystem::path& path, std::vector<NamedInput>& inputs) {
  if (!std::filesystem::is_directory(path)) return Load(path, inputs);
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(path)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return std::all_of(files.begin(), files.end(),
                     [&](const auto& file) { return Load(file, inputs); });
}

void RunOnce(const std::vector<NamedInput>& inputs, bool tell) {
  for (const NamedInput& input : inputs) {
    if (tell) std::cerr << input.name << std::endl;  // flushed: the input may abort
    (void)LLVMFuzzerTestOneInput(input.bytes.data(), input.bytes.size());
  }
}

void Measure(const std::vector<NamedInput>& inputs, int seconds) {
  const std::clock_t start = std::clock();
  std::uint64_t runs = 0;
  double elapsed = 0;
  while (elapsed < seconds) {
    RunOnce(inputs, /*tell=*/false);
    runs += inputs.size();
    elapsed = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  }
  std::cout << static_cast<std::uint64_t>(static_cast<double>(runs) / elapsed)
            << " executions per CPU-second\n";
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<NamedInput> inputs;
  int seconds = 0;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    constexpr std::string_view kSeconds = "--seconds=";
    if (argument.starts_with(kSeconds)) {
      std::from_chars(argument.data() + kSeconds.size(), argument.data() + argument.size(),
                      seconds);
    } else if (!Collect(argument, inputs)) {
      std::cerr << "cannot read " << argument << '\n';
      return 1;
    }
  }
  if (inputs.empty()) {
    std::cerr << "usage: " << argv[0] << " [--seconds=N] FILE|FOLDER...\n";
    return 1;
  }
  RunOnce(inputs, /*tell=*/true);
  std::cout << inputs.size() << " inputs, none failed\n";
  if (seconds > 0) Measure(inputs, seconds);
  return 0;
}
