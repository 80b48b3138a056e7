// tests/hand_built.h - flash bytes written from docs/FORMAT.md, not by the engine.
//
// A second, slow and plain reading of the format: tests put these bytes on a
// chip and expect the engine to understand them, or compare them with what the
// engine has programmed. It includes nothing of the engine.
#ifndef TESTS_HAND_BUILT_H_
#define TESTS_HAND_BUILT_H_

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "flashsim/sim_flash.h"

namespace hand {

using Bytes = std::vector<std::uint8_t>;

// "00 FF 2a": two digits a byte, blanks anywhere between.
Bytes Hex(std::string_view text);
Bytes Join(std::initializer_list<Bytes> parts);
Bytes Repeat(std::uint8_t byte, std::size_t count);

// The low `count` bytes of a value, little endian.
Bytes Le(std::uint64_t value, int count);
Bytes Varint(std::uint64_t value);
Bytes ZigZag(std::int64_t value);  // as varint

// CRC-32C, one bit at a time.
std::uint32_t Crc(const Bytes& bytes);

// The sizes that a layout is made of (FORMAT.md section 1).
struct Shape {
  std::uint32_t bucket_bytes = 1024;
  std::uint32_t bucket_count = 8;
  std::uint32_t block_bytes = 256;
  std::uint32_t page_bytes = 256;
  std::uint32_t unit = 1;

  std::uint32_t Check() const;
  std::uint32_t Up(std::uint32_t bytes) const { return (bytes + unit - 1) / unit * unit; }
  std::uint32_t OpenNoteAt() const { return Up(12); }
  std::uint32_t VoidNoteAt() const { return Up(12) + Up(4); }
  std::uint32_t HeaderAt() const { return Up(12) + 2 * Up(4); }
  std::uint32_t BlockAt(std::uint32_t block) const {
    return block == 0 ? HeaderAt() + Up(104) : block * block_bytes;
  }
  std::uint32_t FramesAt(std::uint32_t block) const { return BlockAt(block) + unit; }
};

// 12 bytes.
Bytes Mark(const Shape& shape, std::uint32_t index, std::uint32_t lap);

struct HeaderFields {
  std::uint8_t version = 1;
  std::uint16_t flags = 0;
  std::uint32_t lap = 1;
  std::uint64_t identity = 0;
  std::uint64_t first_sequence = 1;
  std::uint8_t erase_ahead = 1;
  std::uint64_t tail = 0;
  std::int64_t time = 0;
  std::uint32_t ordered_count = 0;
  std::uint32_t since_clock = 0;
  std::uint32_t erases_repeated = 0;
  std::uint16_t blocks_lost = 0;
  std::uint16_t records_damaged = 0;
  std::uint16_t retired_this_lap = 0;
  std::uint16_t retired_last_lap = 0;
  std::uint8_t steps_over = 0;
  Bytes behind = Bytes(8, 0xFF);    // a code for each class of tags
  Bytes block_tags = Bytes(16, 0);  // a mask for each block of the bucket before
};

// 104 bytes.
Bytes Header(const Shape& shape, std::uint32_t index, const HeaderFields& fields);

// Where a frame stands: what its crc is seeded with.
struct Place {
  std::uint64_t identity = 0;
  std::uint64_t number = 0;
  std::uint32_t offset = 0;
};

// first byte, length, body, crc. Of same, data and cursors frames the crc covers `next`, too:
// the sequence number behind the frame.
Bytes Frame(const Place& place, std::uint8_t first_byte, const Bytes& body, std::uint64_t next = 0);
// The short form of a data frame with this content.
Bytes SameFrame(const Place& place, const Bytes& content, std::uint64_t next);

// Mask, then the lags of the enabled readers: as a head frame has them.
Bytes Cursors(std::uint8_t mask, std::initializer_list<std::uint64_t> lags);
// The body of a cursors frame: enabled, moved, then the lags of those that have moved.
Bytes MovedCursors(std::uint8_t mask, std::uint8_t moved,
                   std::initializer_list<std::uint64_t> lags);

// A head frame's prefix behind `from`: the codec state and the cursors.
struct Prefix {
  std::uint64_t next = 1;
  std::int64_t time = 0;
  std::int64_t step = 0;
  std::uint8_t tag = 0;
  std::uint64_t payload_bytes = 0;
  Bytes cursors = {0};
  Bytes block_tags = {};  // a mask for each block before; Bucket::Head adds missing ones as FF
};
Bytes PrefixBytes(const Prefix& prefix);
// `from` of a copy: how many buckets back, and the offset there.
Bytes FromBytes(std::uint64_t buckets_back, std::uint64_t offset);

// Puts a bucket on a chip, structure behind structure.
class Bucket {
 public:
  Bucket(flashsim::SimFlash& chip, const Shape& shape, std::uint64_t number, std::uint64_t identity)
      : chip_(chip), shape_(shape), number_(number), identity_(identity) {}

  // Before the data. The lap and the identity are this bucket's.
  Bucket& PutMark();
  Bucket& PutOpenNote();
  Bucket& PutVoidNote();
  Bucket& PutHeader(HeaderFields fields);
  // All of it but the void note.
  Bucket& Open(std::uint64_t first_sequence, std::uint64_t tail);

  // Touches block `block`; frames go on behind the touch.
  Bucket& Block(std::uint32_t block);
  // 50 + flags: bit 0 copy, 1 real, 2 out of order before, 3 clock set before.
  Bucket& Head(std::uint8_t flags, const Bytes& from, const Prefix& prefix, const Bytes& content);
  // Data frames go on from the last head frame's sequence number.
  Bucket& Data(const Bytes& content);
  Bucket& Same(const Bytes& content);
  Bucket& PutCursors(const Bytes& cursors);
  // One unit of zeros: a close mark or a touch.
  Bucket& Zero();
  Bucket& Raw(const Bytes& bytes);
  // Goes on at `offset` of the bucket.
  Bucket& At(std::uint32_t offset);

  std::uint32_t offset() const { return offset_; }
  std::uint64_t next() const { return next_; }
  Place place() const { return {identity_, number_, offset_}; }
  std::uint64_t address() const;  // of the bucket

 private:
  void Put(std::uint32_t offset, const Bytes& bytes);
  std::uint32_t index() const { return static_cast<std::uint32_t>(number_ % shape_.bucket_count); }
  void Count(const Bytes& content);
  std::uint32_t lap() const { return static_cast<std::uint32_t>(number_ / shape_.bucket_count); }

  flashsim::SimFlash& chip_;
  const Shape shape_;
  const std::uint64_t number_;
  const std::uint64_t identity_;
  std::uint32_t offset_ = 0;
  std::uint64_t next_ = 1;  // behind the last frame
  std::uint64_t payload_bytes_ = 0;
};

}  // namespace hand

#endif  // TESTS_HAND_BUILT_H_
