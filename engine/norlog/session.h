// norlog/session.h - the touch by which a session tells that it has begun (R2, R4).
#ifndef NORLOG_SESSION_H_
#define NORLOG_SESSION_H_

#include "norlog/core.h"

namespace norlog {

// Behind a close mark a session first programs its touch, verified (R2).
// kProgramError: the head block is used up, and may have been so in the session
// before, without a trace.
Status BeginSession(Core& core);

// True if a session could program its touch at `end` in `block`, and a close mark
// behind it that is not the block's last unit.
constexpr bool HasRoomForSession(const Layout& layout, std::uint32_t block, Offset end) {
  return end + 2 * layout.unit <= layout.FramesEnd(block);
}

// The same of the head block.
bool HasRoomForSession(const Core& core);

// Write-once chips: a session leaves its touch before it opens or erases
// anything, so that its end, cut off, cannot be taken for a clean one (R4; a
// half-erased bucket cannot be denied there by a note). Where there is no room
// for it, or it is refused, no clean mark is believed. Other chips: nothing.
Status LeaveTrace(Core& core);

// Where the bucket's last block is so full (MayBearTrace), the next best place for that trace is
// the void note of the head bucket: frames of its own overrule it. Only before an opening that
// nothing but the chip can refuse, as no close mark takes it back.
Status LeaveTraceInNote(Core& core);

// Whether a void note may be such a trace, in a bucket whose last frame is in `block` and where
// what stands there ends at `end`. (A frame in a block behind the first overrules the note.)
inline bool MayBearTrace(const Core& core, std::uint32_t block, Offset end) {
  return core.io.write_once() && block > 0 && block + 1 == core.layout.block_count &&
         !HasRoomForSession(core.layout, block, end);
}

}  // namespace norlog

#endif  // NORLOG_SESSION_H_
