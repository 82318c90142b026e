// SPDX-License-Identifier: Apache-2.0
// Image tagging, a multi-label task: a picture shows two garments and gets a tag for each kind that
// is in it. Each of the ten outputs is a yes or no of its own, so the last layer has a sigmoid, and
// the loss is binary cross-entropy.
#include <keratin/keratin.h>

#include <cstdio>
#include <cstdlib>

using namespace keratin;

namespace {

constexpr const char* names[] = {"T-shirt", "trouser", "pullover", "dress", "coat",
                                 "sandal",  "shirt",   "sneaker",  "bag",   "boot"};

// Returns pictures of two garments beside each other [count, 28, 56], from 0 to 1, and their tags
// [count, 10]. Any garment may stand beside any other.
Data two_garments(const Tensor& pictures, const Tensor& kinds, int64_t count) {
  const Slice left(0, count), right(count, 2 * count);
  return {ops::concatenate({pictures[left], pictures[right]}, 2) / 255.0f,
          ops::maximum(ops::one_hot(kinds[left], 10), ops::one_hot(kinds[right], 10))};
}

// Returns the names of the tags of a picture.
std::string tags(const Tensor& row) {
  std::string text;
  for (int tag = 0; tag < 10; ++tag) {
    if (row[tag].item<double>() > 0.5) text += (text.empty() ? "" : ", ") + std::string(names[tag]);
  }
  return text.empty() ? "no tag" : text;
}

// Draws pictures with the tags that the model gives them.
void draw(const Tensor& pictures, const Tensor& answers, const std::string& path) {
  plot::Figure figure({.width = 900, .height = 310, .columns = 4});
  for (int i = 0; i < 8; ++i) {
    plot::Axes& axes = figure.add_axes();
    axes.title = tags(answers[i]);
    axes.heat_map(pictures[i].to_vector<double>(), 28, 56,
                  {.show_values = false, .color = plot::colors::black});
  }
  figure.save(path, 1.0);
}

}  // namespace

int main() {
  const bool smoke = std::getenv("KERATIN_EXAMPLE_SMOKE") != nullptr;
  if (smoke && !datasets::fashion_mnist::available()) {
    std::puts("skipped: needs the Debian package dataset-fashion-mnist");
    return 77;
  }
  utils::set_random_seed(1);
  const auto clothes = datasets::fashion_mnist::load_data();
  const Data train = two_garments(clothes.x_train, clothes.y_train, smoke ? 500 : 20000);
  const Data test = two_garments(clothes.x_test, clothes.y_test, smoke ? 500 : 5000);

  auto model = models::Sequential();
  model.add(layers::Flatten({.input_shape = {28, 56}}));
  model.add(layers::Dense(128, {.activation = "relu"}));
  model.add(layers::Dense(10, {.activation = "sigmoid"}));
  model.compile({.optimizer = "adam",
                 .loss = "binary_crossentropy",
                 .metrics = {"binary_accuracy", metrics::Precision(), metrics::Recall()}});
  model.fit(train.x, train.y, {.epochs = smoke ? 1 : 10, .batch_size = 64, .verbose = 0});

  const Logs scores = model.evaluate(test.x, test.y, {.verbose = 0});
  std::printf("of all yes and no, right:      %.2f\n", scores["binary_accuracy"]);
  std::printf("of the tags given, right:      %.2f\n", scores["precision"]);
  std::printf("of the tags to give, given:    %.2f\n", scores["recall"]);
  const Tensor answers = model.predict(test.x, {.verbose = 0});
  const Tensor all_right = ops::all((answers > 0.5f) == (test.y.tensor() > 0.5f), 1);
  std::printf("of the pictures, all right:    %.2f\n",
              ops::mean(all_right.cast(DType::float32)).item<double>());
  draw(test.x.tensor(), answers, "image_tagging.png");
}
