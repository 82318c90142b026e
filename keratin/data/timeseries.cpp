// SPDX-License-Identifier: Apache-2.0
#include "keratin/data/timeseries.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <vector>

#include "keratin/base/check.h"
#include "keratin/core/random.h"

namespace keratin::utils {

namespace {

constexpr std::string_view where = "timeseries_dataset_from_array";

void check_step(int64_t step, std::string_view name, int64_t length) {
  require<ValueError>(step > 0 && step < length, where,
                      "expected `{}` from 1 to {}, got {}. It must be lower than the length of the "
                      "data.",
                      name, length - 1, step);
}

// As Keras, takes an index of 0 for one that is not given.
void check(const TimeseriesOptions& options, int64_t length) {
  const int64_t start = options.start_index.value_or(0), end = options.end_index.value_or(0);
  require<ValueError>(start >= 0 && (start == 0 || start < length), where,
                      "expected `start_index` from 0 to {}, got {}. It must be lower than the "
                      "length of the data.",
                      length - 1, start);
  require<ValueError>(end == 0 || (end > start && end > 0), where,
                      "expected `end_index` to be higher than `start_index`, got {} and {}. Change "
                      "one of them.",
                      end, start);
  require<ValueError>(end == 0 || end < length, where,
                      "expected `end_index` to be lower than the length of the data, {}, got {}. "
                      "Leave it out to use all data.",
                      length, end);
  check_step(options.sampling_rate, "sampling_rate", length);
  check_step(options.sequence_stride, "sequence_stride", length);
  require<ValueError>(options.sequence_length > 0, where,
                      "expected `sequence_length` to be positive, got {}. Give the rows of a "
                      "window.",
                      options.sequence_length);
  require<ValueError>(!options.batch_size || *options.batch_size > 0, where,
                      "expected `batch_size` to be positive, got {}. Use 128, or nullopt for no "
                      "batches.",
                      options.batch_size.value_or(0));
  require<ValueError>(!options.seed || (*options.seed >= 0 && *options.seed <= 0xFFFFFFFF), where,
                      "expected a seed from 0 to 4294967295, got {}. Use another.",
                      options.seed.value_or(0));
}

Array with_rows(const Tensor& tensor, std::string_view name) {
  require<ShapeError>(tensor.rank() > 0, where,
                      "expected `{}` with rows, got a scalar. Pass an array.", name);
  return tensor.array().contiguous();
}

// Returns rows [first, first + step, ...] as [count, ...].
Tensor every(const Array& rows, int64_t first, int64_t count, int64_t step) {
  Shape shape = rows.shape();
  shape[0] = count;
  Array window(rows.dtype(), shape);
  if (window.bytes() == 0) return window;
  const size_t size = rows.bytes() / static_cast<size_t>(rows.shape()[0]);
  const auto* source = static_cast<const std::byte*>(rows.raw());
  auto* target = static_cast<std::byte*>(window.raw());
  for (int64_t i = 0; i < count; ++i) {
    std::memcpy(target + static_cast<size_t>(i) * size,
                source + static_cast<size_t>(first + i * step) * size, size);
  }
  return window;
}

// Returns row i without its first axis, as a view.
Tensor row(const Array& rows, int64_t i) {
  return rows.rows(i, i + 1).reshape(rows.shape().slice(1, rows.rank()));
}

int64_t sequence_count(const TimeseriesOptions& options, int64_t length) {
  // A window of which less than nothing is left begins nowhere, however long it is.
  if (options.sequence_length - 1 >= length) return 0;
  return std::max<int64_t>(0, length - (options.sequence_length - 1) * options.sampling_rate);
}

}  // namespace

Dataset timeseries_dataset_from_array(const Tensor& data, const Nest& targets,
                                      const TimeseriesOptions& options) {
  const Array all = with_rows(data, "data");
  const int64_t length = all.shape()[0];
  check(options, length);
  const int64_t start = options.start_index.value_or(0);
  const int64_t end = std::max(start, options.end_index.value_or(length));
  const Array rows = all.rows(start, end);
  int64_t count = sequence_count(options, end - start);
  Array labels;
  if (!targets.empty()) {
    labels = with_rows(targets, "targets");
    const int64_t labelled = labels.shape()[0];
    count = std::min(count, labelled);
    labels = labels.rows(std::min(start, labelled), std::min(end, labelled));
  }
  std::vector<int64_t> positions;
  for (int64_t at = 0; at < count; at += options.sequence_stride) positions.push_back(at);
  require<ValueError>(
      !labels.defined() || positions.empty() || positions.back() < labels.shape()[0], where,
      "expected a target for each of the windows that begin up to row {}, got "
      "targets of shape {}. They begin at row 0 of the data.",
      positions.empty() ? 0 : start + positions.back(),
      to_string(targets.empty() ? Shape() : targets.shape()));
  int64_t seed = 0;
  if (options.shuffle) {
    seed = options.seed ? *options.seed : rng::global_random().with_numpy([](auto& numpy) {
      return numpy.randint(0, 1000000);
    });
    rng::NumpyRandom(static_cast<uint32_t>(seed)).shuffle(std::span<int64_t>(positions));
  }
  const auto number = static_cast<int64_t>(positions.size());
  Dataset windows = Dataset::range(number).map(
      [rows, labels, positions = std::move(positions), options](const Nest& i) {
        const int64_t at = positions[static_cast<size_t>(i.item<int64_t>())];
        Nest x = every(rows, at, options.sequence_length, options.sampling_rate);
        return labels.defined() ? Data(std::move(x), row(labels, at)) : Data(std::move(x));
      });
  const int64_t size = options.batch_size.value_or(128);
  if (options.shuffle) {
    // As many as Keras draws out of.
    const int64_t buffer = options.batch_size ? std::min(size, number) * 8 : 1024;
    windows = windows.shuffle(std::max<int64_t>(1, buffer), {.seed = seed});
  }
  return options.batch_size ? windows.batch(size) : windows;
}

}  // namespace keratin::utils
