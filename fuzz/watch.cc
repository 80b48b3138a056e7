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
constexpr auto kLookEvery = std::chrono::milliseconds(250);
constexpr std::array kCrashes = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

// What a thread tells. Its text is read by others only when it has stopped changing.
struct Pulse {
  Pulse();
  ~Pulse();
  std::atomic<std::uint64_t> beats{0};
  std::array<char, kMaxCaseBytes + 1> text{};
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

Pulse::Pulse() {
  const std::scoped_lock lock(ThePulses().mutex);
  ThePulses().all.push_back(this);
}

Pulse::~Pulse() {
  const std::scoped_lock lock(ThePulses().mutex);
  std::erase(ThePulses().all, this);
}

Pulse& Mine() {
  thread_local Pulse pulse;
  return pulse;
}

int watch_exit_code = EXIT_FAILURE;

// Async-signal-safe but for snprintf, which formats into the stack.
[[noreturn]] void End(const char* what, const Pulse& pulse) {
  std::array<char, 3 * kMaxCaseBytes> text{};
  const int size = std::snprintf(text.data(), text.size(),
                                 "\nG7 BROKEN: %s in %s\n  replay: norlog-campaign --replay '%s'\n",
                                 what, pulse.text.data(), pulse.text.data());
  (void)!write(STDERR_FILENO, text.data(), static_cast<std::size_t>(std::max(size, 0)));
  std::_Exit(watch_exit_code);
}

void Crashed(int signal) {
  const char* what = "the engine crashed";
  if (signal == SIGSEGV) what = "the engine crashed (SIGSEGV)";
  if (signal == SIGABRT) what = "the campaign gave up (SIGABRT)";
  End(what, Mine());
}

// 0 if the thread has just ended.
double CpuSeconds(pthread_t thread) {
  clockid_t clock{};
  timespec now{};
  if (pthread_getcpuclockid(thread, &clock) != 0 || clock_gettime(clock, &now) != 0) return 0;
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

void Look(Pulse& pulse, double seconds) {
  const std::uint64_t beats = pulse.beats.load(std::memory_order_relaxed);
  const double cpu = CpuSeconds(pulse.thread);
  if (beats != pulse.beats_seen) {
    pulse.beats_seen = beats;
    pulse.cpu_then = cpu;
  } else if (cpu - pulse.cpu_then > seconds) {
    End("the engine hangs", pulse);
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

void SetCase(std::string_view id) {
  std::array<char, kMaxCaseBytes + 1>& text = Mine().text;
  const std::size_t size = std::min(id.size(), kMaxCaseBytes);
  std::copy_n(id.begin(), size, text.begin());
  text[size] = '\0';
}

void Beat() {
  Mine().beats.fetch_add(1, std::memory_order_relaxed);
}

void StartWatch(double seconds, int exit_code) {
  watch_exit_code = exit_code;
  for (const int signal : kCrashes) {
    struct sigaction before {};
    struct sigaction mine {};
    mine.sa_handler = Crashed;
    if (sigaction(signal, nullptr, &before) == 0 && before.sa_handler == SIG_DFL) {
      (void)sigaction(signal, &mine, nullptr);
    }
  }
  std::thread(Watch, seconds).detach();
}

}  // namespace norlog::fuzz
