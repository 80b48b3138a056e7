// norlog/status.h - every outcome that norlog can report, by name.
//
// One enumeration for the whole engine and for the flash HAL: a caller can
// switch over it, print `StatusName`, and never has to decode a number. There
// are no strings in the engine's text unless StatusName is linked.
#ifndef NORLOG_STATUS_H_
#define NORLOG_STATUS_H_

#include <cstdint>

namespace norlog {

enum class [[nodiscard]] Status : std::uint8_t{
    kOk = 0,

    // What the flash said (returned by a NorFlash, passed on by the engine).
    kReadError,     // the chip could not deliver the bytes (ECC, bus); a retry may help
    kProgramError,  // program failed or was refused; the unit counts as used up
    kEraseError,    // erase failed; the engine retires the bucket
    kOutOfBounds,   // address range outside the chip: a caller's bug
    kMisaligned,    // not on a program-unit or erase-unit boundary: a caller's bug
    kNoPower,       // the chip has no power (simulator) or does not answer
    kBusy,          // an erase begun by StartErase goes on (only from NorFlash::Busy)

    // What the caller asked that cannot be.
    kInvalidOptions,   // Validate names the reason; the log was not touched
    kNotMounted,       // call Format or Mount first
    kAlreadyMounted,   // Close first
    kReadOnly,         // the log was mounted with MountReadOnly
    kTooLarge,         // the record does not fit a block (see Log::MaxPayloadBytes)
    kInvalidTag,       // tag above 127
    kInvalidReader,    // reader index not below Options::reader_count
    kReaderDisabled,   // the reader is not enabled: EnableReader first
    kCursorBackwards,  // a cursor moves back only after Rewind
    kBeyondEnd,        // position behind the last durable record
    kOutOfRange,       // a value does not fit its field
    kNoSchema,         // the tag has no schema: in the table, or in the log for this record
    kSchemaMismatch,   // the record's schema cannot be read as the one asked for
    kBadMemory,        // memory span smaller than RequiredMemory

    // What the log is.
    kNoLog,           // no norlog header on this chip: Format it (never done by itself)
    kLayoutMismatch,  // a log is there, made with another geometry or block size
    kUnknownVersion,  // made by a newer norlog, or with a flag this one does not know
    kFull,            // keep-unread: the next bucket still holds unread records
    kExhausted,       // too few healthy buckets, or a counter at its end: read-only now
    kNothingYet,      // Reader: no committed record behind this position so far
    kGap,             // Reader: records are missing here; the Gap says which and why
    kNotRetained,     // LatestOf: no record with this tag is in the log (never was, or evicted)
    kDamaged,         // what was asked for is there, but does not verify
    kCannotDecode,    // encoded, and this Log has no Encoding, or too small a model for it
};

// The enumerator's name ("kFull"), for logs and test output. Never null.
const char* StatusName(Status status);

// True for kOk.
constexpr bool Ok(Status status) {
  return status == Status::kOk;
}

}  // namespace norlog

// Returns from the enclosing function unless `expression` is kOk.
#define NORLOG_TRY(expression)                                    \
  do {                                                            \
    if (const ::norlog::Status norlog_try_status_ = (expression); \
        norlog_try_status_ != ::norlog::Status::kOk) {            \
      return norlog_try_status_;                                  \
    }                                                             \
  } while (false)

#endif  // NORLOG_STATUS_H_
