// Records as text, in each style.
#include "norlog/render.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "norlog/values.h"

namespace norlog {
namespace {

class Collector final : public TextSink {
 public:
  void Put(Text text) override { line.append(text.data(), text.size()); }
  std::string line;
};

// A record of tag 3, number 7, with this payload.
template <class... Args>
std::string Rendered(LineStyle style, const std::string& schema, std::int64_t time,
                     const Args&... values) {
  std::array<std::uint8_t, 300> room;
  PayloadWriter payload(room);
  (payload.Put(values), ...);
  Record record;
  record.sequence = {7};
  record.tag = 3;
  record.time = time;
  record.payload = payload.payload();
  Collector out;
  const Status status = Render(record, {schema.data(), schema.size()}, style, out);
  if (status != Status::kOk) {
    EXPECT_EQ(out.line, "");
    return StatusName(status);
  }
  return out.line;
}

std::string Header(const std::string& schema) {
  Collector out;
  const Status status = RenderCsvHeader({schema.data(), schema.size()}, out);
  return status == Status::kOk ? out.line : StatusName(status);
}

constexpr std::int64_t kTime = 1795287960;
const std::string kTemp = "TEMP=T:time f:temp[C] f:hum[%]";

TEST(Render, A2whLineHasLabelAndDate) {
  EXPECT_EQ(Rendered(LineStyle::kLabel, kTemp, kTime, 21.5F, 40.0F),
            "TEMP,2026-11-21 19:06:00,21.5,40");
  EXPECT_EQ(Rendered(LineStyle::kLabel, "Qff", kTime, 21.5F, 40.0F), "3,1795287960,21.5,40");
}

TEST(Render, CsvHasAHeader) {
  EXPECT_EQ(Header(kTemp), "time,temp[C],hum[%]");
  EXPECT_EQ(Rendered(LineStyle::kCsv, kTemp, kTime, 21.5F, 40.0F), "2026-11-21 19:06:00,21.5,40");
  EXPECT_EQ(Header("H 2B:a[V] 4s:id"), "time,0,a.0[V],a.1[V],id");
  EXPECT_EQ(Rendered(LineStyle::kCsv, "H 2B:a[V] 4s:id", -5, std::uint16_t{9},
                     std::array<std::uint8_t, 2>{1, 2}, std::array<char, 4>{'x', 'y'}),
            "-5,9,1,2,xy");
}

TEST(Render, JsonLineIsJson) {
  EXPECT_EQ(
      Rendered(LineStyle::kJson, kTemp, kTime, 21.5F, 40.0F),
      R"({"seq":7,"label":"TEMP","values":{"time":"2026-11-21T19:06:00Z","temp":21.5,"hum":40}})");
  EXPECT_EQ(Rendered(LineStyle::kJson, "H 2B:a ?:on", -5, std::uint16_t{9},
                     std::array<std::uint8_t, 2>{1, 2}, true),
            R"({"seq":7,"tag":3,"time":-5,"values":{"0":9,"a":[1,2],"on":true}})");
}

TEST(Render, RawRecordsAreHex) {
  EXPECT_EQ(Rendered(LineStyle::kLabel, "", 5, std::uint16_t{0xBEEF}), "3,5,efbe");
  EXPECT_EQ(Rendered(LineStyle::kJson, "", 5, std::uint16_t{0xBEEF}),
            R"({"seq":7,"tag":3,"time":5,"raw":"efbe"})");
}

TEST(Render, IntegersAreScaledAndNamed) {
  const std::string schema = "T:t h:temp/10 H:n*100 b:mode{off,on,bad=-3} D:up[ms] q:min";
  const auto line = [&](std::int8_t mode) {
    return Rendered(LineStyle::kCsv, schema, 0, std::int16_t{-55}, std::uint16_t{12}, mode,
                    std::int64_t{1500}, INT64_MIN);
  };
  EXPECT_EQ(line(-3), "1970-01-01 00:00:00,-5.5,1200,bad,1500,-9223372036854775808");
  EXPECT_EQ(line(2), "1970-01-01 00:00:00,-5.5,1200,2,1500,-9223372036854775808");
}

TEST(Render, TimestampsOfAnyUnit) {
  EXPECT_EQ(Rendered(LineStyle::kCsv, "Q:time T:at[us]", 1, std::int64_t{1'500'000}),
            "1,1970-01-01 00:00:01.5");
  EXPECT_EQ(Rendered(LineStyle::kJson, "T", INT64_MAX),
            R"({"seq":7,"tag":3,"values":{"time":9223372036854775807}})");
}

// Whatever text holds, a line stays a line of its format.
TEST(Render, TextIsQuotedAsTheStyleWantsIt) {
  const std::string nasty = "a,\"b\"\n\x01\\\xC3\xA9";
  EXPECT_EQ(Rendered(LineStyle::kCsv, "q S", 0, Text(nasty.data(), nasty.size())),
            "0,\"a,\"\"b\"\"\n\x01\\\xC3\xA9\"");
  const auto parsed = nlohmann::json::parse(
      Rendered(LineStyle::kJson, "q:time S:s", 0, Text(nasty.data(), nasty.size())));
  EXPECT_EQ(parsed["values"]["s"], nasty);
}

TEST(Render, JsonTakesAnyBytesAsText) {
  for (int first = 0; first < 256; ++first) {
    for (const std::string rest : {"", "\x80", "\xBF\xBF", "\x80\x80\x80", "A"}) {
      const std::string bytes = static_cast<char>(first) + rest;
      const std::string line =
          Rendered(LineStyle::kJson, "q:time S:s", 0, Text(bytes.data(), bytes.size()));
      ASSERT_TRUE(nlohmann::json::accept(line)) << line;
    }
  }
}

TEST(Render, FloatsThatJsonHasNotAreNull) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(Rendered(LineStyle::kJson, "q:time f:x", 0, nan),
            R"({"seq":7,"tag":3,"values":{"time":0,"x":null}})");
  EXPECT_EQ(Rendered(LineStyle::kCsv, "q:time f:x", 0, nan), "0,nan");
}

TEST(Render, BytesAreHex) {
  const std::uint8_t bytes[] = {0, 255};
  EXPECT_EQ(Rendered(LineStyle::kCsv, "qY", 0, std::span<const std::uint8_t>(bytes)), "0,00ff");
}

TEST(Render, WhatTheSchemaDoesNotDescribeIsRefusedWhole) {
  EXPECT_EQ(Rendered(LineStyle::kCsv, "qH", 0, std::uint8_t{1}), "kSchemaMismatch");
  EXPECT_EQ(Rendered(LineStyle::kCsv, "qB", 0, std::uint16_t{1}), "kSchemaMismatch");
  EXPECT_EQ(Rendered(LineStyle::kCsv, "qS", 0, std::uint8_t{9}), "kSchemaMismatch");
  EXPECT_EQ(Rendered(LineStyle::kCsv, "zz", 0), "kSchemaMismatch");
  EXPECT_EQ(Header("zz"), "kSchemaMismatch");
}

}  // namespace
}  // namespace norlog
