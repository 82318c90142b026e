// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Predicts in a file that is compiled as C. Returns the number of rows written to `y`, or -1.
int64_t predict_in_c(const char* path, const float* x, int64_t rows, int64_t columns, float* y);

#ifdef __cplusplus
}
#endif
