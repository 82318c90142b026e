// SPDX-License-Identifier: Apache-2.0
// Masks in the calls of `.keras` files.
#include <fstream>
#include <functional>

#include "keratin/base/text.h"
#include "tests/model/saving/support.h"

namespace keratin::tests {
namespace {

using testing_support::expect_close;

// Builds what tests/golden/make_saving.py builds.
Model masked_model() {
  utils::clear_session();
  const Tensor words = layers::Input({6}, {.dtype = DType::int32, .name = "words"});
  const Tensor more = layers::Input({6}, {.dtype = DType::int32, .name = "more"});
  const Tensor steps = layers::Input({6, 3}, {.name = "steps"});
  const layers::Embedding embed(5, 4, {.mask_zero = true, .name = "embed"});
  const Tensor both = layers::Concatenate()({embed(words), embed(more)});
  const Tensor x = layers::TimeDistributed(layers::Dense(3, {.activation = "tanh"}))(both);
  const Tensor added = layers::Add()({x, layers::Masking()(layers::ReLU()(steps))});
  const Tensor normal = layers::BatchNormalization()(added);
  const Tensor i = layers::Input({6, 3});
  const Model inner(i, layers::Dense(3)(layers::BatchNormalization()(i)));
  const Tensor z = inner(normal);
  const Tensor kept = layers::Softmax()(z, {.mask = ops::greater(z, -0.5)});
  return Model({words, more, steps}, layers::Dense(2)(layers::Flatten()(kept)), "masked");
}

// Ops count their axes from the front; here all act on the last of three.
Config with_axes_from_the_front(Config model) {
  Config layers = Config::list();
  for (Config layer : model.at("layers").as_list()) {
    const bool is_op = layer.at("module").as_string().starts_with("keras.src.ops");
    Config config = layer.at("config");
    if (is_op && config.get("axis") == Config(-1)) config.set("axis", 2);
    layer.set("config", std::move(config));
    layers.push_back(std::move(layer));
  }
  model.set("layers", std::move(layers));
  return model;
}

TEST(Masks, AreCallsInTheGraphAsInKeras) {
  const Model model = masked_model();
  const Config theirs = parse_json(text_of_member(golden_saving("masked.keras"), "config.json"));
  EXPECT_EQ(to_json(with_axes_from_the_front(comparable(model.get_config())), 1),
            to_json(with_axes_from_the_front(comparable(theirs.at("config"))), 1));
}

TEST(Masks, AreInTheSummaryAsInKeras) {
  std::vector<std::string> lines;
  masked_model().summary(
      {.line_length = 80, .print_fn = [&](const std::string& line) { lines.push_back(line); }});
  std::ifstream file(golden_saving("masked_summary.txt"));
  const std::string theirs(std::istreambuf_iterator<char>(file), {});
  EXPECT_EQ(text::join(lines, "\n") + "\n", theirs);
}

TEST(Masks, GivenToANestedModelStandForThoseOfItsInputs) {
  const Tensor i = layers::Input({4, 3});
  const layers::BatchNormalization normal;
  const Model inner(i, normal(i));
  const Tensor x = ops::cast(ops::reshape(ops::arange(24), {2, 4, 3}), DType::float32) * 0.1;
  const Tensor mask = Tensor::from({1, 0, 1, 1, 0, 0, 1, 0}, {2, 4}).cast(DType::bool_);
  const Tensor with_model = inner(x, {.training = true, .mask = mask});
  normal.set_weights({ops::ones({3}), ops::zeros({3}), ops::zeros({3}), ops::ones({3})});
  const Tensor with_layer = normal(x, {.training = true, .mask = mask});
  expect_close(with_model, with_layer, 0.0);
  normal.set_weights({ops::ones({3}), ops::zeros({3}), ops::zeros({3}), ops::ones({3})});
  EXPECT_FALSE(ops::all(ops::equal(with_layer, normal(x, {.training = true}))).item<bool>());
}

// Returns the config of a model with the one call of its Softmax written in another form.
std::string with_call(const Model& model, const std::function<Config(const Config& call)>& write) {
  Config config = parse_json(model.to_json());
  Config layers = Config::list();
  for (Config layer : config.at("config").at("layers").as_list()) {
    if (layer.at("class_name") == Config("Softmax")) {
      layer.set("inbound_nodes", Config::list({write(layer.at("inbound_nodes")[0])}));
    }
    layers.push_back(std::move(layer));
  }
  Config inner = config.at("config");
  inner.set("layers", std::move(layers));
  config.set("config", std::move(inner));
  return to_json(config);
}

Model model_with_mask() {
  const Tensor a = layers::Input({6}, {.name = "a"});
  return Model(a, layers::Softmax({.name = "s"})(a, {.mask = ops::greater(a, 0.0)}));
}

TEST(Masks, MayStandBehindTheInputsOfACall) {
  const Model model = model_with_mask();
  // As Python writes `Softmax()(a, mask)`.
  const Model read = models::model_from_json(with_call(model, [](const Config& call) {
    const Config args = Config::list({call.at("args")[0], call.at("kwargs").at("mask")});
    return Config::dict({{"args", args}, {"kwargs", Config::dict()}});
  }));
  EXPECT_EQ(read.to_json(), model.to_json());
  const Tensor x = Tensor::from({-1, 2, 3, -4, 5, 6}, {1, 6}).cast(DType::float32);
  expect_close(read.predict(x, {.verbose = 0}), model.predict(x, {.verbose = 0}), 0.0);
}

TEST(Masks, AreTensorsInFiles) {
  for (const char* mask :
       {"[1, 0, 1]", "[true]", "{\"a\": 1.5}", "3", "\"a\"", "{\"class_name\": \"Dense\"}"}) {
    const std::string config = with_call(model_with_mask(), [&](const Config& call) {
      return Config::dict(
          {{"args", call.at("args")}, {"kwargs", Config::dict({{"mask", parse_json(mask)}})}});
    });
    const std::string text = message_of<ConfigError>([&] { models::model_from_json(config); });
    EXPECT_NE(text.find("expected a tensor or None as `mask`, got " + std::string(mask) +
                        ". Check the inbound_nodes."),
              std::string::npos)
        << text;
  }
}

TEST(Masks, AreRefusedWhereACallHasNoPlaceForThem) {
  const Tensor a = layers::Input({6});
  EXPECT_EQ(message_of<ValueError>([&] {
              layers::Softmax({.name = "s"})(a, {.mask = {a, a}});
            }),
            "Softmax `s`: expected a mask for each of 1 inputs, got 2. Pass them in the structure "
            "of the inputs.");
  EXPECT_EQ(message_of<ValueError>([&] {
              layers::Concatenate({.name = "c"})({a, a}, {.mask = ops::greater(a, 0.0)});
            }),
            "Concatenate `c`: expected a mask for each of 2 inputs, got 1. Pass them in the "
            "structure of the inputs.");
  EXPECT_EQ(message_of<ValueError>(
                [&] { layers::Dense(4, {.name = "d"})(a, {.mask = ops::greater(a, 0.0)}); }),
            "Dense `d`: expected no mask, which its `call` does not take, got one. Give the inputs "
            "masks with `with_mask`.");
}

}  // namespace
}  // namespace keratin::tests
