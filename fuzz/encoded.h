// fuzz/encoded.h - payloads that an encoder can do something with, and the
// encoding of every log under test whose options ask for one.
#ifndef FUZZ_ENCODED_H_
#define FUZZ_ENCODED_H_

#include <cstdint>
#include <vector>

#include "norlog/encoding.h"
#include "norlog/options.h"

namespace norlog::fuzz {

// Records with this tag and size are columns: integers and floats of each width.
inline constexpr std::uint8_t kColumnsTag = 3;
inline constexpr std::uint32_t kColumnsBytes = 28;
inline constexpr std::uint8_t kOctetTag = 4;
inline constexpr std::uint32_t kOctetBytes = 1;

// Switches encoding on, with room for both.
void SetEncoded(Options& options);

// Null if the options do not ask for it.
const Encoding* EncodingFor(const Options& options);

// A payload that only `salt` gives: a sample of a walk (its upper bits number
// the samples), now and then a missing value, a wild one, or all of it random.
std::vector<std::uint8_t> MakeColumns(std::uint64_t salt, std::uint32_t size);

}  // namespace norlog::fuzz

#endif  // FUZZ_ENCODED_H_
