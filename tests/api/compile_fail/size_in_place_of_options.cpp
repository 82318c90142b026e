// SPDX-License-Identifier: Apache-2.0
// expect: (no matching|cannot convert|could not convert|no viable|too many initializers|conversion)
#include "tests/api/declared_layers.h"

using namespace keratin;

#ifdef KERATIN_MISUSE
const layers::Pooling2DOptions options{2, 2};
#else
const layers::Pooling2DOptions options{.pool_size = {2, 2}};
#endif
