// SPDX-License-Identifier: Apache-2.0
// expect: take a `const Data&` and return a Nest
#include <keratin/keratin.h>

using namespace keratin;

struct Mine : CustomModel<Mine> {
  Tensor call(const Tensor& x) { return x; }
#ifdef KERATIN_MISUSE
  void train_step(const Data&) {}
#else
  Nest train_step(const Data& data) { return {{"loss", ops::sum(data.x)}}; }
#endif
};

Model make() { return Mine(); }
