// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "keratin/plot/ticks_internal.h"

namespace keratin::plot {

namespace {

double nice_step(double raw, bool integers) {
  const double power = std::pow(10.0, std::floor(std::log10(raw)));
  for (const double factor : {1.0, 2.0, 2.5, 5.0, 10.0}) {
    const double step = factor * power;
    if (step < raw * (1.0 - 1e-9)) continue;
    if (!integers) return step;
    if (step >= 1.0 && step == std::floor(step)) return step;
  }
  return integers ? std::max(1.0, std::ceil(raw)) : 10.0 * power;
}

std::string written(double value, double step) {
  if (value == 0.0) return "0";
  const double size = std::abs(value);
  if (size >= 1e6 || step < 1e-5) return fmt::format("{:.4g}", value);
  int decimals = 0;
  for (double part = step; decimals < 6; part *= 10.0, ++decimals) {
    if (std::abs(part - std::round(part)) < 1e-6 * std::max(1.0, part)) break;
  }
  return fmt::format("{:.{}f}", value, decimals);
}

}  // namespace

std::vector<Tick> linear_ticks(double low, double high, int wanted, bool integers) {
  const double step = nice_step((high - low) / std::max(1, wanted), integers);
  std::vector<Tick> ticks;
  const double slack = 1e-9 * (high - low);
  for (double n = std::ceil((low - slack) / step); n * step <= high + slack; n += 1.0) {
    if (ticks.size() > 100) break;  // of values so large that a step does not change them
    const double at = n * step;
    ticks.push_back({at, written(at, step)});
  }
  return ticks;
}

std::vector<Tick> log_ticks(double low, double high) {
  const double first = std::floor(std::log10(low)), last = std::ceil(std::log10(high));
  const bool few = std::log10(high / low) < 3.0;
  const double stride = std::max(1.0, std::ceil((last - first) / 8.0));
  std::vector<Tick> ticks;
  for (double power = first; power <= last; power += stride) {
    for (const double factor : {1.0, 2.0, 5.0}) {
      if (!few && factor != 1.0) continue;
      const double at = factor * std::pow(10.0, power);
      if (at < low * (1.0 - 1e-9) || at > high * (1.0 + 1e-9)) continue;
      const bool plain = at >= 1e-3 && at < 1e6;
      ticks.push_back({at, plain ? fmt::format("{:.{}f}", at, std::max(0, static_cast<int>(-power)))
                                 : fmt::format("{:.0e}", at)});
    }
  }
  return ticks;
}

}  // namespace keratin::plot
