/* The four functions of libc that the engine calls, for firmware without one.
 * Built without the optimisation that would turn the loops into calls of
 * themselves. */
#include <stddef.h>

void* memcpy(void* to, const void* from, size_t size) {
  char* t = to;
  const char* f = from;
  while (size-- > 0) *t++ = *f++;
  return to;
}

void* memmove(void* to, const void* from, size_t size) {
  if ((char*)to < (const char*)from) return memcpy(to, from, size);
  while (size-- > 0) ((char*)to)[size] = ((const char*)from)[size];
  return to;
}

void* memset(void* to, int value, size_t size) {
  char* t = to;
  while (size-- > 0) *t++ = (char)value;
  return to;
}

int memcmp(const void* a, const void* b, size_t size) {
  const unsigned char* x = a;
  const unsigned char* y = b;
  for (; size > 0; --size, ++x, ++y) {
    if (*x != *y) return *x < *y ? -1 : 1;
  }
  return 0;
}
