// SPDX-License-Identifier: Apache-2.0
// Chapter 2.5: the first network again, of nothing but variables, ops and a tape: a layer, a model,
// a source of batches and a loop that trains.
#include <functional>

#include "examples/book/digits.h"

using namespace keratin;

namespace {

// Is output = activation(input W + b).
struct NaiveDense {
  NaiveDense(int64_t input_size, int64_t output_size, std::function<Tensor(const Tensor&)> function)
      : w(ops::random_uniform(SeedGenerator().next(), {input_size, output_size}, 0.0, 0.1)),
        b(ops::zeros({output_size})),
        activation(std::move(function)) {}

  Tensor operator()(const Tensor& inputs) const { return activation(ops::matmul(inputs, w) + b); }

  Variable w, b;
  std::function<Tensor(const Tensor&)> activation;
};

struct NaiveSequential {
  Tensor operator()(Tensor x) const {
    for (const NaiveDense& layer : layers) x = layer(x);
    return x;
  }
  std::vector<Variable> weights() const {
    std::vector<Variable> all;
    for (const NaiveDense& layer : layers) all.insert(all.end(), {layer.w, layer.b});
    return all;
  }
  std::vector<NaiveDense> layers;
};

// Gives images and labels batch by batch, in their order.
struct BatchGenerator {
  bool has_next() const { return index < images.shape()[0]; }
  std::pair<Tensor, Tensor> next() {
    const Slice part(index, index + batch_size);
    index += batch_size;
    return {images[part], labels[part]};
  }
  Tensor images, labels;
  int64_t batch_size = 128, index = 0;
};

void update_weights(const std::vector<Tensor>& gradients, const std::vector<Variable>& weights) {
  constexpr double learning_rate = 1e-3;
  for (size_t i = 0; i < weights.size(); ++i) weights[i].assign_sub(gradients[i] * learning_rate);
}

double one_training_step(const NaiveSequential& model, const Tensor& images, const Tensor& labels) {
  GradientTape tape;
  const Tensor predictions = model(images);
  const Tensor average_loss =
      ops::mean(losses::sparse_categorical_crossentropy(labels, predictions));
  const std::vector<Variable> weights = model.weights();
  update_weights(tape.gradient(average_loss, weights), weights);
  return average_loss.item<double>();
}

}  // namespace

int main() try {
  utils::set_random_seed(1);
  const book::Digits data = book::load_digits();
  const NaiveSequential model{
      {NaiveDense(28 * 28, 512, [](const Tensor& x) { return ops::relu(x); }),
       NaiveDense(512, 10, [](const Tensor& x) { return ops::softmax(x); })}};
  for (int epoch = 0; epoch < (book::is_smoke() ? 1 : 10); ++epoch) {
    std::printf("epoch %d\n", epoch);
    BatchGenerator batches{data.x_train, data.y_train};
    for (int step = 0; batches.has_next(); ++step) {
      const auto [images, labels] = batches.next();
      const double loss = one_training_step(model, images, labels);
      if (step % 100 == 0) std::printf("loss at batch %d: %.2f\n", step, loss);
    }
  }
  const Tensor matches = ops::argmax(model(data.x_test), 1) == data.y_test;
  std::printf("accuracy: %.2f\n", ops::mean(matches.cast(DType::float32)).item<double>());
} catch (const Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
