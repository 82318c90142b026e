// SPDX-License-Identifier: Apache-2.0
// The API lines of the book's programs, compile-only: what keratin.h does not have yet is declared
// in declared.h, and its form is frozen. This file: text and attention, E2 chapter 11, E3 chapters
// 14 and
// 15. Left out are the tokenizers that the book writes in plain Python and the KerasHub presets.
#include <algorithm>
#include <iostream>

#include "tests/api/declared.h"

using namespace keratin;

namespace book {

using declared::Model;
using declared::Sequential;
namespace models = declared::models;

// 11a to 11c: bags of words.
void bag_of_words(const Dataset& train, const Dataset& validation) {
  const Dataset texts = train.map([](const Nest& x, const Nest&) { return x; });
  const layers::TextVectorization text_vectorization(
      {.max_tokens = 20000, .split = "whitespace", .ngrams = 2, .output_mode = "multi_hot"});
  text_vectorization.adapt(texts);
  const auto vectorize = [&](const Nest& x, const Nest& y) {
    return Data(text_vectorization(x), y);
  };
  const Dataset bags = train.map(vectorize, {.num_parallel_calls = 8});
  const Data first = bags.first();
  std::cout << to_string(first.x.shape()) << text_vectorization.get_vocabulary()[100] << '\n';
  const auto inputs = layers::Input({20000});
  const auto x = layers::Dropout(0.5)(layers::Dense(16, {.activation = "relu"})(inputs));
  Model model(inputs, layers::Dense(1, {.activation = "sigmoid"})(x), "bag_of_words");
  model.compile({.optimizer = "adam", .loss = "binary_crossentropy", .metrics = {"accuracy"}});
  callbacks::EarlyStopping early_stopping(
      {.monitor = "val_loss", .patience = 2, .restore_best_weights = true});
  model.fit(bags.cache(), {.epochs = 10,
                           .validation_data = validation.map(vectorize).cache(),
                           .callbacks = {early_stopping}});
  model = models::load_model("binary_1gram.keras");

  const auto raw = layers::Input({1}, {.dtype = string_dtype});
  const Model end_to_end(raw, model(text_vectorization(raw)));
  const Tensor reviews = ops::convert_to_tensor({"That was an excellent movie, I loved it."});
  std::cout << end_to_end(reviews)[{0, 0}].item<float>() * 100 << '\n';
}

// 11d: one-hot vectors for a recurrent layer.
struct OneHotOptions {
  KERATIN_OPTIONS(OneHotOptions);
  KERATIN_FIELD(int64_t, depth, "Number of tokens.") = 0;
  KERATIN_LAYER_FIELDS;
};
struct OneHotEncoding : CustomLayer<OneHotEncoding, OneHotOptions> {
  using CustomLayer::CustomLayer;
  Tensor call(const Tensor& inputs) {
    return ops::take(ops::eye(options.depth), inputs.cast(DType::int32), 0);
  }
};

// 11d to 11g: sequence models with embeddings, masks and pretrained vectors.
void sequence_models(const Dataset& train, const Dataset& validation, const Tensor& matrix) {
  const int64_t max_tokens = 20000, max_length = 600;
  const layers::TextVectorization tokens(
      {.max_tokens = max_tokens, .output_mode = "int", .output_sequence_length = max_length});
  const auto inputs = layers::Input({None}, {.dtype = DType::int64});
  Tensor x = OneHotEncoding({.depth = max_tokens})(inputs);
  x = layers::Embedding({.input_dim = max_tokens, .output_dim = 256, .mask_zero = true})(inputs);
  const layers::Embedding glove(max_tokens, 100,
                                {.embeddings_initializer = initializers::Constant(matrix),
                                 .mask_zero = true,
                                 .trainable = false});
  x = layers::Bidirectional(layers::LSTM(32))(glove(inputs));
  x = layers::Dropout(0.5)(x);
  const Model model(inputs, layers::Dense(1, {.activation = "sigmoid"})(x));
  model.compile({.optimizer = "rmsprop", .loss = "binary_crossentropy", .metrics = {"accuracy"}});
  model.fit(train, {.epochs = 10, .validation_data = validation});
  std::cout << model.evaluate(validation)[1] << '\n';
}

// E3-14: word vectors from their neighbours.
void word2vec(const std::string& folder, const layers::TextVectorization& tokenize) {
  Dataset dataset = utils::text_dataset_from_directory(folder, {.batch_size = std::nullopt});
  dataset = dataset.map([](const Nest& x, const Nest&) { return x; }, {.num_parallel_calls = 8});
  dataset = dataset.map(tokenize, {.num_parallel_calls = 8});
  dataset = dataset.interleave(
      [](const Nest& ids) {
        const Tensor windows =
            ops::expand_dims(ops::arange(9), 0) + ops::arange(ids.shape()[0] - 8)[{All, NewAxis}];
        return Dataset::from_tensor_slices(ops::take(ids, windows));
      },
      {.cycle_length = 8, .num_parallel_calls = 8});
  dataset = dataset.map([](const Nest& window) {
    const Tensor left = window[Slice(open, 4)], right = window[Slice(5, open)];
    return Data(ops::concatenate({left, right}), window[4]);
  });
  const auto inputs = layers::Input({8});
  const layers::Embedding cbow_embedding(30000, 64);
  const Tensor x = layers::GlobalAveragePooling1D()(cbow_embedding(inputs));
  const Model cbow(inputs, layers::Dense(30000, {.activation = "sigmoid"})(x));
  cbow.compile({.optimizer = "adam",
                .loss = "sparse_categorical_crossentropy",
                .metrics = {"sparse_categorical_accuracy"}});
  cbow.fit(dataset.batch(1024).cache(), {.epochs = 4});
  const layers::Embedding next(30000, 64);
  next.build({None, None});
  next.embeddings().assign(cbow_embedding.embeddings());
  next.set_weights(cbow_embedding.get_weights());
}

// 11h, 11i: a Transformer encoder; positions; masks of one's own.
struct TransformerOptions {
  KERATIN_OPTIONS(TransformerOptions);
  KERATIN_FIELD(int64_t, embed_dim, "Size of a token's vector.") = 0;
  KERATIN_FIELD(int64_t, dense_dim, "Size of the inner layer.") = 0;
  KERATIN_FIELD(int64_t, num_heads, "Number of heads.") = 0;
  KERATIN_LAYER_FIELDS;
};

struct TransformerEncoder : CustomLayer<TransformerEncoder, TransformerOptions> {
  using CustomLayer::CustomLayer;
  layers::MultiHeadAttention attention =
      track(layers::MultiHeadAttention(options.num_heads, options.embed_dim));
  Sequential dense_proj =
      track(Sequential({layers::Dense(options.dense_dim, {.activation = "relu"}),
                        layers::Dense(options.embed_dim)}));
  layers::LayerNormalization layernorm_1 = track(layers::LayerNormalization());
  layers::LayerNormalization layernorm_2 = track(layers::LayerNormalization());
  Tensor call(const Tensor& inputs, const CallArgs& args) {
    Tensor mask;
    if (!args.mask.empty()) mask = args.mask[{All, NewAxis, All}];
    const Tensor attended = attention(inputs, inputs, {.attention_mask = mask});
    const Tensor proj_input = layernorm_1(inputs + attended);
    return layernorm_2(proj_input + dense_proj(proj_input));
  }
};

struct PositionOptions {
  KERATIN_OPTIONS(PositionOptions);
  KERATIN_FIELD(int64_t, sequence_length, "Largest number of tokens.") = 0;
  KERATIN_FIELD(int64_t, input_dim, "Number of tokens.") = 0;
  KERATIN_FIELD(int64_t, output_dim, "Size of a token's vector.") = 0;
  KERATIN_LAYER_FIELDS;
};

struct PositionalEmbedding : CustomLayer<PositionalEmbedding, PositionOptions> {
  using CustomLayer::CustomLayer;
  layers::Embedding tokens = track(layers::Embedding(options.input_dim, options.output_dim));
  layers::Embedding places = track(layers::Embedding(options.sequence_length, options.output_dim));
  Tensor call(const Tensor& inputs) {
    const Tensor positions = ops::cumsum(ops::ones_like(inputs), -1) - 1;
    return tokens(inputs) + places(positions);
  }
  Tensor compute_mask(const Nest& inputs, const Nest&) const { return inputs != 0; }
};

void transformer_classifier(const Dataset& train) {
  const auto inputs = layers::Input({None}, {.dtype = DType::int64});
  Tensor x =
      PositionalEmbedding({.sequence_length = 600, .input_dim = 20000, .output_dim = 256})(inputs);
  x = TransformerEncoder({.embed_dim = 256, .dense_dim = 32, .num_heads = 2})(x);
  x = layers::Dropout(0.5)(layers::GlobalMaxPooling1D()(x));
  Model model(inputs, layers::Dense(1, {.activation = "sigmoid"})(x));
  model.fit(train, {.callbacks = {callbacks::ModelCheckpoint("full_transformer_encoder.keras",
                                                             {.save_best_only = true})}});
  model = models::load_model("full_transformer_encoder.keras",
                             {.custom_objects = {custom_object<TransformerEncoder>(),
                                                 custom_object<PositionalEmbedding>()}});
  saving::register_keras_serializable<TransformerEncoder>();
}

// 11j, 11k, E3-15: translation with recurrent layers and with a Transformer.
struct TransformerDecoder : CustomLayer<TransformerDecoder, TransformerOptions> {
  using CustomLayer::CustomLayer;
  static constexpr bool supports_masking = true;
  layers::MultiHeadAttention self_attention =
      track(layers::MultiHeadAttention(options.num_heads, options.embed_dim, {.dropout = 0.1}));
  layers::MultiHeadAttention cross_attention =
      track(layers::MultiHeadAttention({.num_heads = options.num_heads, .key_dim = 32}));
  layers::Dense feed_forward = track(layers::Dense(options.dense_dim, {.activation = "relu"}));
  layers::LayerNormalization norm = track(layers::LayerNormalization());
  Tensor call(const Tensor& target, const Tensor& source, const Tensor& source_mask) {
    Tensor x = self_attention(target, target, {.key = target, .use_causal_mask = true});
    x = norm(x + target);
    const Tensor mask = source_mask[{All, NewAxis, All}];
    x += cross_attention(x, source, {.key = source, .attention_mask = mask});
    return norm(x + feed_forward(x));
  }
};

void translation(const std::vector<std::string>& english, const std::vector<std::string>& spanish) {
  const layers::TextVectorization english_tokenizer(
      {.max_tokens = 15000, .output_mode = "int", .output_sequence_length = 20});
  const layers::TextVectorization spanish_tokenizer(
      {.max_tokens = 15000,
       .standardize =
           [](std::string text) {
             std::erase_if(text, [](char c) { return c == '[' || c == ']'; });
             return text;
           },
       .output_sequence_length = 21});
  english_tokenizer.adapt(english);
  spanish_tokenizer.adapt(spanish);
  const Dataset train =
      Dataset::from_tensor_slices(ops::convert_to_tensor(english), ops::convert_to_tensor(spanish))
          .batch(64)
          .map(
              [&](const Nest& eng, const Nest& spa) {
                const Tensor tokens = spanish_tokenizer(spa);
                const Tensor labels = tokens[{All, Slice(1, open)}];
                return Data({{"english", english_tokenizer(eng)},
                             {"spanish", tokens[{All, Slice(open, -1)}]}},
                            labels, labels != 0);
              },
              {.num_parallel_calls = 4})
          .shuffle(2048)
          .prefetch(16)
          .cache();
  const auto [inputs, targets, sample_weights] = train.first();
  std::cout << to_string(inputs["english"].shape()) << to_string(targets.shape()) << '\n';

  const auto source = layers::Input({None}, {.dtype = DType::int32, .name = "english"});
  auto x = layers::Embedding(15000, 256, {.mask_zero = true})(source);
  const auto encoded = layers::Bidirectional(layers::GRU(1024), {.merge_mode = "sum"})(x);
  const auto target = layers::Input({None}, {.dtype = DType::int32, .name = "spanish"});
  x = layers::Embedding(15000, 256, {.mask_zero = true})(target);
  x = layers::GRU(1024, {.return_sequences = true})(x, {.initial_state = encoded});
  x = layers::Dropout(0.5)(x);
  const Model seq2seq({source, target}, layers::Dense(15000, {.activation = "softmax"})(x));
  seq2seq.compile({.optimizer = "adam",
                   .loss = "sparse_categorical_crossentropy",
                   .weighted_metrics = {"accuracy"}});
  seq2seq.fit(train, {.epochs = 15, .validation_data = train});

  const TransformerOptions sizes{.embed_dim = 256, .dense_dim = 2048, .num_heads = 8};
  const Tensor seen = TransformerEncoder(sizes)(x, {.mask = source != 0});
  x = TransformerDecoder(sizes)(x, seen, source != 0);
  const Model transformer({source, target}, layers::Dense(15000)(x));
  const auto vocabulary = spanish_tokenizer.get_vocabulary();
  std::string decoded = "[start]";
  for (int64_t i = 0; i < 20; ++i) {
    const Tensor sentence = spanish_tokenizer({decoded})[{All, Slice(open, -1)}];
    const Nest predictions =
        transformer.predict({english_tokenizer(english[0]), sentence}, {.verbose = 0});
    const auto best = ops::argmax(predictions[{0, i, All}]).item<size_t>();
    decoded += " " + vocabulary[best];
    if (vocabulary[best] == "[end]") break;
  }
}

// E3-15: a language model of characters that keeps its state.
void shakespeare(const Dataset& texts) {
  const layers::TextVectorization tokenizer(
      {.standardize = nullptr, .split = "character", .output_sequence_length = 100});
  tokenizer.adapt(texts.map([](const Nest& text, const Nest&) { return text; }));
  const int64_t vocabulary_size = tokenizer.vocabulary_size();
  const auto inputs = layers::Input({1}, {.dtype = DType::int32, .name = "token_ids"});
  const auto input_state = layers::Input({1024}, {.name = "state"});
  const auto x = layers::Embedding(vocabulary_size, 256)(inputs);
  const auto both = layers::GRU(1024, {.return_state = true})(x, {.initial_state = input_state});
  const auto outputs = layers::Dense(vocabulary_size, {.activation = "softmax"})(both[0]);
  const Model generation({.inputs = {inputs, input_state}, .outputs = {outputs, both[1]}});
  generation.set_weights(generation.get_weights());
  Tensor state = ops::zeros({1, 1024}), token = Tensor::from<int32_t>({0}, {1, 1});
  for (int i = 0; i < 250; ++i) {
    const Nest result = generation({token, state});
    state = result[1];
    token = ops::expand_dims(ops::argmax(result[0], -1), 0);
    std::cout << token.item<int>();
  }
}

}  // namespace book
