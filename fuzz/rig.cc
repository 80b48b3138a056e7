#include "fuzz/rig.h"

#include <algorithm>
#include <ostream>
#include <utility>

#include "fuzz/aged.h"
#include "fuzz/cut_style.h"
#include "fuzz/encoded.h"
#include "fuzz/query_check.h"
#include "fuzz/schema_judge.h"
#include "fuzz/watch.h"

namespace norlog::fuzz {
namespace {

// Upper bounds of what stands on flash beside the payload, bytes. They are
// numbers of docs/FORMAT.md, rounded up, not code shared with the engine.
constexpr std::uint32_t kMarkBytes = 12;
constexpr std::uint32_t kNoteBytes = 4;  // two of them
constexpr std::uint32_t kHeaderBytes = 112;
constexpr std::uint32_t kHeadFrameBytes = 50;  // first frame of a block, without its records
constexpr std::uint32_t kCursorBytesPerReader = 4;
constexpr std::uint32_t kPagePadBytes = 31;  // at each page boundary inside a block

// A format costs at most so many erases, whatever the chip held before.
constexpr std::uint64_t kMaxFormatErases = 3;

constexpr std::uint64_t kLargeRingBytes = 32 * 1024;

// That a chip of the campaign can hold.
constexpr std::uint64_t kMostRecords = std::uint64_t{1} << 24;

// Reads that a transient error may cost before it counts as lasting.
constexpr int kReadAttempts = 16;

std::uint32_t Up(std::uint32_t bytes, std::uint32_t unit) {
  return (bytes + unit - 1) / unit * unit;
}

std::uint32_t Less(std::uint32_t a, std::uint32_t b) {
  return a > b ? a - b : 0;
}

std::string ToString(const Sighting& sighting) {
  std::string text = "last " + std::to_string(sighting.last) + ", head bucket " +
                     std::to_string(sighting.head) + ", cursors";
  for (const CursorFact& reader : sighting.readers) {
    if (reader.enabled) text += ' ' + std::to_string(reader.cursor);
  }
  for (const Glimpse& glimpse : sighting.scan) {
    if (!glimpse.is_gap) continue;
    text += glimpse.cause == LossCause::kEvicted ? ", evicted " : ", damaged ";
    text += std::to_string(glimpse.first) + ".." + std::to_string(glimpse.last);
  }
  return text;
}

SpaceModel SpaceOf(const Options& options, const Geometry& geometry) {
  const std::uint32_t unit = geometry.program_unit_bytes;
  const std::uint32_t pages = std::max(options.block_bytes / geometry.page_bytes, 1U);
  const std::uint32_t frame_head =
      Up(kHeadFrameBytes + kCursorBytesPerReader * options.reader_count, unit);
  const std::uint32_t taken = 2 * unit + frame_head + kPagePadBytes * (pages - 1);
  const std::uint32_t header =
      Up(kMarkBytes, unit) + 2 * Up(kNoteBytes, unit) + Up(kHeaderBytes, unit);
  SpaceModel space;
  space.blocks_per_bucket = options.bucket_bytes / options.block_bytes;
  space.block_capacity = Less(options.block_bytes, taken);
  space.first_block_capacity = Less(options.block_bytes, taken + header);
  return space;
}

// Into what the scan holds already, so that payloads need no new memory.
Status Scan(Log& log, std::uint64_t resume_at, Sighting& sighting, std::size_t& seen) {
  Reader reader(log, 0);
  NORLOG_TRY(reader.Seek(Sequence{1}));
  for (int failures = 0; failures < kReadAttempts;) {
    if (seen == sighting.scan.size()) sighting.scan.emplace_back();
    const Status status = Next(reader, sighting.scan[seen]);
    if (status == Status::kNothingYet) return Status::kOk;
    if (status == Status::kOk && reader.position().value < resume_at) {
      sighting.skip_first = reader.position().value;
      sighting.skip_last = resume_at - 1;
      NORLOG_TRY(reader.Seek(Sequence{resume_at}));
      resume_at = 0;
    }
    if (status == Status::kOk || status == Status::kGap) {
      // More events than records can exist: a reader that runs in circles.
      if (++seen > 64 && seen - 64 > std::min(sighting.last, kMostRecords)) return Status::kDamaged;
    } else if (status != Status::kReadError) {
      return status;
    } else {
      ++failures;
    }
  }
  return Status::kReadError;
}

thread_local std::vector<std::unique_ptr<Sighting>> spare_sightings;

}  // namespace

bool LeavesUnstable(const flashsim::SimFlash& chip) {
  const flashsim::CutInfo& cut = chip.last_cut();
  const flashsim::SimOptions& options = chip.options();
  if (options.torn_read_error_ppm > 0 || options.half_erased_read_error_ppm > 0) return true;
  if (options.read_error_ppm > 0 || options.read_error_every > 0) return true;
  return IsMarginal(cut.tear, cut.kind);
}

bool IsWriteOnce(const Setup& setup) {
  const ProgramRule rule = setup.profile.geometry.program_rule;
  return rule == ProgramRule::kOnce || rule == ProgramRule::kOncePlusZero;
}

void PrintTo(const Setup& setup, std::ostream* out) {
  *out << setup.name;
}

Limits LimitsOf(const Setup& setup) {
  const Geometry& geometry = setup.profile.geometry;
  Limits limits;
  limits.bucket_count =
      static_cast<std::uint32_t>(geometry.size_bytes() / setup.options.bucket_bytes);
  limits.erase_ahead = setup.options.erase_ahead;
  limits.keep_unread = setup.options.retention == Retention::kKeepUnread;
  limits.faults_expected = setup.faults_expected;
  limits.damage_expected = setup.damage_expected;
  limits.header_damage = setup.header_damage;
  if (IsWriteOnce(setup)) limits.max_recovery_erases += setup.options.erase_ahead;
  limits.max_recovery_erases *= setup.options.bucket_bytes / geometry.erase_unit_bytes;
  limits.repeated_erases_per_boot = IsWriteOnce(setup) ? setup.options.erase_ahead : 0;
  limits.repeated_erases_at_first = setup.first_lap > 1 ? limits.bucket_count : 0;
  limits.erases_in_slices = setup.options.bucket_bytes > geometry.erase_unit_bytes;
  limits.space = SpaceOf(setup.options, geometry);
  if (setup.typed) {
    const std::uint32_t schemas = SchemaCost(geometry.program_unit_bytes);
    limits.space.block_capacity = Less(limits.space.block_capacity, schemas);
    limits.space.first_block_capacity = Less(limits.space.first_block_capacity, schemas);
  }
  return limits;
}

Checkpoint NewCheckpoint(const Setup& setup) {
  flashsim::SimFlash chip(setup.profile, setup.seed);
  chip.set_options(setup.sim);
  for (const std::uint32_t unit : setup.bad_units) {
    chip.MakeBad(unit, setup.bad_mode);
  }
  Checkpoint start{std::move(chip), Oracle(LimitsOf(setup))};
  start.oracle.UnhealthyBuckets(static_cast<std::uint32_t>(setup.bad_units.size()));
  if (setup.first_lap != 0) Age(setup, start);
  return start;
}

PooledSighting::PooledSighting() {
  if (spare_sightings.empty()) spare_sightings.push_back(std::make_unique<Sighting>());
  sighting_ = std::move(spare_sightings.back());
  spare_sightings.pop_back();
}

PooledSighting::~PooledSighting() {
  if (sighting_ != nullptr) spare_sightings.push_back(std::move(sighting_));
}

Status LookAt(Log& log, std::uint64_t resume_at, Sighting& sighting) {
  Stats stats;
  NORLOG_TRY(log.GetStats(stats));
  sighting.identity = stats.identity;
  sighting.last = stats.last_sequence.value;
  sighting.head = stats.head.value;
  sighting.totals = {stats.blocks_lost_to_cuts, stats.erases_repeated, stats.records_damaged};
  sighting.retired_buckets = stats.retired_buckets;
  for (std::size_t i = 0; i < kOracleReaders; ++i) {
    sighting.readers.at(i) = {stats.readers[i].enabled, stats.readers[i].cursor.value};
  }
  sighting.skip_first = 0;
  sighting.skip_last = 0;
  std::size_t seen = 0;
  const Status status = Scan(log, resume_at > sighting.last ? 0 : resume_at, sighting, seen);
  sighting.scan.resize(seen);
  return status;
}

Status Next(Reader& reader, Glimpse& glimpse) {
  Record record;
  const Status status = reader.Next(record);
  const bool is_record = status == Status::kOk;
  glimpse.is_gap = status == Status::kGap;
  glimpse.unconfirmed = is_record && record.unconfirmed;
  glimpse.first = 0;
  glimpse.last = 0;
  glimpse.cause = LossCause::kEvicted;
  glimpse.record.sequence = is_record ? record.sequence.value : 0;
  glimpse.record.tag = is_record ? record.tag : std::uint8_t{0};
  glimpse.record.time = is_record ? record.raw_time : 0;
  glimpse.time = is_record ? record.time : 0;
  auto payload = is_record ? record.payload : std::span<const std::uint8_t>();
  // What is behind it is the engine's own.
  if (is_record && record.tag == kClockRecord) {
    payload = payload.first(std::min(payload.size(), kClockFactBytes));
  }
  glimpse.record.payload.assign(payload.begin(), payload.end());
  if (glimpse.is_gap) {
    const Gap& gap = reader.gap();
    glimpse.first = gap.first.value;
    glimpse.last = gap.last.value;
    glimpse.cause = gap.cause == GapCause::kEvicted ? LossCause::kEvicted : LossCause::kDamaged;
  }
  return status;
}

Rig::Rig(const Setup& setup, Checkpoint start, std::ostream* trace)
    : setup_(setup),
      trace_(trace),
      chip_(std::move(start.chip)),
      hal_(chip_, setup.profile.shim),
      oracle_(std::move(start.oracle)),
      memory_(RequiredMemory(setup.options, setup.profile.geometry)),
      maintained_head_(start.maintained_head),
      closed_(start.closed),
      unstable_(start.unstable) {
  if (trace_ == nullptr) return;
  chip_.set_observer([this](const flashsim::OpEvent& event) {
    *trace_ << "      " << flashsim::Name(event.kind) << ' ' << event.size << " B at 0x" << std::hex
            << event.address << std::dec << (event.torn ? "  TORN" : "") << '\n';
  });
}

Rig::~Rig() {
  DropLog();
}

void Rig::ReadyLog() {
  if (mounted()) DropLog();
  if (!log_.has_value()) Boot();
  chip_.BeginMount();
  if (setup_.typed) oracle_.SpaceTaken(SchemaCost(setup_.profile.geometry.program_unit_bytes));
  put_off_.reset();
  // What was erased ahead is known by its marks, where these count and read the same each time.
  const bool marks_count = closed_ && !unstable_ && !IsWriteOnce(setup_) && !setup_.header_damage;
  if (!marks_count) maintained_head_.reset();
}

// What was in RAM is gone.
void Rig::Boot() {
  std::fill(memory_.begin(), memory_.end(), std::uint8_t{0xA5});
  log_.emplace(hal_, setup_.options, memory_, nullptr, EncodingFor(setup_.options));
  if (!setup_.typed) return;
  firmware_ = static_cast<std::uint8_t>(chip_.op_count() % kFirmwares);
  schemas_.emplace(SchemasOf(firmware_));
  log_->UseSchemas(*schemas_);
}

// A log that is closed and a log that was never mounted are the same: every other time the
// next session begins with the object of this one. (So does what follows a mount that was refused.)
void Rig::LeaveLog() {
  if (chip_.op_count() % 2 == 0) DropLog();
}

void Rig::DropLog() {
  for (std::unique_ptr<Reader>& reader : readers_) reader.reset();
  log_.reset();
}

bool Rig::Run(const Session& session) {
  const Hint hint{session.has_hint, BucketIndex{session.hint}};
  const bool up = session.start == SessionStart::kFormat ? Format(session.nonce) : Mount(hint);
  for (const Op& op : session.ops) {
    if (up && powered() && healthy()) Do(op);
  }
  if (!up || !powered() || !healthy()) {
    DropLog();
    return false;
  }
  switch (session.end) {
    case SessionEnd::kClose: Close(); break;
    case SessionEnd::kVanish:
      PowerFails();
      PowerReturns();
      break;
    case SessionEnd::kReset: Restarts(); break;
  }
  return powered();
}

bool Rig::Format(std::uint64_t nonce) {
  Trace([] { return "Format"; });
  closed_ = false;
  ReadyLog();
  oracle_.FormatBegun(nonce, setup_.options.reader_count);
  const std::uint64_t erases = chip_.counters().erases;
  const Status status = log_->Format(nonce);
  if (!powered()) return false;
  if (status != Status::kOk) {
    oracle_.Broken(Guarantee::kG8, std::string("Format said ") + StatusName(status));
    return false;
  }
  oracle_.Formatted();
  const bool tries_bad_buckets = !chip_.bad_units().empty();
  const bool counts = !may_fail() && !tries_bad_buckets;
  if (counts && chip_.counters().erases - erases > kMaxFormatErases) {
    oracle_.Broken(Guarantee::kG8, "Format erased more than 3 times");
  }
  return JudgeMount(Scope::kAll);
}

bool Rig::MountAndLook(Hint hint, Scope scope) {
  Trace([] { return "Mount"; });
  ReadyLog();
  TellHarm();  // what the mount erases is healed
  if (setup_.header_damage) CheckSearch();
  const std::uint64_t ops = chip_.op_count();
  const flashsim::Counters before = chip_.counters();
  const Status status = log_->Mount(hint);
  Beat();
  if (!powered()) return false;
  TellHarm();
  CheckBudget(chip_.counters() - before, status, hint);
  if (status == Status::kOk) repairs_ = false;
  if (status != Status::kOk) {
    oracle_.MountRefused(StatusName(status));
    return false;
  }
  if (closed_ && !has_broken_bucket()) CheckClean(ops);
  closed_ = false;
  ops_at_mount_ = ops;
  return JudgeMount(scope);
}

bool Rig::JudgeMount(Scope scope) {
  shown_ = Look(scope);
  if (shown_) Trace([this] { return "  shows " + ToString(**shown_); });
  as_found_ = shown_ && may_fail() && log_->core().exhausted;
  if (as_found_) {
    oracle_.MountedReadOnly(**shown_);  // exhausted: there is no room for repairs
  } else if (shown_) {
    oracle_.Mounted(**shown_);
  }
  CheckChip();
  CheckWear();
  // A sample: each look costs as much again. A worn chip may misread now what it
  // did not before.
  const bool certain = shown_ && !as_found_ && !may_fail();
  if (certain && (**shown_).skip_first == 0 && (**shown_).last % 17 == 0) {
    const std::string wrong = CheckQueries(*log_, **shown_);
    if (!wrong.empty()) oracle_.Broken(Guarantee::kG4, wrong);
  }
  return healthy();
}

std::optional<PooledSighting> Rig::Look(Scope scope) {
  oracle_.Checked(Guarantee::kG7);
  PooledSighting sighting;
  const Status status = LookAt(*log_, ResumeAt(scope), *sighting);
  if (status == Status::kOk) {
    const std::string wrong = setup_.typed ? JudgeSchemas(*log_) : "";
    if (!wrong.empty()) oracle_.Broken(Guarantee::kG3, wrong);
    return sighting;
  }
  oracle_.Broken(Guarantee::kG7, std::string("a look at the log said ") + StatusName(status));
  return std::nullopt;
}

// A recovery works on the newest buckets: the cut one, the one behind it and the
// reserve. Of a large ring the buckets in between are read by the first mount
// behind a cut and by one in eight of the other looks; these read the oldest
// record, and the newest buckets.
std::uint64_t Rig::ResumeAt(Scope scope) const {
  constexpr std::uint32_t kNewest = 3;
  const bool is_large = setup_.profile.geometry.size_bytes() >= kLargeRingBytes;
  const bool any_may_change = may_fail() || setup_.damage_expected || damaged_;
  if (scope == Scope::kAll || !is_large || any_may_change) return 0;
  if (chip_.op_count() % 8 == 7) return 0;
  return oracle_.FirstOfNewest(kNewest);
}

void Rig::Close() {
  Trace([] { return "Close"; });
  for (std::unique_ptr<Reader>& reader : readers_) reader.reset();
  const Status status = log_->Close();
  if (!powered()) return;
  CheckChip();
  if (status == Status::kOk && as_found_) {  // it wrote nothing
    DropLog();
    return;
  }
  if (status == Status::kOk) {
    oracle_.Durable(oracle_.accepted(), oracle_.head());
    oracle_.SpaceTaken(2 * setup_.profile.geometry.program_unit_bytes);
    // Where nothing was programmed a mark may still be the marginal one of before.
    closed_ = !unstable_ || chip_.op_count() != ops_at_mount_;
    LeaveLog();
    return;
  }
  // Pending records may find no room; the next mount then recovers.
  const bool bad_place = status == Status::kProgramError && !chip_.bad_units().empty();
  if (status != Status::kFull && !bad_place && !may_fail()) Check("Close", status);
  PowerFails();
  PowerReturns();
}

void Rig::PowerFails() {
  Trace([] { return "-- power fails --"; });
  DropLog();
  chip_.CutNow();
  if (has_broken_bucket() && chip_.last_cut().kind == flashsim::OpKind::kErase) oracle_.ReuseTorn();
  unstable_ = unstable_ || LeavesUnstable(chip_);
  in_flight_.reset();
  oracle_.PowerCut();
  closed_ = false;
}

void Rig::Restarts() {
  Trace([] { return "-- the processor restarts --"; });
  DropLog();
  in_flight_.reset();
  oracle_.PowerCut();
  closed_ = false;
}

Oracle Rig::IfCutNow() const {
  Oracle oracle = oracle_;
  if (in_flight_) oracle.Accepted(in_flight_->fact, in_flight_->cost_bytes);
  oracle.PowerCut();
  return oracle;
}

void Rig::PowerReturns() {
  DropLog();
  chip_.PowerOn();
}

void Rig::Print(const std::string& line) {
  *trace_ << "  " << line << '\n';
}

}  // namespace norlog::fuzz
