// The C interface: handles are C++ objects in the caller's memory.
#include "norlog/norlog.h"

#include <new>

#include "norlog/log.h"
#include "norlog/port_test.h"
#include "norlog/reader.h"

namespace norlog {
namespace {

static_assert(static_cast<int>(Status::kDamaged) == NORLOG_DAMAGED);
static_assert(static_cast<int>(Status::kCannotDecode) == NORLOG_CANNOT_DECODE);
static_assert(static_cast<int>(Status::kNoLog) == NORLOG_NO_LOG);
static_assert(static_cast<int>(Status::kBadMemory) == NORLOG_BAD_MEMORY);
static_assert(static_cast<int>(Status::kNoPower) == NORLOG_NO_POWER);
static_assert(static_cast<int>(ProgramRule::kOverwrite) == NORLOG_OVERWRITE);
static_assert(static_cast<int>(ProgramRule::kOncePlusZero) == NORLOG_ONCE_PLUS_ZERO);
static_assert(static_cast<int>(Retention::kKeepUnread) == NORLOG_KEEP_UNREAD);
static_assert(static_cast<int>(Recreate::kAlways) == NORLOG_ALWAYS);
static_assert(static_cast<int>(FormatMode::kWipe) == NORLOG_WIPE);
static_assert(static_cast<int>(MountFinding::kUncleanOpening) == 3);
static_assert(static_cast<int>(LockKind::kState) == 0 && static_cast<int>(LockKind::kWriter) == 1);
static_assert(int{kMaxReaders} == NORLOG_MAX_READERS);
static_assert(int{kMaxLargerEraseSizes} == NORLOG_MAX_LARGER_ERASE_SIZES);

norlog_status ToC(Status status) {
  return static_cast<norlog_status>(status);
}

Geometry FromC(const norlog_geometry& g) {
  Geometry geometry{.erase_unit_bytes = g.erase_unit_bytes,
                    .erase_unit_count = g.erase_unit_count,
                    .program_unit_bytes = g.program_unit_bytes,
                    .page_bytes = g.page_bytes,
                    .program_rule = static_cast<ProgramRule>(g.program_rule)};
  for (int i = 0; i < kMaxLargerEraseSizes; ++i) {
    geometry.larger_erase_bytes[i] = g.larger_erase_bytes[i];
  }
  return geometry;
}

norlog_geometry ToC(const Geometry& g) {
  norlog_geometry geometry{};
  geometry.erase_unit_bytes = g.erase_unit_bytes;
  geometry.erase_unit_count = g.erase_unit_count;
  geometry.program_unit_bytes = g.program_unit_bytes;
  geometry.page_bytes = g.page_bytes;
  geometry.program_rule = static_cast<norlog_program_rule>(g.program_rule);
  for (int i = 0; i < kMaxLargerEraseSizes; ++i) {
    geometry.larger_erase_bytes[i] = g.larger_erase_bytes[i];
  }
  return geometry;
}

Options FromC(const norlog_options& o) {
  Options options;
  options.bucket_bytes = o.bucket_bytes;
  options.block_bytes = o.block_bytes;
  options.commit_every = o.commit_every;
  options.reader_count = o.reader_count;
  options.retention = static_cast<Retention>(o.retention);
  options.erase_ahead = o.erase_ahead;
  options.recreate = static_cast<Recreate>(o.recreate);
  options.recreate_nonce = o.recreate_nonce;
  options.verify_programs = o.verify_programs;
  return options;
}

class CFlash final : public NorFlash {
 public:
  explicit CFlash(const norlog_flash& flash) : flash_(flash), geometry_(FromC(flash.geometry)) {}

  const Geometry& geometry() const override { return geometry_; }
  Status Read(std::uint64_t address, std::span<std::uint8_t> out) override {
    return FromStatus(flash_.read(flash_.context, address, out.data(), out.size()));
  }
  Status Program(std::uint64_t address, std::span<const std::uint8_t> data) override {
    return FromStatus(flash_.program(flash_.context, address, data.data(), data.size()));
  }
  Status Erase(std::uint64_t address, std::uint32_t size) override {
    return FromStatus(flash_.erase(flash_.context, address, size));
  }
  bool StartErase(std::uint64_t address, std::uint32_t size) override {
    return flash_.start_erase != nullptr && flash_.busy != nullptr &&
           flash_.start_erase(flash_.context, address, size);
  }
  Status Busy() override {
    return flash_.busy == nullptr ? Status::kOk : FromStatus(flash_.busy(flash_.context));
  }
  Status Sync() override {
    return flash_.sync == nullptr ? Status::kOk : FromStatus(flash_.sync(flash_.context));
  }

 private:
  static Status FromStatus(norlog_status status) { return static_cast<Status>(status); }

  const norlog_flash& flash_;
  const Geometry geometry_;
};

class CLock final : public LockHook {
 public:
  explicit CLock(const norlog_lock* lock) : lock_(lock) {}
  void Lock(LockKind kind) override { lock_->lock(lock_->context, static_cast<int>(kind)); }
  void Unlock(LockKind kind) override { lock_->unlock(lock_->context, static_cast<int>(kind)); }

 private:
  const norlog_lock* const lock_;
};

// What a norlog_log holds.
struct CLog {
  CLog(const norlog_flash& flash_in, const Options& options, std::span<std::uint8_t> memory,
       const norlog_lock* lock_in)
      : flash(flash_in),
        lock(lock_in),
        log(flash, options, memory, lock_in == nullptr ? nullptr : &lock) {}

  CFlash flash;
  CLock lock;
  Log log;
};

// Neither too small, nor so large that it was forgotten to follow.
constexpr std::size_t kSlackBytes = 256;
static_assert(sizeof(CLog) <= sizeof(norlog_log));
static_assert(sizeof(norlog_log) <= sizeof(CLog) + kSlackBytes);
static_assert(alignof(CLog) <= alignof(norlog_log));
static_assert(sizeof(Reader) <= sizeof(norlog_reader));
static_assert(sizeof(norlog_reader) <= sizeof(Reader) + kSlackBytes);
static_assert(alignof(Reader) <= alignof(norlog_reader));

CLog& FromC(norlog_log* log) {
  return *std::launder(reinterpret_cast<CLog*>(log->opaque.bytes));
}
const CLog& FromC(const norlog_log* log) {
  return *std::launder(reinterpret_cast<const CLog*>(log->opaque.bytes));
}
Reader& FromC(norlog_reader* reader) {
  return *std::launder(reinterpret_cast<Reader*>(reader->opaque.bytes));
}
const Reader& FromC(const norlog_reader* reader) {
  return *std::launder(reinterpret_cast<const Reader*>(reader->opaque.bytes));
}

Hint FromC(const std::uint32_t* hint) {
  return hint == nullptr ? Hint{} : Hint{.present = true, .index = {*hint}};
}

norlog_status ToC(const SequenceResult& result, std::uint64_t* sequence) {
  if (sequence != nullptr && Ok(result.status)) *sequence = result.sequence.value;
  return ToC(result.status);
}

void ToC(const Stats& s, norlog_stats& out) {
  out = norlog_stats{};
  out.first_sequence = s.first_sequence.value;
  out.last_sequence = s.last_sequence.value;
  out.last_accepted = s.last_accepted.value;
  out.records_retained = s.records_retained;
  out.records_evicted = s.records_evicted;
  out.identity = s.identity;
  out.head = s.head.value;
  out.head_index = s.head_index.value;
  out.bucket_count = s.bucket_count;
  out.bytes_free_in_bucket = s.bytes_free_in_bucket;
  for (int i = 0; i < kMaxReaders; ++i) {
    out.readers[i] = {s.readers[i].enabled, s.readers[i].cursor.value, s.readers[i].lag,
                      s.readers[i].evicted_unread};
  }
  out.largest_lag = s.largest_lag;
  out.erases_min = s.erases_min;
  out.erases_max = s.erases_max;
  out.erases_total = s.erases_total;
  out.erases_repeated = s.erases_repeated;
  out.retired_buckets = s.retired_buckets;
  out.mount_finding = static_cast<int>(s.mount_finding);
  out.mount_reads = s.mount_reads;
  out.mount_bytes_read = s.mount_bytes_read;
  out.blocks_lost_to_cuts = s.blocks_lost_to_cuts;
  out.records_damaged = s.records_damaged;
}

class CHost final : public PortTestHost {
 public:
  explicit CHost(const norlog_port_host& host) : host_(host) {}
  void Found(const PortFinding& finding) override {
    char line[kMaxFindingChars];
    FormatFinding(finding, line);
    host_.found(host_.context, line);
  }
  std::uint64_t NowUs() override {
    return host_.now_us == nullptr ? 0 : host_.now_us(host_.context);
  }
  bool Restart() override { return host_.restart != nullptr && host_.restart(host_.context); }

 private:
  const norlog_port_host& host_;
};

}  // namespace
}  // namespace norlog

using norlog::FromC;
using norlog::ToC;

const char* norlog_status_name(norlog_status status) {
  return norlog::StatusName(static_cast<norlog::Status>(status));
}

void norlog_default_options(norlog_options* options) {
  const norlog::Options o;
  *options = norlog_options{o.bucket_bytes,
                            o.block_bytes,
                            o.commit_every,
                            o.reader_count,
                            static_cast<norlog_retention>(o.retention),
                            o.erase_ahead,
                            static_cast<norlog_recreate>(o.recreate),
                            o.recreate_nonce,
                            o.verify_programs};
}

const char* norlog_why_invalid(const norlog_options* options, const norlog_geometry* geometry) {
  return norlog::OptionsErrorName(norlog::Validate(FromC(*options), FromC(*geometry)));
}

size_t norlog_required_memory(const norlog_options* options, const norlog_geometry* geometry) {
  return norlog::RequiredMemory(FromC(*options), FromC(*geometry));
}

void norlog_init(norlog_log* log, const norlog_flash* flash, const norlog_options* options,
                 void* memory, size_t memory_bytes, const norlog_lock* lock) {
  new (log->opaque.bytes) norlog::CLog(*flash, FromC(*options),
                                       {static_cast<std::uint8_t*>(memory), memory_bytes}, lock);
}

norlog_status norlog_format(norlog_log* log, uint64_t nonce, norlog_format_mode mode) {
  return ToC(FromC(log).log.Format(nonce, static_cast<norlog::FormatMode>(mode)));
}

norlog_status norlog_mount(norlog_log* log, const uint32_t* hint) {
  return ToC(FromC(log).log.Mount(FromC(hint)));
}

norlog_status norlog_mount_read_only(norlog_log* log, const uint32_t* hint) {
  return ToC(FromC(log).log.MountReadOnly(FromC(hint)));
}

bool norlog_is_mounted(const norlog_log* log) {
  return FromC(log).log.mounted();
}

norlog_status norlog_close(norlog_log* log) {
  return ToC(FromC(log).log.Close());
}

norlog_status norlog_append(norlog_log* log, uint8_t tag, int64_t time, const void* payload,
                            size_t size, uint64_t* sequence) {
  const std::span bytes(static_cast<const std::uint8_t*>(payload), size);
  return ToC(FromC(log).log.Append(tag, time, bytes), sequence);
}

norlog_status norlog_commit(norlog_log* log, uint64_t* sequence) {
  return ToC(FromC(log).log.Commit(), sequence);
}

norlog_status norlog_maintain(norlog_log* log, uint32_t max_erases) {
  return ToC(FromC(log).log.Maintain(max_erases));
}

norlog_status norlog_enable_reader(norlog_log* log, int index, uint64_t start) {
  return ToC(FromC(log).log.EnableReader(index, {start}));
}

norlog_status norlog_disable_reader(norlog_log* log, int index) {
  return ToC(FromC(log).log.DisableReader(index));
}

uint32_t norlog_max_payload_bytes(const norlog_log* log) {
  return FromC(log).log.MaxPayloadBytes();
}

norlog_status norlog_get_stats(norlog_log* log, norlog_stats* stats) {
  norlog::Stats s;
  const norlog::Status status = FromC(log).log.GetStats(s);
  if (norlog::Ok(status)) norlog::ToC(s, *stats);
  return ToC(status);
}

void norlog_reader_init(norlog_reader* reader, norlog_log* log, int index) {
  new (reader->opaque.bytes) norlog::Reader(FromC(log).log, index);
}

norlog_status norlog_reader_next(norlog_reader* reader, norlog_record* record, norlog_gap* gap) {
  norlog::Reader& r = FromC(reader);
  norlog::Record found;
  const norlog::Status status = r.Next(found);
  if (norlog::Ok(status)) {
    *record = {found.sequence.value, found.time, found.payload.data(),
               found.payload.size(), found.tag,  found.unconfirmed};
  } else if (status == norlog::Status::kGap && gap != nullptr) {
    *gap = {r.gap().first.value, r.gap().last.value, r.gap().cause == norlog::GapCause::kDamaged};
  }
  return ToC(status);
}

norlog_status norlog_reader_seek(norlog_reader* reader, uint64_t sequence) {
  return ToC(FromC(reader).Seek({sequence}));
}

norlog_status norlog_reader_rewind(norlog_reader* reader) {
  return ToC(FromC(reader).Rewind());
}

norlog_status norlog_reader_commit(norlog_reader* reader) {
  return ToC(FromC(reader).Commit());
}

void norlog_reader_close(norlog_reader* reader) {
  FromC(reader).Close();
}

uint64_t norlog_reader_position(const norlog_reader* reader) {
  return FromC(reader).position().value;
}

void norlog_port_test(const norlog_flash* flash, uint64_t address, uint32_t erase_units,
                      const norlog_port_host* host, norlog_port_report* report) {
  norlog::CFlash c_flash(*flash);
  norlog::CHost c_host(*host);
  norlog::PortTest test(c_flash, {.address = address, .erase_units = erase_units}, c_host);
  const norlog::PortReport r = test.Run();
  *report = norlog_port_report{r.found,   r.finished,   r.restarted, ToC(r.proposed),
                               r.read_us, r.program_us, r.erase_us};
}
