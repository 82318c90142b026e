// SPDX-License-Identifier: Apache-2.0
// Trains a small network on the 60,000 pictures of Fashion-MNIST and shows what it says of a few
// pictures that it has never seen. This is what tools/quickstart.sh runs.
#include <keratin/base/terminal.h>
#include <keratin/keratin.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <numeric>

using namespace keratin;

namespace {

constexpr const char* names[] = {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
                                 "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};
constexpr int side = 28;

// Returns one line of a picture: two rows of pixels, one above the other, in each character.
std::string draw(const int* rows, bool in_colour) {
  const auto grey = [](int value) { return std::to_string(232 + value * 23 / 255); };
  std::string text;
  for (int x = 0; x < side; ++x) {
    const int top = rows[x], bottom = rows[side + x];
    text += in_colour ? "\x1b[38;5;" + grey(top) + ";48;5;" + grey(bottom) + "m▀"
                      : std::string(1, " .:-=+*#%@"[(top + bottom) * 9 / 510]);
  }
  return in_colour ? text + "\x1b[0m" : text;
}

// Returns the name of a class, how sure the model is of it, and that as a bar.
std::string bar(size_t at, double share, bool in_colour) {
  char text[64];
  std::snprintf(text, sizeof text, "%-11s %5.1f %% ", names[at], share * 100);
  std::string line = text;
  for (int i = static_cast<int>(share * 20 + 0.5); i > 0; --i) line += in_colour ? "█" : "#";
  return line;
}

// Prints a picture and beside it what it is and the three classes that the model takes it for.
void show(const Tensor& picture, size_t truth, const Tensor& answer, bool in_colour) {
  const auto pixels = picture.to_vector<int>();
  const auto shares = answer.to_vector<double>();
  std::vector<size_t> order(shares.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return shares[a] > shares[b]; });
  std::string beside[side / 2];
  beside[4] = std::string("This is: ") + names[truth];
  beside[5] = order[0] == truth ? "The model says, rightly:" : "The model says, wrongly:";
  for (size_t k = 0; k < 3; ++k) beside[6 + k] = bar(order[k], shares[order[k]], in_colour);
  for (int line = 0; line < side / 2; ++line) {
    const auto begin = pixels.begin() + 2 * line * side;
    const bool blank = *std::max_element(begin, begin + 2 * side) == 0 && beside[line].empty();
    if (!blank) std::printf("%s  %s\n", draw(&*begin, in_colour).c_str(), beside[line].c_str());
  }
  std::puts("");
}

}  // namespace

int main() try {
  const bool smoke = std::getenv("KERATIN_EXAMPLE_SMOKE") != nullptr;
  if (smoke && !datasets::fashion_mnist::available()) {
    std::puts("skipped: needs the Debian package dataset-fashion-mnist");
    return 77;
  }
  const auto data = datasets::fashion_mnist::load_data();
  const Slice part(0, smoke ? 2000 : 60000);
  const Tensor x_train = data.x_train[{part}].reshape({-1, 784});
  const Tensor x_test = data.x_test.reshape({-1, 784});

  utils::set_random_seed(42);
  auto model = models::Sequential();
  model.add(layers::Rescaling(1.0 / 255, {.input_shape = {784}}));
  model.add(layers::Dense(32, {.activation = "relu"}));
  model.add(layers::Dense(10, {.activation = "softmax"}));
  model.summary();

  model.compile(
      {.optimizer = "rmsprop", .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
  model.fit(x_train, data.y_train[{part}], {.epochs = smoke ? 1 : 5, .batch_size = 128});
  const Logs test = model.evaluate(x_test, data.y_test, {.verbose = 0});
  std::printf("Test accuracy: %.4f on 10,000 pictures it has never seen.\n\n", test["accuracy"]);

  const Tensor answers = model.predict(x_test, {.verbose = 0});
  const auto said = ops::argmax(answers, -1).to_vector<uint8_t>();
  const auto truth = data.y_test.to_vector<uint8_t>();
  const auto mistake = std::mismatch(said.begin(), said.end(), truth.begin()).first - said.begin();
  const bool in_colour = terminal::colors() == terminal::Colors::eight_bit;
  for (size_t at : {size_t{0}, size_t{2}, static_cast<size_t>(mistake)}) {
    show(data.x_test[at], truth[at], answers[at], in_colour);
  }
  std::puts(
      "Try next: make 32 a 512 in examples/fashion_mnist.cpp, run tools/quickstart.sh again.");
} catch (const Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
