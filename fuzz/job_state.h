// fuzz/job_state.h - finished jobs on disk, so that an interrupted campaign goes on.
//
// A text file: the first line names the work ("norlog-campaign state 1" and the
// options), each further line is one finished job as JSON. A line is written
// with one call behind its job; a last line that a kill has cut short is left
// out, and its job done again.
#ifndef FUZZ_JOB_STATE_H_
#define FUZZ_JOB_STATE_H_

#include <cstddef>
#include <cstdio>
#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fuzz/job_result.h"

namespace norlog::fuzz {

// One line, without its end.
std::string ToLine(std::size_t job, const JobResult& result);
// False if the line is not a whole job.
bool FromLine(const std::string& line, std::size_t& job, JobResult& result);

// Jobs by their number.
using FinishedJobs = std::map<std::size_t, JobResult>;

// What the file holds of this work; nothing if there is no file yet.
// kFailedPrecondition: it is of other work. kInvalidArgument: it is no state file.
absl::StatusOr<FinishedJobs> LoadState(const std::string& path, const std::string& work);

class StateFile {
 public:
  // Appends to the file, or begins it anew (`resume` false). kUnavailable if
  // it cannot be written.
  static absl::StatusOr<StateFile> Open(const std::string& path, const std::string& work,
                                        bool resume);
  absl::Status Append(std::size_t job, const JobResult& result);

 private:
  struct Closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::unique_ptr<std::FILE, Closer> file_;
};

}  // namespace norlog::fuzz

#endif  // FUZZ_JOB_STATE_H_
