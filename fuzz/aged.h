// fuzz/aged.h - a chip that holds a log whose counters stand near their ends.
//
// No test can wait for 2^32 laps or 2^63 records. So the first bucket of such a
// log is put on the chip by hand: everything that follows is the engine's.
#ifndef FUZZ_AGED_H_
#define FUZZ_AGED_H_

#include <cstdint>

#include "fuzz/rig.h"

namespace norlog::fuzz {

// Puts an empty, closed log on a virgin chip: bucket 0 open in lap
// `setup.first_lap`, the next record is number `setup.first_record`, every
// reader has read all before it; `setup.totals_left` is kept. The oracle knows.
void Age(const Setup& setup, Checkpoint& start);

}  // namespace norlog::fuzz

#endif  // FUZZ_AGED_H_
