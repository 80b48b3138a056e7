// firmware/console.h - lines to and from the board's console.
#ifndef FIRMWARE_CONSOLE_H_
#define FIRMWARE_CONSOLE_H_

#include <cstdint>
#include <span>
#include <type_traits>

namespace firmware {

void Put(const char* text);
void Put(std::uint64_t number);
void Put(std::int64_t number);
template <typename Number>
requires std::is_integral_v<Number>
void Put(Number number) {
  if constexpr (std::is_signed_v<Number>) {
    Put(std::int64_t{number});
  } else {
    Put(std::uint64_t{number});
  }
}

// A line: words and numbers with a space between them.
template <typename First, typename... More>
void Print(First first, More... more) {
  Put(first);
  if constexpr (sizeof...(more) > 0) {
    Put(" ");
    Print(more...);
  } else {
    Put("\n");
  }
}

// Waits for a line and leaves out its end; what does not fit is dropped.
void ReadLine(std::span<char> line);

// The `index`-th word of a line (the command is word 0) as a decimal number; 0
// if it is not there.
std::uint64_t Number(const char* line, int index);

}  // namespace firmware

#endif  // FIRMWARE_CONSOLE_H_
