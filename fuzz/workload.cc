#include "fuzz/workload.h"

#include <algorithm>
#include <sstream>

#include "fuzz/encoded.h"

namespace norlog::fuzz {
namespace {

const char* Name(OpVerb verb) {
  switch (verb) {
    case OpVerb::kAppend: return "Append";
    case OpVerb::kCommit: return "Commit";
    case OpVerb::kRead: return "Read";
    case OpVerb::kCursor: return "CommitCursor";
    case OpVerb::kRewind: return "Rewind";
    case OpVerb::kSeek: return "Seek";
    case OpVerb::kMaintain: return "Maintain";
    case OpVerb::kEnable: return "Enable";
    case OpVerb::kDisable: return "Disable";
    case OpVerb::kSetClock: return "SetClock";
    case OpVerb::kReadTag: return "ReadTag";
  }
  return "?";
}

}  // namespace

std::string ToString(const Op& op) {
  std::ostringstream text;
  text << Name(op.verb);
  if (op.verb == OpVerb::kAppend) {
    text << ' ' << op.size << " B, tag " << int{op.tag} << ", time " << op.time << ", salt "
         << op.salt;
  } else if (op.verb == OpVerb::kMaintain) {
    text << ' ' << op.count;
  } else if (op.verb == OpVerb::kSetClock) {
    text << " from " << op.count << "/1000, " << op.time;
  } else if (op.verb != OpVerb::kCommit) {
    text << " reader " << op.reader << ", count " << op.count;
  }
  return text.str();
}

std::vector<std::uint8_t> MakePayload(std::uint64_t salt, std::uint32_t size) {
  if ((salt & kColumnsSalt) != 0) return MakeColumns(salt & ~kColumnsSalt, size);
  std::vector<std::uint8_t> payload(size);
  flashsim::Rng rng(salt);
  // Real payloads hold runs of 00 and FF; those are what blank checks and
  // zero marks could be confused by.
  const std::uint64_t kind = rng.Below(8);
  for (std::uint8_t& byte : payload) {
    byte = kind == 0 ? std::uint8_t{0x00} : kind == 1 ? std::uint8_t{0xFF} : rng.NextByte();
  }
  return payload;
}

Session Workload::Next() {
  Session session;
  if (sessions_ == 0) {
    session.start = SessionStart::kFormat;
    session.nonce = rng_.Next() | 1;
  }
  // One in four mounts has a hint, right only by chance.
  session.has_hint = rng_.Below(4) == 0;
  session.hint = static_cast<std::uint32_t>(rng_.Below(shape_.bucket_count));
  for (std::uint32_t i = 0; i < shape_.ops_per_session; ++i) {
    session.ops.push_back(MakeOp(rng_.Next()));
  }
  session.end = sessions_ % 3 == 2 ? SessionEnd::kVanish : SessionEnd::kClose;
  ++sessions_;
  return session;
}

Op Workload::MakeOp(std::uint64_t entropy) {
  flashsim::Rng rng(entropy);
  if (shape_.bursts && rng.Below(64) != 0) return MakeBurst(rng);
  const std::uint64_t choice = rng.Below(16);
  if (choice < 7) return MakeAppend(rng);
  if (choice < 11) return Op{};
  if (choice < 13 || (choice < 15 && shape_.changes_readers)) return MakeReaderOp(rng);
  Op op;
  op.verb = OpVerb::kMaintain;
  op.count = static_cast<std::uint32_t>(rng.Below(4));
  if (choice < 15 || rng.Below(2) == 0) return op;
  op.verb = OpVerb::kSetClock;
  op.count = static_cast<std::uint32_t>(rng.Below(1001));
  op.time = static_cast<std::int64_t>(rng.Below(200'000)) - 100'000;
  return op;
}

// Records that a frame can hold by the hundred, each as the one before.
Op Workload::MakeBurst(flashsim::Rng& rng) {
  Op op;
  op.verb = OpVerb::kAppend;
  op.size = 1;
  op.tag = 3;
  time_ = static_cast<std::int64_t>(static_cast<std::uint64_t>(time_) + 10);
  op.time = time_;
  op.salt = (++salt_ << 16) | (rng.Next() & 0xFFFF);
  return op;
}

Op Workload::MakeAppend(flashsim::Rng& rng) {
  Op op;
  op.verb = OpVerb::kAppend;
  op.size = static_cast<std::uint32_t>(rng.Below(std::uint64_t{2} * shape_.mean_payload_bytes));
  if (rng.Below(16) == 0) op.size = 0;
  if (rng.Below(16) == 0) op.size = shape_.max_payload_bytes;
  op.size = std::min(op.size, shape_.max_payload_bytes);
  op.tag = static_cast<std::uint8_t>(rng.Below(8) == 0 ? rng.Below(128) : 3);
  // Mostly a steady step; sometimes a jump, sometimes back in time.
  const bool jumps = rng.Below(8) == 0;
  const std::int64_t step = jumps ? static_cast<std::int64_t>(rng.Below(100'000)) - 30'000 : 10;
  // Near the ends of the type it wraps: times may come in any order.
  time_ = static_cast<std::int64_t>(static_cast<std::uint64_t>(time_) +
                                    static_cast<std::uint64_t>(step));
  op.time = time_;
  op.salt = (++salt_ << 16) | (rng.Next() & 0xFFFF);
  if (shape_.encoded && rng.Below(4) != 0) MakeColumnsOf(op, rng);
  return op;
}

void Workload::MakeColumnsOf(Op& op, flashsim::Rng& rng) {
  const bool is_octet = rng.Below(4) == 0;
  op.tag = is_octet ? kOctetTag : kColumnsTag;
  op.size = std::min(is_octet ? kOctetBytes : kColumnsBytes, shape_.max_payload_bytes);
  op.salt |= kColumnsSalt;
}

Op Workload::MakeReaderOp(flashsim::Rng& rng) {
  Op op;
  op.reader = static_cast<int>(rng.Below(static_cast<std::uint64_t>(shape_.reader_count)));
  op.count = static_cast<std::uint32_t>(1 + rng.Below(24));
  const std::uint64_t choice = rng.Below(shape_.changes_readers ? 12 : 6);
  op.verb = choice < 3 ? OpVerb::kRead : OpVerb::kCursor;
  if (choice == 2) {
    op.verb = OpVerb::kReadTag;
    op.tag = 3;
  }
  if (choice == 8) op.verb = OpVerb::kRewind;
  if (choice == 9) op.verb = OpVerb::kSeek;
  if (choice == 9) op.count = static_cast<std::uint32_t>(rng.Below(1001));
  // Reader 0 stays enabled: scans go through it.
  if (choice >= 10 && op.reader > 0) {
    op.verb = choice == 10 ? OpVerb::kEnable : OpVerb::kDisable;
  }
  return op;
}

}  // namespace norlog::fuzz
