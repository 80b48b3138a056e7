// tools/verdict.h - what the demo found wrong: counts, and the first words.
#ifndef NORLOG_TOOLS_VERDICT_H_
#define NORLOG_TOOLS_VERDICT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace norlog::tools {

enum class Fault {
  kLost,          // committed, not evicted, not returned
  kPhantom,       // returned, but never appended: wrong bytes, wrong place, resurrected
  kEvictedEarly,  // evicted although within the retention floor (G1)
  kCursor,        // a cursor moved backwards or past what was committed (G5)
  kEngineError,   // the engine answered with an error it had no reason for
  kFaultCount,
};

class Verdict {
 public:
  static constexpr std::size_t kKeptMessages = 8;

  void Add(Fault fault, std::uint64_t count, std::string message) {
    counts_[static_cast<std::size_t>(fault)] += count;
    if (messages_.size() < kKeptMessages) messages_.push_back(std::move(message));
  }

  std::uint64_t count(Fault fault) const { return counts_[static_cast<std::size_t>(fault)]; }
  // The first kKeptMessages, in order.
  const std::vector<std::string>& messages() const { return messages_; }
  bool clean() const { return messages_.empty(); }

 private:
  std::uint64_t counts_[static_cast<std::size_t>(Fault::kFaultCount)] = {};
  std::vector<std::string> messages_;
};

}  // namespace norlog::tools

#endif  // NORLOG_TOOLS_VERDICT_H_
