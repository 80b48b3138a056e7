#include "norlog/status.h"

namespace norlog {

const char* StatusName(Status status) {
  switch (status) {
    case Status::kOk: return "kOk";
    case Status::kReadError: return "kReadError";
    case Status::kProgramError: return "kProgramError";
    case Status::kEraseError: return "kEraseError";
    case Status::kOutOfBounds: return "kOutOfBounds";
    case Status::kMisaligned: return "kMisaligned";
    case Status::kNoPower: return "kNoPower";
    case Status::kBusy: return "kBusy";
    case Status::kInvalidOptions: return "kInvalidOptions";
    case Status::kNotMounted: return "kNotMounted";
    case Status::kAlreadyMounted: return "kAlreadyMounted";
    case Status::kReadOnly: return "kReadOnly";
    case Status::kTooLarge: return "kTooLarge";
    case Status::kInvalidTag: return "kInvalidTag";
    case Status::kInvalidReader: return "kInvalidReader";
    case Status::kReaderDisabled: return "kReaderDisabled";
    case Status::kCursorBackwards: return "kCursorBackwards";
    case Status::kBeyondEnd: return "kBeyondEnd";
    case Status::kOutOfRange: return "kOutOfRange";
    case Status::kNoSchema: return "kNoSchema";
    case Status::kSchemaMismatch: return "kSchemaMismatch";
    case Status::kBadMemory: return "kBadMemory";
    case Status::kNoLog: return "kNoLog";
    case Status::kLayoutMismatch: return "kLayoutMismatch";
    case Status::kUnknownVersion: return "kUnknownVersion";
    case Status::kFull: return "kFull";
    case Status::kExhausted: return "kExhausted";
    case Status::kNothingYet: return "kNothingYet";
    case Status::kGap: return "kGap";
    case Status::kNotRetained: return "kNotRetained";
    case Status::kDamaged: return "kDamaged";
    case Status::kCannotDecode: return "kCannotDecode";
  }
  return "unknown";
}

}  // namespace norlog
