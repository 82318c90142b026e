// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "keratin/base/error.h"
#include "keratin/graph/graph.h"
#include "keratin/graph/ops/elementwise.h"
#include "keratin/graph/ops/reduction.h"

namespace keratin {
namespace {

const TensorSpec matrix{{3, 2}, DType::float32};
const TensorSpec row{{2}, DType::float32};

std::string error_of(const Graph& graph) {
  try {
    verify(graph, "cse");
  } catch (const InternalError& error) {
    return error.what();
  }
  return "no InternalError";
}

ops::ReduceAttrs over_rows() { return {.axis = {0}}; }

// x + kernel, summed over the rows into an update of the bias.
class Verify : public testing::Test {
 protected:
  Verify() {
    x = graph.add_input(matrix, "x");
    weight = graph.add_variable(kernel);
    sum = graph.add_node(find_op("add"), {}, {x, weight}, {matrix})[0];
    total = graph.add_node(find_op("sum"), over_rows(), {sum}, {row})[0];
    graph.outputs = {sum};
    graph.updates = {{bias, total}};
  }

  Value& value(ValueId id) { return graph.values()[static_cast<size_t>(id)]; }

  Graph graph;
  Variable kernel{Tensor::zeros({3, 2}), {.name = "kernel", .path = "kernel"}};
  Variable bias{Tensor::zeros({2}), {.name = "bias", .path = "bias"}};
  ValueId x = 0;
  ValueId weight = 0;
  ValueId sum = 0;
  ValueId total = 0;
};

TEST_F(Verify, AcceptsAGoodGraph) {
  EXPECT_NO_THROW(verify(graph, "trace"));
  EXPECT_NO_THROW(verify(Graph(), "trace"));
  graph.outputs.push_back(graph.add_constant(Array::scalar(1.0f)));
  graph.outputs.push_back(x);
  EXPECT_NO_THROW(verify(graph, "trace"));
}

TEST_F(Verify, AcceptsAxesThatAreNotKnown) {
  const auto read = parse_graph(
      "graph {\n%0 = input \"x\" : float32[None, 2]\n"
      "%1 = sum(%0) {axis = [1]} : float32[None]\nreturn %1\n}");
  EXPECT_NO_THROW(verify(*read, "parse"));
}

TEST_F(Verify, NodesUseWhatIsMadeBefore) {
  graph.nodes()[0].inputs[1] = total;
  EXPECT_EQ(error_of(graph),
            "verify after cse: expected inputs that earlier lines make, got %3. Report this with "
            "the line: %2 = add(%0, %3) : float32[3, 2]");
  graph.nodes()[0].inputs[1] = 99;
  EXPECT_EQ(error_of(graph),
            "verify after cse: expected inputs that earlier lines make, got %99. Report this with "
            "the line: %2 = add(%0, %99) : float32[3, 2]");
}

TEST_F(Verify, NodesHaveAnOp) {
  graph.nodes()[0].op = nullptr;
  EXPECT_EQ(error_of(graph),
            "verify after cse: expected an op, got none. Report this with the line: "
            "%2 = ?(%0, %1) : float32[3, 2]");
}

TEST_F(Verify, CountsInputs) {
  graph.nodes()[0].inputs.push_back(x);
  EXPECT_EQ(error_of(graph),
            "verify after cse: expected 2 inputs, got 3. Report this with the line: "
            "%2 = add(%0, %1, %0) : float32[3, 2]");
}

TEST_F(Verify, ChecksAttributes) {
  graph.nodes()[0].attrs = over_rows();
  EXPECT_EQ(error_of(graph),
            "verify after cse: expected no attributes, got some. Report this with the line: "
            "%2 = add(%0, %1) {axis = [0], keepdims = false} : float32[3, 2]");
  graph.nodes()[0].attrs = {};
  graph.nodes()[1].attrs = {};
  EXPECT_EQ(error_of(graph),
            "verify after cse: expected attributes, got none. Report this with the line: "
            "%3 = sum(%2) : float32[2]");
  graph.nodes()[1].attrs = ops::CastAttrs{};
  const std::string error = error_of(graph);
  EXPECT_TRUE(error.starts_with("verify after cse: expected attributes of this op, got others ("))
      << error;
  EXPECT_TRUE(error.ends_with(
      ". Report this with the line: %3 = sum(%2) {dtype = \"float32\"} : float32[2]"))
      << error;
}

TEST_F(Verify, InputsAreAlreadyPromoted) {
  graph.nodes()[0].inputs[1] = graph.add_constant(Array::zeros(DType::int32, {3, 2}));
  EXPECT_EQ(error_of(graph),
            "verify after cse: expected inputs of one dtype, got float32 and int32. Report this "
            "with the line: %2 = add(%0, %4) : float32[3, 2]");
  Graph integers;
  const ValueId a = integers.add_constant(Array::zeros(DType::int32, {2}));
  integers.add_node(find_op("divide"), {}, {a, a}, {row});
  EXPECT_EQ(error_of(integers),
            "verify after cse: expected inputs of a float dtype, got int32. Report this with the "
            "line: %1 = divide(%0, %0) : float32[2]");
}

TEST_F(Verify, ShapesFitTheOp) {
  graph.nodes()[0].inputs[1] = graph.add_constant(Array::zeros(DType::float32, {5, 7}));
  const std::string error = error_of(graph);
  EXPECT_TRUE(
      error.starts_with("verify after cse: expected inputs that fit the op, got "
                        "[float32[3, 2], float32[5, 7]] (add: expected shapes that"))
      << error;
  EXPECT_TRUE(error.ends_with(" Report this with the line: %2 = add(%0, %4) : float32[3, 2]"))
      << error;
}

TEST_F(Verify, SpecsAreWhatTheOpsInfer) {
  value(total).spec.dtype = DType::float64;
  EXPECT_EQ(error_of(graph),
            "verify after cse: expected outputs of the specs [float32[2]], got [float64[2]]. "
            "Report this with the line: %3 = sum(%2) {axis = [0], keepdims = false} : float64[2]");
  graph.nodes()[1].outputs.clear();
  EXPECT_EQ(error_of(graph),
            "verify after cse: expected outputs of the specs [float32[2]], got []. Report this "
            "with the line:  = sum(%2) {axis = [0], keepdims = false} : ");
}

TEST_F(Verify, ValuesAreMadeOnceByTheirProducer) {
  graph.nodes()[1].outputs[0] = sum;
  EXPECT_EQ(error_of(graph),
            "verify after cse: expected each value to be made once, got %2 again. Report this "
            "with the line: %2 = sum(%2) {axis = [0], keepdims = false} : float32[3, 2]");
  graph.nodes()[1].outputs[0] = 50;
  EXPECT_EQ(error_of(graph),
            "verify after cse: expected a value of the graph as an output, got %50. Report this "
            "with the line: %50 = sum(%2) {axis = [0], keepdims = false} : ?");
  graph.nodes()[1].outputs[0] = total;
  value(total).producer = 0;
  EXPECT_EQ(error_of(graph),
            "verify after cse: expected %3 to name node 1, output 0 as its producer, got node 0, "
            "output 0. Report this with the line: %3 = sum(%2) {axis = [0], keepdims = false} : "
            "float32[2]");
}

TEST_F(Verify, ConstantsAndVariablesHaveTheirSpecs) {
  const ValueId constant = graph.add_constant(Array::scalar(1.0f));
  value(constant).spec = row;
  EXPECT_EQ(error_of(graph),
            "verify after cse: expected the spec of the constant's data, float32[], got "
            "float32[2] for %4. Report this.");
  value(constant).constant = Array();
  EXPECT_EQ(error_of(graph),
            "verify after cse: expected data for a constant, got none for %4. Report this.");
  value(constant) = value(x);
  value(weight).spec = row;
  EXPECT_EQ(error_of(graph),
            "verify after cse: expected the spec of the variable, float32[3, 2], got float32[2] "
            "for %1. Report this.");
  value(weight).variable = Variable();
  EXPECT_EQ(error_of(graph),
            "verify after cse: expected a variable, got an empty handle for %1. Report this.");
}

TEST_F(Verify, OneValueStandsForAVariable) {
  graph.values().push_back(value(weight));
  EXPECT_EQ(error_of(graph),
            "verify after cse: expected one value for each variable, got %1 and %4 for 'kernel'. "
            "Report this.");
}

TEST_F(Verify, OutputsExist) {
  graph.outputs.push_back(17);
  EXPECT_EQ(error_of(graph),
            "verify after cse: expected a value of the graph as an output, got %17. Report this.");
}

TEST_F(Verify, UpdatesFitTheirVariables) {
  graph.updates = {{bias, sum}};
  EXPECT_EQ(error_of(graph),
            "verify after cse: expected a value of float32[2] for the update of 'bias', got "
            "float32[3, 2]. Report this with the line: %2 = add(%0, %1) : float32[3, 2]");
  graph.updates = {{bias, total}, {bias, total}};
  EXPECT_EQ(error_of(graph),
            "verify after cse: expected one update of 'bias', got two. Report this with the line: "
            "%3 = sum(%2) {axis = [0], keepdims = false} : float32[2]");
  graph.updates = {{kernel, x}, {kernel, x}};
  EXPECT_EQ(error_of(graph),
            "verify after cse: expected one update of 'kernel', got two. Report this.");
  graph.updates = {{bias, 40}};
  EXPECT_EQ(error_of(graph),
            "verify after cse: expected a value of the graph for the update of 'bias', got %40. "
            "Report this.");
  graph.updates = {{Variable(), total}};
  EXPECT_EQ(error_of(graph),
            "verify after cse: expected a variable to update, got an empty handle. Report this.");
}

}  // namespace
}  // namespace keratin
