#include "flashsim/hal.h"

#include <algorithm>

namespace flashsim {

using norlog::Status;

Status InvertingHal::Read(std::uint64_t address, std::span<std::uint8_t> out) {
  NORLOG_TRY(inner_.Read(address, out));
  for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(~byte);
  return Status::kOk;
}

Status InvertingHal::Program(std::uint64_t address, std::span<const std::uint8_t> data) {
  buffer_.assign(data.begin(), data.end());
  for (std::uint8_t& byte : buffer_) byte = static_cast<std::uint8_t>(~byte);
  return inner_.Program(address, buffer_);
}

// The whole range first, for most hold no blank word.
Status PartHal::Read(std::uint64_t address, std::span<std::uint8_t> out) {
  const Status whole = chip_.Read(address, out);
  if (whole != Status::kReadError || shim_ != HalShim::kBlankCheck) return whole;
  const std::uint64_t word_bytes = geometry().program_unit_bytes;
  for (std::uint64_t at = 0; at < out.size();) {
    const std::uint64_t in_word = word_bytes - (address + at) % word_bytes;
    const std::uint64_t here = std::min<std::uint64_t>(in_word, out.size() - at);
    const auto piece = out.subspan(static_cast<std::size_t>(at), static_cast<std::size_t>(here));
    NORLOG_TRY(ReadWord(address + at, piece));
    at += here;
  }
  return Status::kOk;
}

// `out` is (a part of) one word. What is neither readable nor blank is torn.
Status PartHal::ReadWord(std::uint64_t address, std::span<std::uint8_t> out) {
  const Status read = chip_.Read(address, out);
  if (read != Status::kReadError) return read;
  const std::uint64_t word_bytes = geometry().program_unit_bytes;
  bool blank = false;
  NORLOG_TRY(chip_.BlankCheck(address - address % word_bytes, word_bytes, blank));
  if (!blank) return Status::kReadError;
  std::fill(out.begin(), out.end(), std::uint8_t{0xFF});
  return Status::kOk;
}

}  // namespace flashsim
