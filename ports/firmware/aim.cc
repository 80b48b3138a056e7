#include "firmware/aim.h"

#include "firmware/board.h"
#include "firmware/console.h"
#include "norlog/layout.h"

namespace firmware {
namespace {

std::uint32_t left = 0;
std::uint32_t wanted = 0;

void Passed(std::uint32_t moment) {
  if (left == 0 || moment != wanted || --left != 0) return;
  Print("aimed");
  for (volatile bool forever = true; forever;) {
  }
}

}  // namespace

void Aim(std::uint32_t nth, std::uint32_t moment) {
  left = nth;
  wanted = moment;
}

norlog::Status AimedFlash::Program(std::uint64_t address, std::span<const std::uint8_t> data) {
  const norlog::Status status = flash_.Program(address, data);
  const norlog::Layout layout = norlog::MakeLayout(board::kOptions, flash_.geometry());
  const std::uint32_t offset = static_cast<std::uint32_t>(address % bucket_bytes_);
  if (offset == 0) Passed(kAfterMark);
  if (offset == layout.open_offset) Passed(kAfterOpenNote);
  if (offset == layout.header_offset) Passed(kAfterHeader);
  if (offset == layout.data_offset) Passed(kAfterTouch);
  return status;
}

}  // namespace firmware

void board::At(Moment moment) {
  firmware::Passed(static_cast<std::uint32_t>(moment));
}
