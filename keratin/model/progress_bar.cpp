// SPDX-License-Identifier: Apache-2.0
#include "keratin/model/progress_bar.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iostream>
#include <numeric>

#include "keratin/base/check.h"
#include "keratin/base/terminal.h"

namespace keratin {
namespace {

constexpr std::string_view bold = "\x1b[1m";
constexpr std::string_view green = "\x1b[32m";
constexpr std::string_view grey = "\x1b[37m";
constexpr std::string_view reset = "\x1b[0m";

double wall_clock() {
  using Seconds = std::chrono::duration<double>;
  return Seconds(std::chrono::system_clock::now().time_since_epoch()).count();
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Keras compares the absolute value while it draws, but not in the line of verbose 2.
std::string metric_text(double value, bool is_line) {
  if (std::isnan(value)) {
    return "nan";  // Python shows no sign
  }
  double compared = is_line ? value : std::abs(value);
  return compared > 1e-3 ? fmt::format("{:.4f}", value) : fmt::format("{:.4e}", value);
}

std::string duration_text(double seconds, const std::string& unit_name) {
  if (seconds >= 1 || seconds == 0) {
    return fmt::format(" {:.0f}s/{}", seconds, unit_name);
  }
  if (seconds >= 1e-3) {
    return fmt::format(" {:.0f}ms/{}", seconds * 1000.0, unit_name);
  }
  return fmt::format(" {:.0f}us/{}", seconds * 1000000.0, unit_name);
}

// The whole part of a number, towards zero and never "-0", as Python's %d prints a float.
std::string whole_text(double value, int digits = 1) {
  return fmt::format("{:0{}.0f}", std::trunc(value) + 0.0, digits);
}

// Dividing first could round up to the next whole number.
double whole_quotient(double value, double divisor) {
  return std::round((value - std::fmod(value, divisor)) / divisor);
}

std::string remaining_text(double seconds) {
  std::string of_minute = whole_text(std::fmod(seconds, 60), 2);
  if (seconds > 3600) {
    double minutes = whole_quotient(std::fmod(seconds, 3600), 60);
    return whole_text(whole_quotient(seconds, 3600)) + ":" + whole_text(minutes, 2) + ":" +
           of_minute;
  }
  if (seconds > 60) {
    return whole_text(whole_quotient(seconds, 60)) + ":" + of_minute;
  }
  return whole_text(seconds) + "s";
}

void append_bar(std::string& text, std::string_view color, std::int64_t width) {
  text += color;
  for (std::int64_t i = 0; i < width; ++i) {
    text += "━";
  }
  text += reset;
}

// Columns as Keras counts them: code points, with the escape sequences left out.
std::int64_t visible_length(std::string_view text) {
  std::int64_t length = 0;
  bool is_escape = false;
  for (unsigned char c : text) {
    if (c == 0x1b) {
      is_escape = true;
    } else if (is_escape) {
      is_escape = c != 'm';
    } else {
      length += (c & 0xC0) != 0x80;
    }
  }
  return length;
}

}  // namespace

void write_to_stdout(std::string_view text) { std::cout << text << std::flush; }

ProgressBar::ProgressBar(ProgressBarOptions options) : options_(std::move(options)) {
  require<ValueError>(!(options_.stateful_metrics && options_.stateless_metrics), "ProgressBar",
                      "expected only one of stateful_metrics and stateless_metrics, got both. "
                      "Name either the metrics that are shown as they are or those that are "
                      "averaged.");
  if (!options_.now) {
    options_.now = wall_clock;
  }
  if (!options_.is_terminal) {
    options_.is_terminal = !options_.write && terminal::is_terminal();
  }
  if (!options_.write) {
    options_.write = write_to_stdout;
  }
  start_ = options_.now();
}

void ProgressBar::set_target(std::optional<std::int64_t> target) { options_.target = target; }

void ProgressBar::add(std::int64_t count, const ProgressValues& values) {
  update(seen_ + count, values);
}

void ProgressBar::update(std::int64_t current, const ProgressValues& values,
                         std::optional<bool> finalize) {
  bool is_last = finalize.value_or(options_.target && current >= *options_.target);
  // At the end of an epoch the last step is told twice; it must still count.
  std::int64_t steps = std::max<std::int64_t>(current - seen_, 1);
  for (const auto& [name, value] : values) {
    record(name, value, steps, is_last);
  }
  seen_ = current;

  double now = options_.now();
  double step_seconds = seconds_per_step(current, now);
  if (options_.verbose == 1 && *options_.is_terminal) {
    if (now - last_drawn_ < options_.interval && !is_last) {
      return;
    }
    draw(current, now, step_seconds, is_last);
  } else if (is_last && (options_.verbose == 1 || (options_.verbose == 2 && is_target_known()))) {
    print_line(current, now, step_seconds);
  }
  last_drawn_ = now;
}

bool ProgressBar::is_averaged(const std::string& name) const {
  if (options_.stateless_metrics) {
    return contains(*options_.stateless_metrics, name);
  }
  return !options_.stateful_metrics || !contains(*options_.stateful_metrics, name);
}

void ProgressBar::record(const std::string& name, const ProgressValue& value, std::int64_t steps,
                         bool finalize) {
  auto metric = std::find_if(metrics_.begin(), metrics_.end(),
                             [&](const Metric& known) { return known.name == name; });
  if (metric == metrics_.end()) {
    metric = metrics_.insert(metrics_.end(), Metric{name});
  }
  double total = std::accumulate(value.numbers.begin(), value.numbers.end(), -0.0);
  double count = static_cast<double>(value.numbers.size());
  if (finalize || !is_averaged(name)) {
    *metric = {name, total, count, 1};
    return;
  }
  // Keras repeats a list once per step, takes the mean of it all and then still divides by the
  // steps: the mean of a list shrinks as steps add up.
  double weight = static_cast<double>(steps);
  metric->total += total * weight;
  metric->count = value.is_list ? metric->count + count * weight : 1;
  metric->steps += steps;
}

double ProgressBar::seconds_per_step(std::int64_t current, double now) {
  if (current == 0) {
    return 0;
  }
  // The first step compiles, so it tells nothing of the others.
  double seconds = after_first_step_ && current > 1
                       ? (now - *after_first_step_) / static_cast<double>(current - 1)
                       : (now - start_) / static_cast<double>(current);
  if (current == 1) {
    after_first_step_ = now;
  }
  return seconds;
}

std::string ProgressBar::counter(std::int64_t current) const {
  int digits = static_cast<int>(std::log10(static_cast<double>(*options_.target))) + 1;
  return fmt::format("{:>{}}/{}", current, digits, *options_.target);
}

void ProgressBar::draw(std::int64_t current, double now, double step_seconds, bool finalize) {
  std::string text;
  if (is_target_known()) {
    text = fmt::format("{}{}{} ", bold, counter(current), reset);
    double part = static_cast<double>(current) / static_cast<double>(*options_.target);
    auto done = static_cast<std::int64_t>(options_.width * part);
    if (done > 0) {
      append_bar(text, green, done);
    }
    append_bar(text, grey, options_.width - done);
  } else {
    text = fmt::format("{:>7}/Unknown", current);
  }
  bool has_estimate = is_target_known() && !finalize;
  std::string time =
      has_estimate ? remaining_text(step_seconds * static_cast<double>(*options_.target - current))
                   : fmt::format("{:.0f}s", now - start_);
  text +=
      fmt::format(" {}{}{}{}", bold, time, reset, duration_text(step_seconds, options_.unit_name));
  for (const Metric& metric : metrics_) {
    double mean = metric.total / metric.count / static_cast<double>(metric.steps);
    text += fmt::format(" - {}: {}", metric.name, metric_text(mean, false));
  }

  std::string message(static_cast<std::size_t>(drawn_width_), '\b');
  message += '\r';
  message += text;
  std::int64_t length = visible_length(text);
  message.append(static_cast<std::size_t>(std::max<std::int64_t>(drawn_width_ - length, 0)), ' ');
  if (finalize) {
    message += '\n';
  }
  options_.write(message);
  drawn_width_ = length;
}

void ProgressBar::print_line(std::int64_t current, double now, double step_seconds) {
  std::string text = is_target_known() ? counter(current) : fmt::format("{}/Unknown", current);
  text +=
      fmt::format(" - {:.0f}s -{}", now - start_, duration_text(step_seconds, options_.unit_name));
  for (const Metric& metric : metrics_) {
    double mean = metric.total / metric.count / static_cast<double>(metric.steps);
    text += fmt::format(" - {}: {}", metric.name, metric_text(mean, true));
  }
  text += '\n';
  options_.write(text);
}

}  // namespace keratin
