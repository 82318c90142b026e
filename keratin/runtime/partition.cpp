// SPDX-License-Identifier: Apache-2.0
#include "keratin/runtime/partition.h"

#include <algorithm>

#include "keratin/graph/ops/fused.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/runtime/chain.h"
#include "keratin/runtime/chain_ops.h"
#include "keratin/runtime/kernels/product.h"

namespace keratin::runtime {

namespace {

// Says about how many operations an element of a result is.
double cost_of(const OpDef& op) {
  if (&op == &ops::random_normal_op) return 40.0;
  if (&op == &ops::random_uniform_op || &op == &ops::dropout_op) return 10.0;
  return 1.0;
}

bool is_one_of(const OpDef& op, std::initializer_list<const OpDef*> all) {
  return std::find(all.begin(), all.end(), &op) != all.end();
}

bool has_rows(const Operand& operand, int64_t rows) {
  return operand.shape.rank() > 0 && operand.shape[0] == rows;
}

bool is_reduction(const OpDef& op) {
  return is_one_of(
      op, {&ops::sum_op, &ops::prod_op, &ops::max_op, &ops::min_op, &ops::any_op, &ops::all_op});
}

// Tells whether all axes but the last are reduced: each column is then one by itself.
bool reduces_to_columns(const OpDef& op, const KernelCall& call) {
  if (!is_reduction(op)) return false;
  const auto& axes = call.attrs.as<ops::ReduceAttrs>().axis;
  const int last = call.inputs[0].shape.rank() - 1;
  return last > 0 && std::ssize(axes) == last &&
         std::find(axes.begin(), axes.end(), last) == axes.end();
}

// Returns which inputs a part of the rows needs its own rows of; empty where rows depend on each
// other.
std::vector<bool> own_rows(const OpDef& op, const KernelCall& call) {
  const int64_t rows = call.outputs[0].shape[0];
  std::vector<bool> own;
  if (op.partition == Partition::elements) {
    for (const Operand& input : call.inputs) {
      const bool is_spread = op.traits.elementwise && input.strides[0] == 0;
      own.push_back(input.shape == call.outputs[0].shape && !is_spread);
    }
    return own;
  }
  if (is_reduction(op) || is_one_of(op, {&ops::argmax_op, &ops::argmin_op})) {
    const auto& axes = call.attrs.as<ops::ReduceAttrs>().axis;
    const bool keeps_rows = std::find(axes.begin(), axes.end(), 0) == axes.end();
    return keeps_rows && has_rows(call.inputs[0], rows) ? std::vector<bool>{true} : own;
  }
  if (is_one_of(op, {&ops::cumsum_op, &ops::concatenate_op, &ops::take_along_axis_op})) {
    if (call.attrs.as<ops::AxisAttrs>().axis == 0) return own;
    const bool all = std::all_of(call.inputs.begin(), call.inputs.end(),
                                 [&](const Operand& input) { return has_rows(input, rows); });
    return all ? std::vector<bool>(call.inputs.size(), true) : own;
  }
  if (&op == &ops::one_hot_op && call.attrs.as<ops::OneHotAttrs>().axis != 0) return {true};
  if (&op == &ops::take_op && call.attrs.as<ops::AxisAttrs>().axis == 0 &&
      has_rows(call.inputs[1], rows)) {
    return {false, true};
  }
  return own;
}

// Several products, or one whose operands lie in rows: each thread has some.
std::vector<bool> own_products(const KernelCall& call) {
  std::vector<bool> own;
  for (const Operand& input : call.inputs) {
    own.push_back(input.shape.rank() == call.outputs[0].shape.rank() &&
                  has_rows(input, call.outputs[0].shape[0]));
  }
  return own;
}

Split split_product(const KernelCall& call) {
  Split split;
  const ProductSizes sizes = product_sizes(call);
  split.work = 2.0 * static_cast<double>(call.outputs[0].size) * static_cast<double>(sizes.k);
  if (sizes.k == 0) return split;
  if (call.outputs[0].shape.rank() != 2) {
    split.parts = call.outputs[0].shape[0];
    split.own = own_products(call);
    split.slices = true;
    return split;
  }
  if (!is_chain_float(call.inputs[0].dtype)) return split;
  if (is_cut_by_columns(sizes)) {
    split.by = Access::By::columns;
    split.parts = sizes.n;
    split.own = {false, sizes.column_b == 1};
  } else {
    split.parts = sizes.m;
    split.own = {sizes.column_a == 1, false};
  }
  return split;
}

void slice(Operand& operand, int64_t first, int64_t last) {
  const int64_t step = operand.strides[0];
  const bool is_whole = operand.contiguous;
  operand.offset = first * step * static_cast<int64_t>(size_of(operand.dtype));
  if (operand.data != nullptr) operand.data = static_cast<char*>(operand.data) + operand.offset;
  std::vector<int64_t> dims = operand.shape.dims();
  dims[0] = last - first;
  operand.shape = Shape(std::move(dims));
  operand.size = operand.shape.element_count();
  operand.contiguous = is_whole || operand.size == 0;
}

}  // namespace

Split split_of(const OpDef& op, const KernelCall& call) {
  if (&op == &ops::fused_op) return chain_split(call);
  if (&op == &ops::batch_matmul_op) return split_product(call);
  Split split;
  const Operand& out = call.outputs[0];
  if (call.outputs.size() != 1 || out.shape.rank() == 0 || out.size == 0) return split;
  int64_t elements = out.size;
  for (const Operand& input : call.inputs) elements = std::max(elements, input.size);
  split.work = cost_of(op) * static_cast<double>(elements);
  if (reduces_to_columns(op, call)) {
    split.by = Access::By::columns;
    split.parts = out.size;
    split.own = {true};
    return split;
  }
  split.own = own_rows(op, call);
  if (split.own.empty()) return split;
  const bool draws_in_blocks =
      &op == &ops::dropout_op && !call.attrs.as<ops::DropoutAttrs>().noise_shape.empty();
  if (draws_in_blocks) return split;
  split.parts = out.shape[0];
  split.slices = true;
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

void take_part(KernelCall& call, const Split& split, int thread, int threads) {
  constexpr int64_t rows = 4;      // at a time
  constexpr int64_t columns = 32;  // two vectors of the widest kind
  const int64_t multiple = split.by == Access::By::rows ? rows : columns;
  const int64_t first = first_part_of(split.parts, thread, threads, multiple);
  const int64_t last = first_part_of(split.parts, thread + 1, threads, multiple);
  if (split.slices) {
    take_rows(call, split, first, last);
  } else if (split.by == Access::By::rows) {
    call.first_row = first;
    call.last_row = last;
  } else {
    call.first_column = first;
    call.last_column = last;
  }
}

}  // namespace keratin::runtime
