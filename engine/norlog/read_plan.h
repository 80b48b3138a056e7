// norlog/read_plan.h - reading records of one schema as another's values: how
// formats evolve (the table of rules in docs/SCHEMA.md).
//
// A plan is compiled once for a stored schema and then moves value by value, in
// the order of the payload, without looking at texts again.
#ifndef NORLOG_READ_PLAN_H_
#define NORLOG_READ_PLAN_H_

#include <cstdint>
#include <span>

#include "norlog/field.h"
#include "norlog/schema.h"
#include "norlog/status.h"
#include "norlog/text.h"

namespace norlog {

// Why a stored schema cannot be read as the one asked for.
enum class Mismatch : std::uint8_t {
  kNone,
  kBadSchema,      // the stored text is no schema
  kTypeChanged,    // number and text, float and integer, timestamp and duration ...
  kNarrowed,       // the reader's type does not hold all values of the stored one
  kShapeChanged,   // array and single value, or an array that became shorter
  kScaleChanged,   // another power of ten
  kUnitChanged,    // another unit (one that was added or left out does not matter)
  kValuesChanged,  // a name stands for another number, or a number has another name
  kTimeChanged,    // the reader's time is an ordinary field in the stored schema
  kBadPayload,     // the payload is shorter or longer than its schema says
};

// Where a value goes: an object of the field's C++ type (values.h), or for an array the
// first element of one.
struct Target {
  void* value = nullptr;
};

class ReadPlan {
 public:
  // Compares the schemas. kSchemaMismatch: mismatch() says why, and field() for which
  // of the reader's fields.
  Status Compile(Text stored, std::span<const Field> reader);

  // Fills targets, one a field of the reader, from a record. A field that the stored schema lacks
  // is left as it is. Texts and bytes point into `payload`. kSchemaMismatch (kBadPayload).
  Status Read(std::int64_t time, std::span<const std::uint8_t> payload,
              std::span<const Target> targets);

  Mismatch mismatch() const { return mismatch_; }
  std::uint32_t field() const { return field_; }

 private:
  static constexpr std::uint8_t kSkip = 0xFF;

  // A value, or array, of the payload (is_time: of the record).
  struct Step {
    FieldType stored = FieldType::kU8;
    FieldType wanted = FieldType::kU8;
    std::uint8_t count = 1;
    std::uint8_t target = kSkip;
  };

  Status Fail(Mismatch mismatch, std::uint32_t field) {
    mismatch_ = mismatch;
    field_ = static_cast<std::uint8_t>(field);
    return Status::kSchemaMismatch;
  }

  Step steps_[kMaxFields];
  std::uint8_t step_count_ = 0;
  bool first_is_time_ = false;        // steps_[0] takes the record's time
  std::uint8_t time_target_ = kSkip;  // and so does this field of the reader
  Mismatch mismatch_ = Mismatch::kNone;
  std::uint8_t field_ = 0;
};

}  // namespace norlog

#endif  // NORLOG_READ_PLAN_H_
