// SPDX-License-Identifier: Apache-2.0
// The API lines of the book's programs, compile-only: what keratin.h does not have yet is declared
// in declared.h, and its form is frozen. This file: what generates, E1 chapter 8, E2 chapter 12, E3
// chapters 16 and 17.
#include <iostream>

#include "tests/api/declared.h"

using namespace keratin;

namespace book {

using declared::Model;
using declared::Sequential;
namespace models = declared::models;

// E1-8.1: text by a recurrent layer and a temperature.
int64_t sample(const Tensor& predictions, double temperature = 1.0) {
  const Tensor logits = ops::log(predictions.cast(DType::float64)) / temperature;
  return random::categorical(logits[{NewAxis, All}], 1)[{0, 0}].item<int64_t>();
}

void text_generation(const Tensor& x, const Tensor& y) {
  const std::string path = utils::get_file({.fname = "nietzsche.txt", .origin = "https://..."});
  Sequential model;
  model.add(layers::LSTM(128, {.input_shape = {60, 57}}));
  model.add(layers::Dense(57, {.activation = "softmax"}));
  model.compile({.optimizer = optimizers::RMSprop({.learning_rate = 0.01}),
                 .loss = "categorical_crossentropy"});
  for (int epoch = 1; epoch < 60; ++epoch) {
    model.fit(x, y, {.epochs = 1, .batch_size = 128});
    const Tensor preds = model.predict(x[Slice(0, 1)], {.verbose = 0})[0];
    std::cout << sample(preds, 0.5) << path << '\n';
  }
}

// 12a: text by a Transformer decoder, sampled at the end of each epoch.
struct TextGenerator : Callback {
  TextGenerator(std::string given, std::vector<double> several)
      : prompt(std::move(given)), temperatures(std::move(several)) {}
  std::string prompt;
  std::vector<double> temperatures;
  void on_epoch_end(int64_t epoch, Logs&) override {
    if ((epoch + 1) % 10 != 0) return;
    for (double temperature : temperatures) {
      const Nest predictions = model().predict(ops::convert_to_tensor({prompt}), {.verbose = 0});
      std::cout << sample(predictions[{0, -1, All}], temperature) << '\n';
    }
  }
};

// E3-16: a small GPT in half precision, a schedule of one's own, tied embeddings.
struct DecoderOptions {
  KERATIN_OPTIONS(DecoderOptions);
  KERATIN_FIELD(int64_t, hidden_dim, "Size of a token's vector.") = 512;
  KERATIN_FIELD(int64_t, intermediate_dim, "Size of the inner layer.") = 2056;
  KERATIN_FIELD(int64_t, num_heads, "Number of heads.") = 8;
  KERATIN_LAYER_FIELDS;
};
struct GptBlock : CustomLayer<GptBlock, DecoderOptions> {
  using CustomLayer::CustomLayer;
  layers::MultiHeadAttention attention = track(layers::MultiHeadAttention(
      options.num_heads, options.hidden_dim / options.num_heads, {.dropout = 0.1}));
  layers::Dense inner = track(layers::Dense(options.intermediate_dim, {.activation = "relu"}));
  layers::Dense outer = track(layers::Dense(options.hidden_dim));
  layers::Dropout dropout = track(layers::Dropout(0.1));
  layers::LayerNormalization norm = track(layers::LayerNormalization());
  Tensor call(const Tensor& inputs, bool training) {
    Tensor x = attention(inputs, inputs, {.training = training, .use_causal_mask = true});
    x = norm(dropout(x, {.training = training}) + inputs);
    return norm(dropout(outer(inner(x)), {.training = training}) + x);
  }
};
// Uses the vectors of another layer backwards: E3 calls the layer with `reverse=True`.
struct ReverseEmbedding : CustomLayer<ReverseEmbedding> {
  explicit ReverseEmbedding(layers::Embedding given) : embedding(track(std::move(given))) {}
  layers::Embedding embedding;
  Tensor call(const Tensor& x) { return ops::matmul(x, ops::transpose(embedding.embeddings())); }
};
struct WarmupSchedule {
  double rate = 2e-4, warmup_steps = 1000.0;
  Tensor operator()(const Tensor& step) const {
    return rate * ops::minimum(step.cast(DType::float32) / warmup_steps, 1.0);
  }
};

void mini_gpt(const Dataset& tokens, int64_t vocabulary_size) {
  const Dataset ds =
      tokens.rebatch(257, {.drop_remainder = true})
          .map([](const Nest& x) { return Data(x[Slice(open, -1)], x[Slice(1, open)]); })
          .batch(128)
          .prefetch(8);
  const Dataset validation = ds.take(500).repeat(), train = ds.skip(500).repeat();
  config::set_dtype_policy("mixed_float16");
  const auto inputs = layers::Input({None}, {.dtype = DType::int32, .name = "inputs"});
  const layers::Embedding embedding(vocabulary_size, 512);
  Tensor x = layers::LayerNormalization()(embedding(inputs));
  for (int i = 0; i < 8; ++i) x = GptBlock({.hidden_dim = 512})(x);
  const Model gpt(inputs, ReverseEmbedding(embedding)(x));
  const LearningRateSchedule schedule("WarmupSchedule", WarmupSchedule());
  gpt.compile({.optimizer = optimizers::Adam(schedule),
               .loss = losses::SparseCategoricalCrossentropy({.from_logits = true}),
               .metrics = {"accuracy"}});
  gpt.fit(train, {.epochs = 8,
                  .validation_data = validation,
                  .callbacks = {TextGenerator("This movie", {0.2, 0.5, 0.7, 1., 1.5})},
                  .steps_per_epoch = 3609,
                  .validation_steps = 500});
  const Tensor prompt = Tensor::from<int32_t>({450, 4996}, {1, 2});
  const Tensor preds = gpt.predict(prompt, {.verbose = 0})[{0, 1}];
  const auto [top_preds, top_indices] = ops::top_k(preds / 0.5, 5, false);
  const Tensor choice = random::categorical(top_preds[{NewAxis, All}], 1)[0];
  std::cout << ops::take_along_axis(top_indices, choice, -1) << schedule(100) << '\n';
}

// E1-8.2, E1-8.3, 12b, 12c: dreams and styles, gradients for an image.
void images_by_gradients(const Tensor& base, const Tensor& style) {
  const keratin::Model inception = applications::InceptionV3({.include_top = false});
  const std::map<std::string, double> layer_settings = {{"mixed4", 1.0}, {"mixed5", 1.5}};
  std::vector<Nest::Item> outputs;
  for (const auto& [name, weight] : layer_settings) {
    outputs.emplace_back(name, inception.get_layer(name).output());
  }
  const Model extractor({.inputs = inception.inputs(), .outputs = Nest::dict(outputs)});
  const auto ascend = keratin::function([&](const Tensor& image, const Tensor& rate) {
    GradientTape tape;
    tape.watch(image);
    const Nest features = extractor(image);
    Tensor loss = 0.0;
    for (const auto& [name, weight] : layer_settings) {
      const Tensor inner = features[name][{All, Slice(2, -2), Slice(2, -2), All}];
      loss += weight * ops::mean(ops::square(inner));
    }
    return image + rate * ops::normalize(tape.gradient(loss, image));
  });
  Tensor dream = ops::image::resize(base, {350, 400});
  dream = ascend(dream, 20.0);

  const keratin::Model vgg = applications::VGG19({.include_top = false});
  const Variable combination(base);
  const Optimizer optimizer = optimizers::SGD(optimizers::schedules::ExponentialDecay(
      {.initial_learning_rate = 100.0, .decay_steps = 100, .decay_rate = 0.96}));
  const auto gram = [](const Tensor& x) {
    const Tensor features = ops::transpose(x, {2, 0, 1}).reshape({x.shape()[-1], -1});
    return ops::matmul(features, ops::transpose(features));
  };
  for (int i = 0; i < 4000; ++i) {
    GradientTape tape;
    const Nest features = vgg(ops::concatenate({base, style, combination}));
    const Tensor loss = ops::sum(ops::square(gram(features[1]) - gram(features[2]))) / 36.0;
    optimizer.apply({tape.gradient(loss, combination)}, {combination});
    if (i % 100 == 0) std::cout << i << ' ' << loss << '\n';
  }
}

// E1-8.4, 12d, E3-17: a variational autoencoder by add_loss, train_step and compute_loss.
struct Sampler : CustomLayer<Sampler> {
  SeedGenerator seed_generator = track(SeedGenerator());
  Tensor call(const Tensor& z_mean, const Tensor& z_log_var) {
    const Tensor epsilon = random::normal(z_mean.shape(), {.seed = seed_generator});
    return z_mean + ops::exp(0.5 * z_log_var) * epsilon;
  }
};
struct VaeLoss : CustomLayer<VaeLoss> {
  Tensor call(const Tensor& x, const Tensor& decoded) {
    add_loss(ops::mean(losses::binary_crossentropy(x, decoded)));
    return x;
  }
};
struct Vae : CustomModel<Vae> {
  Vae(const Model& first, const Model& second) : encoder(track(first)), decoder(track(second)) {}
  Model encoder, decoder;
  Sampler sampler = track(Sampler());
  Metric reconstruction_loss_tracker = track(metrics::Mean({.name = "reconstruction_loss"}));
  Metric kl_loss_tracker = track(metrics::Mean({.name = "kl_loss"}));
  Nest call(const Nest& inputs) { return encoder(inputs); }
  Tensor compute_loss(const Nest& x, const Nest& /*y*/, const Nest& y_pred, const Nest& /*weights*/,
                      bool /*training*/) {
    const Tensor z_mean = y_pred[0], z_log_var = y_pred[1];
    const Tensor reconstruction = decoder(sampler(z_mean, z_log_var));
    const Tensor error =
        ops::mean(ops::sum(losses::binary_crossentropy(x, reconstruction), {1, 2}));
    const Tensor kl_loss = -0.5 * (1 + z_log_var - ops::square(z_mean) - ops::exp(z_log_var));
    reconstruction_loss_tracker.update_state(error);
    kl_loss_tracker.update_state(kl_loss);
    return error + ops::mean(kl_loss);
  }
};

void autoencoder() {
  const auto inputs = layers::Input({28, 28, 1});
  Tensor x = layers::Conv2D(32, 3, {.strides = 2, .padding = "same", .activation = "relu"})(inputs);
  x = layers::Dense(16, {.activation = "relu"})(layers::Flatten()(x));
  const auto z_mean = layers::Dense(2, {.name = "z_mean"})(x);
  const auto z_log_var = layers::Dense(2, {.name = "z_log_var"})(x);
  const Model encoder(inputs, {z_mean, z_log_var}, "encoder");
  const auto latent = layers::Input({2});
  x = layers::Reshape({7, 7, 64})(layers::Dense(7 * 7 * 64, {.activation = "relu"})(latent));
  x = layers::Conv2DTranspose(64, 3, {.strides = 2, .padding = "same"})(x);
  const Model decoder(latent, layers::Conv2D(1, 3, {.activation = "sigmoid"})(x), "decoder");
  const auto digits = datasets::mnist::load_data();
  Tensor all = ops::concatenate({digits.x_train, digits.x_test});
  all = ops::expand_dims(all, -1).cast(DType::float32) / 255;
  const Vae vae(encoder, decoder);
  vae.compile({.optimizer = optimizers::Adam()});
  vae.fit(all, nullptr, {.epochs = 30, .batch_size = 128});
  const Tensor decoded = vae.decoder.predict(Tensor::from({0.5f, -0.5f}, {1, 2}))[0];
  std::cout << decoded.reshape({28, 28}) << '\n';

  const auto z =
      layers::Lambda([](const Nest& args) { return args[0] + args[1]; })({z_mean, z_log_var});
  const Model legacy(inputs, VaeLoss()(inputs, decoder(z)));
  legacy.compile({.optimizer = "rmsprop", .loss = nullptr});
  legacy.fit(all, nullptr, {.epochs = 10, .batch_size = 16, .validation_data = {all, nullptr}});
}

// E1-8.5: a generative adversarial network by train_on_batch.
void adversaries(const Tensor& x_train) {
  const auto generator_input = layers::Input({32});
  Tensor x = layers::Dense(128 * 16 * 16)(generator_input);
  x = layers::LeakyReLU()(x);
  x = layers::Conv2DTranspose(256, 4, {.strides = 2, .padding = "same"})(x);
  const Model generator(generator_input, layers::Conv2D(3, 7, {.activation = "tanh"})(x));
  const auto image = layers::Input({32, 32, 3});
  x = layers::Dropout(0.4)(layers::Flatten()(layers::LeakyReLU(0.2)(image)));
  const Model discriminator(image, layers::Dense(1, {.activation = "sigmoid"})(x));
  discriminator.compile(
      {.optimizer = optimizers::RMSprop({.learning_rate = 0.0008, .clipvalue = 1.0}),
       .loss = "binary_crossentropy"});
  discriminator.set_trainable(false);
  const auto gan_input = layers::Input({32});
  const Model gan(gan_input, discriminator(generator(gan_input)));
  gan.compile({.optimizer = optimizers::RMSprop({.learning_rate = 0.0004, .clipvalue = 1.0}),
               .loss = "binary_crossentropy"});
  for (int step = 0; step < 10000; ++step) {
    const Tensor noise = random::normal({20, 32});
    const Tensor fake = generator.predict(noise, {.verbose = 0});
    Tensor labels = ops::concatenate({ops::ones({20, 1}), ops::zeros({20, 1})});
    labels += 0.05 * random::uniform(labels.shape());
    const double d_loss =
        discriminator.train_on_batch(ops::concatenate({fake, x_train[Slice(0, 20)]}), labels)[0];
    const double a_loss = gan.train_on_batch(noise, ops::zeros({20, 1}))["loss"];
    if (step % 100 == 0) std::cout << d_loss << ' ' << a_loss << '\n';
  }
  gan.save_weights("gan.h5");
}

// 12e: the same as a model with its own compile and train_step.
struct Gan : CustomModel<Gan> {
  Gan(const Model& critic, const Model& maker)
      : discriminator(track(critic)), generator(track(maker)) {}
  Model discriminator, generator;
  Optimizer d_optimizer, g_optimizer;
  Loss loss_fn;
  Metric d_loss_metric = track(metrics::Mean({.name = "d_loss"}));
  Tensor call(const Tensor& noise) { return generator(noise); }
  void compile(const Optimizer& of_critic, const Optimizer& of_maker, const Loss& loss) {
    CustomModel::compile({});
    d_optimizer = of_critic;
    g_optimizer = of_maker;
    loss_fn = loss;
  }
  Nest train_step(const Data& real_images) {
    const Tensor noise = random::normal({32, 128});
    GradientTape tape;
    const Tensor predictions =
        discriminator(ops::concatenate({generator(noise), real_images.x}), {.training = true});
    const Tensor d_loss = loss_fn(ops::ones_like(predictions), predictions);
    d_optimizer.apply(tape.gradient(d_loss, discriminator.trainable_weights()),
                      discriminator.trainable_weights());
    d_loss_metric.update_state(d_loss);
    return {{"d_loss", d_loss_metric.result()}};
  }
};

struct GanMonitor : Callback {
  explicit GanMonitor(Model given) : generator(std::move(given)) {}
  Model generator;
  void on_epoch_end(int64_t epoch, Logs&) override {
    const Tensor images = generator(random::normal({3, 128})) * 255;
    utils::save_img("generated_" + std::to_string(epoch) + ".png", images[0]);
  }
};

void adversarial_model(const Model& discriminator, const Model& generator, const Dataset& faces) {
  Gan gan(discriminator, generator);
  gan.compile(optimizers::Adam(1e-4), optimizers::Adam({.learning_rate = 1e-4}),
              losses::BinaryCrossentropy());
  gan.fit(faces, {.epochs = 100, .callbacks = {GanMonitor(generator)}});
}

// E3-17: diffusion.
struct DiffusionModel : CustomModel<DiffusionModel> {
  DiffusionModel(int64_t size, const Model& given) : image_size(size), denoising(track(given)) {}
  int64_t image_size;
  Model denoising;
  SeedGenerator seed_generator = track(SeedGenerator());
  Loss loss = losses::MeanAbsoluteError();
  declared::Normalization normalizer = track(declared::Normalization());
  static std::pair<Tensor, Tensor> schedule(const Tensor& times) {
    const Tensor start = ops::arccos(0.95), end = ops::arccos(0.02);
    const Tensor angles = start + times * (end - start);
    return {ops::sin(angles), ops::cos(angles)};
  }
  Nest call(const Tensor& images) {
    const Tensor noise = random::normal(images.shape(), {.seed = seed_generator});
    const Tensor times = random::uniform({32, 1, 1, 1}, {.seed = seed_generator});
    const auto [noise_rates, signal_rates] = schedule(times);
    const Tensor noisy = signal_rates * normalizer(images) + noise_rates * noise;
    const Tensor pred_noise = denoising({noisy, noise_rates});
    return {(noisy - noise_rates * pred_noise) / signal_rates, pred_noise, noise};
  }
  Tensor compute_loss(const Nest&, const Nest&, const Nest& y_pred, const Nest&, bool) {
    return loss(y_pred[2], y_pred[1]);
  }
  Tensor generate(int64_t count) const {
    const Tensor noisy = random::normal({count, image_size, image_size, 3});
    const Nest pred = denoising({noisy, ops::ones({count, 1, 1, 1})});
    const Tensor images = normalizer.mean() + pred * ops::power(normalizer.variance(), 0.5);
    return ops::clip(images, 0.0, 255.0);
  }
};

Model unet(int64_t image_size, const std::vector<int64_t>& widths) {
  const auto noisy_images = layers::Input({image_size, image_size, 3});
  const auto noise_rates = layers::Input({1, 1, 1});
  Tensor x = layers::Conv2D(widths[0], 1)(noisy_images);
  const Tensor n = layers::UpSampling2D(image_size, {.interpolation = "nearest"})(noise_rates);
  x = layers::Concatenate()({x, n});
  std::vector<Tensor> skips;
  for (int64_t width : widths) {
    const Tensor residual = x.shape()[3] == width ? x : layers::Conv2D(width, 1)(x);
    x = layers::BatchNormalization({.center = false, .scale = false})(x);
    x = layers::Conv2D(width, 3, {.padding = "same", .activation = "swish"})(x) + residual;
    skips.push_back(x);
    x = layers::AveragePooling2D({.pool_size = 2})(x);
  }
  for (; !skips.empty(); skips.pop_back()) {
    x = layers::UpSampling2D({.size = 2, .interpolation = "bilinear"})(x);
    x = layers::Concatenate()({x, skips.back()});
  }
  return Model({noisy_images, noise_rates},
               layers::Conv2D(3, 1, {.kernel_initializer = "zeros"})(x));
}

void diffusion(const std::string& folder) {
  const Dataset dataset = utils::image_dataset_from_directory(
      folder, {.labels = {}, .image_size = {128, 128}, .crop_to_aspect_ratio = true});
  const DiffusionModel model(128, unet(128, {32, 64, 96, 128}));
  model.normalizer.adapt(dataset.rebatch(32, {.drop_remainder = true}));
  model.compile({.optimizer = optimizers::AdamW(
                     {.learning_rate = optimizers::schedules::InverseTimeDecay(
                          {.initial_learning_rate = 1e-3, .decay_steps = 1000, .decay_rate = 0.1}),
                      .use_ema = true,
                      .ema_overwrite_frequency = 100})});
  model.fit(dataset,
            {.epochs = 100,
             .callbacks = {callbacks::ModelCheckpoint({.filepath = "diffusion_model.weights.h5",
                                                       .save_best_only = true,
                                                       .save_weights_only = true})}});
  std::cout << model.generate(18)[0].cast(DType::uint8) << '\n';
}

}  // namespace book
