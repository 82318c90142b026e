// SPDX-License-Identifier: Apache-2.0
#include "tests/support/op_table.h"

#include <cmath>
#include <limits>

#include "keratin/core/mersenne.h"
#include "keratin/graph/autodiff.h"
#include "keratin/graph/ops/ops.h"

namespace keratin::testing_support {

namespace {

Tensor random_tensor(const Shape& shape, double low, double high, bool whole, uint32_t seed) {
  rng::NumpyRandom random(seed);
  Array array(DType::float64, shape);
  for (int64_t i = 0; i < array.size(); ++i) {
    const double value = random.uniform(low, high);
    array.data<double>()[i] = whole ? std::floor(value) : value;
  }
  return Tensor(std::move(array));
}

Tensor input_tensor(const OpInput& input, DType dtype, uint32_t seed) {
  if (!input.values.empty()) return Tensor::from<double>(input.values, input.shape).cast(dtype);
  // Integers include both ends.
  const bool whole = !is_float(dtype);
  return random_tensor(input.shape, input.low, whole ? input.high + 1.0 : input.high, whole, seed)
      .cast(dtype);
}

// Returns the sum of the float tensors times weights, which become inputs of the trace.
Tensor weighted_sum(Trace& trace, const std::vector<Tensor>& tensors) {
  Tensor total = trace.import(Tensor(Array::scalar(0.0)));
  for (const Tensor& tensor : tensors) {
    if (!is_float(tensor.dtype())) continue;
    const Tensor weights = trace.input(tensor.spec(), "weights");
    total = total + ops::cast(ops::sum(tensor * weights), DType::float64);
  }
  return total;
}

}  // namespace

const std::vector<OpRow>& op_rows() {
  static const std::vector<OpRow> rows = [] {
    std::vector<OpRow> all;
    for (auto family :
         {elementwise_rows, reduction_rows, shaping_rows, indexing_rows, nn_rows, control_rows}) {
      for (OpRow& row : family()) all.push_back(std::move(row));
    }
    return all;
  }();
  return rows;
}

std::string describe(const OpRow& row) {
  std::string text = std::string(row.op->name) + "(";
  for (size_t i = 0; i < row.inputs.size(); ++i) {
    text += (i > 0 ? ", " : "") + to_string(TensorSpec{row.inputs[i].shape, row.inputs[i].dtype});
  }
  return text + ") " + to_json(row.attrs(DType::float32).to_config());
}

std::vector<Tensor> inputs_of(const OpRow& row, DType dtype) {
  std::vector<Tensor> tensors;
  uint32_t seed = 1;
  for (const OpInput& input : row.inputs) {
    tensors.push_back(
        input_tensor(input, input.dtype == DType::float32 ? dtype : input.dtype, seed++));
  }
  return tensors;
}

std::vector<TensorSpec> specs_of(const OpRow& row, const std::vector<Tensor>& inputs,
                                 bool none_batch) {
  std::vector<TensorSpec> specs = keratin::specs_of(inputs);
  if (none_batch) {
    for (size_t i : row.batch) specs[i].shape[0] = None;
  }
  return specs;
}

std::vector<size_t> float_inputs(const std::vector<Tensor>& inputs) {
  std::vector<size_t> places;
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (is_float(inputs[i].dtype())) places.push_back(i);
  }
  return places;
}

bool has_gradient(const OpRow& row) {
  if (row.op->traits.not_differentiable || row.op->name == "while_loop") return false;
  const std::vector<Tensor> inputs = inputs_of(row, DType::float32);
  const auto specs = infer(*row.op, specs_of(row, inputs, false), row.attrs(DType::float32));
  return !float_inputs(inputs).empty() && is_float(specs[0].dtype);
}

std::vector<Tensor> weights_of(const OpRow& row, DType dtype, Order order) {
  std::vector<Tensor> weights;
  if (order == Order::value) return weights;
  const std::vector<Tensor> inputs = inputs_of(row, dtype);
  std::vector<Tensor> weighted = apply(*row.op, inputs, row.attrs(dtype));
  if (order == Order::second) weighted.insert(weighted.end(), inputs.begin(), inputs.end());
  for (const Tensor& tensor : weighted) {
    if (!is_float(tensor.dtype())) continue;
    const auto seed = 100 + static_cast<uint32_t>(weights.size());
    weights.push_back(random_tensor(tensor.shape(), 0.5, 1.5, false, seed).cast(tensor.dtype()));
  }
  return weights;
}

std::shared_ptr<Graph> trace_row(const OpRow& row, const std::vector<TensorSpec>& specs,
                                 const Attrs& attrs, Order order) {
  Trace trace;
  std::vector<Tensor> inputs;
  for (const TensorSpec& spec : specs) inputs.push_back(trace.input(spec, "x"));
  std::vector<Tensor> outputs = apply(*row.op, inputs, attrs);
  if (order == Order::value) return trace.finish(outputs);
  std::vector<Tensor> sources;
  for (size_t i : float_inputs(inputs)) sources.push_back(inputs[i]);
  const std::vector<Tensor> first = gradients(weighted_sum(trace, outputs), sources);
  outputs.insert(outputs.end(), first.begin(), first.end());
  if (order == Order::second) {
    const std::vector<Tensor> second = gradients(weighted_sum(trace, first), sources);
    outputs.insert(outputs.end(), second.begin(), second.end());
  }
  return trace.finish(outputs);
}

double distance(const Tensor& a, const Tensor& b) {
  if (!(a.shape() == b.shape())) return std::numeric_limits<double>::infinity();
  const std::vector<double> left = a.to_vector<double>();
  const std::vector<double> right = b.to_vector<double>();
  double largest = 1.0;
  double worst = 0.0;
  for (size_t i = 0; i < left.size(); ++i) {
    if (left[i] == right[i] || (std::isnan(left[i]) && std::isnan(right[i]))) continue;
    const double apart = std::abs(left[i] - right[i]);
    if (std::isnan(apart)) return std::numeric_limits<double>::infinity();
    worst = std::max(worst, apart);
  }
  for (double value : right) {
    if (std::isfinite(value)) largest = std::max(largest, std::abs(value));
  }
  return worst / largest;
}

}  // namespace keratin::testing_support
