// bench/packed.h - what compact frames cost: real series, noise, tslite's
// sample, and larger program units.
#ifndef BENCH_PACKED_H_
#define BENCH_PACKED_H_

#include <string>
#include <vector>

#include "bench/report.h"

namespace norlog::bench {

// Adds rows for the series of tests/data, or of `csv` if there are any: files
// with a header line; first column the time, up to 30 columns of 32-bit integers.
// Series with a known name (weather_uwa, ...) are held against their goals.
void MeasurePacked(const std::vector<std::string>& csv, Report& report);

// Adds rows of the append suite: the series of tests/data, encoded, in a steady
// ring of 4 KiB and of 64 KiB buckets with maintenance. `quick`: one of them.
void MeasurePackedAppends(bool quick, Report& report);

}  // namespace norlog::bench

#endif  // BENCH_PACKED_H_
