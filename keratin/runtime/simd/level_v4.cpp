// SPDX-License-Identifier: Apache-2.0
// The kernels for processors with AVX-512.
#define KERATIN_LEVEL v4
#define KERATIN_LANES 16

#include "keratin/runtime/simd/chain.h"
#include "keratin/runtime/simd/gemm.h"
#include "keratin/runtime/simd/groups.h"
#include "keratin/runtime/simd/pairs.h"
#include "keratin/runtime/simd/random.h"

namespace keratin::runtime::simd {

extern const Level level_v4;
const Level level_v4 = {"v4",       v4::lanes,         v4::gemm_workspace,
                        v4::gemm,   v4::micro_kernels, v4::pair_kernels,
                        v4::groups, v4::group_count,   v4::random_kernels};

}  // namespace keratin::runtime::simd
