// SPDX-License-Identifier: Apache-2.0
// `.keras` files in both directions.
#include <fstream>
#include <functional>

#include "keratin/base/text.h"
#include "keratin/io/npz.h"
#include "keratin/io/zip.h"
#include "tests/model/saving/support.h"
#include "tests/support/golden_model.h"

namespace keratin::tests {
namespace {

using testing_support::expect_close;
using testing_support::forward_tolerance;
using testing_support::training_tolerance;

std::string config_of(const std::string& path) {
  return to_json(comparable(parse_json(text_of_member(path, "config.json"))), 1);
}

std::vector<Tensor> arrays(const NamedArrays& data, const std::string& prefix) {
  std::vector<Tensor> found;
  for (const auto& [name, array] : data) {
    if (name == prefix + std::to_string(found.size())) found.emplace_back(array);
  }
  return found;
}

class GoldenFile : public testing::TestWithParam<const char*> {};

TEST_P(GoldenFile, PredictsAndGoesOnTrainingAsKerasDoes) {
  const std::string name = GetParam();
  const NamedArrays data = read_npz(golden_saving(name + ".npz"));
  const Model model = models::load_model(golden_saving(name + ".keras"));
  const Nest x = model.inputs().pack(arrays(data, "x_"));
  const Nest y = model.outputs().pack(arrays(data, "y_"));
  const auto expect_predictions = [&](const std::string& prefix, double tolerance) {
    const std::vector<Tensor> ours = model.predict(x, {.verbose = 0}).flatten();
    const std::vector<Tensor> theirs = arrays(data, prefix);
    ASSERT_EQ(ours.size(), theirs.size());
    for (size_t i = 0; i < ours.size(); ++i) expect_close(ours[i], theirs[i], tolerance);
  };
  expect_predictions("prediction_", forward_tolerance);
  EXPECT_EQ(model.optimizer().iterations().item<int>(), 4);
  std::vector<double> losses;
  const int64_t batch = 8;
  for (int64_t step = 0; step < 4; ++step) {
    const auto rows = [&](const Tensor& t) {
      return Tensor(t.array().rows(step * batch, (step + 1) * batch));
    };
    losses.push_back(model.train_on_batch(x.map(rows), y.map(rows))["loss"]);
  }
  for (const auto& [key, array] : data) {
    if (key == "losses") {
      expect_close(Tensor::from(losses, {4}).cast(DType::float32), Tensor(array),
                   training_tolerance);
    }
  }
  expect_predictions("trained_prediction_", training_tolerance);
  model.fit(x, y, {.epochs = 1, .batch_size = batch, .verbose = 0});
  testing_support::expect_no_advice(model, x, y);
}

TEST_P(GoldenFile, IsWrittenAgainKeyForKey) {
  const std::string name = GetParam();
  const SavingFolder folder;
  const std::string theirs = golden_saving(name + ".keras");
  const Model model = models::load_model(theirs);
  model.save(folder.path("a.keras"));
  EXPECT_EQ(config_of(folder.path("a.keras")), config_of(theirs));
  const Model again = models::load_model(folder.path("a.keras"));
  EXPECT_TRUE(same_weights(model, again));
  // What was loaded is saved with the same bytes, but for the date.
  again.save(folder.path("b.keras"));
  for (const char* member : {"config.json", "model.weights.h5"}) {
    EXPECT_EQ(text_of_member(folder.path("a.keras"), member),
              text_of_member(folder.path("b.keras"), member))
        << member;
  }
}

INSTANTIATE_TEST_SUITE_P(Keras, GoldenFile,
                         testing::Values("sequential", "functional", "scaled", "multi", "spectral",
                                         "masked"),
                         [](const auto& file) { return std::string(file.param); });

TEST(ModelFile, HoldsKerasMembersStoredAndInOrder) {
  const SavingFolder folder;
  const Sequential model({layers::Input({3}), layers::Dense(2)}, "net");
  model.save(folder.path("a.keras"));
  EXPECT_EQ(folder.count(), 1U);
  const ZipReader archive(folder.path("a.keras"));
  std::vector<std::string> names;
  for (const ZipEntry& entry : archive.entries()) {
    names.push_back(entry.name);
    EXPECT_FALSE(entry.compressed);
  }
  EXPECT_EQ(names, (std::vector<std::string>{"metadata.json", "config.json", "model.weights.h5"}));
  const Config metadata = parse_json(text_of_member(folder.path("a.keras"), "metadata.json"));
  EXPECT_EQ(metadata.at("keras_version").as_string(), "3.15.1");
  EXPECT_EQ(metadata.at("date_saved").as_string().size(), 19U);
}

TEST(ModelFile, AnUncompiledModelStaysSo) {
  const SavingFolder folder;
  const Model model = models::load_model(golden_saving("uncompiled.keras"));
  EXPECT_EQ(message_of<ValueError>([&] { model.optimizer(); }),
            "model `plain`: optimizer: expected a compiled model, got one without optimizer and "
            "loss. Call `compile` before `optimizer`.");
  model.save(folder.path("a.keras"));
  EXPECT_EQ(config_of(folder.path("a.keras")), config_of(golden_saving("uncompiled.keras")));
}

TEST(ModelFile, LoadsWithoutCompiling) {
  const Model model = models::load_model(golden_saving("sequential.keras"), {.compile = false});
  message_of<ValueError>([&] { model.optimizer(); });
  EXPECT_EQ(model.count_params(), 6 * 8 + 8 + 4 * 3 + 3 + 6 * 2 + 2);
}

TEST(ModelFile, ReadsAFolder) {
  const SavingFolder folder;
  std::filesystem::create_directory(folder.path("model"));
  for (const char* member : {"metadata.json", "config.json", "model.weights.h5"}) {
    const std::string content = text_of_member(golden_saving("sequential.keras"), member);
    write_file_atomically(folder.path("model/" + std::string(member)), bytes_of(content));
  }
  EXPECT_TRUE(same_weights(models::load_model(folder.path("model")),
                           models::load_model(golden_saving("sequential.keras"))));
}

TEST(ModelFile, ReadsDeflatedMembers) {
  const SavingFolder folder;
  ZipWriter archive(folder.path("a.keras"));
  for (const char* member : {"config.json", "model.weights.h5"}) {
    const std::string content = text_of_member(golden_saving("sequential.keras"), member);
    const ByteView bytes = bytes_of(content);
    archive.add(member, Bytes(bytes.begin(), bytes.end()), true);
  }
  archive.commit();
  EXPECT_TRUE(same_weights(models::load_model(folder.path("a.keras")),
                           models::load_model(golden_saving("sequential.keras"))));
}

// A layer of a user in Python may have written something into `assets/`.
TEST(ModelFile, PassesOverAssets) {
  const SavingFolder folder;
  ZipWriter archive(folder.path("a.keras"));
  for (const char* member : {"config.json", "model.weights.h5"}) {
    archive.add(member, ZipReader(golden_saving("sequential.keras")).read(member));
  }
  archive.add("assets/layers/words/vocabulary.txt", Bytes(3, std::byte{'a'}));
  archive.add("assets/../../outside.txt", Bytes(3, std::byte{'b'}));
  archive.commit();
  EXPECT_TRUE(same_weights(models::load_model(folder.path("a.keras")),
                           models::load_model(golden_saving("sequential.keras"))));
  EXPECT_EQ(folder.count(), 1u);
}

// Large arrays go from the file straight to their places, small ones through a window of 64 KiB.
TEST(ModelFile, ReadsLargeAndSmallWeights) {
  const SavingFolder folder;
  const Model model = models::Sequential(
      {layers::Input({300}), layers::Dense(211, {.bias_initializer = "random_normal"}),
       layers::Dense(150, {.bias_initializer = "random_normal"}), layers::BatchNormalization()});
  model.compile({.optimizer = "adam", .loss = "mse"});
  model.fit(Tensor::ones({8, 300}), Tensor::ones({8, 150}), {.epochs = 2, .verbose = 0});
  for (const char* name : {"a.keras", "a.h5"}) {
    model.save(folder.path(name));
    const Model loaded = models::load_model(folder.path(name));
    EXPECT_TRUE(same_weights(loaded, model)) << name;
    EXPECT_TRUE(same_values(loaded.optimizer().variables(), model.optimizer().variables()));
  }
}

TEST(ModelFile, LayersThatModelsShareAreOneLayerAgain) {
  const SavingFolder folder;
  const Sequential shared({layers::Input({4}), layers::Dense(3)}, "shared");
  const Sequential one({layers::Input({4}), shared, layers::Dense(2)}, "one");
  const Sequential two({layers::Input({4}), shared, layers::Dense(2)}, "two");
  const auto x = layers::Input({4});
  const Model model(x, Nest{one(x), two(x)});
  model.save(folder.path("a.keras"));
  const Model loaded = models::load_model(folder.path("a.keras"));
  EXPECT_TRUE(same_weights(model, loaded));
  const auto inner = [&](const char* name) {
    const auto body = std::dynamic_pointer_cast<ModelBody>(loaded.get_layer(name).shared_body());
    return Model(body).get_layer("shared");
  };
  EXPECT_TRUE(inner("one").is(inner("two")));
}

TEST(ModelFile, KeepsOptimizerStateAndSchedule) {
  const SavingFolder folder;
  const Tensor x = Tensor::from(std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8}, {4, 2});
  const Tensor y = Tensor::from(std::vector<float>{1, 0, 1, 0}, {4, 1});
  const Sequential model(
      {layers::Input({2}), layers::Dense(3, {.activation = "tanh"}), layers::Dense(1)});
  model.compile({.optimizer = optimizers::Adam(
                     {.learning_rate = optimizers::schedules::ExponentialDecay(
                          {.initial_learning_rate = 0.1, .decay_steps = 2, .decay_rate = 0.5}),
                      .amsgrad = true}),
                 .loss = "mse",
                 .metrics = {"mae"}});
  model.fit(x, y, {.epochs = 3, .verbose = 0, .shuffle = false});
  model.save(folder.path("a.keras"));
  const Model loaded = models::load_model(folder.path("a.keras"));
  EXPECT_EQ(loaded.optimizer().iterations().item<int>(), 3);
  for (int step = 0; step < 3; ++step) {
    const Logs expected = model.train_on_batch(x, y);
    const Logs logs = loaded.train_on_batch(x, y);
    EXPECT_EQ(logs.items(), expected.items());
  }
  EXPECT_TRUE(same_weights(model, loaded));
}

TEST(ModelFile, RefusesWrongPaths) {
  const SavingFolder folder;
  const Sequential model({layers::Input({3}), layers::Dense(2)}, "net");
  EXPECT_EQ(message_of<ValueError>([&] { model.save(folder.path("a.zip")); }),
            "save: expected a path that ends in `.keras` or `.h5`, got '" + folder.path("a.zip") +
                "'. Add the ending.");
  model.save(folder.path("a.keras"));
  EXPECT_EQ(
      message_of<FileError>([&] { model.save(folder.path("a.keras"), {.overwrite = false}); }),
      folder.path("a.keras") +
          ": expected a new file, got one that is there. Set "
          "`overwrite` or choose another path.");
  EXPECT_EQ(message_of<ValueError>([&] { models::load_model("a.zip"); }),
            "load_model: expected a path that ends in `.keras` or `.h5` or a folder, got 'a.zip'. "
            "Check the path.");
  EXPECT_EQ(message_of<FileError>([&] { models::load_model(folder.path("b.keras")); }),
            folder.path("b.keras") +
                ": expected a zip archive, got 'no such file'. Check the path or copy the file "
                "anew.");
}

TEST(ModelFile, ToJsonIsReadAgain) {
  const Model model = models::load_model(golden_saving("functional.keras"));
  const Model read = models::model_from_json(model.to_json());
  EXPECT_EQ(read.to_json(), model.to_json());
  EXPECT_NE(read.to_json().find("\"compile_config\": {\"optimizer\""), std::string::npos);
}

// Models that are made here, with ops: written and read again they compute the same.
TEST(ModelFile, OpsAreReadAgain) {
  const SavingFolder folder;
  const auto a = layers::Input({6}, {.name = "a"});
  const auto numbers = Tensor::from(std::vector<float>{0.5F, -1, 2, 0.25F, 0, 1}, {6});
  Tensor h = layers::Dense(6)(a) * 2 + (a - 1.5) / numbers.cast(DType::float32) * 0.0 + numbers;
  h = ops::concatenate({h, ops::square(h), ops::abs(h)}, -1)[{All, Slice(1, 13, 2)}];
  h = ops::where(h > 0.0, ops::sqrt(ops::maximum(h, 0.01)), ops::exp(ops::minimum(h, 0.0)));
  h = ops::transpose(ops::reshape(h, {-1, 2, 3}), {0, 2, 1});
  h = ops::clip(ops::reshape(h, {-1, 6}), -2.0, 2.0) + ops::sum(h, {1, 2}, false)[{All, NewAxis}];
  h = ops::softmax(h) + ops::logsumexp(h, -1, true) + ops::cast(h > 0.0, DType::float32);
  h = ops::mean(ops::stack({h, ops::flip(h, 1), ops::cumsum(h, 1)}, 1), 1);
  const Model model(a,
                    ops::round(ops::relu(h) * 8.0) + ops::repeat(h, 2, 1)[{Ellipsis, Slice(0, 6)}]);
  model.save(folder.path("a.keras"));
  const Model loaded = models::load_model(folder.path("a.keras"));
  const Tensor x =
      Tensor::from(std::vector<float>{1, -2, 3, -4, 5, -6, 0.5F, 0.25F, -1, 2, 0, 1}, {2, 6});
  expect_close(loaded.predict(x, {.verbose = 0}), model.predict(x, {.verbose = 0}), 0.0);
  loaded.save(folder.path("b.keras"));
  EXPECT_EQ(config_of(folder.path("a.keras")), config_of(folder.path("b.keras")));
}

}  // namespace
}  // namespace keratin::tests
