// fuzz/query_check.h - queries against a filter over a full scan.
#ifndef FUZZ_QUERY_CHECK_H_
#define FUZZ_QUERY_CHECK_H_

#include <string>

#include "fuzz/oracle.h"
#include "norlog/log.h"

namespace norlog::fuzz {

// Asks a mounted log for a span of time, for tags, forwards, backwards or by time,
// a reader with a filter, and for the newest record of a tag; which, follows from
// what the scan showed. "" if each answer is what a filter over the scan leaves, else
// what was asked and what came.
std::string CheckQueries(Log& log, const Sighting& sighting);

}  // namespace norlog::fuzz

#endif  // FUZZ_QUERY_CHECK_H_
