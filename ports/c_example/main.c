/* A logger in C99: boots, logs, uploads, sleeps. Exit code 0: all went well.
 * The same file is linked for a chip with -nostdlib -lgcc and no C++ library. */
#include <string.h>

#include "c_example/ram_flash.h"
#include "norlog/norlog.h"

static ram_flash chip;
static norlog_flash flash;
static norlog_log logger;
static uint8_t memory[2 * 256]; /* a block for the log, one for the reader */

static norlog_status boot(void) {
  norlog_options options;
  norlog_status status;
  norlog_default_options(&options);
  options.bucket_bytes = 1024;
  options.block_bytes = 256;
  if (norlog_required_memory(&options, &flash.geometry) > sizeof memory) return NORLOG_BAD_MEMORY;
  norlog_init(&logger, &flash, &options, memory, sizeof memory, NULL);
  status = norlog_mount(&logger, NULL);
  if (status == NORLOG_NO_LOG) status = norlog_format(&logger, 0x1234, NORLOG_QUICK);
  return status;
}

static norlog_status log_temperature(int64_t time, float celsius) {
  uint8_t payload[sizeof celsius];
  norlog_status status;
  memcpy(payload, &celsius, sizeof payload);
  status = norlog_append(&logger, 1, time, payload, sizeof payload, NULL);
  if (status == NORLOG_OK) status = norlog_commit(&logger, NULL);
  return status;
}

/* Hands every record to `send`; what was handed over does not come again. */
static norlog_status upload(int (*send)(const norlog_record* record)) {
  norlog_reader reader;
  norlog_record record;
  norlog_status status;
  norlog_reader_init(&reader, &logger, 0);
  do {
    status = norlog_reader_next(&reader, &record, NULL);
    if (status == NORLOG_OK && !send(&record)) return NORLOG_DAMAGED;
  } while (status == NORLOG_OK || status == NORLOG_GAP);
  return status == NORLOG_NOTHING_YET ? norlog_reader_commit(&reader) : status;
}

static uint64_t sent;

static int send_in_order(const norlog_record* record) {
  float celsius;
  memcpy(&celsius, record->payload, sizeof celsius);
  ++sent;
  return record->sequence == sent && record->time == (int64_t)sent * 60 &&
         celsius == 20.0f + 0.5f * (float)sent;
}

int main(void) {
  int i;
  flash = ram_flash_make(&chip);
  for (i = 1; i <= 100; ++i) {
    /* Each tenth record the power fails: the handle is simply made anew. */
    if (i % 10 == 1 && boot() != NORLOG_OK) return 1;
    if (log_temperature(i * 60, 20.0f + 0.5f * (float)i) != NORLOG_OK) return 2;
    if (i % 25 == 0 && upload(send_in_order) != NORLOG_OK) return 3;
    (void)norlog_maintain(&logger, 1);
  }
  if (sent != 100) return 4;
  return norlog_close(&logger) == NORLOG_OK ? 0 : 5;
}
