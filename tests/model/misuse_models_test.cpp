// SPDX-License-Identifier: Apache-2.0
// What models refuse when they are put together and looked into, with the whole sentence.
#include "keratin/keratin.h"
#include "tests/support/misuse.h"

namespace keratin {
namespace {

using testing_support::expect_error;
using testing_support::expect_harmless_error;

Model make_pair() {
  const Tensor a = layers::Input({3}, {.name = "a"}), b = layers::Input({2}, {.name = "b"});
  const Tensor both = layers::concatenate({a, b}, {.name = "both"});
  return Model({a, b}, layers::Dense(1, {.name = "head"})(both), "pair");
}

TEST(MisuseModels, FunctionalModelsThatAreNotWhole) {
  const Tensor x = layers::Input({3}, {.name = "x"}), other = layers::Input({3}, {.name = "z"});
  const Tensor y = layers::Dense(2, {.name = "y"})(x);
  expect_error<ValueError>(
      [&] { Model(Nest(), y); },
      "model `functional`: expected `inputs`, got none. Pass tensors that Input and layers gave.");
  expect_error<ValueError>(
      [&] { Model(x, Nest()); },
      "model `functional`: expected `outputs`, got none. Pass tensors that Input and layers gave.");
  expect_error<ValueError>(
      [&] {
        Model(Tensor::ones({2, 3}), y);
      },
      "model `functional`: expected `inputs` made by Input and layers, got data of shape [2, 3]. "
      "Start the model with layers::Input.");
  expect_error<ValueError>(
      [&] {
        Model(x, Tensor::ones({2, 3}));
      },
      "model `functional`: expected `outputs` made by Input and layers, got data of shape [2, 3]. "
      "Start the model with layers::Input.");
  expect_error<ValueError>(
      [&] { Model(other, y); },
      "model `functional`: expected `inputs` from which all outputs follow, got outputs that also "
      "need the input of 'y' (shape [None, 3]). Add it to the inputs.");
  expect_error<ValueError>(
      [&] {
        Model(x, layers::add({x, other}, {.name = "sum"}));
      },
      "model `functional`: expected `inputs` from which all outputs follow, got outputs that also "
      "need the input of 'sum' (shape [None, 3]). Add it to the inputs.");
  expect_error<ValueError>(
      [&] { Model(x, layers::Dense(2, {.name = "y"})(y)); },
      "model `functional`: expected layers of different names, got 'y' twice. Rename one.");
}

TEST(MisuseModels, CallsWithOtherData) {
  const Model model = make_pair();
  const Tensor a = Tensor::ones({4, 3}), b = Tensor::ones({4, 2});
  expect_error<ShapeError>(
      [&] {
        model(Nest{b, a});
      },
      "model `pair`: expected the input `a` of shape [None, 3], got [4, 2]. Reshape the data.");
  expect_error<ShapeError>(
      [&] {
        model(Nest{Tensor::ones({3}), b});
      },
      "model `pair`: expected the input `a` of shape [None, 3], got [3]. Reshape the data.");
  expect_error<ValueError>(
      [&] { model(a); }, "model `pair`: expected 2 inputs (a, b), got 1. Pass one for each Input.");
  expect_error<ValueError>(
      [&] {
        model(Nest{a, b, b});
      },
      "model `pair`: expected 2 inputs (a, b), got 3. Pass one for each Input.");
  expect_error<ValueError>(
      [&] {
        model(Nest{{"a", a}, {"c", b}});
      },
      "model `pair`: expected data for the input 'b', got the keys [a, c]. Name it so.");
  expect_error<ValueError>(
      [&] { model.predict(a, {.verbose = 0}); },
      "model `pair`: expected 2 inputs (a, b), got 1. Pass one for each Input.");
  expect_error<ValueError>(
      [&] {
        model.predict(Nest{a, Tensor::ones({3, 2})}, {.verbose = 0});
      },
      "model `pair`: predict: expected the same number of samples in x [[4, 3], [3, 2]], y None "
      "and sample_weight None, got 4, 3. Cut them to equal lengths.");
}

TEST(MisuseModels, LayersThatAreNotThere) {
  const Model model = make_pair();
  expect_error<ValueError>([&] { model.get_layer("haed"); },
                           "model `pair`.get_layer: expected one of the layers [a, b, both, head], "
                           "got 'haed'. Did you mean 'head'?");
  expect_error<ValueError>(
      [&] { model.get_layer(4); },
      "model `pair`.get_layer: expected an index from -4 to 3, got 4. Check the number of layers.");
  expect_error<ValueError>([&] { model.get_layer(-5); },
                           "model `pair`.get_layer: expected an index from -4 to 3, got -5. Check "
                           "the number of layers.");
  const Sequential open({layers::Dense(2, {.name = "d"})}, "open");
  expect_error<ValueError>([&] { open.inputs(); },
                           "model `open`: expected a model with known inputs, got one that is not "
                           "built. Start it with an Input or call it on data.");
  expect_error<ValueError>([&] { open.outputs(); },
                           "model `open`: expected a model with known outputs, got one that is not "
                           "built. Start it with an Input or call it on data.");
  expect_error<ValueError>([&] { open.count_params(); },
                           "model `open`.count_params: expected a built layer, got one whose "
                           "weights are not made yet. Call it on data or build it.");
  expect_error<ValueError>([&] { open.layers()[0].output(); },
                           "Dense `d`.output: expected a layer that was called once on Keras "
                           "tensors, got 0 calls. Keep the tensor that the call gave.");
  expect_error<ValueError>([&] { open.layers()[0].count_params(); },
                           "Dense `d`.count_params: expected a built layer, got one whose weights "
                           "are not made yet. Call it on data or build it.");
  const layers::Dense twice(2, {.name = "twice"});
  const Tensor first = twice(layers::Input({3})), second = twice(layers::Input({3}));
  expect_error<ValueError>([&] { twice.output(); },
                           "Dense `twice`.output: expected a layer that was called once on Keras "
                           "tensors, got 2 calls. Keep the tensor that the call gave.");
}

TEST(MisuseModels, Stacks) {
  expect_error<ValueError>(
      [] {
        Sequential({layers::Dense(1, {.name = "d"}), layers::Dense(1, {.name = "d"})}, "s");
      },
      "model `s`: expected layers of different names, got 'd' twice. Rename one.");
  expect_error<ValueError>(
      [] {
        Sequential({layers::Dense(1, {.name = "d"}), layers::Input({3}, {.name = "i"})}, "s");
      },
      "model `s`: expected an Input before all other layers, got 'i' after 'd'. Put it first.");
  expect_error<ValueError>(
      [] { Sequential("s").pop(); },
      "model `s`: expected a layer to take off, got an empty model. Add layers first.");
  expect_error<ValueError>(
      [] {
        Sequential("s")(Tensor::ones({2, 3}));
      },
      "model `s`: expected layers, got an empty model. Call `add` first.");
  expect_error<ValueError>(
      [] {
        Sequential("s").build({None, 3});
      },
      "model `s`: expected layers, got an empty model. Call `add` first.");
  const Sequential model("s");
  expect_error<ValueError>(
      [&] { model.add(model); },
      "model `s`: expected a layer that does not hold this model, got 's'. Make a new model.");
  expect_error<ValueError>(
      [] { Sequential("s").add(layers::Dense(2)(layers::Input({3}))); },
      "Sequential: expected layers or an Input, got a tensor. Pass the layer itself.");
  expect_error<ValueError>(
      [] { Sequential("s").add(Layer()); },
      "model `s`: expected a layer, got an empty handle. Assign a layer to it first.");
  expect_error<ShapeError>(
      [] {
        Sequential({layers::Input({3}), layers::Dense(2, {.name = "a"}),
                    layers::Reshape({3}, {.name = "r"})},
                   "s");
      },
      "model `s`: Reshape `r`: expected a shape of 2 elements for the input [2], got [3]. Check "
      "the sizes.");
}

TEST(MisuseModels, Weights) {
  const Sequential model({layers::Input({3}), layers::Dense(2, {.name = "d"})}, "s");
  const Tensor kernel = Tensor::ones({3, 2}), bias = Tensor::ones({2});
  expect_harmless_error<ValueError>(
      model, [&] { model.set_weights({kernel}); },
      "model `s`.set_weights: expected 2 weights, got 1. Pass them in the order of get_weights.");
  expect_harmless_error<ShapeError>(
      model,
      [&] {
        model.set_weights({kernel, kernel});
      },
      "model `s`.set_weights: expected weight 1 (s/d/bias) of shape [2], got [3, 2]. Check the "
      "order.");
  expect_harmless_error<ShapeError>(
      model,
      [&] {
        model.set_weights({bias, kernel});
      },
      "model `s`.set_weights: expected weight 0 (s/d/kernel) of shape [3, 2], got [2]. Check the "
      "order.");
  expect_harmless_error<ValueError>(
      model,
      [&] {
        model.set_weights({kernel, Tensor()});
      },
      "model `s`.set_weights: expected data for weight 1 (s/d/bias), got an empty handle. Pass "
      "tensors with data.");
  expect_harmless_error<ValueError>(
      model,
      [&] {
        model.set_weights({kernel, layers::Input({2})});
      },
      "model `s`.set_weights: expected data for weight 1 (s/d/bias), got a symbolic tensor. Pass "
      "tensors with data.");
}

TEST(MisuseModels, LogsAndHistories) {
  Logs logs;
  logs.set("loss", 1.0);
  logs.set("val_loss", 2.0);
  expect_error<ValueError>(
      [&] { logs["los"]; },
      "logs: expected one of the names [loss, val_loss], got 'los'. Did you mean 'loss'?");
  expect_error<ValueError>([&] { logs[2]; },
                           "logs: expected an index below 2, got 2. Check the number of values.");
  History history;
  history.add(0, logs);
  expect_error<ValueError>(
      [&] { history["accuracy"]; },
      "history: expected one of the names [loss, val_loss], got 'accuracy'. Use one of them.");
  Callback callback;
  expect_error<ValueError>([&] { callback.model(); },
                           "callback: expected a model, got none. A callback has one while `fit`, "
                           "`evaluate` or `predict` runs.");
}

TEST(MisuseModels, ALayerThatDoesNotFitIsNotAdded) {
  const Sequential model({layers::Input({3}), layers::Dense(2, {.name = "a"})}, "s");
  const Tensor before = model.predict(Tensor::ones({1, 3}), {.verbose = 0});
  expect_harmless_error<ShapeError>(
      model, [&] { model.add(layers::Reshape({3}, {.name = "r"})); },
      "model `s`: Reshape `r`: expected a shape of 2 elements for the input [2], got [3]. Check "
      "the sizes.");
  EXPECT_EQ(model.layers().size(), 1u);
  EXPECT_EQ(model.predict(Tensor::ones({1, 3}), {.verbose = 0}).to_vector<float>(),
            before.to_vector<float>());
  model.add(layers::Dense(4, {.name = "b"}));
  EXPECT_EQ(model.layers().size(), 2u);
  EXPECT_EQ(model.outputs().shape(), (Shape{None, 4}));
  model.pop();
  EXPECT_EQ(model.outputs().shape(), (Shape{None, 2}));
}

}  // namespace
}  // namespace keratin
