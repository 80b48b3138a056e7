// norlog/typed_encoding.h - compact frames for a TypedLog: its schemas say what the
// columns are.
//
//   using App = norlog::TypedLog<norlog::Format<1, Weather>, norlog::Format<2, State>>;
//   using Compact = norlog::EncodingOf<App>;
//
//   constexpr norlog::Options kOptions = Compact::Enable({.commit_every = 16});
//   norlog::Log log(flash, kOptions, memory, /*lock=*/nullptr, &Compact::kEncoding);
//   App app(log);
#ifndef NORLOG_TYPED_ENCODING_H_
#define NORLOG_TYPED_ENCODING_H_

#include <cstddef>
#include <cstdint>

#include "norlog/columns.h"
#include "norlog/compact.h"
#include "norlog/options.h"
#include "norlog/schema_columns.h"
#include "norlog/typed_log.h"

namespace norlog {

template <class App>
class EncodingOf;

// A format of texts or bytes, or of more than kMaxEncodedColumns values, has no
// columns: its records are stored as they are, in the same frames. So are those of
// formats beyond kMaxEncodedTags, or whose columns come to more than
// kMaxEncodedColumns with those of others: which ones, the order in a block decides.
template <class... Formats>
class EncodingOf<TypedLog<Formats...>> {
 private:
  template <class F>
  static constexpr ColumnList kColumns = ColumnsOf(F::Of::wire());
  static constexpr TagColumns kTable[] = {{Formats::kTag, kColumns<Formats>.kinds()}...};

  static constexpr std::uint8_t AtMost(std::size_t value, std::size_t most) {
    return static_cast<std::uint8_t>(value < most ? value : most);
  }

 public:
  // `options` with room in the models (RAM: ModelBytes) for all columns of the formats.
  static constexpr Options Enable(Options options) {
    std::size_t tags = 0;
    std::size_t columns = 0;
    for (const TagColumns& tag : kTable) {
      tags += tag.kinds.empty() ? 0 : 1;
      columns += tag.kinds.size();
    }
    options.encoded_tags = AtMost(tags, kMaxEncodedTags);
    options.encoded_columns = AtMost(columns, kMaxEncodedColumns);
    return options;
  }

  static constexpr CompactEncoding kEncoding{kTable};
};

}  // namespace norlog

#endif  // NORLOG_TYPED_ENCODING_H_
