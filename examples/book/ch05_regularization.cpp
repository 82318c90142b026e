// SPDX-License-Identifier: Apache-2.0
// Chapter 5.4 (first edition: 4.4): a smaller and a larger network, weight regularization and
// dropout, and what they do to the validation loss. The book shows it with movie reviews; these are
// 4,000 digits, of which half are for validation.
#include <algorithm>
#include <functional>

#include "examples/book/digits.h"

using namespace keratin;

namespace {

Sequential two_layers(int64_t units, const Regularizer& regularizer = {}, double dropout = 0.0) {
  Sequential model;
  for (int i = 0; i < 2; ++i) {
    model.add(layers::Dense(units, {.activation = "relu", .kernel_regularizer = regularizer}));
    if (dropout > 0) model.add(layers::Dropout(dropout));
  }
  model.add(layers::Dense(10, {.activation = "softmax"}));
  return model;
}

}  // namespace

int main() try {
  const book::Digits data = book::load_digits();
  const Slice part(0, book::is_smoke() ? 1000 : 4000);
  const Tensor x = data.x_train[part], y = data.y_train[part];

  struct Row {
    const char* name;
    std::function<Sequential()> make;
  };
  const Row rows[] = {
      {"original", [] { return two_layers(64); }},
      {"smaller", [] { return two_layers(8); }},
      {"larger", [] { return two_layers(512); }},
      {"L1 0.001", [] { return two_layers(64, regularizers::L1(0.001)); }},
      {"L2 0.002", [] { return two_layers(64, regularizers::L2(0.002)); }},
      {"L1 L2", [] { return two_layers(64, regularizers::L1L2({.l1 = 0.001, .l2 = 0.001})); }},
      {"dropout 0.5", [] { return two_layers(64, {}, 0.5); }},
  };
  std::printf("Validation loss by epoch. Where there are penalties, they are part of it.\n%-12s",
              "epoch");
  const size_t shown[] = {1, 5, 10, 20, 40};
  for (const size_t epoch : shown) std::printf("%8zu", epoch);
  std::puts("    least (epoch)  val_accuracy");
  for (const Row& row : rows) {
    utils::set_random_seed(1);
    const Sequential model = row.make();
    model.compile({.optimizer = "rmsprop",
                   .loss = "sparse_categorical_crossentropy",
                   .metrics = {"accuracy"}});
    const History history = model.fit(x, y,
                                      {.epochs = book::is_smoke() ? 2 : 40,
                                       .batch_size = 64,
                                       .verbose = 0,
                                       .validation_split = 0.5});
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
