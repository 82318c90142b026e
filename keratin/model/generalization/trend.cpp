// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "keratin/model/generalization/trend_internal.h"

namespace keratin::trend {

double median(Values values) {
  if (values.empty()) return 0.0;
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  const size_t middle = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2.0;
}

std::vector<double> smooth(Values values, size_t window) {
  std::vector<double> result;
  const size_t half = window / 2;
  for (size_t i = 0; i < values.size(); ++i) {
    const size_t first = i < half ? 0 : i - half;
    const size_t last = std::min(values.size(), i + half + 1);
    result.push_back(median(values.subspan(first, last - first)));
  }
  return result;
}

double noise(Values values) {
  std::vector<double> bends;
  for (size_t i = 1; i + 1 < values.size(); ++i) {
    bends.push_back(std::abs(values[i - 1] - 2.0 * values[i] + values[i + 1]));
  }
  // A bend of independent values varies sqrt(6) times as much as they do; the median of the size
  // of normal values is 1 / 1.4826 of their standard deviation.
  return 1.4826 * median(bends) / std::sqrt(6.0);
}

double rise(Values values) {
  std::vector<double> slopes;
  for (size_t i = 0; i < values.size(); ++i) {
    for (size_t j = i + 1; j < values.size(); ++j) {
      slopes.push_back((values[j] - values[i]) / static_cast<double>(j - i));
    }
  }
  return values.empty() ? 0.0 : median(slopes) * static_cast<double>(values.size() - 1);
}

double significance(Values values) {
  const auto n = static_cast<double>(values.size());
  if (values.size() < 3) return 0.0;
  double sum = 0.0;
  for (size_t i = 0; i < values.size(); ++i) {
    for (size_t j = i + 1; j < values.size(); ++j) {
      sum += (values[j] > values[i]) - (values[j] < values[i]);
    }
  }
  double variance = n * (n - 1.0) * (2.0 * n + 5.0);
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  for (size_t first = 0, last = 0; first < sorted.size(); first = last) {
    while (last < sorted.size() && sorted[last] == sorted[first]) ++last;
    const auto ties = static_cast<double>(last - first);
    variance -= ties * (ties - 1.0) * (2.0 * ties + 5.0);
  }
  if (variance <= 0.0 || sum == 0.0) return 0.0;
  return (sum - std::copysign(1.0, sum)) / std::sqrt(variance / 18.0);
}

}  // namespace keratin::trend
