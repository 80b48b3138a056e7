// flashsim/violations.h - rules of the flash contract that a caller broke.
//
// A chip would do something undefined, or silently something else. The
// simulator refuses or does what the silicon would, and records it: a test
// that ends with a violation has failed, whatever it read back.
#ifndef FLASHSIM_VIOLATIONS_H_
#define FLASHSIM_VIOLATIONS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace flashsim {

enum class ViolationKind : std::uint8_t {
  kZeroToOne,      // program wanted a 1 where a solid 0 is (carried out as AND)
  kSecondProgram,  // kOnce unit programmed again (SimOptions::second_program)
  kPageCrossed,    // refused: kMisaligned (or SimOptions::page_wrap)
  kOutOfBounds,    // refused: kOutOfBounds
  kMisaligned,     // refused: kMisaligned
  kZeroLength,     // refused: kMisaligned
  kEraseSize,      // a size that the chip cannot erase; refused: kMisaligned
  kNoPower,        // used after it said that the power is gone; refused: kNoPower
  kErasing,        // reads or programs what is being erased (StartErase); refused: kBusy
  kProgramLimit,   // more programs since the last erase than the part allows (carried out)
};

// "kZeroToOne". Never null.
const char* Name(ViolationKind kind);

struct Violation {
  ViolationKind kind;
  const char* call;  // "Read", "Program", "Erase", "Sync"
  std::uint64_t address;
  std::uint64_t size;
  std::uint64_t op_index;  // mutating operations before it
};

// "kSecondProgram: Program of 8 B at 0x40 (after 17 operations)".
std::string ToString(const Violation& violation);

// Counts all and keeps the first kKept.
class Violations {
 public:
  static constexpr std::size_t kKept = 32;

  void Add(const Violation& violation);
  void Clear() { *this = Violations(); }

  std::uint64_t count() const { return count_; }
  const std::vector<Violation>& first() const { return first_; }
  // One line each; "" if there are none.
  std::string Report() const;

 private:
  std::uint64_t count_ = 0;
  std::vector<Violation> first_;
};

}  // namespace flashsim

#endif  // FLASHSIM_VIOLATIONS_H_
