// A bit of a committed frame goes bad between two sessions (rig.h, DamageFrame).
#include <algorithm>
#include <cstddef>
#include <vector>

#include "flashsim/rng.h"
#include "fuzz/rig.h"

namespace norlog::fuzz {
namespace {

// Frames behind the damage that prove that it was none that a cut has torn.
constexpr std::size_t kFramesBehind = 2;
constexpr std::uint32_t kCrcBytes = 4;
constexpr std::uint8_t kBlank = 0xFF;
constexpr std::uint32_t kTags = 3;
constexpr std::uint64_t kDamagedSalt = std::uint64_t{3} << 60;  // never those of a workload

}  // namespace

// The address behind the last byte that was programmed in the newest bucket.
std::uint64_t Rig::EndOfHead() const {
  const std::uint32_t bucket_bytes = setup_.options.bucket_bytes;
  const std::uint64_t begin = oracle_.head() % LimitsOf(setup_).bucket_count * bucket_bytes;
  const std::vector<std::uint8_t> bytes = chip_.Peek(begin, bucket_bytes);
  const auto last =
      std::find_if(bytes.rbegin(), bytes.rend(), [](std::uint8_t byte) { return byte != kBlank; });
  return begin + static_cast<std::uint64_t>(bytes.rend() - last);
}

// Records of sizes that let some share a block, each a frame of its own; closed.
std::vector<Rig::FramePlace> Rig::AppendFrames(std::uint32_t count, flashsim::Rng& rng) {
  std::vector<FramePlace> places;
  const std::uint32_t most = std::max(log_->MaxPayloadBytes() / 4, 1U);
  Do(Op{});  // nothing is pending
  for (std::uint32_t i = 0; i < count && powered() && healthy(); ++i) {
    Op append;
    append.verb = OpVerb::kAppend;
    append.size = static_cast<std::uint32_t>(1 + rng.Below(most));
    append.tag = static_cast<std::uint8_t>(rng.Below(kTags));
    append.time = static_cast<std::int64_t>(rng.Below(1000));
    append.salt = kDamagedSalt + oracle_.accepted() + 1;
    Do(append);
    if (powered() && healthy()) Do(Op{});
    if (!powered() || !healthy()) return {};
    places.push_back({oracle_.accepted(), oracle_.head(), EndOfHead(), append.size});
  }
  Close();
  return places;
}

// The records of a frame and of those behind it in its block are what that bit may cost.
void Rig::DamageFrame(const Op& op) {
  flashsim::Rng rng(op.salt);
  std::vector<FramePlace> places = AppendFrames(op.count, rng);
  if (!powered() || !healthy() || mounted()) return;
  const Limits limits = LimitsOf(setup_);
  std::erase_if(places, [&](const FramePlace& place) {
    return place.bucket + limits.bucket_count < oracle_.head() + limits.erase_ahead + 2;  // evicted
  });
  if (places.size() <= kFramesBehind) return;
  const FramePlace& hit = places[rng.Below(places.size() - kFramesBehind)];
  const bool is_coded = setup_.options.encoded_tags > 0;
  const std::uint32_t span = (is_coded ? 0 : hit.size) + kCrcBytes - 2;  // two may be blank
  const std::uint64_t at = hit.end - 1 - rng.Below(span);
  chip_.FlipBits(at, static_cast<std::uint8_t>(1U << rng.Below(8)));
  Trace([&] {
    return "damaged: record " + std::to_string(hit.record) + ", at " + std::to_string(at);
  });
  std::uint64_t last = hit.record;
  for (const FramePlace& place : places) {
    const std::uint32_t block_bytes = setup_.options.block_bytes;
    if ((place.end - 1) / block_bytes == at / block_bytes) last = std::max(last, place.record);
  }
  oracle_.Damaged(hit.record, last);
  closed_ = false;  // the next mount repairs
  damaged_ = repairs_ = true;
}

}  // namespace norlog::fuzz
