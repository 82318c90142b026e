// SPDX-License-Identifier: Apache-2.0
// Class numbers that are out of range: an error where `compile` was given the loss, at once and in
// plans, and else what real Keras on JAX computes (tests/golden/make_training.py).
#include "tests/model/training_golden.h"
#include "tests/support/misuse.h"

namespace keratin {
namespace {

using namespace testing_support;

TEST(ClassNumbers, OutOfRangeAreNoClassToALossOfTheUsers) {
  const TrainingCase golden("class_numbers_out_of_range");
  const Tensor labels = golden.tensor(golden.at("own_labels"));
  for (bool eagerly : {false, true}) {
    SCOPED_TRACE(eagerly);
    const auto loss = [](const Tensor& y_true, const Tensor& y_pred) {
      return losses::sparse_categorical_crossentropy(y_true, y_pred);
    };
    expect_fit(golden, classifier(),
               {.optimizer = optimizers::SGD(0.1),
                .loss = loss,
                .metrics = {"sparse_categorical_accuracy", "sparse_top_k_categorical_accuracy"},
                .run_eagerly = eagerly},
               labels, "metric-top-k");  // which counts the 5 best of 3 classes
  }
}

TEST(ClassNumbers, OutOfRangeAreRefusedWithRunEagerly) {
  const Sequential model(
      {layers::Input({3}), layers::Dense(4, {.activation = "softmax", .name = "kind"})}, "net");
  model.compile(
      {.optimizer = "sgd", .loss = "sparse_categorical_crossentropy", .run_eagerly = true});
  const Tensor x = Tensor::ones({8, 3});
  for (int number : {4, -1}) {
    const Tensor y = ops::full({8}, static_cast<float>(number));
    const std::string message =
        "model `net`: output `kind`: expected class numbers from 0 to 3, "
        "got " +
        std::to_string(number) + ". Check the labels and the size of the output.";
    expect_harmless_error<ValueError>(
        model, [&] { model.fit(x, y, {.verbose = 0}); }, message);
    expect_harmless_error<ValueError>(
        model, [&] { model.evaluate(x, y, {.verbose = 0}); }, message);
    expect_harmless_error<ValueError>(
        model, [&] { model.train_on_batch(x, y); }, message);
  }
}

TEST(ClassNumbers, OutOfRangeAreRefusedInAnEagerStepOfTheUsers) {
  struct Own : CustomModel<Own> {
    layers::Dense head = track(layers::Dense(2, {.activation = "softmax"}));
    Tensor call(const Tensor& x) { return head(x); }
    Nest train_step(const Data& data) {
      GradientTape tape;
      const Nest predictions = (*this)(data.x, {.training = true});
      const Tensor loss = compute_loss(data.x, data.y, predictions, data.sample_weight);
      optimizer().apply(tape.gradient(loss, trainable_weights()), trainable_weights());
      return {{"loss", loss}};
    }
  };
  const Own own;
  own.compile({.optimizer = "sgd", .loss = "sparse_categorical_crossentropy", .run_eagerly = true});
  const Tensor x = Tensor::ones({4, 3});
  EXPECT_TRUE(own.train_on_batch(x, ops::full({4}, 1.0f)).has("loss"));
  EXPECT_THROW(own.train_on_batch(x, ops::full({4}, 2.0f)), ValueError);
}

}  // namespace
}  // namespace keratin
