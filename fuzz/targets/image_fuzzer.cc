// image_fuzzer.cc - whatever a chip may hold, the engine ends and stays within
// its bounds (G7): nothing hangs, traps, leaves the chip or breaks its rules.
//
// Byte 0 picks a ring (chip and options), byte 1 the hint and what is done;
// the rest makes the image (image_patch.h). Then, each step in one half of the
// inputs so that an input is cheap: mount read-only, read; mount, read, append,
// commit, maintain, read, close; and mount again, which must show what was
// committed, and program nothing if nothing was damaged. Checked all the way:
// - reads of a mount: MountBudget's worst; reads of a scan, programs and
//   erases of each step: bounds that follow from the layout (class Bounds);
// - records come in sequence order, gaps join exactly (G4);
// - the flash rules, by MemoryFlash.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>

#include "fuzz/encoded.h"
#include "fuzz/targets/image_patch.h"
#include "fuzz/targets/input.h"
#include "fuzz/targets/memory_flash.h"
#include "fuzz/targets/rings.h"
#include "norlog/bytes.h"
#include "norlog/clock.h"
#include "norlog/format.h"
#include "norlog/frame.h"
#include "norlog/layout.h"
#include "norlog/log.h"
#include "norlog/mount.h"
#include "norlog/reader.h"
#include "norlog/status.h"

namespace norlog::fuzz {
namespace {

constexpr std::size_t kMemoryBytes = 9 * std::size_t{512} + 8192;  // models, too
constexpr std::uint32_t kAppends = 4;
constexpr std::uint32_t kHeaderLapAt = 4;  // docs/FORMAT.md section 1
constexpr std::uint64_t kNonce = 0x1234567890abcdef;

// What each step may cost at most. Every factor has its reason.
class Bounds {
 public:
  Bounds(const Options& options, const Geometry& geometry)
      : layout_(MakeLayout(options, geometry)), budget_(MountBudget(options, geometry).worst) {
    // A frame in whole pages, and each block's touch and close mark.
    const std::uint64_t per_block = 3 + layout_.block_bytes / layout_.page_bytes + 1;
    // Mark, two notes (each perhaps twice), a header over two pages.
    const std::uint64_t per_bucket = 8 + layout_.block_count * per_block;
    const std::uint64_t erase_steps = layout_.bucket_bytes / geometry.erase_unit_bytes;
    mutate_.programs = layout_.bucket_count * per_bucket;
    mutate_.erases = 2 * layout_.bucket_count * erase_steps;
    // Each block is read, and behind it each head frame once more, in chunks.
    const std::uint64_t head_frame = 2 + layout_.block_bytes / 128;
    scan_.reads = 16 + blocks_ * (4 + layout_.bucket_count + blocks_ * head_frame);
    scan_.bytes_read = scan_.reads * 128 + 2 * blocks_ * layout_.block_bytes;
  }

  Work ReadOnlyMount() const { return {budget_.reads, budget_.bytes, 0, 0}; }
  Work Mount() const { return {budget_.reads, budget_.bytes, mutate_.programs, mutate_.erases}; }
  // A read that fails is tried three times, then unit by unit.
  Work Scan(bool unreadable) const {
    const std::uint64_t factor = unreadable ? 4 + 4 * layout_.block_bytes / layout_.unit : 1;
    return {scan_.reads * factor, scan_.bytes_read * factor, 0, 0};
  }
  // Formatting, appending: as much as a mount, and what verifying reads back.
  Work Write(bool unreadable) const {
    Work work = Mount();
    work.reads += Scan(unreadable).reads;
    work.bytes_read += Scan(unreadable).bytes_read + mutate_.programs * layout_.block_bytes;
    return work;
  }
  // All records of a log that may claim SetClock records anywhere: what each says is looked
  // for in the whole log, and takes 24 bytes or more.
  Work ForgedRead(bool unreadable) const {
    const std::uint64_t stretches = blocks_ * layout_.block_bytes / kClockBytes;
    Work work = Scan(unreadable);
    work.reads *= 1 + stretches;
    work.bytes_read *= 1 + stretches;
    return work;
  }
  // Records and gaps: a byte begins at most 64 empty records.
  std::uint64_t Events() const {
    return 64 * std::uint64_t{layout_.bucket_count} * layout_.bucket_bytes;
  }

 private:
  const Layout layout_;
  const std::uint64_t blocks_ = std::uint64_t{layout_.bucket_count} * layout_.block_count;
  const Budget budget_;
  Work mutate_;
  Work scan_;
};

class Examination {
 public:
  Examination(const Setup& setup, const Layout& layout, const Damage& damage, MemoryFlash& flash,
              std::span<std::uint8_t> memory)
      : setup_(setup),
        layout_(layout),
        damage_(damage),
        bounds_(setup.options, setup.profile.geometry),
        flash_(flash),
        memory_(memory) {}

  void Run(std::uint8_t style) {
    // 0 to 21: some beyond any ring's end.
    const auto bucket = static_cast<std::uint32_t>(style / 8 % 8 * 3);
    const Hint hint{(style & 1) != 0, BucketIndex{bucket}};
    other_reader_ = style >> 3;
    if ((style & 0x80) == 0) LookReadOnly(hint);
    if ((style & 0xC0) == 0) return;
    has_hole_ = HasHole();
    Log log(flash_, setup_.options, Memory(), nullptr, EncodingFor(setup_.options));
    flash_.Allow(bounds_.Mount());
    Status status = log.Mount(hint);
    FUZZ_TRACE("Mount: %s\n", StatusName(status));
    FUZZ_CHECK(IsMountStatus(status), "Mount returned what it does not state");
    if (status != Status::kOk && (style & 2) != 0) {
      flash_.Allow(bounds_.Write(flash_.any_unreadable()));
      status = log.Format(kNonce);
      FUZZ_TRACE("Format: %s\n", StatusName(status));
      FUZZ_CHECK(status == Status::kOk || IsFlashStatus(status) || status == Status::kExhausted,
                 "Format returned what it does not state");
    }
    if (status != Status::kOk) return;
    if ((style & 0x20) != 0) ReadAll(log);
    const bool closed = Write(log, (style & 4) != 0);
    if (closed && (style & 0x40) != 0) MountAgain();
  }

 private:
  static bool IsFlashStatus(Status status) {
    return status == Status::kReadError || status == Status::kProgramError ||
           status == Status::kEraseError;
  }
  static bool IsMountStatus(Status status) {
    return status == Status::kOk || status == Status::kNoLog || status == Status::kLayoutMismatch ||
           status == Status::kUnknownVersion || status == Status::kDamaged ||
           status == Status::kCannotDecode || IsFlashStatus(status);
  }

  // A boot leaves nothing of the RAM.
  std::span<std::uint8_t> Memory() {
    std::memset(memory_.data(), 0xA5, memory_.size());
    return memory_;
  }

  void LookReadOnly(const Hint& hint) {
    Log log(flash_, setup_.options, Memory(), nullptr, EncodingFor(setup_.options));
    flash_.Allow(bounds_.ReadOnlyMount());
    const Status status = log.MountReadOnly(hint);
    FUZZ_TRACE("MountReadOnly: %s\n", StatusName(status));
    FUZZ_CHECK(IsMountStatus(status), "MountReadOnly returned what it does not state");
    if (status != Status::kOk) return;
    ReadAll(log);
    FUZZ_CHECK(log.Append(1, 0, {}).status == Status::kReadOnly, "a read-only log appended");
  }

  static unsigned long long AsPrinted(std::uint64_t value) { return value; }

  Stats StatsOf(Log& log) {
    Stats stats;
    flash_.Allow(bounds_.Scan(flash_.any_unreadable()));
    FUZZ_CHECK(log.GetStats(stats) == Status::kOk, "GetStats failed");
    FUZZ_TRACE("  first %llu, last %llu, head %llu\n", AsPrinted(stats.first_sequence.value),
               AsPrinted(stats.last_sequence.value), AsPrinted(stats.head.value));
    return stats;
  }

  // Through reader 0 and one of the others.
  void ReadAll(Log& log) {
    const Stats stats = StatsOf(log);
    if (stats.readers[0].enabled) ReadFrom(log, 0, true, stats.last_sequence.value);
    const int other = other_reader_ % setup_.options.reader_count;
    if (other == 0 || !stats.readers[other].enabled) return;
    ReadFrom(log, other, false, stats.last_sequence.value);
  }

  // Reader 0 reads from the first record on, the others from their cursors.
  void ReadFrom(Log& log, int index, bool rewind, std::uint64_t last) {
    flash_.Allow(bounds_.Scan(flash_.any_unreadable()));
    Reader reader(log, index);
    if (rewind) {
      const Status status = reader.Seek(Sequence{1});
      FUZZ_CHECK(status == Status::kOk || (status == Status::kBeyondEnd && last == ~0ULL),
                 "Seek to the first record failed");
      if (status != Status::kOk) return;
    }
    Record record;
    std::uint64_t expected = rewind ? 1 : StatsOf(log).readers[index].cursor.value + 1;
    flash_.Allow(damage_.forged ? bounds_.ForgedRead(flash_.any_unreadable())
                                : bounds_.Scan(flash_.any_unreadable()));
    for (std::uint64_t events = 0;; ++events) {
      FUZZ_CHECK(events <= bounds_.Events(), "a reader without end");
      const Status status = reader.Next(record);
      FUZZ_TRACE("    reader %d at %llu: %s to %llu\n", index, AsPrinted(expected),
                 StatusName(status), AsPrinted(reader.position().value));
      if (status == Status::kOk) {
        FUZZ_CHECK(record.sequence.value == expected, "records out of order (G4)");
        FUZZ_CHECK(record.tag <= kMaxOwnTag, "no such tag");
        TouchPayload(record);
        ++expected;
      } else if (status == Status::kGap) {
        FUZZ_CHECK(reader.gap().first.value == expected, "a gap begins elsewhere (G4)");
        FUZZ_CHECK(reader.gap().last >= reader.gap().first, "an empty gap (G4)");
        expected = reader.gap().last.value + 1;
      } else {
        // A forged frame, or another ring's log, may be encoded as this firmware can't tell.
        const bool cannot_decode = damage_.any && status == Status::kCannotDecode;
        FUZZ_CHECK(status == Status::kNothingYet || cannot_decode || IsFlashStatus(status),
                   "Next returned what it does not state");
        return;
      }
    }
  }

  // Out-of-bounds payloads are for the sanitizer to see.
  void TouchPayload(const Record& record) {
    unsigned sum = 0;
    for (const std::uint8_t byte : record.payload) sum += byte;
    sum_ = sum;
    const std::uint8_t* const begin = memory_.data();
    FUZZ_CHECK(record.payload.empty() ||
                   (record.payload.data() >= begin &&
                    record.payload.data() + record.payload.size() <= begin + memory_.size()),
               "a payload outside the reader's buffer");
  }

  static bool IsWriteStatus(Status status) {
    return status == Status::kOk || status == Status::kFull || status == Status::kExhausted ||
           IsFlashStatus(status);
  }

  // True if everything worked, to the close.
  bool Write(Log& log, bool maintain) {
    const std::array<std::uint8_t, 16> payload = {1, 2, 3, 4, 5, 6, 7, 8};
    bool worked = true;
    for (std::uint32_t i = 0; i < kAppends && worked; ++i) {
      flash_.Allow(bounds_.Write(flash_.any_unreadable()));
      const Status append = log.Append(static_cast<std::uint8_t>(i), kTime, payload).status;
      FUZZ_TRACE("Append: %s\n", StatusName(append));
      FUZZ_CHECK(IsWriteStatus(append), "Append returned what it does not state");
      if (append == Status::kOk && i % 2 == 1) continue;
      const SequenceResult commit = log.Commit();
      FUZZ_TRACE("Commit: %s\n", StatusName(commit.status));
      FUZZ_CHECK(IsWriteStatus(commit.status), "Commit returned what it does not state");
      worked = append == Status::kOk && commit.status == Status::kOk;
    }
    if (maintain) {
      flash_.Allow(bounds_.Write(flash_.any_unreadable()));
      const Status status = log.Maintain(2);
      FUZZ_TRACE("Maintain: %s\n", StatusName(status));
      FUZZ_CHECK(IsWriteStatus(status) || status == Status::kNothingYet,
                 "Maintain returned what it does not state");
    }
    ReadAll(log);
    flash_.Allow(bounds_.Write(flash_.any_unreadable()));
    const Status status = log.Close();
    FUZZ_TRACE("Close: %s\n", StatusName(status));
    return worked && status == Status::kOk;
  }

  // The bucket that stands at position `index`, by its header; 0 if that does not read.
  BucketNumber NumberAt(BucketIndex index) {
    Probe probe;
    return ProbeAt(index, probe) ? layout_.NumberOf(probe.lap, index) : BucketNumber{};
  }

  bool ProbeAt(BucketIndex index, Probe& probe) {
    const std::size_t at = std::size_t{index.value} * layout_.bucket_bytes + layout_.header_offset;
    if (!flash_.IsReadable(at, kProbeBytes)) return false;
    const auto header = flash_.bytes().subspan(at).first<kProbeBytes>();
    const HeaderState state = DecodeProbe(layout_, index, header, probe);
    return state == HeaderState::kValid && !probe.IsReserve();
  }

  // Whether frames stand at the position of bucket `number` under that number: its own
  // header may be lost.
  bool HasFramesOf(BucketNumber number, std::uint64_t identity) {
    const std::size_t bucket = std::size_t{layout_.IndexOf(number).value} * layout_.bucket_bytes;
    const Offset begin = layout_.BlockBegin(0);
    BlockWalker walker(layout_, {identity, number}, 0,
                       flash_.bytes().subspan(bucket + begin, layout_.BlockEnd(0) - begin));
    Frame frame;
    return walker.Next(frame);
  }

  // Whether the header of some bucket reads. (Where damage took all that were retained, a
  // mount has found the log by an opening that was cut, and erased that: FORMAT 6.9 (3).)
  bool AnyHeader() {
    for (std::uint32_t i = 0; i < layout_.bucket_count; ++i) {
      if (NumberAt({i}) > BucketNumber{}) return true;
    }
    return false;
  }

  // Unverified, as a search guesses.
  bool SeemsAHeader(BucketNumber number) {
    const std::size_t bucket = std::size_t{layout_.IndexOf(number).value} * layout_.bucket_bytes;
    return flash_.bytes()[bucket + layout_.header_offset] == kHeaderByte;
  }

  // Whether the mark names the lap that seems to be the header's.
  bool MarkAgrees(BucketNumber number) {
    const auto bucket =
        flash_.bytes().subspan(std::size_t{layout_.IndexOf(number).value} * layout_.bucket_bytes);
    return SeemsAHeader(number) && LoadLe<4>(&bucket[kMarkLapAt]) ==
                                       LoadLe<4>(&bucket[layout_.header_offset + kHeaderLapAt]);
  }

  // Whether its notes say that it was opened, and is not void.
  bool SeemsOpened(BucketNumber number) {
    const std::size_t bucket = std::size_t{layout_.IndexOf(number).value} * layout_.bucket_bytes;
    const auto open = flash_.bytes().subspan(bucket + layout_.open_offset, kNoteBytes);
    const auto is_void = flash_.bytes().subspan(bucket + layout_.void_offset, kNoteBytes);
    return !AllBytesAre(open, kErasedByte) && AllBytesAre(is_void, kErasedByte);
  }

  // Whether somewhere newer buckets stand behind a hole: behind a header no position that a
  // mount looks at has a newer one, or frames of one, and one beyond has. (From frames without a
  // header it looks on. Or one is hidden by a header and a mark that were both hit alike.) A mount
  // may end there, and a later one beyond (docs/TESTING.md, Open). Not so where a newer header
  // reads, and this one is whole and retains what the last two of those positions hold, where no
  // header seems to stand: it tells that this is a hole, and all headers are looked at.
  bool HasHole() {
    if (!damage_.any) return false;
    for (std::uint32_t index = 0; index < layout_.bucket_count; ++index) {
      if (IsBeforeAHole({index})) return true;
    }
    return false;
  }

  bool IsBeforeAHole(BucketIndex index) {
    Probe probe;
    if (!ProbeAt(index, probe)) return false;
    const BucketNumber number = layout_.NumberOf(probe.lap, index);
    const std::uint32_t reach = MaxStepsOver(layout_) + 1;
    std::uint32_t end = reach;  // looked at up to here
    bool newer = false;
    bool newer_without = false;
    for (std::uint32_t i = 1; i < layout_.bucket_count; ++i) {
      const bool has_header = NumberAt(layout_.IndexOf(number + i)) > number;
      if (has_header && i <= end) return false;
      newer = newer || has_header;
      if (!HasFramesOf(number + i, probe.identity)) continue;
      if (i > end || MarkAgrees(number + i)) {
        newer_without = true;
      } else if (SeemsOpened(number + i)) {
        end = i + reach;
      }
    }
    if (!newer) return newer_without;
    Header header;
    const auto bytes = flash_.bytes().subspan(
        std::size_t{index.value} * layout_.bucket_bytes + layout_.header_offset, kHeaderBytes);
    const HeaderState state = DecodeHeader(layout_, index, bytes.first<kHeaderBytes>(), header);
    const bool tells = state == HeaderState::kValid &&
                       number + (reach - 1) >= header.tail + layout_.bucket_count &&
                       !SeemsAHeader(number + (reach - 1)) && !SeemsAHeader(number + reach);
    return !tells;
  }

  // G1, G10: what was committed and closed is there; and nothing is repaired,
  // unless there is damage that the log has grown into. (Programs into damaged cells are only
  // noticed where they are verified; a forged log may be
  // another one at each look.)
  void MountAgain() {
    Log log(flash_, setup_.options, Memory(), nullptr, EncodingFor(setup_.options));
    flash_.Allow(damage_.any ? bounds_.Mount() : bounds_.ReadOnlyMount());
    const Status status = log.Mount();
    FUZZ_TRACE("Mount again: %s\n", StatusName(status));
    const bool may_fail = damage_.forged || has_hole_ || (damage_.any && !AnyHeader());
    FUZZ_CHECK(status == Status::kOk || (may_fail && IsMountStatus(status)),
               "a closed log does not mount");
    if (status != Status::kOk) return;
    ReadAll(log);
    const Stats stats = StatsOf(log);
    if (!stats.readers[0].enabled || damage_.forged || has_hole_) return;
    if (damage_.any && !setup_.options.verify_programs) return;
    flash_.Allow(bounds_.Scan(flash_.any_unreadable()));
    Reader reader(log, 0);
    Record record;
    FUZZ_CHECK(reader.Seek(stats.last_sequence) == Status::kOk, "Seek to the last record failed");
    FUZZ_CHECK(reader.Next(record) == Status::kOk, "the last committed record is lost (G1)");
    FUZZ_CHECK(record.payload.size() == 16 && record.payload[7] == 8 && record.time == kTime,
               "the last committed record changed (G1)");
  }

  static constexpr std::int64_t kTime = 1'000'000;

  const Setup& setup_;
  const Layout& layout_;
  const Damage damage_;
  const Bounds bounds_;
  MemoryFlash& flash_;
  const std::span<std::uint8_t> memory_;
  int other_reader_ = 0;
  bool has_hole_ = false;
  volatile unsigned sum_ = 0;
};

void Examine(const std::uint8_t* data, std::size_t size) {
  static MemoryFlash flash;
  static std::array<std::uint8_t, kMemoryBytes> memory;
  Input input(data, size);
  const std::size_t ring = input.U8() % RingCount();
  const std::uint8_t style = input.U8();
  const Setup& setup = GetRing(ring).setup;
  flash.Reset(setup.profile.geometry);
  const Layout layout = MakeLayout(setup.options, setup.profile.geometry);
  const Damage damage = MakeImage(ring, layout, input, flash);
  Examination(setup, layout, damage, flash, memory).Run(style);
}

}  // namespace
}  // namespace norlog::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  norlog::fuzz::Examine(data, size);
  return 0;
}
