// SPDX-License-Identifier: Apache-2.0
// What windows of series and the conversions of labels refuse, with the whole sentence.
#include <limits>

#include "keratin/keratin.h"
#include "tests/support/misuse.h"

namespace keratin {
namespace {

using testing_support::expect_error;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
const Tensor ten = Tensor::ones({10, 2});

void windows(const utils::TimeseriesOptions& options, const Tensor& targets = {}) {
  utils::timeseries_dataset_from_array(ten, targets, options);
}

TEST(MisuseWindows, Arguments) {
  expect_error<ValueError>([] { windows({.sequence_length = 0}); },
                           "timeseries_dataset_from_array: expected `sequence_length` to be "
                           "positive, got 0. Give the rows of a window.");
  expect_error<ValueError>([] { windows({.sequence_length = 3, .sequence_stride = 0}); },
                           "timeseries_dataset_from_array: expected `sequence_stride` from 1 to 9, "
                           "got 0. It must be lower than the length of the data.");
  expect_error<ValueError>([] { windows({.sequence_length = 3, .sampling_rate = 10}); },
                           "timeseries_dataset_from_array: expected `sampling_rate` from 1 to 9, "
                           "got 10. It must be lower than the length of the data.");
  expect_error<ValueError>([] { windows({.sequence_length = 3, .batch_size = 0}); },
                           "timeseries_dataset_from_array: expected `batch_size` to be positive, "
                           "got 0. Use 128, or nullopt for no batches.");
  expect_error<ValueError>(
      [] { windows({.sequence_length = 3, .seed = -1}); },
      "timeseries_dataset_from_array: expected a seed from 0 to 4294967295, got -1. Use another.");
  expect_error<ValueError>([] { windows({.sequence_length = 3, .start_index = 10}); },
                           "timeseries_dataset_from_array: expected `start_index` from 0 to 9, got "
                           "10. It must be lower than the length of the data.");
  expect_error<ValueError>(
      [] { windows({.sequence_length = 3, .start_index = 5, .end_index = 4}); },
      "timeseries_dataset_from_array: expected `end_index` to be higher than `start_index`, got 4 "
      "and 5. Change one of them.");
  expect_error<ValueError>([] { windows({.sequence_length = 3, .end_index = 10}); },
                           "timeseries_dataset_from_array: expected `end_index` to be lower than "
                           "the length of the data, 10, got 10. Leave it out to use all data.");
  expect_error<ShapeError>(
      [] { windows({.sequence_length = 3}, Tensor(1.0f)); },
      "timeseries_dataset_from_array: expected `targets` with rows, got a scalar. Pass an array.");
  expect_error<ShapeError>(
      [] { utils::timeseries_dataset_from_array(Tensor(1.0f), {}, {.sequence_length = 3}); },
      "timeseries_dataset_from_array: expected `data` with rows, got a scalar. Pass an array.");
}

TEST(MisuseLabels, Categories) {
  expect_error<ValueError>(
      [] {
        utils::to_categorical(Tensor::from({0.0, nan}, {2}));
      },
      "to_categorical: expected class numbers, got nan. Remove such rows first.");
  expect_error<ValueError>(
      [] {
        utils::to_categorical(Tensor::from({0, 4}, {2}), 3);
      },
      "to_categorical: expected class numbers from 0 to 2, got 4. Give a larger `num_classes`, or "
      "check the data.");
  expect_error<ValueError>(
      [] {
        utils::to_categorical(Tensor::from({-1, -2}, {2}));
      },
      "to_categorical: expected class numbers from 0 on, got -1 as the largest. Give "
      "`num_classes`.");
  expect_error<ValueError>(
      [] {
        utils::to_categorical(Tensor::from({0, 1}, {2}), -2);
      },
      "to_categorical: expected `num_classes` to be positive, got -2. Give the number of classes.");
  expect_error<ValueError>(
      [] { utils::to_categorical(Tensor::zeros({0})); },
      "to_categorical: expected at least one class number, got shape [0]. Give `num_classes`.");
  expect_error<ValueError>(
      [] { utils::to_categorical(Tensor()); },
      "tensor: expected a tensor, got an empty handle. Assign a tensor to it first.");
  expect_error<ValueError>(
      [] { utils::normalize(ten, -1, nan); },
      "normalize: expected `order` to be a number, got nan. Use 2 for the L2 norm.");
  expect_error<ValueError>(
      [] { utils::normalize(ten, 2); },
      "normalize: expected `axis` between -2 and 1, got 2. Check the rank of the input.");
  expect_error<ValueError>([] { utils::set_random_seed(-1); },
                           "set_random_seed: expected an integer from 0 to 2**32 - 1, got -1. Pass "
                           "a smaller, non-negative seed.");
}

}  // namespace
}  // namespace keratin
