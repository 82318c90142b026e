// SPDX-License-Identifier: Apache-2.0
// The matrix product for processors with AVX-512.
#define KERATIN_LEVEL v4
#define KERATIN_LANES 16

#include "keratin/runtime/simd/gemm_kernels.h"
