// SPDX-License-Identifier: Apache-2.0
// The matrix product for processors with AVX2 and FMA.
#define KERATIN_LEVEL v3
#define KERATIN_LANES 8

#include "keratin/runtime/simd/gemm_kernels.h"
