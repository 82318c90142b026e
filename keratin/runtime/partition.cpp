// SPDX-License-Identifier: Apache-2.0
#include "keratin/runtime/partition.h"

#include <algorithm>

#include "keratin/graph/ops/fused.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/runtime/chain.h"
#include "keratin/runtime/kernels/product.h"
#include "keratin/runtime/partition_rules.h"

namespace keratin::runtime {

namespace {

// Says about how many operations an element of a result is.
double cost_of(const OpDef& op) {
  if (&op == &ops::random_normal_op) return 40.0;
  if (&op == &ops::random_uniform_op || &op == &ops::dropout_op) return 10.0;
  return 1.0;
}

void slice(Operand& operand, int64_t first, int64_t last) {
  const int64_t step = operand.strides[0];
  const bool is_whole = operand.contiguous;
  operand.offset = first * step * static_cast<int64_t>(size_of(operand.dtype));
  if (operand.data != nullptr) operand.data = static_cast<char*>(operand.data) + operand.offset;
  Sizes dims = operand.shape.dims();
  dims[0] = last - first;
  operand.shape = Shape(std::move(dims));
  operand.size = operand.shape.element_count();
  operand.contiguous = is_whole || operand.size == 0;
}

Range part_of(int64_t parts, int thread, int threads, int64_t multiple) {
  return {first_part_of(parts, thread, threads, multiple),
          first_part_of(parts, thread + 1, threads, multiple)};
}

}  // namespace

Split split_of(const OpDef& op, const KernelCall& call) {
  if (&op == &ops::fused_op) return chain_split(call);
  Split split;
  int64_t results = 0;
  for (const Operand& output : call.outputs) results += output.size;
  if (call.outputs[0].shape.rank() == 0 || results == 0) return split;
  int64_t elements = results;
  for (const Operand& input : call.inputs) elements = std::max(elements, input.size);
  split.work = cost_of(op) * static_cast<double>(elements);
  apply_rule(op, call, split);
  return split;
}

Split split_by_rows(const OpDef& op, const KernelCall& call) {
  const bool is_product = &op == &ops::batch_matmul_op;
  if (!is_product || call.outputs[0].shape.rank() != 2) return split_of(op, call);
  const ProductSizes sizes = product_sizes(call);
  return {.parts = sizes.m, .own = {sizes.column_a == 1, false}, .slices = true};
}

void take_rows(KernelCall& call, const Split& split, int64_t first, int64_t last) {
  call.first_element = first * call.outputs[0].strides[0];
  for (Operand& output : call.outputs) slice(output, first, last);
  for (size_t i = 0; i < call.inputs.size(); ++i) {
    Operand& input = call.inputs[i];
    const bool has_own = split.own[i];
    // What is the same for all rows has as many as there are.
    const bool is_spread = !has_own && input.shape.rank() > 0 && input.strides[0] == 0 &&
                           input.shape[0] == split.parts;
    if (has_own || is_spread) slice(input, first, last);
  }
}

Range part_of_rows(int64_t rows, int thread, int threads) {
  return part_of(rows, thread, threads, 4);
}

void take_part(KernelCall& call, const Split& split, int thread, int threads) {
  constexpr int64_t columns = 32;  // two vectors of the widest kind
  const bool by_rows = split.by == Access::By::rows;
  const auto [first, last] = by_rows ? part_of_rows(split.parts, thread, threads)
                                     : part_of(split.parts, thread, threads, columns);
  if (split.slices) {
    take_rows(call, split, first, last);
  } else if (by_rows) {
    call.first_row = first;
    call.last_row = last;
  } else {
    call.first_column = first;
    call.last_column = last;
  }
}

}  // namespace keratin::runtime
