// SPDX-License-Identifier: Apache-2.0
// What the metrics of practice share; for the sources of this folder.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "keratin/base/check.h"
#include "keratin/nn/metric_internal.h"
#include "keratin/nn/metrics_practice.h"

namespace keratin::detail {

/// Is the module that files name for metrics that Keras does not have.
inline constexpr std::string_view practice_module = "keratin.metrics";

/// Writes a metric of practice.
template <class Options>
Config practice_config(std::string_view class_name, Config common, const Options& options) {
  const Config own = own_metric_config(options);
  for (const auto& [key, value] : own.as_dict()) common.set(key, value);
  return envelope(practice_module, class_name, std::move(common));
}

/// Is a metric of practice with its arguments; `Body` adds the state.
template <class Options>
class PracticeBody : public MetricBody {
 public:
  PracticeBody(std::string_view class_name, const Options& options, Direction direction)
      : MetricBody(metric_options_of(class_name, options)),
        options_(options),
        class_name_(class_name),
        direction_(direction) {}
  Direction direction() const override { return direction_; }
  Config get_config() const override { return to_config().at("config"); }
  Config to_config() const override {
    return practice_config(class_name_, MetricBody::get_config(), options_);
  }

 protected:
  const Options& options() const { return options_; }
  /// Returns a variable of the state that starts with zeros.
  Variable state(const char* part, const Shape& shape = {}) const {
    return metric_variable(name(), part, shape, "zeros", dtype());
  }

 private:
  Options options_;
  std::string_view class_name_;
  Direction direction_;
};

/// Returns a metric that averages what `function` gives for each sample.
template <class Options>
Metric practice_mean(std::string_view class_name, const Options& options, Metric::Function function,
                     Direction direction) {
  return wrapped_metric(class_name, metric_options_of(class_name, options), std::move(function),
                        own_metric_config(options), direction, practice_module);
}

/// Throws unless data is there: what keeps all samples cannot be part of a traced step.
void require_concrete(const std::string& where, const Tensor& x, const Tensor& y,
                      const char* instead);

/// Returns the elements as doubles.
std::vector<double> doubles_of(const Tensor& tensor);

/// Returns how many outputs samples have, of labels, predictions and weights (or none), which may
/// be traced. Throws ShapeError where they do not go together.
int64_t check_samples(const std::string& where, const Tensor& y_true, const Tensor& y_pred,
                      const Tensor& weight);
/// Throws ShapeError where more samples have another number of outputs.
void check_outputs(const std::string& where, int64_t samples, int64_t before, int64_t now);
/// Throws ValueError where there are no samples.
void require_samples(const std::string& where, int64_t samples);

}  // namespace keratin::detail
