#include "fuzz/schema_judge.h"

#include <array>
#include <optional>

#include "norlog/reader.h"
#include "norlog/schema_lookup.h"
#include "norlog/typed_schema.h"

namespace norlog::fuzz {
namespace {

constexpr SchemaEntry kFirst[] = {{kTypedTag, Schema<"Q:time B:fw Y:a">::wire()}};
constexpr SchemaEntry kSecond[] = {{kTypedTag, Schema<"Q:time B:fw Y:b">::wire()}};

// The frame around a schema, and what a data frame behind it takes more than in a head frame.
constexpr std::uint32_t kFrameBytes = 16;

class Watch final : public SchemaSink {
 public:
  void OnSchema(const SchemaRef& schema) override {
    if (schema.tag != kTypedTag) return;
    const Text text = Text::Of(schema.text);
    known_ = std::string(text.data(), text.size());
  }
  void Forget() override { known_.reset(); }
  const std::optional<std::string>& known() const { return known_; }

 private:
  std::optional<std::string> known_;
};

std::string Expected(std::uint8_t firmware) {
  const Text text = SchemasOf(firmware)[0].wire;
  return std::string(text.data(), text.size());
}

// The schema of the record that was read last; "" if the chip did not let it be read.
Status SchemaOf(Reader& reader, const Watch& watch, std::uint64_t sequence, std::string& text) {
  if (watch.known() && !reader.place().copy) {
    text = *watch.known();
    return Status::kOk;
  }
  Watch found;
  const Status status = reader.FindRecordSchema(kTypedTag, found);
  if (status == Status::kNoSchema) {
    text = "none";
  } else {
    NORLOG_TRY(status);
    text = found.known().value_or("none");
  }
  return reader.Seek(Sequence{sequence + 1});
}

}  // namespace

std::span<const SchemaEntry> SchemasOf(std::uint8_t firmware) {
  return firmware == 0 ? kFirst : kSecond;
}

std::uint32_t SchemaCost(std::uint32_t program_unit_bytes) {
  const auto bytes = static_cast<std::uint32_t>(kFirst[0].wire.size() + kFrameBytes);
  return kFirmwares * ((bytes + program_unit_bytes - 1) / program_unit_bytes * program_unit_bytes);
}

std::string JudgeSchemas(Log& log) {
  Reader reader(log, 0);
  Watch watch;
  reader.set_schema_sink(&watch);
  if (reader.Seek(Sequence{1}) != Status::kOk) return "";
  Record record;
  for (;;) {
    const Status status = reader.Next(record);
    if (status == Status::kGap) continue;
    if (status != Status::kOk) return "";  // the end, or what the look has told already
    if (record.tag != kTypedTag || record.payload.empty()) continue;
    const std::uint64_t sequence = record.sequence.value;
    const std::string expected = Expected(record.payload[0]);
    std::string text;
    if (SchemaOf(reader, watch, sequence, text) != Status::kOk) return "";
    if (text != expected) {
      return "record " + std::to_string(sequence) + " has schema " + text + " instead of " +
             expected;
    }
  }
}

}  // namespace norlog::fuzz
