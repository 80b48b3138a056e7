// bench/suite.h - the benchmarks, by name. To add rows, add to the function of
// the suite; to add a suite, declare it here and name it in norlog_bench.cc.
#ifndef BENCH_SUITE_H_
#define BENCH_SUITE_H_

#include <string>
#include <vector>

#include "bench/report.h"

namespace norlog::bench {

// Each measures and adds its rows, whose names begin with the suite's. `quick`:
// only what is exact and takes seconds, for the baseline in CI; the rows are
// then some of the full run's, with the same values.
struct SuiteOptions {
  bool quick = false;
  std::vector<std::string> csv;  // series for the economy suite; none: those of tests/data
};

void RunBoot(const SuiteOptions& options, Report& report);
void RunEconomy(const SuiteOptions& options, Report& report);
void RunAppend(const SuiteOptions& options, Report& report);
void RunQuery(const SuiteOptions& options, Report& report);

}  // namespace norlog::bench

#endif  // BENCH_SUITE_H_
