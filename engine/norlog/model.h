// norlog/model.h - what the encoder has learned in a block: one small model a
// tag (its time) and a column (its numbers). docs/ENCODING.md has the reasons,
// docs/FORMAT.md section 2.1 every decision.
//
// Plain values only, so that a model can be saved and restored by copying. Each
// function codes both ways (range_coder.h): given the value to store it returns
// it, and decoding it returns what was stored.
#ifndef NORLOG_MODEL_H_
#define NORLOG_MODEL_H_

#include <cstdint>

#include "norlog/columns.h"
#include "norlog/range_coder.h"

namespace norlog {

// Magnitudes are told apart by their length in bits up to this many; longer
// ones share what is learned.
inline constexpr std::uint32_t kLengthContexts = 8;

// Shared by all numbers of a block: the bit below the leading one, by length.
struct Mantissas {
  Probability below_leading[kLengthContexts - 1];
};

// Differences that are not zero: sign, common divisor, length, rest.
struct DifferenceModel {
  std::uint32_t divisor = 0;  // of all differences so far; 0: none yet
  Probability negative[3];    // by the sign of the one before: none, positive, negative
  Probability divides;
  Probability longer[kLengthContexts];

  std::int64_t Code(RangeCoder& coder, Mantissas& mantissas, std::uint8_t& last_sign,
                    std::int64_t difference);
};

// One tag, and its times. The expected step changes only when a new one is seen
// twice; after records in between the grid is expected to be met again.
struct TagModel {
  std::int64_t time = 0;
  std::int64_t step = 0;
  std::int32_t off_grid = 0;   // time - the last one on the grid
  std::int32_t candidate = 0;  // the last step that was not the expected one
  DifferenceModel difference;
  Probability keeps_step[2];  // by whether the last one did
  Probability meets_grid;
  bool kept_step = false;
  std::uint8_t last_sign = 0;
  std::uint8_t tag = 0;
  std::uint8_t first_column = 0;
  std::uint8_t column_count = 0;
  std::uint8_t successor = 0;  // index of the tag that came behind this one

  std::int64_t CodeTime(RangeCoder& coder, Mantissas& mantissas, std::int64_t next);
};

// One column. A value far off the last one is remembered, or what was before
// it: where a column jumps to a mark for "missing" and back, it costs little.
class ColumnModel {
 public:
  explicit ColumnModel(ColumnKind kind) : kind_(kind) {}

  ColumnKind kind() const { return kind_; }

  // `bits`: the value's, in its low bytes. Returned with zeros above them.
  std::uint64_t Code(RangeCoder& coder, Mantissas& mantissas, std::uint64_t bits);

 private:
  std::int64_t CodeNumber(RangeCoder& coder, Mantissas& mantissas, std::int64_t value);
  std::uint64_t CodeFloat(RangeCoder& coder, Mantissas& mantissas, std::uint64_t bits);
  void SetDigits(std::uint32_t digits);
  std::int64_t Wrap(std::uint64_t value) const;

  std::int64_t last_ = 0;
  std::int32_t to_other_ = 0;  // the remembered value - last_
  DifferenceModel difference_;
  Probability same_;
  Probability other_[2];  // by whether the last change went to the remembered value
  Probability same_as_other_;
  Probability decimal_;  // floats: the digits known so far do
  ColumnKind kind_;
  std::uint8_t digits_ = 0;
  std::uint8_t last_sign_ = 0;
  bool was_other_ = false;
  bool missed_ = true;  // floats: the last one was no such decimal
};

}  // namespace norlog

#endif  // NORLOG_MODEL_H_
