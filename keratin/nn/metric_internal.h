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

}  // namespace keratin::detail
