// SPDX-License-Identifier: Apache-2.0
#include "keratin/model/callbacks/model_checkpoint.h"

#include <filesystem>

#include "keratin/base/check.h"
#include "keratin/base/folder.h"
#include "keratin/base/python_format.h"
#include "keratin/model/callbacks/message_internal.h"
#include "keratin/model/model.h"

namespace keratin::callbacks {

namespace {

std::string five_digits(OptionalNumber value) {
  return value ? text::python_format("{x:.5f}", {{"x", *value}}, "") : "None";
}

}  // namespace

ModelCheckpoint::ModelCheckpoint(ModelCheckpointOptions options)
    : MonitorCallback("ModelCheckpoint", options.monitor, options.mode,
                      options.initial_value_threshold, 0.0),
      options_(std::move(options)) {
  const std::string& path = options_.filepath;
  if (options_.save_weights_only) {
    require<ValueError>(path.ends_with(".weights.h5"), class_name(),
                        "expected a `filepath` that ends in `.weights.h5` with "
                        "`save_weights_only`, got '{}'. Add the ending.",
                        path);
  } else {
    require<ValueError>(path.ends_with(".keras") || path.ends_with(".h5"), class_name(),
                        "expected a `filepath` that ends in `.keras` or `.h5`, got '{}'. Add the "
                        "ending.",
                        path);
  }
}

void ModelCheckpoint::on_epoch_begin(int64_t epoch, Logs&) { epoch_ = epoch; }

void ModelCheckpoint::on_train_batch_end(int64_t batch, Logs& logs) {
  if (counter_.is_due(batch, options_.save_freq)) save(epoch_, batch, logs);
}

void ModelCheckpoint::on_epoch_end(int64_t epoch, Logs& logs) {
  if (options_.save_freq.is_epoch()) save(epoch, -1, logs);
}

std::string ModelCheckpoint::path_for(int64_t epoch, int64_t batch, const Logs& logs) const {
  std::vector<text::NamedNumber> values{{"epoch", epoch + 1}};
  if (batch >= 0 && !logs.has("batch")) values.emplace_back("batch", batch + 1);
  for (const auto& [name, value] : logs) values.emplace_back(name, value);
  return text::python_format(options_.filepath, values, "ModelCheckpoint, filepath");
}

bool ModelCheckpoint::should_save(int64_t epoch, const Logs& logs, const std::string& path) {
  if (!options_.save_best_only) {
    if (options_.verbose > 0) say("\nEpoch {}: saving model to {}", epoch + 1, path);
    return true;
  }
  if (!logs.has(monitor())) {
    warn("Can save best model only with {} available.", monitor());
    return true;
  }
  const double current = logs[monitor()];
  if (!is_improvement(current, best())) {
    if (options_.verbose > 0) {
      say("\nEpoch {}: {} did not improve from {}", epoch + 1, monitor(), five_digits(best()));
    }
    return false;
  }
  if (options_.verbose > 0) {
    say("\nEpoch {}: {} improved from {} to {}, saving model to {}", epoch + 1, monitor(),
        five_digits(best()), five_digits(current), path);
  }
  set_best(current);
  return true;
}

void ModelCheckpoint::save(int64_t epoch, int64_t batch, const Logs& logs) {
  const std::string path = path_for(epoch, batch, logs);
  if (!should_save(epoch, logs, path)) return;
  make_parent_folder(path);
  require<FileError>(!std::filesystem::is_directory(path), path,
                     "expected a file for ModelCheckpoint, got a folder. Choose another "
                     "`filepath`.");
  if (options_.save_weights_only) {
    model().save_weights(path);
  } else {
    model().save(path);
  }
  if (options_.verbose > 0) say("\nEpoch {}: finished saving model to {}", epoch + 1, path);
}

CallbackState ModelCheckpoint::get_state() const {
  CallbackState state = MonitorCallback::get_state();
  state.values.set("epoch", epoch_);
  state.values.set("counter", counter_.get_state());
  return state;
}

void ModelCheckpoint::set_state(const CallbackState& state) {
  MonitorCallback::set_state(state);
  epoch_ = state.values.at("epoch").as_int();
  counter_.set_state(state.values.at("counter"));
}

}  // namespace keratin::callbacks
