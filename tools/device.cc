#include "tools/device.h"

#include <algorithm>

#include "absl/strings/str_format.h"
#include "norlog/layout.h"

namespace norlog::tools {
namespace {

// A cursor commit for so many uploaded records.
constexpr std::uint64_t kUploadBatch = 200;
// What each recovery's check reads at the log's end: more than a commit, and
// more than two blocks hold of small records.
constexpr std::uint64_t kTailRecords = 300;
// Maintain has at most the erase-ahead depth to erase, in slices of one.
constexpr int kMaxMaintainCalls = 2 * static_cast<int>(kMaxEraseAhead);
// RAM after power-on.
constexpr std::uint8_t kGarbage = 0xA5;

}  // namespace

Device::Device(PowerPlan& flash, const Options& options, std::uint32_t commit_every, Ledger& ledger,
               Meter& meter, Verdict& verdict)
    : flash_(flash),
      options_(options),
      commit_every_(commit_every),
      ledger_(ledger),
      meter_(meter),
      verdict_(verdict),
      memory_(RequiredMemory(options, flash.geometry())) {}

Stamp Device::Now() const {
  return {.ring_position = flash_.ring().position(),
          .bytes_programmed = flash_.bytes_programmed(),
          .cuts = flash_.cuts()};
}

Status Device::Judge(const char* call, Status status) {
  if (status == Status::kOk) return status;
  if (status == Status::kNoPower && !flash_.powered()) return status;
  verdict_.Add(Fault::kEngineError, 1, absl::StrFormat("%s answered %s", call, StatusName(status)));
  return status;
}

void Device::StartEngine() {
  for (Uploader& uploader : uploaders_) {
    uploader.reader.reset();
    uploader.walk.reset();
    uploader.uncommitted = 0;
  }
  log_.reset();
  std::ranges::fill(memory_, kGarbage);
  log_.emplace(flash_, options_, memory_);
  uncommitted_ = 0;
}

Status Device::Format(std::uint64_t nonce) {
  StartEngine();
  const Status status = meter_.Book(Activity::kBoot, [&] { return log_->Format(nonce); });
  if (status == Status::kOk) NoteCommitted();
  return Judge("Format", status);
}

Status Device::Boot() {
  StartEngine();
  flash_.BeginMount();
  const Status status = meter_.Book(Activity::kBoot, [&] { return log_->Mount(); });
  flash_.EndMount();
  if (status != Status::kOk) return Judge("Mount", status);
  figures_.boot_reads.push_back(meter_.last().reads);
  figures_.boot_ns.push_back(meter_.last().chip_time_ns);
  CheckRecovered();
  return Status::kOk;
}

Status Device::Shutdown() {
  for (Uploader& uploader : uploaders_) {
    if (uploader.uncommitted == 0) continue;
    NORLOG_TRY(CommitCursor(uploader));
  }
  NORLOG_TRY(CommitLog());
  return Judge("Close", meter_.Book(Activity::kClose, [&] { return log_->Close(); }));
}

// --- Writing -----------------------------------------------------------------

Status Device::Sense() {
  NORLOG_TRY(Maintain());
  NORLOG_TRY(Append());
  return uncommitted_ < commit_every_ ? Status::kOk : CommitLog();
}

Status Device::Maintain() {
  for (int i = 0; i < kMaxMaintainCalls; ++i) {
    const Status status = meter_.Book(Activity::kMaintain, [&] { return log_->Maintain(1); });
    if (status == Status::kNothingYet) return Status::kOk;
    NORLOG_TRY(Judge("Maintain", status));
  }
  return Judge("Maintain, without end,", Status::kExhausted);
}

Status Device::Append() {
  const Reading reading = ledger_.Offer();
  const SequenceResult result = meter_.Book(
      Activity::kAppend, [&] { return log_->Append(reading.tag, reading.time, reading.payload); });
  NORLOG_TRY(Judge("Append", result.status));
  NoteAppendCost();
  ledger_.Accept(result.sequence);
  ++figures_.appended;
  ++uncommitted_;
  return Status::kOk;
}

Status Device::CommitLog() {
  if (uncommitted_ == 0) return Status::kOk;
  const SequenceResult result = meter_.Book(Activity::kAppend, [&] { return log_->Commit(); });
  NORLOG_TRY(Judge("Commit", result.status));
  NoteAppendCost();
  NoteCommitted();
  ledger_.Commit(result.sequence, Now());
  uncommitted_ = 0;
  return Status::kOk;
}

void Device::NoteAppendCost() {
  figures_.worst_append_ns = std::max(figures_.worst_append_ns, meter_.last().chip_time_ns);
}

// A commit that programmed something has made its bucket the open one.
void Device::NoteCommitted() {
  if (meter_.last().programs > 0) flash_.ring().OnCommitted();
}

// --- Uploading ---------------------------------------------------------------

Status Device::Upload(int index, std::uint64_t records, bool confirmed) {
  NORLOG_TRY(CommitLog());
  NORLOG_TRY(OpenUploader(index));
  Uploader& uploader = uploaders_[static_cast<std::size_t>(index)];
  bool more = true;
  for (std::uint64_t i = 0; i < records && more; ++i) {
    NORLOG_TRY(UploadNext(uploader, more));
    if (uploader.uncommitted < kUploadBatch) continue;
    NORLOG_TRY(CommitCursor(uploader));
  }
  return confirmed && uploader.uncommitted > 0 ? CommitCursor(uploader) : Status::kOk;
}

Status Device::OpenUploader(int index) {
  Uploader& uploader = uploaders_[static_cast<std::size_t>(index)];
  if (uploader.reader) return Status::kOk;
  uploader.reader.emplace(*log_, index);
  uploader.walk.emplace(ledger_, uploader.cursor + 1);
  return Status::kOk;
}

Status Device::UploadNext(Uploader& uploader, bool& more) {
  Record record;
  const Status status =
      meter_.Book(Activity::kUpload, [&] { return uploader.reader->Next(record); });
  if (status == Status::kNothingYet) {
    if (uploader.walk->next() <= ledger_.acked()) {
      ledger_.Missing(uploader.walk->next(), ledger_.acked(), "a reader sees nothing more");
    }
    more = false;
    return Status::kOk;
  }
  if (status == Status::kGap) {
    const Gap& gap = uploader.reader->gap();
    uploader.walk->Skip(gap, Now());
    figures_.evicted_before_upload += gap.last + 1 - gap.first;
    return Status::kOk;
  }
  NORLOG_TRY(Judge("Reader::Next", status));
  uploader.walk->Step(record);
  Deliver(uploader, record.sequence);
  return Status::kOk;
}

void Device::Deliver(Uploader& uploader, Sequence sequence) {
  ++(sequence > uploader.delivered ? figures_.uploaded : figures_.uploaded_again);
  uploader.delivered = std::max(uploader.delivered, sequence);
  ++uploader.uncommitted;
}

Status Device::CommitCursor(Uploader& uploader) {
  uploader.in_flight = uploader.walk->next() - 1;
  const Status status = meter_.Book(Activity::kUpload, [&] { return uploader.reader->Commit(); });
  NORLOG_TRY(Judge("Reader::Commit", status));
  NoteCommitted();
  uploader.cursor = uploader.in_flight;
  uploader.uncommitted = 0;
  return Status::kOk;
}

// --- Checking ----------------------------------------------------------------

void Device::CheckRecovered() {
  Stats stats;
  const Status status = meter_.Book(Activity::kAudit, [&] { return log_->GetStats(stats); });
  if (Judge("GetStats", status) != Status::kOk) return;
  if (stats.mount_finding != MountFinding::kClean) ++figures_.recoveries;
  ledger_.Recover(stats.last_sequence, Now());
  CheckCursors(stats);
  meter_.Book(Activity::kAudit, [&] {
    Reader reader(*log_, 0);
    AuditOldest(reader);
    const Sequence end = ledger_.acked() + 1;
    const std::uint64_t retained = end - ledger_.first();
    AuditFrom(reader, end - std::min(retained, kTailRecords));
    reader.Close();
    return true;
  });
}

void Device::CheckCursors(const Stats& stats) {
  for (std::size_t i = 0; i < uploaders_.size(); ++i) {
    Uploader& uploader = uploaders_[i];
    const Sequence cursor = stats.readers[i].cursor;
    if (cursor != uploader.cursor && cursor != uploader.in_flight) {
      verdict_.Add(Fault::kCursor, 1,
                   absl::StrFormat("the cursor of reader %d is %d; committed were %d, then %d", i,
                                   cursor.value, uploader.cursor.value, uploader.in_flight.value));
    }
    uploader.cursor = cursor;
    uploader.in_flight = cursor;
  }
}

void Device::AuditAll() {
  meter_.Book(Activity::kAudit, [&] {
    Reader reader(*log_, 0);
    AuditOldest(reader);
    AuditFrom(reader, ledger_.first());
    reader.Close();
    return true;
  });
}

// What the log returns first bounds what it has evicted.
void Device::AuditOldest(Reader& reader) {
  if (Judge("Rewind", reader.Rewind()) != Status::kOk) return;
  Record record;
  const Status status = reader.Next(record);
  if (status == Status::kOk) {
    ledger_.EvictTo(record.sequence, Now());
    ledger_.Check(record);
  } else if (status == Status::kGap) {
    Walk(ledger_, reader.gap().first).Skip(reader.gap(), Now());
  } else if (status == Status::kNothingYet) {
    ledger_.Missing(ledger_.first(), ledger_.acked(), "the log returns nothing");
  } else {
    (void)Judge("Reader::Next", status);
  }
}

void Device::AuditFrom(Reader& reader, Sequence first) {
  if (Judge("Seek", reader.Seek(first)) != Status::kOk) return;
  Walk walk(ledger_, first);
  while (AuditStep(reader, walk)) {
  }
  if (!verdict_.clean()) return;  // it did not come to the end
  if (walk.next() <= ledger_.acked()) {
    ledger_.Missing(walk.next(), ledger_.acked(), "not returned");
  } else if (walk.next() > ledger_.acked() + 1) {
    ledger_.OutOfOrder(walk.next() - 1, ledger_.acked() + 1);
  }
}

bool Device::AuditStep(Reader& reader, Walk& walk) {
  Record record;
  const Status status = reader.Next(record);
  if (status == Status::kOk) walk.Step(record);
  if (status == Status::kGap) walk.Skip(reader.gap(), Now());
  if (status == Status::kOk || status == Status::kGap) return verdict_.clean();
  if (status != Status::kNothingYet) (void)Judge("Reader::Next", status);
  return false;
}

}  // namespace norlog::tools
