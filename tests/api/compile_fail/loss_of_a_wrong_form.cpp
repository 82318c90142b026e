// SPDX-License-Identifier: Apache-2.0
// expect: `compute_loss` takes `const Nest& x`, `y`, `y_pred` and `sample_weight`
#include <keratin/keratin.h>

using namespace keratin;

struct Mine : CustomModel<Mine> {
  Tensor call(const Tensor& x) { return x; }
#ifdef KERATIN_MISUSE
  Tensor compute_loss(const Nest& y, const Nest& y_pred) { return ops::sum(y - y_pred); }
#else
  Tensor compute_loss(const Nest&, const Nest&, const Nest& y_pred, const Nest&) {
    return ops::sum(y_pred);
  }
#endif
};

Model make() { return Mine(); }
