#include "fuzz/report_junit.h"

#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "fuzz/report_escape.h"
#include "fuzz/report_figures.h"

namespace norlog::fuzz {
namespace {

class Suite {
 public:
  Suite(std::string name, double seconds) : name_(std::move(name)), seconds_(seconds) {}

  void Property(const char* name, std::uint64_t value) {
    absl::StrAppend(&properties_, "      <property name=\"", name, "\" value=\"", value, "\"/>\n");
  }
  void Pass(const std::string& test) { Case(test, ""); }
  void Skip(const std::string& test, const std::string& why) {
    ++skipped_;
    Case(test, absl::StrCat("<skipped message=\"", Escape(why), "\"/>"));
  }
  void Fail(const std::string& test, const std::string& message, const std::string& text) {
    ++failures_;
    Case(test,
         absl::StrCat("<failure message=\"", Escape(message), "\">", Escape(text), "</failure>"));
  }

  std::string Take() const {
    return absl::StrCat(
        absl::StrFormat("  <testsuite name=\"%s\" tests=\"%d\" failures=\"%d\" errors=\"0\" "
                        "skipped=\"%d\" time=\"%.3f\">\n",
                        Escape(name_), tests_, failures_, skipped_, seconds_),
        properties_.empty() ? "" : "    <properties>\n" + properties_ + "    </properties>\n",
        cases_, "  </testsuite>\n");
  }
  std::uint64_t tests() const { return tests_; }
  std::uint64_t failures() const { return failures_; }

 private:
  void Case(const std::string& test, const std::string& outcome) {
    ++tests_;
    absl::StrAppend(&cases_, "    <testcase classname=\"", Escape(name_), "\" name=\"",
                    Escape(test), "\" time=\"0\">", outcome, "</testcase>\n");
  }

  std::string name_;
  double seconds_;
  std::string properties_;
  std::string cases_;
  std::uint64_t tests_ = 0;
  std::uint64_t failures_ = 0;
  std::uint64_t skipped_ = 0;
};

std::string Describe(const FailureCluster& failure) {
  std::string text = absl::StrFormat(
      "%s: %s\n%d times; the first, shrunk: %d operations, %d cuts\n", failure.guarantee,
      failure.message, failure.count, failure.operations, failure.cuts);
  const auto add = [&](const char* title, const std::string& body) {
    if (!body.empty()) absl::StrAppend(&text, "\n", title, "\n", body, "\n");
  };
  add("Replay:", failure.replay);
  add("Trace:", failure.trace);
  add("Image before:", failure.image_before);
  add("Image after:", failure.image_after);
  return text;
}

using Failures = std::vector<const FailureCluster*>;

// One test case for `guarantee` with what is known against it.
void Judge(Suite& suite, const std::string& guarantee, const Failures& failures) {
  if (failures.empty()) return suite.Pass(guarantee);
  std::vector<std::string> texts;
  for (const FailureCluster* failure : failures) texts.push_back(Describe(*failure));
  suite.Fail(guarantee, failures.front()->message, absl::StrJoin(texts, "\n"));
}

// The failures of `result` that `wanted` wants, and marks them as told.
template <typename Wanted>
Failures Pick(const CampaignResult& result, std::set<const FailureCluster*>& told, Wanted wanted) {
  Failures picked;
  for (const FailureCluster& failure : result.failures) {
    if (!told.contains(&failure) && wanted(failure)) picked.push_back(&failure);
  }
  told.insert(picked.begin(), picked.end());
  return picked;
}

Suite SuiteOf(const CampaignResult& result, const SetupResult& setup,
              std::set<const FailureCluster*>& told) {
  Suite suite(absl::StrCat(setup.setup, ".", setup.attack), setup.cpu_seconds);
  suite.Property("jobs", setup.jobs);
  suite.Property("jobs_done", setup.jobs_done);
  suite.Property("cycles", setup.cycles);
  suite.Property("states_memoised", setup.states_memoised);
  suite.Property("cuts", setup.cuts);
  for (const GuaranteeResult& guarantee : result.guarantees) {
    const std::string id = GuaranteeId(guarantee.name);
    const Failures failures = Pick(result, told, [&](const FailureCluster& failure) {
      return Concerns(failure, setup) && GuaranteeId(failure.guarantee) == id;
    });
    if (failures.empty() && setup.jobs_done == 0) {
      suite.Skip(guarantee.name, "nothing of this setup has been run here");
    } else {
      Judge(suite, guarantee.name, failures);
    }
  }
  return suite;
}

// Broken guarantees that no cluster explains, and clusters without a suite.
void AddOrphans(Suite& suite, const CampaignResult& result, std::set<const FailureCluster*>& told) {
  std::set<std::string> explained;
  for (const FailureCluster& failure : result.failures) {
    explained.insert(GuaranteeId(failure.guarantee));
  }
  for (const GuaranteeResult& guarantee : result.guarantees) {
    if (guarantee.broken > 0 && !explained.contains(GuaranteeId(guarantee.name))) {
      suite.Fail(guarantee.name, absl::StrCat("broken ", guarantee.broken, " times"), "");
    }
  }
  for (const FailureCluster* failure :
       Pick(result, told, [](const FailureCluster&) { return true; })) {
    Judge(suite, absl::StrCat(failure->guarantee, " in ", failure->setup), {failure});
  }
}

Suite CampaignSuite(const CampaignResult& result, std::set<const FailureCluster*>& told) {
  Suite suite("campaign", 0);
  AddOrphans(suite, result, told);
  if (result.shards_missing.empty()) {
    suite.Pass("no shard missing");
  } else {
    suite.Fail("no shard missing",
               absl::StrCat(result.shards_missing.size(), " of ", result.shard_count, " missing"),
               absl::StrCat("missing shards: ", absl::StrJoin(result.shards_missing, ", ")));
  }
  if (result.interrupted) {
    suite.Skip("not interrupted", "interrupted: --resume goes on");
  } else {
    suite.Pass("not interrupted");
  }
  return suite;
}

}  // namespace

std::string ToJunit(const CampaignResult& result) {
  std::set<const FailureCluster*> told;
  std::vector<Suite> suites;
  for (const SetupResult& setup : result.setups) suites.push_back(SuiteOf(result, setup, told));
  suites.push_back(CampaignSuite(result, told));
  std::uint64_t tests = 0;
  std::uint64_t failures = 0;
  std::string body;
  for (const Suite& suite : suites) {
    tests += suite.tests();
    failures += suite.failures();
    body += suite.Take();
  }
  return absl::StrFormat(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuites name=\"norlog-campaign\" tests=\"%d\" failures=\"%d\" "
      "errors=\"0\" time=\"%.3f\">\n%s</testsuites>\n",
      tests, failures, result.wall_seconds, body);
}

}  // namespace norlog::fuzz
