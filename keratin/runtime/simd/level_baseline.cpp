// SPDX-License-Identifier: Apache-2.0
// The kernels for any processor.
#define KERATIN_LEVEL baseline
#define KERATIN_LANES 4

#include "keratin/runtime/simd/chain.h"
#include "keratin/runtime/simd/gemm.h"
#include "keratin/runtime/simd/groups.h"
#include "keratin/runtime/simd/pairs.h"
#include "keratin/runtime/simd/random.h"

namespace keratin::runtime::simd {

extern const Level level_baseline;
const Level level_baseline = {"baseline",       baseline::lanes,         baseline::gemm_workspace,
                              baseline::gemm,   baseline::micro_kernels, baseline::pair_kernels,
                              baseline::groups, baseline::group_count,   baseline::random_kernels};

}  // namespace keratin::runtime::simd
