// norlog/session.h - the touch by which a session tells that it has begun (R2, R4).
#ifndef NORLOG_SESSION_H_
#define NORLOG_SESSION_H_

#include "norlog/core.h"

namespace norlog {

// Behind a close mark a session first programs its touch, verified (R2).
// kProgramError: the head block is used up, and may have been so in the session
// before, without a trace.
Status BeginSession(Core& core);

// True if a session could program its touch in the head block, and a close mark
// behind it that is not the block's last unit.
bool HasRoomForSession(const Core& core);

// Write-once chips: a session leaves its touch before it opens or erases
// anything, so that its end, cut off, cannot be taken for a clean one (R4; a
// half-erased bucket cannot be denied there by a note). Where there is no room
// for it, or it is refused, no clean mark is believed. Other chips: nothing.
Status LeaveTrace(Core& core);

}  // namespace norlog

#endif  // NORLOG_SESSION_H_
