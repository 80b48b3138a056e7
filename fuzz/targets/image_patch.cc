#include "fuzz/targets/image_patch.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "fuzz/targets/resign.h"
#include "fuzz/targets/rings.h"
#include "norlog/bytes.h"

namespace norlog::fuzz {
namespace {

constexpr std::uint32_t kMaxPatches = 16;

// Offsets in a header: docs/FORMAT.md section 1.
constexpr std::size_t kLapAt = 4;
constexpr std::size_t kIdentityAt = 8;
constexpr std::size_t kTailAt = 44;
constexpr std::size_t kMarkLapAt = 4;

// What a ring's chip holds at an age; made once.
std::span<const std::uint8_t> ImageOf(std::size_t ring, std::size_t age) {
  static std::vector<std::array<std::vector<std::uint8_t>, kRingAges>> images(RingCount());
  std::vector<std::uint8_t>& image = images.at(ring).at(age);
  if (image.empty()) {
    const Ring& from = GetRing(ring);
    image = from.ages.at(age).chip.Peek(
        0, static_cast<std::size_t>(from.setup.profile.geometry.size_bytes()));
  }
  return image;
}

class Patcher {
 public:
  Patcher(const Layout& layout, Input& input, MemoryFlash& flash)
      : layout_(layout), input_(input), flash_(flash), bytes_(flash.bytes()) {}

  void Patch() {
    const std::uint8_t kind = input_.U8() % 14;
    FUZZ_TRACE("patch %d\n", kind);
    switch (kind) {
      case 0: Overwrite(); break;
      case 1: Program(); break;
      case 2: Fill(); break;
      case 3: CopyBucket(); break;
      case 4: ForgeHeader(); break;
      case 5: ForgeMark(); break;
      case 6: ForgeFrame(); break;
      case 7: ZeroNote(); break;
      case 8: Renumber(); break;
      case 9: flash_.MakeUnreadable(AnyOffset()); break;
      case 10: FlipBit(); break;
      case 11: CutErase(); break;
      case 12: MoveLaps(); break;
      case 13: CopyBlock(); break;
    }
  }

  bool forged() const { return forged_; }

 private:
  std::uint32_t AnyOffset() { return input_.Below(static_cast<std::uint32_t>(bytes_.size())); }
  std::uint32_t AnyBucket() { return input_.Below(layout_.bucket_count); }
  std::span<std::uint8_t> Bucket(std::uint32_t index) {
    return bytes_.subspan(std::size_t{index} * layout_.bucket_bytes, layout_.bucket_bytes);
  }
  std::span<std::uint8_t> Header(std::uint32_t index) {
    return Bucket(index).subspan(layout_.header_offset, kHeaderBytes);
  }
  std::span<std::uint8_t> Block(std::uint32_t index, std::uint32_t block) {
    const Offset begin = layout_.BlockBegin(block);
    return Bucket(index).subspan(begin, layout_.BlockEnd(block) - begin);
  }
  // (One draw a statement: the order of arguments is the compiler's.)
  std::span<std::uint8_t> AnyBlock() {
    const std::uint32_t bucket = AnyBucket();
    return Block(bucket, input_.Below(layout_.block_count));
  }
  // What the bucket's own header claims, valid or not.
  FrameSeed SeedOf(std::uint32_t index) {
    const std::span<const std::uint8_t> header = Header(index);
    const auto lap = static_cast<std::uint32_t>(LoadLe<4>(&header[kLapAt]));
    return {LoadLe<8>(&header[kIdentityAt]), layout_.NumberOf(lap, {index})};
  }

  void Overwrite() {
    const std::span<std::uint8_t> to = bytes_.subspan(AnyOffset());
    const auto from = input_.Bytes(std::min<std::size_t>(to.size(), input_.Below(32) + 1));
    std::copy(from.begin(), from.end(), to.begin());
  }
  void Program() {
    const std::span<std::uint8_t> to = bytes_.subspan(AnyOffset());
    const auto from = input_.Bytes(std::min<std::size_t>(to.size(), input_.Below(32) + 1));
    for (std::size_t i = 0; i < from.size(); ++i) to[i] &= from[i];
  }
  void Fill() {
    const std::span<std::uint8_t> to = bytes_.subspan(AnyOffset());
    const std::size_t size = std::min<std::size_t>(to.size(), input_.U16());
    const std::uint8_t value = input_.U8();
    std::memset(to.data(), value < 128 ? 0x00 : value < 254 ? value : 0xFF, size);
  }
  void CopyBucket() {
    const auto from = Bucket(AnyBucket());
    std::memmove(Bucket(AnyBucket()).data(), from.data(), from.size());
  }
  void CopyBlock() {
    const auto from = AnyBlock();
    const auto to = AnyBlock();
    std::memmove(to.data(), from.data(), std::min(from.size(), to.size()));
  }
  void ForgeHeader() {
    const std::uint32_t index = AnyBucket();
    const std::uint8_t how = input_.U8();
    const std::span<std::uint8_t> header = Header(index);
    const auto to = header.subspan(how % kHeaderBytes);
    const auto from = input_.Bytes(std::min<std::size_t>(to.size(), input_.Below(8) + 1));
    std::copy(from.begin(), from.end(), to.begin());
    SignHeader(layout_, {index}, header, /*whole=*/how < 2 * kHeaderBytes);
    forged_ = true;
  }
  void ForgeMark() {
    const std::uint32_t index = AnyBucket();
    const std::span<std::uint8_t> mark = Bucket(index).first(kMarkBytes);
    StoreLe<4>(&mark[0], 0xC1);
    StoreLe<4>(&mark[kMarkLapAt], input_.Number());
    SignMark(layout_, {index}, mark);
    forged_ = true;
  }
  // Bytes in a block, whose frames are then signed (some of them).
  void ForgeFrame() {
    const std::uint32_t index = AnyBucket();
    const std::uint32_t block = input_.Below(layout_.block_count);
    const std::span<std::uint8_t> image = Block(index, block);
    const auto to = image.subspan(input_.Below(static_cast<std::uint32_t>(image.size())));
    const auto from = input_.Bytes(std::min<std::size_t>(to.size(), input_.Below(48) + 1));
    std::copy(from.begin(), from.end(), to.begin());
    const std::uint8_t which = input_.U8();
    SignFrames(layout_, SeedOf(index), block, image, which == 0 ? ~0U : which);
    forged_ = true;
  }
  void ZeroNote() {
    const std::uint32_t index = AnyBucket();
    const Offset note = input_.U8() % 2 == 0 ? layout_.open_offset : layout_.void_offset;
    std::memset(&Bucket(index)[note], 0, layout_.note_bytes);
  }
  // Another lap for one bucket: header, tail and frames as if it had been so.
  void Renumber() {
    const std::uint32_t index = AnyBucket();
    const auto lap = static_cast<std::uint32_t>(input_.Number());
    SetLap(index, lap);
    forged_ = true;
  }
  void SetLap(std::uint32_t index, std::uint32_t lap) {
    const std::span<std::uint8_t> header = Header(index);
    const std::uint64_t back = SeedOf(index).number.value - LoadLe<8>(&header[kTailAt]);
    StoreLe<4>(&header[kLapAt], lap);
    StoreLe<8>(&header[kTailAt], SeedOf(index).number.value - back);
    SignHeader(layout_, {index}, header, /*whole=*/true);
    for (std::uint32_t block = 0; block < layout_.block_count; ++block) {
      SignFrames(layout_, SeedOf(index), block, Block(index, block), ~0U);
    }
  }
  // All laps of the chip moved on, marks too: an old chip.
  void MoveLaps() {
    const auto by = static_cast<std::uint32_t>(input_.Number());
    for (std::uint32_t i = 0; i < layout_.bucket_count; ++i) {
      if (Header(i)[0] != 0xFF)
        SetLap(i, static_cast<std::uint32_t>(LoadLe<4>(&Header(i)[kLapAt])) + by);
      const std::span<std::uint8_t> mark = Bucket(i).first(kMarkBytes);
      if (LoadLe<4>(&mark[0]) != 0xC1) continue;
      StoreLe<4>(&mark[kMarkLapAt], LoadLe<4>(&mark[kMarkLapAt]) + by);
      SignMark(layout_, {i}, mark);
    }
    forged_ = true;
  }
  void FlipBit() {
    const std::uint32_t offset = AnyOffset();
    bytes_[offset] = static_cast<std::uint8_t>(bytes_[offset] ^ (1U << (input_.U8() % 8)));
  }
  // A bucket from some place on: zeros (an erase cut early) or blank (late).
  void CutErase() {
    const std::span<std::uint8_t> bucket = Bucket(AnyBucket());
    const auto rest = bucket.subspan(input_.Below(layout_.bucket_bytes));
    std::memset(rest.data(), input_.U8() % 2 == 0 ? 0x00 : 0xFF, rest.size());
  }

  const Layout& layout_;
  Input& input_;
  MemoryFlash& flash_;
  const std::span<std::uint8_t> bytes_;
  bool forged_ = false;
};

// 0-3 an age of the ring; 4 blank; 5 the log of another ring; 6 the same bytes
// over and over; else the input itself, to its end.
void FillBase(std::uint8_t base, std::size_t ring, Input& input, std::span<std::uint8_t> bytes) {
  if (base == 4) return;
  if (base == 6) {
    std::memset(bytes.data(), input.U8(), bytes.size());
    return;
  }
  std::span<const std::uint8_t> from = input.rest();
  if (base < kRingAges) from = ImageOf(ring, base);
  if (base == 5) {
    const std::size_t other = input.U8() % RingCount();
    from = ImageOf(other, input.U8() % kRingAges);
  }
  std::copy_n(from.begin(), std::min(from.size(), bytes.size()), bytes.begin());
}

}  // namespace

Damage MakeImage(std::size_t ring, const Layout& layout, Input& input, MemoryFlash& flash) {
  const std::uint8_t base = input.U8() % 8;
  FillBase(base, ring, input, flash.bytes());
  Damage damage;
  damage.any = base >= kRingAges;
  Patcher patcher(layout, input, flash);
  for (std::uint32_t i = input.Below(kMaxPatches + 1); i > 0 && !input.empty(); --i) {
    patcher.Patch();
    damage.any = true;
  }
  damage.forged = patcher.forged();
  return damage;
}

}  // namespace norlog::fuzz
