// SPDX-License-Identifier: Apache-2.0
// Chapter 7.1 of the first edition: a text and a question in, an answer out; and posts in, age,
// income and gender of who wrote them out. The book has recurrent and convolutional layers, which
// are not there yet: the mean of the words' vectors stands for them. The data is random, as there.
#include <keratin/keratin.h>

#include <cstdio>
#include <cstdlib>

using namespace keratin;

namespace {

// Returns one vector for each text: the mean of those of its words, of which 0 is none.
Tensor encode(const Tensor& words, int64_t vocabulary_size, int64_t size) {
  const Tensor vectors = layers::Embedding(vocabulary_size, size)(words);
  const Tensor is_word = ops::expand_dims(ops::cast(words != 0, DType::float32), -1);
  return ops::sum(vectors * is_word, 1) / ops::maximum(ops::sum(is_word, 1), 1.0f);
}

}  // namespace

int main() try {
  utils::set_random_seed(1);
  const int64_t num_samples = std::getenv("KERATIN_EXAMPLE_SMOKE") != nullptr ? 200 : 1000;
  const SeedGenerator seeds(1);
  const auto random = [&](int64_t columns, double first, double limit) {
    return ops::floor(ops::random_uniform(seeds.next(), {num_samples, columns}, first, limit));
  };

  std::puts("Two inputs:");
  const int64_t text_vocabulary_size = 10000, question_vocabulary_size = 10000;
  const int64_t answer_vocabulary_size = 500;
  const Tensor text_input = layers::Input({100}, {.dtype = DType::int32, .name = "text"});
  const Tensor encoded_text = encode(text_input, text_vocabulary_size, 64);
  const Tensor question_input = layers::Input({20}, {.dtype = DType::int32, .name = "question"});
  const Tensor encoded_question = encode(question_input, question_vocabulary_size, 32);
  const Tensor concatenated = layers::concatenate({encoded_text, encoded_question}, {.axis = -1});
  const Tensor answer =
      layers::Dense(answer_vocabulary_size, {.activation = "softmax"})(concatenated);
  const Model reader({text_input, question_input}, answer);
  reader.compile({.optimizer = "rmsprop", .loss = "categorical_crossentropy", .metrics = {"acc"}});
  const Tensor text = random(100, 1, text_vocabulary_size);
  const Tensor question = random(20, 0, question_vocabulary_size);
  const Tensor answers =
      utils::to_categorical(random(1, 0, answer_vocabulary_size), answer_vocabulary_size);
  std::puts("data as a list");
  reader.fit({text, question}, answers, {.epochs = 5, .batch_size = 128, .verbose = 2});
  std::puts("data as a dict");
  reader.fit({{"text", text}, {"question", question}}, answers,
             {.epochs = 5, .batch_size = 128, .verbose = 2});

  std::puts("\nThree outputs, whose losses are of very different sizes:");
  const int64_t vocabulary_size = 50000, num_income_groups = 10;
  const Tensor posts_input = layers::Input({500}, {.dtype = DType::int32, .name = "posts"});
  Tensor x = encode(posts_input, vocabulary_size, 64);
  x = layers::Dense(128, {.activation = "relu"})(x);
  const Tensor age_prediction = layers::Dense(1, {.name = "age"})(x);
  const Tensor income_prediction =
      layers::Dense(num_income_groups, {.activation = "softmax", .name = "income"})(x);
  const Tensor gender_prediction = layers::Dense(1, {.activation = "sigmoid", .name = "gender"})(x);
  const Model profile(posts_input, {age_prediction, income_prediction, gender_prediction});
  profile.compile({.optimizer = "rmsprop",
                   .loss = {"mse", "categorical_crossentropy", "binary_crossentropy"},
                   .loss_weights = {0.25, 1., 10.}});
  const Tensor posts = random(500, 1, vocabulary_size);
  const Tensor age = random(1, 18, 80), gender = random(1, 0, 2);
  const Tensor income = utils::to_categorical(random(1, 0, num_income_groups), num_income_groups);
  profile.fit(posts, {age, income, gender}, {.epochs = 3, .batch_size = 64, .verbose = 2});

  profile.compile({.optimizer = "rmsprop",
                   .loss = {{"age", "mse"},
                            {"income", "categorical_crossentropy"},
                            {"gender", "binary_crossentropy"}},
                   .loss_weights = {{"age", 0.25}, {"income", 1.}, {"gender", 10.}}});
  profile.fit(posts, {{"age", age}, {"income", income}, {"gender", gender}},
              {.epochs = 3, .batch_size = 64, .verbose = 2});
} catch (const Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
