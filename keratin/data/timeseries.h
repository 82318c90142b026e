// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "keratin/data/dataset.h"

namespace keratin::utils {

/// Are the arguments of `timeseries_dataset_from_array`, but for `format`.
struct TimeseriesOptions {
  int64_t sequence_length = 0;  ///< must be given
  int64_t sequence_stride = 1;
  int64_t sampling_rate = 1;
  std::optional<int64_t> batch_size = 128;
  bool shuffle = false;
  std::optional<int64_t> seed = {};
  std::optional<int64_t> start_index = {};
  std::optional<int64_t> end_index = {};
};

/// Returns windows of `sequence_length` rows of `data`, `sampling_rate` rows apart, which begin at
/// every `sequence_stride`-th row: batches [batch, sequence_length, ...], with the rows of
/// `targets` at which the windows begin unless they are nullptr. Throws ValueError for numbers that
/// do not fit the data. With `shuffle` the order is not TensorFlow's
/// (keras.io/api/data_loading/timeseries).
Dataset timeseries_dataset_from_array(const Tensor& data, const Nest& targets,
                                      const TimeseriesOptions& options);

}  // namespace keratin::utils
