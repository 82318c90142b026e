// SPDX-License-Identifier: Apache-2.0
#include "keratin/core/mersenne.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <random>

#include "keratin/base/check.h"

namespace keratin::rng {

namespace {

constexpr int kWords = 624;
constexpr int kShift = 397;

uint32_t twist(uint32_t upper, uint32_t lower) {
  const uint32_t mixed = (upper & 0x80000000u) | (lower & 0x7fffffffu);
  return (mixed >> 1) ^ ((mixed & 1u) != 0 ? 0x9908b0dfu : 0u);
}

}  // namespace

void Mt19937::seed(uint32_t value) {
  for (int i = 0; i < kWords; ++i) {
    state_.key[static_cast<size_t>(i)] = value;
    value = 1812433253u * (value ^ (value >> 30)) + static_cast<uint32_t>(i) + 1u;
  }
  state_.position = kWords;
}

void Mt19937::seed_by_array(std::span<const uint32_t> words) {
  require<ValueError>(!words.empty(), "Mt19937",
                      "expected at least one seed word, got none. "
                      "Pass the words of the seed.");
  seed(19650218u);
  auto& key = state_.key;
  size_t i = 1;
  size_t j = 0;
  const auto advance = [&] {
    if (++i >= key.size()) {
      key[0] = key[key.size() - 1];
      i = 1;
    }
  };
  for (size_t k = std::max(key.size(), words.size()); k > 0; --k) {
    key[i] = (key[i] ^ ((key[i - 1] ^ (key[i - 1] >> 30)) * 1664525u)) + words[j] +
             static_cast<uint32_t>(j);
    advance();
    if (++j >= words.size()) j = 0;
  }
  for (size_t k = key.size() - 1; k > 0; --k) {
    key[i] =
        (key[i] ^ ((key[i - 1] ^ (key[i - 1] >> 30)) * 1566083941u)) - static_cast<uint32_t>(i);
    advance();
  }
  key[0] = 0x80000000u;
}

void Mt19937::seed_from_entropy() {
  std::random_device device;
  std::array<uint32_t, kWords> words;
  for (uint32_t& word : words) word = static_cast<uint32_t>(device());
  seed_by_array(words);
}

void Mt19937::set_state(const State& state) {
  require<ValueError>(state.position >= 0 && state.position <= kWords, "Mt19937.set_state",
                      "expected a position from 0 to 624, got {}. Pass a state that was read "
                      "from a generator.",
                      state.position);
  state_ = state;
}

void Mt19937::refill() {
  auto& key = state_.key;
  for (size_t i = 0; i < kWords; ++i) {
    key[i] = key[(i + kShift) % kWords] ^ twist(key[i], key[(i + 1) % kWords]);
  }
  state_.position = 0;
}

uint32_t Mt19937::next32() {
  if (state_.position >= kWords) refill();
  uint32_t y = state_.key[static_cast<size_t>(state_.position++)];
  y ^= y >> 11;
  y ^= (y << 7) & 0x9d2c5680u;
  y ^= (y << 15) & 0xefc60000u;
  return y ^ (y >> 18);
}

double Mt19937::next_double() {
  const uint32_t high = next32() >> 5;
  const uint32_t low = next32() >> 6;
  return (high * 67108864.0 + low) / 9007199254740992.0;
}

void PythonRandom::seed(uint64_t value) {
  const uint32_t words[2] = {static_cast<uint32_t>(value), static_cast<uint32_t>(value >> 32)};
  engine_.seed_by_array(std::span(words, words[1] != 0 ? 2u : 1u));
}

uint64_t PythonRandom::getrandbits(int count) {
  require<ValueError>(count >= 0 && count <= 64, "PythonRandom.getrandbits",
                      "expected 0 to 64 bits, got {}. Draw several times for more.", count);
  if (count == 0) return 0;
  if (count <= 32) return engine_.next32() >> (32 - count);
  const uint64_t low = engine_.next32();
  const uint64_t high = engine_.next32() >> (64 - count);
  return (high << 32) | low;
}

uint64_t PythonRandom::below(uint64_t limit) {
  require<ValueError>(limit > 0, "PythonRandom.below",
                      "expected a positive limit, got 0. Pass how many values there are.");
  const int bits = static_cast<int>(std::bit_width(limit));
  uint64_t value = getrandbits(bits);
  while (value >= limit) value = getrandbits(bits);
  return value;
}

int64_t PythonRandom::randint(int64_t low, int64_t high) {
  const uint64_t width = static_cast<uint64_t>(high) - static_cast<uint64_t>(low) + 1;
  require<ValueError>(low <= high && width != 0, "PythonRandom.randint",
                      "expected a non-empty range below 2**64 values, got [{}, {}]. "
                      "Pass the smaller bound first.",
                      low, high);
  return static_cast<int64_t>(static_cast<uint64_t>(low) + below(width));
}

void NumpyRandom::seed(uint32_t value) {
  engine_.seed(value);
  spare_ = {};
}

uint64_t NumpyRandom::interval(uint64_t max) {
  if (max == 0) return 0;
  const uint64_t mask = ~uint64_t{0} >> std::countl_zero(max);
  while (true) {
    uint64_t value = engine_.next32();
    // The 64-bit branch takes its high word first.
    if (max > 0xffffffffu) value = (value << 32) | engine_.next32();
    value &= mask;
    if (value <= max) return value;
  }
}

int64_t NumpyRandom::randint(int64_t low, int64_t high) {
  require<ValueError>(low < high, "NumpyRandom.randint",
                      "expected low < high, got low={} and high={}. The upper bound is excluded.",
                      low, high);
  const uint64_t range = static_cast<uint64_t>(high) - static_cast<uint64_t>(low) - 1;
  return static_cast<int64_t>(static_cast<uint64_t>(low) + interval(range));
}

std::vector<int64_t> NumpyRandom::permutation(int64_t count) {
  require<ValueError>(count >= 0, "NumpyRandom.permutation",
                      "expected a count of at least 0, got {}. Pass the number of samples.", count);
  std::vector<int64_t> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), int64_t{0});
  shuffle(std::span(order));
  return order;
}

double NumpyRandom::uniform(double low, double high) {
  const double range = high - low;
  require<ValueError>(std::isfinite(range), "NumpyRandom.uniform",
                      "expected finite bounds, got [{}, {}). Pass bounds whose difference is "
                      "finite.",
                      low, high);
  return low + range * random_sample();
}

double NumpyRandom::standard_normal() {
  if (spare_.present) {
    const double value = spare_.value;
    spare_ = {};
    return value;
  }
  double x1;
  double x2;
  double radius;
  do {
    x1 = 2.0 * random_sample() - 1.0;
    x2 = 2.0 * random_sample() - 1.0;
    radius = x1 * x1 + x2 * x2;
  } while (radius >= 1.0 || radius == 0.0);
  const double factor = std::sqrt(-2.0 * std::log(radius) / radius);
  spare_ = {true, factor * x1};
  return factor * x2;
}

double NumpyRandom::normal(double mean, double stddev) {
  require<ValueError>(!std::signbit(stddev) || std::isnan(stddev), "NumpyRandom.normal",
                      "expected a standard deviation of at least 0, got {}. Pass its absolute "
                      "value.",
                      stddev);
  return mean + stddev * standard_normal();
}

}  // namespace keratin::rng
