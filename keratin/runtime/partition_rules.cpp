// SPDX-License-Identifier: Apache-2.0
#include "keratin/runtime/partition_rules.h"

#include <algorithm>

#include "keratin/graph/ops/ops.h"
#include "keratin/runtime/chain_ops.h"
#include "keratin/runtime/kernels/product.h"

namespace keratin::runtime {

namespace {

using Own = std::vector<bool>;
using Rule = void (*)(const KernelCall&, Split&);

bool has_rows(const Operand& operand, int64_t rows) {
  return operand.shape.rank() > 0 && operand.shape[0] == rows;
}

bool contains(const std::vector<int64_t>& axes, int64_t axis) {
  return std::find(axes.begin(), axes.end(), axis) != axes.end();
}

// A part is a call by itself, of rows of the result and of the inputs that are own.
void cut_calls(Split& split, const KernelCall& call, Own own) {
  split.parts = call.outputs[0].shape[0];
  split.own = std::move(own);
  split.slices = true;
}

// A part's inputs are own where they have the result's rows; others have one row for all.
void cut_calls_with_rows(const KernelCall& call, Split& split) {
  Own own;
  for (const Operand& input : call.inputs) {
    own.push_back(has_rows(input, call.outputs[0].shape[0]));
  }
  cut_calls(split, call, std::move(own));
}

// The kernel is told which rows of the result to compute, and may need all of every input.
void cut_rows(Split& split, const KernelCall& call) {
  split.parts = call.outputs[0].shape[0];
  split.own.assign(call.inputs.size(), false);
}

// The kernel is told which columns to compute. All axes behind those that the op works on, which
// are the first, count as one.
void cut_columns(Split& split, int64_t columns, Own own) {
  split.by = Access::By::columns;
  split.parts = columns;
  split.own = std::move(own);
}

void rule_elements(const KernelCall& call, Split& split) {
  Own own;
  for (const Operand& input : call.inputs) {
    own.push_back(input.shape == call.outputs[0].shape && input.strides[0] != 0);
  }
  cut_calls(split, call, std::move(own));
}

// The last input is the key.
void rule_random(const KernelCall& call, Split& split) {
  Own own(call.inputs.size(), true);
  own.back() = false;
  cut_calls(split, call, std::move(own));
}

// Returns how many elements an index along the other axes stands for where the reduced axes are the
// first ones, and there are others; 0 elsewhere.
int64_t columns_behind(const Shape& shape, const std::vector<int64_t>& axes) {
  const int count = static_cast<int>(axes.size());
  if (count == 0 || count == shape.rank() || axes.back() != count - 1) return 0;
  int64_t columns = 1;
  for (int i = count; i < shape.rank(); ++i) columns *= shape[i];
  return columns;
}

void rule_reduction(const KernelCall& call, Split& split) {
  const auto& axes = call.attrs.as<ops::ReduceAttrs>().axis;
  const Operand& x = call.inputs[0];
  const Operand& y = call.outputs[0];
  if (!contains(axes, 0) && (y.shape[0] > 1 || y.size == 1)) {
    if (has_rows(x, y.shape[0])) cut_calls(split, call, {true});
  } else if (columns_behind(x.shape, axes) > 0) {
    cut_columns(split, y.size, {true});
  } else if (y.shape[0] > 1) {
    cut_rows(split, call);
  } else if (y.size > 1) {
    cut_columns(split, y.size, {false});
  }
}

void rule_prod_others(const KernelCall& call, Split& split) {
  const auto& axes = call.attrs.as<ops::ReduceAttrs>().axis;
  if (!contains(axes, 0)) return cut_calls(split, call, {true});
  const int64_t columns = columns_behind(call.inputs[0].shape, axes);
  if (columns > 0) cut_columns(split, columns, {true});
}

void rule_cumsum(const KernelCall& call, Split& split) {
  if (call.attrs.as<ops::AxisAttrs>().axis != 0) return cut_calls(split, call, {true});
  const Operand& y = call.outputs[0];
  if (y.shape.rank() > 1) cut_columns(split, y.size / y.shape[0], {true});
}

void rule_transpose(const KernelCall& call, Split& split) {
  if (call.attrs.as<ops::TransposeAttrs>().axes[0] == 0) return cut_calls(split, call, {true});
  cut_rows(split, call);
}

void rule_broadcast_to(const KernelCall& call, Split& split) {
  const bool same_rank = call.inputs[0].shape.rank() == call.outputs[0].shape.rank();
  cut_calls(split, call, {same_rank && has_rows(call.inputs[0], call.outputs[0].shape[0])});
}

void rule_concatenate(const KernelCall& call, Split& split) {
  if (call.attrs.as<ops::AxisAttrs>().axis != 0) return cut_calls_with_rows(call, split);
  cut_rows(split, call);
}

// Along the first axis a thread has the same rows of each result, where all have as many.
void rule_split_like(const KernelCall& call, Split& split) {
  if (call.attrs.as<ops::AxisAttrs>().axis != 0) return cut_calls_with_rows(call, split);
  const Operand& x = call.inputs[0];
  const bool even = std::all_of(
      call.outputs.begin(), call.outputs.end(),
      [&](const Operand& output) { return output.shape[0] == call.outputs[0].shape[0]; });
  if (even) return cut_rows(split, call);
  if (x.shape.rank() > 1) cut_columns(split, x.size / x.shape[0], Own(call.inputs.size(), true));
}

void rule_pad(const KernelCall& call, Split& split) {
  const auto& attrs = call.attrs.as<ops::PadAttrs>();
  if (attrs.before[0] == 0 && attrs.after[0] == 0) return cut_calls(split, call, {true});
  cut_rows(split, call);
}

void rule_flip(const KernelCall& call, Split& split) {
  if (!contains(call.attrs.as<ops::AxesAttrs>().axis, 0)) return cut_calls(split, call, {true});
  cut_rows(split, call);
}

// Tells whether a slice has all rows in their order. It then has all of any fewer rows as well.
template <class Attributes>
bool has_all_rows(const KernelCall& call, const Operand& whole) {
  const auto& attrs = call.attrs.as<Attributes>();
  const int64_t rows = whole.shape[0];
  const auto range = ops::resolve_slice(attrs.start[0], attrs.stop[0], attrs.step[0], rows);
  return range.start == 0 && range.count == rows && (range.step == 1 || rows == 1);
}

void rule_strided_slice(const KernelCall& call, Split& split) {
  if (has_all_rows<ops::SliceAttrs>(call, call.inputs[0])) return cut_calls(split, call, {true});
  cut_rows(split, call);
}

// Of a second input the kernel takes nothing, its shape was asked for.
void rule_place_slice(const KernelCall& call, Split& split) {
  if (has_all_rows<ops::PlaceSliceAttrs>(call, call.outputs[0])) {
    return cut_calls_with_rows(call, split);
  }
  cut_rows(split, call);
}

void rule_take(const KernelCall& call, Split& split) {
  const Operand& indices = call.inputs[1];
  if (call.attrs.as<ops::AxisAttrs>().axis != 0) return cut_calls(split, call, {true, false});
  if (indices.shape.rank() > 0) return cut_calls(split, call, {false, true});
  cut_columns(split, call.outputs[0].size, {true, false});
}

void rule_take_along_axis(const KernelCall& call, Split& split) {
  if (call.attrs.as<ops::AxisAttrs>().axis == 0) return cut_calls(split, call, {false, true});
  cut_calls_with_rows(call, split);
}

// A thread passes over all indices and adds what lies in its rows, in the order of the whole.
void rule_scatter_rows(const KernelCall& call, Split& split) {
  if (call.attrs.as<ops::ScatterAttrs>().axis == 0) return cut_rows(split, call);
  Own own(call.inputs.size(), true);
  own[1] = false;
  cut_calls(split, call, std::move(own));
}

// Many rows of values may go to one row of the result; that is not cut.
void rule_scatter_along_axis(const KernelCall& call, Split& split) {
  if (call.attrs.as<ops::ScatterAttrs>().axis == 0) return cut_rows(split, call);
  if (call.outputs[0].shape[0] > 1) cut_calls_with_rows(call, split);
}

void rule_one_hot(const KernelCall& call, Split& split) {
  const int64_t axis = call.attrs.as<ops::OneHotAttrs>().axis;
  const bool is_first = axis == 0 || axis == -call.outputs[0].shape.rank();
  if (!is_first) return cut_calls(split, call, {true});
  cut_rows(split, call);
}

// Several products, or one whose operands lie in rows: each thread has some.
void rule_product(const KernelCall& call, Split& split) {
  const ProductSizes sizes = product_sizes(call);
  split.work = 2.0 * static_cast<double>(call.outputs[0].size) * static_cast<double>(sizes.k);
  if (sizes.k == 0) return;
  if (call.outputs[0].shape.rank() != 2) {
    Own own;
    for (const Operand& input : call.inputs) {
      own.push_back(input.shape.rank() == call.outputs[0].shape.rank() &&
                    has_rows(input, call.outputs[0].shape[0]));
    }
    return cut_calls(split, call, std::move(own));
  }
  if (is_chain_float(call.inputs[0].dtype) && is_cut_by_columns(sizes)) {
    return cut_columns(split, sizes.n, {false, sizes.column_b == 1});
  }
  cut_rows(split, call);
  split.own[0] = sizes.column_a == 1;
}

Rule find_rule(const OpDef& op) {
  static const struct {
    const OpDef* op;
    Rule rule;
  } rules[] = {
      {&ops::batch_matmul_op, rule_product},
      {&ops::sum_op, rule_reduction},
      {&ops::prod_op, rule_reduction},
      {&ops::max_op, rule_reduction},
      {&ops::min_op, rule_reduction},
      {&ops::any_op, rule_reduction},
      {&ops::all_op, rule_reduction},
      {&ops::argmax_op, rule_reduction},
      {&ops::argmin_op, rule_reduction},
      {&ops::prod_others_op, rule_prod_others},
      {&ops::cumsum_op, rule_cumsum},
      {&ops::transpose_op, rule_transpose},
      {&ops::broadcast_to_op, rule_broadcast_to},
      {&ops::concatenate_op, rule_concatenate},
      {&ops::split_like_op, rule_split_like},
      {&ops::pad_op, rule_pad},
      {&ops::flip_op, rule_flip},
      {&ops::strided_slice_op, rule_strided_slice},
      {&ops::place_slice_op, rule_place_slice},
      {&ops::take_op, rule_take},
      {&ops::take_along_axis_op, rule_take_along_axis},
      {&ops::scatter_rows_op, rule_scatter_rows},
      {&ops::scatter_along_axis_op, rule_scatter_along_axis},
      {&ops::one_hot_op, rule_one_hot},
      {&ops::random_uniform_op, rule_random},
      {&ops::random_normal_op, rule_random},
      {&ops::dropout_op, rule_random},
  };
  if (op.traits.elementwise) return rule_elements;
  for (const auto& row : rules) {
    if (row.op == &op) return row.rule;
  }
  return nullptr;
}

}  // namespace

void apply_rule(const OpDef& op, const KernelCall& call, Split& split) {
  if (const Rule rule = find_rule(op)) rule(call, split);
}

}  // namespace keratin::runtime
