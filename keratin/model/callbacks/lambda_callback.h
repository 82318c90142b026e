// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "keratin/base/fields.h"
#include "keratin/model/callbacks/callback.h"
#include "keratin/model/callbacks/function_codec.h"

namespace keratin::callbacks {

using Station = std::function<void(Logs& logs)>;
/// Takes the epoch or the batch, counted from 0.
using CountedStation = std::function<void(int64_t at, Logs& logs)>;

/// Are the functions of a LambdaCallback; those after the sixth are what Keras takes as further
/// keywords.
struct LambdaCallbackOptions {
  KERATIN_OPTIONS(LambdaCallbackOptions);
  KERATIN_FIELD(CountedStation, on_epoch_begin, "Where an epoch begins.") = {};
  KERATIN_FIELD(CountedStation, on_epoch_end, "After an epoch, with its values.") = {};
  KERATIN_FIELD(Station, on_train_begin, "Where training begins.") = {};
  KERATIN_FIELD(Station, on_train_end, "Where training ends.") = {};
  KERATIN_FIELD(CountedStation, on_train_batch_begin, "Before a batch of training.") = {};
  KERATIN_FIELD(CountedStation, on_train_batch_end, "After a batch of training.") = {};
  KERATIN_FIELD(CountedStation, on_batch_begin, "The same where that one is not given.") = {};
  KERATIN_FIELD(CountedStation, on_batch_end, "The same where that one is not given.") = {};
  KERATIN_FIELD(Station, on_test_begin, "Where evaluation or validation begins.") = {};
  KERATIN_FIELD(Station, on_test_end, "Where it ends.") = {};
  KERATIN_FIELD(CountedStation, on_test_batch_begin, "Before a batch of it.") = {};
  KERATIN_FIELD(CountedStation, on_test_batch_end, "After a batch of it.") = {};
  KERATIN_FIELD(Station, on_predict_begin, "Where prediction begins.") = {};
  KERATIN_FIELD(Station, on_predict_end, "Where it ends.") = {};
  KERATIN_FIELD(CountedStation, on_predict_batch_begin, "Before a batch of it.") = {};
  KERATIN_FIELD(CountedStation, on_predict_batch_end, "After a batch of it.") = {};
};

/// Calls functions at the stations of training (keras.io/api/callbacks/lambda_callback).
class LambdaCallback : public Callback {
 public:
  explicit LambdaCallback(LambdaCallbackOptions options);

  void on_epoch_begin(int64_t epoch, Logs& logs) override;
  void on_epoch_end(int64_t epoch, Logs& logs) override;
  void on_train_begin(Logs& logs) override;
  void on_train_end(Logs& logs) override;
  void on_train_batch_begin(int64_t batch, Logs& logs) override;
  void on_train_batch_end(int64_t batch, Logs& logs) override;
  void on_batch_begin(int64_t batch, Logs& logs) override;
  void on_batch_end(int64_t batch, Logs& logs) override;
  void on_test_begin(Logs& logs) override;
  void on_test_end(Logs& logs) override;
  void on_test_batch_begin(int64_t batch, Logs& logs) override;
  void on_test_batch_end(int64_t batch, Logs& logs) override;
  void on_predict_begin(Logs& logs) override;
  void on_predict_end(Logs& logs) override;
  void on_predict_batch_begin(int64_t batch, Logs& logs) override;
  void on_predict_batch_end(int64_t batch, Logs& logs) override;

 private:
  LambdaCallbackOptions options_;
};

}  // namespace keratin::callbacks
