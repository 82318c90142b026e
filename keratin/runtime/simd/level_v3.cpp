// SPDX-License-Identifier: Apache-2.0
// The kernels for processors with AVX2 and FMA.
#define KERATIN_LEVEL v3
#define KERATIN_LANES 8

#include "keratin/runtime/simd/chain.h"
#include "keratin/runtime/simd/gemm.h"
#include "keratin/runtime/simd/groups.h"
#include "keratin/runtime/simd/pairs.h"
#include "keratin/runtime/simd/random.h"

namespace keratin::runtime::simd {

extern const Level level_v3;
const Level level_v3 = {"v3",       v3::lanes,         v3::gemm_workspace,
                        v3::gemm,   v3::micro_kernels, v3::pair_kernels,
                        v3::groups, v3::group_count,   v3::random_kernels};

}  // namespace keratin::runtime::simd
