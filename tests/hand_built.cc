#include "tests/hand_built.h"

#include <cassert>

namespace hand {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  assert(c >= 'a' && c <= 'f');
  return c - 'a' + 10;
}

Bytes FrameSeed(const Place& place) {
  return Join({Le(place.identity, 8), Le(place.number, 8), Le(place.offset, 4)});
}

}  // namespace

Bytes Hex(std::string_view text) {
  Bytes bytes;
  int high = -1;
  for (const char c : text) {
    if (c == ' ' || c == '\n') continue;
    if (high < 0) {
      high = HexDigit(c);
    } else {
      bytes.push_back(static_cast<std::uint8_t>(high * 16 + HexDigit(c)));
      high = -1;
    }
  }
  assert(high < 0);
  return bytes;
}

Bytes Join(std::initializer_list<Bytes> parts) {
  Bytes all;
  for (const Bytes& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

Bytes Repeat(std::uint8_t byte, std::size_t count) {
  return Bytes(count, byte);
}

Bytes Le(std::uint64_t value, int count) {
  Bytes bytes;
  for (; count > 0; --count) {
    bytes.push_back(static_cast<std::uint8_t>(value % 256));
    value /= 256;
  }
  return bytes;
}

Bytes Varint(std::uint64_t value) {
  Bytes bytes;
  while (value > 127) {
    bytes.push_back(static_cast<std::uint8_t>(128 + value % 128));
    value /= 128;
  }
  bytes.push_back(static_cast<std::uint8_t>(value));
  return bytes;
}

Bytes ZigZag(std::int64_t value) {
  const auto u = static_cast<std::uint64_t>(value);
  return Varint(value >= 0 ? 2 * u : 2 * ~u + 1);
}

std::uint32_t Crc(const Bytes& bytes) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const std::uint8_t byte : bytes) {
    for (int bit = 0; bit < 8; ++bit) {
      const bool out = ((crc ^ (byte >> bit)) & 1) != 0;
      crc = (crc >> 1) ^ (out ? 0x82F63B78u : 0u);
    }
  }
  return crc ^ 0xFFFFFFFF;
}

std::uint32_t Shape::Check() const {
  return Crc(Join({Le(bucket_bytes, 4), Le(bucket_count, 4), Le(block_bytes, 4), Le(page_bytes, 4),
                   Le(unit, 4)}));
}

Bytes Mark(const Shape& shape, std::uint32_t index, std::uint32_t lap) {
  const Bytes front = Join({Hex("C1 00 00 00"), Le(lap, 4)});
  return Join({front, Le(Crc(Join({Le(shape.Check(), 4), Le(index, 4), front})), 4)});
}

Bytes Header(const Shape& shape, std::uint32_t index, const HeaderFields& f) {
  const Bytes seed = Join({Le(shape.Check(), 4), Le(index, 4)});
  const Bytes front = Join({Hex("B1"), Le(f.version, 1), Le(f.flags, 2), Le(f.lap, 4),
                            Le(f.identity, 8), Le(f.first_sequence, 8)});
  const Bytes probe = Join({front, Le(Crc(Join({seed, front})), 4)});
  const Bytes sizes =
      Join({Le(shape.bucket_bytes, 4), Le(shape.bucket_count, 4), Le(shape.page_bytes, 4),
            Le(shape.unit, 1), Le(shape.bucket_bytes / shape.block_bytes, 1), Le(f.erase_ahead, 1),
            Le(f.steps_over, 1), Le(f.retired_this_lap, 2), Le(f.retired_last_lap, 2)});
  const std::uint64_t number = std::uint64_t{f.lap} * shape.bucket_count + index;
  const Bytes counts =
      Join({Le(number - f.tail, 4), Le(static_cast<std::uint64_t>(f.time), 8),
            Le(f.ordered_count, 4), Le(f.since_clock, 4), Le(f.erases_repeated, 4),
            Le(f.blocks_lost, 2), Le(f.records_damaged, 2), f.behind, f.block_tags});
  const Bytes all = Join({probe, sizes, counts});
  return Join({all, Le(Crc(Join({seed, all})), 4)});
}

Bytes Frame(const Place& place, std::uint8_t first_byte, const Bytes& body, std::uint64_t next) {
  const Bytes front = Join({Bytes{first_byte}, Varint(body.size()), body});
  const bool has_next = first_byte == 0x2A || first_byte == 0x3C || first_byte == 0x4D;
  return Join(
      {front, Le(Crc(Join({FrameSeed(place), front, has_next ? Le(next, 8) : Bytes()})), 4)});
}

Bytes SameFrame(const Place& place, const Bytes& content, std::uint64_t next) {
  Bytes frame = Frame(place, 0x2A, content, next);
  const std::size_t left_out = Varint(content.size()).size() + 1;
  frame.erase(frame.begin() + 1, frame.begin() + 1 + static_cast<std::ptrdiff_t>(left_out));
  return frame;
}

Bytes Cursors(std::uint8_t mask, std::initializer_list<std::uint64_t> lags) {
  Bytes bytes = {mask};
  for (const std::uint64_t lag : lags) bytes = Join({bytes, Varint(lag)});
  return bytes;
}

Bytes MovedCursors(std::uint8_t mask, std::uint8_t moved,
                   std::initializer_list<std::uint64_t> lags) {
  Bytes bytes = {mask, moved};
  for (const std::uint64_t lag : lags) bytes = Join({bytes, Varint(lag)});
  return bytes;
}

Bytes PrefixBytes(const Prefix& p) {
  return Join({Varint(p.next), ZigZag(p.time), ZigZag(p.step), Le(p.tag, 1),
               Varint(p.payload_bytes), p.cursors, p.block_tags});
}

Bytes FromBytes(std::uint64_t buckets_back, std::uint64_t offset) {
  return Join({Varint(buckets_back), Varint(offset)});
}

std::uint64_t Bucket::address() const {
  return std::uint64_t{index()} * shape_.bucket_bytes;
}

void Bucket::Put(std::uint32_t offset, const Bytes& bytes) {
  chip_.Poke(address() + offset, bytes);
}

Bucket& Bucket::PutMark() {
  Put(0, Mark(shape_, index(), lap()));
  return *this;
}

Bucket& Bucket::PutOpenNote() {
  Put(shape_.OpenNoteAt(), Repeat(0, shape_.Up(4)));
  return *this;
}

Bucket& Bucket::PutVoidNote() {
  Put(shape_.VoidNoteAt(), Repeat(0, shape_.Up(4)));
  return *this;
}

Bucket& Bucket::PutHeader(HeaderFields fields) {
  fields.lap = lap();
  fields.identity = identity_;
  Put(shape_.HeaderAt(), Header(shape_, index(), fields));
  return *this;
}

Bucket& Bucket::Open(std::uint64_t first_sequence, std::uint64_t tail) {
  HeaderFields fields;
  fields.first_sequence = first_sequence;
  fields.tail = tail;
  return PutMark().PutOpenNote().PutHeader(fields);
}

Bucket& Bucket::Block(std::uint32_t block) {
  return At(shape_.BlockAt(block)).Zero();
}

// Counts the records, run by run, as far as the content is well formed.
void Bucket::Count(const Bytes& content) {
  std::size_t at = 0;
  const auto varint = [&] {
    std::uint64_t value = 0;
    for (int shift = 0; at < content.size() && shift < 64; shift += 7) {
      value |= std::uint64_t{content[at] & 0x7Fu} << shift;
      if (content[at++] < 0x80) break;
    }
    return value;
  };
  while (at < content.size()) {
    const std::uint8_t head = content[at++];
    if ((head & 0x80) != 0) {
      ++at;  // the tag
      payload_bytes_ = varint();
    }
    if ((head & 0x40) != 0) (void)varint();
    const std::uint64_t records = (head & 0x3Fu) + 1;
    next_ += records;
    at += static_cast<std::size_t>(records * payload_bytes_);
  }
}

Bucket& Bucket::Head(std::uint8_t flags, const Bytes& from, const Prefix& prefix,
                     const Bytes& content) {
  next_ = prefix.next;
  payload_bytes_ = prefix.payload_bytes;
  Count(content);
  const auto first_byte = static_cast<std::uint8_t>(0x50 + flags);
  Prefix whole = prefix;
  if (offset_ < shape_.bucket_bytes) whole.block_tags.resize(offset_ / shape_.block_bytes, 0xFF);
  return Raw(Frame(place(), first_byte, Join({from, PrefixBytes(whole), content})));
}

Bucket& Bucket::Data(const Bytes& content) {
  Count(content);
  return Raw(Frame(place(), 0x3C, content, next_));
}

Bucket& Bucket::Same(const Bytes& content) {
  Count(content);
  return Raw(SameFrame(place(), content, next_));
}

Bucket& Bucket::PutCursors(const Bytes& cursors) {
  return Raw(Frame(place(), 0x4D, cursors, next_));
}

Bucket& Bucket::Zero() {
  return Raw(Repeat(0, shape_.unit));
}

Bucket& Bucket::Raw(const Bytes& bytes) {
  Put(offset_, bytes);
  offset_ += shape_.Up(static_cast<std::uint32_t>(bytes.size()));
  return *this;
}

Bucket& Bucket::At(std::uint32_t offset) {
  offset_ = offset;
  return *this;
}

}  // namespace hand
