// header_fuzzer.cc - clean marks and headers on any bytes.
//
// Byte 0 says whose checksums are made right, byte 1 picks layout and bucket;
// the rest are the bytes. What decodes must encode to the same bytes; what is
// encoded must decode to the same fields, and under no other bucket or layout.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>

#include "fuzz/targets/input.h"
#include "fuzz/targets/resign.h"
#include "norlog/bytes.h"
#include "norlog/format.h"
#include "norlog/layout.h"

namespace norlog::fuzz {
namespace {

constexpr std::uint32_t kBucketCount = 16;

// Where a header repeats the layout, whatever the bytes say: docs/FORMAT.md section 1.
constexpr std::size_t kSizesAt = 28;
constexpr std::size_t kSizesEnd = 42;

using HeaderImage = std::array<std::uint8_t, kHeaderBytes>;
using MarkImage = std::array<std::uint8_t, kMarkBytes>;

Layout LayoutOf(std::uint8_t choice) {
  Options options;
  options.bucket_bytes = 1024;
  options.block_bytes = choice % 2 == 0 ? 512 : 1024;
  const Geometry geometry{1024, kBucketCount,       choice % 4 < 2 ? 1U : 8U,
                          256,  ProgramRule::kBits, {}};
  FUZZ_CHECK(Validate(options, geometry) == OptionsError::kNone, "no such layout");
  return MakeLayout(options, geometry);
}

bool SameHeader(const Header& a, const Header& b) {
  return a.probe.version == b.probe.version && a.probe.flags == b.probe.flags &&
         a.probe.lap == b.probe.lap && a.probe.identity == b.probe.identity &&
         a.probe.first_sequence == b.probe.first_sequence && a.erase_ahead == b.erase_ahead &&
         a.tail == b.tail && a.time == b.time && a.ordered_count == b.ordered_count &&
         a.since_clock == b.since_clock && a.erases_repeated == b.erases_repeated &&
         a.blocks_lost == b.blocks_lost && a.retired_this_lap == b.retired_this_lap &&
         a.retired_last_lap == b.retired_last_lap && a.steps_over == b.steps_over &&
         a.records_damaged == b.records_damaged &&
         std::equal(std::begin(a.tags.behind), std::end(a.tags.behind), b.tags.behind) &&
         std::equal(std::begin(a.tags.blocks), std::end(a.tags.blocks), b.tags.blocks);
}

// The bytes as an encoder would have written them, where it has no choice.
void Normalise(const Layout& layout, BucketIndex index, const HeaderImage& encoded,
               HeaderImage& image) {
  std::copy(&encoded[kSizesAt], &encoded[kSizesEnd], &image[kSizesAt]);
  SignHeader(layout, index, image, /*whole=*/true);
}

void CheckRoundTrip(const Layout& layout, BucketIndex index, const Header& header,
                    HeaderImage image) {
  HeaderImage encoded;
  EncodeHeader(layout, index, header, encoded);
  Header again;
  FUZZ_CHECK(DecodeHeader(layout, index, encoded, again) == HeaderState::kValid,
             "an encoded header does not decode");
  FUZZ_CHECK(SameHeader(header, again), "a header changed");
  Normalise(layout, index, encoded, image);
  FUZZ_CHECK(encoded == image, "a header has two encodings");
  const BucketIndex other{(index.value + 1) % kBucketCount};
  FUZZ_CHECK(DecodeHeader(layout, other, encoded, again) == HeaderState::kAbsent,
             "a header counts in another bucket");
  FUZZ_CHECK(HeaderBucketBytes(encoded) == layout.bucket_bytes, "a header names another size");
}

void CheckStates(const Layout& layout, BucketIndex index, const HeaderImage& image, bool whole) {
  Header header;
  Probe probe;
  const HeaderState state = DecodeHeader(layout, index, image, header);
  const HeaderState probe_state =
      DecodeProbe(layout, index, std::span(image).first<kProbeBytes>(), probe);
  if (state == HeaderState::kValid) {
    FUZZ_CHECK(probe_state == HeaderState::kValid, "a valid header with an invalid probe");
    CheckRoundTrip(layout, index, header, image);
  }
  FUZZ_CHECK(state != HeaderState::kErased || probe_state == HeaderState::kErased,
             "erased, but its probe is not");
  if (whole && image[0] == kHeaderByte) {
    FUZZ_CHECK(state != HeaderState::kAbsent, "a signed header is absent");
  }
}

void CheckHeader(Input input, const Layout& layout, BucketIndex index, std::uint8_t how) {
  HeaderImage image;
  image.fill(0xFF);
  const std::span<const std::uint8_t> bytes = input.Bytes(image.size());
  std::copy(bytes.begin(), bytes.end(), image.begin());
  if (how % 8 >= 2) {
    image[0] = kHeaderByte;
    if (how % 8 >= 4) image[1] = kFormatVersion;
    if (how % 8 >= 5) image[2] &= kFlagReserve;
    if (how % 8 >= 5) image[3] = 0;
    SignHeader(layout, index, image, /*whole=*/how % 8 != 3);
  } else if (how % 8 == 1) {
    // A header of another layout: what it says of itself seeds its second checksum.
    Layout foreign;
    foreign.bucket_bytes = static_cast<std::uint32_t>(LoadLe<4>(&image[kSizesAt]));
    foreign.bucket_count = static_cast<std::uint32_t>(LoadLe<4>(&image[kSizesAt + 4]));
    foreign.page_bytes = static_cast<std::uint32_t>(LoadLe<4>(&image[kSizesAt + 8]));
    foreign.unit = image[kSizesAt + 12];
    const std::uint8_t blocks = image[kSizesAt + 13];
    foreign.block_bytes = blocks == 0 ? 0 : foreign.bucket_bytes / blocks;
    foreign.check = LayoutCheck(foreign);
    SignHeader(foreign, index, image, /*whole=*/true);
    image[kProbeBytes - 1] ^= 0x01;
  }
  CheckStates(layout, index, image, how % 8 >= 4);
}

void CheckMark(Input input, const Layout& layout, BucketIndex index, std::uint8_t how) {
  MarkImage mark;
  mark.fill(0xFF);
  const std::span<const std::uint8_t> bytes = input.Bytes(mark.size());
  std::copy(bytes.begin(), bytes.end(), mark.begin());
  if (how % 2 == 0) StoreLe<4>(&mark[0], kMarkByte);
  if (how % 4 < 2) SignMark(layout, index, mark);
  std::uint32_t lap = 0;
  if (!DecodeMark(layout, index, mark, lap)) return;
  MarkImage again;
  EncodeMark(layout, index, lap, again);
  FUZZ_CHECK(again == mark, "a mark has two encodings");
  const BucketIndex other{(index.value + 1) % kBucketCount};
  FUZZ_CHECK(!DecodeMark(layout, other, mark, lap), "a mark counts in another bucket");
}

}  // namespace
}  // namespace norlog::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  norlog::fuzz::Input input(data, size);
  const std::uint8_t how = input.U8();
  const std::uint8_t where = input.U8();
  const norlog::Layout layout = norlog::fuzz::LayoutOf(where / 16);
  const norlog::BucketIndex index{static_cast<std::uint32_t>(where % 16)};
  if (how < 192) {
    norlog::fuzz::CheckHeader(input, layout, index, how);
  } else {
    norlog::fuzz::CheckMark(input, layout, index, how);
  }
  return 0;
}
