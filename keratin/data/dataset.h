// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "keratin/data/element_function.h"

namespace keratin {

/// Lets the runtime choose how many are prepared at once.
inline constexpr int64_t AUTOTUNE = -1;
/// Are what `Dataset::cardinality` returns when there is no end, or nobody knows it.
inline constexpr int64_t INFINITE_CARDINALITY = -1;
inline constexpr int64_t UNKNOWN_CARDINALITY = -2;

struct MapOptions {
  /// Threads that call the function at the same time; results keep their order.
  int64_t num_parallel_calls = 1;
};
struct DatasetBatchOptions {
  bool drop_remainder = false;
};
struct ShuffleOptions {
  /// With a seed the order is the same in each run of the program; without, `set_random_seed`
  /// decides.
  std::optional<int64_t> seed = {};
  /// Draws another order each time the elements are gone through.
  bool reshuffle_each_iteration = true;
};
struct InterleaveOptions {
  int64_t cycle_length = AUTOTUNE;
  /// With 2 or more, what comes next of each open dataset is prepared on a thread.
  int64_t num_parallel_calls = 1;
};
struct CsvOptions {
  /// Columns that are targets; negative numbers count from the last.
  std::vector<int64_t> label_columns = {};
};

/// Is a source of samples or batches that can be gone through again and again, with the functions
/// of `tf.data.Dataset` (tensorflow.org/api_docs/python/tf/data/Dataset) that Keras programs use.
/// Elements are Data: inputs, targets, weights. A Dataset is a value that never changes; each
/// function returns a new one and nothing is read before somebody goes through it:
/// ```
/// auto train = Dataset::from_tensor_slices(x, y).shuffle(1000).batch(32).prefetch();
/// for (const auto& [inputs, targets, weights] : train) ...
/// model.fit(train, {.epochs = 5});
/// ```
/// Errors of the user's functions come out where the elements are taken, also those of threads.
class Dataset {
 public:
  /// Gives a row of each tensor as an element. Throws ValueError when the tensors have different
  /// numbers of rows.
  static Dataset from_tensor_slices(const Nest& x, const Nest& y = {}, const Nest& weights = {});
  /// Gives the tensors as the only element.
  static Dataset from_tensors(const Nest& x, const Nest& y = {}, const Nest& weights = {});
  /// Gives what a generator gives until it ends; `start` makes one each time.
  static Dataset from_generator(std::function<Generator()> start);
  /// Gives each line of a CSV file of numbers as float32 (`read_csv`). Throws FileError.
  static Dataset from_csv(const std::string& path, const CsvOptions& options = {});
  /// Gives the int64 numbers from `start` to below `stop`.
  static Dataset range(int64_t start, int64_t stop, int64_t step = 1);
  static Dataset range(int64_t stop) { return range(0, stop); }
  /// Gives the elements of two or three datasets side by side: inputs, targets, weights. Ends with
  /// the shortest.
  static Dataset zip(const std::vector<Dataset>& datasets);

  /// Takes a function of (x), (x, y), (x, y, sample_weight) or of the whole Data, which gives Data
  /// or just x.
  template <detail::ElementFunction F>
  Dataset map(F function, const MapOptions& options = {}) const {
    return mapped(detail::element_function<Data>("map", std::move(function)), options);
  }
  /// Keeps the elements for which the function gives true.
  template <detail::ElementFunction F>
  Dataset filter(F function) const {
    return filtered(detail::element_function<bool>("filter", std::move(function)));
  }
  /// Takes a function that makes a dataset of each element, and gives an element of each of
  /// `cycle_length` of them in turn.
  template <detail::ElementFunction F>
  Dataset interleave(F function, const InterleaveOptions& options = {}) const {
    return interleaved(detail::element_function<Dataset>("interleave", std::move(function)),
                       options);
  }
  /// Stacks `size` elements to one; the last may have fewer.
  Dataset batch(int64_t size, const DatasetBatchOptions& options = {}) const;
  /// Cuts batches into elements again, and those into batches of another size.
  Dataset unbatch() const;
  Dataset rebatch(int64_t size, const DatasetBatchOptions& options = {}) const;
  /// Gives elements in random order: each is drawn out of the next `buffer_size`. With the same
  /// seed the order is not TensorFlow's.
  Dataset shuffle(int64_t buffer_size, const ShuffleOptions& options = {}) const;
  /// Prepares up to `count` elements on a thread while others are used.
  Dataset prefetch(int64_t count = AUTOTUNE) const;
  /// Keeps the elements in memory when all were gone through once.
  Dataset cache() const;
  /// Gives the first `count` elements, all with -1.
  Dataset take(int64_t count) const;
  /// Gives what comes after the first `count` elements, nothing with -1.
  Dataset skip(int64_t count) const;
  /// Gives all elements `count` times, without end when it is not given or -1.
  Dataset repeat(std::optional<int64_t> count = {}) const;
  /// Gives the elements of this, then those of the other.
  Dataset concatenate(const Dataset& other) const;

  /// Returns the number of elements, INFINITE_CARDINALITY or UNKNOWN_CARDINALITY.
  int64_t cardinality() const { return body_->cardinality; }
  /// Returns the first element: Python's `next(iter(dataset))`. Throws ValueError when there is
  /// none.
  Data first() const;
  /// Starts at the first element: gives one after the other, then nothing.
  Generator start() const;

  /// Goes through the elements once.
  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Data;
    using difference_type = std::ptrdiff_t;
    using pointer = const Data*;
    using reference = const Data&;
    Iterator() = default;
    explicit Iterator(Generator source) : source_(std::move(source)) { ++*this; }
    const Data& operator*() const { return *element_; }
    const Data* operator->() const { return &*element_; }
    Iterator& operator++() {
      element_ = source_();
      return *this;
    }
    bool operator==(const Iterator& other) const {
      return element_.has_value() == other.element_.has_value();
    }

   private:
    Generator source_;
    std::optional<Data> element_;
  };
  Iterator begin() const { return Iterator(start()); }
  Iterator end() const { return {}; }

 private:
  struct Body {
    std::function<Generator()> start;
    int64_t cardinality;
  };
  Dataset(std::function<Generator()> start, int64_t cardinality);
  Dataset mapped(std::function<Data(const Data&)> function, const MapOptions& options) const;
  Dataset filtered(std::function<bool(const Data&)> function) const;
  Dataset interleaved(std::function<Dataset(const Data&)> function,
                      const InterleaveOptions& options) const;

  std::shared_ptr<const Body> body_;
};

}  // namespace keratin
