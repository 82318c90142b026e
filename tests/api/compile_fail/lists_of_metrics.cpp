// SPDX-License-Identifier: Apache-2.0
// expect: (could not convert|no matching|cannot convert|no viable)
#include <keratin/keratin.h>

using namespace keratin;

#ifdef KERATIN_MISUSE
const CompileOptions options{.metrics = {{"mae", "mse"}, {"accuracy"}}};
#else
const CompileOptions options{.metrics = Metrics::list({{"mae", "mse"}, {"accuracy"}})};
#endif
