// fuzz/search_check.h - every way of finding the head against the linear scan.
#ifndef FUZZ_SEARCH_CHECK_H_
#define FUZZ_SEARCH_CHECK_H_

#include <string>

#include "flashsim/sim_flash.h"
#include "norlog/options.h"

namespace norlog::fuzz {

// Compares the search without a hint, with the right one, with old and with
// wrong ones, with and without a span, on the bits that the chip has now. Empty
// if all end at the bucket that the scan of all headers finds.
std::string CompareSearches(const flashsim::SimFlash& chip, const Options& options);

}  // namespace norlog::fuzz

#endif  // FUZZ_SEARCH_CHECK_H_
