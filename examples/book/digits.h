// SPDX-License-Identifier: Apache-2.0
// What the programs with images share: the digits as rows of numbers from 0 to 1, fewer of them in
// the smoke test.
#pragma once

#include <keratin/keratin.h>

#include <cstdio>
#include <cstdlib>

#include "examples/book/smoke.h"

namespace book {

/// Is MNIST: x float32 [images, 784], y uint8 [images].
struct Digits {
  keratin::Tensor x_train, y_train, x_test, y_test;
};

/// Loads all digits, or downloads them. The smoke test takes 2,000 and 1,000 of what is there: the
/// digits, or the clothes of Fashion-MNIST, which have the same form; without both it is skipped.
inline Digits load_digits() {
  namespace datasets = keratin::datasets;
  using keratin::DType, keratin::Slice;
  const bool clothes = is_smoke() && !datasets::mnist::available();
  if (clothes && !datasets::fashion_mnist::available()) {
    std::puts("skipped: needs MNIST, or the Debian package dataset-fashion-mnist");
    std::exit(77);
  }
  const auto [x_train, y_train, x_test, y_test] =
      clothes ? datasets::fashion_mnist::load_data() : datasets::mnist::load_data();
  const Slice train(0, is_smoke() ? 2000 : 60000), test(0, is_smoke() ? 1000 : 10000);
  return {x_train[train].reshape({-1, 784}).cast(DType::float32) / 255.0f, y_train[train],
          x_test[test].reshape({-1, 784}).cast(DType::float32) / 255.0f, y_test[test]};
}

}  // namespace book
