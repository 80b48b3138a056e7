#include "fuzz/watch.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <mutex>
#include <thread>
#include <vector>

namespace norlog::fuzz {
namespace {

constexpr std::size_t kMaxCaseBytes = 200;
constexpr std::size_t kSignalStackBytes = 64 * 1024;  // a handler may find the stack full
constexpr auto kLookEvery = std::chrono::milliseconds(250);
constexpr std::array kCrashes = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

// What a thread tells. Its text is read by others only when it has stopped changing.
struct Pulse {
  Pulse();
  ~Pulse();
  std::atomic<std::uint64_t> beats{0};
  std::atomic<bool> watched{false};  // it is at a case
  std::array<char, kMaxCaseBytes + 1> text{};
  std::vector<char> signal_stack = std::vector<char>(kSignalStackBytes);
  pthread_t thread = pthread_self();
  std::uint64_t beats_seen = ~std::uint64_t{0};  // these two belong to the watch
  double cpu_then = 0;
};

struct Pulses {
  std::mutex mutex;
  std::vector<Pulse*> all;
};

// Never destroyed: threads may outlive main.
Pulses& ThePulses() {
  static Pulses& pulses = *new Pulses;
  return pulses;
}

thread_local const Pulse* mine = nullptr;  // all that a signal handler looks at

Pulse::Pulse() {
  stack_t alternate{};
  alternate.ss_sp = signal_stack.data();
  alternate.ss_size = signal_stack.size();
  (void)sigaltstack(&alternate, nullptr);
  mine = this;
  const std::scoped_lock lock(ThePulses().mutex);
  ThePulses().all.push_back(this);
}

Pulse::~Pulse() {
  const std::scoped_lock lock(ThePulses().mutex);
  std::erase(ThePulses().all, this);
  mine = nullptr;
  stack_t none{};
  none.ss_flags = SS_DISABLE;
  (void)sigaltstack(&none, nullptr);
}

Pulse& Mine() {
  thread_local Pulse pulse;
  return pulse;
}

// "": this thread is at no case.
void Enter(std::string_view id) {
  Pulse& pulse = Mine();
  const std::size_t size = std::min(id.size(), kMaxCaseBytes);
  std::copy_n(id.begin(), size, pulse.text.begin());
  pulse.text[size] = '\0';
  pulse.watched = size > 0;
  Beat();
}

int watch_exit_code = EXIT_FAILURE;

// Async-signal-safe but for snprintf, which formats into the stack.
[[noreturn]] void End(const char* what, const Pulse* pulse) {
  const char* id = pulse == nullptr || !pulse->watched ? "no case" : pulse->text.data();
  std::array<char, 3 * kMaxCaseBytes> text{};
  const int size =
      std::snprintf(text.data(), text.size(),
                    "\n%s in %s\n  replay: norlog-campaign --replay '%s'\n", what, id, id);
  (void)!write(STDERR_FILENO, text.data(), static_cast<std::size_t>(std::max(size, 0)));
  std::_Exit(watch_exit_code);
}

// (The engine never aborts: that is the campaign's own.)
void Crashed(int signal) {
  End(signal == SIGABRT ? "Aborted" : "G7 BROKEN: the engine crashed", mine);
}

// 0 if the thread has just ended.
double CpuSeconds(pthread_t thread) {
  clockid_t clock{};
  timespec now{};
  if (pthread_getcpuclockid(thread, &clock) != 0 || clock_gettime(clock, &now) != 0) return 0;
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

void Look(Pulse& pulse, double seconds) {
  const std::uint64_t beats = pulse.beats;
  const double cpu = CpuSeconds(pulse.thread);
  if (beats != pulse.beats_seen || !pulse.watched) {
    pulse.beats_seen = beats;
    pulse.cpu_then = cpu;
  } else if (cpu - pulse.cpu_then > seconds) {
    End("G7 BROKEN: the engine hangs", &pulse);
  }
}

void Watch(double seconds) {
  for (;;) {
    std::this_thread::sleep_for(kLookEvery);
    const std::scoped_lock lock(ThePulses().mutex);
    for (Pulse* pulse : ThePulses().all) Look(*pulse, seconds);
  }
}

}  // namespace

AtCase::AtCase(std::string_view id) : before_(Mine().text.data()) {
  Enter(id);
}

AtCase::~AtCase() {
  Enter(before_);
}

void Beat() {
  Mine().beats.fetch_add(1, std::memory_order_relaxed);
}

void StartWatch(double seconds, int exit_code) {
  watch_exit_code = exit_code;
  for (const int signal : kCrashes) {
    struct sigaction before {};
    struct sigaction ours {};
    ours.sa_handler = Crashed;
    ours.sa_flags = SA_ONSTACK;
    if (sigaction(signal, nullptr, &before) == 0 && before.sa_handler == SIG_DFL) {
      (void)sigaction(signal, &ours, nullptr);
    }
  }
  if (seconds > 0) std::thread(Watch, seconds).detach();
}

}  // namespace norlog::fuzz
