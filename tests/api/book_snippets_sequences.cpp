// SPDX-License-Identifier: Apache-2.0
// The API lines of the book's programs, compile-only: what keratin.h does not have yet is declared
// in declared.h, and its form is frozen. This file: sequences, E1 chapters 6 and 7, E2 chapter 10,
// E3 chapter 13.
#include <iostream>

#include "tests/api/declared.h"

using namespace keratin;

namespace book {

using declared::Model;
using declared::Sequential;
namespace models = declared::models;

// E1-6.1: one-hot texts, embeddings, GloVe.
void embeddings(const std::vector<std::string>& texts, const Tensor& labels,
                const Tensor& embedding_matrix) {
  preprocessing::Tokenizer tokenizer({.num_words = 10000});
  tokenizer.fit_on_texts(texts);
  const datasets::Sequences sequences = tokenizer.texts_to_sequences(texts);
  const Tensor one_hot = tokenizer.texts_to_matrix({"The cat sat."}, "binary");
  const Tensor data = utils::pad_sequences(sequences, {.maxlen = 100});
  std::cout << tokenizer.word_index().size() << one_hot << '\n';
  Sequential model;
  const layers::Embedding embedding(10000, 100, {.input_shape = {100}});
  model.add(embedding);
  model.add(layers::Flatten());
  model.add(layers::Dense(1, {.activation = "sigmoid"}));
  embedding.set_weights({embedding_matrix});
  model.layers()[0].set_weights({embedding_matrix});
  model.layers()[0].set_trainable(false);
  model.compile({.loss = "binary_crossentropy", .metrics = {"acc"}});
  model.fit(data, labels, {.epochs = 10, .batch_size = 32, .validation_split = 0.2});
  model.save_weights("pre_trained_glove_model.h5");
  model.load_weights("pre_trained_glove_model.h5");
}

// E1-6.2: recurrent layers, stacked and alone.
void recurrent(const Tensor& x, const Tensor& y) {
  Sequential model;
  model.add(layers::Embedding(10000, 32));
  model.add(layers::SimpleRNN(32, {.return_sequences = true}));
  model.add(layers::SimpleRNN(32));
  model.add(layers::Dense(1, {.activation = "sigmoid"}));
  model.compile({.loss = "binary_crossentropy", .metrics = {"acc"}});
  model.fit(x, y, {.epochs = 10, .batch_size = 128, .validation_split = 0.2});
  const Sequential lstm({layers::Embedding(10000, 32), layers::LSTM(32), layers::Dense(1)});
}

// E1-6.3: a generator of the user's, a naive baseline.
struct Lookback {
  int64_t lookback = 1440, delay = 144, min_index = 0, max_index = 0, batch_size = 128, step = 6;
  bool shuffle = false;
};

Generator generator(const Tensor& data, const Lookback& options) {
  return [=, at = options.min_index]() mutable -> std::optional<Data> {
    if (at + options.batch_size >= options.max_index) at = options.min_index;
    std::vector<Tensor> samples, targets;
    for (int64_t i = 0; i < options.batch_size; ++i, ++at) {
      samples.push_back(data[Slice(at, at + options.lookback, options.step)]);
      targets.push_back(data[{at + options.lookback + options.delay, 1}]);
    }
    return Data(ops::stack(samples), ops::stack(targets));
  };
}

void jena_with_a_generator(const Tensor& data) {
  const Generator train = generator(data, {.max_index = 200000, .shuffle = true});
  const Generator validation = generator(data, {.min_index = 200001, .max_index = 300000});
  Sequential model({layers::GRU(32, {.dropout = 0.1,
                                     .recurrent_dropout = 0.5,
                                     .return_sequences = true,
                                     .input_shape = {None, 14}}),
                    layers::GRU(64, {.activation = "relu", .dropout = 0.1}), layers::Dense(1)});
  model = Sequential(
      {layers::Bidirectional(layers::GRU(32), {.input_shape = {None, 14}}), layers::Dense(1)});
  model.compile({.optimizer = optimizers::RMSprop(), .loss = "mae"});
  const History history = model.fit(train, {.epochs = 20,
                                            .validation_data = validation,
                                            .steps_per_epoch = 500,
                                            .validation_steps = 100});
  std::cout << history["val_loss"].back() << model.evaluate(validation, {.steps = 10})[0] << '\n';
}

// E1-6.4: one-dimensional convolutions, alone and before a recurrent layer.
void convolutions(const Tensor& x, const Tensor& y) {
  Sequential model;
  model.add(layers::Embedding(10000, 128, {.input_shape = {500}}));
  model.add(layers::Conv1D(32, 7, {.activation = "relu"}));
  model.add(layers::MaxPooling1D(5));
  model.add(layers::Conv1D(32, 7, {.activation = "relu"}));
  model.add(layers::GlobalMaxPooling1D());
  model.add(layers::GRU(32, {.dropout = 0.1, .recurrent_dropout = 0.5}));
  model.add(layers::Dense(1));
  model.compile(
      {.optimizer = optimizers::RMSprop(1e-4), .loss = "binary_crossentropy", .metrics = {"acc"}});
  model.fit(x, y, {.epochs = 10, .batch_size = 128, .validation_split = 0.2});
}

// E1-7.1: two inputs, three outputs, shared layers.
void question_answering(const Tensor& text, const Tensor& question, const Tensor& answers) {
  const auto text_input = layers::Input({None}, {.dtype = DType::int32, .name = "text"});
  const auto question_input = layers::Input({None}, {.dtype = DType::int32, .name = "question"});
  const auto encoded_text = layers::LSTM(32)(layers::Embedding(10000, 64)(text_input));
  const auto encoded_question = layers::LSTM(16)(layers::Embedding(10000, 32)(question_input));
  const auto joined = layers::concatenate({encoded_text, encoded_question}, {.axis = -1});
  const auto answer = layers::Dense(500, {.activation = "softmax"})(joined);
  const Model model({text_input, question_input}, answer);
  model.compile({.loss = "categorical_crossentropy", .metrics = {"acc"}});
  model.fit({text, question}, answers, {.epochs = 10, .batch_size = 128});
  model.fit({{"text", text}, {"question", question}}, answers, {.epochs = 10, .batch_size = 128});
}

void three_heads(const Tensor& posts, const Tensor& ages, const Tensor& incomes,
                 const Tensor& genders) {
  const auto input = layers::Input({None}, {.dtype = DType::int32, .name = "posts"});
  auto x = layers::Conv1D(128, 5, {.activation = "relu"})(layers::Embedding(50000, 256)(input));
  x = layers::Dense(128, {.activation = "relu"})(layers::GlobalMaxPooling1D()(x));
  const auto age = layers::Dense(1, {.name = "age"})(x);
  const auto income = layers::Dense(10, {.activation = "softmax", .name = "income"})(x);
  const auto gender = layers::Dense(1, {.activation = "sigmoid", .name = "gender"})(x);
  const Model model(input, {age, income, gender});
  model.compile({.optimizer = "rmsprop",
                 .loss = {"mse", "categorical_crossentropy", "binary_crossentropy"},
                 .loss_weights = {0.25, 1., 10.}});
  model.compile({.optimizer = "rmsprop",
                 .loss = {{"age", "mse"},
                          {"income", "categorical_crossentropy"},
                          {"gender", "binary_crossentropy"}},
                 .loss_weights = {{"age", 0.25}, {"income", 1.}, {"gender", 10.}}});
  model.fit(posts, {ages, incomes, genders}, {.epochs = 10, .batch_size = 64});
  model.fit(posts, {{"age", ages}, {"income", incomes}, {"gender", genders}}, {.epochs = 10});
}

void siamese(const Tensor& left_data, const Tensor& right_data, const Tensor& targets) {
  const layers::LSTM lstm(32);
  const auto left_input = layers::Input({None, 128}), right_input = layers::Input({None, 128});
  const auto left = lstm(left_input), right = lstm(right_input);
  const auto merged = layers::concatenate({left, right}, {.axis = -1});
  const Model model({left_input, right_input}, layers::Dense(1, {.activation = "sigmoid"})(merged));
  model.fit({left_data, right_data}, targets);
}

// 10a to 10h, E3 chapter 13: temperatures from windows of an array.
void jena(const Tensor& raw_data, const Tensor& temperature) {
  const Tensor mean = ops::mean(raw_data[Slice(open, 210225)], 0);
  const Tensor deviation = ops::std(raw_data[Slice(open, 210225)], 0);
  const Tensor data = (raw_data - mean) / deviation;
  const int64_t sampling_rate = 6, sequence_length = 120;
  const int64_t delay = sampling_rate * (sequence_length + 24 - 1);
  const auto dataset = [&](int64_t start, int64_t end) {
    return utils::timeseries_dataset_from_array(data[Slice(open, -delay)],
                                                temperature[Slice(delay, open)],
                                                {.sequence_length = sequence_length,
                                                 .sampling_rate = sampling_rate,
                                                 .batch_size = 256,
                                                 .shuffle = true,
                                                 .start_index = start,
                                                 .end_index = end});
  };
  const Dataset train = dataset(0, 210225), validation = dataset(210225, 315337);
  for (const auto& [samples, targets, weights] : train) {
    const Tensor naive = samples[{All, -1, 1}] * deviation[1] + mean[1];
    std::cout << ops::sum(ops::abs(naive - targets)) << '\n';
  }
  const auto inputs = layers::Input({sequence_length, raw_data.shape()[-1]});
  auto x = layers::LSTM(32, {.recurrent_dropout = 0.25, .unroll = true})(inputs);
  x = layers::GRU(32, {.recurrent_dropout = 0.5, .return_sequences = true})(inputs);
  x = layers::Bidirectional(layers::LSTM(16))(inputs);
  x = layers::Dropout(0.5)(x);
  Model model(inputs, layers::Dense(1)(x));
  model.compile({.optimizer = "adam", .loss = "mse", .metrics = {"mae"}});
  const History history = model.fit(
      train,
      {.epochs = 10,
       .validation_data = validation,
       .callbacks = {callbacks::ModelCheckpoint("jena_lstm.keras", {.save_best_only = true})}});
  model = models::load_model("jena_lstm.keras");
  std::cout << model.evaluate(dataset(315337, 420451))[1] << history["val_mae"][0] << '\n';

  const auto steps = layers::Input({None, 14});
  const Nest states = layers::LSTM(16, {.return_sequences = true, .return_state = true})(steps);
  std::cout << to_string(states[0].shape()) << states.size() << '\n';
}

}  // namespace book
