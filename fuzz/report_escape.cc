#include "fuzz/report_escape.h"

#include "absl/strings/str_replace.h"
#include "nlohmann/json.hpp"

namespace norlog::fuzz {
namespace {

constexpr char kReplacement[] = "\xEF\xBF\xBD";

// Lets the JSON library judge what is UTF-8.
std::string ToUtf8(const std::string& text) {
  using nlohmann::json;
  return json::parse(json(text).dump(-1, ' ', false, json::error_handler_t::replace))
      .get<std::string>();
}

bool IsForbidden(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t' && c != '\n') || byte == 0x7F;
}

}  // namespace

std::string Escape(const std::string& text) {
  std::string kept;
  for (const char c : ToUtf8(text)) {
    if (IsForbidden(c)) {
      kept += kReplacement;
    } else {
      kept += c;
    }
  }
  return absl::StrReplaceAll(kept, {{"&", "&amp;"},
                                    {"<", "&lt;"},
                                    {">", "&gt;"},
                                    {"\"", "&quot;"},
                                    {"'", "&#39;"},
                                    {"\xEF\xBF\xBE", kReplacement},
                                    {"\xEF\xBF\xBF", kReplacement}});
}

}  // namespace norlog::fuzz
