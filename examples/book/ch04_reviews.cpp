// SPDX-License-Identifier: Apache-2.0
// Chapter 4.1 (first edition: 3.4): is a review of a film praise or blame? Two classes, the
// validation curve, and a second network that stops where it is best.
#include <algorithm>

#include "examples/book/words.h"

using namespace keratin;

namespace {

Sequential build_model() {
  Sequential model({layers::Dense(16, {.activation = "relu"}),
                    layers::Dense(16, {.activation = "relu"}),
                    layers::Dense(1, {.activation = "sigmoid"})});
  model.compile({.optimizer = "rmsprop", .loss = "binary_crossentropy", .metrics = {"accuracy"}});
  return model;
}

}  // namespace

int main() try {
  utils::set_random_seed(1);
  const auto [train_data, train_labels, test_data, test_labels] =
      datasets::imdb::load_data({.num_words = book::num_words});
  std::printf("the first review: %s\nits class: %lld\n\n",
              book::decode(train_data[0], datasets::imdb::get_word_index()).c_str(),
              train_labels[0].item<long long>());
  const Tensor x_train = book::vectorize_sequences(train_data);
  const Tensor x_test = book::vectorize_sequences(test_data);
  const Tensor y_train = train_labels.cast(DType::float32);
  const Tensor y_test = test_labels.cast(DType::float32);

  const int64_t count = std::min<int64_t>(10000, x_train.shape()[0] / 2);
  const Slice validation(open, count), rest(count, open);
  const History history =
      build_model().fit(x_train[rest], y_train[rest],
                        {.epochs = book::is_smoke() ? 2 : 20,
                         .batch_size = 512,
                         .verbose = 0,
                         .validation_data = {x_train[validation], y_train[validation]}});
  std::puts("epoch    loss  val_loss  accuracy  val_accuracy");
  for (size_t i = 0; i < history["loss"].size(); ++i) {
    std::printf("%5zu  %.4f    %.4f    %.4f        %.4f\n", i + 1, history["loss"][i],
                history["val_loss"][i], history["accuracy"][i], history["val_accuracy"][i]);
  }

  // The validation loss is least after some four epochs; then the network learns by heart.
  const Sequential model = build_model();
  model.fit(x_train, y_train,
            {.epochs = book::is_smoke() ? 2 : 4, .batch_size = 512, .verbose = 0});
  const Logs results = model.evaluate(x_test, y_test, {.verbose = 0});
  std::printf("\nafter 4 epochs on all reviews: test loss %.4f, accuracy %.4f\n", results["loss"],
              results["accuracy"]);
  const std::vector<float> sure =
      model.predict(x_test[Slice(open, 10)], {.verbose = 0}).to_vector<float>();
  for (const float likelihood : sure) std::printf("%.3f ", likelihood);
  std::puts("\nare the likelihoods that the first ten test reviews are praise");
} catch (const Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
