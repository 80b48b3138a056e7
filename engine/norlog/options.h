// norlog/options.h - what the firmware engineer chooses, and its checks.
#ifndef NORLOG_OPTIONS_H_
#define NORLOG_OPTIONS_H_

#include <cstddef>
#include <cstdint>

namespace norlog {

inline constexpr int kMaxReaders = 8;
inline constexpr std::uint8_t kMaxTag = 127;
inline constexpr std::uint32_t kMaxSchemaTextBytes = 240;
// Tags of the log's own records, which applications cannot append.
inline constexpr std::uint8_t kClockTag = 0x80;  // SetClock; see clock.h
inline constexpr std::uint8_t kMaxOwnTag = kClockTag;
inline constexpr std::uint32_t kMaxEraseAhead = 8;
inline constexpr std::uint32_t kMaxBlocksPerBucket = 16;
inline constexpr std::uint32_t kMinBlockBytes = 256;
inline constexpr std::uint32_t kMaxBlockBytes = 65536;
inline constexpr std::uint32_t kMaxEncodedTags = 6;
inline constexpr std::uint32_t kMaxEncodedColumns = 31;

// What happens when the ring is full.
enum class Retention : std::uint8_t {
  kOverwriteOldest,  // the oldest bucket is evicted, read or not
  kKeepUnread,       // a bucket that an enabled reader still needs is never
                     // evicted; Append answers kFull until a cursor moves on
};

// What Mount does beside mounting. kNever is the default: no error ever makes
// the engine format a log by itself (G6).
enum class Recreate : std::uint8_t {
  kNever,
  kIfNoLog,  // format where Mount would answer kNoLog, and only there
  kAlways,   // start an empty log at each Mount (TSLog's `recreate`)
};

struct Options {
  // The unit of opening, eviction and erase, bytes: a multiple of the erase
  // unit. Larger: less overhead and faster erases per byte, coarser eviction.
  std::uint32_t bucket_bytes = 4096;

  // The grain of damage and of the RAM buffers, bytes: kMinBlockBytes up to
  // the bucket, which holds at most kMaxBlocksPerBucket of them. It bounds the
  // record size and is what an unclean end costs.
  std::uint32_t block_bytes = 1024;

  // Commit by itself after every n appended records (the commit delta);
  // 0 = only when Commit is called (or the buffer is full). While the chip erases by
  // itself (NorFlash::StartErase) such a commit waits for the next Append or Maintain
  // behind that.
  std::uint32_t commit_every = 0;

  // Readers with persistent cursors, 0 to kMaxReaders. Each costs one block
  // buffer of RAM. May change from boot to boot: readers that a firmware does
  // not have are forgotten by its mount; those it adds begin disabled.
  std::uint8_t reader_count = 1;

  Retention retention = Retention::kOverwriteOldest;

  // How many buckets Maintain keeps erased ahead of the head, 1 to
  // kMaxEraseAhead. With one reserve bucket and the head they are what is
  // taken from the retained history (G1).
  std::uint8_t erase_ahead = 1;

  Recreate recreate = Recreate::kNever;
  std::uint64_t recreate_nonce = 0;  // identity for a log made by `recreate`

  // Compact frames (docs/ENCODING.md): how many tags, and how many columns of
  // all their payloads together, a model has room for: 0 to kMaxEncodedTags and
  // kMaxEncodedColumns. What finds no room in its block's model is stored as it
  // is. Needs an Encoding given to the Log. 0 tags: off, and no RAM for it; what
  // was encoded can then not be read.
  std::uint8_t encoded_tags = 0;
  std::uint8_t encoded_columns = 0;

  // Read back what was programmed and compare. Off saves the read time; a worn
  // cell, or one that is not erased where a frame leaves out the rest of a page, is
  // then noticed by a reader instead of by the commit. (Touches,
  // headers, marks and erased buckets are always verified.)
  bool verify_programs = true;
};

// RAM of one model of the encoder (encoding.h), bytes: its parts, and what
// aligning it takes.
inline constexpr std::size_t kBlockModelBytes = 32;
inline constexpr std::size_t kTagModelBytes = 64;
inline constexpr std::size_t kColumnModelBytes = 56;
inline constexpr std::size_t kColumnValueBytes = 8;  // of a decoded payload
inline constexpr std::size_t kModelAlignment = 8;
constexpr std::size_t ModelBytes(const Options& options) {
  if (options.encoded_tags == 0) return 0;
  return kModelAlignment - 1 + kBlockModelBytes + options.encoded_tags * kTagModelBytes +
         options.encoded_columns * (kColumnModelBytes + kColumnValueBytes);
}

}  // namespace norlog

#endif  // NORLOG_OPTIONS_H_
