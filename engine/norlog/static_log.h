// norlog/static_log.h - a Log with its memory inside, checked at compile time.
//
//   constexpr norlog::Geometry kChip = {...};
//   constexpr norlog::Options kOptions = {...};
//   norlog::StaticLog<kOptions, kChip> log(flash);
//
// An impossible configuration does not compile; the compiler's message names
// the reason: ConfigurationIs<norlog::OptionsError::kTooFewBuckets>.
#ifndef NORLOG_STATIC_LOG_H_
#define NORLOG_STATIC_LOG_H_

#include <cstdint>

#include "norlog/layout.h"
#include "norlog/lock.h"
#include "norlog/log.h"
#include "norlog/nor_flash.h"

namespace norlog {

template <OptionsError kError>
struct ConfigurationIs {
  static_assert(kError == OptionsError::kNone, "the name of this template's argument says why");
};

template <Options kOptions, Geometry kGeometry>
struct LogMemory : ConfigurationIs<Validate(kOptions, kGeometry)> {
  std::uint8_t bytes[RequiredMemory(kOptions, kGeometry)];
};

// `flash.geometry()` must be kGeometry; Format and Mount check it again.
template <Options kOptions, Geometry kGeometry>
class StaticLog : private LogMemory<kOptions, kGeometry>, public Log {
 public:
  explicit StaticLog(NorFlash& flash, LockHook* lock = nullptr, const Encoding* encoding = nullptr)
      : Log(flash, kOptions, LogMemory<kOptions, kGeometry>::bytes, lock, encoding) {}
};

}  // namespace norlog

#endif  // NORLOG_STATIC_LOG_H_
