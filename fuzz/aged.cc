#include "fuzz/aged.h"

#include <algorithm>
#include <array>
#include <vector>

#include "norlog/format.h"
#include "norlog/frame.h"
#include "norlog/layout.h"

namespace norlog::fuzz {
namespace {

constexpr std::uint64_t kIdentity = 0xA9ED;

// Whole program units, the rest of the last one left erased.
void Put(flashsim::SimFlash& chip, const Layout& layout, Offset offset,
         std::vector<std::uint8_t> bytes) {
  bytes.resize(layout.Up(static_cast<std::uint32_t>(bytes.size())), 0xFF);
  chip.Poke(offset, bytes);
}

LogTotals TotalsOf(const Setup& setup) {
  const std::uint32_t left = setup.totals_left;
  if (left == 0) return {};
  return {kLogTotalsEnd.blocks_lost_to_cuts - left, kLogTotalsEnd.erases_repeated - left,
          kLogTotalsEnd.records_damaged - left};
}

void PutHeader(const Setup& setup, flashsim::SimFlash& chip, const Layout& layout,
               std::uint32_t lap, std::uint64_t next) {
  Header header;
  header.probe.lap = lap;
  header.probe.identity = kIdentity;
  header.probe.first_sequence = Sequence{next};
  header.erase_ahead = setup.options.erase_ahead;
  header.tail = layout.NumberOf(lap, BucketIndex{0});
  const LogTotals totals = TotalsOf(setup);
  header.erases_repeated = totals.erases_repeated;
  header.blocks_lost = static_cast<std::uint16_t>(totals.blocks_lost_to_cuts);
  header.records_damaged = static_cast<std::uint16_t>(totals.records_damaged);
  header.probe.flags = MakeFlags(/*reserve=*/false, static_cast<std::uint8_t>(-setup.totals_left));
  std::array<std::uint8_t, kHeaderBytes> bytes{};
  EncodeHeader(layout, BucketIndex{0}, header, bytes);
  Put(chip, layout, layout.header_offset, {bytes.begin(), bytes.end()});
}

// The empty head frame that Format writes, and a close mark behind it.
void PutHeadFrame(const Setup& setup, flashsim::SimFlash& chip, const Layout& layout,
                  BucketNumber number, std::uint64_t next) {
  HeadPrefix prefix;
  prefix.codec.next = Sequence{next};
  for (int i = 0; i < setup.options.reader_count; ++i) {
    prefix.cursors.enabled = static_cast<std::uint8_t>(prefix.cursors.enabled | (1U << i));
    prefix.cursors.at[i] = Sequence{next - 1};
  }
  std::vector<std::uint8_t> buffer(512, 0xFF);
  std::uint32_t start = 0;
  const Offset offset = layout.FramesBegin(0);
  const std::uint32_t bytes =
      BuildHeadFrame({kIdentity, number}, offset, prefix, buffer, 256, 0, start);
  Put(chip, layout, offset, {buffer.begin() + start, buffer.begin() + start + bytes});
  Put(chip, layout, offset + layout.Up(bytes), std::vector<std::uint8_t>(layout.unit, 0));
}

}  // namespace

void Age(const Setup& setup, Checkpoint& start) {
  const Layout layout = MakeLayout(setup.options, setup.profile.geometry);
  const std::uint32_t lap32 = std::clamp<std::uint32_t>(setup.first_lap, 1, kMaxLap);
  const std::uint64_t next = std::max<std::uint64_t>(setup.first_record, 1);
  const BucketNumber number = layout.NumberOf(lap32, BucketIndex{0});
  std::array<std::uint8_t, kMarkBytes> mark{};
  EncodeMark(layout, BucketIndex{0}, lap32, mark);
  Put(start.chip, layout, 0, {mark.begin(), mark.end()});
  Put(start.chip, layout, layout.open_offset, std::vector<std::uint8_t>(layout.note_bytes, 0));
  PutHeader(setup, start.chip, layout, lap32, next);
  Put(start.chip, layout, layout.BlockBegin(0), std::vector<std::uint8_t>(layout.unit, 0));
  PutHeadFrame(setup, start.chip, layout, number, next);
  start.oracle.Found(kIdentity, setup.options.reader_count, next, number.value, TotalsOf(setup));
}

}  // namespace norlog::fuzz
