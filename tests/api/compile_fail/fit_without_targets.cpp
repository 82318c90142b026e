// SPDX-License-Identifier: Apache-2.0
// expect: no matching (function|member function)
#include <keratin/keratin.h>

using namespace keratin;

void train(const Model& model, const Tensor& x) {
#ifdef KERATIN_MISUSE
  model.fit(x, {.epochs = 5});
#else
  model.fit(x, nullptr, {.epochs = 5});
#endif
}
