// Start of a Cortex-A that a debugger or QEMU has loaded into RAM: stack, RAM,
// constructors, main.
#include <cstdint>

extern "C" {
extern std::uint32_t stack_top;
extern std::uint32_t data_load, data_begin, data_end, bss_begin, bss_end;
extern void (*init_array_begin[])();
extern void (*init_array_end[])();
int main();

[[noreturn, gnu::used]] void StartCpp() {
  const std::uint32_t* from = &data_load;
  for (volatile std::uint32_t* to = &data_begin; to < &data_end; ++to) *to = *from++;
  for (volatile std::uint32_t* to = &bss_begin; to < &bss_end; ++to) *to = 0;
  for (void (**constructor)() = init_array_begin; constructor < init_array_end; ++constructor) {
    (*constructor)();
  }
  main();
  for (volatile bool forever = true; forever;) {
  }
  __builtin_unreachable();
}

[[gnu::naked, gnu::section(".vectors"), gnu::used]] void Start() {
  asm volatile("ldr sp, =stack_top\n\tb StartCpp");
}
}
