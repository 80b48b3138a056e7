// tools/ring_watch.h - the ring as the flash bus shows it: where the head is,
// and how often each erase unit was erased.
//
// Independent of what the engine says of itself. An erase counts as *repeated*
// iff the unit was erased before, its bucket was not open in between, and a cut
// is the reason: it happened after that erase, or after the newest bucket was
// opened (a recovery may have erased the bucket ahead for its own use, which
// costs an erase behind it). Every other erase is wear.
#ifndef NORLOG_TOOLS_RING_WATCH_H_
#define NORLOG_TOOLS_RING_WATCH_H_

#include <cstdint>
#include <vector>

#include "norlog/geometry.h"
#include "norlog/layout.h"

namespace norlog::tools {

class RingWatch {
 public:
  RingWatch(const Layout& layout, const Geometry& geometry);

  // A frame is being programmed into the bucket at this address. The head
  // follows: to the next bucket, or back where a cut undid an opening.
  void OnFrame(std::uint64_t address);
  // All frames so far count: every bucket up to the head's is or was open.
  void OnCommitted();
  void OnErase(std::uint64_t address, std::uint32_t size);
  void OnCut() { ++cuts_; }

  // Buckets that the head has moved on since the start.
  std::int64_t position() const { return position_; }

  std::uint32_t wear_min() const;
  std::uint32_t wear_max() const;
  std::uint64_t repeated() const { return repeated_; }

 private:
  struct Unit {
    std::uint32_t wear = 0;
    bool erased = false;                    // since the bucket was open last
    std::uint64_t cuts_at_first_erase = 0;  // of those
  };

  std::uint32_t BucketOf(std::int64_t position) const;

  const Layout layout_;
  const std::uint32_t unit_bytes_;
  std::vector<Unit> units_;  // those of the ring
  bool started_ = false;
  std::uint32_t first_bucket_ = 0;  // where position 0 is
  std::int64_t position_ = 0;
  std::int64_t opened_position_ = -1;  // the newest known to have been open
  std::uint64_t cuts_ = 0;
  std::uint64_t cuts_at_opening_ = 0;  // of the newest bucket
  std::uint64_t repeated_ = 0;
};

}  // namespace norlog::tools

#endif  // NORLOG_TOOLS_RING_WATCH_H_
