#include "norlog/ring.h"

#include <cstring>

#include "norlog/summaries.h"

namespace norlog {
namespace {

// Frames without content are built here, so that pending content in the frame
// buffer is not disturbed.
constexpr std::uint32_t kSmallHeadBytes = MaxFrameHeadBytes(kMaxReaders) + kMaxBlockTagBytes;
constexpr std::uint32_t kSmallFrameBytes = kSmallHeadBytes + kCrcBytes + kMaxProgramUnitBytes;

// Counts the positions between the head and `number`, which the opening of
// `number` steps over.
Retired RetiredAt(const Core& core, BucketNumber number) {
  Retired retired = core.retired;
  for (BucketNumber at = core.head.number + 1; at <= number; ++at) {
    if (core.layout.IndexOf(at).value == 0) retired = {0, retired.this_lap};
    if (at < number && retired.this_lap < 0xffff) ++retired.this_lap;
  }
  return retired;
}

// Where nothing from the tail on has been opened yet, the log begins with `number` itself.
BucketNumber TailOfOpened(const Core& core, BucketNumber number) {
  const BucketNumber tail = TailAfter(core, number);
  return tail > core.head.number ? number : tail;
}

Header MakeHeader(const Core& core, BucketNumber number, const FrameSpec& spec,
                  std::uint16_t flags) {
  Header header;
  header.probe.flags = flags;
  header.probe.lap = core.layout.LapOf(number);
  header.probe.identity = core.identity;
  header.probe.first_sequence = spec.before.next;
  header.erase_ahead = core.options.erase_ahead;
  header.tail = header.probe.IsReserve() ? core.shared.tail : TailOfOpened(core, number);
  TellTimes(spec.trail_before, spec.before.next, header);
  header.tags = TagsSeenFrom(core, number);
  header.erases_repeated = core.erases_repeated;
  header.blocks_lost = core.blocks_lost;
  header.records_damaged = core.records_damaged;
  const Retired retired = RetiredAt(core, number);
  header.retired_this_lap = retired.this_lap;
  header.retired_last_lap = retired.last_lap;
  const std::uint64_t distance = number > core.head.number ? number - core.head.number : 1;
  const std::uint64_t steps = distance - 1 + spec.passed;
  header.steps_over = static_cast<std::uint8_t>(steps < 0xff ? steps : 0xff);
  return header;
}

// The open note. Where a unit takes one program only, a blank note may be one
// whose program was cut before it left a trace: refused, and no sign of wear.
Status BeginOpening(Core& core, BucketNumber number) {
  const BucketIndex index = core.layout.IndexOf(number);
  const Status status = core.io.ProgramNote(index, core.layout.open_offset);
  if (status != Status::kProgramError) return status;
  NORLOG_TRY(EraseAndMark(core, number, /*note_refused=*/true));
  return core.io.ProgramNote(index, core.layout.open_offset);
}

// Open note, header, touch, first frame: of a bucket that is proved clean.
Status FillBucket(Core& core, BucketNumber number, const FrameSpec& spec, std::uint16_t flags) {
  NORLOG_TRY(BeginOpening(core, number));
  const Header header = MakeHeader(core, number, spec, flags);
  NORLOG_TRY(core.io.ProgramHeader(core.layout.IndexOf(number), header));
  NORLOG_TRY(core.io.Sync());  // no frame without its bucket's header
  NORLOG_TRY(TouchBlock(core, number, 0));
  return ProgramHeadFrame(core, number, 0, spec);
}

Status TryOpen(Core& core, BucketNumber number, const FrameSpec& spec) {
  if (core.layout.LapOf(number) > kMaxLap) return Status::kExhausted;
  if (KnownBad(core, number)) return Status::kEraseError;  // Maintain has tried
  if (spec.real) NORLOG_TRY(MayEvictFor(core, number, spec.cursors));
  GiveUpForReuse(core, number);
  NORLOG_TRY(PrepareClean(core, number));
  return FillBucket(core, number, spec, MakeFlags(/*reserve=*/false, /*round=*/0));
}

}  // namespace

HeadPrefix MakePrefix(const FrameSpec& spec) {
  const bool encoded = spec.encoded_count > 0;
  HeadPrefix prefix;
  prefix.copy = spec.copy;
  prefix.real = spec.real;
  prefix.from = spec.from;
  prefix.codec = encoded ? spec.encoded_before : spec.before;
  prefix.cursors = spec.cursors;
  prefix.encoded_count = spec.encoded_count;
  return prefix;
}

Status TouchBlock(Core& core, BucketNumber number, std::uint32_t block) {
  return core.io.ProgramZeros(core.layout.IndexOf(number), core.layout.BlockBegin(block),
                              core.layout.unit);
}

Status ProgramHeadFrame(Core& core, BucketNumber number, std::uint32_t block,
                        const FrameSpec& spec) {
  const Layout& layout = core.layout;
  std::uint8_t small[kSmallFrameBytes];
  const bool has_content = spec.content_bytes > 0;
  const bool encoded = spec.encoded_count > 0;
  const std::span<std::uint8_t> buffer = encoded       ? core.EncodeBuffer()
                                         : has_content ? core.FrameBuffer()
                                                       : std::span(small);
  const std::uint32_t room = encoded       ? layout.encoded_room
                             : has_content ? layout.content_room
                                           : kSmallHeadBytes;
  const Offset offset = layout.FramesBegin(block);
  const HeadPrefix prefix = PrefixAt(core, number, block, spec);
  std::uint32_t start = 0;
  const std::uint32_t bytes =
      BuildHeadFrame(core.Seed(number), offset, prefix, buffer, room,
                     encoded ? spec.encoded_bytes : spec.content_bytes, start);
  const std::uint32_t padded = layout.Up(bytes);
  std::memset(&buffer[start + bytes], kErasedByte, padded - bytes);
  NORLOG_TRY(core.io.Program(layout.IndexOf(number), offset, buffer.subspan(start, padded),
                             core.options.verify_programs));
  if (number != core.head.number) {
    const std::uint64_t steps = number > core.head.number ? number - core.head.number : 32;
    core.clean_mask = steps < 32 ? core.clean_mask >> steps : 0;
    core.bad_mask = steps < 32 ? core.bad_mask >> steps : 0;
    core.kept_position = {};
    core.head.open = false;
  }
  NoteBlock(core, number, block, spec);
  core.head.number = number;
  core.head.block = block;
  core.head.fresh_block = block + 1;
  core.head.end = offset + padded;
  core.head.use = BlockUse::kOpen;
  core.head.open = core.head.open || spec.real;
  core.head.state = {};
  core.head.state.codec = spec.after;
  core.head.state.cursors = spec.cursors;
  if (encoded) {
    core.head.state.codec = AfterEncoded(spec.encoded_before, spec.encoded_count);
    core.head.state.any_encoded = true;
    core.head.state.last_count = spec.encoded_count;
  } else if (has_content) {
    core.head.state.last = {.any = true, .first = buffer[room], .bytes = spec.content_bytes};
  }
  // The block begins: an encoded frame has taught the model, a raw one nothing.
  if (core.encoding != nullptr && !encoded) core.encoding->Reset(core.WriterModel());
  core.model_ready = core.encoding != nullptr;
  core.model_saved = false;
  return Status::kOk;
}

BucketNumber TailAfter(const Core& core, BucketNumber number) {
  const std::uint64_t reach = number.value + core.layout.window + 1;
  const BucketNumber tail{reach > core.layout.bucket_count ? reach - core.layout.bucket_count : 0};
  return tail > core.shared.tail ? tail : core.shared.tail;
}

namespace {

// While buckets are stepped over: the newest one stays, if no opening succeeds.
BucketNumber TailUpToHead(const Core& core, BucketNumber number) {
  const BucketNumber tail = TailAfter(core, number);
  return tail < core.head.number ? tail : core.head.number;
}

}  // namespace

Status MayEvictFor(Core& core, BucketNumber number, const Cursors& cursors) {
  if (core.options.retention != Retention::kKeepUnread) return Status::kOk;
  // The first bucket that stays, and can be read, tells what goes.
  for (BucketNumber tail = TailUpToHead(core, number); tail > core.shared.tail; ++tail) {
    if (tail >= number) return Status::kOk;
    HeaderState state;
    Probe probe;
    const BucketIndex index = core.layout.IndexOf(tail);
    NORLOG_TRY(core.io.ReadProbe(index, state, probe));
    if (state != HeaderState::kValid || core.layout.NumberOf(probe.lap, index) != tail) continue;
    for (int i = 0; i < kMaxReaders; ++i) {
      if (cursors.IsEnabled(i) && cursors.at[i] + 1 < probe.first_sequence) return Status::kFull;
    }
    return Status::kOk;
  }
  return Status::kOk;
}

namespace {

void MoveTail(Core& core, BucketNumber tail) {
  const LockGuard guard(core.lock(), LockKind::kState);
  core.shared.tail = tail;
}

}  // namespace

void Evict(Core& core, BucketNumber number) {
  MoveTail(core, TailAfter(core, number));
}

void GiveUpForReuse(Core& core, BucketNumber number) {
  if (number.value < core.layout.bucket_count) return;
  const BucketNumber old = number - core.layout.bucket_count;
  if (old < core.shared.tail) return;
  MoveTail(core, old < core.head.number ? old + 1 : core.head.number);
}

Status OpenNextBucket(Core& core, const FrameSpec& spec) {
  const BucketNumber first = core.head.number + 1;
  for (std::uint32_t steps = 0; steps <= MaxStepsOver(core.layout); ++steps) {
    const BucketNumber number = first + steps;
    const Retired retired = RetiredAt(core, number);
    const Status status = TryOpen(core, number, spec);
    if (Ok(status)) {
      core.retired = retired;
      if (spec.real) Evict(core, number);
      return Status::kOk;
    }
    if (status == Status::kFull || status == Status::kExhausted) return status;
    core.clean_mask &= ~(std::uint32_t{1} << steps);  // something may have been programmed there
    if (!IsBadBucket(status)) return status;
  }
  return Status::kExhausted;
}

Status ReopenBucket(Core& core, BucketNumber number, const FrameSpec& spec, std::uint16_t flags) {
  NORLOG_TRY(PrepareClean(core, number));
  return FillBucket(core, number, spec, flags);
}

}  // namespace norlog
