// norlog/packer.h - whether a frame of the writer is encoded, and the model that
// goes with it.
//
// Pending records are kept raw; a frame is encoded when it is committed, for the
// place where it will stand, and stays raw where that is not smaller.
#ifndef NORLOG_PACKER_H_
#define NORLOG_PACKER_H_

#include <cstdint>
#include <span>

#include "norlog/core.h"
#include "norlog/ring.h"

namespace norlog {

class Packer final : public PackHook {
 public:
  Status LearnModel(Core& core) const override;
  void PackForHeadBlock(Core& core, FrameSpec& spec) const override;
  void PackForNewBlock(Core& core, FrameSpec& spec) const override;
  void Unpack(Core& core, FrameSpec& spec) const override;
  void Packed(Core& core, const FrameSpec& spec) const override;
  Status DecodeLast(Core& core, const FrameSeed& seed, std::span<const std::uint8_t> image,
                    BucketEnd& end) const override;
};

inline constexpr Packer kPacker;

}  // namespace norlog

#endif  // NORLOG_PACKER_H_
