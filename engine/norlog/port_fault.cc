#include "norlog/port_fault.h"

#include <cstddef>

namespace norlog {
namespace {

constexpr PortFaultText kTexts[] = {
    {"kImpossibleGeometry", 1, PortSeen::kNothing,
     "sizes that contradict each other (see IsValid), or a scratch range that is not three whole "
     "erase units of the part"},
    {"kAddressesAlias", 1, PortSeen::kBytes,
     "another address shows the same cells: the part is smaller than erase_unit_count says, or "
     "high address bits are dropped"},
    {"kReadFails", 6, PortSeen::kStatus, "a plain read is answered with an error"},
    {"kReadMisaligned", 6, PortSeen::kByte,
     "a read at an odd address or of an odd length is wrong: the driver reads whole words only"},
    {"kReadOverruns", 6, PortSeen::kBytes,
     "the driver writes behind the end of the buffer that it was given: it rounds lengths up"},
    {"kStaleRead", 6, PortSeen::kByte,
     "a read shows what stood there before: a cache is not invalidated by Program or Erase"},
    {"kErasedIsZero", 8, PortSeen::kByte, "erased cells read 00: invert in Read and in Program"},
    {"kBlankReadFails", 21, PortSeen::kStatus,
     "erased words cannot be read: where a read fails ask the blank check, and answer FF"},
    {"kEraseFails", 13, PortSeen::kStatus, "an erase is answered with an error"},
    {"kEraseIgnored", 14, PortSeen::kByte,
     "kOk, but nothing was erased: write enable missing, or the range is write-protected"},
    {"kEraseReturnsEarly", 14, PortSeen::kByte,
     "the erase was still under way when Erase returned: the busy bit is not polled"},
    {"kEraseTooNarrow", 13, PortSeen::kBytes,
     "a part of the unit was not erased: erase_unit_bytes is too large, or the wrong command"},
    {"kEraseTooWide", 13, PortSeen::kBytes,
     "bytes outside the unit were erased: erase_unit_bytes is too small, or the wrong command"},
    {"kLargerEraseTooNarrow", 5, PortSeen::kBytes,
     "a larger erase did not erase all of its size: the wrong command for it"},
    {"kLargerEraseTooWide", 5, PortSeen::kBytes,
     "a larger erase went beyond its size: the wrong command for it"},
    {"kProgramFails", 11, PortSeen::kStatus,
     "a program of erased cells is answered with an error (or looked at before the chip was "
     "ready)"},
    {"kProgramIgnored", 11, PortSeen::kByte,
     "kOk, but nothing was programmed: write enable missing, or the range is write-protected"},
    {"kProgramReturnsEarly", 11, PortSeen::kByte,
     "the program was still under way when Program returned: the busy bit is not polled"},
    {"kProgramWrong", 11, PortSeen::kByte, "kOk, but other bytes stand there"},
    {"kProgramTruncated", 3, PortSeen::kBytes,
     "only the first bytes were programmed: the driver stops before page_bytes"},
    {"kPageWraps", 3, PortSeen::kBytes,
     "writes cross the page: what passes its end lands at its beginning; page_bytes is too large"},
    {"kBytesSwapped", 9, PortSeen::kBytes,
     "bytes stand in the wrong order within words: build words from bytes by memcpy"},
    {"kBitsInverted", 8, PortSeen::kByte,
     "Program inverts and Read does not, or the other way round"},
    {"kDataMisaligned", 9, PortSeen::kBytes,
     "data from an odd address is programmed wrongly: copy it to an aligned buffer first"},
    {"kUnitTooSmall", 2, PortSeen::kBytes,
     "neighbouring program units disturb or refuse each other: program_unit_bytes is too small "
     "(the ECC word decides)"},
    {"kRefusesSecondProgram", 4, PortSeen::kStatus,
     "program_rule promises more programs than the part takes: in doubt kOnce"},
    {"kHidesRefusal", 11, PortSeen::kByte,
     "a program that the part did not carry out was answered with kOk: look at its error flags"},
    {"kRewrites", 10, PortSeen::kByte,
     "a program turned zeros into ones: the driver re-erases the sector on program, or this is no "
     "NOR (then kOverwrite)"},
    {"kLosesNeighbours", 10, PortSeen::kByte,
     "a program destroyed what stood beside it: the driver erases before it programs"},
    {"kNotDurable", 11, PortSeen::kByte,
     "gone after a restart: the driver keeps writes in RAM after Program returned"},
    {"kBusyEndsEarly", 26, PortSeen::kByte,
     "Busy said that an erase begun by StartErase has ended, and the unit is not erased"},
    {"kBusyNeverEnds", 26, PortSeen::kStatus,
     "Busy does not say kOk behind an erase begun by StartErase: does it ask the chip each time?"},
    {"kEraseNotSuspended", 27, PortSeen::kByte,
     "what was programmed or read while an erase went on is wrong: Read and Program must suspend "
     "it, or wait for its end"},
};
static_assert(sizeof(kTexts) / sizeof(kTexts[0]) == kPortFaultCount);

// Text into a span that keeps room for its final 0; what does not fit is left out.
class Line {
 public:
  explicit Line(std::span<char> out) : out_(out) {}

  Line& Text(const char* text) {
    for (; *text != 0; ++text) Char(*text);
    return *this;
  }
  Line& Number(std::uint64_t value, unsigned base) {
    char digits[20];
    std::size_t count = 0;
    do {
      digits[count++] = "0123456789ABCDEF"[value % base];
      value /= base;
    } while (value != 0);
    while (count > 0) Char(digits[--count]);
    return *this;
  }
  std::uint32_t End() {
    if (!out_.empty()) out_[size_] = 0;
    return static_cast<std::uint32_t>(size_);
  }

 private:
  void Char(char c) {
    if (size_ + 1 < out_.size()) out_[size_++] = c;
  }

  std::span<char> out_;
  std::size_t size_ = 0;
};

void AddSeen(Line& line, PortSeen kind, std::uint32_t value) {
  switch (kind) {
    case PortSeen::kByte: line.Text("byte 0x").Number(value, 16); break;
    case PortSeen::kBytes: line.Number(value, 10).Text(" bytes"); break;
    case PortSeen::kStatus: line.Text(StatusName(static_cast<Status>(value))); break;
    case PortSeen::kNothing: break;
  }
}

}  // namespace

const PortFaultText& Describe(PortFault fault) {
  return kTexts[static_cast<std::size_t>(fault)];
}

std::uint32_t FormatFinding(const PortFinding& finding, std::span<char> out) {
  const PortFaultText& text = Describe(finding.fault);
  Line line(out);
  line.Text("C").Number(text.line, 10).Text(" ").Text(text.name);
  line.Text(" at 0x").Number(finding.address, 16);
  if (text.seen != PortSeen::kNothing) {
    AddSeen(line.Text(", wanted "), text.seen, finding.wanted);
    AddSeen(line.Text(", saw "), text.seen, finding.seen);
  }
  return line.Text(": ").Text(text.means).End();
}

}  // namespace norlog
