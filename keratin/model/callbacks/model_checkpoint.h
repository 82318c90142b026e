// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <string>
#include <string_view>

#include "keratin/base/fields.h"
#include "keratin/model/callbacks/monitor_callback.h"
#include "keratin/model/callbacks/save_freq.h"

namespace keratin::callbacks {

struct ModelCheckpointOptions {
  KERATIN_OPTIONS(ModelCheckpointOptions);
  KERATIN_FIELD(std::string, filepath, "The file; may hold {epoch:02d}, {val_loss:.2f}.") = {};
  KERATIN_FIELD(std::string, monitor, "The value that tells the best model.") = "val_loss";
  KERATIN_FIELD(int, verbose, "1 prints what is saved.") = 0;
  KERATIN_FIELD(bool, save_best_only, "Whether only better models are saved.") = false;
  KERATIN_FIELD(bool, save_weights_only, "Whether only weights are saved.") = false;
  KERATIN_FIELD(std::string, mode, "min, max, or auto: what is better.") = "auto";
  KERATIN_FIELD(SaveFreq, save_freq, "When to save: \"epoch\", or each n batches.") = "epoch";
  KERATIN_FIELD(OptionalNumber, initial_value_threshold, "Must be passed to be the best.") = {};
};

/// Saves the model, or its weights, while it trains (keras.io/api/callbacks/model_checkpoint).
/// `filepath` ends in `.weights.h5` with `save_weights_only`, else in `.keras` or `.h5`; ValueError
/// otherwise. Folders that are missing are made. Training throws ValueError for names in
/// `filepath` that the logs do not have, and FileError.
class ModelCheckpoint : public MonitorCallback {
 public:
  explicit ModelCheckpoint(ModelCheckpointOptions options);
  // A template, since g++ would also build a std::string from a designated list.
  template <std::convertible_to<std::string_view> T>
  explicit ModelCheckpoint(const T& filepath, ModelCheckpointOptions options = {})
      : ModelCheckpoint(with_path(std::string(filepath), std::move(options))) {}

  void on_epoch_begin(int64_t epoch, Logs& logs) override;
  void on_train_batch_end(int64_t batch, Logs& logs) override;
  void on_epoch_end(int64_t epoch, Logs& logs) override;
  CallbackState get_state() const override;
  void set_state(const CallbackState& state) override;

 private:
  static ModelCheckpointOptions with_path(std::string path, ModelCheckpointOptions options) {
    options.filepath = std::move(path);
    return options;
  }
  /// `batch` is -1 at the end of an epoch.
  void save(int64_t epoch, int64_t batch, const Logs& logs);
  bool should_save(int64_t epoch, const Logs& logs, const std::string& path);
  std::string path_for(int64_t epoch, int64_t batch, const Logs& logs) const;

  ModelCheckpointOptions options_;
  BatchCounter counter_;
  int64_t epoch_ = 0;
};

}  // namespace keratin::callbacks
