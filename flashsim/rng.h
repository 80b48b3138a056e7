// flashsim/rng.h - the one source of chance: same seed, same bytes on any compiler.
//
// The C++ standard fixes what std::mt19937_64 yields but not what its
// distributions make of it, so seeds would not replay between standard
// libraries. Here everything is plain 64-bit integer arithmetic: splitmix64 to
// spread seeds, xoshiro256** (Blackman and Vigna) for the stream.
#ifndef FLASHSIM_RNG_H_
#define FLASHSIM_RNG_H_

#include <array>
#include <bit>
#include <cstdint>

namespace flashsim {

// splitmix64's output function: a bijection that spreads every input bit over
// all output bits. Hashes (seed, index) pairs where no stream is wanted.
constexpr std::uint64_t Mix64(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15U;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31);
}

// Mixes two values; order matters.
constexpr std::uint64_t Mix64(std::uint64_t a, std::uint64_t b) {
  return Mix64(Mix64(a) ^ b);
}

// xoshiro256**. Copyable: a copy continues with the same values.
class Rng {
 public:
  explicit constexpr Rng(std::uint64_t seed) {
    for (std::uint64_t& word : state_) {
      word = Mix64(seed);
      seed += 0x9E3779B97F4A7C15U;
    }
  }

  constexpr std::uint64_t Next() {
    const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
    const std::uint64_t t = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }

  constexpr std::uint8_t NextByte() { return static_cast<std::uint8_t>(Next() >> 56); }

  // A value in [0, bound); 0 if bound is 0. The modulo's bias (below 2^-32 for
  // bounds up to 2^32) does not matter here; replaying on any compiler does.
  constexpr std::uint64_t Below(std::uint64_t bound) { return bound == 0 ? 0 : Next() % bound; }

  constexpr bool Coin() { return (Next() >> 63) != 0; }

  // True with probability ppm / 1,000,000; draws nothing if that is 0 or 1.
  constexpr bool Chance(std::uint32_t ppm) {
    if (ppm == 0) return false;
    return ppm >= 1'000'000 || Below(1'000'000) < ppm;
  }

  // A byte in which each bit is 1 with probability quarters / 4 (0 to 4).
  constexpr std::uint8_t Bits(int quarters) {
    if (quarters <= 0) return 0x00;
    if (quarters >= 4) return 0xFF;
    const std::uint64_t word = Next();
    const std::uint64_t a = (word >> 56) & 0xFF;
    const std::uint64_t b = (word >> 48) & 0xFF;
    if (quarters == 2) return static_cast<std::uint8_t>(a);
    return static_cast<std::uint8_t>(quarters == 1 ? (a & b) : (a | b));
  }

 private:
  std::array<std::uint64_t, 4> state_{};
};

}  // namespace flashsim

#endif  // FLASHSIM_RNG_H_
