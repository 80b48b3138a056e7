// norlog/codec.h - records as the content of a frame (docs/FORMAT.md section 2).
//
// Content is a list of runs. Encoding and decoding carry the same small state,
// so content can be encoded before it is known where its frame will stand, and
// be moved verbatim by a recovery: a head frame only has to write the state
// down. Regular records (same tag and length, constant time step) cost nothing
// but their payload.
#ifndef NORLOG_CODEC_H_
#define NORLOG_CODEC_H_

#include <cstdint>
#include <span>

#include "norlog/bytes.h"
#include "norlog/trail.h"
#include "norlog/types.h"

namespace norlog {

// The most records that encoded content (encoding.h) may hold: so many for each of
// its bytes and those of its frame's crc. So the size of what damage took bounds how
// many records that were (FORMAT.md section 4).
inline constexpr std::uint32_t kMaxRecordsPerByte = 8;
inline constexpr std::uint32_t kCountedCrcBytes = 4;
constexpr std::uint64_t MaxEncodedRecords(std::uint64_t content_bytes) {
  return kMaxRecordsPerByte * (content_bytes + kCountedCrcBytes);
}

// What decoding a run starts from.
struct CodecState {
  Sequence next = {1};    // sequence number of the next record
  std::int64_t time = 0;  // of the record before
  std::int64_t step = 0;  // added for each record, modulo 2^64
  std::uint8_t tag = 0;
  std::uint32_t payload_bytes = 0;
};

// Fills a buffer with content, record by record.
class ContentBuilder {
 public:
  // Starts empty content in `room` (up to max content bytes), going on from `state`
  // and, for the time index, from `trail`.
  void Reset(std::span<std::uint8_t> room, const CodecState& state, const Trail& trail = {});

  // Bytes that this record would add.
  std::uint32_t Cost(std::uint8_t tag, std::int64_t time, std::uint32_t payload_bytes) const;

  // Adds a record; Cost of it must be at most free_bytes().
  void Add(std::uint8_t tag, std::int64_t time, std::span<const std::uint8_t> payload);

  std::uint32_t size() const { return size_; }
  std::uint32_t free_bytes() const { return static_cast<std::uint32_t>(room_.size()) - size_; }
  bool empty() const { return size_ == 0; }
  std::span<const std::uint8_t> content() const { return room_.first(size_); }
  std::uint32_t run_at() const { return run_at_; }    // where the present run begins
  const CodecState& start() const { return start_; }  // before the content
  const CodecState& state() const { return state_; }  // after it
  const Trail& trail() const { return trail_; }       // after it; tag_classes: its own

 private:
  bool Extends(std::uint8_t tag, std::int64_t time, std::uint32_t payload_bytes) const;

  std::span<std::uint8_t> room_;
  std::uint32_t size_ = 0;
  std::uint32_t run_at_ = 0;  // where the present run's head stands
  CodecState start_;
  CodecState state_;
  Trail trail_;
};

// One decoded record; the payload points into the content.
struct ContentRecord {
  Sequence sequence;
  std::uint8_t tag = 0;
  std::int64_t time = 0;
  std::span<const std::uint8_t> payload;
};

// Takes content apart, record by record. Content is given as its first byte
// and the rest, because a `same` frame leaves the first byte out on flash.
class ContentReader {
 public:
  ContentReader() = default;
  ContentReader(const CodecState& state, std::uint8_t first, std::span<const std::uint8_t> rest);

  // False at the end, or where the content is malformed (then ok() is false).
  bool Next(ContentRecord& record);

  // Goes to the end run by run, without looking at payloads.
  bool SkipAll();

  bool ok() const { return ok_; }
  const CodecState& state() const { return state_; }

 private:
  bool BeginRun();
  bool at_end() const { return !has_first_ && at_ == rest_.size(); }

  CodecState state_;
  std::span<const std::uint8_t> rest_;
  std::size_t at_ = 0;
  std::uint32_t left_in_run_ = 0;
  std::uint8_t first_ = 0;
  bool has_first_ = false;
  bool ok_ = true;
};

}  // namespace norlog

#endif  // NORLOG_CODEC_H_
