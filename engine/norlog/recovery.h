// norlog/recovery.h - making the log's end solid again (docs/FORMAT.md sections 4 and 5).
//
// Invariants (R1, R5, R7):
//  - Nothing is shown that rests on the last, perhaps marginal, operation
//    until a completed program repeats it somewhere else.
//  - What did not decode when a decision was made can never count later: it is
//    dead (before a copy), or erased (behind the log's end).
#ifndef NORLOG_RECOVERY_H_
#define NORLOG_RECOVERY_H_

#include "norlog/core.h"
#include "norlog/log_end.h"

namespace norlog {

// Repairs: see FORMAT.md section 4 steps 5 to 7. On return Core::head is where
// writing goes on, closed. kExhausted if no healthy bucket is left to repair in;
// kCannotDecode or kDamaged if V is to be repeated, and its content can't be told.
Status Recover(Core& core, LogEnd& log_end);

}  // namespace norlog

#endif  // NORLOG_RECOVERY_H_
