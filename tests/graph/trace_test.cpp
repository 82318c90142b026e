// SPDX-License-Identifier: Apache-2.0
#include "keratin/graph/trace.h"

#include <gtest/gtest.h>

#include <thread>

#include "keratin/base/error.h"
#include "keratin/graph/call.h"
#include "keratin/graph/ops/ops.h"
#include "tests/support/message.h"
#include "tests/support/run_graph.h"

namespace keratin::testing_support {
namespace {

using Floats = std::vector<float>;

Tensor floats(const Floats& values) {
  return Tensor::from(values, {static_cast<int64_t>(values.size())});
}

const TensorSpec two{{2}, DType::float32};

TEST(Trace, RecordsWhatIsCalledWhileItLives) {
  EXPECT_EQ(Trace::current(), nullptr);
  std::shared_ptr<Graph> graph;
  {
    Trace trace;
    EXPECT_EQ(Trace::current(), &trace);
    const Tensor x = trace.input(two, "x");
    EXPECT_TRUE(x.is_traced());
    graph = trace.finish({ops::softmax(x) + 1.0});
  }
  EXPECT_EQ(Trace::current(), nullptr);
  EXPECT_EQ(to_string(*graph), R"(graph {
  %0 = input "x" : float32[2]
  %1 = constant [1.0] : float32[]
  %2 = softmax(%0) {axis = -1} : float32[2]
  %3 = add(%2, %1) : float32[2]
  return %3
}
)");
}

TEST(Trace, PrimitivesAreRecordedWhereTheyAreWanted) {
  Trace trace(Trace::Mode::primitives);
  const Tensor x = trace.input(two, "x");
  const auto graph = trace.finish({ops::log_sigmoid(x)});
  std::vector<std::string_view> names;
  for (const Node& node : graph->nodes()) names.push_back(node.op->name);
  EXPECT_EQ(names, (std::vector<std::string_view>{"negative", "softplus", "negative"}));
}

TEST(Trace, WorkOnDataAloneIsDoneAtOnce) {
  Trace trace;
  const Tensor sum = floats({1, 2}) + floats({3, 4});
  EXPECT_EQ(sum.to_vector<float>(), (Floats{4, 6}));
  EXPECT_TRUE(trace.graph()->nodes().empty());
}

TEST(Trace, DataBecomesAConstantWhereItMeetsATracedTensor) {
  Trace trace;
  const Tensor x = trace.input(two, "x");
  const auto graph = trace.finish({x + floats({1, 2}), floats({5, 6})});
  EXPECT_EQ(run_graph(*graph, {floats({10, 20})})[0].to_vector<float>(), (Floats{11, 22}));
  EXPECT_EQ(graph->value(graph->outputs[1]).kind, ValueKind::constant);
}

// ---- Variables ----------------------------------------------------------------------------------

TEST(Trace, VariablesReadAsOneValueUntilTheyAreAssigned) {
  const Variable w(floats({1, 2}));
  std::shared_ptr<Graph> graph;
  {
    Trace trace;
    const Tensor first = w.value();
    EXPECT_TRUE(first.is_traced());
    EXPECT_EQ(first.body().value, w.value().body().value);
    w.assign(first * 10.0);
    EXPECT_NE(w.value().body().value, first.body().value);
    w.assign_add(1.0 + first * 0.0);
    graph = trace.finish({first, w.value()});
  }
  // Nothing has happened to the variable itself, and it has one update, the last.
  EXPECT_EQ(w.value().to_vector<float>(), (Floats{1, 2}));
  EXPECT_EQ(w.version(), 0u);
  ASSERT_EQ(graph->updates.size(), 1u);
  const auto outputs = run_graph(*graph, {});
  EXPECT_EQ(outputs[0].to_vector<float>(), (Floats{1, 2}));
  EXPECT_EQ(outputs[1].to_vector<float>(), (Floats{11, 21}));
  EXPECT_EQ(w.value().to_vector<float>(), (Floats{11, 21}));
}

TEST(Trace, VariablesThatAreOnlyReadHaveNoUpdate) {
  const Variable w(floats({1, 2}));
  Trace trace;
  EXPECT_TRUE(trace.finish({w.value() + 1.0})->updates.empty());
}

TEST(Trace, AssignedValuesTakeTheVariablesDtype) {
  const Variable w(floats({1, 2}));
  std::shared_ptr<Graph> graph;
  {
    Trace trace;
    const Tensor n = trace.input({{2}, DType::int32}, "n");
    w.assign(n);
    EXPECT_EQ(w.value().dtype(), DType::float32);
    graph = trace.finish({});
  }
  verify(*graph, "trace");
  run_graph(*graph, {Tensor::from<int32_t>({7, 8}, {2})});
  EXPECT_EQ(w.value().to_vector<float>(), (Floats{7, 8}));
}

TEST(Trace, AssignedDataBecomesAConstantUpdate) {
  const Variable w(floats({1, 2}));
  std::shared_ptr<Graph> graph;
  {
    Trace trace;
    w.assign(floats({3, 4}));
    graph = trace.finish({});
  }
  EXPECT_EQ(w.value().to_vector<float>(), (Floats{1, 2}));
  run_graph(*graph, {});
  EXPECT_EQ(w.value().to_vector<float>(), (Floats{3, 4}));
}

TEST(Trace, AssignRefusesOtherShapes) {
  const Variable w(floats({1, 2}), {.name = "w"});
  Trace trace;
  const Tensor x = trace.input({{3}, DType::float32}, "x");
  EXPECT_EQ(message_of<ShapeError>([&] { w.assign(x); }),
            "assign: expected a value of shape [2] for the variable 'w', got [3]. Reshape the "
            "value.");
  EXPECT_TRUE(trace.finish({})->updates.empty());
}

// ---- Nested traces ------------------------------------------------------------------------------

TEST(Trace, TheInnermostOneRecords) {
  Trace outer;
  const Tensor x = outer.input(two, "x");
  {
    Trace inner;
    EXPECT_EQ(Trace::current(), &inner);
    const Tensor y = inner.input(two, "y");
    ops::tanh(y);
    EXPECT_EQ(inner.graph()->nodes().size(), 1u);
    EXPECT_TRUE(outer.graph()->nodes().empty());
  }
  EXPECT_EQ(Trace::current(), &outer);
  ops::sin(x);
  EXPECT_EQ(outer.graph()->nodes().size(), 1u);
}

TEST(Trace, AnInnerTraceReadsVariablesAsTheyAreBeforeTheOuterOne) {
  const Variable w(floats({1, 2}));
  Trace outer;
  w.assign(floats({5, 6}));
  {
    Trace inner;
    const auto graph = inner.finish({w.value()});
    EXPECT_EQ(graph->value(graph->outputs[0]).kind, ValueKind::variable);
  }
  EXPECT_EQ(outer.graph()->value(w.value().body().value).kind, ValueKind::constant);
}

TEST(Trace, TensorsOfTheOuterTraceAreRefused) {
  Trace outer;
  const Tensor x = outer.input(two, "x");
  Trace inner;
  EXPECT_EQ(message_of<ValueError>([&] { ops::tanh(x); }),
            "trace: expected tensors of the function that is being traced, got one of another "
            "function, of shape [2]. Pass it as an argument.");
}

// ---- Where a trace has ended --------------------------------------------------------------------

TEST(Trace, TensorsOfAnEndedTraceAreRefused) {
  Tensor left;
  {
    Trace trace;
    left = ops::tanh(trace.input(two, "x"));
  }
  EXPECT_EQ(message_of<ValueError>([&] { ops::tanh(left); }),
            "tanh: expected a function that is being traced, got a tensor of one that has ended. "
            "Use it inside the function.");
  EXPECT_EQ(message_of<ValueError>([&] { left.array(); }),
            "tensor: expected data, got a symbolic tensor of shape [2]. Read it where the model "
            "runs, not where it is defined.");
  EXPECT_EQ(left.shape(), (Shape{2}));
  const Variable w(floats({1, 2}));
  EXPECT_THROW(w.assign(left), ValueError);
  EXPECT_EQ(w.value().to_vector<float>(), (Floats{1, 2}));
}

TEST(Trace, KerasTensorsAreRefused) {
  Trace trace;
  const Tensor x = trace.input(two, "x");
  EXPECT_EQ(message_of<ValueError>([&] { trace.finish({keras_tensor(two)}); }),
            "trace: expected data or a traced tensor, got the output of a functional model that "
            "is being defined, of shape [2]. Call a layer or model on the data.");
}

TEST(Trace, ATraceEndsWhenAnErrorLeavesIt) {
  EXPECT_THROW(
      {
        Trace trace;
        ops::matmul(trace.input(two, "x"), floats({1, 2, 3}));
      },
      ShapeError);
  EXPECT_EQ(Trace::current(), nullptr);
}

// ---- Specs --------------------------------------------------------------------------------------

TEST(Trace, ATraceForSpecsLeavesVariablesAlone) {
  const Variable w(floats({1, 2}));
  {
    Trace trace(Trace::Mode::specs);
    const Tensor x = keras_tensor({{None, 2}, DType::float32});
    const Tensor y = x * w;
    EXPECT_TRUE(y.is_keras_tensor());
    EXPECT_EQ(y.shape(), (Shape{None, 2}));
    w.assign(w.value() + 1.0);
    EXPECT_TRUE(w.value().is_keras_tensor());
    EXPECT_TRUE(trace.graph()->nodes().empty());
  }
  EXPECT_EQ(w.value().to_vector<float>(), (Floats{1, 2}));
}

TEST(Trace, LossesAreKept) {
  Trace trace;
  const Tensor x = trace.input({{}, DType::float32}, "x");
  trace.add_loss(x);
  ASSERT_EQ(trace.losses().size(), 1u);
  EXPECT_TRUE(trace.losses()[0].is(x));
}

TEST(Trace, EachThreadHasItsOwn) {
  Trace trace;
  const Tensor x = trace.input(two, "x");
  std::string other;
  std::thread([&] {
    EXPECT_EQ(Trace::current(), nullptr);
    Trace own;
    ops::tanh(own.input(two, "y"));
    other = to_string(*own.graph());
  }).join();
  ops::sin(x);
  EXPECT_EQ(trace.graph()->nodes().size(), 1u);
  EXPECT_NE(other.find("tanh"), std::string::npos);
}

}  // namespace
}  // namespace keratin::testing_support
