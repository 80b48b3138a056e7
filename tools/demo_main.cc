// norlog-demo: real weather data on a chip whose power keeps failing.
// tools/README.md explains the figures.
//
// Exit codes: 0 all is accounted for; 1 something was lost, returned wrongly or
// broke a rule; 2 the command line, a file or the CSV is not usable.
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <span>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_format.h"
#include "flashsim/image.h"
#include "flashsim/profiles.h"
#include "tools/demo.h"
#include "tools/flags.h"
#include "tools/progress.h"
#include "tools/report.h"
#include "tools/series.h"

ABSL_FLAG(std::uint64_t, seed, 1, "decides every cut, tear and burst");
ABSL_FLAG(std::uint64_t, cuts, 5000, "how often the power fails");
ABSL_FLAG(std::string, chip, "w25q8", "the simulated chip");
ABSL_FLAG(std::string, csv, "", "a CSV file with a time column, instead of the weather data");
ABSL_FLAG(std::string, json, "", "write every figure to this file");
ABSL_FLAG(std::string, image, "", "leave the chip's content in this file");

namespace norlog::tools {
namespace {

constexpr int kExitFault = 1;
constexpr int kExitUsage = 2;

std::string Usage() {
  return absl::StrFormat(
      "norlog-demo replays sensor data into a simulated flash chip whose power keeps failing,\n"
      "and checks every record.\n\n"
      "  --seed N      decides every cut, tear and burst (1)\n"
      "  --cuts N      how often the power fails (5000)\n"
      "  --chip NAME   %s (w25q8)\n"
      "  --csv FILE    a CSV file with a time column, instead of the weather data\n"
      "  --json FILE   write every figure to this file\n"
      "  --image FILE  leave the chip's content in this file\n",
      flashsim::ProfileNames());
}

const flashsim::Profile* ChipFromFlag(absl::Status& status) {
  const std::string name = absl::GetFlag(FLAGS_chip);
  const flashsim::Profile* chip = flashsim::FindProfile(name);
  if (chip == nullptr) {
    status = absl::InvalidArgumentError(
        absl::StrFormat("there is no chip \"%s\"; there are %s", name, flashsim::ProfileNames()));
  }
  return chip;
}

// The series of --csv, or the weather data where it was built or installed.
absl::StatusOr<Series> SeriesFromFlag() {
  if (std::string path = absl::GetFlag(FLAGS_csv); !path.empty()) return LoadSeries(path);
  absl::StatusOr<Series> series = LoadSeries(NORLOG_DEMO_CSV);
  return absl::IsNotFound(series.status()) ? LoadSeries(NORLOG_DEMO_INSTALLED_CSV) : series;
}

absl::Status CheckPayloads(const Series& series, const flashsim::Profile& chip) {
  const std::uint32_t limit = MaxDemoPayloadBytes(chip.geometry);
  for (const Sample& sample : series.samples) {
    if (sample.payload.size() <= limit) continue;
    return absl::InvalidArgumentError(
        absl::StrFormat("line %d: the row takes %d bytes; a record on this chip holds %d",
                        sample.line, sample.payload.size(), limit));
  }
  return absl::OkStatus();
}

// Opens an output file early, so that a wrong path is known before the run.
absl::Status CheckWritable(const std::string& path) {
  if (path.empty() || std::ofstream(path, std::ios::app)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrFormat("cannot write %s", path));
}

absl::Status WriteJson(const DemoFigures& figures) {
  const std::string path = absl::GetFlag(FLAGS_json);
  if (path.empty()) return absl::OkStatus();
  std::ofstream file(path, std::ios::trunc);
  file << ToJson(figures) << std::flush;
  return file ? absl::OkStatus() : absl::UnavailableError(absl::StrFormat("cannot write %s", path));
}

absl::Status WriteImage(const flashsim::SimFlash& chip) {
  const std::string path = absl::GetFlag(FLAGS_image);
  if (path.empty()) return absl::OkStatus();
  const flashsim::ImageResult result = flashsim::SaveImage(chip, path);
  if (result == flashsim::ImageResult::kOk) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrFormat("cannot write %s: %s", path, flashsim::Name(result)));
}

absl::StatusOr<DemoFigures> RunDemo() {
  absl::Status status;
  const DemoConfig config = {.seed = absl::GetFlag(FLAGS_seed),
                             .cuts = absl::GetFlag(FLAGS_cuts),
                             .chip = ChipFromFlag(status)};
  if (!status.ok()) return status;
  status.Update(CheckWritable(absl::GetFlag(FLAGS_json)));
  status.Update(CheckWritable(absl::GetFlag(FLAGS_image)));
  if (!status.ok()) return status;
  const absl::StatusOr<Series> series = SeriesFromFlag();
  if (!series.ok()) return series.status();
  status.Update(CheckPayloads(*series, *config.chip));
  if (!status.ok()) return status;

  Demo demo(config, *series);
  {
    ProgressBar bar;
    demo.Run([&bar](double fraction) { bar.Update(fraction); });
  }
  const DemoFigures figures = demo.Figures();
  std::fputs(ToTable(figures).c_str(), stdout);
  status.Update(WriteJson(figures));
  status.Update(WriteImage(demo.chip()));
  if (!status.ok()) return status;
  return figures;
}

int Fail(const absl::Status& status) {
  std::fprintf(stderr, "norlog-demo: %s\n", std::string(status.message()).c_str());
  return kExitUsage;
}

int Main(std::span<char* const> arguments) {
  if (WantsHelp(arguments)) {
    std::fputs(Usage().c_str(), stdout);
    return 0;
  }
  const std::vector<std::string> flags = {"seed", "cuts", "chip", "csv", "json", "image"};
  if (absl::Status status = SetFlags(arguments, flags); !status.ok()) return Fail(status);
  const absl::StatusOr<DemoFigures> figures = RunDemo();
  if (!figures.ok()) return Fail(figures.status());
  return figures->passed() ? 0 : kExitFault;
}

}  // namespace
}  // namespace norlog::tools

int main(int argc, char** argv) {
  const std::span<char* const> arguments(argv, static_cast<std::size_t>(argc));
  return norlog::tools::Main(arguments.subspan(1));
}
