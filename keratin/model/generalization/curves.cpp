// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "keratin/model/generalization/curves_internal.h"
#include "keratin/model/generalization/trend_internal.h"

namespace keratin {

Curves curves_of(const History& history, std::string_view name) {
  Curves curves;
  const std::string twin = "val_" + std::string(name);
  if (!history.has(name) || !history.has(twin)) return curves;
  const std::vector<double>& training = history[name];
  const std::vector<double>& validation = history[twin];
  const std::vector<int64_t>& validated =
      history.validation_epoch.empty() ? history.epoch : history.validation_epoch;
  for (size_t i = 0; i < std::min(validated.size(), validation.size()); ++i) {
    const auto found = std::find(history.epoch.begin(), history.epoch.end(), validated[i]);
    const auto at = static_cast<size_t>(found - history.epoch.begin());
    if (at >= training.size()) break;
    curves.epochs.push_back(validated[i]);
    curves.training.push_back(training[at]);
    curves.validation.push_back(validation[i]);
    const double next = at + 1 < training.size() ? training[at + 1] : training[at];
    curves.training_at_end.push_back((training[at] + next) / 2.0);
  }
  return curves;
}

size_t best_index(const std::vector<double>& values, bool highest) {
  const size_t window = std::clamp<size_t>(values.size() / 10 | 1, 3, 15);
  std::vector<double> smoothed = trend::smooth(values, window);
  const auto best = [&](auto first, auto last) {
    return highest ? std::max_element(first, last) : std::min_element(first, last);
  };
  const auto center =
      static_cast<size_t>(best(smoothed.begin(), smoothed.end()) - smoothed.begin());
  const size_t first = center < window / 2 ? 0 : center - window / 2;
  const size_t last = std::min(values.size(), center + window / 2 + 1);
  const auto from = values.begin() + static_cast<std::ptrdiff_t>(first);
  const auto to = values.begin() + static_cast<std::ptrdiff_t>(last);
  return static_cast<size_t>(best(from, to) - values.begin());
}

}  // namespace keratin
