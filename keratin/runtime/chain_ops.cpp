// SPDX-License-Identifier: Apache-2.0
#include "keratin/runtime/chain_ops.h"

#include <algorithm>
#include <span>
#include <unordered_map>

#include "keratin/compiler/tiles.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/runtime/kernels/product.h"

namespace keratin::runtime {

using simd::Micro;

namespace {

bool is_logical(Micro micro) {
  return micro == Micro::logical_and || micro == Micro::logical_or || micro == Micro::logical_xor ||
         micro == Micro::logical_not;
}

// Tells whether all are floats of one type.
bool all_of_one_float(const Graph& graph, std::span<const ValueId> ids) {
  const DType first = graph.value(ids[0]).spec.dtype;
  return is_chain_float(first) && std::all_of(ids.begin(), ids.end(), [&](ValueId id) {
           return graph.value(id).spec.dtype == first;
         });
}

bool all_of_dtype(const Graph& graph, std::span<const ValueId> ids, DType dtype) {
  return std::all_of(ids.begin(), ids.end(),
                     [&](ValueId id) { return graph.value(id).spec.dtype == dtype; });
}

// Tells whether a node has no elements to compute, or computes something of no elements.
bool is_empty(const Graph& graph, const Node& node) {
  const auto has_none = [&](ValueId id) {
    const Sizes& dims = graph.value(id).spec.shape.dims();
    return std::find(dims.begin(), dims.end(), 0) != dims.end();
  };
  return has_none(node.outputs[0]) || std::any_of(node.inputs.begin(), node.inputs.end(), has_none);
}

bool reduces_last_axis(const Graph& graph, const Node& node) {
  const int rank = graph.value(node.inputs[0]).spec.shape.rank();
  const auto& axis = node.attrs.as<ops::ReduceAttrs>().axis;
  return rank > 0 && axis.size() == 1 && axis[0] == rank - 1;
}

}  // namespace

Micro micro_of(const OpDef& op) {
  static const std::unordered_map<const OpDef*, Micro> table = {
      {&ops::add_op, Micro::add},
      {&ops::subtract_op, Micro::subtract},
      {&ops::multiply_op, Micro::multiply},
      {&ops::divide_op, Micro::divide},
      {&ops::maximum_op, Micro::maximum},
      {&ops::minimum_op, Micro::minimum},
      {&ops::power_op, Micro::power},
      {&ops::equal_op, Micro::equal},
      {&ops::not_equal_op, Micro::not_equal},
      {&ops::less_op, Micro::less},
      {&ops::less_equal_op, Micro::less_equal},
      {&ops::greater_op, Micro::greater},
      {&ops::greater_equal_op, Micro::greater_equal},
      {&ops::logical_and_op, Micro::logical_and},
      {&ops::logical_or_op, Micro::logical_or},
      {&ops::logical_xor_op, Micro::logical_xor},
      {&ops::logical_not_op, Micro::logical_not},
      {&ops::where_op, Micro::where},
      {&ops::isnan_op, Micro::isnan},
      {&ops::isinf_op, Micro::isinf},
      {&ops::isfinite_op, Micro::isfinite},
      {&ops::negative_op, Micro::negative},
      {&ops::absolute_op, Micro::absolute},
      {&ops::sign_op, Micro::sign},
      {&ops::square_op, Micro::square},
      {&ops::sqrt_op, Micro::sqrt},
      {&ops::rsqrt_op, Micro::rsqrt},
      {&ops::exp_op, Micro::exp},
      {&ops::expm1_op, Micro::expm1},
      {&ops::log_op, Micro::log},
      {&ops::log1p_op, Micro::log1p},
      {&ops::sin_op, Micro::sin},
      {&ops::cos_op, Micro::cos},
      {&ops::tanh_op, Micro::tanh},
      {&ops::erf_op, Micro::erf},
      {&ops::floor_op, Micro::floor},
      {&ops::ceil_op, Micro::ceil},
      {&ops::round_op, Micro::round},
      {&ops::relu_op, Micro::relu},
      {&ops::sigmoid_op, Micro::sigmoid},
      {&ops::softplus_op, Micro::softplus},
      {&ops::cast_op, Micro::int_to_float},
      {&ops::broadcast_to_op, Micro::repeat},
      {&ops::one_hot_op, Micro::one_hot},
      {&ops::sum_op, Micro::row_sum},
      {&ops::max_op, Micro::row_max},
      {&ops::min_op, Micro::row_min},
  };
  const auto found = table.find(&op);
  return found == table.end() ? Micro::count : found->second;
}

bool is_chain_float(DType dtype) {
  return dtype == DType::float32 || dtype == DType::float16 || dtype == DType::bfloat16;
}

Micro cast_of(DType from, DType to) {
  if (to == DType::bool_ && is_chain_float(from)) return Micro::float_to_mask;
  if (!is_chain_float(to)) return Micro::count;
  if (is_chain_float(from)) return Micro::repeat;  // as it is
  if (from == DType::bool_) return Micro::mask_to_float;
  if (from == DType::int32) return Micro::int_to_float;
  return from == DType::uint8 ? Micro::byte_to_float : Micro::count;
}

HalfMicros half_of(DType dtype) {
  if (dtype == DType::float16) {
    return {Micro::half_to_float, Micro::float_to_half, Micro::round_to_half};
  }
  if (dtype == DType::bfloat16) {
    return {Micro::bfloat_to_float, Micro::float_to_bfloat, Micro::round_to_bfloat};
  }
  return {};
}

bool keeps_half(const OpDef& op) {
  switch (micro_of(op)) {
    case Micro::where:
    case Micro::maximum:
    case Micro::minimum:
    case Micro::negative:
    case Micro::absolute:
    case Micro::sign:
    case Micro::relu:
    case Micro::floor:
    case Micro::ceil:
    case Micro::round:
    case Micro::repeat:
    case Micro::row_max:
    case Micro::row_min:
    case Micro::one_hot:
      return true;
    default:
      return false;
  }
}

bool chain_fuses(const Graph& graph, const Node& node) {
  const Micro micro = micro_of(*node.op);
  if (micro == Micro::count || node.inputs.empty() || is_empty(graph, node)) return false;
  const std::span<const ValueId> inputs = node.inputs;
  const TensorSpec& first = graph.value(inputs[0]).spec;
  const TensorSpec& out = graph.value(node.outputs[0]).spec;
  // int32 and bytes are only taken from memory: no instruction makes them.
  if (node.op == &ops::cast_op) return cast_of(first.dtype, out.dtype) != Micro::count;
  if (node.op == &ops::one_hot_op) {
    return first.dtype == DType::int32 && out.dtype == DType::float32 &&
           node.attrs.as<ops::OneHotAttrs>().axis == out.shape.rank() - 1;
  }
  if (is_logical(micro)) return all_of_dtype(graph, inputs, DType::bool_);
  if (micro == Micro::where) {
    return first.shape == out.shape && first.dtype == DType::bool_ &&
           all_of_one_float(graph, inputs.subspan(1));
  }
  if (!all_of_one_float(graph, inputs)) return false;
  return !compiler::is_row_reduction(*node.op) || reduces_last_axis(graph, node);
}

bool chain_fuses_product(const Graph& graph, const Node& node) {
  if (node.op != &ops::batch_matmul_op) return false;
  const TensorSpec& result = graph.value(node.outputs[0]).spec;
  if (result.dtype != DType::float32 || result.shape.rank() != 2 || !result.shape.is_static()) {
    return false;
  }
  const Shape& a = graph.value(node.inputs[0]).spec.shape;
  const Shape& b = graph.value(node.inputs[1]).spec.shape;
  if (!a.is_static() || !b.is_static()) return false;
  const ProductSizes sizes = product_sizes(node.attrs.as<ops::MatmulAttrs>(), a, b, result.shape);
  // Rows are computed by themselves, and deep products take so long that their results may go to
  // memory and back.
  constexpr int64_t deepest = 512;
  return sizes.m > 1 && sizes.n > 0 && sizes.k > 0 && sizes.k <= deepest &&
         !is_cut_by_columns(sizes);
}

}  // namespace keratin::runtime
