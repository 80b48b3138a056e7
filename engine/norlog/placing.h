// norlog/placing.h - where the next frame goes: the parts of the writer that
// schemas use, too.
//
// All functions are called under the writer lock on a mounted, writable core.
#ifndef NORLOG_PLACING_H_
#define NORLOG_PLACING_H_

#include <cstdint>
#include <span>

#include "norlog/core.h"
#include "norlog/ring.h"

namespace norlog {

// An upper bound of a data frame around so much content.
constexpr std::uint32_t DataFrameBound(std::uint32_t content_bytes) {
  return 1 + VarintBytes(content_bytes) + content_bytes + kCrcBytes;
}

// Where a frame of `bytes` would start in the head block: behind the touch
// that a closed block needs, on the next page if that saves an operation.
Offset FrameOffset(const Core& core, std::uint32_t bytes);

// Whether what a frame at `offset` leaves out of a page is erased, as far as programs are
// verified: else readers would take that for a torn frame, and what follows for damaged. The
// block is used up then.
Status CheckPadding(Core& core, Offset offset, bool& erased);

// Whether it would fit there.
bool FitsHeadBlock(const Core& core, std::uint32_t bytes);

// Programs a frame that stands in `buffer` (with room for padding) at `offset`
// of the head block, which then ends behind it.
Status ProgramInBlock(Core& core, Offset offset, std::span<std::uint8_t> buffer,
                      std::uint32_t bytes);

// A frame failed to program at `at`: nothing more goes into its block, and the
// next frame declares it dead.
void FrameFailed(Core& core, Position at);

// Programs `spec` as a real frame: in the first of the untouched blocks of the head
// bucket that takes it; in the head block or else there; in the next bucket.
// The first two answer kNothingYet if there is no room.
Status PlaceInNextBlock(Core& core, const FrameSpec& spec);
Status PlaceInHeadBucket(Core& core, FrameSpec& spec);
Status PlaceInNextBucket(Core& core, FrameSpec& spec);

// A frame without content: cursors, or the beginning of a block.
FrameSpec EmptyFrame(const Core& core);

}  // namespace norlog

#endif  // NORLOG_PLACING_H_
