// norlog/render.h - a record as text: one line, without heap, printf or float library.
//
//   label   WX,2026-11-21 19:06:00,21.5,40         the schema's label, else the tag; A2WH's style
//   csv     2026-11-21 19:06:00,21.5,40            a header line: RenderCsvHeader
//   json    {"seq":7,"label":"WX","values":{"time":"2026-11-21T19:06:00Z","temp":21.5,"hum":40}}
//
// Floats have their shortest exact form, scaled integers their exact one. docs/SCHEMA.md
// has the details.
#ifndef NORLOG_RENDER_H_
#define NORLOG_RENDER_H_

#include <cstdint>
#include <span>

#include "norlog/reader.h"
#include "norlog/status.h"
#include "norlog/text.h"

namespace norlog {

// Takes text, piece by piece.
class TextSink {
 public:
  virtual void Put(Text text) = 0;

 protected:
  ~TextSink() = default;
};

enum class LineStyle : std::uint8_t { kLabel, kCsv, kJson };

// Writes `record` under `schema` (a text as it stands in the log; empty: raw, the payload in
// hex) as a line without its end. kSchemaMismatch, and nothing written: the text is no
// schema, or the payload is not what it describes.
Status Render(const Record& record, Text schema, LineStyle style, TextSink& sink);

// The names of the columns that kCsv writes, with their units. kSchemaMismatch: no schema.
Status RenderCsvHeader(Text schema, TextSink& sink);

// True if `payload` is exactly what `schema`, which is one, describes.
bool FitsSchema(Text schema, std::span<const std::uint8_t> payload);

}  // namespace norlog

#endif  // NORLOG_RENDER_H_
