// tools/device.h - the product under test: a sensor with a log, a network now
// and then, and a battery that cannot be trusted.
//
// Each call does what firmware would do, books its cost, and lets the ledger
// judge what the log answers. A call that ends in kNoPower leaves a device
// that must Boot again; every other error is a fault and ends the demo.
#ifndef NORLOG_TOOLS_DEVICE_H_
#define NORLOG_TOOLS_DEVICE_H_

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "flashsim/sim_flash.h"
#include "norlog/log.h"
#include "norlog/options.h"
#include "tools/ledger.h"
#include "tools/meter.h"
#include "tools/power_plan.h"
#include "tools/verdict.h"

namespace norlog::tools {

inline constexpr int kUploaders = 2;

// What happened, counted by the device.
struct DeviceFigures {
  std::uint64_t appended = 0;
  std::uint64_t uploaded = 0;               // by all readers, each record once a reader
  std::uint64_t uploaded_again = 0;         // sent before a cut, and again behind the cursor
  std::uint64_t evicted_before_upload = 0;  // a reader came too late
  std::uint64_t recoveries = 0;             // boots that found an unclean end
  std::vector<std::uint64_t> boot_reads;    // of each completed boot
  std::vector<std::uint64_t> boot_ns;
  std::uint64_t worst_append_ns = 0;  // of an Append or Commit, chip time
};

class Device {
 public:
  // All must outlive the device. `commit_every`: readings a commit.
  Device(PowerPlan& flash, const Options& options, std::uint32_t commit_every, Ledger& ledger,
         Meter& meter, Verdict& verdict);

  Status Format(std::uint64_t nonce);
  // A fresh engine over fresh memory: mounts, then checks what it recovered.
  // kNoPower: cut again; call it again once the power is back.
  Status Boot();
  // Erases ahead, then appends one reading, commits if a commit is due.
  Status Sense();
  // The network appears: reader `index` uploads at most `records`. If the
  // network vanishes before it is `confirmed`, the last ones are not committed.
  Status Upload(int index, std::uint64_t records, bool confirmed);
  Status Shutdown();

  // Reads the whole log and compares; right after Boot. Costs nothing in the figures.
  void AuditAll();

  Stamp Now() const;
  const DeviceFigures& figures() const { return figures_; }

 private:
  // A reader and what the server has got from it.
  struct Uploader {
    std::optional<Reader> reader;
    std::optional<Walk> walk;
    Sequence cursor;                // committed
    Sequence in_flight;             // what an interrupted cursor commit wanted
    Sequence delivered;             // newest record the server has
    std::uint64_t uncommitted = 0;  // records delivered since the last cursor commit
  };

  void StartEngine();
  Status Maintain();
  Status Append();
  Status CommitLog();
  void NoteAppendCost();
  void NoteCommitted();

  Status OpenUploader(int index);
  Status UploadNext(Uploader& uploader, bool& more);
  Status CommitCursor(Uploader& uploader);
  void Deliver(Uploader& uploader, Sequence sequence);

  void CheckRecovered();
  void CheckCursors(const Stats& stats);
  // From here on with reader 0, which is not uploading meanwhile.
  void AuditFrom(Reader& reader, Sequence first);
  void AuditOldest(Reader& reader);
  bool AuditStep(Reader& reader, Walk& walk);

  // Passes kOk and an honest kNoPower; everything else is a fault.
  Status Judge(const char* call, Status status);

  PowerPlan& flash_;
  const Options options_;
  const std::uint32_t commit_every_;
  Ledger& ledger_;
  Meter& meter_;
  Verdict& verdict_;

  std::vector<std::uint8_t> memory_;
  std::optional<Log> log_;
  std::array<Uploader, kUploaders> uploaders_;
  std::uint32_t uncommitted_ = 0;  // readings accepted since the last commit
  DeviceFigures figures_;
};

}  // namespace norlog::tools

#endif  // NORLOG_TOOLS_DEVICE_H_
