// fuzz/watch.h - names the case in which the engine hangs or crashes.
//
// Neither can be judged from inside (G7). So each thread says what it is at, and
// counts the times that the engine came back; a thread of its own looks whether
// these numbers go on. It can do nothing but end the process: what was finished
// is in the state file.
#ifndef FUZZ_WATCH_H_
#define FUZZ_WATCH_H_

#include <string>
#include <string_view>

namespace norlog::fuzz {

// While one lives, the thread that made it is watched: it works on the case `id`, as
// --replay takes it (the first 200 bytes). One within another takes its place until its end.
class AtCase {
 public:
  explicit AtCase(std::string_view id);
  ~AtCase();
  AtCase(const AtCase&) = delete;
  AtCase& operator=(const AtCase&) = delete;

 private:
  std::string before_;
};

// The engine has come back.
void Beat();

// From now on: a thread at a case that has used `seconds` of CPU time (0: any) without coming
// back, or that a signal such as SIGSEGV stops, ends the process with `exit_code`; "G7
// BROKEN: ..." and the line that replays it go to standard error. (Where a
// sanitizer handles these signals they stay its own.) Call it once.
void StartWatch(double seconds, int exit_code);

}  // namespace norlog::fuzz

#endif  // FUZZ_WATCH_H_
