// SPDX-License-Identifier: Apache-2.0
// The fast float32 kernels of one instruction level, and the choice of the level.
#pragma once

#include <cstdint>

namespace keratin::runtime::simd {

/// Is memory that is used right after a product: its tiles ask for a part each while they compute,
/// so that all of it is near by then.
struct Wanted {
  static constexpr int most = 8;
  const char* begin[most];
  int64_t bytes[most];
  int count = 0;
};

/// Says how the depth of a product is cut: each element of the result is the sum of its first
/// block, to which those of the others are added in their order.
struct DepthBlocks {
  int64_t count;
  int64_t depth;  ///< of all but the last, which may have less
};
constexpr int64_t block_depth = 256;  // at most
// Static, since code of each level has its own.
static inline DepthBlocks depth_blocks(int64_t k) {
  const int64_t count = (k + block_depth - 1) / block_depth;
  return {count, count == 0 ? 0 : (k + count - 1) / count};
}

/// Is C[m, n] = A[m, k] B[k, n]. Rows and columns of A and B lie any number of elements apart, rows
/// of C too; its columns lie together. Every element is summed in the order of k, so that it does
/// not depend on how rows or columns are cut.
struct GemmCall {
  int64_t m, n, k;
  const float* a;
  int64_t row_a, column_a;
  const float* b;
  int64_t row_b, column_b;
  float* c;
  int64_t row_c;
  float* workspace;  ///< `gemm_workspace` floats that nobody else uses
  /// What follows the product reads, C among it, which then stays in a cache; null where C goes to
  /// memory.
  const Wanted* wanted = nullptr;
};

/// Names what one instruction of a chain does with tiles of float32 values, of masks (all bits or
/// none) or of int32 values.
enum class Micro : uint8_t {
  add,
  subtract,
  multiply,
  divide,
  maximum,
  minimum,
  power,
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
  logical_and,
  logical_or,
  logical_xor,
  where,  ///< mask, then, else
  logical_not,
  isnan,
  isinf,
  isfinite,
  negative,
  absolute,
  sign,
  square,
  sqrt,
  rsqrt,
  exp,
  expm1,
  log,
  log1p,
  sin,
  cos,
  tanh,
  erf,
  floor,
  ceil,
  round,
  relu,
  sigmoid,
  softplus,
  mask_to_float,
  float_to_mask,
  int_to_float,
  byte_to_float,
  byte_to_mask,
  mask_to_byte,
  half_to_float,  ///< 16-bit values in memory, to and from float32 ones in tiles
  float_to_half,
  round_to_half,  ///< to the nearest 16-bit value
  bfloat_to_float,
  float_to_bfloat,
  round_to_bfloat,
  repeat,  ///< one value of each row into all its columns
  row_sum,
  row_max,
  row_min,
  one_hot,  ///< an int32 class of each row into a 1 in its column
  count
};

/// Is what one instruction works on. Vectors are written whole: behind `count` elements of float32
/// there is room up to the next multiple of `lanes`. Bytes, 16-bit values and rows are exact.
struct MicroCall {
  void* to;
  const void* a;
  const void* b;
  const void* c;
  int64_t count;  ///< elements of the result
  int64_t rows, columns;
  const void* d = nullptr;  ///< of kernels that do several instructions
  const void* e = nullptr;
};

using MicroKernel = void (*)(const MicroCall&);

/// Says which operands are one value for all elements, of two-operand instructions the first and
/// the second, of `where` what it chooses from. The third is that of two instructions in one.
enum Single : uint8_t {
  single_none = 0,
  single_first = 1,
  single_second = 2,
  single_both = 3,
  single_third = 4
};

constexpr int pair_places = 5;

/// Are kernels that do two instructions, c the operand of the second that the first did not make:
/// by pair_place of both, by whether c is the second's first operand, by Single.
using PairKernels = MicroKernel[pair_places][pair_places][2][8];

/// Returns where the kernels of an instruction in pairs stand, or -1 where it is in none.
constexpr int pair_place(Micro micro) {
  constexpr Micro all[pair_places] = {Micro::add, Micro::subtract, Micro::multiply, Micro::divide,
                                      Micro::sqrt};
  for (int i = 0; i < pair_places; ++i) {
    if (all[i] == micro) return i;
  }
  return -1;
}

/// Is a kernel that does several instructions, each with the result of the one before as one
/// operand (0 the first): those with these kernels. Its operands are theirs, in order, without that
/// one.
struct Group {
  MicroKernel run;
  MicroKernel first, second, third;  ///< null where there is no third
  int link, next_link;               ///< which operand of the second, and of the third
};

/// Is a part of a draw: the elements first ... first + count - 1 of those that a key stands for.
struct RandomCall {
  uint32_t key[2];
  uint64_t first;
  int64_t count;
};

/// Are kernels of random numbers (core/threefry.h); null where a level cannot give the same bits.
struct RandomKernels {
  /// Keeps x times `scale` where the upper 23 of the random bits are below `threshold`, else 0.
  void (*dropout)(const RandomCall&, uint32_t threshold, float scale, const float* x, float* to);
  void (*uniform)(const RandomCall&, float low, float high, float* to);
  void (*normal)(const RandomCall&, float mean, float deviation, float* to);
};

/// Is everything compiled for one instruction level.
struct Level {
  const char* name;
  int lanes;
  int64_t gemm_workspace;  ///< floats
  void (*gemm)(const GemmCall&);
  const MicroKernel (*micro)[4];  ///< by Micro, then by Single; null where there is no such form
  const PairKernels& pairs;
  const Group* groups;  ///< longer ones first
  int group_count;
  const RandomKernels& random;
};

/// Returns the best level of this processor, or the one that KERATIN_ISA names.
const Level& level();

/// Returns the level of that name, or null where the processor or the build lacks it.
const Level* find_level(const char* name);

}  // namespace keratin::runtime::simd
