// norlog/log.h - the façade: one time-series log on one flash partition.
//
//   norlog::Log log(flash, options, memory);
//   if (log.Mount() == norlog::Status::kNoLog) log.Format(nonce);
//   log.Append(tag, time, payload);           // accepted into RAM
//   log.Commit();                             // durable: survives any cut
//   norlog::Reader reader(log, 0);            // see reader.h
//
// Guarantees G1-G12 of docs/ARCHITECTURE.md hold for every call below; after a
// power cut construct a new Log and Mount it. Nothing is allocated: the object
// and `memory` (RequiredMemory bytes) are all the RAM there is.
//
// Threads: any number of readers in other threads, given a LockHook (lock.h).
// Format, Mount and MountReadOnly must not run beside other calls.
#ifndef NORLOG_LOG_H_
#define NORLOG_LOG_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "norlog/core.h"
#include "norlog/layout.h"
#include "norlog/lock.h"
#include "norlog/mount.h"
#include "norlog/nor_flash.h"
#include "norlog/options.h"
#include "norlog/reader.h"
#include "norlog/stats.h"
#include "norlog/status.h"
#include "norlog/types.h"

namespace norlog {

enum class FormatMode : std::uint8_t {
  kQuick,  // erases one bucket (a bad one is stepped over); the ring erases the rest as it comes
  kWipe,   // additionally erases every bucket: for those who must
};

struct [[nodiscard]] SequenceResult {
  Status status = Status::kOk;
  Sequence sequence;  // meaningful if status is kOk
};

class Log {
 public:
  // Remembers its arguments; touches neither flash nor memory. All must
  // outlive the object. `memory` needs RequiredMemory(options, geometry)
  // bytes, any alignment. A null `lock` means single-threaded.
  // `encoding` (compact.h) if Options::encoded_tags is not 0; without it the
  // log is refused (kInvalidOptions).
  Log(NorFlash& flash, const Options& options, std::span<std::uint8_t> memory,
      LockHook* lock = nullptr, const Encoding* encoding = nullptr);
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  // Schemas for records of this log (schema_writer.h). Before Format or Mount;
  // `schemas` must outlive the log.
  void UseSchemas(SchemaHook& schemas) { core_.schemas = &schemas; }

  // Makes an empty log under the identity `nonce` (a 64-bit number that no
  // other log on this chip has had: random, or serial number + counter) and
  // mounts it. A cut before it returns leaves the former log whole, or the
  // empty one. The lap count of a former log goes on, so wear stays even.
  // Returns kInvalidOptions, kBadMemory, kAlreadyMounted, kExhausted (no
  // healthy bucket or the lap counter is at its end), or a flash error.
  Status Format(std::uint64_t nonce, FormatMode mode = FormatMode::kQuick);

  // Attaches after a boot: finds the head, repairs an unclean end. `hint` is
  // the head as remembered elsewhere (Stats::head_index in an RTC register):
  // verified, never trusted. Reads at most MountBudget(...). Programs nothing
  // after a clean close. Returns kNoLog, kLayoutMismatch, kUnknownVersion,
  // kInvalidOptions, kBadMemory, kAlreadyMounted, kDamaged (the last frame has
  // to be written again, and is larger than these options allow, or forged), kCannotDecode
  // (it has to be written again, and is encoded), or a flash error; a log worn
  // below its minimum mounts and its appends answer kExhausted.
  Status Mount(Hint hint = {});

  // Like Mount, but programs and erases nothing. After an unclean end, and
  // where the last frame stands in a reserve copy alone, its records come back
  // marked Record::unconfirmed: a later writing mount keeps them or drops them.
  // Appends answer kReadOnly.
  Status MountReadOnly(Hint hint = {});

  // Commits what is pending, sets the close mark and detaches: the next mount
  // then programs nothing. Returns kNotMounted, or Commit's errors (the log is
  // detached all the same; the next mount recovers).
  Status Close();

  // Accepts a record: tag 0 to kMaxTag, time in the caller's unit (any order),
  // payload of 0 to MaxPayloadBytes() bytes. It is durable after the next
  // Commit (which Append calls itself every Options::commit_every records and
  // whenever the buffer is full). On an error nothing was accepted and
  // everything accepted before is still there: kTooLarge, kInvalidTag, kFull,
  // kExhausted, kReadOnly, kNotMounted, or a flash error.
  SequenceResult Append(std::uint8_t tag, std::int64_t time, std::span<const std::uint8_t> payload);

  // Makes every accepted record durable and returns the last durable sequence
  // number (0: none yet). Cheap when nothing is pending. Errors as Append's;
  // the records stay pending and a later Commit tries again.
  SequenceResult Commit();

  // Sets times right afterwards: to those of the records from number `epoch` on
  // (so the number of the first record that has this clock) up to the last one
  // accepted, `offset` is to be added. Readers and queries then give corrected
  // times (Record::raw_time has the others). Later records are appended with true
  // times; records before the SetClock before this one stay as that one left them.
  // This is a record of the log's own: durable like any other. kBeyondEnd if no
  // record has that number yet; else as Append.
  SequenceResult SetClock(Sequence epoch, std::int64_t offset);

  // Erases ahead, at most `max_erases` erase operations (0: only what needs
  // none), so that no append waits for one (G11). Call it when there is time.
  // Returns kNothingYet when all is done, kOk when there is more to do. A bucket whose
  // erase has begun is erased anew after a Close: a session that calls this should allow
  // for a whole one (bucket_bytes / the largest erase that fits). Where the
  // port offers StartErase it does not wait for erases: it begins one, or looks whether
  // the one it began has ended. Meanwhile records go into RAM (the commits of
  // Options::commit_every are made up for here), and what has to be programmed all the
  // same (Commit, a full buffer, cursors) suspends the erase. (A program that fails is
  // made up for in the next bucket; that may take an erase beyond `max_erases`.)
  Status Maintain(std::uint32_t max_erases);

  // Enables reader `index` durably: its cursor stands before `start` (the
  // next record it gets; clipped to the oldest retained .. one past the last
  // durable one). An enabled reader pins its unread buckets under kKeepUnread.
  // Enabling an enabled reader changes nothing. Format enables all readers of
  // Options::reader_count at the log's begin. kInvalidReader and Commit's errors.
  Status EnableReader(int index, Sequence start);

  // Disables reader `index` durably: it pins nothing, its cursor is forgotten.
  Status DisableReader(int index);

  // The figures of the log, in RAM except for at most two header reads.
  // kNotMounted, or a flash error.
  Status GetStats(Stats& stats);

  // The largest payload a record of this log may have, bytes.
  std::uint32_t MaxPayloadBytes() const;

  bool mounted() const { return core_.shared.mounted; }

  // The state that readers share with the log; not for applications.
  Core& core() { return core_; }

 private:
  Core core_;
};

}  // namespace norlog

#endif  // NORLOG_LOG_H_
