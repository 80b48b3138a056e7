// Start of a Cortex-M: vectors, RAM, constructors, main. The linker script
// gives the symbols; a board may define SysTick.
#include <cstdint>

extern "C" {
extern std::uint32_t stack_top;
extern std::uint32_t data_load, data_begin, data_end, bss_begin, bss_end;
extern void (*init_array_begin[])();
extern void (*init_array_end[])();
int main();

[[gnu::weak]] void SysTick() {}

// Nothing here is expected: the console goes silent, and the host says so.
void Trap() {
  for (volatile bool forever = true; forever;) {
  }
}

[[noreturn]] void Reset() {
  const std::uint32_t* from = &data_load;
  for (volatile std::uint32_t* to = &data_begin; to < &data_end; ++to) *to = *from++;
  for (volatile std::uint32_t* to = &bss_begin; to < &bss_end; ++to) *to = 0;
  for (void (**constructor)() = init_array_begin; constructor < init_array_end; ++constructor) {
    (*constructor)();
  }
  main();
  for (;;) Trap();
}

using Vector = void (*)();
[[gnu::used, gnu::section(".vectors")]] const Vector kVectors[16] = {
    reinterpret_cast<Vector>(&stack_top),
    reinterpret_cast<Vector>(&Reset),
    Trap,
    Trap,
    Trap,
    Trap,
    Trap,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    Trap,
    Trap,
    nullptr,
    Trap,
    SysTick,
};
}
