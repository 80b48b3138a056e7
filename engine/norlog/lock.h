// norlog/lock.h - the hook through which readers and the writer may run in
// different threads.
//
// The engine takes two locks, both non-recursive:
//  - kState guards the flash bus and the few words that the threads share. It
//    is held for at most one HAL operation, so a reader never waits for more
//    than the program (or, without erase-ahead, the erase) under way.
//  - kWriter serialises the calls that write: Append, Commit, Maintain,
//    EnableReader, DisableReader, Close and Reader::Commit. Reader::Next never
//    takes it. Taken before kState, never the other way round.
//
// On an RTOS each is a mutex with priority inheritance; with one thread no hook
// is needed. Several logs on one chip share the kState mutex of that chip.
#ifndef NORLOG_LOCK_H_
#define NORLOG_LOCK_H_

#include <cstdint>

namespace norlog {

enum class LockKind : std::uint8_t { kState = 0, kWriter = 1 };

class LockHook {
 public:
  virtual void Lock(LockKind kind) = 0;
  virtual void Unlock(LockKind kind) = 0;

 protected:
  ~LockHook() = default;
};

// Holds one lock of `hook` for a scope; a null hook means single-threaded.
class LockGuard {
 public:
  LockGuard(LockHook* hook, LockKind kind) : hook_(hook), kind_(kind) {
    if (hook_ != nullptr) hook_->Lock(kind_);
  }
  ~LockGuard() {
    if (hook_ != nullptr) hook_->Unlock(kind_);
  }
  LockGuard(const LockGuard&) = delete;
  LockGuard& operator=(const LockGuard&) = delete;

 private:
  LockHook* const hook_;
  const LockKind kind_;
};

}  // namespace norlog

#endif  // NORLOG_LOCK_H_
