#include "norlog/session.h"

namespace norlog {

Status BeginSession(Core& core) {
  if (core.head.use != BlockUse::kClosed) return Status::kOk;
  const Status status =
      core.io.ProgramZeros(core.layout.IndexOf(core.head.number), core.head.end, core.layout.unit);
  core.head.use = Ok(status) ? BlockUse::kOpen : BlockUse::kUsedUp;
  core.head.end += core.layout.unit;
  if (status == Status::kProgramError && core.io.write_once()) {
    core.distrust_marks = true;
    core.clean_mask = 0;
  }
  return status;
}

bool HasRoomForSession(const Core& core) {
  if (core.head.use == BlockUse::kUsedUp) return false;
  return core.head.end + 2 * core.layout.unit <= core.layout.FramesEnd(core.head.block);
}

Status LeaveTrace(Core& core) {
  if (!core.io.write_once() || !HasRoomForSession(core)) return Status::kOk;
  const Status status = BeginSession(core);
  return status == Status::kProgramError ? Status::kOk : status;
}

}  // namespace norlog
