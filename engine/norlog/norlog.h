/* norlog/norlog.h - the engine for C99.
 *
 *   static norlog_log log;                  // your memory: no heap
 *   static uint8_t memory[2 * 1024];        // norlog_required_memory
 *   norlog_options options;
 *   norlog_default_options(&options);
 *   norlog_init(&log, &flash, &options, memory, sizeof memory, NULL);
 *   if (norlog_mount(&log, NULL) == NORLOG_NO_LOG) norlog_format(&log, nonce, NORLOG_QUICK);
 *   norlog_append(&log, tag, time, payload, size, NULL);
 *   norlog_commit(&log, NULL);
 *
 * Each function does what the method of that name does in log.h and reader.h,
 * where its errors are listed. Firmware that uses this header links libnorlog.a
 * and the compiler's own helpers (libgcc), not libstdc++; of libc it needs
 * memcpy, memmove, memset and memcmp.
 */
#ifndef NORLOG_NORLOG_H_
#define NORLOG_NORLOG_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum norlog_status {
  NORLOG_OK = 0,
  NORLOG_READ_ERROR,
  NORLOG_PROGRAM_ERROR,
  NORLOG_ERASE_ERROR,
  NORLOG_OUT_OF_BOUNDS,
  NORLOG_MISALIGNED,
  NORLOG_NO_POWER,
  NORLOG_BUSY,
  NORLOG_INVALID_OPTIONS,
  NORLOG_NOT_MOUNTED,
  NORLOG_ALREADY_MOUNTED,
  NORLOG_READ_ONLY,
  NORLOG_TOO_LARGE,
  NORLOG_INVALID_TAG,
  NORLOG_INVALID_READER,
  NORLOG_READER_DISABLED,
  NORLOG_CURSOR_BACKWARDS,
  NORLOG_BEYOND_END,
  NORLOG_OUT_OF_RANGE,
  NORLOG_NO_SCHEMA,
  NORLOG_SCHEMA_MISMATCH,
  NORLOG_BAD_MEMORY,
  NORLOG_NO_LOG,
  NORLOG_LAYOUT_MISMATCH,
  NORLOG_UNKNOWN_VERSION,
  NORLOG_FULL,
  NORLOG_EXHAUSTED,
  NORLOG_NOTHING_YET,
  NORLOG_GAP,
  NORLOG_NOT_RETAINED,
  NORLOG_DAMAGED,
  NORLOG_CANNOT_DECODE
} norlog_status;

/* "kFull". Never null. */
const char* norlog_status_name(norlog_status status);

/* --- The chip (geometry.h, nor_flash.h; docs/FLASH_CONTRACT.md) ----------------- */

enum { NORLOG_MAX_LARGER_ERASE_SIZES = 3, NORLOG_MAX_READERS = 8 };

typedef enum norlog_program_rule {
  NORLOG_BITS = 0,
  NORLOG_ONCE = 1,
  NORLOG_ONCE_PLUS_ZERO = 2,
  NORLOG_OVERWRITE = 3
} norlog_program_rule;

typedef struct norlog_geometry {
  uint32_t erase_unit_bytes;
  uint32_t erase_unit_count;
  uint32_t program_unit_bytes;
  uint32_t page_bytes;
  norlog_program_rule program_rule;
  uint32_t larger_erase_bytes[NORLOG_MAX_LARGER_ERASE_SIZES];
} norlog_geometry;

/* The calls of the flash HAL. `context` is handed to each of them. Zero it first. */
typedef struct norlog_flash {
  norlog_geometry geometry;
  void* context;
  norlog_status (*read)(void* context, uint64_t address, void* out, size_t size);
  norlog_status (*program)(void* context, uint64_t address, const void* data, size_t size);
  norlog_status (*erase)(void* context, uint64_t address, uint32_t size);
  norlog_status (*sync)(void* context); /* may be null */
  /* An erase that goes on by itself; both may be null. */
  bool (*start_erase)(void* context, uint64_t address, uint32_t size);
  norlog_status (*busy)(void* context);
} norlog_flash;

/* --- What you choose (options.h) --------------------------------------------------- */

typedef enum norlog_retention {
  NORLOG_OVERWRITE_OLDEST = 0,
  NORLOG_KEEP_UNREAD = 1
} norlog_retention;

typedef enum norlog_recreate {
  NORLOG_NEVER = 0,
  NORLOG_IF_NO_LOG = 1,
  NORLOG_ALWAYS = 2
} norlog_recreate;

typedef struct norlog_options {
  uint32_t bucket_bytes;
  uint32_t block_bytes;
  uint32_t commit_every;
  uint8_t reader_count;
  norlog_retention retention;
  uint8_t erase_ahead;
  norlog_recreate recreate;
  uint64_t recreate_nonce;
  bool verify_programs;
} norlog_options;

/* Start from these: fields that later versions add have a good value then. */
void norlog_default_options(norlog_options* options);

/* Why a configuration is refused: "kTooFewBuckets"; "kNone" if it is not. */
const char* norlog_why_invalid(const norlog_options* options, const norlog_geometry* geometry);

/* Bytes that norlog_init needs beside the handle. */
size_t norlog_required_memory(const norlog_options* options, const norlog_geometry* geometry);

/* --- The log (log.h) ---------------------------------------------------------------- */

/* Opaque. The sizes are checked against the engine's when it is compiled. */
#define NORLOG_LOG_BYTES (888 + 32 * sizeof(void*))
#define NORLOG_READER_BYTES (640 + 16 * sizeof(void*))

typedef struct norlog_log {
  union {
    uint64_t align;
    void* pointer;
    uint8_t bytes[NORLOG_LOG_BYTES];
  } opaque;
} norlog_log;

/* Two mutexes of an RTOS (lock.h): kind 0 is the state lock, 1 the writer lock. */
typedef struct norlog_lock {
  void* context;
  void (*lock)(void* context, int kind);
  void (*unlock)(void* context, int kind);
} norlog_lock;

typedef enum norlog_format_mode { NORLOG_QUICK = 0, NORLOG_WIPE = 1 } norlog_format_mode;

/* Touches neither flash nor memory. All arguments but `options` must outlive the
 * handle; `lock` may be null. After a reset call it again. */
void norlog_init(norlog_log* log, const norlog_flash* flash, const norlog_options* options,
                 void* memory, size_t memory_bytes, const norlog_lock* lock);

norlog_status norlog_format(norlog_log* log, uint64_t nonce, norlog_format_mode mode);

/* `hint`: where the head was (norlog_stats.head_index), or null. */
norlog_status norlog_mount(norlog_log* log, const uint32_t* hint);
norlog_status norlog_mount_read_only(norlog_log* log, const uint32_t* hint);
bool norlog_is_mounted(const norlog_log* log);
norlog_status norlog_close(norlog_log* log);

/* `sequence`, if not null, gets the record's number. */
norlog_status norlog_append(norlog_log* log, uint8_t tag, int64_t time, const void* payload,
                            size_t size, uint64_t* sequence);

/* `sequence`, if not null, gets the last durable record's number. */
norlog_status norlog_commit(norlog_log* log, uint64_t* sequence);

norlog_status norlog_maintain(norlog_log* log, uint32_t max_erases);
norlog_status norlog_enable_reader(norlog_log* log, int index, uint64_t start);
norlog_status norlog_disable_reader(norlog_log* log, int index);
uint32_t norlog_max_payload_bytes(const norlog_log* log);

typedef struct norlog_reader_stats {
  bool enabled;
  uint64_t cursor;
  uint64_t lag;
  uint64_t evicted_unread;
} norlog_reader_stats;

typedef struct norlog_stats {
  uint64_t first_sequence;
  uint64_t last_sequence;
  uint64_t last_accepted;
  uint64_t records_retained;
  uint64_t records_evicted;
  uint64_t identity;
  uint64_t head;
  uint32_t head_index;
  uint32_t bucket_count;
  uint64_t bytes_free_in_bucket;
  norlog_reader_stats readers[NORLOG_MAX_READERS];
  uint64_t largest_lag;
  uint32_t erases_min;
  uint32_t erases_max;
  uint64_t erases_total;
  uint32_t erases_repeated;
  uint32_t retired_buckets;
  int mount_finding; /* 0 formatted, 1 clean, 2 unclean, 3 unclean opening */
  uint32_t mount_reads;
  uint64_t mount_bytes_read;
  uint32_t blocks_lost_to_cuts;
  uint32_t records_damaged;
} norlog_stats;

norlog_status norlog_get_stats(norlog_log* log, norlog_stats* stats);

/* --- Reading (reader.h) --------------------------------------------------------------- */

typedef struct norlog_reader {
  union {
    uint64_t align;
    void* pointer;
    uint8_t bytes[NORLOG_READER_BYTES];
  } opaque;
} norlog_reader;

typedef struct norlog_record {
  uint64_t sequence;
  int64_t time;
  const uint8_t* payload; /* valid until the reader's next call */
  size_t payload_bytes;
  uint8_t tag;
  bool unconfirmed;
} norlog_record;

typedef struct norlog_gap {
  uint64_t first;
  uint64_t last;
  bool damaged; /* false: evicted */
} norlog_gap;

void norlog_reader_init(norlog_reader* reader, norlog_log* log, int index);

/* NORLOG_OK fills `record`; NORLOG_GAP fills `gap`, which may be null. */
norlog_status norlog_reader_next(norlog_reader* reader, norlog_record* record, norlog_gap* gap);

norlog_status norlog_reader_seek(norlog_reader* reader, uint64_t sequence);
norlog_status norlog_reader_rewind(norlog_reader* reader);
norlog_status norlog_reader_commit(norlog_reader* reader);
void norlog_reader_close(norlog_reader* reader);
uint64_t norlog_reader_position(const norlog_reader* reader);

/* --- The conformance kit (port_test.h) -------------------------------------------------- */

typedef struct norlog_port_host {
  void* context;
  void (*found)(void* context, const char* line); /* "C3 kPageWraps at ..." */
  uint64_t (*now_us)(void* context);              /* may be null */
  bool (*restart)(void* context);                 /* may be null */
} norlog_port_host;

typedef struct norlog_port_report {
  uint32_t found;
  bool finished;
  bool restarted;
  norlog_geometry proposed;
  uint32_t read_us;
  uint32_t program_us;
  uint32_t erase_us;
} norlog_port_report;

/* Overwrites `erase_units` (three or more) from `address` on. Uses about 1 KiB
 * of stack. */
void norlog_port_test(const norlog_flash* flash, uint64_t address, uint32_t erase_units,
                      const norlog_port_host* host, norlog_port_report* report);

#ifdef __cplusplus
}
#endif

#endif /* NORLOG_NORLOG_H_ */
