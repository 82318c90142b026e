// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace keratin {

/// Is the value of a metric at one step: a number, or a list of numbers that is shown as its mean.
struct ProgressValue {
  ProgressValue(double number) : numbers{number}, is_list(false) {}
  ProgressValue(std::vector<double> list) : numbers(std::move(list)), is_list(true) {}

  std::vector<double> numbers;
  bool is_list;
};

/// Are the metrics of one step, in the order in which they are shown when they are new.
using ProgressValues = std::vector<std::pair<std::string, ProgressValue>>;

/// Are the arguments of `ProgressBar`; the fields up to `unit_name` are those of Keras.
struct ProgressBarOptions {
  std::optional<std::int64_t> target = {};  ///< Steps expected; none if that is not known.
  int width = 20;                           ///< Columns of the bar.
  int verbose = 1;                          ///< 0: silent, 1: a bar, 2: one line at the end.
  double interval = 0.05;                   ///< Seconds between two drawings, at least.
  /// Metrics that are shown as they are; all others are averaged.
  std::optional<std::vector<std::string>> stateful_metrics = {};
  /// Metrics that are averaged; all others are shown as they are. `fit` gives an empty list.
  std::optional<std::vector<std::string>> stateless_metrics = {};
  std::string unit_name = "step";
  std::function<double()> now = {};                  ///< Seconds; the wall clock by default.
  std::function<void(std::string_view)> write = {};  ///< Standard output, flushed, by default.
  /// Whether what is written can be redrawn; by default whether standard output is a terminal, and
  /// false for another `write`.
  std::optional<bool> is_terminal = {};
};

/// Writes to standard output, at once.
void write_to_stdout(std::string_view text);

/// Shows how far a loop has come, as `keras.utils.Progbar`, byte for byte on a terminal.
///
/// Where output is no terminal, verbose 1 prints the one line of verbose 2 at the end of the bar,
/// with `5/Unknown` for an unknown target; Keras fills such a file with backspaces. Throws
/// `ValueError` if both `stateful_metrics` and `stateless_metrics` are given.
class ProgressBar {
 public:
  explicit ProgressBar(ProgressBarOptions options);

  /// Says that `current` steps are done and redraws if `interval` has passed or this is the end.
  /// `finalize` is `current >= target` by default, and false while the target is unknown.
  void update(std::int64_t current, const ProgressValues& values = {},
              std::optional<bool> finalize = std::nullopt);

  /// Says that `count` more steps are done.
  void add(std::int64_t count, const ProgressValues& values = {});

  /// Sets the target once it is known; what is drawn changes at the next update.
  void set_target(std::optional<std::int64_t> target);

 private:
  struct Metric {
    std::string name;
    double total = -0.0;     // of all numbers, each times its steps (-0.0 + x is x, sign and all)
    double count = 0;        // of all numbers of a list; 1 for a number
    std::int64_t steps = 0;  // what Keras divides by
  };

  void record(const std::string& name, const ProgressValue& value, std::int64_t steps,
              bool finalize);
  bool is_averaged(const std::string& name) const;
  double seconds_per_step(std::int64_t current, double now);
  bool is_target_known() const { return options_.target && *options_.target > 0; }
  std::string counter(std::int64_t current) const;
  void draw(std::int64_t current, double now, double step_seconds, bool finalize);
  void print_line(std::int64_t current, double now, double step_seconds);

  ProgressBarOptions options_;
  std::vector<Metric> metrics_;
  std::int64_t seen_ = 0;
  double start_ = 0;
  double last_drawn_ = 0;
  std::optional<double> after_first_step_;
  std::int64_t drawn_width_ = 0;
};

}  // namespace keratin
