#include "norlog/codec.h"

#include <cstring>

#include "norlog/options.h"

namespace norlog {
namespace {

constexpr std::uint8_t kCountMask = 0x3f;
constexpr std::uint8_t kStepFollows = 0x40;
constexpr std::uint8_t kShapeFollows = 0x80;

}  // namespace

void ContentBuilder::Reset(std::span<std::uint8_t> room, const CodecState& state,
                           const Trail& trail) {
  room_ = room;
  size_ = 0;
  run_at_ = 0;
  start_ = state;
  state_ = state;
  trail_ = trail;
  trail_.tag_classes = 0;
}

bool ContentBuilder::Extends(std::uint8_t tag, std::int64_t time,
                             std::uint32_t payload_bytes) const {
  return size_ > 0 && (room_[run_at_] & kCountMask) != kCountMask && tag == state_.tag &&
         payload_bytes == state_.payload_bytes && time == WrapAdd(state_.time, state_.step);
}

std::uint32_t ContentBuilder::Cost(std::uint8_t tag, std::int64_t time,
                                   std::uint32_t payload_bytes) const {
  if (Extends(tag, time, payload_bytes)) return payload_bytes;
  std::uint32_t bytes = 1 + payload_bytes;
  if (tag != state_.tag || payload_bytes != state_.payload_bytes) {
    bytes += 1 + VarintBytes(payload_bytes);
  }
  const std::int64_t step = WrapSub(time, state_.time);
  if (step != state_.step) bytes += VarintBytes(ZigZag(step));
  return bytes;
}

void ContentBuilder::Add(std::uint8_t tag, std::int64_t time,
                         std::span<const std::uint8_t> payload) {
  const auto payload_bytes = static_cast<std::uint32_t>(payload.size());
  if (Extends(tag, time, payload_bytes)) {
    ++room_[run_at_];
  } else {
    run_at_ = size_;
    ByteWriter out(room_.subspan(size_));
    const bool shape = tag != state_.tag || payload_bytes != state_.payload_bytes;
    const std::int64_t step = WrapSub(time, state_.time);
    const bool new_step = step != state_.step;
    out.U8(static_cast<std::uint8_t>((shape ? kShapeFollows : 0) | (new_step ? kStepFollows : 0)));
    if (shape) {
      out.U8(tag);
      out.Varint(payload_bytes);
    }
    if (new_step) out.Varint(ZigZag(step));
    size_ += out.size();
    state_.tag = tag;
    state_.payload_bytes = payload_bytes;
    state_.step = step;
  }
  if (payload_bytes > 0) std::memcpy(&room_[size_], payload.data(), payload_bytes);
  size_ += payload_bytes;
  trail_.Take(state_.next, tag, time);
  state_.time = time;
  ++state_.next;
}

ContentReader::ContentReader(const CodecState& state, std::uint8_t first,
                             std::span<const std::uint8_t> rest)
    : state_(state), rest_(rest), first_(first), has_first_(true) {}

bool ContentReader::BeginRun() {
  ByteReader in(rest_.subspan(at_));
  const std::uint8_t head = has_first_ ? first_ : in.U8();
  has_first_ = false;
  left_in_run_ = std::uint32_t{head} % (kCountMask + 1u) + 1;
  if ((head & kShapeFollows) != 0) {
    state_.tag = in.U8();
    const std::uint64_t payload_bytes = in.Varint();
    if (state_.tag > kMaxOwnTag || payload_bytes > kMaxBlockBytes) return ok_ = false;
    state_.payload_bytes = static_cast<std::uint32_t>(payload_bytes);
  }
  if ((head & kStepFollows) != 0) state_.step = UnZigZag(in.Varint());
  at_ += in.at();
  const std::uint64_t run_bytes = std::uint64_t{left_in_run_} * state_.payload_bytes;
  return ok_ = in.ok() && run_bytes <= rest_.size() - at_;
}

bool ContentReader::Next(ContentRecord& record) {
  if (!ok_) return false;
  if (left_in_run_ == 0 && (at_end() || !BeginRun())) return false;
  --left_in_run_;
  state_.time = WrapAdd(state_.time, state_.step);
  record = {state_.next, state_.tag, state_.time, rest_.subspan(at_, state_.payload_bytes)};
  at_ += state_.payload_bytes;
  ++state_.next;
  return true;
}

bool ContentReader::SkipAll() {
  while (ok_ && !at_end()) {
    if (!BeginRun()) return false;
    const std::uint64_t count = left_in_run_;
    state_.time = static_cast<std::int64_t>(static_cast<std::uint64_t>(state_.time) +
                                            count * static_cast<std::uint64_t>(state_.step));
    state_.next = state_.next + count;
    at_ += static_cast<std::size_t>(count) * state_.payload_bytes;
    left_in_run_ = 0;
  }
  return ok_;
}

}  // namespace norlog
