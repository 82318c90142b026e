// SPDX-License-Identifier: Apache-2.0
// expect: activaton
#include <keratin/keratin.h>

using namespace keratin;

#ifdef KERATIN_MISUSE
const layers::DenseOptions options{.activaton = "relu"};
#else
const layers::DenseOptions options{.activation = "relu"};
#endif
