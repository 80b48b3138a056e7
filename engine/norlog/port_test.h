// norlog/port_test.h - does this port keep the flash contract?
//
// Runs on the target (or the host) against a scratch range of the real part and
// names what is wrong, so that a driver's mistake is found before it looks like
// lost records. No heap, no libc; the object holds its buffer (under 400 bytes).
//
//   class Console final : public norlog::PortTestHost { ... };
//   static norlog::PortTest test(flash, {.address = 0, .erase_units = 3}, console);
//   const norlog::PortReport report = test.Run();   // report.found == 0: keep it
//
// What it cannot see: what a power cut does (C12, C15, C23), order behind the
// port (C16, C24), a chip that is busy at boot (C20), limits of the data sheet
// (C22). Where a fault has an obvious correction (a smaller page, a larger
// unit), it goes on with that and proposes it; else it ends there.
#ifndef NORLOG_PORT_TEST_H_
#define NORLOG_PORT_TEST_H_

#include <cstdint>
#include <span>

#include "norlog/geometry.h"
#include "norlog/nor_flash.h"
#include "norlog/port_fault.h"
#include "norlog/status.h"

namespace norlog {

// What the kit needs from its surroundings.
class PortTestHost {
 public:
  virtual void Found(const PortFinding& finding) = 0;
  // Microseconds since any moment; always 0 where there is no clock.
  virtual std::uint64_t NowUs() { return 0; }
  // Begins the driver anew as after a reset, with empty caches; the NorFlash
  // object stays. False: cannot; persistence is then not tested.
  virtual bool Restart() { return false; }

 protected:
  ~PortTestHost() = default;
};

// What may be overwritten: whole erase units, three at least. To try the larger
// erases it must hold an aligned one of them, better with units around it.
struct PortScratch {
  std::uint64_t address = 0;
  std::uint32_t erase_units = 0;
  // Calls beyond the part's end may be tried: nothing that matters is there.
  bool beyond_is_free = false;
};

// Calls that a port may refuse and this one carried out (the engine makes none
// of them): bits of PortReport::unchecked.
enum PortUnchecked : std::uint8_t {
  kUncheckedReadBounds = 1,
  kUncheckedProgramBounds = 2,
  kUncheckedEraseBounds = 4,
  kUncheckedProgramAlignment = 8,  // or size 0
  kUncheckedEraseAlignment = 16,   // or size
  kUncheckedPageCrossing = 32,
};

struct PortReport {
  std::uint32_t found = 0;        // faults
  bool finished = false;          // false: a fault made the rest meaningless
  bool restarted = false;         // PortTestHost::Restart worked: persistence was tested
  bool erases_by_itself = false;  // the port offers StartErase: that was tested
  std::uint8_t larger_erases_tried = 0;
  std::uint8_t unchecked = 0;  // PortUnchecked
  // The declared geometry, corrected by what was measured. The rule is only
  // ever tightened: data sheets know limits that a trial does not show (C22).
  Geometry proposed;
  // Longest calls, microseconds; 0 without a clock.
  std::uint32_t read_us = 0;     // of PortTest::kChunkBytes
  std::uint32_t program_us = 0;  // of a page, at most kChunkBytes
  std::uint32_t erase_us = 0;    // of erase_unit_bytes
};

class PortTest {
 public:
  static constexpr std::uint32_t kChunkBytes = 256;

  // All arguments must outlive the object.
  PortTest(NorFlash& flash, const PortScratch& scratch, PortTestHost& host)
      : flash_(flash), scratch_(scratch), host_(host) {}
  PortTest(const PortTest&) = delete;
  PortTest& operator=(const PortTest&) = delete;

  // Overwrites the scratch range and leaves it erased. Erases it about ten times.
  PortReport Run();

 private:
  enum class Trial : std::uint8_t { kGood, kBad, kNeighbourLost };

  // Stages; false: what was found makes the next stages meaningless.
  bool CheckDeclared();
  bool CheckFill();
  bool CheckErase();
  bool CheckUnit();
  bool CheckRule();
  bool CheckData();
  bool CheckRead();
  bool CheckLargerErases();
  bool CheckBackgroundErase();
  bool CheckRestart();
  void CheckAlias();
  void CheckRefusals();

  bool Fail(PortFault fault, std::uint64_t address, std::uint32_t wanted = 0,
            std::uint32_t seen = 0);
  std::uint8_t Pattern(std::uint64_t address) const;
  std::span<std::uint8_t> Chunk(std::uint32_t size) { return {buffer_ + kGuardBytes, size}; }
  std::uint64_t UnitAddress(std::uint32_t unit) const {
    return scratch_.address + std::uint64_t{unit} * Declared().erase_unit_bytes;
  }
  std::uint64_t End() const { return UnitAddress(scratch_.erase_units); }
  const Geometry& Declared() const { return flash_.geometry(); }
  const Geometry& Best() const { return report_.proposed; }
  // The largest program that is tried: a page, or an erase unit that is smaller.
  std::uint32_t Page() const {
    const std::uint32_t page = Best().page_bytes;
    return page < Declared().erase_unit_bytes ? page : Declared().erase_unit_bytes;
  }

  // Single calls, timed.
  Status Read(std::uint64_t address, std::uint32_t size);
  Status Program(std::uint64_t address, std::span<const std::uint8_t> data);
  Status Erase(std::uint64_t address, std::uint32_t size);
  Status ProgramBytes(std::uint64_t address, std::uint32_t size, std::uint8_t value);
  Status ProgramPattern(std::uint64_t address, std::uint32_t size);

  // What stands on the part.
  bool Holds(std::uint64_t address, std::uint32_t size);
  bool HoldsByte(std::uint64_t address, std::uint32_t size, std::uint8_t value);
  std::uint64_t ErasedFrom(std::uint64_t address, std::uint64_t end);
  std::uint64_t HeldFrom(std::uint64_t address, std::uint64_t end);
  std::uint8_t ByteAt(std::uint64_t address);
  template <typename Condition>
  bool Becomes(Condition condition);
  template <typename Condition>
  bool IsStale(Condition condition);

  bool EraseScratch();
  Status AwaitErase();
  bool FillPage(std::uint64_t address);
  bool IsFilled(std::uint64_t address) const;
  bool Fill(std::uint64_t address, std::uint64_t end);
  bool FillPiece(std::uint64_t address, std::uint32_t size);
  bool DiagnoseProgram(std::uint64_t address, std::uint32_t size);
  bool DiagnoseShape(std::uint64_t address, std::uint32_t size);
  bool DiagnoseErase(std::uint64_t address, std::uint32_t size);
  bool IsSwapped(std::uint32_t word, std::uint64_t address, std::uint32_t size);
  bool IsInverted(std::uint64_t address, std::uint32_t size);
  bool CheckOutside(std::uint64_t begin, std::uint64_t end);
  Trial TryUnit(std::uint32_t unit, std::uint64_t address);
  bool SecondProgram(std::uint64_t address, std::uint8_t first, std::uint8_t second, Status& status,
                     std::uint8_t& result);
  bool TakesManyPrograms(std::uint64_t address);
  bool CheckReadAt(std::uint64_t address, std::uint32_t size);
  bool CheckLargerErase(std::uint64_t address, std::uint32_t size);

  static constexpr std::uint32_t kGuardBytes = 16;
  static constexpr std::uint8_t kGuard = 0xA5;

  NorFlash& flash_;
  const PortScratch scratch_;
  PortTestHost& host_;
  PortReport report_;
  bool overrun_ = false;
  alignas(8) std::uint8_t buffer_[kGuardBytes + kChunkBytes + kGuardBytes] = {};
};

}  // namespace norlog

#endif  // NORLOG_PORT_TEST_H_
