// SPDX-License-Identifier: Apache-2.0
// The API lines of the book's programs, compile-only: what keratin.h does not have yet is declared
// in declared.h, and its form is frozen. This file: images, chapters 8 to 12 (E1: 5 and 7). Left
// out are ImageDataGenerator and fit_generator, whose place image_dataset_from_directory, the
// Random layers and fit(generator) take, and the KerasHub presets of the third edition.
#include <iostream>

#include "tests/api/declared.h"

using namespace keratin;

namespace book {

using declared::Model;
using declared::Sequential;
namespace models = declared::models;

// E1-5.1, 8a: a convnet on MNIST.
void convnet() {
  const auto [x_train, y_train, x_test, y_test] = datasets::mnist::load_data();
  Sequential model;
  model.add(layers::Conv2D(32, {3, 3}, {.activation = "relu", .input_shape = {28, 28, 1}}));
  model.add(layers::MaxPooling2D({2, 2}));
  model.add(layers::Conv2D(64, {3, 3}, {.activation = "relu"}));
  model.add(layers::MaxPooling2D(2));
  model.add(layers::Flatten());
  model.add(layers::Dense(10, {.activation = "softmax"}));
  model.summary();

  const auto inputs = layers::Input({28, 28, 1});
  auto x = layers::Conv2D({.filters = 64, .kernel_size = 3, .activation = "relu"})(inputs);
  x = layers::MaxPooling2D({.pool_size = 2})(x);
  x = layers::Conv2D({.filters = 128, .kernel_size = 3, .activation = "relu"})(x);
  x = layers::GlobalAveragePooling2D()(x);
  const Model functional(inputs, layers::Dense(10, {.activation = "softmax"})(x));
  functional.compile(
      {.optimizer = "adam", .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
  functional.fit(x_train.reshape({60000, 28, 28, 1}).cast(DType::float32) / 255, y_train,
                 {.epochs = 5, .batch_size = 64});
  std::cout << functional.evaluate(x_test.reshape({-1, 28, 28, 1}) / 255.0f, y_test)[1] << '\n';
}

// E1-5.2, 8b, 8c: dogs and cats with little data.
void small_data(const std::string& base_dir) {
  const Dataset train = utils::image_dataset_from_directory(
      base_dir + "/train", {.batch_size = 64, .image_size = {180, 180}});
  const Dataset validation = utils::image_dataset_from_directory(
      base_dir + "/validation", {.label_mode = "binary", .batch_size = 64, .image_size = 180});
  for (const auto& [data, labels, weights] : train) {
    std::cout << to_string(data.shape()) << to_string(labels.shape()) << '\n';
    break;
  }
  const Sequential data_augmentation(
      {layers::RandomFlip("horizontal"), layers::RandomRotation(0.1), layers::RandomZoom(0.2)});
  const auto inputs = layers::Input({180, 180, 3});
  auto x = data_augmentation(inputs);
  x = layers::Rescaling(1. / 255)(x);
  for (int64_t filters : {32, 64, 128, 256}) {
    x = layers::Conv2D(filters, 3, {.activation = "relu"})(x);
    x = layers::MaxPooling2D(2)(x);
  }
  x = layers::Dropout(0.5)(layers::Flatten()(x));
  Model model(inputs, layers::Dense(1, {.activation = "sigmoid"})(x));
  model.compile({.optimizer = optimizers::RMSprop(1e-4),
                 .loss = "binary_crossentropy",
                 .metrics = {"accuracy"}});
  const Dataset augmented =
      train
          .map(
              [&](const Nest& images, const Nest& labels) {
                return Data(data_augmentation(images, {.training = true}), labels);
              },
              {.num_parallel_calls = 8})
          .prefetch();
  const History history =
      model.fit(augmented, {.epochs = 100,
                            .validation_data = validation,
                            .callbacks = {callbacks::ModelCheckpoint(
                                "convnet.keras", {.monitor = "val_loss", .save_best_only = true})},
                            .steps_per_epoch = 100,
                            .validation_steps = 50});
  model = models::load_model("convnet.keras");
  std::cout << model.evaluate(validation)["accuracy"] << history["val_loss"][0] << '\n';
  model.save("cats_and_dogs_small_2.h5");
}

// E1-5.3, 8d to 8f: a pretrained convnet as features, frozen, and fine-tuned.
void pretrained(const Dataset& train, const Dataset& validation) {
  const keratin::Model conv_base = applications::VGG16(
      {.include_top = false, .weights = "imagenet", .input_shape = {180, 180, 3}});
  std::vector<Tensor> features, labels;
  for (const auto& [images, classes, weights] : train) {
    features.push_back(conv_base.predict(applications::vgg16::preprocess_input(images)));
    labels.push_back(classes);
  }
  const auto shape = layers::Input({5, 5, 512});
  auto x = layers::Dense(256)(layers::Flatten()(shape));
  x = layers::Dropout(0.5)(x);
  const Model head(shape, layers::Dense(1, {.activation = "sigmoid"})(x));
  head.compile({.loss = "binary_crossentropy", .metrics = {"accuracy"}});
  head.fit(ops::concatenate(features), ops::concatenate(labels), {.epochs = 20});

  conv_base.set_trainable(false);
  std::cout << conv_base.trainable_weights().size() << '\n';
  const auto inputs = layers::Input({180, 180, 3});
  x = conv_base(applications::vgg16::preprocess_input(inputs), {.training = false});
  const Model model(inputs, layers::Dense(1, {.activation = "sigmoid"})(layers::Flatten()(x)));
  conv_base.set_trainable(true);
  const std::vector<Layer> all = conv_base.layers();
  for (size_t i = 0; i + 4 < all.size(); ++i) all[i].set_trainable(false);
  for (const Layer& layer : all) {
    if (layer.name() == "block5_conv1") layer.set_trainable(true);
  }
  model.compile(
      {.optimizer = optimizers::RMSprop({.learning_rate = 1e-5}), .loss = "binary_crossentropy"});
  model.fit(train, {.epochs = 30, .validation_data = validation});
  const Sequential stacked({conv_base, layers::Flatten(), layers::Dense(1)});
}

// 9a: segmentation.
void segmentation(const std::string& path, const Tensor& images, const Tensor& masks) {
  const Tensor picture = utils::img_to_array(utils::load_img(path, {.target_size = {200, 200}}));
  const Tensor target =
      utils::img_to_array(utils::load_img(path, {.color_mode = "grayscale"})).cast(DType::uint8) -
      1;
  const auto inputs = layers::Input({200, 200, 3});
  Tensor x = layers::Rescaling(1. / 255)(inputs);
  for (int64_t filters : {64, 128, 256}) {
    x = layers::Conv2D(filters, 3, {.strides = 2, .padding = "same", .activation = "relu"})(x);
    x = layers::Conv2D(filters, 3, {.padding = "same", .activation = "relu"})(x);
  }
  for (int64_t filters : {256, 128, 64}) {
    x = layers::Conv2DTranspose(filters, 3, {.padding = "same", .activation = "relu"})(x);
    x = layers::Conv2DTranspose(filters, 3, {.strides = 2, .padding = "same"})(x);
  }
  const Model model(inputs, layers::Conv2D(3, 3, {.padding = "same", .activation = "softmax"})(x));
  const Metric foreground_iou = metrics::IoU({.num_classes = 3,
                                              .target_class_ids = {0},
                                              .name = "foreground_iou",
                                              .sparse_y_true = true,
                                              .sparse_y_pred = false});
  model.compile({.loss = "sparse_categorical_crossentropy", .metrics = {foreground_iou}});
  model.fit(images, masks, {.epochs = 50, .batch_size = 64});
  const Tensor mask = model.predict(ops::expand_dims(picture / 255, 0))[0];
  utils::save_img("mask.png", ops::expand_dims(ops::argmax(mask, -1), -1) * 127 + target);
  utils::array_to_img(picture);
}

// E1-7.1, E1-7.3, 9b: residual blocks, inception, batch normalisation, depthwise separable layers.
Tensor residual_block(Tensor x, int64_t filters, bool pooling) {
  Tensor residual = x;
  x = layers::Conv2D(filters, 3, {.padding = "same", .activation = "relu"})(x);
  x = layers::Conv2D(filters, 3, {.padding = "same", .use_bias = false})(x);
  x = layers::Activation("relu")(layers::BatchNormalization()(x));
  if (pooling) {
    x = layers::MaxPooling2D(2, {.padding = "same"})(x);
    residual = layers::Conv2D(filters, 1, {.strides = 2})(residual);
  } else if (filters != residual.shape()[-1]) {
    residual = layers::Conv2D(filters, 1)(residual);
  }
  return pooling ? x + residual : layers::add({x, residual});
}

void architectures() {
  const auto inputs = layers::Input({180, 180, 3});
  Tensor x = layers::Rescaling(1. / 255)(inputs);
  x = residual_block(residual_block(x, 32, true), 64, false);
  for (int64_t size : {32, 64, 128, 256, 512}) {
    const Tensor residual =
        layers::Conv2D(size, 1, {.strides = 2, .padding = "same", .use_bias = false})(x);
    x = layers::Activation("relu")(layers::BatchNormalization()(x));
    x = layers::SeparableConv2D(size, 3, {.padding = "same", .use_bias = false})(x);
    x = layers::MaxPooling2D(3, {.strides = 2, .padding = "same"})(x);
    x = layers::add({x, residual});
  }
  const Tensor branch_a = layers::Conv2D(128, 1, {.strides = 2, .activation = "relu"})(x);
  const Tensor branch_b = layers::Conv2D(128, 3, {.strides = 2})(layers::Conv2D(128, 1)(x));
  const Tensor branch_c = layers::Conv2D(128, 3)(layers::AveragePooling2D(3, {.strides = 2})(x));
  x = layers::concatenate({branch_a, branch_b, branch_c}, {.axis = -1});
  const Model model(inputs, layers::GlobalAveragePooling2D()(x));

  const keratin::Model xception = applications::Xception({.include_top = false, .weights = {}});
  const auto left = layers::Input({250, 250, 3}), right = layers::Input({250, 250, 3});
  const Nest merged = layers::concatenate({xception(left), xception(right)});
  const Model twins({left, right}, merged);
  model.save_weights("model.weights.h5");
}

// E1-5.4, 9c: what a convnet sees.
void interpretation(Model model, const Tensor& picture) {
  model = models::load_model("convnet.keras");
  std::vector<Nest> outputs;
  for (const Layer& layer : model.layers()) {
    if (layer.class_name() == "Conv2D" || layer.class_name() == "MaxPooling2D") {
      outputs.push_back(layer.output());
    }
  }
  const Model activation_model({.inputs = model.inputs(), .outputs = Nest::list(outputs)});
  const Nest activations = activation_model.predict(picture);
  const Tensor first = activations[0], channel = first[{0, All, All, 5}];
  std::cout << to_string(first.shape()) << channel << activations.size() << '\n';

  const keratin::Model xception = applications::Xception({.include_top = false});
  const Model extractor(xception.inputs(), xception.get_layer("block3_sepconv1").output());
  const auto step = keratin::function([&](const Tensor& image, const Tensor& filter) {
    GradientTape tape;
    tape.watch(image);
    const Tensor activation = extractor(image);
    const Tensor loss =
        ops::mean(ops::take(activation[{All, Slice(2, -2), Slice(2, -2)}], filter, -1));
    return image + 10.0 * ops::normalize(tape.gradient(loss, image));
  });
  Tensor image = random::uniform({1, 200, 200, 3}, {.minval = 0.4, .maxval = 0.6});
  for (int i = 0; i < 30; ++i) image = step(image, 7);
  image -= ops::mean(image);
  image = ops::clip(image / (ops::std(image) + 1e-5) * 64 + 128, 0, 255).cast(DType::uint8);
  utils::save_img("filter.png", image[0][{Slice(25, -25), Slice(25, -25), All}]);

  const keratin::Model whole = applications::Xception({.weights = "imagenet"});
  const Nest preds = whole.predict(applications::xception::preprocess_input(picture));
  const auto named = applications::xception::decode_predictions(preds, 3)[0];
  std::cout << named[0].label << named[0].score << ops::argmax(preds[0]) << '\n';
  GradientTape tape;
  const Tensor last = extractor(picture);
  tape.watch(last);
  const Tensor top = whole(last)[{All, 386}];
  const Tensor pooled = ops::mean(tape.gradient(top, last), {0, 1, 2});
  Tensor heatmap = ops::maximum(ops::mean((last * pooled)[0], -1), 0.0);
  heatmap /= ops::max(heatmap);
}

// E3 chapter 12: a detector with a dict of outputs and a loss of its own.
Tensor box_loss(const Tensor& y_true, const Tensor& y_pred) {
  const Tensor hit = y_true[{Ellipsis, Slice(4, 5)}];
  const Tensor error =
      ops::square(y_true[{Ellipsis, Slice(open, 4)}] - y_pred[{Ellipsis, Slice(open, 4)}]);
  return ops::sum(ops::where(hit != 0, error, 0.0), {1, 2, 3});
}

void detector(const Dataset& train, const Dataset& validation) {
  const keratin::Model backbone = applications::ResNet50({.include_top = false});
  const auto inputs = layers::Input({448, 448, 3});
  Tensor x = backbone(inputs);
  x = layers::Conv2D(512, {3, 3}, {.strides = {2, 2}})(x);
  x = layers::Dense(2048, {.activation = "relu", .kernel_initializer = "glorot_normal"})(x);
  x = layers::Dense(6 * 6 * 96)(layers::Dropout(0.5)(x));
  x = layers::Reshape({6, 6, 96})(x);
  const Tensor box = x[{Ellipsis, Slice(open, 5)}];
  const Tensor classes = layers::Activation("softmax")(x[{Ellipsis, Slice(5, open)}]);
  const Model model(inputs, {{"box", box}, {"class", classes}});
  model.compile({.optimizer = optimizers::Adam(2e-4),
                 .loss = {{"box", box_loss}, {"class", "sparse_categorical_crossentropy"}},
                 .metrics = {{"class", {"accuracy"}}}});
  model.fit(train, {.epochs = 4, .validation_data = validation});
  const Data batch = validation.rebatch(1).first();
  const Nest preds = model.predict(batch.x);
  const Tensor boxes = preds["box"][0], labels = preds["class"][0];
  std::cout << ops::argmax(labels, -1) << boxes << batch.y["box"][0] << '\n';
}

}  // namespace book
