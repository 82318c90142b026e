// SPDX-License-Identifier: Apache-2.0
// `.weights.h5` files in both directions.
#include "keratin/model/saving/weights.h"

#include <set>

#include "keratin/io/zip.h"
#include "tests/model/saving/support.h"

namespace keratin::tests {
namespace {

Model net(int64_t units = 4, bool bias = true) {
  return Sequential({layers::Input({3}), layers::Dense(units, {.use_bias = bias, .name = "one"}),
                     layers::Dropout(0.5), layers::Dense(2, {.name = "two"})},
                    "net");
}

std::vector<std::string> paths_of(const Model& model) {
  std::vector<std::string> paths;
  for (const SavedObject& object : saved_objects(model)) paths.push_back(object.path);
  return paths;
}

using Texts = std::vector<std::string>;

TEST(Weights, LieWhereKerasHasThem) {
  EXPECT_EQ(paths_of(net()), (Texts{"", "layers/dense", "layers/dropout", "layers/dense_1"}));
  const Model graph = models::load_model(golden_saving("functional.keras"));
  const Hdf5Group theirs = [&] {
    const SavingFolder folder;
    graph.save_weights(folder.path("a.weights.h5"));
    return read_hdf5(folder.path("a.weights.h5"));
  }();
  EXPECT_EQ(theirs.find("layers/functional/layers/dense_1/vars")->datasets.size(), 2U);
  EXPECT_EQ(theirs.find("layers/sequential/layers/dense/vars")->datasets.size(), 2U);
  EXPECT_EQ(theirs.find("layers/input_layer_1/vars")->datasets.size(), 0U);
  EXPECT_EQ(theirs.find("optimizer/vars")->datasets.size(), 11U);
  EXPECT_EQ(std::get<std::string>(theirs.find("vars")->attributes.at("name")), "graph");
  EXPECT_EQ(std::get<std::string>(theirs.find("layers/dense/vars")->attributes.at("name")),
            "shared");
}

TEST(Weights, ALayerThatIsMetTwiceStandsAtItsFirstPlaceAndCountsTwice) {
  const auto x = layers::Input({3});
  const auto dense = layers::Dense(3);
  const Sequential inner({layers::Input({3}), dense});
  const Model model(x, layers::Dense(1)(dense(inner(x))));
  EXPECT_EQ(paths_of(model), (Texts{"", "layers/input_layer", "layers/sequential",
                                    "layers/sequential/layers/dense", "layers/dense_1"}));
}

TEST(Weights, ReadsWhatKerasWrote) {
  const Model model = Sequential({layers::Input({3}), layers::Dense(2)});
  model.load_weights(golden_saving("plain.weights.h5"));
  const Model whole = models::load_model(golden_saving("uncompiled.keras"));
  EXPECT_TRUE(same_weights(model, whole));
  model.set_weights({Tensor::zeros({3, 2}), Tensor::zeros({2})});
  model.load_weights(golden_saving("uncompiled.keras"));
  EXPECT_TRUE(same_weights(model, whole));
}

TEST(Weights, WhatIsSavedComesBackWithTheOptimizer) {
  const SavingFolder folder;
  const Tensor x = Tensor::ones({4, 3});
  const Tensor y = Tensor::ones({4, 2});
  const Model model = net();
  model.compile({.optimizer = "adam", .loss = "mse"});
  model.fit(x, y, {.epochs = 2, .verbose = 0});
  model.save_weights(folder.path("a.weights.h5"));
  const Model other = net();
  other.compile({.optimizer = "adam", .loss = "mse"});
  other.fit(x, y, {.epochs = 5, .verbose = 0});
  other.load_weights(folder.path("a.weights.h5"));
  EXPECT_TRUE(same_weights(model, other));
  EXPECT_EQ(other.optimizer().iterations().item<int>(), 2);
  EXPECT_EQ(other.optimizer().variables()[2].value().to_vector<float>(),
            model.optimizer().variables()[2].value().to_vector<float>());
}

TEST(Weights, NamesWhatDoesNotFitAndChangesNothing) {
  const SavingFolder folder;
  const std::string path = folder.path("a.weights.h5");
  net(5).save_weights(path);
  const Model model = net();
  const std::vector<Tensor> before = model.get_weights();
  const std::string advice =
      ". Use the model that was saved, or `skip_mismatch` to leave out what differs.";
  EXPECT_EQ(message_of<ValueError>([&] { model.load_weights(path); }),
            path +
                ": expected the weights of this model, got 2 objects that do not fit (Dense `one`, "
                "Dense `two`): Dense `one` at 'layers/dense/vars' has 'kernel' of shape [3, 4] but "
                "[3, 5] in the file" +
                advice);
  net(4, false).save_weights(path);
  EXPECT_EQ(message_of<ValueError>([&] { model.load_weights(path); }),
            path +
                ": expected the weights of this model, got one object that does not fit: Dense "
                "`one` at 'layers/dense/vars' has 2 variables (kernel, bias) but 1 in the file" +
                advice);
  Sequential({layers::Input({3}), layers::Dense(4)}).save_weights(path);
  EXPECT_EQ(message_of<ValueError>([&] { model.load_weights(path); }),
            path +
                ": expected the weights of this model, got one object that does not fit: Dense "
                "`two` at 'layers/dense_1/vars' has 2 variables (kernel, bias) but 0 in the file" +
                advice);
  for (size_t i = 0; i < before.size(); ++i) {
    EXPECT_EQ(model.get_weights()[i].to_vector<float>(), before[i].to_vector<float>());
  }
}

TEST(Weights, SkipMismatchTakesWhatFits) {
  const SavingFolder folder;
  const std::string path = folder.path("a.weights.h5");
  const Model saved = net(4, false);
  saved.save_weights(path);
  const Model model = net();
  const std::vector<Tensor> before = model.get_weights();
  testing::internal::CaptureStderr();
  model.load_weights(path, {.skip_mismatch = true});
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            path +
                ": left out one object that does not fit: Dense `one` at 'layers/dense/vars' "
                "has 2 variables (kernel, bias) but 1 in the file.\n");
  EXPECT_EQ(model.get_weights()[0].to_vector<float>(), before[0].to_vector<float>());
  EXPECT_EQ(model.get_weights()[2].to_vector<float>(), saved.get_weights()[1].to_vector<float>());
}

TEST(Weights, OptimizerStateThatDoesNotFitIsLeftOut) {
  const SavingFolder folder;
  const std::string path = folder.path("a.weights.h5");
  const Model model = net();
  model.compile({.optimizer = optimizers::SGD({.momentum = 0.9}), .loss = "mse"});
  model.fit(Tensor::ones({4, 3}), Tensor::ones({4, 2}), {.verbose = 0});
  model.save_weights(path);
  const Model other = net();
  other.compile({.optimizer = optimizers::Adam({.name = "own"}), .loss = "mse"});
  testing::internal::CaptureStderr();
  other.load_weights(path);
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            path +
                ": left out the state of optimizer `own`, which has 2 variables but 6 in the "
                "file.\n");
  EXPECT_TRUE(same_weights(model, other));
}

TEST(Weights, OfOptimizersThatWereNeverUsedSayNothing) {
  for (const std::string name : {"scaled", "multi"}) {
    testing::internal::CaptureStderr();
    const Model model = models::load_model(golden_saving("unused_" + name + ".keras"));
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "") << name;
    EXPECT_EQ(model.optimizer().iterations().item<int>(), 0);
    model.train_on_batch(Tensor::ones({2, 5}), Tensor::ones({2, 2}));
    EXPECT_EQ(model.optimizer().iterations().item<int>(), 1);
  }
}

// Adds the paths of the groups that hold the variables of an object.
void add_places(const Hdf5Group& group, const std::string& path, std::set<std::string>& places) {
  for (const auto& [name, inner] : group.groups) {
    if (name == "vars") places.insert(path);
    add_places(inner, path + "/" + name, places);
  }
}

TEST(Weights, HaveTheGroupsOfKeras) {
  for (const std::string name : {"sequential", "functional", "scaled", "multi"}) {
    SCOPED_TRACE(name);
    const std::string path = golden_saving(name + ".keras");
    std::set<std::string> ours, theirs;
    add_places(weights_to_hdf5(models::load_model(path)), "", ours);
    add_places(read_hdf5(ZipReader(path).read("model.weights.h5"), path), "", theirs);
    EXPECT_EQ(ours, theirs);
  }
}

TEST(Weights, ReadsOtherTypesAndPackedData) {
  const SavingFolder folder;
  const Model model = Sequential({layers::Input({2}), layers::Dense(1)});
  Hdf5Group file;
  Hdf5Group& group = file.make("_layer_checkpoint_dependencies/dense/vars");  // of Keras 2.13
  const std::vector<double> kernel{1.5, -2};
  group.datasets.emplace("0", Array::from<double>(kernel, Shape{2, 1}));
  group.datasets.emplace("1", Array::from<int32_t>(std::vector<int32_t>{3}, Shape{1}));
  write_hdf5(folder.path("a.weights.h5"), file);
  model.load_weights(folder.path("a.weights.h5"));
  EXPECT_EQ(model.get_weights()[0].to_vector<float>(), (std::vector<float>{1.5F, -2}));
  EXPECT_EQ(model.get_weights()[1].to_vector<float>(), (std::vector<float>{3}));
}

TEST(Weights, RefusesWrongPathsAndModelsWithoutWeights) {
  const Model model = net();
  EXPECT_EQ(message_of<ValueError>([&] { model.save_weights("a.h5"); }),
            "save_weights: expected a path that ends in `.weights.h5`, got 'a.h5'. Add the "
            "ending.");
  EXPECT_EQ(
      message_of<ValueError>([&] { model.load_weights("a.npz"); }),
      "load_weights: expected a path that ends in `.weights.h5`, `.weights.json`, `.keras` or "
      "`.h5`, got 'a.npz'. Check the path.");
  EXPECT_EQ(message_of<ValueError>([&] { model.load_weights("a.weights.h5", {.by_name = true}); }),
            "load_weights: expected `by_name` for legacy `.h5` files only, got it for "
            "'a.weights.h5'. Leave it out.");
  const Sequential unbuilt({layers::Dense(2)}, "unbuilt");
  EXPECT_EQ(message_of<ValueError>([&] { unbuilt.save_weights("a.weights.h5"); }),
            "model `unbuilt`: expected a model with weights, got one that is not built. Call it on "
            "data or `build` it first.");
}

}  // namespace
}  // namespace keratin::tests
