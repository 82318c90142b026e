// SPDX-License-Identifier: Apache-2.0
#include "keratin/runtime/simd/simd.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace keratin::runtime::simd {

extern const Level level_baseline;
#if defined(__x86_64__)
extern const Level level_v3;
extern const Level level_v4;
#endif

namespace {

// What the processor has is asked by feature, never by model: a new model has the features too.
const Level* best_level() {
#if defined(__x86_64__)
  if (const Level* found = find_level("v4")) return found;
  if (const Level* found = find_level("v3")) return found;
#endif
  return &level_baseline;
}

#if defined(__x86_64__)
// clang's __builtin_cpu_supports does not know this feature.
bool has_f16c() {
  unsigned int a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_F16C) != 0;
}
#endif

const Level* chosen_level() {
  const char* name = std::getenv("KERATIN_ISA");
  if (name == nullptr || *name == '\0') return best_level();
  const Level* found = find_level(name);
  if (found != nullptr) return found;
  fmt::print(stderr,
             "KERATIN_ISA: expected baseline, v3 or v4 as far as this processor has them, got "
             "'{}'. {} is taken.\n",
             name, best_level()->name);
  return best_level();
}

}  // namespace

const Level* find_level(const char* name) {
  const std::string_view wanted = name;
  if (wanted == "baseline") return &level_baseline;
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool has_v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                      __builtin_cpu_supports("bmi2") && has_f16c();
  if (wanted == "v3" && has_v3) return &level_v3;
  const bool has_v4 = has_v3 && __builtin_cpu_supports("avx512f") &&
                      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                      __builtin_cpu_supports("avx512vl");
  if (wanted == "v4" && has_v4) return &level_v4;
#endif
  return nullptr;
}

const Level& level() {
  static const Level* const chosen = chosen_level();
  return *chosen;
}

}  // namespace keratin::runtime::simd
