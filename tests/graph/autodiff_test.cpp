// SPDX-License-Identifier: Apache-2.0
#include "keratin/graph/autodiff.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "keratin/base/error.h"
#include "keratin/graph/call.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/graph/trace.h"
#include "tests/support/message.h"
#include "tests/support/run_graph.h"

namespace keratin::testing_support {
namespace {

using Tensors = std::vector<Tensor>;
using Doubles = std::vector<double>;
using Function = std::function<Tensors(const Tensors&)>;

// Traces `f` on inputs of these specs and runs the graph.
Tensors run(const Tensors& inputs, const Function& f) {
  std::shared_ptr<Graph> graph;
  {
    Trace trace;
    Tensors symbols;
    for (const Tensor& input : inputs) {
      symbols.push_back(trace.input(input.spec(), "x" + std::to_string(symbols.size())));
    }
    graph = trace.finish(f(symbols));
  }
  verify(*graph, "trace");
  return run_graph(*graph, inputs);
}

Tensor doubles(Doubles values, const Shape& shape) { return Tensor::from(values, shape); }
Tensor vector(Doubles values) {
  const auto count = static_cast<int64_t>(values.size());
  return doubles(std::move(values), {count});
}

Tensor gradient(const Tensor& target, const Tensor& source) {
  return gradients(target, {source})[0];
}

void expect_near(const Tensor& actual, const Doubles& expected) {
  const Doubles values = actual.to_vector<double>();
  ASSERT_EQ(values.size(), expected.size());
  for (size_t i = 0; i < values.size(); ++i) {
    EXPECT_NEAR(values[i], expected[i], 1e-12 * std::max(1.0, std::abs(expected[i]))) << i;
  }
}

// Returns f of each element.
Doubles each(const Doubles& xs, const std::function<double(double)>& f) {
  Doubles result;
  for (double x : xs) result.push_back(f(x));
  return result;
}

const Doubles points{-1.5, -0.25, 0.5, 2.0};

// ---- Structures ---------------------------------------------------------------------------------

TEST(Autodiff, SharedValuesAddTheirGradients) {
  const auto result = run({vector(points)}, [](const Tensors& in) {
    const Tensor& x = in[0];
    return Tensors{gradient(x * x + x, x)};
  });
  expect_near(result[0], each(points, [](double x) { return 2 * x + 1; }));
}

TEST(Autodiff, SeveralPathsMeet) {
  const auto result = run({vector(points)}, [](const Tensors& in) {
    const Tensor a = ops::tanh(in[0]);
    return Tensors{gradient(a * ops::sin(a) + ops::exp(a), in[0])};
  });
  expect_near(result[0], each(points, [](double x) {
                const double a = std::tanh(x);
                return (std::sin(a) + a * std::cos(a) + std::exp(a)) * (1 - a * a);
              }));
}

TEST(Autodiff, PathsThatDoubleAtEachStepAreWalkedOnce) {
  const auto result = run({vector(points)}, [](const Tensors& in) {
    Tensor y = in[0];
    for (int i = 0; i < 40; ++i) y = y + y;
    return Tensors{gradient(y, in[0])};
  });
  expect_near(result[0], Doubles(4, std::ldexp(1.0, 40)));
}

TEST(Autodiff, WhereNothingFlowsIsZero) {
  const auto result =
      run({vector(points), doubles({1, 2, 3, 4, 5, 6}, {2, 3})}, [](const Tensors& in) {
        const Tensor later = ops::tanh(in[1]);
        const Tensor y = ops::sin(in[0]);
        const Tensor after = ops::exp(y);
        return gradients(y, {in[1], later, after, in[0]});
      });
  expect_near(result[0], Doubles(6, 0.0));
  EXPECT_EQ(result[0].spec(), (TensorSpec{{2, 3}, DType::float64}));
  expect_near(result[1], Doubles(6, 0.0));
  expect_near(result[2], Doubles(4, 0.0));
  expect_near(result[3], each(points, [](double x) { return std::cos(x); }));
}

TEST(Autodiff, SourcesMayBeInTheMiddleAndTwice) {
  const auto result = run({vector(points)}, [](const Tensors& in) {
    const Tensor h = ops::tanh(in[0]);
    const Tensor y = h * h + in[0];
    return gradients(y, {h, in[0], h, y});
  });
  const auto two_h = [](double x) { return 2 * std::tanh(x); };
  expect_near(result[0], each(points, two_h));
  expect_near(result[1], each(points, [&](double x) {
                return two_h(x) * (1 - std::tanh(x) * std::tanh(x)) + 1;
              }));
  expect_near(result[2], each(points, two_h));
  expect_near(result[3], Doubles(4, 1.0));
}

TEST(Autodiff, OneOutputOfSeveralCarriesAGradient) {
  const auto result = run({vector(points)}, [](const Tensors& in) {
    const Tensors parts = ops::split(in[0], 2);
    const Tensors like =
        apply(find_op("split_like"), {in[0], parts[0], parts[1]}, ops::AxisAttrs{.axis = 0});
    return Tensors{gradient(ops::square(parts[1]), in[0]), gradient(ops::square(like[0]), in[0])};
  });
  expect_near(result[0], {0, 0, 1, 4});
  expect_near(result[1], {-3, -0.5, 0, 0});
}

TEST(Autodiff, BroadcastInputsGetTheSum) {
  const auto result =
      run({vector({1, 2, 3}), doubles({1, 2, 3, 4, 5, 6}, {2, 3}), doubles({10, 20}, {2, 1}),
           doubles({3}, {})},
          [](const Tensors& in) { return gradients(in[0] * in[1] + in[2] * in[3], in); });
  expect_near(result[0], {5, 7, 9});
  expect_near(result[1], {1, 2, 3, 1, 2, 3});
  expect_near(result[2], {9, 9});
  expect_near(result[3], {90});
  EXPECT_EQ(result[2].shape(), (Shape{2, 1}));
}

TEST(Autodiff, NothingFlowsThroughWhatHasNoSlope) {
  const auto result = run({vector(points)}, [](const Tensors& in) {
    const Tensor& x = in[0];
    const Tensor whole = ops::cast(ops::cast(x, DType::int32), DType::float64);
    return Tensors{gradient(ops::floor(x) * x, x), gradient(whole, x),
                   gradient(ops::where(ops::greater(x, 0), x, -x), x)};
  });
  expect_near(result[0], each(points, [](double x) { return std::floor(x); }));
  expect_near(result[1], Doubles(4, 0.0));
  expect_near(result[2], {-1, -1, 1, 1});
}

TEST(Autodiff, StopGradientStops) {
  const auto result = run({vector(points)}, [](const Tensors& in) {
    const Tensor& x = in[0];
    const Tensor g = gradient(x * ops::stop_gradient(x * x), x);
    return Tensors{g, gradient(g, x), gradient(ops::stop_gradient(ops::exp(x)), x)};
  });
  expect_near(result[0], each(points, [](double x) { return x * x; }));
  // The gradient itself holds stop_gradient(x * x), a constant for the second one.
  expect_near(result[1], Doubles(4, 0.0));
  expect_near(result[2], Doubles(4, 0.0));
}

TEST(Autodiff, GradientsHaveTheDtypeOfTheirSource) {
  for (DType dtype : {DType::float16, DType::bfloat16, DType::float32, DType::float64}) {
    const auto result = run({vector(points).cast(dtype)}, [](const Tensors& in) {
      return Tensors{gradient(ops::cast(in[0], DType::float32) * 3.0, in[0]),
                     gradient(in[0] * 2.5, in[0])};
    });
    EXPECT_EQ(result[0].dtype(), dtype);
    expect_near(result[0], Doubles(4, 3.0));
    EXPECT_EQ(result[1].dtype(), dtype);
    expect_near(result[1], Doubles(4, 2.5));
  }
}

TEST(Autodiff, ATargetMayHaveAGradientOfItsOwn) {
  const auto result = run({vector(points), vector({1, 10, 100, 1000})}, [](const Tensors& in) {
    return Tensors{gradients(in[0] * 2.0, {in[0]}, in[1])[0], gradients(in[0], {in[0]}, in[1])[0]};
  });
  expect_near(result[0], {2, 20, 200, 2000});
  expect_near(result[1], {1, 10, 100, 1000});
}

// ---- Composites ---------------------------------------------------------------------------------

TEST(Autodiff, CompositesHaveTheGradientOfWhatTheyStandFor) {
  const auto result = run({vector(points)}, [](const Tensors& in) {
    const Tensor& x = in[0];
    return Tensors{gradient(ops::squared_difference(x, 1.0), x),
                   gradient(ops::clip(x, -1.0, 1.0), x),
                   gradient(ops::mean(x * x), x),
                   gradient(ops::reciprocal(x), x),
                   gradient(ops::log_sigmoid(x), x),
                   gradient(ops::logsumexp(x), x),
                   gradient(ops::matmul(x, x), x)};
  });
  expect_near(result[0], each(points, [](double x) { return 2 * (x - 1); }));
  expect_near(result[1], {0, 1, 1, 0});
  expect_near(result[2], each(points, [](double x) { return x / 2; }));
  expect_near(result[3], each(points, [](double x) { return -1 / (x * x); }));
  expect_near(result[4], each(points, [](double x) { return 1 / (1 + std::exp(x)); }));
  double sum = 0;
  for (double x : points) sum += std::exp(x);
  expect_near(result[5], each(points, [&](double x) { return std::exp(x) / sum; }));
  expect_near(result[6], each(points, [](double x) { return 2 * x; }));
}

TEST(Autodiff, CrossEntropyOfLogitsHasTheGradientSoftmaxMinusLabels) {
  const auto result = run({doubles(points, {1, 4})}, [](const Tensors& in) {
    const Tensor labels = Tensor::from<int32_t>({2}, {1});
    const Tensor loss = ops::sparse_categorical_crossentropy(labels, in[0], true);
    return Tensors{gradient(loss, in[0]) -
                   (ops::softmax(in[0]) - Tensor::from<double>({0, 0, 1, 0}, {1, 4}))};
  });
  expect_near(result[0], Doubles(4, 0.0));
}

// ---- Gradients of gradients ---------------------------------------------------------------------

TEST(Autodiff, GradientsOfGradientsFollowClosedForms) {
  const auto third_order = [](const std::function<Tensor(const Tensor&)>& f) {
    return run({vector(points)}, [&](const Tensors& in) {
      const Tensor first = gradient(f(in[0]), in[0]);
      const Tensor second = gradient(first, in[0]);
      return Tensors{first, second, gradient(second, in[0])};
    });
  };
  struct Row {
    const char* name;
    std::function<Tensor(const Tensor&)> f;
    std::function<double(double)> first, second, third;
  };
  const auto sigmoid = [](double x) { return 1 / (1 + std::exp(-x)); };
  const std::vector<Row> rows{
      {"sin", [](const Tensor& x) { return ops::sin(x); }, [](double x) { return std::cos(x); },
       [](double x) { return -std::sin(x); }, [](double x) { return -std::cos(x); }},
      {"x^4", [](const Tensor& x) { return ops::square(ops::square(x)); },
       [](double x) { return 4 * x * x * x; }, [](double x) { return 12 * x * x; },
       [](double x) { return 24 * x; }},
      {"power", [](const Tensor& x) { return ops::power(x, 5.0); },
       [](double x) { return 5 * std::pow(x, 4); }, [](double x) { return 20 * std::pow(x, 3); },
       [](double x) { return 60 * x * x; }},
      {"exp(2x)", [](const Tensor& x) { return ops::exp(x * 2); },
       [](double x) { return 2 * std::exp(2 * x); }, [](double x) { return 4 * std::exp(2 * x); },
       [](double x) { return 8 * std::exp(2 * x); }},
      {"tanh", [](const Tensor& x) { return ops::tanh(x); },
       [](double x) { return 1 - std::pow(std::tanh(x), 2); },
       [](double x) { return -2 * std::tanh(x) * (1 - std::pow(std::tanh(x), 2)); },
       [](double x) {
         const double t = std::pow(std::tanh(x), 2);
         return (1 - t) * (6 * t - 2);
       }},
      {"1/x", [](const Tensor& x) { return ops::divide(1.0, x); },
       [](double x) { return -1 / (x * x); }, [](double x) { return 2 / (x * x * x); },
       [](double x) { return -6 / std::pow(x, 4); }},
      {"log_sigmoid", [](const Tensor& x) { return ops::log_sigmoid(x); },
       [&](double x) { return sigmoid(-x); }, [&](double x) { return -sigmoid(x) * sigmoid(-x); },
       [&](double x) { return -sigmoid(x) * sigmoid(-x) * (1 - 2 * sigmoid(x)); }},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const Tensors result = third_order(row.f);
    expect_near(result[0], each(points, row.first));
    expect_near(result[1], each(points, row.second));
    expect_near(result[2], each(points, row.third));
  }
}

TEST(Autodiff, MixedDerivativesFollowClosedForms) {
  const double x = 0.7;
  const double y = -1.3;
  const auto result = run({vector({x}), vector({y})}, [](const Tensors& in) {
    const Tensor f = ops::exp(in[0] * in[1]);
    const Tensor by_x = gradient(f, in[0]);
    const Tensor by_xx = gradient(by_x, in[0]);
    return Tensors{gradient(by_x, in[1]), gradient(gradient(f, in[1]), in[0]),
                   gradient(by_xx, in[1]), gradient(gradient(by_x, in[1]), in[0])};
  });
  const double e = std::exp(x * y);
  expect_near(result[0], {e * (1 + x * y)});
  expect_near(result[1], {e * (1 + x * y)});
  expect_near(result[2], {e * (2 * y + x * y * y)});
  expect_near(result[3], {e * (2 * y + x * y * y)});
}

TEST(Autodiff, APenaltyOnAGradientTrainsAVariable) {
  const Variable w(vector({0.5, -2.0}));
  const auto result = run({vector({3.0, 0.25})}, [&](const Tensors& in) {
    // f = sum(w^2 x), df/dx = w^2, penalty = sum(w^4), its gradient 4 w^3.
    const Tensor f = ops::sum(ops::square(w) * in[0]);
    const Tensor penalty = ops::sum(ops::square(gradient(f, in[0])));
    return Tensors{penalty, gradient(penalty, w)};
  });
  expect_near(result[0], {16.0625});
  expect_near(result[1], {0.5, -32.0});
}

TEST(Autodiff, ProductsOfMatricesHaveGradientsOfGradients) {
  const Tensor x = doubles({1, 2, 3, 4, 5, 6}, {2, 3});
  const Tensor w = doubles({0.5, -1, 2}, {3, 1});
  const auto result = run({x, w}, [](const Tensors& in) {
    const Tensor f = ops::sum(ops::square(ops::matmul(in[0], in[1])));
    const Tensor g = gradient(f, in[1]);
    return Tensors{g, gradient(g, in[1])};
  });
  const Tensor gram = ops::matmul(ops::transpose(x), x);
  expect_near(result[0], (ops::matmul(gram, w) * 2.0).to_vector<double>());
  expect_near(result[1], (ops::sum(gram, 0) * 2.0).to_vector<double>());
}

// ---- Inputs and variables -----------------------------------------------------------------------

TEST(Autodiff, VariablesAreSourcesLikeInputs) {
  const Variable w(vector({2, 3}));
  const Variable idle(vector({1}));
  const auto result = run({vector({5, 7})}, [&](const Tensors& in) {
    const Tensor y = w.value() * in[0] + w * w;
    return gradients(y, {w, in[0], idle});
  });
  expect_near(result[0], {9, 13});
  expect_near(result[1], {2, 3});
  expect_near(result[2], {0});
}

TEST(Autodiff, AnAssignedVariableIsAnotherValue) {
  const Variable w(vector({2, 3}));
  const auto result = run({}, [&](const Tensors&) {
    const Tensor before = w.value();
    w.assign(before * 10.0);
    const Tensor y = w.value() * w.value();
    return gradients(y, {w.value(), before});
  });
  expect_near(result[0], {40, 60});
  expect_near(result[1], {400, 600});
  expect_near(w.value(), {20, 30});
}

TEST(Autodiff, AConstantTargetHasNoGradient) {
  const auto result = run({vector(points)}, [](const Tensors& in) {
    return Tensors{gradient(vector({1, 2}), in[0])};
  });
  expect_near(result[0], Doubles(4, 0.0));
}

// ---- What is refused ----------------------------------------------------------------------------

TEST(Autodiff, RefusesWhatHasNoGradient) {
  const Tensor concrete = vector(points);
  EXPECT_EQ(message_of<ValueError>([&] { gradients(concrete, {concrete}); }),
            "gradients: expected tensors of a function that is being traced, got others. Call it "
            "inside keratin::function or train_step.");
  Trace trace;
  const Tensor x = trace.input({{3}, DType::float32}, "x");
  const Tensor n = trace.input({{3}, DType::int32}, "n");
  EXPECT_EQ(message_of<DTypeError>([&] { gradients(x * n, {n}); }),
            "gradients: expected sources of a float dtype, got int32. Cast the source.");
  EXPECT_EQ(message_of<DTypeError>([&] { gradients(n + n, {x}); }),
            "gradients: expected a target of a float dtype, got int32. Cast the target.");
  EXPECT_EQ(message_of<DTypeError>([&] { gradients(n + n, {x}, x); }),
            "gradients: expected a target of a float dtype, got int32. Cast the target.");
  EXPECT_EQ(message_of<ValueError>([&] { gradients(x, {concrete}); }),
            "gradients: expected sources that take part in the traced function, got data. Pass it "
            "as an argument.");
  EXPECT_EQ(message_of<ShapeError>([&] { gradients(x, {x}, concrete); }),
            "gradients: expected a gradient of the target's shape [3], got [4]. Reshape it.");
  const Tensor keras = keras_tensor({{3}, DType::float32});
  EXPECT_EQ(message_of<ValueError>([&] { gradients(keras, {x}); }),
            "gradients: expected a target of a function that is being traced, got the output of a "
            "functional model that is being defined, of shape [3]. Call it inside "
            "keratin::function or train_step.");
}

TEST(Autodiff, RefusesTensorsOfOtherTraces) {
  Trace outer;
  const Tensor x = outer.input({{3}, DType::float32}, "x");
  const Tensor y = ops::sin(x);
  Trace inner;
  EXPECT_THROW(gradients(y, {x}), ValueError);
}

TEST(Autodiff, ATraceForSpecsGivesThePlaceholdersOfGradients) {
  const Trace trace(Trace::Mode::specs);
  const Tensor x = keras_tensor({{None, 3}, DType::float32});
  const Tensor g = gradients(ops::sum(ops::square(x)), {x})[0];
  EXPECT_TRUE(g.is_keras_tensor());
  EXPECT_EQ(g.spec(), x.spec());
}

}  // namespace
}  // namespace keratin::testing_support
