// SPDX-License-Identifier: Apache-2.0
// Two instructions of a chain in one pass: what the first makes stays in a register. The numbers
// are those of the two passes.
#pragma once

#include "keratin/runtime/simd/chain.h"

namespace keratin::runtime::simd::KERATIN_LEVEL {

// Sqrt in chain.h goes value by value.
struct Root {
  static inline __attribute__((always_inline)) Vector of(Vector x) {
#if KERATIN_LANES == 16
    return reinterpret_cast<Vector>(_mm512_sqrt_ps(reinterpret_cast<__m512>(x)));
#elif KERATIN_LANES == 8
    return reinterpret_cast<Vector>(_mm256_sqrt_ps(reinterpret_cast<__m256>(x)));
#else
    for (int i = 0; i < lanes; ++i) x[i] = __builtin_sqrtf(x[i]);
    return x;
#endif
  }
};

template <class F>
constexpr bool takes_one = false;
template <>
constexpr bool takes_one<Root> = true;

template <class F, class G, bool Turned, int Single>
static void pair(const MicroCall& given) {
  const MicroCall call = given;
  constexpr bool one_a = (Single & single_first) != 0;
  constexpr bool one_b = (Single & single_second) != 0;
  constexpr bool one_c = (Single & single_third) != 0;
  Vector a{}, b{}, c{};
  if constexpr (one_a) a = get(call.a, 0, true);
  if constexpr (one_b) b = get(call.b, 0, true);
  if constexpr (one_c) c = get(call.c, 0, true);
  for (int64_t i = 0; i < call.count; i += lanes) {
    if constexpr (!one_a) a = get(call.a, i, false);
    if constexpr (!one_b && !takes_one<F>) b = get(call.b, i, false);
    if constexpr (!one_c && !takes_one<G>) c = get(call.c, i, false);
    Vector first, second;
    if constexpr (takes_one<F>) {
      first = F::of(a);
    } else {
      first = F::of(a, b);
    }
    if constexpr (takes_one<G>) {
      second = G::of(first);
    } else {
      second = Turned ? G::of(c, first) : G::of(first, c);
    }
    put(call.to, i, second);
  }
}

#define KERATIN_SINGLES(f, g, turned)                                                              \
  {                                                                                                \
    pair<f, g, turned, 0>, pair<f, g, turned, 1>, pair<f, g, turned, 2>, pair<f, g, turned, 3>,    \
        pair<f, g, turned, 4>, pair<f, g, turned, 5>, pair<f, g, turned, 6>, pair<f, g, turned, 7> \
  }
#define KERATIN_BOTH(f, g) \
  { KERATIN_SINGLES(f, g, false), KERATIN_SINGLES(f, g, true) }
#define KERATIN_SECONDS(f)                                                      \
  {                                                                             \
    KERATIN_BOTH(f, Add), KERATIN_BOTH(f, Subtract), KERATIN_BOTH(f, Multiply), \
        KERATIN_BOTH(f, Divide), KERATIN_BOTH(f, Root)                          \
  }

// By the first and the second in the order of pair_place, by whether the first's result is the
// second's second operand, by Single.
static constexpr PairKernels pair_kernels = {KERATIN_SECONDS(Add), KERATIN_SECONDS(Subtract),
                                             KERATIN_SECONDS(Multiply), KERATIN_SECONDS(Divide),
                                             KERATIN_SECONDS(Root)};

#undef KERATIN_SINGLES
#undef KERATIN_BOTH
#undef KERATIN_SECONDS

}  // namespace keratin::runtime::simd::KERATIN_LEVEL
