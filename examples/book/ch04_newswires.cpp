// SPDX-License-Identifier: Apache-2.0
// Chapter 4.2 (first edition: 3.5): which of 46 topics has a newswire? Classes as rows and as
// numbers, and what a layer does that is too small for what must go through it.
#include <algorithm>
#include <random>

#include "examples/book/words.h"

using namespace keratin;

namespace {

constexpr int64_t classes = 46;

Sequential build_model(int64_t middle_units, const std::string& loss, const Metric& top_3) {
  Sequential model({layers::Dense(64, {.activation = "relu"}),
                    layers::Dense(middle_units, {.activation = "relu"}),
                    layers::Dense(classes, {.activation = "softmax"})});
  model.compile({.optimizer = "rmsprop", .loss = loss, .metrics = {"accuracy", top_3}});
  return model;
}

}  // namespace

int main() try {
  utils::set_random_seed(1);
  const auto [train_data, train_labels, test_data, test_labels] =
      datasets::reuters::load_data({.num_words = book::num_words});
  std::printf("the first newswire: %s\nits topic: %s\n\n",
              book::decode(train_data[0], datasets::reuters::get_word_index()).c_str(),
              datasets::reuters::get_label_names()[train_labels[0].item<size_t>()].c_str());
  const Tensor x_train = book::vectorize_sequences(train_data);
  const Tensor x_test = book::vectorize_sequences(test_data);
  const Tensor y_train = utils::to_categorical(train_labels, classes);

  const int64_t count = std::min<int64_t>(1000, x_train.shape()[0] / 4);
  const Slice validation(open, count), rest(count, open);
  const FitOptions options{.epochs = book::is_smoke() ? 2 : 20,
                           .batch_size = 512,
                           .verbose = 0,
                           .validation_data = {x_train[validation], y_train[validation]}};
  for (const int64_t units : {64, 4}) {
    const History history =
        build_model(units, "categorical_crossentropy", metrics::TopKCategoricalAccuracy({.k = 3}))
            .fit(x_train[rest], y_train[rest], options);
    std::printf("%d units in the middle\nepoch    loss  val_loss  val_accuracy  val_top_3\n",
                static_cast<int>(units));
    for (size_t i = 0; i < history["loss"].size(); ++i) {
      std::printf("%5zu  %.4f    %.4f        %.4f     %.4f\n", i + 1, history["loss"][i],
                  history["val_loss"][i], history["val_accuracy"][i],
                  history["val_top_k_categorical_accuracy"][i]);
    }
  }

  // Classes as numbers need another loss; after nine epochs the network begins to learn by heart.
  const Sequential model = build_model(64, "sparse_categorical_crossentropy",
                                       metrics::SparseTopKCategoricalAccuracy({.k = 3}));
  model.fit(x_train, train_labels,
            {.epochs = book::is_smoke() ? 2 : 9, .batch_size = 512, .verbose = 0});
  const Logs results = model.evaluate(x_test, test_labels, {.verbose = 0});
  std::printf("\nafter 9 epochs on all newswires: test loss %.4f, accuracy %.4f\n", results["loss"],
              results["accuracy"]);
  const std::vector<int64_t> truth = test_labels.to_vector<int64_t>();
  std::vector<int64_t> shuffled = truth;
  std::shuffle(shuffled.begin(), shuffled.end(), std::mt19937(1));
  int64_t hits = 0;
  for (size_t i = 0; i < truth.size(); ++i) hits += truth[i] == shuffled[i];
  std::printf("topics in random order are right in %.4f of the cases\n",
              static_cast<double>(hits) / static_cast<double>(truth.size()));
  const Tensor likelihoods = model.predict(x_test[Slice(open, 1)], {.verbose = 0})[0];
  std::printf("the first test newswire is of the topic %s, with a likelihood of %.3f\n",
              datasets::reuters::get_label_names()[ops::argmax(likelihoods).item<size_t>()].c_str(),
              ops::max(likelihoods).item<double>());
} catch (const Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
