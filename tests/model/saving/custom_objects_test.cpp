// SPDX-License-Identifier: Apache-2.0
#include "keratin/model/saving/custom_objects.h"

#include <functional>
#include <set>

#include "keratin/io/npz.h"
#include "keratin/io/zip.h"
#include "tests/model/saving/support.h"

namespace keratin::tests {
namespace {

struct ScaleOptions {
  KERATIN_OPTIONS(ScaleOptions);
  KERATIN_FIELD(double, factor, "Multiplies the inputs.") = 1.0;
  KERATIN_LAYER_FIELDS;
};

struct Scale : CustomLayer<Scale, ScaleOptions> {
  using CustomLayer::CustomLayer;
  Variable offset = weight("offset");
  void build(const Shape& input) {
    add_weight(offset, {.shape = {input[-1]}, .initializer = "ones"});
  }
  Tensor call(const Tensor& x) { return x * options.factor + offset; }
};

struct Halved : CustomLoss<Halved> {
  Tensor call(const Tensor& y_true, const Tensor& y_pred) const {
    return ops::mean(ops::square(y_true - y_pred), -1) * 0.5;
  }
};

struct Pair : CustomModel<Pair> {
  using CustomModel::CustomModel;
  layers::Dense hidden = track(layers::Dense(4, {.activation = "tanh"}));
  layers::Dense head = track(layers::Dense(1));
  Tensor call(const Tensor& x) { return head(hidden(x)); }
};

using testing_support::expect_close;

const Tensor ones = Tensor::ones({2, 3});

std::vector<float> values(const Nest& nest) { return nest.to_vector<float>(); }

TEST(CustomObjects, ReadsAClassThatPythonRegistered) {
  const std::string path = golden_saving("custom.keras");
  EXPECT_EQ(message_of<ConfigError>([&] { models::load_model(path); }),
            path +
                "[config.json]: layers: expected a class of Keras or "
                "one that is registered, got 'Scale' of 'book>Scale'. Pass it in "
                "`custom_objects`, or call `saving::register_keras_serializable` before.");
  const Model model = models::load_model(path, {.custom_objects = {custom_object<Scale>()}});
  EXPECT_EQ(model.get_layer("scale").get_config().at("factor").as_number(), 2.5);
  EXPECT_EQ(model.get_layer("scale").get_weights()[0].to_vector<float>(),
            (std::vector<float>{1, 1, 1}));
}

TEST(CustomObjects, LayersAndLossesComeBack) {
  const SavingFolder folder;
  const std::string path = folder.path("a.keras");
  const Sequential model({layers::Input({3}), Scale({.factor = 3}), layers::Dense(1)}, "net");
  model.compile({.optimizer = "sgd", .loss = Halved()});
  const Tensor target = Tensor::ones({2, 1});
  model.fit(ones, target, {.verbose = 0});
  model.save(path);
  const Model loaded = models::load_model(
      path, {.custom_objects = {custom_object<Scale>(), custom_object<Halved>()}});
  EXPECT_TRUE(same_weights(model, loaded));
  EXPECT_EQ(loaded.train_on_batch(ones, target).items(),
            model.train_on_batch(ones, target).items());
  message_of<ConfigError>(
      [&] { models::load_model(path, {.custom_objects = {custom_object<Scale>()}}); });
}

TEST(CustomObjects, AWholeModelOfTheUserComesBack) {
  const SavingFolder folder;
  const Pair pair;
  pair(ones);
  pair.compile({.optimizer = "adam", .loss = "mse"});
  pair.fit(ones, Tensor::ones({2, 1}), {.epochs = 2, .verbose = 0});
  pair.save(folder.path("a.keras"));
  const Model loaded =
      models::load_model(folder.path("a.keras"), {.custom_objects = {custom_object<Pair>()}});
  EXPECT_TRUE(same_weights(pair.model(), loaded));
  EXPECT_EQ(values(loaded.predict(ones, {.verbose = 0})),
            values(pair.predict(ones, {.verbose = 0})));
  EXPECT_EQ(loaded.optimizer().iterations().item<int>(), 2);
  pair.save_weights(folder.path("a.weights.h5"));
  const Pair other;
  other(ones);
  other.load_weights(folder.path("a.weights.h5"));
  EXPECT_TRUE(same_weights(pair.model(), other.model()));
}

struct Gated : CustomLayer<Gated> {
  using CustomLayer::CustomLayer;
  layers::Dense wide = track(layers::Dense(3, {.activation = "tanh"}), "wide");
  layers::Dense gate = track(layers::Dense(3, {.activation = "sigmoid"}), "gate");
  Variable scale = weight("scale");
  void build(const Shape& input) {
    wide.build(input);
    gate.build(input);
    add_weight(scale, {.shape = {3}, .initializer = "ones"});
  }
  Tensor call(const Tensor& x) { return wide(x) * gate(x) * scale; }
};

struct Net : CustomModel<Net> {
  using CustomModel::CustomModel;
  Gated stem = track(Gated(), "stem");
  std::vector<Layer> blocks =
      track(std::vector<Layer>{layers::Dense(3, {.activation = "relu"}), Gated(), layers::Dense(3)},
            "blocks");
  layers::Dense head = track(layers::Dense(2), "_head");
  Tensor call(const Tensor& given) {
    Tensor x = stem(given);
    for (const Layer& block : blocks) x = block(x);
    return head(x);
  }
};

const std::vector<CustomObject> classes_of_book = {custom_object<Gated>(), custom_object<Net>()};

std::set<std::string> names_in(const std::string& path) {
  std::set<std::string> names;
  const std::function<void(const Hdf5Group&, const std::string&)> visit =
      [&](const Hdf5Group& group, const std::string& at) {
        for (const auto& [name, data] : group.datasets) names.insert(at + name);
        for (const auto& [name, inner] : group.groups) visit(inner, at + name + "/");
      };
  ZipReader archive(path);
  visit(read_hdf5(archive.read("model.weights.h5"), path), "");
  return names;
}

// Returns what a file says of the class of its model.
std::string model_envelope(const std::string& path) {
  const Config config = parse_json(text_of_member(path, "config.json"));
  return to_json(config.at("module")) + to_json(config.at("class_name")) +
         to_json(config.at("registered_name"));
}

TEST(CustomObjects, FilesHaveTheNamesOfAttributesAsInPython) {
  const std::string path = golden_saving("subclassed.keras");
  const NamedArrays data = read_npz(golden_saving("subclassed.npz"));
  const auto array = [&](const std::string& name) {
    for (const auto& [key, value] : data) {
      if (key == name) return Tensor(value);
    }
    return Tensor();
  };
  const Model model = models::load_model(path, {.custom_objects = classes_of_book});
  expect_close(model.predict(array("x"), {.verbose = 0}), array("prediction"),
               testing_support::forward_tolerance);
  const SavingFolder folder;
  model.save(folder.path("a.keras"));
  EXPECT_EQ(names_in(folder.path("a.keras")), names_in(path));
  EXPECT_EQ(model_envelope(folder.path("a.keras")), model_envelope(path));
  const Tensor loss = Tensor(model.train_on_batch(array("x"), array("y"))["loss"]);
  expect_close(loss.cast(DType::float32), array("loss"), testing_support::training_tolerance);
}

// In Python a dict {"wide": ..., "first": ..., "norm": ...}.
struct Heads : CustomModel<Heads> {
  using CustomModel::CustomModel;
  std::vector<Layer> heads =
      track(std::vector<Layer>{layers::Dense(3), layers::Dense(2), layers::LayerNormalization()},
            "heads");
  Tensor call(const Tensor& x) { return heads[1](heads[2](heads[0](x))).tensor(); }
};

TEST(CustomObjects, ADictOfLayersIsTheListOfItsValues) {
  const std::string path = golden_saving("dict_of_layers.keras");
  const NamedArrays data = read_npz(golden_saving("dict_of_layers.npz"));
  const Model model = models::load_model(path, {.custom_objects = {custom_object<Heads>()}});
  expect_close(model.predict(Tensor(data[0].second), {.verbose = 0}), Tensor(data[1].second),
               testing_support::forward_tolerance);
  const SavingFolder folder;
  model.save(folder.path("a.keras"));
  EXPECT_EQ(names_in(folder.path("a.keras")), names_in(path));
}

struct Difference : CustomLayer<Difference> {
  using CustomLayer::CustomLayer;
  Tensor call(const Tensor& a, const Tensor& b) { return a - b; }
};

TEST(CustomObjects, InputsOfACallStandOneByOneAsInPython) {
  const Tensor a = layers::Input({2}, {.name = "a"});
  const Tensor b = layers::Input({2}, {.name = "b"});
  const Model model({a, b}, Difference({.name = "d"})(a, b));
  const Config config = model.get_config();
  const Config& layers = config.at("layers");
  EXPECT_EQ(layers[layers.size() - 1].at("inbound_nodes")[0].at("args").size(), 2u);
  saving::register_keras_serializable<Difference>("tests");
  const Model read = models::model_from_json(model.to_json());
  EXPECT_EQ(values(read.predict({Tensor::ones({1, 2}), Tensor::zeros({1, 2})}, {.verbose = 0})),
            (std::vector<float>{1, 1}));
}

struct Misnamed : CustomLayer<Misnamed> {
  using CustomLayer::CustomLayer;
  layers::Dense first = track(layers::Dense(1), "a/b");
  Tensor call(const Tensor& x) { return first(x); }
};

TEST(CustomObjects, AnAttributeHasAName) {
  EXPECT_EQ(message_of<ValueError>([] { Misnamed({.name = "m"}); }),
            "Misnamed `m`: expected the name of an attribute that is not taken, got 'a/b'. Use the "
            "name that the layer has in Python.");
}

struct Doubled : CustomLayer<Doubled> {
  using CustomLayer::CustomLayer;
  Tensor call(const Tensor& x) { return x * 2.0; }
};

TEST(CustomObjects, RegisteredClassesNeedNoMention) {
  const SavingFolder folder;
  saving::register_keras_serializable<Doubled>("tests");
  const Sequential model({layers::Input({3}), Doubled(), layers::Dense(1)});
  model.save(folder.path("a.keras"));
  EXPECT_NE(model.to_json().find("\"registered_name\": \"tests>Doubled\""), std::string::npos);
  EXPECT_TRUE(same_weights(models::load_model(folder.path("a.keras")), model));
}

}  // namespace
}  // namespace keratin::tests
