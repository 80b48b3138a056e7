#include "fuzz/query_check.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "flashsim/rng.h"
#include "norlog/query.h"

namespace norlog::fuzz {
namespace {

RecordFact FactOf(const Record& record) {
  return {record.sequence.value,
          record.tag,
          record.time,
          {record.payload.begin(), record.payload.end()}};
}

std::vector<RecordFact> RecordsOf(const Sighting& sighting) {
  std::vector<RecordFact> records;
  for (const Glimpse& glimpse : sighting.scan) {
    if (!glimpse.is_gap) records.push_back(glimpse.record);
  }
  return records;
}

QuerySpec MakeSpec(const std::vector<RecordFact>& records, flashsim::Rng& rng) {
  const auto some = [&] { return records.at(rng.Below(records.size())); };
  QuerySpec spec;
  if (rng.Below(4) != 0) spec.from_time = some().time;
  if (rng.Below(4) != 0) spec.to_time = some().time;
  if (spec.from_time > spec.to_time) std::swap(spec.from_time, spec.to_time);
  if (rng.Below(2) == 0) spec.tags = {some().tag, static_cast<std::uint8_t>(rng.Below(128))};
  if (rng.Below(2) == 0) spec.order = QueryOrder::kBackwards;
  return spec;
}

std::string ToString(const QuerySpec& spec) {
  return "query " + std::to_string(spec.from_time) + " to " + std::to_string(spec.to_time) +
         (spec.tags.IsAll() ? "" : ", some tags") +
         (spec.order == QueryOrder::kBackwards ? ", backwards" : "") + ": ";
}

std::string CheckQuery(Log& log, const std::vector<RecordFact>& records, const QuerySpec& spec) {
  std::vector<RecordFact> wanted;
  for (const RecordFact& fact : records) {
    if (fact.time < spec.from_time || fact.time > spec.to_time) continue;
    if (spec.tags.Has(fact.tag)) wanted.push_back(fact);
  }
  if (spec.order == QueryOrder::kBackwards) std::reverse(wanted.begin(), wanted.end());
  std::vector<std::uint8_t> block(log.core().options.block_bytes);
  Query query(log, spec, block);
  Record record;
  for (std::size_t i = 0;;) {
    const Status status = query.Next(record);
    if (status == Status::kGap) continue;
    if (status == Status::kNothingYet) {
      if (i == wanted.size()) return "";
      return ToString(spec) + "record " + std::to_string(wanted[i].sequence) + " is missing";
    }
    if (status != Status::kOk) return ToString(spec) + StatusName(status);
    if (i == wanted.size() || !(FactOf(record) == wanted[i])) {
      return ToString(spec) + "record " + std::to_string(record.sequence.value) + " came as no. " +
             std::to_string(i);
    }
    ++i;
  }
}

std::string CheckLatest(Log& log, const std::vector<RecordFact>& records, std::uint8_t tag) {
  const auto newest = std::find_if(records.rbegin(), records.rend(),
                                   [&](const RecordFact& fact) { return fact.tag == tag; });
  std::vector<std::uint8_t> block(log.core().options.block_bytes);
  Record record;
  const Status status = LatestOf(log, tag, block, record);
  const bool right = newest == records.rend() ? status == Status::kNotRetained
                                              : status == Status::kOk && FactOf(record) == *newest;
  if (right) return "";
  return "the latest record of tag " + std::to_string(tag) + ": " + StatusName(status);
}

}  // namespace

std::string CheckQueries(Log& log, const Sighting& sighting) {
  const std::vector<RecordFact> records = RecordsOf(sighting);
  if (records.empty()) return "";
  flashsim::Rng rng(sighting.last * 31 + sighting.head);
  const std::string query = CheckQuery(log, records, MakeSpec(records, rng));
  if (!query.empty()) return query;
  const RecordFact& some = records.at(rng.Below(records.size()));
  return CheckLatest(log, records, rng.Below(4) == 0 ? 9 : some.tag);
}

}  // namespace norlog::fuzz
