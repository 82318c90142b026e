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
    if (key != "quantization_config" && key != "build_config") dict.set(key, comparable(value));
  }
  return dict;
}

using GoldenLayer = testing::TestWithParam<std::string>;

// Dicts compare by key: Keras' order of keys is that of its constructors' code.
std::string written(const Config& config) { return to_json(comparable(sorted_keys(config))); }

std::vector<Tensor> values_of(const std::vector<Variable>& variables) {
  std::vector<Tensor> values;
  for (const Variable& variable : variables) values.push_back(variable.value());
  return values;
}

// Compares what a layer's call changes: statistics, and the state of its seeds.
void expect_updates(const Golden& golden, const Config& item, const Layer& layer) {
  if (!item.has("updates")) return;
  std::vector<Variable> changed;
  for (const Variable& variable : layer.variables()) {
    if (!variable.trainable() || !layer.trainable()) changed.push_back(variable);
  }
  const Config& updates = item.at("updates");
  ASSERT_EQ(changed.size(), updates.size());
  for (size_t i = 0; i < changed.size(); ++i) {
    EXPECT_TRUE(is_close(changed[i].value(), golden.tensor(updates[i]), forward_tolerance,
                         golden.exact(updates[i])))
        << changed[i].path();
  }
}

// Puts the masks of a case on its inputs.
Nest with_masks(const Nest& inputs, const std::vector<Tensor>& masks) {
  std::vector<Tensor> tensors = inputs.flatten();
  for (size_t i = 0; i < tensors.size(); ++i) {
    if (masks[i].defined()) tensors[i] = tensors[i].with_mask(masks[i]);
  }
  return inputs.pack(tensors);
}

std::vector<Tensor> masks_of(const Golden& golden, const Config& names) {
  std::vector<Tensor> masks;
  if (!names.is_list()) return {golden.tensor(names)};
  for (const Config& name : names.as_list()) masks.push_back(golden.tensor(name));
  return masks;
}

// The shape on inputs of an unknown batch.
void expect_symbolic(const Config& item, const Layer& layer, const Nest& inputs, DType dtype) {
  const Nest symbols = inputs.map([](const Tensor& tensor) {
    const Shape& shape = tensor.shape();
    return layers::Input(shape.slice(1, shape.rank()), {.dtype = tensor.dtype()});
  });
  const Tensor output = layer(symbols, {.training = item.at("training").as_bool()}).tensor();
  // A size that Keras leaves open may be known here.
  const Shape expected = Codec<Shape>::read(item.at("symbolic_output").at("shape"));
  EXPECT_TRUE(is_compatible(output.shape(), expected))
      << to_string(output.shape()) << " instead of " << to_string(expected);
  EXPECT_EQ(output.dtype(), dtype);
}

void expect_mask(const Golden& golden, const Config& item, const Layer& layer, const Nest& inputs) {
  if (!item.has("mask")) return;
  const Config& mask = item.at("mask");
  EXPECT_EQ(layer.body().supports_masking(), mask.at("supports_masking").as_bool());
  const Tensor given =
      layer(with_masks(inputs, masks_of(golden, mask.at("in"))), {.training = false}).tensor();
  ASSERT_EQ(given.mask().defined(), !mask.at("out").is_null());
  if (given.mask().defined()) {
    EXPECT_TRUE(is_close(given.mask(), golden.tensor(mask.at("out")), 0.0));
  }
}

// The compiled call: its loss and updates, and what the cotangent pulls back.
void expect_gradients(const Golden& golden, const Config& item, const Layer& layer,
                      const Nest& inputs, const std::vector<Tensor>& masks) {
  std::vector<Array> data;
  std::unique_ptr<runtime::Executor> plan;
  size_t trained = 0;
  {
    Trace trace;
    const Nest x = inputs.map([&](const Tensor& tensor) {
      data.push_back(tensor.array().contiguous());
      return trace.input(tensor.spec(), "x" + std::to_string(data.size()));
    });
    const Nest called = masks.empty() ? x : with_masks(x, masks);
    std::vector<Tensor> sources;  // as they are before the call, which may change them
    for (const Variable& weight : layer.trainable_weights()) sources.push_back(weight.value());
    const Tensor y = layer(called, {.training = item.at("training").as_bool()}).tensor();
    trained = sources.size();
    for (const Tensor& tensor : x.flatten()) {
      if (is_float(tensor.dtype())) sources.push_back(tensor);
    }
    std::vector<Tensor> outputs =
        gradients(ops::sum(y * golden.tensor(item.at("cotangent"))), sources);
    ASSERT_EQ(trace.losses().size(), item.has("loss") ? 1U : 0U);
    for (const Tensor& loss : trace.losses()) outputs.push_back(loss);
    plan = runtime::compile(*trace.finish(outputs));
  }
  plan->run(data);
  expect_updates(golden, item, layer);
  const Config& of_weights = item.at("gradients");
  ASSERT_EQ(trained, of_weights.size());
  for (size_t i = 0; i < trained; ++i) {
    EXPECT_TRUE(is_close(Tensor(plan->outputs()[i]), golden.tensor(of_weights[i]),
                         gradient_tolerance, golden.exact(of_weights[i])))
        << "weight " << i;
  }
  const std::vector<Tensor> of_inputs = nest_of(golden, item.at("input_gradients")).flatten();
  const std::vector<Tensor> exact = exact_nest_of(golden, item.at("input_gradients")).flatten();
  ASSERT_EQ(plan->outputs().size(), trained + of_inputs.size() + (item.has("loss") ? 1 : 0));
  for (size_t i = 0; i < of_inputs.size(); ++i) {
    EXPECT_TRUE(is_close(Tensor(plan->outputs()[trained + i]), of_inputs[i], gradient_tolerance,
                         exact.size() == of_inputs.size() ? exact[i] : Tensor()))
        << "input " << i;
  }
  if (item.has("loss")) {
    EXPECT_TRUE(is_close(Tensor(plan->outputs().back()), golden.tensor(item.at("loss")),
                         forward_tolerance, golden.exact(item.at("loss"))));
  }
}

TEST_P(GoldenLayer, EqualsKeras) {
  const Golden golden(GetParam());
  for (const Config& item : golden.at("cases").as_list()) {
    SCOPED_TRACE(to_json(item.at("config")));
    const Layer layer = deserialize_layer(item.at("config"));
    EXPECT_EQ(written(serialize_layer(layer)), written(item.at("config")));
    if (!item.has("inputs")) continue;

    const Nest inputs = nest_of(golden, item.at("inputs"));
    layer(inputs, {.training = false});
    EXPECT_EQ(written(serialize_layer(layer)), written(item.at("built_config")));
    std::vector<Tensor> weights;
    for (const Config& weight : item.at("weights").as_list()) {
      weights.push_back(golden.tensor(weight.at("array")));
    }
    layer.set_weights(weights);
    const std::vector<Tensor> state = values_of(layer.variables());
    std::vector<Tensor> masks;
    if (item.has("mask") && item.at("mask").has("in_forward")) {
      masks = masks_of(golden, item.at("mask").at("in"));
    }
    const Nest called = masks.empty() ? inputs : with_masks(inputs, masks);
    const Tensor output = layer(called, {.training = item.at("training").as_bool()}).tensor();
    EXPECT_TRUE(is_close(output, golden.tensor(item.at("outputs")), forward_tolerance,
                         golden.exact(item.at("outputs"))));
    expect_updates(golden, item, layer);
    for (size_t i = 0; i < state.size(); ++i) layer.variables()[i].assign(state[i]);
    expect_symbolic(item, layer, inputs, output.dtype());
    expect_mask(golden, item, layer, inputs);
    if (!item.get("cotangent").is_null()) expect_gradients(golden, item, layer, inputs, masks);
  }
}

INSTANTIATE_TEST_SUITE_P(Layers, GoldenLayer, testing::ValuesIn(golden_files("layers")),
                         name_of_case);

}  // namespace

}  // namespace keratin
