// SPDX-License-Identifier: Apache-2.0
// The loss and metrics that `compile` was given, matched with a model's outputs.
#pragma once

#include <string>
#include <vector>

#include "keratin/model/train/options.h"

namespace keratin {

/// Is one output of a model with its name and what belongs to it.
struct OutputPart {
  std::string name;
  Tensor y_true;  // an empty handle where the data has none
  Tensor y_pred;
  Tensor sample_weight;
  bool by_key = false;  // whether the model gives a dict
  // Whether losses and metrics are reported under the output's name: not so for a list of outputs
  // of a model that does not name them.
  bool named = true;
};

/// Matches targets and weights with the outputs of a model: by order, or by name for dicts. Throws
/// ValueError that names the outputs.
std::vector<OutputPart> match_outputs(const Nest& y_true, const Nest& y_pred,
                                      const Nest& sample_weight,
                                      const std::vector<std::string>& output_names);

/// Says that the targets of an output are class numbers below `count`.
struct ClassRange {
  size_t output;
  int64_t count;
};

/// Is the loss of a whole model: the sum of its outputs' losses, times their weights.
class CompiledLoss {
 public:
  CompiledLoss() = default;
  CompiledLoss(Losses losses, LossWeights weights);

  bool given() const { return losses_.kind() != Losses::Kind::none; }
  bool built() const { return built_; }
  /// Chooses the loss of each output; throws ValueError for names that the model does not have.
  void build(const std::vector<OutputPart>& parts);
  /// Returns the loss of a batch and updates the trackers of several losses; an empty handle when
  /// there is none.
  Tensor operator()(const std::vector<OutputPart>& parts) const;
  /// Returns the outputs whose targets are class numbers without weights. With weights some may be
  /// meant to count nothing.
  std::vector<ClassRange> class_ranges(const std::vector<OutputPart>& parts) const;
  /// Returns a mean for each loss when there are several: `<output>_loss`.
  const std::vector<Metric>& trackers() const { return trackers_; }

 private:
  struct Entry {
    size_t output;
    Loss loss;
    double weight;
    bool weighted;
  };
  static Tensor loss_of(const Entry& entry, const OutputPart& part);
  Losses losses_;
  LossWeights weights_;
  std::vector<Entry> entries_;
  std::vector<Metric> trackers_;
  bool built_ = false;
};

/// Is the metrics of a whole model.
class CompiledMetrics {
 public:
  CompiledMetrics() = default;
  CompiledMetrics(Metrics metrics, Metrics weighted) : metrics_(metrics), weighted_(weighted) {}

  bool built() const { return built_; }
  /// Makes metric objects for the shapes of the outputs.
  void build(const std::vector<OutputPart>& parts);
  void update(const std::vector<OutputPart>& parts) const;
  /// Is a metric and the name under which it is reported.
  struct Entry {
    size_t output;
    Metric metric;
    std::string name;
    bool weighted;
  };
  const std::vector<Entry>& entries() const { return entries_; }

 private:
  void add(const Metrics& metrics, const std::vector<OutputPart>& parts, bool weighted);
  void add_to_output(const Metrics& metrics, const OutputPart& part, size_t output, bool prefixed,
                     bool weighted);
  std::string free_name(const std::string& output, const std::string& metric, bool weighted);
  Metrics metrics_;
  Metrics weighted_;
  std::vector<Entry> entries_;
  std::vector<std::pair<std::string, int>> names_;
  bool built_ = false;
};

}  // namespace keratin
