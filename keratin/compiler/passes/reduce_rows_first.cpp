// SPDX-License-Identifier: Apache-2.0
// A reduction of a large array to one number becomes one along its rows, which joins what makes the
// array and which threads share, and one of what that leaves.
#include <algorithm>
#include <numeric>

#include "keratin/compiler/passes/passes.h"
#include "keratin/compiler/rewrite.h"
#include "keratin/graph/ops/ops.h"

namespace keratin::compiler {

namespace {

constexpr int64_t fewest_elements = 256;
constexpr int64_t shortest_row = 8;

bool combines_in_any_order(const OpDef* op) {
  return op == &ops::sum_op || op == &ops::prod_op || op == &ops::max_op || op == &ops::min_op ||
         op == &ops::any_op || op == &ops::all_op;
}

bool has_long_rows(const Shape& shape) {
  return shape.rank() >= 2 && shape.back() >= shortest_row &&
         shape.element_count() >= fewest_elements;
}

bool is_to_one_number(const Graph& graph, const Node& node) {
  const TensorSpec& x = graph.value(node.inputs[0]).spec;
  // Sums of rows would be rounded to 16 bits.
  if (x.dtype == DType::float16 || x.dtype == DType::bfloat16) return false;
  if (!x.shape.is_static() || !has_long_rows(x.shape)) return false;
  return static_cast<int>(node.attrs.as<ops::ReduceAttrs>().axis.size()) == x.shape.rank();
}

Tensor reduce(const OpDef& op, const Tensor& x, std::vector<int64_t> axis) {
  return apply_one(op, {x}, ops::ReduceAttrs{.axis = std::move(axis)});
}

}  // namespace

bool reduce_rows_first(Graph& graph) {
  const Graph& from = graph;  // until the new one takes its place
  const auto is_cut = [&](const Node& node) {
    return combines_in_any_order(node.op) && is_to_one_number(from, node);
  };
  if (std::none_of(from.nodes().begin(), from.nodes().end(), is_cut)) return false;
  Rewriter rewriter(from);
  return rewriter.run(graph, [&](const Node& node) {
    if (!is_cut(node)) return false;
    Tensor y = rewriter.at(node.inputs[0]);
    // What is left of more than two axes may have long rows still.
    while (has_long_rows(y.shape())) y = reduce(*node.op, y, {y.rank() - 1});
    std::vector<int64_t> rest(static_cast<size_t>(y.rank()));
    std::iota(rest.begin(), rest.end(), 0);
    y = reduce(*node.op, y, std::move(rest));
    const Shape& shape = from.value(node.outputs[0]).spec.shape;
    rewriter.replace(node, {shape.rank() == 0 ? y : ops::reshape(y, shape)});
    return true;
  });
}

}  // namespace keratin::compiler
