// SPDX-License-Identifier: Apache-2.0
// The matrix product for any processor.
#define KERATIN_LEVEL baseline
#define KERATIN_LANES 4

#include "keratin/runtime/simd/gemm_kernels.h"
