// norlog/writer.h - accepting records and making them durable.
//
// All functions are called under the writer lock on a mounted, writable core.
#ifndef NORLOG_WRITER_H_
#define NORLOG_WRITER_H_

#include <cstdint>
#include <span>

#include "norlog/core.h"
#include "norlog/ring.h"

namespace norlog {

// Accepts a record into the pending frame, committing what is pending first if
// it has no room left, and after it if Options::commit_every says so. On an
// error the record was not accepted, everything before it still is.
Status AppendRecord(Core& core, std::uint8_t tag, std::int64_t time,
                    std::span<const std::uint8_t> payload);

// Programs what is pending as one frame and shows it to the readers.
Status CommitPending(Core& core);

// As CommitPending, if Options::commit_every records are pending; not while the chip
// erases by itself, which a program would hold up: AppendRecord or Log::Maintain does it then.
Status CommitIfDue(Core& core);

// What that put off, unless it would erase a bucket. No error if it has no place to go
// to: the next Append tells.
Status CommitPutOff(Core& core);

// Programs a cursors frame: Core::wanted become the committed ones.
Status CommitCursors(Core& core);

// Programs a close mark, if this session has programmed anything since the
// last one.
Status ProgramCloseMark(Core& core);

// Empties the pending frame; the next record goes on from the committed codec state.
void ResetPending(Core& core);

// Shows readers everything up to Core::head.
void Publish(Core& core);

}  // namespace norlog

#endif  // NORLOG_WRITER_H_
