// tools/demo.h - the demo's story: a sensor logs for years while its power
// fails, two readers upload what it has seen, and everything is checked.
//
// Deterministic: the same configuration and series give the same figures.
#ifndef NORLOG_TOOLS_DEMO_H_
#define NORLOG_TOOLS_DEMO_H_

#include <cstdint>
#include <functional>

#include "flashsim/profiles.h"
#include "flashsim/rng.h"
#include "flashsim/sim_flash.h"
#include "norlog/options.h"
#include "tools/device.h"
#include "tools/figures.h"
#include "tools/ledger.h"
#include "tools/meter.h"
#include "tools/power_plan.h"
#include "tools/series.h"
#include "tools/verdict.h"

namespace norlog::tools {

struct DemoConfig {
  std::uint64_t seed = 1;
  std::uint64_t cuts = 0;
  const flashsim::Profile* chip = nullptr;
};

// The log's options on this chip: buckets of 4 KiB or an erase unit if that is
// larger, blocks of 1 KiB, two readers.
Options DemoOptions(const Geometry& geometry);

// The largest payload that a record of the demo may have on this chip, bytes.
std::uint32_t MaxDemoPayloadBytes(const Geometry& geometry);

class Demo {
 public:
  // How far the demo is, 0 to 1.
  using Progress = std::function<void(double)>;

  // The series must outlive the demo; no payload exceeds MaxDemoPayloadBytes.
  Demo(const DemoConfig& config, const Series& series);

  // Runs until all cuts are done and the ring was filled several times, or
  // until the first fault.
  void Run(const Progress& progress);

  DemoFigures Figures() const;
  const flashsim::SimFlash& chip() const { return chip_; }

 private:
  Status Step();
  Status Upload(int reader);
  Status SleepAndWake();
  Status BootUntilUp();
  void AuditNowAndThen();
  void Finish();
  double Fraction() const;
  void AddFaults(DemoFigures& figures) const;
  void AddCuts(DemoFigures& figures) const;
  void AddCosts(DemoFigures& figures) const;
  std::int64_t Laps() const;

  const DemoConfig config_;
  const Series& series_;
  const Options options_;
  const Layout layout_;
  flashsim::Rng rng_;
  flashsim::SimFlash chip_;
  Verdict verdict_;
  PowerPlan plan_;
  Meter meter_;
  Ledger ledger_;
  Device device_;
  std::uint64_t boots_since_audit_ = 0;
};

}  // namespace norlog::tools

#endif  // NORLOG_TOOLS_DEMO_H_
