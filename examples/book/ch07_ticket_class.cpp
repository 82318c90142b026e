// SPDX-License-Identifier: Apache-2.0
// Chapter 7.2 of the second edition: the model of ch07_tickets.cpp as a class, and classes and
// functional models inside each other.
#include <keratin/keratin.h>

#include <cstdio>
#include <cstdlib>

using namespace keratin;

namespace {

struct CustomerTicketModel : CustomModel<CustomerTicketModel> {
  explicit CustomerTicketModel(int64_t num_departments)
      : department_classifier(track(layers::Dense(num_departments, {.activation = "softmax"}))) {}
  layers::Concatenate concat_layer = track(layers::Concatenate());
  layers::Dense mixing_layer = track(layers::Dense(64, {.activation = "relu"}));
  layers::Dense priority_scorer = track(layers::Dense(1, {.activation = "sigmoid"}));
  layers::Dense department_classifier;

  Nest call(const Nest& inputs) {
    Tensor features = concat_layer({inputs["title"], inputs["text_body"], inputs["tags"]});
    features = mixing_layer(features);
    return {priority_scorer(features), department_classifier(features)};
  }
};

struct Classifier : CustomModel<Classifier> {
  explicit Classifier(int64_t num_classes = 2)
      : dense(track(num_classes == 2 ? layers::Dense(1, {.activation = "sigmoid"})
                                     : layers::Dense(num_classes, {.activation = "softmax"}))) {}
  layers::Dense dense;
  Tensor call(const Tensor& inputs) { return dense(inputs); }
};

struct MyModel : CustomModel<MyModel> {
  explicit MyModel(const Model& given) : classifier(track(given)) {}
  layers::Dense dense = track(layers::Dense(64, {.activation = "relu"}));
  Model classifier;
  Tensor call(const Tensor& inputs) { return classifier(dense(inputs)).tensor(); }
};

}  // namespace

int main() try {
  utils::set_random_seed(1);
  const int64_t num_samples = std::getenv("KERATIN_EXAMPLE_SMOKE") != nullptr ? 128 : 1280;
  const SeedGenerator seeds(1);
  const auto whole_numbers = [&](int64_t columns, int64_t limit) {
    const double below = static_cast<double>(limit);
    return ops::floor(ops::random_uniform(seeds.next(), {num_samples, columns}, 0, below));
  };
  const Nest inputs = {{"title", whole_numbers(10000, 2)},
                       {"text_body", whole_numbers(10000, 2)},
                       {"tags", whole_numbers(100, 2)}};
  const Nest targets = {ops::random_uniform(seeds.next(), {num_samples, 1}), whole_numbers(1, 4)};

  std::puts("A model as a class:");
  const CustomerTicketModel model(4);
  const Nest outputs = model(inputs);  // a call makes the weights
  std::printf("%s %s\n", to_string(outputs[0].shape()).c_str(),
              to_string(outputs[1].shape()).c_str());
  model.compile({.optimizer = "rmsprop",
                 .loss = {"mean_squared_error", "sparse_categorical_crossentropy"},
                 .metrics = {{"mean_absolute_error"}, {"accuracy"}}});
  model.fit(inputs, targets, {.epochs = 1});
  model.evaluate(inputs, targets);
  const Nest predictions = model.predict(inputs);
  std::printf("priority of the first ticket: %.3f\n", predictions[0][0].item<double>());
  model.summary();

  std::puts("\nA class inside a functional model:");
  const Tensor rows = layers::Input({3});
  const Tensor features = layers::Dense(64, {.activation = "relu"})(rows);
  const Model functional({.inputs = rows, .outputs = Classifier(10)(features)});
  functional.summary();

  std::puts("\nA functional model inside a class:");
  const Tensor in = layers::Input({64});
  const Model binary({.inputs = in, .outputs = layers::Dense(1, {.activation = "sigmoid"})(in)});
  const MyModel around(binary);
  around.compile({.optimizer = "rmsprop", .loss = "binary_crossentropy"});
  around.fit(whole_numbers(3, 10), whole_numbers(1, 2), {.epochs = 2});
} catch (const Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
