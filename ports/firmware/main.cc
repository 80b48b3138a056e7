// The soak firmware: a log on the board's flash, and a console over which
// ports/soak.py drives it. Every line that it prints begins with a word:
//
//   console                    answer
//   t                          conformance kit: "fault <text>"..., "tested <found> ..."
//   f <nonce>                  format: "status <name>"
//   m                          mount: "mounted <status> <finding> <reads> <ns>"
//   v                          read all: "rec <seq> <tag> <time> <hex>"..., "gap <first> <last>
//   <cause>",
//                              "end <status> <head bucket> <buckets> <erase ahead>"
//   a <n>                      append n records, each committed: "ack <seq>"..., "head <seq>
//   <bucket>",
//                              "status <name>"; reader 0 follows
//   k <nth> <moment>           stop for good at the nth moment from now on: "aimed" just before
//   that.
//                              Moments: 1 and 2 are board::Moment; 3 to 6 come after an operation
//                              on the front of a bucket: 3 its mark, 4 open note, 5 header, 6 touch
//                              (by offset)
//   c                          close: "status <name>"
//
// Records are the rows of the weather series in records.inc, over and over:
// record s holds row (s - 1) % rows, its time moved on by the length of the
// series for each round. The host knows that too.
#include <cstdint>
#include <cstring>
#include <span>

#include "firmware/aim.h"
#include "firmware/board.h"
#include "firmware/console.h"
#include "norlog/log.h"
#include "norlog/port_test.h"
#include "norlog/reader.h"
#include "norlog/region.h"

namespace firmware {
namespace {

using norlog::Status;

struct Row {
  std::int32_t time_s;
  std::int16_t values[3];
};
constexpr Row kRows[] = {
#include "records.inc"
};
constexpr std::uint32_t kRowCount = sizeof(kRows) / sizeof(kRows[0]);
constexpr std::int64_t kSpan = std::int64_t{kRows[kRowCount - 1].time_s} - kRows[0].time_s + 3600;

// Rebuilt at each boot: there is one log, for the life of the firmware.
norlog::Log& Log() {
  static norlog::FlashRegion region(board::Flash(), board::kFirstUnit, board::kUnitCount);
  static AimedFlash flash(region, board::kOptions.bucket_bytes);
  static norlog::Log log(flash, board::kOptions, board::LogMemory());
  return log;
}

void PrintStatus(Status status) {
  Print("status", norlog::StatusName(status));
}

class Bench final : public norlog::PortTestHost {
 public:
  void Found(const norlog::PortFinding& finding) override {
    char text[norlog::kMaxFindingChars];
    norlog::FormatFinding(finding, text);
    Print("fault", text);
  }
  std::uint64_t NowUs() override { return board::NowNs() / 1000; }
  bool Restart() override { return norlog::Ok(board::InitFlash()); }
};

void Test() {
  static Bench bench;
  static norlog::PortTest test(board::Flash(), board::Scratch(), bench);
  const norlog::PortReport r = test.Run();
  const norlog::Geometry& g = r.proposed;
  Print("tested", r.found, r.finished, r.restarted, r.larger_erases_tried, r.unchecked);
  Print("geometry", g.erase_unit_bytes, g.erase_unit_count, g.program_unit_bytes, g.page_bytes,
        static_cast<unsigned>(g.program_rule));
  Print("times_us", r.read_us, r.program_us, r.erase_us);
}

void Mount() {
  const std::uint64_t start = board::NowNs();
  const Status status = Log().Mount();
  const std::uint64_t ns = board::NowNs() - start;
  norlog::Stats stats;
  if (norlog::Ok(status)) (void)Log().GetStats(stats);
  Print("mounted", norlog::StatusName(status), static_cast<unsigned>(stats.mount_finding),
        stats.mount_reads, ns);
}

void PrintRecord(const norlog::Record& record) {
  char hex[2 * 64 + 1] = "";
  for (std::size_t i = 0; i < record.payload.size() && i < 64; ++i) {
    hex[2 * i] = "0123456789abcdef"[record.payload[i] >> 4];
    hex[2 * i + 1] = "0123456789abcdef"[record.payload[i] & 15];
    hex[2 * i + 2] = 0;
  }
  Print("rec", record.sequence.value, record.tag, record.time, hex);
}

void ReadAll() {
  norlog::Reader reader(Log(), 0);
  norlog::Record record;
  Status status = reader.Rewind();
  while (norlog::Ok(status) || status == Status::kGap) {
    status = reader.Next(record);
    if (norlog::Ok(status)) PrintRecord(record);
    if (status == Status::kGap) {
      Print("gap", reader.gap().first.value, reader.gap().last.value,
            static_cast<unsigned>(reader.gap().cause));
    }
  }
  norlog::Stats stats;
  (void)Log().GetStats(stats);
  Print("end", norlog::StatusName(status), stats.head.value, stats.bucket_count,
        board::kOptions.erase_ahead);
}

Status AppendRow(std::uint64_t sequence) {
  const Row& row = kRows[(sequence - 1) % kRowCount];
  const std::int64_t time =
      row.time_s + static_cast<std::int64_t>((sequence - 1) / kRowCount) * kSpan;
  std::uint8_t payload[sizeof(row.values)];
  std::memcpy(payload, row.values, sizeof(payload));
  NORLOG_TRY(Log().Append(1, time, payload).status);
  return Log().Commit().status;
}

// Appends, tells, keeps a bucket clean, and lets reader 0 follow now and then.
Status AppendAndMaintain(std::uint64_t& next) {
  NORLOG_TRY(AppendRow(next));
  Print("ack", next);
  if (next % 8 == 0) {
    norlog::Stats stats;
    NORLOG_TRY(Log().GetStats(stats));
    Print("head", next, stats.head.value);
  }
  if (next % 16 == 0) (void)Log().Maintain(1);
  if (next % 64 == 0) {
    norlog::Reader reader(Log(), 0);
    NORLOG_TRY(reader.Seek({next}));
    norlog::Record record;
    NORLOG_TRY(reader.Next(record));
    NORLOG_TRY(reader.Commit());
  }
  ++next;
  return Status::kOk;
}

void Append(std::uint64_t count) {
  norlog::Stats stats;
  Status status = Log().GetStats(stats);
  std::uint64_t next = stats.last_sequence.value + 1;
  for (; norlog::Ok(status) && count > 0; --count) status = AppendAndMaintain(next);
  PrintStatus(status);
}

void Obey(const char* line) {
  switch (line[0]) {
    case 't': Test(); break;
    case 'f': PrintStatus(Log().Format(Number(line, 1))); break;
    case 'm': Mount(); break;
    case 'v': ReadAll(); break;
    case 'a': Append(Number(line, 1)); break;
    case 'k':
      Aim(static_cast<std::uint32_t>(Number(line, 1)), static_cast<std::uint32_t>(Number(line, 2)));
      break;
    case 'c': PrintStatus(Log().Close()); break;
    default: Print("what?", line);
  }
}

}  // namespace
}  // namespace firmware

int main() {
  board::Init();
  const norlog::Status status = board::InitFlash();
  firmware::Print("hello", board::kName, norlog::StatusName(status));
  char line[64];
  for (;;) {
    firmware::ReadLine(line);
    firmware::Obey(line);
  }
}
