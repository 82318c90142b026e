// SPDX-License-Identifier: Apache-2.0
#include "keratin/core/random.h"

#include "keratin/base/check.h"

namespace keratin::rng {

namespace {

constexpr int64_t kLargestSeed = 0xffffffff;
constexpr int64_t kLargestDefaultSeed = 1'000'000'000;

}  // namespace

Key keras_seed_key(int64_t seed) {
  require<ValueError>(seed >= 0 && seed <= kLargestSeed, "seed",
                      "expected an integer from 0 to 2**32 - 1, got {}. Pass a smaller, "
                      "non-negative seed.",
                      seed);
  return {static_cast<uint32_t>(seed), 0};
}

void GlobalRandom::set_random_seed(int64_t seed) {
  require<ValueError>(seed >= 0 && seed <= kLargestSeed, "set_random_seed",
                      "expected an integer from 0 to 2**32 - 1, got {}. Pass a smaller, "
                      "non-negative seed.",
                      seed);
  const std::lock_guard lock(mutex_);
  seed_ = seed;
  global_state_.reset();
  python_.seed(static_cast<uint64_t>(seed));
  numpy_.seed(static_cast<uint32_t>(seed));
}

std::optional<int64_t> GlobalRandom::random_seed() {
  const std::lock_guard lock(mutex_);
  return seed_;
}

void GlobalRandom::clear_session() {
  const std::lock_guard lock(mutex_);
  seed_.reset();
  global_state_.reset();
}

int64_t GlobalRandom::make_default_seed() {
  return with_python([](PythonRandom& python) { return python.randint(1, kLargestDefaultSeed); });
}

Key GlobalRandom::draw_global_key() {
  const std::lock_guard lock(mutex_);
  if (!global_state_) global_state_ = keras_seed_key(python_.randint(1, kLargestDefaultSeed));
  return draw_unordered(*global_state_);
}

std::vector<int64_t> GlobalRandom::permutation(int64_t count) {
  return with_numpy([count](NumpyRandom& numpy) { return numpy.permutation(count); });
}

GlobalRandom& global_random() {
  // Never destroyed: other static objects may still draw at exit.
  static GlobalRandom* const instance = new GlobalRandom();
  return *instance;
}

}  // namespace keratin::rng
