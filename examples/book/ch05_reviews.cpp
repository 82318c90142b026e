// SPDX-License-Identifier: Apache-2.0
// Chapter 5.4 (first edition: 4.4): over- and under-fitting on reviews of films: a smaller and a
// larger network, L1, L2 and dropout, and what they do to the validation loss.
#include <algorithm>
#include <functional>

#include "examples/book/words.h"

using namespace keratin;

namespace {

Sequential two_layers(int64_t units, const Regularizer& regularizer = {}, double dropout = 0.0) {
  Sequential model;
  for (int i = 0; i < 2; ++i) {
    model.add(layers::Dense(units, {.activation = "relu", .kernel_regularizer = regularizer}));
    if (dropout > 0) model.add(layers::Dropout(dropout));
  }
  model.add(layers::Dense(1, {.activation = "sigmoid"}));
  return model;
}

struct Row {
  const char* name;
  std::function<Sequential()> make;
};

}  // namespace

int main() try {
  const auto data = datasets::imdb::load_data({.num_words = book::num_words});
  const Tensor x = book::vectorize_sequences(data.x_train);
  const Tensor y = data.y_train.cast(DType::float32);
  const Row rows[] = {
      {"original", [] { return two_layers(16); }},
      {"smaller", [] { return two_layers(4); }},
      {"larger", [] { return two_layers(512); }},
      {"L1 0.001", [] { return two_layers(16, regularizers::L1(0.001)); }},
      {"L2 0.002", [] { return two_layers(16, regularizers::L2(0.002)); }},
      {"L1 L2", [] { return two_layers(16, regularizers::L1L2({.l1 = 0.001, .l2 = 0.001})); }},
      {"dropout 0.5", [] { return two_layers(16, {}, 0.5); }},
  };
  std::printf("Validation loss by epoch. Where there are penalties, they are part of it.\n%-12s",
              "epoch");
  const size_t shown[] = {1, 2, 4, 8, 12, 16, 20};
  for (const size_t epoch : shown) std::printf("%8zu", epoch);
  std::puts("    least (epoch)  val_accuracy");
  for (const Row& row : rows) {
    utils::set_random_seed(1);
    const Sequential model = row.make();
    model.compile({.optimizer = "rmsprop", .loss = "binary_crossentropy", .metrics = {"accuracy"}});
    const History history = model.fit(x, y,
                                      {.epochs = book::is_smoke() ? 2 : 20,
                                       .batch_size = 512,
                                       .verbose = 0,
                                       .validation_split = 0.4});
    const std::vector<double>& losses = history["val_loss"];
    std::printf("%-12s", row.name);
    for (const size_t epoch : shown) {
      if (epoch <= losses.size()) std::printf("%8.3f", losses[epoch - 1]);
    }
    const auto least = std::min_element(losses.begin(), losses.end());
    std::printf("%9.3f (%d)  %14.4f\n", *least, static_cast<int>(least - losses.begin()) + 1,
                history["val_accuracy"].back());
  }
} catch (const Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
