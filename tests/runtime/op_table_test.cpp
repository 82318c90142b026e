// SPDX-License-Identifier: Apache-2.0
// Every op against itself in every way there is to run it: what it infers, its gradients against
// differences, None axes, compiled plans, all float types.
#include "tests/support/op_table.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "keratin/base/error.h"
#include "keratin/graph/graph.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/runtime/executor.h"
#include "keratin/runtime/kernel.h"
#include "tests/support/run_graph.h"

namespace keratin::testing_support {
namespace {

std::vector<Tensor> run_at_once(const OpRow& row, DType dtype) {
  return apply(*row.op, inputs_of(row, dtype), row.attrs(dtype));
}

Order highest_order(const OpRow& row) {
  if (!has_gradient(row)) return Order::value;
  return row.smooth ? Order::second : Order::gradient;
}

std::vector<Tensor> with_weights(const OpRow& row, DType dtype, Order order) {
  std::vector<Tensor> inputs = inputs_of(row, dtype);
  for (Tensor& weights : weights_of(row, dtype, order)) inputs.push_back(std::move(weights));
  return inputs;
}

// Runs the graph of a row that was traced with static axes or with a batch of None.
std::vector<Tensor> run_traced(const OpRow& row, DType dtype, Order order, bool none_batch) {
  const auto specs = specs_of(row, inputs_of(row, dtype), none_batch);
  const auto graph = trace_row(row, specs, row.attrs(dtype), order);
  verify(*graph, "test");
  return run_graph(*graph, with_weights(row, dtype, order));
}

TEST(OpTable, EveryOpIsComplete) {
  std::set<std::string_view> names;
  for (const OpDef* op : all_ops()) {
    SCOPED_TRACE(op->name);
    EXPECT_TRUE(names.insert(op->name).second);
    EXPECT_EQ(&find_op(op->name), op);
    ASSERT_FALSE(op->doc.empty());
    EXPECT_EQ(op->doc.back(), '.');
    EXPECT_TRUE(op->infer != nullptr || op->expand != nullptr);
    EXPECT_TRUE(op->gradient != nullptr || op->expand != nullptr || op->traits.not_differentiable);
    EXPECT_FALSE(op->gradient != nullptr && op->traits.not_differentiable);
    EXPECT_GE(op->min_inputs, 1);
    EXPECT_TRUE(op->max_inputs < 0 || op->max_inputs >= op->min_inputs);
    EXPECT_EQ(op->traits.elementwise, op->partition == Partition::elements &&
                                          op != &ops::dropout_op && op != &ops::random_uniform_op &&
                                          op != &ops::random_normal_op);
  }
}

TEST(OpTable, EveryOpHasARow) {
  std::set<const OpDef*> covered;
  for (const OpRow& row : op_rows()) covered.insert(row.op);
  for (const OpDef* op : all_ops()) EXPECT_TRUE(covered.contains(op)) << op->name;
}

TEST(OpTable, EveryPrimitiveHasAKernelForFloat32) {
  for (const OpRow& row : op_rows()) {
    SCOPED_TRACE(describe(row));
    if (row.op->expand != nullptr) continue;
    const auto inputs = specs_of(row, inputs_of(row, DType::float32), false);
    const auto outputs = infer(*row.op, inputs, row.attrs(DType::float32));
    EXPECT_NO_THROW(runtime::find_kernel(*row.op, inputs, outputs));
  }
}

TEST(OpTable, InferenceEqualsResults) {
  for (const OpRow& row : op_rows()) {
    SCOPED_TRACE(describe(row));
    const std::vector<Tensor> inputs = inputs_of(row, DType::float32);
    const Attrs attrs = row.attrs(DType::float32);
    const std::vector<Tensor> outputs = run_at_once(row, DType::float32);
    for (bool none_batch : {false, true}) {
      const auto specs = infer(*row.op, specs_of(row, inputs, none_batch), attrs);
      ASSERT_EQ(specs.size(), outputs.size());
      for (size_t i = 0; i < specs.size(); ++i) {
        EXPECT_TRUE(is_compatible(specs[i].shape, outputs[i].shape()))
            << to_string(specs[i]) << " for " << to_string(outputs[i].spec());
        EXPECT_EQ(specs[i].dtype, outputs[i].dtype());
        EXPECT_TRUE(none_batch || specs[i].shape.is_static());
      }
    }
  }
}

TEST(OpTable, EmptyBatchesHaveTheInferredShape) {
  for (const OpRow& row : op_rows()) {
    SCOPED_TRACE(describe(row));
    if (row.batch.empty() || !row.empty_batch) continue;
    OpRow empty = row;
    for (size_t i : row.batch) {
      empty.inputs[i].shape[0] = 0;
      empty.inputs[i].values.clear();
    }
    const std::vector<Tensor> inputs = inputs_of(empty, DType::float32);
    const Attrs attrs = row.attrs(DType::float32);
    std::vector<TensorSpec> specs;
    try {
      specs = infer(*row.op, specs_of(empty, inputs, false), attrs);
    } catch (const keratin::Error&) {
      continue;  // the attributes name elements that are not there
    }
    const std::vector<Tensor> outputs = run_at_once(empty, DType::float32);
    for (size_t i = 0; i < specs.size(); ++i) EXPECT_EQ(outputs[i].spec(), specs[i]);
  }
}

TEST(OpTable, AttributesReadBack) {
  for (const OpRow& row : op_rows()) {
    SCOPED_TRACE(describe(row));
    const Attrs attrs = row.attrs(DType::float32);
    ASSERT_EQ(attrs.empty(), row.op->attrs == nullptr);
    if (attrs.empty()) continue;
    const std::string text = to_json(attrs.to_config());
    EXPECT_EQ(row.op->attrs().read(parse_json(text), "test"), attrs);
  }
}

TEST(OpTable, GraphsReadBack) {
  for (const OpRow& row : op_rows()) {
    SCOPED_TRACE(describe(row));
    const auto specs = specs_of(row, inputs_of(row, DType::float32), true);
    const auto graph = trace_row(row, specs, row.attrs(DType::float32), Order::value);
    const std::string text = to_string(*graph);
    EXPECT_EQ(to_string(*parse_graph(text)), text);
  }
}

// Adds what the weighted sum of tensors is, in float64.
double weighted(const std::vector<Tensor>& tensors, size_t first,
                const std::vector<Tensor>& weights, size_t first_weight) {
  double total = 0.0;
  for (size_t i = first; i < tensors.size(); ++i) {
    if (!is_float(tensors[i].dtype())) continue;
    const std::vector<double> values = tensors[i].to_vector<double>();
    const std::vector<double> scales = weights[first_weight++].to_vector<double>();
    for (size_t k = 0; k < values.size(); ++k) total += values[k] * scales[k];
  }
  return total;
}

// Returns the slope of `f` at element `at` of input `place`, from four points around it.
template <class F>
double slope(const F& f, const std::vector<Tensor>& inputs, size_t place, int64_t at) {
  constexpr double h = 5e-4;
  const auto shifted = [&](double by) {
    std::vector<Tensor> moved = inputs;
    const Array copy = inputs[place].array().copy();
    copy.data<double>()[at] += by;
    moved[place] = Tensor(copy);
    return f(moved);
  };
  return (8.0 * (shifted(h) - shifted(-h)) - (shifted(2 * h) - shifted(-2 * h))) / (12.0 * h);
}

template <class F>
void expect_slopes(const F& f, const std::vector<Tensor>& inputs,
                   const std::vector<Tensor>& gradients) {
  const std::vector<size_t> places = float_inputs(inputs);
  ASSERT_EQ(gradients.size(), places.size());
  for (size_t i = 0; i < places.size(); ++i) {
    ASSERT_EQ(gradients[i].spec(), inputs[places[i]].spec());
    const std::vector<double> values = gradients[i].to_vector<double>();
    for (size_t k = 0; k < values.size(); ++k) {
      const double expected = slope(f, inputs, places[i], static_cast<int64_t>(k));
      EXPECT_NEAR(values[k], expected, 1e-6 * std::max(1.0, std::abs(expected)))
          << "input " << places[i] << " element " << k;
    }
  }
}

TEST(OpTable, GradientsEqualCentralDifferences) {
  for (const OpRow& row : op_rows()) {
    SCOPED_TRACE(describe(row));
    if (!has_gradient(row)) continue;
    const std::vector<Tensor> inputs = inputs_of(row, DType::float64);
    const std::vector<Tensor> weights = weights_of(row, DType::float64, Order::gradient);
    const size_t count = run_at_once(row, DType::float64).size();
    const std::vector<Tensor> results = run_traced(row, DType::float64, Order::gradient, false);
    const auto f = [&](const std::vector<Tensor>& moved) {
      return weighted(apply(*row.op, moved, row.attrs(DType::float64)), 0, weights, 0);
    };
    expect_slopes(f, inputs, {results.begin() + static_cast<std::ptrdiff_t>(count), results.end()});
  }
}

// Why no gradient flows through an op.
const std::pair<std::set<std::string_view>, const char*> without_gradient[] = {
    {{"equal", "not_equal", "less", "less_equal", "greater", "greater_equal", "logical_and",
      "logical_or", "logical_xor", "logical_not", "isfinite", "isinf", "isnan", "any", "all"},
     "gives truth values"},
    {{"argmax", "argmin", "axis_size"}, "gives whole numbers"},
    {{"one_hot"}, "takes whole numbers"},
    {{"random_uniform", "random_normal"}, "takes a key alone"},
    {{"sign", "floor", "ceil", "round", "floor_divide"}, "is flat between its jumps"},
    {{"stop_gradient"}, "is there to stop it"},
    {{"fused"}, "is made after gradients are taken"},
    {{"while_loop"}, "has no reverse mode, which is an error"},
};

TEST(OpTable, EveryOpIsDifferentiatedOrSaysWhyNot) {
  std::set<std::string_view> differentiated;
  for (const OpRow& row : op_rows()) {
    if (has_gradient(row)) differentiated.insert(row.op->name);
  }
  std::set<std::string_view> explained;
  for (const auto& [names, reason] : without_gradient) {
    for (const std::string_view name : names) {
      EXPECT_TRUE(explained.insert(name).second) << name;
      const bool says_so = find_op(name).traits.not_differentiable || name == "while_loop";
      EXPECT_TRUE(says_so) << name << ": " << reason;
    }
  }
  for (const OpDef* op : all_ops()) {
    EXPECT_NE(differentiated.contains(op->name), explained.contains(op->name)) << op->name;
  }
}

TEST(OpTable, GradientsOfGradientsEqualCentralDifferences) {
  for (const OpRow& row : op_rows()) {
    SCOPED_TRACE(describe(row));
    if (highest_order(row) != Order::second) continue;
    const std::vector<Tensor> inputs = inputs_of(row, DType::float64);
    const auto specs = specs_of(row, inputs, false);
    const Attrs attrs = row.attrs(DType::float64);
    const std::vector<Tensor> weights = weights_of(row, DType::float64, Order::second);
    const size_t count = run_at_once(row, DType::float64).size();
    const size_t sources = float_inputs(inputs).size();
    const auto gradient = trace_row(row, specs, attrs, Order::gradient);
    const size_t outer_weights = weights.size() - sources;
    const auto f = [&](std::vector<Tensor> moved) {
      moved.insert(moved.end(), weights.begin(),
                   weights.begin() + static_cast<std::ptrdiff_t>(outer_weights));
      return weighted(run_graph(*gradient, moved), count, weights, outer_weights);
    };
    const std::vector<Tensor> results = run_traced(row, DType::float64, Order::second, false);
    expect_slopes(f, inputs, {results.end() - static_cast<std::ptrdiff_t>(sources), results.end()});
  }
}

TEST(OpTable, NoneAxesChangeNoResult) {
  for (const OpRow& row : op_rows()) {
    SCOPED_TRACE(describe(row));
    if (row.batch.empty()) continue;
    const Order order = highest_order(row);
    const std::vector<Tensor> expected = run_traced(row, DType::float64, order, false);
    const std::vector<Tensor> results = run_traced(row, DType::float64, order, true);
    ASSERT_EQ(results.size(), expected.size());
    for (size_t i = 0; i < results.size(); ++i) {
      EXPECT_EQ(results[i].dtype(), expected[i].dtype());
      EXPECT_LE(distance(results[i], expected[i]), 1e-12) << "output " << i;
    }
  }
}

TEST(OpTable, PlansEqualEagerEvaluation) {
  for (const OpRow& row : op_rows()) {
    SCOPED_TRACE(describe(row));
    const Order order = highest_order(row);
    const auto specs = specs_of(row, inputs_of(row, DType::float32), false);
    const auto graph = trace_row(row, specs, row.attrs(DType::float32), order);
    const std::vector<Tensor> inputs = with_weights(row, DType::float32, order);
    const std::vector<Tensor> expected = run_graph(*graph, inputs);
    std::vector<Array> arrays;
    for (const Tensor& input : inputs) arrays.push_back(input.array());
    const auto executor = runtime::compile(*graph);
    // The second run meets what the first has left in the arena.
    for (int run = 0; run < 2; ++run) {
      executor->run(arrays);
      for (size_t i = 0; i < expected.size(); ++i) {
        const Tensor result(executor->outputs()[i]);
        EXPECT_EQ(result.dtype(), expected[i].dtype());
        EXPECT_LE(distance(result, expected[i]), 1e-6) << "output " << i << " of run " << run;
      }
    }
  }
}

TEST(OpTable, AllFloatTypesEqualFloat64) {
  const std::pair<DType, double> types[] = {
      {DType::float32, 1e-5}, {DType::float16, 1e-2}, {DType::bfloat16, 6e-2}};
  for (const OpRow& row : op_rows()) {
    if (row.op == &ops::random_uniform_op || row.op == &ops::random_normal_op) continue;
    for (const auto& [dtype, tolerance] : types) {
      SCOPED_TRACE(describe(row) + " as " + std::string(name_of(dtype)));
      std::vector<Tensor> inputs = inputs_of(row, dtype);
      const std::vector<Tensor> outputs = apply(*row.op, inputs, row.attrs(dtype));
      for (size_t i : float_inputs(inputs)) inputs[i] = inputs[i].cast(DType::float64);
      const auto expected = apply(*row.op, inputs, row.attrs(DType::float64));
      for (size_t i = 0; i < expected.size(); ++i) {
        const DType wanted = expected[i].dtype() == DType::float64 ? dtype : expected[i].dtype();
        EXPECT_EQ(outputs[i].dtype(), wanted);
        EXPECT_LE(distance(outputs[i], expected[i]), tolerance) << "output " << i;
      }
    }
  }
}

}  // namespace
}  // namespace keratin::testing_support
