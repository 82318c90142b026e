// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "keratin/base/codec.h"
#include "keratin/base/fields.h"
#include "keratin/model/callbacks/callback.h"

namespace keratin {

class EventWriter;

namespace callbacks {

/// Says when values are written: after each "epoch", each "batch", or each n batches.
class UpdateFreq {
 public:
  /// Throws ValueError for another text.
  UpdateFreq(const char* text);
  /// Throws ValueError for a number below 1.
  template <std::integral T>
  requires(!std::same_as<T, bool>) UpdateFreq(T batches) : UpdateFreq(Count{batches}) {}

  bool is_epoch() const { return batches_ == 0; }
  /// Returns the number of batches; 0 for "epoch".
  int64_t batches() const { return batches_; }

 private:
  struct Count {
    int64_t batches;
  };
  UpdateFreq(Count count);
  int64_t batches_ = 0;
};

/// Are the files with the names of an embedding's rows: one for all layers, or by layer.
class EmbeddingsMetadata {
 public:
  EmbeddingsMetadata() = default;
  EmbeddingsMetadata(const char* file) : file_(file) {}
  EmbeddingsMetadata(std::string file) : file_(std::move(file)) {}
  EmbeddingsMetadata(std::map<std::string, std::string> files) : files_(std::move(files)) {}

  const std::string& file() const { return file_; }
  const std::map<std::string, std::string>& files() const { return files_; }

 private:
  std::string file_;
  std::map<std::string, std::string> files_;
};

struct TensorBoardOptions {
  KERATIN_OPTIONS(TensorBoardOptions);
  KERATIN_FIELD(std::string, log_dir, "The folder of the logs.") = "logs";
  KERATIN_FIELD(int64_t, histogram_freq, "Epochs between histograms of weights; 0 for none.") = 0;
  KERATIN_FIELD(bool, write_graph, "Whether the model is written.") = true;
  KERATIN_FIELD(bool, write_images, "Whether weights are written as images, too.") = false;
  KERATIN_FIELD(bool, write_steps_per_second, "Whether the speed is written.") = false;
  KERATIN_FIELD(UpdateFreq, update_freq, "\"epoch\", \"batch\", or a number of batches.") = "epoch";
  KERATIN_FIELD(int64_t, profile_batch, "Must be 0: KERATIN_PROFILE writes profiles.") = 0;
  KERATIN_FIELD(int64_t, embeddings_freq, "Epochs between embeddings; 0 for none.") = 0;
  KERATIN_FIELD(EmbeddingsMetadata, embeddings_metadata, "Files with the names of rows.") = {};
};

/// Writes losses, metrics, the model and its weights for TensorBoard, in the folders `train` and
/// `validation` of `log_dir` (keras.io/api/callbacks/tensorboard). As in Keras, `update_freq` n
/// lets also the values of an epoch through only where the number of batches is a multiple of n.
/// Throws ValueError for a `profile_batch` and for `embeddings_metadata` of layers that are not
/// there; training throws FileError.
class TensorBoard : public Callback {
 public:
  explicit TensorBoard(TensorBoardOptions options = {});
  // A template, since g++ would also build a std::string from a designated list.
  template <std::convertible_to<std::string_view> T>
  explicit TensorBoard(const T& log_dir, TensorBoardOptions options = {})
      : TensorBoard(with_folder(std::string(log_dir), std::move(options))) {}

  void set_model(Model* model) override;
  void on_train_begin(Logs& logs) override;
  void on_train_end(Logs& logs) override;
  void on_test_begin(Logs& logs) override;
  void on_test_end(Logs& logs) override;
  void on_epoch_begin(int64_t epoch, Logs& logs) override;
  void on_epoch_end(int64_t epoch, Logs& logs) override;
  void on_train_batch_begin(int64_t batch, Logs& logs) override;
  void on_train_batch_end(int64_t batch, Logs& logs) override;
  void on_test_batch_begin(int64_t batch, Logs& logs) override;
  CallbackState get_state() const override;
  void set_state(const CallbackState& state) override;

 private:
  static TensorBoardOptions with_folder(std::string folder, TensorBoardOptions options) {
    options.log_dir = std::move(folder);
    return options;
  }
  EventWriter& train_writer();
  EventWriter& validation_writer();
  /// Tells whether what is written now passes `update_freq`.
  bool records() const;
  void write_model();
  void write_projector();
  void write_epoch(int64_t epoch, const Logs& logs);
  void write_weights(int64_t epoch);
  void write_image(const Tensor& weight, const std::string& tag, int64_t epoch);

  TensorBoardOptions options_;
  std::shared_ptr<EventWriter> train_writer_;
  std::shared_ptr<EventWriter> validation_writer_;
  int64_t train_batches_ = 0;
  int64_t test_batches_ = 0;
  bool in_training_ = false;
  bool in_test_ = false;
  int64_t iterations_before_ = 0;
  double epoch_start_ = 0.0;
  double batch_start_ = 0.0;
};

}  // namespace callbacks

template <>
struct Codec<callbacks::UpdateFreq> {
  static Config write(const callbacks::UpdateFreq& value);
  static callbacks::UpdateFreq read(const Config& config);
  static std::string type_name() { return "\"epoch\", \"batch\" or int"; }
};

template <>
struct Codec<callbacks::EmbeddingsMetadata> {
  static Config write(const callbacks::EmbeddingsMetadata& value);
  static callbacks::EmbeddingsMetadata read(const Config& config);
  static std::string type_name() { return "str, dict of str or None"; }
};

}  // namespace keratin
