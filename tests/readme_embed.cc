// The README's first example: between the marks it is the README's text.
#include "tests/readme_examples.h"

// [readme]
#include "norlog/static_log.h"

constexpr norlog::Geometry kW25Q80{.erase_unit_bytes = 4096,
                                   .erase_unit_count = 256,
                                   .program_unit_bytes = 1,
                                   .page_bytes = 256,
                                   .larger_erase_bytes = {32768, 65536}};
constexpr norlog::Options kOptions{.commit_every = 4, .reader_count = 1};

norlog::Status LogAndUpload(norlog::NorFlash& flash, Sensor& sensor, Network& network) {
  static norlog::StaticLog<kOptions, kW25Q80> log(flash);  // 2 KiB of RAM, no heap
  norlog::Status status = log.Mount();                     // repairs what a power cut left
  if (status == norlog::Status::kNoLog) status = log.Format(/*nonce=*/UniqueNumber());
  if (status != norlog::Status::kOk) return status;
  for (int i = 0; i < 100; ++i) {
    const auto result = log.Append(/*tag=*/1, sensor.Time(), sensor.Measure());
    if (result.status != norlog::Status::kOk) return result.status;
    (void)log.Maintain(/*max_erases=*/1);  // when there is time: appends then never wait
  }
  norlog::Reader reader(log, 0);
  norlog::Record record;
  while ((status = reader.Next(record)) != norlog::Status::kNothingYet) {
    if (status == norlog::Status::kOk) {
      network.Send(record.sequence.value, record.payload);
    } else if (status == norlog::Status::kGap) {
      network.Missing(reader.gap().first.value);
    } else {
      return status;
    }
  }
  if (status = reader.Commit(); status != norlog::Status::kOk) return status;
  return log.Close();  // the next Mount programs nothing
}
// [/readme]
