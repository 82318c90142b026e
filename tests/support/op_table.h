// SPDX-License-Identifier: Apache-2.0
// The rows of the op table, and what runs an op in every way there is: at once, traced, compiled.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "keratin/graph/op.h"
#include "keratin/graph/trace.h"

namespace keratin::testing_support {

/// Is one example input: random values of a range, or given ones.
struct OpInput {
  Shape shape;
  double low = -2.0;
  double high = 2.0;
  /// Stands for the dtype of the run when it is float32.
  DType dtype = DType::float32;
  std::vector<double> values = {};
};

/// Is one example of an op.
struct OpRow {
  const OpDef* op = nullptr;
  std::vector<OpInput> inputs;
  /// Gives the attributes for the float dtype of the run.
  std::function<Attrs(DType)> attrs = [](DType) { return Attrs(); };
  /// Lists the inputs whose first axis may be None, all of one size.
  std::vector<size_t> batch = {0};
  /// Tells whether the gradient has a gradient of its own that differences can follow.
  bool smooth = true;
  /// Tells whether the batch may be empty.
  bool empty_batch = true;
};

/// Returns the rows of all ops.
const std::vector<OpRow>& op_rows();

// The rows of the families; one source file for each.
std::vector<OpRow> elementwise_rows();
std::vector<OpRow> reduction_rows();
std::vector<OpRow> shaping_rows();
std::vector<OpRow> indexing_rows();
std::vector<OpRow> nn_rows();  // with linalg, creation and random
std::vector<OpRow> control_rows();

inline OpInput real(Shape shape, double low = -2.0, double high = 2.0) {
  return {std::move(shape), low, high};
}
inline OpInput ints(Shape shape, double low, double high, DType dtype = DType::int32) {
  return {std::move(shape), low, high, dtype};
}
inline OpInput given(Shape shape, std::vector<double> values, DType dtype = DType::float32) {
  return {std::move(shape), 0.0, 0.0, dtype, std::move(values)};
}
template <class T>
std::function<Attrs(DType)> fixed(T attrs) {
  return [attrs](DType) { return Attrs(attrs); };
}

/// Returns `sum(float32[3, 4]) {"axis": [0], ...}`, for messages.
std::string describe(const OpRow& row);

/// Returns the row's inputs in a float dtype; the same values in every run.
std::vector<Tensor> inputs_of(const OpRow& row, DType dtype);

/// Returns the specs, with None for the first axis of the batched inputs if wanted.
std::vector<TensorSpec> specs_of(const OpRow& row, const std::vector<Tensor>& inputs,
                                 bool none_batch);

/// Tells whether a gradient flows from the row's outputs to its inputs.
bool has_gradient(const OpRow& row);

/// Says how far a function is differentiated: not, once, or once and its gradient once more.
enum class Order { value, gradient, second };

/// Traces the row on inputs of the given specs. The outputs are the op's own; then, from `gradient`
/// on, the gradient of a weighted sum of them for each float input; from `second` on the gradient
/// of a weighted sum of those. The weights are further inputs, those of `weights_of`.
std::shared_ptr<Graph> trace_row(const OpRow& row, const std::vector<TensorSpec>& specs,
                                 const Attrs& attrs, Order order);

/// Returns random weights for the row's float outputs and, from `second` on, its float inputs.
std::vector<Tensor> weights_of(const OpRow& row, DType dtype, Order order);

/// Returns the positions of the inputs that gradients are taken for.
std::vector<size_t> float_inputs(const std::vector<Tensor>& inputs);

/// Returns the largest difference of two tensors, relative to max(1, the largest of `b`); equal
/// infinities and NaN on both sides differ by 0. Infinite when shapes differ.
double distance(const Tensor& a, const Tensor& b);

}  // namespace keratin::testing_support
