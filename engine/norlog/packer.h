// norlog/packer.h - whether a frame of the writer is encoded, and the model that
// goes with it.
//
// Pending records are kept raw; a frame is encoded when it is committed, for the
// place where it will stand, and stays raw where that is not smaller. All
// functions do nothing where Core::encoding is null.
#ifndef NORLOG_PACKER_H_
#define NORLOG_PACKER_H_

#include <cstdint>

#include "norlog/core.h"
#include "norlog/ring.h"

namespace norlog {

// Makes the writer's model that of the head block, from flash, if it is not.
// The frame buffer is used for it, so nothing may be pending. Without success
// the block takes raw frames only. Only errors of the chip are returned.
Status LearnModel(Core& core);

// Encodes the content of `spec` for the end of the head block, or as the first
// frame of a new one; spec.encoded_count stays 0 if it is to be raw.
void PackForHeadBlock(Core& core, FrameSpec& spec);
void PackForNewBlock(Core& core, FrameSpec& spec);

// The frame was not placed: the model is again what it was.
void Unpack(Core& core, FrameSpec& spec);

// The frame stands in the head block.
void Packed(Core& core, const FrameSpec& spec);

// The bytes of content that `raw_bytes` of pending content will most likely be.
std::uint32_t ExpectedBytes(const Core& core, std::uint32_t raw_bytes);

}  // namespace norlog

#endif  // NORLOG_PACKER_H_
