// The four functions of libc that the engine and the compiler call. Built
// without the optimisation that would turn their loops into calls of themselves.
#include <cstddef>

extern "C" {

void* memcpy(void* to, const void* from, std::size_t size) {
  char* t = static_cast<char*>(to);
  const char* f = static_cast<const char*>(from);
  for (; size > 0; --size) *t++ = *f++;
  return to;
}

void* memmove(void* to, const void* from, std::size_t size) {
  if (to < from) return memcpy(to, from, size);
  char* t = static_cast<char*>(to) + size;
  const char* f = static_cast<const char*>(from) + size;
  for (; size > 0; --size) *--t = *--f;
  return to;
}

void* memset(void* to, int value, std::size_t size) {
  for (char* t = static_cast<char*>(to); size > 0; --size) *t++ = static_cast<char>(value);
  return to;
}

int memcmp(const void* a, const void* b, std::size_t size) {
  const unsigned char* x = static_cast<const unsigned char*>(a);
  const unsigned char* y = static_cast<const unsigned char*>(b);
  for (; size > 0; --size, ++x, ++y) {
    if (*x != *y) return *x < *y ? -1 : 1;
  }
  return 0;
}
}
