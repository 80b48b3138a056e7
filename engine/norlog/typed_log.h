// norlog/typed_log.h - records as values: appending and reading by schema.
//
//   using Weather = norlog::Schema<"WX=Q:time f:temp[C] f:hum[%]">;
//   using State = norlog::Schema<"Q:time B:state{idle,run,fault=7}">;
//   using App = norlog::TypedLog<norlog::Format<1, Weather>, norlog::Format<2, State>>;
//
//   App app(log);                              // before log.Mount()
//   app.StoreWithTag<1>(time, 21.5f, 40.0f);   // Store(...) where there is one format
//   app.StoreRecord(9, time, bytes);           // raw, beside them
//
//   App::Reader reader(log, 0);
//   while (reader.Next() == norlog::Status::kOk) {
//     if (reader.tag() == 1) { auto [time, temp, hum] = reader.Get<1>(); ... }
//   }
//
// What cannot be is refused by the compiler: a tag without a schema, the wrong
// number of values, a value of another kind (text for a number, a float for an
// integer). What depends on the value is named: kOutOfRange.
#ifndef NORLOG_TYPED_LOG_H_
#define NORLOG_TYPED_LOG_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>

#include "norlog/log.h"
#include "norlog/read_plan.h"
#include "norlog/reader.h"
#include "norlog/schema_lookup.h"
#include "norlog/schema_writer.h"
#include "norlog/status.h"
#include "norlog/text.h"
#include "norlog/typed_schema.h"
#include "norlog/values.h"

namespace norlog {

// The schema of the records of a tag.
template <std::uint8_t kTagValue, class SchemaType>
struct Format {
  static_assert(kTagValue <= kMaxTag, "tags are 0 to 127");
  static constexpr std::uint8_t kTag = kTagValue;
  using Of = SchemaType;
};

// What a reader knows of one tag: how its records in the log become the values of
// its own schema, as far as it has passed their schema.
class FormatSlot {
 public:
  FormatSlot(std::uint8_t tag, std::span<const Field> fields) : tag_(tag), fields_(fields) {}

  std::uint8_t tag() const { return tag_; }
  void Passed(Text stored);
  // Found by a search, for the frame at `place`.
  void Found(Text stored, const RecordPlace& place);
  void Forget() { current_ = false; }
  // True if the plan is that of records at `place`; else it has to be looked for.
  bool KnowsFor(const RecordPlace& place);
  Status status() const { return status_; }
  ReadPlan& plan() { return plan_; }

 private:
  const std::uint8_t tag_;
  const std::span<const Field> fields_;
  bool current_ = false;    // the reader has passed no frame since it knew the schema
  bool inherited_ = false;  // it only holds for the copy at found_at_
  bool searched_ = false;
  Position found_at_;
  Status status_ = Status::kNoSchema;  // of the plan
  ReadPlan plan_;
};

// Hands the schemas that a reader passes, or searches, to the formats.
class SchemaTracker final : public SchemaSink {
 public:
  void Track(std::span<FormatSlot> slots) { slots_ = slots; }
  // From here on what comes is the answer to a search; null: no more.
  void SearchFor(FormatSlot* slot, const RecordPlace& place) {
    searching_ = slot;
    place_ = place;
  }

 private:
  void OnSchema(const SchemaRef& schema) override;
  void Forget() override;

  std::span<FormatSlot> slots_;
  FormatSlot* searching_ = nullptr;
  RecordPlace place_;
};

// Next and the schemas, for any formats: not a template, and nothing virtual (applications
// may be built with RTTI).
class TypedReaderBase {
 public:
  TypedReaderBase(const TypedReaderBase&) = delete;
  TypedReaderBase& operator=(const TypedReaderBase&) = delete;

  // The record that Next returned last; its payload is valid until the next call.
  const Record& record() const { return record_; }
  std::uint8_t tag() const { return record_.tag; }
  // Seek, Rewind, Commit, gap() ... are Reader's.
  Reader& reader() { return reader_; }

 protected:
  TypedReaderBase(Log& log, int index) : reader_(log, index) { reader_.set_schema_sink(&tracker_); }
  ~TypedReaderBase() = default;

  // As Reader::Next. `slot` gets the format of the record, null if it is raw.
  Status NextRecord(std::span<FormatSlot> slots, FormatSlot*& slot);

 private:
  Status Search(FormatSlot& slot);

  Reader reader_;
  SchemaTracker tracker_;
  Record record_;
};

template <class... Formats>
class TypedReader final : public TypedReaderBase {
 public:
  template <std::uint8_t kTag>
  static constexpr std::size_t kIndexOf = [] {
    std::size_t index = 0;
    std::size_t found = sizeof...(Formats);
    ((Formats::kTag == kTag ? found = index : 0, ++index), ...);
    return found;
  }();

  TypedReader(Log& log, int index)
      : TypedReaderBase(log, index), slots_{FormatSlot(Formats::kTag, Formats::Of::fields())...} {}

  // The next record of the log, as Reader::Next; one of a tag with a format gets its
  // values. kSchemaMismatch: its schema cannot be read as ours (mismatch() says why);
  // kNoSchema: none is known. Then record() is there all the same, and the next call goes on
  // behind it.
  Status Next() {
    values_ = defaults_;
    FormatSlot* slot = nullptr;
    NORLOG_TRY(NextRecord(slots_, slot));
    if (slot == nullptr) return Status::kOk;
    return [&]<std::size_t... kIndex>(std::index_sequence<kIndex...>) {
      Status status = Status::kOk;
      ((slot == &slots_[kIndex] ? status = Read<kIndex>(*slot) : status), ...);
      return status;
    }
    (std::index_sequence_for<Formats...>());
  }

  // The values of record(), whose tag is kTag. Texts and bytes are valid until the next call.
  template <std::uint8_t kTag>
  const auto& Get() const {
    static_assert(kIndexOf<kTag> < sizeof...(Formats), "no format has this tag");
    return std::get<kIndexOf<kTag>>(values_);
  }

  // What fields get that a record's schema lacks. Zero, false, empty if nothing is said.
  template <std::uint8_t kTag>
  auto& Defaults() {
    static_assert(kIndexOf<kTag> < sizeof...(Formats), "no format has this tag");
    return std::get<kIndexOf<kTag>>(defaults_);
  }

  // Why records of kTag cannot be read, after kSchemaMismatch.
  template <std::uint8_t kTag>
  Mismatch mismatch() {
    return slots_[kIndexOf<kTag>].plan().mismatch();
  }

 private:
  template <std::size_t kIndex>
  Status Read(FormatSlot& slot) {
    NORLOG_TRY(slot.status());
    return std::apply(
        [&](auto&... value) {
          const Target targets[] = {{TargetOf(value)}...};
          return slot.plan().Read(record().time, record().payload, targets);
        },
        std::get<kIndex>(values_));
  }
  template <class T>
  static void* TargetOf(T& value) {
    if constexpr (requires { typename std::tuple_size<T>::type; }) {
      return value.data();
    } else {
      return &value;
    }
  }

  FormatSlot slots_[sizeof...(Formats)];
  std::tuple<Values<typename Formats::Of>...> values_;
  std::tuple<Values<typename Formats::Of>...> defaults_;
};

template <class... Formats>
class TypedLog {
 public:
  static_assert(sizeof...(Formats) >= 1 && sizeof...(Formats) <= kMaxSchemas);
  using Reader = TypedReader<Formats...>;

  // Gives the log its schemas; before it is mounted or formatted.
  explicit TypedLog(Log& log) : log_(log), table_(kEntries) { log_.UseSchemas(table_); }
  TypedLog(const TypedLog&) = delete;
  TypedLog& operator=(const TypedLog&) = delete;

  Log& log() { return log_; }

  // Appends a record: its values in the order of the schema, the time among
  // them. As Log::Append; kOutOfRange: a value does not fit its field; kTooLarge: texts and
  // bytes of more than kMaxVariableBytes.
  template <std::uint8_t kTag, class... Args>
  SequenceResult StoreWithTag(const Args&... args) {
    using S = SchemaOf<kTag>;
    static_assert(S::has_time(), "this schema has no time: StoreAt takes it beside the values");
    return Put<kTag>(0, args...);
  }
  // The same for a schema without a time.
  template <std::uint8_t kTag, class... Args>
  SequenceResult StoreAt(std::int64_t time, const Args&... args) {
    using S = SchemaOf<kTag>;
    static_assert(!S::has_time(), "this schema has a time of its own: StoreWithTag");
    return Put<kTag>(time, args...);
  }
  // StoreWithTag where there is one format only.
  template <class... Args>
  SequenceResult Store(const Args&... args) {
    static_assert(sizeof...(Formats) == 1, "which format? StoreWithTag says it");
    return StoreWithTag<std::tuple_element_t<0, std::tuple<Formats...>>::kTag>(args...);
  }
  // Appends a raw record, as Log::Append. Its tag must be none of ours: kInvalidTag.
  SequenceResult StoreRecord(std::uint8_t tag, std::int64_t time,
                             std::span<const std::uint8_t> payload) {
    if (((tag == Formats::kTag) || ...)) return {Status::kInvalidTag, {}};
    return log_.Append(tag, time, payload);
  }
  SequenceResult Commit() { return log_.Commit(); }

 private:
  static constexpr SchemaEntry kEntries[] = {{Formats::kTag, Formats::Of::wire()}...};

  template <std::uint8_t kTag>
  static constexpr std::size_t FormatIndex() {
    static_assert(((Formats::kTag == kTag) || ...), "no format has this tag");
    static_assert((... + (Formats::kTag == kTag ? 1 : 0)) == 1, "two formats have this tag");
    return Reader::template kIndexOf<kTag>;
  }
  template <std::uint8_t kTag>
  using SchemaOf = typename std::tuple_element_t<FormatIndex<kTag>(), std::tuple<Formats...>>::Of;

  template <std::uint8_t kTag, class... Args>
  SequenceResult Put(std::int64_t time, const Args&... args) {
    using S = SchemaOf<kTag>;
    static_assert(sizeof...(Args) == S::kFieldCount, "one value for each field of the schema");
    Values<S> values;
    const bool fits = [&]<std::size_t... kIndex>(std::index_sequence<kIndex...>) {
      return (... && PutValue<Args>(args, std::get<kIndex>(values)));
    }
    (std::index_sequence_for<Args...>());
    if (!fits) return {Status::kOutOfRange, {}};
    if constexpr (S::has_time()) time = static_cast<std::int64_t>(std::get<0>(values));
    std::uint8_t buffer[PayloadRoom<S>() + 1];
    PayloadWriter out(std::span(buffer, PayloadRoom<S>()));
    PutPayload<S>(values, out);
    if (!out.ok()) return {Status::kTooLarge, {}};
    return log_.Append(kTag, time, out.payload());
  }
  template <class Arg, class Value>
  static bool PutValue(const Arg& arg, Value& value) {
    static_assert(values_internal::Accepts<Arg, Value>(),
                  "a value of another kind than its field: Arg for Value");
    return values_internal::Convert(arg, value);
  }

  Log& log_;
  SchemaTable table_;
};

}  // namespace norlog

#endif  // NORLOG_TYPED_LOG_H_
