// SPDX-License-Identifier: Apache-2.0
// Where batches come from: arrays in memory, a Dataset, a PyDataset or a generator.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "keratin/model/train/options.h"

namespace keratin {

/// Is the structure of a batch: what x, y and the weights are made of, without the data.
struct BatchForm {
  Nest x, y, sample_weight;  // placeholders
  /// Tells batches of different structure, dtypes and row shapes apart.
  std::string signature;

  static std::shared_ptr<const BatchForm> of(const Data& batch);
};

/// Is one batch: arrays in the order x, y, sample_weight, each flattened.
struct Batch {
  std::shared_ptr<const BatchForm> form;
  std::vector<Array> arrays;
  int64_t size = 0;
};

/// Gives one batch after the other.
class Feed {
 public:
  virtual ~Feed() = default;
  /// Starts an epoch (or goes on, where a number of steps was given).
  virtual void begin_epoch() = 0;
  /// Ends an epoch whose batches were all used.
  virtual void end_epoch() {}
  /// Goes back to the first sample where the data can be read again.
  virtual void rewind() {}
  /// Writes the next batch; false at the end of the data.
  virtual bool next(Batch& batch) = 0;
  /// Returns the steps of an epoch; nothing while unknown.
  virtual std::optional<int64_t> steps() const = 0;
  /// Returns the form of the first batch and its size, for building the model.
  virtual Batch peek() = 0;
  /// Returns the same without data and without moving on; nothing while it is not known.
  virtual std::optional<Batch> form() const { return std::nullopt; }
  /// Returns where the feed stands, for a run that goes on after an interruption; null where it can
  /// only read its batches once more to get there.
  virtual Config position() const { return {}; }
  /// Goes to a place that `position` gave, in a new feed of the same data.
  virtual void go_to(const Config& /*position*/) {}
  /// Returns the arrays that all batches are cut of; null when there are none.
  virtual const std::vector<Array>* all() const { return nullptr; }
};

/// Says how arrays are cut into batches.
struct ArrayFeedOptions {
  std::optional<int64_t> batch_size;
  std::optional<int64_t> steps;
  Shuffle shuffle = false;
  ClassWeight class_weight;
};

/// Makes a feed of arrays; throws ValueError when the numbers of samples differ or are zero.
std::unique_ptr<Feed> make_array_feed(const Data& data, const ArrayFeedOptions& options,
                                      std::string_view where);

/// Says how batches that come by themselves are fed.
struct SourceFeedOptions {
  /// The number of batches of an epoch, when given.
  std::optional<int64_t> steps;
  /// Shuffles the batches of a PyDataset.
  bool shuffle = false;
  ClassWeight class_weight = {};
  /// The argument that holds `steps`, where data without an end must have it.
  std::string_view steps_name = {};
};

/// Makes a feed of data that comes in batches; throws ValueError for what it cannot have.
std::unique_ptr<Feed> make_source_feed(const BatchSource& source, const SourceFeedOptions& options,
                                       std::string_view where);

/// Returns a batch of its own; throws ValueError when it is none.
Batch batch_of(const Data& data, std::string_view where);

/// Cuts the last share of the samples off for validation: training data, validation data.
std::pair<Data, Data> split_validation(const Data& data, double share);

/// Returns a weight for each sample by its class; missing classes have 1.
Tensor weights_of_classes(const Nest& y, const ClassWeight& class_weight);

}  // namespace keratin
