// SPDX-License-Identifier: Apache-2.0
#include "keratin/compiler/tiles.h"

#include "keratin/graph/ops/ops.h"

namespace keratin::compiler {

bool is_row_reduction(const OpDef& op) {
  return &op == &ops::sum_op || &op == &ops::max_op || &op == &ops::min_op;
}

int64_t TileSpace::columns() const { return shape.rank() == 0 ? 1 : shape.back(); }

int64_t TileSpace::rows() const {
  return shape.rank() == 0 ? 1 : shape.slice(0, shape.rank() - 1).element_count();
}

namespace {

// [..., 1] with the axes of the matrix before it.
bool is_kept_column(const Shape& space, const Shape& value) {
  return value.rank() == space.rank() && value.rank() > 0 && value.back() == 1 &&
         value.slice(0, value.rank() - 1) == space.slice(0, space.rank() - 1);
}

bool is_vector_column(const Shape& space, const Shape& value) {
  return space.rank() > 0 && value == space.slice(0, space.rank() - 1);
}

}  // namespace

Extent TileSpace::of_result(const Shape& result) const {
  if (result == shape) return Extent::full;
  if (result.element_count() == 1) return Extent::one;
  const bool is_column = is_kept_column(shape, result) || is_vector_column(shape, result);
  return is_column ? Extent::column : Extent::other;
}

Extent TileSpace::of_operand(const Graph& graph, const Node& node, size_t input) const {
  const Shape& value = graph.value(node.inputs[input]).spec.shape;
  const Extent result = of_result(graph.value(node.outputs[0]).spec.shape);
  if (is_row_reduction(*node.op)) return value == shape ? Extent::full : Extent::other;
  if (result == Extent::full && value == shape) return Extent::full;
  if (node.op == &ops::one_hot_op) {
    // Its rows are those of the space.
    const bool is_column = result == Extent::full && is_vector_column(shape, value);
    return is_column ? Extent::column : Extent::other;
  }
  if (value.element_count() == 1) return Extent::one;
  if (result != Extent::full) return of_result(value) == result ? result : Extent::other;
  if (is_kept_column(shape, value)) return Extent::column;
  const bool is_row =
      value.rank() > 0 && value.back() == columns() && value.element_count() == columns();
  return is_row ? Extent::row : Extent::other;
}

const Shape& larger_space(const Shape& a, const Shape& b) {
  const auto size = [](const Shape& shape) {
    return std::pair(shape.element_count(), shape.rank());
  };
  return size(b) > size(a) ? b : a;
}

bool begins_with_product(const Graph& body) {
  return !body.nodes().empty() && body.nodes()[0].op == &ops::batch_matmul_op;
}

TileSpace space_of(const Graph& body) {
  TileSpace space;
  for (const Node& node : body.nodes()) {
    const ValueId whole = is_row_reduction(*node.op) ? node.inputs[0] : node.outputs[0];
    space.shape = larger_space(space.shape, body.value(whole).spec.shape);
  }
  return space;
}

}  // namespace keratin::compiler
