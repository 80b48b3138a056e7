#include "norlog/log.h"

#include "norlog/clock.h"
#include "norlog/erasing.h"
#include "norlog/ring.h"
#include "norlog/writer.h"

namespace norlog {
namespace {

Status CheckConfiguration(const Core& core) {
  const Geometry& geometry = core.flash.geometry();
  if (Validate(core.options, geometry) != OptionsError::kNone) return Status::kInvalidOptions;
  if (core.options.encoded_tags > 0 && core.encoding == nullptr) return Status::kInvalidOptions;
  if (core.memory.size() < RequiredMemory(core.options, geometry)) return Status::kBadMemory;
  return core.shared.mounted ? Status::kAlreadyMounted : Status::kOk;
}

Status CheckWritable(const Core& core) {
  if (!core.shared.mounted) return Status::kNotMounted;
  if (core.read_only) return Status::kReadOnly;
  return core.exhausted ? Status::kExhausted : Status::kOk;
}

// Enables or disables a reader, durably or not at all.
Status CommitReader(Core& core, int index, bool enable, Sequence cursor) {
  const Cursors before = core.wanted;
  const unsigned bit = 1u << index;
  core.wanted.enabled =
      static_cast<std::uint8_t>(enable ? before.enabled | bit : before.enabled & ~bit);
  core.wanted.at[index] = cursor;
  const Status status = CommitCursors(core);
  if (!Ok(status)) core.wanted = before;
  return status;
}

// First sequence number of the oldest bucket whose header can be read.
Status FirstRetained(Core& core, Sequence& first) {
  for (BucketNumber number = core.shared.tail; number <= core.head.number; ++number) {
    const BucketIndex index = core.layout.IndexOf(number);
    HeaderState state;
    Probe probe;
    NORLOG_TRY(core.io.ReadProbe(index, state, probe));
    if (state != HeaderState::kValid || core.layout.NumberOf(probe.lap, index) != number) continue;
    first = probe.first_sequence;
    return Status::kOk;
  }
  first = core.head.state.codec.next;
  return Status::kOk;
}

// Positions up to the head were erased for its lap, the others once less;
// those that are clean for what comes have been erased already.
void CountErases(const Core& core, Stats& stats) {
  const std::uint32_t lap = core.layout.LapOf(core.head.number);
  const std::uint32_t index = core.layout.IndexOf(core.head.number).value;
  const std::uint32_t count = core.layout.bucket_count;
  std::uint32_t ahead = 0;
  while (ahead < 32 && ((core.clean_mask >> ahead) & 1) != 0) ++ahead;
  const std::uint64_t extra = std::uint64_t{index} + 1 + ahead;  // erased for `lap` or more
  stats.erases_total = std::uint64_t{lap - 1} * count + extra;
  stats.erases_min = extra >= count ? lap : lap - 1;
  stats.erases_max = extra > count ? lap + 1 : lap;
}

void CountReaders(const Core& core, Stats& stats) {
  for (int i = 0; i < kMaxReaders; ++i) {
    ReaderStats& reader = stats.readers[i];
    reader.enabled = core.shared.cursors.IsEnabled(i);
    if (!reader.enabled) continue;
    reader.cursor = core.shared.cursors.at[i];
    reader.lag = stats.last_sequence - reader.cursor;
    const Sequence kept = stats.last_sequence + 1 - stats.records_retained;
    if (reader.cursor + 1 < kept) reader.evicted_unread = kept - reader.cursor - 1;
    if (reader.lag > stats.largest_lag) stats.largest_lag = reader.lag;
  }
}

}  // namespace

Log::Log(NorFlash& flash, const Options& options, std::span<std::uint8_t> memory, LockHook* lock,
         const Encoding* encoding)
    : core_(flash, options, memory, lock, encoding) {}

Status Log::Format(std::uint64_t nonce, FormatMode mode) {
  NORLOG_TRY(CheckConfiguration(core_));
  return FormatCore(core_, nonce, mode == FormatMode::kWipe);
}

Status Log::Mount(Hint hint) {
  NORLOG_TRY(CheckConfiguration(core_));
  const Options& options = core_.options;
  if (options.recreate == Recreate::kAlways) return Format(options.recreate_nonce);
  const Status status = MountCore(core_, hint);
  if (status != Status::kNoLog || options.recreate != Recreate::kIfNoLog) return status;
  return Format(options.recreate_nonce);
}

Status Log::MountReadOnly(Hint hint) {
  NORLOG_TRY(CheckConfiguration(core_));
  return MountReadOnlyCore(core_, hint);
}

Status Log::Close() {
  const LockGuard guard(core_.lock(), LockKind::kWriter);
  if (!core_.shared.mounted) return Status::kNotMounted;
  Status status = Status::kOk;
  if (Ok(CheckWritable(core_))) {
    status = CommitPending(core_);
    if (Ok(status)) status = EndErase(core_);  // nothing is erased behind a close mark
    if (Ok(status)) status = ProgramCloseMark(core_);
    if (Ok(status)) status = core_.io.Sync();
  }
  {
    const LockGuard detaching(core_.lock(), LockKind::kState);
    core_.shared.mounted = false;
  }
  return status;
}

SequenceResult Log::Append(std::uint8_t tag, std::int64_t time,
                           std::span<const std::uint8_t> payload) {
  const LockGuard guard(core_.lock(), LockKind::kWriter);
  if (const Status status = CheckWritable(core_); !Ok(status)) return {status, {}};
  if (tag > kMaxTag) return {Status::kInvalidTag, {}};
  if (payload.size() > MaxPayloadBytes()) return {Status::kTooLarge, {}};
  if (const Status status = AppendRecord(core_, tag, time, payload); !Ok(status)) {
    return {status, {}};
  }
  return {Status::kOk, core_.pending.state().next - 1};
}

SequenceResult Log::SetClock(Sequence epoch, std::int64_t offset) {
  const LockGuard guard(core_.lock(), LockKind::kWriter);
  if (const Status status = CheckWritable(core_); !Ok(status)) return {status, {}};
  const CodecState& state = core_.pending.state();
  if (epoch.value == 0 || epoch >= state.next) return {Status::kBeyondEnd, {}};
  if (MaxPayloadBytes() < kClockBytes) return {Status::kTooLarge, {}};
  std::uint8_t payload[kClockBytes];
  const Trail trail = core_.pending.trail();
  EncodeClock({epoch, offset, trail.last_clock}, payload);
  const Status status = AppendRecord(core_, kClockTag, trail.time, payload);
  return {status, Ok(status) ? core_.pending.state().next - 1 : Sequence{}};
}

SequenceResult Log::Commit() {
  const LockGuard guard(core_.lock(), LockKind::kWriter);
  if (const Status status = CheckWritable(core_); !Ok(status)) return {status, {}};
  const Status status = CommitPending(core_);
  return {status, core_.shared.next - 1};
}

Status Log::Maintain(std::uint32_t max_erases) {
  const LockGuard guard(core_.lock(), LockKind::kWriter);
  NORLOG_TRY(CheckWritable(core_));
  NORLOG_TRY(CommitPutOff(core_));  // before the next erase begins
  const Status status = EraseAhead(core_, max_erases);
  if (status == Status::kNothingYet) NORLOG_TRY(CommitPutOff(core_));
  return status;
}

Status Log::EnableReader(int index, Sequence start) {
  const LockGuard guard(core_.lock(), LockKind::kWriter);
  NORLOG_TRY(CheckWritable(core_));
  if (index < 0 || index >= core_.options.reader_count) return Status::kInvalidReader;
  if (core_.shared.cursors.IsEnabled(index)) return Status::kOk;
  Sequence first;
  NORLOG_TRY(FirstRetained(core_, first));
  if (start < first) start = first;
  if (start > core_.shared.next) start = core_.shared.next;
  return CommitReader(core_, index, true, start - 1);
}

Status Log::DisableReader(int index) {
  const LockGuard guard(core_.lock(), LockKind::kWriter);
  NORLOG_TRY(CheckWritable(core_));
  if (index < 0 || index >= core_.options.reader_count) return Status::kInvalidReader;
  if (!core_.shared.cursors.IsEnabled(index)) return Status::kOk;
  return CommitReader(core_, index, false, {});
}

Status Log::GetStats(Stats& stats) {
  const LockGuard guard(core_.lock(), LockKind::kWriter);
  stats = {};
  if (!core_.shared.mounted) return Status::kNotMounted;
  Sequence first;
  NORLOG_TRY(FirstRetained(core_, first));
  stats.last_sequence = core_.shared.next - 1;
  stats.last_accepted = core_.pending.state().next - 1;
  stats.records_retained = core_.shared.next - first;
  stats.first_sequence = stats.records_retained > 0 ? first : Sequence{};
  stats.records_evicted = first.value - 1;
  stats.identity = core_.identity;
  stats.head = core_.head.number;
  stats.head_index = core_.layout.IndexOf(core_.head.number);
  stats.bucket_count = core_.layout.bucket_count;
  stats.bytes_free_in_bucket = core_.layout.bucket_bytes - core_.head.end;
  stats.erases_repeated = core_.erases_repeated;
  const Retired& retired = core_.retired;
  stats.retired_buckets = retired.this_lap > retired.last_lap ? retired.this_lap : retired.last_lap;
  stats.mount_finding = core_.finding;
  stats.mount_reads = core_.mount_reads;
  stats.mount_bytes_read = core_.mount_bytes;
  stats.blocks_lost_to_cuts = core_.blocks_lost;
  stats.records_damaged = core_.records_damaged;
  CountErases(core_, stats);
  CountReaders(core_, stats);
  return Status::kOk;
}

// Defined here because reader.h stands below the façade and does not know it.
Reader::Reader(Log& log, int index) : core_(log.core()), index_(index), window_(log.core()) {}

std::uint32_t Log::MaxPayloadBytes() const {
  return norlog::MaxPayloadBytes(core_.layout);
}

}  // namespace norlog
