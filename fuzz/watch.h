// fuzz/watch.h - names the case in which the engine hangs or crashes.
//
// Neither can be judged from inside (G7). So each thread says what it is at, and
// counts the times that the engine came back; a thread of its own looks whether
// these numbers go on. It can do nothing but end the process: what was finished
// is in the state file.
#ifndef FUZZ_WATCH_H_
#define FUZZ_WATCH_H_

#include <string_view>

namespace norlog::fuzz {

// What this thread is at from now on, as --replay takes it (cut to 200 bytes).
void SetCase(std::string_view id);

// The engine has come back.
void Beat();

// From now on: a thread that has used `seconds` of CPU time since its last Beat, or
// that is stopped by a signal such as SIGSEGV, ends the process with `exit_code` and "G7
// BROKEN: ..." with the line that replays it on standard error. (Where a
// sanitizer handles these signals they stay its own.) Call it once.
void StartWatch(double seconds, int exit_code);

}  // namespace norlog::fuzz

#endif  // FUZZ_WATCH_H_
