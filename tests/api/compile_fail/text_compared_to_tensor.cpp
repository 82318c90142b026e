// SPDX-License-Identifier: Apache-2.0
// expect: (no match for|invalid operands)
#include <keratin/keratin.h>

using namespace keratin;

#ifdef KERATIN_MISUSE
const Tensor found = Tensor(1.0) == "a";
#else
const Tensor found = Tensor(1.0) == 1;
#endif
