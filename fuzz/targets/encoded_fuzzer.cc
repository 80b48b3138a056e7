// encoded_fuzzer.cc - encoded content: any bytes decode to something harmless;
// what is encoded from the input decodes to it again.
//
// Byte 0 picks the check and the model's room, then come frames: their bytes, or
// columns and records. A violated property aborts; an access out of bounds is
// the sanitizers'.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "fuzz/targets/input.h"
#include "norlog/codec.h"
#include "norlog/columns.h"
#include "norlog/compact.h"
#include "norlog/options.h"

namespace norlog::fuzz {
namespace {

constexpr std::uint32_t kMaxFrames = 32;
constexpr std::uint32_t kMaxRecords = 64;
constexpr std::uint32_t kTagCount = 8;  // more than a model holds
constexpr std::uint32_t kMaxColumns = 8;
constexpr std::size_t kContentBytes = 4096;

// A model in memory of its own, so that the sanitizers see its ends.
class Model {
 public:
  Model(std::uint8_t tags, std::uint8_t columns) {
    Options options;
    options.encoded_tags = tags;
    options.encoded_columns = columns;
    bytes_.resize(ModelBytes(options));
    memory_ = {bytes_, tags, columns};
  }
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;
  const ModelMemory& memory() const { return memory_; }

 private:
  std::vector<std::uint8_t> bytes_;
  ModelMemory memory_;
};

CodecState StateFrom(Input& input) {
  CodecState state;
  state.next = {1 + input.Number() % (std::uint64_t{1} << 62)};
  state.time = static_cast<std::int64_t>(input.Number());
  state.step = static_cast<std::int64_t>(input.Number());
  return state;
}

using Payload = std::vector<std::uint8_t>;

// Frames of any bytes, one after the other in one block.
void CheckDecode(Input input, std::uint8_t tags, std::uint8_t columns) {
  const CompactEncoding encoding;
  const Model model(tags, columns);
  encoding.Reset(model.memory());
  const CodecState state = StateFrom(input);
  for (std::uint32_t frames = 0; frames < kMaxFrames && !input.empty(); ++frames) {
    const std::uint32_t count = 1 + input.Below(kMaxRecords);
    const std::span<const std::uint8_t> given = input.Bytes(input.U8());
    const std::vector<std::uint8_t> bytes(given.begin(), given.end());
    EncodedContent content(state, count, bytes);
    ContentRecord record;
    Status status = Status::kOk;
    std::uint32_t found = 0;
    while ((status = encoding.DecodeNext(model.memory(), content, record)) == Status::kOk) {
      FUZZ_CHECK(record.sequence == state.next + found, "sequence numbers do not follow");
      FUZZ_CHECK(record.tag <= kMaxOwnTag, "no such tag");
      const Payload copied(record.payload.begin(), record.payload.end());  // all can be read
      FUZZ_CHECK(copied.size() == record.payload.size(), "no such payload");
      FUZZ_CHECK(++found <= count, "more records than there are");
    }
    FUZZ_CHECK(status == Status::kNothingYet || status == Status::kDamaged ||
                   status == Status::kCannotDecode,
               "another status");
    FUZZ_CHECK(status != Status::kNothingYet || found == count, "records are missing");
    if (status != Status::kNothingYet) return;
  }
}

// Payload bytes that repeat what was there, mostly.
void DrawPayload(Input& input, std::span<std::uint8_t> payload) {
  for (std::uint8_t& byte : payload) {
    const std::uint8_t change = input.U8();
    if (change >= 0xC0) byte = static_cast<std::uint8_t>(byte + change);
  }
}

class RoundTrip {
 public:
  RoundTrip(Input& input, std::uint8_t tags, std::uint8_t columns)
      : input_(input), writer_(tags, columns), reader_(tags, columns) {
    for (std::uint32_t i = 0; i < kTagCount; ++i) {
      for (std::uint32_t n = input.Below(kMaxColumns); n > 0; --n) {
        kinds_.at(i).push_back(static_cast<ColumnKind>(input.Below(kColumnKindCount)));
      }
      tags_.at(i) = {static_cast<std::uint8_t>(i), kinds_.at(i)};
    }
    state_ = StateFrom(input);
  }

  void Run() {
    const CompactEncoding encoding(tags_);
    encoding.Reset(writer_.memory());
    encoding.Reset(reader_.memory());
    for (std::uint32_t frames = 0; frames < kMaxFrames && !input_.empty(); ++frames) {
      if (!Frame(encoding)) return;
    }
  }

 private:
  void Fill(ContentBuilder& builder) {
    for (std::uint32_t n = 1 + input_.Below(kMaxRecords); n > 0; --n) {
      const auto tag = static_cast<std::uint8_t>(input_.Below(kTagCount));
      std::uint32_t bytes = PayloadBytes(kinds_.at(tag));
      if (input_.U8() == 0xff) bytes = input_.Below(kMaxColumns * 8);
      const std::span<std::uint8_t> payload = std::span(payload_).first(bytes);
      DrawPayload(input_, payload);
      const std::uint64_t step = input_.Number();
      const auto time = static_cast<std::int64_t>(static_cast<std::uint64_t>(builder.state().time) +
                                                  (step == 0 ? last_step_ : step));
      last_step_ = step == 0 ? last_step_ : step;
      if (builder.Cost(tag, time, bytes) > builder.free_bytes()) return;
      builder.Add(tag, time, payload);
    }
  }

  // False if it did not fit: the model is then spoilt.
  bool Frame(const CompactEncoding& encoding) {
    ContentBuilder builder;
    builder.Reset(raw_, state_);
    Fill(builder);
    if (builder.empty()) return false;
    const auto rest = std::span<const std::uint8_t>(raw_).subspan(1, builder.size() - 1);
    std::vector<std::uint8_t> out(1 + input_.U16() % kContentBytes);
    std::uint32_t bytes = 0;
    const ContentReader content(state_, raw_[0], rest);
    if (!encoding.Encode(writer_.memory(), state_, content, out, bytes)) return false;
    FUZZ_CHECK(bytes <= out.size(), "more bytes than there is room for");
    out.resize(bytes);
    Compare(encoding, ContentReader(state_, raw_[0], rest), out,
            static_cast<std::uint32_t>(builder.state().next - state_.next));
    return true;
  }

  void Compare(const CompactEncoding& encoding, ContentReader expected,
               std::span<const std::uint8_t> encoded, std::uint32_t count) {
    EncodedContent content(state_, count, encoded);
    ContentRecord record;
    ContentRecord wanted;
    while (expected.Next(wanted)) {
      FUZZ_CHECK(encoding.DecodeNext(reader_.memory(), content, record) == Status::kOk,
                 "a record is missing");
      FUZZ_CHECK(record.sequence == wanted.sequence && record.tag == wanted.tag &&
                     record.time == wanted.time && record.payload.size() == wanted.payload.size(),
                 "a record changed");
      FUZZ_CHECK(record.payload.empty() || std::memcmp(record.payload.data(), wanted.payload.data(),
                                                       record.payload.size()) == 0,
                 "a payload changed");
    }
  }

  Input& input_;
  const Model writer_;
  const Model reader_;
  std::array<std::vector<ColumnKind>, kTagCount> kinds_;
  std::array<TagColumns, kTagCount> tags_;
  std::array<std::uint8_t, kContentBytes> raw_ = {};
  std::array<std::uint8_t, kMaxColumns* 8> payload_ = {};
  CodecState state_;
  std::uint64_t last_step_ = 1;
};

}  // namespace
}  // namespace norlog::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  norlog::fuzz::Input input(data, size);
  const std::uint8_t choice = input.U8();
  const auto tags = static_cast<std::uint8_t>(1 + choice / 2 % norlog::kMaxEncodedTags);
  const auto columns = static_cast<std::uint8_t>(input.U8() % (norlog::kMaxEncodedColumns + 1));
  if (choice % 2 == 0) {
    norlog::fuzz::CheckDecode(input, tags, columns);
  } else {
    norlog::fuzz::RoundTrip(input, tags, columns).Run();
  }
  return 0;
}
