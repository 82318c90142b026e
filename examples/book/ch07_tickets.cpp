// SPDX-License-Identifier: Apache-2.0
// Chapter 7.2 of the second edition: customers' tickets, three inputs and two answers: how urgent
// is it, and which department is to deal with it? The data is random, as in the book: what it shows
// is the interface.
#include <keratin/keratin.h>

#include <cstdio>
#include <cstdlib>

using namespace keratin;

int main() try {
  utils::set_random_seed(1);
  const int64_t vocabulary_size = 10000, num_tags = 100, num_departments = 4;
  const Tensor title = layers::Input({vocabulary_size}, {.name = "title"});
  const Tensor text_body = layers::Input({vocabulary_size}, {.name = "text_body"});
  const Tensor tags = layers::Input({num_tags}, {.name = "tags"});
  Tensor features = layers::Concatenate()({title, text_body, tags});
  features = layers::Dense(64, {.activation = "relu"})(features);
  const Tensor priority = layers::Dense(1, {.activation = "sigmoid", .name = "priority"})(features);
  const Tensor department =
      layers::Dense(num_departments, {.activation = "softmax", .name = "department"})(features);
  const Model model({.inputs = {title, text_body, tags}, .outputs = {priority, department}});

  const int64_t num_samples = std::getenv("KERATIN_EXAMPLE_SMOKE") != nullptr ? 128 : 1280;
  const SeedGenerator seeds(1);
  const auto zeros_and_ones = [&](int64_t columns) {
    return ops::floor(ops::random_uniform(seeds.next(), {num_samples, columns}, 0, 2));
  };
  const Tensor title_data = zeros_and_ones(vocabulary_size);
  const Tensor text_body_data = zeros_and_ones(vocabulary_size);
  const Tensor tags_data = zeros_and_ones(num_tags);
  const Tensor priority_data = ops::random_uniform(seeds.next(), {num_samples, 1});
  const Tensor department_data =
      ops::floor(ops::random_uniform(seeds.next(), {num_samples, 1}, 0, num_departments));

  std::puts("Data, losses and metrics as lists, in the order of inputs and outputs:");
  model.compile({.optimizer = "rmsprop",
                 .loss = {"mean_squared_error", "sparse_categorical_crossentropy"},
                 .metrics = {{"mean_absolute_error"}, {"accuracy"}}});
  const Nest inputs = {title_data, text_body_data, tags_data};
  const Nest targets = {priority_data, department_data};
  model.fit(inputs, targets, {.epochs = 1});
  model.evaluate(inputs, targets);
  const Nest answers = model.predict(inputs);
  std::printf("%s %s\n", to_string(answers[0].shape()).c_str(),
              to_string(answers[1].shape()).c_str());

  std::puts("\nThe same as dicts, by name:");
  model.compile({.optimizer = "rmsprop",
                 .loss = {{"priority", "mean_squared_error"},
                          {"department", "sparse_categorical_crossentropy"}},
                 .metrics = {{"priority", {"mean_absolute_error"}}, {"department", {"accuracy"}}}});
  const Nest named = {{"title", title_data}, {"text_body", text_body_data}, {"tags", tags_data}};
  const Nest named_targets = {{"priority", priority_data}, {"department", department_data}};
  model.fit(named, named_targets, {.epochs = 1});
  model.evaluate(named, named_targets);

  std::puts("\nThe layers, and what the fourth one was called on:");
  for (const Layer& layer : model.layers()) {
    std::printf("  %s %s\n", layer.class_name().c_str(), layer.name().c_str());
  }
  const Nest joined = model.layers()[3].input();
  for (size_t i = 0; i < joined.size(); ++i) {
    std::printf("  <- %s\n", to_string(joined[i].shape()).c_str());
  }

  std::puts("\nA third answer, of the features that are there already: how difficult is it?");
  const Tensor inner = model.layers()[4].output();
  const Tensor difficulty =
      layers::Dense(3, {.activation = "softmax", .name = "difficulty"})(inner);
  const Model new_model(
      {.inputs = {title, text_body, tags}, .outputs = {priority, department, difficulty}});
  new_model.summary();
} catch (const Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
