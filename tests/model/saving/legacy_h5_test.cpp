// SPDX-License-Identifier: Apache-2.0
// Legacy whole-model `.h5` files: of Keras 3, and such as Keras 1 and 2 wrote.
#include "keratin/model/saving/legacy_h5.h"

#include "keratin/io/npz.h"
#include "tests/model/saving/support.h"
#include "tests/support/golden_model.h"

namespace keratin::tests {
namespace {

using testing_support::expect_close;
using testing_support::forward_tolerance;

std::vector<Tensor> inputs_of(const std::string& name) {
  std::vector<Tensor> found;
  for (const auto& [key, array] : read_npz(golden_saving(name + ".npz"))) {
    if (key == "x_" + std::to_string(found.size())) found.emplace_back(array);
  }
  return found;
}

TEST(LegacyFile, HoldsTheSameModelAsTheNewOne) {
  for (const std::string name : {"sequential", "functional", "scaled", "multi", "spectral"}) {
    const Model old = models::load_model(golden_saving(name + ".h5"));
    const Model now = models::load_model(golden_saving(name + ".keras"));
    EXPECT_TRUE(same_weights(old, now)) << name;
    EXPECT_EQ(old.optimizer().iterations().item<int>(), 4);
    const auto& left = old.optimizer().variables();
    const auto& right = now.optimizer().variables();
    ASSERT_EQ(left.size(), right.size());
    for (size_t i = 0; i < left.size(); ++i) {
      EXPECT_EQ(left[i].value().cast(DType::float32).to_vector<float>(),
                right[i].value().cast(DType::float32).to_vector<float>());
    }
    EXPECT_EQ(to_json(old.optimizer().to_config()), to_json(now.optimizer().to_config()));
    const Nest x = now.inputs().pack(inputs_of(name));
    const auto a = old.predict(x, {.verbose = 0}).flatten();
    const auto b = now.predict(x, {.verbose = 0}).flatten();
    for (size_t i = 0; i < a.size(); ++i) expect_close(a[i], b[i], 0.0);
  }
  const Model plain = models::load_model(golden_saving("sequential.h5"), {.compile = false});
  message_of<ValueError>([&] { plain.optimizer(); });
}

// Makes a file with one group for each layer and its arrays.
struct OldFile {
  Hdf5Group file;
  std::vector<std::string> layers = {};

  explicit OldFile(const std::string& model_config, const std::string& training_config = "") {
    file.attributes["model_config"] = model_config;
    if (!training_config.empty()) file.attributes["training_config"] = training_config;
  }
  void add(const std::string& layer, const std::vector<std::pair<std::string, Array>>& weights) {
    Hdf5Group& group = file.make("model_weights/" + layer);
    std::vector<std::string> names;
    for (const auto& [name, array] : weights) {
      const size_t slash = name.rfind('/');
      group.make(name.substr(0, slash))
          .datasets.emplace(name.substr(slash + 1), Hdf5Dataset(array));
      names.push_back(name);
    }
    group.attributes["weight_names"] = names;
    layers.push_back(layer);
  }
  void write(const std::string& path) {
    file.make("model_weights").attributes["layer_names"] = layers;
    write_hdf5(path, file);
  }
};

Array numbers(const std::vector<float>& values, const Shape& shape) {
  return Array::from<float>(values, shape);
}

void add_dense(OldFile& file, const std::string& suffix) {
  file.add("dense_1", {{"dense_1/dense_1" + std::string(suffix == ":0" ? "/kernel:0" : "_W:0"),
                        numbers({1, 2, 3, 4}, Shape{2, 2})},
                       {"dense_1/dense_1" + std::string(suffix == ":0" ? "/bias:0" : "_b:0"),
                        numbers({0.5F, -20}, Shape{2})}});
}

// The form of Keras 1 to 2.2: the layers as a list, the input shape in the first one, which Keras 3
// refuses.
TEST(LegacyFile, ReadsTheListsAndArgumentsOfKeras1) {
  const SavingFolder folder;
  OldFile file(R"({"class_name": "Sequential", "config": [
    {"class_name": "Dense", "config": {"name": "dense_1", "trainable": true, "output_dim": 2,
     "input_dim": 2, "init": "uniform", "activation": "relu", "W_regularizer": null, "bias": true,
     "batch_input_shape": [null, 2], "input_dtype": "float32", "b_constraint": null}},
    {"class_name": "Dropout", "config": {"name": "dropout_1", "trainable": true, "p": 0.25}}]})",
               R"({"optimizer_config": {"class_name": "RMSprop",
                   "config": {"lr": 0.25, "rho": 0.8, "epsilon": null, "decay": 0.0}},
                   "loss": "mse", "metrics": ["accuracy"], "sample_weight_mode": null})");
  add_dense(file, "");
  file.add("dropout_1", {});
  file.write(folder.path("a.h5"));
  const Model model = models::load_model(folder.path("a.h5"));
  EXPECT_EQ(model.predict(Tensor::ones({1, 2}), {.verbose = 0}).to_vector<float>(),
            (std::vector<float>{4.5F, 0}));
  EXPECT_EQ(model.get_layer("dropout_1").get_config().at("rate").as_number(), 0.25);
  EXPECT_EQ(model.optimizer().class_name(), "RMSprop");
  EXPECT_EQ(model.optimizer().learning_rate().item<float>(), 0.25F);
  EXPECT_EQ(model.inputs().shape(), (Shape{None, 2}));
  model.save(folder.path("b.keras"));
  EXPECT_TRUE(same_weights(model, models::load_model(folder.path("b.keras"))));
}

TEST(LegacyFile, ReadsTheCallsOfKeras2) {
  const SavingFolder folder;
  OldFile file(R"({"class_name": "Model", "config": {"name": "model_1", "layers": [
    {"name": "input_1", "class_name": "InputLayer", "inbound_nodes": [], "config":
      {"batch_input_shape": [null, 2], "dtype": "float32", "sparse": false, "name": "input_1"}},
    {"name": "dense_1", "class_name": "Dense", "inbound_nodes": [[["input_1", 0, 0, {}]],
      [["dense_1", 0, 0, {}]]], "config": {"name": "dense_1", "trainable": true,
      "dtype": {"class_name": "Policy", "config": {"name": "float32"}}, "units": 2, "activation":
      "linear", "use_bias": true, "kernel_initializer": {"class_name": "VarianceScaling", "config":
      {"scale": 1.0, "mode": "fan_avg", "distribution": "normal", "seed": null,
      "dtype": "float32"}},
      "bias_initializer": {"class_name": "Zeros", "config": {}},
      "activity_regularizer": null}},
    {"name": "add_1", "class_name": "Add", "inbound_nodes": [[["dense_1", 0, 0, {}],
      ["dense_1", 1, 0, {}]]], "config": {"name": "add_1", "trainable": true}}],
    "input_layers": [["input_1", 0, 0]], "output_layers": [["add_1", 0, 0]]}})",
               R"({"optimizer_config": {"class_name": "Adam", "config": {"name": "Adam",
                   "learning_rate": 0.5, "decay": 0.0, "beta_1": 0.9, "amsgrad": false}},
                   "loss": {"class_name": "MeanSquaredError", "config":
                   {"reduction": "auto", "name": "mse"}}, "metrics": [["accuracy"]],
                   "weighted_metrics": null, "loss_weights": null})");
  add_dense(file, ":0");
  file.write(folder.path("a.h5"));
  const Model model = models::load_model(folder.path("a.h5"));
  // y = Wx + b, and y + (Wy + b).
  EXPECT_EQ(model.predict(Tensor::ones({1, 2}), {.verbose = 0}).to_vector<float>(),
            (std::vector<float>{4.5F + 4.5F - 42 + 0.5F, -14 + 9 - 56 - 20}));
  EXPECT_EQ(model.optimizer().learning_rate().item<float>(), 0.5F);
}

// The name of an op may stand in its arguments alone.
TEST(LegacyFile, ReadsOpsWithoutAModule) {
  const SavingFolder folder;
  OldFile file(R"({"class_name": "Functional", "config": {"name": "model_1", "layers": [
    {"name": "input_1", "class_name": "InputLayer", "inbound_nodes": [], "config":
      {"batch_input_shape": [null, 2], "dtype": "float32", "sparse": false, "name": "input_1"}},
    {"class_name": "Absolute", "config": {"name": "absolute_1"},
      "inbound_nodes": [[["input_1", 0, 0, {}]]]}],
    "input_layers": [["input_1", 0, 0]], "output_layers": [["absolute_1", 0, 0]]}})",
               "");
  file.write(folder.path("a.h5"));
  const Model model = models::load_model(folder.path("a.h5"));
  EXPECT_EQ(model.predict(Tensor::from({-3.0F, 2.0F}, {1, 2}), {.verbose = 0}).to_vector<float>(),
            (std::vector<float>{3, 2}));
  EXPECT_NE(model.to_json().find("\"name\": \"absolute_1\""), std::string::npos);
}

TEST(LegacyFile, WhatIsWrittenComesBack) {
  const SavingFolder folder;
  for (const std::string name : {"sequential", "functional", "scaled", "multi", "spectral"}) {
    const Model model = models::load_model(golden_saving(name + ".keras"));
    model.save(folder.path(name + ".h5"));
    const Model loaded = models::load_model(folder.path(name + ".h5"));
    EXPECT_TRUE(same_weights(model, loaded)) << name;
    EXPECT_EQ(loaded.optimizer().iterations().item<int>(), 4);
    EXPECT_EQ(to_json(loaded.optimizer().to_config()), to_json(model.optimizer().to_config()));
    const Nest x = model.inputs().pack(inputs_of(name));
    const auto a = loaded.predict(x, {.verbose = 0}).flatten();
    const auto b = model.predict(x, {.verbose = 0}).flatten();
    for (size_t i = 0; i < a.size(); ++i) expect_close(a[i], b[i], 0.0);
  }
  // In Keras' own words: names of layers and paths of weights, and no modules at the layers.
  const Hdf5Group ours = read_hdf5(folder.path("sequential.h5"));
  const Hdf5Group theirs = read_hdf5(golden_saving("sequential.h5"));
  const auto text = [](const Hdf5Group& file, const std::string& name) {
    return std::get<std::string>(file.attributes.at(name));
  };
  EXPECT_EQ(to_json(testing_support::sorted_keys(parse_json(text(ours, "model_config")))),
            to_json(testing_support::sorted_keys(parse_json(text(theirs, "model_config")))));
  using Texts = std::vector<std::string>;
  const auto texts = [](const Hdf5Group& file, const std::string& path, const std::string& name) {
    return std::get<Texts>(file.find(path)->attributes.at(name));
  };
  EXPECT_EQ(texts(ours, "model_weights", "layer_names"),
            texts(theirs, "model_weights", "layer_names"));
  EXPECT_EQ(texts(ours, "model_weights/dense", "weight_names"),
            texts(theirs, "model_weights/dense", "weight_names"));
  EXPECT_EQ(texts(ours, "optimizer_weights", "weight_names"),
            texts(theirs, "optimizer_weights", "weight_names"));
}

// How a model was compiled stands in a file as Keras writes it, but for the long names of losses,
// without which Keras cannot compile what it reads.
TEST(LegacyFile, HoldsHowTheModelWasCompiled) {
  const SavingFolder folder;
  const auto training_of = [](const std::string& path) {
    return std::get<std::string>(read_hdf5(path).attributes.at("training_config"));
  };
  for (const std::string name : {"sequential", "functional", "spectral", "scaled"}) {
    SCOPED_TRACE(name);
    std::string theirs = training_of(golden_saving(name + ".h5"));
    for (const auto& [from, to] : {std::pair("\"mse\"", "\"mean_squared_error\""),
                                   std::pair("\"mae\"", "\"mean_absolute_error\"")}) {
      for (size_t at; (at = theirs.find(from)) != std::string::npos;) {
        theirs.replace(at, std::strlen(from), to);
      }
    }
    models::load_model(golden_saving(name + ".h5")).save(folder.path(name + ".h5"));
    EXPECT_EQ(to_json(comparable(parse_json(training_of(folder.path(name + ".h5")), name))),
              to_json(comparable(parse_json(theirs, name))));
  }
}

TEST(LegacyFile, WeightsGoByOrderOrByName) {
  const SavingFolder folder;
  const std::string path = folder.path("a.h5");
  OldFile file("{}");
  add_dense(file, ":0");
  file.write(path);
  const Sequential same({layers::Input({2}), layers::Dense(2, {.name = "other"})});
  same.load_weights(path);
  EXPECT_EQ(same.get_weights()[0].to_vector<float>(), (std::vector<float>{1, 2, 3, 4}));
  const Sequential named({layers::Input({2}), layers::Dense(2, {.name = "first"}),
                          layers::Dense(2, {.name = "dense_1"})});
  named.load_weights(path, {.by_name = true});
  EXPECT_EQ(named.get_weights()[3].to_vector<float>(), (std::vector<float>{0.5F, -20}));
  EXPECT_EQ(message_of<ValueError>([&] { named.load_weights(path); }),
            path +
                ": expected 2 layers with weights, got 1. Use the model that was saved, or "
                "`by_name`.");
  const Sequential wide({layers::Input({2}), layers::Dense(3, {.name = "wide"})});
  EXPECT_EQ(message_of<ValueError>([&] { wide.load_weights(path); }),
            path +
                ": expected the weights of this model, got others: Dense `wide` has 'kernel' of "
                "shape [2, 3] but [2, 2] in the file. Use the model that was saved, or "
                "`skip_mismatch` to leave out what differs.");
}

TEST(LegacyFile, OnePolicyHoldsForAllFormats) {
  const SavingFolder folder;
  const std::string path = folder.path("a.h5");
  const auto refusal = [&](const std::string& config) {
    OldFile file(config);
    file.write(path);
    return message_of<Error>([&] { models::load_model(path); });
  };
  EXPECT_EQ(refusal(R"({"class_name": "Sequential", "config": [{"class_name": "Lambda",
                        "config": {"name": "l", "trainable": true, "function": ["4wE="]}}]})"),
            path +
                "[model_config]: layers: expected layers that are data, got 'Lambda', which "
                "holds Python code. Write it as a CustomLayer and save the model with that.");
  EXPECT_EQ(refusal("[1, 2"),
            path +
                "[model_config]: model_config: expected JSON text, got something else at byte "
                "6. Check the text.");
  for (const char* config : {"{}", "[]", "null", R"({"class_name": "Sequential", "config": 3})",
                             R"({"class_name": "Model", "config": {"layers": [3]}})",
                             R"({"class_name": "Sequential", "config": {"layers": [[]]}})"}) {
    EXPECT_NE(refusal(config), "nothing was thrown") << config;
  }
}

TEST(LegacyFile, SurvivesEveryChangedByteSlow) {
  const Bytes bytes = read_file(golden_saving("sequential.h5"));
  const SavingFolder folder;
  for (size_t at = 0; at < bytes.size(); at += 7) {
    Bytes changed = bytes;
    changed[at] ^= std::byte{0x15};
    std::FILE* file = std::fopen(folder.path("a.h5").c_str(), "wb");
    ASSERT_NE(file, nullptr);
    std::fwrite(changed.data(), 1, changed.size(), file);
    std::fclose(file);
    try {
      models::load_model(folder.path("a.h5"));
    } catch (const Error&) {
      continue;
    }
  }
}

// An attribute holds 64 KiB, so that more than 2000 names are spread over several.
TEST(LegacyFile, SpreadsManyNamesOverSeveralAttributes) {
  const SavingFolder folder;
  const Tensor input = layers::Input({2}, {.name = "in"});
  Tensor x = input;
  for (int i = 0; i < 2002; ++i) {
    x = layers::Dropout(0.0, {.name = "drop_" + std::to_string(i)})(x);
  }
  const Model model({.inputs = input, .outputs = layers::Dense(1, {.name = "last"})(x)});
  model.save(folder.path("long.h5"));
  const Hdf5Group file = read_hdf5(folder.path("long.h5"));
  const Hdf5Group& weights = *file.find("model_weights");
  const auto names = [&](const char* attribute) {
    return std::get<std::vector<std::string>>(weights.attributes.at(attribute));
  };
  EXPECT_FALSE(weights.attributes.contains("layer_names"));
  ASSERT_EQ(names("layer_names0").size(), 2000u);
  ASSERT_EQ(names("layer_names1").size(), 4u);
  EXPECT_EQ(names("layer_names0")[1], "drop_0");
  EXPECT_EQ(names("layer_names1")[3], "last");
  const Model again = models::load_model(folder.path("long.h5"));
  EXPECT_TRUE(same_weights(model, again));
}

}  // namespace
}  // namespace keratin::tests
