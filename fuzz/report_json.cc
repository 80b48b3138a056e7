// Each struct's keys stand in one list, VisitFields, that writing and reading
// share: they cannot drift apart.
#include "fuzz/report_json.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "fuzz/report_figures.h"
#include "nlohmann/json.hpp"

namespace norlog::fuzz {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kFormat[] = "norlog-campaign";
constexpr std::uint64_t kFormatVersion = 1;

// `Struct` may be const.
template <typename Struct, typename Known>
concept Is = std::is_same_v<std::remove_const_t<Struct>, Known>;

template <typename Visitor>
void VisitFields(Visitor& visit, Is<CutPoint> auto& point) {
  visit("operation", point.operation);
  visit("lap", point.lap);
  visit("cuts", point.cuts);
  visit("nested_cuts", point.nested_cuts);
}

template <typename Visitor>
void VisitFields(Visitor& visit, Is<SetupResult> auto& setup) {
  visit("setup", setup.setup);
  visit("profile", setup.profile);
  visit("geometry", setup.geometry);
  visit("attack", setup.attack);
  visit("jobs", setup.jobs);
  visit("jobs_done", setup.jobs_done);
  visit("cycles", setup.cycles);
  visit("states_memoised", setup.states_memoised);
  visit("laps", setup.laps);
  visit("cuts", setup.cuts);
  visit("torn_programs", setup.torn_programs);
  visit("torn_erases", setup.torn_erases);
  visit("cuts_in_recovery", setup.cuts_in_recovery);
  visit("records", setup.records);
  visit("broken", setup.broken);
  visit("cpu_seconds", setup.cpu_seconds);
  visit("clean_budget_used", setup.clean_budget_used);
  visit("cut_budget_used", setup.cut_budget_used);
  visit.Hex("cases_digest", setup.cases_digest);
  visit("images", setup.images);
  visit("wear", setup.wear);
  visit("recovery_reads", setup.recovery_reads);
  visit("recovery_programs", setup.recovery_programs);
  visit("recovery_erases", setup.recovery_erases);
  visit("recovery_us", setup.recovery_us);
  visit("cut_points", setup.cut_points);
}

template <typename Visitor>
void VisitFields(Visitor& visit, Is<GuaranteeResult> auto& guarantee) {
  visit("name", guarantee.name);
  visit("checks", guarantee.checks);
  visit("broken", guarantee.broken);
  visit("checks_by_image", guarantee.checks_by_image);
  visit("broken_by_image", guarantee.broken_by_image);
}

template <typename Visitor>
void VisitFields(Visitor& visit, Is<FailureCluster> auto& failure) {
  visit("guarantee", failure.guarantee);
  visit("message", failure.message);
  visit("count", failure.count);
  visit("setup", failure.setup);
  visit("attack", failure.attack);
  visit("first_case", failure.first_case);
  visit("replay", failure.replay);
  visit("operations", failure.operations);
  visit("cuts", failure.cuts);
  visit("trace", failure.trace);
  visit("image_before", failure.image_before);
  visit("image_after", failure.image_after);
}

template <typename Visitor>
void VisitFields(Visitor& visit, Is<CampaignResult> auto& result) {
  visit.Hex("seed", result.seed);
  visit("mode", result.mode);
  visit("shard_index", result.shard_index);
  visit("shard_count", result.shard_count);
  visit("shards_missing", result.shards_missing);
  visit("interrupted", result.interrupted);
  visit("cpu_seconds", result.cpu_seconds);
  visit("wall_seconds", result.wall_seconds);
  visit("images", result.images);
  visit("guarantees", result.guarantees);
  visit("failures", result.failures);
  visit("setups", result.setups);
}

// Writing.

template <typename T>
Json ToValue(const T& value);
template <typename T>
Json ToValue(const std::vector<T>& values);
Json ToValue(const Histogram& histogram);
Json ToValue(double value);
Json ToValue(const SetupResult& setup);

class FieldWriter {
 public:
  explicit FieldWriter(Json& object) : object_(object) {}
  template <typename T>
  void operator()(const char* key, const T& value) {
    object_[key] = ToValue(value);
  }
  void Hex(const char* key, std::uint64_t value) {
    object_[key] = absl::StrFormat("0x%016x", value);
  }

 private:
  Json& object_;
};

template <typename T>
Json ToValue(const std::vector<T>& values) {
  Json array = Json::array();
  for (const T& value : values) array.push_back(ToValue(value));
  return array;
}

Json ToValue(const Histogram& histogram) {
  std::vector<std::uint64_t> bins(histogram.bins.begin(), histogram.bins.end());
  while (!bins.empty() && bins.back() == 0) bins.pop_back();
  return {{"bins", bins}, {"max", histogram.max}};
}

Json ToValue(double value) {
  return std::isfinite(value) ? value : 0.0;
}

Json ToValue(const SetupResult& setup) {
  Json object = {{"cycles_per_cpu_minute", PerCpuMinute(setup.cycles, setup.cpu_seconds)}};
  FieldWriter writer(object);
  VisitFields(writer, setup);
  return object;
}

template <typename T>
Json ToValue(const T& value) {
  if constexpr (std::is_arithmetic_v<T> || std::is_same_v<T, std::string>) {
    return value;
  } else {
    Json object = Json::object();
    FieldWriter writer(object);
    VisitFields(writer, value);
    return object;
  }
}

Json ThroughputToJson(const CampaignResult& result) {
  Json rows = Json::array();
  for (const Throughput& row : ThroughputByGeometry(result)) {
    rows.push_back({{"profile", row.profile},
                    {"geometry", row.geometry},
                    {"cycles", row.cycles},
                    {"cpu_seconds", row.cpu_seconds},
                    {"cycles_per_cpu_minute", PerCpuMinute(row.cycles, row.cpu_seconds)}});
  }
  return rows;
}

// Reading.

class FieldReader {
 public:
  explicit FieldReader(absl::Status& status) : status_(status) {}

  // The first error stays.
  void Fail(const std::string& what) {
    if (status_.ok()) status_ = absl::InvalidArgumentError(absl::StrCat(path_, ": ", what));
  }

  template <typename T>
  void operator()(const char* key, T& value) {
    const std::string outer = path_;
    const Json* object = value_;
    if (!object->is_object()) return Fail("not an object");
    absl::StrAppend(&path_, path_.empty() ? "" : ".", key);
    const auto found = object->find(key);
    if (found == object->end()) {
      Fail("missing");
    } else {
      value_ = &*found;
      Read(value);
    }
    value_ = object;
    path_ = outer;
  }

  void Hex(const char* key, std::uint64_t& value) {
    std::string text;
    (*this)(key, text);
    const bool prefixed = text.starts_with("0x") && text.size() == 18;
    if (prefixed && absl::SimpleHexAtoi(text, &value)) return;
    absl::StrAppend(&path_, path_.empty() ? "" : ".", key);  // an error: the last place named
    Fail("not 0x and 16 hexadecimal digits");
  }

  template <typename T>
  void ReadRoot(const Json& root, T& value) {
    value_ = &root;
    Read(value);
  }

 private:
  void Read(std::uint64_t& value) {
    if (!value_->is_number_unsigned()) return Fail("not a count");
    value = value_->get<std::uint64_t>();
  }
  void Read(std::uint32_t& value) {
    std::uint64_t wide = 0;
    Read(wide);
    if (wide > std::numeric_limits<std::uint32_t>::max()) return Fail("more than 32 bits");
    value = static_cast<std::uint32_t>(wide);
  }
  void Read(double& value) {
    if (!value_->is_number() || value_->get<double>() < 0) return Fail("not a time");
    value = value_->get<double>();
  }
  void Read(bool& value) {
    if (!value_->is_boolean()) return Fail("neither true nor false");
    value = value_->get<bool>();
  }
  void Read(std::string& value) {
    if (!value_->is_string()) return Fail("not text");
    value = value_->get_ref<const std::string&>();
  }

  template <typename T>
  void Read(std::vector<T>& values) {
    const Json* array = value_;
    const std::string outer = path_;
    if (!array->is_array()) return Fail("not a list");
    for (std::size_t i = 0; i < array->size() && status_.ok(); ++i) {
      value_ = &(*array)[i];
      path_ = absl::StrCat(outer, "[", i, "]");
      Read(values.emplace_back());
    }
    value_ = array;
    path_ = outer;
  }

  void Read(Histogram& histogram) {
    std::vector<std::uint64_t> bins;
    (*this)("bins", bins);
    (*this)("max", histogram.max);
    if (bins.size() > Histogram::kBins) return Fail("too many bins");
    std::copy(bins.begin(), bins.end(), histogram.bins.begin());
  }

  template <typename T>
  void Read(T& value) {
    if (!value_->is_object()) return Fail("not an object");
    VisitFields(*this, value);
  }

  absl::Status& status_;
  const Json* value_ = nullptr;
  std::string path_;  // of value_
};

absl::Status CheckFormat(const Json& root) {
  if (root.is_discarded()) return absl::InvalidArgumentError("not JSON, or cut off");
  if (!root.is_object() || !root.contains("format") || root["format"] != kFormat) {
    return absl::InvalidArgumentError("not a result of norlog-campaign: \"format\" is another");
  }
  if (!root.contains("format_version") || root["format_version"] != kFormatVersion) {
    return absl::InvalidArgumentError(
        absl::StrCat("format_version: not ", kFormatVersion, ", the one that this program reads"));
  }
  return absl::OkStatus();
}

absl::Status CheckRanges(const CampaignResult& result) {
  if (result.shard_index >= result.shard_count) {
    return absl::InvalidArgumentError("shard_index: not below shard_count");
  }
  for (const SetupResult& setup : result.setups) {
    if (setup.images.size() > result.images.size()) {
      return absl::InvalidArgumentError(
          absl::StrCat("setups: ", setup.setup, " counts more images than there are"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

std::string ToJson(const CampaignResult& result) {
  const Totals totals = SumUp(result);
  Json json = {{"format", kFormat},
               {"format_version", kFormatVersion},
               {"guarantees_broken", BrokenGuarantees(result).size()},
               {"checks", totals.checks},
               {"checks_broken", totals.checks_broken},
               {"cycles", totals.cycles},
               {"states_memoised", totals.states_memoised},
               {"cuts", totals.cuts},
               {"jobs", totals.jobs},
               {"jobs_done", totals.jobs_done},
               {"throughput", ThroughputToJson(result)}};
  FieldWriter writer(json);
  VisitFields(writer, result);
  return json.dump(1, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace) + "\n";
}

absl::StatusOr<CampaignResult> FromJson(absl::string_view text) {
  const Json root = Json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  if (absl::Status status = CheckFormat(root); !status.ok()) return status;
  CampaignResult result;
  absl::Status status;
  FieldReader(status).ReadRoot(root, result);
  if (!status.ok()) return status;
  status = CheckRanges(result);
  if (!status.ok()) return status;
  return result;
}

}  // namespace norlog::fuzz
