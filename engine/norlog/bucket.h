// norlog/bucket.h - flash operations on one bucket: reads with retries,
// programs split at pages and verified, erases, marks, headers, touches.
//
// Everything the engine asks of the HAL goes through here. Each HAL operation
// takes the state lock for its own duration only. kNoPower ends everything at
// once: no further operation is issued for the call under way.
#ifndef NORLOG_BUCKET_H_
#define NORLOG_BUCKET_H_

#include <cstdint>
#include <span>

#include "norlog/format.h"
#include "norlog/frame.h"
#include "norlog/layout.h"
#include "norlog/lock.h"
#include "norlog/nor_flash.h"
#include "norlog/status.h"
#include "norlog/types.h"

namespace norlog {

// How often a failing read is tried in all (R7).
inline constexpr int kReadTries = 3;

// What a program unit that cannot be read is replaced by: neither erased nor a mark.
inline constexpr std::uint8_t kTornFill = 0x5A;

// What stands before a bucket's data.
struct BucketFront {
  bool opening = false;  // the open note is not all erased
  bool is_void = false;  // the void note has at least eight zero bits, so that
                         // one flipped bit voids nothing
  HeaderState state = HeaderState::kAbsent;
  Header header;      // if kValid
  bool torn = false;  // the probe is valid, the header as a whole is not
};

class BucketIo {
 public:
  BucketIo(NorFlash& flash, const Layout& layout, LockHook* lock)
      : flash_(flash), layout_(layout), lock_(lock) {}

  const Layout& layout() const { return layout_; }
  LockHook* lock() const { return lock_; }

  // Reads within a bucket. A read error is tried again; one that lasts is
  // returned.
  Status Read(BucketIndex index, Offset offset, std::span<std::uint8_t> out);

  // Reads what can be read: units that lastingly fail become kTornFill. Fails
  // only with errors other than kReadError.
  Status ReadTolerant(BucketIndex index, Offset offset, std::span<std::uint8_t> out);

  // ReadTolerant for readers: fails with kGap, without reading, once the
  // bucket `number` is older than `tail` (looked at under the state lock, so
  // that an eviction either comes before the read or waits for it).
  Status ReadRetained(BucketNumber number, const BucketNumber& tail, Offset offset,
                      std::span<std::uint8_t> out);

  // Reads a head frame piece by piece and checks its crc; `front` are its first
  // bytes, at least kHeadFrontBytes. kGap as ReadRetained.
  Status CheckHeadFrame(const FrameSeed& seed, Offset offset, std::span<const std::uint8_t> front,
                        const BucketNumber& tail, bool& valid);
  static constexpr std::uint32_t kHeadFrontBytes = 4;

  // Programs `data` (whole units) at `offset`, one operation a page. With
  // `verify` it is read back; a difference is kProgramError.
  Status Program(BucketIndex index, Offset offset, std::span<const std::uint8_t> data, bool verify);

  // Programs `bytes` (a multiple of the unit, at most kMaxZeroBytes) of zeros
  // and verifies them: touches, close marks, void notes. Repeatable on kBits.
  Status ProgramZeros(BucketIndex index, Offset offset, std::uint32_t bytes);
  static constexpr std::uint32_t kMaxZeroBytes = kMaxProgramUnitBytes;

  // Number of erase operations that erase a bucket, and the i-th of them, from
  // the bucket's end to its front. The largest erase that fits is used.
  std::uint32_t EraseOperations() const { return layout_.bucket_bytes / EraseStep(); }
  Status EraseOperation(BucketIndex index, std::uint32_t operation);

  // The same, but where the chip can it goes on by itself: `goes_on`, until Busy
  // says how it ended.
  Status StartErase(BucketIndex index, std::uint32_t operation, bool& goes_on);
  Status Busy();

  // kOk if every byte from `from` on reads FF; kEraseError if not. Reads as much
  // at once as what was lent (Loan) holds, else kVerifyChunkBytes.
  Status VerifyErased(BucketIndex index, Offset from = 0);

  // Reads the probe. A header that cannot be read is kAbsent.
  Status ReadProbe(BucketIndex index, HeaderState& state, Probe& probe);

  // Reads the header's first bytes, unverified (DecodeGlance). `near`: the notes, too, `opening`
  // as in BucketFront, and the mark in front of them: where that names another lap the state
  // is kUnknown. Else `opening` stays as it is.
  Status ReadGlance(BucketIndex index, bool near, HeaderState& state, Probe& probe, bool& opening);

  // Reads notes and header in one go.
  Status ReadFront(BucketIndex index, BucketFront& front);

  // True if `bytes` (at most kMaxZeroBytes) at `offset` read FF.
  Status IsErased(BucketIndex index, Offset offset, std::uint32_t bytes, bool& erased);

  // Programs the open note or the void note (its offset tells). Where a unit
  // takes only one program, a note that is not blank is left as it is: it says
  // what it has to already.
  Status ProgramNote(BucketIndex index, Offset note_offset);

  // The clean mark: whether one verifies, and for which lap.
  Status ReadMark(BucketIndex index, bool& marked, std::uint32_t& lap);

  // True if the bucket is proved clean for `lap`: a valid mark with that lap,
  // and nothing programmed behind it: no opening was begun. (Write-once chips:
  // every byte is read.)
  Status ReadClean(BucketIndex index, std::uint32_t lap, bool& clean);

  // Makes what was programmed durable (NorFlash::Sync), under the state lock.
  Status Sync();

  Status ProgramMark(BucketIndex index, std::uint32_t lap);
  Status ProgramHeader(BucketIndex index, const Header& header);

  // `touched` unless a block's touch is erased; `begun` if something follows it.
  Status ReadBlockFront(BucketIndex index, std::uint32_t block, bool& touched, bool& begun);

  // True where a unit may not be programmed any number of times.
  bool write_once() const;

  static constexpr std::uint32_t kVerifyChunkBytes = 256;

  // While it lives, whatever is only looked at (VerifyErased, read-backs, head frames)
  // is read into `memory`, which nobody else uses: what is programmed stands elsewhere.
  class Loan {
   public:
    Loan(BucketIo& io, std::span<std::uint8_t> memory) : io_(io) { io_.lent_ = memory; }
    ~Loan() { io_.lent_ = {}; }
    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;

   private:
    BucketIo& io_;
  };

  std::uint32_t reads() const { return reads_; }
  std::uint64_t bytes_read() const { return bytes_read_; }
  // False if no read has succeeded since the counts were reset.
  bool any_read() const { return any_read_; }
  void ResetCounts() {
    reads_ = 0;
    any_read_ = false;
    bytes_read_ = 0;
  }

 private:
  std::uint64_t Address(BucketIndex index, Offset offset) const {
    return std::uint64_t{index.value} * layout_.bucket_bytes + offset;
  }
  std::uint32_t EraseStep() const;
  Status ReadOnce(std::uint64_t address, std::span<std::uint8_t> out);
  Status ReadTries(std::uint64_t address, std::span<std::uint8_t> out);
  Status ReadByUnits(std::uint64_t address, std::span<std::uint8_t> out);
  Status VerifyEqual(std::uint64_t address, std::span<const std::uint8_t> data);

  NorFlash& flash_;
  const Layout& layout_;
  LockHook* const lock_;
  std::span<std::uint8_t> lent_;
  std::uint32_t reads_ = 0;
  bool any_read_ = false;
  std::uint64_t bytes_read_ = 0;
};

}  // namespace norlog

#endif  // NORLOG_BUCKET_H_
