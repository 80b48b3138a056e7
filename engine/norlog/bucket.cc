#include "norlog/bucket.h"

#include <cstring>

namespace norlog {
namespace {

constexpr std::uint32_t kChunkBytes = 128;
constexpr int kMinVoidZeroBits = 8;
constexpr std::uint32_t kEndBytes = 32;  // of a bucket, looked at for a cut erase

std::uint32_t Smaller(std::uint64_t a, std::uint64_t b) {
  return static_cast<std::uint32_t>(a < b ? a : b);
}

}  // namespace

Status BucketIo::ReadOnce(std::uint64_t address, std::span<std::uint8_t> out) {
  ++reads_;
  bytes_read_ += out.size();
  const Status status = flash_.Read(address, out);
  if (Ok(status)) any_read_ = true;
  return status;
}

Status BucketIo::ReadTries(std::uint64_t address, std::span<std::uint8_t> out) {
  Status status = Status::kReadError;
  for (int i = 0; i < kReadTries && status == Status::kReadError; ++i) {
    const LockGuard guard(lock_, LockKind::kState);
    status = ReadOnce(address, out);
  }
  return status;
}

// One read a unit, so that one torn word does not hide its neighbours.
Status BucketIo::ReadByUnits(std::uint64_t address, std::span<std::uint8_t> out) {
  while (!out.empty()) {
    const auto to_boundary = static_cast<std::uint32_t>(layout_.unit - address % layout_.unit);
    const std::uint32_t bytes = Smaller(to_boundary, out.size());
    const Status status = ReadTries(address, out.first(bytes));
    if (status == Status::kReadError) {
      std::memset(out.data(), kTornFill, bytes);
    } else if (!Ok(status)) {
      return status;
    }
    address += bytes;
    out = out.subspan(bytes);
  }
  return Status::kOk;
}

Status BucketIo::Read(BucketIndex index, Offset offset, std::span<std::uint8_t> out) {
  return ReadTries(Address(index, offset), out);
}

Status BucketIo::ReadTolerant(BucketIndex index, Offset offset, std::span<std::uint8_t> out) {
  const Status status = ReadTries(Address(index, offset), out);
  return status == Status::kReadError ? ReadByUnits(Address(index, offset), out) : status;
}

Status BucketIo::ReadRetained(BucketNumber number, const BucketNumber& tail, Offset offset,
                              std::span<std::uint8_t> out) {
  const BucketIndex index = layout_.IndexOf(number);
  {
    const LockGuard guard(lock_, LockKind::kState);
    if (number < tail) return Status::kGap;
    const Status status = ReadOnce(Address(index, offset), out);
    if (status != Status::kReadError) return status;
  }
  const Status status = ReadTolerant(index, offset, out);
  const LockGuard guard(lock_, LockKind::kState);
  return number < tail ? Status::kGap : status;
}

Status BucketIo::CheckHeadFrame(const FrameSeed& seed, Offset offset,
                                std::span<const std::uint8_t> front, const BucketNumber& tail,
                                bool& valid) {
  valid = false;
  ByteReader in(front.subspan(1));
  const std::uint64_t length = in.Varint();
  const std::uint64_t frame_bytes = 1 + in.at() + length + kCrcBytes;
  if (!IsHeadByte(front[0]) || !in.ok()) return Status::kOk;
  if (length > layout_.block_bytes || offset + frame_bytes > layout_.bucket_bytes) {
    return Status::kOk;
  }
  FrameCheck check(seed, offset);
  std::uint8_t own[kChunkBytes];
  const std::span<std::uint8_t> room = lent_.size() > sizeof own ? lent_ : std::span(own);
  for (std::uint32_t done = 0; done < frame_bytes;) {
    const std::span<std::uint8_t> part = room.first(Smaller(room.size(), frame_bytes - done));
    NORLOG_TRY(ReadRetained(seed.number, tail, offset + done, part));
    check.Add(part);
    done += static_cast<std::uint32_t>(part.size());
  }
  valid = check.Ok();
  return Status::kOk;
}

Status BucketIo::VerifyEqual(std::uint64_t address, std::span<const std::uint8_t> data) {
  std::uint8_t own[kChunkBytes];
  const std::span<std::uint8_t> room = lent_.size() > sizeof own ? lent_ : std::span(own);
  while (!data.empty()) {
    const std::uint32_t bytes = Smaller(room.size(), data.size());
    const Status status = ReadTries(address, room.first(bytes));
    if (status == Status::kReadError) return Status::kProgramError;
    if (!Ok(status)) return status;
    if (std::memcmp(room.data(), data.data(), bytes) != 0) return Status::kProgramError;
    address += bytes;
    data = data.subspan(bytes);
  }
  return Status::kOk;
}

Status BucketIo::Program(BucketIndex index, Offset offset, std::span<const std::uint8_t> data,
                         bool verify) {
  const std::uint64_t begin = Address(index, offset);
  for (std::size_t done = 0; done < data.size();) {
    const std::uint64_t address = begin + done;
    const std::uint64_t to_page_end = layout_.page_bytes - address % layout_.page_bytes;
    const std::uint32_t bytes = Smaller(to_page_end, data.size() - done);
    const LockGuard guard(lock_, LockKind::kState);
    NORLOG_TRY(flash_.Program(address, data.subspan(done, bytes)));
    done += bytes;
  }
  return verify ? VerifyEqual(begin, data) : Status::kOk;
}

Status BucketIo::ProgramZeros(BucketIndex index, Offset offset, std::uint32_t bytes) {
  std::uint8_t zeros[kMaxZeroBytes] = {};
  static_assert(kMarkFill == 0);
  return Program(index, offset, {zeros, bytes}, /*verify=*/true);
}

std::uint32_t BucketIo::EraseStep() const {
  const Geometry& geometry = flash_.geometry();
  std::uint32_t step = geometry.erase_unit_bytes;
  for (const std::uint32_t larger : geometry.larger_erase_bytes) {
    if (larger != 0 && layout_.bucket_bytes % larger == 0) step = larger;
  }
  return step;
}

Status BucketIo::EraseOperation(BucketIndex index, std::uint32_t operation) {
  const std::uint32_t step = EraseStep();
  const LockGuard guard(lock_, LockKind::kState);
  return flash_.Erase(Address(index, layout_.bucket_bytes - (operation + 1) * step), step);
}

Status BucketIo::StartErase(BucketIndex index, std::uint32_t operation, bool& goes_on) {
  const std::uint32_t step = EraseStep();
  {
    const LockGuard guard(lock_, LockKind::kState);
    goes_on =
        flash_.StartErase(Address(index, layout_.bucket_bytes - (operation + 1) * step), step);
  }
  return goes_on ? Status::kOk : EraseOperation(index, operation);
}

Status BucketIo::Busy() {
  const LockGuard guard(lock_, LockKind::kState);
  return flash_.Busy();
}

Status BucketIo::VerifyErased(BucketIndex index, Offset from) {
  std::uint8_t own[kVerifyChunkBytes];
  const std::span<std::uint8_t> room = lent_.size() > sizeof own ? lent_ : std::span(own);
  for (Offset offset = from; offset < layout_.bucket_bytes;) {
    const std::uint32_t bytes = Smaller(room.size(), layout_.bucket_bytes - offset);
    const std::span<std::uint8_t> chunk = room.first(bytes);
    const Status status = Read(index, offset, chunk);
    if (status == Status::kReadError) return Status::kEraseError;
    if (!Ok(status)) return status;
    if (!AllBytesAre(chunk, kErasedByte)) return Status::kEraseError;
    offset += bytes;
  }
  return Status::kOk;
}

Status BucketIo::ReadProbe(BucketIndex index, HeaderState& state, Probe& probe) {
  std::uint8_t bytes[kProbeBytes];
  NORLOG_TRY(ReadTolerant(index, layout_.header_offset, bytes));
  state = DecodeProbe(layout_, index, bytes, probe);
  return Status::kOk;
}

Status BucketIo::ReadGlance(BucketIndex index, bool near, HeaderState& state, Probe& probe,
                            bool& opening) {
  std::uint8_t bytes[kMarkBytes + 3 * kMaxProgramUnitBytes + kGlanceBytes];
  const Offset begin = near ? kMarkLapAt : layout_.header_offset;
  const std::span<std::uint8_t> all(bytes, layout_.header_offset + kGlanceBytes - begin);
  NORLOG_TRY(ReadTolerant(index, begin, all));
  state = DecodeGlance(all.last<kGlanceBytes>(), probe);
  if (!near) return Status::kOk;
  opening = !AllBytesAre(all.subspan(layout_.open_offset - begin, layout_.note_bytes), kErasedByte);
  const bool differs = static_cast<std::uint32_t>(LoadLe<4>(&all[0])) != probe.lap;
  if (state == HeaderState::kValid && differs) state = HeaderState::kUnknown;
  return Status::kOk;
}

Status BucketIo::ReadFront(BucketIndex index, BucketFront& front) {
  std::uint8_t bytes[2 * kMaxProgramUnitBytes + kHeaderBytes];
  const std::uint32_t note = layout_.note_bytes;
  const std::span<std::uint8_t> all(bytes, 2 * note + kHeaderBytes);
  NORLOG_TRY(ReadTolerant(index, layout_.open_offset, all));
  front.opening = !AllBytesAre(all.first(note), kErasedByte);
  int zero_bits = 0;
  for (const std::uint8_t byte : all.subspan(note, note)) {
    for (int bit = 0; bit < 8; ++bit) zero_bits += ((byte >> bit) & 1) == 0 ? 1 : 0;
  }
  front.is_void = zero_bits >= kMinVoidZeroBits;
  const auto header = std::span<const std::uint8_t>(all).subspan(2 * note).first<kHeaderBytes>();
  front.state = DecodeHeader(layout_, index, header, front.header);
  Probe probe;
  front.torn =
      front.state == HeaderState::kAbsent &&
      DecodeProbe(layout_, index, header.first<kProbeBytes>(), probe) == HeaderState::kValid;
  if (front.torn) front.header.probe = probe;
  return Status::kOk;
}

Status BucketIo::IsErased(BucketIndex index, Offset offset, std::uint32_t bytes, bool& erased) {
  std::uint8_t unit[kMaxZeroBytes];
  NORLOG_TRY(ReadTolerant(index, offset, {unit, bytes}));
  erased = AllBytesAre({unit, bytes}, kErasedByte);
  return Status::kOk;
}

Status BucketIo::ProgramNote(BucketIndex index, Offset note_offset) {
  bool blank = true;
  if (write_once()) NORLOG_TRY(IsErased(index, note_offset, layout_.note_bytes, blank));
  if (!blank) return Status::kOk;
  return ProgramZeros(index, note_offset, layout_.note_bytes);
}

bool BucketIo::write_once() const {
  const ProgramRule rule = flash_.geometry().program_rule;
  return rule == ProgramRule::kOnce || rule == ProgramRule::kOncePlusZero;
}

Status BucketIo::Sync() {
  const LockGuard guard(lock_, LockKind::kState);
  return flash_.Sync();
}

Status BucketIo::ReadMark(BucketIndex index, bool& marked, std::uint32_t& lap) {
  std::uint8_t bytes[kMarkBytes];
  NORLOG_TRY(ReadTolerant(index, 0, bytes));
  marked = DecodeMark(layout_, index, bytes, lap);
  return Status::kOk;
}

Status BucketIo::ReadClean(BucketIndex index, std::uint32_t lap, bool& clean) {
  std::uint32_t marked_lap = 0;
  NORLOG_TRY(ReadMark(index, clean, marked_lap));
  if (!clean || marked_lap != lap) {
    clean = false;
    return Status::kOk;
  }
  Status status;
  if (write_once()) {
    // No void note can be programmed over what is unknown: look at all of it.
    status = VerifyErased(index, layout_.open_offset);
  } else {
    std::uint8_t front[kMarkBytes + 4 * kMaxProgramUnitBytes + kHeaderBytes];
    const std::uint32_t bytes = layout_.data_offset + layout_.unit - layout_.open_offset;
    status = ReadTolerant(index, layout_.open_offset, {front, bytes});
    if (Ok(status) && !AllBytesAre({front, bytes}, kErasedByte)) status = Status::kEraseError;
    // An erase begins with programming, from the end.
    if (Ok(status)) status = VerifyErased(index, layout_.bucket_bytes - kEndBytes);
  }
  clean = Ok(status);
  return status == Status::kEraseError ? Status::kOk : status;
}

Status BucketIo::ProgramMark(BucketIndex index, std::uint32_t lap) {
  std::uint8_t bytes[kMarkBytes + kMaxProgramUnitBytes];
  std::memset(bytes, kErasedByte, sizeof bytes);
  EncodeMark(layout_, index, lap, std::span(bytes).first<kMarkBytes>());
  return Program(index, 0, {bytes, layout_.Up(kMarkBytes)}, /*verify=*/true);
}

Status BucketIo::ProgramHeader(BucketIndex index, const Header& header) {
  std::uint8_t bytes[kHeaderBytes + kMaxProgramUnitBytes];
  std::memset(bytes, kErasedByte, sizeof bytes);
  EncodeHeader(layout_, index, header, std::span(bytes).first<kHeaderBytes>());
  return Program(index, layout_.header_offset, {bytes, layout_.Up(kHeaderBytes)},
                 /*verify=*/true);
}

Status BucketIo::ReadBlockFront(BucketIndex index, std::uint32_t block, bool& touched,
                                bool& begun) {
  std::uint8_t bytes[kMaxProgramUnitBytes + 1];
  const std::span<std::uint8_t> front(bytes, layout_.unit + 1);
  NORLOG_TRY(ReadTolerant(index, layout_.BlockBegin(block), front));
  touched = !AllBytesAre(front.first(layout_.unit), kErasedByte);
  begun = touched && front[layout_.unit] != kErasedByte;
  return Status::kOk;
}

}  // namespace norlog
