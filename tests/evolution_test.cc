// Reading records of one schema as another's values: the table "Evolution" of
// docs/SCHEMA.md, a test a row.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "norlog/read_plan.h"
#include "norlog/values.h"

namespace norlog {
namespace {

using Payload = std::vector<std::uint8_t>;

std::string Str(Text text) {
  return std::string(text.data(), text.size());
}
Text TextOf(const std::string& text) {
  return {text.data(), text.size()};
}

// A payload, value by value.
template <class... Args>
Payload Pack(const Args&... values) {
  std::array<std::uint8_t, 512> room;
  PayloadWriter out(room);
  (out.Put(values), ...);
  EXPECT_TRUE(out.ok());
  return Payload(out.payload().begin(), out.payload().end());
}

// Why records of `stored` cannot be read as `Reader`.
template <class Reader>
Mismatch Refusal(const std::string& stored) {
  ReadPlan plan;
  const Status status = plan.Compile(TextOf(stored), Reader::fields());
  EXPECT_EQ(status == Status::kOk, plan.mismatch() == Mismatch::kNone);
  return plan.mismatch();
}

// Reads a record of schema `stored` as Reader's values; `values` are the defaults.
template <class Reader>
Values<Reader> Read(const std::string& stored, const Payload& payload, std::int64_t time = 0,
                    Values<Reader> values = {}) {
  ReadPlan plan;
  EXPECT_EQ(plan.Compile(TextOf(stored), Reader::fields()), Status::kOk) << stored;
  std::apply(
      [&](auto&... value) {
        const auto target = [](auto& v) -> void* {
          if constexpr (requires { typename std::tuple_size<std::decay_t<decltype(v)>>::type; }) {
            return v.data();
          } else {
            return &v;
          }
        };
        const std::array<Target, sizeof...(value)> targets = {Target{target(value)}...};
        EXPECT_EQ(plan.Read(time, payload, targets), Status::kOk) << stored;
      },
      values);
  return values;
}

TEST(Evolution, SameSchema) {
  using S = Schema<"Q:time f:temp ?:on 3h:acc 4s:id S:note Y:raw">;
  const std::uint8_t raw[] = {1, 2, 3};
  const std::array<std::int16_t, 3> acc = {-1, 2, INT16_MIN};
  const std::array<char, 4> id = {'a', 'b', 'c', 'd'};
  const Payload payload =
      Pack(-0.0F, true, acc, id, Text("grüße"), std::span<const std::uint8_t>(raw));
  const auto [time, temp, on, got_acc, got_id, note, bytes] =
      Read<S>(Str(S::wire()), payload, std::int64_t{-5});
  EXPECT_EQ(time, static_cast<std::uint64_t>(-5));
  EXPECT_TRUE(std::signbit(temp));
  EXPECT_TRUE(on);
  EXPECT_EQ(got_acc, acc);
  EXPECT_EQ(got_id, id);
  EXPECT_EQ(Str(note), "grüße");
  EXPECT_TRUE(std::equal(bytes.begin(), bytes.end(), std::begin(raw), std::end(raw)));
}

TEST(Evolution, AddedFieldTakesItsDefault) {
  using S = Schema<"H:a H:b">;
  EXPECT_EQ(Read<S>("H:a", Pack(std::uint16_t{7})), std::make_tuple(7, 0));
  EXPECT_EQ(Read<S>("H:a", Pack(std::uint16_t{7}), 0, Values<S>(1, 9)), std::make_tuple(7, 9));
}

TEST(Evolution, RemovedFieldIsSkipped) {
  EXPECT_EQ(
      Read<Schema<"B:c">>("H:a S:b B:c", Pack(std::uint16_t{7}, Text("xyz"), std::uint8_t{3})),
      std::make_tuple(3));
}

TEST(Evolution, OrderDoesNotMatter) {
  EXPECT_EQ((Read<Schema<"B:b H:a">>("H:a B:b", Pack(std::uint16_t{7}, std::uint8_t{3}))),
            std::make_tuple(3, 7));
}

TEST(Evolution, FieldsWithoutNamesMatchByTheirPlace) {
  EXPECT_EQ((Read<Schema<"QHB">>("QH", Pack(std::uint16_t{7}), 5)), std::make_tuple(5U, 7, 0));
  EXPECT_EQ((Read<Schema<"QH">>("QHB", Pack(std::uint16_t{7}, std::uint8_t{1}), 5)),
            std::make_tuple(5U, 7));
}

TEST(Evolution, WiderIntegerConverts) {
  EXPECT_EQ(Read<Schema<"q:a">>("b:a H:x", Pack(std::int8_t{-3}, std::uint16_t{0})),
            std::make_tuple(-3));
  EXPECT_EQ(Read<Schema<"i:a">>("x=H:a", Pack(std::uint16_t{65535})), std::make_tuple(65535));
  EXPECT_EQ(Read<Schema<"B:a">>("?:a", Pack(true)), std::make_tuple(1));
  EXPECT_EQ((Read<Schema<"3i:a">>("3b:a", Pack(std::array<std::int8_t, 3>{-1, 0, 127}))),
            (std::make_tuple(std::array<std::int32_t, 3>{-1, 0, 127})));
}

TEST(Evolution, IntegerBecomesAFloatThatHoldsAllItsValues) {
  for (const int value : {0, 1, -1, 32767, -32768, 100}) {
    const Payload payload = Pack(static_cast<std::int16_t>(value));
    EXPECT_EQ(Read<Schema<"f:a">>("h:a", payload), std::make_tuple(static_cast<float>(value)));
    EXPECT_EQ(Read<Schema<"d:a">>("h:a", payload), std::make_tuple(static_cast<double>(value)));
  }
  EXPECT_EQ(Read<Schema<"d:a">>("I:a", Pack(UINT32_MAX)), std::make_tuple(4294967295.0));
  EXPECT_EQ(Read<Schema<"d:a">>("i:a", Pack(INT32_MIN)), std::make_tuple(-2147483648.0));
  EXPECT_EQ(Refusal<Schema<"f:a">>("i:a"), Mismatch::kNarrowed);
  EXPECT_EQ(Refusal<Schema<"d:a">>("q:a"), Mismatch::kNarrowed);
}

TEST(Evolution, FloatBecomesDouble) {
  for (const float value :
       {0.0F, -0.0F, 21.5F, 1e-45F, -1e-40F, 3.4e38F, std::numeric_limits<float>::infinity()}) {
    const double read = std::get<0>(Read<Schema<"d:a">>("f:a", Pack(value)));
    EXPECT_EQ(std::bit_cast<std::uint64_t>(read),
              std::bit_cast<std::uint64_t>(static_cast<double>(value)));
  }
  const auto nan = std::bit_cast<float>(std::uint32_t{0xFF800001});
  EXPECT_EQ(std::bit_cast<std::uint64_t>(std::get<0>(Read<Schema<"d:a">>("f:a", Pack(nan)))),
            0xFFF0000020000000U)
      << "its payload";
}

TEST(Evolution, AliasMatchesARenamedField) {
  EXPECT_EQ(Read<Schema<"H:temperature|temp|t">>("H:t", Pack(std::uint16_t{7})),
            std::make_tuple(7));
  // A name comes before an alias.
  EXPECT_EQ(Read<Schema<"H:a|b">>("H:b H:a", Pack(std::uint16_t{7}, std::uint16_t{8})),
            std::make_tuple(8));
  EXPECT_EQ((Read<Schema<"H:b|a H:x">>("H:a H:x", Pack(std::uint16_t{7}, std::uint16_t{8}))),
            std::make_tuple(7, 8));
}

TEST(Evolution, NarrowedIsRefused) {
  EXPECT_EQ(Refusal<Schema<"h:a">>("i:a"), Mismatch::kNarrowed);
  EXPECT_EQ(Refusal<Schema<"H:a">>("h:a"), Mismatch::kNarrowed);
  EXPECT_EQ(Refusal<Schema<"h:a">>("H:a"), Mismatch::kNarrowed);
  EXPECT_EQ(Refusal<Schema<"f:a">>("d:a"), Mismatch::kNarrowed);
  EXPECT_EQ(Refusal<Schema<"?:a">>("B:a"), Mismatch::kNarrowed);
}

TEST(Evolution, OtherTypeIsRefused) {
  EXPECT_EQ(Refusal<Schema<"q:a">>("f:a"), Mismatch::kTypeChanged);
  EXPECT_EQ(Refusal<Schema<"S:a">>("h:a"), Mismatch::kTypeChanged);
  EXPECT_EQ(Refusal<Schema<"h:a">>("S:a"), Mismatch::kTypeChanged);
  EXPECT_EQ(Refusal<Schema<"S:a">>("Y:a"), Mismatch::kTypeChanged);
  EXPECT_EQ(Refusal<Schema<"B:a">>("c:a"), Mismatch::kTypeChanged);
  EXPECT_EQ(Refusal<Schema<"B:x D:a">>("B:x T:a"), Mismatch::kTypeChanged);
  EXPECT_EQ(Refusal<Schema<"B:x T:a">>("B:x i:a"), Mismatch::kTypeChanged);
}

TEST(Evolution, TextIsReadAsBytesAndTimesAsNumbersAndBack) {
  const auto [bytes] = Read<Schema<"Y:a">>("S:a", Pack(Text("ab")));
  EXPECT_EQ(bytes.size(), 2U);
  EXPECT_EQ(Read<Schema<"q:a">>("D:a", Pack(std::int64_t{-9})), std::make_tuple(-9));
  EXPECT_EQ(Read<Schema<"D:a">>("q:a", Pack(std::int64_t{-9})), std::make_tuple(-9));
}

TEST(Evolution, LongerArrayTakesDefaultsShorterIsRefused) {
  EXPECT_EQ((Read<Schema<"3B:a">>("2B:a", Pack(std::array<std::uint8_t, 2>{1, 2}))),
            (std::make_tuple(std::array<std::uint8_t, 3>{1, 2, 0})));
  EXPECT_EQ(Refusal<Schema<"2B:a">>("3B:a"), Mismatch::kShapeChanged);
  EXPECT_EQ(Refusal<Schema<"B:a">>("1B:a"), Mismatch::kShapeChanged);
  EXPECT_EQ(Refusal<Schema<"2B:a">>("B:a"), Mismatch::kShapeChanged);
}

TEST(Evolution, OtherScaleOrUnitIsRefused) {
  EXPECT_EQ(Refusal<Schema<"h:a/10">>("h:a"), Mismatch::kScaleChanged);
  EXPECT_EQ(Refusal<Schema<"h:a/10">>("h:a*10"), Mismatch::kScaleChanged);
  EXPECT_EQ(Refusal<Schema<"f:a">>("h:a/10"), Mismatch::kScaleChanged);
  EXPECT_EQ(Refusal<Schema<"f:a">>("f:a/10"), Mismatch::kNone) << "a hint only";
  EXPECT_EQ(Refusal<Schema<"h:a[C]">>("h:a[F]"), Mismatch::kUnitChanged);
  EXPECT_EQ(Refusal<Schema<"h:a[C]">>("h:a"), Mismatch::kNone);
  EXPECT_EQ(Refusal<Schema<"h:a">>("h:a[C]"), Mismatch::kNone);
  EXPECT_EQ(Refusal<Schema<"Q:time[ms]">>("Q:time[s]"), Mismatch::kUnitChanged);
}

TEST(Evolution, NamedValuesMayBeAddedAndNotMoved) {
  using S = Schema<"B:a{off,on,fault=7}">;
  EXPECT_EQ(Refusal<S>("B:a{off,on}"), Mismatch::kNone);
  EXPECT_EQ(Refusal<S>("B:a{off,on,fault=7,more}"), Mismatch::kNone);
  EXPECT_EQ(Refusal<S>("B:a"), Mismatch::kNone);
  EXPECT_EQ(Refusal<Schema<"H:a">>("B:a{off,on}"), Mismatch::kNone);
  EXPECT_EQ(Refusal<S>("B:a{on,off}"), Mismatch::kValuesChanged);
  EXPECT_EQ(Refusal<S>("B:a{off,on,error=7}"), Mismatch::kValuesChanged);
}

TEST(Evolution, TheTimeIsTheRecordsTimeUnderAnyName) {
  EXPECT_EQ((Read<Schema<"q:time B:a">>("T:taken B:a", Pack(std::uint8_t{1}), -4)),
            std::make_tuple(-4, 1));
  EXPECT_EQ((Read<Schema<"Q:time B:a">>("B:a", Pack(std::uint8_t{1}), 4)), std::make_tuple(4U, 1));
  EXPECT_EQ((Read<Schema<"B:a">>("Q:time B:a", Pack(std::uint8_t{1}), 4)), std::make_tuple(1));
  EXPECT_EQ((Read<Schema<"B:a q:time">>("q:time B:a", Pack(std::uint8_t{1}), 4)),
            std::make_tuple(1, 4));
  EXPECT_EQ((Refusal<Schema<"q:time B:a">>("B:a q:time")), Mismatch::kTimeChanged);
}

TEST(Evolution, WhatIsNoSchemaOrNoPayloadOfItIsRefused) {
  EXPECT_EQ(Refusal<Schema<"B">>("B:"), Mismatch::kBadSchema);
  EXPECT_EQ(Refusal<Schema<"B">>(""), Mismatch::kBadSchema);
  ReadPlan plan;
  ASSERT_EQ(plan.Compile("H:a", Schema<"H:a">::fields()), Status::kOk);
  std::uint16_t value = 0;
  const Target target{&value};
  for (const std::size_t bytes : {0U, 1U, 3U}) {
    EXPECT_EQ(plan.Read(0, Payload(bytes), {&target, 1}), Status::kSchemaMismatch);
    EXPECT_EQ(plan.mismatch(), Mismatch::kBadPayload);
  }
}

// Random schemas and values: any bits, NaNs with payloads among them.
struct RandomField {
  char code = 'B';
  int name = 0;
  std::uint64_t bits = 0;
  std::string text;
};
constexpr const char* kCodes = "?bBhHiIqQfdcTDSY";

rc::Gen<RandomField> AnyField() {
  return rc::gen::map(
      rc::gen::tuple(rc::gen::inRange(0, 16), rc::gen::arbitrary<std::uint64_t>(),
                     rc::gen::arbitrary<std::string>(), rc::gen::inRange(0, 6)),
      [](const std::tuple<int, std::uint64_t, std::string, int>& from) {
        RandomField field;
        const auto& [code, bits, text, special] = from;
        field.code = kCodes[code];
        const std::uint64_t specials[] = {
            0, ~std::uint64_t{0}, std::uint64_t{1} << 63, 0x7FF0000000000001, 0xFF800001, bits};
        field.bits = specials[special];
        field.text = text.substr(0, 20);
        return field;
      });
}

std::uint32_t BytesOf(const RandomField& field) {
  return ValueBytes(static_cast<FieldType>(field.code));
}
std::uint64_t Stored(const RandomField& field) {
  if (field.code == '?') return field.bits & 1;
  const std::uint32_t bytes = BytesOf(field);
  return bytes == 8 ? field.bits : field.bits & ((std::uint64_t{1} << (8 * bytes)) - 1);
}

std::string SchemaOf(const std::vector<RandomField>& fields) {
  std::string text = "B:first";
  for (const RandomField& field : fields) {
    text += std::string(" ") + field.code + ":n" + std::to_string(field.name);
  }
  return text;
}

Payload PayloadOf(const std::vector<RandomField>& fields) {
  Payload payload = {42};
  for (const RandomField& field : fields) {
    if (BytesOf(field) == 0) {
      payload.push_back(static_cast<std::uint8_t>(field.text.size()));
      payload.insert(payload.end(), field.text.begin(), field.text.end());
    }
    for (std::uint32_t i = 0; i < BytesOf(field); ++i) {
      payload.push_back(static_cast<std::uint8_t>(Stored(field) >> (8 * i)));
    }
  }
  return payload;
}

// One value, as each of its C++ types.
union Cell {
  std::uint64_t bits;
  Text text;
  std::span<const std::uint8_t> bytes;
  Cell() : bits(0) {}
};

RC_GTEST_PROP(EvolutionProperty, RandomFieldsComeBackByNameWhateverWasAddedAndRemoved, ()) {
  auto written = *rc::gen::resize(20, rc::gen::container<std::vector<RandomField>>(AnyField()));
  if (written.size() > 20) written.resize(20);
  for (std::size_t i = 0; i < written.size(); ++i) written[i].name = static_cast<int>(i);
  // The reader drops some, adds some, and has another order.
  std::vector<RandomField> wanted;
  for (const RandomField& field : written) {
    if (*rc::gen::inRange(0, 3) > 0) wanted.push_back(field);
  }
  for (int added = *rc::gen::inRange(0, 3); added > 0; --added) {
    wanted.push_back(*AnyField());
    wanted.back().name = 100 + added;
  }
  std::reverse(wanted.begin(), wanted.end());
  const std::string reader_text = SchemaOf(wanted);
  std::vector<Field> reader;
  SchemaParser parser(TextOf(reader_text));
  for (Field field; parser.Next(field);) reader.push_back(field);
  RC_ASSERT(reader.size() == wanted.size() + 1);

  const std::string stored = SchemaOf(written);
  const Payload payload = PayloadOf(written);
  ReadPlan plan;
  RC_ASSERT(plan.Compile(TextOf(stored), reader) == Status::kOk);
  std::vector<Cell> cells(reader.size());
  std::vector<Target> targets;
  for (std::size_t i = 0; i < reader.size(); ++i) {
    if (reader[i].type == FieldType::kText) cells[i].text = Text();
    if (reader[i].type == FieldType::kBytes) cells[i].bytes = {};
    targets.push_back({&cells[i]});
  }
  RC_ASSERT(plan.Read(0, payload, targets) == Status::kOk);
  RC_ASSERT(cells[0].bits == 42U);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const bool is_added = wanted[i].name > 100;
    const Cell& cell = cells[i + 1];
    if (wanted[i].code == 'S') {
      RC_ASSERT(Str(cell.text) == (is_added ? "" : wanted[i].text));
    } else if (wanted[i].code == 'Y') {
      RC_ASSERT(Str(Text::Of(cell.bytes)) == (is_added ? "" : wanted[i].text));
    } else {
      RC_ASSERT(cell.bits == (is_added ? 0 : Stored(wanted[i])));
    }
  }
}

}  // namespace
}  // namespace norlog
