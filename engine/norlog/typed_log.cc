#include "norlog/typed_log.h"

namespace norlog {

void FormatSlot::Passed(Text stored) {
  status_ = plan_.Compile(stored, fields_);
  current_ = true;
  inherited_ = false;
  searched_ = false;
}

void FormatSlot::Found(Text stored, const RecordPlace& place) {
  status_ = stored.empty() ? Status::kNoSchema : plan_.Compile(stored, fields_);
  current_ = false;
  searched_ = true;
  inherited_ = place.copy && place.from.number < place.frame.number;
  found_at_ = place.frame;
}

// What a search found holds for its frame, read again; and, unless it came from
// another bucket, for what follows until the way is left.
bool FormatSlot::KnowsFor(const RecordPlace& place) {
  if (searched_ && place.frame == found_at_) current_ = true;
  return current_ && (!inherited_ || place.frame == found_at_);
}

void SchemaTracker::OnSchema(const SchemaRef& schema) {
  for (FormatSlot& slot : slots_) {
    if (slot.tag() != schema.tag) continue;
    if (searching_ == nullptr) {
      slot.Passed(Text::Of(schema.text));
    } else if (searching_ == &slot) {
      slot.Found(Text::Of(schema.text), place_);
    }
  }
}

void SchemaTracker::Forget() {
  for (FormatSlot& slot : slots_) slot.Forget();
}

// The record has to be read again afterwards: the search took its buffer.
Status TypedReaderBase::Search(FormatSlot& slot) {
  const Sequence sequence = record_.sequence;
  const RecordPlace place = reader_.place();
  tracker_.SearchFor(&slot, place);
  const Status status = reader_.FindRecordSchema(slot.tag(), tracker_);
  tracker_.SearchFor(nullptr, {});
  if (status == Status::kNoSchema) {
    slot.Found(Text(), place);
  } else {
    NORLOG_TRY(status);
  }
  return reader_.Seek(sequence);
}

Status TypedReaderBase::NextRecord(std::span<FormatSlot> slots, FormatSlot*& slot) {
  tracker_.Track(slots);
  for (int i = 0; i < 2; ++i) {
    NORLOG_TRY(reader_.Next(record_));
    slot = nullptr;
    for (FormatSlot& candidate : slots) {
      if (candidate.tag() == record_.tag) slot = &candidate;
    }
    if (slot == nullptr || slot->KnowsFor(reader_.place())) return Status::kOk;
    NORLOG_TRY(Search(*slot));
  }
  return Status::kNoSchema;
}

}  // namespace norlog
