// SPDX-License-Identifier: Apache-2.0
// expect: (cannot bind non-const lvalue|no match for|no viable overloaded)
#include <keratin/keratin.h>

using namespace keratin;

void update(Variable weight, const Tensor& delta) {
#ifdef KERATIN_MISUSE
  weight += delta;
#else
  weight.assign_add(delta);
#endif
}
