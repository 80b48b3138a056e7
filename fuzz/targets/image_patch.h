// fuzz/targets/image_patch.h - a byte string as damage to a chip's image.
//
// Random bytes hardly ever look like a log. So the input picks an image made
// by a real log (or none) and is then a list of patches: raw bytes, wiped or
// copied ranges, forged headers, marks and frames whose checksums are made
// right, the counters of a whole log moved to their end, unreadable units.
#ifndef FUZZ_TARGETS_IMAGE_PATCH_H_
#define FUZZ_TARGETS_IMAGE_PATCH_H_

#include <cstddef>

#include "fuzz/targets/input.h"
#include "fuzz/targets/memory_flash.h"
#include "norlog/layout.h"

namespace norlog::fuzz {

// What was done to an image that a log had left.
struct Damage {
  bool any = false;     // something; also if there never was a log
  bool forged = false;  // a checksum was made right: no chip does that
};

// Fills `flash`, which was reset to the geometry of ring `ring`, with what the
// input says, and consumes that from it: one byte for the image to begin with,
// one for the number of patches (at most 16), then the patches.
Damage MakeImage(std::size_t ring, const Layout& layout, Input& input, MemoryFlash& flash);

}  // namespace norlog::fuzz

#endif  // FUZZ_TARGETS_IMAGE_PATCH_H_
