// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "keratin/data/data.h"

namespace keratin::utils {

/// Are the arguments of PyDataset; `use_multiprocessing` is not one, since threads do what
/// processes do in Python.
struct PyDatasetOptions {
  int64_t workers = 1;
  int64_t max_queue_size = 10;
};

/// Is the base of a user's data that gives each batch by its number, which lets `fit` prepare
/// several at once and shuffle them: derive from it and pass the object to `fit`, `evaluate`,
/// `predict` or as `validation_data`; it must live until they return
/// (keras.io/api/utils/python_utils, PyDataset).
///
/// With 2 `workers` or more as many threads call `get_item`, also at the same time; batches keep
/// their order and at most `max_queue_size` are made ahead. Otherwise the caller's thread does.
class PyDataset {
 public:
  /// Throws ValueError for numbers that are out of range.
  explicit PyDataset(const PyDatasetOptions& options = {});
  virtual ~PyDataset() = default;

  /// Returns the number of batches: `__len__`. Nothing means that there is no end; then
  /// `steps_per_epoch` says how long an epoch is.
  virtual std::optional<int64_t> num_batches() const = 0;
  /// Returns a whole batch: `__getitem__`.
  virtual Data get_item(int64_t index) = 0;
  /// Are called around each epoch, while no thread calls `get_item`.
  virtual void on_epoch_begin() {}
  virtual void on_epoch_end() {}

  int64_t workers() const { return options_.workers; }
  int64_t max_queue_size() const { return options_.max_queue_size; }

 private:
  PyDatasetOptions options_;
};

}  // namespace keratin::utils
