// norlog/erasing.h - buckets made clean: at once, or ahead in slices.
//
// Invariants (R3, R9):
//  - A bucket is erased only if what it holds is evicted, or void.
//  - It is clean once its erase is verified and its mark is programmed.
#ifndef NORLOG_ERASING_H_
#define NORLOG_ERASING_H_

#include <cstdint>

#include "norlog/core.h"

namespace norlog {

// True if an operation failed because of the bucket it was on: the ring steps
// over it (R9). Other errors end the call.
constexpr bool IsBadBucket(Status status) {
  return status == Status::kEraseError || status == Status::kProgramError;
}

// Erases bucket `number`, verifies, and programs the clean mark of its lap.
// kEraseError or kProgramError: the bucket is bad. `note_refused`: the chip took
// no zeros into its open note in this power cycle, and must not be asked again.
Status EraseAndMark(Core& core, BucketNumber number, bool note_refused = false);

// Waits for the end of an erase operation that goes on by itself (NorFlash::StartErase).
// A failed one is no error here.
Status AwaitErase(Core& core);

// The same, and marks the bucket if that was its last one.
Status EndErase(Core& core);

// kBusy while one goes on: a program would suspend it, or wait for it.
Status LookAtErase(Core& core);

// True if the next bucket is known to be clean: opening it erases nothing.
bool IsNextClean(const Core& core);

// True if erasing ahead has found bucket `number` to be bad: the opening steps over it.
bool KnownBad(const Core& core, BucketNumber number);

// Bucket `number` is proved clean, or erased and marked. Errors as EraseAndMark's.
Status PrepareClean(Core& core, BucketNumber number);

// EraseAndMark of a bucket ahead of the head, out of its turn: until the head moves it is
// known to be clean, or else bad (which is no error here; one known to be bad is not tried again).
Status EraseOutOfTurn(Core& core, BucketNumber number);

// Erases ahead; see Log::Maintain.
Status EraseAhead(Core& core, std::uint32_t max_erases);

// Write-once chips, behind an end that was cut: what stands in the buckets ahead
// may be half erased and read clean one day, and no note can deny it (R4). So all
// that is not as the lap before left it is erased, before a close mark makes the
// log's end a clean one. Other chips: nothing.
// `but` is left: a reserve copy that stands.
Status EraseDoubtful(Core& core, BucketNumber but);

}  // namespace norlog

#endif  // NORLOG_ERASING_H_
