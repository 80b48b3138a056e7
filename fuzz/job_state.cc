#include "fuzz/job_state.h"

#include <filesystem>
#include <fstream>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"

namespace norlog::fuzz {
namespace {

using nlohmann::json;

constexpr const char* kHeading = "norlog-campaign state 1: ";

// The whole numbers of a SetupResult, in one order for both ways.
std::vector<std::uint64_t*> Numbers(SetupResult& figures) {
  return {&figures.jobs_done,
          &figures.cycles,
          &figures.states_memoised,
          &figures.laps,
          &figures.cuts,
          &figures.torn_programs,
          &figures.torn_erases,
          &figures.records,
          &figures.broken,
          &figures.cuts_in_recovery,
          &figures.cases_digest,
          &figures.clean_budget_used,
          &figures.cut_budget_used};
}

std::vector<Histogram*> Histograms(SetupResult& figures) {
  return {&figures.recovery_reads, &figures.recovery_programs, &figures.recovery_erases,
          &figures.recovery_us};
}

json ToJson(const Histogram& histogram) {
  return {{"bins", histogram.bins}, {"max", histogram.max}};
}

json ToJson(const FoundFailure& failure) {
  return {{"guarantee", static_cast<int>(failure.guarantee)},
          {"message", failure.message},
          {"case", failure.case_id},
          {"count", failure.count}};
}

FoundFailure FailureOf(const json& object) {
  FoundFailure failure;
  failure.guarantee = static_cast<Guarantee>(object.at("guarantee").get<int>());
  failure.message = object.at("message").get<std::string>();
  failure.case_id = object.at("case").get<std::string>();
  failure.count = object.at("count").get<std::uint64_t>();
  return failure;
}

// Throws json::exception if something is missing.
void Read(const json& object, std::size_t& job, JobResult& result) {
  job = object.at("job").get<std::size_t>();
  std::size_t i = 0;
  for (std::uint64_t* number : Numbers(result.figures)) {
    *number = object.at("numbers").at(i++).get<std::uint64_t>();
  }
  i = 0;
  for (Histogram* histogram : Histograms(result.figures)) {
    const json& from = object.at("histograms").at(i++);
    from.at("bins").get_to(histogram->bins);
    from.at("max").get_to(histogram->max);
  }
  object.at("cpu").get_to(result.figures.cpu_seconds);
  object.at("images").get_to(result.figures.images);
  object.at("wear").get_to(result.figures.wear);
  object.at("checks").get_to(result.checks);
  object.at("broken").get_to(result.broken);
  for (const json& point : object.at("points")) {
    result.points[point.at(0).get<std::size_t>()] = {point.at(1).get<std::uint64_t>(),
                                                     point.at(2).get<std::uint64_t>()};
  }
  for (const auto& [key, failure] : object.at("failures").items()) {
    result.failures[key] = FailureOf(failure);
  }
}

}  // namespace

std::string ToLine(std::size_t job, const JobResult& result) {
  SetupResult figures = result.figures;
  json object = {{"job", job},
                 {"cpu", figures.cpu_seconds},
                 {"images", figures.images},
                 {"wear", figures.wear},
                 {"checks", result.checks},
                 {"broken", result.broken},
                 {"numbers", json::array()},
                 {"histograms", json::array()},
                 {"points", json::array()},
                 {"failures", json::object()}};
  for (const std::uint64_t* number : Numbers(figures)) object["numbers"].push_back(*number);
  for (const Histogram* histogram : Histograms(figures)) {
    object["histograms"].push_back(ToJson(*histogram));
  }
  for (const auto& [index, point] : result.points) {
    object["points"].push_back({index, point.cuts, point.nested_cuts});
  }
  for (const auto& [key, failure] : result.failures) object["failures"][key] = ToJson(failure);
  return object.dump();
}

bool FromLine(const std::string& line, std::size_t& job, JobResult& result) {
  const json object = json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return false;
  try {
    Read(object, job, result);
  } catch (const json::exception&) {
    return false;
  }
  return true;
}

absl::StatusOr<FinishedJobs> LoadState(const std::string& path, const std::string& work) {
  FinishedJobs jobs;
  std::ifstream file(path);
  std::string line;
  if (!file || !std::getline(file, line)) return jobs;
  if (line.rfind(kHeading, 0) != 0) {
    return absl::InvalidArgumentError(absl::StrCat(path, " is no state of a campaign"));
  }
  if (line != kHeading + work) {
    return absl::FailedPreconditionError(absl::StrCat(
        path, " is the state of another campaign: ", line.substr(std::string(kHeading).size()),
        "; this one is: ", work));
  }
  while (std::getline(file, line)) {
    std::size_t job = 0;
    JobResult result;
    if (FromLine(line, job, result)) jobs[job] = std::move(result);
  }
  return jobs;
}

absl::StatusOr<StateFile> StateFile::Open(const std::string& path, const std::string& work,
                                          bool resume) {
  std::error_code error;
  const bool goes_on = resume && std::filesystem::file_size(path, error) > 0 && !error;
  StateFile state;
  state.file_.reset(std::fopen(path.c_str(), goes_on ? "a" : "w"));
  if (state.file_ == nullptr) return absl::UnavailableError(absl::StrCat("cannot write ", path));
  // The line end also ends a line that was cut short.
  const std::string first = goes_on ? "\n" : kHeading + work + "\n";
  std::fputs(first.c_str(), state.file_.get());
  std::fflush(state.file_.get());
  return state;
}

absl::Status StateFile::Append(std::size_t job, const JobResult& result) {
  const std::string line = ToLine(job, result) + "\n";
  const bool written = std::fwrite(line.data(), 1, line.size(), file_.get()) == line.size() &&
                       std::fflush(file_.get()) == 0;
  return written ? absl::OkStatus() : absl::UnavailableError("cannot write the state file");
}

}  // namespace norlog::fuzz
