// SPDX-License-Identifier: Apache-2.0
// What the tests of the advisor share: models and data that are right or wrong on purpose.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "keratin/keratin.h"

namespace keratin::testing_support {

/// Returns what `call` writes to standard error.
inline std::string stderr_of(const std::function<void()>& call) {
  testing::internal::CaptureStderr();
  try {
    call();
  } catch (...) {  // what is wrong may be refused by an error as well
  }
  return testing::internal::GetCapturedStderr();
}

/// Is one way to train: a model, how it is compiled and what it is trained on.
struct Training {
  Model model = {};
  CompileOptions compile = {};
  Nest x = {}, y = {};
  FitOptions fit = {};
};

/// Returns numbers around 0 that are always the same.
inline Tensor noise(const Shape& shape, int seed = 1) {
  return ops::random_normal(SeedGenerator(seed).next(), shape);
}

/// Returns class numbers 0 to `classes` - 1 in turns, shuffled by a fixed rule.
inline Tensor turns(int64_t count, int64_t classes) {
  std::vector<int32_t> labels;
  for (int64_t i = 0; i < count; ++i) {
    labels.push_back(static_cast<int32_t>((i * 7 + i / 5) % classes));
  }
  return Tensor::from(labels, {count});
}

/// Returns a network of a hidden layer and a last one.
inline Model network(int64_t units, const Activation& last, const Activation& hidden = "tanh") {
  return models::Sequential({layers::Input({4}), layers::Dense(8, {.activation = hidden}),
                             layers::Dense(units, {.activation = last, .name = "head"})});
}

}  // namespace keratin::testing_support
