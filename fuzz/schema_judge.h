// fuzz/schema_judge.h - firmwares with schemas, and whether each of their records still
// finds the schema it was written under.
#ifndef FUZZ_SCHEMA_JUDGE_H_
#define FUZZ_SCHEMA_JUDGE_H_

#include <cstdint>
#include <span>
#include <string>

#include "norlog/log.h"
#include "norlog/schema_writer.h"

namespace norlog::fuzz {

// The tag that typed firmwares have a schema for. The first byte of a payload says under
// which of two schemas it was written, so a record is its own witness.
inline constexpr std::uint8_t kTypedTag = 3;
inline constexpr std::uint8_t kFirmwares = 2;

// What a boot's firmware registers.
std::span<const SchemaEntry> SchemasOf(std::uint8_t firmware);

// The most that schemas take of a bucket, or that a boot adds, bytes.
std::uint32_t SchemaCost(std::uint32_t program_unit_bytes);

// Reads the whole log; "" or what is wrong with the first record that has no schema, or
// another than its own.
std::string JudgeSchemas(Log& log);

}  // namespace norlog::fuzz

#endif  // FUZZ_SCHEMA_JUDGE_H_
