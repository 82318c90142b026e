// SPDX-License-Identifier: Apache-2.0
// What losses refuse, with the whole sentence: arguments, names, targets, weights and configs.
#include <limits>

#include "keratin/keratin.h"
#include "tests/support/misuse.h"

namespace keratin {
namespace {

using testing_support::expect_error;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
const Tensor four = Tensor::ones({4});
const Tensor by_three = Tensor::ones({4, 3});
const Tensor by_two = Tensor::ones({4, 2});

TEST(MisuseLosses, Arguments) {
  expect_error<ValueError>(
      [] { losses::BinaryCrossentropy({.label_smoothing = 1.5}); },
      "BinaryCrossentropy: expected label_smoothing from 0 to 1, got 1.5. Pass such a share.");
  expect_error<ValueError>([] { losses::CategoricalCrossentropy({.label_smoothing = -0.1}); },
                           "CategoricalCrossentropy: expected label_smoothing from 0 to 1, got "
                           "-0.1. Pass such a share.");
  expect_error<ValueError>(
      [] { losses::BinaryFocalCrossentropy({.label_smoothing = nan}); },
      "BinaryFocalCrossentropy: expected label_smoothing from 0 to 1, got nan. Pass such a share.");
  expect_error<ValueError>([] { losses::CategoricalFocalCrossentropy({.label_smoothing = 2}); },
                           "CategoricalFocalCrossentropy: expected label_smoothing from 0 to 1, "
                           "got 2. Pass such a share.");
  expect_error<ValueError>([] { losses::Huber({.delta = nan}); },
                           "Huber: expected a number as `delta`, got nan. Use 1.");
  expect_error<ValueError>([] { losses::CategoricalGeneralizedCrossEntropy({.q = 1}); },
                           "CategoricalGeneralizedCrossEntropy: expected `q` between 0 and 1, both "
                           "excluded, got 1. Use 0.5.");
  expect_error<ValueError>([] { losses::CategoricalGeneralizedCrossEntropy({.q = 0}); },
                           "CategoricalGeneralizedCrossEntropy: expected `q` between 0 and 1, both "
                           "excluded, got 0. Use 0.5.");
  expect_error<ValueError>([] { losses::MeanSquaredError({.reduction = "average"}); },
                           "reduction: expected the name of a reduction, got 'average'. Use one of "
                           "sum_over_batch_size, sum, mean, mean_with_sample_weight, none.");
  expect_error<ValueError>(
      [] { losses::MeanSquaredError({.reduction = "meen"}); },
      "reduction: expected the name of a reduction, got 'meen'. Did you mean 'mean'?");
}

TEST(MisuseLosses, Names) {
  expect_error<ValueError>([] { Loss("mean_squared_eror"); },
                           "loss: expected the name of a loss, got 'mean_squared_eror'. Did you "
                           "mean 'mean_squared_error'?");
  expect_error<ValueError>([] { Loss("BinaryCrossEntropy"); },
                           "loss: expected the name of a loss, got 'BinaryCrossEntropy'. Did you "
                           "mean 'BinaryCrossentropy'?");
  expect_error<ValueError>([] { Loss("sparse_crossentropy"); },
                           "loss: expected the name of a loss, got 'sparse_crossentropy'. Did you "
                           "mean 'binary_crossentropy'?");
  expect_error<ValueError>(
      [] { losses::MeanSquaredError({.dtype = "float31"}); },
      "dtype: expected the name of a dtype or policy, got 'float31'. Did you mean 'float32'?");
}

TEST(MisuseLosses, TargetsOfAnotherShape) {
  expect_error<ShapeError>([] { losses::mean_squared_error(by_two, by_three); },
                           "mean_squared_error: expected targets of the output's shape [4, 3], got "
                           "[4, 2]. Check the labels or the size of the last layer.");
  expect_error<ShapeError>([] { losses::mean_absolute_error(by_two, by_three); },
                           "mean_absolute_error: expected targets of the output's shape [4, 3], "
                           "got [4, 2]. Check the labels or the size of the last layer.");
  expect_error<ShapeError>(
      [] { losses::binary_crossentropy(by_two, by_three); },
      "binary_crossentropy: expected a target of the output's shape [4, 3], got [4, 2]. Check the "
      "labels (one column for each class) or use the sparse form for integer classes.");
  expect_error<ShapeError>(
      [] { losses::categorical_crossentropy(by_two, by_three); },
      "categorical_crossentropy: expected a target of the output's shape [4, 3], got [4, 2]. Check "
      "the labels (one column for each class) or use the sparse form for integer classes.");
  expect_error<ShapeError>([] { losses::sparse_categorical_crossentropy(by_two, by_three); },
                           "sparse_categorical_crossentropy: expected integer classes of shape [4] "
                           "for the output [4, 3], got [4, 2]. Check the labels.");
  expect_error<ShapeError>([] { losses::mean_absolute_percentage_error(by_two, by_three); },
                           "mean_absolute_percentage_error: expected targets of the output's shape "
                           "[4, 3], got [4, 2]. Check the labels or the size of the last layer.");
  expect_error<ShapeError>([] { losses::huber(by_two, by_three); },
                           "huber: expected targets of the output's shape [4, 3], got [4, 2]. "
                           "Check the labels or the size of the last layer.");
  expect_error<ShapeError>([] { losses::hinge(by_two, by_three); },
                           "hinge: expected targets of the output's shape [4, 3], got [4, 2]. "
                           "Check the labels or the size of the last layer.");
  expect_error<ShapeError>([] { losses::categorical_hinge(by_two, by_three); },
                           "categorical_hinge: expected targets of the output's shape [4, 3], got "
                           "[4, 2]. Check the labels or the size of the last layer.");
  expect_error<ShapeError>([] { losses::kl_divergence(by_two, by_three); },
                           "kl_divergence: expected targets of the output's shape [4, 3], got [4, "
                           "2]. Check the labels or the size of the last layer.");
  expect_error<ShapeError>([] { losses::poisson(by_two, by_three); },
                           "poisson: expected targets of the output's shape [4, 3], got [4, 2]. "
                           "Check the labels or the size of the last layer.");
  expect_error<ShapeError>([] { losses::dice(by_two, by_three); },
                           "dice: expected targets of the output's shape [4, 3], got [4, 2]. Check "
                           "the labels or the size of the last layer.");
  expect_error<ShapeError>([] { losses::binary_focal_crossentropy(by_two, by_three); },
                           "binary_focal_crossentropy: expected targets of the output's shape [4, "
                           "3], got [4, 2]. Check the labels or the size of the last layer.");
  expect_error<ShapeError>(
      [] { losses::categorical_generalized_cross_entropy(Tensor::ones({5}), by_three); },
      "categorical_generalized_cross_entropy: expected integer classes of shape [4] for the output "
      "[4, 3], got [5]. Check the labels.");
}

TEST(MisuseLosses, RanksAndAxes) {
  expect_error<ShapeError>(
      [] {
        losses::circle(four, Tensor::ones({4, 2, 2}));
      },
      "circle: expected embeddings of shape [batch, n], got [4, 2, 2]. Flatten them.");
  expect_error<ShapeError>([] { losses::circle(by_two, by_three); },
                           "circle: expected one integer label for each sample, got shape [4, 2]. "
                           "Use a Loss of one-hot labels for others.");
  expect_error<ShapeError>(
      [] {
        losses::ctc(four, Tensor::ones({4, 5, 3}));
      },
      "ctc: expected labels of shape [batch, length], got [4]. Pad the sequences with 0.");
  expect_error<ShapeError>([] { losses::ctc(by_two, by_three); },
                           "ctc: expected logits of shape [batch, steps, classes] with known steps "
                           "and classes, got [4, 3]. Give the sizes.");
  expect_error<ValueError>(
      [] { losses::cosine_similarity(by_three, by_three, 2); },
      "normalize: expected `axis` between -2 and 1, got 2. Check the rank of the input.");
  expect_error<ValueError>(
      [] { losses::binary_crossentropy(by_three, by_three, false, 0.0, 2); },
      "mean: expected `axis` between -2 and 1, got 2. Check the rank of the input.");
  expect_error<ValueError>(
      [] { losses::categorical_crossentropy(by_three, by_three, false, 0.0, -3); },
      "sum: expected `axis` between -2 and 1, got -3. Check the rank of the input.");
  expect_error<ValueError>(
      [] { losses::sparse_categorical_crossentropy(four, by_three, false, {}, 5); },
      "sparse_categorical_crossentropy: expected `axis` between -2 and 1, got 5. Check the rank of "
      "the input.");
  expect_error<ValueError>(
      [] { losses::sparse_categorical_crossentropy(by_three, by_three, false, {}, 5); },
      "sparse_categorical_crossentropy: expected `axis` between -2 and 1, got 5. Check the rank of "
      "the input.");
  expect_error<ValueError>(
      [] {
        losses::dice(by_three, by_three, {0, 2});
      },
      "sum: expected `axis` between -2 and 1, got 2. Check the rank of the input.");
  expect_error<ValueError>(
      [] {
        losses::tversky(by_three, by_three, 0.5, 0.5, {1, 1});
      },
      "sum: expected each axis once, got `axis` [1, 1]. Drop the duplicates.");
}

TEST(MisuseLosses, FunctionsAndWeights) {
  const Loss silent("silent", [](const Tensor&, const Tensor&) { return Tensor(); });
  expect_error<ValueError>([&] { silent(by_three, by_three); },
                           "loss: expected a tensor from the loss 'silent', got an empty handle. "
                           "Return one value for each sample.");
  const Loss squares = losses::MeanSquaredError();
  expect_error<ShapeError>([&] { squares(by_three, by_three, Tensor::ones({3})); },
                           "loss: expected sample_weight for losses of shape [4], got [3]. Pass "
                           "one number for each sample.");
  expect_error<ShapeError>([&] { squares(by_three, by_three, by_three); },
                           "loss: expected sample_weight for losses of shape [4], got [4, 3]. Pass "
                           "one number for each sample.");
  expect_error<ValueError>(
      [&] { squares(Tensor(), by_three); },
      "tensor: expected a tensor, got an empty handle. Assign a tensor to it first.");
  expect_error<ValueError>(
      [&] { squares(by_three, Tensor()); },
      "tensor: expected a tensor, got an empty handle. Assign a tensor to it first.");
}

TEST(MisuseLosses, Configs) {
  const auto made = [](const char* name, Config config) {
    return Loss::from_config(Config::dict({{"class_name", name}, {"config", std::move(config)}}));
  };
  expect_error<ValueError>(
      [&] { made("MeanSquareError", Config::dict()); },
      "loss: expected the name of a loss, got 'MeanSquareError'. Did you mean 'MeanSquaredError'?");
  expect_error<ConfigError>(
      [&] {
        made("Huber", Config::dict({{"detla", 1.0}}));
      },
      "Huber: expected one of the options [name, reduction, delta, dtype], got 'detla'. Did you "
      "mean 'delta'?");
  expect_error<ConfigError>(
      [&] {
        made("Huber", Config::dict({{"delta", "one"}}));
      },
      "Huber, option 'delta': expected a number, got a string. Check the value in the "
      "configuration.");
  expect_error<ConfigError>(
      [&] { made("Huber", Config(1.0)); },
      "loss: expected the 'config' of Huber to be a dict, got 1.0. Check the file.");
  expect_error<ConfigError>(
      [] { Loss::from_config(Config(3)); },
      "loss: expected a name, or an object with 'class_name' and 'config', got 3. Check the file.");
  expect_error<ConfigError>(
      [] { Loss([](const Tensor& a, const Tensor&) { return a; }).to_config(); },
      "loss: expected a function with a name to write, got a nameless one. Give it a name where it "
      "is passed.");
}

}  // namespace
}  // namespace keratin
