// norlog/mount.h - attaching a core to what is on flash, and formatting.
#ifndef NORLOG_MOUNT_H_
#define NORLOG_MOUNT_H_

#include <cstdint>

#include "norlog/core.h"
#include "norlog/search.h"

namespace norlog {

struct Budget {
  std::uint64_t reads = 0;
  std::uint64_t bytes = 0;
};

// The largest numbers of HAL reads, and of bytes read, that a mount can cost
// (G10). `worst` is for damaged chips: the search falls back to a scan.
struct MountBudgets {
  Budget clean;       // after Close
  Budget after_cut;   // after a power cut, its repairs and their verification included
  Budget worst;       // damaged chips, reads that fail, and no log on the chip (kNoLog)
  Budget wrong_hint;  // comes on top of each if Mount was given a hint
};

// How many erase units from the front are looked at for another layout's header:
// its first buckets may just be erased ahead.
inline constexpr std::uint32_t kForeignUnits = 64;

constexpr MountBudgets MountBudget(const Options& options, const Geometry& geometry) {
  const Layout l = MakeLayout(options, geometry);
  const auto add = [](Budget& to, const Budget& more, std::uint32_t times) {
    to.reads += more.reads * times;
    to.bytes += more.bytes * times;
  };
  const std::uint32_t touches = l.block_count - 1;  // of the first block its frames tell
  const auto find_end = [&](std::uint32_t blocks) {
    return Budget{touches + blocks, touches * (l.unit + 1) + std::uint64_t{blocks} * l.block_bytes};
  };
  // Bytes read at once while the readers' buffers are lent.
  const std::uint32_t lent = options.reader_count * l.block_bytes;
  const std::uint32_t chunk =
      lent > BucketIo::kVerifyChunkBytes ? lent : BucketIo::kVerifyChunkBytes;
  const auto pieces = [&](std::uint32_t bytes) { return (bytes + chunk - 1) / chunk; };
  const Budget glance{1, l.header_offset + kProbeBytes};
  const Budget front{1, 2 * l.note_bytes + kHeaderBytes};
  const Budget word{1, kProbeBytes};  // a probe, mark, note, or what is no larger
  const Budget frame{pieces(l.block_bytes) + 1, l.block_bytes + std::uint64_t{kProbeBytes}};
  const bool write_once = geometry.program_rule == ProgramRule::kOnce ||
                          geometry.program_rule == ProgramRule::kOncePlusZero;
  MountBudgets b;
  add(b.clean, glance, SearchReads(l) - 1);
  add(b.clean, front, 2);  // the newest bucket, the one behind it
  // Headers near it whose marks are marginal, and name another lap: verified. (One for each
  // of three cuts; what is left of all else pays for more.)
  add(b.clean, word, 3);
  add(b.clean, find_end(1), 1);
  // A bucket of copies: its predecessor's header, and what the next opening
  // evicts, which may have been reused; behind a reserve that was seen, the window.
  add(b.clean, front, 1 + MaxStepsOver(l) + 1);
  add(b.clean, word, 3);                           // two such; the touch of what was made void
  add(b.clean, frame, l.block_count > 1 ? 2 : 1);  // the first one may be torn
  // An opening that was interrupted and a reserve copy, both left as they are, untouched. (Their
  // reads are among those above.)
  b.clean.bytes += 2 * l.block_bytes;
  // What was known of a bucket, its notes, its erase verified, its mark. (Write-once chips: its
  // header once more, its touch, and notes are looked at before they are programmed.)
  Budget erase{pieces(l.bucket_bytes), l.bucket_bytes};
  add(erase, word, write_once ? 9 : 6);
  if (!write_once) add(erase, Budget{2, 2 * l.unit + 1}, l.block_count);  // their first frames
  // What it is filled with, each read back: note, header, touch, frame, close mark.
  Budget fill = front;
  add(fill, frame, 1);
  add(fill, word, 3);
  // One way of two, the longer one counts. An interrupted opening, its blocks and
  // those that cuts left: erased, the next bucket looked at, and filled; a reserve copy that
  // does not count, erased.
  Budget opening;
  add(opening, erase, 2);
  add(opening, fill, 1);
  add(opening, find_end(1), 2);
  add(opening, front, 4);
  // Or the reserve: two buckets erased and filled, their ends found, V's once more; another copy
  // that does not count, erased.
  Budget reserve;
  add(reserve, erase, 3);
  add(reserve, word, 2 * MaxStepsOver(l) + 2);
  add(reserve, fill, 2);
  add(reserve, find_end(1), 2);
  add(reserve, front, 2);
  b.after_cut = b.clean;
  // V, where it reads otherwise than it did; what does not count beside it, once more, too.
  add(b.after_cut, find_end(1), 3);
  add(b.after_cut, Budget{1, l.block_bytes}, 4);
  add(b.after_cut, front, MaxStepsOver(l) + 2);  // reserve copies that do not count
  b.after_cut.reads += opening.reads > reserve.reads ? opening.reads : reserve.reads;
  b.after_cut.bytes += opening.bytes > reserve.bytes ? opening.bytes : reserve.bytes;
  if (write_once) {
    add(b.after_cut, erase, options.erase_ahead);  // what may be half erased ahead
  }
  b.worst = b.after_cut;
  add(b.worst, glance, l.bucket_count + 2 * SearchReads(l) * (MaxStepsOver(l) + 2));
  add(b.worst, find_end(l.block_count), l.bucket_count);
  // Positions behind the newest header that may have lost theirs, twice, and all headers again.
  add(b.worst, front, 2 * l.bucket_count);
  add(b.worst, frame, 2 * l.bucket_count);
  add(b.worst, word, l.bucket_count);
  add(b.worst, Budget{l.bucket_bytes / BucketIo::kVerifyChunkBytes + 1, l.bucket_bytes},
      2 * MaxStepsOver(l) + 2);
  // No log: headers of other layouts are looked for (NameAbsence).
  add(b.worst, word, 12 * kForeignUnits);
  b.worst.reads *= 3;  // a failing read is tried three times, then unit by unit
  b.worst.reads += 3 * (b.worst.bytes / l.unit);
  b.worst.bytes *= 6;
  add(b.wrong_hint, front, WrongHintReads(l));
  return b;
}

// Attaches; see Log::Mount and Log::MountReadOnly. The configuration was validated. Two
// functions, so that a firmware that only reads links nothing that programs.
Status MountCore(Core& core, const Hint& hint);
Status MountReadOnlyCore(Core& core, const Hint& hint);

// Makes an empty log; see Log::Format. `wipe`: erases all other buckets, too.
Status FormatCore(Core& core, std::uint64_t nonce, bool wipe);

}  // namespace norlog

#endif  // NORLOG_MOUNT_H_
