// SPDX-License-Identifier: Apache-2.0
#include "keratin/nn/activation.h"

#include <gtest/gtest.h>

#include "keratin/base/error.h"
#include "keratin/graph/autodiff.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/graph/trace.h"
#include "tests/support/close.h"
#include "tests/support/golden.h"
#include "tests/support/message.h"
#include "tests/support/run_graph.h"

namespace keratin {
namespace {

using namespace testing_support;

struct LayerLike {
  KERATIN_OPTIONS(LayerLike);
  KERATIN_FIELD(Activation, activation, "Applied to the outputs.") = {};
};

Tensor doubled(const Tensor& x) { return x * 2; }

// The functions with the arguments that a golden case gives them.
Tensor with_arguments(const std::string& name, const Config& a, const Tensor& x) {
  const auto number = [&](const char* key, double other) {
    return a.has(key) ? a.at(key).as_number() : other;
  };
  if (a.size() == 0) return Activation(name)(x);
  if (name == "relu") {
    return activations::relu(x, number("negative_slope", 0), number("max_value", -1),
                             number("threshold", 0));
  }
  if (name == "leaky_relu") return activations::leaky_relu(x, number("negative_slope", 0));
  if (name == "elu") return activations::elu(x, number("alpha", 0));
  if (name == "celu") return activations::celu(x, number("alpha", 0));
  if (name == "gelu") return activations::gelu(x, a.at("approximate").as_bool());
  if (name == "softmax") return activations::softmax(x, a.at("axis").as_int());
  if (name == "glu") return activations::glu(x, a.at("axis").as_int());
  if (name == "sparsemax") return activations::sparsemax(x, a.at("axis").as_int());
  if (name == "hard_shrink") return activations::hard_shrink(x, number("threshold", 0));
  if (name == "soft_shrink") return activations::soft_shrink(x, number("threshold", 0));
  if (name == "squareplus") return activations::squareplus(x, number("b", 0));
  if (name == "threshold") {
    return activations::threshold(x, number("threshold", 0), number("default_value", 0));
  }
  return activations::log_softmax(x, a.at("axis").as_int());
}

TEST(Activation, ValuesAndGradientsEqualKeras) {
  const Golden golden("nn.npz");
  for (const Config& c : golden.at("activations").as_list()) {
    const std::string name = c.at("name").as_string();
    SCOPED_TRACE(name + to_json(c.at("arguments")));
    const Tensor x = golden.tensor(c.at("x"));
    expect_close(with_arguments(name, c.at("arguments"), x), golden.tensor(c.at("output")),
                 forward_tolerance);
    std::shared_ptr<Graph> graph;
    {
      Trace trace;
      const Tensor input = trace.input(x.spec(), "x");
      const Tensor y = with_arguments(name, c.at("arguments"), input);
      const Tensor sum = ops::sum(y * golden.tensor(c.at("weight")));
      graph = trace.finish(gradients(sum, {input}));
    }
    expect_close(run_graph(*graph, {x})[0], golden.tensor(c.at("gradient")), gradient_tolerance);
  }
}

TEST(Activation, IsMadeFromNamesObjectsFunctionsAndNothing) {
  const Tensor x = Tensor::from<float>({-1, 2}, {2});
  const std::vector<float> relu{0, 2}, plain{-1, 2}, twice{-2, 4};
  EXPECT_EQ(LayerLike({.activation = "relu"}).activation(x).to_vector<float>(), relu);
  EXPECT_EQ(LayerLike({.activation = std::string("relu")}).activation(x).to_vector<float>(), relu);
  EXPECT_EQ(LayerLike({.activation = activations::relu}).activation(x).to_vector<float>(), relu);
  EXPECT_EQ(LayerLike({.activation = ops::relu}).activation(x).to_vector<float>(), relu);
  EXPECT_EQ(LayerLike({.activation = nullptr}).activation(x).to_vector<float>(), plain);
  EXPECT_EQ(LayerLike({.activation = {}}).activation(x).to_vector<float>(), plain);
  EXPECT_EQ(LayerLike({}).activation(x).to_vector<float>(), plain);
  EXPECT_EQ(LayerLike({.activation = doubled}).activation(x).to_vector<float>(), twice);
  const auto lambda = [](const Tensor& t) { return t + t; };
  EXPECT_EQ(LayerLike({.activation = lambda}).activation(x).to_vector<float>(), twice);
  EXPECT_EQ(LayerLike({.activation = {"doubled", doubled}}).activation(x).to_vector<float>(),
            twice);
  EXPECT_EQ(activations::relu(x).to_vector<float>(), relu);
  static_assert(!std::is_constructible_v<Activation, bool>);
  static_assert(!std::is_constructible_v<Activation, double>);
}

TEST(Activation, IsWrittenAsKerasWritesIt) {
  EXPECT_EQ(to_json(config_of(LayerLike{})), R"({"activation": "linear"})");
  EXPECT_EQ(Codec<Activation>::write("linear"), Config("linear"));
  EXPECT_EQ(Codec<Activation>::write(activations::swish), Config("silu"));
  EXPECT_EQ(to_json(Codec<Activation>::write({"mine", doubled})),
            R"({"module": "builtins", "class_name": "function", "config": "mine", )"
            R"("registered_name": "function"})");
  for (const char* name : {"relu", "softmax", "linear", "hard_silu"}) {
    EXPECT_EQ(Codec<Activation>::read(name).name(), name);
    EXPECT_EQ(Codec<Activation>::read(function_envelope(name)).name(), name);
  }
  EXPECT_TRUE(Codec<Activation>::read(nullptr).is_linear());
}

TEST(Activation, MisuseIsExplained) {
  EXPECT_EQ(message_of<ValueError>([] { Activation("reluu"); }),
            "activation: expected the name of an activation, got 'reluu'. Did you mean 'relu'?");
  EXPECT_EQ(message_of<ValueError>([] { Activation("threshold"); }),
            "activation: expected an activation of one tensor, got 'threshold', which takes two "
            "numbers. Pass a function that calls activations::threshold.");
  EXPECT_EQ(message_of<ConfigError>([] { Codec<Activation>::write(doubled); }),
            "activation: expected a function with a name to write, got a nameless one. Give it a "
            "name where it is passed.");
  EXPECT_EQ(message_of<ConfigError>([] { Codec<Activation>::read(3); }),
            "activation: expected a name, or an object with 'class_name' and 'config', got 3. "
            "Check the file.");
}

}  // namespace
}  // namespace keratin
