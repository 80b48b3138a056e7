// fuzz/report_escape.h - text of any kind made fit for XML and HTML.
#ifndef FUZZ_REPORT_ESCAPE_H_
#define FUZZ_REPORT_ESCAPE_H_

#include <string>

namespace norlog::fuzz {

// For element content and for attributes in either quote. Markup characters
// become entities; what XML 1.0 has no way to hold (bytes that are not UTF-8,
// control characters but for tab and line end, U+FFFE, U+FFFF) becomes U+FFFD.
std::string Escape(const std::string& text);

}  // namespace norlog::fuzz

#endif  // FUZZ_REPORT_ESCAPE_H_
