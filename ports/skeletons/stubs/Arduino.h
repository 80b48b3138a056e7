// Stand-in for Arduino's header (see esp_partition.h here).
#pragma once
#include <cstdint>
constexpr int LOW = 0;
constexpr int HIGH = 1;
constexpr int OUTPUT = 1;
void digitalWrite(int pin, int value);
void pinMode(int pin, int mode);
unsigned long micros();
void yield();
