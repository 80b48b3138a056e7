#include "norlog/time_index.h"

#include "norlog/bytes.h"
#include "norlog/format.h"

namespace norlog {

Status ReadClaim(Core& core, BucketNumber number, bool& readable, Claim& claim) {
  const Layout& layout = core.layout;
  const BucketIndex index = layout.IndexOf(number);
  std::uint8_t bytes[kHeaderBytes];
  NORLOG_TRY(core.io.ReadRetained(number, core.shared.tail, layout.header_offset, bytes));
  Header header;
  const Probe& probe = header.probe;
  readable = DecodeHeader(layout, index, bytes, header) == HeaderState::kValid &&
             !probe.IsReserve() && layout.NumberOf(probe.lap, index) == number &&
             probe.identity == core.identity && number.value > header.steps_over &&
             header.ordered_count <= probe.first_sequence.value &&
             header.since_clock <= probe.first_sequence.value;
  if (!readable) return Status::kOk;
  claim.number = number;
  claim.previous = number - 1 - header.steps_over;
  claim.first = probe.first_sequence;
  claim.ordered_from = probe.first_sequence - header.ordered_count;
  claim.time = header.time;
  claim.last_clock =
      header.since_clock == 0 ? Sequence{} : probe.first_sequence - header.since_clock;
  claim.tags = header.tags;
  return Status::kOk;
}

Claim EndClaim(const Shared& shared) {
  Claim claim;
  claim.number = shared.head + 1;
  claim.previous = shared.head;
  claim.first = shared.next;
  claim.ordered_from = shared.trail.ordered_from;
  claim.time = shared.trail.time;
  claim.last_clock = shared.trail.last_clock;
  claim.tags = TagMap::Unknown();
  return claim;
}

Status NextClaim(Core& core, const Shared& shared, BucketNumber number, Claim& claim) {
  for (; number <= shared.head; ++number) {
    bool readable = false;
    NORLOG_TRY(ReadClaim(core, number, readable, claim));
    if (readable) return Status::kOk;
  }
  claim = EndClaim(shared);
  return Status::kOk;
}

bool Passage::Allows(const Claim& claim) const {
  if (claim.first > until) return false;
  if (late) return claim.ordered_from < from;  // the record before `from` is in the order, too
  return claim.ordered_from <= from && AddOffset(claim.time, offset) < from_time;
}

Status FarthestClaim(Core& core, BucketNumber low, BucketNumber high, const Passage& passage,
                     bool& found, Claim& claim) {
  found = false;
  while (high - low > 1) {
    const BucketNumber middle = low + (high - low) / 2;
    Claim here;
    bool readable = false;
    BucketNumber at = middle;
    for (; at < high && !readable; ++at) NORLOG_TRY(ReadClaim(core, at, readable, here));
    if (readable && passage.Allows(here)) {
      low = at - 1;
      claim = here;
      found = true;
    } else {
      high = middle;
    }
  }
  return Status::kOk;
}

}  // namespace norlog
