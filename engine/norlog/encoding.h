// norlog/encoding.h - compact frames as the rest of the engine sees them: an
// interface, so that an application that does without does not link the coder.
// compact.h implements it.
#ifndef NORLOG_ENCODING_H_
#define NORLOG_ENCODING_H_

#include <cstdint>
#include <span>

#include "norlog/codec.h"
#include "norlog/range_coder.h"
#include "norlog/status.h"
#include "norlog/types.h"

namespace norlog {

// What the records of a block have taught the coder; a new block begins with
// nothing. Lives in the caller's memory.
struct ModelMemory {
  std::span<std::uint8_t> bytes;  // ModelBytes(options)
  std::uint8_t tag_capacity = 0;
  std::uint8_t column_capacity = 0;
};

// The content of an encoded frame, being decoded record by record.
struct EncodedContent {
  CodecState state;  // before the frame; `next` moves on with each record
  std::uint32_t left = 0;
  std::span<const std::uint8_t> bytes;
  RangeCoder coder;
  std::uint32_t literals_end = 0;

  EncodedContent() = default;
  EncodedContent(const CodecState& before, std::uint32_t count,
                 std::span<const std::uint8_t> content)
      : state(before),
        left(count),
        bytes(content),
        coder(RangeCoder::Decoder(content)),
        literals_end(static_cast<std::uint32_t>(content.size())) {}
};

class PackHook;

class Encoding {
 public:
  // What the writer and a recovery do with an encoding (core.h).
  virtual const PackHook& packer() const = 0;

  // Forgets everything: a block begins.
  virtual void Reset(const ModelMemory& model) const = 0;

  // Encodes all of `content` into `out` (not empty), of a frame with the codec
  // state `before`; the model has then seen it. False if `out` is too small: the
  // model is then spoilt.
  virtual bool Encode(const ModelMemory& model, const CodecState& before, ContentReader content,
                      std::span<std::uint8_t> out, std::uint32_t& bytes) const = 0;

  // The next record; its payload stands in the content or in the model's
  // memory until the next call. kNothingYet: no more. kDamaged: no engine wrote
  // this. kCannotDecode: it was written with more tags or columns than the
  // model has room for. After either the block's other frames can't be decoded.
  virtual Status DecodeNext(const ModelMemory& model, EncodedContent& content,
                            ContentRecord& record) const = 0;

 protected:
  ~Encoding() = default;
};

// Teaches the model a frame whose records nobody asks for (a reader calls DecodeNext
// itself). kOk, or as DecodeNext.
inline Status LearnFrom(const Encoding& encoding, const ModelMemory& model,
                        EncodedContent content) {
  ContentRecord record;
  Status status = Status::kOk;
  while (Ok(status)) status = encoding.DecodeNext(model, content, record);
  return status == Status::kNothingYet ? Status::kOk : status;
}

}  // namespace norlog

#endif  // NORLOG_ENCODING_H_
