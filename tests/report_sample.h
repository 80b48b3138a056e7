// tests/report_sample.h - results that no campaign found, to try reports with.
#ifndef TESTS_REPORT_SAMPLE_H_
#define TESTS_REPORT_SAMPLE_H_

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "fuzz/campaign_result.h"

namespace norlog::fuzz {

inline constexpr char kNasty[] =
    "<b a='1' c=\"2\">&amp; ]]> -- \x01\x1B\x7F \xFF\xC3 \xEF\xBF\xBF </script>";

// Shard `shard` of `shards`: its jobs are those whose number is `shard` modulo `shards`.
inline SetupResult SampleSetup(const std::string& name, const std::string& attack,
                               std::uint32_t shard, std::uint32_t shards, std::size_t points,
                               std::size_t images) {
  SetupResult setup;
  setup.setup = name;
  setup.profile = name.substr(0, name.find('-'));
  setup.attack = attack;
  setup.geometry = name[0] == 't' ? "4 x 256 B, unit 1, kBits" : "8 x 1024 B, unit 1, kBits";
  setup.images.resize(images);
  setup.wear.resize(name[0] == 't' ? 4 : 8);
  const bool nested = attack == "nested";
  for (std::uint32_t i = 0; i < points; ++i) {
    const bool erase = i % 23 == 7;
    setup.cut_points.push_back(
        {absl::StrCat(erase ? "erase 1024 B" : "program 84 B", " at ", i * 8 % 8192, ", bucket ",
                      i * 8 % 8192 / 1024, i % 9 == 0 ? ": header" : ": frame"),
         static_cast<std::uint32_t>(2 * i / points)});
    if (i % shards != shard) continue;
    CutPoint& point = setup.cut_points.back();
    point.cuts = (erase ? 10 : 13) * (2 + i % 5);
    point.nested_cuts = nested ? point.cuts * (3 + i * 7 % 41) : 0;
    const std::uint64_t cases = point.cuts + point.nested_cuts;
    setup.cycles += cases;
    setup.cuts += cases + point.nested_cuts;
    setup.cuts_in_recovery += point.nested_cuts;
    setup.states_memoised += cases / 3;
    setup.laps += cases / 2;
    (erase ? setup.torn_erases : setup.torn_programs) += cases;
    setup.cases_digest += (i + 1) * 0x9E3779B97F4A7C15u;
    for (std::size_t image = 0; image < images; ++image)
      setup.images[image] += cases * (image + 1) / 90;
    for (std::size_t unit = 0; unit < setup.wear.size(); ++unit)
      setup.wear[unit] += cases / 3 + unit % 2;
    setup.recovery_reads.Add(20 + i * i % 97);
    setup.recovery_programs.Add(i % 5);
    setup.recovery_erases.Add(i % 3 == 0 ? 1 : 0);
    setup.recovery_us.Add(400 + i * i % 53'000);
    ++setup.jobs;
    ++setup.jobs_done;
  }
  setup.cpu_seconds = static_cast<double>(setup.cycles) / (name[0] == 't' ? 31'000 : 4'700);
  return setup;
}

// A campaign, or what shard `shard` of `shards` of it finds.
inline CampaignResult Sample(std::uint32_t shard = 0, std::uint32_t shards = 1,
                             std::size_t points = 300) {
  CampaignResult result;
  result.seed = 0xFEDCBA9876543210u;
  result.mode = "--exhaustive --nested=2";
  result.shard_index = shard;
  result.shard_count = shards;
  for (const char* kind : {"program", "erase"}) {
    for (const char* tear : {"none", "all", "byte prefix", "one bit", "random 25 %", "random 50 %",
                             "random 75 %", "marginal", "false blank", "all zero"}) {
      result.images.push_back(absl::StrCat(kind, ": ", tear));
    }
  }
  for (const char* name : {"nor-overwrite", "once8-keep", "toy-overwrite"}) {
    for (const char* attack : {"exhaustive", "nested"}) {
      result.setups.push_back(
          SampleSetup(name, attack, shard, shards, points, result.images.size()));
      result.cpu_seconds += result.setups.back().cpu_seconds;
    }
  }
  result.wall_seconds = result.cpu_seconds / 2;
  for (const char* name :
       {"G1 retention floor", "G2 whole or not at all", "G3 no phantoms", "G4 order, gaps told",
        "G5 cursors", "G6 damage confined", "G7 any image mounts", "G8 liveness", "G9 even wear",
        "G10 boot budget", "G11 no append waits", "G12 programmed once"}) {
    GuaranteeResult guarantee;
    guarantee.name = name;
    for (std::size_t image = 0; image < result.images.size(); ++image) {
      std::uint64_t checks = 0;
      for (const SetupResult& setup : result.setups) checks += setup.images[image];
      guarantee.checks_by_image.push_back(name[1] == '1' && name[2] == '1' ? 0 : checks);
      guarantee.checks += guarantee.checks_by_image.back();
    }
    guarantee.broken_by_image.resize(result.images.size());
    result.guarantees.push_back(guarantee);
  }
  return result;
}

inline FailureCluster SampleFailure(const std::string& guarantee, const std::string& message) {
  FailureCluster failure;
  failure.guarantee = guarantee;
  failure.message = message;
  failure.count = 3;
  failure.setup = "once8-keep";
  failure.attack = "nested";
  failure.first_case = 4'711;
  failure.replay = "norlog-campaign --setup=once8-keep --replay=5:17.3:2.8";
  failure.operations = 7;
  failure.cuts = 2;
  failure.trace =
      "append 3 records, 61 B\ncommit\n  program 84 B at 0x0414 CUT: byte prefix\nmount";
  for (int line = 0; line < 12; ++line) {
    const std::string bytes = "0414  4e 4c 01 02 ff ff ff ff ff ff ff ff ff ff ff ff";
    absl::StrAppend(&failure.image_before, bytes, "\n");
    absl::StrAppend(&failure.image_after, line == 5 ? bytes.substr(0, 42) + "00 00 00 00" : bytes,
                    "\n");
  }
  return failure;
}

inline CampaignResult BrokenSample() {
  CampaignResult result = Sample();
  result.guarantees[1].broken = 4;
  result.guarantees[1].broken_by_image[3] = 4;
  result.setups[3].broken = 4;
  result.failures.push_back(
      SampleFailure("G2", "record 41 was shown by mount 3 and is gone in mount 4"));
  result.failures.push_back(SampleFailure("G2", "record 9 comes back in part: 12 of 61 B"));
  return result;
}

// Nasty text wherever text can stand.
inline CampaignResult NastySample() {
  CampaignResult result = BrokenSample();
  result.mode = kNasty;
  result.images[0] = kNasty;
  result.setups[0].setup = result.setups[0].profile = result.setups[0].geometry = kNasty;
  result.setups[0].attack = kNasty;
  result.setups[0].cut_points[0].operation = kNasty;
  result.guarantees[0].name = kNasty;
  FailureCluster& failure = result.failures[0];
  for (std::string* text : {&failure.guarantee, &failure.message, &failure.setup, &failure.replay,
                            &failure.trace, &failure.image_before, &failure.image_after}) {
    *text = kNasty;
  }
  return result;
}

}  // namespace norlog::fuzz

#endif  // TESTS_REPORT_SAMPLE_H_
