// SPDX-License-Identifier: Apache-2.0
// expect: `build` takes a `const Shape&` or `const Nest&`
#include <keratin/keratin.h>

using namespace keratin;

struct Mine : CustomLayer<Mine> {
#ifdef KERATIN_MISUSE
  void build(int64_t /*features*/) {}
#else
  void build(const Shape& /*input*/) {}
#endif
  Tensor call(const Tensor& x) { return x; }
};

Layer make() { return Mine(); }
