// fuzz/shrink.h - from a case that fails to the least that still does.
#ifndef FUZZ_SHRINK_H_
#define FUZZ_SHRINK_H_

#include <cstdint>
#include <functional>
#include <string>

#include "fuzz/campaign_result.h"
#include "fuzz/script.h"

namespace norlog::fuzz {

// Whether a script still fails as it should. Called often.
using StillFails = std::function<bool(const Script&)>;

// Delta debugging: drops steps, in ever smaller groups, replaces what fills the
// ring by `fill`, then lowers the numbers, as long as it still fails; ends early
// after `cpu_seconds` of this thread. The result fails; it is the script itself
// if nothing can go.
Script Shrink(const Script& script, const StillFails& still_fails, double cpu_seconds);

// Moves each cut directly before the step that it hits and counts from there,
// so that steps before it may go without moving it. The same run, said
// differently.
Script PinCuts(const Setup& setup, const Script& script);

// The breach of a script's run, and its cluster: guarantee and MessageShape.
std::string ClusterOf(const ScriptOutcome& outcome);

// A failing script's least, with a breach of the same guarantee.
Script ShrinkWithin(const Setup& setup, const Script& script, double cpu_seconds);

// A failing case, shrunk within the same guarantee: everything of a
// FailureCluster but `count` and `first_case`.
// A case that does not fail when replayed says so in its trace.
FailureCluster Explain(const std::string& case_id, double cpu_seconds);

// The run of a script in words: its steps, with what the chip did in those that
// a cut hit, and the breach.
std::string Tell(const Setup& setup, const Script& script);

}  // namespace norlog::fuzz

#endif  // FUZZ_SHRINK_H_
