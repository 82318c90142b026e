// SPDX-License-Identifier: Apache-2.0
// Forms that are easy to get wrong, compile-only: arguments of layers, and layers that users write.
#include <keratin/keratin.h>

#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

using namespace keratin;

namespace {

double twice(double x) { return 2 * x; }
Tensor shifted(const Tensor& x) { return x - 1; }

struct ScaleOptions {
  KERATIN_OPTIONS(ScaleOptions);
  KERATIN_FIELD(double, factor, "Multiplies the inputs.") = 2.0;
  KERATIN_LAYER_FIELDS;
};

struct Scale : CustomLayer<Scale, ScaleOptions> {
  using CustomLayer::CustomLayer;
  Variable gain = weight("gain");
  void build(const Shape& input) {
    add_weight(gain, {.shape = {input[-1]}, .initializer = "ones"});
  }
  Tensor call(const Tensor& x) { return x * gain * options.factor; }
};

// One form of `call` each.
struct OfNest : CustomLayer<OfNest> {
  Tensor call(const Nest& inputs) { return inputs[0] + inputs["b"]; }
};
struct WithArgs : CustomLayer<WithArgs> {
  layers::Dropout dropout = track(layers::Dropout(0.5));
  Tensor call(const Tensor& x, const CallArgs& args) { return dropout(x, args); }
};
struct WithTraining : CustomLayer<WithTraining> {
  Tensor call(const Tensor& x, bool training = false) { return training ? x * 2 : x; }
};
struct Measured : CustomLayer<Measured> {
  Metric size = track(metrics::Mean({.name = "size"}));
  SeedGenerator seeds = track(SeedGenerator(1));
  Tensor call(const Tensor& x) {
    size.update_state(x);
    return x;
  }
};
struct Sampling : CustomLayer<Sampling> {
  Tensor call(const Tensor& mean, const Tensor& log_var) { return mean + ops::exp(0.5 * log_var); }
};
struct Decoder : CustomLayer<Decoder> {
  static constexpr bool supports_masking = true;
  void build(const Shape& target) { width = target[-1]; }
  Tensor call(const Tensor& target, const Tensor& source, const Tensor& mask, const CallArgs&) {
    return ops::where(mask[{All, NewAxis, All}], target, source);
  }
  int64_t width = 0;
};
struct TwoOutputs : CustomLayer<TwoOutputs> {
  Nest call(const Tensor& x) const { return {{"mean", x}, {"var", x * x}}; }
};
struct Several : CustomLayer<Several> {
  std::vector<Tensor> call(const Tensor& x) { return {x, x}; }
};
struct Blocks : CustomLayer<Blocks> {
  explicit Blocks(int count) {
    for (int i = 0; i < count; ++i) parts.push_back(track(layers::Dense(8)));
  }
  std::vector<Layer> parts;
  Nest call(const Nest& inputs) {
    Nest x = inputs;
    for (const Layer& part : parts) x = part(x);
    return x;
  }
};

[[maybe_unused]] void arguments(const Tensor& values) {
  const std::string name = "relu";
  const layers::DenseOptions hidden{.activation = name, .kernel_regularizer = "l2"};
  layers::DenseOptions linear = hidden;
  linear.activation = nullptr;
  const std::vector<layers::Dense> all{
      layers::Dense(32),
      layers::Dense(32, hidden),
      layers::Dense(64, linear),
      layers::Dense({.units = 32}),
      layers::Dense(32, {.activation = "relu", .input_shape = {784}}),
      layers::Dense(32, {.activation = "relu", .name = "head", .input_shape = Shape{784}}),
      layers::Dense(32, {.activation = activations::relu, .use_bias = false}),
      layers::Dense(32, {.activation = activations::softmax}),
      layers::Dense(32, {.activation = ops::sigmoid}),
      layers::Dense(32, {.activation = shifted}),
      layers::Dense(32, {.activation = [](const Tensor& x) { return x * twice(1.5); }}),
      layers::Dense(32, {.activation = {"my_relu", [](const Tensor& x) { return x; }}}),
      layers::Dense(32, {.kernel_initializer = "zeros", .bias_initializer = nullptr}),
      layers::Dense(32, {.kernel_initializer = initializers::RandomNormal({.stddev = 0.01})}),
      layers::Dense(32, {.kernel_initializer = initializers::Constant(values)}),
      layers::Dense(32, {.kernel_initializer = values}),
      layers::Dense(32,
                    {.kernel_initializer = [](const Shape& shape,
                                              DType dtype) { return Tensor::ones(shape, dtype); }}),
      layers::Dense(32, {.kernel_regularizer = regularizers::L2(0.002)}),
      layers::Dense(32, {.kernel_regularizer = regularizers::L1L2({.l1 = 0.001, .l2 = 0.001})}),
      layers::Dense(32, {.kernel_regularizer = [](const Tensor& w) { return ops::sum(w); }}),
      layers::Dense(32, {.kernel_constraint = constraints::MaxNorm(3), .dtype = "float32"}),
      layers::Dense(32, {.trainable = false, .dtype = DType::float64}),
  };
  const layers::Reshape reshape({7, 7, 64}), line({-1});
  const layers::Rescaling scale(1.0 / 255), centre(2, {.offset = -1});
  const layers::Activation relu("relu"), given(activations::tanh), own(shifted);
  const layers::Dropout half(0.5), seeded(0.5, {.seed = 1});
  const layers::Flatten flatten, named({.name = "flat"});
}

[[maybe_unused]] Nest connected() {
  const Tensor input = layers::Input({784});
  const Tensor other = layers::Input({784}, {.dtype = DType::int32, .name = "other"});
  const Tensor text = layers::Input({None}, {.batch_size = 8});
  const Tensor whole = layers::Input({}, {.batch_shape = {{8, 784}}});
  const layers::Dense shared(32, {.activation = "relu"});
  auto x = shared(input) + shared(whole);
  x = layers::Dropout(0.5)(x, {.training = true});
  x = layers::add({x, shared(other)});
  x = layers::Concatenate({.axis = 1})({x, x});
  x = layers::concatenate({x, x}, {.axis = -1});
  x = Scale({.factor = 3.0, .name = "scale"})(x);
  x = Scale()(x) * Scale{}(x);
  x = OfNest()({x, x}) + OfNest{}({{"a", x}, {"b", x}});
  x = Measured()(WithArgs()(x, {.training = true, .mask = x})) + WithTraining()(x);
  x = Sampling()(x, x) + Sampling()({x, x});
  x = Decoder()(x, x, input != 0) + Decoder()(x, x, text != 0, {.training = false});
  const Nest outputs = TwoOutputs()(x);
  x = outputs["mean"] + outputs["var"] * 2 - Several()(x)[1];
  return Blocks(3)(x);
}

struct Classifier : CustomModel<Classifier> {
  explicit Classifier(int64_t classes) : head(track(layers::Dense(classes))) {}
  layers::Dense hidden = track(layers::Dense(64, {.activation = "relu"}));
  layers::Dense head;
  Tensor call(const Tensor& x) { return head(hidden(x)); }
};

struct Tickets : CustomModel<Tickets> {
  layers::Concatenate concat = track(layers::Concatenate());
  layers::Dense priority = track(layers::Dense(1)), department = track(layers::Dense(4));
  Nest call(const Nest& inputs, bool training) {
    const Tensor features = concat({inputs["title"], inputs["tags"]});
    if (training) add_loss(ops::sum(features));
    return {priority(features), department(features)};
  }
};

Nest train(Model model, const Tensor& x) {
  model.fit(x, x);
  return model.predict(x);
}

Model small_model(const std::string& name) {
  Sequential model(name);
  model.add(layers::InputLayer({3}));
  model.add(layers::Dense(1));
  return model;
}

[[maybe_unused]] void models_in_all_places(const Tensor& x) {
  Sequential model({layers::Dense(10, {.activation = "softmax"})});
  model =
      Sequential({layers::InputLayer({784}), layers::Dense(32), Scale(), Classifier(10)}, "all");
  model.add(small_model("inner"));
  model.add(Scale({.factor = 1.0}));
  model.add(Classifier(3));
  const Sequential nested({model}), deeper({small_model("a"), Classifier(2).model()});
  const std::vector<Layer> list{layers::Dense(1), Scale(), model, Classifier(2), small_model("b")};
  const Sequential from_list(list, "from_list");

  const Tensor a = layers::Input({3}), b = layers::Input({3});
  const Tensor y = Classifier(2)(a), z = model(b);
  const Model one({.inputs = a, .outputs = y, .name = "one"});
  const Model two(a, y), three({a, b}, {y, z}), four({.inputs = {a, b}, .outputs = {y, z}});
  const Model dict({{"a", a}, {"b", b}}, {{"y", y}, {"z", z}}, "dict");
  const Model half({.inputs = one.inputs(), .outputs = one.layers()[1].output()});
  const Model extended(one.inputs(), {one.outputs(), layers::Dense(3)(one.get_layer(-1).input())});

  Classifier classifier(10);
  classifier.compile({.optimizer = "adam", .loss = "sparse_categorical_crossentropy"});
  classifier.fit(x, x, {.epochs = 1});
  Tickets tickets;
  tickets.compile({.loss = {"mse", "mae"}, .metrics = {{"mae"}, {"acc"}}});
  tickets.fit({{"title", x}, {"tags", x}}, {x, x});
  const Nest both = tickets({{"title", x}, {"tags", x}});
  for (const Model& each :
       {Model(model), two, Model(classifier), tickets.model(), extended, half}) {
    train(each, both[0] + both[1]);
  }
  train(classifier, x);
  train(model, train(three, x));
  for (const Layer& layer : model.layers()) layer.set_trainable(false);
}

}  // namespace
