// norlog/compact.h - the encoder of compact frames: give it to a Log whose
// Options ask for it.
//
//   constexpr norlog::ColumnKind kWeather[] = {norlog::ColumnKind::kInt32, ...};
//   constexpr norlog::TagColumns kTags[] = {{1, kWeather}};
//   const norlog::CompactEncoding encoding(kTags);
//   norlog::Log log(flash, options, memory, nullptr, &encoding);
//
// Records of other tags, or of another length, are stored as they are. A reader
// needs no table: each block says what its columns are.
#ifndef NORLOG_COMPACT_H_
#define NORLOG_COMPACT_H_

#include <span>

#include "norlog/columns.h"
#include "norlog/encoding.h"

namespace norlog {

class CompactEncoding final : public Encoding {
 public:
  // The table must outlive the object.
  explicit constexpr CompactEncoding(std::span<const TagColumns> tags = {}) : tags_(tags) {}

  const PackHook& packer() const override;
  void Reset(const ModelMemory& model) const override;
  bool Encode(const ModelMemory& memory, const CodecState& before, ContentReader content,
              std::span<std::uint8_t> out, std::uint32_t& bytes) const override;
  Status DecodeNext(const ModelMemory& memory, EncodedContent& content,
                    ContentRecord& record) const override;

 private:
  std::span<const TagColumns> tags_;
};

}  // namespace norlog

#endif  // NORLOG_COMPACT_H_
