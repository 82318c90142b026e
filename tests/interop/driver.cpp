// SPDX-License-Identifier: Apache-2.0
// What run.sh calls on each side of real Keras. Usage:
//   keratin_interop_driver layers           prints the layer classes there are
//   keratin_interop_driver case <folder>    model.keras, data.npz -> resaved.keras, trained.keras,
//                                           ours.npz and, where there is legacy.h5, resaved.h5, for
//                                           each folder in turn
//   keratin_interop_driver make <folder>    writes models that are made here, with their outputs
//   keratin_interop_driver callbacks <folder>  trains with the callbacks that write files
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>
#include <vector>

#include "keratin/keratin.h"
#include "keratin/nn/registry.h"

namespace {

using namespace keratin;

std::string in(const std::string& folder, const std::string& name) { return folder + "/" + name; }

std::vector<Tensor> arrays_of(const NamedArrays& data, const std::string& prefix) {
  std::vector<Tensor> found;
  for (bool more = true; more;) {
    more = false;
    for (const auto& [name, array] : data) {
      if (name != prefix + std::to_string(found.size())) continue;
      found.emplace_back(array);
      more = true;
      break;
    }
  }
  return found;
}

void add_all(NamedArrays& out, const std::string& prefix, const std::vector<Tensor>& tensors) {
  for (size_t i = 0; i < tensors.size(); ++i) {
    out.emplace_back(prefix + std::to_string(i), tensors[i].array());
  }
}

void add_state(NamedArrays& out, const std::string& prefix, const Model& model) {
  add_all(out, prefix + "weight_", model.get_weights());
}

Nest rows(const Nest& nest, int64_t first, int64_t last) {
  return nest.map([&](const Tensor& t) { return Tensor(t.array().rows(first, last)); });
}

// Loads what Keras saved, saves it again, predicts, goes on training, saves again.
void run_case(const std::string& folder) {
  const NamedArrays data = read_npz(in(folder, "data.npz"));
  const Model model = models::load_model(in(folder, "model.keras"));
  model.save(in(folder, "resaved.keras"));
  model.save_weights(in(folder, "resaved.weights.h5"));
  if (std::filesystem::exists(in(folder, "legacy.h5"))) model.save(in(folder, "resaved.h5"));
  const Nest x = model.inputs().pack(arrays_of(data, "x_"));
  NamedArrays out;
  add_state(out, "loaded_", model);
  add_all(out, "prediction_", model.predict(x, {.verbose = 0}).flatten());
  const std::vector<Tensor> targets = arrays_of(data, "y_");
  if (!targets.empty()) {
    const Nest y = model.outputs().pack(targets);
    const int64_t batch = 8;
    Array losses(DType::float32, Shape{x.flatten()[0].shape()[0] / batch});
    for (int64_t step = 0; step < losses.size(); ++step) {
      const int64_t first = step * batch;
      const Logs logs =
          model.train_on_batch(rows(x, first, first + batch), rows(y, first, first + batch));
      losses.data<float>()[step] = static_cast<float>(logs["loss"]);
    }
    out.emplace_back("losses", losses);
    add_state(out, "trained_", model);
    add_all(out, "optimizer_", [&] {
      std::vector<Tensor> values;
      for (const Variable& variable : model.optimizer().variables()) {
        values.push_back(variable.value());
      }
      return values;
    }());
    add_all(out, "trained_prediction_", model.predict(x, {.verbose = 0}).flatten());
  }
  model.save(in(folder, "trained.keras"));
  write_npz(in(folder, "ours.npz"), out);
}

// Models with the ops and arguments that a user of C++ writes.
std::vector<Model> own_models() {
  std::vector<Model> all;
  const auto a = layers::Input({6}, {.name = "a"});
  const auto b = layers::Input({6}, {.name = "b"});
  const auto hidden = layers::Dense(5, {.activation = "tanh"});
  Tensor h = hidden(a) * 2 + hidden(b) / 4.0 - 1.5;
  h = ops::concatenate({h, ops::abs(h), ops::square(h)}, -1);
  h = h[{All, Slice(1, 13, 2)}] + ops::sum(h, -1, true);
  h = ops::where(h > 0.0, ops::sqrt(ops::maximum(h, 0.01)), ops::exp(ops::minimum(h, 0.0)));
  h = ops::reshape(ops::transpose(ops::reshape(h, {-1, 2, 3}), {0, 2, 1}), {-1, 6});
  all.emplace_back(Nest{a, b}, layers::Dense(2)(ops::clip(h, -2.0, 2.0)), "ops");

  const auto c = layers::Input({4}, {.name = "c"});
  const auto numbers = Tensor::from(std::vector<float>{0.5F, -1.0F, 2.0F, 0.25F}, {4});
  Tensor g = ops::softmax(c + numbers, -1) * ops::log_softmax(-c);
  g = ops::stack({g, ops::logsumexp(g, -1, true) + g}, 1);
  g = ops::mean(g, 1) + ops::max(ops::expand_dims(c, 1), 1) + ops::cast(c > 0.0, DType::float32);
  all.emplace_back(c, ops::relu(layers::Dense(3)(g)), "more_ops");

  Sequential shared({layers::Input({4}), layers::Dense(3, {.activation = "relu"})}, "shared");
  Sequential first({layers::Input({4}), shared, layers::Dense(2)}, "first");
  Sequential second({layers::Input({4}), shared, layers::Dense(2)}, "second");
  const auto d = layers::Input({4}, {.name = "d"});
  all.emplace_back(d, Nest{{"one", first(d)}, {"two", second(d)}}, "sharing");
  return all;
}

void make(const std::string& folder) {
  for (const Model& model : own_models()) {
    NamedArrays out;
    std::vector<Tensor> inputs;
    for (const Tensor& input : model.inputs().flatten()) {
      Shape shape = input.shape();
      shape[0] = 8;
      const SeedGenerator seed(static_cast<int64_t>(inputs.size()));
      inputs.push_back(ops::random_normal(seed.next(), shape));
    }
    add_all(out, "x_", inputs);
    model.compile({.optimizer = optimizers::Adam({.learning_rate = 0.01}), .loss = "mse"});
    const Nest y = model.predict(model.inputs().pack(inputs), {.verbose = 0});
    model.fit(model.inputs().pack(inputs), y.map([](const Tensor& t) { return t * 0.5; }),
              {.epochs = 3, .verbose = 0});
    add_all(out, "prediction_",
            model.predict(model.inputs().pack(inputs), {.verbose = 0}).flatten());
    std::filesystem::create_directories(in(folder, model.name()));
    model.save(in(folder, model.name() + "/made.keras"));
    write_npz(in(folder, model.name() + "/ours.npz"), out);
  }
}

// Leaves logs/, log.csv, checkpoints/, backup/ and the model as it is after the last backup.
void train_with_callbacks(const std::string& folder) {
  const Sequential model({layers::Dense(3, {.activation = "tanh", .input_shape = {4}}),
                          layers::Dropout(0.2), layers::Dense(2)});
  model.compile({.optimizer = "adam", .loss = "mse", .metrics = {"mae"}});
  const SeedGenerator seed(7);
  const Tensor x = ops::random_normal(seed.next(), {40, 4});
  const Tensor y = ops::random_normal(seed.next(), {40, 2});
  model.fit(
      x, y,
      {.epochs = 3,
       .batch_size = 8,
       .verbose = 0,
       .validation_split = 0.25,
       .callbacks = {
           callbacks::TensorBoard(in(folder, "logs"), {.histogram_freq = 1, .write_images = true}),
           callbacks::CSVLogger(in(folder, "log.csv")),
           callbacks::ModelCheckpoint(in(folder, "checkpoints/{epoch:02d}-{val_loss:.2f}.keras")),
           callbacks::BackupAndRestore(in(folder, "backup"), {.delete_checkpoint = false})}});
  model.save(in(folder, "model.keras"));
}

int run(const std::vector<std::string>& args) {
  if (args.size() == 1 && args[0] == "layers") {
    for (const LayerType& type : layer_types()) {
      std::printf("%s\n", std::string(type.class_name).c_str());
    }
    return 0;
  }
  if (args.size() == 2 && args[0] == "callbacks") {
    train_with_callbacks(args[1]);
    return 0;
  }
  if (args.size() < 2 || (args[0] != "case" && args[0] != "make")) {
    std::fprintf(stderr,
                 "usage: keratin_interop_driver layers | case <folder>... | make <folder> | "
                 "callbacks <folder>\n");
    return 2;
  }
  for (size_t i = 1; i < args.size(); ++i) {
    if (args[0] == "make") {
      make(args[i]);
      continue;
    }
    try {
      run_case(args[i]);
    } catch (const std::exception& error) {
      std::printf("%s: %s\n", args[i].c_str(), error.what());
    }
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
