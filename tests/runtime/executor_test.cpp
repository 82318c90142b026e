// SPDX-License-Identifier: Apache-2.0
#include "keratin/runtime/executor.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <random>
#include <thread>
#include <type_traits>

#include "keratin/base/error.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/graph/trace.h"
#include "tests/support/close.h"
#include "tests/support/message.h"
#include "tests/support/random_graph.h"

namespace keratin::testing_support {
namespace {

using runtime::Executor;

std::unique_ptr<Executor> compiled(const Graph& graph, int threads = 0) {
  setenv("KERATIN_VERIFY", "1", 1);
  return runtime::compile(graph, threads);
}

// Runs from the initial state and returns copies of the results.
Results run_compiled(const RandomGraph& data, Executor& executor) {
  data.reset();
  executor.run(arrays_of(data.inputs));
  Results results;
  for (const Array& output : executor.outputs()) results.emplace_back(output.copy());
  for (const Variable& variable : data.variables) results.push_back(variable.value());
  return results;
}

Tensor floats(std::vector<float> values, const Shape& shape) { return Tensor::from(values, shape); }

// A graph from text, its variables by name, and what running it gives.
class TextGraph {
 public:
  explicit TextGraph(const std::string& lines)
      : graph_(parse_graph("graph {\n" + lines + "}\n")), executor_(compiled(*graph_)) {}

  Variable variable(const std::string& name) const {
    for (const Update& update : graph_->updates) {
      if (update.variable.name() == name) return update.variable;
    }
    for (const Value& value : graph_->values()) {
      if (value.kind == ValueKind::variable && value.variable.name() == name) {
        return value.variable;
      }
    }
    throw ValueError("no variable " + name);
  }
  std::vector<float> value(const std::string& name) const {
    return variable(name).value().to_vector<float>();
  }
  void run(const std::vector<Tensor>& inputs = {}) { executor_->run(arrays_of(inputs)); }
  std::vector<float> output(size_t i) const {
    return Tensor(executor_->outputs()[i]).to_vector<float>();
  }
  Executor& executor() { return *executor_; }

 private:
  std::shared_ptr<Graph> graph_;
  std::unique_ptr<Executor> executor_;
};

using Floats = std::vector<float>;

TEST(Executor, RandomPlansGiveWhatEagerRunsGive) {
  for (uint32_t seed = 0; seed < 400; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const RandomGraph data = random_graph(seed);
    const Results expected = run_eagerly(data, *data.graph);
    const auto executor = compiled(*data.graph);
    const Results first = run_compiled(data, *executor);
    ASSERT_EQ(first.size(), expected.size());
    for (size_t i = 0; i < first.size(); ++i) {
      ASSERT_TRUE(is_close(first[i], expected[i], 1e-6)) << "in result " << i;
    }
    const Results second = run_compiled(data, *executor);
    for (size_t i = 0; i < first.size(); ++i) {
      ASSERT_TRUE(same_bits(first[i], second[i])) << "in result " << i;
    }
  }
}

TEST(Executor, PlansGiveTheSameBitsOnAnyNumberOfThreads) {
  for (uint32_t seed = 0; seed < 150; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const RandomGraph data = random_graph(seed, 30, 128);
    const Results alone = run_compiled(data, *compiled(*data.graph, 1));
    for (int threads : {2, 3}) {
      const auto executor = compiled(*data.graph, threads);
      for (int run = 0; run < 3; ++run) {
        const Results shared = run_compiled(data, *executor);
        for (size_t i = 0; i < alone.size(); ++i) {
          ASSERT_TRUE(same_bits(alone[i], shared[i])) << threads << " threads, result " << i;
        }
      }
    }
  }
}

TEST(Executor, OutputsMayBeInputsConstantsVariablesAndViewsOfThem) {
  TextGraph graph(R"(
    %0 = input "x" : float32[2]
    %1 = variable "a" : float32[2]
    %2 = constant [7.0, 8.0] : float32[2]
    %3 = reshape(%0) {shape = [2, 1]} : float32[2, 1]
    %4 = reshape(%1) {shape = [2, 1]} : float32[2, 1]
    %5 = reshape(%2) {shape = [2, 1]} : float32[2, 1]
    %6 = tanh(%0) : float32[2]
    %7 = reshape(%6) {shape = [2, 1]} : float32[2, 1]
    return %0, %1, %2, %3, %4, %5, %7, %0
)");
  graph.variable("a").assign(floats({5, 6}, {2}));
  const Tensor x = floats({1, 2}, {2});
  graph.run({x});
  const std::vector<Floats> expected{
      {1, 2}, {5, 6}, {7, 8}, {1, 2}, {5, 6}, {7, 8}, {std::tanh(1.0f), std::tanh(2.0f)}, {1, 2}};
  for (size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(graph.output(i), expected[i]) << i;
  EXPECT_EQ(graph.executor().outputs()[4].shape(), (Shape{2, 1}));
  // They are what they were, whatever becomes of the variable and of the input's memory.
  graph.variable("a").assign(floats({0, 0}, {2}));
  x.array().data<float>()[0] = 9;
  EXPECT_EQ(graph.output(0), (Floats{1, 2}));
  EXPECT_EQ(graph.output(4), (Floats{5, 6}));
}

TEST(Executor, AnOutputShowsAVariableBeforeItsUpdate) {
  TextGraph graph(R"(
    %0 = input "x" : float32[2]
    %1 = variable "a" : float32[2]
    %2 = variable "b" : float32[2]
    %3 = variable "c" : float32[2]
    %4 = reshape(%2) {shape = [1, 2]} : float32[1, 2]
    %5 = add(%1, %0) : float32[2]
    update "a" = %5
    update "b" = %0
    update "c" = %5
    return %1, %4, %3, %5
)");
  graph.variable("a").assign(floats({1, 2}, {2}));
  graph.variable("b").assign(floats({3, 4}, {2}));
  graph.variable("c").assign(floats({5, 6}, {2}));
  graph.run({floats({10, 20}, {2})});
  EXPECT_EQ(graph.output(0), (Floats{1, 2}));
  EXPECT_EQ(graph.output(1), (Floats{3, 4}));
  EXPECT_EQ(graph.output(2), (Floats{5, 6}));
  EXPECT_EQ(graph.output(3), (Floats{11, 22}));
  EXPECT_EQ(graph.value("a"), (Floats{11, 22}));
  EXPECT_EQ(graph.value("b"), (Floats{10, 20}));
  EXPECT_EQ(graph.value("c"), (Floats{11, 22}));
  graph.run({floats({1, 1}, {2})});
  EXPECT_EQ(graph.output(0), (Floats{11, 22}));
  EXPECT_EQ(graph.value("a"), (Floats{12, 23}));
}

// The chain that overwrites a variable reads it once more afterwards.
TEST(Executor, AVariableIsReadAfterItsUpdateInOneChain) {
  TextGraph graph(R"(
    %0 = input "x" : float32[1024]
    %1 = variable "a" : float32[1024]
    %2 = multiply(%1, %0) : float32[1024]
    %3 = add(%2, %0) : float32[1024]
    %4 = square(%3) : float32[1024]
    %5 = negative(%4) : float32[1024]
    %6 = subtract(%5, %1) : float32[1024]
    update "a" = %3
    return %6
)");
  Floats x, a;
  for (int i = 0; i < 1024; ++i) {
    x.push_back(static_cast<float>(i % 7) - 3.0f);
    a.push_back(static_cast<float>(i % 11));
  }
  graph.variable("a").assign(floats(a, {1024}));
  graph.run({floats(x, {1024})});
  const Floats output = graph.output(0);
  const Floats updated = graph.value("a");
  for (size_t i = 0; i < 1024; ++i) {
    const float next = a[i] * x[i] + x[i];
    ASSERT_EQ(updated[i], next) << i;
    ASSERT_EQ(output[i], -(next * next) - a[i]) << i;
  }
}

TEST(Executor, VariablesExchangeTheirValues) {
  TextGraph graph(R"(
    %0 = variable "a" : float32[2]
    %1 = variable "b" : float32[2]
    update "a" = %1
    update "b" = %0
    return
)");
  graph.variable("a").assign(floats({1, 2}, {2}));
  graph.variable("b").assign(floats({3, 4}, {2}));
  graph.run();
  EXPECT_EQ(graph.value("a"), (Floats{3, 4}));
  EXPECT_EQ(graph.value("b"), (Floats{1, 2}));
}

TEST(Executor, VariablesExchangeTheirValuesThroughViews) {
  TextGraph graph(R"(
    %0 = variable "a" : float32[2, 1]
    %1 = variable "b" : float32[1, 2]
    %2 = variable "c" : float32[2]
    %3 = reshape(%1) {shape = [2, 1]} : float32[2, 1]
    %4 = reshape(%2) {shape = [1, 2]} : float32[1, 2]
    %5 = tanh(%2) : float32[2]
    %6 = reshape(%0) {shape = [2]} : float32[2]
    update "c" = %6
    update "b" = %4
    update "a" = %3
    return %3, %5
)");
  graph.variable("a").assign(floats({1, 2}, {2, 1}));
  graph.variable("b").assign(floats({3, 4}, {1, 2}));
  graph.variable("c").assign(floats({5, 6}, {2}));
  graph.run();
  EXPECT_EQ(graph.value("a"), (Floats{3, 4}));
  EXPECT_EQ(graph.value("b"), (Floats{5, 6}));
  EXPECT_EQ(graph.value("c"), (Floats{1, 2}));
  EXPECT_EQ(graph.output(0), (Floats{3, 4}));
}

TEST(Executor, VersionsCountTheUpdates) {
  TextGraph graph(R"(
    %0 = variable "a" : float32[2]
    %1 = variable "idle" : float32[2]
    %2 = add(%0, %1) : float32[2]
    update "a" = %2
    return
)");
  const uint64_t a = graph.variable("a").version();
  const uint64_t idle = graph.variable("idle").version();
  graph.run();
  graph.run();
  EXPECT_EQ(graph.variable("a").version(), a + 2);
  EXPECT_EQ(graph.variable("idle").version(), idle);
}

TEST(Executor, WrongInputsAreRefusedBeforeAnythingRuns) {
  TextGraph graph(R"(
    %0 = input "x" : float32[2, 3]
    %1 = input "y" : float32[3]
    %2 = variable "a" : float32[3]
    %3 = sum(%0) {axis = [0]} : float32[3]
    %4 = add(%2, %3) : float32[3]
    %5 = add(%4, %1) : float32[3]
    update "a" = %4
    return %5
)");
  const Tensor x = Tensor::ones({2, 3});
  const Tensor y = Tensor::ones({3});
  graph.run({x, y});
  const auto state = [&] { return std::pair(graph.output(0), graph.value("a")); };
  const auto before = state();
  const auto refused = [&]<class E>(std::type_identity<E>, const std::vector<Array>& inputs) {
    const std::string message = message_of<E>([&] { graph.executor().run(inputs); });
    EXPECT_EQ(state(), before);
    return message;
  };
  constexpr std::type_identity<ValueError> value_error;
  constexpr std::type_identity<ShapeError> shape_error;
  constexpr std::type_identity<DTypeError> dtype_error;
  const Array a = x.array();
  const Array b = y.array();
  const Array turned(a.buffer(), DType::float32, {2, 3}, {1, 2}, 0);
  EXPECT_EQ(refused(value_error, {a}),
            "plan: expected 2 inputs, got 1. Pass what the function was traced with.");
  EXPECT_EQ(refused(value_error, {a, Array()}),
            "plan: expected data in input 1, got an empty handle. Pass an array.");
  EXPECT_EQ(refused(shape_error, {a, a}),
            "plan: expected input 1 of shape [3], got [2, 3]. Pass what it was traced with.");
  EXPECT_EQ(refused(dtype_error, {a, b.cast(DType::float64)}),
            "plan: expected input 1 of float32, got float64. Pass what it was traced with.");
  EXPECT_EQ(refused(shape_error, {turned, b}),
            "plan: expected contiguous elements in input 0, got a view. Copy it first.");
}

TEST(Executor, EmptyTensorsRun) {
  TextGraph graph(R"(
    %0 = input "x" : float32[0, 3]
    %1 = variable "a" : float32[0, 3]
    %2 = variable "b" : float32[3]
    %3 = add(%0, %1) : float32[0, 3]
    %4 = sum(%3) {axis = [0]} : float32[3]
    %5 = concatenate(%3, %0) {axis = 0} : float32[0, 3]
    %6 = add(%2, %4) : float32[3]
    update "a" = %3
    update "b" = %6
    return %4, %5, %0
)");
  graph.variable("b").assign(floats({1, 2, 3}, {3}));
  graph.run({Tensor::zeros({0, 3})});
  EXPECT_EQ(graph.output(0), (Floats{0, 0, 0}));
  EXPECT_EQ(graph.executor().outputs()[1].shape(), (Shape{0, 3}));
  EXPECT_EQ(graph.executor().outputs()[2].shape(), (Shape{0, 3}));
  EXPECT_EQ(graph.value("b"), (Floats{1, 2, 3}));
}

TEST(Executor, TheFirstOfSeveralResultsMayBeEmpty) {
  TextGraph graph(R"(
    %0 = input "x" : float32[2, 3]
    %1 = input "none" : float32[2, 0]
    %2 = exp(%0) : float32[2, 3]
    %3, %4 = split_like(%2, %1, %0) {axis = 1} : float32[2, 0], float32[2, 3]
    %5 = negative(%4) : float32[2, 3]
    return %5
)");
  graph.run({Tensor::zeros({2, 3}), Tensor::zeros({2, 0})});
  EXPECT_EQ(graph.output(0), (Floats{-1, -1, -1, -1, -1, -1}));
}

TEST(Executor, InputsMayBeViewsOfRows) {
  TextGraph graph(R"(
    %0 = input "x" : float32[2, 2]
    %1 = tanh(%0) : float32[2, 2]
    return %1, %0
)");
  const Array all = floats({1, 2, 3, 4, 5, 6}, {3, 2}).array();
  graph.executor().run(std::vector<Array>{all.rows(1, 3)});
  EXPECT_EQ(graph.output(1), (Floats{3, 4, 5, 6}));
  EXPECT_EQ(graph.output(0)[0], std::tanh(3.0f));
}

TEST(Executor, OutputsOutliveTheExecutor) {
  auto graph = std::make_unique<TextGraph>(R"(
    %0 = input "x" : float32[2]
    %1 = variable "a" : float32[2]
    %2 = add(%0, %1) : float32[2]
    return %2, %1, %0
)");
  graph->variable("a").assign(floats({1, 1}, {2}));
  graph->run({floats({1, 2}, {2})});
  const std::vector<Array> outputs = graph->executor().outputs();
  graph.reset();
  EXPECT_EQ(Tensor(outputs[0]).to_vector<float>(), (Floats{2, 3}));
  EXPECT_EQ(Tensor(outputs[1]).to_vector<float>(), (Floats{1, 1}));
  EXPECT_EQ(Tensor(outputs[2]).to_vector<float>(), (Floats{1, 2}));
  EXPECT_EQ(outputs[0].buffer()->bytes(), 2 * sizeof(float)) << "an output holds the arena";
}

// What goes through rows of no columns has a result for each of them.
TEST(Executor, SumsOverNoColumnsAreZero) {
  TextGraph graph(R"(
    %0 = input "x" : float32[64, 0]
    %1 = input "y" : float32[64, 1]
    %2 = multiply(%0, %1) : float32[64, 0]
    %3 = sum(%2) {axis = [1], keepdims = true} : float32[64, 1]
    %4 = add(%3, %1) : float32[64, 1]
    return %4
)");
  graph.run({Tensor::ones({64, 0}), Tensor::ones({64, 1})});
  EXPECT_EQ(graph.output(0), Floats(64, 1.0f));
}

// One class alone, and one column that meets a wider matrix, are not what tiles take for rows.
TEST(Executor, ClassesOfAnyNumber) {
  const auto expect = [](const std::vector<int32_t>& classes, int64_t count, const Shape& shape) {
    SCOPED_TRACE(std::to_string(count) + " classes, " + to_string(shape));
    const auto function = [&](const Tensor& i, const Tensor& x) {
      return ops::square(x) + ops::one_hot(i, count) * 2.0f;
    };
    const Tensor i = Tensor::from(classes, {std::ssize(classes)});
    const Tensor x = ops::ones(shape);
    Trace trace;
    const Tensor classes_in = trace.input(i.spec(), "i");
    const auto executor =
        compiled(*trace.finish({function(classes_in, trace.input(x.spec(), "x"))}));
    executor->run(arrays_of({i, x}));
    EXPECT_EQ(Tensor(executor->outputs()[0]).to_vector<float>(), function(i, x).to_vector<float>());
  };
  for (int32_t one : {0, 2, 4, 7}) expect({one}, 5, {1, 5});
  expect({0, 1, 0}, 1, {3, 9});
  expect({0}, 1, {1, 9});
  expect({3, 1, 0}, 5, {3, 5});
}

TEST(Executor, PlansRunOnOtherThreadsThanTheyWereMadeOn) {
  const std::string lines = R"(
    %0 = input "x" : float32[64, 96]
    %1 = input "w" : float32[96, 128]
    %2 = matmul(%0, %1) : float32[64, 128]
    return %2
)";
  const Tensor x = Tensor::ones({64, 96});
  const Tensor w = Tensor::ones({96, 128});
  std::unique_ptr<TextGraph> graph;
  std::thread([&] { graph = std::make_unique<TextGraph>(lines); }).join();
  std::thread([&] { graph->run({x, w}); }).join();
  EXPECT_EQ(graph->output(0), Floats(64 * 128, 96.0f));
}

}  // namespace
}  // namespace keratin::testing_support
