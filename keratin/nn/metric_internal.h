// SPDX-License-Identifier: Apache-2.0
// How the built-in metrics are made from names, functions and configs; for the sources of this
// folder.
#pragma once

#include <string>

#include "keratin/nn/metric.h"

namespace keratin::detail {

/// Throws unless `name` names a built-in metric or the accuracy that is chosen by shapes.
void check_metric_name(const std::string& name);

/// Tells whether `name` is "accuracy" or "acc" in any case.
bool is_accuracy_name(const std::string& name);

/// Returns a new built-in metric of that name with its default arguments.
Metric metric_named(const std::string& name);

/// Returns the built-in metric of a config.
Metric metric_from(const ObjectSpec& spec);

/// Returns a built-in class that averages a function's values; `own` are the arguments that other
/// metrics do not have.
Metric wrapped_metric(std::string_view class_name, MetricOptions options, Metric::Function function,
                      Config own, Direction direction, std::string_view module = "keras.metrics");

/// Returns the arguments that all metrics have; a metric without a name is called after its class.
template <class Options>
MetricOptions metric_options_of(std::string_view class_name, const Options& options) {
  std::string name =
      options.name.empty() ? automatic_metric_name(std::string(class_name)) : options.name;
  return {.name = std::move(name), .dtype = options.dtype};
}

/// Returns the arguments that other metrics do not have.
template <class Options>
Config own_metric_config(const Options& options) {
  const Config all = config_of(options);
  Config::Dict own;
  for (const auto& item : all.as_dict()) {
    if (item.first != "name" && item.first != "dtype") own.push_back(item);
  }
  return Config::dict(std::move(own));
}

}  // namespace keratin::detail
