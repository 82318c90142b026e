// SPDX-License-Identifier: Apache-2.0
// expect: (could not convert|not contextually convertible)
#include <keratin/keratin.h>

using namespace keratin;

int choose(const Tensor& x) {
#ifdef KERATIN_MISUSE
  if (x > 0) return 1;
#else
  if ((x > 0).item<bool>()) return 1;
#endif
  return 0;
}
