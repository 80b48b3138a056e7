// tools/power_plan.h - the wire between engine and chip, where the demo cuts
// the power.
//
// Cuts are aimed: a place is chosen (a frame's program, an erase, a header or
// mark, recovery), then the power fails inside the n-th operation that comes
// by there, torn in any way the simulator knows. Places are chosen in
// proportion to what is still owed to each, so that none is starved.
#ifndef NORLOG_TOOLS_POWER_PLAN_H_
#define NORLOG_TOOLS_POWER_PLAN_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "flashsim/rng.h"
#include "flashsim/sim_flash.h"
#include "norlog/layout.h"
#include "norlog/nor_flash.h"
#include "norlog/status.h"
#include "tools/ring_watch.h"

namespace norlog::tools {

// Where a cut hit. Each cut counts for one place only.
enum class CutPlace : std::uint8_t {
  kFrame,         // program of a frame
  kErase,         // erase
  kHeaderOrMark,  // program of a header, void note, clean mark, close mark or touch
  kRecovery,      // any operation during Mount
  kBetween,       // the operation had not begun, or was complete
};
inline constexpr std::size_t kCutPlaceCount = 5;

class PowerPlan final : public NorFlash {
 public:
  // `cuts` in all, with about `spacing_bytes` of programming between two.
  struct Budget {
    std::uint64_t cuts = 0;
    std::uint64_t spacing_bytes = 0;
  };

  // `chip` must outlive the plan. Nothing is cut before Start.
  PowerPlan(flashsim::SimFlash& chip, const Layout& layout, const Budget& budget,
            std::uint64_t seed);

  void Start();
  // After a cut, or as a short off and on.
  void PowerOn();
  // Around each Mount, whether it succeeds or is cut: operations in between
  // are recovery's.
  void BeginMount();
  void EndMount();

  const Geometry& geometry() const override { return chip_.geometry(); }
  Status Read(std::uint64_t address, std::span<std::uint8_t> out) override;
  Status Program(std::uint64_t address, std::span<const std::uint8_t> data) override;
  Status Erase(std::uint64_t address, std::uint32_t size) override;
  Status Sync() override { return chip_.Sync(); }

  bool powered() const { return chip_.powered(); }
  std::uint64_t bytes_programmed() const { return chip_.counters().bytes_programmed; }

  bool done() const { return cuts_ >= budget_.cuts; }
  std::uint64_t cuts() const { return cuts_; }
  std::uint64_t cuts_in(CutPlace place) const { return cuts_in_[Index(place)]; }
  // Cuts inside one, recovery's included.
  std::uint64_t torn_programs() const { return torn_programs_; }
  std::uint64_t torn_erases() const { return torn_erases_; }
  RingWatch& ring() { return ring_; }
  const RingWatch& ring() const { return ring_; }

 private:
  static constexpr std::size_t Index(CutPlace place) { return static_cast<std::size_t>(place); }

  CutPlace PlaceOf(std::uint64_t address, std::span<const std::uint8_t> data) const;
  std::uint64_t Owed(CutPlace place) const;
  CutPlace ChoosePlace();
  void Plan(CutPlace place);
  void PlanNext();
  void Aim(CutPlace place);
  void NoteCut(CutPlace place, bool inside);

  flashsim::SimFlash& chip_;
  const Layout layout_;
  const Budget budget_;
  flashsim::Rng rng_;
  RingWatch ring_;

  bool armed_ = false;
  bool mounting_ = false;
  CutPlace place_ = CutPlace::kFrame;
  std::uint64_t quiet_until_bytes_ = 0;  // of the chip's bytes_programmed
  std::uint64_t countdown_ = 0;          // operations at the place to let pass

  std::uint64_t cuts_ = 0;
  std::array<std::uint64_t, kCutPlaceCount> cuts_in_{};
  std::uint64_t torn_programs_ = 0;
  std::uint64_t torn_erases_ = 0;
};

}  // namespace norlog::tools

#endif  // NORLOG_TOOLS_POWER_PLAN_H_
