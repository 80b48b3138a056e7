#include "norlog/layout.h"

namespace norlog {

const char* OptionsErrorName(OptionsError error) {
  switch (error) {
    case OptionsError::kNone: return "kNone";
    case OptionsError::kImpossibleGeometry: return "kImpossibleGeometry";
    case OptionsError::kBucketNotEraseUnits: return "kBucketNotEraseUnits";
    case OptionsError::kBlockSizeOutOfRange: return "kBlockSizeOutOfRange";
    case OptionsError::kBlockNotDividingBucket: return "kBlockNotDividingBucket";
    case OptionsError::kBlockNotProgramUnits: return "kBlockNotProgramUnits";
    case OptionsError::kTooManyBlocks: return "kTooManyBlocks";
    case OptionsError::kBlockTooSmall: return "kBlockTooSmall";
    case OptionsError::kTooManyReaders: return "kTooManyReaders";
    case OptionsError::kEraseAheadOutOfRange: return "kEraseAheadOutOfRange";
    case OptionsError::kTooFewBuckets: return "kTooFewBuckets";
    case OptionsError::kTooManyEncoded: return "kTooManyEncoded";
  }
  return "unknown";
}

}  // namespace norlog
