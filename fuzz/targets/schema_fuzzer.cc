// schema_fuzzer.cc - schemas, and payloads under them, from any bytes.
//
// Byte 0 is the length of the text, the rest behind it is a payload. A text that passes has
// one form in the log, which passes too and means the same; whatever the payload, a
// plan and the renderer end, and agree whether it fits.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "fuzz/targets/input.h"
#include "norlog/read_plan.h"
#include "norlog/render.h"
#include "norlog/schema.h"
#include "norlog/schema_text.h"

namespace norlog::fuzz {
namespace {

class Counter final : public TextSink {
 public:
  void Put(Text text) override { bytes += text.size(); }
  std::size_t bytes = 0;
};

// Room for any value.
using Cell = std::array<std::uint64_t, 256>;

std::vector<Field> FieldsOf(Text schema) {
  std::vector<Field> fields;
  SchemaParser parser(schema);
  for (Field field; parser.Next(field);) fields.push_back(field);
  FUZZ_CHECK(parser.error() == SchemaError::kNone, "a schema that passed has an error");
  return fields;
}

void CheckWire(Text schema, std::vector<char>& wire) {
  TextWriter size(nullptr, 0);
  WriteWireSchema(schema, size);
  wire.resize(size.size());
  TextWriter out(wire.data(), wire.size());
  WriteWireSchema(schema, out);
  FUZZ_CHECK(out.ok() && out.size() == wire.size(), "a wire form changed its size");
  const Text text(wire.data(), wire.size());
  FUZZ_CHECK(CheckSchema(text).error == SchemaError::kNone, "a wire form is no schema");
  std::vector<char> again(wire.size());
  TextWriter second(again.data(), again.size());
  WriteWireSchema(text, second);
  FUZZ_CHECK(second.ok() && again == wire, "a wire form has another one");
}

void CheckPayload(Text schema, std::span<const std::uint8_t> payload) {
  const std::vector<Field> fields = FieldsOf(schema);
  ReadPlan plan;
  FUZZ_CHECK(plan.Compile(schema, fields) == Status::kOk, "a schema cannot be read as itself");
  std::vector<Cell> cells(fields.size());
  std::vector<Target> targets;
  for (Cell& cell : cells) targets.push_back({cell.data()});
  const bool fits = plan.Read(-1, payload, targets) == Status::kOk;
  FUZZ_CHECK(fits == FitsSchema(schema, payload), "plan and renderer disagree about a payload");
  Record record;
  record.payload = payload;
  for (const LineStyle style : {LineStyle::kLabel, LineStyle::kCsv, LineStyle::kJson}) {
    Counter out;
    const Status status = Render(record, schema, style, out);
    FUZZ_CHECK((status == Status::kOk) == fits, "a payload that fits is not rendered");
    FUZZ_CHECK(fits || out.bytes == 0, "a part of a line was written");
  }
  Counter header;
  FUZZ_CHECK(RenderCsvHeader(schema, header) == Status::kOk, "a schema has no header");
}

}  // namespace
}  // namespace norlog::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  norlog::fuzz::Input input(data, size);
  const norlog::Text schema = norlog::Text::Of(input.Bytes(input.U8()));
  const norlog::SchemaCheck check = norlog::CheckSchema(schema);
  FUZZ_CHECK(check.at <= schema.size(), "an error behind the text");
  if (check.error != norlog::SchemaError::kNone) return 0;
  std::vector<char> wire;
  norlog::fuzz::CheckWire(schema, wire);
  norlog::fuzz::CheckPayload({wire.data(), wire.size()}, input.rest());
  return 0;
}
