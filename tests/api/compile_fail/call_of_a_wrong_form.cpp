// SPDX-License-Identifier: Apache-2.0
// expect: `call` takes a `const Tensor&` or `const Nest&`
#include <keratin/keratin.h>

using namespace keratin;

struct Mine : CustomLayer<Mine> {
#ifdef KERATIN_MISUSE
  Tensor call(const std::vector<Tensor>& inputs) { return inputs[0]; }
#else
  Tensor call(const Nest& inputs) { return inputs[0]; }
#endif
};

Layer make() { return Mine(); }
