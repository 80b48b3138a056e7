// fuzz/cut_case.h - which operations of a life are cut, in one short line.
//
// "toy-overwrite/5:17.3:2.8": of the life of that setup, session 5 is cut at its
// mutating operation 17 in style 3 (cut_style.h), the recovery from there at its
// operation 2 in style 8. "...:2.8x65537": the last cut so many times.
#ifndef FUZZ_CUT_CASE_H_
#define FUZZ_CUT_CASE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "fuzz/cut_style.h"
#include "fuzz/life.h"
#include "fuzz/script.h"

namespace norlog::fuzz {

// The mutating operation behind `operation` further ones is torn.
struct Cut {
  std::uint64_t operation = 0;
  std::size_t style = 0;  // index into the setup's styles
  friend bool operator==(const Cut&, const Cut&) = default;
};

// What is cut first: session `session`, run from its checkpoint. Then, for
// each further cut, the recovery and the first append behind the one before.
struct CutCase {
  std::size_t session = 0;
  std::vector<Cut> cuts;
  std::uint32_t times = 1;  // the last cut
  friend bool operator==(const CutCase&, const CutCase&) = default;
};

// Without the setup's name. An unreadable text is no case.
std::string ToString(const CutCase& cut_case);
std::optional<CutCase> ParseCutCase(const std::string& text);

// The same on any machine.
std::uint64_t HashOf(const CutCase& cut_case);

// The style's tear as it is at this place: a different picture at each place,
// the same at each run.
flashsim::Tear TearAt(const CutStyle& style, std::size_t session, std::uint64_t operation);

// The case as a script: from a virgin chip to a recovery and a further lap.
// kOutOfRange: no such session or style.
absl::StatusOr<Script> ToScript(const std::string& setup, const Life& life,
                                const std::vector<CutStyle>& styles, const CutCase& cut_case);

}  // namespace norlog::fuzz

#endif  // FUZZ_CUT_CASE_H_
