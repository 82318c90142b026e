// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <initializer_list>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "keratin/base/config.h"
#include "keratin/graph/tensor.h"
#include "keratin/model/train/logs.h"

namespace keratin {

class Model;

/// Says what a run of `fit`, `evaluate` or `predict` is about to do.
struct CallbackParams {
  int verbose = 0;
  int64_t epochs = 1;
  int64_t steps = -1;  ///< -1 while it is not known
};

/// Is what a callback must remember to go on after an interruption.
struct CallbackState {
  Config values = {};
  std::vector<Tensor> tensors = {};
  bool empty() const { return values.is_null() && tensors.empty(); }
};

/// Is called at the stations of training (keras.io/api/callbacks/base_callback). Derive from it,
/// override what you need, and pass the object to `fit`: `.callbacks = {my_callback}`.
class Callback {
 public:
  virtual ~Callback() = default;

  virtual void on_train_begin(Logs& /*logs*/) {}
  virtual void on_train_end(Logs& /*logs*/) {}
  virtual void on_epoch_begin(int64_t /*epoch*/, Logs& /*logs*/) {}
  virtual void on_epoch_end(int64_t /*epoch*/, Logs& /*logs*/) {}
  virtual void on_train_batch_begin(int64_t batch, Logs& logs) { on_batch_begin(batch, logs); }
  virtual void on_train_batch_end(int64_t batch, Logs& logs) { on_batch_end(batch, logs); }
  virtual void on_batch_begin(int64_t /*batch*/, Logs& /*logs*/) {}
  virtual void on_batch_end(int64_t /*batch*/, Logs& /*logs*/) {}
  /// Is called after a validation that belongs to an epoch, before `on_epoch_end`, with what each
  /// value is larger by on the validation data than on the training data. Keras has no such
  /// station.
  virtual void on_gap(int64_t /*epoch*/, const Logs& /*gap*/) {}
  virtual void on_test_begin(Logs& /*logs*/) {}
  virtual void on_test_end(Logs& /*logs*/) {}
  virtual void on_test_batch_begin(int64_t /*batch*/, Logs& /*logs*/) {}
  virtual void on_test_batch_end(int64_t /*batch*/, Logs& /*logs*/) {}
  virtual void on_predict_begin(Logs& /*logs*/) {}
  virtual void on_predict_end(Logs& /*logs*/) {}
  virtual void on_predict_batch_begin(int64_t /*batch*/, Logs& /*logs*/) {}
  virtual void on_predict_batch_end(int64_t /*batch*/, Logs& /*logs*/) {}

  /// Returns what BackupAndRestore keeps of this callback; nothing by default.
  virtual CallbackState get_state() const { return {}; }
  /// Takes that back when a run goes on, after `on_train_begin`. An epoch that goes on in its
  /// middle does not begin again: `on_epoch_begin` is not called for it.
  virtual void set_state(const CallbackState& /*state*/) {}

  /// Returns the model that is being trained; throws ValueError outside of a run.
  Model& model() const;
  const CallbackParams& params() const { return params_; }
  virtual void set_model(Model* model) { model_ = model; }
  virtual void set_params(const CallbackParams& params) { params_ = params; }

 private:
  Model* model_ = nullptr;
  CallbackParams params_;
};

/// Is one entry of a `callbacks` list. An object that has a name is used itself, so that its state
/// can be read after training, and must live until `fit` returns; a temporary one is kept.
class CallbackRef {
 public:
  template <std::derived_from<Callback> T>
  CallbackRef(T& callback) : callback_(&callback) {}
  template <class T>
  requires(std::derived_from<std::remove_cvref_t<T>, Callback> && !std::is_lvalue_reference_v<T>)
      CallbackRef(T&& callback)
      : owned_(std::make_shared<std::remove_cvref_t<T>>(std::move(callback))),
        callback_(owned_.get()) {}
  Callback& get() const { return *callback_; }

 private:
  std::shared_ptr<Callback> owned_;
  Callback* callback_;
};

using Callbacks = std::vector<CallbackRef>;

}  // namespace keratin
