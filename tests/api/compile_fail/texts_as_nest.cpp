// SPDX-License-Identifier: Apache-2.0
// expect: (no matching|could not convert|no viable|cannot convert)
#include <keratin/keratin.h>

using namespace keratin;

#ifdef KERATIN_MISUSE
const Nest nest = {{"a", "b"}};
#else
const Nest nest = {{"a", Tensor(1.0)}};
#endif
