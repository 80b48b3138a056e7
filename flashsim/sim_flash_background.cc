// Erases that go on by themselves, and are suspended, and cut.
#include "flashsim/sim_flash.h"

namespace flashsim {

using norlog::Status;

bool SimFlash::StartErase(std::uint64_t address, std::uint32_t size) {
  const bool offered = options_.background_erase_polls != 0 && !options_.unordered_writes &&
                       power_.powered() && busy_calls_ == 0 && !background_.goes_on;
  if (!offered || !Ok(CheckErase(address, size))) return false;
  background_ = {};
  const bool cut = StartOp(OpKind::kErase, address, size, {});
  if (!cut) {
    background_ = {true, address, size, options_.background_erase_polls, Status::kOk};
    return true;
  }
  if (power_.resets()) {
    background_.ended = EraseUnits(address, size);
  } else {
    TearEraseOp(address, size);
  }
  background_.ended = CutOp(OpKind::kErase, address, size);
  caller_knows_of_cut_ = false;  // Busy tells
  return true;
}

Status SimFlash::Busy() {
  NORLOG_TRY(CheckPower("Busy", 0, 0));
  if (background_.goes_on) {
    if (background_.polls_left-- > 1) return Status::kBusy;
    EndBackgroundErase(/*torn=*/false);
  }
  return background_.ended;
}

// Nothing may touch what is being erased.
Status SimFlash::CheckErasing(const char* call, std::uint64_t address, std::uint64_t size) {
  const bool touches = background_.goes_on && address < background_.address + background_.size &&
                       background_.address < address + size;
  return touches ? Refuse(ViolationKind::kErasing, call, address, size) : Status::kOk;
}

// To its end; or a cut tears it, in a way of its own.
void SimFlash::EndBackgroundErase(bool torn) {
  if (!background_.goes_on) return;
  background_.goes_on = false;
  if (!torn) {
    background_.ended = EraseUnits(background_.address, background_.size);
    return;
  }
  Rng rng(Mix64(seed_, power_.op_count()));
  TearErasedUnits(background_.address, background_.size, RandomTear(options_, rng));
}

}  // namespace flashsim
