// SPDX-License-Identifier: Apache-2.0
// expect: (designator order|declaration order).*(epochs|batch_size)
// clang 14 takes any order and warns, so the warning is made an error here.
#include <keratin/keratin.h>

using namespace keratin;
#ifdef __clang__
#pragma clang diagnostic error "-Wreorder-init-list"
#endif

#ifdef KERATIN_MISUSE
const FitOptions options{.batch_size = 128, .epochs = 5};
#else
const FitOptions options{.epochs = 5, .batch_size = 128};
#endif
