// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "keratin/base/check.h"
#include "keratin/model/generalization/curves_internal.h"
#include "keratin/plot/figure.h"

namespace keratin {

namespace {

constexpr double much = 50.0;  // a loss that falls by more is drawn by its logarithm

// Returns the epochs as the progress bar counts them.
std::vector<double> counted(const std::vector<int64_t>& epochs) {
  std::vector<double> result;
  for (const int64_t epoch : epochs) result.push_back(static_cast<double>(epoch) + 1.0);
  return result;
}

bool spans_much(const std::vector<double>& values) {
  double low = INFINITY, high = 0.0;
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    if (value <= 0.0) return false;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  return high > much * low;
}

std::string title_of(const Verdict& verdict) {
  if (verdict.kind == Verdict::Kind::not_enough_data) return {};
  std::string text = to_string(verdict.kind);
  text[0] = static_cast<char>(std::toupper(text[0]));
  if (verdict.since) text += fmt::format(" since epoch {}", *verdict.since + 1);
  return text;
}

class HistoryFigure {
 public:
  HistoryFigure(const History& history, const HistoryPlotOptions& options)
      : history_(history),
        options_(options),
        verdict_(history.verdict({.baseline = options.baseline})) {
    for (const std::string& name : history.names()) {
      const bool is_twin = name.starts_with("val_") && history.has(name.substr(4));
      if (!is_twin) names_.push_back(name);
    }
    // The loss comes first, then the rest in its order.
    std::stable_partition(names_.begin(), names_.end(),
                          [](const std::string& name) { return name == "loss"; });
  }

  plot::Figure draw() const {
    const auto count = static_cast<int64_t>(names_.size());
    const int64_t columns = std::min<int64_t>(count, 2);
    const int64_t rows = (count + columns - 1) / columns;
    plot::Figure figure({.width = std::min(10000.0, columns == 1 ? 580.0 : 960.0),
                         .height = std::min(10000.0, 40.0 + 320.0 * static_cast<double>(rows)),
                         .title = options_.title.empty() ? title_of(verdict_) : options_.title,
                         .columns = columns});
    for (const std::string& name : names_) add(figure.add_axes(), name);
    return figure;
  }

 private:
  void add(plot::Axes& axes, const std::string& name) const {
    const std::vector<double>& training = history_[name];
    const Curves curves = curves_of(history_, name);
    axes.title = name;
    axes.x_label = "epoch";
    axes.integer_x = true;
    std::vector<double> both = training;
    both.insert(both.end(), curves.validation.begin(), curves.validation.end());
    axes.log_y = (name == "loss" || name == "learning_rate") && spans_much(both);
    const bool validated = !curves.epochs.empty();
    if (name == "loss" && options_.baseline) {
      axes.rule_y(*options_.baseline, {.label = "baseline",
                                       .color = plot::colors::grey,
                                       .width = 1.2,
                                       .dash = plot::Dash::dashed});
    }
    std::vector<double> epochs = counted(history_.epoch);
    epochs.resize(std::min(epochs.size(), training.size()));
    axes.line(epochs,
              std::vector<double>(training.begin(),
                                  training.begin() + static_cast<std::ptrdiff_t>(epochs.size())),
              {.label = validated ? "training" : "", .color = plot::colors::blue});
    if (!validated) return;
    axes.line(
        counted(curves.epochs), curves.validation,
        {.label = "validation", .color = plot::colors::vermilion, .dash = plot::Dash::dashed});
    if (verdict_.best_epoch) mark_best(axes, curves);
    if (verdict_.since) {
      axes.span(static_cast<double>(*verdict_.since) + 1.0,
                static_cast<double>(history_.epoch.back()) + 1.0,
                {.label = "over-fitting", .color = plot::colors::orange, .alpha = 0.16});
    }
  }

  void mark_best(plot::Axes& axes, const Curves& curves) const {
    const auto found = std::find(curves.epochs.begin(), curves.epochs.end(), *verdict_.best_epoch);
    if (found == curves.epochs.end()) return;
    const double value = curves.validation[static_cast<size_t>(found - curves.epochs.begin())];
    const double epoch = static_cast<double>(*found) + 1.0;
    axes.rule_x(
        epoch,
        {.label = {}, .color = plot::colors::grey, .width = 1.2, .dash = plot::Dash::dotted});
    axes.points({epoch}, {value},
                {.label = fmt::format("best: epoch {} ({:.4g})", *found + 1, value),
                 .color = plot::colors::black,
                 .radius = 3.5,
                 .hollow = true});
  }

  const History& history_;
  const HistoryPlotOptions& options_;
  Verdict verdict_;
  std::vector<std::string> names_;
};

}  // namespace

void History::plot(const std::string& path, const HistoryPlotOptions& options) const {
  require<ValueError>(!epoch.empty() && !history.empty(), "History.plot",
                      "expected at least one epoch, got none. Train first.");
  HistoryFigure(*this, options).draw().save(path, options.scale);
}

}  // namespace keratin
