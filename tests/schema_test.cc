// Schemas: what a text means, and what is refused.
#include "norlog/schema.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "norlog/schema_text.h"
#include "norlog/typed_schema.h"

namespace norlog {
namespace {

std::string Str(Text text) {
  return std::string(text.data(), text.size());
}
Text TextOf(const std::string& text) {
  return {text.data(), text.size()};
}

std::vector<Field> Parse(const std::string& text) {
  SchemaParser parser(TextOf(text));
  std::vector<Field> fields;
  for (Field field; parser.Next(field);) fields.push_back(field);
  EXPECT_EQ(parser.error(), SchemaError::kNone) << text << " at " << parser.at();
  return fields;
}

std::string Codes(const std::string& text) {
  std::string codes;
  for (const Field& field : Parse(text)) codes += static_cast<char>(field.type);
  return codes;
}

std::string Wire(const std::string& text) {
  std::array<char, 600> out;
  TextWriter writer(out.data(), out.size());
  WriteWireSchema(TextOf(text), writer);
  EXPECT_TRUE(writer.ok());
  return std::string(out.data(), writer.size());
}

TEST(Schema, EveryCodeHasItsTypeAndItsSize) {
  EXPECT_EQ(Codes("?bBhHiIlLqQfdcSYTD"), "?bBhHiIiIqQfdcSYTD");
  std::vector<std::uint32_t> sizes;
  for (const Field& field : Parse("h?bBhHiIqQfdcSYTD")) sizes.push_back(field.payload_bytes());
  EXPECT_EQ(sizes, (std::vector<std::uint32_t>{2, 1, 1, 1, 2, 2, 4, 4, 8, 8, 4, 8, 1, 0, 0, 8, 8}));
}

TEST(Schema, FieldsHaveNamesUnitsScalesValuesAndAliases) {
  const std::string text = "Q:time h:temp|t1|t2[deg C]/10 B:state{idle,run,fault=7} I:big*1000";
  const std::vector<Field> fields = Parse(text);
  ASSERT_EQ(fields.size(), 4U);
  EXPECT_EQ(Str(fields[0].name), "time");
  EXPECT_EQ(Str(fields[1].name), "temp");
  EXPECT_EQ(Str(fields[1].aliases), "t1|t2");
  EXPECT_EQ(Str(fields[1].unit), "deg C");
  EXPECT_EQ(fields[1].decimals, 1);
  EXPECT_EQ(Str(fields[2].values), "idle,run,fault=7");
  EXPECT_EQ(fields[3].decimals, -3);
}

TEST(Schema, CountMakesArraysOfNamedFieldsAndRepeatsOthers) {
  const std::vector<Field> fields = Parse("2H3f:acc 8s4c:id");
  ASSERT_EQ(fields.size(), 5U);
  EXPECT_FALSE(fields[0].is_array);
  EXPECT_FALSE(fields[1].is_array);
  EXPECT_TRUE(fields[2].is_array);
  EXPECT_EQ(fields[2].payload_bytes(), 12U);
  EXPECT_TRUE(fields[3].is_array);
  EXPECT_EQ(fields[3].payload_bytes(), 8U);
  EXPECT_EQ(fields[4].count, 4);
}

TEST(Schema, ValuesCountOnFromTheOneBefore) {
  Text list("a,b,c=-9,d,e=70");
  std::string found;
  Text name;
  std::int64_t value = -1;
  while (TakeValue(list, name, value)) found += Str(name) + std::to_string(value) + " ";
  EXPECT_EQ(found, "a0 b1 c-9 d-8 e70 ");
}

// The rule of docs/SCHEMA.md: the first field, by type and name.
TEST(Schema, TheTimeIsTheFirstFieldIfItCanBe) {
  for (const char* const text :
       {"Qff", "q", "Q:time f", "q:time", "T", "T:taken[ms]", "2Q", "=Qff"}) {
    EXPECT_TRUE(Parse(text)[0].is_time) << text;
    EXPECT_EQ(Parse(text)[0].payload_bytes(), 0U) << text;
  }
  for (const char* const text :
       {"Q:serial f", "I:time", "2Q:time", "fQ:time", "Q:time/10", "q:time{a}", "d", "D"}) {
    for (const Field& field : Parse(text)) EXPECT_FALSE(field.is_time) << text;
  }
  EXPECT_FALSE(Parse("2Q")[1].is_time);
  EXPECT_FALSE(Parse("TT")[1].is_time);
}

TEST(Schema, LabelStandsBeforeTheFields) {
  EXPECT_EQ(Str(SchemaParser("TEMP=Qf").label()), "TEMP");
  EXPECT_EQ(Str(SchemaParser("TEMP==Qf").label()), "TEMP");
  EXPECT_EQ(Str(SchemaParser("Q:time").label()), "");
  EXPECT_EQ(Codes("TEMP=<Qf"), "Qf");
}

TEST(Schema, WireFormIsTheShortestTextAndStaysTheSame) {
  const std::pair<const char*, const char*> cases[] = {
      {"Qff", "Qff"},
      {"Q2f", "Qff"},
      {"< Q  f  f ", "Qff"},
      {"=lL", "iI"},
      {"Q:time f:temp[C] f:hum[%]", "Q:time f:temp[C] f:hum[%]"},
      {"TEMP=Q:time f:temp|t1|t2 [", nullptr},
      {"W=<Q:time  h:t|t1[C]/10 ff I:n*100 3H:a 4s 4c:id",
       "W=Q:time h:t[C]/10 ffI:n*100 3H:a 4s4s:id"},
      {"B:s{a=0,b=1,c=5,d=6}", "B:s{a,b,c=5,d}"},
      {"b:s{a=-3,b=-2,c=0}", "b:s{a=-3,b,c=0}"},
      {"Q:x{max=9223372036854775807}", "Q:x{max=9223372036854775807}"},
  };
  for (const auto& [text, wire] : cases) {
    if (wire == nullptr) {
      EXPECT_NE(CheckSchema(TextOf(text)).error, SchemaError::kNone);
      continue;
    }
    EXPECT_EQ(CheckSchema(TextOf(text)).error, SchemaError::kNone) << text;
    EXPECT_EQ(Wire(text), wire);
    EXPECT_EQ(Wire(wire), wire);
  }
}

struct Refusal {
  const char* text;
  SchemaError error;
};

TEST(Schema, WhatIsWrongIsNamed) {
  const Refusal cases[] = {
      {"", SchemaError::kEmpty},
      {"TEMP=", SchemaError::kEmpty},
      {"Qz", SchemaError::kUnknownCode},
      {"3", SchemaError::kUnknownCode},
      {"Q:time f:a g", SchemaError::kUnknownCode},
      {"x", SchemaError::kUnsupportedCode},
      {"e", SchemaError::kUnsupportedCode},
      {"4p", SchemaError::kUnsupportedCode},
      {">Q", SchemaError::kUnsupportedOrder},
      {"!Q", SchemaError::kUnsupportedOrder},
      {"@Q", SchemaError::kUnsupportedOrder},
      {"0f", SchemaError::kBadCount},
      {"256B:a", SchemaError::kBadCount},
      {"99999999999999999999B", SchemaError::kBadCount},
      {"3S:a", SchemaError::kCountOnVariable},
      {"f:", SchemaError::kBadName},
      {"f:1", SchemaError::kBadName},
      {"f:a|", SchemaError::kBadName},
      {"f:a f:a", SchemaError::kDuplicateName},
      {"f:a f:b|a", SchemaError::kDuplicateName},
      {"f:a|b f:b", SchemaError::kDuplicateName},
      {"f:a|c f:b|d|c", SchemaError::kDuplicateName},
      {"B{a,a}", SchemaError::kDuplicateName},
      {"B{a,b=0}", SchemaError::kDuplicateName},
      {"f[", SchemaError::kBadUnit},
      {"f[]", SchemaError::kBadUnit},
      {"f[C", SchemaError::kBadUnit},
      {"h/", SchemaError::kBadScale},
      {"h/1", SchemaError::kBadScale},
      {"h/5", SchemaError::kBadScale},
      {"h*0.1", SchemaError::kBadScale},
      {"h/10000000000000000000", SchemaError::kBadScale},
      {"S/10", SchemaError::kScaleOnOther},
      {"?/10", SchemaError::kScaleOnOther},
      {"B{a}/10", SchemaError::kScaleOnOther},
      {"B{", SchemaError::kBadValues},
      {"B{}", SchemaError::kBadValues},
      {"B{a,}", SchemaError::kBadValues},
      {"B{,a}", SchemaError::kBadValues},
      {"B{a=}", SchemaError::kBadValues},
      {"B{a=256}", SchemaError::kBadValues},
      {"B{a=-1}", SchemaError::kBadValues},
      {"b{a=128}", SchemaError::kBadValues},
      {"b{a=-129}", SchemaError::kBadValues},
      {"q{a=9223372036854775808}", SchemaError::kBadValues},
      {"q{a=9223372036854775807,b}", SchemaError::kBadValues},
      {"f{a}", SchemaError::kValuesOnOther},
      {"f:af:b[C]f", SchemaError::kMissingSpace},
      {"h/10Q", SchemaError::kMissingSpace},
  };
  for (const Refusal& refusal : cases) {
    EXPECT_EQ(CheckSchema(TextOf(refusal.text)).error, refusal.error) << refusal.text;
  }
  EXPECT_EQ(CheckSchema(TextOf(std::string(kMaxFields, 'f'))).error, SchemaError::kNone);
  EXPECT_EQ(CheckSchema(TextOf(std::string(kMaxFields + 1, 'f'))).error,
            SchemaError::kTooManyFields);
}

TEST(Schema, ErrorsTellWhere) {
  EXPECT_EQ(CheckSchema("Q:time f:a g").at, 11U);
  EXPECT_EQ(CheckSchema("f[C").at, 3U);
}

// The compiler's view of the same things.
using Weather = Schema<"WX=Q:time f:temp|t1[C] f:hum[%]">;
static_assert(Weather::kFieldCount == 3);
static_assert(Weather::wire() == Text("WX=Q:time f:temp[C] f:hum[%]"));
static_assert(Weather::label() == Text("WX"));
static_assert(Weather::has_time());
static_assert(Weather::fields()[1].aliases == Text("t1"));
static_assert(!Schema<"ff">::has_time());

constexpr FieldSpec kTable[] = {
    {.name = "time", .type = FieldType::kU64},
    {.name = "temp", .type = FieldType::kI16, .unit = "C", .decimals = 1, .aliases = "t1|t2"},
    {.name = "state", .type = FieldType::kU8, .values = "off,on"},
    {.name = "acc", .type = FieldType::kF32, .count = 3},
    {.type = FieldType::kChar, .count = 4},
};
static_assert(TableSchema<kTable>::wire() == Text("Q:time h:temp[C]/10 B:state{off,on} 3f:acc 4s"));
static_assert(TableSchema<kTable>::fields()[1].aliases == Text("t1|t2"));
static_assert(CheckSchema("Q:time g").error == SchemaError::kUnknownCode);

}  // namespace
}  // namespace norlog
