// SPDX-License-Identifier: Apache-2.0
// expect: (no matching function|static assertion|no matching conversion|must be constructible)
// A std::vector takes two texts for the ends of a range; a Tensor takes no characters.
#include <keratin/keratin.h>

using namespace keratin;

#ifdef KERATIN_MISUSE
const Tensor joined = ops::concatenate({"a", "b"});
#else
const Tensor joined = ops::concatenate({Tensor(1.0), Tensor(2.0)});
#endif
