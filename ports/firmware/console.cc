#include "firmware/console.h"

#include <cstddef>

#include "firmware/board.h"

namespace firmware {

void Put(const char* text) {
  while (*text != 0) board::PutChar(*text++);
}

void Put(std::uint64_t number) {
  char digits[20];
  int count = 0;
  do {
    digits[count++] = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number != 0);
  while (count > 0) board::PutChar(digits[--count]);
}

void Put(std::int64_t number) {
  const std::uint64_t bits = static_cast<std::uint64_t>(number);
  if (number < 0) board::PutChar('-');
  Put(number < 0 ? 0 - bits : bits);
}

void ReadLine(std::span<char> line) {
  std::size_t size = 0;
  for (;;) {
    const int c = board::GetChar();
    if (c < 0) continue;
    if (c == '\n') break;
    if (c != '\r' && size + 1 < line.size()) line[size++] = static_cast<char>(c);
  }
  line[size] = 0;
}

std::uint64_t Number(const char* line, int index) {
  for (; index > 0; --index) {
    while (*line != 0 && *line != ' ') ++line;
    while (*line == ' ') ++line;
  }
  std::uint64_t value = 0;
  for (; *line >= '0' && *line <= '9'; ++line) {
    value = value * 10 + static_cast<std::uint64_t>(*line - '0');
  }
  return value;
}

}  // namespace firmware
