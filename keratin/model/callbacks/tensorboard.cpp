// SPDX-License-Identifier: Apache-2.0
#include "keratin/model/callbacks/tensorboard.h"

#include <algorithm>
#include <chrono>

#include "keratin/base/check.h"
#include "keratin/base/folder.h"
#include "keratin/graph/ops/ops.h"
#include "keratin/io/event_file.h"
#include "keratin/io/png.h"
#include "keratin/model/callbacks/message_internal.h"
#include "keratin/model/model.h"

namespace keratin {

namespace callbacks {

namespace {

constexpr int64_t largest_image_count = 3;

double seconds_now() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

bool is_due(int64_t freq, int64_t epoch) { return freq > 0 && epoch % freq == 0; }

// Returns a weight as images [count, height, width, channels], or an empty handle where it is none.
Tensor images_of(const Tensor& weight) {
  Tensor image = ops::squeeze(weight);
  if (image.rank() == 1) image = image.reshape({1, image.shape()[0], 1, 1});
  if (image.rank() == 2) {
    if (image.shape()[0] > image.shape()[1]) image = ops::transpose(image);
    image = image.reshape({1, image.shape()[0], image.shape()[1], 1});
  }
  if (image.rank() == 3) {
    image = ops::transpose(image, {2, 0, 1});
    image = image.reshape({image.shape()[0], image.shape()[1], image.shape()[2], 1});
  }
  if (image.rank() != 4) return {};
  const int64_t channels = image.shape()[3];
  return channels == 1 || channels == 3 || channels == 4 ? image : Tensor();
}

// As TensorFlow makes bytes of floats from 0 to 1.
uint8_t pixel_of(float value) {
  return static_cast<uint8_t>(std::clamp(value * 255.5f, 0.0f, 255.0f));
}

std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + '"';
}

}  // namespace

UpdateFreq::UpdateFreq(const char* text) {
  const std::string_view given = text == nullptr ? "nullptr" : text;
  require<ValueError>(given == "epoch" || given == "batch", "update_freq",
                      "expected \"epoch\", \"batch\" or a number of batches, got '{}'. Check the "
                      "spelling.",
                      given);
  batches_ = given == "batch" ? 1 : 0;
}

UpdateFreq::UpdateFreq(Count count) : batches_(count.batches) {
  require<ValueError>(batches_ > 0, "update_freq",
                      "expected \"epoch\", \"batch\" or a positive number of batches, got {}. Use "
                      "\"epoch\".",
                      batches_);
}

TensorBoard::TensorBoard(TensorBoardOptions options) : options_(std::move(options)) {
  require<ValueError>(!options_.log_dir.empty(), "TensorBoard",
                      "expected `log_dir`, the folder of the logs, got an empty text. Give it.");
  require<ValueError>(options_.histogram_freq >= 0 && options_.embeddings_freq >= 0, "TensorBoard",
                      "expected `histogram_freq` and `embeddings_freq` of 0 or more, got {} and "
                      "{}. Use 0 for none.",
                      options_.histogram_freq, options_.embeddings_freq);
  require<ValueError>(options_.profile_batch == 0, "TensorBoard",
                      "expected a `profile_batch` of 0, got {}. Set KERATIN_PROFILE to a file for "
                      "a profile.",
                      options_.profile_batch);
}

void TensorBoard::set_model(Model* model) {
  Callback::set_model(model);
  train_writer_.reset();
  validation_writer_.reset();
  in_training_ = in_test_ = false;
  if (model == nullptr) return;
  if (options_.write_graph) write_model();
  if (options_.embeddings_freq > 0) write_projector();
}

EventWriter& TensorBoard::train_writer() {
  if (!train_writer_) train_writer_ = std::make_shared<EventWriter>(options_.log_dir + "/train");
  return *train_writer_;
}

EventWriter& TensorBoard::validation_writer() {
  if (!validation_writer_) {
    validation_writer_ = std::make_shared<EventWriter>(options_.log_dir + "/validation");
  }
  return *validation_writer_;
}

void TensorBoard::write_model() {
  EventWriter& writer = train_writer();
  const std::string kind(model().class_name());
  if (kind != "Functional" && kind != "Sequential") return;
  try {
    writer.keras_model("keras", model().to_json(), 0);
  } catch (const FileError&) {
    throw;
  } catch (const Error& error) {
    warn("Model failed to serialize as JSON. Ignoring... {}", error.what());
  }
}

void TensorBoard::write_projector() {
  std::map<std::string, std::string> files = options_.embeddings_metadata.files();
  const std::string& one = options_.embeddings_metadata.file();
  std::string text;
  for (const Layer& layer : model().layers()) {
    if (layer.class_name() != "Embedding") continue;
    text += "embeddings {\n  tensor_name: ";
    text += "\"layer_with_weights-0/embeddings/.ATTRIBUTES/VARIABLE_VALUE\"\n";
    const auto own = files.find(layer.name());
    const std::string file = own == files.end() ? one : own->second;
    if (!file.empty()) text += "  metadata_path: " + quoted(file) + "\n";
    text += "}\n";
    if (own != files.end()) files.erase(own);
  }
  std::vector<std::string> left;
  for (const auto& [name, file] : files) left.push_back(name);
  require<ValueError>(left.empty(), "TensorBoard",
                      "expected names of Embedding layers in `embeddings_metadata`, got [{}]. "
                      "Check the names.",
                      fmt::join(left, ", "));
  make_folder(options_.log_dir);
  write_file_atomically(options_.log_dir + "/projector_config.pbtxt", bytes_of(text));
}

bool TensorBoard::records() const {
  if (options_.update_freq.is_epoch() || (!in_training_ && !in_test_)) return true;
  return (in_test_ ? test_batches_ : train_batches_) % options_.update_freq.batches() == 0;
}

void TensorBoard::on_train_begin(Logs&) {
  train_batches_ = 0;
  iterations_before_ = 0;
  in_training_ = true;
  train_writer();
}

void TensorBoard::on_train_end(Logs&) {
  in_training_ = false;
  train_writer_.reset();
  validation_writer_.reset();
}

void TensorBoard::on_test_begin(Logs&) {
  in_test_ = true;
  validation_writer();
}

void TensorBoard::on_test_end(Logs& logs) {
  if (records()) {
    const auto iterations = int64_t{model().optimizer().iterations().item<int32_t>()};
    for (const auto& [name, value] : logs) {
      validation_writer().scalar("evaluation_" + name + "_vs_iterations", static_cast<float>(value),
                                 iterations);
    }
  }
  validation_writer().flush();
  in_test_ = false;
}

void TensorBoard::on_test_batch_begin(int64_t, Logs&) { ++test_batches_; }

void TensorBoard::on_epoch_begin(int64_t, Logs&) {
  if (!options_.write_steps_per_second) return;
  iterations_before_ = model().optimizer().iterations().item<int32_t>();
  epoch_start_ = seconds_now();
}

void TensorBoard::on_train_batch_begin(int64_t, Logs&) {
  ++train_batches_;
  if (options_.write_steps_per_second) batch_start_ = seconds_now();
}

void TensorBoard::on_train_batch_end(int64_t, Logs& logs) {
  if (options_.update_freq.is_epoch() || !records()) return;
  if (options_.write_steps_per_second) {
    const double seconds = std::max(seconds_now() - batch_start_, 1e-9);
    train_writer().scalar("batch_steps_per_second", static_cast<float>(1.0 / seconds),
                          train_batches_);
  }
  for (const auto& [name, value] : logs) {
    train_writer().scalar("batch_" + name, static_cast<float>(value), train_batches_);
  }
}

void TensorBoard::on_epoch_end(int64_t epoch, Logs& logs) {
  if (records() && !logs.empty()) write_epoch(epoch, logs);
  if (is_due(options_.histogram_freq, epoch) && records()) write_weights(epoch);
  if (is_due(options_.embeddings_freq, epoch)) {
    const std::string folder = options_.log_dir + "/train";
    make_folder(folder);
    model().save_weights(fmt::format("{}/keras_embedding.ckpt-{}.weights.h5", folder, epoch));
  }
  train_writer().flush();
  if (validation_writer_) validation_writer_->flush();
}

void TensorBoard::write_epoch(int64_t epoch, const Logs& logs) {
  Logs train;
  for (const auto& [name, value] : logs) {
    if (!name.starts_with("val_")) train.set(name, value);
  }
  const Optimizer& optimizer = model().optimizer();
  train.set("learning_rate", optimizer.learning_rate().item<float>());
  if (options_.write_steps_per_second) {
    const int64_t steps = optimizer.iterations().item<int32_t>() - iterations_before_;
    const double seconds = std::max(seconds_now() - epoch_start_, 1e-9);
    train.set("steps_per_second", static_cast<double>(steps) / seconds);
  }
  for (const auto& [name, value] : train) {
    train_writer().scalar("epoch_" + name, static_cast<float>(value), epoch);
  }
  for (const auto& [name, value] : logs) {
    if (!name.starts_with("val_")) continue;
    validation_writer().scalar("epoch_" + name.substr(4), static_cast<float>(value), epoch);
  }
}

void TensorBoard::write_weights(int64_t epoch) {
  for (const Layer& layer : model().layers()) {
    for (const Variable& weight : layer.weights()) {
      std::string name = weight.path();
      std::replace(name.begin(), name.end(), ':', '_');
      const Tensor value = weight.value();
      train_writer().histogram(name + "/histogram", value.to_vector<double>(), epoch);
      if (options_.write_images) write_image(value, name + "/image", epoch);
    }
  }
}

void TensorBoard::write_image(const Tensor& weight, const std::string& tag, int64_t epoch) {
  const Tensor images = images_of(weight);
  if (!images.defined() || images.array().size() == 0) return;
  const int64_t height = images.shape()[1];
  const int64_t width = images.shape()[2];
  const int64_t channels = images.shape()[3];
  const auto size = static_cast<size_t>(height * width * channels);
  std::vector<uint8_t> pixels;
  for (const float value : images.to_vector<float>()) pixels.push_back(pixel_of(value));
  std::vector<Bytes> files;
  for (int64_t i = 0; i < std::min(images.shape()[0], largest_image_count); ++i) {
    const std::span all(pixels);
    files.push_back(
        png_bytes(all.subspan(static_cast<size_t>(i) * size, size), width, height, channels));
  }
  train_writer().image(tag, width, height, files, epoch);
}

CallbackState TensorBoard::get_state() const {
  return {.values =
              Config::dict({{"train_batches", train_batches_}, {"test_batches", test_batches_}})};
}

void TensorBoard::set_state(const CallbackState& state) {
  train_batches_ = state.values.at("train_batches").as_int();
  test_batches_ = state.values.at("test_batches").as_int();
  // An epoch that goes on in its middle is timed from here.
  Logs none;
  on_epoch_begin(0, none);
}

}  // namespace callbacks

Config Codec<callbacks::UpdateFreq>::write(const callbacks::UpdateFreq& value) {
  return value.is_epoch() ? Config("epoch") : Config(value.batches());
}

callbacks::UpdateFreq Codec<callbacks::UpdateFreq>::read(const Config& config) {
  if (config.is_string()) return config.as_string().c_str();
  return config.as_int();
}

Config Codec<callbacks::EmbeddingsMetadata>::write(const callbacks::EmbeddingsMetadata& value) {
  if (!value.file().empty()) return value.file();
  if (value.files().empty()) return {};
  Config files = Config::dict();
  for (const auto& [name, file] : value.files()) files.set(name, file);
  return files;
}

callbacks::EmbeddingsMetadata Codec<callbacks::EmbeddingsMetadata>::read(const Config& config) {
  if (config.is_null()) return {};
  if (config.is_string()) return config.as_string();
  std::map<std::string, std::string> files;
  for (const auto& [name, file] : config.as_dict()) files[name] = file.as_string();
  return files;
}

}  // namespace keratin
