// norlog/port_fault.h - what can be wrong with a port, each by name.
//
// The names are stable: boards print them, and people search for them. Each
// belongs to one line of docs/FLASH_CONTRACT.md.
#ifndef NORLOG_PORT_FAULT_H_
#define NORLOG_PORT_FAULT_H_

#include <cstdint>
#include <span>

#include "norlog/status.h"

namespace norlog {

enum class PortFault : std::uint8_t {
  kImpossibleGeometry,
  kAddressesAlias,
  kReadFails,
  kReadMisaligned,
  kReadOverruns,
  kStaleRead,
  kErasedIsZero,
  kBlankReadFails,
  kEraseFails,
  kEraseIgnored,
  kEraseReturnsEarly,
  kEraseTooNarrow,
  kEraseTooWide,
  kLargerEraseTooNarrow,
  kLargerEraseTooWide,
  kProgramFails,
  kProgramIgnored,
  kProgramReturnsEarly,
  kProgramWrong,
  kProgramTruncated,
  kPageWraps,
  kBytesSwapped,
  kBitsInverted,
  kDataMisaligned,
  kUnitTooSmall,
  kRefusesSecondProgram,
  kHidesRefusal,
  kRewrites,
  kLosesNeighbours,
  kNotDurable,
  kBusyEndsEarly,
  kBusyNeverEnds,
  kEraseNotSuspended,
};
inline constexpr int kPortFaultCount = static_cast<int>(PortFault::kEraseNotSuspended) + 1;

// What `wanted` and `seen` of a finding are.
enum class PortSeen : std::uint8_t {
  kNothing,
  kByte,    // contents of the byte at `address`
  kBytes,   // a size, bytes
  kStatus,  // a Status
};

struct PortFaultText {
  const char* name;   // "kPageWraps"
  std::uint8_t line;  // 3: line C3 of docs/FLASH_CONTRACT.md
  PortSeen seen;
  const char* means;  // what was seen, and what it probably means
};

// Never null.
const PortFaultText& Describe(PortFault fault);

// One fault, as found.
struct PortFinding {
  PortFault fault = PortFault::kImpossibleGeometry;
  std::uint64_t address = 0;
  std::uint32_t wanted = 0;
  std::uint32_t seen = 0;
};

// "C3 kPageWraps at 0x1000, wanted 1024 bytes, saw 256 bytes: ...", cut off to fit
// `out`, with a final 0. Returns its length.
std::uint32_t FormatFinding(const PortFinding& finding, std::span<char> out);

// A span that holds the longest of them.
inline constexpr std::uint32_t kMaxFindingChars = 256;

}  // namespace norlog

#endif  // NORLOG_PORT_FAULT_H_
