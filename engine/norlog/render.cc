#include "norlog/render.h"

#include "norlog/bytes.h"
#include "norlog/number_text.h"
#include "norlog/schema.h"
#include "norlog/schema_text.h"

namespace norlog {
namespace {

std::uint64_t TakeBits(ByteReader& in, std::uint32_t bytes) {
  std::uint64_t bits = 0;
  for (std::uint32_t i = 0; i < bytes; ++i) bits |= std::uint64_t{in.U8()} << (8 * i);
  return bits;
}

// The decimals of a timestamp's or duration's unit.
int UnitDecimals(Text unit) {
  if (unit == Text("ms")) return 3;
  if (unit == Text("us")) return 6;
  return unit == Text("ns") ? 9 : 0;
}

// Bytes of the UTF-8 character that `text` begins with; 0 if there is none.
std::uint32_t CharacterBytes(Text text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<std::uint8_t>(text[i]) : std::uint8_t{0};
  };
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xC0) == 0x80; };
  const std::uint8_t first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first < 0xE0) return follows(1) ? 2 : 0;
  if (first >= 0xE0 && first < 0xF0) {
    const bool shorter = first == 0xE0 && byte(1) < 0xA0;
    const bool surrogate = first == 0xED && byte(1) >= 0xA0;
    return follows(1) && follows(2) && !shorter && !surrogate ? 3 : 0;
  }
  if (first < 0xF0 || first > 0xF4) return 0;
  const bool shorter = first == 0xF0 && byte(1) < 0x90;
  const bool beyond = first == 0xF4 && byte(1) >= 0x90;
  return follows(1) && follows(2) && follows(3) && !shorter && !beyond ? 4 : 0;
}

class Line {
 public:
  Line(LineStyle style, TextSink& sink) : json_(style == LineStyle::kJson), sink_(sink) {}

  // Begins the next column: its comma, and in JSON its name.
  void Column(Text name, std::uint32_t place) {
    if (!first_) sink_.Put(",");
    first_ = false;
    if (!json_) return;
    sink_.Put("\"");
    PutName(name, place);
    sink_.Put("\":");
  }
  void PutName(Text name, std::uint32_t place) {
    if (!name.empty()) return sink_.Put(name);
    PutUnsigned(place);
  }
  // An object inside the line: its names are the schema's, and cannot meet ours.
  void BeginValues() {
    if (!json_) return;
    Column("values", 0);
    sink_.Put("{");
    first_ = true;
  }
  void EndValues() {
    if (json_) sink_.Put("}");
  }
  void PutUnsigned(std::uint64_t value) {
    char room[kMaxNumberText];
    TextWriter out(room, sizeof room);
    out.Unsigned(value);
    sink_.Put({room, out.size()});
  }
  void PutSigned(std::int64_t value) {
    char room[kMaxNumberText];
    TextWriter out(room, sizeof room);
    out.Signed(value);
    sink_.Put({room, out.size()});
  }
  void PutHex(std::span<const std::uint8_t> bytes) {
    constexpr Text kDigits = "0123456789abcdef";
    Quote();
    for (const std::uint8_t byte : bytes) {
      sink_.Put(kDigits.Part(byte >> 4, 1));
      sink_.Put(kDigits.Part(byte & 15, 1));
    }
    Quote();
  }
  void PutText(Text text) { json_ ? PutJsonText(text) : PutCsvText(text); }
  // One value of a field, by its bits.
  void PutValue(const Field& field, std::uint64_t bits);
  void PutArrayBegin() {
    if (json_) sink_.Put("[");
  }
  void PutArrayEnd() {
    if (json_) sink_.Put("]");
  }
  void Separate() { sink_.Put(","); }
  bool json() const { return json_; }
  TextSink& sink() { return sink_; }

 private:
  void Quote() {
    if (json_) sink_.Put("\"");
  }
  void PutJsonText(Text text);
  void PutCsvText(Text text);
  void PutFloat(const Field& field, std::uint64_t bits);
  void PutTime(const Field& field, std::int64_t time);
  bool PutNamed(const Field& field, std::uint64_t bits);

  const bool json_;
  TextSink& sink_;
  bool first_ = true;
};

// What is no UTF-8 becomes U+FFFD: JSON has no other text.
void Line::PutJsonText(Text text) {
  sink_.Put("\"");
  while (!text.empty()) {
    const std::uint32_t bytes = CharacterBytes(text);
    const auto c = static_cast<std::uint8_t>(text[0]);
    if (bytes == 0) {
      sink_.Put("\xEF\xBF\xBD");
    } else if (c == '"' || c == '\\') {
      sink_.Put("\\");
      sink_.Put(text.Part(0, 1));
    } else if (c < 0x20) {
      constexpr Text kDigits = "0123456789abcdef";
      sink_.Put("\\u00");
      sink_.Put(kDigits.Part(c >> 4, 1));
      sink_.Put(kDigits.Part(c & 15, 1));
    } else {
      sink_.Put(text.Part(0, bytes));
    }
    text = text.From(bytes == 0 ? 1 : bytes);
  }
  sink_.Put("\"");
}

// Quoted where RFC 4180 wants it.
void Line::PutCsvText(Text text) {
  bool plain = true;
  for (const char c : text) plain = plain && !schema_internal::IsOneOf(c, ",\"\r\n");
  if (plain) return sink_.Put(text);
  sink_.Put("\"");
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') sink_.Put("\"");
    sink_.Put(text.Part(i, 1));
  }
  sink_.Put("\"");
}

void Line::PutFloat(const Field& field, std::uint64_t bits) {
  const bool is_float = field.type == FieldType::kF32;
  const bool finite = is_float ? (bits >> 23 & 0xff) != 0xff : (bits >> 52 & 0x7ff) != 0x7ff;
  if (json_ && !finite) return sink_.Put("null");
  char room[kMaxNumberText];
  TextWriter out(room, sizeof room);
  is_float ? WriteFloat(static_cast<std::uint32_t>(bits), out) : WriteDouble(bits, out);
  sink_.Put({room, out.size()});
}

void Line::PutTime(const Field& field, std::int64_t time) {
  char room[kMaxNumberText];
  TextWriter out(room, sizeof room);
  const bool quoted = WriteTime(time, UnitDecimals(field.unit), json_, out) && json_;
  if (quoted) Quote();
  sink_.Put({room, out.size()});
  if (quoted) Quote();
}

bool Line::PutNamed(const Field& field, std::uint64_t bits) {
  Text list = field.values;
  Text name;
  std::int64_t value = -1;
  while (TakeValue(list, name, value)) {
    if (static_cast<std::uint64_t>(value) != bits) continue;
    PutText(name);
    return true;
  }
  return false;
}

void Line::PutValue(const Field& field, std::uint64_t bits) {
  if (IsFloat(field.type)) return PutFloat(field, bits);
  if (field.type == FieldType::kBool) {
    return sink_.Put(json_ ? (bits != 0 ? Text("true") : Text("false"))
                           : (bits != 0 ? Text("1") : Text("0")));
  }
  const std::uint32_t unused = 64 - 8 * ValueBytes(field.type);
  if (IsSigned(field.type) && unused > 0) {
    bits = static_cast<std::uint64_t>(static_cast<std::int64_t>(bits << unused) >> unused);
  }
  if (field.type == FieldType::kTimestamp && field.decimals == 0) {
    return PutTime(field, static_cast<std::int64_t>(bits));
  }
  if (PutNamed(field, bits)) return;
  const bool negative = IsSigned(field.type) && static_cast<std::int64_t>(bits) < 0;
  char room[kMaxNumberText];
  TextWriter out(room, sizeof room);
  WriteScaled(negative, negative ? ~bits + 1 : bits, field.decimals, out);
  sink_.Put({room, out.size()});
}

// Text of fixed size ends at its first zero.
Text UpToZero(Text text) {
  std::size_t size = 0;
  while (size < text.size() && text[size] != '\0') ++size;
  return text.Part(0, size);
}

void PutField(const Field& field, std::int64_t time, ByteReader& in, Line& line) {
  if (field.is_time) return line.PutValue(field, static_cast<std::uint64_t>(time));
  if (IsVariable(field.type)) {
    const std::span<const std::uint8_t> bytes = in.Bytes(static_cast<std::size_t>(in.Varint()));
    return field.type == FieldType::kText ? line.PutText(Text::Of(bytes)) : line.PutHex(bytes);
  }
  if (field.type == FieldType::kChar) {
    return line.PutText(UpToZero(Text::Of(in.Bytes(field.count))));
  }
  if (field.is_array) line.PutArrayBegin();
  for (std::uint32_t i = 0; i < field.count; ++i) {
    if (i > 0) line.Separate();
    line.PutValue(field, TakeBits(in, ValueBytes(field.type)));
  }
  if (field.is_array) line.PutArrayEnd();
}

// What stands before the fields: sequence number and label, as the style wants it.
void PutFront(const Record& record, Text label, LineStyle style, Line& line) {
  if (style == LineStyle::kCsv) return;
  if (style == LineStyle::kJson) {
    line.Column("seq", 0);
    line.PutUnsigned(record.sequence.value);
  }
  line.Column(label.empty() ? Text("tag") : Text("label"), 0);
  label.empty() ? line.PutUnsigned(record.tag) : line.PutText(label);
}

void PutRaw(const Record& record, Line& line) {
  line.Column("time", 0);
  line.PutSigned(record.time);
  line.Column("raw", 0);
  line.PutHex(record.payload);
}

void PutFields(const Record& record, SchemaParser& parser, Line& line) {
  ByteReader in(record.payload);
  Field field;
  for (std::uint32_t place = 0; parser.Next(field); ++place) {
    if (place == 0 && !field.is_time) {
      line.Column("time", 0);
      line.PutSigned(record.time);
    }
    if (place == 0) line.BeginValues();
    line.Column(field.is_time && field.name.empty() ? Text("time") : field.name, place);
    PutField(field, record.time, in, line);
  }
  line.EndValues();
}

}  // namespace

bool FitsSchema(Text schema, std::span<const std::uint8_t> payload) {
  ByteReader in(payload);
  SchemaParser parser(schema);
  for (Field field; parser.Next(field);) {
    if (field.is_time) continue;
    const std::uint64_t bytes =
        IsVariable(field.type) ? in.Varint() : std::uint64_t{field.payload_bytes()};
    if (!in.ok()) return false;
    static_cast<void>(in.Bytes(static_cast<std::size_t>(bytes)));
  }
  return in.ok() && in.rest().empty();
}

Status Render(const Record& record, Text schema, LineStyle style, TextSink& sink) {
  const bool raw = schema.empty();
  if (!raw &&
      (CheckSchema(schema).error != SchemaError::kNone || !FitsSchema(schema, record.payload))) {
    return Status::kSchemaMismatch;
  }
  Line line(style, sink);
  SchemaParser parser(schema);
  if (line.json()) sink.Put("{");
  PutFront(record, parser.label(), style, line);
  raw ? PutRaw(record, line) : PutFields(record, parser, line);
  if (line.json()) sink.Put("}");
  return Status::kOk;
}

Status RenderCsvHeader(Text schema, TextSink& sink) {
  if (CheckSchema(schema).error != SchemaError::kNone) return Status::kSchemaMismatch;
  Line line(LineStyle::kCsv, sink);
  SchemaParser parser(schema);
  Field field;
  for (std::uint32_t place = 0; parser.Next(field); ++place) {
    if (place == 0 && !field.is_time) {
      line.Column({}, 0);
      sink.Put("time");
    }
    const bool columns = field.is_array && field.type != FieldType::kChar;
    for (std::uint32_t i = 0; i < (columns ? field.count : 1U); ++i) {
      line.Column({}, 0);
      line.PutName(field.is_time && field.name.empty() ? Text("time") : field.name, place);
      if (columns) {
        sink.Put(".");
        line.PutUnsigned(i);
      }
      if (field.unit.empty()) continue;
      sink.Put("[");
      line.PutText(field.unit);
      sink.Put("]");
    }
  }
  return Status::kOk;
}

}  // namespace norlog
