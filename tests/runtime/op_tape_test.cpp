// SPDX-License-Identifier: Apache-2.0
// Every op with tapes on data: first and second gradients are those of the traced graph.
#include <gtest/gtest.h>

#include <optional>

#include "keratin/graph/graph.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/graph/tape.h"
#include "tests/support/op_table.h"
#include "tests/support/run_graph.h"

namespace keratin::testing_support {
namespace {

using Tensors = std::vector<Tensor>;

// Takes the weights that `weights_of` gave, one for each float tensor, from `next` on.
Tensor weighted_sum(const Tensors& tensors, const Tensors& weights, size_t& next) {
  Tensor total(Array::scalar(0.0));
  for (const Tensor& tensor : tensors) {
    if (is_float(tensor.dtype())) total = total + ops::sum(tensor * weights[next++]);
  }
  return total;
}

// Returns what the traced graph of the row returns, computed at once under two tapes.
Tensors with_tapes(const OpRow& row, const Tensors& inputs, const Tensors& weights, Order order) {
  Tensors sources;
  for (size_t i : float_inputs(inputs)) sources.push_back(inputs[i]);
  GradientTape outer;
  outer.watch(sources);
  size_t next = 0;
  Tensors results, first;
  {
    GradientTape inner;
    inner.watch(sources);
    results = apply(*row.op, inputs, row.attrs(DType::float64));
    first = inner.gradient(weighted_sum(results, weights, next), sources,
                           {.unconnected_gradients = "zero"});
  }
  results.insert(results.end(), first.begin(), first.end());
  if (order != Order::second) return results;
  const Tensors second = outer.gradient(weighted_sum(first, weights, next), sources,
                                        {.unconnected_gradients = "zero"});
  results.insert(results.end(), second.begin(), second.end());
  return results;
}

TEST(OpTable, TapesOnDataGiveTheGradientsOfTheGraph) {
  for (const OpRow& row : op_rows()) {
    SCOPED_TRACE(describe(row));
    if (!has_gradient(row)) continue;
    const Order order = row.smooth ? Order::second : Order::gradient;
    const Tensors inputs = inputs_of(row, DType::float64);
    const Tensors weights = weights_of(row, DType::float64, order);
    const auto graph =
        trace_row(row, specs_of(row, inputs, false), row.attrs(DType::float64), order);
    Tensors all = inputs;
    all.insert(all.end(), weights.begin(), weights.end());
    const Tensors expected = run_graph(*graph, all);
    const Tensors actual = with_tapes(row, inputs, weights, order);
    ASSERT_EQ(actual.size(), expected.size());
    for (size_t i = 0; i < actual.size(); ++i) {
      EXPECT_EQ(actual[i].spec(), expected[i].spec()) << i;
      EXPECT_LE(distance(actual[i], expected[i]), 1e-12) << i;
    }
  }
}

}  // namespace
}  // namespace keratin::testing_support
