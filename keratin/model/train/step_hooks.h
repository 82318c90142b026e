// SPDX-License-Identifier: Apache-2.0
// What a user's model does in a step itself, and what it may call to have the rest done.
#pragma once

#include <optional>
#include <vector>

#include "keratin/data/data.h"
#include "keratin/nn/metric.h"

namespace keratin {

class ModelBody;

/// Says what a step does.
enum class StepKind : uint8_t { train, test, predict };

/// Is a user's model as its trainer sees it: which parts of a step it has, and these.
class StepHooks {
 public:
  virtual ~StepHooks() = default;
  virtual bool has_step(StepKind kind) const = 0;
  virtual Nest step(StepKind kind, const Data& data) = 0;
  virtual bool has_compute_loss() const = 0;
  virtual Tensor compute_loss(const Nest& x, const Nest& y, const Nest& y_pred,
                              const Nest& sample_weight, bool training) = 0;
  virtual bool has_compute_metrics() const = 0;
  virtual Nest compute_metrics(const Nest& x, const Nest& y, const Nest& y_pred,
                               const Nest& sample_weight) = 0;
  /// Returns the metrics that are reset and reported in place of the compiled ones, if it says so.
  virtual std::optional<std::vector<Metric>> metrics() = 0;
};

namespace detail {

// What the members of CustomModel of the same names do: Keras' own versions of them.
Nest standard_step(ModelBody& model, StepKind kind, const Data& data);
Tensor standard_loss(ModelBody& model, const Nest& y, const Nest& y_pred,
                     const Nest& sample_weight);
Nest standard_metrics(ModelBody& model, const Nest& y, const Nest& y_pred,
                      const Nest& sample_weight);
Nest metrics_result(ModelBody& model);
std::vector<Metric> standard_metric_list(ModelBody& model);

}  // namespace detail

}  // namespace keratin
