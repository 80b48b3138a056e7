// tools/meter.h - what each activity costs on the chip: operations, bytes, time.
#ifndef NORLOG_TOOLS_METER_H_
#define NORLOG_TOOLS_METER_H_

#include <array>
#include <cstddef>
#include <utility>

#include "flashsim/sim_flash.h"

namespace norlog::tools {

enum class Activity {
  kAppend,    // Append and Commit
  kMaintain,  // erasing ahead
  kUpload,    // reading, and committing cursors
  kBoot,      // Mount
  kClose,
  kAudit,  // the demo's own looking: no part of the product
  kCount,
};

class Meter {
 public:
  explicit Meter(const flashsim::SimFlash& chip) : chip_(chip) {}

  // Runs `work` and books its cost under `activity`; returns what it returns.
  template <typename Work>
  auto Book(Activity activity, Work&& work) {
    const flashsim::Counters before = chip_.counters();
    auto result = std::forward<Work>(work)();
    last_ = chip_.counters() - before;
    flashsim::Counters& total = totals_[static_cast<std::size_t>(activity)];
    total.reads += last_.reads;
    total.bytes_read += last_.bytes_read;
    total.programs += last_.programs;
    total.bytes_programmed += last_.bytes_programmed;
    total.erases += last_.erases;
    total.chip_time_ns += last_.chip_time_ns;
    return result;
  }

  const flashsim::Counters& last() const { return last_; }
  const flashsim::Counters& total(Activity activity) const {
    return totals_[static_cast<std::size_t>(activity)];
  }

 private:
  const flashsim::SimFlash& chip_;
  flashsim::Counters last_;
  std::array<flashsim::Counters, static_cast<std::size_t>(Activity::kCount)> totals_{};
};

}  // namespace norlog::tools

#endif  // NORLOG_TOOLS_METER_H_
