// SPDX-License-Identifier: Apache-2.0
// The plans that a model keeps.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "keratin/model/train/step.h"
#include "keratin/nn/layer.h"

namespace keratin {

/// Is what a plan depends on besides its batch: the layers of a model, but for the model itself,
/// and for training which of the layers and weights train.
struct StepState {
  std::vector<Layer> layers;
  std::vector<bool> trainable;
  bool operator==(const StepState& other) const;
};

/// Is what is wanted of a plan besides the number of samples.
struct StepKey {
  StepKind kind;
  const std::string& form;  ///< the signature of the batch
  const StepState& state;
};

/// Keeps the plans that were used last. One for predictions that was made for some number of
/// samples serves fewer too, once the plan for a second number has shown that it may (`bind_rows`
/// in runtime/executor.h): then a few plans, each for twice as many samples, do for all numbers.
/// Each number is traced once all the same, since a user's function may ask for it; what comes out
/// must differ in nothing but rows.
class StepCache {
 public:
  using Trace = std::function<TracedStep(int64_t size)>;

  /// Returns a plan for batches of so many samples, else null.
  Step* find(const StepKey& key, int64_t size) const;
  /// Does so, and notes that it is used.
  Step* use(const StepKey& key, int64_t size);
  /// Has the step traced, and returns a plan that was made of it or that serves it, too.
  Step& add(const StepKey& key, int64_t size, const Trace& trace);

  /// Says that the batches of the plan that was used last, a prediction, are one tensor like this.
  void note_input(const TensorSpec& input) { steps_.front().input = input; }
  /// Returns a plan that predicts one tensor like this, else null. `state` tells the state for
  /// which it must be, and is asked only where there may be one.
  Step* find_prediction(const TensorSpec& input, const std::function<StepState()>& state) const;
  void clear() { steps_.clear(); }
  size_t plans() const { return steps_.size(); }

 private:
  struct Entry {
    StepKind kind;
    std::string form;
    StepState state;
    int64_t size;
    std::shared_ptr<const Graph> graph = {};  // as it was traced
    std::unique_ptr<Step> step = {};
    std::vector<int64_t> each = {};        // rows of the graph's values, once they are known
    std::set<int64_t> fewer = {};          // samples that it serves too
    std::optional<TensorSpec> input = {};  // where the batch is one tensor

    bool is_of(const StepKey& key) const;
    bool serves(int64_t samples) const { return samples == size || fewer.contains(samples); }
    bool differs_in_rows(const Graph& traced, int64_t samples);
  };
  using Place = std::list<Entry>::const_iterator;
  Place place_of(const StepKey& key, int64_t size) const;
  Entry* largest(const StepKey& key);
  Step* add_larger(const StepKey& key, int64_t size, const Graph& traced, const Entry& known,
                   const Trace& trace);
  static Entry make_entry(const StepKey& key, int64_t size, TracedStep traced);
  Step& keep(Entry entry);

  std::list<Entry> steps_;  // most recently used first
};

}  // namespace keratin
