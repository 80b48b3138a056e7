// fuzz/targets/resign.h - makes the checksums of damaged structures right again.
//
// A fuzzer never guesses a CRC; these put the right one into bytes that it has
// changed, so that it gets past the checksum to what stands behind it. Written
// from docs/FORMAT.md; only offsets and Crc32c are the engine's.
#ifndef FUZZ_TARGETS_RESIGN_H_
#define FUZZ_TARGETS_RESIGN_H_

#include <cstdint>
#include <span>

#include "norlog/frame.h"
#include "norlog/layout.h"
#include "norlog/types.h"

namespace norlog::fuzz {

// `mark` is a bucket's first kMarkBytes.
void SignMark(const Layout& layout, BucketIndex index, std::span<std::uint8_t> mark);

// `header` is kHeaderBytes long; `whole`: both checksums, else the probe's only
// (a torn header).
void SignHeader(const Layout& layout, BucketIndex index, std::span<std::uint8_t> header,
                bool whole);

// Walks over the frames of `block`, whose image from its begin (its touch) on
// is given, and signs the n-th if bit n of `which` is set (bit 31: all from
// there on). Stops where no frame can stand.
void SignFrames(const Layout& layout, const FrameSeed& seed, std::uint32_t block,
                std::span<std::uint8_t> image, std::uint32_t which);

}  // namespace norlog::fuzz

#endif  // FUZZ_TARGETS_RESIGN_H_
