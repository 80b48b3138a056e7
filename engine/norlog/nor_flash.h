// norlog/nor_flash.h - the flash HAL: the one class a port implements.
//
// The contract, line by line, is docs/FLASH_CONTRACT.md. In short:
//  - Addresses are byte offsets from the start of the part (or partition).
//  - The engine aligns and bounds-checks; an implementation may assume both,
//    and may answer kOutOfBounds / kMisaligned where it checks all the same.
//  - Erased flash reads 0xFF. (A part that erases to 0x00 inverts in its HAL.)
//  - An implementation never reads, erases and rewrites behind the engine's
//    back, never caches writes past the return of Program, Erase or Sync, and
//    never retries a program by itself.
//  - A call returns when the operation is complete; the bits are then stable
//    until the next operation on the same cells.
//  - A power cut may leave the whole scope of the interrupted operation (the
//    bytes being programmed; the units being erased) reading as anything, and
//    differently each time.
//  - Reading a torn ECC word may return kReadError; the engine goes on.
#ifndef NORLOG_NOR_FLASH_H_
#define NORLOG_NOR_FLASH_H_

#include <cstdint>
#include <span>

#include "norlog/geometry.h"
#include "norlog/status.h"

namespace norlog {

class NorFlash {
 public:
  // Constant for the lifetime of the object.
  virtual const Geometry& geometry() const = 0;

  // Fills `out` with out.size() bytes from `address`. Any alignment, any
  // length (0 included). Errors: kReadError (an uncorrectable word; `out` is
  // then unspecified), kOutOfBounds, kNoPower.
  virtual Status Read(std::uint64_t address, std::span<std::uint8_t> out) = 0;

  // Programs `data` at `address`: one program operation of the chip. Both
  // address and size are multiples of program_unit_bytes, the range does not
  // cross a page, size is not 0. Errors: kProgramError (refused, timed out, or
  // the chip's status says fail), kOutOfBounds, kMisaligned, kNoPower.
  virtual Status Program(std::uint64_t address, std::span<const std::uint8_t> data) = 0;

  // Erases `size` bytes at `address` to 0xFF: one erase operation. `size` is
  // erase_unit_bytes or one of larger_erase_bytes, `address` a multiple of it.
  // Errors: kEraseError, kOutOfBounds, kMisaligned, kNoPower.
  virtual Status Erase(std::uint64_t address, std::uint32_t size) = 0;

  // A pair that a port may offer, so that Log::Maintain need not wait for erases.
  // StartErase begins what Erase does (same arguments) and returns at once: true.
  // False: not offered, or not now; the engine calls Erase instead.
  virtual bool StartErase(std::uint64_t /*address*/, std::uint32_t /*size*/) { return false; }

  // kBusy while an erase begun by StartErase goes on; else how the last one ended, as
  // Erase's result. Until it has said so, the log neither reads nor programs what is
  // being erased, and begins no other erase (another log on the chip may call Erase, which
  // then waits). Read and Program elsewhere on the chip suspend the erase and resume it, or
  // wait for its end where the part cannot do that.
  virtual Status Busy() { return Status::kOk; }

  // Makes everything programmed and erased so far durable, in order. Only needed where
  // something behind the HAL buffers (an SD card); does nothing on raw NOR. Errors as
  // Program's: the call that waited for it says so, or the ring takes another bucket.
  virtual Status Sync() { return Status::kOk; }

 protected:
  // Never deleted through this base: the engine owns no flash and no heap.
  ~NorFlash() = default;
};

}  // namespace norlog

#endif  // NORLOG_NOR_FLASH_H_
