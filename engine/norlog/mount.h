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
  Budget clean;      // after Close
  Budget after_cut;  // after a power cut, its repairs and their verification included
  Budget worst;      // damaged chips, and those without a log (kNoLog)
};

// How many erase units from the front are looked at for another layout's header:
// its first buckets may just be erased ahead.
inline constexpr std::uint32_t kForeignUnits = 64;

constexpr MountBudgets MountBudget(const Options& options, const Geometry& geometry) {
  const Layout l = MakeLayout(options, geometry);
  const std::uint32_t front_bytes = 2 * l.note_bytes + kHeaderBytes;
  const auto find_end = [&](std::uint32_t blocks) {
    return Budget{1 + l.block_count + blocks,
                  front_bytes + l.block_count * l.unit + std::uint64_t{blocks} * l.block_bytes};
  };
  const auto add = [](Budget& to, const Budget& more, std::uint32_t times) {
    to.reads += more.reads * times;
    to.bytes += more.bytes * times;
  };
  const Budget probe{1, kProbeBytes};
  const Budget front{1, front_bytes};
  MountBudgets b;
  add(b.clean, probe, SearchProbes(l));
  add(b.clean, front, 2);
  add(b.clean, find_end(1), 1);
  // The tail of a bucket of copies is in its predecessor's header, and a reserve
  // copy that was seen is looked at, and then the end once more.
  add(b.clean, front, 2 * (MaxStepsOver(l) + 1));
  add(b.clean, find_end(1), 2);
  // An interrupted opening, torn blocks, three erases verified, copy and marks read back.
  b.after_cut = b.clean;
  add(b.after_cut, find_end(1), 2);
  add(b.after_cut, front, 4);
  add(b.after_cut, Budget{l.bucket_bytes / 256 + 1, l.bucket_bytes}, 3);
  add(b.after_cut, Budget{l.block_bytes / 64 + 12, l.block_bytes + std::uint64_t{512}}, 1);
  if (geometry.program_rule == ProgramRule::kOnce ||
      geometry.program_rule == ProgramRule::kOncePlusZero) {
    // Torn words may fail: three tries, then each unit of the range three times.
    const std::uint32_t units = (l.block_bytes + front_bytes) / l.unit + 2;
    add(b.after_cut, Budget{9 + 9 * units, 9 * (l.block_bytes + std::uint64_t{front_bytes})}, 1);
    b.after_cut.reads += 3 * SearchProbes(l) / 2;
  }
  b.worst = b.after_cut;
  add(b.worst, probe, l.bucket_count + SearchProbes(l) * (MaxStepsOver(l) + 2));
  add(b.worst, find_end(l.block_count), l.bucket_count);
  add(b.worst, Budget{l.bucket_bytes / 256 + 1, l.bucket_bytes}, 2 * MaxStepsOver(l) + 2);
  // No log: headers of other layouts are looked for (NameAbsence).
  add(b.worst, Budget{1, kHeaderBytes}, 4 * kForeignUnits);
  b.worst.reads *= 3;  // a failing read is tried three times, then unit by unit
  b.worst.reads += 3 * (b.worst.bytes / l.unit);
  b.worst.bytes *= 6;
  return b;
}

// Attaches; see Log::Mount and Log::MountReadOnly. The configuration was validated.
Status MountCore(Core& core, const Hint& hint, bool read_only);

// Makes an empty log; see Log::Format. `wipe`: erases all other buckets, too.
Status FormatCore(Core& core, std::uint64_t nonce, bool wipe);

}  // namespace norlog

#endif  // NORLOG_MOUNT_H_
