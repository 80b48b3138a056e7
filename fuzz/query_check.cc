#include "fuzz/query_check.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "flashsim/rng.h"
#include "norlog/query.h"

namespace norlog::fuzz {
namespace {

// A record with the time that is asked for.
struct Seen {
  RecordFact fact;
  std::int64_t time = 0;
};

// Of a clock record's payload only the front is known.
bool IsSame(const Seen& seen, const Record& record) {
  std::span<const std::uint8_t> payload = record.payload;
  const std::size_t known = seen.fact.payload.size();
  if (record.tag == kClockRecord && payload.size() > known) payload = payload.first(known);
  return record.sequence.value == seen.fact.sequence && record.tag == seen.fact.tag &&
         record.raw_time == seen.fact.time && record.time == seen.time &&
         std::equal(payload.begin(), payload.end(), seen.fact.payload.begin(),
                    seen.fact.payload.end());
}

std::vector<Seen> RecordsOf(const Sighting& sighting) {
  std::vector<Seen> records;
  for (const Glimpse& glimpse : sighting.scan) {
    if (!glimpse.is_gap) records.push_back({glimpse.record, glimpse.time});
  }
  return records;
}

QuerySpec MakeSpec(const std::vector<Seen>& records, flashsim::Rng& rng) {
  const auto some = [&] { return records.at(rng.Below(records.size())); };
  QuerySpec spec;
  if (rng.Below(4) != 0) spec.from_time = some().time;
  if (rng.Below(4) != 0) spec.to_time = some().time;
  if (spec.from_time > spec.to_time) std::swap(spec.from_time, spec.to_time);
  if (rng.Below(2) == 0) spec.tags = {some().fact.tag, static_cast<std::uint8_t>(rng.Below(128))};
  const std::uint64_t order = rng.Below(8);  // by time it takes several passes
  if (order >= 4) spec.order = order == 7 ? QueryOrder::kByTime : QueryOrder::kBackwards;
  return spec;
}

std::string ToString(const QuerySpec& spec) {
  return "query " + std::to_string(spec.from_time) + " to " + std::to_string(spec.to_time) +
         (spec.tags.IsAll() ? "" : ", some tags") +
         (spec.order == QueryOrder::kBackwards ? ", backwards" : "") +
         (spec.order == QueryOrder::kByTime ? ", by time" : "") + ": ";
}

std::vector<Seen> Filtered(const std::vector<Seen>& records, const QuerySpec& spec) {
  std::vector<Seen> wanted;
  for (const Seen& seen : records) {
    if (seen.time < spec.from_time || seen.time > spec.to_time) continue;
    if (spec.tags.Has(seen.fact.tag)) wanted.push_back(seen);
  }
  if (spec.order == QueryOrder::kBackwards) std::reverse(wanted.begin(), wanted.end());
  if (spec.order == QueryOrder::kByTime) {
    std::stable_sort(wanted.begin(), wanted.end(),
                     [](const Seen& a, const Seen& b) { return a.time < b.time; });
  }
  return wanted;
}

// What `next` gives, up to its kNothingYet, against what is wanted.
template <typename Next>
std::string Compare(const std::string& what, const std::vector<Seen>& wanted, const Next& next) {
  Record record;
  for (std::size_t i = 0;;) {
    const Status status = next(record);
    if (status == Status::kGap) continue;
    if (status == Status::kNothingYet) {
      if (i == wanted.size()) return "";
      return what + "record " + std::to_string(wanted[i].fact.sequence) + " is missing";
    }
    if (status != Status::kOk) return what + StatusName(status);
    if (i == wanted.size() || !IsSame(wanted[i], record)) {
      return what + "record " + std::to_string(record.sequence.value) + " came as no. " +
             std::to_string(i);
    }
    ++i;
  }
}

std::string CheckQuery(Log& log, const std::vector<Seen>& records, const QuerySpec& spec) {
  constexpr std::size_t kItems = 24;
  std::vector<std::uint8_t> buffer(QueryMemory(log.core().options, kItems));
  Query query(log, spec, buffer);
  return Compare(ToString(spec), Filtered(records, spec),
                 [&](Record& record) { return query.Next(record); });
}

// The same by a reader with a filter.
std::string CheckFilter(Log& log, const std::vector<Seen>& records, const QuerySpec& asked) {
  const Filter filter{asked.tags, asked.from_time};
  QuerySpec spec;
  spec.tags = filter.tags;
  spec.from_time = filter.from_time;
  Reader reader(log, 0);
  if (reader.Seek(Sequence{1}) != Status::kOk) return "";
  reader.SetFilter(filter);
  return Compare("filtered reader: ", Filtered(records, spec),
                 [&](Record& record) { return reader.Next(record); });
}

std::string CheckLatest(Log& log, const std::vector<Seen>& records, std::uint8_t tag) {
  const auto newest = std::find_if(records.rbegin(), records.rend(),
                                   [&](const Seen& seen) { return seen.fact.tag == tag; });
  std::vector<std::uint8_t> block(QueryMemory(log.core().options));
  Record record;
  const Status status = LatestOf(log, tag, block, record);
  const bool right = newest == records.rend() ? status == Status::kNotRetained
                                              : status == Status::kOk && IsSame(*newest, record);
  if (right) return "";
  return "the latest record of tag " + std::to_string(tag) + ": " + StatusName(status);
}

}  // namespace

std::string CheckQueries(Log& log, const Sighting& sighting) {
  const std::vector<Seen> records = RecordsOf(sighting);
  if (records.empty()) return "";
  flashsim::Rng rng(sighting.last * 31 + sighting.head);
  const QuerySpec spec = MakeSpec(records, rng);
  std::string wrong = CheckQuery(log, records, spec);
  if (wrong.empty()) wrong = CheckFilter(log, records, spec);
  if (!wrong.empty()) return wrong;
  const RecordFact& some = records.at(rng.Below(records.size())).fact;
  const bool other = rng.Below(4) == 0 || some.tag == kClockRecord;
  return CheckLatest(log, records, other ? std::uint8_t{9} : some.tag);
}

}  // namespace norlog::fuzz
