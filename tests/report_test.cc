// What a campaign hands to people and programs: JSON that survives the way
// there and back, shards that add up, XML and HTML that no text can break.
// With NORLOG_REPORT_PAGES set to a folder the pages are left there to look at.
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "fuzz/campaign_result.h"
#include "fuzz/merge.h"
#include "fuzz/report_html.h"
#include "fuzz/report_json.h"
#include "fuzz/report_junit.h"
#include "fuzz/report_text.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/report_sample.h"

namespace norlog::fuzz {
namespace {

using nlohmann::json;

// JSON keys with times set to 0: what must not depend on the machine.
std::string WithoutTimes(CampaignResult result) {
  result.cpu_seconds = result.wall_seconds = 0;
  for (SetupResult& setup : result.setups) setup.cpu_seconds = 0;
  return ToJson(result);
}

CampaignResult MergeOrDie(std::vector<CampaignResult> shards) {
  auto merged = Merge(std::move(shards));
  EXPECT_TRUE(merged.ok()) << merged.status();
  return merged.ok() ? *std::move(merged) : CampaignResult();
}

std::string MergeError(std::vector<CampaignResult> shards) {
  return std::string(Merge(std::move(shards)).status().message());
}

std::string ReadError(const std::string& text) {
  return std::string(FromJson(text).status().message());
}

// The error of reading the sample with the value at `pointer` replaced.
std::string ReadErrorWith(const std::string& pointer, const json& value) {
  json document = json::parse(ToJson(BrokenSample()));
  document[json::json_pointer(pointer)] = value;
  return ReadError(document.dump());
}

// Runs a Python program on `text` in a file; its exit code.
int Python(const std::string& program, const std::string& text) {
  const std::string path = absl::StrCat(testing::TempDir(), "norlog_report_", getpid());
  std::ofstream(path, std::ios::binary) << text;
  const int status = std::system(absl::StrCat("python3 -c '", program, "' ", path).c_str());
  unlink(path.c_str());
  return status;
}

void Keep(const std::string& name, const std::string& text) {
  const char* folder = std::getenv("NORLOG_REPORT_PAGES");
  if (folder != nullptr) std::ofstream(absl::StrCat(folder, "/", name), std::ios::binary) << text;
}

bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(HistogramTest, BinsByBits) {
  Histogram histogram;
  for (const std::uint64_t value : {0ull, 1ull, 2ull, 3ull, 4ull, 1ull << 31, ~0ull}) {
    histogram.Add(value);
  }
  EXPECT_EQ(histogram.bins[0], 1u);
  EXPECT_EQ(histogram.bins[1], 1u);
  EXPECT_EQ(histogram.bins[2], 2u);
  EXPECT_EQ(histogram.bins[3], 1u);
  EXPECT_EQ(histogram.bins[32], 2u);  // what has more bits is in the last
  EXPECT_EQ(histogram.max, ~0ull);
}

TEST(MessageShapeTest, ForgetsNumbersOnly) {
  EXPECT_EQ(MessageShape("record 41 at 0x04aF, bucket 9"), "record # at #, bucket #");
  EXPECT_EQ(MessageShape("none"), "none");
  EXPECT_EQ(MessageShape("7"), "#");
  EXPECT_NE(MessageShape("1 record lost"), MessageShape("1 record torn"));
}

TEST(MergeTest, ShardsEqualTheWholeButForTimes) {
  const CampaignResult merged = MergeOrDie({Sample(1, 2), Sample(0, 2)});
  EXPECT_EQ(WithoutTimes(merged), WithoutTimes(Sample()));
  EXPECT_NEAR(merged.cpu_seconds, Sample().cpu_seconds, 1e-6);
}

TEST(MergeTest, TakesPartsOfParts) {
  const CampaignResult part = MergeOrDie({Sample(2, 3), Sample(1, 3)});
  EXPECT_EQ(part.shards_missing, std::vector<std::uint32_t>{0});
  EXPECT_EQ(WithoutTimes(MergeOrDie({part, Sample(0, 3)})), WithoutTimes(Sample()));
}

TEST(MergeTest, NamesMissingShards) {
  const CampaignResult merged = MergeOrDie({Sample(3, 5), Sample(1, 5)});
  EXPECT_EQ(merged.shards_missing, (std::vector<std::uint32_t>{0, 2, 4}));
  EXPECT_EQ(merged.shard_count, 5u);
  EXPECT_TRUE(Contains(ToText(merged), "of 5 shards these are missing: 0, 2, 4"));
  EXPECT_EQ(MergeOrDie({Sample(1, 2)}).shards_missing, std::vector<std::uint32_t>{0});
}

TEST(MergeTest, JoinsFailuresThatLookAlike) {
  CampaignResult a = Sample(0, 2);
  CampaignResult b = Sample(1, 2);
  a.failures = {SampleFailure("G2", "record 41 is gone")};
  b.failures = {SampleFailure("G3", "record 9 is gone"), SampleFailure("G2", "record 8 is gone")};
  b.failures[1].first_case = 12;
  const CampaignResult merged = MergeOrDie({a, b});
  ASSERT_EQ(merged.failures.size(), 2u);
  EXPECT_EQ(merged.failures[0].message, "record 8 is gone");  // the earlier case
  EXPECT_EQ(merged.failures[0].count, 6u);
  EXPECT_EQ(merged.failures[1].guarantee, "G3");
}

TEST(MergeTest, RefusesByName) {
  CampaignResult other = Sample(1, 2);
  EXPECT_EQ(MergeError({}), "no result to merge");
  EXPECT_EQ(MergeError({Sample(0, 2), other, Sample(0, 2)}), "shard 0 of 2 is given twice");
  EXPECT_EQ(MergeError({Sample(0, 2), Sample(1, 3)}),
            "shard counts differ: shard 0 of 2 has \"2\", shard 1 of 3 has \"3\"");
  other.mode = "--random";
  EXPECT_EQ(MergeError({Sample(0, 2), other}),
            "modes differ: shard 0 of 2 has \"--exhaustive --nested=2\", shard 1 of 2 has "
            "\"--random\"");
  other = Sample(1, 2);
  other.seed = 7;
  EXPECT_EQ(MergeError({Sample(0, 2), other}),
            "seeds differ: shard 0 of 2 has \"0xfedcba9876543210\", shard 1 of 2 has "
            "\"0x0000000000000007\"");
  other = Sample(1, 2);
  other.images.pop_back();
  EXPECT_TRUE(Contains(MergeError({Sample(0, 2), other}), "images differ"));
}

TEST(MergeTest, RefusesWhatCannotBe) {
  CampaignResult other = Sample(1, 2);
  other.setups[2].cut_points[5].operation = "another";
  EXPECT_TRUE(Contains(MergeError({Sample(0, 2), other}), "cut points differ"));
  other = Sample(2, 2);
  EXPECT_TRUE(Contains(MergeError({other}), "there is no shard 2 of 2"));
  other = Sample(0, 2);
  other.shards_missing = {0};
  EXPECT_FALSE(Merge({other}).ok());
  other = Sample();
  other.shard_count = 0xFFFFFFFF;
  EXPECT_FALSE(Merge({other}).ok());
}

TEST(JsonTest, RoundTrips) {
  CampaignResult result = BrokenSample();
  result.shard_count = 4;
  result.shards_missing = {1, 2};
  result.interrupted = true;
  result.setups[0].cases_digest = 0xFFFFFFFFFFFFFFFF;
  const auto back = FromJson(ToJson(result));
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_TRUE(*back == result);
}

TEST(JsonTest, HasThePromisedKeys) {
  const json document = json::parse(ToJson(BrokenSample()));
  EXPECT_EQ(document.at("guarantees_broken"), 1);
  EXPECT_GT(document.at("cycles"), 0);
  EXPECT_GT(document.at("states_memoised"), 0);
  EXPECT_GT(document.at("cpu_seconds"), 0.0);
  EXPECT_EQ(document.at("seed"), "0xfedcba9876543210");
  ASSERT_EQ(document.at("throughput").size(), 3u);
  for (const json& row : document.at("throughput")) {
    EXPECT_TRUE(row.at("profile").is_string());
    EXPECT_TRUE(row.at("geometry").is_string());
    EXPECT_GT(row.at("cycles_per_cpu_minute"), 0.0);
  }
  EXPECT_TRUE(document.at("setups").at(0).contains("cycles_per_cpu_minute"));
}

TEST(JsonTest, SurvivesNastyText) {
  const auto back = FromJson(ToJson(NastySample()));
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_TRUE(Contains(back->mode, "</script>"));
  EXPECT_TRUE(Contains(back->mode, "\xEF\xBF\xBD"));  // for what was not UTF-8
}

TEST(JsonTest, NamesWhatIsWrong) {
  EXPECT_EQ(ReadError(""), "not JSON, or cut off");
  EXPECT_EQ(ReadError(ToJson(Sample()).substr(0, 1000)), "not JSON, or cut off");
  EXPECT_EQ(ReadError(std::string(1'000'000, '[')), "not JSON, or cut off");
  EXPECT_TRUE(Contains(ReadError("[1]"), "not a result of norlog-campaign"));
  EXPECT_TRUE(Contains(ReadError("{\"lost\": 0}"), "not a result of norlog-campaign"));
  EXPECT_TRUE(Contains(ReadErrorWith("/format_version", 2), "format_version: not 1"));
  EXPECT_EQ(ReadErrorWith("/setups/3/wear", 1), "setups[3].wear: not a list");
  EXPECT_EQ(ReadErrorWith("/setups/3/wear/2", -1), "setups[3].wear[2]: not a count");
  EXPECT_EQ(ReadErrorWith("/setups/0/cut_points/9", "x"), "setups[0].cut_points[9]: not an object");
  EXPECT_EQ(ReadErrorWith("/shard_index", 1ull << 32), "shard_index: more than 32 bits");
  EXPECT_EQ(ReadErrorWith("/shard_index", 1), "shard_index: not below shard_count");
  EXPECT_EQ(ReadErrorWith("/cpu_seconds", nullptr), "cpu_seconds: not a time");
  EXPECT_EQ(ReadErrorWith("/interrupted", 0), "interrupted: neither true nor false");
  EXPECT_EQ(ReadErrorWith("/failures/1/trace", 5), "failures[1].trace: not text");
  EXPECT_EQ(ReadErrorWith("/setups/1", json::object()), "setups[1].setup: missing");
  EXPECT_TRUE(Contains(ReadErrorWith("/seed", "0x12"), "seed: not 0x and 16"));
  EXPECT_EQ(ReadErrorWith("/setups/0/recovery_us/bins", std::vector<int>(34)),
            "setups[0].recovery_us: too many bins");
}

// A fixed number of changes to valid text: an error or a result, never a crash.
TEST(JsonTest, NeverCrashesOnDamage) {
  const std::string good = ToJson(Sample(0, 1, /*points=*/4));
  for (std::size_t at = 0; at < good.size(); at += 11) {
    std::string bad = good;
    bad[at] = "0\"]}-x,\xFF"[at % 8];
    if (const auto result = FromJson(bad); result.ok()) (void)Merge({*result});
  }
}

constexpr char kCheckXml[] =
    "import sys, xml.etree.ElementTree as E; r = E.parse(sys.argv[1]).getroot(); "
    "c = r.findall(\"testsuite/testcase\"); "
    "f = r.findall(\"testsuite/testcase/failure\"); "
    "assert r.tag == \"testsuites\" and len(c) == int(r.get(\"tests\")); "
    "assert len(f) == int(r.get(\"failures\")) == FAILURES, len(f)";

std::string CheckXml(int failures) {
  return absl::StrReplaceAll(kCheckXml, {{"FAILURES", absl::StrCat(failures)}});
}

TEST(JunitTest, IsWellFormed) {
  EXPECT_EQ(Python(CheckXml(0), ToJunit(Sample())), 0);
  EXPECT_EQ(Python(CheckXml(0), ToJunit(CampaignResult())), 0);
  EXPECT_EQ(Python(CheckXml(1), ToJunit(BrokenSample())), 0);
  EXPECT_EQ(Python(CheckXml(2), ToJunit(NastySample())), 0);
}

TEST(JunitTest, TellsEachFailureOnce) {
  const std::string xml = ToJunit(BrokenSample());
  EXPECT_TRUE(Contains(xml, "<testsuite name=\"once8-keep.nested\" tests=\"12\" failures=\"1\""));
  EXPECT_TRUE(Contains(xml, "name=\"G2 whole or not at all\" time=\"0\"><failure"));
  EXPECT_TRUE(Contains(xml, "--replay=5:17.3:2.8"));
  EXPECT_TRUE(Contains(xml, "CUT: byte prefix"));
  EXPECT_EQ(xml.find("record 9 comes back"), xml.rfind("record 9 comes back"));
}

TEST(JunitTest, MissingShardsFailAndIdleSetupsAreSkipped) {
  CampaignResult result = MergeOrDie({Sample(1, 3)});
  result.setups[0].jobs_done = 0;
  const std::string xml = ToJunit(result);
  EXPECT_EQ(Python(CheckXml(1), xml), 0);
  EXPECT_TRUE(Contains(xml, "missing shards: 0, 2"));
  EXPECT_TRUE(Contains(xml, "skipped=\"12\""));
}

TEST(TextTest, ShowsTablesClustersAndVerdict) {
  const std::string good = ToText(Sample());
  for (const char* part : {"per CPU-min", "toy-overwrite", "4 x 256 B, unit 1, kBits",
                           "G1 retention floor", "\nguarantees broken: 0 in "}) {
    EXPECT_TRUE(Contains(good, part)) << part << "\n" << good;
  }
  const std::string bad = ToText(BrokenSample());
  EXPECT_TRUE(Contains(bad, "replay: norlog-campaign --setup=once8-keep")) << bad;
  EXPECT_TRUE(Contains(bad, "FAILED. guarantees broken: 1 (G2), in 2 ways."));
  EXPECT_TRUE(Contains(ToText(CampaignResult()), "Nothing was run."));
}

// Tags nest, ids are there once, nothing is loaded from anywhere.
constexpr char kCheckHtml[] =
    "import sys, html.parser as h\n"
    "void = {\"meta\", \"link\", \"br\"}; drawn = {\"path\", \"rect\"}\n"
    "class P(h.HTMLParser):\n"
    "  def __init__(s): super().__init__(); s.open = []; s.ids = set()\n"
    "  def handle_starttag(s, t, a):\n"
    "    a = dict(a); assert not {\"src\", \"onload\", \"onclick\"} & set(a), a\n"
    "    assert \"a\" not in a, a\n"
    "    assert a.get(\"href\", \"data:\").startswith(\"data:\")\n"
    "    i = a.get(\"id\"); assert i is None or i not in s.ids, i; s.ids.add(i)\n"
    "    if t not in void: s.open.append(t)\n"
    "  def handle_startendtag(s, t, a): assert t in drawn, t\n"
    "  def handle_endtag(s, t): assert s.open.pop() == t, (t, s.getpos())\n"
    "p = P(); p.feed(open(sys.argv[1], encoding=\"utf-8\").read()); p.close()\n"
    "assert not p.open, p.open\n";

void ExpectGoodPage(const std::string& html) {
  EXPECT_EQ(Python(kCheckHtml, html), 0);
  EXPECT_FALSE(Contains(html, "http://"));
  EXPECT_FALSE(Contains(html, "https://"));
  EXPECT_FALSE(Contains(html, "<b a="));
  EXPECT_TRUE(Contains(html, "Content-Security-Policy"));
}

TEST(HtmlTest, CleanPage) {
  const std::string html = ToHtml(Sample());
  Keep("clean.html", html);
  ExpectGoodPage(html);
  EXPECT_TRUE(Contains(html, "<h1>No guarantee broken</h1>"));
  for (const char* id :
       {"coverage", "guarantees", "images", "throughput", "recovery", "wear", "setups", "shards"}) {
    EXPECT_TRUE(Contains(html, absl::StrCat("<section id=\"", id, "\">"))) << id;
  }
  EXPECT_FALSE(Contains(html, "id=\"failures\""));
}

TEST(HtmlTest, PageWithFailures) {
  const std::string html = ToHtml(BrokenSample());
  Keep("failures.html", html);
  ExpectGoodPage(html);
  EXPECT_TRUE(Contains(html, "<h1>1 guarantee broken: G2</h1>"));
  EXPECT_TRUE(Contains(html, "CUT: byte prefix"));
  EXPECT_TRUE(Contains(html, "<code>norlog-campaign --setup=once8-keep --replay=5:17.3:2.8"));
  EXPECT_TRUE(Contains(html, "<mark>0414  4e"));
}

TEST(HtmlTest, NastyTextStaysText) {
  const std::string html = ToHtml(NastySample());
  Keep("nasty.html", html);
  ExpectGoodPage(html);
  EXPECT_TRUE(Contains(html, "&lt;b a=&#39;1&#39; c=&quot;2&quot;&gt;&amp;amp; ]]&gt;"));
}

TEST(HtmlTest, EmptyAndPartialPages) {
  const std::string empty = ToHtml(CampaignResult());
  Keep("empty.html", empty);
  ExpectGoodPage(empty);
  EXPECT_TRUE(Contains(empty, "<h1>Nothing was run</h1>"));
  const std::string part = ToHtml(MergeOrDie({Sample(0, 8), Sample(3, 8), Sample(5, 8)}));
  Keep("partial.html", part);
  ExpectGoodPage(part);
  EXPECT_TRUE(Contains(part, "Missing of 8 shards: 1, 2, 4, 6, 7."));
  EXPECT_TRUE(Contains(part, "operations not cut"));
}

TEST(HtmlTest, SizeIsBounded) {
  const std::string html = ToHtml(Sample(0, 1, /*points=*/100'000));
  Keep("large.html", html);
  ExpectGoodPage(html);
  EXPECT_LT(html.size(), 4'000'000u);
  EXPECT_TRUE(Contains(html, "operations 0 to 156, lap 0"));
}

}  // namespace
}  // namespace norlog::fuzz
