#include "flashsim/fault_class.h"

#include <cstddef>

namespace flashsim {
namespace {

constexpr std::array<FaultClass, kFaultClassCount> MakeAll() {
  std::array<FaultClass, kFaultClassCount> all{};
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<FaultClass>(i + 1);
  return all;
}

constexpr auto kAll = MakeAll();

constexpr Tear Of(ProgramTear tear) {
  return {tear, EraseTear::kNone, 0};
}
constexpr Tear Of(EraseTear tear) {
  return {ProgramTear::kNone, tear, 0};
}

constexpr std::array kTornBytes = {Of(ProgramTear::kBytePrefix), Of(ProgramTear::kByteSuffix)};
constexpr std::array kTornBits = {Of(ProgramTear::kOneBit),       Of(ProgramTear::kAllButOneBit),
                                  Of(ProgramTear::kRandomBits25), Of(ProgramTear::kRandomBits50),
                                  Of(ProgramTear::kRandomBits75), Of(ProgramTear::kPlausibleWrong)};
constexpr std::array kMarginalImage = {Of(ProgramTear::kCompleteMarginal)};
constexpr std::array kMarginalCells = {Of(ProgramTear::kMixedMarginal),
                                       Of(EraseTear::kUntouchedMarginal)};
constexpr std::array kFalseBlank = {Of(ProgramTear::kFalseBlank)};
constexpr std::array kPreProgram = {Of(EraseTear::kPreProgram), Of(EraseTear::kAllZero),
                                    Of(EraseTear::kHalfZeroUnderHeader)};
constexpr std::array kEraseMix = {Of(EraseTear::kRandomBits25), Of(EraseTear::kRandomBits50),
                                  Of(EraseTear::kRandomBits75), Of(EraseTear::kFfPrefix)};
constexpr std::array kEraseMarginal = {Of(EraseTear::kBlankMarginal)};

}  // namespace

std::span<const FaultClass> AllFaultClasses() {
  return kAll;
}

const char* Name(FaultClass fault) {
  switch (fault) {
    case FaultClass::kAndOnly: return "kAndOnly";
    case FaultClass::kCutBetween: return "kCutBetween";
    case FaultClass::kTornBytes: return "kTornBytes";
    case FaultClass::kTornBits: return "kTornBits";
    case FaultClass::kMarginalImage: return "kMarginalImage";
    case FaultClass::kMarginalCells: return "kMarginalCells";
    case FaultClass::kFalseBlank: return "kFalseBlank";
    case FaultClass::kErasePreProgram: return "kErasePreProgram";
    case FaultClass::kEraseMix: return "kEraseMix";
    case FaultClass::kEraseMarginal: return "kEraseMarginal";
    case FaultClass::kCollateral: return "kCollateral";
    case FaultClass::kWriteOnce: return "kWriteOnce";
    case FaultClass::kTornEccWord: return "kTornEccWord";
    case FaultClass::kBlankReads: return "kBlankReads";
    case FaultClass::kProgramLimit: return "kProgramLimit";
    case FaultClass::kPageWrap: return "kPageWrap";
    case FaultClass::kMcuReset: return "kMcuReset";
    case FaultClass::kWrongAddress: return "kWrongAddress";
    case FaultClass::kReadErrors: return "kReadErrors";
    case FaultClass::kWearOut: return "kWearOut";
    case FaultClass::kSlowErase: return "kSlowErase";
    case FaultClass::kRetention: return "kRetention";
    case FaultClass::kUnorderedWrites: return "kUnorderedWrites";
  }
  return "?";
}

std::span<const Tear> TearsOf(FaultClass fault) {
  switch (fault) {
    case FaultClass::kTornBytes: return kTornBytes;
    case FaultClass::kTornBits: return kTornBits;
    case FaultClass::kMarginalImage: return kMarginalImage;
    case FaultClass::kMarginalCells: return kMarginalCells;
    case FaultClass::kFalseBlank: return kFalseBlank;
    case FaultClass::kErasePreProgram: return kPreProgram;
    case FaultClass::kEraseMix: return kEraseMix;
    case FaultClass::kEraseMarginal: return kEraseMarginal;
    default: return {};
  }
}

}  // namespace flashsim
