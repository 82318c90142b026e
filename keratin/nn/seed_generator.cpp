// SPDX-License-Identifier: Apache-2.0
#include "keratin/nn/seed_generator.h"

#include "keratin/base/naming.h"
#include "keratin/core/random.h"
#include "keratin/graph/ops/ops.h"

namespace keratin {

SeedGenerator::SeedGenerator(std::optional<int64_t> seed) : initial_seed_(seed) {
  const std::string name = auto_name("SeedGenerator");
  const rng::Key key = rng::keras_seed_key(seed ? *seed : rng::global_random().make_default_seed());
  state_ = Variable(
      Tensor::from<uint32_t>({key.high, key.low}, {2}),
      {.name = "seed_generator_state", .path = name + "/seed_generator_state", .trainable = false});
}

Tensor SeedGenerator::next() const {
  const Tensor key = state_.value();
  state_.assign(ops::add(key, Tensor::from<uint32_t>({0, 1}, {2})));
  return key;
}

namespace utils {

void set_random_seed(int64_t seed) { rng::global_random().set_random_seed(seed); }

void clear_session() {
  reset_names();
  rng::global_random().clear_session();
}

}  // namespace utils

}  // namespace keratin
